//! Digits of one leg: one press is one digit, by whatever ways it comes (MED-02, MED-03).

use crate::base::Mono;
use crate::media::Digit;
use std::time::Duration;

/// How long the same press may take to come by the second way.
const TWIN: Duration = Duration::from_millis(1000);
/// Presses that may wait for their twin: nobody types 32 digits in a second, a flood does.
const MOST_WAITING: usize = 32;

/// How a digit came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// RFC 4733 events in the stream.
    Rtp,
    /// SIP INFO.
    Info,
}

/// Pairs what comes by two ways. A phone that sends both sends each press once by each, so a
/// digit pairs with the oldest one of the other way that has no twin yet.
#[derive(Debug, Default)]
pub struct Twins {
    waiting: Vec<(Mono, Way, Digit)>,
}

impl Twins {
    /// Whether this is a new press.
    pub fn is_new(&mut self, digit: Digit, way: Way, now: Mono) -> bool {
        self.waiting.retain(|(at, _, _)| now.since(*at) < TWIN);
        let twin = self.waiting.iter().position(|(_, w, d)| *w != way && *d == digit);
        match twin {
            Some(index) => {
                self.waiting.remove(index);
                false
            }
            None => {
                if self.waiting.len() < MOST_WAITING {
                    self.waiting.push((now, way, digit));
                }
                true
            }
        }
    }
}

/// What an INFO says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A digit: 200.
    Digit(Digit),
    /// Nothing (an empty body): 200.
    Nothing,
    /// Not to be understood: answer with this status.
    Refuse(u16),
}

/// Reads an INFO's body by its Content-Type: `application/dtmf-relay` (`Signal=5`, `Duration=…`),
/// `application/dtmf` (the bare digit). An Info-Package that we do not know is 469 (RFC 6086 §4.2.2).
#[must_use]
pub fn read_info(package: Option<&[u8]>, content_type: Option<&[u8]>, body: &[u8]) -> Said {
    if package.is_some_and(|p| !p.trim_ascii().is_empty()) {
        return Said::Refuse(469);
    }
    if body.trim_ascii().is_empty() {
        return Said::Nothing;
    }
    let kind = content_type.unwrap_or_default().split(|b| *b == b';').next().unwrap_or_default();
    let kind = kind.trim_ascii().to_ascii_lowercase();
    let digit = match kind.as_slice() {
        b"application/dtmf-relay" => signal(body),
        b"application/dtmf" => single(body.trim_ascii()),
        _ => return Said::Refuse(415),
    };
    digit.map_or(Said::Refuse(400), Said::Digit)
}

/// The body that we send: one digit, 160 ms.
#[must_use]
pub fn relay_body(digit: Digit) -> String {
    format!("Signal={}\r\nDuration=160\r\n", digit.as_char())
}

fn signal(body: &[u8]) -> Option<Digit> {
    body.split(|b| *b == b'\n' || *b == b'\r').find_map(|line| {
        let at = line.iter().position(|b| *b == b'=')?;
        let (name, value) = line.split_at(at);
        let value = value.get(1..)?;
        name.trim_ascii().eq_ignore_ascii_case(b"signal").then(|| single(value.trim_ascii()))?
    })
}

/// One digit; `10` and `11` stand for `*` and `#` as RFC 4733's numbers do.
fn single(text: &[u8]) -> Option<Digit> {
    match text {
        [one] => Digit::from_char(char::from(*one)),
        b"10" => Digit::from_event(10),
        b"11" => Digit::from_event(11),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(c: char) -> Digit {
        Digit::from_char(c).expect("a digit")
    }

    /// MED-02: by both ways at once is one digit; the same digit pressed twice is two.
    #[test]
    fn med_02_a_press_by_two_ways_is_one_digit() {
        let mut twins = Twins::default();
        let ms = |ms: u64| Mono(ms * 1000);
        assert!(twins.is_new(digit('5'), Way::Rtp, ms(0)));
        assert!(!twins.is_new(digit('5'), Way::Info, ms(30)));
        assert!(twins.is_new(digit('5'), Way::Info, ms(200)), "the second press, INFO first");
        assert!(!twins.is_new(digit('5'), Way::Rtp, ms(210)));
        assert!(twins.is_new(digit('5'), Way::Rtp, ms(400)));
        assert!(twins.is_new(digit('5'), Way::Rtp, ms(600)), "one way only: both count");
        assert!(twins.is_new(digit('6'), Way::Info, ms(610)));
        assert!(twins.is_new(digit('5'), Way::Info, ms(2000)), "too late to be a twin");
    }

    /// A flood of digits is not kept, so that none costs more than another.
    #[test]
    fn a_flood_of_digits_keeps_little() {
        let mut twins = Twins::default();
        for _ in 0..10_000 {
            assert!(twins.is_new(digit('5'), Way::Info, Mono(0)));
        }
        assert_eq!(twins.waiting.len(), MOST_WAITING);
    }

    /// MED-03: the shapes in which phones and trunks send digits.
    #[test]
    fn med_03_info_in_all_its_shapes() {
        let relay = Some(&b"application/dtmf-relay"[..]);
        let plain = Some(&b"Application/DTMF ; charset=x"[..]);
        let five = Said::Digit(digit('5'));
        type Row<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, &'a [u8], Said);
        let rows: [Row<'_>; 14] = [
            (None, relay, b"Signal=5\r\nDuration=160\r\n", five),
            (None, relay, b"Signal= 5\r\nDuration= 160", five),
            (None, relay, b"signal=5\nduration=160\n", five),
            (None, relay, b"Duration=160\r\nSignal=5", five),
            (None, relay, b"Signal=*\r\n", Said::Digit(digit('*'))),
            (None, relay, b"Signal=11\r\n", Said::Digit(digit('#'))),
            (None, relay, b"Signal=a\r\n", Said::Digit(digit('A'))),
            (None, plain, b"5\r\n", five),
            (None, plain, b" 5 ", five),
            (None, None, b"", Said::Nothing),
            (None, relay, b"Signal=55\r\n", Said::Refuse(400)),
            (None, relay, b"nothing", Said::Refuse(400)),
            (None, Some(b"text/plain"), b"5", Said::Refuse(415)),
            (Some(b"g.3gpp.mid-call"), relay, b"Signal=5\r\n", Said::Refuse(469)),
        ];
        for (package, kind, body, said) in rows {
            let body_text = String::from_utf8_lossy(body).into_owned();
            assert_eq!(read_info(package, kind, body), said, "{body_text}");
        }
    }

    #[test]
    fn what_we_send_by_info_we_can_read() {
        for c in "0123456789*#ABCD".chars() {
            let body = relay_body(digit(c));
            let kind = Some(&b"application/dtmf-relay"[..]);
            assert_eq!(read_info(None, kind, body.as_bytes()), Said::Digit(digit(c)));
        }
    }
}

//! The ladder: every SIP message of a run, one line each, and the comparison with what was wanted.
//!
//! A line is `from -> to WHAT (notes)`: `caller -> anna INVITE (sdp)`, `anna -> caller 200 INVITE`.
//! Media that does not flow both ways is named (`sdp sendonly`); a message that the network lost
//! ends in `[lost]`, one that it delivered twice in `[twice]`.

use super::net::Fate;
use super::world::Datagram;
use crate::base::Mono;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Messages kept; a run that sends more keeps the first ones and says so.
const RUNGS: usize = 100_000;
/// Lines shown before the first difference.
const CONTEXT: usize = 4;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// When it was sent.
    pub at: Mono,
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The sender's address and the receiver's.
    pub between: (SocketAddr, SocketAddr),
    /// What it is, with its notes.
    pub what: String,
    /// Whether it arrived.
    pub fate: Fate,
    /// The whole message.
    pub bytes: bytes::Bytes,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.fate {
            Fate::Delivered => "",
            Fate::Lost => " [lost]",
            Fate::Twice => " [twice]",
        };
        write!(f, "{} -> {} {}{mark}", self.from, self.to, self.what)
    }
}

/// All messages of a run, in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    names: BTreeMap<IpAddr, String>,
    /// Names of those who share a host with others.
    doors: BTreeMap<SocketAddr, String>,
    rungs: Vec<Rung>,
    dropped: usize,
}

impl Ladder {
    /// Gives a host its name.
    pub fn name(&mut self, ip: IpAddr, name: &str) {
        self.names.insert(ip, name.to_owned());
    }

    /// Gives one socket address its name.
    pub fn name_door(&mut self, address: SocketAddr, name: &str) {
        self.doors.insert(address, name.to_owned());
    }

    /// Notes a message; its place in the ladder.
    pub fn add(&mut self, at: Mono, datagram: &Datagram) -> usize {
        if self.rungs.len() >= RUNGS {
            self.dropped += 1;
            return usize::MAX;
        }
        let (from, to) = (self.who(datagram.local), self.who(datagram.remote));
        let text = text_of(&datagram.bytes);
        let what = what(&text) + &notes(&text);
        let bytes = datagram.bytes.clone();
        let between = (datagram.local, datagram.remote);
        self.rungs.push(Rung { at, from, to, between, what, fate: Fate::Delivered, bytes });
        self.rungs.len() - 1
    }

    /// Notes what became of it.
    pub fn set_fate(&mut self, rung: usize, fate: Fate) {
        if let Some(rung) = self.rungs.get_mut(rung) {
            rung.fate = fate;
        }
    }

    /// The messages.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Messages that found no more room.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// How many messages between these two begin so (`INVITE`, `200 BYE`), lost ones included.
    #[must_use]
    pub fn count(&self, from: &str, to: &str, what: &str) -> usize {
        let fits = |r: &&Rung| r.from == from && r.to == to && r.what.starts_with(what);
        self.rungs.iter().filter(fits).count()
    }

    /// The same ladder without repeats: a message whose bytes were already sent between these two.
    #[must_use]
    pub fn without_repeats(&self) -> Ladder {
        let mut seen = std::collections::BTreeSet::new();
        let first = |r: &&Rung| seen.insert((r.from.clone(), r.to.clone(), r.bytes.clone()));
        let rungs = self.rungs.iter().filter(first).cloned().collect();
        let (names, doors) = (self.names.clone(), self.doors.clone());
        Ladder { names, doors, rungs, dropped: self.dropped }
    }

    /// Compares the whole ladder with the lines wanted. Blank lines and those that begin with `#`
    /// count for nothing. A line may begin with the second it is wanted at: `@1.500 a -> b BYE`, or
    /// `@1.4..1.6 a -> b BYE`; without, time does not matter.
    ///
    /// # Errors
    /// A text that shows the first line that differs, what was before it, and the whole ladder.
    pub fn compare(&self, wanted: &str) -> Result<(), String> {
        let lines = wanted.lines().map(str::trim);
        let mut wanted = lines.filter(|l| !l.is_empty() && !l.starts_with('#'));
        let mut got = self.rungs.iter().enumerate();
        loop {
            let (want, got) = (wanted.next(), got.next());
            match (want, got) {
                (None, None) => return Ok(()),
                (Some(line), Some((_, rung))) if line_fits(line, rung) => {}
                (want, got) => {
                    let place = got.map_or(self.rungs.len(), |(i, _)| i);
                    return Err(self.difference(place, want, got.map(|(_, r)| r)));
                }
            }
        }
    }

    fn difference(&self, place: usize, want: Option<&str>, got: Option<&Rung>) -> String {
        let mut text = format!("the ladder differs at message {}:\n", place + 1);
        let from = place.saturating_sub(CONTEXT);
        for rung in self.rungs.iter().take(place).skip(from) {
            let _ = writeln!(text, "      {} {rung}", seconds(rung.at));
        }
        let _ = match want {
            Some(line) => writeln!(text, "wanted {line}"),
            None => writeln!(text, "wanted nothing more"),
        };
        let _ = match got {
            Some(rung) => writeln!(text, "got    {} {rung}", seconds(rung.at)),
            None => writeln!(text, "got    nothing more"),
        };
        let _ = write!(text, "the whole ladder:\n{self}");
        text
    }

    fn who(&self, address: SocketAddr) -> String {
        let name = self.doors.get(&address).or_else(|| self.names.get(&address.ip()));
        name.cloned().unwrap_or_else(|| address.ip().to_string())
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rung in &self.rungs {
            writeln!(f, "{} {rung}", seconds(rung.at))?;
        }
        if self.dropped > 0 {
            writeln!(f, "… and {} messages more", self.dropped)?;
        }
        Ok(())
    }
}

fn seconds(at: Mono) -> String {
    format!("@{}.{:03}", at.0 / 1_000_000, at.0 / 1000 % 1000)
}

fn line_fits(line: &str, rung: &Rung) -> bool {
    let (time, line) = match line.strip_prefix('@').and_then(|l| l.split_once(' ')) {
        Some((time, rest)) => (Some(time), rest.trim()),
        None => (None, line),
    };
    time.is_none_or(|t| time_fits(t, rung.at)) && line == rung.to_string()
}

/// A time alone means that millisecond.
fn time_fits(time: &str, at: Mono) -> bool {
    let (low, high) = time.split_once("..").unwrap_or((time, time));
    let read = |t: &str| t.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    let at_ms = u128::from(at.0 / 1000);
    match (read(low), read(high)) {
        (Some(low), Some(high)) => (low.as_millis()..=high.as_millis()).contains(&at_ms),
        _ => false,
    }
}

/// What a message is: the method of a request, the status and CSeq method of a response. Read from
/// the bytes alone, so that a message which no scanner takes has a line too. A keep-alive of a stream is
/// `CRLF`.
#[must_use]
pub fn first_line(bytes: &[u8]) -> String {
    what(&text_of(bytes))
}

fn what(text: &str) -> String {
    let first = text.trim_start().lines().next().unwrap_or_default();
    if first.is_empty() {
        return "CRLF".to_owned();
    }
    let mut words = first.split(' ');
    match (words.next(), words.next()) {
        (Some("SIP/2.0"), Some(status)) => {
            let cseq = header(text, &["cseq"]).unwrap_or_default();
            let method = cseq.split_whitespace().nth(1).unwrap_or("?");
            [status, method].join(" ")
        }
        (Some(method), _) => method.to_owned(),
        (None, _) => String::new(),
    }
}

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    // Many times as fast where it holds, and nearly always it does.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn notes(text: &str) -> String {
    let Some(kind) = header(text, &["content-type", "c"]) else { return String::new() };
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if body.is_empty() {
        return String::new();
    }
    let tight: String = kind.split_whitespace().collect();
    if !tight.eq_ignore_ascii_case("application/sdp") {
        return format!(" ({})", kind.rsplit('/').next().unwrap_or(kind));
    }
    let lines = || body.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let direction = lines()
        .filter_map(|line| line.strip_prefix("a="))
        .find(|word| ["sendonly", "recvonly", "inactive"].contains(word));
    let nowhere = || lines().any(|line| line == "c=IN IP4 0.0.0.0").then_some("0.0.0.0");
    match direction.or_else(nowhere) {
        Some(d) => [" (sdp ", d, ")"].concat(),
        None => " (sdp)".to_owned(),
    }
}

/// The value of a header; the names begin with the same letter.
fn header<'a>(text: &'a str, names: &[&str]) -> Option<&'a str> {
    let letter = names.first()?.as_bytes().first()?;
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let head = lines.skip(1).take_while(|line| !line.is_empty());
    let mut likely =
        head.filter(|line| line.as_bytes().first().is_some_and(|b| b.eq_ignore_ascii_case(letter)));
    likely.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        names.iter().any(|n| name.trim().eq_ignore_ascii_case(n)).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn ladder() -> Ladder {
        let (a, b) = (([10, 0, 0, 1], 5060).into(), ([10, 0, 0, 2], 5060).into());
        let mut ladder = Ladder::default();
        ladder.name(IpAddr::from([10, 0, 0, 1]), "caller");
        ladder.name(IpAddr::from([10, 0, 0, 2]), "anna");
        let invite = "INVITE sip:b SIP/2.0\r\nCSeq: 1 INVITE\r\nc: application/sdp\r\n\r\n\
                      v=0\r\na=sendonly\r\n";
        let ok = "SIP/2.0 200 OK\r\ncseq : 1 INVITE\r\n\r\n";
        for (at, local, remote, text) in [(0, a, b, invite), (1_500_000, b, a, ok)] {
            let bytes = Bytes::from(text);
            let rung = ladder.add(Mono(at), &Datagram { local, remote, bytes });
            if at > 0 {
                ladder.set_fate(rung, Fate::Lost);
            }
        }
        ladder
    }

    #[test]
    fn a_ladder_fits_its_own_lines() {
        let wanted = "
            # the offer
            @0 caller -> anna INVITE (sdp sendonly)
            @1.4..1.6 anna -> caller 200 INVITE [lost]";
        assert_eq!(ladder().compare(wanted), Ok(()));
    }

    #[test]
    fn a_missing_an_extra_a_late_and_another_message_fail() {
        let first = "caller -> anna INVITE (sdp sendonly)\n";
        let second = "anna -> caller 200 INVITE [lost]\n";
        for (wanted, place, says) in [
            (first.to_owned(), 2, "wanted nothing more"),
            (format!("{first}{second}{second}"), 3, "got    nothing more"),
            (format!("{first}@1.499 {second}"), 2, "wanted @1.499 anna"),
            (format!("{second}{first}"), 1, "got    @0.000 caller -> anna INVITE"),
        ] {
            let text = ladder().compare(&wanted).expect_err(&wanted);
            assert!(text.contains(&format!("at message {place}:")), "{text}");
            assert!(text.contains(says), "{text}");
        }
    }
}

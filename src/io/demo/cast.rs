//! The cast: what a caller wants and does, and how a phone takes an offer, drawn by the dice.

use super::dice::Dice;
use crate::media::Codec;
use crate::sim::phone::{Codecs, Ringing};
use crate::sim::{Action, Answer, Behaviour};
use std::time::Duration;

/// Agents' tones lie on these frequencies, callers' tones between them.
const AGENT_HZ: u16 = 400;
const CALLER_HZ: u16 = 420;
const STEP_HZ: u16 = 40;
/// So many tones of each kind; then they repeat. The highest is below 3 kHz.
const TONES: usize = 64;
/// How far a tone that is heard may be from the one that was sent: a packet that is missing in its
/// first moment puts it off by some.
pub(super) const TOLERANCE_HZ: u16 = 8;
/// The user part of the number that is always busy, see `dialplans/demo.yaml`.
const BUSY_NUMBER: &str = "1999";
/// The longest talk if neither side ends it.
const LONGEST_TALK: Duration = Duration::from_secs(30);

/// What a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Key 1.
    Sales,
    /// Key 2.
    Support,
    /// Key 3, then an account number.
    Billing,
    /// Key 0: the operator.
    Operator,
    /// Says nothing, and gets the operator.
    Silent,
    /// The number that leads straight to sales.
    Direct,
    /// One desk, dialled through.
    Desk,
    /// The number that is always busy.
    Busy,
}

impl Wish {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Wish::Sales => "sales",
            Wish::Support => "support",
            Wish::Billing => "billing",
            Wish::Operator => "operator",
            Wish::Silent => "no key",
            Wish::Direct => "direct",
            Wish::Desk => "desk",
            Wish::Busy => "busy number",
        }
    }

    /// The queue where the wish leads to.
    pub(super) fn queue(self) -> Option<&'static str> {
        match self {
            Wish::Sales | Wish::Direct => Some("sales"),
            Wish::Support => Some("support"),
            Wish::Billing => Some("billing"),
            Wish::Operator | Wish::Silent | Wish::Desk | Wish::Busy => None,
        }
    }

    /// Whether a menu is heard first.
    pub(super) fn hears_menu(self) -> bool {
        match self {
            Wish::Sales | Wish::Support | Wish::Billing | Wish::Operator | Wish::Silent => true,
            Wish::Direct | Wish::Desk | Wish::Busy => false,
        }
    }
}

/// How digits are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// RFC 4733 events in the stream.
    Events,
    /// SIP INFO.
    Info,
}

/// One caller.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) number: String,
    pub(super) called: String,
    pub(super) wish: Wish,
    pub(super) way: Way,
    /// What the flow takes of the keys, one entry after the other.
    pub(super) entries: Vec<String>,
    /// The last key is pressed so long after the answer.
    pub(super) typed_after: Duration,
    /// Hangs up so long after the INVITE if nobody is heard.
    pub(super) patience: Duration,
    /// Hangs up after so long a talk.
    pub(super) talk: Duration,
    pub(super) tone: u16,
    pub(super) behaviour: Behaviour,
}

/// The tone of the agent with this number.
pub(super) fn agent_tone(agent: usize) -> u16 {
    AGENT_HZ + STEP_HZ * (agent % TONES) as u16
}

/// The tone of the caller with this number.
pub(super) fn caller_tone(caller: usize) -> u16 {
    CALLER_HZ + STEP_HZ * (caller % TONES) as u16
}

/// Whether this could be an agent's tone.
pub(super) fn is_agents(hz: u16) -> bool {
    let above = hz.saturating_add(TOLERANCE_HZ).saturating_sub(AGENT_HZ);
    hz.saturating_add(TOLERANCE_HZ) >= AGENT_HZ
        && above % STEP_HZ <= 2 * TOLERANCE_HZ
        && usize::from(above / STEP_HZ) < TONES
}

/// The caller with this number, counted from 0.
pub(super) fn caller(index: usize, dice: &mut Dice) -> Caller {
    let wishes = [
        (28, Wish::Sales),
        (24, Wish::Support),
        (22, Wish::Billing),
        (6, Wish::Operator),
        (2, Wish::Silent),
        (9, Wish::Direct),
        (7, Wish::Desk),
        (2, Wish::Busy),
    ];
    let wish = dice.pick(&wishes, Wish::Sales);
    let way = if dice.percent(50) { Way::Events } else { Way::Info };
    let called = match wish {
        Wish::Direct => "1001".to_owned(),
        Wish::Desk => format!("20{}", dice.digits(2)),
        Wish::Busy => BUSY_NUMBER.to_owned(),
        Wish::Sales | Wish::Support | Wish::Billing | Wish::Operator | Wish::Silent => {
            "1000".to_owned()
        }
    };
    // Who only hears it ring gives up more easily.
    let impatient = if wish.hears_menu() { 10 } else { 25 };
    let patience = match dice.percent(impatient) {
        true => dice.between(1_500, 9_000),
        false => dice.between(30_000, 60_000),
    };
    let tone = caller_tone(index);
    let mut caller = Caller {
        number: format!("+39333{:07}", index % 10_000_000),
        called,
        wish,
        way,
        entries: Vec::new(),
        typed_after: Duration::ZERO,
        patience,
        talk: dice.between(3_000, 12_000),
        tone,
        behaviour: Behaviour { codecs: codecs(dice), ..Behaviour::default().with_tone(tone) },
    };
    caller.keys(dice);
    caller
}

impl Caller {
    /// When which key is pressed.
    fn keys(&mut self, dice: &mut Dice) {
        let first = dice.between(800, 5_000);
        match self.wish {
            Wish::Sales | Wish::Support => {
                let key = if self.wish == Wish::Sales { "1" } else { "2" };
                // Some are wrong first.
                let wrong = dice.percent(10);
                if wrong {
                    self.press(first, "8");
                }
                let again = if wrong { dice.between(2_500, 4_500) } else { Duration::ZERO };
                self.press(first + again, key);
                self.entries.push(key.to_owned());
            }
            Wish::Billing => {
                let count = 4 + dice.below(5);
                let account = dice.digits(count);
                self.press(first, "3");
                // A number as long as it may be is taken without #.
                let typed = if count < 8 { format!("{account}#") } else { account.clone() };
                self.press(first + dice.between(1_200, 4_000), &typed);
                self.entries.extend(["3".to_owned(), account]);
            }
            Wish::Operator => {
                self.press(first, "0");
                self.entries.push("0".to_owned());
            }
            Wish::Silent | Wish::Direct | Wish::Desk | Wish::Busy => {}
        }
    }

    fn press(&mut self, after: Duration, keys: &str) {
        // An event takes 100 ms, its ends and the pause after it as much again.
        let pace = match self.way {
            Way::Events => Duration::from_millis(220),
            Way::Info => Duration::from_millis(150),
        };
        match self.way {
            Way::Events => {
                self.behaviour.script.push((after, Action::Digits(keys.to_owned())));
            }
            Way::Info => {
                for (i, key) in (0u32..).zip(keys.chars()) {
                    self.behaviour.script.push((after + pace * i, Action::Info(key)));
                }
            }
        }
        let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        self.typed_after = after + pace.saturating_mul(count);
    }
}

/// Most like A-law first, as in Europe; some take one of the two only.
fn codecs(dice: &mut Dice) -> Codecs {
    let (pcma, pcmu) = ((Codec::Pcma, 8), (Codec::Pcmu, 0));
    let list = match dice.below(10) {
        0 => vec![pcmu, pcma],
        1 => vec![pcma],
        _ => vec![pcma, pcmu],
    };
    Codecs { list, ..Codecs::default() }
}

/// How an agent takes an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Temper {
    /// Rings, then answers.
    Answers,
    /// Rings with SDP, as phones with ring-back of their own do, then answers.
    AnswersEarly,
    /// 486.
    Busy,
    /// 603 after a moment.
    Declines,
    /// Rings until it is over.
    NoAnswer,
}

/// An agent's next temper; nobody lets it ring in vain twice in a row, or the router pauses them.
pub(super) fn temper(last: Temper, dice: &mut Dice) -> Temper {
    let tempers = [
        (86, Temper::Answers),
        (4, Temper::AnswersEarly),
        (4, Temper::Busy),
        (3, Temper::Declines),
        (3, Temper::NoAnswer),
    ];
    let next = dice.pick(&tempers, Temper::Answers);
    let in_vain_again = (last, next) == (Temper::NoAnswer, Temper::NoAnswer);
    if in_vain_again { Temper::Answers } else { next }
}

/// The temper of a desk that is dialled through: nobody else is tried, so more goes wrong.
pub(super) fn desk_temper(dice: &mut Dice) -> Temper {
    let tempers = [
        (60, Temper::Answers),
        (10, Temper::AnswersEarly),
        (10, Temper::Busy),
        (8, Temper::Declines),
        (12, Temper::NoAnswer),
    ];
    dice.pick(&tempers, Temper::Answers)
}

/// What a phone of that temper does in the call to come.
pub(super) fn taking(temper: Temper, tone: u16, dice: &mut Dice) -> Behaviour {
    let talk = if dice.percent(60) { dice.between(3_000, 12_000) } else { LONGEST_TALK };
    let rings = dice.between(500, 2_500);
    let answer = match temper {
        Temper::Answers | Temper::AnswersEarly => Answer::After(rings),
        Temper::Busy => Answer::busy(),
        Temper::Declines => Answer::Refuse { after: rings, status: 603, headers: Vec::new() },
        Temper::NoAnswer => Answer::Never,
    };
    let ringing = if temper == Temper::AnswersEarly { Ringing::EarlyMedia } else { Ringing::Bare };
    let codecs = codecs(dice);
    Behaviour { ringing, codecs, ..Behaviour::answering(answer) }.with_tone(tone).talking(talk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_callers() {
        let draw = |seed| {
            let mut dice = Dice::new(seed, 1);
            (0..50).map(|i| format!("{:?}", caller(i, &mut dice))).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn no_callers_tone_is_taken_for_an_agents() {
        for i in 0..TONES {
            for off in 0..=TOLERANCE_HZ {
                assert!(is_agents(agent_tone(i) + off) && is_agents(agent_tone(i) - off));
                assert!(!is_agents(caller_tone(i) + off) && !is_agents(caller_tone(i) - off));
            }
            assert!(agent_tone(i).max(caller_tone(i)) < 3_000);
        }
        assert!(
            !is_agents(0) && !is_agents(391) && !is_agents(2_960 + 9) && !is_agents(u16::MAX - 9)
        );
    }

    #[test]
    fn every_wish_is_drawn_and_keys_fit_it() {
        let mut dice = Dice::new(1, 1);
        let callers: Vec<Caller> = (0..2_000).map(|i| caller(i, &mut dice)).collect();
        for wish in [Wish::Sales, Wish::Billing, Wish::Silent, Wish::Desk, Wish::Busy] {
            assert!(callers.iter().any(|c| c.wish == wish), "{wish:?}");
        }
        for caller in &callers {
            let keys = match caller.wish {
                Wish::Sales | Wish::Support | Wish::Operator => 1,
                Wish::Billing => 2,
                Wish::Silent | Wish::Direct | Wish::Desk | Wish::Busy => 0,
            };
            assert_eq!(caller.entries.len(), keys, "{caller:?}");
        }
    }
}

//! Every state of a reporter with every report, ours and theirs.
//!
//! A state is what was reported last and whether the far end was heard to report; an effect is what
//! goes out (`SR` or `RR`, `answered` if it names the far end's last report), or the round trip that a
//! block tells.

use super::*;
use crate::base::pairs;

const STATES: [&str; 6] = [
    "new",
    "RR sent",
    "SR sent",
    "SR sent twice",
    "SR sent, then nothing to report",
    "SR sent, then nothing to report twice",
];

const INPUTS: [&str; 9] = [
    "report",
    "report, packets went since",
    "report, theirs was heard",
    "report, another source's was heard",
    "last report",
    "block on our last SR",
    "block on the one before",
    "block on an older one",
    "block on none",
];

/// A reporter, its clock, and the packets that went.
struct Case {
    reporter: Reporter,
    seconds: u64,
    packets: u64,
    /// The middle bits of our SRs' times.
    ours: Vec<u32>,
}

impl Case {
    fn now(&self) -> Now {
        let wall_ms = 1_700_000_000_000 + self.seconds as i64 * 1000;
        Now { mono: Mono(self.seconds * 1_000_000), wall_ms }
    }

    fn report(&mut self, packets: u64, bye: bool) -> String {
        self.seconds += 5;
        self.packets += packets;
        let sender = self.reporter.is_sender(self.packets).then_some((0, self.packets as u32, 0));
        let heard =
            Reception { ssrc: 9, fraction_lost: 0, cumulative_lost: 0, highest: 1, jitter: 0 };
        let report = Report { ssrc: 7, sender, reception: Some(heard), bye };
        let (now, mut out) = (self.now(), [0; MAX_PACKET]);
        let len = self.reporter.write(&report, now, &mut out);
        let mut said = String::new();
        let whole = parse(&out[..len], |item| match item {
            Item::Sender { ntp, .. } => {
                self.ours.push(ntp);
                said.push_str("SR");
            }
            Item::Block { last_report, .. } => {
                if said.is_empty() {
                    said.push_str("RR");
                }
                if last_report != 0 {
                    said.push_str(" answered");
                }
            }
        });
        assert!(whole);
        if out[..len].windows(4).any(|w| w == [0x81, 203, 0, 1]) {
            said.push_str(" BYE");
        }
        said
    }

    /// What a block says one second on, which the far end held for a quarter of one.
    fn block(&self, last_report: Option<u32>) -> String {
        let now = Mono((self.seconds + 1) * 1_000_000);
        match self.reporter.round_trip_us(last_report.unwrap_or(0), 1 << 14, now) {
            Some(us) => format!("round trip {us} us"),
            None => "=".to_owned(),
        }
    }
}

fn case(state: &str) -> Case {
    let reporter = Reporter::new(&mut Mint::seeded(3, WorkerId(0)), Mono(0));
    let mut case = Case { reporter, seconds: 10, packets: 0, ours: vec![] };
    let sent: &[u64] = match state {
        "new" => &[],
        "RR sent" => &[0],
        "SR sent" => &[1],
        "SR sent twice" => &[1, 1],
        "SR sent, then nothing to report" => &[1, 0],
        _ => &[1, 0, 0],
    };
    sent.iter().for_each(|packets| drop(case.report(*packets, false)));
    case
}

#[test]
fn every_pair_of_a_reporter() {
    pairs::check_said(include_str!("pairs.txt"), &STATES, &INPUTS, |state, input| {
        let mut case = case(state);
        let ours = case.ours.clone();
        let heard = |case: &mut Case, ssrc| {
            let now = case.now().mono;
            case.reporter.heard_sender(ssrc, 0xabcd, now);
        };
        match input {
            "report" => case.report(0, false),
            "report, packets went since" => case.report(3, false),
            "report, theirs was heard" => {
                heard(&mut case, 9);
                case.report(0, false)
            }
            "report, another source's was heard" => {
                heard(&mut case, 10);
                case.report(0, false)
            }
            "last report" => case.report(0, true),
            "block on our last SR" => case.block(ours.last().copied()),
            "block on the one before" => case.block(ours.iter().rev().nth(1).copied()),
            "block on an older one" => case.block(Some(0x1234)),
            _ => case.block(None),
        }
    });
}

//! Every state of the latch with every source of packets and every offer and answer.
//!
//! A state is whom we listen to, by rank, and what is open: `window`, `quiet` (for 100 ms), `silent`
//! (for 3 s), `on trial` (believed by waiting alone), `former` (where the media came from before the
//! SDP moved it), `stranger waits`. A packet's effect is the verdict, then the next state.

use super::*;
use crate::base::pairs;

/// Where the media is before a re-INVITE that moves it to [`NAMED`].
const FORMER: &str = "192.0.2.1:3000";

const STATES: [&str; 21] = [
    "nobody, window",
    "nobody",
    "nobody, window, stranger waits",
    "named, window",
    "named",
    "named, quiet",
    "named, silent",
    "named, silent, stranger waits",
    "near, window",
    "near, window, quiet",
    "near",
    "near, quiet",
    "near, silent",
    "stranger on trial, window",
    "stranger on trial",
    "stranger on trial, quiet",
    "stranger on trial, silent",
    "stranger held, window",
    "nobody, window, former",
    "nobody, former",
    "near on trial",
];

const INPUTS: [&str; 13] = [
    "named",
    "neighbour",
    "by signalling",
    "former",
    "stranger",
    "other stranger",
    "stranger for 2 s",
    "by signalling for 2 s",
    "re-INVITE",
    "re-INVITE moves",
    "re-INVITE names the stranger",
    "hold",
    "3 s pass",
];

struct Case {
    latch: Latch,
    spec: StreamSpec,
    now: u64,
}

impl Case {
    fn hears(&mut self, from: &str, ms: u64) -> Verdict {
        let last = feed(&mut self.latch, from, self.now..self.now + ms, &self.spec);
        // The moment of the last packet.
        self.now += (ms - 1) / 20 * 20;
        last
    }

    fn agrees(&mut self, remote: Option<&str>) {
        self.spec = spec(remote);
        self.latch.reopen(self.spec.remote_rtp, at(self.now));
    }

    fn state(&self) -> String {
        let Latch { window_ends, source, previous, stranger, .. } = &self.latch;
        let mut marks = vec![match source {
            None => "nobody".to_owned(),
            Some(source) => {
                let rank = match rank(source.address, &self.spec) {
                    Rank::Named => "named",
                    Rank::Near => "near",
                    Rank::Stranger if self.spec.remote_rtp.is_none() => "stranger held",
                    Rank::Stranger => "stranger",
                };
                let trial = if source.on_trial { " on trial" } else { "" };
                format!("{rank}{trial}")
            }
        }];
        if at(self.now) < *window_ends {
            marks.push("window".to_owned());
        }
        match source.map(|source| at(self.now) - source.last) {
            Some(quiet) if quiet >= SILENCE => marks.push("silent".to_owned()),
            Some(quiet) if quiet >= PAUSE => marks.push("quiet".to_owned()),
            Some(_) | None => {}
        }
        if previous.is_some() {
            marks.push("former".to_owned());
        }
        if stranger.is_some_and(|stranger| at(self.now) - stranger.last < STRANGER_PAUSE) {
            marks.push("stranger waits".to_owned());
        }
        marks.join(", ")
    }
}

fn case(state: &str) -> Case {
    let first = match state {
        "nobody, window, former" | "nobody, former" | "near on trial" => FORMER,
        _ => NAMED,
    };
    let mut case =
        Case { latch: Latch::new(Some(address(first)), at(0)), spec: spec(Some(first)), now: 0 };
    let who = match state.split([',', ' ']).next().unwrap() {
        "named" => Some(NAMED),
        "near" => Some(BY_SIGNALLING),
        "stranger" => Some(STRANGER),
        _ => None,
    };
    let moved = first != NAMED;
    match who {
        _ if moved => {
            case.hears(first, 3000);
            case.agrees(Some(NAMED));
        }
        Some(STRANGER) => drop(case.hears(STRANGER, 2001)),
        Some(who) => drop(case.hears(who, 1)),
        None => {}
    }
    match state {
        "nobody" => case.now = 2000,
        "nobody, window, stranger waits" => drop(case.hears(STRANGER, 1000)),
        "near, window, quiet" => case.now += 100,
        "named" | "near" => drop(case.hears(who.unwrap(), 3000)),
        "stranger on trial" => drop(case.hears(STRANGER, 3000)),
        "named, quiet" | "near, quiet" | "stranger on trial, quiet" => {
            case.hears(who.unwrap(), 3000);
            case.now += 1000;
        }
        "named, silent" | "near, silent" | "stranger on trial, silent" => case.now += 3000,
        "named, silent, stranger waits" => {
            case.now += 3000;
            case.hears(STRANGER, 1000);
        }
        "stranger on trial, window" => case.agrees(Some(NAMED)),
        "stranger held, window" => {
            case = self::case("named");
            case.agrees(None);
        }
        "nobody, former" => case.now += 2000,
        "near on trial" => drop(case.hears(FORMER, 2021)),
        _ => {}
    }
    case
}

#[test]
fn every_pair_of_the_latch() {
    let table = include_str!("pairs.txt");
    pairs::check_said(table, &STATES, &INPUTS, |state, input| {
        let mut case = case(state);
        assert_eq!(case.state(), state);
        let verdict = match input {
            "named" => Some(case.hears(NAMED, 1)),
            "neighbour" => Some(case.hears(NEAR, 1)),
            "by signalling" => Some(case.hears(BY_SIGNALLING, 1)),
            "former" => Some(case.hears(FORMER, 1)),
            "stranger" => Some(case.hears(STRANGER, 1)),
            "other stranger" => Some(case.hears(OTHER_STRANGER, 1)),
            "stranger for 2 s" => Some(case.hears(STRANGER, 2021)),
            "by signalling for 2 s" => Some(case.hears(BY_SIGNALLING, 2021)),
            "re-INVITE" => {
                let named = case.spec.remote_rtp;
                case.latch.reopen(named, at(case.now));
                None
            }
            "re-INVITE moves" => {
                case.agrees(Some("192.0.2.77:5000"));
                None
            }
            "re-INVITE names the stranger" => {
                case.agrees(Some(STRANGER));
                None
            }
            "hold" => {
                case.agrees(None);
                None
            }
            _ => {
                case.now += 3000;
                None
            }
        };
        let after = case.state();
        let after = if after == state { "=".to_owned() } else { after };
        match verdict {
            // What is dropped and changes nothing is nothing.
            Some(Verdict::Drop) if after == "=" => after,
            Some(verdict) => format!("{verdict:?}, {after}"),
            None => after,
        }
    });
}

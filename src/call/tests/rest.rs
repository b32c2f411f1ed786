//! However a call was disturbed, it ends: for every state and every deed in it, the phones hang up
//! in one way or another, and nothing may be left.

use super::deeds::DEEDS;
use super::phones::Caller;
use super::places::{PLACES, at};
use super::{Bench, Offered, secs};
use crate::base::LegNo;
use std::collections::BTreeSet;

/// Longest that a call may outlive its phones: a leg that never says a word to our INVITE, and
/// one that then does not answer our CANCEL or BYE, at 64·T1 each.
const BOUND: u64 = 3 * 32 + 1;

impl Bench {
    /// The caller hangs up in the way that is right for it.
    fn caller_leaves(&mut self) {
        match self.caller_stands() {
            Caller::Waits => {
                assert!(self.cancel());
            }
            Caller::Answered => {
                assert!(self.request('a', "BYE", "", ""));
            }
            Caller::Refused => {}
        }
    }

    /// Phones do what they owe for so many seconds; prompts come to their end.
    pub(super) fn live(&mut self, seconds: u64) {
        for _ in 0..seconds * 2 {
            self.be_polite();
            for who in ['a', 'b'] {
                let stream = self.streams.get(&self.leg_key(who)).copied().flatten();
                if stream.is_some_and(|(_, repeat)| !repeat) {
                    self.deed(if who == 'a' {
                        "media is done with a"
                    } else {
                        "media is done with b"
                    });
                }
            }
            self.deed("media closes");
            self.advance(secs(1) / 2);
        }
    }

    /// Nothing of the call is left, and it was told once.
    fn is_done(&mut self) {
        let stage = self.stage();
        self.hold(self.over, || format!("{stage} is not over"));
        let records = self.records;
        self.hold(records == 1, || format!("{records} records"));
        // Every leg has ended for the record too, and every offer came to something, once.
        let legs: BTreeSet<LegNo> = self.told.iter().map(|(leg, _)| *leg).collect();
        for leg in legs {
            let times = |what| self.told.iter().filter(|told| **told == (leg, what)).count();
            let (offered, joined) = (times("Offered"), times("Joined"));
            let (offers_ended, ended) = (times("OfferEnded"), times("LegEnded"));
            let whole = ended == 1 && offered == joined + offers_ended && offered <= 1;
            self.hold(whole, || {
                format!("{leg:?}: {offered} offered, {joined} joined, {offers_ended} came to nothing, {ended} ended")
            });
        }
        for Offered { lease, ended } in self.offers.clone() {
            self.hold(ended == 1, || format!("{lease:?} has ended {ended} times"));
        }
        let streams = self.streams.len();
        self.hold(streams == 0, || format!("{streams} streams are open"));
        self.advance(secs(200));
        let left = self.layer.len();
        self.hold(left == (0, 0), || format!("{left:?} transactions are left"));
    }
}

/// How it comes to an end.
const WAYS: [&str; 3] = ["the caller hangs up", "everybody falls silent", "the other side goes"];

fn end(bench: &mut Bench, way: &str) {
    match way {
        "the caller hangs up" => {
            bench.be_polite();
            bench.caller_leaves();
            bench.live(BOUND);
        }
        "everybody falls silent" => {
            bench.caller_leaves();
            bench.advance(secs(BOUND));
        }
        "the other side goes" => {
            bench.be_polite();
            bench.deed("b hangs up");
            bench.live(40);
            let stage = bench.stage();
            let alone = bench.over || stage != "Talking" && stage != "Dialling";
            bench.hold(alone, || format!("{stage} with nobody"));
            bench.caller_leaves();
            bench.live(BOUND);
        }
        _ => panic!("{way}"),
    }
    bench.is_done();
}

/// No call is stranded, no lease leaks, no stream stays open, one record is posted.
#[test]
fn whatever_happens_the_call_ends_when_the_phones_hang_up() {
    let (mut runs, mut wrong) = (0, Vec::new());
    for (place, ..) in PLACES {
        for deed in DEEDS {
            for way in WAYS {
                let mut bench = at(place);
                if !bench.deed(deed) {
                    continue;
                }
                runs += 1;
                end(&mut bench, way);
                if let Some(what) = bench.broken.first() {
                    wrong.push(format!("{place} + {deed}, then {way}: {what}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {runs}:\n{}", wrong.len(), wrong.join("\n"));
    // Deeds that nobody can do any more would pass for nothing.
    assert!(runs >= 3_000, "{runs} runs");
}

//! Anything in any order: nothing panics, what is told once is told once, and nothing stays.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that happens; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    /// A peer's request with one of a few branches, with or without a magic cookie.
    Theirs { method: usize, branch: u8, in_dialog: bool, old: bool, tcp: bool },
    /// The user answers a transaction that it was told of.
    Respond { nth: usize, status: u16 },
    /// The user sends a request; a CANCEL takes the branch of one sent before.
    Ours { method: usize, nth: usize, owned: bool, tcp: bool },
    /// A response to one sent before.
    Answer { nth: usize, status: u16 },
    /// The owner goes.
    Disown(u8),
    /// A flow breaks.
    Break { tcp: bool },
    /// Time passes, in milliseconds.
    Pass(u64),
}

const METHODS: [Method; 6] =
    [Method::Invite, Method::Invite, Method::Cancel, Method::Ack, Method::Bye, Method::Options];

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![Just(100u16), Just(180), Just(200), Just(408), Just(486), 0..800u16];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    prop_oneof![
        4 => (0..METHODS.len(), 0..4u8, flags).prop_map(|(method, branch, (in_dialog, old, tcp))| {
            Step::Theirs { method, branch, in_dialog, old, tcp }
        }),
        3 => (any::<usize>(), status.clone()).prop_map(|(nth, status)| Step::Respond { nth, status }),
        3 => (0..METHODS.len(), any::<usize>(), flags).prop_map(|(method, nth, (owned, tcp, _))| {
            Step::Ours { method, nth, owned, tcp }
        }),
        4 => (any::<usize>(), status).prop_map(|(nth, status)| Step::Answer { nth, status }),
        1 => (0..3u8).prop_map(Step::Disown),
        1 => any::<bool>().prop_map(|tcp| Step::Break { tcp }),
        3 => prop_oneof![0..600u64, 0..40_000u64].prop_map(Step::Pass),
    ]
}

fn over(is_tcp: bool) -> Flow {
    if is_tcp { tcp() } else { udp() }
}

fn owner(nth: usize) -> LegKey {
    LegKey { call: CallKey(5), leg: LegNo((nth % 3) as u16) }
}

/// The user's side of the run.
struct User {
    bench: Bench,
    told: Vec<(ServerTx, Message)>,
    sent: Vec<ClientTx>,
    /// Finals and failures told for each of our requests.
    ends: BTreeMap<ClientTx, Vec<String>>,
    sent_keys: BTreeSet<ClientTx>,
}

impl User {
    fn give(&mut self, input: Input) {
        let outputs = self.bench.outputs(input);
        for output in outputs {
            let text = describe(&output);
            match output {
                Output::Request { tx, message, .. } => {
                    assert!(!self.told.iter().any(|(known, _)| *known == tx));
                    let owner = owner(self.told.len());
                    self.told.push((tx, message));
                    self.give(Input::Own { tx, owner });
                }
                Output::Response { tx, message, .. } if message.status() >= Some(200) => {
                    self.ends.entry(tx).or_default().push(text);
                }
                Output::Failed { tx, .. } => self.ends.entry(tx).or_default().push(text),
                Output::Send { .. }
                | Output::Cancelled { .. }
                | Output::Ack { .. }
                | Output::Response { .. }
                | Output::Proceeding { .. }
                | Output::NoAck { .. }
                | Output::StrayAnswer { .. }
                | Output::Dropped => {}
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.bench.now + Duration::from_millis(ms);
        while let Some(deadline) = self.bench.layer.next_deadline().filter(|at| *at <= end) {
            assert!(deadline > self.bench.now, "woken without need");
            self.bench.now = deadline;
            self.give(Input::Timeout);
        }
        self.bench.now = end;
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Theirs { method, branch, in_dialog, old, tcp } => {
                let cookie = if old { "" } else { "z9hG4bK" };
                let via = format!("SIP/2.0/UDP 192.0.2.2;branch={cookie}{branch}");
                let to = if in_dialog { ";tag=ourtag" } else { "" };
                let message = theirs(METHODS[method], &via, to);
                self.give(Input::Received { message, flow: over(tcp) });
            }
            Step::Respond { nth, status } => {
                let chosen = nth % self.told.len().max(1);
                let Some((tx, request)) = self.told.get(chosen).cloned() else { return };
                let bytes = response(&request, status.clamp(100, 699));
                self.give(Input::Respond { tx, status, bytes });
            }
            Step::Ours { method, nth, owned, tcp } => {
                let method = METHODS[method];
                let before = self.sent.get(nth % self.sent.len().max(1)).copied();
                let branch = match before.filter(|_| method == Method::Cancel) {
                    Some(before) => before.branch,
                    None => self.bench.mint.branch(),
                };
                let tx = ClientTx { branch, method };
                if method == Method::Ack || !self.sent_keys.insert(tx) {
                    return;
                }
                let owner = owned.then(|| owner(nth));
                self.sent.push(tx);
                self.give(Input::Request { tx, owner, flow: over(tcp), bytes: ours(tx) });
            }
            Step::Answer { nth, status } => {
                let chosen = self.sent.get(nth % self.sent.len().max(1)).copied();
                let Some(tx) = chosen.filter(|_| (100..700).contains(&status)) else { return };
                self.give(Input::Received { message: answer(tx, status, "a"), flow: udp() });
            }
            Step::Disown(leg) => self.give(Input::Disown { owner: owner(leg.into()) }),
            Step::Break { tcp } => self.give(Input::TransportFailed { flow: over(tcp) }),
            Step::Pass(ms) => self.pass(ms),
        }
    }
}

fn is_answer(end: &str) -> bool {
    end.starts_with("told 2") && end.ends_with(" INVITE")
}

proptest! {
    #[test]
    fn in_any_order_each_request_ends_once_and_nothing_stays(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut user = User {
            bench: Bench::new(),
            told: Vec::new(),
            sent: Vec::new(),
            ends: BTreeMap::new(),
            sent_keys: BTreeSet::new(),
        };
        for step in steps {
            user.run(step);
        }
        for leg in 0..3 {
            user.run(Step::Disown(leg));
        }
        // Unanswered for 64·T1, then looked out for as long again.
        user.pass(64_001);
        prop_assert!(user.bench.layer.is_clean(), "{:?}", user.bench.layer.len());
        for (tx, ends) in &user.ends {
            let answers = ends.iter().filter(|end| is_answer(end)).count();
            let others = ends.len() - answers;
            prop_assert!(others <= 1 && (others == 0 || answers == 0), "{:?} {:?}", tx, ends);
        }
    }
}

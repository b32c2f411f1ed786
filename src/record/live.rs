//! The calls in progress, as a supervisor watches them.

use super::event::{Event, Happened};
use super::mask::masked;
use super::records::OPEN_CALLS;
use crate::base::{CallKey, LegNo};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// In the flow.
    Flow,
    /// Waiting in a queue.
    Waiting,
    /// Waiting while a phone rings for it.
    Ringing,
    /// Joined with somebody.
    Talking,
    /// Joined, and one side holds the other.
    Held,
}

/// One call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveCall {
    /// The call's key.
    pub call: String,
    /// What it is doing.
    pub phase: Phase,
    /// The state of the flow it is in or left last.
    pub state: String,
    /// The trunk it came from.
    pub trunk: String,
    /// The caller, masked unless asked for; empty if unknown or withheld.
    pub caller: String,
    /// The number that was called.
    pub called: String,
    /// The queue it waits in.
    pub queue: Option<String>,
    /// Who is rung or talks with it.
    pub agent: Option<String>,
    /// The caller's leg is answered.
    pub answered: bool,
    /// When it began: milliseconds since 1970.
    pub since_ms: i64,
    /// When its phase began: milliseconds since 1970.
    pub phase_since_ms: i64,
}

#[derive(Debug)]
struct Entry {
    phase: Phase,
    state: Arc<str>,
    trunk: Arc<str>,
    caller: String,
    called: String,
    queue: Option<Arc<str>>,
    targets: BTreeMap<LegNo, Arc<str>>,
    ringing: Option<LegNo>,
    joined: Option<LegNo>,
    answered: bool,
    since_ms: i64,
    phase_since_ms: i64,
}

/// All calls in progress, by key.
#[derive(Debug, Default)]
pub struct Live {
    calls: BTreeMap<CallKey, Entry>,
}

impl Live {
    /// No calls.
    #[must_use]
    pub fn new() -> Live {
        Live::default()
    }

    /// Takes an event of any call. Only `Began` makes an entry and `Ended` removes it.
    pub fn apply(&mut self, event: &Event) {
        match &event.what {
            Happened::Began { trunk_name, from, withheld, to, .. } => {
                if self.calls.len() < OPEN_CALLS {
                    self.calls.entry(event.call).or_insert_with(|| {
                        let caller = if *withheld { String::new() } else { from.clone() };
                        Entry::new(event.wall_ms, trunk_name.clone(), caller, to.clone())
                    });
                }
            }
            Happened::Ended { .. } => {
                self.calls.remove(&event.call);
            }
            Happened::State { .. }
            | Happened::Digits(_)
            | Happened::Answered
            | Happened::Queued { .. }
            | Happened::Dequeued { .. }
            | Happened::Offered { .. }
            | Happened::Routed { .. }
            | Happened::Ringing { .. }
            | Happened::OfferEnded { .. }
            | Happened::Joined { .. }
            | Happened::Held { .. }
            | Happened::Resumed { .. }
            | Happened::BroughtHome
            | Happened::LegEnded { .. }
            | Happened::Media { .. }
            | Happened::Decided(_) => {
                if let Some(entry) = self.calls.get_mut(&event.call) {
                    entry.apply(event);
                }
            }
        }
    }

    /// How many calls are in progress.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls, oldest key first; at most `limit`. Numbers are masked unless `reveal`.
    #[must_use]
    pub fn calls(&self, reveal: bool, limit: usize) -> Vec<LiveCall> {
        self.calls.iter().take(limit).map(|(&call, entry)| entry.view(call, reveal)).collect()
    }

    /// How many calls are in each phase.
    #[must_use]
    pub fn phases(&self) -> [(Phase, usize); 5] {
        let mut counts = [Phase::Flow, Phase::Waiting, Phase::Ringing, Phase::Talking, Phase::Held]
            .map(|phase| (phase, 0));
        for entry in self.calls.values() {
            for (phase, count) in &mut counts {
                *count += usize::from(*phase == entry.phase);
            }
        }
        counts
    }
}

impl Phase {
    /// The word used in the API and the metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Flow => "flow",
            Phase::Waiting => "waiting",
            Phase::Ringing => "ringing",
            Phase::Talking => "talking",
            Phase::Held => "held",
        }
    }
}

impl Entry {
    fn new(wall_ms: i64, trunk: Arc<str>, caller: String, called: String) -> Entry {
        Entry {
            phase: Phase::Flow,
            state: Arc::from(""),
            trunk,
            caller,
            called,
            queue: None,
            targets: BTreeMap::new(),
            ringing: None,
            joined: None,
            answered: false,
            since_ms: wall_ms,
            phase_since_ms: wall_ms,
        }
    }

    fn apply(&mut self, event: &Event) {
        let phase = match &event.what {
            Happened::State { name, .. } => {
                self.state = name.clone();
                if self.joined.is_some() { self.phase } else { Phase::Flow }
            }
            Happened::Answered => {
                self.answered = true;
                self.phase
            }
            Happened::Queued { name, .. } => {
                self.queue = Some(name.clone());
                Phase::Waiting
            }
            Happened::Dequeued { .. } => {
                self.queue = None;
                Phase::Flow
            }
            Happened::Offered { leg, name, .. } => {
                self.targets.insert(*leg, name.clone());
                self.phase
            }
            Happened::Ringing { leg } => {
                self.ringing = Some(*leg);
                Phase::Ringing
            }
            Happened::Joined { leg } => {
                self.ringing = None;
                self.queue = None;
                self.joined = Some(*leg);
                Phase::Talking
            }
            Happened::Held { .. } if self.joined.is_some() => Phase::Held,
            Happened::Resumed { .. } if self.joined.is_some() => Phase::Talking,
            Happened::OfferEnded { leg, .. } | Happened::LegEnded { leg, .. } => {
                self.leg_over(*leg)
            }
            Happened::Held { .. }
            | Happened::Resumed { .. }
            | Happened::BroughtHome
            | Happened::Routed { .. }
            | Happened::Began { .. }
            | Happened::Digits(_)
            | Happened::Media { .. }
            | Happened::Decided(_)
            | Happened::Ended { .. } => self.phase,
        };
        if phase != self.phase {
            self.phase = phase;
            self.phase_since_ms = event.wall_ms;
        }
    }

    fn leg_over(&mut self, leg: LegNo) -> Phase {
        self.targets.remove(&leg);
        if self.ringing == Some(leg) {
            self.ringing = None;
        } else if self.joined == Some(leg) {
            self.joined = None;
        } else {
            return self.phase;
        }
        if self.joined.is_some() {
            self.phase
        } else if self.queue.is_some() {
            Phase::Waiting
        } else {
            Phase::Flow
        }
    }

    fn view(&self, call: CallKey, reveal: bool) -> LiveCall {
        let number = |text: &str| if reveal { text.to_owned() } else { masked(text) };
        let with = self.joined.or(self.ringing).and_then(|leg| self.targets.get(&leg));
        LiveCall {
            call: call.to_string(),
            phase: self.phase,
            state: self.state.to_string(),
            trunk: self.trunk.to_string(),
            caller: number(&self.caller),
            called: self.called.clone(),
            queue: self.queue.as_deref().map(str::to_owned),
            agent: with.map(|name| name.to_string()),
            answered: self.answered,
            since_ms: self.since_ms,
            phase_since_ms: self.phase_since_ms,
        }
    }
}

//! The fold over all calls of the node: events in, begins and finished records out.
//!
//! Exactly one CDR a call: a key that has ended is remembered, and what still comes for it is
//! counted and dropped. The memory is bounded; the store's insert-or-ignore covers what falls out
//! of it.

use super::build::CdrBuilder;
use super::cdr::{Cdr, Opened};
use super::event::{Event, Happened};
use crate::base::CallKey;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Calls folded at once; above the most that a node can carry.
pub const OPEN_CALLS: usize = 200_000;
/// Ended calls remembered: minutes at hundreds of calls a second, where stray events come within
/// milliseconds.
pub const ENDED_REMEMBERED: usize = 65_536;

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Posted {
    /// A call began.
    Begin(Opened),
    /// A call is over.
    End(Box<Cdr>),
}

/// All calls in progress, and the keys of the last ones that ended.
#[derive(Debug, Default)]
pub struct Records {
    open: BTreeMap<CallKey, CdrBuilder>,
    ended: BTreeSet<CallKey>,
    ended_order: VecDeque<CallKey>,
    strays: u64,
}

impl Records {
    /// No calls.
    #[must_use]
    pub fn new() -> Records {
        Records::default()
    }

    /// Takes an event of any call.
    pub fn apply(&mut self, event: &Event) -> Option<Posted> {
        let call = event.call;
        let open = self.open.len();
        let builder = match self.open.entry(call) {
            // The usual case: the long list of ended calls is not looked at.
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                if open >= OPEN_CALLS || self.ended.contains(&call) {
                    self.strays += 1;
                    return None;
                }
                new.insert(CdrBuilder::new(event))
            }
        };
        let known_before = !builder.opened().sip_call_id.is_empty();
        if let Some(cdr) = builder.apply(event) {
            self.open.remove(&call);
            self.remember(call);
            return Some(Posted::End(Box::new(cdr)));
        }
        let began = matches!(event.what, Happened::Began { .. }) && !known_before;
        began.then(|| Posted::Begin(builder.opened().clone()))
    }

    fn remember(&mut self, call: CallKey) {
        self.ended.insert(call);
        self.ended_order.push_back(call);
        if self.ended_order.len() > ENDED_REMEMBERED
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
    }

    /// Calls that have begun and not ended.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Events that were dropped: for a call that has ended, or for one call too many.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.strays
    }
}

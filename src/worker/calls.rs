//! The calls of a worker: by key, by dialog, by deadline.

use crate::base::gates::Place;
use crate::base::wheel::{TimerId, Wheel};
use crate::base::{CallKey, LegKey, Mono, Token};
use crate::call::Call;
use crate::dialog::DialogKey;
use crate::transport::Flow;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug)]
struct Slot {
    call: Call,
    /// Its place on the trunk that it came from; none once its caller is gone.
    place: Option<Place>,
    timer: Option<(Mono, TimerId)>,
}

/// Calls, and the two ways in which an input finds one.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: BTreeMap<CallKey, Box<Slot>>,
    /// By our own tag, which nobody else can have made; the Call-ID must match as well. Only ever
    /// looked up, never walked.
    dialogs: HashMap<Token, (LegKey, Box<[u8]>)>,
    wheel: Wheel<CallKey>,
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn dialogs(&self) -> usize {
        self.dialogs.len()
    }

    pub(super) fn timers(&self) -> usize {
        self.wheel.len()
    }

    pub(super) fn keys(&self) -> Vec<CallKey> {
        self.list.keys().copied().collect()
    }

    /// Whether a leg's messages go over this connection, or would if it were found again.
    pub(super) fn go_over(&self, flow: Flow) -> bool {
        self.list.values().any(|slot| slot.call.goes_over(flow))
    }

    pub(super) fn holds(&self, key: CallKey) -> bool {
        self.list.contains_key(&key)
    }

    pub(super) fn add(&mut self, call: Call, place: Place) {
        let key = call.key();
        self.list.insert(key, Box::new(Slot { call, place: Some(place), timer: None }));
        self.rearm(key);
    }

    pub(super) fn get_mut(&mut self, key: CallKey) -> Option<&mut Call> {
        self.list.get_mut(&key).map(|slot| &mut slot.call)
    }

    /// The call's caller is gone: its trunk may begin another.
    pub(super) fn leave_trunk(&mut self, key: CallKey) {
        if let Some(slot) = self.list.get_mut(&key) {
            slot.place = None;
        }
    }

    pub(super) fn remove(&mut self, key: CallKey) {
        let timer = self.list.remove(&key).and_then(|slot| slot.timer);
        if let Some((_, timer)) = timer {
            self.wheel.disarm(timer);
        }
    }

    pub(super) fn add_dialog(&mut self, leg: LegKey, key: DialogKey) {
        if let Some(tag) = Token::read(&key.local_tag) {
            self.dialogs.insert(tag, (leg, key.call_id));
        }
    }

    pub(super) fn remove_dialog(&mut self, key: &DialogKey) {
        if let Some(tag) = Token::read(&key.local_tag) {
            self.dialogs.remove(&tag);
        }
    }

    /// The leg whose dialog has this Call-ID and local tag.
    pub(super) fn leg(&self, call_id: &[u8], local_tag: &[u8]) -> Option<LegKey> {
        let (leg, id) = self.dialogs.get(&Token::read(local_tag)?)?;
        (**id == *call_id).then_some(*leg)
    }

    /// Arms the call's timer anew if its deadline moved.
    pub(super) fn rearm(&mut self, key: CallKey) {
        let Some(slot) = self.list.get_mut(&key) else { return };
        let deadline = slot.call.next_deadline();
        if slot.timer.map(|(at, _)| at) == deadline {
            return;
        }
        if let Some((_, timer)) = slot.timer.take() {
            self.wheel.disarm(timer);
        }
        slot.timer = deadline.map(|at| (at, self.wheel.arm(key, at)));
    }

    /// Calls whose deadline has come; their timers are spent.
    pub(super) fn due(&mut self, now: Mono) -> Vec<CallKey> {
        let mut due = Vec::new();
        self.wheel.expire(now, &mut due);
        for key in &due {
            if let Some(slot) = self.list.get_mut(key) {
                slot.timer = None;
            }
        }
        due
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.wheel.next_deadline()
    }
}

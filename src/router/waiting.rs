//! Who waits, by queue and step, in order. A freed agent looks only at the heads of the queues and
//! steps that want him.

use super::contact::Place;
use crate::base::{CallKey, QueueId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    sets: BTreeMap<(QueueId, u16), BTreeSet<(Place, CallKey)>>,
}

impl Waiting {
    pub(super) fn insert(&mut self, queue: QueueId, step: u16, place: Place, key: CallKey) {
        self.sets.entry((queue, step)).or_default().insert((place, key));
    }

    /// Removing what is not there is a no-op.
    pub(super) fn remove(&mut self, queue: QueueId, step: u16, place: Place, key: CallKey) {
        if let Some(set) = self.sets.get_mut(&(queue, step)) {
            set.remove(&(place, key));
            if set.is_empty() {
                self.sets.remove(&(queue, step));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.sets.clear();
    }

    /// Those of a queue that have come to `step` or beyond: one run in order for each step.
    pub(super) fn runs(
        &self,
        queue: QueueId,
        step: u16,
    ) -> impl Iterator<Item = &BTreeSet<(Place, CallKey)>> {
        self.sets.range((queue, step)..=(queue, u16::MAX)).map(|(_, set)| set)
    }

    /// All of a queue, in no order that matters.
    pub(super) fn keys(&self, queue: QueueId) -> impl Iterator<Item = CallKey> {
        self.runs(queue, 0).flatten().map(|(_, key)| *key)
    }

    /// Those of a queue that have not come to `step` yet.
    pub(super) fn keys_before(&self, queue: QueueId, step: u16) -> impl Iterator<Item = CallKey> {
        self.sets.range((queue, 0)..(queue, step)).flat_map(|(_, set)| set).map(|(_, key)| *key)
    }

    /// How many wait in a queue before this place.
    pub(super) fn before(&self, queue: QueueId, place: Place) -> usize {
        let end = (place, CallKey(0));
        self.runs(queue, 0).map(|run| run.range(..end).count()).sum()
    }

    pub(super) fn len(&self, queue: QueueId) -> usize {
        self.runs(queue, 0).map(BTreeSet::len).sum()
    }
}

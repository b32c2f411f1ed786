//! One contact at run time: its place, its step, whom it must not be shown to.

use super::queue::{Levels, QueueState};
use super::refusal::ForContact;
use super::words::Lease;
use crate::base::{AgentId, Mono, QueueId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where a contact stands. Once granted it is no contact of the router's any more: only its lease
/// is left, until the leg has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits in its queue.
    Waiting,
    /// Is offered under this lease, and under no other.
    Offered(Lease),
}

/// What a contact remembers of an agent who refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exclusion {
    /// Not before then.
    pub(super) until: Mono,
    /// And then only if nobody else is there.
    pub(super) last_resort: bool,
}

/// A place in the order of a queue: the smaller goes first. In nanoseconds of index, negated and
/// without the part that is the same for all at one time; the number of arrival breaks ties.
pub(super) type Place = (i128, u64);

#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) queue: QueueId,
    pub(super) facts: BTreeMap<String, String>,
    pub(super) enqueued: Mono,
    pub(super) place: Place,
    pub(super) head_start: i32,
    /// The first step that wants each agent.
    pub(super) levels: Arc<Levels>,
    /// The step in force; only grows.
    pub(super) step: u16,
    pub(super) stage: Stage,
    /// Counts offers and their ends; see [`Lease::epoch`].
    pub(super) epoch: u32,
    pub(super) excluded: BTreeMap<AgentId, Exclusion>,
    /// The deadline that stands for this contact among the router's timers.
    pub(super) timer: Option<Mono>,
}

/// The place of a contact that came then with this head start, in a queue of this slope.
///
/// V = head start + slope · (now − enqueued). With a slope in thousandths and times in
/// microseconds, V in nanoseconds is a whole number, so the order is exact: no two ways to compute
/// it disagree by rounding.
pub(super) fn place(enqueued: Mono, head_start: i32, slope_milli: u32, arrival: u64) -> Place {
    let grown = i128::from(slope_milli) * i128::from(enqueued.0);
    (grown - i128::from(head_start) * 1_000_000_000, arrival)
}

/// The index V at `now`, in nanoseconds.
pub(super) fn index_ns(place: Place, slope_milli: u32, now: Mono) -> i128 {
    i128::from(slope_milli) * i128::from(now.0) - place.0
}

impl Contact {
    pub(super) fn waited(&self, now: Mono) -> Duration {
        now.since(self.enqueued)
    }

    /// Whether the step in force wants this agent.
    pub(super) fn wants(&self, agent: AgentId) -> bool {
        self.levels.get(&agent).is_some_and(|level| *level <= self.step)
    }

    pub(super) fn exclude(&mut self, agent: AgentId, what: ForContact, until: Mono) {
        let last_resort = match what {
            ForContact::Nothing => return,
            ForContact::Exclude => self.excluded.get(&agent).is_some_and(|old| old.last_resort),
            ForContact::LastResort => true,
        };
        self.excluded.insert(agent, Exclusion { until, last_resort });
    }

    /// When to look at this contact again: the next step, the longest wait, the end of an
    /// exclusion. Nothing of that matters while it is offered.
    pub(super) fn deadline(&self, queue: &QueueState, now: Mono) -> Option<Mono> {
        if self.stage != Stage::Waiting {
            return None;
        }
        let exclusions = self.excluded.values().map(|excluded| excluded.until);
        let exclusions = exclusions.filter(|until| *until > now);
        let step = queue.step_ends(self.step).map(|after| self.enqueued + after);
        let longest = queue.def.max_wait.map(|wait| self.enqueued + wait);
        exclusions.chain(step).chain(longest).min()
    }
}

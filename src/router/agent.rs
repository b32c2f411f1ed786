//! One agent at run time: presence, open leases, rest, figures. What the roster says of the agent
//! is beside it and may be exchanged at any time.

use super::refusal::ForAgent;
use super::roster::{Agent, RefusalPolicy};
use crate::base::{Mono, QueueId};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The reason that stands for not being there at all; every other reason is a kind of break.
pub const SIGNED_OUT: &str = "signed out";

/// How far "fewest calls" and "least occupied" look back.
pub(super) const WINDOW: Duration = Duration::from_secs(3_600);
/// Most answered contacts remembered within the window; nobody takes more in an hour.
const WINDOW_CALLS: usize = 240;
/// Most doublings of the back-off of an agent who is not reachable.
const MOST_DOUBLINGS: u32 = 16;

/// What somebody said of the agent, or the router found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Takes contacts.
    Ready,
    /// Takes none, and may come back.
    NotReady(Arc<str>),
    /// Did not answer so many times that the router gave up; ends when somebody says ready.
    Paused,
    /// Not there.
    SignedOut,
}

/// A time in which the agent gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    /// After a joined leg.
    WrapUp {
        until: Mono,
    },
    /// After a refusal.
    BackOff {
        until: Mono,
    },
}

/// How the agent's time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Work,
    Idle,
    Away,
}

#[derive(Clone, Debug)]
pub(super) struct AgentState {
    pub(super) def: Arc<Agent>,
    /// Not in the roster any more: finishes, and is forgotten.
    pub(super) removed: bool,
    pub(super) presence: Presence,
    /// Since when the presence is what it is.
    pub(super) since: Mono,
    /// Open leases; each takes one place until its leg has ended.
    pub(super) leases: BTreeSet<u64>,
    pub(super) rest: Rest,
    /// The deadline that stands for `rest` among the router's timers.
    pub(super) timer: Option<Mono>,
    /// When the last handled contact was done with; see [`super::roster::Best::LongestIdle`].
    pub(super) idle_since: Mono,
    /// Offers not answered, in a row.
    missed: u8,
    /// Which of the agent's phones is tried next.
    phone: usize,
    /// Rounds through all phones without reaching one, in a row.
    rounds: u32,
    /// Answered contacts since the router began.
    pub(super) calls: u64,
    /// When contacts were answered within the window.
    answered: VecDeque<Mono>,
    work: Duration,
    idle: Duration,
    counted: Mono,
    /// Queues whose wants name no fact of the contact, and the first step that wants this agent.
    pub(super) queues: Vec<(QueueId, u16)>,
}

impl AgentState {
    pub(super) fn new(def: Arc<Agent>, now: Mono) -> AgentState {
        let presence = if def.initially_ready { Presence::Ready } else { Presence::SignedOut };
        AgentState {
            def,
            removed: false,
            presence,
            since: now,
            leases: BTreeSet::new(),
            rest: Rest::None,
            timer: None,
            idle_since: now,
            missed: 0,
            phone: 0,
            rounds: 0,
            calls: 0,
            answered: VecDeque::new(),
            work: Duration::ZERO,
            idle: Duration::ZERO,
            counted: now,
            queues: Vec::new(),
        }
    }

    /// Comes back after not being in the roster: the time between is neither work nor idle.
    pub(super) fn back(mut self, now: Mono) -> AgentState {
        self.counted = now;
        self.expire(now);
        self
    }

    /// May be offered something now.
    pub(super) fn is_available(&self) -> bool {
        !self.removed
            && self.presence == Presence::Ready
            && self.rest == Rest::None
            && self.leases.len() < usize::from(self.def.capacity)
            && !self.def.contacts.is_empty()
    }

    /// Signed in, on a break or not.
    pub(super) fn is_signed_in(&self) -> bool {
        !self.removed && self.presence != Presence::SignedOut
    }

    /// Takes contacts, now or after the one in hand.
    pub(super) fn is_set_to_ready(&self) -> bool {
        !self.removed && self.presence == Presence::Ready
    }

    pub(super) fn rest_until(&self) -> Option<Mono> {
        match self.rest {
            Rest::None => None,
            Rest::WrapUp { until } | Rest::BackOff { until } => Some(until),
        }
    }

    /// The phone to ring next.
    pub(super) fn target(&self) -> Option<Arc<str>> {
        self.def.contacts.get(self.phone).or(self.def.contacts.first()).cloned()
    }

    /// Somebody set the agent's presence. Ready ends every rest and forgives missed offers.
    pub(super) fn set_presence(&mut self, presence: Presence, now: Mono) {
        self.count_time(now);
        if presence == Presence::Ready {
            if let Rest::WrapUp { .. } = self.rest {
                self.idle_since = now;
            }
            self.rest = Rest::None;
            self.missed = 0;
            if self.presence != Presence::Ready {
                self.phone = 0;
                self.rounds = 0;
            }
        }
        if self.presence != presence {
            self.since = now;
            // The first sign-in starts the idle clock; later ones leave it alone.
            if self.presence == Presence::SignedOut && self.calls == 0 {
                self.idle_since = now;
            }
            self.presence = presence;
        }
    }

    pub(super) fn offered(&mut self, lease: u64, now: Mono) {
        self.count_time(now);
        self.leases.insert(lease);
    }

    pub(super) fn answered(&mut self, now: Mono) {
        self.reached();
        self.calls += 1;
        if self.answered.len() == WINDOW_CALLS {
            self.answered.pop_front();
        }
        self.answered.push_back(now);
    }

    fn reached(&mut self) {
        self.missed = 0;
        self.phone = 0;
        self.rounds = 0;
    }

    /// The agent's part of the table in [`super::refusal`]. Says whether the agent is paused by it.
    pub(super) fn refused(&mut self, what: ForAgent, policy: &RefusalPolicy, now: Mono) -> bool {
        self.count_time(now);
        match what {
            ForAgent::Nothing => {}
            ForAgent::Declined => self.reached(),
            ForAgent::Busy => {
                self.reached();
                self.back_off(now + policy.busy, now);
            }
            ForAgent::Missed => {
                let missed = self.missed.saturating_add(1);
                self.reached();
                self.missed = missed;
                self.back_off(now + policy.no_answer, now);
                let too_often = policy.pause_after > 0 && missed >= policy.pause_after;
                if too_often && self.presence == Presence::Ready {
                    self.presence = Presence::Paused;
                    self.since = now;
                    return true;
                }
            }
            ForAgent::NextPhone => {
                self.phone += 1;
                if self.phone >= self.def.contacts.len() {
                    self.phone = 0;
                    let factor = 1_u32 << self.rounds.min(MOST_DOUBLINGS);
                    self.rounds = self.rounds.saturating_add(1);
                    let rest = policy.unreachable.saturating_mul(factor);
                    self.back_off(now + rest.min(policy.unreachable_max), now);
                }
            }
        }
        false
    }

    /// Rests until then, unless the agent rests longer already.
    fn back_off(&mut self, until: Mono, now: Mono) {
        if until > now && self.rest_until().is_none_or(|other| other < until) {
            self.rest = Rest::BackOff { until };
        }
    }

    /// The leg of this lease is over; `joined` says whether the agent had talked.
    pub(super) fn leg_ended(&mut self, lease: u64, joined: bool, now: Mono) {
        self.count_time(now);
        self.leases.remove(&lease);
        if joined {
            self.idle_since = now;
            let until = now + self.def.wrap_up;
            if until > now && self.rest_until().is_none_or(|other| other < until) {
                self.rest = Rest::WrapUp { until };
            }
        }
    }

    /// Ends a rest that is over. Says whether one was.
    pub(super) fn expire(&mut self, now: Mono) -> bool {
        let Some(until) = self.rest_until().filter(|until| *until <= now) else { return false };
        self.count_time(now);
        if let Rest::WrapUp { .. } = self.rest {
            self.idle_since = until;
        }
        self.rest = Rest::None;
        true
    }

    /// Contacts answered within the window.
    pub(super) fn recent_calls(&self, now: Mono) -> usize {
        self.answered.iter().filter(|at| now.since(**at) < WINDOW).count()
    }

    /// Share of work in the counted time, 0 to 100.
    pub(super) fn occupancy_percent(&self, now: Mono) -> u64 {
        let (mut work, mut idle) = (self.work, self.idle);
        let since = now.since(self.counted);
        match self.time() {
            Time::Work => work += since,
            Time::Idle => idle += since,
            Time::Away => {}
        }
        let total = (work + idle).as_millis();
        let percent = (work.as_millis() * 100).checked_div(total).unwrap_or(0);
        u64::try_from(percent).unwrap_or(100)
    }

    fn time(&self) -> Time {
        let resting = matches!(self.rest, Rest::WrapUp { .. });
        if !self.leases.is_empty() || resting {
            return Time::Work;
        }
        if self.presence == Presence::Ready { Time::Idle } else { Time::Away }
    }

    /// Adds the time since the last change to what it was spent on; older time fades so that the
    /// sum stays within the window.
    fn count_time(&mut self, now: Mono) {
        let since = now.since(self.counted).min(WINDOW);
        self.counted = now;
        let kept = WINDOW.saturating_sub(since);
        let total = self.work + self.idle;
        let kind = self.time();
        if kind != Time::Away && total > kept {
            let share = |part: Duration| {
                let micros = part.as_micros() * kept.as_micros();
                let micros = micros.checked_div(total.as_micros()).unwrap_or(0);
                Duration::from_micros(u64::try_from(micros).unwrap_or(0))
            };
            (self.work, self.idle) = (share(self.work), share(self.idle));
        }
        match kind {
            Time::Work => self.work += since,
            Time::Idle => self.idle += since,
            Time::Away => {}
        }
    }

    /// What tells two states of an agent apart, for the explorer.
    #[cfg(test)]
    pub(super) fn fingerprint(&self, now: Mono) -> [u64; 6] {
        let presence = match self.presence {
            Presence::Ready => 0,
            Presence::NotReady(_) => 1,
            Presence::Paused => 2,
            Presence::SignedOut => 3,
        };
        let resting = self.rest_until().map_or(0, |until| 1 + until.0.saturating_sub(now.0));
        let wrap_up = u64::from(matches!(self.rest, Rest::WrapUp { .. }));
        let missed = u64::from(self.missed);
        [presence, resting, wrap_up, missed, self.phone as u64, u64::from(self.rounds)]
    }
}

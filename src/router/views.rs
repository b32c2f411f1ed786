//! What the live view and the API show of the router: plain copies, in the order of ids.

use super::Router;
use super::agent::{AgentState, Presence, Rest};
use super::contact::{Contact, Stage};
use super::lease::{LeaseStage, LeaseState};
use super::queue::{QueueFigures, QueueState};
use crate::base::{AgentId, CallKey, Mono, QueueId};
use std::sync::Arc;
use std::time::Duration;

/// What an agent does, as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgentActivity {
    /// Waits for a contact.
    Ready,
    /// A phone rings, or the last ring is on its way out.
    Ringing,
    /// Talks.
    Busy,
    /// Rests after a contact.
    WrapUp,
    /// Is left alone after a refusal.
    BackingOff,
    /// Did not answer several times in a row; somebody has to say ready.
    Paused,
    /// On a break.
    NotReady,
    /// Not there.
    SignedOut,
}

impl AgentActivity {
    /// The word used in the API and the metrics; stable.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AgentActivity::Ready => "ready",
            AgentActivity::Ringing => "ringing",
            AgentActivity::Busy => "busy",
            AgentActivity::WrapUp => "wrap_up",
            AgentActivity::BackingOff => "backing_off",
            AgentActivity::Paused => "paused",
            AgentActivity::NotReady => "not_ready",
            AgentActivity::SignedOut => "signed_out",
        }
    }
}

/// One agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentView {
    /// The agent.
    pub id: AgentId,
    /// The name in the plan.
    pub name: Arc<str>,
    /// The name for people.
    pub display: Arc<str>,
    /// What the agent does.
    pub activity: AgentActivity,
    /// Why not ready; also while a last contact is being handled. Empty otherwise.
    pub reason: Arc<str>,
    /// Since when.
    pub since: Mono,
    /// Contacts answered since the router began.
    pub calls: u64,
    /// The contacts that ring or talk.
    pub contacts: Vec<CallKey>,
    /// Share of work in the last hour of ready time, 0 to 100.
    pub occupancy_percent: u64,
    /// Not in the roster any more, and finishing.
    pub leaving: bool,
}

/// One queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueView {
    /// The queue.
    pub id: QueueId,
    /// The name in the plan.
    pub name: Arc<str>,
    /// Contacts that wait.
    pub waiting: usize,
    /// Contacts that ring at an agent.
    pub ringing: usize,
    /// The longest wait of those two.
    pub longest_wait: Duration,
    /// The wait of the contact that was answered last.
    pub last_answered_wait: Duration,
    /// What the queue has seen.
    pub figures: QueueFigures,
    /// answered in time / (answered + abandoned), 0 to 1; none before the first.
    pub service_level: Option<f64>,
    /// Agents whom a step wants and who are signed in (queues that do not look at the contact).
    pub signed_in: usize,
    /// Agents whom a step wants and who are free.
    pub free: usize,
    /// Not in the roster any more, and draining.
    pub leaving: bool,
}

impl Router {
    /// Every agent.
    #[must_use]
    pub fn agents_view(&self, now: Mono) -> Vec<AgentView> {
        self.agents.values().map(|agent| self.agent_view(agent, now)).collect()
    }

    /// Every queue.
    #[must_use]
    pub fn queues_view(&self, now: Mono) -> Vec<QueueView> {
        let mut ringing = std::collections::BTreeMap::<QueueId, (usize, Duration)>::new();
        for contact in self.contacts.values() {
            let (count, longest) = ringing.entry(contact.queue).or_default();
            *count += usize::from(matches!(contact.stage, Stage::Offered(_)));
            *longest = (*longest).max(contact.waited(now));
        }
        let view = |queue: &QueueState| {
            let (ringing, longest) = ringing.get(&queue.def.id).copied().unwrap_or_default();
            self.queue_view(queue, ringing, longest)
        };
        self.queues.values().map(view).collect()
    }

    /// Why and where a contact waits: its queue, step and wait; none if the router does not have it.
    #[must_use]
    pub fn contact_view(&self, contact: CallKey, now: Mono) -> Option<(QueueId, u16, Duration)> {
        let found: &Contact = self.contacts.get(&contact)?;
        Some((found.queue, found.step, found.waited(now)))
    }

    fn agent_view(&self, agent: &AgentState, now: Mono) -> AgentView {
        let leases = || agent.leases.iter().filter_map(|id| self.leases.get(id));
        let (activity, since) = activity(agent, leases());
        let reason = match &agent.presence {
            Presence::NotReady(reason) => Arc::clone(reason),
            Presence::Ready | Presence::Paused | Presence::SignedOut => Arc::from(""),
        };
        AgentView {
            id: agent.def.id,
            name: Arc::clone(&agent.def.name),
            display: Arc::clone(&agent.def.display),
            activity,
            reason,
            since,
            calls: agent.calls,
            contacts: leases().map(|lease| lease.contact).collect(),
            occupancy_percent: agent.occupancy_percent(now),
            leaving: agent.removed,
        }
    }

    fn queue_view(&self, queue: &QueueState, ringing: usize, longest: Duration) -> QueueView {
        let wanted = || queue.levels.iter().flat_map(|levels| levels.keys());
        let signed_in = |id: &&AgentId| self.agents.get(id).is_some_and(AgentState::is_signed_in);
        let ended = queue.figures.answered + queue.figures.abandoned;
        #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
        let share = queue.figures.answered_in_time as f64 / ended.max(1) as f64;
        QueueView {
            id: queue.def.id,
            name: Arc::clone(&queue.def.name),
            waiting: self.waiting.len(queue.def.id),
            ringing,
            longest_wait: longest,
            last_answered_wait: queue.last_answered_wait,
            figures: queue.figures,
            service_level: (ended > 0).then_some(share),
            signed_in: wanted().filter(signed_in).count(),
            free: wanted().filter(|id| self.free.contains(id)).count(),
            leaving: queue.removed,
        }
    }
}

/// What the agent does and since when; a contact in hand comes before what was said of the agent.
fn activity<'a>(
    agent: &AgentState,
    leases: impl Iterator<Item = &'a LeaseState>,
) -> (AgentActivity, Mono) {
    let mut ringing = None;
    for lease in leases {
        match lease.stage {
            LeaseStage::Joined { since } => return (AgentActivity::Busy, since),
            LeaseStage::Ringing | LeaseStage::Ending => ringing = Some(lease.offered),
        }
    }
    if let Some(offered) = ringing {
        return (AgentActivity::Ringing, offered);
    }
    match (&agent.presence, agent.rest) {
        (_, Rest::WrapUp { .. }) => (AgentActivity::WrapUp, agent.idle_since),
        (Presence::SignedOut, _) => (AgentActivity::SignedOut, agent.since),
        (Presence::NotReady(_), _) => (AgentActivity::NotReady, agent.since),
        (Presence::Paused, _) => (AgentActivity::Paused, agent.since),
        (Presence::Ready, Rest::BackOff { .. }) => (AgentActivity::BackingOff, agent.since),
        (Presence::Ready, Rest::None) => (AgentActivity::Ready, agent.since.max(agent.idle_since)),
    }
}

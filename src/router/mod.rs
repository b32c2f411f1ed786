//! The router: contacts, agents, queues, offers, scoring, decisions. One pure machine a node.
//!
//! One engine for all queues: a contact that comes (or widens, or comes back) takes the best free
//! agent; an agent who becomes free takes the contact with the highest index
//! `V = head start + slope · wait`, whatever its queue. Between two inputs no free agent and no
//! waiting contact are left that want each other.
//!
//! # The lease protocol, where messages cross
//!
//! | state of the lease | Accepted | Refused | LegEnded |
//! | --- | --- | --- | --- |
//! | ringing, and its contact's current one | Granted; the contact leaves its queue | the contact waits on with its place; the agent is free at LegEnded | as Refused by `unreachable`, then the agent is free |
//! | joined | no-op: said twice | no-op: too late | wrap-up begins |
//! | ending: refused, or its contact is gone | Revoke: the late answer gets ACK and BYE | no-op | the agent is free |
//! | unknown | Revoke | no-op | no-op |
//!
//! `Gone` revokes the offer that is out, and is a no-op for a joined contact: its worker ends the
//! leg and says LegEnded. A worker that gets an Offer for a contact that is gone by then says
//! LegEnded for it, so that every Offer ends in exactly one. A Granted that comes when the leg is
//! dead already (the agent hung up in between) finds a caller without an agent: the worker lets the
//! flow go on, or says Enqueue again.
//!
//! # Choices, where products differ
//!
//! - Steps only widen. One clock, from Enqueue; it runs on while an offer rings, and what it brings
//!   (a step, the longest wait) takes effect when the offer fails.
//! - The idle clock starts when the last handled contact and its wrap-up are over. Missed and
//!   refused offers, breaks and signing in again do not touch it.
//! - Wrap-up belongs to the agent, so it holds for all queues. Ready ends it early.
//! - SetAgent while the agent's phone rings or talks takes effect after.
//! - A late reload: waiting contacts keep place and clock; a removed queue drains by its last
//!   definition; a removed agent finishes and gets no more, and is remembered: one who comes back has
//!   presence, idle clock and figures from before.
//!
//! # What is looked at
//!
//! Rules about agents alone are worked out at load, so a queue whose steps look at nothing else
//! knows its free agents by step, and a freed agent looks at the heads of his queues only. A queue
//! with rules about the contact evaluates those once for each contact, and a freed agent walks it
//! from its head to the first contact that wants him.
//!
//! Outputs are to be drained after every `handle`, in order.

mod agent;
mod assign;
mod contact;
mod decide;
#[cfg(test)]
mod explorer;
mod former;
mod lease;
mod queue;
pub mod refusal;
mod reload;
pub mod roster;
mod staffing;
#[cfg(test)]
mod tests;
pub mod views;
mod waiting;
pub mod words;

pub use agent::SIGNED_OUT;
pub use queue::QueueFigures;
pub use roster::{Agent, Best, Nobody, Queue, RefusalPolicy, Roster, Step};
pub use views::{AgentActivity, AgentView, QueueView};
pub use words::{Candidate, Decision, Input, Lease, Output, OverflowReason};

use crate::base::{AgentId, CallKey, Mono, Now, QueueId};
use agent::AgentState;
use contact::{Contact, Stage, place};
use former::Former;
use lease::LeaseState;
use queue::QueueState;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use waiting::Waiting;

/// Most contacts at a time in all queues; more are given back as [`OverflowReason::Full`]. A node
/// holds fewer calls than that.
pub const MAX_CONTACTS: usize = 200_000;

/// Whose deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// The end of a wrap-up or a back-off.
    Agent(AgentId),
    /// A step, the longest wait, the end of an exclusion.
    Contact(CallKey),
}

/// Who may have found a match by this input.
#[derive(Default)]
struct Touched {
    /// Contacts, and whether the record should say if nobody is found.
    contacts: BTreeMap<CallKey, bool>,
    agents: BTreeSet<AgentId>,
}

impl Touched {
    fn contact(&mut self, key: CallKey, tell: bool) {
        *self.contacts.entry(key).or_default() |= tell;
    }
}

/// The machine. See the folder's header.
#[derive(Clone, Debug)]
pub struct Router {
    /// The plan of the roster in force.
    plan: Arc<str>,
    queues: BTreeMap<QueueId, QueueState>,
    agents: BTreeMap<AgentId, AgentState>,
    /// Agents of earlier rosters.
    former: Former,
    contacts: BTreeMap<CallKey, Contact>,
    leases: BTreeMap<u64, LeaseState>,
    /// Contacts that wait, in order.
    waiting: Waiting,
    timers: BTreeSet<(Mono, Timer)>,
    /// Agents who may be offered something now.
    free: BTreeSet<AgentId>,
    /// Queues with a step that looks at the contact.
    dynamic: BTreeSet<QueueId>,
    /// Contacts that were declined or not answered: they go back to that agent once nobody else is
    /// there, so they look again when an agent leaves.
    last_resorts: BTreeSet<CallKey>,
    next_lease: u64,
    arrivals: u64,
    /// The explorer's mutant: believes answers of ended leases.
    #[cfg(test)]
    trusts_stale_leases: bool,
}

impl Router {
    /// A router with this roster and no contacts.
    #[must_use]
    pub fn new(roster: &Roster, now: Now) -> Router {
        let mut router = Router {
            plan: Arc::clone(&roster.plan),
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            former: Former::default(),
            contacts: BTreeMap::new(),
            leases: BTreeMap::new(),
            waiting: Waiting::default(),
            timers: BTreeSet::new(),
            free: BTreeSet::new(),
            dynamic: BTreeSet::new(),
            last_resorts: BTreeSet::new(),
            next_lease: 1,
            arrivals: 0,
            #[cfg(test)]
            trusts_stale_leases: false,
        };
        router.reload(roster, now, &mut Touched::default(), &mut Vec::new());
        router
    }

    /// Takes one input. What was due before it is done first.
    pub fn handle(&mut self, input: Input, now: Now, out: &mut Vec<Output>) {
        let mut touched = Touched::default();
        self.expire(now, &mut touched, out);
        match input {
            Input::Enqueue { contact, queue, facts, priority } => {
                self.enqueue(contact, queue, facts, priority, now, &mut touched, out);
            }
            Input::Accepted { contact, lease } => self.accepted(contact, lease, now, out),
            Input::Refused { contact, lease, cause } => {
                self.refused(contact, lease, cause, now, &mut touched, out);
            }
            Input::Gone { contact } => self.gone(contact, out),
            Input::LegEnded { contact, lease } => {
                self.leg_ended(contact, lease, now, &mut touched, out);
            }
            Input::SetAgent { agent, ready, reason } => {
                self.set_agent(agent, ready, reason, now, &mut touched, out);
            }
            Input::Roster(roster) => self.reload(&roster, now, &mut touched, out),
            Input::Ask { contact } => self.tell_place(contact, now, out),
            Input::Timeout => {}
        }
        self.assign(touched, now, out);
    }

    /// When [`Input::Timeout`] is wanted.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Contacts waiting or offered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    /// No contact waits or is offered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// Offers whose leg has not ended yet: ringing, joined, or on their way out.
    #[must_use]
    pub fn open_leases(&self) -> usize {
        self.leases.len()
    }

    /// The contact's place among those that wait in its queue, from 1 (while it rings: as if it
    /// waited); none if the router does not have it.
    #[must_use]
    pub fn position(&self, contact: CallKey) -> Option<usize> {
        let found = self.contacts.get(&contact)?;
        Some(self.waiting.before(found.queue, found.place) + 1)
    }

    fn tell_place(&self, contact: CallKey, now: Now, out: &mut Vec<Output>) {
        let (Some(position), Some((queue, _, waited))) =
            (self.position(contact), self.contact_view(contact, now.mono))
        else {
            return;
        };
        let last = self.queues.get(&queue).map(|q| q.last_answered_wait);
        let wait = last.map(|last| last.saturating_sub(waited)).filter(|w| !w.is_zero());
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        out.push(Output::Place { contact, position, wait });
    }

    fn expire(&mut self, now: Now, touched: &mut Touched, out: &mut Vec<Output>) {
        while let Some((at, timer)) = self.timers.first().copied().filter(|(at, _)| *at <= now.mono)
        {
            self.timers.remove(&(at, timer));
            match timer {
                Timer::Agent(id) => {
                    if let Some(agent) = self.agents.get_mut(&id) {
                        agent.timer = None;
                        agent.expire(now.mono);
                    }
                    self.settle_agent(id, touched);
                }
                Timer::Contact(key) => {
                    if let Some(contact) = self.contacts.get_mut(&key) {
                        contact.timer = None;
                    }
                    self.review_contact(key, false, now, touched, out);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one input and what handle has")]
    fn enqueue(
        &mut self,
        key: CallKey,
        queue_id: QueueId,
        facts: BTreeMap<String, String>,
        head_start: i32,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        // A contact that moves: it leaves its old place first.
        self.gone(key, out);
        let full = self.contacts.len() >= MAX_CONTACTS;
        let Some(queue) = self.queues.get_mut(&queue_id).filter(|queue| !queue.removed) else {
            out.push(Output::Overflow { contact: key, why: OverflowReason::NoSuchQueue });
            return;
        };
        queue.figures.offered += 1;
        if full || queue.def.max_length.is_some_and(|most| queue.len >= most as usize) {
            queue.figures.overflowed += 1;
            out.push(Output::Overflow { contact: key, why: OverflowReason::Full });
            return;
        }
        queue.len += 1;
        let levels = match &queue.levels {
            Some(levels) => Arc::clone(levels),
            None => queue.levels_for(&facts, &self.agents),
        };
        self.arrivals += 1;
        let contact = Contact {
            queue: queue_id,
            facts,
            enqueued: now.mono,
            place: place(now.mono, head_start, queue.slope_milli, self.arrivals),
            head_start,
            levels,
            step: 0,
            stage: Stage::Waiting,
            epoch: 0,
            excluded: BTreeMap::new(),
            timer: None,
        };
        self.waiting.insert(queue_id, 0, contact.place, key);
        self.contacts.insert(key, contact);
        self.review_contact(key, true, now, touched, out);
    }

    fn gone(&mut self, key: CallKey, out: &mut Vec<Output>) {
        let Some(contact) = self.remove_contact(key) else { return };
        if let Some(queue) = self.queues.get_mut(&contact.queue) {
            queue.figures.abandoned += 1;
        }
        self.drop_drained(contact.queue);
        match contact.stage {
            Stage::Waiting => {}
            Stage::Offered(lease) => {
                self.lease_ends(lease);
                out.push(Output::Revoke { contact: key, lease });
            }
        }
    }

    /// Looks at a waiting contact: is its wait over, has its search widened, when to look again.
    fn review_contact(
        &mut self,
        key: CallKey,
        tell: bool,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        let Some(contact) = self.contacts.get(&key).filter(|c| c.stage == Stage::Waiting) else {
            return;
        };
        let Some(queue) = self.queues.get(&contact.queue) else { return };
        let waited = contact.waited(now.mono);
        if queue.def.max_wait.is_some_and(|longest| waited >= longest) {
            self.overflow(key, OverflowReason::TooLong, now, out);
            return;
        }
        let floor = match &queue.levels {
            Some(_) => queue.floor,
            None => queue.first_step(&contact.levels, &self.agents),
        };
        let Some(floor) = floor else {
            self.overflow(key, OverflowReason::NobodySignedIn, now, out);
            return;
        };
        let step = queue.step_at(waited).max(floor).max(contact.step).min(queue.last_step());
        let widened = step > contact.step;
        if widened {
            self.waiting.remove(contact.queue, contact.step, contact.place, key);
            self.waiting.insert(contact.queue, step, contact.place, key);
            out.push(Output::Widened { contact: key, step });
        }
        if let Some(contact) = self.contacts.get_mut(&key) {
            contact.step = step;
        }
        self.arm_contact(key, now.mono);
        touched.contact(key, tell || widened);
    }

    fn overflow(&mut self, key: CallKey, why: OverflowReason, now: Now, out: &mut Vec<Output>) {
        let decision = self.nobody(key, now, &format!("given back: {why}"));
        let Some(contact) = self.remove_contact(key) else { return };
        if let Some(queue) = self.queues.get_mut(&contact.queue) {
            queue.figures.overflowed += 1;
        }
        self.drop_drained(contact.queue);
        out.extend(decision.map(|decision| Output::Decided(Arc::new(decision))));
        out.push(Output::Overflow { contact: key, why });
    }

    /// Takes a contact out of everything but its lease.
    fn remove_contact(&mut self, key: CallKey) -> Option<Contact> {
        let contact = self.contacts.remove(&key)?;
        self.last_resorts.remove(&key);
        self.waiting.remove(contact.queue, contact.step, contact.place, key);
        if let Some(at) = contact.timer {
            self.timers.remove(&(at, Timer::Contact(key)));
        }
        if let Some(queue) = self.queues.get_mut(&contact.queue) {
            queue.len = queue.len.saturating_sub(1);
        }
        Some(contact)
    }

    fn arm_contact(&mut self, key: CallKey, now: Mono) {
        let Some(contact) = self.contacts.get_mut(&key) else { return };
        let Some(queue) = self.queues.get(&contact.queue) else { return };
        if let Some(at) = contact.timer.take() {
            self.timers.remove(&(at, Timer::Contact(key)));
        }
        contact.timer = contact.deadline(queue, now);
        if let Some(at) = contact.timer {
            self.timers.insert((at, Timer::Contact(key)));
        }
    }

    /// Brings timer and the list of the free in line with the agent's state.
    fn settle_agent(&mut self, id: AgentId, touched: &mut Touched) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        if let Some(at) = agent.timer.take() {
            self.timers.remove(&(at, Timer::Agent(id)));
        }
        if agent.removed && agent.leases.is_empty() {
            self.set_free(id, false);
            if let Some(agent) = self.agents.remove(&id) {
                self.former.remember(agent);
            }
            return;
        }
        agent.timer = agent.rest_until();
        if let Some(at) = agent.timer {
            self.timers.insert((at, Timer::Agent(id)));
        }
        let free = agent.is_available();
        self.set_free(id, free);
        if free {
            touched.agents.insert(id);
        }
    }

    /// Keeps the lists of the free, for all and for each queue that wants the agent.
    fn set_free(&mut self, id: AgentId, free: bool) {
        let changed = if free { self.free.insert(id) } else { self.free.remove(&id) };
        let Some(agent) = self.agents.get(&id).filter(|_| changed) else { return };
        for (queue, level) in &agent.queues {
            let Some(queue) = self.queues.get_mut(queue) else { continue };
            if free {
                queue.free.insert((*level, id));
            } else {
                queue.free.remove(&(*level, id));
            }
        }
    }
}

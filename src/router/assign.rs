//! Matching: a touched contact looks for the best free agent, a touched agent for the contact with
//! the highest index. Only what an index says may match is looked at.

use super::agent::AgentState;
use super::contact::{Contact, Place, Stage, index_ns};
use super::decide::MAX_CANDIDATES;
use super::lease::{LeaseStage, LeaseState};
use super::queue::QueueState;
use super::roster::Best;
use super::words::{Lease, Output};
use super::{Router, Timer, Touched};
use crate::base::{AgentId, CallKey, Mono, Now};
use std::cmp::Reverse;
use std::sync::Arc;

/// A contact's rank at one instant: the index in nanoseconds, then the earlier arrival.
type Rank = (i128, Reverse<u64>);

/// A freed agent and the contact it would take.
struct Wish {
    agent: AgentId,
    best: (Rank, CallKey),
}

/// A free agent's rank for one contact: the smaller is better. A tuple, so that no term can ever
/// outweigh the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scored {
    /// The first step that wants the agent: those wanted earlier go first.
    pub(super) level: u16,
    /// Contacts that the agent has already (only above 0 with a capacity above 1).
    pub(super) in_use: usize,
    /// What the step's `best` looks at, turned so that smaller is better.
    pub(super) term: Reverse<u64>,
    /// Idle time in microseconds; the longer first.
    pub(super) idle_us: Reverse<u64>,
    pub(super) agent: AgentId,
}

impl Router {
    /// Makes every match that the touched ones allow, the contact with the highest index first.
    pub(super) fn assign(&mut self, touched: Touched, now: Now, out: &mut Vec<Output>) {
        let mut contacts: Vec<(Rank, CallKey, bool)> = touched
            .contacts
            .iter()
            .filter_map(|(key, tell)| Some((self.rank(*key, now.mono)?, *key, *tell)))
            .collect();
        contacts.sort_unstable_by_key(|(rank, _, _)| Reverse(*rank));
        let mut contacts = contacts.into_iter().peekable();
        let mut agents: Vec<Wish> = touched
            .agents
            .into_iter()
            .filter_map(|agent| Some(Wish { agent, best: self.best_contact(agent, now.mono)? }))
            .collect();
        loop {
            let freed = agents.iter().map(|wish| wish.best).max();
            // The next touched contact that does not rank below what a freed agent found.
            let next = contacts.next_if(|(rank, key, _)| {
                freed.is_none_or(|(best, other)| *rank >= best || *key == other)
            });
            let (key, offered) = match (next, freed) {
                (Some((_, key, tell)), _) => (key, self.place_contact(key, tell, now, out)),
                (None, Some((_, key))) => (key, self.offer_best(key, true, now, out)),
                (None, None) => return,
            };
            if offered {
                self.wish_again(&mut agents, key, now.mono);
            } else {
                agents.retain(|wish| wish.best.1 != key);
            }
        }
    }

    /// After this contact was offered: those who were after it look again, the one who got it may
    /// be out.
    fn wish_again(&self, agents: &mut Vec<Wish>, taken: CallKey, now: Mono) {
        agents.retain_mut(|wish| {
            if wish.best.1 != taken {
                return self.free.contains(&wish.agent);
            }
            let best = self.best_contact(wish.agent, now);
            wish.best = best.unwrap_or(wish.best);
            best.is_some()
        });
    }

    /// Says whether the contact was offered.
    fn place_contact(&mut self, key: CallKey, tell: bool, now: Now, out: &mut Vec<Output>) -> bool {
        if self.contacts.get(&key).is_none_or(|contact| contact.stage != Stage::Waiting) {
            return false;
        }
        let offered = self.offer_best(key, false, now, out);
        if !offered && tell {
            let decision = self.nobody(key, now, "nobody is free whom the step in force wants");
            out.extend(decision.map(|decision| Output::Decided(Arc::new(decision))));
        }
        offered
    }

    /// The rank of a contact that waits.
    fn rank(&self, key: CallKey, now: Mono) -> Option<Rank> {
        let contact = self.contacts.get(&key).filter(|c| c.stage == Stage::Waiting)?;
        let queue = self.queues.get(&contact.queue)?;
        Some(rank_of(contact.place, queue, now))
    }

    /// The waiting contact with the highest index that this agent may have, over all queues.
    fn best_contact(&self, id: AgentId, now: Mono) -> Option<(Rank, CallKey)> {
        let agent = self.agents.get(&id).filter(|agent| agent.is_available())?;
        let own = agent.queues.iter().copied();
        let dynamic = self.dynamic.iter().map(|queue| (*queue, 0));
        let mut best: Option<(Rank, CallKey)> = None;
        for (queue_id, level) in own.chain(dynamic) {
            let Some(queue) = self.queues.get(&queue_id) else { continue };
            for run in self.waiting.runs(queue_id, level) {
                let head = run.iter().find(|(_, key)| {
                    self.contacts.get(key).is_some_and(|c| self.may_have(c, id, now))
                });
                best = best.max(head.map(|(place, key)| (rank_of(*place, queue, now), *key)));
            }
        }
        best
    }

    /// Whether the contact wants the agent and does not remember a refusal that still counts.
    pub(super) fn may_have(&self, contact: &Contact, id: AgentId, now: Mono) -> bool {
        if !contact.wants(id) {
            return false;
        }
        let Some(excluded) = contact.excluded.get(&id) else { return true };
        excluded.until <= now && !(excluded.last_resort && self.somebody_else(contact, id, now))
    }

    /// Somebody else is set to ready whom the step in force wants and whose refusal of the
    /// contact, if any, does not count any more.
    fn somebody_else(&self, contact: &Contact, id: AgentId, now: Mono) -> bool {
        let fresh = |other: &AgentId| {
            let refusal = contact.excluded.get(other);
            refusal.is_none_or(|refusal| !refusal.last_resort && refusal.until <= now)
        };
        contact.levels.keys().filter(|other| **other != id && contact.wants(**other)).any(|other| {
            fresh(other) && self.agents.get(other).is_some_and(AgentState::is_set_to_ready)
        })
    }

    /// The free agents that the contact may have, best first. Later levels are left out once the
    /// earlier ones fill a record: they could not win.
    fn scored(&self, contact: &Contact, queue: &QueueState, now: Mono) -> Vec<Scored> {
        let mut scored: Vec<Scored> = Vec::new();
        let mut add = |level: u16, id: AgentId| {
            let enough = scored.len() >= MAX_CANDIDATES;
            if enough && scored.last().is_some_and(|last| last.level < level) {
                return false;
            }
            if let Some(agent) = self.agents.get(&id).filter(|_| self.may_have(contact, id, now)) {
                scored.push(score(agent, queue, level, contact.step, now));
            }
            true
        };
        if queue.levels.is_some() {
            let wanted = queue.free.range(..=(contact.step, AgentId(u32::MAX)));
            let _ = wanted.copied().all(|(level, id)| add(level, id));
        } else {
            let mut wanted: Vec<(u16, AgentId)> = if self.free.len() <= contact.levels.len() {
                let level = |id: &AgentId| contact.levels.get(id).map(|level| (*level, *id));
                self.free.iter().filter_map(level).collect()
            } else {
                let free = contact.levels.iter().filter(|(id, _)| self.free.contains(id));
                free.map(|(id, level)| (*level, *id)).collect()
            };
            wanted.sort_unstable();
            let _ = wanted.into_iter().all(|(level, id)| add(level, id));
        }
        scored.sort_unstable();
        scored
    }

    /// Offers a waiting contact to the best free agent. Says whether there was one.
    fn offer_best(&mut self, key: CallKey, freed: bool, now: Now, out: &mut Vec<Output>) -> bool {
        let Some(contact) = self.contacts.get(&key) else { return false };
        let Some(queue) = self.queues.get(&contact.queue) else { return false };
        let scored = self.scored(contact, queue, now.mono);
        let Some(winner) = scored.first() else { return false };
        let Some(agent) = self.agents.get(&winner.agent) else { return false };
        let Some(target) = agent.target() else { return false };
        let lease = Lease { id: self.next_lease, epoch: contact.epoch + 1 };
        let decision = self.chosen(key, contact, queue, &scored, lease, freed, now);
        let id = winner.agent;
        let offer = Output::Offer {
            contact: key,
            lease,
            agent: id,
            target,
            name: Arc::clone(&agent.def.name),
            ring: queue.def.ring,
        };
        self.lend(key, id, lease, now.mono);
        out.push(Output::Decided(Arc::new(decision)));
        out.push(offer);
        true
    }

    /// Takes contact and agent out of the search, under this lease.
    fn lend(&mut self, key: CallKey, id: AgentId, lease: Lease, now: Mono) {
        self.next_lease += 1;
        if let Some(contact) = self.contacts.get_mut(&key) {
            contact.epoch = lease.epoch;
            contact.stage = Stage::Offered(lease);
            self.waiting.remove(contact.queue, contact.step, contact.place, key);
            if let Some(at) = contact.timer.take() {
                self.timers.remove(&(at, Timer::Contact(key)));
            }
            let open = LeaseState {
                contact: key,
                agent: id,
                queue: contact.queue,
                epoch: lease.epoch,
                offered: now,
                stage: LeaseStage::Ringing,
            };
            self.leases.insert(lease.id, open);
        }
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.offered(lease.id, now);
            let free = agent.is_available();
            self.set_free(id, free);
        }
    }
}

fn rank_of(place: Place, queue: &QueueState, now: Mono) -> Rank {
    (index_ns(place, queue.slope_milli, now), Reverse(place.1))
}

fn score(agent: &AgentState, queue: &QueueState, level: u16, step: u16, now: Mono) -> Scored {
    let best = queue.def.steps.get(usize::from(step)).map(|step| step.best).unwrap_or_default();
    let term = match best {
        Best::LongestIdle => 0,
        Best::HighestProficiency => queue.proficiency_milli(level, &agent.def),
        Best::FewestCalls => u64::MAX - agent.recent_calls(now) as u64,
        Best::LeastOccupied => 100 - agent.occupancy_percent(now).min(100),
    };
    let idle_us = u64::try_from(now.since(agent.idle_since).as_micros()).unwrap_or(u64::MAX);
    Scored {
        level,
        in_use: agent.leases.len(),
        term: Reverse(term),
        idle_us: Reverse(idle_us),
        agent: agent.def.id,
    }
}

//! The record of a choice: who was looked at, what the order looked at, who was ruled out by what.

use super::Router;
use super::agent::{AgentState, Presence, Rest};
use super::assign::Scored;
use super::contact::{Contact, index_ns};
use super::lease::LeaseStage;
use super::queue::{PairFacts, QueueState};
use super::roster::Best;
use super::words::{Candidate, Decision, Lease};
use crate::base::{AgentId, CallKey, Mono, Now};
use std::sync::Arc;

/// Most candidates in one decision: enough for a page, and a bound for the record.
pub(super) const MAX_CANDIDATES: usize = 40;

impl Router {
    /// The record of an offer; `scored` is not empty, the winner first.
    #[expect(clippy::too_many_arguments, reason = "everything a record says")]
    pub(super) fn chosen(
        &self,
        key: CallKey,
        contact: &Contact,
        queue: &QueueState,
        scored: &[Scored],
        lease: Lease,
        freed: bool,
        now: Now,
    ) -> Decision {
        let winner = scored.first().map(|scored| scored.agent);
        let best = queue.def.steps.get(usize::from(contact.step)).map(|step| step.best);
        let best = best.unwrap_or_default();
        let named = |scored: &Scored| {
            let agent = self.agents.get(&scored.agent)?;
            let terms = terms(scored, best);
            Some(candidate(agent, None, terms))
        };
        let mut candidates: Vec<Candidate> =
            scored.iter().take(MAX_CANDIDATES).filter_map(named).collect();
        self.rule_out(contact, queue, scored, now.mono, &mut candidates);
        let name = candidates.first().map(|c| Arc::clone(&c.name)).unwrap_or_default();
        let reason = match (scored.len(), freed) {
            (1, true) => format!("highest index of those that wait for {name}, who became free"),
            (1, false) => format!("{name} is the only one free whom the step in force wants"),
            (free, _) => format!("{name} is {} of {free} free", says(best)),
        };
        Decision {
            candidates,
            winner,
            lease: Some(lease),
            ..self.blank(key, contact, queue, now, reason)
        }
    }

    /// The record of a search that found nobody.
    pub(super) fn nobody(&self, key: CallKey, now: Now, reason: &str) -> Option<Decision> {
        let contact = self.contacts.get(&key)?;
        let queue = self.queues.get(&contact.queue)?;
        let mut candidates = Vec::new();
        self.rule_out(contact, queue, &[], now.mono, &mut candidates);
        Some(Decision { candidates, ..self.blank(key, contact, queue, now, reason.to_owned()) })
    }

    fn blank(
        &self,
        key: CallKey,
        contact: &Contact,
        queue: &QueueState,
        now: Now,
        reason: String,
    ) -> Decision {
        Decision {
            contact: key,
            queue: contact.queue,
            plan: Arc::clone(&self.plan),
            lease: None,
            wall_ms: now.wall_ms,
            step: contact.step,
            waited_ms: u64::try_from(contact.waited(now.mono).as_millis()).unwrap_or(u64::MAX),
            index: seconds(index_ns(contact.place, queue.slope_milli, now.mono)),
            candidates: Vec::new(),
            winner: None,
            reason,
        }
    }

    /// Adds those who could not be chosen: first those whom the step wants, then the others.
    fn rule_out(
        &self,
        contact: &Contact,
        queue: &QueueState,
        scored: &[Scored],
        now: Mono,
        candidates: &mut Vec<Candidate>,
    ) {
        let chosen = |id: &AgentId| scored.iter().any(|scored| scored.agent == *id);
        let wanted = contact.levels.keys().filter(|id| contact.wants(**id) && !chosen(id));
        let others = self.agents.keys().filter(|id| !contact.wants(**id));
        let room = MAX_CANDIDATES.saturating_sub(candidates.len());
        let ruled_out = wanted.chain(others).filter_map(|id| self.agents.get(id)).take(room);
        candidates.extend(ruled_out.map(|agent| {
            candidate(agent, Some(self.first_reason(contact, queue, agent, now)), Vec::new())
        }));
    }

    /// Why the agent could not have the contact: the first of these that holds.
    fn first_reason(
        &self,
        contact: &Contact,
        queue: &QueueState,
        agent: &AgentState,
        now: Mono,
    ) -> Arc<str> {
        if agent.removed {
            return Arc::from("not in the roster any more");
        }
        if !contact.wants(agent.def.id) {
            let facts = PairFacts { agent: &agent.def, contact: Some(&contact.facts) };
            let unmet = queue.unmet(contact.step, &facts);
            return unmet.unwrap_or_else(|| Arc::from("not wanted by a step so far"));
        }
        match &agent.presence {
            Presence::Ready => {}
            Presence::SignedOut => return Arc::from("not signed in"),
            Presence::NotReady(reason) => return Arc::from(format!("not ready: {reason}")),
            Presence::Paused => return Arc::from("paused: did not answer"),
        }
        if agent.def.contacts.is_empty() {
            return Arc::from("no phone");
        }
        if agent.leases.len() >= usize::from(agent.def.capacity) {
            return Arc::from(self.in_use(agent));
        }
        if contact.excluded.contains_key(&agent.def.id)
            && !self.may_have(contact, agent.def.id, now)
        {
            return Arc::from("refused this contact");
        }
        match agent.rest {
            Rest::WrapUp { .. } => Arc::from("wrap-up"),
            Rest::BackOff { .. } => Arc::from("backing off"),
            Rest::None => Arc::from("free, looked at too late"),
        }
    }

    /// What the agent's places are taken by.
    pub(super) fn in_use(&self, agent: &AgentState) -> &'static str {
        let stages = || agent.leases.iter().filter_map(|id| self.leases.get(id)).map(|l| l.stage);
        if stages().any(|stage| matches!(stage, LeaseStage::Joined { .. })) {
            "busy"
        } else if stages().any(|stage| stage == LeaseStage::Ringing) {
            "ringing"
        } else {
            "the last leg has not ended yet"
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read; the order is by the integer")]
fn seconds(ns: i128) -> f64 {
    ns as f64 / 1e9
}

fn candidate(
    agent: &AgentState,
    ruled_out: Option<Arc<str>>,
    terms: Vec<(&'static str, f64)>,
) -> Candidate {
    Candidate { agent: agent.def.id, name: Arc::clone(&agent.def.name), ruled_out, terms }
}

fn says(best: Best) -> &'static str {
    match best {
        Best::LongestIdle => "the longest idle",
        Best::HighestProficiency => "the most proficient",
        Best::FewestCalls => "the one with the fewest calls",
        Best::LeastOccupied => "the least occupied",
    }
}

/// The terms in the order in which they were compared.
#[expect(clippy::cast_precision_loss, reason = "for people to read; the order is by integers")]
fn terms(scored: &Scored, best: Best) -> Vec<(&'static str, f64)> {
    let mut terms = vec![("step", f64::from(scored.level) + 1.0)];
    if scored.in_use > 0 {
        terms.push(("in_use", scored.in_use as f64));
    }
    let term = scored.term.0;
    match best {
        Best::LongestIdle => {}
        Best::HighestProficiency => terms.push(("proficiency", term as f64 / 1e3)),
        Best::FewestCalls => terms.push(("calls_in_hour", (u64::MAX - term) as f64)),
        Best::LeastOccupied => terms.push(("occupancy_percent", 100.0 - term as f64)),
    }
    terms.push(("idle_s", scored.idle_us.0 as f64 / 1e6));
    terms
}

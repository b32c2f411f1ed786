//! Offers and what becomes of them: Accepted, Refused, LegEnded. The table is in the folder's
//! header.

use super::contact::Stage;
use super::refusal::{ForContact, meaning};
use super::words::{Lease, Output};
use super::{Router, Touched};
use crate::base::{AgentId, CallKey, Cause, Mono, Now, QueueId};

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaseStage {
    /// The agent's phone rings.
    Ringing,
    /// They talk.
    Joined { since: Mono },
    /// Refused or revoked; the leg has not ended yet.
    Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeaseState {
    pub(super) contact: CallKey,
    pub(super) agent: AgentId,
    pub(super) queue: QueueId,
    pub(super) epoch: u32,
    pub(super) offered: Mono,
    pub(super) stage: LeaseStage,
}

impl Router {
    /// Whether this is the one offer that the contact is out on.
    fn is_current(&self, key: CallKey, lease: Lease) -> bool {
        #[cfg(test)]
        if self.trusts_stale_leases {
            let open = self.leases.get(&lease.id);
            return open.is_some_and(|l| !matches!(l.stage, LeaseStage::Joined { .. }));
        }
        self.contacts.get(&key).is_some_and(|contact| contact.stage == Stage::Offered(lease))
    }

    /// The offer is off; its agent stays taken until the leg has ended.
    pub(super) fn lease_ends(&mut self, lease: Lease) {
        if let Some(lease) = self.leases.get_mut(&lease.id) {
            lease.stage = LeaseStage::Ending;
        }
    }

    pub(super) fn accepted(&mut self, key: CallKey, lease: Lease, now: Now, out: &mut Vec<Output>) {
        let open = self.leases.get(&lease.id).copied().filter(|open| open.contact == key);
        let current = self.is_current(key, lease);
        let Some(open) = open.filter(|open| open.epoch == lease.epoch && current) else {
            let said_twice = open.is_some_and(|l| matches!(l.stage, LeaseStage::Joined { .. }));
            if !said_twice {
                out.push(Output::Revoke { contact: key, lease });
            }
            return;
        };
        if let Some(lease) = self.leases.get_mut(&lease.id) {
            lease.stage = LeaseStage::Joined { since: now.mono };
        }
        if let Some(agent) = self.agents.get_mut(&open.agent) {
            agent.answered(now.mono);
        }
        if let Some(contact) = self.remove_contact(key) {
            if let Some(queue) = self.queues.get_mut(&open.queue) {
                // Ringing counts as waiting: nobody talks to the caller yet.
                queue.answered(contact.waited(now.mono));
            }
            self.drop_drained(contact.queue);
        }
        out.push(Output::Granted { contact: key, lease });
    }

    pub(super) fn refused(
        &mut self,
        key: CallKey,
        lease: Lease,
        cause: Cause,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        if !self.is_current(key, lease) {
            return;
        }
        let Some(agent_id) = self.leases.get(&lease.id).map(|open| open.agent) else { return };
        self.lease_ends(lease);
        let (for_contact, for_agent) = meaning(cause);
        let Some(contact) = self.contacts.get_mut(&key) else { return };
        let Some(queue) = self.queues.get(&contact.queue) else { return };
        let policy = queue.def.refusal;
        contact.epoch += 1;
        contact.stage = Stage::Waiting;
        contact.exclude(agent_id, for_contact, now.after(policy.exclude));
        if for_contact == ForContact::LastResort {
            self.last_resorts.insert(key);
        }
        self.waiting.insert(contact.queue, contact.step, contact.place, key);
        let agent = self.agents.get_mut(&agent_id);
        let paused = agent.is_some_and(|agent| agent.refused(for_agent, &policy, now.mono));
        self.settle_agent(agent_id, touched);
        if paused {
            self.review_staffing(agent_id, now, touched, out);
        }
        self.review_contact(key, true, now, touched, out);
    }

    pub(super) fn leg_ended(
        &mut self,
        key: CallKey,
        lease: Lease,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        let open = self.leases.get(&lease.id).copied();
        let Some(open) = open.filter(|l| l.contact == key && l.epoch == lease.epoch) else {
            return;
        };
        if open.stage == LeaseStage::Ringing {
            self.refused(key, lease, Cause::Unreachable, now, touched, out);
        }
        self.leases.remove(&lease.id);
        let joined = matches!(open.stage, LeaseStage::Joined { .. });
        if let Some(agent) = self.agents.get_mut(&open.agent) {
            agent.leg_ended(lease.id, joined, now.mono);
        }
        self.settle_agent(open.agent, touched);
    }
}

//! A new roster under running contacts: configuration is exchanged, run-time state stays.

use super::agent::AgentState;
use super::contact::{Stage, place};
use super::queue::QueueState;
use super::roster::Roster;
use super::words::Output;
use super::{Router, Touched};
use crate::base::{AgentId, CallKey, Now, QueueId};
use std::sync::Arc;

impl Router {
    pub(super) fn reload(
        &mut self,
        roster: &Roster,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        self.plan = Arc::clone(&roster.plan);
        self.exchange_agents(roster, now);
        self.exchange_queues(roster);
        self.work_out_levels();
        let ids: Vec<AgentId> = self.agents.keys().copied().collect();
        for id in ids {
            self.settle_agent(id, touched);
        }
        self.place_contacts(now, touched, out);
        // Every contact that waits is touched now; looking from the agents' side too would only
        // multiply the work.
        touched.agents.clear();
    }

    fn exchange_agents(&mut self, roster: &Roster, now: Now) {
        for agent in self.agents.values_mut() {
            agent.removed = true;
            agent.queues.clear();
        }
        for def in &roster.agents {
            let def = Arc::new(def.clone());
            let former = &mut self.former;
            let agent = self.agents.entry(def.id).or_insert_with(|| match former.recall(def.id) {
                Some(known) => known.back(now.mono),
                None => AgentState::new(Arc::clone(&def), now.mono),
            });
            agent.removed = false;
            agent.def = def;
        }
    }

    fn exchange_queues(&mut self, roster: &Roster) {
        for queue in self.queues.values_mut() {
            queue.removed = true;
        }
        for def in &roster.queues {
            let mut queue = QueueState::new(Arc::new(def.clone()));
            if let Some(old) = self.queues.get(&def.id) {
                queue.inherit(old);
            }
            self.queues.insert(def.id, queue);
        }
        self.queues.retain(|_, queue| !queue.removed || queue.len > 0);
    }

    /// Who is wanted where, for the queues that do not look at the contact.
    fn work_out_levels(&mut self) {
        self.dynamic.clear();
        self.free.clear();
        let ids: Vec<QueueId> = self.queues.keys().copied().collect();
        for id in ids {
            let Some(queue) = self.queues.get_mut(&id) else { continue };
            queue.prepare(&self.agents);
            let Some(levels) = queue.levels.clone() else {
                self.dynamic.insert(id);
                continue;
            };
            for (agent, level) in levels.iter() {
                if let Some(agent) = self.agents.get_mut(agent) {
                    agent.queues.push((id, *level));
                }
            }
            self.work_out_floor(id);
        }
    }

    /// Waiting contacts keep their arrival and head start; the slope and the steps may be new.
    fn place_contacts(&mut self, now: Now, touched: &mut Touched, out: &mut Vec<Output>) {
        self.waiting.clear();
        let keys: Vec<CallKey> = self.contacts.keys().copied().collect();
        for key in &keys {
            let Some(contact) = self.contacts.get_mut(key) else { continue };
            let Some(queue) = self.queues.get_mut(&contact.queue) else { continue };
            contact.levels = match &queue.levels {
                Some(levels) => Arc::clone(levels),
                None => queue.levels_for(&contact.facts, &self.agents),
            };
            let (_, arrival) = contact.place;
            contact.place = place(contact.enqueued, contact.head_start, queue.slope_milli, arrival);
            contact.step = contact.step.min(queue.last_step());
            match contact.stage {
                Stage::Waiting => {
                    self.waiting.insert(contact.queue, contact.step, contact.place, *key);
                }
                Stage::Offered(_) => {}
            }
        }
        for key in keys {
            self.review_contact(key, false, now, touched, out);
        }
    }
}

//! Who is there: SetAgent, and what a change of presence means for contacts that wait.

use super::agent::{Presence, SIGNED_OUT};
use super::words::Output;
use super::{Router, Touched};
use crate::base::{AgentId, CallKey, Now, QueueId};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Router {
    pub(super) fn set_agent(
        &mut self,
        id: AgentId,
        ready: bool,
        reason: Arc<str>,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        let Some(agent) = self.agents.get_mut(&id).filter(|agent| !agent.removed) else { return };
        let presence = match ready {
            true => Presence::Ready,
            false if &*reason == SIGNED_OUT => Presence::SignedOut,
            false => Presence::NotReady(reason),
        };
        agent.set_presence(presence, now.mono);
        self.settle_agent(id, touched);
        self.review_staffing(id, now, touched, out);
    }

    /// The agent's presence may have changed: steps may now be skipped, queues may be deserted.
    pub(super) fn review_staffing(
        &mut self,
        id: AgentId,
        now: Now,
        touched: &mut Touched,
        out: &mut Vec<Output>,
    ) {
        let contacts = &self.contacts;
        for key in &self.last_resorts {
            if contacts.get(key).is_some_and(|contact| contact.wants(id)) {
                touched.contact(*key, false);
            }
        }
        for key in self.deserted(id) {
            self.review_contact(key, false, now, touched, out);
        }
    }

    /// Contacts that wait for nobody, now that this agent may have left: those whose step in force
    /// wants no one who is there.
    fn deserted(&mut self, id: AgentId) -> Vec<CallKey> {
        let mut keys = Vec::new();
        let own = self.agents.get(&id).map(|agent| agent.queues.clone()).unwrap_or_default();
        for (queue_id, _) in own {
            if self.work_out_floor(queue_id) {
                let floor = self.queues.get(&queue_id).and_then(|queue| queue.floor);
                match floor {
                    Some(floor) => keys.extend(self.waiting.keys_before(queue_id, floor)),
                    None => keys.extend(self.waiting.keys(queue_id)),
                }
            }
        }
        for queue_id in &self.dynamic {
            let Some(queue) = self.queues.get(queue_id) else { continue };
            // Contacts whose facts answer the rules alike share their levels: asked once.
            let mut asked = BTreeMap::<(usize, u16), bool>::new();
            for key in self.waiting.keys(*queue_id) {
                let Some(contact) = self.contacts.get(&key) else { continue };
                let same = (Arc::as_ptr(&contact.levels).addr(), contact.step);
                let staffed = asked.entry(same).or_insert_with(|| {
                    queue.is_staffed(contact.step, &contact.levels, &self.agents)
                });
                if !*staffed {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// Says whether the first step with somebody there has changed.
    pub(super) fn work_out_floor(&mut self, queue_id: QueueId) -> bool {
        let Some(queue) = self.queues.get(&queue_id) else { return false };
        let Some(levels) = &queue.levels else { return false };
        let floor = queue.first_step(levels, &self.agents);
        let changed = floor != queue.floor;
        if let Some(queue) = self.queues.get_mut(&queue_id) {
            queue.floor = floor;
        }
        changed
    }

    /// Forgets a removed queue once its last contact has left.
    pub(super) fn drop_drained(&mut self, queue_id: QueueId) {
        if self.queues.get(&queue_id).is_some_and(|queue| queue.removed && queue.len == 0) {
            self.queues.remove(&queue_id);
            self.dynamic.remove(&queue_id);
        }
    }
}

//! Agents who left the roster, as they were: one who comes back (by a rollback, or because a name was
//! lost in an edit) goes on from there and is not a newcomer.

use super::agent::AgentState;
use crate::base::AgentId;
use std::collections::{BTreeMap, VecDeque};

/// Most agents remembered; more than a roster has. Each takes about a kilobyte, with a busy last hour
/// up to three.
pub(super) const MOST: usize = 4_096;

/// The agents who left.
#[derive(Clone, Debug, Default)]
pub(super) struct Former {
    left: BTreeMap<AgentId, AgentState>,
    /// The one who left first is forgotten first.
    order: VecDeque<AgentId>,
}

impl Former {
    /// An agent has left.
    pub(super) fn remember(&mut self, agent: AgentState) {
        let id = agent.def.id;
        self.recall(id);
        if self.order.len() == MOST
            && let Some(first) = self.order.pop_front()
        {
            self.left.remove(&first);
        }
        self.order.push_back(id);
        self.left.insert(id, agent);
    }

    /// An agent comes back; none if there was none, or it was too long ago.
    pub(super) fn recall(&mut self, id: AgentId) -> Option<AgentState> {
        let found = self.left.remove(&id)?;
        self.order.retain(|known| *known != id);
        Some(found)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.left.len(), self.order.len());
        self.left.len()
    }
}

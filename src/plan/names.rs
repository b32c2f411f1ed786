//! Names of the plan as small numbers that are never used again while the process lives.
//!
//! The tables outlive a reload: a name that comes back gets its old number, so that an old decision
//! or record still points at the right thing.

use super::Plan;
use crate::base::{AgentId, FlowId, GroupId, PromptId, QueueId, SkillId, TrunkId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of one kind of thing.
#[derive(Clone, Debug, Default)]
pub struct Table {
    numbers: BTreeMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Table {
    /// The number of a name; a new one if it was never seen.
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        // A process that is given four thousand million names has other troubles.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    /// Gives a name the number that it has elsewhere. Numbers between that nobody has are left out.
    fn put(&mut self, number: u32, name: &Arc<str>) {
        let at = number as usize;
        if self.names.len() <= at {
            self.names.resize(at + 1, "".into());
        }
        if let Some(place) = self.names.get_mut(at) {
            *place = name.clone();
        }
        self.numbers.insert(name.clone(), number);
    }

    /// The number of a name that was seen before.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name behind a number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&Arc<str>> {
        self.names.get(number as usize)
    }
}

/// All names of the node.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Agents.
    pub agents: Table,
    /// Queues.
    pub queues: Table,
    /// Trunks.
    pub trunks: Table,
    /// Prompts.
    pub prompts: Table,
    /// Flows.
    pub flows: Table,
    /// Skills.
    pub skills: Table,
    /// Groups.
    pub groups: Table,
}

impl Names {
    /// The names of a plan that was compiled before, with their ids: what is compiled next is the
    /// same thing where it has the same name.
    #[must_use]
    pub fn of(plan: &Plan) -> Names {
        let mut names = Names::default();
        plan.roster.agents.iter().for_each(|agent| names.agents.put(agent.id.0, &agent.name));
        plan.roster.queues.iter().for_each(|queue| names.queues.put(queue.id.0, &queue.name));
        plan.trunks.iter().for_each(|trunk| names.trunks.put(trunk.id.0, &trunk.name));
        let prompts = plan.script.prompts.values();
        prompts.for_each(|prompt| names.prompts.put(prompt.id.0, &prompt.name));
        let flows = plan.script.program.flows.iter();
        flows.for_each(|(id, flow)| names.flows.put(id.0, &flow.name));
        names
    }

    /// The id of an agent's name.
    pub fn agent(&mut self, name: &str) -> AgentId {
        AgentId(self.agents.intern(name))
    }

    /// The id of a queue's name.
    pub fn queue(&mut self, name: &str) -> QueueId {
        QueueId(self.queues.intern(name))
    }

    /// The id of a trunk's name.
    pub fn trunk(&mut self, name: &str) -> TrunkId {
        TrunkId(self.trunks.intern(name))
    }

    /// The id of a prompt's name.
    pub fn prompt(&mut self, name: &str) -> PromptId {
        PromptId(self.prompts.intern(name))
    }

    /// The id of a flow's name.
    pub fn flow(&mut self, name: &str) -> FlowId {
        FlowId(self.flows.intern(name))
    }

    /// The id of a skill's name.
    pub fn skill(&mut self, name: &str) -> SkillId {
        SkillId(self.skills.intern(name))
    }

    /// The id of a group's name.
    pub fn group(&mut self, name: &str) -> GroupId {
        GroupId(self.groups.intern(name))
    }
}

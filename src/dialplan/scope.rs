//! Which names expressions may use, and where.

use crate::expr::{Scope, Type};
use crate::ivr::FACTS;
use std::collections::BTreeSet;

/// Most names of the plan among which a mistyped one is looked for.
const NAMES: usize = 1_000;

/// What a flow sees: facts of the call and all variables of the plan; all are texts.
#[derive(Debug, Default)]
pub(super) struct FlowScope {
    /// Every variable that some flow sets.
    pub(super) variables: BTreeSet<String>,
}

/// What the target of a number sees: facts of the call only.
#[derive(Debug)]
pub(super) struct NumberScope;

/// What a queue's step sees: the agent that is looked at and the contact's facts.
#[derive(Debug)]
pub(super) struct QueueScope<'a> {
    pub(super) flow: &'a FlowScope,
    /// Every skill that some agent has.
    pub(super) skills: &'a BTreeSet<String>,
}

const AGENT: &[(&str, Type)] =
    &[("agent.name", Type::Text), ("agent.groups", Type::List), ("agent.site", Type::Text)];

fn facts() -> impl Iterator<Item = &'static str> {
    FACTS.iter().map(|(name, _)| *name)
}

impl Scope for FlowScope {
    fn type_of(&self, name: &str) -> Option<Type> {
        (facts().any(|fact| fact == name) || self.variables.contains(name)).then_some(Type::Text)
    }

    fn names(&self) -> Vec<String> {
        facts().map(str::to_string).chain(self.variables.iter().take(NAMES).cloned()).collect()
    }
}

impl Scope for NumberScope {
    fn type_of(&self, name: &str) -> Option<Type> {
        facts().any(|fact| fact == name).then_some(Type::Text)
    }

    fn names(&self) -> Vec<String> {
        facts().map(str::to_string).collect()
    }
}

impl Scope for QueueScope<'_> {
    fn type_of(&self, name: &str) -> Option<Type> {
        if let Some(skill) = name.strip_prefix("skill.") {
            return self.skills.contains(skill).then_some(Type::Int);
        }
        let agent = AGENT.iter().find(|(fact, _)| *fact == name).map(|(_, kind)| *kind);
        agent.or_else(|| self.flow.type_of(name))
    }

    fn names(&self) -> Vec<String> {
        let skills = self.skills.iter().take(NAMES).map(|skill| format!("skill.{skill}"));
        let agent = AGENT.iter().map(|(fact, _)| (*fact).to_string());
        skills.chain(agent).chain(self.flow.names()).collect()
    }
}

/// A scope that gives no hints: comparing names is dear, and many findings need none.
pub(super) struct Brief<'a>(pub(super) &'a dyn Scope);

impl Scope for Brief<'_> {
    fn type_of(&self, name: &str) -> Option<Type> {
        self.0.type_of(name)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

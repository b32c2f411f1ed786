//! Queues against agents: steps that add nobody, groups that nobody asks for, queues that nobody
//! waits in.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::roster::Compiled;
use super::tree::shortened;
use crate::base::QueueId;
use crate::expr::{Expr, Facts, Value};
use crate::router::roster::Agent;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most agents times steps that are looked at.
const PAIRS: usize = 200_000;

/// An agent as the steps of a queue see it.
struct Seen<'a>(&'a Agent);

impl Facts for Seen<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let Seen(agent) = self;
        if let Some(skill) = name.strip_prefix("skill.") {
            return Some(Value::Int(i64::from(agent.skills.get(skill).copied().unwrap_or(0))));
        }
        match name.strip_prefix("agent.")? {
            "name" => Some(Value::Text(Arc::clone(&agent.name))),
            "groups" => {
                Some(agent.groups.iter().map(|group| Value::from(group.as_str())).collect())
            }
            other => agent.attributes.get(other).cloned(),
        }
    }
}

/// `groups` are those that agents are in, and where; `queued` are the queues that states lead to,
/// if that is known.
pub(super) fn check(
    cx: &mut Checker<'_>,
    compiled: &Compiled<'_>,
    groups: &BTreeMap<String, At>,
    queued: Option<&BTreeSet<QueueId>>,
) {
    let steps: usize = compiled.roster.queues.iter().map(|queue| queue.steps.len()).sum();
    if steps.saturating_mul(compiled.roster.agents.len()) <= PAIRS {
        for queue in &compiled.roster.queues {
            if let Some(node) = compiled.queues.get(&*queue.name) {
                let wants: Vec<(&Expr, At)> =
                    queue.steps.iter().map(|step| &step.want).zip(node.steps.clone()).collect();
                added(cx, &compiled.roster.agents, &wants);
            }
        }
    }
    asked(cx, compiled, groups);
    if let Some(queued) = queued {
        for (name, node) in &compiled.queues {
            if !queued.contains(&node.id) {
                let message = format!("no state leads to the queue `{}`", shortened(name));
                cx.tell(codes::QUEUE_UNUSED, node.at, message)
                    .expected("a state with `queue:` and this name");
            }
        }
    }
}

/// Steps that add nobody to those of the steps before them.
fn added(cx: &mut Checker<'_>, agents: &[Agent], wants: &[(&Expr, At)]) {
    let mut open = vec![false; agents.len()];
    for (want, at) in wants {
        let of_agent = |name: &&str| name.starts_with("skill.") || name.starts_with("agent.");
        if !want.names().iter().all(of_agent) {
            // Who it adds hangs on the call, so nothing is known of the steps behind it either.
            return;
        }
        let mut any = false;
        let mut fits = false;
        for (agent, open) in agents.iter().zip(&mut open) {
            if want.holds(&Seen(agent)) {
                fits = true;
                any |= !*open;
                *open = true;
            }
        }
        // A condition that can never hold is told as such.
        if !any && want.can_hold() {
            let why = if fits { "all who fit it fit a step before it" } else { "nobody fits it" };
            cx.tell(codes::STEP_ADDS_NOBODY, *at, format!("this step adds nobody: {why}"))
                .expected("a wider condition than that of the steps before");
        }
    }
}

/// Groups that no step asks for.
fn asked(cx: &mut Checker<'_>, compiled: &Compiled<'_>, groups: &BTreeMap<String, At>) {
    let mut named = BTreeSet::new();
    for step in compiled.roster.queues.iter().flat_map(|queue| &queue.steps) {
        let names = step.want.names();
        if !names.contains(&"agent.groups") {
            continue;
        }
        let of_agent = |name: &&str| name.starts_with("skill.") || name.starts_with("agent.");
        if !names.iter().all(of_agent) {
            // The group may come from the call.
            return;
        }
        named.extend(step.want.texts());
    }
    for (group, at) in groups.iter().filter(|(group, _)| !named.contains(group.as_str())) {
        let message = format!("no step of a queue asks for the group `{}`", shortened(group));
        cx.tell(codes::GROUP_UNUSED, *at, message)
            .expected("a step with want: '\"GROUP\" in agent.groups'")
            .among(group, named.iter().copied());
    }
}

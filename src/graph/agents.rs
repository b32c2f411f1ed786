//! Who answers: agents that the same steps of the same queues add are one box.
//!
//! What a step wants of the agent alone is looked at; what it wants of the call is not known here
//! and rules nobody out.

use super::build::spoken;
use super::model::{Kind, Lead, Node, Row, Way};
use crate::expr::{Facts, Value};
use crate::router::roster::{Agent, Queue, Roster};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most boxes of agents; with more of them each step of each queue has one of its own.
const TEAMS: usize = 12;
/// Most agents that a box names.
const NAMED: usize = 6;

/// A step of a queue, both by their index.
type Place = (usize, usize);

/// Which agents stand together.
pub(super) struct Teams<'p> {
    /// The places where a box's agents come in, and who they are.
    teams: BTreeMap<Vec<Place>, Vec<&'p Agent>>,
}

/// What a step can be asked about an agent without a call.
struct Alone<'a>(&'a Agent);

impl Facts for Alone<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if let Some(skill) = name.strip_prefix("skill.") {
            return Some(Value::Int(i64::from(self.0.skills.get(skill).copied().unwrap_or(0))));
        }
        match name.strip_prefix("agent.")? {
            "name" => Some(Value::Text(Arc::clone(&self.0.name))),
            "groups" => {
                Some(self.0.groups.iter().map(|group| Value::from(group.as_str())).collect())
            }
            other => self.0.attributes.get(other).cloned(),
        }
    }
}

/// Whether some call of this queue may be shown to the agent at this step.
fn may_take(agent: &Agent, queue: &Queue, step: usize) -> bool {
    let Some(step) = queue.steps.get(step) else { return false };
    step.want.conjuncts().iter().all(|rule| {
        let of_agent = |name: &&str| name.starts_with("skill.") || name.starts_with("agent.");
        !rule.names().iter().all(of_agent) || rule.holds(&Alone(agent))
    })
}

impl<'p> Teams<'p> {
    pub(super) fn new(roster: &'p Roster, queues: &[&Queue]) -> Teams<'p> {
        let mut teams: BTreeMap<Vec<Place>, Vec<&Agent>> = BTreeMap::new();
        for agent in &roster.agents {
            let first = |queue: &Queue| (0..queue.steps.len()).find(|n| may_take(agent, queue, *n));
            let places = queues.iter().enumerate();
            let places = places.filter_map(|(at, queue)| Some((at, first(queue)?))).collect();
            teams.entry(places).or_default().push(agent);
        }
        if teams.len() > TEAMS {
            teams = by_step(&teams);
        }
        Teams { teams }
    }

    /// The boxes, in an order of their own; agents of no queue last, where they are wanted.
    pub(super) fn nodes(&self, with_idle: bool) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.busy().map(|(_, agents)| node("agents", agents)).collect();
        if let Some(idle) = self.teams.get(&Vec::new()).filter(|_| with_idle) {
            nodes.push(node("in no queue", idle));
        }
        nodes
    }

    fn busy(&self) -> impl Iterator<Item = (&Vec<Place>, &Vec<&'p Agent>)> {
        self.teams.iter().filter(|(places, _)| !places.is_empty())
    }

    /// The steps of a queue; `boxes` are those of [`Teams::nodes`].
    pub(super) fn rows(&self, at: usize, queue: &Queue, boxes: &[usize]) -> Vec<Row> {
        let steps = queue.steps.iter().enumerate();
        let row = |(n, step): (usize, &crate::router::roster::Step)| {
            let here = self.busy().zip(boxes);
            let here = here.filter(|((places, _), _)| places.contains(&(at, n)));
            let to: Vec<usize> = here.map(|(_, node)| *node).collect();
            let lead =
                if to.is_empty() { Lead::Ends("adds nobody".to_owned()) } else { Lead::To(to) };
            let time = step.for_.map(|time| format!(", {}", spoken(time))).unwrap_or_default();
            Row {
                label: format!("{}{time}: {}", n + 1, step.want.text()),
                way: Way::Reach,
                key: format!("queues/{}/{}", queue.name, n + 1),
                lead,
                count: None,
            }
        };
        steps.map(row).collect()
    }
}

/// A box for each step, with the agents whom it is the first to add: fewer boxes than there are
/// mixtures of skills in a large house, and an agent may be in several.
fn by_step<'p>(
    teams: &BTreeMap<Vec<Place>, Vec<&'p Agent>>,
) -> BTreeMap<Vec<Place>, Vec<&'p Agent>> {
    let mut steps: BTreeMap<Vec<Place>, Vec<&Agent>> = BTreeMap::new();
    for (places, agents) in teams {
        if places.is_empty() {
            steps.insert(Vec::new(), agents.clone());
        }
        for place in places {
            steps.entry(vec![*place]).or_default().extend(agents);
        }
    }
    steps
}

fn node(word: &str, agents: &[&Agent]) -> Node {
    let mut names: Vec<String> = agents.iter().map(|agent| agent.display.to_string()).collect();
    names.sort();
    let title =
        if names.len() == 1 { "1 agent".to_owned() } else { format!("{} agents", names.len()) };
    if names.len() > NAMED {
        let more = names.len() - NAMED + 1;
        names.truncate(NAMED - 1);
        names.push(format!("and {more} more"));
    }
    let word = if word == "agents" { String::new() } else { word.to_owned() };
    Node { kind: Kind::Agents, title, word, details: names, rows: Vec::new() }
}

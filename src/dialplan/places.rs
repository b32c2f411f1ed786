//! Where states, the ways out of them and the steps of queues stand in the files: for whoever tells
//! which of them were taken. Read from the texts alone; a plan with errors has as many as can be read.

use super::finding::At;
use super::source::Source;
use super::templates;
use super::tree::{Kind, Node};

/// The ways out of a state that are keys of it.
const EXITS: [&str; 6] = ["next", "failed", "closed", "otherwise", "then", "else"];

/// A state and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePlace {
    /// `flow.state`, as in records.
    pub name: String,
    /// Where it stands.
    pub at: At,
}

/// A way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// `flow.state`.
    pub from: String,
    /// `next`, `failed`, a key of the menu.
    pub exit: String,
    /// `flow.state`.
    pub to: String,
    /// Where it stands.
    pub at: At,
}

/// A step of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepPlace {
    /// The queue.
    pub queue: String,
    /// Which step, from 0.
    pub step: u16,
    /// Where it stands.
    pub at: At,
}

/// All places of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// States, those in place among them.
    pub states: Vec<StatePlace>,
    /// Ways out that are written somewhere.
    pub ways: Vec<Way>,
    /// Steps of queues.
    pub steps: Vec<StepPlace>,
}

/// Finds all places of a plan.
#[must_use]
pub fn places(sources: &[Source]) -> Places {
    let files = templates::trees(sources);
    let section = |name: &'static str| files.iter().filter_map(move |file| file.key(name));
    let queues: Vec<&Node> = section("queues").collect();
    let mut walk = Walk { queues: &queues, found: Places::default() };
    for (queue, node) in queues.iter().flat_map(|node| entries(node)) {
        walk.queue(queue, node);
    }
    for (flow, states) in section("flows").flat_map(entries) {
        for (name, at, node) in keyed(states) {
            walk.state(flow, name, at, node);
        }
    }
    walk.found
}

struct Walk<'n> {
    queues: &'n [&'n Node],
    found: Places,
}

impl Walk<'_> {
    fn queue(&mut self, queue: &str, node: &Node) {
        let steps = match node.key("steps") {
            Some(Node { kind: Kind::List(items), .. }) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for (n, step) in steps.iter().enumerate() {
            let step = StepPlace {
                queue: queue.to_owned(),
                step: u16::try_from(n).unwrap_or(u16::MAX),
                at: step.at,
            };
            self.found.steps.push(step);
        }
    }

    fn state(&mut self, flow: &str, name: &str, at: At, node: &Node) {
        self.found.states.push(StatePlace { name: format!("{flow}.{name}"), at });
        for (key, at, value) in keyed(node) {
            match key {
                "menu" => {
                    for (key, at, value) in value.key("keys").into_iter().flat_map(keyed) {
                        self.way(flow, name, key, at, value);
                    }
                }
                "when" => {
                    let Kind::List(items) = &value.kind else { continue };
                    for (n, item) in items.iter().enumerate() {
                        let thens = keyed(item).filter(|(key, ..)| *key == "then");
                        for (_, at, value) in thens {
                            self.way(flow, name, &format!("then{}", n + 1), at, value);
                        }
                    }
                }
                "queue" if node.key("otherwise").is_none() => {
                    let queue = value.scalar().unwrap_or_default();
                    let queue = self.queues.iter().find_map(|queues| queues.key(queue));
                    let own = queue.into_iter().flat_map(keyed);
                    for (_, at, value) in own.filter(|(key, ..)| *key == "otherwise") {
                        self.way(flow, name, "otherwise", at, value);
                    }
                }
                exit if EXITS.contains(&exit) => self.way(flow, name, exit, at, value),
                _ => {}
            }
        }
    }

    fn way(&mut self, flow: &str, from: &str, exit: &str, at: At, value: &Node) {
        let in_place = format!("{from}.{exit}");
        let to = value.scalar().unwrap_or(&in_place);
        self.found.ways.push(Way {
            from: format!("{flow}.{from}"),
            exit: exit.to_owned(),
            to: format!("{flow}.{to}"),
            at,
        });
        if matches!(value.kind, Kind::Map(_)) {
            self.state(flow, &in_place, value.at, value);
        }
    }
}

fn entries(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    keyed(node).map(|(key, _, value)| (key, value))
}

fn keyed(node: &Node) -> impl Iterator<Item = (&str, At, &Node)> {
    let entries = match &node.kind {
        Kind::Map(entries) => entries.as_slice(),
        Kind::Null | Kind::Scalar { .. } | Kind::List(_) => &[],
    };
    entries.iter().map(|(key, value)| (key.text.as_str(), key.at, value))
}

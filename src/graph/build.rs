//! From a plan to its boxes: numbers first, then the flows, then targets, queues and agents.

use super::agents::Teams;
use super::model::{Graph, Kind, Lead, Node, Row, Way};
use super::states;
use crate::base::{FlowId, QueueId};
use crate::ivr::Flow;
use crate::number;
use crate::plan::{Entry, Plan, Route};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most numbers that have a row each in one box.
const NUMBERS: usize = 24;
/// Most routes that are named in a target's box.
const ROUTES: usize = 8;

/// What is to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// Only this flow, its numbers and its queues.
    pub flow: Option<&'a str>,
}

/// There is no such flow; these there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoFlow {
    /// The names of the flows.
    pub flows: Vec<String>,
}

/// The boxes of a plan.
///
/// # Errors
/// If a flow is asked for that the plan has not got.
pub fn of_plan(plan: &Plan, asked: &Asked<'_>) -> Result<Graph, NoFlow> {
    let all = &plan.script.program.flows;
    let flows: BTreeMap<FlowId, &Flow> = all
        .iter()
        .filter(|(_, flow)| asked.flow.is_none_or(|name| name == &*flow.name))
        .map(|(id, flow)| (*id, flow.as_ref()))
        .collect();
    if flows.is_empty() && asked.flow.is_some() {
        return Err(NoFlow { flows: all.values().map(|flow| flow.name.to_string()).collect() });
    }
    let mut builder = Builder {
        plan,
        whole: asked.flow.is_none(),
        several: flows.len() > 1,
        nodes: Vec::new(),
        begins: BTreeMap::new(),
        targets: BTreeMap::new(),
        queues: BTreeMap::new(),
    };
    builder.numbers(&flows);
    for (id, flow) in &flows {
        states::place(&mut builder, *id, flow);
    }
    for (id, flow) in &flows {
        states::connect(&mut builder, *id, flow);
    }
    builder.connect_numbers();
    builder.queues();
    let title = match asked.flow {
        Some(flow) => format!("{}, flow {flow}", asked.title),
        None => asked.title.to_owned(),
    };
    Ok(Graph { title, nodes: builder.nodes })
}

/// A picture while it is being put together.
pub(super) struct Builder<'p> {
    pub(super) plan: &'p Plan,
    /// Nothing was left out.
    whole: bool,
    /// More than one flow is drawn: each state says which is its own.
    pub(super) several: bool,
    pub(super) nodes: Vec<Node>,
    /// The box of each state; states that are told in a row have none.
    pub(super) begins: BTreeMap<(FlowId, u16), usize>,
    targets: BTreeMap<String, usize>,
    queues: BTreeMap<QueueId, usize>,
}

impl Builder<'_> {
    pub(super) fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The box of a target that is dialled; the same for all who dial it.
    pub(super) fn target(&mut self, uri: &str) -> usize {
        if let Some(at) = self.targets.get(uri) {
            return *at;
        }
        let at = self.add(Node {
            kind: Kind::Target,
            title: uri.to_owned(),
            word: String::new(),
            details: self.routes_of(uri),
            rows: Vec::new(),
        });
        self.targets.insert(uri.to_owned(), at);
        at
    }

    /// By which routes a number goes out: its own, or all where callers say the number.
    fn routes_of(&self, uri: &str) -> Vec<String> {
        let Some(number) = uri.strip_prefix("tel:") else { return Vec::new() };
        let routes = &self.plan.routes;
        let own: Vec<&Arc<Route>> = routes.fitting(&number::normalise(number)).collect();
        let meant = if number.contains("${") { routes.iter().collect() } else { own };
        let more = meant.len().saturating_sub(ROUTES);
        let told = meant.into_iter().take(ROUTES).map(|route| {
            let trunks = route.trunks.iter().filter_map(|id| self.plan.trunk(*id));
            let trunks: Vec<&str> = trunks.map(|trunk| &*trunk.name).collect();
            match route.refuse {
                Some(status) => format!("{}: refuse {status}", route.name),
                None => format!("{}: {}", route.name, trunks.join(", ")),
            }
        });
        told.chain((more > 0).then(|| format!("and {more} more"))).collect()
    }

    /// The box of a queue.
    pub(super) fn queue(&mut self, id: QueueId) -> usize {
        if let Some(at) = self.queues.get(&id) {
            return *at;
        }
        let name = self.plan.script.queue_names.get(&id);
        let at = self.add(Node {
            kind: Kind::Queue,
            title: name.map_or_else(String::new, |name| name.to_string()),
            word: "queue".to_owned(),
            details: Vec::new(),
            rows: Vec::new(),
        });
        self.queues.insert(id, at);
        at
    }

    /// A box for each flow's numbers, and one for those that lead to no flow.
    fn numbers(&mut self, flows: &BTreeMap<FlowId, &Flow>) {
        let mut of_flows: BTreeSet<FlowId> = BTreeSet::new();
        let mut alone = false;
        for (_, entry) in self.plan.entries() {
            match entry {
                Entry::Flow(id) if flows.contains_key(id) => {
                    of_flows.insert(*id);
                }
                Entry::Flow(_) => {}
                Entry::Dial { .. } | Entry::Refuse(_) => alone |= self.whole,
            }
        }
        for id in of_flows {
            let name = flows.get(&id).map_or("", |flow| &flow.name);
            self.add(numbers_node(format!("flow {name}"), number_rows(self.plan, id)));
        }
        if alone {
            self.add(numbers_node("no flow".to_owned(), Vec::new()));
        }
    }

    /// Gives the rows of numbers their boxes, which are there by now.
    fn connect_numbers(&mut self) {
        let plan = self.plan;
        let mut alone = Vec::new();
        let mut first_of = BTreeMap::new();
        for (pattern, entry) in plan.entries() {
            let lead = match entry {
                Entry::Flow(id) => {
                    if let Some(at) = self.begins.get(&(*id, 0)) {
                        first_of.insert(number_key(&pattern), *at);
                    }
                    continue;
                }
                Entry::Dial { target, .. } if self.whole => {
                    Lead::To(vec![self.target(target.text())])
                }
                Entry::Refuse(status) => Lead::Ends(format!("refuse {status}")),
                Entry::Dial { .. } => continue,
            };
            let way = match entry {
                Entry::Dial { .. } => Way::Reach,
                Entry::Flow(_) | Entry::Refuse(_) => Way::On,
            };
            let key = number_key(&pattern);
            alone.push(Row { label: pattern, way, key, lead, count: None });
        }
        let numbers = self.nodes.iter_mut().filter(|node| node.kind == Kind::Number);
        for node in numbers {
            if node.rows.is_empty() {
                node.rows.append(&mut alone);
            }
            for row in &mut node.rows {
                if let Some(at) = first_of.get(&row.key) {
                    row.lead = Lead::To(vec![*at]);
                }
            }
        }
    }

    /// What is in the boxes of queues, and the agents that their steps lead to.
    fn queues(&mut self) {
        let plan = self.plan;
        let drawn: Vec<_> = plan
            .roster
            .queues
            .iter()
            .filter(|queue| self.whole || self.queues.contains_key(&queue.id))
            .collect();
        let teams = Teams::new(&plan.roster, &drawn);
        for queue in &drawn {
            self.queue(queue.id);
        }
        let mut boxes = Vec::new();
        for team in teams.nodes(self.whole) {
            boxes.push(self.add(team));
        }
        for (at, queue) in drawn.into_iter().enumerate() {
            let rows = teams.rows(at, queue, &boxes);
            let mut details = Vec::new();
            details.extend(queue.max_wait.map(|time| format!("waits {} at most", spoken(time))));
            details.extend(queue.max_length.map(|count| format!("holds {count} at most")));
            let at = self.queue(queue.id);
            if let Some(node) = self.nodes.get_mut(at) {
                node.rows = rows;
                node.details = details;
            }
        }
    }
}

fn numbers_node(word: String, rows: Vec<Row>) -> Node {
    let title = "numbers".to_owned();
    Node { kind: Kind::Number, title, word, details: Vec::new(), rows }
}

fn number_key(pattern: &str) -> String {
    format!("numbers/{pattern}")
}

/// The rows of a flow's numbers, without their boxes.
fn number_rows(plan: &Plan, flow: FlowId) -> Vec<Row> {
    let entries = plan.entries();
    let of_flow = entries.filter(|(_, entry)| matches!(entry, Entry::Flow(id) if *id == flow));
    let mut rows: Vec<Row> = of_flow
        .map(|(pattern, _)| Row {
            key: number_key(&pattern),
            label: pattern,
            way: Way::On,
            lead: Lead::Ends(String::new()),
            count: None,
        })
        .collect();
    if rows.len() > NUMBERS {
        let more = rows.len() - NUMBERS;
        rows.truncate(NUMBERS);
        rows.push(Row {
            label: format!("and {more} more"),
            way: Way::On,
            key: String::new(),
            lead: Lead::Ends(String::new()),
            count: None,
        });
    }
    rows
}

/// A time as plans write it.
pub(super) fn spoken(time: std::time::Duration) -> String {
    let ms = time.as_millis();
    match (ms % 3_600_000, ms % 60_000, ms % 1000) {
        (0, _, _) if ms > 0 => format!("{}h", ms / 3_600_000),
        (_, 0, _) if ms > 0 => format!("{}m", ms / 60_000),
        (_, _, 0) => format!("{}s", ms / 1000),
        (_, _, _) => format!("{ms}ms"),
    }
}

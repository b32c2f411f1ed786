//! What is drawn: boxes with rows, and where each row leads.

use std::collections::BTreeMap;

/// How often a way was taken, by its key: see [`Row::key`].
pub type Counts = BTreeMap<String, u64>;

/// A picture before it is laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// What stands above it.
    pub title: String,
    /// The boxes; rows lead to them by index.
    pub nodes: Vec<Node>,
}

/// What a box stands for: its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Called numbers.
    Number,
    /// A state that lets the caller hear something.
    Voice,
    /// A state that asks for digits.
    Keys,
    /// A state that decides.
    Choice,
    /// A queue, or a state that waits in one.
    Queue,
    /// A target, or a state that dials one.
    Target,
    /// Agents.
    Agents,
    /// A state that ends the call.
    End,
}

impl Kind {
    /// All, in the order of the legend, with their words in it.
    pub const ALL: [(Kind, &'static str); 8] = [
        (Kind::Number, "numbers"),
        (Kind::Voice, "is heard"),
        (Kind::Keys, "digits"),
        (Kind::Choice, "decides"),
        (Kind::Queue, "queue"),
        (Kind::Target, "dialled"),
        (Kind::Agents, "agents"),
        (Kind::End, "ends"),
    ];
}

/// What kind of way it is: the colour of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// On: `next`, `then`, open hours, a number.
    On,
    /// A key of a menu.
    Key,
    /// `failed`, `otherwise`, `closed`, `else`.
    Apart,
    /// To a queue, a target, agents.
    Reach,
}

impl Way {
    /// All, in the order of the legend, with their words in it.
    pub const ALL: [(Way, &'static str); 4] = [
        (Way::On, "next, then, open"),
        (Way::Key, "a key"),
        (Way::Apart, "failed, otherwise, closed, else"),
        (Way::Reach, "waits in, rings"),
    ];
}

/// One box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// Its name in the plan.
    pub title: String,
    /// The verb, or what it is.
    pub word: String,
    /// Lines below the title.
    pub details: Vec<String>,
    /// The ways out, in the plan's order.
    pub rows: Vec<Row>,
}

/// One way out of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As the plan calls it: a key, `next`, a condition, a step.
    pub label: String,
    /// What kind of way it is.
    pub way: Way,
    /// Its name for counts: `FLOW/STATE/EXIT`, `numbers/PATTERN` or `queues/QUEUE/STEP`.
    pub key: String,
    /// Where it leads.
    pub lead: Lead,
    /// How often it was taken, where that is known.
    pub count: Option<u64>,
}

/// Where a way leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lead {
    /// To these boxes.
    To(Vec<usize>),
    /// To none: what happens instead.
    Ends(String),
}

impl Lead {
    /// The boxes that it leads to.
    #[must_use]
    pub fn boxes(&self) -> &[usize] {
        match self {
            Lead::To(boxes) => boxes,
            Lead::Ends(_) => &[],
        }
    }
}

/// One line between two boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The box that it comes from.
    pub from: usize,
    /// The row of that box.
    pub row: usize,
    /// The box that it leads to.
    pub to: usize,
}

impl Graph {
    /// All lines, by box, row and target.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (from, node) in self.nodes.iter().enumerate() {
            for (row, way) in node.rows.iter().enumerate() {
                edges.extend(way.lead.boxes().iter().map(|to| Edge { from, row, to: *to }));
            }
        }
        edges
    }

    /// The row that a line comes from.
    #[must_use]
    pub fn row(&self, edge: Edge) -> Option<&Row> {
        self.nodes.get(edge.from)?.rows.get(edge.row)
    }

    /// Gives each way its count; ways that are not among the counts were never taken. Keys that
    /// name no way are given back.
    pub fn count(&mut self, counts: &Counts) -> Vec<String> {
        let mut unknown = counts.clone();
        for row in self.nodes.iter_mut().flat_map(|node| &mut node.rows) {
            row.count = Some(counts.get(&row.key).copied().unwrap_or(0));
            unknown.remove(&row.key);
        }
        unknown.into_keys().collect()
    }

    /// The largest count.
    #[must_use]
    pub fn most(&self) -> u64 {
        let rows = self.nodes.iter().flat_map(|node| &node.rows);
        rows.filter_map(|row| row.count).max().unwrap_or(0)
    }
}

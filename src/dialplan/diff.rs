//! Two plans compared in the words in which they are written: what was added, removed, changed.
//!
//! The texts are compared, not what they compile to: a state is found by its name and not by its
//! place, a value is shown as it was typed, and `${env.X}` stays what it is. What stands in clear for
//! a password is starred. [`Diff::touch`] adds whom of the living a change would touch.

mod alive;
mod words;

#[cfg(test)]
mod tests;

pub use alive::{Alive, AliveCall};

use super::include;
use super::source::Source;
use super::templates;
use super::tree::{Kind, Node};
use serde::{Deserialize, Serialize};
use words::{shown, tell};

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// One value of a thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// `skills billing`, `step 2 for`; empty where the thing is one value.
    pub key: String,
    /// What it was; none: it is new.
    pub old: Option<String>,
    /// What it is; none: it is gone.
    pub new: Option<String>,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `number`, `route`, `flow`, `state`, `queue`, `agent`, `trunk`, `prompt`, `hours`, `setting`.
    pub thing: String,
    /// Its name in the plan; a state's is `flow.state`, as records have it.
    pub name: String,
    /// What became of it.
    pub what: What,
    /// Its values that changed.
    pub details: Vec<Detail>,
    /// Whom of the living it touches, and what becomes of them.
    pub touches: Vec<String>,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// In the order: numbers, routes, flows, queues, agents, trunks, prompts, hours, settings.
    pub changes: Vec<Change>,
}

/// Sections whose entries are things with names of their own.
const NAMED: [(&str, &str); 8] = [
    ("numbers", "number"),
    ("routes", "route"),
    ("flows", "flow"),
    ("queues", "queue"),
    ("agents", "agent"),
    ("trunks", "trunk"),
    ("prompts", "prompt"),
    ("hours", "hours"),
];

type Entries<'a> = Vec<(&'a str, &'a Node)>;

impl Diff {
    /// What differs between two plans. A text that is no YAML counts as an empty one: whoever asks
    /// has compiled both.
    #[must_use]
    pub fn of(old: &[Source], new: &[Source]) -> Diff {
        let (old, new) = (templates::trees(old), templates::trees(new));
        let mut diff = Diff::default();
        for (section, thing) in NAMED {
            let (old, new) = (entries(&old, section), entries(&new, section));
            for (name, was, is) in pairs(&old, &new) {
                match (section, was, is) {
                    ("flows", Some(was), Some(is)) => diff.flow(name, was, is),
                    (_, _, _) => diff.thing(thing, name, was, is),
                }
            }
        }
        for (section, was, is) in pairs(&others(&old), &others(&new)) {
            diff.setting(section, was, is);
        }
        diff
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Adds what only somebody outside the texts can see: another recording in the same file.
    pub fn add_recording(&mut self, name: &str, old: String, new: String) {
        let detail = Detail { key: "recording".to_owned(), old: Some(old), new: Some(new) };
        match self.changes.iter_mut().find(|c| c.thing == "prompt" && c.name == name) {
            Some(known) => known.details.push(detail),
            None => self.push("prompt", name.to_owned(), What::Changed, vec![detail]),
        }
    }

    /// Adds to each change whom it touches.
    pub fn touch(&mut self, alive: &Alive) {
        for change in &mut self.changes {
            change.touches = alive.touched_by(change);
        }
    }

    /// `2 agents added, 1 queue changed`; `nothing` if nothing differs.
    #[must_use]
    pub fn summary(&self) -> String {
        words::summary(self)
    }

    /// Line by line, for people; empty if nothing differs.
    #[must_use]
    pub fn text(&self) -> String {
        self.changes.iter().map(tell).collect()
    }

    fn push(&mut self, thing: &str, name: String, what: What, details: Vec<Detail>) {
        let thing = thing.to_owned();
        self.changes.push(Change { thing, name, what, details, touches: Vec::new() });
    }

    /// A thing of a section, one of the two there.
    fn thing(&mut self, thing: &str, name: &str, was: Option<&Node>, is: Option<&Node>) {
        let (what, details) = match (was, is) {
            (None, _) => (What::Added, Vec::new()),
            (_, None) => (What::Removed, Vec::new()),
            (Some(was), Some(is)) => (What::Changed, compare(was, is)),
        };
        if what != What::Changed || !details.is_empty() {
            self.push(thing, name.to_owned(), what, details);
        }
    }

    /// A flow that stays: its states are things, and where it begins is a value of its own.
    fn flow(&mut self, name: &str, was: &Node, is: &Node) {
        let (old, new) = (map(was), map(is));
        let first = |states: &Entries<'_>| states.first().map(|(name, _)| (*name).to_owned());
        let (old_first, new_first) = (first(&old), first(&new));
        if old_first != new_first {
            let detail = Detail { key: "begins with".to_owned(), old: old_first, new: new_first };
            self.push("flow", name.to_owned(), What::Changed, vec![detail]);
        }
        for (state, was, is) in pairs(&old, &new) {
            self.thing("state", &format!("{name}.{state}"), was, is);
        }
    }

    /// A section of settings: one thing a key.
    fn setting(&mut self, section: &str, was: Option<&Node>, is: Option<&Node>) {
        let (old, new) = (was.map(map).unwrap_or_default(), is.map(map).unwrap_or_default());
        if old.is_empty() && new.is_empty() {
            return self.thing("setting", section, was, is);
        }
        for (key, was, is) in pairs(&old, &new) {
            self.thing("setting", &format!("{section}.{key}"), was, is);
        }
    }
}

/// The entries of a section over all files.
fn entries<'a>(trees: &'a [Node], section: &str) -> Entries<'a> {
    trees.iter().filter_map(|tree| tree.key(section)).flat_map(map).collect()
}

/// Sections that are settings, with the first file's value: others may only say the same.
fn others(trees: &[Node]) -> Entries<'_> {
    let is_setting = |(name, _): &(&str, &Node)| {
        // What is included or put in is compared where it is used.
        let others = ["tests", include::KEY, templates::KEY];
        !others.contains(name) && NAMED.iter().all(|(section, _)| section != name)
    };
    let mut found: Entries<'_> = Vec::new();
    for (name, node) in trees.iter().flat_map(map).filter(is_setting) {
        if found.iter().all(|(known, _)| *known != name) {
            found.push((name, node));
        }
    }
    found
}

fn map(node: &Node) -> Entries<'_> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().map(|(key, node)| (key.text.as_str(), node)).collect(),
        Kind::Null | Kind::Scalar { .. } | Kind::List(_) => Vec::new(),
    }
}

/// What either has: the old ones in their order, then the new ones.
fn pairs<'a>(
    old: &Entries<'a>,
    new: &Entries<'a>,
) -> Vec<(&'a str, Option<&'a Node>, Option<&'a Node>)> {
    let find = |list: &Entries<'a>, name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, node)| *node)
    };
    let kept = old.iter().map(|(name, node)| (*name, Some(*node), find(new, name)));
    let added = new.iter().filter(|(name, _)| find(old, name).is_none());
    kept.chain(added.map(|(name, node)| (*name, None, Some(*node)))).collect()
}

/// The values of two things that differ.
fn compare(old: &Node, new: &Node) -> Vec<Detail> {
    let mut details = Vec::new();
    go(&mut Vec::new(), Some(old), Some(new), &mut details);
    details
}

fn go<'a>(
    path: &mut Vec<String>,
    old: Option<&'a Node>,
    new: Option<&'a Node>,
    details: &mut Vec<Detail>,
) {
    let is_secret = path.last().is_some_and(|key| key == "password");
    match (old.map(|n| &n.kind), new.map(|n| &n.kind)) {
        (Some(Kind::Map(_)), Some(Kind::Map(_))) => {
            let both = |node: Option<&'a Node>| node.map(map).unwrap_or_default();
            for (key, old, new) in pairs(&both(old), &both(new)) {
                path.push(key.to_owned());
                go(path, old, new, details);
                path.pop();
            }
        }
        (Some(Kind::List(was)), Some(Kind::List(is))) if has_maps(was) || has_maps(is) => {
            // `steps` are told as `step 1`, `step 2`.
            let list = path.pop().unwrap_or_default();
            let one = list.strip_suffix('s').unwrap_or(&list).to_owned();
            for n in 0..was.len().max(is.len()) {
                path.push(format!("{one} {}", n + 1));
                go(path, was.get(n), is.get(n), details);
                path.pop();
            }
            path.push(list);
        }
        (_, _) => {
            if old.is_some_and(|old| new.is_some_and(|new| is_same(old, new))) {
                return;
            }
            let told = |node: &Node| shown(node, is_secret);
            let (old, new) = (old.map(told), new.map(told));
            details.push(Detail { key: path.join(" "), old, new });
        }
    }
}

fn has_maps(list: &[Node]) -> bool {
    list.iter().any(|node| matches!(node.kind, Kind::Map(_)))
}

/// Whether two values are the same, wherever they stand; the order of keys says nothing.
fn is_same(old: &Node, new: &Node) -> bool {
    match (&old.kind, &new.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Scalar { text: old, .. }, Kind::Scalar { text: new, .. }) => old == new,
        (Kind::List(old), Kind::List(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
        }
        (Kind::Map(_), Kind::Map(_)) => {
            let both = pairs(&map(old), &map(new));
            both.iter().all(|(_, old, new)| {
                old.is_some_and(|old| new.is_some_and(|new| is_same(old, new)))
            })
        }
        (_, _) => false,
    }
}

//! `tests:` of a plan: imagined calls, and what is expected of them.
//!
//! Here they are read and every name in them is looked up in the compiled plan; nothing is run. What
//! they leave out (when a call ends that nobody ends, how soon an agent answers of whom nothing is
//! said) is the runner's affair. A plan with wrong tests can be run all the same: `compile` does not
//! look at them.

mod expect;
mod given;
mod steps;
#[cfg(test)]
mod tests;
mod words;

pub use words::{
    Act, Case, Deed, Expect, Expected, How, Item, Measure, Mood, Span, Step, TakesCalls, Until,
};

use super::check::Checker;
use super::codes;
use super::finding::{At, Finding};
use super::snippet::snippet;
use super::source::{Source, World};
use super::tree::{self, Kind, Node, shortened};
use crate::ivr::{Flow, State};
use crate::plan::{Names, Plan};
use std::collections::BTreeSet;

/// The section of a plan that is read here.
const SECTION: &str = "tests";
/// What a beep is called where prompts are named.
pub const BEEP: &str = "beep";
/// What ring-back is called there.
pub const RING_BACK: &str = "ring-back";
/// Most tests of a plan.
const CASES: usize = 20_000;

/// Reads the tests of a plan and of files that hold nothing but tests. `sources` are the plan's
/// texts, then those of `extra` files; `record` names the fields that a record has.
///
/// # Errors
/// All findings by place.
pub fn cases(
    sources: &[Source],
    extra: usize,
    plan: &Plan,
    record: &[String],
    world: &dyn World,
) -> Result<Vec<Case>, Vec<Finding>> {
    let mut names = Names::default();
    let mut cx = Checker::new(sources, world, &mut names);
    let known = Known::new(plan, record);
    let mut found = Vec::new();
    let first_extra = sources.len().saturating_sub(extra);
    for (file, source) in sources.iter().enumerate() {
        let number = u16::try_from(file).unwrap_or(u16::MAX);
        match tree::parse(number, &source.text, tree::NODES) {
            Ok(node) => file_cases(&mut cx, &known, &node, file >= first_extra, &mut found),
            Err(finding) => {
                cx.add(*finding);
            }
        }
    }
    let findings = cx.finish();
    if findings.is_empty() { Ok(found) } else { Err(findings) }
}

/// `plan.yaml:3:7`, and the line with carets under the place.
#[must_use]
pub fn excerpt(sources: &[Source], at: At) -> (String, String) {
    match sources.get(usize::from(at.file)) {
        Some(source) => {
            let place = format!("{}:{}:{}", source.name, at.line, at.column);
            (place, snippet(&source.text, at))
        }
        None => (String::new(), String::new()),
    }
}

/// Every finding of this folder is told here.
fn wrong<'c>(cx: &'c mut Checker<'_>, at: At, message: impl Into<String>) -> &'c mut Finding {
    cx.tell(codes::WRONG_TEST, at, message)
}

/// The tests of one file.
fn file_cases(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    node: &Node,
    only_tests: bool,
    found: &mut Vec<Case>,
) {
    let Kind::Map(sections) = &node.kind else { return };
    for (key, section) in sections {
        if key.text != SECTION {
            if only_tests && key.text != "version" {
                wrong(cx, key.at, format!("found the section `{}`", shortened(&key.text)))
                    .expected("nothing but `tests:` in a file of tests");
            }
            continue;
        }
        for (key, node) in cx.entries(section, "tests by name") {
            if found.len() >= CASES {
                wrong(cx, key.at, format!("more than {CASES} tests"));
                return;
            }
            if found.iter().any(|case| *case.name == *key.text) {
                wrong(cx, key.at, format!("there is a test `{}` already", shortened(&key.text)));
            }
            found.extend(given::case(cx, known, key, node));
        }
    }
}

/// What the names in a test may be.
struct Known<'p> {
    plan: &'p Plan,
    record: &'p [String],
    /// `flow.state`.
    states: BTreeSet<String>,
    /// States without their flow.
    bare: BTreeSet<String>,
}

impl<'p> Known<'p> {
    fn new(plan: &'p Plan, record: &'p [String]) -> Known<'p> {
        let flows = || plan.script.program.flows.values();
        let whole = |flow: &Flow, state: &State| format!("{}.{}", flow.name, state.name);
        let states = flows().flat_map(|flow| flow.states.iter().map(|s| whole(flow, s)));
        let bare = flows().flat_map(|flow| flow.states.iter().map(|s| s.name.to_string()));
        Known { plan, record, states: states.collect(), bare: bare.collect() }
    }

    fn agents(&self) -> impl Iterator<Item = &str> {
        self.plan.roster.agents.iter().map(|agent| &*agent.name)
    }

    fn has_agent(&self, name: &str) -> bool {
        self.agents().any(|agent| agent == name)
    }

    fn queues(&self) -> impl Iterator<Item = &str> {
        self.plan.roster.queues.iter().map(|queue| &*queue.name)
    }

    fn trunks(&self) -> impl Iterator<Item = &str> {
        self.plan.trunks.iter().map(|trunk| &*trunk.name)
    }

    fn prompts(&self) -> impl Iterator<Item = &str> {
        let prompts = self.plan.script.prompts.values().map(|prompt| &*prompt.name);
        prompts.chain([BEEP, RING_BACK])
    }

    /// A state by its name or by `flow.state`.
    fn has_state(&self, name: &str) -> bool {
        self.bare.contains(name) || self.states.contains(name)
    }
}

/// A name that must be one of these.
fn named<'n, 'k>(
    cx: &mut Checker<'_>,
    node: &'n Node,
    what: &str,
    names: impl Iterator<Item = &'k str>,
) -> Option<&'n str> {
    let text = cx.text(node, &format!("the name of {what}"))?;
    let names: Vec<&str> = names.collect();
    if names.contains(&text) {
        return Some(text);
    }
    wrong(cx, node.at, format!("there is no {} `{}`", bare(what), shortened(text)))
        .among(text, names);
    None
}

/// `agent` of `an agent`.
fn bare(what: &str) -> &str {
    what.split_once(' ').map_or(what, |(_, noun)| noun)
}

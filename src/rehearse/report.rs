//! A test that was run, told to people and to programs.

use super::{Outcome, marked};
use crate::dialplan::{Case, Source, excerpt};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Differences told with their lines of the plan; the rest in one line each.
const TOLD: usize = 10;

/// A failed test: its differences with their places in the plan, then the whole test with the first
/// difference at its moment.
#[must_use]
pub fn failed(case: &Case, outcome: &Outcome, sources: &[Source]) -> String {
    let (place, _) = excerpt(sources, case.at);
    let mut text = format!("FAIL {} ({place})\n", case.name);
    for (n, difference) in outcome.differences.iter().enumerate() {
        let (place, snippet) = excerpt(sources, difference.at);
        let _ = writeln!(text, "{place}: {}", difference.what);
        if n < TOLD {
            text.push_str(&snippet);
        }
        let _ = writeln!(text, "  expected: {}", difference.expected);
        let _ = writeln!(text, "  found:    {}", difference.found);
    }
    if let Some(first) = outcome.differences.first() {
        text.push_str("how it went, the first difference marked:\n");
        text.push_str(&marked(&outcome.timeline(), first));
    }
    text
}

/// A test that was run, for programs; the timeline only where it failed or is asked for.
#[must_use]
pub fn as_json(case: &Case, outcome: &Outcome, sources: &[Source], whole: bool) -> Value {
    let place = |at| excerpt(sources, at).0;
    let differences: Vec<Value> = outcome
        .differences
        .iter()
        .map(|d| {
            json!({
                "place": place(d.at),
                "what": d.what,
                "expected": d.expected,
                "found": d.found,
                "at_ms": d.when.map(|at| at.0 / 1000),
            })
        })
        .collect();
    let mut told = json!({
        "name": &*case.name,
        "place": place(case.at),
        "passed": outcome.passed(),
        "differences": differences,
        "lasted_ms": u64::try_from(outcome.lasted().as_millis()).unwrap_or(u64::MAX),
    });
    if (whole || !outcome.passed())
        && let Some(fields) = told.as_object_mut()
    {
        let line = |line: super::Line| {
            let kind = if line.is_message { "message" } else { "event" };
            json!({ "at_ms": line.at.0 / 1000, "kind": kind, "text": line.text })
        };
        let timeline: Vec<Value> = outcome.timeline().into_iter().map(line).collect();
        fields.insert("timeline".into(), Value::from(timeline));
    }
    told
}

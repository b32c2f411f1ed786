//! A test that was run, told to people and to programs.

use super::stage::seconds;
use super::story::{Story, outcome_word};
use super::{Outcome, marked, said_of};
use crate::base::Mono;
use crate::dialplan::{Case, Source, excerpt};
use crate::router::Decision;
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

/// An imagined call, told in full: states, what was heard, decisions, the ladder, the end.
#[must_use]
pub fn told(outcome: &Outcome) -> String {
    let mut text = String::new();
    for difference in &outcome.differences {
        let (what, expected) = (&difference.what, &difference.expected);
        let _ = writeln!(text, "{what}: expected {expected}; {}\n", difference.found);
    }
    for story in &outcome.stories {
        named(&mut text, "States", &story.states);
        named(&mut text, "Heard", &story.heard);
        if !story.decisions.is_empty() {
            text.push_str("Decisions\n");
            for (at, decision) in &story.decisions {
                decided(&mut text, *at, decision);
            }
        }
    }
    text.push_str("Timeline\n");
    for line in outcome.timeline() {
        let _ = writeln!(text, "  {}", line.rendered());
    }
    for story in &outcome.stories {
        ended(&mut text, story);
    }
    text
}

fn named(text: &mut String, title: &str, list: &[(Mono, std::sync::Arc<str>)]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for (at, name) in list {
        let _ = writeln!(text, "  @{:<9} {name}", seconds(*at));
    }
}

fn decided(text: &mut String, at: Mono, decision: &Decision) {
    let (step, waited) = (decision.step + 1, decision.waited_ms);
    let waited = format!("{}.{:03} s", waited / 1000, waited % 1000);
    let reason = &decision.reason;
    let _ = writeln!(text, "  @{:<9} step {step}, waited {waited}: {reason}", seconds(at));
    for candidate in &decision.candidates {
        let said = said_of(decision, &candidate.name);
        let _ = writeln!(text, "      {:<12} {said}", candidate.name);
    }
}

fn ended(text: &mut String, story: &Story) {
    let Some(cdr) = &story.cdr else {
        let status = story.refused.map_or_else(|| "nothing".to_owned(), |s| s.to_string());
        let _ = writeln!(text, "Ended: no call came of it, the answer was {status}");
        return;
    };
    let time = |ms: u64| format!("{}.{:03} s", ms / 1000, ms % 1000);
    let (cause, q850, by) = (&cdr.cause, cdr.q850, &cdr.ended_by);
    let status = story.refused.unwrap_or(cdr.sip_status);
    let _ = writeln!(text, "Ended: by {by}, {cause} (Q.850 {q850}, SIP {status})");
    let offers = cdr.offers.iter().map(|o| format!("{} ({})", o.to, outcome_word(&o.outcome)));
    let offers: Vec<String> = offers.collect();
    let none = || "none".to_owned();
    let _ = writeln!(
        text,
        "  queue {}; offers {}; talked with {}\n  wait {}, ring {}, talk {}, total {}",
        cdr.queue.clone().unwrap_or_else(none),
        if offers.is_empty() { none() } else { offers.join(", ") },
        cdr.agent.clone().unwrap_or_else(none),
        time(cdr.durations.wait_ms),
        time(cdr.durations.ring_ms),
        time(cdr.durations.talk_ms),
        time(cdr.durations.total_ms),
    );
}

/// The same for programs.
#[must_use]
pub fn told_json(case: &Case, outcome: &Outcome, sources: &[Source]) -> Value {
    let mut told = as_json(case, outcome, sources, true);
    let list = |list: &[(Mono, std::sync::Arc<str>)]| -> Vec<Value> {
        list.iter().map(|(at, name)| json!({ "at_ms": at.0 / 1000, "name": &**name })).collect()
    };
    let call = |story: &Story| {
        json!({
            "by": &*story.by,
            "states": list(&story.states),
            "heard": list(&story.heard),
            "refused": story.refused,
            "cdr": story.cdr,
        })
    };
    if let Some(fields) = told.as_object_mut() {
        fields.insert("calls".into(), outcome.stories.iter().map(call).collect());
    }
    told
}

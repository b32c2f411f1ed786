//! What is expected of a call in a test.

use super::words::{Expect, Expected, Item, Measure, Span};
use super::{Known, named, wrong};
use crate::base::Cause;
use crate::dialplan::check::Checker;
use crate::dialplan::finding::At;
use crate::dialplan::tree::{Kind, Node, shortened};
use crate::dialplan::values::parse_duration;
use std::sync::Arc;

/// What can be expected, as written.
const WORDS: [&str; 17] = [
    "states", "hears", "digits", "queue", "offers", "agent", "wait", "ring", "talk", "hold",
    "total", "cause", "status", "ended_by", "answered", "why", "cdr",
];
/// Stands for nobody and nothing.
const NONE: &str = "none";

/// Reads the expectations of one caller's call; under a caller's name those of that one's.
pub(super) fn expect(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    node: &Node,
    by: &Arc<str>,
    callers: &[Arc<str>],
    found: &mut Vec<Expected>,
) {
    for (key, value) in cx.entries(node, "expectations") {
        let word = key.text.as_str();
        if !WORDS.contains(&word)
            && let Some(other) = callers.iter().find(|caller| ***caller == *word)
        {
            expect(cx, known, value, other, &[], found);
            continue;
        }
        let mut tell = |at: At, what: Expect| found.push(Expected { at, by: by.clone(), what });
        match word {
            "why" => {
                for (agent, text) in cx.entries(value, "agents and what is said of them") {
                    if !known.has_agent(&agent.text) {
                        wrong(cx, agent.at, format!("no agent `{}`", shortened(&agent.text)))
                            .among(&agent.text, known.agents());
                    }
                    if let Some(said) = cx.text(text, "what the decision says, or chosen") {
                        tell(text.at, Expect::Why(agent.text.as_str().into(), said.into()));
                    }
                }
            }
            "cdr" => {
                for (path, text) in cx.entries(value, "fields of the record") {
                    let first = path.text.split('.').next().unwrap_or_default();
                    if !known.record.iter().any(|field| field == first) {
                        wrong(cx, path.at, format!("a record has no `{}`", shortened(first)))
                            .among(first, known.record.iter().map(String::as_str));
                    }
                    let text_of = text.scalar().unwrap_or_default();
                    tell(text.at, Expect::Record(path.text.as_str().into(), text_of.into()));
                }
            }
            _ if WORDS.contains(&word) => {
                if let Some(what) = one(cx, known, word, value) {
                    tell(value.at, what);
                }
            }
            _ => {
                let callers = callers.iter().map(|caller| &**caller);
                wrong(cx, key.at, format!("`{}` cannot be expected", shortened(word)))
                    .expected(format!("one of {}, or a caller's name", WORDS.join(", ")))
                    .among(word, WORDS.into_iter().chain(callers));
            }
        }
    }
}

fn one(cx: &mut Checker<'_>, known: &Known<'_>, word: &str, node: &Node) -> Option<Expect> {
    let measure = |measure, cx: &mut Checker<'_>| Some(Expect::Lasts(measure, span(cx, node)?));
    match word {
        "states" => Some(Expect::States(list(cx, node, |cx, item| {
            let name = cx.text(item, "the name of a state")?;
            if !known.has_state(name) {
                wrong(cx, item.at, format!("there is no state `{}`", shortened(name)))
                    .among(name, known.bare.iter().chain(&known.states).map(String::as_str));
            }
            Some(name.into())
        }))),
        "hears" => Some(Expect::Hears(list(cx, node, |cx, item| {
            named(cx, item, "a prompt", known.prompts()).map(Arc::from)
        }))),
        "digits" => {
            Some(Expect::Digits(list(cx, node, |cx, item| cx.text(item, "digits").map(Arc::from))))
        }
        "queue" => Some(Expect::Queues(list(cx, node, |cx, item| {
            named(cx, item, "a queue", known.queues()).map(Arc::from)
        }))),
        "offers" => Some(Expect::Offers(offers(cx, known, node))),
        "agent" => {
            let name = cx.text(node, "the name of an agent, or none")?;
            if name == NONE {
                return Some(Expect::Agent(None));
            }
            party(cx, known, node, name);
            Some(Expect::Agent(Some(name.into())))
        }
        "wait" => measure(Measure::Wait, cx),
        "ring" => measure(Measure::Ring, cx),
        "talk" => measure(Measure::Talk, cx),
        "hold" => measure(Measure::Hold, cx),
        "total" => measure(Measure::Total, cx),
        "cause" => cause(cx, node),
        "status" => cx.small(node, 100..=699).map(Expect::Status),
        "ended_by" => {
            let who = [("caller", "caller"), ("agent", "agent"), ("system", "system")];
            cx.choice(node, &who).map(|who| Expect::EndedBy(who.into()))
        }
        _ => cx.boolean(node).map(Expect::Answered),
    }
}

/// A list with gaps, one item in place of a list of one, or `none`.
fn list(
    cx: &mut Checker<'_>,
    node: &Node,
    mut read: impl FnMut(&mut Checker<'_>, &Node) -> Option<Arc<str>>,
) -> Vec<Item> {
    if node.scalar() == Some(NONE) {
        return Vec::new();
    }
    let mut items = Vec::new();
    for item in cx.items(node) {
        let name = match item.scalar() {
            Some(Item::GAP) => Some(Item::GAP.into()),
            Some(_) | None => read(cx, item),
        };
        items.extend(name.map(|name| Item { at: item.at, name, outcome: None }));
    }
    items
}

/// Names, or `{ NAME: OUTCOME }`.
fn offers(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node) -> Vec<Item> {
    if node.scalar() == Some(NONE) {
        return Vec::new();
    }
    let mut items = Vec::new();
    for item in cx.items(node) {
        let Kind::Map(entries) = &item.kind else {
            let Some(name) = cx.text(item, "the name of an agent") else { continue };
            if name != Item::GAP {
                party(cx, known, item, name);
            }
            items.push(Item { at: item.at, name: name.into(), outcome: None });
            continue;
        };
        for (key, value) in entries {
            let name = Node { at: key.at, kind: Kind::Scalar { text: key.text.clone(), shift: 0 } };
            party(cx, known, &name, &key.text);
            let mut words = causes();
            words.extend(["joined", "open"]);
            let outcome = named(cx, value, "an outcome", words.into_iter());
            let outcome = outcome.map(Arc::from);
            items.push(Item { at: key.at, name: key.text.as_str().into(), outcome });
        }
    }
    items
}

/// An agent, the host of a dialled target, or the trunk that a number went out by.
fn party(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node, name: &str) {
    let is_host = name.contains(['.', ':']);
    if !known.has_agent(name) && !is_host && !known.trunks().any(|trunk| trunk == name) {
        wrong(cx, node.at, format!("there is no agent `{}`", shortened(name)))
            .expected("the name of an agent, of a trunk, or the host of a dialled target")
            .among(name, known.agents());
    }
}

/// A Q.850 number, or our own word.
fn cause(cx: &mut Checker<'_>, node: &Node) -> Option<Expect> {
    let text = cx.text(node, "a cause such as 16 or normal_clearing")?;
    let is_number = text.parse::<u8>().is_ok_and(|n| (1..=127).contains(&n));
    if !is_number && !causes().contains(&text) {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected("a Q.850 cause, 1 to 127, or its word such as normal_clearing")
            .among(text, causes());
        return None;
    }
    Some(Expect::Cause(text.into()))
}

/// The words of all causes.
fn causes() -> Vec<&'static str> {
    [
        Cause::NormalClearing,
        Cause::Cancelled,
        Cause::Busy,
        Cause::NoAnswer,
        Cause::Declined,
        Cause::Unavailable,
        Cause::NotFound,
        Cause::Unreachable,
        Cause::Rejected(400),
        Cause::NoCodec,
        Cause::Forbidden,
        Cause::BadRequest,
        Cause::Loop,
        Cause::SessionExpired,
        Cause::NoAck,
        Cause::OfferUnanswered,
        Cause::CompletedElsewhere,
        Cause::FlowEnded,
        Cause::Overload,
        Cause::Draining,
        Cause::Lost,
        Cause::Internal,
    ]
    .map(Cause::as_str)
    .to_vec()
}

fn span(cx: &mut Checker<'_>, node: &Node) -> Option<Span> {
    let text = node.scalar().map(str::trim).unwrap_or_default();
    let span = read_span(text);
    if span.is_none() {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected("a time such as 5s, under 20s, over 3s or 3s-5s");
    }
    span
}

/// `5s` (rounded to its unit), `under 20s`, `at most 20s`, `over 3s`, `at least 3s`, `3s-5s`.
fn read_span(text: &str) -> Option<Span> {
    let ms = |text: &str| u64::try_from(parse_duration(text.trim())?.as_millis()).ok();
    // A `>` without quotes begins a text of several lines in YAML, so there are words for it.
    let behind = |words: [&str; 2]| words.into_iter().find_map(|word| text.strip_prefix(word));
    let (from_ms, to_ms) = if let Some(most) = behind(["at most ", "<="]) {
        (0, ms(most)?)
    } else if let Some(least) = behind(["at least ", ">="]) {
        (ms(least)?, u64::MAX)
    } else if let Some(below) = behind(["under ", "<"]) {
        (0, ms(below)?.checked_sub(1)?)
    } else if let Some(above) = behind(["over ", ">"]) {
        (ms(above)? + 1, u64::MAX)
    } else if let Some((least, most)) = text.split_once('-') {
        (ms(least)?, ms(most)?)
    } else {
        let middle = ms(text)?;
        let unit = match text.trim_start_matches(|c: char| c.is_ascii_digit()) {
            "ms" => 1,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 1000,
        };
        (middle.saturating_sub(unit / 2), middle + (unit - 1) / 2)
    };
    (from_ms <= to_ms).then(|| Span { from_ms, to_ms, text: text.into() })
}

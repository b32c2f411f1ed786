//! What is given in a test: the hour, who calls, how agents and targets behave.

use super::words::{Case, Deed, How, Mood, Step, TakesCalls};
use super::{Known, expect, named, steps, wrong};
use crate::dialplan::check::{Checker, Fields};
use crate::dialplan::finding::At;
use crate::dialplan::tree::{Key, Kind, Node, shortened};
use crate::dialplan::values::parse_duration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Who calls if a call does not say.
pub(super) const CALLER: &str = "caller";
/// How soon an agent answers who just `answers`.
const ANSWERS_AFTER: Duration = Duration::from_secs(2);
/// What a mood can be, for messages.
const MOODS: &str = "answers, answers after 3s, answers after 3s talks 10s, busy, refuses 603, \
                     no answer, unreachable, ready, not ready";
/// Days as they are named in opening hours.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// A Monday without holidays nearby: weekdays without a date are those of its week.
const MONDAY: (i16, i8, i8) = (2026, 1, 12);

/// One test.
pub(super) fn case(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    key: &Key,
    node: &Node,
) -> Option<Case> {
    if !matches!(node.kind, Kind::Map(_)) {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected("a test such as { call: \"1000\", expect: { queue: sales } }");
        return None;
    }
    let mut fields = cx.fields(node, "keys of a test");
    let wall_ms = fields.take("at").and_then(|node| hour(cx, known, node));
    let trunk = fields.take("trunk").and_then(|node| self::trunk(cx, known, node));
    let from = fields.take("from").and_then(|node| cx.text(node, "the caller's number"));
    let agents = fields.take("agents").map(|node| agents(cx, known, node)).unwrap_or_default();
    let targets = fields.take("targets").map(|node| targets(cx, node)).unwrap_or_default();
    for later in ["history", "lookups"] {
        if let Some(node) = fields.take_any(later) {
            wrong(cx, node.at, format!("`{later}` cannot be given in a test yet"));
        }
    }
    let mut done = short_form(cx, &mut fields);
    if let Some(node) = fields.take("steps") {
        steps::steps(cx, known, node, &mut done);
    }
    let calls = |step: &Step| matches!(step.deed, Deed::Call { .. });
    if !done.iter().any(calls) {
        wrong(cx, key.at, format!("nobody calls in the test `{}`", shortened(&key.text)))
            .expected("call: \"1000\", or a step - call: \"1000\"");
    }
    let mut callers: Vec<Arc<str>> = done.iter().map(|step| step.by.clone()).collect();
    callers.sort();
    callers.dedup();
    let mut expected = Vec::new();
    if let Some(node) = fields.take("expect") {
        let first = done.first().map_or_else(|| CALLER.into(), |step| step.by.clone());
        expect::expect(cx, known, node, &first, &callers, &mut expected);
    }
    fields.finish(cx);
    Some(Case {
        name: key.text.as_str().into(),
        at: key.at,
        wall_ms,
        trunk,
        from: from.map(Arc::from),
        agents,
        targets,
        steps: done,
        expect: expected,
    })
}

/// `call:` and `press:` beside the others, for the usual test of one call.
fn short_form(cx: &mut Checker<'_>, fields: &mut Fields<'_>) -> Vec<Step> {
    let mut done = Vec::new();
    let step = |at: At, deed| Step { at, by: CALLER.into(), deed };
    if let Some(node) = fields.take("call") {
        let number = steps::number(cx, node);
        done.extend(
            number.map(|number| step(node.at, Deed::Call { number, from: None, trunk: None })),
        );
    }
    if let Some(node) = fields.take("press") {
        for item in cx.items(node) {
            let keys = steps::keys(cx, item);
            done.extend(keys.map(|keys| step(item.at, Deed::Press(keys))));
        }
    }
    done
}

pub(super) fn trunk(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node) -> Option<Arc<str>> {
    let name = named(cx, node, "a trunk", known.trunks())?;
    let accepts = known.plan.trunks.iter().any(|t| &*t.name == name && !t.accept_from.is_empty());
    if !accepts {
        wrong(cx, node.at, format!("no calls come from the trunk `{name}`: it has no accept_from"));
    }
    Some(name.into())
}

fn agents(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node) -> BTreeMap<Arc<str>, Mood> {
    let mut moods = BTreeMap::new();
    for (key, value) in cx.entries(node, "agents and how they behave") {
        if !known.has_agent(&key.text) {
            wrong(cx, key.at, format!("there is no agent `{}`", shortened(&key.text)))
                .among(&key.text, known.agents());
        }
        moods.insert(key.text.as_str().into(), mood(cx, value));
    }
    moods
}

fn targets(cx: &mut Checker<'_>, node: &Node) -> BTreeMap<Arc<str>, Mood> {
    let mut moods = BTreeMap::new();
    for (key, value) in cx.entries(node, "targets and how they behave") {
        let mood = mood(cx, value);
        if mood.ready.is_some() {
            wrong(cx, value.at, "only agents are ready or not").expected(MOODS);
        }
        moods.insert(key.text.as_str().into(), mood);
    }
    moods
}

/// One behaviour, or several for one offer each.
fn mood(cx: &mut Checker<'_>, node: &Node) -> Mood {
    let mut mood = Mood::default();
    for item in cx.items(node) {
        let text = item.scalar().map(str::trim).unwrap_or_default();
        match text {
            "ready" => mood.ready = Some(true),
            "not ready" => mood.ready = Some(false),
            _ => match takes(text) {
                Some(takes) => mood.takes.push(takes),
                None => {
                    wrong(cx, item.at, format!("found {}", item.described()))
                        .expected(format!("one of {MOODS}"))
                        .among(text, ["busy", "answers", "no answer", "not ready", "unreachable"]);
                }
            },
        }
    }
    mood
}

/// `answers after 3s, talks 10s` and its like.
fn takes(text: &str) -> Option<TakesCalls> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).collect();
    let (how, rest) = match words.as_slice() {
        ["answers", "after", time, rest @ ..] => (How::Answers(parse_duration(time)?), rest),
        ["answers", "at", "once", rest @ ..] => (How::Answers(Duration::ZERO), rest),
        ["answers", rest @ ..] => (How::Answers(ANSWERS_AFTER), rest),
        ["busy"] => (How::Refuses(486), [].as_slice()),
        ["refuses"] => (How::Refuses(603), [].as_slice()),
        ["refuses", "with", status] | ["refuses", status] => {
            let status = status.parse().ok().filter(|status| (300..=699).contains(status))?;
            (How::Refuses(status), [].as_slice())
        }
        ["no", "answer"] | ["rings"] => (How::Rings, [].as_slice()),
        ["unreachable"] => (How::Silent, [].as_slice()),
        _ => return None,
    };
    let talks = match rest {
        [] => None,
        ["talks", time] => Some(parse_duration(time)?),
        _ => return None,
    };
    Some(TakesCalls { how, talks })
}

/// `2026-11-23 10:00` or `mon 10:00`, by the plan's time zone.
fn hour(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node) -> Option<i64> {
    let zone = TimeZone::get(&known.plan.defaults.zone).ok()?;
    let local = node.scalar().map(str::trim).and_then(|text| weekday(text).or_else(|| date(text)));
    let Some(local) = local else {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected("a time such as 2026-11-23 10:00 or mon 10:00");
        return None;
    };
    local.to_zoned(zone).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

fn date(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

fn weekday(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_once(' ')?;
    let days = DAYS.iter().position(|name| *name == day)?;
    let (year, month, first) = MONDAY;
    let date = Date::new(year, month, first + i8::try_from(days).ok()?).ok()?;
    Some(date.to_datetime(time.trim().parse().ok()?))
}

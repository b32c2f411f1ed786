//! A state: one verb, its options, the ways out.

use super::check::{Checker, Fields, is_variable};
use super::codes;
use super::flows::Builder;
use super::hours;
use super::languages;
use super::numbers::target;
use super::source::LONGEST_ENTRY;
use super::tree::{Key, Kind, Node, shortened};
use crate::expr::Template;
use crate::ivr::ask::Asking;
use crate::ivr::verbs::{
    Answer, Collect, Dial, Goto, HangUp, Hours, Menu, Play, Queue, Refuse, Ring, Say, Set, When,
};
use crate::ivr::{Next, Verb};
use std::collections::BTreeMap;
use std::time::Duration;

/// The verbs, as written.
const VERBS: &[&str] = &[
    "answer", "ring", "play", "say", "menu", "collect", "set", "language", "when", "hours",
    "queue", "dial", "refuse", "hang_up", "goto",
];
/// Status of an unanswered call that is ended without one of its own.
pub(super) const ENDED: u16 = 480;
/// The keys of a telephone.
const KEYS: &str = "0123456789*#ABCD";

/// One state. What is wrong in it is told; the verb is then a stand-in.
pub(super) fn state(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    node: &Node,
) -> Verb {
    let stand_in = Verb::HangUp(HangUp { status: ENDED });
    let Kind::Map(entries) = &node.kind else {
        cx.tell(codes::WRONG_KIND, node.at, format!("found {}", node.described()))
            .expected("a state, such as { play: welcome, next: choose }");
        return stand_in;
    };
    let mut verbs: Vec<&str> = VERBS
        .iter()
        .copied()
        .filter(|verb| entries.iter().any(|(key, _)| key.text == *verb))
        .collect();
    // `ring` is a verb and an option of `dial`.
    if verbs.len() > 1 {
        verbs.retain(|verb| *verb != "ring");
    }
    let [verb] = verbs.as_slice() else {
        tell_verbs(cx, node, entries.first().map(|(key, _)| key), &verbs);
        return stand_in;
    };
    let mut fields = cx.fields(node, "keys of a state");
    let built = built(cx, b, name, verb, &mut fields);
    fields.finish(cx);
    built.unwrap_or(stand_in)
}

fn tell_verbs(cx: &mut Checker<'_>, node: &Node, first: Option<&Key>, verbs: &[&str]) {
    let expected = format!("one of {}", VERBS.join(", "));
    if verbs.is_empty() {
        let (at, found) = first.map_or((node.at, ""), |key| (key.at, key.text.as_str()));
        cx.tell(codes::NO_VERB, at, "this state has no verb")
            .expected(expected)
            .among(found, VERBS.iter().copied());
    } else {
        cx.tell(
            codes::SEVERAL_VERBS,
            node.at,
            format!("this state has several verbs: {}", verbs.join(", ")),
        )
        .expected("one verb; more states for more verbs");
    }
}

fn built(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    verb: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    Some(match verb {
        "answer" => {
            nothing(cx, fields, "answer");
            Verb::Answer(Answer { next: exit(cx, b, fields, name, "next") })
        }
        "ring" => {
            let time = fields.take("ring").and_then(|node| cx.duration(node)).unwrap_or_default();
            Verb::Ring(Ring { time, next: exit(cx, b, fields, name, "next") })
        }
        "play" => play(cx, b, name, fields)?,
        "say" => say(cx, b, name, fields)?,
        "menu" => menu(cx, b, name, fields)?,
        "collect" => collect(cx, b, name, fields)?,
        "set" => set(cx, b, name, fields)?,
        "language" => languages::verb(cx, b, name, fields)?,
        "when" => when(cx, b, name, fields)?,
        "hours" => in_hours(cx, b, name, fields)?,
        "queue" => queue(cx, b, name, fields)?,
        "dial" => dial(cx, b, name, fields)?,
        "refuse" => {
            let node = fields.need("refuse", cx)?;
            Verb::Refuse(Refuse { status: cx.small(node, 300..=699)? })
        }
        "hang_up" => {
            let status = fields.take("hang_up").map(|node| cx.small(node, 300..=699));
            Verb::HangUp(HangUp { status: status.unwrap_or(Some(ENDED))? })
        }
        _ => {
            let node = fields.need("goto", cx)?;
            Verb::Goto(Goto { flow: b.shared.flows.named(cx, node)? })
        }
    })
}

pub(super) fn exit(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    fields: &mut Fields<'_>,
    name: &str,
    key: &'static str,
) -> Next {
    let node = fields.take(key);
    b.exit(cx, node, name, key)
}

fn flag(cx: &mut Checker<'_>, fields: &mut Fields<'_>, key: &'static str, or: bool) -> bool {
    fields.take(key).and_then(|node| cx.boolean(node)).unwrap_or(or)
}

/// A verb that takes no value: `answer:`, `answer: {}` or `answer: true`.
fn nothing(cx: &mut Checker<'_>, fields: &mut Fields<'_>, key: &'static str) {
    let Some(node) = fields.take(key) else { return };
    let empty = matches!(&node.kind, Kind::Map(entries) if entries.is_empty());
    if !empty && node.scalar() != Some("true") {
        cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
            .expected(format!("`{key}: true`: it takes no value"));
    }
}

fn play(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("play", cx)?;
    Some(Verb::Play(Play {
        pieces: b.shared.prompts.pieces(cx, node, b.shared.scope),
        barge_in: flag(cx, fields, "barge_in", false),
        early: flag(cx, fields, "early", false),
        next: exit(cx, b, fields, name, "next"),
    }))
}

fn say(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("say", cx)?;
    Some(Verb::Say(Say {
        pieces: b.shared.prompts.pieces(cx, node, b.shared.scope),
        barge_in: flag(cx, fields, "barge_in", false),
        early: flag(cx, fields, "early", false),
        next: exit(cx, b, fields, name, "next"),
    }))
}

/// What `menu` and `collect` share, and whether a time between digits is written; `inner` are the
/// keys under the verb.
fn asking(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    fields: &mut Fields<'_>,
    inner: &mut Fields<'_>,
) -> (Asking, bool) {
    let mut asking = Asking::default();
    let mut pieces = |cx: &mut Checker<'_>, key| {
        let node = inner.take(key);
        node.map(|node| b.shared.prompts.pieces(cx, node, b.shared.scope)).unwrap_or_default()
    };
    asking.prompt = pieces(cx, "prompt");
    asking.invalid = pieces(cx, "invalid");
    asking.timeout = pieces(cx, "timeout");
    let mut time = |cx: &mut Checker<'_>, key, or: Duration| {
        let Some(node) = inner.take(key) else { return or };
        let time = cx.duration(node).unwrap_or(or);
        if time.is_zero() {
            cx.tell(codes::NO_TIME_TO_TYPE, node.at, "no time at all").expected("at least 1ms");
        }
        time
    };
    asking.wait = time(cx, "wait", asking.wait);
    asking.between = time(cx, "between", asking.between);
    let between = inner.has("between");
    if let Some(node) = inner.take("tries") {
        asking.tries = cx.small(node, 1..=20).and_then(|n| u8::try_from(n).ok()).unwrap_or(1);
    }
    asking.barge_in = flag(cx, inner, "barge_in", asking.barge_in);
    asking.flush = flag(cx, inner, "flush", asking.flush);
    asking.masked = flag(cx, inner, "masked", asking.masked);
    if let Some(node) = fields.take("early") {
        asking.early = cx.boolean(node).unwrap_or(false);
        if asking.early {
            cx.tell(
                codes::DIGITS_BEFORE_ANSWER,
                node.at,
                "digits before the answer: many trunks send none then",
            );
        }
    }
    (asking, between)
}

fn menu(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("menu", cx)?;
    let mut inner = cx.fields(node, "keys of a menu");
    let (asking, between) = asking(cx, b, fields, &mut inner);
    let mut keys: BTreeMap<Box<str>, Next> = BTreeMap::new();
    if let Some(node) = inner.need("keys", cx) {
        let entries = cx.entries(node, "keys and states");
        if !between {
            tell_overlap(cx, &entries);
        }
        for (key, value) in entries {
            let next = b.exit(cx, Some(value), name, &key.text);
            let good = !key.text.is_empty() && key.text.chars().all(|c| KEYS.contains(c));
            if !good || key.text.len() > LONGEST_ENTRY {
                cx.tell(
                    codes::KEY_NOT_TYPED,
                    key.at,
                    format!("`{}` cannot be typed", shortened(&key.text)),
                )
                .expected("keys such as \"1\", \"42\", \"*\" or \"#\"");
            }
            keys.insert(key.text.as_str().into(), next);
        }
        if keys.is_empty() {
            cx.tell(codes::NO_KEYS, node.at, "there is no key").expected("keys: { \"1\": state }");
        }
    }
    inner.finish(cx);
    Some(Verb::Menu(Menu { asking, keys, failed: exit(cx, b, fields, name, "failed") }))
}

/// Keys that begin longer ones.
fn tell_overlap(cx: &mut Checker<'_>, entries: &[(&Key, &Node)]) {
    let mut keys: Vec<&Key> = entries.iter().map(|(key, _)| *key).collect();
    keys.sort_by(|a, b| a.text.cmp(&b.text));
    // Sorted, a key stands right before those that it begins.
    for (short, long) in keys.iter().zip(keys.iter().skip(1)) {
        if !short.text.is_empty() && long.text.starts_with(&short.text) {
            let (short_key, long_key) = (shortened(&short.text), shortened(&long.text));
            let message = format!("`{short_key}` also begins `{long_key}`");
            cx.tell(codes::KEYS_OVERLAP, short.at, message)
                .expected("the time between digits: between: 1500ms");
        }
    }
}

fn collect(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("collect", cx)?;
    let mut inner = cx.fields(node, "keys of collect");
    let (asking, _) = asking(cx, b, fields, &mut inner);
    let (least, most) = match inner.take("digits") {
        Some(node) => digits(cx, node).unwrap_or((1, 1)),
        None => (1, LONGEST_ENTRY),
    };
    let end = match inner.take_any("end") {
        None => "#".to_string(),
        Some(node) => node.scalar().unwrap_or("").to_string(),
    };
    if let Some(node) = inner.take("end")
        && !end.chars().all(|c| KEYS.contains(c))
    {
        cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
            .expected("the keys that end the entry, such as \"#\" or \"*#\"");
    }
    let into = inner.need("into", cx).and_then(|node| variable(cx, node));
    inner.finish(cx);
    Some(Verb::Collect(Collect {
        asking,
        least,
        most,
        end: end.into(),
        next: exit(cx, b, fields, name, "next"),
        failed: exit(cx, b, fields, name, "failed"),
        into: into?.into(),
    }))
}

fn variable(cx: &mut Checker<'_>, node: &Node) -> Option<String> {
    let name = node.scalar().unwrap_or("");
    if !is_variable(name) {
        cx.tell(codes::BAD_VARIABLE, node.at, format!("found {}", node.described()))
            .expected("the name of a variable: letters, digits, `_`");
        return None;
    }
    Some(name.to_string())
}

/// `6` or `6-8`.
fn digits(cx: &mut Checker<'_>, node: &Node) -> Option<(usize, usize)> {
    let text = node.scalar().unwrap_or("");
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let range = least.trim().parse::<usize>().ok().zip(most.trim().parse::<usize>().ok());
    let range = range.filter(|(least, most)| least <= most && (1..=LONGEST_ENTRY).contains(most));
    if range.is_none() {
        cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
            .expected(format!("how many, such as 6 or 6-8, at most {LONGEST_ENTRY}"));
    }
    range
}

fn set(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("set", cx)?;
    let mut values = Vec::new();
    for (key, value) in cx.entries(node, "variables and values") {
        if !is_variable(&key.text) {
            cx.tell(
                codes::BAD_VARIABLE,
                key.at,
                format!("`{}` is no name of a variable", shortened(&key.text)),
            )
            .expected("letters, digits, `_`");
        }
        if let Some(value) = cx.template(value, b.shared.scope) {
            values.push((key.text.as_str().into(), value));
        }
    }
    Some(Verb::Set(Set { values, next: exit(cx, b, fields, name, "next") }))
}

fn when(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("when", cx)?;
    let mut branches = Vec::new();
    if let Kind::List(items) = &node.kind {
        for (n, item) in items.iter().enumerate() {
            let mut inner = cx.fields(item, "keys of a condition");
            let condition = inner.need("if", cx).and_then(|n| cx.condition(n, b.shared.scope));
            let then = inner.need("then", cx);
            let next = b.exit(cx, then, name, &format!("then{}", n + 1));
            inner.finish(cx);
            branches.extend(condition.map(|condition| (condition, next)));
        }
    } else {
        let condition = cx.condition(node, b.shared.scope);
        let then = fields.need("then", cx);
        let next = b.exit(cx, then, name, "then");
        branches.extend(condition.map(|condition| (condition, next)));
    }
    Some(Verb::When(When { branches, otherwise: exit(cx, b, fields, name, "else") }))
}

fn in_hours(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("hours", cx)?;
    let calendar = match &node.kind {
        Kind::Map(_) => hours::calendar(cx, node, b.shared.defaults),
        Kind::Null | Kind::Scalar { .. } | Kind::List(_) => {
            let known = cx.text(node, "the name of opening hours, or hours in place");
            known.and_then(|known| {
                let calendar = b.shared.calendars.get(known).cloned();
                if calendar.is_none() {
                    cx.tell(
                        codes::UNKNOWN_HOURS,
                        node.at,
                        format!("there are no hours `{}`", shortened(known)),
                    )
                    .among(known, b.shared.calendars.keys().map(String::as_str));
                }
                calendar
            })
        }
    };
    let next = exit(cx, b, fields, name, "next");
    let closed = exit(cx, b, fields, name, "closed");
    Some(Verb::Hours(Hours { calendar: calendar?, next, closed }))
}

fn queue(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("queue", cx)?;
    let known = cx.text(node, "the name of a queue");
    let queue = known.and_then(|known| {
        let queue = b.shared.queues.get(known).map(|queue| (queue.id, queue.otherwise));
        if queue.is_none() {
            cx.tell(
                codes::UNKNOWN_QUEUE,
                node.at,
                format!("there is no queue `{}`", shortened(known)),
            )
            .among(known, b.shared.queues.keys().map(String::as_str));
        }
        queue
    });
    b.shared.queued.extend(queue.map(|(id, _)| id));
    let reason = fields.take("reason").and_then(|node| cx.template(node, b.shared.scope));
    let priority = fields.take("priority").and_then(|node| cx.integer(node, -86_400..=86_400));
    let early = flag(cx, fields, "early", false);
    let next = exit(cx, b, fields, name, "next");
    let own = fields.take("otherwise");
    let (id, of_queue) = queue?;
    let otherwise = own.or(of_queue);
    if otherwise.is_none() {
        cx.tell(codes::NO_OTHERWISE, node.at, "neither this state nor the queue says `otherwise`")
            .expected("where callers go that the queue gives back: otherwise: { hang_up: 480 }");
    }
    Some(Verb::Queue(Queue {
        queue: id,
        reason: reason.or_else(|| Template::parse("").ok())?,
        priority: priority.and_then(|n| i32::try_from(n).ok()).unwrap_or(0),
        early,
        next,
        otherwise: b.exit(cx, otherwise, name, "otherwise"),
    }))
}

fn dial(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("dial", cx)?;
    let target = target(cx, node, b.shared.scope);
    let ring = fields.take("ring").and_then(|node| cx.duration(node));
    let direct_media = flag(cx, fields, "direct_media", false);
    let next = exit(cx, b, fields, name, "next");
    let failed = fields.take("failed").map(|node| b.exit(cx, Some(node), name, "failed"));
    Some(Verb::Dial(Dial {
        target: target?,
        ring: ring.unwrap_or(b.shared.defaults.ring),
        direct_media,
        next,
        failed,
    }))
}

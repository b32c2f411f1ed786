//! `routes:`: by which trunks numbers go out that are dialled as `tel:NUMBER`, and who may dial them.

use super::check::{Checker, Fields};
use super::claims;
use super::codes;
use super::finding::At;
use super::scope::NumberScope;
use super::tree::{Key, Node, shortened};
use crate::base::TrunkId;
use crate::number::{self, NumberTable, Pattern};
use crate::plan::{Entry, Route, Routes, Trunk};
use std::sync::Arc;

/// What a `tel:` target dials; none for any other.
pub(super) fn telephone(text: &str) -> Option<&str> {
    let (scheme, number) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("tel").then_some(number)
}

/// Whether this is a number, or can become one: what stands around its `${…}` are digits.
pub(super) fn may_be_number(text: &str) -> bool {
    match text.split_once("${") {
        None => number::is_number(&number::normalise(text)),
        Some((before, _)) => number::is_number(&number::normalise(&format!("{before}0"))),
    }
}

/// One route with its patterns, where each stands.
struct Read {
    route: Route,
    at: At,
    patterns: Vec<(Option<Pattern>, Key)>,
}

pub(super) fn routes(
    cx: &mut Checker<'_>,
    node: Option<&Node>,
    trunks: &[Arc<Trunk>],
    numbers: &[&NumberTable<Entry>],
) -> Routes {
    let errors = cx.errors();
    let entries = node.map(|node| cx.entries(node, "routes by name")).unwrap_or_default();
    let read: Vec<Read> =
        entries.into_iter().map(|(key, node)| route(cx, key, node, trunks)).collect();
    let sound = cx.errors() == errors;
    claimed(cx, &read, trunks);
    let emergencies: Vec<(At, Pattern)> = read
        .iter()
        .filter(|read| read.route.emergency)
        .flat_map(|read| &read.patterns)
        .filter_map(|(pattern, key)| Some((key.at, pattern.clone()?)))
        .collect();
    let begin = read.first().map(|read| read.at);
    let list = read
        .into_iter()
        .map(|read| (read.route, read.patterns.into_iter().map(|(pattern, _)| pattern).collect()));
    let routes = Routes::new(list.collect());
    // What a route with an error would take is not known.
    if sound {
        taken_first(cx, &routes, &emergencies);
        elsewhere(cx, &emergencies, numbers);
        dialled(cx, &routes, begin);
    }
    routes
}

fn route(cx: &mut Checker<'_>, key: &Key, node: &Node, all: &[Arc<Trunk>]) -> Read {
    let mut fields = cx.fields(node, "keys of a route");
    let numbers = fields.need("numbers", cx);
    let patterns = numbers.map(|node| patterns(cx, node)).unwrap_or_default();
    let (trunks, refuse) = (fields.take("trunks"), fields.take("refuse"));
    if trunks.is_some() == refuse.is_some() {
        cx.tell(codes::ONE_OF, node.at, "found none or both of trunks, refuse")
            .expected("trunks: [carrier], or refuse: 403");
    }
    let strip = fields.take("strip").and_then(|node| cx.small(node, 0..=32));
    let emergency = fields.take("emergency").and_then(|node| cx.boolean(node)).unwrap_or(false);
    let route = Route {
        name: key.text.as_str().into(),
        trunks: trunks.map(|node| ways_out(cx, node, all)).unwrap_or_default(),
        refuse: refuse.and_then(|node| cx.small(node, 300..=699)),
        strip: strip.unwrap_or(0),
        prefix: fields.take("prefix").and_then(|node| prefix(cx, node)).unwrap_or_default(),
        caller: fields.take("caller").and_then(|node| {
            let text = cx.text(node, "a number such as +390212345")?;
            if !may_be_number(text) {
                cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
                    .expected("a number such as +390212345, or a template of one");
            }
            cx.template(node, &NumberScope)
        }),
        from: from(cx, &mut fields, emergency || refuse.is_some(), all),
        emergency,
    };
    fields.finish(cx);
    if refuse.is_none() {
        nothing_left(cx, &route, &patterns);
    }
    Read { route, at: key.at, patterns }
}

/// Numbers that nothing can be sent of.
fn nothing_left(cx: &mut Checker<'_>, route: &Route, patterns: &[(Option<Pattern>, Key)]) {
    for (pattern, key) in patterns {
        let Some(Pattern::Exact(number)) = pattern else { continue };
        if route.sent(number).is_none() {
            let (strip, number) = (route.strip, shortened(number));
            let message = format!("`strip: {strip}` leaves nothing of `{number}`");
            cx.tell(codes::NOTHING_LEFT, key.at, message)
                .expected("a smaller strip, a prefix, or a route of its own for this number");
        }
    }
}

fn patterns(cx: &mut Checker<'_>, node: &Node) -> Vec<(Option<Pattern>, Key)> {
    let mut found = Vec::new();
    for item in cx.items(node) {
        let Some(text) = cx.text(item, "a number or a pattern") else { continue };
        let key = Key { at: item.at, text: text.to_owned(), plain: false };
        match Pattern::parse(text) {
            _ if text == "default" => found.push((None, key)),
            Ok(Pattern::Exact(name)) if !number::is_number(&name) => {
                cx.tell(codes::BAD_PATTERN, item.at, format!("found {}", item.described()))
                    .expected("digits with `x` for any digit, `...` at the end, or default");
            }
            Ok(pattern) => found.push((Some(pattern), key)),
            Err(error) => {
                cx.tell(codes::BAD_PATTERN, item.at, format!("found {error}"))
                    .expected("digits with `x` for any digit, `...` at the end, or default");
            }
        }
    }
    found
}

fn named(cx: &mut Checker<'_>, node: &Node, all: &[Arc<Trunk>]) -> Option<Arc<Trunk>> {
    let name = cx.text(node, "the name of a trunk")?;
    let found = all.iter().find(|trunk| &*trunk.name == name);
    if found.is_none() {
        let message = format!("there is no trunk `{}`", shortened(name));
        let names = all.iter().map(|trunk| &*trunk.name);
        cx.tell(codes::NO_SUCH_TRUNK, node.at, message).among(name, names);
    }
    found.cloned()
}

fn ways_out(cx: &mut Checker<'_>, node: &Node, all: &[Arc<Trunk>]) -> Vec<TrunkId> {
    let mut ids = Vec::new();
    for item in cx.items(node) {
        let Some(trunk) = named(cx, item, all) else { continue };
        if trunk.peers.is_empty() {
            let message = format!("the trunk `{}` has no peers", shortened(&trunk.name));
            cx.tell(codes::NO_PEERS, item.at, message)
                .expected("peers: [\"sip:198.51.100.7\"] in that trunk");
        }
        ids.push(trunk.id);
    }
    ids
}

/// Whose callers may use it: to be said, for a caller from anywhere is how telephone bills are made.
fn from(
    cx: &mut Checker<'_>,
    fields: &mut Fields<'_>,
    for_all: bool,
    all: &[Arc<Trunk>],
) -> Option<Vec<TrunkId>> {
    let node = if for_all { fields.take("from") } else { fields.need("from", cx) }?;
    if node.scalar() == Some("any") {
        return None;
    }
    let trunks: Vec<Arc<Trunk>> =
        cx.items(node).iter().filter_map(|item| named(cx, item, all)).collect();
    Some(trunks.iter().map(|trunk| trunk.id).collect())
}

fn prefix(cx: &mut Checker<'_>, node: &Node) -> Option<Box<str>> {
    let text = cx.text(node, "digits, such as 00 or +39")?;
    if text != "+" && !number::is_number(text) {
        cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
            .expected("digits, such as 00 or +39");
        return None;
    }
    Some(text.into())
}

/// Patterns against one another, as in `numbers`; the same one twice only for different callers.
fn claimed(cx: &mut Checker<'_>, read: &[Read], trunks: &[Arc<Trunk>]) {
    let all: Vec<(&Route, &Option<Pattern>, &Key)> = read
        .iter()
        .flat_map(|read| read.patterns.iter().map(|(pattern, key)| (&read.route, pattern, key)))
        .collect();
    let mut different = Vec::new();
    for (n, (route, pattern, key)) in all.iter().copied().enumerate() {
        let mut twins = all.iter().take(n).filter(|(_, other, _)| *other == pattern).peekable();
        if twins.peek().is_none() {
            different.extend(pattern.clone().map(|pattern| (pattern, key)));
        }
        let both = |other: &Route| trunks.iter().any(|t| route.lets(t.id) && other.lets(t.id));
        if let Some((other, ..)) = twins.find(|(other, ..)| both(other)) {
            let (name, other) = (shortened(&key.text), shortened(&other.name));
            let message = format!("the route `{other}` has `{name}` already");
            cx.tell(codes::TWO_ROUTES, key.at, message);
        }
    }
    claims::check(cx, &different);
}

/// Emergency numbers that go another way.
fn taken_first(cx: &mut Checker<'_>, routes: &Routes, emergencies: &[(At, Pattern)]) {
    for (at, pattern) in emergencies {
        let other = routes.patterns().filter(|(_, by)| !by.emergency).find(|(other, by)| {
            // A number that fits both: whose is it?
            let Some(both) = other.meet(pattern) else { return false };
            let text = both.to_string().replace('x', "0").replace("...", "");
            routes.fitting(&text).next().is_some_and(|found| found.name == by.name)
        });
        if let Some((other, by)) = other {
            let (pattern, by) = (shortened(&other.to_string()), shortened(&by.name));
            let message = format!("`{pattern}` of the route `{by}` takes numbers of this first");
            cx.tell(codes::EMERGENCY_TAKEN, *at, message)
                .expected("the number itself in the emergency route");
        }
    }
}

/// Emergency numbers that fit a pattern of the called numbers which does not take them out.
fn elsewhere(cx: &mut Checker<'_>, emergencies: &[(At, Pattern)], numbers: &[&NumberTable<Entry>]) {
    for (at, pattern) in emergencies {
        let Pattern::Exact(number) = pattern else { continue };
        for table in numbers {
            let is_lost = table.find(number).is_some_and(|(entry, _)| match entry {
                Entry::Dial { target, .. } => telephone(target.text()).is_none(),
                Entry::Refuse(_) => true,
                // It may dial the number.
                Entry::Flow(_) => false,
            });
            let patterns = table.entries().filter_map(|(text, _)| Pattern::parse(&text).ok());
            // None fits: it is the default's. The number itself is there: it is meant so.
            let fits = patterns.into_iter().find(|pattern| pattern.fits(number));
            let Some(fits) = fits.filter(|fits| is_lost && fits != pattern) else { continue };
            let message = format!("`{number}` fits `{fits}` of the numbers, and no route takes it");
            cx.tell(codes::EMERGENCY_ELSEWHERE, *at, message)
                .expected(format!("\"{number}\": {{ dial: \"tel:{number}\" }} in the numbers"));
        }
    }
}

/// Every number that the plan dials has a route, and callers who dial can call for help.
fn dialled(cx: &mut Checker<'_>, routes: &Routes, begin: Option<At>) {
    let dialled = std::mem::take(&mut cx.dialled);
    for (at, text) in &dialled {
        let is_fixed = !text.contains("${");
        let number = number::normalise(text);
        if routes.is_empty() || is_fixed && routes.fitting(&number).next().is_none() {
            let message = if routes.is_empty() {
                "there are no routes by which a number goes out".to_owned()
            } else {
                format!("no route has the number `{}`", shortened(&number))
            };
            cx.tell(codes::NO_ROUTE, *at, message)
                .expected("routes: { NAME: { numbers: …, trunks: …, from: … } }");
        }
    }
    let given = dialled.iter().any(|(_, text)| text.contains("${"));
    if let Some(begin) = begin.filter(|_| given && !routes.has_emergency()) {
        cx.tell(
            codes::NO_EMERGENCY,
            begin,
            "callers dial numbers, and no route is for emergencies",
        )
        .expected("a route with the numbers for help and emergency: true");
    }
}

//! `numbers:`: what called numbers lead to.

use super::check::{Checker, is_sip_uri};
use super::claims;
use super::codes;
use super::flows::FlowTable;
use super::scope::NumberScope;
use super::tree::{Kind, Node, shortened};
use crate::base::TrunkId;
use crate::expr::Template;
use crate::number::{NumberTable, Pattern};
use crate::plan::{Defaults, Entry};
use std::collections::BTreeMap;

/// Most patterns: each call is held against them one by one.
const PATTERNS: usize = 10_000;

pub(super) fn numbers(
    cx: &mut Checker<'_>,
    node: Option<&Node>,
    flows: &mut FlowTable<'_>,
    defaults: &Defaults,
) -> NumberTable<Entry> {
    let mut table = NumberTable::default();
    let Some(node) = node else { return table };
    let mut patterns = Vec::new();
    let mut wild = 0;
    for (key, value) in cx.entries(node, "numbers and what they lead to") {
        let Some(entry) = entry(cx, value, flows, defaults) else { continue };
        if key.text == "default" {
            table.set_default(entry);
            continue;
        }
        match Pattern::parse(&key.text) {
            Ok(pattern) if !matches!(pattern, Pattern::Exact(_)) && wild >= PATTERNS => {
                cx.tell(codes::TOO_MANY, key.at, format!("more than {PATTERNS} patterns"));
                break;
            }
            Ok(pattern) => {
                wild += usize::from(!matches!(pattern, Pattern::Exact(_)));
                patterns.push((pattern.clone(), key));
                if table.insert(pattern, entry).is_err() {
                    let name = shortened(&key.text);
                    cx.tell(
                        codes::SAME_NUMBER,
                        key.at,
                        format!("`{name}` is the same number as one before it"),
                    );
                }
            }
            Err(error) => {
                cx.tell(codes::BAD_PATTERN, key.at, format!("found {error}"))
                    .expected("digits with `x` for any digit, `...` at the end, or default");
            }
        }
    }
    claims::check(cx, &patterns);
    table
}

/// The numbers that trunks have of their own, by trunk.
pub(super) fn of_trunks(
    cx: &mut Checker<'_>,
    trunks: Option<&Node>,
    flows: &mut FlowTable<'_>,
    defaults: &Defaults,
) -> BTreeMap<TrunkId, NumberTable<Entry>> {
    let mut tables = BTreeMap::new();
    let Some(Node { kind: Kind::Map(entries), .. }) = trunks else { return tables };
    for (key, trunk) in entries {
        let Some(node) = trunk.key("numbers") else { continue };
        let table = numbers(cx, Some(node), flows, defaults);
        if !table.is_empty() && trunk.key("accept_from").is_none() {
            let name = shortened(&key.text);
            let message =
                format!("no call comes from the trunk `{name}`, so none fits its numbers");
            cx.tell(codes::NEVER_CALLED, node.at, message)
                .expected("accept_from: whose calls are its calls");
        }
        tables.insert(cx.names.trunk(&key.text), table);
    }
    tables
}

fn entry(
    cx: &mut Checker<'_>,
    node: &Node,
    flows: &mut FlowTable<'_>,
    defaults: &Defaults,
) -> Option<Entry> {
    let Kind::Map(_) = &node.kind else {
        return flows.named(cx, node).map(Entry::Flow);
    };
    let mut fields = cx.fields(node, "keys of a number");
    let (flow, dial, refuse) = (fields.take("flow"), fields.take("dial"), fields.take("refuse"));
    let entry = match (flow, dial, refuse) {
        (Some(node), None, None) => flows.named(cx, node).map(Entry::Flow),
        (None, Some(node), None) => {
            let ring = fields.take("ring").and_then(|node| cx.duration(node));
            let direct = fields.take("direct_media").and_then(|node| cx.boolean(node));
            target(cx, node, &NumberScope).map(|target| Entry::Dial {
                target,
                ring: ring.unwrap_or(defaults.ring),
                direct_media: direct.unwrap_or(false),
            })
        }
        (None, None, Some(node)) => cx.small(node, 300..=699).map(Entry::Refuse),
        (_, _, _) => {
            cx.tell(codes::ONE_OF, node.at, "found none or several of flow, dial, refuse")
                .expected("a flow, { dial: \"sip:…\" } or { refuse: 404 }");
            return None;
        }
    };
    fields.finish(cx);
    entry
}

/// A template that renders to a `sip:` URI, or to `tel:` and a number: what stands before its first
/// `${` is checked.
pub(super) fn target(
    cx: &mut Checker<'_>,
    node: &Node,
    scope: &dyn crate::expr::Scope,
) -> Option<Template> {
    let expected = "a URI such as sip:anna@198.51.100.7:5060, or tel:+390212345 by the routes";
    let text = cx.text(node, expected)?;
    if let Some(number) = super::routes::telephone(text) {
        if !super::routes::may_be_number(number) {
            cx.tell(codes::BAD_URI, node.at, format!("found {}", node.described()))
                .expected("tel: and a number, such as tel:+390212345 or tel:${called}");
            return None;
        }
        cx.dialled.push((node.at, number.to_owned()));
        return cx.template(node, scope);
    }
    let sample = match text.split_once("${") {
        // A template as a whole may hold anything; one that begins as a text must begin as a URI.
        Some(("", _)) => "sip:host".to_string(),
        Some((before, _)) => format!("{before}host"),
        None => text.to_string(),
    };
    if !is_sip_uri(&sample) {
        cx.tell(codes::BAD_URI, node.at, format!("found {}", node.described())).expected(expected);
        return None;
    }
    super::trunks::tell_password(cx, node, text);
    cx.template(node, scope)
}

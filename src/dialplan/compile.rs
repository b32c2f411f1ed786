//! From the files' trees to a plan: sections put together, then checked in the order in which
//! they need one another.

use super::check::Checker;
use super::finding::{At, Finding, Severity};
use super::flows::{self, FlowTable, Shared};
use super::prompts::Prompts;
use super::scope::FlowScope;
use super::source::{self, Source, World};
use super::tree::{self, Key, Kind, Node};
use super::{hours, numbers, roster, settings, trunks};
use crate::ivr::Program;
use crate::plan::{Names, Plan, Script};
use crate::router::Roster;
use std::sync::Arc;

/// The sections of a plan; `tests` is taken as it is and read by others.
const SECTIONS: &[&str] = &[
    "version", "sip", "media", "http", "record", "defaults", "prompts", "hours", "trunks",
    "agents", "queues", "numbers", "flows", "tests", "reload",
];
/// The one version of the grammar.
const VERSION: &str = "1";

/// A plan that may be loaded, and what should be looked at all the same.
#[derive(Debug)]
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// Warnings only.
    pub warnings: Vec<Finding>,
}

/// Compiles the texts of a plan. `names` keeps the ids of everything that was ever named.
///
/// # Errors
/// All findings by place, at least one of them an error.
pub fn compile(
    sources: &[Source],
    world: &dyn World,
    names: &mut Names,
) -> Result<Loaded, Vec<Finding>> {
    let mut cx = Checker::new(sources, world, names);
    let mut top = Vec::new();
    for (file, source) in sources.iter().take(source::FILES).enumerate() {
        match tree::parse(u16::try_from(file).unwrap_or(u16::MAX), &source.text) {
            Ok(node) => sections(&mut cx, node, &mut top),
            Err(finding) => {
                cx.tell(*finding);
            }
        }
    }
    let plan = plan(&mut cx, &top, source::hash(sources).into());
    let findings = cx.finish();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    Ok(Loaded { plan, warnings: findings })
}

/// Adds a file's sections to those of the files before it.
fn sections(cx: &mut Checker<'_>, node: Node, top: &mut Vec<(Key, Node)>) {
    let entries = match node.kind {
        Kind::Map(entries) => entries,
        Kind::Null => return,
        Kind::Scalar { .. } | Kind::List(_) => {
            cx.error(node.at, format!("found {}", node.described()))
                .expected("sections such as sip, trunks, numbers, flows");
            return;
        }
    };
    for (key, value) in entries {
        if !SECTIONS.contains(&key.text.as_str()) {
            let name = tree::shortened(&key.text);
            cx.error(key.at, format!("unknown section `{name}`"))
                .expected(format!("one of {}", SECTIONS.join(", ")))
                .among(&key.text, SECTIONS.iter().copied());
            continue;
        }
        match top.iter_mut().find(|(known, _)| known.text == key.text) {
            None => top.push((key, value)),
            Some((first, known)) if first.at.file != key.at.file => join(cx, &key, known, value),
            Some((first, _)) => cx.twice(&key, first.at),
        }
    }
}

/// Puts a section of another file behind what is known of it; names given twice are told when the
/// section is read.
fn join(cx: &mut Checker<'_>, key: &Key, known: &mut Node, more: Node) {
    match (&mut known.kind, more.kind) {
        (Kind::Map(known), Kind::Map(more)) => known.extend(more),
        (Kind::List(known), Kind::List(more)) => known.extend(more),
        (Kind::Scalar { text: known, .. }, Kind::Scalar { text: more, .. }) if *known == more => {}
        (_, Kind::Null) => {}
        (kind @ Kind::Null, more) => *kind = more,
        (_, _) => {
            cx.error(key.at, format!("`{}` differs from what another file says", key.text));
        }
    }
}

fn plan(cx: &mut Checker<'_>, top: &[(Key, Node)], hash: Arc<str>) -> Plan {
    let start = At { file: 0, line: 1, column: 1, len: 1 };
    let section = |name: &str| top.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
    version(cx, section("version"), start);
    let defaults = settings::defaults(cx, section("defaults"));
    let media = settings::media(cx, section("media"));
    let sip = settings::sip(cx, section("sip"), start);
    let http = settings::http(cx, section("http"));
    let record = settings::record(cx, section("record"));
    let reload = settings::reload(cx, section("reload"));
    let trunks = trunks::trunks(cx, section("trunks"));
    let calendars = hours::calendars(cx, section("hours"), &defaults);
    let mut prompts = Prompts::new(cx, &media.prompts, section("prompts"));

    let mut scope = FlowScope::default();
    flows::variables(section("flows"), &mut scope.variables);
    // What an `otherwise` of a queue sets is a variable as well.
    flows::variables(section("queues"), &mut scope.variables);
    let compiled =
        roster::roster(cx, section("agents"), section("queues"), &defaults, &mut prompts, &scope);
    let mut table = FlowTable::new(cx, section("flows"));
    let numbers = numbers::numbers(cx, section("numbers"), &mut table, &defaults);
    let mut shared = Shared {
        scope: &scope,
        prompts: &mut prompts,
        queues: &compiled.queues,
        calendars: &calendars,
        defaults: &defaults,
        flows: &mut table,
    };
    let flows = flows::flows(cx, &mut shared);
    table.tell_lonely(cx);
    if numbers.is_empty() && cx.errors() == 0 {
        cx.warning(start, "no number leads anywhere").expected("numbers: { default: a-flow }");
    }
    let words = prompts.words(cx);
    let around = prompts.around(cx);
    let script = Script {
        plan: hash.clone(),
        program: Program { flows, words },
        prompts: prompts.finish(),
        numbers,
        treatments: compiled.queues.values().map(|q| (q.id, q.treatment.clone())).collect(),
        around,
        queue_names: compiled.roster.queues.iter().map(|q| (q.id, q.name.clone())).collect(),
    };
    let roster = Roster { plan: hash.clone(), ..compiled.roster };
    Plan {
        hash,
        script: Arc::new(script),
        roster: Arc::new(roster),
        trunks,
        sip,
        media,
        http,
        record,
        defaults,
        reload,
    }
}

fn version(cx: &mut Checker<'_>, node: Option<&Node>, start: At) {
    match node {
        None => {
            cx.error(start, "`version` is missing").expected(format!("version: {VERSION}"));
        }
        Some(node) if node.scalar() == Some(VERSION) => {}
        Some(node) => {
            cx.error(node.at, format!("found {}", node.described()))
                .expected(format!("version: {VERSION}"));
        }
    }
}

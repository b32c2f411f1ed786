//! From the files' trees to a plan: sections put together, then checked in the order in which
//! they need one another.

use super::check::Checker;
use super::codes;
use super::finding::{At, Finding, Severity};
use super::flows::{self, FlowTable, Shared};
use super::machine::{self, Asked};
use super::prompts::Prompts;
use super::scope::FlowScope;
use super::source::{self, Source, World};
use super::traps;
use super::tree::{self, Key, Kind, Node};
use super::{
    heard, hours, include, numbers, roster, routes, settings, staff, templates, trunks, variables,
    ways,
};
use crate::base::FlowId;
use crate::ivr::Program;
use crate::number::NumberTable;
use crate::plan::{Entry, Names, Plan, Script, Trunks};
use crate::router::Roster;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The sections of a plan; `tests` and `include` are taken as they are and read by others, and of
/// `templates` nothing is left when the others are read.
const SECTIONS: &[&str] = &[
    "version",
    "sip",
    "media",
    "http",
    "record",
    "defaults",
    "prompts",
    "hours",
    "trunks",
    "agents",
    "queues",
    "numbers",
    "routes",
    "flows",
    "tests",
    "reload",
    include::KEY,
    templates::KEY,
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
    let (mut trees, mut top) = (Vec::new(), Vec::new());
    let (mut nodes, mut unread) = (tree::NODES, false);
    for (file, source) in sources.iter().take(source::FILES).enumerate() {
        let file = u16::try_from(file).unwrap_or(u16::MAX);
        match tree::parse(file, &source.text, nodes) {
            Ok(node) => {
                // All files of a plan share one budget.
                nodes = nodes.saturating_sub(node.count());
                traps::bare_hash(file, &source.text).into_iter().for_each(|hash| {
                    cx.add(hash);
                });
                trees.push(node);
            }
            Err(finding) => {
                unread = true;
                cx.add(*finding);
            }
        }
    }
    if cx.errors() > 0 && unread {
        // What is missing may stand in the file that could not be read.
        return Err(cx.finish());
    }
    let errors = cx.errors();
    let trees = templates::expand(&mut cx, trees, nodes);
    if cx.errors() > errors {
        // What is missing may be what a template was to bring.
        return Err(cx.finish());
    }
    trees.into_iter().for_each(|tree| sections(&mut cx, tree, &mut top));
    let plan = plan(&mut cx, &top, source::hash(sources).into());
    let findings = cx.finish();
    if findings.iter().any(|finding| finding.severity() == Severity::Error) {
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
            cx.tell(codes::WRONG_KIND, node.at, format!("found {}", node.described()))
                .expected("sections such as sip, trunks, numbers, flows");
            return;
        }
    };
    for (key, value) in entries {
        if !SECTIONS.contains(&key.text.as_str()) {
            if cx.is_full() {
                continue;
            }
            let name = tree::shortened(&key.text);
            cx.tell(codes::UNKNOWN_SECTION, key.at, format!("unknown section `{name}`"))
                .expected(format!("one of {}", SECTIONS.join(", ")))
                .among(&key.text, SECTIONS.iter().copied());
            continue;
        }
        match top.iter_mut().find(|(known, _)| known.text == key.text) {
            None => top.push((key, value)),
            // Each file has its own.
            Some((first, known)) if first.at.file != key.at.file && key.text == include::KEY => {
                (*first, *known) = (key, value);
            }
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
            cx.tell(
                codes::FILES_DIFFER,
                key.at,
                format!("`{}` differs from what another file says", key.text),
            );
        }
    }
}

fn plan(cx: &mut Checker<'_>, top: &[(Key, Node)], hash: Arc<str>) -> Plan {
    let start = At::start(0);
    let section = |name: &str| top.iter().find(|(key, _)| key.text == name).map(|(_, node)| node);
    version(cx, section("version"), start);
    let defaults = settings::defaults(cx, section("defaults"));
    let (mut media, hold_music) = settings::media(cx, section("media"));
    let sip = settings::sip(cx, section("sip"), start);
    let http = settings::http(cx, section("http"));
    let record = settings::record(cx, section("record"));
    let reload = settings::reload(cx, section("reload"));
    let trunks = trunks::trunks(cx, section("trunks"));
    let calendars = hours::calendars(cx, section("hours"), &defaults);
    let mut prompts = Prompts::new(cx, &media.prompts, &defaults.language, section("prompts"));
    media.hold_music = hold_music.and_then(|node| prompts.one(cx, node));

    let mut scope = FlowScope::default();
    flows::variables(section("flows"), &mut scope.variables);
    // What an `otherwise` of a queue sets is a variable as well.
    flows::variables(section("queues"), &mut scope.variables);
    let compiled =
        roster::roster(cx, section("agents"), section("queues"), &defaults, &mut prompts, &scope);
    let mut table = FlowTable::new(cx, section("flows"));
    let numbers = numbers::numbers(cx, section("numbers"), &mut table, &defaults);
    let trunk_numbers = numbers::of_trunks(cx, section("trunks"), &mut table, &defaults);
    let mut shared = Shared {
        scope: &scope,
        prompts: &mut prompts,
        queues: &compiled.queues,
        calendars: &calendars,
        defaults: &defaults,
        flows: &mut table,
        queued: BTreeSet::new(),
    };
    let charted = flows::flows(cx, &mut shared);
    let queued = shared.queued;
    let tables: Vec<&NumberTable<Entry>> = trunk_numbers.values().chain([&numbers]).collect();
    let routes = routes::routes(cx, section("routes"), &trunks, &tables);
    ways::check(cx, &charted);
    let entries: Vec<FlowId> = numbers
        .values()
        .chain(trunk_numbers.values().flat_map(NumberTable::values))
        .filter_map(|entry| if let Entry::Flow(flow) = entry { Some(*flow) } else { None })
        .collect();
    table.tell_lonely(cx, &ways::reached(&charted, &entries));
    let wants = compiled.queues.values().map(|queue| (queue.id, queue.looks.as_slice())).collect();
    variables::check(cx, &charted, &entries, &scope.variables, &wants);
    // An error in a flow may be what keeps a queue from being led to.
    let queued = charted.iter().all(|flow| flow.sound).then_some(&queued);
    if compiled.sound {
        staff::check(cx, &compiled, &compiled.groups, queued);
    }
    let asked = Asked {
        sip: (&sip, section("sip")),
        media: (&media, section("media")),
        http: (&http, section("http")),
        trunks: (&trunks, section("trunks")),
        queues: (&compiled.roster.queues, section("queues")),
    };
    machine::check(cx, &asked);
    let leads = trunk_numbers.values().chain([&numbers]).any(|table| !table.is_empty());
    if !leads && cx.errors() == 0 {
        cx.tell(codes::NO_NUMBERS, start, "no number leads anywhere")
            .expected("numbers: { default: a-flow }");
    }
    let words = prompts.words(cx);
    let around = prompts.around(cx);
    let treatments = compiled.queues.values().map(|queue| (queue.id, &queue.treatment)).collect();
    let languages = prompts.languages(cx, &heard::heard(&charted, &treatments));
    let flows = charted.into_iter().map(|charted| (charted.id, charted.flow)).collect();
    let script = Script {
        plan: hash.clone(),
        program: Program { flows, words, language: defaults.language.clone(), languages },
        prompts: prompts.finish(),
        numbers,
        trunk_numbers,
        treatments: compiled.queues.values().map(|q| (q.id, q.treatment.clone())).collect(),
        around,
        queue_names: compiled.roster.queues.iter().map(|q| (q.id, q.name.clone())).collect(),
    };
    let roster = Roster { plan: hash.clone(), ..compiled.roster };
    Plan {
        hash,
        script: Arc::new(script),
        roster: Arc::new(roster),
        trunks: Trunks::new(trunks),
        routes,
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
            cx.tell(codes::VERSION, start, "`version` is missing")
                .expected(format!("version: {VERSION}"));
        }
        Some(node) if node.scalar() == Some(VERSION) => {}
        Some(node) => {
            cx.tell(codes::VERSION, node.at, format!("found {}", node.described()))
                .expected(format!("version: {VERSION}"));
        }
    }
}

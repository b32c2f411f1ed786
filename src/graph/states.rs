//! The states of a flow as boxes, and their ways out as rows.
//!
//! A state written in place that ends the call or goes to another flow has no box: the row that
//! leads to it says so itself.

use super::build::{Builder, spoken};
use super::model::{Kind, Lead, Node, Row, Way};
use crate::base::FlowId;
use crate::ivr::prompt::Piece;
use crate::ivr::{Flow, Next, State, Verb};
use std::collections::BTreeSet;

/// One way out: how a row calls it, how the plan calls it, where it leads.
struct Exit {
    label: String,
    name: String,
    way: Way,
    next: Next,
}

/// Adds a box for each state that has one, without its rows.
pub(super) fn place(builder: &mut Builder<'_>, id: FlowId, flow: &Flow) {
    let told = told_in_rows(flow);
    for (n, state) in (0u16..).zip(&flow.states) {
        if told.contains(&n) {
            continue;
        }
        let mut details = Vec::new();
        if builder.several || n == 0 {
            let what = if n == 0 { "begins" } else { "of" };
            details.push(format!("{what} {}", flow.name));
            let template = flow.template.as_ref().filter(|_| n == 0);
            details.extend(template.map(|template| format!("made from {template}")));
        }
        details.extend(detail(builder, &state.verb));
        let at = builder.add(Node {
            kind: kind(&state.verb),
            title: state.name.to_string(),
            word: state.verb.word().to_owned(),
            details,
            rows: Vec::new(),
        });
        builder.begins.insert((id, n), at);
    }
}

/// Adds the rows, now that every state has its box.
pub(super) fn connect(builder: &mut Builder<'_>, id: FlowId, flow: &Flow) {
    for (n, state) in (0u16..).zip(&flow.states) {
        let Some(at) = builder.begins.get(&(id, n)).copied() else { continue };
        let key = |exit: &str| format!("{}/{}/{exit}", flow.name, state.name);
        let mut rows = Vec::new();
        rows.extend(beyond(builder, &state.verb).map(|(label, lead)| Row {
            label: label.to_owned(),
            way: Way::Reach,
            key: key(label),
            lead,
            count: None,
        }));
        for exit in exits(&state.verb) {
            let lead = lead(builder, id, flow, exit.next, &exit.name);
            let row =
                Row { label: exit.label, way: exit.way, key: key(&exit.name), lead, count: None };
            rows.push(row);
        }
        if let Some(node) = builder.nodes.get_mut(at) {
            node.rows = rows;
        }
    }
}

/// What a state reaches beside its ways out: a queue, a target, a flow.
fn beyond(builder: &mut Builder<'_>, verb: &Verb) -> Option<(&'static str, Lead)> {
    match verb {
        Verb::Queue(queue) => Some(("queue", Lead::To(vec![builder.queue(queue.queue)]))),
        Verb::Dial(dial) => Some(("dial", Lead::To(vec![builder.target(dial.target.text())]))),
        Verb::Goto(goto) => Some(("goto", to_flow(builder, goto.flow))),
        Verb::Answer(_)
        | Verb::Ring(_)
        | Verb::Play(_)
        | Verb::Menu(_)
        | Verb::Collect(_)
        | Verb::Say(_)
        | Verb::Set(_)
        | Verb::Language(_)
        | Verb::When(_)
        | Verb::Hours(_)
        | Verb::Refuse(_)
        | Verb::HangUp(_) => None,
    }
}

fn to_flow(builder: &Builder<'_>, id: FlowId) -> Lead {
    match builder.begins.get(&(id, 0)) {
        Some(at) => Lead::To(vec![*at]),
        None => {
            let name = builder.plan.script.flow_name(id);
            Lead::Ends(format!("flow {}", name.as_deref().unwrap_or("")))
        }
    }
}

fn lead(builder: &Builder<'_>, id: FlowId, flow: &Flow, next: Next, exit: &str) -> Lead {
    let Next::State(n) = next else {
        let what = if exit == "failed" { "ends, the target's cause" } else { "ends" };
        return Lead::Ends(what.to_owned());
    };
    if let Some(at) = builder.begins.get(&(id, n)) {
        return Lead::To(vec![*at]);
    }
    match flow.states.get(usize::from(n)).map(|state| &state.verb) {
        Some(Verb::Goto(goto)) => to_flow(builder, goto.flow),
        Some(Verb::Refuse(refuse)) => Lead::Ends(format!("refuse {}", refuse.status)),
        Some(Verb::HangUp(hang_up)) => Lead::Ends(format!("hang_up {}", hang_up.status)),
        Some(_) | None => Lead::Ends("ends".to_owned()),
    }
}

/// The states that need no box: written in place (named after the way that leads to them), and
/// the end of it.
fn told_in_rows(flow: &Flow) -> BTreeSet<u16> {
    let mut told = BTreeSet::new();
    let mut kept = BTreeSet::from([0]);
    for state in &flow.states {
        for exit in exits(&state.verb) {
            let Next::State(n) = exit.next else { continue };
            let Some(next) = flow.states.get(usize::from(n)) else { continue };
            let ends = matches!(next.verb, Verb::Refuse(_) | Verb::HangUp(_) | Verb::Goto(_));
            if ends && is_in_place(state, &exit, next) {
                told.insert(n);
            } else {
                kept.insert(n);
            }
        }
    }
    told.retain(|n| !kept.contains(n));
    told
}

fn is_in_place(state: &State, exit: &Exit, next: &State) -> bool {
    let after = next.name.strip_prefix(&*state.name).and_then(|rest| rest.strip_prefix('.'));
    // The one condition of a list is called `then1`, one that stands alone `then`.
    after.is_some_and(|after| after == exit.name || (exit.name == "then" && after == "then1"))
}

fn exits(verb: &Verb) -> Vec<Exit> {
    let exit =
        |name: &str, way, next| Exit { label: name.to_owned(), name: name.to_owned(), way, next };
    let on = |next| vec![exit("next", Way::On, next)];
    match verb {
        Verb::Answer(v) => on(v.next),
        Verb::Ring(v) => on(v.next),
        Verb::Play(v) => on(v.next),
        Verb::Say(v) => on(v.next),
        Verb::Set(v) => on(v.next),
        Verb::Language(v) => on(v.next),
        Verb::Menu(v) => {
            let keys = v.keys.iter().map(|(key, next)| exit(key, Way::Key, *next));
            keys.chain([exit("failed", Way::Apart, v.failed)]).collect()
        }
        Verb::Collect(v) => {
            vec![exit("next", Way::On, v.next), exit("failed", Way::Apart, v.failed)]
        }
        Verb::When(v) => {
            let alone = v.branches.len() == 1;
            let branch = |(n, (condition, next)): (usize, &(crate::expr::Expr, Next))| Exit {
                label: format!("if {}", condition.text()),
                name: if alone { "then".to_owned() } else { format!("then{}", n + 1) },
                way: Way::On,
                next: *next,
            };
            let branches = v.branches.iter().enumerate().map(branch);
            branches.chain([exit("else", Way::Apart, v.otherwise)]).collect()
        }
        Verb::Hours(v) => {
            let open = Exit { label: "open".to_owned(), ..exit("next", Way::On, v.next) };
            vec![open, exit("closed", Way::Apart, v.closed)]
        }
        Verb::Queue(v) => {
            vec![exit("next", Way::On, v.next), exit("otherwise", Way::Apart, v.otherwise)]
        }
        Verb::Dial(v) => {
            let failed = exit("failed", Way::Apart, v.failed.unwrap_or(Next::End));
            vec![exit("next", Way::On, v.next), failed]
        }
        Verb::Refuse(_) | Verb::HangUp(_) | Verb::Goto(_) => Vec::new(),
    }
}

fn kind(verb: &Verb) -> Kind {
    match verb {
        Verb::Answer(_) | Verb::Ring(_) | Verb::Play(_) | Verb::Say(_) => Kind::Voice,
        Verb::Menu(_) | Verb::Collect(_) => Kind::Keys,
        Verb::Set(_) | Verb::Language(_) | Verb::When(_) | Verb::Hours(_) | Verb::Goto(_) => {
            Kind::Choice
        }
        Verb::Queue(_) => Kind::Queue,
        Verb::Dial(_) => Kind::Target,
        Verb::Refuse(_) | Verb::HangUp(_) => Kind::End,
    }
}

/// The line that says what is heard or done.
fn detail(builder: &Builder<'_>, verb: &Verb) -> Option<String> {
    match verb {
        Verb::Play(v) => heard(builder, &v.pieces),
        Verb::Say(v) => heard(builder, &v.pieces),
        Verb::Menu(v) => heard(builder, &v.asking.prompt),
        Verb::Collect(v) => {
            let many = if v.least == v.most {
                v.most.to_string()
            } else {
                format!("{}-{}", v.least, v.most)
            };
            Some(format!("{many} digits into {}", v.into))
        }
        Verb::Ring(v) => Some(spoken(v.time)),
        Verb::Dial(v) => Some(format!("rings {}", spoken(v.ring))),
        Verb::Set(v) => {
            let names: Vec<&str> = v.values.iter().map(|(name, _)| &**name).collect();
            Some(names.join(", "))
        }
        Verb::Language(v) => Some(v.language.text().to_owned()),
        Verb::Refuse(v) => Some(format!("status {}", v.status)),
        Verb::HangUp(v) => Some(format!("status {} if unanswered", v.status)),
        Verb::Hours(v) => Some(v.calendar.zone_name.to_string()),
        Verb::Answer(_) | Verb::When(_) | Verb::Queue(_) | Verb::Goto(_) => None,
    }
}

fn heard(builder: &Builder<'_>, pieces: &[Piece]) -> Option<String> {
    let prompts = &builder.plan.script.prompts;
    let words: Vec<String> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Prompt(id) => prompts.get(id).map_or(String::new(), |p| p.name.to_string()),
            Piece::Beep => "beep".to_owned(),
            Piece::Silence(_) => "pause".to_owned(),
            Piece::Digits(template) | Piece::Number(template) => template.text().to_owned(),
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

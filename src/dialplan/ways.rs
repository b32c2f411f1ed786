//! Ways through the flows: loops without time, circles that nobody gets out of, states that lead
//! nowhere, an `otherwise` that comes back.
//!
//! All flows are one graph, joined by `goto`. Every check takes time in proportion to the states.

use super::check::{Checker, Look};
use super::codes;
use super::finding::At;
use crate::base::FlowId;
use crate::ivr::{Flow, Next, State, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A compiled flow and the places of its states.
pub(super) struct Charted {
    pub(super) id: FlowId,
    pub(super) flow: Arc<Flow>,
    /// As many as the flow has states.
    pub(super) spots: Vec<Spot>,
    /// Nothing in it is wrong, so that its ways are what was meant.
    pub(super) sound: bool,
}

/// Where a state stands.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) at: At,
    /// The names that its expressions look at.
    pub(super) looks: Vec<Look>,
}

/// The states of all flows, one behind the other.
pub(super) struct Chart<'c> {
    pub(super) states: Vec<(&'c State, &'c Spot, &'c Charted)>,
    /// The first state of each flow.
    pub(super) first: BTreeMap<FlowId, usize>,
}

/// Which ways count.
#[derive(Clone, Copy, PartialEq)]
enum Ways {
    All,
    /// Those that are taken without anybody having pressed a key or talked.
    Passive,
    /// Those on which nothing is heard, typed or waited for.
    Instant,
}

pub(super) fn check(cx: &mut Checker<'_>, flows: &[Charted]) {
    let chart = Chart::new(flows);
    let looping = loops(cx, &chart);
    otherwise_again(cx, &chart, &looping);
    caught(cx, &chart, &looping);
    no_way_out(cx, &chart);
}

/// The flows that calls come to from these ones.
pub(super) fn reached(flows: &[Charted], entries: &[FlowId]) -> BTreeSet<FlowId> {
    let chart = Chart::new(flows);
    let edges = chart.edges(Ways::All);
    let mut open: Vec<usize> =
        entries.iter().filter_map(|flow| chart.first.get(flow)).copied().collect();
    let mut seen = vec![false; edges.len()];
    let mut reached = BTreeSet::new();
    while let Some(n) = open.pop() {
        if let Some(mark) = seen.get_mut(n).filter(|mark| !**mark) {
            *mark = true;
            open.extend(edges.get(n).into_iter().flatten());
            reached.extend(chart.states.get(n).map(|(_, _, charted)| charted.id));
        }
    }
    reached
}

impl<'c> Chart<'c> {
    pub(super) fn new(flows: &'c [Charted]) -> Chart<'c> {
        let mut chart = Chart { states: Vec::new(), first: BTreeMap::new() };
        for charted in flows {
            chart.first.insert(charted.id, chart.states.len());
            let spots = charted.flow.states.iter().zip(&charted.spots);
            chart.states.extend(spots.map(|(state, spot)| (state, spot, charted)));
        }
        chart
    }

    /// Where an exit of this state leads.
    pub(super) fn target(&self, from: usize, next: Next) -> Option<usize> {
        let (_, _, charted) = self.states.get(from)?;
        let first = self.first.get(&charted.id)?;
        match next {
            Next::State(n) => Some(first + usize::from(n)).filter(|n| *n < self.states.len()),
            Next::End => None,
        }
    }

    fn edges(&self, ways: Ways) -> Vec<Vec<usize>> {
        let of = |(n, (state, _, _)): (usize, &(&State, &Spot, &Charted))| -> Vec<usize> {
            if let Verb::Goto(goto) = &state.verb {
                return self.first.get(&goto.flow).copied().into_iter().collect();
            }
            let only = match (&state.verb, ways) {
                (_, Ways::All) => None,
                (Verb::Queue(_), _) => Some("otherwise"),
                (Verb::Menu(_) | Verb::Collect(_) | Verb::Dial(_), Ways::Passive) => Some("failed"),
                (_, Ways::Passive) => None,
                (verb, Ways::Instant) => {
                    if is_instant(verb) {
                        None
                    } else {
                        Some("")
                    }
                }
            };
            let exits = state.verb.exits().into_iter();
            let wanted = exits.filter(|(name, _)| only.is_none_or(|only| only == name));
            wanted.filter_map(|(_, next)| self.target(n, next)).collect()
        };
        self.states.iter().enumerate().map(of).collect()
    }
}

/// Whether a call passes through the verb at once.
fn is_instant(verb: &Verb) -> bool {
    match verb {
        Verb::Answer(_)
        | Verb::Set(_)
        | Verb::Language(_)
        | Verb::When(_)
        | Verb::Hours(_)
        | Verb::Goto(_) => true,
        Verb::Ring(ring) => ring.time.is_zero(),
        Verb::Play(play) => play.pieces.is_empty(),
        Verb::Say(say) => say.pieces.is_empty(),
        Verb::Menu(_)
        | Verb::Collect(_)
        | Verb::Queue(_)
        | Verb::Dial(_)
        | Verb::Refuse(_)
        | Verb::HangUp(_) => false,
    }
}

/// Circles on which nothing is heard, typed or waited for; gives their states.
fn loops(cx: &mut Checker<'_>, chart: &Chart<'_>) -> Vec<bool> {
    let mut looping = vec![false; chart.states.len()];
    for circle in circles(&chart.edges(Ways::Instant)) {
        let states: Vec<_> = circle.iter().filter_map(|n| chart.states.get(*n)).collect();
        let sets = states.iter().any(|(state, _, _)| matches!(state.verb, Verb::Set(_)));
        let asks = states.iter().any(|(state, _, _)| matches!(state.verb, Verb::When(_)));
        if sets && asks {
            // It may count how often it went round.
            continue;
        }
        for n in &circle {
            if let Some(mark) = looping.get_mut(*n) {
                *mark = true;
            }
        }
        let queue = states.iter().find(|(state, _, _)| matches!(state.verb, Verb::Queue(_)));
        if let Some((state, spot, _)) = queue {
            let name = super::tree::shortened(&state.name);
            let message = format!("`otherwise` of the state `{name}` comes straight back to it");
            cx.tell(codes::OTHERWISE_LOOP, spot.at, message)
                .expected("a way that ends: otherwise: { hang_up: 480 }");
        } else if let Some((state, spot, _)) = states.iter().min_by_key(|(_, spot, _)| spot.at) {
            let name = super::tree::shortened(&state.name);
            let message = format!("from the state `{name}` a call comes back to it at once");
            cx.tell(codes::LOOP, spot.at, message)
                .expected("a prompt, a question or a time on the way");
        }
    }
    looping
}

fn otherwise_again(cx: &mut Checker<'_>, chart: &Chart<'_>, looping: &[bool]) {
    for circle in circles(&chart.edges(Ways::Passive)) {
        for n in circle {
            let Some((state, spot, charted)) = chart.states.get(n) else { continue };
            let known = looping.get(n).copied().unwrap_or(false);
            if let (Verb::Queue(_), true, false) = (&state.verb, charted.sound, known) {
                let name = super::tree::shortened(&state.name);
                let message = format!("`otherwise` of the state `{name}` can come back to it");
                cx.tell(codes::OTHERWISE_AGAIN, spot.at, message)
                    .expected("a way that ends: otherwise: { hang_up: 480 }");
            }
        }
    }
}

/// The first state of each flow from which no end can be reached.
fn caught(cx: &mut Checker<'_>, chart: &Chart<'_>, looping: &[bool]) {
    let edges = chart.edges(Ways::All);
    let back = backwards(&edges);
    let ends = |n: &usize| chart.states.get(*n).is_some_and(|(state, _, _)| is_end(&state.verb));
    let mut open: Vec<usize> = (0..edges.len()).filter(ends).collect();
    let mut ending = vec![false; edges.len()];
    while let Some(n) = open.pop() {
        if let Some(seen) = ending.get_mut(n).filter(|seen| !**seen) {
            *seen = true;
            open.extend(back.get(n).into_iter().flatten());
        }
    }
    let mut told: BTreeMap<FlowId, bool> = BTreeMap::new();
    for (n, (state, spot, charted)) in chart.states.iter().enumerate() {
        let free = ending.get(n).copied().unwrap_or(true);
        let known = looping.get(n).copied().unwrap_or(false);
        let told = told.entry(charted.id).or_insert(false);
        if free || !charted.sound || *told {
            continue;
        }
        *told = true;
        if !known {
            let name = super::tree::shortened(&state.name);
            let message = format!("from the state `{name}` no way leads to an end");
            cx.tell(codes::CAUGHT, spot.at, message)
                .expected("a way to hang_up, a queue or a telephone");
        }
    }
}

/// Whether the call may end here, or comes to somebody.
fn is_end(verb: &Verb) -> bool {
    match verb {
        Verb::Refuse(_) | Verb::HangUp(_) | Verb::Queue(_) | Verb::Dial(_) => true,
        Verb::Goto(_) => false,
        Verb::Answer(_)
        | Verb::Ring(_)
        | Verb::Play(_)
        | Verb::Menu(_)
        | Verb::Collect(_)
        | Verb::Say(_)
        | Verb::Set(_)
        | Verb::Language(_)
        | Verb::When(_)
        | Verb::Hours(_) => verb.exits().iter().any(|(_, next)| *next == Next::End),
    }
}

/// Verbs that only prepare what comes next, with nothing next.
fn no_way_out(cx: &mut Checker<'_>, chart: &Chart<'_>) {
    for (state, spot, charted) in &chart.states {
        if !charted.sound {
            continue;
        }
        let wanted: &[&str] = match &state.verb {
            Verb::Answer(_)
            | Verb::Ring(_)
            | Verb::Set(_)
            | Verb::Language(_)
            | Verb::Collect(_) => &["next"],
            Verb::When(_) => &["else"],
            Verb::Hours(_) => &["next", "closed"],
            Verb::Play(_)
            | Verb::Menu(_)
            | Verb::Say(_)
            | Verb::Queue(_)
            | Verb::Dial(_)
            | Verb::Refuse(_)
            | Verb::HangUp(_)
            | Verb::Goto(_) => &[],
        };
        for (exit, next) in state.verb.exits() {
            if next == Next::End && wanted.contains(&exit.as_str()) {
                let name = super::tree::shortened(&state.name);
                let message = format!("the state `{name}` has no `{exit}`: the call ends there");
                cx.tell(codes::NO_WAY_OUT, spot.at, message).expected(format!("{exit}: STATE"));
            }
        }
    }
}

/// The sets of nodes that lead to one another (strongly connected components, by Kosaraju), each
/// in the order of the nodes; a node alone counts if it leads to itself.
fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut order = Vec::with_capacity(edges.len());
    let mut seen = vec![false; edges.len()];
    for start in 0..edges.len() {
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            if let (0, Some(mark)) = (next, seen.get_mut(node)) {
                if *mark {
                    continue;
                }
                *mark = true;
            }
            match edges.get(node).and_then(|targets| targets.get(next)) {
                Some(target) => stack.extend([(node, next + 1), (*target, 0)]),
                None => order.push(node),
            }
        }
    }
    let back = backwards(edges);
    let mut taken = vec![false; edges.len()];
    let mut circles = Vec::new();
    for start in order.into_iter().rev() {
        let (mut open, mut circle) = (vec![start], Vec::new());
        while let Some(node) = open.pop() {
            if let Some(mark) = taken.get_mut(node).filter(|mark| !**mark) {
                *mark = true;
                circle.push(node);
                open.extend(back.get(node).into_iter().flatten());
            }
        }
        circle.sort_unstable();
        let itself = |n: &usize| edges.get(*n).is_some_and(|targets| targets.contains(n));
        if circle.len() > 1 || circle.first().is_some_and(itself) {
            circles.push(circle);
        }
    }
    circles
}

/// The same edges from their ends to their beginnings.
fn backwards(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut back = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            if let Some(sources) = back.get_mut(*to) {
                sources.push(from);
            }
        }
    }
    back
}

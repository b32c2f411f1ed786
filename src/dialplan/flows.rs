//! `flows:`: states by name, the ways between them, and what nothing leads to.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::prompts::Prompts;
use super::roster::QueueNode;
use super::scope::FlowScope;
use super::tree::{Kind, Node, shortened};
use super::verbs;
use super::ways::{Charted, Spot};
use crate::base::{FlowId, QueueId};
use crate::ivr::calendar::Calendar;
use crate::ivr::verbs::HangUp;
use crate::ivr::{Flow, Next, State, Verb};
use crate::plan::Defaults;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most states of one flow, those written in place among them.
const STATES: usize = 1_000;

/// The flows by name.
pub(super) struct FlowTable<'n> {
    flows: BTreeMap<String, (FlowId, &'n Node, At)>,
}

impl<'n> FlowTable<'n> {
    pub(super) fn new(cx: &mut Checker<'_>, node: Option<&'n Node>) -> FlowTable<'n> {
        let entries = node.map(|node| cx.entries(node, "flows by name")).unwrap_or_default();
        let flows = entries
            .into_iter()
            .map(|(key, node)| (key.text.clone(), (cx.names.flow(&key.text), node, key.at)))
            .collect();
        FlowTable { flows }
    }

    /// The flow that is named here.
    pub(super) fn named(&mut self, cx: &mut Checker<'_>, node: &Node) -> Option<FlowId> {
        let name = cx.text(node, "the name of a flow")?;
        if let Some((id, _, _)) = self.flows.get(name) {
            return Some(*id);
        }
        cx.tell(codes::UNKNOWN_FLOW, node.at, format!("there is no flow `{}`", shortened(name)))
            .among(name, self.flows.keys().map(String::as_str));
        None
    }

    /// Tells the flows that no call reaches.
    pub(super) fn tell_lonely(&self, cx: &mut Checker<'_>, reached: &BTreeSet<FlowId>) {
        // An error may be what keeps them from being led to.
        if cx.errors() > 0 {
            return;
        }
        for (name, (id, _, at)) in &self.flows {
            if !reached.contains(id) {
                let name = shortened(name);
                cx.tell(
                    codes::FLOW_NOT_REACHED,
                    *at,
                    format!("no number leads to the flow `{name}`, straight or by goto"),
                );
            }
        }
    }
}

/// What the states of all flows may name.
pub(super) struct Shared<'s, 'n> {
    pub(super) scope: &'s FlowScope,
    pub(super) prompts: &'s mut Prompts,
    pub(super) queues: &'s BTreeMap<String, QueueNode<'n>>,
    pub(super) calendars: &'s BTreeMap<String, Arc<Calendar>>,
    pub(super) defaults: &'s Defaults,
    pub(super) flows: &'s mut FlowTable<'n>,
    /// The queues that some state leads to.
    pub(super) queued: BTreeSet<QueueId>,
}

/// All variables that some flow sets: `into` of collect, keys of set, wherever states stand.
pub(super) fn variables(node: Option<&Node>, found: &mut BTreeSet<String>) {
    match node.map(|node| &node.kind) {
        Some(Kind::Map(entries)) => {
            for (key, value) in entries {
                match (key.text.as_str(), &value.kind) {
                    ("collect", _) => {
                        found.extend(value.key("into").and_then(Node::scalar).map(str::to_string));
                    }
                    ("set", Kind::Map(values)) => {
                        found.extend(values.iter().map(|(name, _)| name.text.clone()));
                    }
                    (_, _) => {}
                }
                variables(Some(value), found);
            }
        }
        Some(Kind::List(items)) => items.iter().for_each(|item| variables(Some(item), found)),
        Some(Kind::Null | Kind::Scalar { .. }) | None => {}
    }
}

pub(super) fn flows(cx: &mut Checker<'_>, shared: &mut Shared<'_, '_>) -> Vec<Charted> {
    let nodes: Vec<(String, FlowId, &Node)> =
        shared.flows.flows.iter().map(|(name, (id, node, _))| (name.clone(), *id, *node)).collect();
    nodes.into_iter().map(|(name, id, node)| flow(cx, shared, &name, id, node)).collect()
}

fn flow(
    cx: &mut Checker<'_>,
    shared: &mut Shared<'_, '_>,
    name: &str,
    id: FlowId,
    node: &Node,
) -> Charted {
    let errors = cx.errors();
    let entries = cx.entries(node, "states by name");
    if entries.is_empty() && matches!(node.kind, Kind::Map(_) | Kind::Null) {
        cx.tell(codes::EMPTY_FLOW, node.at, format!("flow `{}` has no state", shortened(name)));
    }
    if entries.len() > STATES {
        cx.tell(
            codes::TOO_MANY,
            node.at,
            format!("{} states, at most {STATES} are taken", entries.len()),
        );
        let flow = Arc::new(Flow { name: name.into(), template: None, states: Vec::new() });
        return Charted { id, flow, spots: Vec::new(), sound: false };
    }
    let index = entries
        .iter()
        .enumerate()
        .map(|(n, (key, _))| (key.text.clone(), u16::try_from(n).unwrap_or(u16::MAX)))
        .collect();
    let mut builder =
        Builder { shared, flow: name, index, states: entries.iter().map(|_| None).collect() };
    for (n, (key, node)) in entries.iter().enumerate() {
        builder.put(cx, n, &key.text, key.at, node);
    }
    let (states, spots): (Vec<State>, Vec<Spot>) = builder.states.into_iter().flatten().unzip();
    let reached = reached(&states);
    for (n, (key, _)) in entries.iter().enumerate() {
        // What a state with an error would lead to is not known.
        if cx.errors() == errors && !reached.contains(&n) {
            let state = shortened(&key.text);
            let message = format!("nothing leads to the state `{state}`");
            cx.tell(codes::STATE_NOT_REACHED, key.at, message);
        }
    }
    let sound = cx.errors() == errors && !states.is_empty();
    let template = cx.made.get(name).map(|template| template.as_str().into());
    Charted { id, flow: Arc::new(Flow { name: name.into(), template, states }), spots, sound }
}

/// The states that can be reached from the first one.
fn reached(states: &[State]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![0];
    while let Some(n) = open.pop() {
        let Some(state) = states.get(n) else { continue };
        if reached.insert(n) {
            let exits = state.verb.exits();
            open.extend(exits.into_iter().filter_map(|(_, next)| match next {
                Next::State(n) => Some(usize::from(n)),
                Next::End => None,
            }));
        }
    }
    reached
}

/// One flow while it is being compiled.
pub(super) struct Builder<'b, 's, 'n> {
    pub(super) shared: &'b mut Shared<'s, 'n>,
    pub(super) flow: &'b str,
    index: BTreeMap<String, u16>,
    states: Vec<Option<(State, Spot)>>,
}

impl Builder<'_, '_, '_> {
    /// Compiles a state into its place.
    fn put(&mut self, cx: &mut Checker<'_>, n: usize, name: &str, at: At, node: &Node) {
        // States in place stand within others: each has its own looks.
        let outer = std::mem::take(&mut cx.looks);
        let verb = verbs::state(cx, self, name, node);
        let looks = std::mem::replace(&mut cx.looks, outer);
        if let Some(slot) = self.states.get_mut(n) {
            *slot = Some((State { name: name.into(), verb }, Spot { at, looks }));
        }
    }

    /// Where an exit leads: to a named state, or to one written in place, which is then called
    /// `<owner>.<exit>`. Without a node the call ends.
    pub(super) fn exit(
        &mut self,
        cx: &mut Checker<'_>,
        node: Option<&Node>,
        owner: &str,
        exit: &str,
    ) -> Next {
        let Some(node) = node else { return Next::End };
        if let Kind::Map(_) = &node.kind {
            return self.in_place(cx, node, &format!("{owner}.{exit}"));
        }
        let Some(name) = cx.text(node, "the name of a state, or a state in place") else {
            return Next::End;
        };
        if let Some(n) = self.index.get(name) {
            return Next::State(*n);
        }
        let message = format!("there is no state `{}` in flow `{}`", shortened(name), self.flow);
        cx.tell(codes::UNKNOWN_STATE, node.at, message)
            .among(name, self.index.keys().map(String::as_str));
        Next::End
    }

    fn in_place(&mut self, cx: &mut Checker<'_>, node: &Node, name: &str) -> Next {
        let n = self.states.len();
        if n >= STATES {
            cx.tell(
                codes::TOO_MANY,
                node.at,
                format!("more than {STATES} states in flow `{}`", self.flow),
            );
            return Next::End;
        }
        // Its place is taken before what hangs on it takes others.
        let verb = Verb::HangUp(HangUp { status: verbs::ENDED });
        let spot = Spot { at: node.at, looks: Vec::new() };
        self.states.push(Some((State { name: name.into(), verb }, spot)));
        self.put(cx, n, name, node.at, node);
        u16::try_from(n).map_or(Next::End, Next::State)
    }
}

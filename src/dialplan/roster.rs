//! `agents:` and `queues:`.

use super::check::{Checker, Look};
use super::codes;
use super::finding::At;
use super::prompts::Prompts;
use super::scope::{FlowScope, QueueScope};
use super::tree::{Key, Node, shortened};
use super::trunks::sip_uris;
use crate::base::QueueId;
use crate::expr::Value;
use crate::plan::{Announce, Defaults, Treatment};
use crate::router::roster::{Agent, Best, Nobody, Queue, RefusalPolicy, Roster, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most steps of a queue.
const STEPS: usize = 32;

/// A queue with what its callers hear and where it gives them back to.
pub(super) struct QueueNode<'n> {
    pub(super) id: QueueId,
    pub(super) at: At,
    /// Where the conditions of its steps are, as many as it has steps.
    pub(super) steps: Vec<At>,
    /// The names that they look at.
    pub(super) looks: Vec<Look>,
    pub(super) treatment: Treatment,
    pub(super) otherwise: Option<&'n Node>,
}

/// What agents and queues compile to.
pub(super) struct Compiled<'n> {
    pub(super) roster: Roster,
    pub(super) queues: BTreeMap<String, QueueNode<'n>>,
    /// The groups that agents are in, and where first.
    pub(super) groups: BTreeMap<String, At>,
    /// Nothing in it is wrong.
    pub(super) sound: bool,
}

pub(super) fn roster<'n>(
    cx: &mut Checker<'_>,
    agents: Option<&'n Node>,
    queues: Option<&'n Node>,
    defaults: &Defaults,
    prompts: &mut Prompts,
    flow: &FlowScope,
) -> Compiled<'n> {
    let errors = cx.errors();
    let mut roster = Roster::default();
    let mut groups = BTreeMap::new();
    if let Some(node) = agents {
        for (key, node) in cx.entries(node, "agents by name") {
            let agent = agent(cx, key, node, defaults, &mut groups);
            roster.agents.push(agent);
        }
    }
    let skills: BTreeSet<String> =
        roster.agents.iter().flat_map(|agent| agent.skills.keys().cloned()).collect();
    let scope = QueueScope { flow, skills: &skills };
    let mut by_name = BTreeMap::new();
    if let Some(node) = queues {
        for (key, node) in cx.entries(node, "queues by name") {
            let (queue, extra) = queue(cx, key, node, defaults, prompts, &scope);
            roster.queues.push(queue);
            by_name.insert(key.text.clone(), extra);
        }
    }
    Compiled { roster, queues: by_name, groups, sound: cx.errors() == errors }
}

fn agent(
    cx: &mut Checker<'_>,
    key: &Key,
    node: &Node,
    defaults: &Defaults,
    groups: &mut BTreeMap<String, At>,
) -> Agent {
    let id = cx.names.agent(&key.text);
    let mut agent = Agent::new(id, &key.text, "");
    agent.contacts.clear();
    agent.wrap_up = defaults.wrap_up;
    let mut fields = cx.fields(node, "settings of an agent");
    // It is put in already.
    fields.take("template");
    if let Some(name) = fields.take("name").and_then(|node| cx.text(node, "a name")) {
        agent.display = name.into();
    }
    let (one, several) = (fields.take("contact"), fields.take("contacts"));
    match (one, several) {
        (Some(node), None) | (None, Some(node)) => agent.contacts = sip_uris(cx, node),
        (Some(_), Some(node)) => {
            cx.tell(codes::ONE_OF, node.at, "`contact` and `contacts` are both there")
                .expected("one of them");
        }
        (None, None) => {
            cx.tell(
                codes::NO_PHONE,
                key.at,
                format!("agent `{}` has no phone", shortened(&key.text)),
            )
            .expected("contact: \"sip:…\"");
        }
    }
    if let Some(node) = fields.take("skills") {
        agent.skills = skills(cx, node);
    }
    if let Some(node) = fields.take("groups") {
        for item in cx.items(node) {
            if let Some(group) = cx.text(item, "the name of a group") {
                cx.names.group(group);
                groups.entry(group.to_string()).or_insert(item.at);
                agent.groups.insert(group.to_string());
            }
        }
    }
    if let Some(site) = fields.take("site").and_then(|node| cx.text(node, "the name of a site")) {
        agent.attributes.insert("site".to_string(), Value::from(site));
    }
    if let Some(node) = fields.take("capacity") {
        let most = cx.small(node, 1..=50).unwrap_or(1);
        agent.capacity = u8::try_from(most).unwrap_or(1);
    }
    if let Some(node) = fields.take("wrap_up") {
        agent.wrap_up = cx.duration(node).unwrap_or(agent.wrap_up);
    }
    if let Some(node) = fields.take("ready") {
        agent.initially_ready = cx.boolean(node).unwrap_or(true);
    }
    fields.finish(cx);
    agent
}

fn skills(cx: &mut Checker<'_>, node: &Node) -> BTreeMap<String, u8> {
    let mut skills = BTreeMap::new();
    for (key, level) in cx.entries(node, "skills and levels from 0 to 10") {
        // The skill is there, whatever is wrong with its level: steps may name it.
        let level = cx.small(level, 0..=10).and_then(|level| u8::try_from(level).ok());
        cx.names.skill(&key.text);
        skills.insert(key.text.clone(), level.unwrap_or(10));
    }
    skills
}

fn queue<'n>(
    cx: &mut Checker<'_>,
    key: &Key,
    node: &'n Node,
    defaults: &Defaults,
    prompts: &mut Prompts,
    scope: &QueueScope<'_>,
) -> (Queue, QueueNode<'n>) {
    let id = cx.names.queue(&key.text);
    let mut queue = Queue::new(id, &key.text, Vec::new());
    queue.ring = defaults.ring;
    let mut fields = cx.fields(node, "settings of a queue");
    fields.take("template");
    let steps_node = fields.need("steps", cx);
    if let Some(node) = fields.take("ring") {
        queue.ring = cx.duration(node).unwrap_or(queue.ring);
    }
    cx.looks.clear();
    let mut places = Vec::new();
    if let Some(node) = steps_node {
        (queue.steps, places) = steps(cx, node, scope, queue.ring).into_iter().unzip();
    }
    let looks = std::mem::take(&mut cx.looks);
    queue.max_wait = fields.take("max_wait").and_then(|node| cx.duration(node));
    queue.max_length = fields
        .take("max_length")
        .and_then(|node| cx.integer(node, 0..=1_000_000))
        .and_then(|n| u32::try_from(n).ok());
    if let Some(node) = fields.take("slope") {
        queue.slope = slope(cx, node).unwrap_or(queue.slope);
    }
    if let Some(node) = fields.take("nobody") {
        let words = [
            ("wait", Nobody::Wait),
            ("none-staffed", Nobody::NoneStaffed),
            ("none-ready", Nobody::NoneReady),
        ];
        queue.nobody = cx.choice(node, &words).unwrap_or_default();
    }
    if let Some(node) = fields.take("refusal") {
        queue.refusal = refusal(cx, node);
    }
    if let Some(node) = fields.take("service_level") {
        queue.service_level = service_level(cx, node).unwrap_or(queue.service_level);
    }
    let treatment =
        fields.take("while_waiting").map(|node| treatment(cx, node, prompts)).unwrap_or_default();
    let otherwise = fields.take("otherwise");
    fields.finish(cx);
    (queue, QueueNode { id, at: key.at, steps: places, looks, treatment, otherwise })
}

/// Steps, each with the place of its condition.
fn steps(
    cx: &mut Checker<'_>,
    node: &Node,
    scope: &QueueScope<'_>,
    ring: Duration,
) -> Vec<(Step, At)> {
    let items = cx.items(node);
    if items.is_empty() || items.len() > STEPS {
        cx.tell(codes::STEPS, node.at, format!("{} steps", items.len()))
            .expected(format!("1 to {STEPS} steps"));
        return Vec::new();
    }
    let last = items.len() - 1;
    let mut steps = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut fields = cx.fields(item, "keys of a step");
        let want_node = fields.need("want", cx);
        let want = want_node.and_then(|node| cx.condition(node, scope));
        let words = [
            ("longest-idle", Best::LongestIdle),
            ("highest-proficiency", Best::HighestProficiency),
            ("fewest-calls", Best::FewestCalls),
            ("least-occupied", Best::LeastOccupied),
        ];
        let best = fields.take("best").and_then(|node| cx.choice(node, &words));
        let lasts = fields.take("for");
        match (lasts, index == last) {
            (None, false) => {
                cx.tell(
                    codes::STEP_WITHOUT_END,
                    item.at,
                    "a step with others behind it has no end",
                )
                .expected("for: 20s");
            }
            (Some(node), true) => {
                cx.tell(
                    codes::LAST_STEP_FOR,
                    node.at,
                    "`for` means nothing here: the last step stays",
                );
            }
            (None, true) | (Some(_), false) => {}
        }
        let for_ = lasts.and_then(|node| cx.duration(node));
        if let (Some(node), Some(time), false) = (lasts, for_, index == last)
            && time < ring
        {
            let rings = ring.as_millis();
            cx.tell(
                codes::STEP_TOO_SHORT,
                node.at,
                format!("over before one offer has rung for its {rings} ms"),
            )
            .expected("a step at least as long as the queue's ring");
        }
        fields.finish(cx);
        if let Some(want) = want {
            let at = want_node.map_or(item.at, |node| node.at);
            steps.push((Step { want, best: best.unwrap_or_default(), for_ }, at));
        }
    }
    steps
}

fn slope(cx: &mut Checker<'_>, node: &Node) -> Option<f64> {
    let slope = node.scalar().and_then(|text| text.parse::<f64>().ok());
    let slope = slope.filter(|slope| slope.is_finite() && (0.0..=1000.0).contains(slope));
    if slope.is_none() {
        cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
            .expected("a number from 0 to 1000, such as 1.5");
    }
    slope
}

fn refusal(cx: &mut Checker<'_>, node: &Node) -> RefusalPolicy {
    let mut policy = RefusalPolicy::default();
    let mut fields = cx.fields(node, "keys of refusal");
    let mut time = |cx: &mut Checker<'_>, key, or: Duration| {
        fields.take(key).and_then(|node| cx.duration(node)).unwrap_or(or)
    };
    policy.exclude = time(cx, "exclude", policy.exclude);
    policy.busy = time(cx, "busy", policy.busy);
    policy.no_answer = time(cx, "no_answer", policy.no_answer);
    policy.unreachable = time(cx, "unreachable", policy.unreachable);
    policy.unreachable_max = time(cx, "unreachable_max", policy.unreachable_max);
    if let Some(node) = fields.take("pause_after") {
        let times = cx.small(node, 0..=100).unwrap_or(3);
        policy.pause_after = u8::try_from(times).unwrap_or(3);
    }
    fields.finish(cx);
    policy
}

/// `{ answer: 80%, within: 20s }`; the share is checked and told by the figures only.
fn service_level(cx: &mut Checker<'_>, node: &Node) -> Option<Duration> {
    let mut fields = cx.fields(node, "keys of service_level");
    if let Some(node) = fields.take("answer") {
        let share = node.scalar().and_then(|text| text.strip_suffix('%'));
        let share = share.and_then(|text| text.parse::<u8>().ok());
        if !share.is_some_and(|share| (1..=100).contains(&share)) {
            cx.tell(codes::WRONG_VALUE, node.at, format!("found {}", node.described()))
                .expected("a share such as 80%");
        }
    }
    let within = fields.need("within", cx).and_then(|node| cx.duration(node));
    fields.finish(cx);
    within
}

fn treatment(cx: &mut Checker<'_>, node: &Node, prompts: &mut Prompts) -> Treatment {
    let mut treatment = Treatment::default();
    let mut fields = cx.fields(node, "keys of while_waiting");
    if let Some(node) = fields.take("music") {
        treatment.music = prompts.one(cx, node);
    }
    let every = fields.take("every");
    if let Some(node) = every {
        treatment.every = cx.duration(node).filter(|time| {
            let long_enough = *time >= Duration::from_secs(5);
            if !long_enough {
                cx.tell(codes::TOO_OFTEN, node.at, "announced more often than every 5s");
            }
            long_enough
        });
    }
    if let Some(node) = fields.take("say") {
        if every.is_none() {
            cx.tell(codes::SAY_WITHOUT_EVERY, node.at, "`say` needs to know how often")
                .expected("every: 30s");
        }
        for item in cx.items(node) {
            match item.scalar() {
                Some("position") => {
                    prompts.needs_numbers(item.at);
                    treatment.say.push(Announce::Position);
                }
                Some("wait") => {
                    prompts.needs_numbers(item.at);
                    treatment.say.push(Announce::Wait);
                }
                Some(_) | None => {
                    treatment.say.extend(prompts.said(cx, item).map(Announce::Prompt));
                }
            }
        }
    }
    fields.finish(cx);
    treatment
}

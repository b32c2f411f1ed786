//! The steps of a test: who does what, one behind the other.

use super::given::{self, CALLER};
use super::words::{Act, Deed, Step, Until};
use super::{Known, named, wrong};
use crate::dialplan::check::Checker;
use crate::dialplan::finding::At;
use crate::dialplan::tree::{Key, Kind, Node, shortened};
use std::sync::Arc;

/// What can be done, as written.
const DEEDS: [&str; 7] = ["call", "press", "type", "wait", "until", "hears", "hang_up"];
/// The keys of a telephone.
const KEYS: &str = "0123456789*#ABCD";
/// Most steps of a test.
const STEPS: usize = 200;
/// Most keys pressed at once: what is kept of those typed ahead.
const TYPED: usize = 32;

pub(super) fn steps(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node, done: &mut Vec<Step>) {
    for item in cx.items(node) {
        if done.len() >= STEPS {
            wrong(cx, item.at, format!("more than {STEPS} steps"));
            return;
        }
        // Whoever called last goes on, unless it is said who does.
        let last = done.iter().rev().find(|step| matches!(step.deed, Deed::Call { .. }));
        let by = last.map_or_else(|| CALLER.into(), |step| step.by.clone());
        let step = step(cx, known, item, by, done);
        done.extend(step);
    }
}

fn step(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    node: &Node,
    by: Arc<str>,
    before: &[Step],
) -> Option<Step> {
    if node.scalar().is_some_and(is_hang_up) {
        return Some(Step { at: node.at, by, deed: Deed::HangUp });
    }
    let Kind::Map(entries) = &node.kind else {
        return no_step(cx, known, node.at, node.scalar().unwrap_or_default(), &node.described());
    };
    let is_deed = |key: &Key| {
        DEEDS.contains(&key.text.as_str()) || is_hang_up(&key.text) || known.has_agent(&key.text)
    };
    let Some((key, value)) = entries.iter().find(|(key, _)| is_deed(key)) else {
        let (at, found) = entries.first().map_or((node.at, ""), |(k, _)| (k.at, k.text.as_str()));
        return no_step(cx, known, at, found, &format!("`{}`", shortened(found)));
    };
    let mut by = by;
    let (mut from, mut trunk) = (None, None);
    let calls = key.text == "call";
    for (other, node) in entries.iter().filter(|(other, _)| other.at != key.at) {
        match other.text.as_str() {
            "by" => by = caller(cx, node, calls, before).unwrap_or(by),
            "from" if calls => from = cx.text(node, "the caller's number").map(Arc::from),
            "trunk" if calls => trunk = given::trunk(cx, known, node),
            unknown => {
                let may: &[&str] = if calls { &["by", "from", "trunk"] } else { &["by"] };
                wrong(cx, other.at, format!("unknown key `{}` of a step", shortened(unknown)))
                    .expected(format!("`{}` with {}", key.text, may.join(", ")))
                    .among(unknown, may.iter().copied());
            }
        }
    }
    let deed = deed(cx, known, key, value, (from, trunk))?;
    Some(Step { at: key.at, by, deed })
}

fn is_hang_up(text: &str) -> bool {
    matches!(text.trim(), "hang up" | "hang_up" | "hangs up")
}

fn no_step(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    at: At,
    found: &str,
    described: &str,
) -> Option<Step> {
    wrong(cx, at, format!("found {described}"))
        .expected(format!("a step: one of {}, or an agent's name", DEEDS.join(", ")))
        .among(found, DEEDS.into_iter().chain(known.agents()));
    None
}

/// The name of whoever does it: a new one may only call.
fn caller(cx: &mut Checker<'_>, node: &Node, calls: bool, before: &[Step]) -> Option<Arc<str>> {
    let name = cx.text(node, "the name of a caller")?;
    let callers: Vec<&str> = before.iter().map(|step| &*step.by).collect();
    if !calls && !callers.contains(&name) {
        wrong(cx, node.at, format!("nobody called `{}` has called", shortened(name)))
            .among(name, callers);
    }
    Some(name.into())
}

type Whence = (Option<Arc<str>>, Option<Arc<str>>);

fn deed(
    cx: &mut Checker<'_>,
    known: &Known<'_>,
    key: &Key,
    value: &Node,
    (from, trunk): Whence,
) -> Option<Deed> {
    Some(match key.text.as_str() {
        "call" => Deed::Call { number: number(cx, value)?, from, trunk },
        "press" => Deed::Press(keys(cx, value)?),
        "type" => Deed::Type(keys(cx, value)?),
        "wait" => Deed::Wait(cx.duration(value)?),
        "until" => Deed::Until(until(cx, known, value)?),
        "hears" => Deed::Hears(named(cx, value, "a prompt", known.prompts())?.into()),
        hang_up if is_hang_up(hang_up) => Deed::HangUp,
        agent => Deed::Agent(agent.into(), act(cx, value)?),
    })
}

/// A number that is called: in the plan or not, the call decides.
pub(super) fn number(cx: &mut Checker<'_>, node: &Node) -> Option<Arc<str>> {
    let number = cx.text(node, "the number that is called")?;
    if number.contains(|c: char| c.is_whitespace() || "<>@;".contains(c)) {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected("a number such as \"+390212345\", without spaces");
        return None;
    }
    Some(number.into())
}

pub(super) fn keys(cx: &mut Checker<'_>, node: &Node) -> Option<Arc<str>> {
    let keys: String = node.scalar().unwrap_or_default().split_whitespace().collect();
    let good = !keys.is_empty() && keys.chars().all(|c| KEYS.contains(c)) && keys.len() <= TYPED;
    if !good {
        wrong(cx, node.at, format!("found {}", node.described()))
            .expected(format!("1 to {TYPED} keys of {KEYS}, such as \"1\" or \"123456#\""));
    }
    good.then(|| keys.into())
}

fn until(cx: &mut Checker<'_>, known: &Known<'_>, node: &Node) -> Option<Until> {
    let phases = ["waiting", "ringing", "talking", "ended"];
    let name = named(cx, node, "a state", {
        let states = known.bare.iter().chain(&known.states).map(String::as_str);
        phases.into_iter().chain(states)
    })?;
    Some(match name {
        "waiting" => Until::Waiting,
        "ringing" => Until::Ringing,
        "talking" => Until::Talking,
        "ended" => Until::Ended,
        state => Until::State(state.into()),
    })
}

fn act(cx: &mut Checker<'_>, node: &Node) -> Option<Act> {
    let acts = [
        ("ready", Act::Ready(true)),
        ("not ready", Act::Ready(false)),
        ("answers", Act::Answers),
        ("busy", Act::Refuses(486)),
        ("refuses", Act::Refuses(603)),
        ("hangs up", Act::HangsUp),
        ("holds", Act::Holds),
        ("resumes", Act::Resumes),
    ];
    cx.choice(node, &acts)
}

//! Variables that are looked at where nothing can have set them yet.
//!
//! Forward through all flows at once: what may have been set on some way to a state. A variable
//! that is set on no way there is told; one that is set on some is not.

use super::check::{Checker, Look};
use super::codes;
use super::ways::{Chart, Charted};
use crate::base::{FlowId, QueueId};
use crate::ivr::Verb;
use std::collections::{BTreeMap, BTreeSet};

/// What a failed `dial` sets besides the plan's own variables.
const CAUSE: &str = "dial.cause";

/// A bit a variable.
type Bits = Vec<u64>;

/// `wants` are the names that the steps of each queue look at.
pub(super) fn check(
    cx: &mut Checker<'_>,
    flows: &[Charted],
    entries: &[FlowId],
    variables: &BTreeSet<String>,
    wants: &BTreeMap<QueueId, &[Look]>,
) {
    if flows.iter().any(|flow| !flow.sound) {
        // What leads where is not known for sure.
        return;
    }
    let chart = Chart::new(flows);
    let names = variables.iter().map(String::as_str).chain([CAUSE]);
    let number: BTreeMap<&str, usize> = names.enumerate().map(|(n, name)| (name, n)).collect();
    let set = spread(&chart, entries, &number);
    let mut told = BTreeSet::new();
    let mut waiting: BTreeMap<QueueId, Bits> = BTreeMap::new();
    for ((state, spot, _), before) in chart.states.iter().zip(&set) {
        // Nothing leads here: that is told by others.
        let Some(before) = before else { continue };
        let mut own = before.clone();
        if let Verb::Set(set) = &state.verb {
            // Values may look at those set before them; the order within is not followed.
            set.values.iter().for_each(|(name, _)| mark(&mut own, number.get(&**name)));
        }
        tell(cx, &spot.looks, &own, &number, &mut told);
        if let Verb::Queue(queue) = &state.verb {
            join(waiting.entry(queue.queue).or_insert_with(|| empty(&number)), before);
        }
    }
    for (queue, looks) in wants {
        if let Some(bits) = waiting.get(queue) {
            tell(cx, looks, bits, &number, &mut told);
        }
    }
}

fn tell(
    cx: &mut Checker<'_>,
    looks: &[Look],
    set: &Bits,
    number: &BTreeMap<&str, usize>,
    told: &mut BTreeSet<(super::finding::At, String)>,
) {
    for Look { at, name } in looks {
        let Some(n) = number.get(name.as_str()) else { continue };
        if !has(set, *n) && told.insert((*at, name.clone())) {
            cx.tell(
                codes::UNSET_VARIABLE,
                *at,
                format!("nothing has set `{name}` on the way here"),
            )
            .expected("a collect or set before it; until then it is the empty text");
        }
    }
}

/// What may be set before each state; none where no call comes.
fn spread(
    chart: &Chart<'_>,
    entries: &[FlowId],
    number: &BTreeMap<&str, usize>,
) -> Vec<Option<Bits>> {
    let mut set: Vec<Option<Bits>> = vec![None; chart.states.len()];
    let mut open = Vec::new();
    for first in entries.iter().filter_map(|flow| chart.first.get(flow)) {
        if let Some(slot) = set.get_mut(*first) {
            *slot = Some(empty(number));
            open.push(*first);
        }
    }
    while let Some(n) = open.pop() {
        let (Some((state, _, _)), Some(Some(before))) = (chart.states.get(n), set.get(n)) else {
            continue;
        };
        let mut after: Vec<(usize, Bits)> = Vec::new();
        if let Verb::Goto(goto) = &state.verb {
            after.extend(chart.first.get(&goto.flow).map(|first| (*first, before.clone())));
        }
        for (exit, next) in state.verb.exits() {
            let Some(target) = chart.target(n, next) else { continue };
            let mut bits = before.clone();
            match (&state.verb, exit.as_str()) {
                (Verb::Collect(collect), "next") => mark(&mut bits, number.get(&*collect.into)),
                (Verb::Dial(_), _) => mark(&mut bits, number.get(CAUSE)),
                (Verb::Set(set), _) => {
                    set.values.iter().for_each(|(name, _)| mark(&mut bits, number.get(&**name)));
                }
                (_, _) => {}
            }
            after.push((target, bits));
        }
        for (target, bits) in after {
            let Some(slot) = set.get_mut(target) else { continue };
            let changed = match slot {
                Some(known) => join(known, &bits),
                None => {
                    *slot = Some(bits);
                    true
                }
            };
            if changed {
                open.push(target);
            }
        }
    }
    set
}

fn empty(number: &BTreeMap<&str, usize>) -> Bits {
    vec![0; number.len().div_ceil(64)]
}

fn mark(bits: &mut Bits, n: Option<&usize>) {
    if let Some(n) = n
        && let Some(word) = bits.get_mut(n / 64)
    {
        *word |= 1 << (n % 64);
    }
}

fn has(bits: &Bits, n: usize) -> bool {
    bits.get(n / 64).is_some_and(|word| word & 1 << (n % 64) != 0)
}

/// Adds what is in `more`; whether anything was new.
fn join(bits: &mut Bits, more: &Bits) -> bool {
    let mut changed = false;
    for (word, more) in bits.iter_mut().zip(more) {
        changed |= *more & !*word != 0;
        *word |= more;
    }
    changed
}

//! Coverage: which states, ways out and queue steps of a plan the tests took, and which never.
//!
//! A way out is known by the states before and behind it. Where several ways of one state lead to the
//! same place, digits tell keys and entries apart, a talk tells `next` from the others; what cannot be
//! told apart counts together.

use super::Outcome;
use super::story::Story;
use crate::dialplan::{At, Places, Source, Way, excerpt};
use crate::plan::Plan;
use crate::record::Happened;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What some tests took: indexes into the [`Places`] of their plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    states: BTreeSet<usize>,
    ways: BTreeSet<usize>,
    steps: BTreeSet<usize>,
}

/// What happened between two states.
#[derive(Default)]
struct Between {
    digits: Option<String>,
    joined: bool,
}

impl Taken {
    /// What one test took.
    #[must_use]
    pub fn of(outcome: &Outcome, places: &Places, plan: &Plan) -> Taken {
        let mut taken = Taken::default();
        for story in &outcome.stories {
            taken.story(story, places, plan);
        }
        taken
    }

    /// Puts what others took with it.
    pub fn add(&mut self, other: &Taken) {
        self.states.extend(&other.states);
        self.ways.extend(&other.ways);
        self.steps.extend(&other.steps);
    }

    fn story(&mut self, story: &Story, places: &Places, plan: &Plan) {
        let mut last: Option<&str> = None;
        let mut between = Between::default();
        for event in &story.events {
            match &event.what {
                Happened::State { name, .. } => {
                    let place = places.states.iter().position(|state| *state.name == **name);
                    self.states.extend(place);
                    if let Some(from) = last {
                        self.ways.extend(ways(places, from, name, &between));
                    }
                    (last, between) = (Some(&**name), Between::default());
                }
                Happened::Digits(digits) => between.digits = Some(digits.clone()),
                Happened::Joined { .. } => between.joined = true,
                Happened::Decided(decision) => {
                    let name = plan.script.queue_names.get(&decision.queue);
                    let is_it = |step: &crate::dialplan::StepPlace| {
                        step.step == decision.step && name.is_some_and(|n| **n == *step.queue)
                    };
                    self.steps.extend(places.steps.iter().position(is_it));
                }
                Happened::Began { .. }
                | Happened::Answered
                | Happened::Queued { .. }
                | Happened::Dequeued { .. }
                | Happened::BroughtHome
                | Happened::Offered { .. }
                | Happened::Routed { .. }
                | Happened::Ringing { .. }
                | Happened::OfferEnded { .. }
                | Happened::Held { .. }
                | Happened::Resumed { .. }
                | Happened::LegEnded { .. }
                | Happened::Media { .. }
                | Happened::Ended { .. } => {}
            }
        }
    }

    /// The counts, and what was never taken with its place.
    #[must_use]
    pub fn told(&self, places: &Places, sources: &[Source]) -> String {
        let mut text = String::from("coverage: ");
        let counts: Vec<String> =
            self.counts(places).map(|(what, taken, all)| format!("{taken} of {all} {what}")).into();
        text.push_str(&counts.join(", "));
        text.push('\n');
        let never = self.never(places);
        if !never.is_empty() {
            text.push_str("never taken:\n");
        }
        for (at, what) in never {
            let _ = writeln!(text, "  {}  {what}", excerpt(sources, at).0);
        }
        text
    }

    /// The same for programs.
    #[must_use]
    pub fn as_json(&self, places: &Places, sources: &[Source]) -> Value {
        let counts = self.counts(places).map(|(what, taken, all)| {
            (what.replace(' ', "_"), json!({ "taken": taken, "all": all }))
        });
        let never = self
            .never(places)
            .into_iter()
            .map(|(at, what)| json!({ "place": excerpt(sources, at).0, "what": what }));
        let mut told: serde_json::Map<String, Value> = counts.into_iter().collect();
        told.insert("never".into(), never.collect());
        Value::Object(told)
    }

    fn counts(&self, places: &Places) -> [(&'static str, usize, usize); 3] {
        [
            ("states", self.states.len(), places.states.len()),
            ("ways out", self.ways.len(), places.ways.len()),
            ("queue steps", self.steps.len(), places.steps.len()),
        ]
    }

    /// What was never taken, by place. Ways out of a state that was never entered go without saying.
    fn never(&self, places: &Places) -> Vec<(At, String)> {
        let entered = |name: &str| {
            let place = places.states.iter().position(|state| state.name == name);
            place.is_some_and(|place| self.states.contains(&place))
        };
        let states = places.states.iter().enumerate().filter(|(n, _)| !self.states.contains(n));
        let ways = places.ways.iter().enumerate().filter(|(n, _)| !self.ways.contains(n));
        let steps = places.steps.iter().enumerate().filter(|(n, _)| !self.steps.contains(n));
        let states = states.map(|(_, state)| (state.at, format!("state {}", state.name)));
        let ways = ways
            .filter(|(_, way)| entered(&way.from))
            .map(|(_, way)| (way.at, format!("{} of {}", way.exit, way.from)));
        let steps = steps
            .map(|(_, step)| (step.at, format!("step {} of queue {}", step.step + 1, step.queue)));
        let mut never: Vec<(At, String)> = states.chain(ways).chain(steps).collect();
        never.sort();
        never
    }
}

/// The ways that lead from a state to this next one, as far as they can be told apart.
fn ways(places: &Places, from: &str, to: &str, between: &Between) -> Vec<usize> {
    let fits = |(_, way): &(usize, &Way)| way.from == from && way.to == to;
    let all: Vec<(usize, &Way)> = places.ways.iter().enumerate().filter(fits).collect();
    let of = |exit: &str| all.iter().find(|(_, way)| way.exit == exit).map(|(n, _)| *n);
    if all.len() < 2 {
        return all.iter().map(|(n, _)| *n).collect();
    }
    let told = match (&between.digits, between.joined) {
        (_, true) => of("next"),
        (Some(digits), false) => of(digits).or_else(|| of("next")),
        (None, false) => of("failed").or_else(|| of("otherwise")),
    };
    match told {
        Some(one) => vec![one],
        None => all.iter().map(|(n, _)| *n).collect(),
    }
}

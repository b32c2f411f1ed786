//! What came of a call: its record, and when what happened, told from the events of the house.

use super::act::{Acted, Caller};
use crate::base::{CallKey, Mono};
use crate::dialplan::{BEEP, RING_BACK};
use crate::media::Tone;
use crate::record::cdr::{Cdr, OfferOutcome};
use crate::record::{Event, Happened};
use crate::router::Decision;
use crate::sim::{Ended, Piece};
use std::sync::Arc;

/// One call of a test.
#[derive(Clone, Debug)]
pub struct Story {
    /// Who called.
    pub by: Arc<str>,
    /// When it began.
    pub began: Mono,
    /// Its record; none if it never became a call.
    pub cdr: Option<Cdr>,
    /// The states that it passed, `flow.state`.
    pub states: Vec<(Mono, Arc<str>)>,
    /// What the caller heard: prompts by name, `beep`.
    pub heard: Vec<(Mono, Arc<str>)>,
    /// Keys that were pressed by RFC 4733; those by INFO are messages.
    pub pressed: Vec<(Mono, String)>,
    /// The Call-ID of the caller's leg.
    pub sip_call_id: String,
    /// What the router decided about it.
    pub decisions: Vec<(Mono, Arc<Decision>)>,
    /// All its events.
    pub events: Vec<Event>,
    /// The status with which it was refused, if it was.
    pub refused: Option<u16>,
    /// When it was over for the caller.
    pub ended: Option<Mono>,
}

pub(super) fn stories(acted: &Acted) -> Vec<Story> {
    (0..acted.callers.len()).filter_map(|at| story(acted, at)).collect()
}

fn story(acted: &Acted, at: usize) -> Option<Story> {
    let caller: &Caller = acted.callers.get(at)?;
    let house = acted.world.system();
    let report = acted.report(caller);
    let refused = report.and_then(|report| match report.ended {
        Some(Ended::Refused(status)) => Some(status),
        Some(Ended::Cancelled) => Some(487),
        Some(_) | None => None,
    });
    let is_own = |event: &&Event| Some(event.call) == caller.key;
    let events: Vec<Event> = house.events().iter().filter(is_own).cloned().collect();
    let mut story = Story {
        by: caller.name.clone(),
        began: report.and_then(|report| report.began_at).unwrap_or_default(),
        cdr: caller.key.and_then(|key| cdr(house.cdrs(), key)),
        states: Vec::new(),
        heard: heard(acted, at),
        pressed: caller.pressed.clone(),
        sip_call_id: caller.sip_call_id.clone(),
        decisions: Vec::new(),
        events: Vec::new(),
        refused,
        ended: report.and_then(|report| report.ended_at),
    };
    for event in &events {
        let at = Mono(event.mono_us);
        if let Happened::State { name, .. } = &event.what {
            story.states.push((at, name.clone()));
        } else if let Happened::Decided(decision) = &event.what {
            story.decisions.push((at, decision.clone()));
        }
    }
    story.events = events;
    Some(story)
}

fn cdr(cdrs: &[Cdr], key: CallKey) -> Option<Cdr> {
    let key = key.to_string();
    cdrs.iter().find(|cdr| cdr.opened.call == key).cloned()
}

fn heard(acted: &Acted, at: usize) -> Vec<(Mono, Arc<str>)> {
    let prompts = &acted.plan.script.prompts;
    let name = |(at, piece): (Mono, Piece)| match piece {
        Piece::Prompt(id) => Some((at, prompts.get(&id)?.name.clone())),
        Piece::Tone(Tone::Beep) => Some((at, BEEP.into())),
        Piece::Tone(Tone::RingBack) => Some((at, RING_BACK.into())),
        Piece::Tone(Tone::Busy | Tone::Steady(_)) => None,
        Piece::Silence => None,
    };
    acted.heard(at).into_iter().filter_map(name).collect()
}

impl Story {
    /// A time of its record on the clock of the test.
    pub(super) fn at_ms(&self, ms: u64) -> Mono {
        let began = self.events.first().map_or(self.began, |event| Mono(event.mono_us));
        began + std::time::Duration::from_millis(ms)
    }
}

/// `joined`, `open`, or the cause.
pub(super) fn outcome_word(outcome: &OfferOutcome) -> &str {
    match outcome {
        OfferOutcome::Joined => "joined",
        OfferOutcome::Ended { cause, .. } => cause,
        OfferOutcome::Open => "open",
    }
}

/// Whether `flow.state` is the state that is named, with its flow or without.
pub(super) fn is_state(whole: &str, name: &str) -> bool {
    whole == name || whole.split_once('.').is_some_and(|(_, state)| state == name)
}

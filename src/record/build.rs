//! Folds the events of one call into its CDR.
//!
//! The builder takes events in any order and any number of times: its clock never goes back (an
//! event from the past counts as happening now), a leg is opened once, a join closes what was
//! before it. So durations are never negative, `wait + talk <= total` and `hold <= talk` always
//! hold, and no input makes it fail.

use super::cdr::{
    CANDIDATES_KEPT, CandidateRecord, Cdr, DECISIONS_KEPT, DIGITS_KEPT, DecisionRecord, Durations,
    Entered, LegRecord, MediaRecord, Offer, OfferOutcome, Opened, QueueStay, ROUTES_KEPT,
    RouteTaken, STATES_KEPT, STAYS_KEPT, Talk, Visited,
};
use super::event::{Event, Happened};
use super::stopwatch::Stopwatch;
use crate::base::{AgentId, Cause, EndedBy, LegNo, QueueId};
use crate::media::StreamFigures;
use crate::router::Decision;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The CDR of one call in the making.
#[derive(Debug)]
pub struct CdrBuilder {
    opened: Opened,
    first_us: u64,
    now_us: u64,
    answered_us: Option<u64>,
    ringing: Stopwatch,
    /// Legs that hold their other side; counted as hold only during a talk.
    holding: BTreeSet<LegNo>,
    waited_us: u64,
    talked_us: u64,
    held_us: u64,
    waiting: Option<Waiting>,
    talking: Option<Talking>,
    offers_open: BTreeMap<LegNo, OfferOpen>,
    queue_names: BTreeMap<QueueId, Arc<str>>,
    /// The lists are filled in here; what is only known at the end is set there.
    draft: Draft,
}

#[derive(Debug, Default)]
struct Draft {
    states: Vec<Visited>,
    digits: Vec<Entered>,
    queues: Vec<QueueStay>,
    offers: Vec<Offer>,
    routes: Vec<RouteTaken>,
    talks: Vec<Talk>,
    legs: BTreeMap<LegNo, LegRecord>,
    decisions: Vec<DecisionRecord>,
    truncated: u32,
}

/// A stay in a queue that goes on.
#[derive(Debug)]
struct Waiting {
    since_us: u64,
    queue: Arc<str>,
}

/// A talk that goes on.
#[derive(Debug)]
struct Talking {
    leg: LegNo,
    since_us: u64,
    held_us: u64,
    hold_since_us: Option<u64>,
}

/// An offer that neither was joined nor ended.
#[derive(Debug)]
struct OfferOpen {
    /// Its place in the list.
    index: usize,
    ringing_since_us: Option<u64>,
}

impl CdrBuilder {
    /// A builder for the call that this event is about; the event itself is not applied yet.
    #[must_use]
    pub fn new(first: &Event) -> CdrBuilder {
        CdrBuilder {
            opened: Opened {
                call: first.call.to_string(),
                plan: String::new(),
                trunk: String::new(),
                caller: String::new(),
                caller_withheld: false,
                called: String::new(),
                sip_call_id: String::new(),
                began_ms: first.wall_ms,
            },
            first_us: first.mono_us,
            now_us: first.mono_us,
            answered_us: None,
            ringing: Stopwatch::default(),
            holding: BTreeSet::new(),
            waited_us: 0,
            talked_us: 0,
            held_us: 0,
            waiting: None,
            talking: None,
            offers_open: BTreeMap::new(),
            queue_names: BTreeMap::new(),
            draft: Draft::default(),
        }
    }

    /// What is known of the begin so far.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Takes one event of this call; the CDR comes out with `Ended`, after which the builder is
    /// to be dropped.
    pub fn apply(&mut self, event: &Event) -> Option<Cdr> {
        self.now_us = self.now_us.max(event.mono_us);
        match &event.what {
            Happened::Began { .. } => self.began(event),
            Happened::State { name, .. } => {
                let entry = Visited { at_ms: self.at_ms(), state: name.to_string() };
                keep(&mut self.draft.states, entry, STATES_KEPT, &mut self.draft.truncated);
            }
            Happened::Digits(digits) => {
                let entry = Entered { at_ms: self.at_ms(), digits: digits.clone() };
                keep(&mut self.draft.digits, entry, DIGITS_KEPT, &mut self.draft.truncated);
            }
            Happened::Answered => {
                self.answered_us.get_or_insert(self.now_us);
            }
            Happened::Queued { queue, name } => self.queued(*queue, name),
            Happened::Dequeued { why } => self.left_queue(why),
            Happened::Offered { leg, agent, name, sip_call_id } => {
                self.offered(*leg, *agent, name, sip_call_id);
            }
            Happened::Routed { route, trunk, leg, what } => {
                let name = |name: &Option<Arc<str>>| name.as_ref().map(|name| name.to_string());
                let entry = RouteTaken {
                    at_ms: self.at_ms(),
                    route: name(route),
                    trunk: name(trunk),
                    leg: leg.map(|leg| leg.0),
                    outcome: what.as_str().to_owned(),
                };
                keep(&mut self.draft.routes, entry, ROUTES_KEPT, &mut self.draft.truncated);
            }
            Happened::Ringing { leg } => self.ring(*leg),
            Happened::OfferEnded { leg, cause } => {
                self.offer_over(*leg, OfferOutcome::ended(*cause));
            }
            Happened::Joined { leg } => self.joined(*leg),
            Happened::Held { leg } => self.held(*leg),
            Happened::Resumed { leg } => self.resumed(*leg),
            // For the figures only.
            Happened::BroughtHome => {}
            Happened::LegEnded { leg, cause } => self.leg_ended(*leg, *cause),
            Happened::Media { leg, figures } => self.media(*leg, figures),
            Happened::Decided(decision) => self.decided(decision),
            Happened::Ended { by, cause, sip_status, q850 } => {
                return Some(self.finish(*by, *cause, *sip_status, *q850));
            }
        }
        None
    }

    /// Milliseconds since the call began.
    fn at_ms(&self) -> u64 {
        ms(self.now_us - self.first_us)
    }

    /// The wall time of a point `since_first_ms` into the call.
    fn wall(&self, since_first_ms: u64) -> i64 {
        self.opened.began_ms.saturating_add(i64::try_from(since_first_ms).unwrap_or(i64::MAX))
    }

    fn began(&mut self, event: &Event) {
        let Happened::Began { trunk_name, from, withheld, to, sip_call_id, plan, .. } = &event.what
        else {
            return;
        };
        if !self.opened.sip_call_id.is_empty() {
            return; // told twice
        }
        let into_call = i64::try_from(self.at_ms()).unwrap_or(i64::MAX);
        self.opened.plan = plan.to_string();
        self.opened.trunk = trunk_name.to_string();
        self.opened.caller = if *withheld { String::new() } else { from.clone() };
        self.opened.caller_withheld = *withheld;
        self.opened.called = to.clone();
        self.opened.sip_call_id = sip_call_id.clone();
        self.opened.began_ms = event.wall_ms.saturating_sub(into_call);
        self.open_leg(LegNo::CALLER, sip_call_id, 0);
    }

    fn open_leg(&mut self, leg: LegNo, sip_call_id: &str, began_ms: u64) {
        let entry = self.leg(leg);
        if entry.sip_call_id.is_empty() {
            entry.sip_call_id = sip_call_id.to_owned();
            entry.began_ms = began_ms;
        }
    }

    /// The record of a leg, made if something is said of a leg that was not opened. A call has at
    /// most [`crate::base::limits::LEGS`].
    fn leg(&mut self, leg: LegNo) -> &mut LegRecord {
        let at_ms = self.at_ms();
        self.draft.legs.entry(leg).or_insert_with(|| LegRecord {
            leg: leg.0,
            sip_call_id: String::new(),
            began_ms: at_ms,
            ended_ms: None,
            cause: None,
            media: None,
        })
    }

    fn queued(&mut self, queue: QueueId, name: &Arc<str>) {
        self.left_queue("moved");
        self.talk_over();
        // Bounded as the stays are: nobody passes through more queues than stays are kept.
        if self.queue_names.len() < STAYS_KEPT {
            self.queue_names.insert(queue, name.clone());
        }
        self.waiting = Some(Waiting { since_us: self.now_us, queue: name.clone() });
    }

    fn left_queue(&mut self, outcome: &str) {
        let Some(stay) = self.waiting.take() else { return };
        let waited_us = self.now_us - stay.since_us;
        self.waited_us += waited_us;
        let entry = QueueStay {
            at_ms: ms(stay.since_us - self.first_us),
            queue: stay.queue.to_string(),
            wait_ms: ms(waited_us),
            outcome: outcome.to_owned(),
        };
        keep(&mut self.draft.queues, entry, STAYS_KEPT, &mut self.draft.truncated);
    }

    fn offered(&mut self, leg: LegNo, agent: Option<AgentId>, name: &Arc<str>, call_id: &str) {
        if leg == LegNo::CALLER || self.draft.offers.iter().any(|offer| offer.leg == leg.0) {
            return; // told twice, or nonsense
        }
        let at_ms = self.at_ms();
        self.open_leg(leg, call_id, at_ms);
        // At most one a leg.
        let open = OfferOpen { index: self.draft.offers.len(), ringing_since_us: None };
        self.offers_open.insert(leg, open);
        self.draft.offers.push(Offer {
            at_ms,
            leg: leg.0,
            to: name.to_string(),
            agent: agent.is_some(),
            ring_ms: 0,
            outcome: OfferOutcome::Open,
        });
    }

    fn ring(&mut self, leg: LegNo) {
        let now_us = self.now_us;
        if let Some(open) = self.offers_open.get_mut(&leg) {
            open.ringing_since_us.get_or_insert(now_us);
            self.ringing.start(leg, now_us);
        }
    }

    fn offer_over(&mut self, leg: LegNo, outcome: OfferOutcome) {
        self.ringing.stop(leg, self.now_us);
        let Some(open) = self.offers_open.remove(&leg) else { return };
        let Some(offer) = self.draft.offers.get_mut(open.index) else { return };
        offer.ring_ms = open.ringing_since_us.map_or(0, |since| ms(self.now_us - since));
        offer.outcome = outcome;
    }

    fn joined(&mut self, leg: LegNo) {
        self.offer_over(leg, OfferOutcome::Joined);
        self.left_queue("joined");
        if self.talking.as_ref().is_some_and(|talk| talk.leg == leg) {
            return; // told twice
        }
        self.talk_over();
        self.talking = Some(Talking {
            leg,
            since_us: self.now_us,
            held_us: 0,
            hold_since_us: (!self.holding.is_empty()).then_some(self.now_us),
        });
    }

    fn held(&mut self, leg: LegNo) {
        self.holding.insert(leg);
        if let Some(talk) = &mut self.talking {
            talk.hold_since_us.get_or_insert(self.now_us);
        }
    }

    fn resumed(&mut self, leg: LegNo) {
        self.holding.remove(&leg);
        if self.holding.is_empty()
            && let Some(talk) = &mut self.talking
            && let Some(since_us) = talk.hold_since_us.take()
        {
            talk.held_us += self.now_us - since_us;
        }
    }

    fn talk_over(&mut self) {
        let Some(talk) = self.talking.take() else { return };
        let talked_us = self.now_us - talk.since_us;
        let held_us = talk.held_us + talk.hold_since_us.map_or(0, |since| self.now_us - since);
        self.talked_us += talked_us;
        self.held_us += held_us;
        let entry = Talk {
            at_ms: ms(talk.since_us - self.first_us),
            leg: talk.leg.0,
            with: self.name_of(talk.leg),
            talk_ms: ms(talked_us),
            hold_ms: ms(held_us),
        };
        keep(&mut self.draft.talks, entry, STAYS_KEPT, &mut self.draft.truncated);
    }

    fn name_of(&self, leg: LegNo) -> String {
        let offer = self.draft.offers.iter().find(|offer| offer.leg == leg.0);
        offer.map_or_else(String::new, |offer| offer.to.clone())
    }

    fn leg_ended(&mut self, leg: LegNo, cause: Cause) {
        self.offer_over(leg, OfferOutcome::ended(cause));
        if leg == LegNo::CALLER || self.talking.as_ref().is_some_and(|talk| talk.leg == leg) {
            self.talk_over();
        }
        self.resumed(leg);
        let at_ms = self.at_ms();
        let entry = self.leg(leg);
        if entry.ended_ms.is_none() {
            entry.ended_ms = Some(at_ms);
            entry.cause = Some(cause.as_str().to_owned());
        }
    }

    fn media(&mut self, leg: LegNo, figures: &StreamFigures) {
        self.leg(leg).media = Some(MediaRecord::from(figures));
    }

    fn decided(&mut self, decision: &Decision) {
        let queue = self.queue_names.get(&decision.queue).map_or("", |name| name);
        let entry = DecisionRecord::new(decision, queue);
        keep(&mut self.draft.decisions, entry, DECISIONS_KEPT, &mut self.draft.truncated);
    }

    fn finish(&mut self, by: EndedBy, cause: Cause, sip_status: u16, q850: u8) -> Cdr {
        let gone = if by == EndedBy::Caller { "abandoned" } else { "ended" };
        self.left_queue(gone);
        self.talk_over();
        let open: Vec<LegNo> = self.offers_open.keys().copied().collect();
        for leg in open {
            self.offer_over(leg, OfferOutcome::Open);
        }
        let draft = std::mem::take(&mut self.draft);
        let total_us = self.now_us - self.first_us;
        let setup_us = self.answered_us.map_or(total_us, |at| at - self.first_us);
        Cdr {
            answered_ms: self.answered_us.map(|at| self.wall(ms(at - self.first_us))),
            ended_ms: self.wall(ms(total_us)),
            durations: Durations {
                setup_ms: ms(setup_us),
                ring_ms: ms(self.ringing.total_us(self.now_us)),
                wait_ms: ms(self.waited_us),
                talk_ms: ms(self.talked_us),
                hold_ms: ms(self.held_us),
                total_ms: ms(total_us),
            },
            agent: draft.talks.last().map(|talk| talk.with.clone()),
            queue: draft.queues.last().map(|stay| stay.queue.clone()),
            ended_by: by.as_str().to_owned(),
            cause: cause.as_str().to_owned(),
            sip_status,
            q850,
            states: draft.states,
            digits: draft.digits,
            queues: draft.queues,
            offers: draft.offers,
            routes: draft.routes,
            talks: draft.talks,
            legs: draft.legs.into_values().collect(),
            decisions: draft.decisions,
            truncated: draft.truncated,
            opened: self.opened.clone(),
        }
    }
}

impl DecisionRecord {
    /// The record of a decision; `queue` is the queue's name.
    #[must_use]
    pub fn new(decision: &Decision, queue: &str) -> DecisionRecord {
        let name = |agent: AgentId| {
            let found = decision.candidates.iter().find(|candidate| candidate.agent == agent);
            found.map_or_else(|| format!("agent {}", agent.0), |c| c.name.to_string())
        };
        DecisionRecord {
            wall_ms: decision.wall_ms,
            queue: queue.to_owned(),
            plan: decision.plan.to_string(),
            step: decision.step,
            waited_ms: decision.waited_ms,
            index: finite(decision.index),
            winner: decision.winner.map(name),
            reason: decision.reason.clone(),
            looked_at: u32::try_from(decision.candidates.len()).unwrap_or(u32::MAX),
            candidates: decision
                .candidates
                .iter()
                .take(CANDIDATES_KEPT)
                .map(|candidate| CandidateRecord {
                    agent: candidate.name.to_string(),
                    ruled_out: candidate.ruled_out.as_deref().map(str::to_owned),
                    terms: candidate
                        .terms
                        .iter()
                        .map(|&(term, value)| (term.to_owned(), finite(value)))
                        .collect(),
                })
                .collect(),
        }
    }
}

impl From<&StreamFigures> for MediaRecord {
    fn from(figures: &StreamFigures) -> MediaRecord {
        MediaRecord {
            packets_received: figures.packets_received,
            packets_sent: figures.packets_sent,
            packets_lost: figures.packets_lost,
            packets_dropped: figures.packets_dropped,
            jitter_us: figures.jitter_us,
            remote_fraction_lost: figures.remote_fraction_lost,
            round_trip_us: figures.round_trip_us,
            digits: figures.digits,
        }
    }
}

fn ms(us: u64) -> u64 {
    us / 1_000
}

/// JSON has no infinities.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn keep<T>(list: &mut Vec<T>, entry: T, at_most: usize, truncated: &mut u32) {
    if list.len() < at_most {
        list.push(entry);
    } else {
        *truncated = truncated.saturating_add(1);
    }
}

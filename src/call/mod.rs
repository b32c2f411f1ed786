//! The B2BUA: one call, its legs, and what is being done with it.
//!
//! A [`Call`] owns its legs and its `Stage`; each thing that can be done with a call is a file:
//! `intake` reads the INVITE, `flow` drives the interpreter, `hunt` rings agents and targets,
//! `failover` takes the next address of one that cannot be reached (`peers`: which of them rest), `route` takes numbers out by the trunks of their route, `ring` decides what the caller hears meanwhile, `bridge` joins two legs and carries hold across,
//! `digits` makes one digit of one press, `ending` ends legs and the call. This file only holds
//! the state and hands each input to the file that it is for.

mod bridge;
pub mod digits;
mod direct;
mod ending;
mod failover;
mod flow;
mod hunt;
mod intake;
mod leg;
mod legs;
mod log;
pub mod negotiate;
mod offers;
mod peers;
mod policy;
mod press;
mod ring;
mod route;
#[cfg(test)]
mod tests;
mod turn;

pub use intake::{Incoming, begin};
pub use peers::Peers;
pub use policy::{MIN_SE, caller_of, is_emergency};
pub use turn::{Context, Input, Out};

use crate::base::{CallKey, Cause, EndedBy, LegNo, Mono, QueueId};
use crate::dialog;
use crate::ivr;
use crate::media::PromptBook;
use crate::plan::Plan;
use crate::transport::Flow;
use bytes::Bytes;
use legs::Legs;
use policy::Parties;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use turn::Turn;

/// What is being done with a call.
#[derive(Debug)]
enum Stage {
    /// The flow has it: prompts, digits, decisions.
    Flow,
    /// It waits in a queue; agents may be ringing.
    Queued(Treatment),
    /// A target is being dialled.
    Dialling,
    /// Caller and this leg are joined.
    Talking(LegNo),
    /// It is over; what is left of its legs is being ended.
    Ending(Ending),
}

/// A caller who waits: as what it was handed to the router, and what it hears meanwhile.
#[derive(Clone)]
struct Treatment {
    queue: QueueId,
    /// The flow's variables, frozen for the queue's expressions.
    variables: BTreeMap<String, String>,
    /// Head start in seconds that the flow gave.
    priority: i32,
    /// Since when it waits.
    since: Mono,
    /// When the next announcement is due.
    announce_at: Option<Mono>,
}

/// Without the variables: they hold what the caller typed.
impl fmt::Debug for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Treatment({:?}, since {:?})", self.queue, self.since)
    }
}

/// How a call ended, and until when its figures are waited for.
#[derive(Clone, Copy, Debug)]
struct Ending {
    by: EndedBy,
    cause: Cause,
    status: u16,
    /// When the record is posted even if a stream has not told its figures.
    until: Mono,
    /// The record is posted.
    posted: bool,
    /// [`Out::Over`] was said.
    over: bool,
}

/// What the caller's INVITE said about media, and what we say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Description {
    /// It had an offer; this is our answer, the same in a 183 and the 200.
    Answer(Bytes),
    /// It had none (SDP-02): we offer in the 2xx.
    Late,
}

/// How the flow of a call stands.
#[derive(Debug)]
enum FlowState {
    /// The number leads straight to a target: no flow.
    None,
    /// An interpreter.
    Running(Box<ivr::Run>),
}

/// One call.
#[derive(Debug)]
pub struct Call {
    key: CallKey,
    plan: Arc<Plan>,
    /// The prompts of that plan: a reload may bring other recordings under the same names.
    prompts: Arc<PromptBook>,
    parties: Parties,
    legs: Legs,
    stage: Stage,
    flow: FlowState,
    description: Description,
    /// The plan wants RTP between the parties.
    direct: bool,
    /// How often the parties were shown each other without a pause.
    row: direct::Row,
    /// Where the caller refused to have its media back with us.
    homeward: direct::Homeward,
    /// The flow asked for the answer and waits for the ACK of a late offer.
    answering: bool,
    /// Inputs for the interpreter that wait for their turn.
    flow_inputs: VecDeque<ivr::Input>,
    /// Counts the plays that the call itself begins (treatment, ring-back).
    plays: u32,
    /// Until when the caller has to be answered.
    answer_by: Mono,
    /// Who hung up after talking, while the flow decides what comes next.
    hung_up: Option<(EndedBy, Cause, Option<Box<str>>)>,
    /// Which leg's event met which stage, for the table of pairs in the tests.
    #[cfg(test)]
    seen: Vec<(&'static str, LegNo, &'static str)>,
}

/// How many events one input may set off before the call is held to be mad and ended.
const EVENTS_A_TURN: u32 = 1000;

impl Call {
    /// The call's id.
    #[must_use]
    pub fn key(&self) -> CallKey {
        self.key
    }

    /// Handles one input; what is to be done is appended to `out`.
    pub fn handle(&mut self, input: Input, cx: &mut Context<'_>, out: &mut Vec<Out>) {
        let mut turn = Turn { cx, out };
        match input {
            Input::Leg(no, input) => self.legs.dialog(no, input, &mut turn),
            Input::Media(event) => self.on_media(event, &mut turn),
            Input::Router(output) => self.on_router(output, &mut turn),
            Input::Timeout => self.on_timeout(&mut turn),
            Input::Drain => {
                self.finish(EndedBy::System, Cause::Draining, None, &mut turn);
            }
        }
        self.settle(&mut turn);
    }

    /// Whether a leg's messages go by this flow: over this connection, or over another one to the same
    /// address.
    #[must_use]
    pub fn goes_over(&self, flow: Flow) -> bool {
        let way = |flow: Flow| (flow.transport, flow.listener, flow.remote);
        self.legs.iter().any(|leg| way(leg.dialog.flow()) == way(flow))
    }

    /// When [`Input::Timeout`] is wanted next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        let flow = match (&self.flow, &self.stage) {
            (FlowState::Running(run), Stage::Flow) => run.next_deadline(),
            (FlowState::Running(_) | FlowState::None, _) => None,
        };
        let stage = match &self.stage {
            Stage::Queued(treatment) => treatment.announce_at,
            Stage::Ending(ending) if !ending.posted => Some(ending.until),
            Stage::Flow | Stage::Dialling | Stage::Talking(_) | Stage::Ending(_) => None,
        };
        let answer = self.awaits_answer().then_some(self.answer_by);
        let home = self.homeward.next_deadline();
        let all = [self.legs.next_deadline(), flow, stage, self.ring_deadline(), answer, home];
        all.into_iter().flatten().min()
    }

    /// Handles what the legs told until nothing is left.
    fn settle(&mut self, turn: &mut Turn<'_, '_>) {
        for _ in 0..EVENTS_A_TURN {
            if let Some((no, event)) = self.legs.next_event() {
                self.on_leg(no, event, turn);
            } else if let Some(input) = self.flow_inputs.pop_front() {
                self.run_flow(input, turn);
            } else if !self.offer_owed(turn) && !self.come_home(turn) {
                self.sweep(turn);
                return;
            }
        }
        tracing::error!(call = %self.key, "more events in one turn than a call can have");
        self.finish(EndedBy::System, Cause::Internal, None, turn);
        self.sweep(turn);
    }

    fn on_leg(&mut self, no: LegNo, event: dialog::Event, turn: &mut Turn<'_, '_>) {
        #[cfg(test)]
        self.seen.push((tests::stage(self), no, tests::kind(&event)));
        match event {
            dialog::Event::Progress { status, sdp, early: _, from } => {
                self.on_progress(no, status, sdp, from, turn);
            }
            dialog::Event::Answered { sdp, early: _, from } => {
                self.on_answered(no, sdp, from, turn);
            }
            dialog::Event::Acked { sdp } => self.on_acked(no, sdp, turn),
            dialog::Event::Answer { sdp } => self.on_answer(no, &sdp, turn),
            dialog::Event::OfferFailed { status } => self.on_offer_failed(no, status, turn),
            dialog::Event::Offer { sdp } => self.on_offer(no, &sdp, turn),
            dialog::Event::OfferWanted => self.on_offer_wanted(no, turn),
            dialog::Event::Refreshed => self.on_refreshed(no, turn),
            dialog::Event::Info { tx, message } => self.on_info(no, tx, &message, turn),
            dialog::Event::Ignored(what) => {
                tracing::debug!(call = %self.key, leg = no.0, what, "ignored");
            }
            dialog::Event::Ending(ending) => self.on_ending(no, ending, turn),
            dialog::Event::Ended => self.on_gone(no, turn),
        }
    }

    fn on_timeout(&mut self, turn: &mut Turn<'_, '_>) {
        let now = turn.cx.now.mono;
        for no in self.legs.due(now) {
            self.legs.dialog(no, dialog::Input::Timeout, turn);
        }
        for leg in self.legs.iter_mut().filter(|l| l.plays_at().is_some_and(|at| at <= now)) {
            leg.begin_play(turn);
        }
        self.stop_ringing_due(turn);
        if let (FlowState::Running(run), Stage::Flow) = (&self.flow, &self.stage)
            && run.next_deadline().is_some_and(|d| d <= now)
        {
            self.flow_inputs.push_back(ivr::Input::Timeout);
        }
        self.announce_due(turn);
        if self.awaits_answer() && self.answer_by <= now {
            self.finish(EndedBy::System, Cause::NoAnswer, None, turn);
        }
    }

    /// The caller is there and has had no final response.
    fn awaits_answer(&self) -> bool {
        let caller = self.legs.get(LegNo::CALLER);
        caller.is_some_and(|l| matches!(l.state, leg::State::Unanswered { .. }))
    }

    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ending(_))
    }

    /// The record is posted: nothing more is told of this call.
    fn is_posted(&self) -> bool {
        matches!(self.stage, Stage::Ending(Ending { posted: true, .. }))
    }
}

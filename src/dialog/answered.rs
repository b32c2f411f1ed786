//! The answered dialog: what the call may ask and the peer may send until one of them ends it
//! (RFC 3261 §12.2, §13.2.2.4; TXN-04, TXN-07, TXN-11, TIM-03, TIM-04).

use super::ack::{self, AckSent};
use super::hand::{Hand, earlier};
use super::reinvite::{self, Acked};
use super::request;
use super::session_timer::Due;
use super::usage::Usage;
use super::within::{self, Left, Outcome};
use super::words::{Command, Ending, Input};
use super::{State, bye, info, prack, respond, stray};
use crate::base::{Cause, Mono};
use crate::sip::{Message, Method};
use crate::transaction::{ClientTx, ServerTx};
use crate::transport::Flow;

/// An answered leg.
pub(super) struct Answered {
    /// The dialog.
    pub(super) usage: Usage,
    /// The ACKs of further 2xx to our INVITE, by forks that were not chosen (TXN-11).
    pub(super) strays: Vec<AckSent>,
    /// RSeq and INVITE number of a reliable 1xx that our 2xx overtook: its PRACK is still taken.
    pub(super) late_rack: Option<(u32, u32)>,
}

impl Answered {
    /// A leg just answered.
    pub(super) fn new(usage: Usage, late_rack: Option<(u32, u32)>) -> Answered {
        Answered { usage, strays: Vec::new(), late_rack }
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Mono> {
        let wanted = reinvite::deadline(&self.usage);
        let timers = earlier(self.usage.timer.deadline(), wanted);
        earlier(timers, ack::deadline(&self.usage.unacked))
    }
}

/// The dialog is answered, or an input has been handled: an offer that waited for that goes.
pub(super) fn go_on(mut answered: Box<Answered>, hand: &mut Hand<'_, '_>) -> State {
    reinvite::try_wanted(hand, &mut answered.usage);
    State::Confirmed(answered)
}

/// One input.
pub(super) fn handle(answered: Box<Answered>, input: Input, hand: &mut Hand<'_, '_>) -> State {
    match step(answered, input, hand) {
        State::Confirmed(answered) => go_on(answered, hand),
        left @ (State::Incoming(_) | State::Outgoing(_) | State::Leaving(..) | State::Ended) => {
            left
        }
    }
}

fn step(mut answered: Box<Answered>, input: Input, hand: &mut Hand<'_, '_>) -> State {
    let usage = &mut answered.usage;
    match input {
        Input::Do(command) => return on_command(answered, command, hand),
        Input::Request { tx, message, flow } => {
            return on_request(answered, tx, &message, flow, hand);
        }
        Input::Ack { message, flow } => match reinvite::acked(hand, usage, &message, flow) {
            Acked::Fine => {}
            Acked::WithoutAnswer => {
                let reason = format!("Q.850;cause={}", Cause::OfferUnanswered.q850());
                return bye::leave(answered, Ending::OfferUnanswered, Some(reason.into()), hand);
            }
        },
        Input::Cancelled { message } => reinvite::cancelled(hand, usage, &message),
        Input::Response { tx, message, flow } => {
            if is_further_answer(&answered, tx, &message) {
                stray::further_answer(hand, &mut answered, &message, flow);
                return State::Confirmed(answered);
            }
            hand.local.flow = flow;
            if let Some(pending) = request::take_pending(&mut answered.usage, tx) {
                let outcome = within::on_response(hand, &mut answered.usage, pending, &message);
                return after(answered, outcome, hand);
            }
        }
        Input::Failed { tx, why } => {
            if let Some(pending) = request::take_pending(usage, tx) {
                let outcome = within::on_failed(hand, usage, &pending, why);
                return after(answered, outcome, hand);
            }
        }
        Input::Timeout => return on_timeout(answered, hand),
        Input::Proceeding { .. } => {}
    }
    State::Confirmed(answered)
}

/// A 2xx to an INVITE of ours that had its first 2xx already: a repeat or another fork.
pub(super) fn is_further_answer(answered: &Answered, tx: ClientTx, response: &Message) -> bool {
    let success = response.status().is_some_and(|status| (200..300).contains(&status));
    let pending = answered.usage.pending.iter().any(|pending| pending.tx == tx);
    success && tx.method == Method::Invite && !pending
}

fn after(answered: Box<Answered>, outcome: Outcome, hand: &mut Hand<'_, '_>) -> State {
    match outcome {
        // No BYE is under way in this state.
        Outcome::Stay | Outcome::ByeDone => State::Confirmed(answered),
        Outcome::Lost => bye::leave(answered, Ending::DialogLost, None, hand),
    }
}

fn on_command(mut answered: Box<Answered>, command: Command, hand: &mut Hand<'_, '_>) -> State {
    let usage = &mut answered.usage;
    match command {
        Command::End { reason, .. } => return bye::leave(answered, Ending::Ours, reason, hand),
        Command::Offer { sdp } => reinvite::want(hand, usage, sdp),
        Command::AnswerOffer { sdp } => reinvite::answer(hand, usage, sdp),
        Command::GiveOffer { sdp } => reinvite::give(hand, usage, sdp),
        Command::RefuseOffer { status, headers } => reinvite::refuse(hand, usage, status, &headers),
        Command::Info { content_type, body } => info::send(hand, usage, content_type, body),
        Command::AnswerInfo { tx, status } => info::answer(hand, usage, tx, status),
        Command::Progress { .. } | Command::Answer { .. } | Command::Refuse { .. } => {
            hand.ignore("answered already");
        }
    }
    State::Confirmed(answered)
}

fn on_request(
    mut answered: Box<Answered>,
    tx: ServerTx,
    message: &Message,
    flow: Flow,
    hand: &mut Hand<'_, '_>,
) -> State {
    let usage = &mut answered.usage;
    match within::receive(hand, usage, tx, message, flow) {
        Left::Nothing => {}
        Left::Invite => reinvite::receive(hand, usage, tx, message),
        Left::Prack => {
            let late = answered.late_rack.is_some() && prack::rack(message) == answered.late_rack;
            answered.late_rack = answered.late_rack.filter(|_| !late);
            respond::plain(hand, tx, message, if late { 200 } else { 481 }, &Vec::new());
        }
        Left::Bye => return bye::receive(answered, tx, message, hand),
    }
    State::Confirmed(answered)
}

fn on_timeout(mut answered: Box<Answered>, hand: &mut Hand<'_, '_>) -> State {
    let usage = &mut answered.usage;
    if ack::on_timeout(hand, &mut usage.unacked) {
        usage.unacked.clear();
        return bye::leave(answered, Ending::NoAck, None, hand);
    }
    match usage.timer.due(hand.now()) {
        Due::Nothing => {}
        Due::Refresh => reinvite::refresh(hand, usage),
        Due::Expired => return bye::leave(answered, Ending::SessionExpired, None, hand),
    }
    State::Confirmed(answered)
}

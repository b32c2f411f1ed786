//! BYE, both ways, and the leg that is being left (RFC 3261 §15; BYE-01 to BYE-05).

use super::ack;
use super::answered::{self, Answered};
use super::hand::Hand;
use super::offer::{Theirs, Turn};
use super::request::{self, Draft, Purpose};
use super::session_timer::Timer;
use super::within::{self, Outcome};
use super::words::{Ending, Input};
use super::{State, reinvite, respond, stray};
use crate::base::Mono;
use crate::sip::{Message, Method, Name};
use crate::transaction::ServerTx;

/// What a leg that we are leaving waits for.
#[derive(Debug)]
pub(super) enum Farewell {
    /// The ACK of our 2xx: only then may the BYE go (§15; BYE-01).
    AwaitsAck {
        /// Reason of the BYE.
        reason: Option<Box<str>>,
    },
    /// The final response to our BYE, whatever it is (BYE-03).
    AwaitsFinal,
}

/// The Reason header of a message.
pub(super) fn reason(message: &Message) -> Option<Box<[u8]>> {
    message.header(Name::Reason).map(Box::from)
}

/// We end an answered dialog.
pub(super) fn leave(
    mut answered: Box<Answered>,
    ending: Ending,
    reason: Option<Box<str>>,
    hand: &mut Hand<'_, '_>,
) -> State {
    hand.ending(ending);
    let usage = &mut answered.usage;
    reinvite::abandon(hand, usage);
    if let Turn::Theirs(Theirs::Final { cseq, auth }) = usage.turn.take() {
        // The 2xx had an offer that nobody will answer: acknowledged all the same, then BYE.
        let sent = ack::send(hand, usage, cseq, &auth, None);
        usage.keep_ack(sent);
    }
    usage.wanted = None;
    usage.timer = Timer::Off;
    if usage.unacked.is_empty() {
        send(hand, &mut answered, reason);
        State::Leaving(answered, Farewell::AwaitsFinal)
    } else {
        State::Leaving(answered, Farewell::AwaitsAck { reason })
    }
}

fn send(hand: &mut Hand<'_, '_>, answered: &mut Answered, reason: Option<Box<str>>) {
    let mut draft = Draft::new(Method::Bye, Purpose::Bye);
    if let Some(reason) = reason {
        draft = draft.header("Reason", reason.as_bytes());
    }
    request::send(hand, &mut answered.usage, draft);
}

/// The peer ends the dialog: 200 at once, 487 to what of its requests is open (BYE-04).
pub(super) fn receive(
    mut answered: Box<Answered>,
    tx: ServerTx,
    message: &Message,
    hand: &mut Hand<'_, '_>,
) -> State {
    respond::plain(hand, tx, message, 200, &Vec::new());
    reinvite::abandon(hand, &mut answered.usage);
    hand.ending(Ending::Bye { reason: reason(message) });
    hand.ended();
    State::Ended
}

/// When something is due while we leave.
pub(super) fn deadline(answered: &Answered, farewell: &Farewell) -> Option<Mono> {
    match farewell {
        Farewell::AwaitsAck { .. } => ack::deadline(&answered.usage.unacked),
        Farewell::AwaitsFinal => None,
    }
}

/// One input while we leave.
pub(super) fn handle(
    mut answered: Box<Answered>,
    farewell: Farewell,
    input: Input,
    hand: &mut Hand<'_, '_>,
) -> State {
    let usage = &mut answered.usage;
    match input {
        Input::Do(_) => hand.ignore("the leg is being ended"),
        Input::Request { tx, message, .. } => {
            let ours = message.from_tag().unwrap_or_default() == &*usage.remote_tag;
            if ours && message.method() == Some(Method::Bye) {
                // Both at once (BYE-02): nothing more is owed to the peer.
                return receive(answered, tx, &message, hand);
            }
            respond::plain(hand, tx, &message, 481, &Vec::new());
        }
        Input::Ack { message, .. } => {
            if message.from_tag().unwrap_or_default() == &*usage.remote_tag {
                ack::take(&mut usage.unacked, &message);
            }
        }
        Input::Response { tx, message, flow } => {
            if answered::is_further_answer(&answered, tx, &message) {
                stray::further_answer(hand, &mut answered, &message, flow);
            } else if on_response(&mut answered, tx, &message, hand) {
                hand.ended();
                return State::Ended;
            }
        }
        Input::Failed { tx, why } => {
            if let Some(pending) = request::take_pending(usage, tx)
                && pending.draft.purpose == Purpose::Bye
            {
                within::on_failed(hand, usage, &pending, why);
                hand.ended();
                return State::Ended;
            }
        }
        Input::Timeout => {
            if ack::on_timeout(hand, &mut usage.unacked) {
                usage.unacked.clear();
            }
        }
        Input::Cancelled { .. } | Input::Proceeding { .. } => {}
    }
    advance(answered, farewell, hand)
}

/// Sends the BYE as soon as no 2xx of ours is unacknowledged.
fn advance(mut answered: Box<Answered>, farewell: Farewell, hand: &mut Hand<'_, '_>) -> State {
    match farewell {
        Farewell::AwaitsAck { reason } if answered.usage.unacked.is_empty() => {
            send(hand, &mut answered, reason);
            State::Leaving(answered, Farewell::AwaitsFinal)
        }
        waits @ (Farewell::AwaitsAck { .. } | Farewell::AwaitsFinal) => {
            State::Leaving(answered, waits)
        }
    }
}

/// A response while we leave; whether the BYE is done with. A 2xx to a re-INVITE that was under
/// way is acknowledged and nothing more.
fn on_response(
    answered: &mut Answered,
    tx: crate::transaction::ClientTx,
    response: &Message,
    hand: &mut Hand<'_, '_>,
) -> bool {
    let usage = &mut answered.usage;
    let Some(pending) = request::take_pending(usage, tx) else { return false };
    let status = response.status().unwrap_or_default();
    match pending.draft.purpose {
        Purpose::Bye => {
            matches!(within::on_response(hand, usage, pending, response), Outcome::ByeDone)
        }
        Purpose::Offer { .. } | Purpose::Refresh { .. } | Purpose::Info | Purpose::Prack => {
            if status < 200 {
                usage.pending.push(pending);
            } else if status < 300 && pending.tx.method == Method::Invite {
                let sent = ack::send(hand, usage, pending.cseq, &pending.auth, None);
                usage.keep_ack(sent);
            }
            false
        }
    }
}

/// One input when the leg is gone.
pub(super) fn handle_ended(input: Input, hand: &mut Hand<'_, '_>) -> State {
    match input {
        Input::Do(_) => hand.ignore("the leg is gone"),
        Input::Request { tx, message, .. } => {
            respond::plain(hand, tx, &message, 481, &Vec::new());
        }
        Input::Ack { .. }
        | Input::Cancelled { .. }
        | Input::Response { .. }
        | Input::Proceeding { .. }
        | Input::Failed { .. }
        | Input::Timeout => {}
    }
    State::Ended
}

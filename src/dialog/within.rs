//! A request inside the dialog: the checks that all of them pass, and the ones that are served the
//! same way in every state (RFC 3261 §12.2.2, §8.2; DLG-05, DLG-09, DLG-10, DLG-11, DLG-15).

use super::hand::Hand;
use super::request::{self, Pending, Purpose};
use super::usage::Usage;
use super::words::{Event, Headers};
use super::{ACCEPT, ALLOW, OPTIONS_WE_KNOW, body, info, reinvite, respond, session_timer, update};
use crate::sip::{Message, Method, Name};
use crate::transaction::{Failure, ServerTx};
use crate::transport::Flow;

/// What is left to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it was served or refused.
    Nothing,
    /// An INVITE, BYE or PRACK for the state to handle.
    Invite,
    /// BYE.
    Bye,
    /// PRACK.
    Prack,
}

/// Checks a request and serves it where the state does not matter.
pub(super) fn receive(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    tx: ServerTx,
    message: &Message,
    flow: Flow,
) -> Left {
    if message.from_tag().unwrap_or_default() != &*usage.remote_tag {
        respond::plain(hand, tx, message, 481, &Vec::new());
        return Left::Nothing;
    }
    let number = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
    if usage.remote_cseq.is_some_and(|last| number <= last) {
        respond::plain(hand, tx, message, 500, &Vec::new());
        return Left::Nothing;
    }
    usage.remote_cseq = Some(number);
    hand.local.flow = flow;
    if let Some((status, headers)) = refusal(message) {
        respond::plain(hand, tx, message, status, &headers);
        return Left::Nothing;
    }
    match message.method().unwrap_or(Method::Unknown) {
        Method::Invite => Left::Invite,
        Method::Bye => Left::Bye,
        Method::Prack => Left::Prack,
        Method::Update => {
            update::receive(hand, usage, tx, message);
            Left::Nothing
        }
        Method::Info => {
            info::receive(hand, usage, tx, message);
            Left::Nothing
        }
        Method::Options => {
            respond::capabilities(hand, tx, message);
            Left::Nothing
        }
        // Never given to us as requests; dropped if they are.
        Method::Ack | Method::Cancel => Left::Nothing,
        Method::Register
        | Method::Refer
        | Method::Notify
        | Method::Subscribe
        | Method::Message
        | Method::Publish => {
            respond::plain(hand, tx, message, 405, &one("Allow", ALLOW));
            Left::Nothing
        }
        Method::Unknown => {
            respond::plain(hand, tx, message, 501, &one("Allow", ALLOW));
            Left::Nothing
        }
    }
}

/// What a request has to be refused with, whatever the state.
fn refusal(message: &Message) -> Option<(u16, Headers)> {
    let unknown = unsupported(message);
    if !unknown.is_empty() {
        return Some((420, vec![("Unsupported".into(), unknown.into())]));
    }
    let carries_sdp =
        matches!(message.method(), Some(Method::Invite | Method::Update | Method::Prack));
    if carries_sdp && !body::is_understood(message) {
        return Some((415, one("Accept", ACCEPT)));
    }
    None
}

/// The options in Require that we lack, comma-joined; empty if there are none (DLG-09).
#[must_use]
pub fn unsupported(message: &Message) -> Vec<u8> {
    let unknown = message.values(Name::Require).filter(|option| {
        !option.is_empty()
            && !OPTIONS_WE_KNOW.iter().any(|known| option.eq_ignore_ascii_case(known.as_bytes()))
    });
    unknown.collect::<Vec<_>>().join(&b", "[..])
}

/// A single header.
pub(super) fn one(name: &str, value: &str) -> Headers {
    vec![(name.into(), value.as_bytes().into())]
}

/// What a response or failure of an in-dialog request of ours has led to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Nothing more.
    Stay,
    /// The dialog is lost: 481, 408 or nothing (SDP-07).
    Lost,
    /// Our BYE is done with, whatever the answer was (BYE-03).
    ByeDone,
}

/// A response to an in-dialog request of ours.
pub(super) fn on_response(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    pending: Pending,
    response: &Message,
) -> Outcome {
    let status = response.status().unwrap_or_default();
    if status < 200 {
        usage.pending.push(pending);
        return Outcome::Stay;
    }
    let Some(mut pending) = again(hand, usage, pending, response) else { return Outcome::Stay };
    if (200..300).contains(&status) {
        usage.peer.learn(response);
        if matches!(pending.tx.method, Method::Invite | Method::Update) {
            usage.refresh_target(response);
            session_timer::settle(hand, usage, response);
        }
    }
    match pending.draft.purpose {
        Purpose::Bye => Outcome::ByeDone,
        Purpose::Offer { glares } | Purpose::Refresh { glares } => {
            reinvite::on_final(hand, usage, &mut pending, glares, response)
        }
        Purpose::Info | Purpose::Prack if matches!(status, 408 | 481) => Outcome::Lost,
        Purpose::Info | Purpose::Prack => Outcome::Stay,
    }
}

/// 401, 407 and 422: the request goes out once more, and nothing is left to handle.
fn again(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    pending: Pending,
    response: &Message,
) -> Option<Pending> {
    let Pending { tx, cseq, mut draft, mut auth, lengthened } = pending;
    match response.status() {
        Some(401 | 407) => {
            let uri = super::route::way(&usage.target, &usage.routes).uri.to_vec();
            if auth.meet(hand, response, draft.method, &uri) {
                request::resend(hand, usage, draft, auth, lengthened);
                return None;
            }
        }
        Some(422) if !lengthened => {
            let policy = &mut hand.local.policy;
            if session_timer::lengthen(policy, response) {
                draft.headers.retain(|(name, _)| !matches!(&**name, "Session-Expires" | "Min-SE"));
                draft.headers.extend(session_timer::ask(policy));
                request::resend(hand, usage, draft, auth, true);
                return None;
            }
        }
        _ => {}
    }
    Some(Pending { tx, cseq, draft, auth, lengthened })
}

/// An in-dialog request of ours failed without a response. A time-out is the end of the dialog (RFC
/// 3261 §12.2.1.2). A dead transport is as a 503 (§8.1.3.1): the peer closed an idle connection,
/// say, while the parties talk; the next request opens another, and a session that nothing refreshes
/// ends by its timer.
pub(super) fn on_failed(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    pending: &Pending,
    why: Failure,
) -> Outcome {
    match pending.draft.purpose {
        Purpose::Bye => Outcome::ByeDone,
        Purpose::Offer { .. } => {
            usage.turn.take();
            let (status, outcome) = match why {
                Failure::TimedOut => (408, Outcome::Lost),
                Failure::Transport => (503, Outcome::Stay),
            };
            hand.tell(Event::OfferFailed { status });
            outcome
        }
        Purpose::Refresh { .. } if why == Failure::Transport => {
            usage.turn.take();
            usage.timer.refused(hand.context.now.mono);
            Outcome::Stay
        }
        Purpose::Info if why == Failure::Transport => Outcome::Stay,
        Purpose::Refresh { .. } | Purpose::Info | Purpose::Prack => Outcome::Lost,
    }
}

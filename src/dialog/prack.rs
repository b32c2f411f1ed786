//! PRACK, both ways (RFC 3262; PRK-02 to PRK-05).

use super::hand::Hand;
use super::incoming::Incoming;
use super::offer::{Ours, Theirs, Turn};
use super::request::{self, Draft, Purpose};
use super::usage::{Asked, Usage, own_bytes, own_copy};
use super::words::Event;
use super::{provisional, reinvite, respond};
use crate::sip::{Message, Method, Name};
use crate::transaction::ServerTx;
use bytes::Bytes;

/// What a PRACK of the peer's has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pracked {
    /// The INVITE goes on.
    Fine,
    /// Our offer in the 1xx got no answer: the INVITE has to be refused.
    WithoutAnswer,
}

/// Reads RAck: RSeq and the INVITE's number (§7.2).
pub(super) fn rack(message: &Message) -> Option<(u32, u32)> {
    let value = std::str::from_utf8(message.header(Name::RAck)?).ok()?;
    let mut words = value.split_ascii_whitespace();
    let numbers = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (words.next()? == Method::Invite.as_str()).then_some(numbers)
}

/// A PRACK came while the INVITE is unanswered.
pub(super) fn receive(
    hand: &mut Hand<'_, '_>,
    incoming: &mut Incoming,
    tx: ServerTx,
    message: &Message,
) -> Pracked {
    let invite = incoming.invite.cseq().map(|cseq| cseq.number).unwrap_or_default();
    let open = incoming.provisionals.open.as_ref().map(|open| (open.rseq, invite));
    if open.is_none() || rack(message) != open {
        respond::plain(hand, tx, message, 481, &Vec::new());
        return Pracked::Fine;
    }
    incoming.provisionals.open = None;
    let sdp = message.sdp().map(|sdp| own_bytes(&sdp));
    let usage = &mut incoming.usage;
    match (&usage.turn, sdp) {
        (Turn::Ours(Ours::Reliable), Some(sdp)) => {
            usage.turn = Turn::Idle;
            usage.remote_sdp = Some(sdp.clone());
            respond::plain(hand, tx, message, 200, &Vec::new());
            hand.tell(Event::Answer { sdp });
        }
        (Turn::Ours(Ours::Reliable), None) => {
            usage.turn = Turn::Idle;
            respond::plain(hand, tx, message, 200, &Vec::new());
            return Pracked::WithoutAnswer;
        }
        (Turn::Idle, Some(sdp)) => {
            usage.turn = Turn::Theirs(Theirs::Prack(Asked { tx, message: own_copy(message) }));
            reinvite::offered(hand, usage, sdp);
        }
        // An offer out of turn is refused, but the 1xx has been acknowledged all the same.
        (turn @ (Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_)), Some(_)) => {
            let status = turn.refusal().unwrap_or(488);
            respond::plain(hand, tx, message, status, &Vec::new());
        }
        (Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_), None) => {
            respond::plain(hand, tx, message, 200, &Vec::new());
        }
    }
    provisional::send_next(hand, incoming);
    Pracked::Fine
}

/// Acknowledges a reliable 1xx, with the answer if it had the offer.
pub(super) fn send(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    rseq: u32,
    cseq: u32,
    answer: Option<Bytes>,
) {
    let draft = Draft::new(Method::Prack, Purpose::Prack)
        .header("RAck", format!("{rseq} {cseq} {}", Method::Invite))
        .sdp(answer);
    request::send(hand, usage, draft);
}

/// The RSeq of a 1xx that came reliably; none for a plain one (§4).
pub(super) fn rseq(response: &Message) -> Option<u32> {
    response.number(Name::RSeq).filter(|_| response.has_token(Name::Require, "100rel"))
}

/// Whether a reliable 1xx is the next in order: a repeat is not acknowledged twice, and one that
/// skips a number is discarded so that the peer sends the missing one again (PRK-02).
pub(super) fn is_next(usage: &Usage, rseq: u32) -> bool {
    usage.rseq.is_none_or(|last| rseq == last.wrapping_add(1))
}

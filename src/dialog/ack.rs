//! ACK, both ways: the one that we send for a 2xx, and the one that our 2xx waits for
//! (RFC 3261 §13.2.2.4, §13.3.1.4; TXN-04, TXN-07, TXN-11).

use super::auth::Auth;
use super::hand::Hand;
use super::request::{self, Draft, Number, Purpose};
use super::usage::Usage;
use crate::base::{Mono, limits};
use crate::sip::{Message, Method};
use crate::transaction::ServerTx;
use crate::transport::Flow;
use bytes::Bytes;
use std::time::Duration;

/// An ACK that went out, to go out again with each repeat of its 2xx.
#[derive(Clone)]
pub(super) struct AckSent {
    /// The To tag of the 2xx.
    pub(super) tag: Box<[u8]>,
    /// The INVITE's number.
    pub(super) cseq: u32,
    flow: Flow,
    bytes: Bytes,
}

/// Sends the ACK of a 2xx to our INVITE numbered `cseq`: to the target by the route set, with a
/// branch of its own and the INVITE's credentials.
pub(super) fn send(
    hand: &mut Hand<'_, '_>,
    usage: &Usage,
    cseq: u32,
    auth: &Auth,
    answer: Option<Bytes>,
) -> AckSent {
    let draft = Draft::new(Method::Ack, Purpose::Prack).sdp(answer);
    let number = Number { cseq, branch: hand.context.mint.branch() };
    let (flow, bytes) = request::write(hand, usage, &draft, number, auth);
    hand.send(flow, bytes.clone());
    AckSent { tag: usage.remote_tag.clone(), cseq, flow, bytes }
}

/// Sends the same ACK once more (TXN-04).
pub(super) fn send_again(hand: &mut Hand<'_, '_>, ack: &AckSent) {
    hand.send(ack.flow, ack.bytes.clone());
}

/// Whether this 2xx is a repeat of the one that this ACK was for.
pub(super) fn is_for(ack: &AckSent, response: &Message) -> bool {
    let same_number = response.cseq().is_ok_and(|cseq| cseq.number == ack.cseq);
    same_number && response.to_tag().unwrap_or_default() == &*ack.tag
}

/// A 2xx of ours that waits for its ACK. Over any transport it is sent again from T1 up to T2
/// (§13.3.1.4); after 64·T1 the dialog is ended.
pub(super) struct Unacked {
    tx: ServerTx,
    /// The INVITE's number; the ACK has it too.
    pub(super) cseq: u32,
    status: u16,
    bytes: Bytes,
    /// It carried our offer, so the ACK must carry the answer.
    pub(super) wants_answer: bool,
    /// It answered the INVITE that made the dialog.
    pub(super) first: bool,
    interval: Duration,
    resend_at: Mono,
    give_up_at: Mono,
}

impl Unacked {
    /// Sends a 2xx and waits for its ACK.
    pub(super) fn send(
        hand: &mut Hand<'_, '_>,
        tx: ServerTx,
        invite: &Message,
        bytes: Bytes,
        wants_answer: bool,
        first: bool,
    ) -> Unacked {
        hand.respond(tx, 200, bytes.clone());
        Unacked {
            tx,
            cseq: invite.cseq().map(|cseq| cseq.number).unwrap_or_default(),
            status: 200,
            bytes,
            wants_answer,
            first,
            interval: limits::T1,
            resend_at: hand.after(limits::T1),
            give_up_at: hand.after(limits::T1_64),
        }
    }

    fn deadline(&self) -> Mono {
        self.resend_at.min(self.give_up_at)
    }
}

/// The earliest deadline of the 2xx that wait.
pub(super) fn deadline(unacked: &[Unacked]) -> Option<Mono> {
    unacked.iter().map(Unacked::deadline).min()
}

/// Sends again what is due; whether one of them has waited 64·T1.
pub(super) fn on_timeout(hand: &mut Hand<'_, '_>, unacked: &mut [Unacked]) -> bool {
    let now = hand.now();
    for answer in unacked.iter_mut() {
        if answer.give_up_at <= now {
            return true;
        }
        if answer.resend_at <= now {
            hand.respond(answer.tx, answer.status, answer.bytes.clone());
            answer.interval = (answer.interval * 2).min(limits::T2);
            answer.resend_at = hand.after(answer.interval);
        }
    }
    false
}

/// Takes the 2xx that this ACK is for.
pub(super) fn take(unacked: &mut Vec<Unacked>, ack: &Message) -> Option<Unacked> {
    let number = ack.cseq().ok()?.number;
    let index = unacked.iter().position(|answer| answer.cseq == number)?;
    Some(unacked.remove(index))
}

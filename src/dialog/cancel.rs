//! Our CANCEL: held back until a provisional was heard, and built as its INVITE was
//! (RFC 3261 §9.1; CAN-01, CAN-04, CAN-05, CAN-07, CAN-08).

use super::hand::Hand;
use super::outgoing::Outgoing;
use super::request::{self, MAX_FORWARDS};
use crate::base::{Mono, limits};
use crate::sip::{Method, Writer};
use crate::transaction::ClientTx;

/// How far the cancelling of an INVITE has come.
#[derive(Clone, Debug)]
pub(super) enum Cancel {
    /// Nobody wants it.
    No,
    /// It waits for a provisional, with the Reason it is to carry.
    Held(Option<Box<str>>),
    /// It went out; the leg is gone when the INVITE has its final, or then.
    Sent {
        /// 64·T1 after the CANCEL.
        give_up_at: Mono,
    },
}

impl Cancel {
    /// Whether the call has given the leg up.
    pub(super) fn is_wanted(&self) -> bool {
        match self {
            Cancel::No => false,
            Cancel::Held(_) | Cancel::Sent { .. } => true,
        }
    }

    /// When it is given up.
    pub(super) fn deadline(&self) -> Option<Mono> {
        match self {
            Cancel::No | Cancel::Held(_) => None,
            Cancel::Sent { give_up_at } => Some(*give_up_at),
        }
    }
}

/// The call gives the leg up: CANCEL now, or as soon as a provisional was heard.
pub(super) fn want(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing, reason: Option<Box<str>>) {
    outgoing.cancel = Cancel::Held(reason);
    send_if_due(hand, outgoing);
}

/// Sends a CANCEL that was held back, if a provisional has been heard.
pub(super) fn send_if_due(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) {
    if !outgoing.heard {
        return;
    }
    // A provisional behind the CANCEL changes nothing: what was sent stays sent.
    let Cancel::Held(reason) = &mut outgoing.cancel else { return };
    let reason = reason.take();
    outgoing.cancel = Cancel::Sent { give_up_at: hand.after(limits::T1_64) };
    send(hand, outgoing, reason.as_deref());
}

/// Request-URI, Via, Route, From, To, Call-ID and CSeq number as in the INVITE; no Require, no
/// credentials. It is written from the same parts, so the two cannot differ.
fn send(hand: &mut Hand<'_, '_>, outgoing: &Outgoing, reason: Option<&str>) {
    let invite = &outgoing.invite;
    let branch = outgoing.tx.branch;
    let mut writer = Writer::request(Method::Cancel, &invite.target);
    writer = request::via(writer, hand.context.listeners, invite.flow, branch);
    for (name, value) in &invite.headers {
        if name.eq_ignore_ascii_case("Route") {
            writer = writer.header("Route", value);
        }
    }
    writer = writer
        .header("Max-Forwards", MAX_FORWARDS.to_string())
        .header("From", &hand.local.address)
        .header("To", &invite.to)
        .header("Call-ID", &hand.local.call_id)
        .header("CSeq", request::cseq_value(outgoing.cseq, Method::Cancel));
    if let Some(reason) = reason {
        writer = writer.header("Reason", reason);
    }
    let tx = ClientTx { branch, method: Method::Cancel };
    hand.request_unowned(tx, invite.flow, writer.finish());
}

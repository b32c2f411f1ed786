//! INFO, both ways (RFC 6086): handed up with its transaction, answered by the call's word.

use super::hand::Hand;
use super::request::{self, Draft, Purpose};
use super::respond;
use super::usage::{Asked, Usage, own_copy};
use super::words::Event;
use crate::sip::{Message, Method};
use crate::transaction::ServerTx;
use bytes::Bytes;

/// INFOs that may wait for the call's word in one dialog; the call answers at once, so more than
/// a few means that it does not.
const WAITING: usize = 8;
/// INFOs of ours that may be under way in one dialog.
const SENT: usize = 16;

/// INFO came.
pub(super) fn receive(hand: &mut Hand<'_, '_>, usage: &mut Usage, tx: ServerTx, message: &Message) {
    if usage.infos.len() >= WAITING {
        respond::try_later(hand, tx, message);
        return;
    }
    let message = own_copy(message);
    usage.infos.push(Asked { tx, message: message.clone() });
    hand.tell(Event::Info { tx, message });
}

/// The call answers an INFO.
pub(super) fn answer(hand: &mut Hand<'_, '_>, usage: &mut Usage, tx: ServerTx, status: u16) {
    let Some(index) = usage.infos.iter().position(|asked| asked.tx == tx) else {
        hand.ignore("answer to no INFO");
        return;
    };
    let asked = usage.infos.remove(index);
    // RFC 6086 §4.2.2: a 469 says which packages we would take; we take none.
    let headers = match status {
        469 => vec![("Recv-Info".into(), Box::from(&b""[..]))],
        415 => vec![("Accept".into(), Box::from(ACCEPTED.as_bytes()))],
        _ => Vec::new(),
    };
    respond::plain(hand, asked.tx, &asked.message, status, &headers);
}

/// Body types of INFO that carry digits.
const ACCEPTED: &str = "application/dtmf-relay, application/dtmf";

/// Sends INFO.
pub(super) fn send(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    content_type: &'static str,
    body: Bytes,
) {
    let under_way = usage.pending.iter().filter(|p| p.tx.method == Method::Info).count();
    if under_way >= SENT {
        hand.ignore("too many INFOs under way");
        return;
    }
    let mut draft = Draft::new(Method::Info, Purpose::Info);
    draft.body = Some((content_type, body));
    request::send(hand, usage, draft);
}

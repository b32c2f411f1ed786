//! Responses inside a dialog: our tag, Contact, Allow, Record-Route (RFC 3261 §12.1.1, §8.2.6).

use super::hand::Hand;
use super::request::SDP;
use super::usage::Asked;
use super::words::Headers;
use super::{ACCEPT, ALLOW, SUPPORTED, contact_value};
use crate::sip::{Message, Name, Writer};
use crate::transaction::ServerTx;
use bytes::Bytes;

/// Retry-After of a 500 for a crossing request: 0 to 10 seconds (RFC 3261 §14.2).
const RETRY_AFTER_BOUND: u32 = 11;

/// A response without a body and nothing but the headers given.
pub(super) fn plain(
    hand: &mut Hand<'_, '_>,
    tx: ServerTx,
    request: &Message,
    status: u16,
    headers: &Headers,
) {
    let mut writer = Writer::respond(request, status, Some(hand.local.tag.as_bytes()));
    for (name, value) in headers {
        writer = writer.header(name, value);
    }
    hand.respond(tx, status, writer.finish());
}

/// The same for a request that was kept.
pub(super) fn asked(hand: &mut Hand<'_, '_>, asked: &Asked, status: u16) {
    plain(hand, asked.tx, &asked.message, status, &Vec::new());
}

/// 500 with a random Retry-After: the peer's requests cross (SDP-09).
pub(super) fn try_later(hand: &mut Hand<'_, '_>, tx: ServerTx, request: &Message) {
    let seconds = hand.context.mint.below(RETRY_AFTER_BOUND).to_string();
    plain(hand, tx, request, 500, &vec![("Retry-After".into(), seconds.into_bytes().into())]);
}

/// A response that says where we are and what we can do: 101 to 199 and 2xx of INVITE and UPDATE.
pub(super) fn dialog_response(
    hand: &Hand<'_, '_>,
    request: &Message,
    status: u16,
    headers: &Headers,
) -> Writer {
    let mut writer = Writer::respond(request, status, Some(hand.local.tag.as_bytes()));
    for route in request.lines(Name::RecordRoute) {
        writer = writer.header("Record-Route", route);
    }
    writer = writer
        .header("Contact", contact_value(hand.context.listeners, hand.local.flow))
        .header("Allow", ALLOW)
        .header("Supported", SUPPORTED);
    for (name, value) in headers {
        writer = writer.header(name, value);
    }
    writer
}

/// OPTIONS' 200: what we can do (RFC 3261 §11.2).
pub(super) fn capabilities(hand: &mut Hand<'_, '_>, tx: ServerTx, request: &Message) {
    let bytes = Writer::respond(request, 200, Some(hand.local.tag.as_bytes()))
        .header("Contact", contact_value(hand.context.listeners, hand.local.flow))
        .header("Allow", ALLOW)
        .header("Accept", ACCEPT)
        .header("Supported", SUPPORTED)
        .finish();
    hand.respond(tx, 200, bytes);
}

/// Ends a response with a description, or without.
pub(super) fn with_sdp(writer: Writer, sdp: Option<&Bytes>) -> Bytes {
    match sdp {
        Some(sdp) => writer.body(SDP, sdp),
        None => writer.finish(),
    }
}

//! Answers that keep nothing: 503 under overload, and refusals of what cannot be read
//! (RFC 3261 §8.2.7, §18.3; OVL-01, TRN-02, MSG-02, MSG-05).

use crate::sip::{Message, Method, ScanError, Writer};
use bytes::Bytes;

/// 503 with Retry-After to a new INVITE that cannot be taken. The same INVITE again gets the same
/// bytes. None for an ACK or a response, which are never answered.
#[must_use]
pub fn overload(message: &Message, retry_after_seconds: u32) -> Option<Bytes> {
    let writer = begin(message, 503)?;
    Some(writer.header("Retry-After", retry_after_seconds.to_string()).finish())
}

/// The answer to a request that cannot be scanned but of which the head is known
/// ([`Message::scan_to_refuse`]). None where there is nothing to answer.
#[must_use]
pub fn refuse_broken(message: &Message, error: ScanError) -> Option<Bytes> {
    Some(begin(message, error.status()?)?.finish())
}

/// The answer to a stream that cannot be understood any more, if the head of a request is known of it
/// (TRN-02); the connection is closed behind it.
#[must_use]
pub fn refuse_stream(head: Bytes, status: u16) -> Option<Bytes> {
    let message = Message::scan(head).ok()?;
    message.via().ok()?;
    Some(begin(&message, status)?.finish())
}

fn begin(message: &Message, status: u16) -> Option<Writer> {
    match message.method() {
        None | Some(Method::Ack) => None,
        Some(_) => Some(Writer::respond(message, status, Some(stateless_tag(message).as_bytes()))),
    }
}

/// §8.2.7: the same request gets the same tag, which nobody has to remember. FNV-1a of what makes
/// the request; it names nobody, so it is no secret.
fn stateless_tag(message: &Message) -> String {
    let branch = message.via().map(|via| via.branch).unwrap_or_default();
    let parts = [branch, message.call_id(), message.from_tag().unwrap_or_default()];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.into_iter().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("s{hash:016x}")
}

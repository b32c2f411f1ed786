//! Whether we understand what a request carries (RFC 3261 §8.2.3, RFC 5621; DLG-11).

use crate::sip::{Message, Name};

/// Whether the body is nothing, a session description, or something that may be skipped.
#[must_use]
pub fn is_understood(message: &Message) -> bool {
    if message.body().is_empty() {
        return true;
    }
    if is_optional(message) {
        return true;
    }
    let plain = message.header(Name::ContentEncoding).is_none_or(|encoding| {
        let encoding = encoding.trim_ascii();
        encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")
    });
    plain && message.sdp().is_some()
}

/// `Content-Disposition: …;handling=optional` (RFC 3261 §20.11).
fn is_optional(message: &Message) -> bool {
    let Some(value) = message.header(Name::ContentDisposition) else { return false };
    let params = value.iter().position(|b| *b == b';').and_then(|at| value.get(at..));
    params
        .and_then(|params| crate::sip::headers::param(params, "handling"))
        .is_some_and(|handling| handling.eq_ignore_ascii_case(b"optional"))
}

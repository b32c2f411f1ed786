//! Which transaction a message belongs to (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2).
//!
//! A key is the compared parts one behind the other, each with its length, so that no two different
//! rows of parts make the same key. It is built in a reused buffer and copied only when a
//! transaction is made; a message has at most `limits::MESSAGE_BYTES`, and so has its key.

use super::ClientTx;
use crate::base::Token;
use crate::sip::{Message, Method, Name};
use crate::transport::DEFAULT_PORT;

/// By which rules a request was matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// By branch, sent-by and method.
    Rfc3261,
    /// No magic cookie: by Request-URI, tags, Call-ID, CSeq number and top Via (TXN-16).
    Rfc2543,
}

/// The rules for a request: by its branch. None if the top Via cannot be read.
pub(super) fn rules(request: &Message) -> Option<Rules> {
    let via = request.via().ok()?;
    Some(if via.is_rfc3261() { Rules::Rfc3261 } else { Rules::Rfc2543 })
}

/// The key of the server transaction that a request of this method would have; `method` differs
/// from the request's own where an ACK or CANCEL looks for its INVITE. `to_tag` counts for
/// RFC 2543 only: an ACK has one where the INVITE had none.
pub(super) fn server_key(request: &Message, method: &str, to_tag: &[u8], key: &mut Vec<u8>) {
    key.clear();
    let Ok(via) = request.via() else { return };
    if via.is_rfc3261() {
        key.push(b'3');
        put(key, method.as_bytes());
        put(key, via.host.to_ascii_lowercase().as_bytes());
        put(key, &via.port.unwrap_or(DEFAULT_PORT).to_be_bytes());
        put(key, via.branch);
        return;
    }
    key.push(b'2');
    put(key, method.as_bytes());
    put(key, request.request_uri_text());
    put(key, to_tag);
    put(key, request.from_tag().unwrap_or_default());
    put(key, request.call_id());
    put(key, &cseq_number(request).to_be_bytes());
    put(key, via.text);
}

/// What the copies of one request that came by two ways share (§8.2.2.2). False where the rule
/// does not apply: a request inside a dialog, ACK and CANCEL, and OPTIONS, which changes nothing
/// here and whose senders (keep-alives) are known to repeat their numbers.
pub(super) fn merge_key(request: &Message, method: Method, key: &mut Vec<u8>) -> bool {
    let exempt = matches!(method, Method::Ack | Method::Cancel | Method::Options);
    if exempt || request.to_tag().is_some() {
        return false;
    }
    key.clear();
    put(key, request.method_text().as_bytes());
    put(key, request.from_tag().unwrap_or_default());
    put(key, request.call_id());
    put(key, &cseq_number(request).to_be_bytes());
    true
}

/// The client transaction that a response is for. None if it cannot be one of ours: it has a
/// second Via (§8.1.3.3), a branch longer than ours, or no CSeq.
pub(super) fn client_key(response: &Message) -> Option<ClientTx> {
    let branch = Token::read(response.via().ok()?.branch)?;
    let method = response.cseq().ok()?.method;
    response.values(Name::Via).nth(1).is_none().then_some(ClientTx { branch, method })
}

fn cseq_number(request: &Message) -> u32 {
    request.cseq().map_or(0, |cseq| cseq.number)
}

fn put(key: &mut Vec<u8>, part: &[u8]) {
    key.extend_from_slice(&(part.len() as u32).to_be_bytes());
    key.extend_from_slice(part);
}

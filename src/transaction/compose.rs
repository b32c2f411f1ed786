//! The few messages that the layer writes itself: 100, 200 to CANCEL, 481, 482, 503, the ACK of a
//! refusal, and the CANCEL of an INVITE that nobody waits for.

use crate::sip::{Message, Method, Name, Writer};
use bytes::Bytes;

/// A response of the layer's own. The To tag, where the request has none, is made from the request
/// itself, so that a repeat gets the same one (RFC 3261 §8.2.7).
pub(super) fn response(request: &Message, status: u16) -> Bytes {
    response_tagged(request, status, &stateless_tag(request))
}

/// The same with this To tag.
pub(super) fn response_tagged(request: &Message, status: u16, to_tag: &[u8]) -> Bytes {
    Writer::respond(request, status, Some(to_tag)).finish()
}

/// 100 Trying for a request as it was stored: no To tag is promised by it (TXN-12).
pub(super) fn trying(request: &Bytes) -> Option<Bytes> {
    let request = Message::scan(request.clone()).ok()?;
    Some(Writer::respond(&request, 100, None).finish())
}

/// The ACK of a final response other than 2xx (§17.1.1.3): the INVITE's Request-URI, top Via,
/// From, Call-ID, CSeq number and Route, the response's To. None if our own INVITE cannot be read.
pub(super) fn ack(invite: &Bytes, response: &Message) -> Option<Bytes> {
    let invite = Message::scan(invite.clone()).ok()?;
    like_invite(&invite, Method::Ack, response.header(Name::To)?)
}

/// The CANCEL of an INVITE of ours (§9.1): all as in the INVITE. None if that cannot be read.
pub(super) fn cancel(invite: &Bytes) -> Option<Bytes> {
    let invite = Message::scan(invite.clone()).ok()?;
    like_invite(&invite, Method::Cancel, invite.header(Name::To)?)
}

/// A request of the INVITE's own transaction: its Request-URI, top Via, From, Call-ID, CSeq number and
/// Route.
fn like_invite(invite: &Message, method: Method, to: &[u8]) -> Option<Bytes> {
    let cseq = invite.cseq().ok()?.number.to_string();
    let mut writer = Writer::request(method, invite.request_uri_text())
        .header("Via", invite.via().ok()?.text)
        .header("Max-Forwards", "70");
    for route in invite.lines(Name::Route) {
        writer = writer.header("Route", route);
    }
    let request = writer
        .header("From", invite.header(Name::From)?)
        .header("To", to)
        .header("Call-ID", invite.call_id())
        .parts("CSeq", &[cseq.as_bytes(), b" ", method.as_str().as_bytes()])
        .finish();
    Some(request)
}

/// The To tag of a response of ours that was stored as bytes.
pub(super) fn to_tag(response: &Bytes) -> Option<Vec<u8>> {
    Message::scan(response.clone()).ok()?.to_tag().map(<[u8]>::to_vec)
}

/// Sixteen hex digits of FNV-1a over what names the request; shorter than a minted tag, so it is
/// never taken for one.
fn stateless_tag(request: &Message) -> Vec<u8> {
    let branch = request.via().map_or(&b""[..], |via| via.branch);
    let from_tag = request.from_tag().unwrap_or_default();
    let parts = [branch, from_tag, request.call_id()];
    let hash = parts.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}").into_bytes()
}

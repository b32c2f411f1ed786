//! The checks of a request outside any dialog we know, in the order of RFC 3261 §8.2
//! (CAN-03, DLG-04, DLG-08 to DLG-11, DLG-14, PRK-04, TIM-01).

use crate::base::{Mint, Token};
use crate::dialog::{self, ACCEPT, ALLOW, SUPPORTED, body, contact_value, session_timer};
use crate::sip::{HeaderError, Message, Method, Name, Scheme, Writer};
use crate::transport::{Flow, Listeners};
use bytes::Bytes;
use std::time::Duration;

/// The header that every INVITE of ours carries with [`Screening::loop_token`], so that a call
/// that our own target sends back is known (DLG-08).
pub const LOOP_HEADER: &str = "X-Centralino-Loop";

/// What a request is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Screening<'a> {
    /// Our addresses, for Contact.
    pub listeners: &'a Listeners,
    /// The smallest session interval taken; never less than 90 s is asked for.
    pub min_se: Duration,
    /// What our own INVITEs carry in [`LOOP_HEADER`].
    pub loop_token: &'a [u8],
    /// No new calls, be it that we drain or that no record can be kept: how many seconds the peer is
    /// to keep away.
    pub keep_away: Option<u32>,
}

/// What becomes of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Screened {
    /// A new call: [`crate::dialog::Dialog::incoming`].
    Call,
    /// To be answered in its transaction.
    Answer {
        /// The status.
        status: u16,
        /// The whole response.
        bytes: Bytes,
    },
    /// An ACK for nothing we know: dropped.
    Drop,
}

impl std::fmt::Debug for Screened {
    /// Without the bytes: they name people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Screened::Call => f.write_str("Call"),
            Screened::Answer { status, .. } => write!(f, "Answer({status})"),
            Screened::Drop => f.write_str("Drop"),
        }
    }
}

/// Why a request is not taken, and the header that says more.
struct Refusal {
    status: u16,
    header: Option<(&'static str, Vec<u8>)>,
}

/// Says what becomes of a request that belongs to no dialog of ours.
pub fn screen(
    message: &Message,
    flow: Flow,
    screening: &Screening<'_>,
    mint: &mut Mint,
) -> Screened {
    let method = message.method().unwrap_or(Method::Unknown);
    if method == Method::Ack {
        return Screened::Drop;
    }
    let tag = mint.tag();
    if let Err(wrong) = message.check() {
        return bad_request(message, wrong, tag);
    }
    if let Some(refusal) = refusal(message, method, screening) {
        let mut writer = Writer::respond(message, refusal.status, Some(tag.as_bytes()));
        if let Some((name, value)) = refusal.header {
            writer = writer.header(name, value);
        }
        return Screened::Answer { status: refusal.status, bytes: writer.finish() };
    }
    if method == Method::Options {
        let bytes = Writer::respond(message, 200, Some(tag.as_bytes()))
            .header("Contact", contact_value(screening.listeners, flow))
            .header("Allow", ALLOW)
            .header("Accept", ACCEPT)
            .header("Supported", SUPPORTED)
            .finish();
        return Screened::Answer { status: 200, bytes };
    }
    Screened::Call
}

/// 400 that names the header in its reason phrase (§21.4.1).
fn bad_request(message: &Message, wrong: HeaderError, tag: Token) -> Screened {
    let reason = format!("Bad Request ({}: {})", wrong.header, wrong.what);
    let bytes = Writer::respond_with(message, 400, &reason, Some(tag.as_bytes())).finish();
    Screened::Answer { status: 400, bytes }
}

/// The checks, method first, then headers, then the body.
fn refusal(message: &Message, method: Method, screening: &Screening<'_>) -> Option<Refusal> {
    by_method(method)
        .or_else(|| by_dialog(message, method))
        .or_else(|| by_load(screening))
        .or_else(|| by_headers(message, screening))
        .or_else(|| by_content(message, method, screening))
}

fn plain(status: u16) -> Option<Refusal> {
    Some(Refusal { status, header: None })
}

fn with(status: u16, name: &'static str, value: impl Into<Vec<u8>>) -> Option<Refusal> {
    Some(Refusal { status, header: Some((name, value.into())) })
}

/// §8.2.1: known but not served: 405; not known: 501 (DLG-10).
fn by_method(method: Method) -> Option<Refusal> {
    match method {
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Prack
        | Method::Update
        | Method::Info => None,
        Method::Register
        | Method::Refer
        | Method::Notify
        | Method::Subscribe
        | Method::Message
        | Method::Publish => with(405, "Allow", ALLOW),
        Method::Unknown => with(501, "Allow", ALLOW),
    }
}

/// A To tag names a dialog that is not here, and some methods live in one only
/// (CAN-03, DLG-04, PRK-04).
fn by_dialog(message: &Message, method: Method) -> Option<Refusal> {
    let inside = match method {
        Method::Bye | Method::Cancel | Method::Prack | Method::Update | Method::Info => true,
        Method::Invite
        | Method::Ack
        | Method::Options
        | Method::Register
        | Method::Refer
        | Method::Notify
        | Method::Subscribe
        | Method::Message
        | Method::Publish
        | Method::Unknown => message.to_tag().is_some(),
    };
    if inside { plain(481) } else { None }
}

/// No new calls, and OPTIONS says so (DLG-14).
fn by_load(screening: &Screening<'_>) -> Option<Refusal> {
    let seconds = screening.keep_away?;
    with(503, "Retry-After", seconds.to_string())
}

/// §8.2.2: Request-URI, loop, Require.
fn by_headers(message: &Message, screening: &Screening<'_>) -> Option<Refusal> {
    let scheme = message.request_uri().map(|uri| uri.scheme).unwrap_or(Scheme::Other);
    match scheme {
        Scheme::Sip | Scheme::Tel => {}
        // We have no TLS, so a sips: URI cannot be honoured (RFC 5630 §3.1.3).
        Scheme::Sips | Scheme::Other => return plain(416),
    }
    let marked = message.headers().any(|(_, name, value)| {
        name.eq_ignore_ascii_case(LOOP_HEADER.as_bytes())
            && value.trim_ascii() == screening.loop_token
    });
    if marked {
        return plain(482);
    }
    let unknown = dialog::unsupported(message);
    if unknown.is_empty() { None } else { with(420, "Unsupported", unknown) }
}

/// §8.2.3: the body, and RFC 4028 §9: the session interval.
fn by_content(message: &Message, method: Method, screening: &Screening<'_>) -> Option<Refusal> {
    if method != Method::Invite {
        return None;
    }
    if !body::is_understood(message) {
        let encoded = message.header(Name::ContentEncoding).is_some();
        return if encoded && message.sdp().is_some() {
            with(415, "Accept-Encoding", "identity")
        } else {
            with(415, "Accept", ACCEPT)
        };
    }
    match session_timer::check(message, screening.min_se) {
        Ok(_) => None,
        Err(small) => with(422, "Min-SE", small.min_se.to_string()),
    }
}

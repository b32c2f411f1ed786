//! Requests inside a dialog: building them, and remembering what was asked until it is answered
//! (RFC 3261 §12.2.1.1, §8.1.1).

use super::auth::Auth;
use super::hand::Hand;
use super::route::{self, Way};
use super::usage::Usage;
use super::words::Headers;
use super::{ALLOW, contact_value};
use crate::base::Token;
use crate::sip::{Method, Writer};
use crate::transaction::ClientTx;
use crate::transport::{Flow, Listeners};
use bytes::Bytes;
use std::net::SocketAddr;

/// Max-Forwards of a request inside a dialog (RFC 3261 §8.1.1.6).
pub(super) const MAX_FORWARDS: u32 = 70;
/// What we support in a request inside a dialog: its 1xx need not be reliable.
const SUPPORTED_WITHIN: &str = "timer";
/// The media type of a session description.
pub(super) const SDP: &str = "application/sdp";

/// What a request of ours is for, so that its response finds its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Ends the dialog.
    Bye,
    /// The call's offer, or its wish for one, in a re-INVITE or UPDATE.
    Offer {
        /// How often it met glare already.
        glares: u8,
    },
    /// Refreshes the session timer.
    Refresh {
        /// How often it met glare already.
        glares: u8,
    },
    /// INFO.
    Info,
    /// Acknowledges a reliable 1xx.
    Prack,
}

/// A request before it has a number and a branch.
#[derive(Clone)]
pub(super) struct Draft {
    /// Its method.
    pub(super) method: Method,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Headers beside those that every request has.
    pub(super) headers: Headers,
    /// Content-Type and body.
    pub(super) body: Option<(&'static str, Bytes)>,
}

impl Draft {
    /// A draft without headers or body of its own.
    pub(super) fn new(method: Method, purpose: Purpose) -> Draft {
        Draft { method, purpose, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Draft {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    /// Sets a description as the body, if there is one.
    pub(super) fn sdp(mut self, sdp: Option<Bytes>) -> Draft {
        self.body = sdp.map(|sdp| (SDP, sdp));
        self
    }
}

/// A request of ours that waits for its final response.
pub(super) struct Pending {
    /// Its transaction.
    pub(super) tx: ClientTx,
    /// Its number.
    pub(super) cseq: u32,
    /// What was sent, to be sent again when it is challenged.
    pub(super) draft: Draft,
    /// The challenges it met.
    pub(super) auth: Auth,
    /// It got a 422 and was sent once more (RFC 4028 §7.3).
    pub(super) lengthened: bool,
}

/// The number and name of one request on the wire.
#[derive(Clone, Copy)]
pub(super) struct Number {
    /// CSeq number.
    pub(super) cseq: u32,
    /// Via branch.
    pub(super) branch: Token,
}

/// Sends a draft with the next number.
pub(super) fn send(hand: &mut Hand<'_, '_>, usage: &mut Usage, draft: Draft) {
    resend(hand, usage, draft, Auth::default(), false);
}

/// Sends a draft (again) with the next number and with credentials.
pub(super) fn resend(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    draft: Draft,
    auth: Auth,
    lengthened: bool,
) {
    let tx = hand.client_tx(draft.method);
    usage.local_cseq = usage.local_cseq.wrapping_add(1) & 0x7fff_ffff;
    let cseq = usage.local_cseq;
    let (flow, bytes) = write(hand, usage, &draft, Number { cseq, branch: tx.branch }, &auth);
    hand.request(tx, flow, bytes);
    usage.pending.push(Pending { tx, cseq, draft, auth, lengthened });
}

/// Writes a request inside a dialog; an ACK is written by the same hand.
pub(super) fn write(
    hand: &Hand<'_, '_>,
    usage: &Usage,
    draft: &Draft,
    number: Number,
    auth: &Auth,
) -> (Flow, Bytes) {
    let way = route::way(&usage.target, &usage.routes);
    let flow = route::flow(way.next, hand.local, hand.context.listeners);
    let writer = Writer::request(draft.method, way.uri);
    let mut writer = via(writer, hand.context.listeners, flow, number.branch);
    writer = routes(writer, &way)
        .header("Max-Forwards", MAX_FORWARDS.to_string())
        .header("From", &hand.local.address)
        .header("To", &usage.remote_address)
        .header("Call-ID", &hand.local.call_id)
        .header("CSeq", cseq_value(number.cseq, draft.method));
    if matches!(draft.method, Method::Invite | Method::Update) {
        writer = writer
            .header("Contact", contact_value(hand.context.listeners, flow))
            .header("Allow", ALLOW)
            .header("Supported", SUPPORTED_WITHIN);
    }
    for (name, value) in auth.headers() {
        writer = writer.header(name, value);
    }
    for (name, value) in &draft.headers {
        writer = writer.header(name, value);
    }
    let bytes = match &draft.body {
        Some((content_type, body)) => writer.body(content_type, body),
        None => writer.finish(),
    };
    (flow, bytes)
}

/// Our Via (§8.1.1.7) with `rport` (RFC 3581 §3).
pub(super) fn via(writer: Writer, listeners: &Listeners, flow: Flow, branch: Token) -> Writer {
    let sent_by: SocketAddr = listeners.advertised(flow.listener, flow.remote.ip());
    let transport = flow.transport.as_str();
    writer.header("Via", format!("SIP/2.0/{transport} {sent_by};branch={branch};rport"))
}

/// CSeq's value.
pub(super) fn cseq_value(number: u32, method: Method) -> String {
    format!("{number} {method}")
}

fn routes(mut writer: Writer, way: &Way<'_>) -> Writer {
    let last = way.routes.len().saturating_sub(1);
    for (index, route) in way.routes.iter().enumerate() {
        writer = if way.last_is_target && index == last {
            writer.parts("Route", &[b"<", route, b">"])
        } else {
            writer.header("Route", route)
        };
    }
    writer
}

/// Takes a pending request out, if this response or failure belongs to one.
pub(super) fn take_pending(usage: &mut Usage, tx: ClientTx) -> Option<Pending> {
    let index = usage.pending.iter().position(|pending| pending.tx == tx)?;
    Some(usage.pending.swap_remove(index))
}

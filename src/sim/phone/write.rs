//! Requests and responses as a phone writes them.

use crate::sip::{Host, Message, Method, Name, NameAddr, Uri, Writer};
use std::net::{IpAddr, SocketAddr};

/// What every phone says it can do.
pub(super) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY";

/// One dialog as this phone knows it (RFC 3261 §12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dialog {
    pub(super) remote_tag: Vec<u8>,
    /// The remote target's URI.
    pub(super) target: Vec<u8>,
    /// The route set, next hop first; whole values.
    pub(super) routes: Vec<Vec<u8>>,
    pub(super) confirmed: bool,
    /// The last RSeq that was acknowledged.
    pub(super) rseq: Option<u32>,
    /// The ACKs of its 2xx by CSeq number, for their repeats: of the INVITE and re-INVITEs.
    pub(super) acks: Vec<(u32, bytes::Bytes)>,
}

/// ACKs kept of one dialog; a 2xx is repeated for 32 s at most.
const ACKS: usize = 16;

impl Dialog {
    pub(super) fn ack(&self, cseq: u32) -> Option<bytes::Bytes> {
        self.acks.iter().find(|(number, _)| *number == cseq).map(|(_, ack)| ack.clone())
    }

    pub(super) fn keep_ack(&mut self, cseq: u32, ack: bytes::Bytes) {
        if self.acks.len() >= ACKS {
            self.acks.remove(0);
        }
        self.acks.push((cseq, ack));
    }
}

/// Begins a response: the top Via says where the request came from (RFC 3261 §18.2.1, RFC 3581).
pub(super) fn response(
    request: &Message,
    status: u16,
    tag: Option<&str>,
    came: SocketAddr,
) -> Writer {
    let mut w = Writer::response(status, crate::sip::status::reason(status));
    for (i, via) in request.values(Name::Via).enumerate() {
        w = if i == 0 { w.header("Via", stamped(via, came)) } else { w.header("Via", via) };
    }
    w = w.header("From", request.header(Name::From).unwrap_or_default());
    let to = request.header(Name::To).unwrap_or_default();
    w = match tag {
        Some(tag) if request.to_tag().is_none() => w.parts("To", &[to, b";tag=", tag.as_bytes()]),
        Some(_) | None => w.header("To", to),
    };
    w = w.header("Call-ID", request.call_id());
    w.header("CSeq", request.header(Name::CSeq).unwrap_or_default())
}

fn stamped(via: &[u8], came: SocketAddr) -> String {
    let mut parts: Vec<String> =
        String::from_utf8_lossy(via).split(';').map(|p| p.trim().to_owned()).collect();
    if let Some(rport) = parts.iter_mut().find(|p| p.eq_ignore_ascii_case("rport")) {
        *rport = format!("rport={}", came.port());
        parts.push(format!("received={}", came.ip()));
    }
    parts.join(";")
}

/// Where the response goes: back to the source with `rport`, else to sent-by's port there.
pub(super) fn reply_to(request: &Message, came: SocketAddr) -> SocketAddr {
    match request.via() {
        Ok(via) if via.rport.is_none() => SocketAddr::new(came.ip(), via.port.unwrap_or(5060)),
        Ok(_) | Err(_) => came,
    }
}

/// What a request within a dialog is made of.
pub(super) struct Within<'a> {
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) branch: &'a str,
    pub(super) sent_by: SocketAddr,
    pub(super) call_id: &'a [u8],
    /// Whole From value without tag, and our tag.
    pub(super) from: (&'a [u8], &'a str),
    /// Whole To value without tag.
    pub(super) to: &'a [u8],
    pub(super) contact: &'a str,
}

impl Within<'_> {
    /// Begins the request (RFC 3261 §12.2.1.1); with the next hop if it is an address.
    pub(super) fn begin(&self, dialog: &Dialog) -> (Writer, Option<SocketAddr>) {
        let strict = dialog.routes.first().filter(|r| !is_loose(r));
        let uri = strict.map_or(dialog.target.as_slice(), |r| uri_of(r));
        let hop = dialog.routes.first().map_or(dialog.target.as_slice(), |r| uri_of(r));
        let mut w = self.head(uri);
        for route in dialog.routes.iter().skip(usize::from(strict.is_some())) {
            w = w.header("Route", route);
        }
        if strict.is_some() {
            w = w.parts("Route", &[b"<", &dialog.target, b">"]);
        }
        w = if dialog.remote_tag.is_empty() {
            w.header("To", self.to)
        } else {
            w.parts("To", &[self.to, b";tag=", &dialog.remote_tag])
        };
        (self.tail(w), address_of(hop))
    }

    /// Begins the request that opens a dialog.
    pub(super) fn begin_first(&self, uri: &[u8]) -> Writer {
        let w = self.head(uri).header("To", self.to);
        self.tail(w)
    }

    fn head(&self, uri: &[u8]) -> Writer {
        let via = format!("SIP/2.0/UDP {};rport;branch={}", self.sent_by, self.branch);
        let (from, tag) = self.from;
        Writer::request(self.method, uri)
            .header("Via", via)
            .header("Max-Forwards", "70")
            .parts("From", &[from, b";tag=", tag.as_bytes()])
    }

    fn tail(&self, w: Writer) -> Writer {
        let w = w
            .header("Call-ID", self.call_id)
            .header("CSeq", format!("{} {}", self.cseq, self.method));
        if matches!(self.method, Method::Invite | Method::Update | Method::Refer) {
            w.header("Contact", self.contact).header("Allow", ALLOW)
        } else {
            w
        }
    }
}

fn is_loose(route: &[u8]) -> bool {
    NameAddr::parse(route).is_ok_and(|r| r.uri.is_loose_router())
}

fn uri_of(value: &[u8]) -> &[u8] {
    NameAddr::parse(value).map_or(value, |n| n.uri.text)
}

/// The address that a URI names, if it names one and not a host.
pub(super) fn address_of(uri: &[u8]) -> Option<SocketAddr> {
    let uri = Uri::parse(uri).ok()?;
    match uri.host {
        Host::Ip(ip) => Some(SocketAddr::new(ip, uri.port.unwrap_or(5060))),
        Host::Name(_) => None,
    }
}

/// A host for a URI.
pub(super) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// A From or To value without its tag.
pub(super) fn without_tag(value: &[u8]) -> Vec<u8> {
    let Ok(name) = NameAddr::parse(value) else { return value.to_vec() };
    if name.tag().is_none() {
        return value.to_vec();
    }
    let head = value.len().saturating_sub(name.params.len());
    let mut out = value.get(..head).unwrap_or(value).to_vec();
    for param in name.params.split(|b| *b == b';').filter(|p| !p.is_empty()) {
        if !param.trim_ascii().to_ascii_lowercase().starts_with(b"tag=") {
            out.push(b';');
            out.extend_from_slice(param);
        }
    }
    out
}

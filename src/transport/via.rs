//! The way back: `received`, `rport` and the flow of a response (RFC 3261 §18.2, RFC 3581 §4).

use super::listeners::DEFAULT_PORT;
use super::next_hop::literal;
use super::{Flow, Transport};
use crate::sip::{Message, Via};
use bytes::Bytes;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Where a response to this request goes (RFC 3261 §18.2.2, RFC 3581 §4): on a stream back on its
/// connection, or where that is gone by a new one to the source address and sent-by's port; else to the source address, and there to the source port if the Via has `rport` (or
/// the peer is set to force it), without it to sent-by's port. `maddr` is not followed.
///
/// The source address is what `received` says after [`stamp_received`]; it is taken from the
/// packet, so that a `received` made up by the sender steers nothing at a third party.
#[must_use]
pub fn response_flow(via: &Via<'_>, came: Flow, force_rport: bool) -> Flow {
    let to_source = force_rport || via.rport.is_some();
    if came.transport == Transport::Udp && to_source {
        return came;
    }
    let port = via.port.filter(|port| *port != 0).unwrap_or(DEFAULT_PORT);
    Flow { remote: SocketAddr::new(came.remote.ip(), port), ..came }
}

/// Fills `received` and `rport` into the top Via of a request (RFC 3261 §18.2.1, RFC 3581 §4) and
/// scans the result; the message itself if nothing has to be added.
///
/// With `force_rport` an `rport` that was not asked for is added as well, so that whoever sees the
/// message later answers to the source port without knowing of the setting.
#[must_use]
pub fn stamp_received(message: Message, came: Flow, force_rport: bool) -> Message {
    let Some(raw) = stamped(&message, came, force_rport) else { return message };
    // It can fail only where the added bytes pass the limit on a message; then it stays as it is.
    Message::scan(raw).unwrap_or(message)
}

/// The message's bytes with the top Via rewritten; none if it says the truth already.
fn stamped(message: &Message, came: Flow, force_rport: bool) -> Option<Bytes> {
    let via = message.via().ok()?;
    let source = came.remote;
    let asked = via.rport.is_some() || force_rport;
    let wants_port = asked && via.rport != Some(Some(source.port()));
    // RFC 3581 §4: with rport, received is there even if it equals sent-by.
    let told = asked || literal(via.host.as_bytes()) != Some(source.ip());
    let has_received = !via.text.is_empty() && has_param(via.text, b"received");
    let wants_received = if told { via.received != Some(source.ip()) } else { has_received };
    if !wants_port && !wants_received {
        return None;
    }
    let raw = message.raw();
    // The value is a slice of the message, so the difference of the addresses is its place.
    let start = (via.text.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
    let (before, after) = (raw.get(..start)?, raw.get(start + via.text.len()..)?);
    let mut rewritten = Vec::with_capacity(raw.len() + 64);
    rewritten.extend_from_slice(before);
    for (nth, part) in parts(via.text).enumerate() {
        if nth > 0 && (is_named(part, b"received") || is_named(part, b"rport")) {
            continue;
        }
        if nth > 0 {
            rewritten.push(b';');
        }
        rewritten.extend_from_slice(part);
    }
    let mut added = String::new();
    // Writing to a String cannot fail.
    if told {
        let _ = write!(added, ";received={}", source.ip());
    }
    if asked {
        let _ = write!(added, ";rport={}", source.port());
    }
    while rewritten.last().is_some_and(u8::is_ascii_whitespace) {
        rewritten.pop();
    }
    rewritten.extend_from_slice(added.as_bytes());
    rewritten.extend_from_slice(after);
    Some(Bytes::from(rewritten))
}

/// A header value cut at its semicolons outside quotes.
fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |byte| {
        let in_quotes = quoted;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        *byte == b';' && !in_quotes
    })
}

fn is_named(part: &[u8], name: &[u8]) -> bool {
    let found = part.split(|byte| *byte == b'=').next().unwrap_or(part);
    found.trim_ascii().eq_ignore_ascii_case(name)
}

fn has_param(text: &[u8], name: &[u8]) -> bool {
    parts(text).skip(1).any(|part| is_named(part, name))
}

#[cfg(test)]
mod tests {
    use super::super::{ConnectionId, ListenerId};
    use super::*;

    fn flow(transport: Transport, remote: &str) -> Flow {
        let connection = transport.is_reliable().then_some(ConnectionId(4));
        Flow { listener: ListenerId(0), transport, remote: remote.parse().unwrap(), connection }
    }

    fn request(via: &str) -> Message {
        let text = format!(
            "OPTIONS sip:a@192.0.2.1 SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKold\r\n\
             Max-Forwards: 70\r\nFrom: <sip:b@192.0.2.2>;tag=f\r\nTo: <sip:a@192.0.2.1>\r\n\
             Call-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 2\r\n\r\nhi"
        );
        Message::scan(Bytes::from(text)).unwrap()
    }

    /// TXN-14: what is filled in, and where the response goes.
    #[test]
    fn txn_14_the_way_back_is_written_into_the_via() {
        let (none, tcp) = (None::<&str>, Transport::Tcp);
        // sent-by and parameters, source, forced, what the top Via becomes, where answers go.
        for (via, source, force, expected, back) in [
            (
                "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1",
                "192.0.2.2:5060",
                false,
                none,
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1",
                "192.0.2.2:7777",
                false,
                none,
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK1",
                "192.0.2.2:7777",
                false,
                none,
                "192.0.2.2:5070",
            ),
            (
                "SIP/2.0/UDP pc.example.net;branch=z9hG4bK1",
                "192.0.2.2:7777",
                false,
                Some("SIP/2.0/UDP pc.example.net;branch=z9hG4bK1;received=192.0.2.2"),
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bK1",
                "192.0.2.1:9988",
                false,
                Some("SIP/2.0/UDP 10.1.1.1:4540;branch=z9hG4bK1;received=192.0.2.1;rport=9988"),
                "192.0.2.1:9988",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2;rport;branch=z9hG4bK1",
                "192.0.2.2:5060",
                false,
                Some("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1;received=192.0.2.2;rport=5060"),
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1",
                "192.0.2.2:9988",
                true,
                Some("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1;received=192.0.2.2;rport=9988"),
                "192.0.2.2:9988",
            ),
            // A received and a port made up by the sender are replaced.
            (
                "SIP/2.0/UDP 192.0.2.2;received=203.0.113.9;rport=53;branch=z9hG4bK1",
                "192.0.2.2:5060",
                false,
                Some("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1;received=192.0.2.2;rport=5060"),
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2;received=203.0.113.9;branch=z9hG4bK1",
                "192.0.2.2:5060",
                false,
                Some("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1"),
                "192.0.2.2:5060",
            ),
            (
                "SIP/2.0/UDP [2001:db8::2]:5070;rport;branch=z9hG4bK1",
                "[2001:db8::3]:6000",
                false,
                Some(
                    "SIP/2.0/UDP [2001:db8::2]:5070;branch=z9hG4bK1;received=2001:db8::3;rport=6000",
                ),
                "[2001:db8::3]:6000",
            ),
            (
                "SIP/2.0/UDP [2001:DB8::2];branch=z9hG4bK1",
                "[2001:db8::2]:5060",
                false,
                none,
                "[2001:db8::2]:5060",
            ),
            (
                "SIP/2.0/UDP 192.0.2.2;x=\"a;rport\";branch=z9hG4bK1",
                "192.0.2.3:5060",
                false,
                Some("SIP/2.0/UDP 192.0.2.2;x=\"a;rport\";branch=z9hG4bK1;received=192.0.2.3"),
                "192.0.2.3:5060",
            ),
        ] {
            let came = flow(Transport::Udp, source);
            let message = stamp_received(request(via), came, force);
            let top = message.via().unwrap();
            assert_eq!(std::str::from_utf8(top.text).unwrap(), expected.unwrap_or(via));
            // The Via says all: who answers later need not know of the setting.
            assert_eq!(response_flow(&top, came, false).remote, back.parse().unwrap(), "{via}");
            assert_eq!(message.body(), b"hi");
            assert_eq!(message.call_id(), b"c");
        }
        let came = flow(tcp, "192.0.2.2:40000");
        let message =
            stamp_received(request("SIP/2.0/TCP pc.example.net;branch=z9hG4bK1"), came, false);
        let top = message.via().unwrap();
        assert_eq!(top.received, Some(came.remote.ip()));
        // Back on its connection; the port is that of a new one, where it is gone.
        let back = Flow { remote: "192.0.2.2:5060".parse().unwrap(), ..came };
        assert_eq!(response_flow(&top, came, false), back);
    }

    /// TXN-14: only the top Via is touched, also where the next shares its line.
    #[test]
    fn txn_14_the_vias_below_stay() {
        let via =
            "SIP/2.0/UDP pc.example.net;branch=z9hG4bK1 , SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0";
        let message = stamp_received(request(via), flow(Transport::Udp, "192.0.2.2:5060"), false);
        let found: Vec<_> = message
            .values(crate::sip::Name::Via)
            .map(|v| String::from_utf8_lossy(v).into_owned())
            .collect();
        assert_eq!(
            found,
            [
                "SIP/2.0/UDP pc.example.net;branch=z9hG4bK1;received=192.0.2.2",
                "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0",
                "SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKold",
            ]
        );
    }
}

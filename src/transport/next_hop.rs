//! Where a URI leads without asking DNS (RFC 3263 §4, for literal addresses).

use super::Transport;
use super::listeners::DEFAULT_PORT;
use crate::sip::{Host, Scheme, Uri};
use std::net::{IpAddr, SocketAddr};

/// Where a URI leads, without DNS: a literal address (maddr first), the port or 5060, and
/// `;transport=`. None for a host name, a scheme we cannot call, or an unknown transport.
#[must_use]
pub fn next_hop(uri: &Uri<'_>) -> Option<(Transport, SocketAddr)> {
    match uri.scheme {
        Scheme::Sip => {}
        // A sips: URI needs TLS on every hop (RFC 3261 §26.2.2); a tel: URI names no host.
        Scheme::Sips | Scheme::Tel | Scheme::Other => return None,
    }
    let transport = match uri.param("transport") {
        None => Transport::Udp,
        Some(name) if name.eq_ignore_ascii_case(b"udp") => Transport::Udp,
        Some(name) if name.eq_ignore_ascii_case(b"tcp") => Transport::Tcp,
        Some(_) => return None,
    };
    let address = match (uri.param("maddr"), uri.host) {
        (Some(maddr), _) => literal(maddr)?,
        (None, Host::Ip(address)) => address,
        (None, Host::Name(_)) => return None,
    };
    let port = uri.port.unwrap_or(DEFAULT_PORT);
    (port != 0).then(|| (transport, SocketAddr::new(address, port)))
}

/// A literal address, IPv6 with or without brackets.
pub(super) fn literal(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_address_needs_no_dns() {
        for (uri, expected) in [
            ("sip:anna@10.0.0.21", Some((Transport::Udp, "10.0.0.21:5060"))),
            ("sip:10.0.0.21:5080;transport=TCP", Some((Transport::Tcp, "10.0.0.21:5080"))),
            ("sip:a@[2001:db8::1]:5070;lr", Some((Transport::Udp, "[2001:db8::1]:5070"))),
            ("sip:a@example.net;maddr=192.0.2.7", Some((Transport::Udp, "192.0.2.7:5060"))),
            ("sip:a@10.0.0.21;maddr=[2001:db8::1]", Some((Transport::Udp, "[2001:db8::1]:5060"))),
            ("sip:a@10.0.0.21;maddr=example.net", None),
            ("sip:a@example.net", None),
            ("sip:a@10.0.0.21;transport=tls", None),
            ("sip:a@10.0.0.21;transport=sctp", None),
            ("sips:a@10.0.0.21", None),
            ("tel:+390212345", None),
        ] {
            let found = next_hop(&Uri::parse(uri.as_bytes()).unwrap());
            let expected = expected.map(|(t, a)| (t, a.parse().unwrap()));
            assert_eq!(found, expected, "{uri}");
        }
    }
}

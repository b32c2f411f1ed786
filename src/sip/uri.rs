//! `sip:`, `sips:` and `tel:` URIs, read without copying (RFC 3261 §19.1, RFC 3966).

use super::HeaderError;
use std::net::IpAddr;

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other (`im:`, `http:`, …): 416 in a Request-URI.
    Other,
}

/// The host part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// A literal address (IPv6 came in brackets).
    Ip(IpAddr),
    /// A name.
    Name(&'a str),
}

/// A URI. For `tel:` and others the whole rest is `user` and the host is an empty name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole text as it came.
    pub text: &'a [u8],
    /// The scheme.
    pub scheme: Scheme,
    /// The user part, still escaped, without password; empty if none.
    pub user: &'a [u8],
    /// The host.
    pub host: Host<'a>,
    /// The port, if named.
    pub port: Option<u16>,
    /// The parameters after the host, with the leading `;`; empty if none.
    pub params: &'a [u8],
    /// The headers after `?`, without it; empty if none.
    pub headers: &'a [u8],
}

impl<'a> Uri<'a> {
    /// Reads a URI that stands alone (no angle brackets).
    pub fn parse(_text: &'a [u8]) -> Result<Uri<'a>, HeaderError> {
        todo!()
    }

    /// A parameter's value by name in any case: `Some(b"")` for a flag, none if absent.
    #[must_use]
    pub fn param(&self, _name: &str) -> Option<&'a [u8]> {
        todo!()
    }

    /// The user part with %-escapes undone, as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn user_decoded(&self) -> String {
        todo!()
    }

    /// Whether `;lr` is there (a loose router, RFC 3261 §19.1.1).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }
}

//! Typed readings of the headers on the way of a call: Via, name-addr, CSeq, parameters.

use super::{Method, Uri};
use std::net::IpAddr;

/// A header that cannot be read: which, and why, for a 400's reason phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// The header's name, or `Request-URI`.
    pub header: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

/// One Via value (RFC 3261 §20.42, RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// The whole value as it came.
    pub text: &'a [u8],
    /// `UDP`, `TCP`, …, as it came.
    pub transport: &'a str,
    /// sent-by's host as it came (IPv6 with brackets).
    pub host: &'a str,
    /// sent-by's port, if named.
    pub port: Option<u16>,
    /// The branch; empty if none.
    pub branch: &'a [u8],
    /// `received`, if a readable address.
    pub received: Option<IpAddr>,
    /// `rport`: `None` absent, `Some(None)` asked for, `Some(Some(p))` filled in.
    pub rport: Option<Option<u16>>,
}

impl<'a> Via<'a> {
    /// Reads one Via value.
    pub fn parse(_text: &'a [u8]) -> Result<Via<'a>, HeaderError> {
        todo!()
    }

    /// Whether the branch has the magic cookie and something behind it (RFC 3261 §8.1.1.7).
    #[must_use]
    pub fn is_rfc3261(&self) -> bool {
        todo!()
    }
}

/// A name-addr or addr-spec with parameters: From, To, Contact, Route, P-Asserted-Identity, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The whole value as it came.
    pub text: &'a [u8],
    /// The display name without quotes, escapes left as they are; empty if none.
    pub display: &'a [u8],
    /// The URI.
    pub uri: Uri<'a>,
    /// The header's own parameters, with the leading `;`; empty if none.
    pub params: &'a [u8],
}

impl<'a> NameAddr<'a> {
    /// Reads one value. `*` (Contact in REGISTER) is an error here.
    pub fn parse(_text: &'a [u8]) -> Result<NameAddr<'a>, HeaderError> {
        todo!()
    }

    /// A header parameter by name in any case: `Some(b"")` for a flag.
    #[must_use]
    pub fn param(&self, _name: &str) -> Option<&'a [u8]> {
        todo!()
    }

    /// The tag parameter, if it has a value.
    #[must_use]
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.param("tag").filter(|t| !t.is_empty())
    }
}

/// CSeq: number below 2³¹ and method (RFC 3261 §20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// The method.
    pub method: Method,
}

/// Looks a parameter up in `;a=1;b;c="x"`: name in any case, quotes taken off.
#[must_use]
pub fn param<'a>(_params: &'a [u8], _name: &str) -> Option<&'a [u8]> {
    todo!()
}

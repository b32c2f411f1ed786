//! Typed readings of the headers on the way of a call: Via, name-addr, CSeq, parameters.

use super::uri::{host_port_of, ipv6};
use super::{Method, Scheme, Uri, text};
use std::fmt;
use std::net::IpAddr;

/// A header that cannot be read: which, and why, for a 400's reason phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// The header's name, or `Request-URI`.
    pub header: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.header, self.what)
    }
}

impl std::error::Error for HeaderError {}

impl HeaderError {
    /// The same fault, found in this header.
    pub(super) fn within(self, header: &'static str) -> HeaderError {
        HeaderError { header, what: self.what }
    }
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

/// What every branch of RFC 3261 begins with.
const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

impl<'a> Via<'a> {
    /// Reads one Via value.
    pub fn parse(text: &'a [u8]) -> Result<Via<'a>, HeaderError> {
        let wrong = |what| HeaderError { header: "Via", what };
        let (transport, rest) = sent_protocol(text).map_err(wrong)?;
        let (sent_by, params) = text::split_while(rest, |byte| byte != b';');
        let (host, _, port) = host_port_of(text::trim(sent_by)).map_err(wrong)?;
        // In one pass, and the first of a name counts: a Via is read several times a message.
        let (mut branch, mut received, mut rport) = (None, None, None);
        for (key, value) in text::params(params) {
            if key.eq_ignore_ascii_case(b"branch") {
                branch.get_or_insert(value);
            } else if key.eq_ignore_ascii_case(b"rport") {
                rport.get_or_insert(value);
            } else if key.eq_ignore_ascii_case(b"received") {
                received.get_or_insert(value);
            }
        }
        let rport = match rport {
            None => None,
            Some(b"") => Some(None),
            Some(port) => Some(Some(text::port(port).ok_or(wrong("rport is not a port"))?)),
        };
        Ok(Via {
            text,
            transport,
            host,
            port,
            branch: branch.unwrap_or_default(),
            received: received.and_then(address),
            rport,
        })
    }

    /// Whether the branch has the magic cookie and something behind it (RFC 3261 §8.1.1.7).
    #[must_use]
    pub fn is_rfc3261(&self) -> bool {
        let (cookie, rest) = text::split_at(self.branch, MAGIC_COOKIE.len());
        cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && !rest.is_empty()
    }
}

/// `SIP / 2.0 / transport` with white space wherever it may be, and what follows. The version may be
/// another, or there were no way to answer a request that gets 505 for its own.
fn sent_protocol(text: &[u8]) -> Result<(&str, &[u8]), &'static str> {
    let (protocol, rest) = text::split_once(text, b'/').ok_or("no protocol")?;
    if !text::trim(protocol).eq_ignore_ascii_case(b"SIP") {
        return Err("protocol is not SIP");
    }
    let (version, rest) = text::split_once(rest, b'/').ok_or("no transport")?;
    if !text::is_token(text::trim(version)) {
        return Err("no version");
    }
    let (transport, rest) = text::split_while(text::trim_start(rest), text::is_token_byte);
    if transport.is_empty() || !rest.first().is_some_and(|&byte| text::is_lws(byte)) {
        return Err("no transport");
    }
    Ok((str::from_utf8(transport).map_err(|_| "no transport")?, rest))
}

/// An address with or without brackets (RFC 5118 §4.5 asks for both in `received`).
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    text.parse().ok().or_else(|| ipv6(text).map(IpAddr::V6))
}

/// A name-addr or addr-spec with parameters: From, To, Contact, Route, P-Asserted-Identity, …
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// Shows the URI as [`Uri`] does and no display name.
impl fmt::Debug for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameAddr({:?})", self.uri)
    }
}

impl<'a> NameAddr<'a> {
    /// Reads one value. `*` (Contact in REGISTER) is an error here.
    ///
    /// A display name that should have been quoted is taken as it is, and blanks inside the angle
    /// brackets are passed over: what is meant is clear in both (RFC 4475 §3.1.2.14 and .15).
    pub fn parse(text: &'a [u8]) -> Result<NameAddr<'a>, HeaderError> {
        let parts = Parts::of(text)?;
        let uri = Uri::parse(parts.uri)?;
        // A URI with `?` or a comma has to have brackets (RFC 3261 §20).
        if !parts.has_brackets
            && matches!(uri.scheme, Scheme::Sip | Scheme::Sips)
            && uri.text.iter().any(|byte| b"?,".contains(byte))
        {
            return Err(wrong("this URI needs angle brackets"));
        }
        Ok(NameAddr { text, display: parts.display, uri, params: parts.params })
    }

    /// The tag of a value whose URI is not looked at: which dialog a message belongs to is asked far
    /// more often than whom it names.
    #[must_use]
    pub fn tag_in(text: &'a [u8]) -> Option<&'a [u8]> {
        text::param(Parts::of(text).ok()?.params, "tag").filter(|tag| !tag.is_empty())
    }

    /// A header parameter by name in any case: `Some(b"")` for a flag.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'a [u8]> {
        text::param(self.params, name)
    }

    /// The tag parameter, if it has a value.
    #[must_use]
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.param("tag").filter(|t| !t.is_empty())
    }
}

/// A name-addr or addr-spec cut into its parts, none of them read.
struct Parts<'a> {
    display: &'a [u8],
    uri: &'a [u8],
    params: &'a [u8],
    /// Without angle brackets all parameters are the header's.
    has_brackets: bool,
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8]) -> Result<Parts<'a>, HeaderError> {
        let trimmed = text::trim(text);
        let (display, rest) = match trimmed.first() {
            Some(b'"') => {
                let end = text::quoted_end(trimmed).ok_or(wrong("quote left open"))?;
                let (quoted, rest) = text::split_at(trimmed, end);
                let rest = text::trim_start(rest);
                if rest.first() != Some(&b'<') {
                    return Err(wrong("no < behind the display name"));
                }
                (text::unquoted(quoted), rest)
            }
            _ => match text::split_while(trimmed, |byte| byte != b'<') {
                (_, b"") => {
                    let (uri, params) = text::split_while(trimmed, |byte| byte != b';');
                    let uri = text::trim_end(uri);
                    return Ok(Parts { display: b"", uri, params, has_brackets: false });
                }
                (display, rest) => (text::trim_end(display), rest),
            },
        };
        let (uri, params) = text::split_once(rest, b'>').ok_or(wrong("no > behind the URI"))?;
        let params = text::trim_start(params);
        if !matches!(params.first(), None | Some(b';')) {
            return Err(wrong("no ; behind the URI"));
        }
        let uri = text::trim(uri.get(1..).unwrap_or_default());
        Ok(Parts { display, uri, params, has_brackets: true })
    }
}

fn wrong(what: &'static str) -> HeaderError {
    HeaderError { header: "name-addr", what }
}

/// CSeq: number below 2³¹ and method (RFC 3261 §20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// The method.
    pub method: Method,
}

/// The first number that is too large for a CSeq (RFC 3261 §8.1.1.5).
const CSEQ_END: u32 = 1 << 31;

impl CSeq {
    /// Reads a CSeq value.
    pub fn parse(text: &[u8]) -> Result<CSeq, HeaderError> {
        let (number, method) = CSeq::parts(text)?;
        Ok(CSeq { number, method: Method::parse(method) })
    }

    /// The number, and the method's text: two methods we have no word for may still differ.
    pub(super) fn parts(text: &[u8]) -> Result<(u32, &[u8]), HeaderError> {
        let wrong = |what| HeaderError { header: "CSeq", what };
        let (number, rest) = text::split_while(text::trim(text), |byte| byte.is_ascii_digit());
        let number = text::number(number)
            .filter(|&number| number < CSEQ_END)
            .ok_or(wrong("not a number below 2^31"))?;
        let method = text::trim_start(rest);
        match text::is_token(method) && method.len() < rest.len() {
            true => Ok((number, method)),
            false => Err(wrong("no method")),
        }
    }
}

/// Looks a parameter up in `;a=1;b;c="x"`: name in any case, quotes taken off.
#[must_use]
pub fn param<'a>(params: &'a [u8], name: &str) -> Option<&'a [u8]> {
    text::param(params, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Host;

    #[test]
    fn a_plain_via() {
        let text = b"SIP/2.0/UDP 192.0.2.1:5080;rport;branch=z9hG4bKabc;received=203.0.113.9";
        let via = Via::parse(text).unwrap();
        assert_eq!((via.transport, via.host, via.port), ("UDP", "192.0.2.1", Some(5080)));
        assert_eq!((via.branch, via.rport), (&b"z9hG4bKabc"[..], Some(None)));
        assert_eq!(via.received, Some("203.0.113.9".parse().unwrap()));
        assert!(via.is_rfc3261());
        assert_eq!(via.text, text);
    }

    /// MSG-03: white space wherever RFC 3261 lets it be.
    #[test]
    fn msg_03_a_via_full_of_white_space() {
        let text = b"sip  /   2.0\r\n /TCP\r\n    spindle.example.com : 5061  ;\r\n  BRANCH  =  z9 ;rport = 7";
        let via = Via::parse(text).unwrap();
        assert_eq!((via.transport, via.host, via.port), ("TCP", "spindle.example.com", Some(5061)));
        assert_eq!((via.branch, via.rport), (&b"z9"[..], Some(Some(7))));
    }

    #[test]
    fn via_with_ipv6() {
        let via = Via::parse(b"SIP/2.0/UDP [2001:db8::9:1]:5070;received=[2001:db8::9:255]");
        let via = via.unwrap();
        assert_eq!((via.host, via.port), ("[2001:db8::9:1]", Some(5070)));
        assert_eq!(via.received, Some("2001:db8::9:255".parse().unwrap()));
        let via = Via::parse(b"SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255").unwrap();
        assert_eq!(via.received, Some("2001:db8::9:255".parse().unwrap()));
    }

    /// TXN-16: the branch of an RFC 2543 peer is read and known for what it is.
    #[test]
    fn txn_16_branches_without_the_cookie() {
        for (via, branch) in [
            (&b"SIP/2.0/UDP h"[..], &b""[..]),
            (b"SIP/2.0/UDP h;branch=1", b"1"),
            (b"SIP/2.0/UDP h;branch=z9hG4bK", b"z9hG4bK"),
            (b"SIP/2.0/UDP h;branch=", b""),
        ] {
            let via = Via::parse(via).unwrap();
            assert_eq!(via.branch, branch);
            assert!(!via.is_rfc3261());
        }
    }

    #[test]
    fn broken_vias_are_errors() {
        for text in [
            "",
            ";",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/2.0/UDP ;branch=1",
            "SIP//UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0 h",
            "SIP/2.0/UDP h:70000",
            "SIP/2.0/UDP h;rport=70000",
            "SIP/2.0/UDP h i",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP 2001:db8::1",
        ] {
            assert!(Via::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_shapes_of_a_name_addr() {
        for (text, display, uri, tag) in [
            ("<sip:a@b>", "", "sip:a@b", None),
            ("<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", Some("1")),
            ("sip:a@b;tag=1", "", "sip:a@b", Some("1")),
            ("sip:a@b ;\r\n  tag    = 19", "", "sip:a@b", Some("19")),
            ("Anna <sip:a@b> ; tag=x", "Anna", "sip:a@b", Some("x")),
            ("caller<sip:a@b>;TAG=x", "caller", "sip:a@b", Some("x")),
            ("\"A \\\"<b>\\\" ,;\" <sip:a@b>;tag=", "A \\\"<b>\\\" ,;", "sip:a@b", None),
            ("Bell, Alexander <sip:a@b>;tag=43", "Bell, Alexander", "sip:a@b", Some("43")),
            ("\"W\" < sip:t@e >", "W", "sip:t@e", None),
            ("Müller <tel:+39;x=1>", "Müller", "tel:+39;x=1", None),
            ("isbn:2983792873", "", "isbn:2983792873", None),
        ] {
            let read = NameAddr::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read.display, display.as_bytes(), "{text}");
            assert_eq!(read.uri.text, uri.as_bytes(), "{text}");
            assert_eq!(read.tag(), tag.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn broken_name_addrs_are_errors() {
        for text in [
            "",
            "*",
            "Bell",
            "\"Mr. J. User <sip:j.user@example.com>",
            "\"A\" sip:a@b",
            "<sip:a@b",
            "<sip:a@b>tag=1",
            "<sip:a@b>, <sip:c@d>",
            "<>",
            "sip:u@e?Route=%3Csip:x%3E",
            "alan@jasomi.com",
        ] {
            assert!(NameAddr::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn parameters_belong_to_uri_or_header_by_the_brackets() {
        let inside = NameAddr::parse(b"<sip:a@b;expires=1>;q=0.5").unwrap();
        assert_eq!((inside.param("expires"), inside.param("Q")), (None, Some(&b"0.5"[..])));
        assert_eq!(inside.uri.param("expires"), Some(&b"1"[..]));
        let outside = NameAddr::parse(b"sip:a@b;expires=1").unwrap();
        assert_eq!(outside.param("expires"), Some(&b"1"[..]));
        assert_eq!((outside.uri.params, outside.uri.host), (&b""[..], Host::Name("b")));
    }

    #[test]
    fn cseq_numbers_end_at_two_to_the_31() {
        let parse = |text: &str| CSeq::parse(text.as_bytes());
        let cseq = |number, method| Ok(CSeq { number, method });
        assert_eq!(parse("0009\r\n  INVITE"), cseq(9, Method::Invite));
        assert_eq!(parse("2147483647 BYE"), cseq(2_147_483_647, Method::Bye));
        assert_eq!(parse("1 invite"), cseq(1, Method::Unknown));
        for text in ["2147483648 BYE", "36893488147419103232 R", "", "1", "1INVITE", "x BYE"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("-1 BYE").is_err() && parse("1 BYE BYE").is_err());
    }
}

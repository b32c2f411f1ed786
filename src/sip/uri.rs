//! `sip:`, `sips:` and `tel:` URIs, read without copying (RFC 3261 §19.1, RFC 3966).

use super::{HeaderError, text};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

/// A URI. For `tel:` the number is `user` and what follows it is `params`; for all other schemes
/// than SIP's the whole rest is `user`. In both the host is an empty name.
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// Shows where it leads and not whom it names: user parts are phone numbers.
impl fmt::Debug for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({:?} … {:?} {:?})", self.scheme, self.host, self.port)
    }
}

/// An error of the URI whose place the caller fills in.
fn wrong(what: &'static str) -> HeaderError {
    HeaderError { header: "URI", what }
}

impl<'a> Uri<'a> {
    /// Reads a URI that stands alone (no angle brackets).
    pub fn parse(text: &'a [u8]) -> Result<Uri<'a>, HeaderError> {
        if text.iter().any(|&byte| byte <= b' ' || matches!(byte, b'<' | b'>' | 0x7f)) {
            return Err(wrong("white space or brackets in the URI"));
        }
        let (scheme, rest) = text::split_once(text, b':').ok_or(wrong("no scheme"))?;
        if !is_scheme(scheme) {
            return Err(wrong("no scheme"));
        }
        if rest.is_empty() {
            return Err(wrong("nothing behind the scheme"));
        }
        let is = |name: &[u8]| scheme.eq_ignore_ascii_case(name);
        if is(b"sip") {
            return Uri::parse_sip(text, Scheme::Sip, rest);
        }
        if is(b"sips") {
            return Uri::parse_sip(text, Scheme::Sips, rest);
        }
        let (scheme, (user, params)) = match is(b"tel") {
            true => (Scheme::Tel, text::split_while(rest, |byte| byte != b';')),
            false => (Scheme::Other, (rest, &b""[..])),
        };
        Ok(Uri { text, scheme, user, host: Host::Name(""), port: None, params, headers: b"" })
    }

    fn parse_sip(text: &'a [u8], scheme: Scheme, rest: &'a [u8]) -> Result<Uri<'a>, HeaderError> {
        // The user part may hold `;` and `?` as they are, so the first `@` is looked for before them.
        let (user, rest) = match text::split_once(rest, b'@') {
            Some((userinfo, rest)) => (text::split_while(userinfo, |byte| byte != b':').0, rest),
            None => (&b""[..], rest),
        };
        let (host_port, rest) = text::split_while(rest, |byte| !matches!(byte, b';' | b'?'));
        let (_, host, port) = host_port_of(host_port).map_err(wrong)?;
        let (params, headers) = text::split_while(rest, |byte| byte != b'?');
        let headers = headers.get(1..).unwrap_or_default();
        Ok(Uri { text, scheme, user, host, port, params, headers })
    }

    /// A parameter's value by name in any case: `Some(b"")` for a flag, none if absent.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'a [u8]> {
        text::param(self.params, name)
    }

    /// The user part with %-escapes undone, as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn user_decoded(&self) -> String {
        let mut bytes = Vec::with_capacity(self.user.len());
        let mut rest = self.user;
        while let Some((&byte, behind)) = rest.split_first() {
            match escaped(rest) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = rest.get(3..).unwrap_or_default();
                }
                None => {
                    bytes.push(byte);
                    rest = behind;
                }
            }
        }
        String::from_utf8(bytes)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }

    /// Whether `;lr` is there (a loose router, RFC 3261 §19.1.1).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }
}

/// Whether this is a scheme by RFC 3986 §3.1.
fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The byte that a leading `%xx` stands for; a `%` without two hex digits stands for itself.
fn escaped(text: &[u8]) -> Option<u8> {
    let (b'%', hex) = text.split_first().map(|(&first, rest)| (first, rest))? else { return None };
    let digit = |at: usize| char::from(*hex.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Reads `host`, `host:port`, `[v6]` or `[v6]:port`: the host as it came and as it reads, and the
/// port. A colon with nothing behind it names no port.
pub(super) fn host_port_of(text: &[u8]) -> Result<(&str, Host<'_>, Option<u16>), &'static str> {
    let (host, rest) = match text.first() {
        Some(b'[') => {
            let end = text.iter().position(|&byte| byte == b']').ok_or("bracket left open")?;
            text::split_at(text, end + 1)
        }
        _ => text::split_while(text, |byte| byte != b':' && !text::is_lws(byte)),
    };
    let host_text = str::from_utf8(host).map_err(|_| "host is not ASCII")?;
    let read = read_host(host_text).ok_or("not a host")?;
    let port = match text::trim_start(rest).split_first() {
        None => None,
        Some((b':', port)) => match text::trim(port) {
            b"" => None,
            port => Some(text::port(port).ok_or("not a port")?),
        },
        Some(_) => return Err("not a host and port"),
    };
    Ok((host_text, read, port))
}

/// A host: an IPv6 address in brackets, an IPv4 address, or a name. The underscore is in no RFC's
/// host names and in many real ones.
fn read_host(text: &str) -> Option<Host<'_>> {
    if let Some(inner) = text.strip_prefix('[') {
        return ipv6(inner.strip_suffix(']')?).map(|address| Host::Ip(IpAddr::V6(address)));
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(Host::Ip(IpAddr::V4(address)));
    }
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_name_byte)).then_some(Host::Name(text))
}

/// An IPv6 address without its brackets. RFC 3261's grammar has a fault that lets three colons stand
/// before an embedded IPv4 address, and RFC 5118 §4.10 asks to take them for two.
pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok().or_else(|| {
        let (before, behind) = text.split_once(":::")?;
        format!("{before}::{behind}").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e:?}"))
    }

    #[test]
    fn all_parts_of_a_sip_uri() {
        let uri = uri("SIP:anna;x=1:pw@Host-1.example.com:5070;LR;transport=TCP?Subject=a&b=c");
        assert_eq!(uri.scheme, Scheme::Sip);
        assert_eq!(uri.user, b"anna;x=1");
        assert_eq!(uri.host, Host::Name("Host-1.example.com"));
        assert_eq!(uri.port, Some(5070));
        assert_eq!(uri.params, b";LR;transport=TCP");
        assert_eq!(uri.headers, b"Subject=a&b=c");
        assert!(uri.is_loose_router());
        assert_eq!(uri.param("Transport"), Some(&b"TCP"[..]));
        assert_eq!(uri.param("maddr"), None);
    }

    #[test]
    fn literal_addresses_of_both_families() {
        assert_eq!(uri("sip:192.0.2.1").host, Host::Ip("192.0.2.1".parse().unwrap()));
        let v6 = uri("sips:a@[2001:db8::9:1]:5061;lr");
        assert_eq!(v6.host, Host::Ip("2001:db8::9:1".parse().unwrap()));
        assert_eq!((v6.port, v6.scheme), (Some(5061), Scheme::Sips));
        assert_eq!(uri("sip:[::1]").port, None);
        assert_eq!(uri("sip:999.1.1.1").host, Host::Name("999.1.1.1"));
    }

    #[test]
    fn tel_and_other_schemes() {
        let tel = uri("tel:+39-02-1234;phone-context=it");
        assert_eq!((tel.scheme, tel.user), (Scheme::Tel, &b"+39-02-1234"[..]));
        assert_eq!(tel.param("phone-context"), Some(&b"it"[..]));
        assert_eq!(tel.host, Host::Name(""));
        let other = uri("soap.beep://192.0.2.103:3002");
        assert_eq!((other.scheme, other.user), (Scheme::Other, &b"//192.0.2.103:3002"[..]));
    }

    /// REAL-23: what numbers bring along is kept, and undone only on demand.
    #[test]
    fn real_23_escapes_are_kept_and_decoded_on_demand() {
        let number = uri("sip:%2339*02%zz%4@h;ob;gr=x");
        assert_eq!(number.user, b"%2339*02%zz%4");
        assert_eq!(number.user_decoded(), "#39*02%zz%4");
        assert_eq!(uri("sip:%c3%a9@h").user_decoded(), "é");
        assert_eq!(uri("sip:%ff@h").user_decoded(), "\u{fffd}");
        assert_eq!(uri("sip:n%00n@h").user_decoded(), "n\0n");
    }

    #[test]
    fn broken_uris_are_errors() {
        for text in [
            "",
            "sip",
            "sip:",
            ":a",
            "sip:@",
            "sip:a@",
            "sip:a b@c",
            "<sip:a@b>",
            "sip:a@b@c",
            "sip:a@b:99999",
            "sip:a@b:4294967297",
            "sip:a@b:x",
            "sip:a@b:50 60",
            "sip:[::1",
            "sip:[::1]x",
            "sip:[fe80::1%25eth0]",
            "sip:2001:db8::10",
            "sip:a@b/c",
            "1sip:a@b",
            "*",
            "sip:a@b\0",
        ] {
            assert!(Uri::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        assert!(!format!("{:?}", uri("sip:+390212345@h")).contains("0212345"));
    }
}

//! Who may ask: host names, origins, the bearer token.
//!
//! A browser on this machine will send any page's request to 127.0.0.1. The `Host` check stops a
//! page whose name was rebound to our address, the `Origin` check stops a page that posts across
//! origins, the token stops everybody who cannot read the token's file.

use sha2::{Digest, Sha256};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The rules of one server.
#[derive(Clone, Debug)]
pub struct Guard {
    bound: IpAddr,
    names: Vec<String>,
    token: Token,
}

/// The bearer token, kept as its hash, so that a comparison takes the same time whatever is
/// wrong, and `Debug` gives nothing away.
#[derive(Clone)]
struct Token([u8; 32]);

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No `Host`, or one that is not ours.
    Host,
    /// The request comes from a page of another origin.
    Origin,
    /// The token is missing or wrong.
    Token,
}

impl Guard {
    /// Rules for a server bound to `bound`, reachable under `localhost` and `names` too.
    #[must_use]
    pub fn new(bound: SocketAddr, names: &[String], token: &str) -> Guard {
        Guard {
            bound: bound.ip(),
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            token: Token(Sha256::digest(token.as_bytes()).into()),
        }
    }

    /// Checks `Host` and `Origin`, given as the text of the headers.
    pub fn check_source(&self, host: Option<&str>, origin: Option<&str>) -> Result<(), Refusal> {
        let host = host.ok_or(Refusal::Host)?;
        if !self.is_ours(host) {
            return Err(Refusal::Host);
        }
        match origin {
            None => Ok(()),
            Some(origin) => {
                let authority =
                    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
                let same = authority.is_some_and(|from| from.eq_ignore_ascii_case(host));
                same.then_some(()).ok_or(Refusal::Origin)
            }
        }
    }

    /// Checks the `Authorization` header.
    pub fn check_token(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        let (scheme, token) =
            authorization.and_then(|value| value.split_once(' ')).ok_or(Refusal::Token)?;
        let matches = scheme.eq_ignore_ascii_case("bearer") && self.token.is(token.trim());
        matches.then_some(()).ok_or(Refusal::Token)
    }

    /// Whether reads need the token too: on any address that others can reach.
    #[must_use]
    pub fn reads_need_token(&self) -> bool {
        !self.bound.is_loopback()
    }

    /// Whether a `Host` value names this server. The port does not matter: a forwarded port
    /// (ssh -L) has another number, and rebinding is a matter of the name.
    fn is_ours(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        match name.parse::<IpAddr>() {
            Ok(ip) => self.is_our_address(ip),
            Err(_) => name == "localhost" || self.names.contains(&name),
        }
    }

    /// An address cannot be rebound, so all of this machine's are ours when we listen on all.
    fn is_our_address(&self, ip: IpAddr) -> bool {
        self.bound.is_unspecified()
            || ip == self.bound
            || ip.is_loopback() && self.bound.is_loopback()
    }
}

/// The name in a `Host` value, without port and brackets, in lower case; none if it is malformed.
fn name_of(host: &str) -> Option<String> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, after) = rest.split_once(']')?;
            (name, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let port_is_fine = port.is_none_or(|port| port.parse::<u16>().is_ok());
    (port_is_fine && !name.is_empty()).then(|| name.to_ascii_lowercase())
}

impl Token {
    fn is(&self, offered: &str) -> bool {
        let offered: [u8; 32] = Sha256::digest(offered.as_bytes()).into();
        let difference = self.0.iter().zip(offered).fold(0, |sum, (a, b)| sum | (a ^ b));
        difference == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(bound: &str) -> Guard {
        Guard::new(bound.parse().unwrap(), &["desk.example".to_owned()], "secret")
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for (bound, host, ours) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("127.0.0.1:8080", "localhost:9000", true),
            ("127.0.0.1:8080", "LOCALHOST", true),
            ("127.0.0.1:8080", "[::1]:8080", true),
            ("127.0.0.1:8080", "desk.example", true),
            ("127.0.0.1:8080", "evil.example:8080", false),
            ("127.0.0.1:8080", "localhost.evil.example", false),
            ("127.0.0.1:8080", "10.0.0.9:8080", false),
            ("127.0.0.1:8080", "", false),
            ("127.0.0.1:8080", "[::1", false),
            ("127.0.0.1:8080", "localhost:80:80", false),
            ("10.0.0.5:8080", "10.0.0.5", true),
            ("10.0.0.5:8080", "127.0.0.1", false),
            ("0.0.0.0:8080", "10.0.0.9", true),
            ("0.0.0.0:8080", "evil.example", false),
        ] {
            let expected = if ours { Ok(()) } else { Err(Refusal::Host) };
            assert_eq!(guard(bound).check_source(Some(host), None), expected, "{bound} {host}");
        }
        assert_eq!(guard("127.0.0.1:1").check_source(None, None), Err(Refusal::Host));
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let guard = guard("127.0.0.1:8080");
        for (origin, allowed) in [
            ("http://localhost:8080", true),
            ("http://localhost:8081", false),
            ("http://evil.example", false),
            ("null", false),
            ("file://", false),
        ] {
            let expected = if allowed { Ok(()) } else { Err(Refusal::Origin) };
            let found = guard.check_source(Some("localhost:8080"), Some(origin));
            assert_eq!(found, expected, "{origin}");
        }
    }

    #[test]
    fn the_token_is_compared_whole_and_never_shown() {
        let guard = guard("127.0.0.1:8080");
        assert_eq!(guard.check_token(Some("Bearer secret")), Ok(()));
        assert_eq!(guard.check_token(Some("bearer  secret ")), Ok(()));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "Basic secret", "secret", ""] {
            assert_eq!(guard.check_token(Some(wrong)), Err(Refusal::Token), "{wrong}");
        }
        assert_eq!(guard.check_token(None), Err(Refusal::Token));
        assert!(!format!("{guard:?}").contains("secret"));
    }

    #[test]
    fn reads_need_the_token_off_loopback() {
        assert!(!guard("127.0.0.1:1").reads_need_token() && !guard("[::1]:1").reads_need_token());
        assert!(guard("10.0.0.5:1").reads_need_token() && guard("0.0.0.0:1").reads_need_token());
    }
}

//! Digest credentials for our own requests (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! Left out on purpose: the session variants (`MD5-sess`), SHA-512/256 and `auth-int`, which no
//! trunk asks for; a challenge with only those cannot be answered.

use super::text::{self, List};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;

/// User name and password, by the plan; printed by no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A challenge from a 401 or 407.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// realm
    pub realm: String,
    /// nonce
    pub nonce: String,
    /// opaque, to be given back
    pub opaque: Option<String>,
    /// stale=true: the credentials were right, the nonce was old
    pub stale: bool,
    /// The hash to use.
    pub algorithm: Algorithm,
    /// Whether qop=auth is offered.
    pub qop_auth: bool,
}

/// The hashes we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5 (the default where none is named).
    Md5,
    /// SHA-256 (RFC 8760).
    Sha256,
}

impl Algorithm {
    /// As written in a challenge.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    fn parse(text: &[u8]) -> Option<Algorithm> {
        [Algorithm::Md5, Algorithm::Sha256]
            .into_iter()
            .find(|algorithm| text.eq_ignore_ascii_case(algorithm.as_str().as_bytes()))
    }

    /// The hash of the parts with colons between them, as hex digits in lower case.
    fn hash(self, parts: &[&str]) -> String {
        match self {
            Algorithm::Md5 => hash::<Md5>(parts),
            Algorithm::Sha256 => hash::<Sha256>(parts),
        }
    }
}

fn hash<D: Digest>(parts: &[&str]) -> String {
    let mut digest = D::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    let digest = digest.finalize();
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut hex, byte| {
        // Writing into a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Challenge {
    /// Reads one WWW-Authenticate or Proxy-Authenticate line; none if it is not a Digest we can
    /// answer.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Challenge> {
        let (scheme, params) = text::split_while(text::trim(value), |byte| !text::is_lws(byte));
        if !scheme.eq_ignore_ascii_case(b"Digest") {
            return None;
        }
        let qop = param(params, "qop");
        let qop_auth =
            qop.is_some_and(|qop| List::commas(qop).any(|q| q.eq_ignore_ascii_case(b"auth")));
        if qop.is_some_and(|qop| !qop.is_empty()) && !qop_auth {
            return None;
        }
        // Escapes inside the quotes stay: they are hashed and given back as they came.
        let owned =
            |name| param(params, name).and_then(|value| String::from_utf8(value.into()).ok());
        Some(Challenge {
            realm: owned("realm")?,
            nonce: owned("nonce")?,
            opaque: owned("opaque"),
            stale: param(params, "stale").is_some_and(|v| v.eq_ignore_ascii_case(b"true")),
            algorithm: param(params, "algorithm").map_or(Some(Algorithm::Md5), Algorithm::parse)?,
            qop_auth,
        })
    }

    /// The value of Authorization or Proxy-Authorization.
    #[must_use]
    pub fn answer(
        &self,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        nonce_count: u32,
        cnonce: &str,
    ) -> String {
        let Challenge { realm, nonce, algorithm, .. } = self;
        let secret = algorithm.hash(&[&credentials.user, realm, &credentials.password]);
        let request = algorithm.hash(&[method, uri]);
        let count = format!("{nonce_count:08x}");
        let response = match self.qop_auth {
            true => algorithm.hash(&[&secret, nonce, &count, cnonce, "auth", &request]),
            false => algorithm.hash(&[&secret, nonce, &request]),
        };
        let user = credentials.user.replace('\\', "\\\\").replace('"', "\\\"");
        let mut answer = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm={}",
            algorithm.as_str()
        );
        // Writing into a String does not fail.
        if let Some(opaque) = &self.opaque {
            let _ = write!(answer, ", opaque=\"{opaque}\"");
        }
        if self.qop_auth {
            let _ = write!(answer, ", qop=auth, nc={count}, cnonce=\"{cnonce}\"");
        }
        answer
    }
}

/// Looks an auth-param up: name in any case, quotes taken off, escapes left.
fn param<'a>(params: &'a [u8], name: &str) -> Option<&'a [u8]> {
    List::commas(params).find_map(|part| {
        let (key, value) = text::split_once(part, b'=')?;
        let is_it = text::trim(key).eq_ignore_ascii_case(name.as_bytes());
        is_it.then(|| text::unquoted(text::trim(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user: &str, password: &str) -> Credentials {
        Credentials { user: user.to_owned(), password: password.to_owned() }
    }

    fn value<'a>(answer: &'a str, name: &str) -> &'a [u8] {
        param(answer.strip_prefix("Digest").unwrap().as_bytes(), name).unwrap()
    }

    /// The example of RFC 2617 §3.5.
    #[test]
    fn md5_with_qop_by_rfc_2617() {
        let challenge = Challenge::parse(
            b"Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
              nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
              opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        )
        .unwrap();
        let who = credentials("Mufasa", "Circle Of Life");
        let answer = challenge.answer(&who, "GET", "/dir/index.html", 1, "0a4f113b");
        assert_eq!(value(&answer, "response"), b"6629fae49393a05397450978507c4ef1");
        assert_eq!(value(&answer, "nc"), b"00000001");
        assert_eq!(value(&answer, "opaque"), b"5ccc069c403ebaf9f0171e9517f40e41");
        assert_eq!(value(&answer, "username"), b"Mufasa");
    }

    /// The two examples of RFC 7616 §3.9.1.
    #[test]
    fn md5_and_sha_256_by_rfc_7616() {
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = Challenge::parse(
                format!(
                    "Digest realm=\"http-auth@example.org\",qop=\"auth, auth-int\",\
                     algorithm={algorithm},nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\",\
                     opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
                )
                .as_bytes(),
            )
            .unwrap();
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let who = credentials("Mufasa", "Circle of Life");
            let answer = challenge.answer(&who, "GET", "/dir/index.html", 1, cnonce);
            assert_eq!(value(&answer, "response"), response.as_bytes());
            assert_eq!(value(&answer, "algorithm"), algorithm.as_bytes());
        }
    }

    /// RFC 2069's shape, by its own formula spelled out.
    #[test]
    fn without_qop_the_old_formula() {
        let challenge = Challenge::parse(b"digest Realm=\"r\" , NONCE=\"n\",qop=\"\"").unwrap();
        assert!(!challenge.qop_auth && challenge.opaque.is_none());
        let answer = challenge.answer(&credentials("u", "p"), "BYE", "sip:x", 9, "c");
        let want = hash::<Md5>(&[&hash::<Md5>(&["u:r:p"]), "n", &hash::<Md5>(&["BYE:sip:x"])]);
        assert_eq!(value(&answer, "response"), want.as_bytes());
        assert!(!answer.contains("qop") && !answer.contains("cnonce"));
    }

    #[test]
    fn quotes_and_escapes_survive() {
        let challenge =
            Challenge::parse(b"Digest realm=\"a \\\"b\\\", c\", nonce=\"n\", stale=TRUE").unwrap();
        assert_eq!((challenge.realm.as_str(), challenge.stale), ("a \\\"b\\\", c", true));
        let answer = challenge.answer(&credentials("u\"1", "p"), "BYE", "sip:x", 1, "c");
        assert_eq!(value(&answer, "realm"), challenge.realm.as_bytes());
        assert!(answer.contains("username=\"u\\\"1\""), "{answer}");
    }

    #[test]
    fn what_cannot_be_answered_is_none() {
        for text in [
            "",
            "Digest",
            "Basic realm=\"x\"",
            "NoOneKnowsThisScheme opaque-data=here",
            "Digest realm=\"r\"",
            "Digest nonce=\"n\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess",
            "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
        ] {
            assert_eq!(Challenge::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let shown = format!("{:?}", credentials("anna", "secret"));
        assert!(!shown.contains("anna") && !shown.contains("secret"));
    }
}

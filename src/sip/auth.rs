//! Digest credentials (RFC 3261 §22, RFC 7616, RFC 8760): ours for who challenges us, and the check
//! of theirs where we challenge.
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

    /// The value of WWW-Authenticate or Proxy-Authenticate, where the challenge is ours.
    #[must_use]
    pub fn to_value(&self) -> String {
        let Challenge { realm, nonce, algorithm, .. } = self;
        let algorithm = algorithm.as_str();
        let mut value =
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}");
        // Writing into a String does not fail.
        if let Some(opaque) = &self.opaque {
            let _ = write!(value, ", opaque=\"{opaque}\"");
        }
        if self.qop_auth {
            value.push_str(", qop=\"auth\"");
        }
        if self.stale {
            value.push_str(", stale=true");
        }
        value
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
        let count = format!("{nonce_count:08x}");
        let response = self.response(credentials, method, uri, &count, cnonce);
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

    /// The hash in which it all ends (RFC 7616 §3.4.1; without qop RFC 2069's).
    fn response(
        &self,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        nonce_count: &str,
        cnonce: &str,
    ) -> String {
        let Challenge { realm, nonce, algorithm, .. } = self;
        let secret = algorithm.hash(&[&credentials.user, realm, &credentials.password]);
        let request = algorithm.hash(&[method, uri]);
        match self.qop_auth {
            true => algorithm.hash(&[&secret, nonce, nonce_count, cnonce, "auth", &request]),
            false => algorithm.hash(&[&secret, nonce, &request]),
        }
    }
}

/// What somebody answered to a challenge of ours: one Authorization or Proxy-Authorization line.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who they say they are.
    pub user: String,
    /// The realm they answer for.
    pub realm: String,
    /// The nonce they were given; whether it is one of ours and fresh is the caller's to know.
    pub nonce: String,
    /// `nc`, if it is there: a smaller one than before is a replay.
    pub nonce_count: Option<u32>,
    uri: String,
    response: String,
    cnonce: String,
    count_text: String,
    algorithm: Algorithm,
    is_qop_auth: bool,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

impl Answer {
    /// Reads one line; none if it is no Digest we could have asked for.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Answer> {
        let (scheme, params) = text::split_while(text::trim(value), |byte| !text::is_lws(byte));
        if !scheme.eq_ignore_ascii_case(b"Digest") {
            return None;
        }
        let owned =
            |name| param(params, name).and_then(|value| String::from_utf8(value.into()).ok());
        let qop = param(params, "qop").filter(|qop| !qop.is_empty());
        let is_qop_auth = qop.is_some_and(|qop| qop.eq_ignore_ascii_case(b"auth"));
        let count_text = owned("nc").unwrap_or_default();
        let nonce_count = u32::from_str_radix(&count_text, 16).ok();
        if qop.is_some() && (!is_qop_auth || nonce_count.is_none()) {
            return None;
        }
        Some(Answer {
            user: unescaped(&owned("username")?),
            realm: owned("realm")?,
            nonce: owned("nonce")?,
            nonce_count,
            uri: owned("uri")?,
            response: owned("response")?,
            cnonce: owned("cnonce").unwrap_or_default(),
            count_text,
            algorithm: param(params, "algorithm").map_or(Some(Algorithm::Md5), Algorithm::parse)?,
            is_qop_auth,
        })
    }

    /// Whether this answers that challenge with these credentials. An answer without qop to a
    /// challenge that offered it is refused: it would let replays through.
    #[must_use]
    pub fn is_right(&self, challenge: &Challenge, credentials: &Credentials, method: &str) -> bool {
        let is_to_this = self.realm == challenge.realm
            && self.nonce == challenge.nonce
            && self.algorithm == challenge.algorithm
            && self.is_qop_auth == challenge.qop_auth
            && self.user == credentials.user;
        let want =
            challenge.response(credentials, method, &self.uri, &self.count_text, &self.cnonce);
        is_to_this && same(want.as_bytes(), self.response.to_ascii_lowercase().as_bytes())
    }
}

/// Compares to the end whatever differs first, so that the time taken tells nothing.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// A quoted string's content without its escapes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

/// Looks an auth-param up: name in any case, quotes taken off, escapes left. What is neither quoted
/// to its end nor free of quotes is none: it could not be given back.
fn param<'a>(params: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = List::commas(params).find_map(|part| {
        let (key, value) = text::split_once(part, b'=')?;
        text::trim(key).eq_ignore_ascii_case(name.as_bytes()).then(|| text::trim(value))
    })?;
    match value.first() {
        Some(b'"') => (text::quoted_end(value) == Some(value.len())).then(|| text::unquoted(value)),
        _ => (!value.iter().any(|byte| b"\"\\".contains(byte))).then_some(value),
    }
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
            "Digest nonce=\"n\", realm=\"r",
            "Digest nonce=\"n\", realm=r\"\"",
            "Digest nonce=\"n\", realm=\"r\"x",
            "Digest nonce=\"n\", realm=r\\",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess",
            "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
        ] {
            assert_eq!(Challenge::parse(text.as_bytes()), None, "{text}");
        }
    }

    /// REAL-03: what we challenge is answered by ourselves here, in all four ways.
    #[test]
    fn real_03_an_answer_is_right_or_it_is_not() {
        for (algorithm, qop_auth) in [
            (Algorithm::Md5, false),
            (Algorithm::Md5, true),
            (Algorithm::Sha256, false),
            (Algorithm::Sha256, true),
        ] {
            let challenge = Challenge {
                realm: "r".to_owned(),
                nonce: "n1".to_owned(),
                opaque: Some("o".to_owned()),
                stale: true,
                algorithm,
                qop_auth,
            };
            assert_eq!(
                Challenge::parse(challenge.to_value().as_bytes()).as_ref(),
                Some(&challenge)
            );
            let who = credentials("an\"na", "secret");
            let text = challenge.answer(&who, "INVITE", "sip:x", 10, "c");
            let answer = Answer::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (answer.user.as_str(), answer.nonce_count),
                ("an\"na", qop_auth.then_some(10))
            );
            assert!(answer.is_right(&challenge, &who, "INVITE"));
            assert!(!answer.is_right(&challenge, &who, "BYE"));
            assert!(!answer.is_right(&challenge, &credentials("an\"na", "guess"), "INVITE"));
            assert!(!answer.is_right(&challenge, &credentials("bruno", "secret"), "INVITE"));
            for other in [
                Challenge { nonce: "n2".to_owned(), ..challenge.clone() },
                Challenge { realm: "s".to_owned(), ..challenge.clone() },
                Challenge { qop_auth: !qop_auth, ..challenge.clone() },
            ] {
                assert!(!answer.is_right(&other, &who, "INVITE"));
            }
            let changed = text.replace("sip:x", "sip:y");
            assert!(
                !Answer::parse(changed.as_bytes()).unwrap().is_right(&challenge, &who, "INVITE")
            );
        }
    }

    #[test]
    fn what_is_no_answer_of_ours() {
        let whole =
            "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"";
        assert!(Answer::parse(whole.as_bytes()).is_some());
        for text in [
            whole.replace("Digest", "Basic"),
            whole.replace("username", "user"),
            whole.replace("response", "reply"),
            format!("{whole}, qop=auth"),
            format!("{whole}, qop=auth, nc=xyz"),
            format!("{whole}, qop=auth-int, nc=00000001"),
            format!("{whole}, algorithm=MD5-sess"),
        ] {
            assert_eq!(Answer::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let text =
            "Digest username=\"anna\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"";
        assert_eq!(format!("{:?}", Answer::parse(text.as_bytes())), "Some(Answer(…))");
        let shown = format!("{:?}", credentials("anna", "secret"));
        assert!(!shown.contains("anna") && !shown.contains("secret"));
    }
}

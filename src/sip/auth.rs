//! Digest credentials for our own requests (RFC 3261 §22, RFC 7616, RFC 8760).

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

impl Challenge {
    /// Reads one WWW-Authenticate or Proxy-Authenticate line; none if it is not a Digest we can
    /// answer.
    #[must_use]
    pub fn parse(_value: &[u8]) -> Option<Challenge> {
        todo!()
    }

    /// The value of Authorization or Proxy-Authorization.
    #[must_use]
    pub fn answer(
        &self,
        _credentials: &Credentials,
        _method: &str,
        _uri: &str,
        _nonce_count: u32,
        _cnonce: &str,
    ) -> String {
        todo!()
    }
}

//! 401 and 407 to a request of ours: answered once with the plan's credentials, and again only if
//! the nonce was stale (RFC 3261 §22.2, §22.3; TGT-05, REAL-04).

use super::hand::Hand;
use crate::sip::auth::Challenge;
use crate::sip::{Message, Method, Name};

/// Challenges that one request answers at most: a proxy's, the server's, and a stale nonce of each.
const CHALLENGES: u8 = 4;

/// What one request has to say for itself.
#[derive(Clone, Default)]
pub(super) struct Auth {
    headers: Vec<(&'static str, String)>,
    met: u8,
}

impl Auth {
    /// The credentials headers, name and value.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Answers a 401 or 407; whether the request may be sent again.
    pub(super) fn meet(
        &mut self,
        hand: &mut Hand<'_, '_>,
        response: &Message,
        method: Method,
        uri: &[u8],
    ) -> bool {
        let (asks, gives) = match response.status() {
            Some(401) => (Name::WwwAuthenticate, "Authorization"),
            Some(407) => (Name::ProxyAuthenticate, "Proxy-Authorization"),
            _ => return false,
        };
        let Some(credentials) = hand.local.policy.credentials.clone() else { return false };
        let Some(challenge) = response.lines(asks).find_map(Challenge::parse) else {
            return false;
        };
        let known = self.headers.iter().position(|(name, _)| *name == gives);
        if self.met >= CHALLENGES || known.is_some() && !challenge.stale {
            return false;
        }
        self.met += 1;
        let cnonce = format!("{:016x}", hand.context.mint.bits());
        let uri = String::from_utf8_lossy(uri);
        let value = challenge.answer(&credentials, method.as_str(), &uri, 1, &cnonce);
        match known.and_then(|index| self.headers.get_mut(index)) {
            Some(slot) => slot.1 = value,
            None => self.headers.push((gives, value)),
        }
        true
    }
}

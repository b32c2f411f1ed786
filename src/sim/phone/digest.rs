//! Digest on both sides of a phone (RFC 3261 §22): a caller that answers one challenge, a callee
//! that challenges each INVITE without credentials.

use super::Desk;
use super::call::Call;
use super::report::{Ended, Noticed};
use crate::sip::auth::{Algorithm, Answer, Challenge};
use crate::sip::{Message, Method, Name};

impl Call {
    /// A 401 or 407 to our INVITE: whether it was answered by another INVITE.
    pub(super) fn answer_challenge(
        &mut self,
        status: u16,
        message: &Message,
        desk: &mut Desk<'_>,
    ) -> bool {
        let (header, name) = match status {
            401 => (Name::WwwAuthenticate, "Authorization"),
            407 => (Name::ProxyAuthenticate, "Proxy-Authorization"),
            _ => return false,
        };
        let challenge = message.lines(header).find_map(Challenge::parse);
        let (Some(challenge), Some(credentials)) = (challenge, &self.b.credentials) else {
            return false;
        };
        // Once, and again only because the nonce was old (RFC 3261 §22.1, §22.3).
        if self.credentials.is_some() && !challenge.stale {
            return false;
        }
        let uri = String::from_utf8_lossy(&self.uri).into_owned();
        let cnonce = format!("{:08x}", desk.names.bits() as u32);
        let value = challenge.answer(credentials, Method::Invite.as_str(), &uri, 1, &cnonce);
        self.credentials = Some((name, value));
        self.invite(desk);
        true
    }

    /// Challenges the caller if that is wanted and it did not prove who it is; true if so.
    pub(super) fn challenge(&mut self, invite: &Message, desk: &mut Desk<'_>) -> bool {
        let Some(credentials) = &self.b.challenge else { return false };
        let challenge = challenge_of(invite.call_id());
        let proved = invite
            .lines(Name::ProxyAuthorization)
            .filter_map(Answer::parse)
            .any(|a| a.is_right(&challenge, credentials, Method::Invite.as_str()));
        if proved {
            return false;
        }
        let tag = self.tag.clone();
        self.respond(Method::Invite, 407, Some(&tag), desk, |w| {
            w.header("Proxy-Authenticate", challenge.to_value()).finish()
        });
        self.over(Ended::WeRefused(407), desk);
        true
    }

    /// The ACK of a 2xx has its INVITE's credentials (RFC 3261 §22.1).
    pub(super) fn check_ack_credentials(&mut self, ack: &Message) {
        if self.b.challenge.is_some() && ack.header(Name::ProxyAuthorization).is_none() {
            self.report.notice(Noticed::Header("Proxy-Authorization", "ACK".into()));
        }
    }
}

/// One nonce a call: the second INVITE of a call finds the phone without memory of the first.
fn challenge_of(call_id: &[u8]) -> Challenge {
    let mix = |hash: u64, b: &u8| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3);
    let nonce = call_id.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    Challenge {
        realm: "phones".into(),
        nonce: format!("{nonce:016x}"),
        opaque: None,
        stale: false,
        algorithm: Algorithm::Md5,
        qop_auth: true,
    }
}

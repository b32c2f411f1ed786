//! What crosses from the caller's leg to ours: who calls, whom, and the headers that the plan lets
//! through (DLG-12, REAL-06). Nothing else does: every leg has its own Via, Contact, tags and route.

use super::turn::Context;
use crate::base::{Cause, TrunkId};
use crate::dialog::Policy;
use crate::dialog::{Headers, Invite};
use crate::endpoint::LOOP_HEADER;
use crate::media::Codec;
use crate::number;
use crate::plan::{self, CallerSource, Entry, NumberSource, Plan, Trunk};
use crate::sip::{Host, Message, Name, NameAddr, Scheme, Uri};
use crate::transport::Flow;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Max-Forwards of a caller that named none (RFC 3261 §8.1.1.6).
const MAX_FORWARDS: u32 = 70;
/// What ends a call whose Max-Forwards does not allow another leg: 483.
pub(super) const TOO_MANY_HOPS: Cause = Cause::Rejected(483);
/// What stands for a caller who asked not to be shown (RFC 3323 §4.1).
const ANONYMOUS: &[u8] = b"\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/// Who calls whom, as the trunk told it. `Debug` shows none of it: people's numbers reach no log.
#[derive(Clone)]
pub(super) struct Parties {
    /// The caller's number or user part, normalised; empty if unknown.
    pub(super) caller: String,
    /// The caller's display name, as it came, still escaped.
    display: Box<[u8]>,
    /// The caller asked not to be shown.
    pub(super) withheld: bool,
    /// The called number, normalised.
    pub(super) called: String,
    trunk: Arc<str>,
    /// The trunk that it came from.
    pub(super) from: TrunkId,
    max_forwards: u32,
    carried: Headers,
    /// The mark of the instances that the call came through.
    loops: Vec<Box<[u8]>>,
}

impl fmt::Debug for Parties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parties").field("trunk", &self.trunk).finish_non_exhaustive()
    }
}

impl Parties {
    /// Reads an INVITE by the trunk's rules.
    pub(super) fn read(invite: &Message, trunk: &Trunk) -> Parties {
        let (caller, display) = caller_of(invite, trunk);
        let hidden = invite.has_token(Name::Privacy, "id")
            || invite.has_token(Name::Privacy, "user")
            || invite.has_token(Name::Privacy, "header");
        let anonymous = invite.from().is_ok_and(|f| {
            matches!(f.uri.host, Host::Name(name) if name.eq_ignore_ascii_case("anonymous.invalid"))
        });
        Parties {
            caller,
            display,
            withheld: hidden || anonymous,
            called: called_of(invite, trunk),
            trunk: trunk.name.clone(),
            from: trunk.id,
            max_forwards: invite.number(Name::MaxForwards).unwrap_or(MAX_FORWARDS),
            carried: carried_of(invite, trunk),
            loops: invite
                .headers()
                .filter(|(_, name, _)| name.eq_ignore_ascii_case(LOOP_HEADER.as_bytes()))
                .map(|(_, _, value)| value.into())
                .collect(),
        }
    }

    /// The call's facts for flows and queues, beside the flow's own variables.
    pub(super) fn facts(&self, mut facts: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let caller = if self.withheld { String::new() } else { self.caller.clone() };
        facts.entry("caller.number".to_owned()).or_insert(caller);
        facts.entry("called.number".to_owned()).or_insert_with(|| self.called.clone());
        facts.entry("caller.name".to_owned()).or_insert_with(|| self.shown_name());
        facts.entry("trunk.name".to_owned()).or_insert_with(|| self.trunk.to_string());
        facts
    }

    fn shown_name(&self) -> String {
        let hidden = self.withheld;
        if hidden { String::new() } else { String::from_utf8_lossy(&self.display).into_owned() }
    }

    /// DLG-01: a leg of ours would have to be sent with Max-Forwards 0.
    pub(super) fn may_not_go_on(&self) -> bool {
        self.max_forwards <= 1
    }

    /// The INVITE of a leg of ours. Who is `trusted` is told the identities that the plan carries
    /// over, also a withheld one (RFC 3325 §7); nobody else is. Where a route says what number is
    /// `shown`, it stands for the caller's and for what else says who calls.
    pub(super) fn invite(
        &self,
        target: &str,
        flow: Flow,
        offer: Bytes,
        trusted: bool,
        shown: Option<&str>,
        cx: &Context<'_>,
    ) -> Invite {
        let us = cx.listeners.advertised(flow.listener, flow.remote.ip());
        let may_cross =
            |(name, _): &&(Box<str>, Box<[u8]>)| trusted && shown.is_none() || !is_identity(name);
        let mut headers: Headers = self.carried.iter().filter(may_cross).cloned().collect();
        for mark in &self.loops {
            headers.push((LOOP_HEADER.into(), mark.clone()));
        }
        headers.push((LOOP_HEADER.into(), cx.loop_mark.as_bytes().into()));
        if self.withheld {
            headers.push(("Privacy".into(), b"id".as_slice().into()));
        }
        Invite {
            target: target.as_bytes().into(),
            flow,
            from: self.write_from(&us.to_string(), shown),
            to: format!("<{target}>").into_bytes().into(),
            max_forwards: self.max_forwards.saturating_sub(1),
            headers,
            offer: Some(offer),
        }
    }

    fn write_from(&self, us: &str, shown: Option<&str>) -> Box<[u8]> {
        if self.withheld {
            return ANONYMOUS.into();
        }
        let mut from = Vec::with_capacity(64);
        if !self.display.is_empty() && shown.is_none() {
            from.push(b'"');
            from.extend(quotable(&self.display));
            from.extend_from_slice(b"\" ");
        }
        from.extend_from_slice(b"<sip:");
        let caller = shown.unwrap_or(&self.caller);
        if !caller.is_empty() {
            from.extend_from_slice(caller.as_bytes());
            from.push(b'@');
        }
        from.extend_from_slice(us.as_bytes());
        from.push(b'>');
        from.into()
    }
}

/// A display name as it came, without what would end our quotes early: one that stood without
/// quotes may have a quote, or a backslash that escapes nothing (RFC 3261 §25.1: quoted-pair).
fn quotable(display: &[u8]) -> Vec<u8> {
    let mut safe = Vec::with_capacity(display.len());
    let mut bytes = display.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {}
            b'\\' => {
                if let Some(escaped) = bytes.next() {
                    safe.extend([byte, escaped]);
                }
            }
            _ => safe.push(byte),
        }
    }
    safe
}

/// The host of a target for the record: users are people.
pub(super) fn host_of(target: &str) -> Arc<str> {
    match Uri::parse(target.as_bytes()).map(|uri| uri.host) {
        Ok(Host::Ip(ip)) => ip.to_string().into(),
        Ok(Host::Name(name)) => name.into(),
        Err(_) => "?".into(),
    }
}

/// The called number by the trunk's ordered list (REAL-05).
fn called_of(invite: &Message, trunk: &Trunk) -> String {
    let candidates = trunk.number_from.iter().filter_map(|from| match from {
        NumberSource::RequestUri => invite.request_uri().ok().map(|uri| number_of(&uri)),
        NumberSource::To => invite.to().ok().map(|to| number_of(&to.uri)),
        NumberSource::PCalledPartyId => {
            first(invite, Name::PCalledPartyId).map(|n| number_of(&n.uri))
        }
        NumberSource::Diversion => first(invite, Name::Diversion).map(|n| number_of(&n.uri)),
    });
    candidates.into_iter().find(|n| !n.is_empty()).unwrap_or_default()
}

/// The caller by the trunk's ordered list (REAL-06): number, and display name where one stands with it.
#[must_use]
pub fn caller_of(invite: &Message, trunk: &Trunk) -> (String, Box<[u8]>) {
    let values = trunk.caller_from.iter().filter_map(|from| match from {
        CallerSource::PAssertedIdentity if trunk.trusted => first(invite, Name::PAssertedIdentity),
        CallerSource::RemotePartyId if trunk.trusted => first(invite, Name::RemotePartyId),
        CallerSource::PAssertedIdentity | CallerSource::RemotePartyId => None,
        CallerSource::From => invite.from().ok(),
    });
    for value in values {
        let caller = number_of(&value.uri);
        if !caller.is_empty() {
            return (caller, value.display.into());
        }
    }
    (String::new(), Box::default())
}

/// Whether an INVITE from this trunk asks for a number that goes out by an emergency route: the plan
/// dials it, or leads it to a flow, which may. What the plan answers by a target of its own is no
/// emergency call, whatever number it was for.
#[must_use]
pub fn is_emergency(invite: &Message, plan: &Plan, trunk: &Trunk) -> bool {
    if !plan.routes.has_emergency() {
        return false;
    }
    let called = called_of(invite, trunk);
    let goes_out = match plan.script.entry_from(trunk.id, &called) {
        Some((Entry::Flow(_), _)) => true,
        Some((Entry::Dial { target, .. }, _)) => {
            let scheme = target.text().split(':').next().unwrap_or_default().trim();
            !["sip", "sips"].iter().any(|sip| scheme.eq_ignore_ascii_case(sip))
        }
        Some((Entry::Refuse(_), _)) | None => false,
    };
    goes_out && plan.routes.is_emergency(&called, trunk.id)
}

fn first(invite: &Message, name: Name) -> Option<NameAddr<'_>> {
    invite.values(name).find_map(|v| NameAddr::parse(v).ok())
}

/// The user part as a number: `tel:` and `sip:` alike, separators and parameters off, only what may
/// stand in a URI's user part again.
fn number_of(uri: &Uri<'_>) -> String {
    let text = match uri.scheme {
        Scheme::Sip | Scheme::Sips | Scheme::Tel => uri.user_decoded(),
        Scheme::Other => return String::new(),
    };
    let safe = |c: &char| c.is_ascii_alphanumeric() || "+*#-_.!~'()&=$,;?/ ".contains(*c);
    let text: String = text.chars().filter(safe).take(MOST_OF_A_NUMBER).collect();
    number::normalise(&text)
}

/// Longest number or user part kept, characters; E.164 has 15 digits.
const MOST_OF_A_NUMBER: usize = 64;

/// The headers that the plan lets through from this trunk. Identity only from a trusted one.
fn carried_of(invite: &Message, trunk: &Trunk) -> Headers {
    let wanted = |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| trunk.carries(name));
    invite
        .headers()
        .map(|(_, name, value)| (name, value))
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (String::from_utf8_lossy(name).into(), value.into()))
        .filter(|(name, _): &(Box<str>, Box<[u8]>)| {
            (trunk.trusted || !is_identity(name)) && !is_ours(name)
        })
        .collect()
}

/// Headers that say who calls.
fn is_identity(name: &str) -> bool {
    let identity = ["P-Asserted-Identity", "Remote-Party-ID", "P-Preferred-Identity"];
    identity.iter().any(|i| i.eq_ignore_ascii_case(name))
}

/// Headers that we write ourselves, whatever the plan carries over.
fn is_ours(name: &str) -> bool {
    [LOOP_HEADER, "Privacy"].iter().any(|i| i.eq_ignore_ascii_case(name))
}

/// Whether this address is a trunk's that is told identities.
pub(super) fn is_trusted(plan: &Plan, remote: SocketAddr) -> bool {
    plan.trunk_at(remote).is_some_and(|trunk| trunk.trusted)
}

/// Smallest session interval we take: RFC 4028 §5 wants no less.
pub const MIN_SE: Duration = Duration::from_secs(90);

/// How a leg of this trunk behaves.
pub(super) fn of_trunk(trunk: &Trunk) -> Policy {
    Policy {
        session_expires: trunk.session_timer,
        min_se: MIN_SE,
        prefer_100rel: trunk.prefer_100rel,
        symmetric_signalling: trunk.symmetric,
        large_over_tcp: trunk.large_over_tcp,
        credentials: trunk.credentials.clone(),
        first_response: trunk.first_response,
    }
}

/// How long a phone that is no trunk's may say nothing at all, not even 100: three repeats of the
/// INVITE are lost by then, and the caller need not hear the whole ring time of a dead phone (REAL-15).
const FIRST_RESPONSE: Duration = Duration::from_secs(4);

/// How a leg towards this address behaves: as its trunk says, if it is one's.
pub(super) fn towards(plan: &Plan, remote: SocketAddr) -> Policy {
    match plan.trunk_at(remote) {
        Some(trunk) => of_trunk(trunk),
        None => {
            Policy { min_se: MIN_SE, first_response: Some(FIRST_RESPONSE), ..Policy::default() }
        }
    }
}

/// The codecs that the plan allows, in its order.
pub(super) fn codecs(plan: &Plan) -> Vec<Codec> {
    let codec = |codec: &plan::Codec| match codec {
        plan::Codec::Pcma => Codec::Pcma,
        plan::Codec::Pcmu => Codec::Pcmu,
    };
    plan.media.codecs.iter().map(codec).collect()
}

#[cfg(test)]
mod tests {
    use super::quotable;

    /// RFC 3261 §25.1: what stands between quotes has no bare quote and no backslash before the end.
    #[test]
    fn a_display_name_cannot_end_our_quotes() {
        for (came, safe) in [
            ("Ann", "Ann"),
            (r#"A "nn" x"#, "A nn x"),
            (r#"A \"nn\" x"#, r#"A \"nn\" x"#),
            (r"end\\", r"end\\"),
            (r"end\", "end"),
            ("\"", ""),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(quotable(came.as_bytes())).unwrap(), safe, "{came}");
        }
    }
}

//! Failover: the addresses of a target, and the next one when one cannot be reached (RFC 3263 §4.3).
//!
//! A target at a trunk's peer, or at a trunk by its name, may be reached by any of that trunk's
//! peers; any other target has the one address that its URI names. 503, timer B and a transport that
//! fails say nothing about the callee, so the same offer goes on by the next address, within the
//! same ring time. All other answers are the callee's own and end the offer.

use super::Call;
use super::leg::{Leg, Role, State};
use super::peers::Peers;
use super::turn::Turn;
use crate::base::{LegNo, Mono};
use crate::dialog::Ending;
use crate::plan::{Plan, Trunk};
use crate::sip::{Host, Uri};
use crate::transport::{self, Transport};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Most addresses tried for one offer: the caller would not wait for more.
const MOST_ADDRESSES: usize = 8;

/// One address that a target may be reached by.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hop {
    /// The Request-URI there.
    pub(super) target: Box<str>,
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
}

/// Without the URI: it names people.
impl std::fmt::Debug for Hop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hop({:?} {})", self.transport, self.remote)
    }
}

/// What a leg of ours needs in order to go on elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Onward {
    /// What the record calls the target.
    pub(super) name: Arc<str>,
    /// Where the leg goes.
    pub(super) remote: SocketAddr,
    /// Where it may go next.
    pub(super) hops: VecDeque<Hop>,
}

/// The trunk that this address is a peer of; else the one that accepts from it.
pub(super) fn trunk_at(plan: &Plan, remote: SocketAddr) -> Option<&Arc<Trunk>> {
    let is_peer = |trunk: &&Arc<Trunk>| trunk.peers.iter().any(|p| address(p) == Some(remote));
    plan.trunks.iter().find(is_peer).or_else(|| plan.trunk_from(remote.ip()))
}

/// The addresses of a target, in the order in which they are tried: the peer that the URI names,
/// then the trunk's others in the plan's order. Peers that rest are left out; if all do, all are
/// tried, the one whose rest ends first at first: a refused call is worse than a bothered peer.
pub(super) fn hops(target: &str, plan: &Plan, peers: &Peers, now: Mono) -> VecDeque<Hop> {
    let Ok(uri) = Uri::parse(target.as_bytes()) else { return VecDeque::new() };
    let named = hop(target);
    let of_trunk = plan.trunks.iter().find(|trunk| match (&named, uri.host) {
        (Some(named), _) => trunk.peers.iter().any(|p| address(p) == Some(named.remote)),
        (None, Host::Name(name)) => name.eq_ignore_ascii_case(&trunk.name),
        (None, Host::Ip(_)) => false,
    });
    let others = of_trunk.map_or(&[][..], |trunk| &trunk.peers);
    let others = others.iter().filter_map(|peer| hop(&aimed_at(&uri, peer)?));
    let known = named.as_ref().map(|hop| hop.remote);
    let others = others.filter(|hop| Some(hop.remote) != known);
    let mut all: Vec<Hop> = named.clone().into_iter().chain(others).take(MOST_ADDRESSES).collect();
    if all.iter().any(|hop| peers.rests(hop.remote, now).is_none()) {
        all.retain(|hop| peers.rests(hop.remote, now).is_none());
    } else {
        all.sort_by_key(|hop| peers.rests(hop.remote, now));
    }
    all.into()
}

fn hop(target: &str) -> Option<Hop> {
    let (transport, remote) = transport::next_hop(&Uri::parse(target.as_bytes()).ok()?)?;
    Some(Hop { target: target.into(), transport, remote })
}

fn address(peer: &str) -> Option<SocketAddr> {
    hop(peer).map(|hop| hop.remote)
}

/// The target's user part at a peer: the peer's address and parameters, and of the target's own
/// those that do not say where to go.
fn aimed_at(target: &Uri<'_>, peer: &str) -> Option<String> {
    let peer = Uri::parse(peer.as_bytes()).ok()?;
    let mut uri = "sip:".to_owned();
    if !target.user.is_empty() {
        uri += std::str::from_utf8(target.user).ok()?;
        uri.push('@');
    }
    match peer.host {
        Host::Ip(IpAddr::V6(address)) => uri += &format!("[{address}]"),
        Host::Ip(IpAddr::V4(address)) => uri += &address.to_string(),
        Host::Name(name) => uri += name,
    }
    if let Some(port) = peer.port {
        uri += &format!(":{port}");
    }
    let own = std::str::from_utf8(target.params).ok()?.split(';').filter(|p| !p.is_empty());
    let leads = |p: &&str| {
        let name = p.split('=').next().unwrap_or_default();
        ["transport", "maddr"].iter().any(|l| l.eq_ignore_ascii_case(name))
    };
    for param in own.filter(|p| !leads(p)) {
        uri.push(';');
        uri += param;
    }
    Some(uri + std::str::from_utf8(peer.params).ok()?)
}

/// Whether what ended an unanswered leg says nothing about the callee.
fn leads_on(ending: &Ending) -> bool {
    matches!(
        ending,
        Ending::Failure { status: 503, .. } | Ending::Failure { unreachable: true, .. }
    )
}

impl Call {
    /// A leg of ours failed: what its peer's Retry-After says is noted.
    pub(super) fn note_retry_after(&self, no: LegNo, ending: &Ending, turn: &mut Turn<'_, '_>) {
        let onward = self.legs.get(no).and_then(|leg| leg.onward.as_deref());
        let (Some(onward), Ending::Failure { status: 503, retry_after: Some(seconds), .. }) =
            (onward, ending)
        else {
            return;
        };
        let rest = Duration::from_secs(u64::from(*seconds));
        turn.cx.peers.refused(onward.remote, rest, turn.cx.now.mono);
    }

    /// Takes the next address for a leg that cannot be reached; false if there is none, or if the
    /// callee has answered for itself.
    pub(super) fn goes_on(
        &mut self,
        no: LegNo,
        before: State,
        ending: &Ending,
        turn: &mut Turn<'_, '_>,
    ) -> bool {
        let State::Unanswered { until: Some(until), .. } = before else { return false };
        if !leads_on(ending) || until <= turn.cx.now.mono {
            return false;
        }
        let Some(leg) = self.legs.get_mut(no) else { return false };
        let role = leg.role.clone();
        let Some(Onward { name, mut hops, .. }) = leg.onward.take().map(|onward| *onward) else {
            return false;
        };
        // Others may have put one of them to rest meanwhile.
        let now = turn.cx.now.mono;
        if hops.iter().any(|hop| turn.cx.peers.rests(hop.remote, now).is_none()) {
            hops.retain(|hop| turn.cx.peers.rests(hop.remote, now).is_none());
        }
        if hops.is_empty() {
            return false;
        }
        self.silence_early_media(no, turn);
        let begun = self.begin_hops(role, hops, name, until, turn).is_ok();
        // Only one leg speaks for the lease.
        if begun && let Some(leg) = self.legs.get_mut(no) {
            leg.role = Role::Left;
        }
        begun
    }
}

impl Leg {
    /// The peer took a call.
    pub(super) fn note_answered(&self, turn: &mut Turn<'_, '_>) {
        if let Some(onward) = &self.onward {
            turn.cx.peers.answered(onward.remote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TGT-02: the target's user at a peer's address: what says where to go is the peer's.
    #[test]
    fn tgt_02_a_target_aimed_at_a_peer() {
        for (target, peer, expected) in [
            ("sip:+39055@10.0.0.2", "sip:10.0.0.3", "sip:+39055@10.0.0.3"),
            (
                "sip:+39055@10.0.0.2;user=phone;Transport=udp",
                "sip:10.0.0.3:5080;transport=tcp",
                "sip:+39055@10.0.0.3:5080;user=phone;transport=tcp",
            ),
            ("sip:a;x=y@far;maddr=10.1.1.1", "sip:gw@10.0.0.3;lr", "sip:a;x=y@10.0.0.3;lr"),
            ("sip:%23100@far", "sip:[2001:db8::1]:5070", "sip:%23100@[2001:db8::1]:5070"),
            ("sip:far", "sip:10.0.0.3", "sip:10.0.0.3"),
        ] {
            let uri = Uri::parse(target.as_bytes()).unwrap();
            assert_eq!(aimed_at(&uri, peer).as_deref(), Some(expected), "{target} {peer}");
        }
    }
}

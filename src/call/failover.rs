//! Failover: the addresses of a target, and the next one when one cannot be reached (RFC 3263 §4.3).
//!
//! A target at a trunk's peer, or at a trunk by its name, may be reached by any of that trunk's
//! peers; any other target has the one address that its URI names. 503, timer B and a transport that
//! fails say nothing about the callee, so the same offer goes on by the next address, within the
//! same ring time. All other answers are the callee's own and end the offer.

use super::Call;
use super::leg::{Leg, Role, State};
use super::peers::Peers;
use super::route::ByRoute;
use super::turn::Turn;
use crate::base::{LegNo, Mono, TrunkId, limits};
use crate::dialog::Ending;
use crate::plan::Plan;
use crate::sip::{Host, Uri};
use crate::transport::{self, Transport};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// One address that a target may be reached by.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hop {
    /// The Request-URI there.
    pub(super) target: Box<str>,
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
    /// The trunk whose peer it is.
    pub(super) trunk: Option<TrunkId>,
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
    /// When its INVITE was sent.
    pub(super) began: Mono,
    /// Where it may go next.
    pub(super) hops: VecDeque<Hop>,
    /// By what route it goes.
    pub(super) by: Option<Arc<ByRoute>>,
}

/// The addresses of a target, in the order in which they are tried: the peer that the URI names,
/// then the trunk's others in the plan's order. Peers that rest are left out; if all do, all are
/// tried, the one whose rest ends first at first: a refused call is worse than a bothered peer.
pub(super) fn hops(target: &str, plan: &Plan, peers: &Peers, now: Mono) -> VecDeque<Hop> {
    let Ok(uri) = Uri::parse(target.as_bytes()) else { return VecDeque::new() };
    let named = hop(target, &uri);
    let of_trunk = match (&named, uri.host) {
        (Some(named), _) => plan.trunks.with_peer(named.remote),
        (None, Host::Name(name)) => plan.trunks.named(name),
        (None, Host::Ip(_)) => None,
    };
    let trunk = of_trunk.map(|trunk| trunk.id);
    let known = named.as_ref().map(|hop| hop.remote);
    let others = of_trunk.map_or(&[][..], |trunk| &trunk.peers).iter();
    let others = others.filter_map(|peer| {
        let (transport, remote) = peer.hop.filter(|(_, remote)| Some(*remote) != known)?;
        Some(Hop { target: peer.aimed(&uri)?.into(), transport, remote, trunk })
    });
    let named = named.clone().map(|hop| Hop { trunk, ..hop });
    in_order(named.into_iter().chain(others).collect(), peers, now)
}

/// Those of them that do not rest; if all do, all, the one whose rest ends first at first.
pub(super) fn in_order(mut all: Vec<Hop>, peers: &Peers, now: Mono) -> VecDeque<Hop> {
    if all.iter().any(|hop| peers.rests(hop.remote, now).is_none()) {
        all.retain(|hop| peers.rests(hop.remote, now).is_none());
    } else {
        all.sort_by_key(|hop| peers.rests(hop.remote, now));
    }
    all.truncate(usize::from(limits::ADDRESSES));
    all.into()
}

fn hop(target: &str, uri: &Uri<'_>) -> Option<Hop> {
    let (transport, remote) = transport::next_hop(uri)?;
    Some(Hop { target: target.into(), transport, remote, trunk: None })
}

/// Whether what ended an unanswered leg says nothing about the callee.
fn leads_on(ending: &Ending) -> bool {
    matches!(
        ending,
        Ending::Failure { status: 503, .. } | Ending::Failure { unreachable: true, .. }
    )
}

impl Call {
    /// A leg of ours failed: what that says of its peer is noted.
    pub(super) fn note_failure(&self, no: LegNo, ending: &Ending, turn: &mut Turn<'_, '_>) {
        let onward = self.legs.get(no).and_then(|leg| leg.onward.as_deref());
        let (Some(onward), Ending::Failure { status, retry_after, unreachable, .. }) =
            (onward, ending)
        else {
            return;
        };
        let (remote, now) = (onward.remote, turn.cx.now.mono);
        if !unreachable {
            turn.cx.peers.spoke(remote);
        } else if self.plan.trunks.with_peer(remote).is_some() {
            // A phone has no other address that it could be reached by meanwhile.
            turn.cx.peers.silent(remote, onward.began, now);
        }
        if let (503, Some(seconds)) = (*status, *retry_after) {
            turn.cx.peers.refused(remote, Duration::from_secs(u64::from(seconds)), now);
        }
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
        let Some(Onward { name, mut hops, by, .. }) = leg.onward.take().map(|onward| *onward)
        else {
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
        let begun = self.begin_hops(role, hops, name, until, by, turn).is_ok();
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

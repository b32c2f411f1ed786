//! What the plan says of an address: whether it is a trunk's or an agent's, and what others hear.

use super::seats::Peer;
use crate::plan::{Plan, UnknownSource};
use crate::router::Roster;
use crate::sip::Uri;
use crate::transport::next_hop;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// Whom the plan knows.
#[derive(Clone, Debug)]
pub struct Peers {
    plan: Arc<Plan>,
    /// Where agents' contacts and trunks' peers are, as far as they are literal addresses.
    called: Arc<BTreeSet<IpAddr>>,
}

impl Peers {
    /// As this plan has it.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Peers {
        let peers = plan.trunks.iter().flat_map(|trunk| &trunk.peers);
        let peers = peers.filter_map(|peer| Some(peer.hop?.1.ip().to_canonical()));
        let called = peers.chain(phones(&plan.roster)).collect();
        Peers { called: Arc::new(called), plan }
    }

    /// And these agents: those of a plan on trial.
    #[must_use]
    pub fn with(self, roster: &Roster) -> Peers {
        let called = self.called.iter().copied().chain(phones(roster)).collect();
        Peers { called: Arc::new(called), ..self }
    }

    /// Whose a connection from this address is.
    pub(super) fn peer(&self, address: IpAddr) -> Peer {
        let known = self.plan.trunk_from(address).is_some()
            || self.called.contains(&address.to_canonical());
        if known { Peer::Known } else { Peer::Stranger }
    }

    /// Whether it hears from the connection itself: not a stranger where strangers hear nothing.
    pub(super) fn is_answered(&self, address: IpAddr) -> bool {
        self.plan.sip.unknown == UnknownSource::Refuse || self.peer(address) == Peer::Known
    }
}

fn phones(roster: &Roster) -> impl Iterator<Item = IpAddr> + '_ {
    roster.agents.iter().flat_map(|agent| &agent.contacts).filter_map(address)
}

/// Where a URI leads, if it says so by a literal address.
fn address(uri: &Arc<str>) -> Option<IpAddr> {
    let (_, address) = next_hop(&Uri::parse(uri.as_bytes()).ok()?)?;
    Some(address.ip().to_canonical())
}

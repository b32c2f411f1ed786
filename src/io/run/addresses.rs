//! The address that a network reaches us at, where the plan does not say it: a listener on `0.0.0.0`
//! has none of its own to be written into Via, Contact and SDP.
//!
//! The system's routes know it: a connected UDP socket tells which of our addresses packets to the far
//! end leave from. Nothing is sent. Behind a NAT the plan has to say it (`sip: advertise:`).

use crate::plan::{Network, Plan};
use crate::sip::uri::{Host, Uri};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Far ends asked for at most; the rest gets the default.
const MOST: usize = 4096;

/// Our address by network, most specific first, and the one for all others.
#[derive(Debug, Default)]
pub(super) struct Advertised {
    /// By network: address, prefix length, ours.
    pub(super) networks: Vec<(IpAddr, u8, IpAddr)>,
    /// For all others, one a family.
    pub(super) others: Vec<IpAddr>,
}

/// What the plan says, and for listeners on all addresses what the routes say besides.
pub(super) fn advertised(plan: &Plan) -> Advertised {
    let mut said = Advertised {
        networks: plan.sip.advertise.clone(),
        others: plan.sip.advertise_default.clone(),
    };
    for family in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
        let on_all = plan.sip.listen.iter().any(|l| l.address.ip() == family);
        let is_said = said.others.iter().any(|a| a.is_ipv4() == family.is_ipv4());
        if on_all && !is_said {
            ask_routes(plan, family.is_ipv4(), &mut said);
        }
    }
    // Stable: of equal lengths the plan's own stays first.
    said.networks.sort_by_key(|(_, prefix, _)| std::cmp::Reverse(*prefix));
    said
}

fn ask_routes(plan: &Plan, v4: bool, said: &mut Advertised) {
    let loopback = if v4 { "127.0.0.0/8" } else { "::1/128" };
    let given: Vec<Network> =
        said.networks.iter().map(|&(address, prefix, _)| Network { address, prefix }).collect();
    let far_ends = Network::parse(loopback).into_iter().chain(far_ends(plan));
    for network in far_ends.filter(|n| n.address.is_ipv4() == v4).take(MOST) {
        // What the plan says of a network holds for all in it.
        if given.iter().any(|given| given.holds(network.address)) {
            continue;
        }
        if let Some(ours) = towards(one_of(network)) {
            said.networks.push((network.address, network.prefix, ours));
        }
    }
    // Addresses for documentation (RFC 5737, RFC 3849): they leave by the default route.
    let anywhere = if v4 { "192.0.2.1" } else { "2001:db8::1" };
    match anywhere.parse().ok().and_then(towards) {
        Some(ours) => said.others.push(ours),
        None => tracing::warn!(
            "no default route: networks that the plan does not name are told no address of ours; \
             say it with `sip: advertise:`"
        ),
    }
}

/// Whom the plan names: trunks' networks and peers, agents' phones.
fn far_ends(plan: &Plan) -> impl Iterator<Item = Network> + '_ {
    let networks = plan.trunks.iter().flat_map(|trunk| trunk.accept_from.iter().copied());
    let peers = plan.trunks.iter().flat_map(|trunk| &trunk.peers).map(|peer| &peer.uri);
    let phones = plan.roster.agents.iter().flat_map(|agent| &agent.contacts);
    let hosts = peers.chain(phones).filter_map(|uri| match Uri::parse(uri.as_bytes()).ok()?.host {
        Host::Ip(address) => {
            let prefix = if address.is_ipv4() { 32 } else { 128 };
            Some(Network { address, prefix })
        }
        Host::Name(_) => None,
    });
    networks.filter(|network| network.prefix > 0).chain(hosts)
}

/// An address to ask the routes about: not the first of the network, which is no host's.
fn one_of(network: Network) -> IpAddr {
    match network.address {
        IpAddr::V4(address) if network.prefix < 32 => Ipv4Addr::from(u32::from(address) | 1).into(),
        IpAddr::V4(_) | IpAddr::V6(_) => network.address,
    }
}

/// Our address on the way there; none without a way.
fn towards(far: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match far {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // Connecting sends nothing; any port will do.
    socket.connect(SocketAddr::new(far, 5060)).ok()?;
    let ours = socket.local_addr().ok()?.ip();
    (!ours.is_unspecified()).then_some(ours)
}

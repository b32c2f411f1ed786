//! Our listeners, and what they call themselves towards each network (RFC 3261 §18.1.1, §18.2).

use super::{ListenerId, Transport};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The port of SIP over UDP and TCP where none is named (RFC 3261 §19.1.2).
pub const DEFAULT_PORT: u16 = 5060;

/// One of our listening addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// How.
    pub transport: Transport,
    /// What it is bound to.
    pub local: SocketAddr,
}

/// All our listeners and what they call themselves towards each network (REAL-01).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// In the plan's order.
    pub list: Vec<Listener>,
    /// Networks (address, prefix length) and the address by which they reach us, most specific
    /// first.
    pub advertise: Vec<(IpAddr, u8, IpAddr)>,
    /// The address for all other networks of that family; else what the listener is bound to.
    pub advertise_default: Vec<IpAddr>,
}

impl Listeners {
    /// The listener for a new flow to `remote`: same transport, same address family, first in
    /// order. None if we have no such listener.
    #[must_use]
    pub fn towards(&self, transport: Transport, remote: SocketAddr) -> Option<ListenerId> {
        let position = self.list.iter().position(|listener| {
            listener.transport == transport && listener.local.is_ipv4() == remote.is_ipv4()
        })?;
        u16::try_from(position).ok().map(ListenerId)
    }

    /// The address and port by which `remote` reaches this listener: for Via, Contact and SDP.
    /// A listener that does not exist has the unspecified address and port 5060.
    #[must_use]
    pub fn advertised(&self, listener: ListenerId, remote: IpAddr) -> SocketAddr {
        let local = self
            .list
            .get(usize::from(listener.0))
            .map_or(SocketAddr::new(unspecified(remote), DEFAULT_PORT), |l| l.local);
        let network = self.advertise.iter().find(|(net, bits, _)| contains(*net, *bits, remote));
        let default = || self.advertise_default.iter().find(|a| a.is_ipv4() == remote.is_ipv4());
        let address = network.map(|(_, _, address)| address).or_else(default);
        SocketAddr::new(address.copied().unwrap_or(local.ip()), local.port())
    }
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Whether an address lies in a network; a prefix longer than the address is the whole address.
fn contains(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    let bits = u32::from(bits);
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(32u32.saturating_sub(bits)).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let differing = network.to_bits() ^ address.to_bits();
            differing.checked_shr(128u32.saturating_sub(bits)).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listeners() -> Listeners {
        let listen = |transport, local: &str| Listener { transport, local: local.parse().unwrap() };
        Listeners {
            list: vec![
                listen(Transport::Udp, "0.0.0.0:5060"),
                listen(Transport::Tcp, "0.0.0.0:5062"),
                listen(Transport::Udp, "[2001:db8::9]:5060"),
                listen(Transport::Udp, "10.0.0.5:5080"),
            ],
            advertise: vec![
                ("10.1.0.0".parse().unwrap(), 16, "10.1.0.1".parse().unwrap()),
                ("10.0.0.0".parse().unwrap(), 8, "10.0.0.5".parse().unwrap()),
            ],
            advertise_default: vec!["192.0.2.10".parse().unwrap()],
        }
    }

    /// TRN-06: each leg speaks its own address family.
    #[test]
    fn trn_06_a_flow_leaves_by_its_transport_and_family() {
        let listeners = listeners();
        for (transport, remote, expected) in [
            (Transport::Udp, "198.51.100.1:5060", Some(0)),
            (Transport::Tcp, "198.51.100.1:5060", Some(1)),
            (Transport::Udp, "[2001:db8::1]:5060", Some(2)),
            (Transport::Tcp, "[2001:db8::1]:5060", None),
        ] {
            let found = listeners.towards(transport, remote.parse().unwrap());
            assert_eq!(found, expected.map(ListenerId), "{remote}");
        }
    }

    #[test]
    fn each_network_is_told_the_address_it_reaches() {
        let listeners = listeners();
        for (listener, remote, expected) in [
            (0, "10.1.2.3", "10.1.0.1:5060"),
            (1, "10.2.2.3", "10.0.0.5:5062"),
            (0, "198.51.100.1", "192.0.2.10:5060"),
            (2, "2001:db8::1", "[2001:db8::9]:5060"),
            (9, "2001:db8::1", "[::]:5060"),
        ] {
            let told = listeners.advertised(ListenerId(listener), remote.parse().unwrap());
            assert_eq!(told, expected.parse().unwrap(), "{remote}");
        }
    }

    #[test]
    fn networks_hold_what_their_prefix_says() {
        for (network, bits, address, inside) in [
            ("10.0.0.0", 8, "10.255.0.1", true),
            ("10.0.0.0", 8, "11.0.0.1", false),
            ("10.0.0.1", 32, "10.0.0.1", true),
            ("10.0.0.1", 32, "10.0.0.2", false),
            ("10.0.0.1", 200, "10.0.0.2", false),
            ("0.0.0.0", 0, "203.0.113.9", true),
            ("0.0.0.0", 0, "::1", false),
            ("2001:db8::", 32, "2001:db8:1::1", true),
            ("2001:db8::", 32, "2001:db9::1", false),
            ("::", 0, "::1", true),
        ] {
            let found = contains(network.parse().unwrap(), bits, address.parse().unwrap());
            assert_eq!(found, inside, "{network}/{bits} {address}");
        }
    }
}

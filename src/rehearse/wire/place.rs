//! Where everybody lives when a test is played on real sockets: one loopback address for each
//! address of the plan, so that a trunk is still known by its address, and ports in a row.

use super::sides::Side;
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Ports of one phone: SIP, then those that SIPp takes for media.
const PHONE: u16 = 8;
/// Our own media ports: for more legs than any test needs.
const MEDIA: u16 = 200;
/// How many ports from the first one on may be taken on each address.
pub const WIRE_PORTS: u16 = 600;

/// The places of a test.
#[derive(Debug)]
pub(super) struct Places {
    /// Where we listen.
    pub(super) us: SocketAddr,
    pub(super) hosts: BTreeMap<IpAddr, IpAddr>,
    pub(super) phones: BTreeMap<SocketAddr, SocketAddr>,
    pub(super) accept_from: BTreeMap<Arc<str>, Vec<IpAddr>>,
}

impl Places {
    /// Gives a place to every phone of the plan and to those of the test.
    pub(super) fn new(
        us: SocketAddr,
        homes: impl Iterator<Item = SocketAddr>,
        sides: &[Side],
        plan: &Plan,
    ) -> Result<Places, String> {
        let callers = sides.iter().filter(|side| side.calls_us).map(|side| side.home);
        let homes: BTreeSet<SocketAddr> = homes.chain(callers).collect();
        let IpAddr::V4(first) = us.ip() else {
            return Err("the phones want an IPv4 address".to_owned());
        };
        if us.port() > u16::MAX - WIRE_PORTS {
            return Err(format!("there must be {WIRE_PORTS} ports from {us} on"));
        }
        let mut next = u32::from(first);
        let mut new_host = || {
            next = next.wrapping_add(1);
            IpAddr::V4(Ipv4Addr::from(next))
        };
        let mut hosts: BTreeMap<IpAddr, IpAddr> = BTreeMap::new();
        let mut phones = BTreeMap::new();
        let mut taken: BTreeMap<IpAddr, u16> = BTreeMap::new();
        for home in homes {
            let host = *hosts.entry(home.ip()).or_insert_with(&mut new_host);
            let count = taken.entry(host).or_default();
            if *count >= WIRE_PORTS / PHONE {
                return Err(format!("too many phones at {}", home.ip()));
            }
            phones.insert(home, SocketAddr::new(host, us.port() + *count * PHONE));
            *count += 1;
        }
        let mut accept_from: BTreeMap<Arc<str>, Vec<IpAddr>> = BTreeMap::new();
        for trunk in plan.trunks.iter().filter(|trunk| !trunk.accept_from.is_empty()) {
            let is_its = |ip: IpAddr| plan.trunk_from(ip).is_some_and(|t| t.id == trunk.id);
            let its = hosts.iter().filter(|(home, _)| is_its(**home)).map(|(_, host)| *host);
            let mut its: Vec<IpAddr> = its.collect();
            if its.is_empty() {
                // Nobody of this test is there, but a trunk that takes calls must say from where.
                its.push(new_host());
            }
            accept_from.insert(trunk.name.clone(), its);
        }
        Ok(Places { us, hosts, phones, accept_from })
    }

    /// First and last of our media ports; the first is even.
    pub(super) fn media(&self) -> (u16, u16) {
        let first = (self.us.port() + 2).next_multiple_of(2);
        (first, first + MEDIA - 1)
    }

    /// Our web server.
    pub(super) fn http(&self) -> SocketAddr {
        SocketAddr::new(self.us.ip(), self.us.port() + 1)
    }

    /// An address as a record names it.
    pub(super) fn renamed(&self, host: &str) -> Option<String> {
        let ip: IpAddr = host.parse().ok()?;
        self.hosts.get(&ip).map(ToString::to_string)
    }
}

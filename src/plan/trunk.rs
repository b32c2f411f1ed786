//! A trunk: a SIP peer that calls come from and go to, and how it wants to be spoken with.

use crate::base::TrunkId;
use crate::base::gates::{Most, Way};
use crate::sip::auth::Credentials;
use crate::sip::{Host, Uri};
use crate::transport::{self, Transport};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Addresses that share their first bits (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Any address of it.
    pub address: IpAddr,
    /// How many bits are shared: 0 to 32 or 128.
    pub prefix: u8,
}

impl Network {
    /// Whether the address is one of it. An IPv4 address that came in an IPv6 socket
    /// (`::ffff:192.0.2.1`) is taken as IPv4.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                u32::from(self.prefix.min(32)) <= differing.leading_zeros()
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                u32::from(self.prefix.min(128)) <= differing.leading_zeros()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Reads `198.51.100.0/24` or a single address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => most,
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            Some(_) => return None,
        };
        (prefix <= most).then_some(Network { address, prefix })
    }
}

/// Where the called number is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberSource {
    /// The user part of the Request-URI.
    RequestUri,
    /// The user part of To.
    To,
    /// P-Called-Party-ID (RFC 7315 §4.2).
    PCalledPartyId,
    /// The first Diversion (RFC 5806): whom the caller dialled at first.
    Diversion,
}

/// Where the caller's identity is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerSource {
    /// P-Asserted-Identity (RFC 3325); only from a trusted trunk.
    PAssertedIdentity,
    /// Remote-Party-ID; only from a trusted trunk.
    RemotePartyId,
    /// From.
    From,
}

/// How digits travel on the trunk's legs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DtmfPolicy {
    /// RFC 4733 where it is agreed, else SIP INFO; both are heard.
    #[default]
    Auto,
    /// RFC 4733 only.
    Rfc4733,
    /// SIP INFO only.
    Info,
}

/// How much a trunk may carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrunkLimits {
    /// Calls at a time that come from it; none: no limit of its own.
    pub calls: Option<u32>,
    /// New ones a second.
    pub per_second: Option<u32>,
    /// Calls at a time that go to it.
    pub outbound_calls: Option<u32>,
    /// New ones a second.
    pub outbound_per_second: Option<u32>,
    /// Calls at a time of both ways together.
    pub channels: Option<u32>,
}

/// Where a trunk's calls go: its URI, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The `sip:` URI, as the plan has it.
    pub uri: Arc<str>,
    /// Where it leads, if it names a literal address.
    pub hop: Option<(Transport, SocketAddr)>,
    /// Host and port.
    authority: Box<str>,
    /// What stands behind them, with its leading `;`.
    params: Box<str>,
}

impl Peer {
    /// Reads a peer's URI; none if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Peer> {
        let uri = Uri::parse(text.as_bytes()).ok()?;
        let mut authority = match uri.host {
            Host::Ip(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Ip(IpAddr::V4(address)) => address.to_string(),
            Host::Name(name) => name.to_owned(),
        };
        if let Some(port) = uri.port {
            authority += &format!(":{port}");
        }
        Some(Peer {
            uri: text.into(),
            hop: transport::next_hop(&uri),
            authority: authority.into(),
            params: std::str::from_utf8(uri.params).ok()?.into(),
        })
    }

    /// The target's user part at this peer: the peer's address and parameters, and of the target's
    /// own those that do not say where to go.
    #[must_use]
    pub fn aimed(&self, target: &Uri<'_>) -> Option<String> {
        let mut uri = "sip:".to_owned();
        if !target.user.is_empty() {
            uri += std::str::from_utf8(target.user).ok()?;
            uri.push('@');
        }
        uri += &self.authority;
        let own = std::str::from_utf8(target.params).ok()?.split(';').filter(|p| !p.is_empty());
        let leads = |p: &&str| {
            let name = p.split('=').next().unwrap_or_default();
            ["transport", "maddr"].iter().any(|l| l.eq_ignore_ascii_case(name))
        };
        for param in own.filter(|p| !leads(p)) {
            uri.push(';');
            uri += param;
        }
        Some(uri + &self.params)
    }
}

/// All trunks in the plan's order, found by the address of a peer without reading its URI again.
#[derive(Clone, Debug, Default)]
pub struct Trunks {
    list: Vec<Arc<Trunk>>,
    by_peer: BTreeMap<SocketAddr, usize>,
}

impl Trunks {
    /// Takes them in the plan's order; of two with the same peer the first has it.
    #[must_use]
    pub fn new(list: Vec<Arc<Trunk>>) -> Trunks {
        let mut by_peer = BTreeMap::new();
        for (at, trunk) in list.iter().enumerate() {
            for (_, remote) in trunk.peers.iter().filter_map(|peer| peer.hop) {
                by_peer.entry(remote).or_insert(at);
            }
        }
        Trunks { list, by_peer }
    }

    /// The trunk that this address is a peer of.
    #[must_use]
    pub fn with_peer(&self, remote: SocketAddr) -> Option<&Arc<Trunk>> {
        self.list.get(*self.by_peer.get(&remote)?)
    }

    /// A trunk by its name, in any case: host names have none.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Trunk>> {
        self.list.iter().find(|trunk| trunk.name.eq_ignore_ascii_case(name))
    }
}

impl std::ops::Deref for Trunks {
    type Target = [Arc<Trunk>];

    fn deref(&self) -> &[Arc<Trunk>] {
        &self.list
    }
}

impl<'a> IntoIterator for &'a Trunks {
    type Item = &'a Arc<Trunk>;
    type IntoIter = std::slice::Iter<'a, Arc<Trunk>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl TrunkLimits {
    /// What its gate is told of a call that goes this way.
    #[must_use]
    pub fn most(&self, way: Way) -> Most {
        let both_ways = self.channels;
        let (calls, per_second) = match way {
            Way::In => (self.calls, self.per_second),
            Way::Out => (self.outbound_calls, self.outbound_per_second),
        };
        Most { calls, both_ways, per_second }
    }
}

/// A trunk.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// Its id.
    pub id: TrunkId,
    /// Its name in the plan.
    pub name: Arc<str>,
    /// Whose messages belong to it.
    pub accept_from: Vec<Network>,
    /// Where its calls go, in this order.
    pub peers: Vec<Peer>,
    /// How much it may send.
    pub limits: TrunkLimits,
    /// For its 401 and 407.
    pub credentials: Option<Arc<Credentials>>,
    /// Where the called number is looked for, in this order; the first that has one counts.
    pub number_from: Vec<NumberSource>,
    /// Where the caller is looked for, in this order.
    pub caller_from: Vec<CallerSource>,
    /// What it asserts about identities is believed, and it is told what we know (RFC 3325 §8).
    pub trusted: bool,
    /// How digits travel.
    pub dtmf: DtmfPolicy,
    /// The session timer that we ask for (RFC 4028), at least 90 s; none: only what it asks for.
    pub session_timer: Option<Duration>,
    /// Our provisionals go reliably where it supports 100rel (RFC 3262).
    pub prefer_100rel: bool,
    /// How soon some provisional must be heard before the next peer is tried; none: timer B alone.
    pub first_response: Option<Duration>,
    /// It hears on TCP too: INVITEs over 1300 bytes go there (RFC 3261 §18.1.1).
    pub large_over_tcp: bool,
    /// In-dialog requests go where its packets come from, whatever its Contact says.
    pub symmetric: bool,
    /// Names of headers carried over to the other leg as they are; a trailing `*` stands for any
    /// rest (`X-*`).
    pub carry: Vec<Arc<str>>,
}

impl Trunk {
    /// Whether a header is carried over to the other leg.
    #[must_use]
    pub fn carries(&self, header: &str) -> bool {
        self.carry.iter().any(|name| match name.strip_suffix('*') {
            Some(prefix) => {
                header.get(..prefix.len()).is_some_and(|h| h.eq_ignore_ascii_case(prefix))
            }
            None => name.eq_ignore_ascii_case(header),
        })
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
            let peer = Peer::parse(peer).unwrap();
            assert_eq!(peer.aimed(&uri).as_deref(), Some(expected), "{target} {peer:?}");
        }
    }
}

//! The tap: what media was sent where, so that a test can say to whom RTP went and as what.

use super::world::Datagram;
use crate::base::Mono;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Addresses kept; what goes elsewhere is not counted.
const ADDRESSES: usize = 10_000;

/// The media that was sent to one address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// RTP packets, not counting RTCP.
    pub packets: u64,
    /// Their payload numbers.
    pub payload_types: BTreeSet<u8>,
    /// Lengths of their payloads in bytes, and how many had it.
    pub lengths: BTreeMap<usize, u64>,
    /// When the last one was sent.
    pub last: Mono,
}

/// All media of a run, by where it was sent.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    sent: BTreeMap<SocketAddr, Sent>,
}

impl Tap {
    /// Notes a datagram that is not SIP.
    pub(super) fn add(&mut self, at: Mono, datagram: &Datagram) {
        let Some((second, payload)) = rtp(&datagram.bytes) else { return };
        let room = self.sent.len() < ADDRESSES;
        if !room && !self.sent.contains_key(&datagram.remote) {
            return;
        }
        let sent = self.sent.entry(datagram.remote).or_default();
        sent.packets += 1;
        sent.payload_types.insert(second & 0x7f);
        *sent.lengths.entry(payload).or_default() += 1;
        sent.last = at;
    }

    /// What was sent to this address.
    #[must_use]
    pub fn to(&self, address: SocketAddr) -> Sent {
        self.sent.get(&address).cloned().unwrap_or_default()
    }
}

/// The second byte of an RTP packet and the length of its payload; none for anything else. RTCP's
/// packet types lie where no payload number may (RFC 5761 §4).
fn rtp(bytes: &[u8]) -> Option<(u8, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let is_rtp = first >> 6 == 2 && bytes.len() >= 12 && !(192..=223).contains(&second);
    is_rtp.then_some((second, bytes.len() - 12))
}

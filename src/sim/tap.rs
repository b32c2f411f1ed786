//! The tap: what media was sent where, so that a test can say to whom RTP went and as what. Of addresses
//! that are followed every packet is kept.

use super::world::Datagram;
use crate::base::Mono;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Addresses kept; what goes elsewhere is not counted.
const ADDRESSES: usize = 10_000;
/// Packets kept of one address that is followed: some 40 minutes.
const PACKETS: usize = 120_000;

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

/// One RTP packet to an address that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When it was sent.
    pub at: Mono,
    /// Its payload number.
    pub payload_type: u8,
    /// Its marker bit.
    pub marker: bool,
    /// Its number.
    pub sequence: u16,
    /// Its timestamp.
    pub timestamp: u32,
    /// Its source.
    pub ssrc: u32,
    /// What it carries.
    pub payload: Bytes,
}

/// All media of a run, by where it was sent.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    sent: BTreeMap<SocketAddr, Sent>,
    followed: BTreeMap<SocketAddr, Vec<Packet>>,
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
        if let Some(packets) = self.followed.get_mut(&datagram.remote)
            && packets.len() < PACKETS
        {
            packets.extend(packet(at, &datagram.bytes));
        }
    }

    /// From now on each packet to this address is kept.
    pub fn follow(&mut self, address: SocketAddr) {
        self.followed.entry(address).or_default();
    }

    /// The packets to an address since it is followed, in the order in which they were sent.
    #[must_use]
    pub fn packets(&self, address: SocketAddr) -> &[Packet] {
        self.followed.get(&address).map_or(&[], Vec::as_slice)
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

/// A packet as we send it: without CSRCs, padding or extension.
fn packet(at: Mono, bytes: &Bytes) -> Option<Packet> {
    let (head, _) = bytes.split_first_chunk::<12>()?;
    let [_, kind, s1, s2, t1, t2, t3, t4, x1, x2, x3, x4] = *head;
    Some(Packet {
        at,
        payload_type: kind & 0x7f,
        marker: kind & 0x80 != 0,
        sequence: u16::from_be_bytes([s1, s2]),
        timestamp: u32::from_be_bytes([t1, t2, t3, t4]),
        ssrc: u32::from_be_bytes([x1, x2, x3, x4]),
        payload: bytes.slice(12..),
    })
}

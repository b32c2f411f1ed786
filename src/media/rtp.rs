//! RTP packets as bytes (RFC 3550 §5.1): reading over rtp-rs, writing our own plain header.
//!
//! What we send has no CSRC, extension or padding: those of a relayed packet are left behind.

use rtp_rs::RtpReader;
use std::fmt;

/// The largest RTP packet taken, bytes: one Ethernet frame; 60 ms of G.711 are 492.
pub(crate) const MAX_PACKET: usize = 1500;
/// Our header: no CSRC, no extension.
pub(crate) const HEADER: usize = 12;
/// RTP samples in a second: every codec of ours runs at 8 kHz.
pub(crate) const RATE: u32 = 8000;

/// One received packet, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) payload_type: u8,
    pub(crate) marker: bool,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: &'a [u8],
}

/// What was said or pressed is not shown.
impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { payload_type, sequence, timestamp, payload, .. } = self;
        write!(f, "rtp type {payload_type} #{sequence} at {timestamp}, {} bytes", payload.len())
    }
}

/// Reads a packet; none if the version is wrong, or it is cut short or oversized (MED-11).
pub(crate) fn parse(bytes: &[u8]) -> Option<Packet<'_>> {
    if bytes.len() > MAX_PACKET {
        return None;
    }
    let reader = RtpReader::new(bytes).ok()?;
    Some(Packet {
        payload_type: reader.payload_type(),
        marker: reader.mark(),
        sequence: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
        payload: reader.payload(),
    })
}

/// Whether a packet on a shared port is RTCP (RFC 5761 §4).
pub(crate) fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes.get(1), Some(192..=223))
}

/// The header of a packet of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) payload_type: u8,
    pub(crate) marker: bool,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
}

/// The one buffer in which packets are made, so that sending allocates nothing.
pub(crate) struct Wire {
    buffer: [u8; MAX_PACKET],
}

/// What was said last is not shown.
impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(crate) fn new() -> Wire {
        Wire { buffer: [0; MAX_PACKET] }
    }

    /// Room for a payload of `len` bytes, cut to what fits.
    pub(crate) fn payload(&mut self, len: usize) -> &mut [u8] {
        let end = (HEADER + len).min(MAX_PACKET);
        self.buffer.get_mut(HEADER..end).unwrap_or_default()
    }

    /// The packet: this header before the payload that was put in.
    pub(crate) fn finish(&mut self, header: Header, len: usize) -> &[u8] {
        let marker = if header.marker { 0x80 } else { 0 };
        let [s0, s1] = header.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = header.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = header.ssrc.to_be_bytes();
        let head =
            [0x80, marker | header.payload_type & 0x7f, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3];
        self.buffer.iter_mut().zip(head).for_each(|(to, from)| *to = from);
        self.buffer.get(..(HEADER + len).min(MAX_PACKET)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let header = Header {
            payload_type: 101,
            marker: true,
            sequence: 0xfffe,
            timestamp: 0x1234_5678,
            ssrc: 0x9abc_def0,
        };
        let mut wire = Wire::new();
        wire.payload(4).copy_from_slice(&[1, 2, 3, 4]);
        let packet = parse(wire.finish(header, 4)).unwrap();
        assert_eq!((packet.payload_type, packet.marker), (101, true));
        assert_eq!((packet.sequence, packet.timestamp), (0xfffe, 0x1234_5678));
        assert_eq!((packet.ssrc, packet.payload), (0x9abc_def0, &[1u8, 2, 3, 4][..]));
    }

    /// MED-11: what is no RTP of version 2, or is cut or oversized, is not read.
    #[test]
    fn med_11_broken_packets_are_refused() {
        let mut good = vec![0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        assert!(parse(&good).is_some());
        for (what, bytes) in [
            ("empty", vec![]),
            ("truncated", good[..11].to_vec()),
            ("version 1", [&[0x40], &good[1..]].concat()),
            ("csrc missing", [&[0x8f], &good[1..]].concat()),
            ("extension missing", [&[0x90], &good[1..]].concat()),
            ("padding missing", [&[0xa0], &good[1..]].concat()),
        ] {
            assert!(parse(&bytes).is_none(), "{what}");
        }
        good.resize(MAX_PACKET + 1, 0);
        assert!(parse(&good).is_none(), "oversized");
    }
}

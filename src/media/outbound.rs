//! Our side of one stream: one SSRC, one run of sequence numbers, one clock, whatever is sent.
//!
//! A leg hears prompts, silence, digits and another party one after the other. To it they are one
//! source (RFC 3550 §5.1): numbers go up by one, time goes on by the clock, over every change.

use crate::base::{Mint, Mono};
use crate::media::quality::samples_at;
use crate::media::rtp::Header;

/// How far the clock may run from what was sent before it counts as a pause: 10 ms.
const PAUSE: i32 = 80;

/// Where the next packet stands.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) ssrc: u32,
    next_sequence: u16,
    /// The timestamp behind the last packet's payload.
    next_timestamp: u32,
    /// What the clock's samples differ by from our timestamps.
    base: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

impl Outbound {
    pub(crate) fn new(mint: &mut Mint, now: Mono) -> Outbound {
        let (bits, more) = (mint.bits(), mint.bits());
        let start = bits as u32;
        Outbound {
            ssrc: (bits >> 32) as u32,
            next_sequence: more as u16,
            next_timestamp: start,
            base: start.wrapping_sub(samples_at(now)),
            packets: 0,
            octets: 0,
        }
    }

    /// The timestamp that belongs to a moment.
    pub(crate) fn clock(&self, at: Mono) -> u32 {
        samples_at(at).wrapping_add(self.base)
    }

    /// The number of the next packet.
    pub(crate) fn next_sequence(&self) -> u16 {
        self.next_sequence
    }

    /// The timestamp of a packet that is due at `at`, and whether a pause lies before it.
    pub(crate) fn next_timestamp(&self, at: Mono) -> (u32, bool) {
        let clock = self.clock(at);
        let paused = clock.wrapping_sub(self.next_timestamp) as i32 > PAUSE;
        (if paused { clock } else { self.next_timestamp }, paused || self.packets == 0)
    }

    /// A packet's time went by, whether it was sent or not.
    pub(crate) fn pass(&mut self, until: u32) {
        if until.wrapping_sub(self.next_timestamp) as i32 > 0 {
            self.next_timestamp = until;
        }
    }

    /// A packet with this header was sent; its payload reaches up to `until`.
    pub(crate) fn sent(&mut self, header: &Header, octets: usize, until: u32) {
        let next = header.sequence.wrapping_add(1);
        if next.wrapping_sub(self.next_sequence) as i16 > 0 {
            self.next_sequence = next;
        }
        self.pass(until);
        self.packets += 1;
        self.octets += octets as u64;
    }
}

//! Repacking: a joined source's samples cut anew to the packet time that this far end asked for
//! (SDP-14, RFC 4566 §6: ptime, maxptime).
//!
//! Only where the two differ; else packets pass as they come (`relay.rs`). What is cut anew has
//! numbers of its own: they go up by one, and skip as many packets as were lost of the source. A
//! packet that comes too late for its place is dropped.

use crate::base::Mono;
use crate::media::engine::Sink;
use crate::media::relay::{Extent, Place};
use crate::media::rtp::{Packet, Wire};
use crate::media::stream::{Feed, PER_MS, Stream};
use crate::media::{Codec, g711};
use std::net::SocketAddr;

/// Most samples of one packet that we send: 60 ms.
const MOST: usize = 480;
/// What is held is still of use before a hole of up to so many samples, 200 ms; before a longer one
/// it would come too late.
const HOLE: i32 = 1600;

/// The beginning of the next packet.
#[derive(Clone, Debug)]
pub(crate) struct Repack {
    held: [u8; MOST],
    len: usize,
    /// Of the first sample held.
    timestamp: u32,
    marker: bool,
    /// Packets that were lost before it.
    lost: u16,
}

impl Repack {
    fn new() -> Repack {
        Repack { held: [0; MOST], len: 0, timestamp: 0, marker: false, lost: 0 }
    }

    /// Takes what fits up to `wanted` samples; how many that were.
    fn take(&mut self, samples: &[u8], wanted: usize, from: Codec, to: Codec) -> usize {
        let room = self.held.get_mut(self.len..wanted).unwrap_or_default();
        let count = room.len().min(samples.len());
        if let (Some(room), Some(samples)) = (room.get_mut(..count), samples.get(..count)) {
            g711::transcode(from, to, samples, room);
        }
        self.len += count;
        count
    }
}

/// How and where to we send.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) codec: Codec,
    pub(crate) payload_type: u8,
    pub(crate) to: SocketAddr,
}

impl Stream {
    /// Whether audio of so many samples has to be cut anew.
    pub(crate) fn must_repack(&self, samples: usize) -> bool {
        let begun = self.repack.as_ref().is_some_and(|repack| repack.len > 0);
        samples > 0 && (begun || samples != self.wanted())
    }

    fn wanted(&self) -> usize {
        (usize::from(self.ptime_ms()) * usize::from(PER_MS)).clamp(1, MOST)
    }

    /// Carries on audio of the joined leg, cut anew.
    pub(crate) fn carry_anew(
        &mut self,
        packet: &Packet<'_>,
        from: Codec,
        route: Route,
        now: Mono,
        wire: &mut Wire,
        sink: &mut dyn Sink,
    ) {
        let extent = Extent::Audio(packet.payload.len() as u32);
        let step = match &self.feed {
            Feed::Relay(relay) if relay.follows(packet, extent, now) => relay.step(packet),
            Feed::Relay(_) | Feed::Own { .. } | Feed::Mute => 1,
        };
        // Its place has been cut already; the first packet of a run has no step.
        if step < 1 && self.repack.as_ref().is_some_and(|repack| repack.len > 0) {
            return;
        }
        let Some(place) = self.relay_place(packet, extent, now) else { return };
        self.mind_hole(place, step > 1, route, wire, sink);
        let (mut samples, mut at) = (packet.payload, place.timestamp);
        let mut marker = place.marker;
        let wanted = self.wanted();
        while !samples.is_empty() {
            let repack = self.repack.get_or_insert_with(|| Box::new(Repack::new()));
            if repack.len == 0 {
                (repack.timestamp, repack.marker) = (at, std::mem::take(&mut marker));
            }
            let taken = repack.take(samples, wanted, from, route.codec);
            if repack.len >= wanted {
                self.send_held(route, wire, sink);
            } else if taken == 0 {
                break;
            }
            samples = samples.get(taken..).unwrap_or_default();
            at = at.wrapping_add(taken as u32);
        }
        self.renumber(packet.sequence);
    }

    /// Sends what is held before something else of the source that is no audio.
    pub(crate) fn flush_held(
        &mut self,
        packet: &Packet<'_>,
        route: Route,
        wire: &mut Wire,
        sink: &mut dyn Sink,
    ) {
        if self.repack.as_ref().is_some_and(|repack| repack.len > 0) {
            self.send_held(route, wire, sink);
            self.renumber(packet.sequence.wrapping_sub(1));
        }
    }

    /// What is held is not continued by what comes now: a short packet, if it is not too late.
    fn mind_hole(
        &mut self,
        place: Place,
        lost: bool,
        route: Route,
        wire: &mut Wire,
        sink: &mut dyn Sink,
    ) {
        let wanted = self.wanted();
        let Some(repack) = self.repack.as_mut() else { return };
        let behind = repack.timestamp.wrapping_add(repack.len as u32);
        let hole = place.timestamp.wrapping_sub(behind) as i32;
        if repack.len > 0 && hole != 0 {
            if (0..=HOLE).contains(&hole) {
                self.send_held(route, wire, sink);
            } else {
                repack.len = 0;
            }
        }
        if let (Some(repack), true) = (self.repack.as_mut(), lost && hole > 0) {
            repack.lost = u16::try_from(hole as usize / wanted).unwrap_or(0);
        }
    }

    fn send_held(&mut self, route: Route, wire: &mut Wire, sink: &mut dyn Sink) {
        let Some(repack) = self.repack.as_mut() else { return };
        let (len, timestamp) = (std::mem::take(&mut repack.len), repack.timestamp);
        let (marker, lost) = (repack.marker, std::mem::take(&mut repack.lost));
        wire.payload(len).iter_mut().zip(&repack.held).for_each(|(to, from)| *to = *from);
        repack.timestamp = timestamp.wrapping_add(len as u32);
        let sequence = self.out.next_sequence().wrapping_add(lost);
        let until = timestamp.wrapping_add(len as u32);
        let place = Place { marker, sequence, timestamp, until };
        self.emit(route.payload_type, place, len, route.to, wire, sink);
    }

    /// The source's packet behind this one follows what was sent.
    fn renumber(&mut self, sequence: u16) {
        let next = self.out.next_sequence();
        if let Feed::Relay(relay) = &mut self.feed {
            relay.renumber(sequence, next);
        }
    }
}

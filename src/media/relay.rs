//! Relay: one source's packets carried on as part of the other leg's own stream (MED-08).
//!
//! Sequence numbers and timestamps are moved by a fixed amount, so a gap stays a gap, and what is
//! doubled or late stays so. When the source changes or jumps, the amounts are set anew: the next
//! number, and the time that has really gone by, so that there is neither a burst nor a hole.

use crate::base::Mono;
use crate::media::outbound::Outbound;
use crate::media::quality::{MAX_DROPOUT, MAX_MISORDER};
use crate::media::rtp::{Packet, RATE};
use std::time::Duration;

/// The source's clock may step back by up to this, in samples, before it counts as a jump: 1 s.
const STEP_BACK: i32 = RATE as i32;
/// It may run ahead of the time gone by up to this, in samples: 2 s.
const STEP_AHEAD: i64 = 2 * RATE as i64;
/// With nothing to relay for so long, we send silence ourselves (RFC 6263).
const QUIET: Duration = Duration::from_secs(1);
/// After comfort noise the source is silent on purpose: RFC 6263's interval.
const QUIET_AFTER_NOISE: Duration = Duration::from_secs(15);

/// What a relayed packet carries, as far as its timestamp means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Audio of so many samples.
    Audio(u32),
    /// An event that began at the timestamp and lasts so long; whether this is its first packet.
    Event { duration: u32, starts: bool },
    /// Comfort noise.
    Noise,
}

/// Where a packet goes in the outgoing stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) marker: bool,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    /// The timestamp behind it.
    pub(crate) until: u32,
}

/// How the present source's numbers become ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relay {
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// What is older was before the change and is not carried on. It moves along once nothing that old
    /// can follow any more: numbers go round, and half of them would be taken for older.
    first_sequence: u16,
    first_timestamp: u32,
    highest: u16,
    /// The timestamp up to which the newest packet reaches, or begins if it is audio.
    reached: u32,
    last: Mono,
    after_noise: bool,
    /// Nothing was sent yet since the change: the marker is due.
    fresh: bool,
    /// An event began since the change. Until then what is left of one began before it: a digit that
    /// was not for the other party (MED-06).
    event_began: bool,
}

impl Relay {
    /// Begins with this packet; none if it is the rest of an event that began before.
    pub(crate) fn begin(
        out: &Outbound,
        packet: &Packet<'_>,
        extent: Extent,
        now: Mono,
    ) -> Option<Relay> {
        if matches!(extent, Extent::Event { starts: false, .. }) {
            return None;
        }
        let (timestamp, _) = out.next_timestamp(now);
        Some(Relay {
            ssrc: packet.ssrc,
            sequence_offset: out.next_sequence().wrapping_sub(packet.sequence),
            timestamp_offset: timestamp.wrapping_sub(packet.timestamp),
            first_sequence: packet.sequence,
            first_timestamp: packet.timestamp,
            highest: packet.sequence,
            reached: packet.timestamp,
            last: now,
            after_noise: false,
            fresh: true,
            event_began: false,
        })
    }

    /// Whether a packet belongs to the run that this relay follows.
    pub(crate) fn follows(&self, packet: &Packet<'_>, extent: Extent, now: Mono) -> bool {
        let step = packet.sequence.wrapping_sub(self.highest) as i16;
        if packet.ssrc != self.ssrc || !(-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
            return false;
        }
        if step <= 0 || matches!(extent, Extent::Event { .. }) {
            return true;
        }
        let ahead = packet.timestamp.wrapping_sub(self.reached) as i32;
        let gone = (now - self.last).as_millis() as i64 * i64::from(RATE / 1000);
        ahead >= -STEP_BACK && i64::from(ahead) <= gone + STEP_AHEAD
    }

    /// The place of a packet that follows; none if it is from before the change.
    pub(crate) fn place(
        &mut self,
        packet: &Packet<'_>,
        extent: Extent,
        now: Mono,
    ) -> Option<Place> {
        if is_before(packet.sequence, self.first_sequence) {
            return None;
        }
        let (length, before) = match extent {
            Extent::Audio(samples) => (samples, false),
            Extent::Noise => (0, false),
            Extent::Event { duration, starts } => {
                self.event_began |= starts;
                let ahead = packet.timestamp.wrapping_sub(self.first_timestamp) as i32;
                (duration, !self.event_began || ahead < 0)
            }
        };
        if before {
            self.leave_out(packet);
            return None;
        }
        self.last = now;
        if !is_before(packet.sequence, self.highest) {
            self.after_noise = extent == Extent::Noise;
            self.highest = packet.sequence;
            if self.highest.wrapping_sub(self.first_sequence) > MAX_MISORDER.unsigned_abs() {
                self.first_sequence = self.highest.wrapping_sub(MAX_MISORDER.unsigned_abs());
            }
            self.reached = match extent {
                Extent::Audio(_) | Extent::Noise => packet.timestamp,
                Extent::Event { duration, .. } => packet.timestamp.wrapping_add(duration),
            };
        }
        let timestamp = packet.timestamp.wrapping_add(self.timestamp_offset);
        let fresh = std::mem::take(&mut self.fresh);
        Some(Place {
            marker: packet.marker || fresh,
            sequence: packet.sequence.wrapping_add(self.sequence_offset),
            timestamp,
            until: timestamp.wrapping_add(length),
        })
    }

    /// A packet that the other leg cannot take: the numbers close up over it, so that it does not
    /// look lost there.
    pub(crate) fn leave_out(&mut self, packet: &Packet<'_>) {
        if packet.ssrc == self.ssrc && packet.sequence == self.highest.wrapping_add(1) {
            self.highest = packet.sequence;
            self.sequence_offset = self.sequence_offset.wrapping_sub(1);
            self.first_sequence = packet.sequence.wrapping_add(1);
        }
    }

    /// When we must send silence ourselves, if nothing comes.
    pub(crate) fn quiet_at(&self) -> Mono {
        self.last + if self.after_noise { QUIET_AFTER_NOISE } else { QUIET }
    }
}

fn is_before(sequence: u16, other: u16) -> bool {
    (sequence.wrapping_sub(other) as i16) < 0
}

#[cfg(test)]
mod pairs;

//! What came and what is missing: RFC 3550 A.1 (sequence), A.3 (loss) and A.8 (jitter).

use crate::base::Mono;
use crate::media::rtp::{Packet, RATE};

/// RFC 3550 A.1: a gap up to this is loss; beyond, the sender began anew.
pub(crate) const MAX_DROPOUT: i16 = 3000;
/// RFC 3550 A.1: a packet late by more than this is a sender that began anew.
pub(crate) const MAX_MISORDER: i16 = 100;

/// One source's run of sequence numbers.
#[derive(Clone, Copy, Debug)]
struct Run {
    ssrc: u32,
    /// The first number, extended by cycles.
    first: u64,
    /// The highest number, extended by cycles.
    highest: u64,
    /// Taken in this run, duplicates too.
    received: u64,
    /// At the last report: expected and received.
    reported: (u64, u64),
    /// Relative transit time of the last packet, in samples.
    transit: u32,
    /// Sixteen times the jitter, in samples.
    jitter_x16: u32,
}

/// What a report block says about the source we hear (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) cumulative_lost: u32,
    pub(crate) highest: u32,
    pub(crate) jitter: u32,
}

/// Follows the packets of one stream, over changes of their source.
#[derive(Debug, Default)]
pub(crate) struct Quality {
    run: Option<Run>,
    lost_before: u64,
}

impl Quality {
    /// Counts a packet that was taken.
    pub(crate) fn take(&mut self, packet: &Packet<'_>, is_audio: bool, now: Mono) {
        let arrival = samples_at(now);
        let transit = arrival.wrapping_sub(packet.timestamp);
        let ssrc = packet.ssrc;
        let same = self.run.as_mut().filter(|run| run.ssrc == ssrc);
        let Some(run) = same.and_then(|run| run.advance(packet.sequence)) else {
            self.resync();
            self.run = Some(Run::new(packet, transit));
            return;
        };
        run.received += 1;
        // Events keep the timestamp of their start, so they say nothing about jitter.
        if is_audio {
            let step = (transit.wrapping_sub(run.transit) as i32).unsigned_abs();
            run.transit = transit;
            // A jump of the sender's clock is no jitter.
            if step < RATE {
                run.jitter_x16 = run.jitter_x16 - ((run.jitter_x16 + 8) >> 4) + step;
            }
        }
    }

    /// Forgets the present run, its loss kept: what comes next is not measured against it.
    pub(crate) fn resync(&mut self) {
        self.lost_before += self.run.take().map_or(0, |run| run.lost());
    }

    /// Packets missing over all runs.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_before + self.run.map_or(0, |run| run.lost())
    }

    /// Jitter in microseconds.
    pub(crate) fn jitter_us(&self) -> u32 {
        self.run.map_or(0, |run| (run.jitter_x16 >> 4).saturating_mul(1_000_000 / RATE))
    }

    /// The figures for a report, and the start of the next interval.
    pub(crate) fn report(&mut self) -> Option<Reception> {
        let run = self.run.as_mut()?;
        let expected = run.expected() - run.reported.0;
        let received = run.received - run.reported.1;
        run.reported = (run.expected(), run.received);
        let lost = expected.saturating_sub(received);
        let fraction = (lost * 256).checked_div(expected).unwrap_or(0);
        Some(Reception {
            ssrc: run.ssrc,
            fraction_lost: fraction.min(255) as u8,
            cumulative_lost: run.lost().min(0x7f_ffff) as u32,
            highest: run.highest as u32,
            jitter: run.jitter_x16 >> 4,
        })
    }
}

impl Run {
    fn new(packet: &Packet<'_>, transit: u32) -> Run {
        // One cycle ahead, so that a late first packet does not go below zero.
        let first = 1 << 16 | u64::from(packet.sequence);
        let (ssrc, received, jitter_x16) = (packet.ssrc, 1, 0);
        Run { ssrc, first, highest: first, received, reported: (0, 0), transit, jitter_x16 }
    }

    /// Follows a number; none if it cannot belong to this run.
    fn advance(&mut self, sequence: u16) -> Option<&mut Run> {
        let step = sequence.wrapping_sub(self.highest as u16) as i16;
        if !(-MAX_MISORDER..=MAX_DROPOUT).contains(&step) {
            return None;
        }
        if step > 0 {
            self.highest += u64::from(step.unsigned_abs());
        }
        Some(self)
    }

    fn expected(&self) -> u64 {
        self.highest - self.first + 1
    }

    fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }
}

/// A moment on the RTP clock, for differences only.
pub(crate) fn samples_at(at: Mono) -> u32 {
    (u128::from(at.0) * u128::from(RATE) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(quality: &mut Quality, ssrc: u32, sequence: u16, timestamp: u32, at_ms: u64) {
        let payload = &[0u8; 160][..];
        let packet = Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload };
        quality.take(&packet, true, Mono(at_ms * 1000));
    }

    /// MED-08: what is lost, doubled, late and wrapped around counts right.
    #[test]
    fn med_08_loss_is_what_is_missing() {
        for (what, sequences, lost) in [
            ("in order", &[1u16, 2, 3, 4][..], 0),
            ("two lost", &[1, 2, 5], 2),
            ("late", &[1, 3, 2, 4], 0),
            ("doubled", &[1, 2, 2, 3], 0),
            ("wrapped", &[65534, 65535, 0, 1, 3], 1),
            ("jumped", &[10, 11, 30000, 30001], 0),
            ("jumped back", &[30000, 30001, 10, 12], 1),
        ] {
            let mut quality = Quality::default();
            for (i, sequence) in sequences.iter().enumerate() {
                feed(&mut quality, 7, *sequence, i as u32 * 160, i as u64 * 20);
            }
            assert_eq!(quality.lost(), lost, "{what}");
        }
    }

    #[test]
    fn med_08_a_new_ssrc_starts_anew_and_keeps_the_loss() {
        let mut quality = Quality::default();
        feed(&mut quality, 1, 10, 0, 0);
        feed(&mut quality, 1, 12, 320, 40);
        feed(&mut quality, 2, 40000, 99, 60);
        feed(&mut quality, 2, 40001, 259, 80);
        assert_eq!(quality.lost(), 1);
    }

    /// MED-13: jitter of a steady stream is 0; of one that sways by 10 ms it nears 10 ms.
    #[test]
    fn med_13_jitter_follows_the_sway() {
        for (sway, low, high) in [(0, 0, 0), (10, 8_000, 10_500)] {
            let mut quality = Quality::default();
            for i in 0..200u16 {
                let at = u64::from(i) * 20 + u64::from(i % 2) * sway;
                feed(&mut quality, 1, i, u32::from(i) * 160, at);
            }
            assert!((low..=high).contains(&quality.jitter_us()), "{}", quality.jitter_us());
        }
    }

    #[test]
    fn med_13_a_report_tells_the_loss_since_the_last_one() {
        let mut quality = Quality::default();
        for i in [0u16, 1, 2, 4] {
            feed(&mut quality, 9, i, u32::from(i) * 160, u64::from(i) * 20);
        }
        let first = quality.report().unwrap();
        assert_eq!((first.fraction_lost, first.cumulative_lost), (51, 1));
        for i in 5..10u16 {
            feed(&mut quality, 9, i, u32::from(i) * 160, u64::from(i) * 20);
        }
        let second = quality.report().unwrap();
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 1));
        assert_eq!(second.highest as u16, 9);
    }
}

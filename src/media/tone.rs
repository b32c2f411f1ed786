//! Tones: made by rule (ITU-T E.180), and found again by Goertzel's filter.
//!
//! The finder is used by tests and the demo to prove who hears whom; it is no DTMF detector.

use crate::media::Tone;
use crate::media::rtp::RATE;
use std::f64::consts::{PI, TAU};

/// Peak of what we make: about −12 dB below full scale, as a telephone tone sounds.
const AMPLITUDE: f64 = 8000.0;
/// Entries of the sine table.
const STEPS: u64 = 1024;
/// Samples quieter than this on average (root mean square) count as silence.
const FLOOR: f64 = 200.0;

/// One turn of a sine, worked out at compile time.
static SINE: [i16; STEPS as usize] = sine_table();

const fn sine_table() -> [i16; STEPS as usize] {
    let mut table = [0; STEPS as usize];
    let mut step = 0;
    while step < table.len() {
        // From −π to π, where the series below is good to more than 16 bits.
        let x = TAU * step as f64 / STEPS as f64 - PI;
        let (mut term, mut sum, mut n) = (x, x, 1.0);
        while n < 30.0 {
            term *= -x * x / ((n + 1.0) * (n + 2.0));
            sum += term;
            n += 2.0;
        }
        table[step] = (-sum * AMPLITUDE) as i16;
        step += 1;
    }
    table
}

/// How long a tone sounds, in samples at 8 kHz; none for the endless ones.
#[must_use]
pub fn length(tone: Tone) -> Option<u64> {
    match tone {
        Tone::Beep => Some(1600),
        Tone::RingBack | Tone::Busy | Tone::Steady(_) => None,
    }
}

/// The sample number `n` of a tone at 8 kHz.
#[must_use]
pub fn sample(tone: Tone, n: u64) -> i16 {
    let (hz, on, period) = match tone {
        Tone::RingBack => (425, 8_000, 40_000),
        Tone::Busy => (425, 4_000, 8_000),
        Tone::Beep => (1000, 1_600, 1_600),
        Tone::Steady(hz) => (hz, 1, 1),
    };
    if n % period >= on {
        return 0;
    }
    let step = n * u64::from(hz) * STEPS / u64::from(RATE) % STEPS;
    SINE.get(step as usize).copied().unwrap_or(0)
}

/// How much of the energy of `samples` (8 kHz) lies at `hz`: 0 to about 1; 0 for silence.
#[must_use]
pub fn share(samples: &[i16], hz: f64) -> f64 {
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    let count = samples.len() as f64;
    if samples.is_empty() || (energy / count).sqrt() < FLOOR {
        return 0.0;
    }
    let turn = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (last, before) = samples.iter().fold((0.0, 0.0), |(last, before), sample| {
        (f64::from(*sample) + turn * last - before, last)
    });
    let power = last * last + before * before - turn * last * before;
    2.0 * power / (count * energy)
}

/// Whether a tone of `hz` is most of what is heard. Wants 20 ms or more.
#[must_use]
pub fn heard(samples: &[i16], hz: f64) -> bool {
    share(samples, hz) > 0.5
}

/// Whether nothing is heard.
#[must_use]
pub fn is_silence(samples: &[i16]) -> bool {
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    samples.is_empty() || (energy / samples.len() as f64).sqrt() < FLOOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(tone: Tone, from: u64, count: u64) -> Vec<i16> {
        (from..from + count).map(|n| sample(tone, n)).collect()
    }

    #[test]
    fn a_tone_is_found_at_its_own_frequency_only() {
        for hz in [425u16, 697, 1000, 1633, 2600] {
            let heard_at = samples(Tone::Steady(hz), 12_345, 800);
            assert!(heard(&heard_at, f64::from(hz)), "{hz}");
            assert!(!heard(&heard_at, f64::from(hz) + 150.0), "{hz} + 150");
            assert!(!is_silence(&heard_at));
        }
    }

    #[test]
    fn the_table_is_a_sine() {
        for (step, value) in SINE.iter().enumerate() {
            let exact = (step as f64 * TAU / STEPS as f64).sin() * AMPLITUDE;
            assert!((f64::from(*value) - exact).abs() <= 1.0, "{step}: {value}");
        }
    }

    #[test]
    fn ring_back_sounds_one_second_in_five() {
        for (second, sounds) in [(0, true), (1, false), (4, false), (5, true), (6, false)] {
            let part = samples(Tone::RingBack, second * 8000, 8000);
            assert_eq!(heard(&part, 425.0), sounds, "second {second}");
            assert_eq!(is_silence(&part), !sounds, "second {second}");
        }
    }

    #[test]
    fn busy_sounds_every_other_half_second() {
        for half in 0..6 {
            let part = samples(Tone::Busy, half * 4000, 4000);
            assert_eq!(heard(&part, 425.0), half % 2 == 0, "half second {half}");
        }
    }
}

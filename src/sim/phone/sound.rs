//! Sound as a simulated phone makes and hears it: G.711 by the formulas of ITU-T G.711, steady
//! tones, and an ear that says which single frequency it hears.
//!
//! Written apart from the media engine's tables on purpose: one checks the other.

use crate::base::Mono;
use crate::media::Codec;
use std::f64::consts::TAU;
use std::time::Duration;

/// Samples a second.
pub(super) const RATE: u32 = 8000;
/// Samples in one look of the ear: 50 ms, 20 Hz of resolution.
const WINDOW: usize = 400;
/// How long that is.
const LOOK: Duration = Duration::from_millis(50);
/// Below this mean square nothing is heard (about −50 dBm0).
const SILENCE: f64 = 60.0 * 60.0;
/// Share of the energy that must lie at one frequency to call it a tone.
const PURE: f64 = 0.8;
/// Tones kept of one call.
const HEARD: usize = 1000;
/// Amplitude of our tones: about −10 dBm0.
const LOUD: f64 = 8000.0;

/// One sample to A-law or µ-law.
pub(super) fn encode(codec: Codec, pcm: i16) -> u8 {
    match codec {
        Codec::Pcma => {
            let sign = if pcm >= 0 { 0xd5 } else { 0x55 };
            let v = (if pcm < 0 { !pcm } else { pcm }) as u16 >> 3;
            let segment = if v < 32 { 0 } else { v.ilog2() as u16 - 4 };
            let mantissa = if segment == 0 { v >> 1 } else { v >> segment } & 0x0f;
            (segment << 4 | mantissa) as u8 ^ sign
        }
        Codec::Pcmu => {
            let sign = if pcm < 0 { 0x80 } else { 0 };
            let v = i32::from(pcm).unsigned_abs().min(32_635) + 132;
            let exponent = v.ilog2() - 7;
            let mantissa = v >> (exponent + 3) & 0x0f;
            !(sign | (exponent << 4 | mantissa) as u8)
        }
    }
}

/// One sample from A-law or µ-law.
pub(super) fn decode(codec: Codec, byte: u8) -> i16 {
    match codec {
        Codec::Pcma => {
            let a = byte ^ 0x55;
            let low = i16::from(a & 0x0f) << 4;
            let value = match i16::from(a >> 4 & 7) {
                0 => low + 8,
                segment => (low + 0x108) << (segment - 1),
            };
            if a & 0x80 == 0 { -value } else { value }
        }
        Codec::Pcmu => {
            let u = !byte;
            let value = ((i16::from(u & 0x0f) << 3) + 0x84) << (u >> 4 & 7);
            if u & 0x80 == 0 { value - 0x84 } else { 0x84 - value }
        }
    }
}

/// A steady tone, encoded for one second; whole hertz fit a second without a seam.
#[derive(Clone, Debug)]
pub(super) struct Tone {
    second: Vec<u8>,
    place: usize,
}

impl Tone {
    /// The tone, or silence.
    pub(super) fn new(hz: Option<u16>, codec: Codec) -> Tone {
        let sample = |i: u32| match hz {
            Some(hz) => {
                (LOUD * (TAU * f64::from(hz) * f64::from(i) / f64::from(RATE)).sin()) as i16
            }
            None => 0,
        };
        // Silence has no period: one sample stands for all.
        let count = if hz.is_some() { RATE } else { 1 };
        Tone { second: (0..count).map(|i| encode(codec, sample(i))).collect(), place: 0 }
    }

    /// Appends the next `count` samples.
    pub(super) fn take(&mut self, count: usize, out: &mut Vec<u8>) {
        out.extend(self.second.iter().cycle().skip(self.place).take(count));
        self.place = (self.place + count) % self.second.len().max(1);
    }
}

/// A tone that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its frequency.
    pub hz: u16,
    /// When it was first heard.
    pub from: Mono,
    /// When it was last heard.
    pub until: Mono,
    /// How much of it was heard, lost packets left out.
    pub lasted: Duration,
}

/// Listens to decoded samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear {
    window: Vec<i16>,
}

impl Ear {
    /// Takes the samples of one packet that came at `now`.
    pub(super) fn hear(
        &mut self,
        samples: impl Iterator<Item = i16>,
        now: Mono,
        heard: &mut Vec<Heard>,
        speech: &mut Duration,
    ) {
        for sample in samples {
            self.window.push(sample);
            if self.window.len() == WINDOW {
                match listen(&self.window) {
                    Sound::Silence => {}
                    Sound::Tone(hz) => note(hz, now, heard),
                    Sound::Other => *speech += LOOK,
                }
                self.window.clear();
            }
        }
    }

    /// Something is missing: what was half heard is forgotten.
    pub(super) fn skip(&mut self) {
        self.window.clear();
    }
}

fn note(hz: u16, now: Mono, heard: &mut Vec<Heard>) {
    let goes_on = |h: &&mut Heard| h.hz.abs_diff(hz) <= 8 && now.since(h.until) < LOOK * 20;
    if let Some(last) = heard.last_mut().filter(goes_on) {
        last.until = now;
        last.lasted += LOOK;
    } else if heard.len() < HEARD {
        heard.push(Heard { hz, from: now, until: now, lasted: LOOK });
    }
}

/// What is in a window.
enum Sound {
    Silence,
    /// One steady frequency, in Hz.
    Tone(u16),
    /// Speech, music, noise.
    Other,
}

/// One tone and little else is a tone: its frequency is estimated by the zero crossings and proved
/// by Goertzel's filter at that frequency.
fn listen(window: &[i16]) -> Sound {
    let energy: f64 = window.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    let count = window.len() as f64;
    if energy / count < SILENCE {
        return Sound::Silence;
    }
    let Some(hz) = crossings(window) else { return Sound::Other };
    let share = goertzel(window, hz) * 2.0 / (count * energy);
    if share >= PURE { Sound::Tone(hz.round() as u16) } else { Sound::Other }
}

/// Frequency in Hz by the first and last upward zero crossing, placed between samples.
fn crossings(window: &[i16]) -> Option<f64> {
    let mut places = window.windows(2).enumerate().filter_map(|(i, pair)| match pair {
        [a, b] if *a < 0 && *b >= 0 => {
            let (a, b) = (f64::from(*a), f64::from(*b));
            Some(i as f64 + a / (a - b))
        }
        _ => None,
    });
    let first = places.next()?;
    let (mut last, mut periods) = (first, 0u32);
    for place in places {
        last = place;
        periods += 1;
    }
    (periods >= 2).then(|| f64::from(periods) * f64::from(RATE) / (last - first))
}

/// Squared magnitude of the window's spectrum at one frequency (Goertzel's recurrence).
fn goertzel(window: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (mut s1, mut s2) = (0.0, 0.0);
    for sample in window {
        let s0 = f64::from(*sample) + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    s1 * s1 + s2 * s2 - coefficient * s1 * s2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_comes_back_within_its_step() {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            for pcm in (-32_000..32_000i16).step_by(37) {
                let back = decode(codec, encode(codec, pcm));
                let allowed = 16 + i32::from(pcm).abs() / 16;
                assert!(
                    (i32::from(back) - i32::from(pcm)).abs() <= allowed,
                    "{codec:?} {pcm} {back}"
                );
            }
        }
    }

    /// ITU-T G.711: silence is 0xD5 in A-law and 0xFF in µ-law.
    #[test]
    fn g711_silence_has_its_codes() {
        assert_eq!((encode(Codec::Pcma, 0), encode(Codec::Pcmu, 0)), (0xd5, 0xff));
    }

    #[test]
    fn the_ear_names_one_tone_and_neither_silence_nor_two() {
        let mut speech = Duration::ZERO;
        for codec in [Codec::Pcma, Codec::Pcmu] {
            for hz in [200, 425, 697, 1000, 1633, 3000] {
                let mut bytes = Vec::new();
                Tone::new(Some(hz), codec).take(8000, &mut bytes);
                let mut heard = Vec::new();
                let samples = bytes.iter().map(|b| decode(codec, *b));
                Ear::default().hear(samples, Mono(1), &mut heard, &mut speech);
                assert_eq!(heard.len(), 1, "{hz}: {heard:?}");
                assert!(heard[0].hz.abs_diff(hz) <= 2, "{hz}: {heard:?}");
                assert_eq!(heard[0].lasted, Duration::from_secs(1));
            }
        }
        let dual = |i: u32| {
            let t = TAU * f64::from(i) / 8000.0;
            (8000.0 * ((697.0 * t).sin() + (1209.0 * t).sin())) as i16
        };
        let mut heard = Vec::new();
        assert_eq!(speech, Duration::ZERO);
        Ear::default().hear((0..4000).map(|_| 3), Mono(1), &mut heard, &mut speech);
        assert_eq!(speech, Duration::ZERO);
        Ear::default().hear((0..4000).map(dual), Mono(1), &mut heard, &mut speech);
        assert_eq!((heard, speech), (Vec::new(), LOOK * 10));
    }
}

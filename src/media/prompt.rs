//! Prompts made ready: any sampling rate to 8 kHz, stereo to mono, both laws, once at load.

use crate::base::PromptId;
use crate::media::rtp::RATE;
use crate::media::{Codec, Prompt, g711};
use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

/// Sampling rates taken, Hz.
pub const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// The longest prompt, seconds: an hour of music fills 58 MB in both laws; ten minutes are enough.
pub const MAX_SECONDS: u32 = 600;
/// Zero crossings of the filter on either side: −60 dB and better from 4 kHz on.
const CROSSINGS: f64 = 32.0;
/// Where the filter is 6 dB down, Hz: 3400 Hz still passes, 4000 Hz does not.
const CUTOFF: f64 = 3_700.0;

/// Why audio cannot be a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptError {
    /// The sampling rate lies outside [`RATES`].
    Rate(u32),
    /// There are no channels, or the samples do not divide among them.
    Channels(u16),
    /// It has no samples.
    Empty,
    /// It is longer than [`MAX_SECONDS`].
    TooLong {
        /// Its length in seconds.
        seconds: u32,
    },
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PromptError::Rate(rate) => {
                write!(f, "sampling rate {rate} Hz; expected 8000 to 192000 Hz")
            }
            PromptError::Channels(channels) => {
                write!(f, "samples do not divide among {channels} channels; expected 1 or 2")
            }
            PromptError::Empty => f.write_str("no audio; expected at least one sample"),
            PromptError::TooLong { seconds } => {
                write!(f, "{seconds} s long; expected {MAX_SECONDS} s at most")
            }
        }
    }
}

impl std::error::Error for PromptError {}

/// A prompt from linear samples, the channels of one moment side by side.
///
/// # Errors
/// If the audio is none that a prompt can be made of.
pub fn from_pcm(
    id: PromptId,
    samples: &[i16],
    rate: u32,
    channels: u16,
) -> Result<Prompt, PromptError> {
    if !RATES.contains(&rate) {
        return Err(PromptError::Rate(rate));
    }
    let width = usize::from(channels);
    if width == 0 || !samples.len().is_multiple_of(width) {
        return Err(PromptError::Channels(channels));
    }
    check_length(samples.len() / width, rate)?;
    let mix = |moment: &[i16]| {
        let sum: i64 = moment.iter().map(|s| i64::from(*s)).sum();
        (sum / width as i64) as i16
    };
    let mono: Vec<i16> = samples.chunks_exact(width).map(mix).collect();
    let audio = if rate == RATE { mono } else { resample(&mono, rate) };
    let law = |codec| audio.iter().map(|s| g711::encode(codec, *s)).collect();
    Ok(Prompt { id, pcma: law(Codec::Pcma), pcmu: law(Codec::Pcmu) })
}

/// A prompt from G.711 at 8 kHz, one channel.
///
/// # Errors
/// If it is empty or too long.
pub fn from_g711(id: PromptId, codec: Codec, bytes: &[u8]) -> Result<Prompt, PromptError> {
    check_length(bytes.len(), RATE)?;
    let law = |to| {
        let mut out = vec![0; bytes.len()];
        g711::transcode(codec, to, bytes, &mut out);
        out
    };
    Ok(Prompt { id, pcma: law(Codec::Pcma), pcmu: law(Codec::Pcmu) })
}

fn check_length(moments: usize, rate: u32) -> Result<(), PromptError> {
    let seconds = u32::try_from(moments / rate.max(1) as usize).unwrap_or(u32::MAX);
    match moments {
        0 => Err(PromptError::Empty),
        _ if seconds > MAX_SECONDS => Err(PromptError::TooLong { seconds }),
        _ => Ok(()),
    }
}

/// To 8 kHz, by a windowed sinc (Blackman) that also takes away what 8 kHz cannot carry.
fn resample(mono: &[i16], rate: u32) -> Vec<i16> {
    let rate = u64::from(rate);
    let count = mono.len() as u64 * u64::from(RATE) / rate;
    // The phases between input and output samples repeat: work out each filter once.
    let phases = u64::from(RATE) / gcd(rate, u64::from(RATE));
    let half = (CROSSINGS * rate as f64 / (2.0 * CUTOFF)).ceil() as i64;
    let filters: Vec<Vec<f32>> = (0..phases.min(count.max(1)))
        .map(|n| filter(n * rate % u64::from(RATE), rate, half))
        .collect();
    let sample = |n: u64| {
        let centre = (n * rate / u64::from(RATE)) as i64;
        let filter = filters.get((n % phases) as usize).map(Vec::as_slice).unwrap_or_default();
        let first = centre - half;
        let skip = usize::try_from(-first).unwrap_or(0);
        let from = mono.get(first.max(0) as usize..).unwrap_or_default();
        let taps = filter.iter().skip(skip);
        let sum: f32 = from.iter().zip(taps).map(|(s, tap)| f32::from(*s) * tap).sum();
        sum.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
    };
    (0..count).map(sample).collect()
}

/// The filter for an output sample that lies `remainder`/8000 of an input sample behind its
/// centre; its taps sum up to one.
fn filter(remainder: u64, rate: u64, half: i64) -> Vec<f32> {
    let shift = remainder as f64 / f64::from(RATE);
    let cutoff = 2.0 * CUTOFF / rate as f64;
    let taps: Vec<f64> = (-half..=half)
        .map(|k| {
            let x = k as f64 - shift;
            let place = (x / (half as f64 + 1.0)).clamp(-1.0, 1.0);
            let window = 0.42 + 0.5 * (PI * place).cos() + 0.08 * (2.0 * PI * place).cos();
            let sinc = if x == 0.0 { 1.0 } else { (PI * cutoff * x).sin() / (PI * cutoff * x) };
            window * sinc
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The prompts of a plan by their id. Ids are never reused, so there may be holes.
#[derive(Clone, Debug, Default)]
pub struct PromptBook {
    prompts: Vec<Option<Arc<Prompt>>>,
}

impl PromptBook {
    /// Puts a prompt under its own id, in place of what was there.
    pub fn insert(&mut self, prompt: Prompt) {
        let at = prompt.id.index();
        if self.prompts.len() <= at {
            self.prompts.resize(at + 1, None);
        }
        if let Some(place) = self.prompts.get_mut(at) {
            *place = Some(Arc::new(prompt));
        }
    }

    /// The prompt with this id.
    #[must_use]
    pub fn get(&self, id: PromptId) -> Option<&Arc<Prompt>> {
        self.prompts.get(id.index())?.as_ref()
    }

    /// How many prompts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prompts.iter().flatten().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<Prompt> for PromptBook {
    fn from_iter<I: IntoIterator<Item = Prompt>>(prompts: I) -> PromptBook {
        let mut book = PromptBook::default();
        prompts.into_iter().for_each(|prompt| book.insert(prompt));
        book
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone;

    fn tone_at(hz: f64, rate: u32, channels: u16) -> Vec<i16> {
        let sample =
            |n: u32| ((f64::from(n) * hz * 2.0 * PI / f64::from(rate)).sin() * 9000.0) as i16;
        (0..rate).flat_map(|n| vec![sample(n); usize::from(channels)]).collect()
    }

    fn loudness(samples: &[i16]) -> f64 {
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        (energy / samples.len() as f64).sqrt()
    }

    #[test]
    fn every_rate_keeps_the_tone_and_its_loudness() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
            for (hz, channels) in [(440.0, 1), (3_000.0, 2)] {
                let prompt =
                    from_pcm(PromptId(0), &tone_at(hz, rate, channels), rate, channels).unwrap();
                assert_eq!(prompt.pcma.len(), 8000, "{rate}");
                for (codec, bytes) in [(Codec::Pcma, &prompt.pcma), (Codec::Pcmu, &prompt.pcmu)] {
                    let heard = g711::decode_all(codec, &bytes[400..7600]);
                    assert!(tone::share(&heard, hz) > 0.98, "{rate} {hz} {codec:?}");
                    let level = loudness(&heard) / (9000.0 / 2f64.sqrt());
                    assert!((0.95..1.05).contains(&level), "{rate} {hz} level {level}");
                }
            }
        }
    }

    #[test]
    fn what_8_khz_cannot_carry_does_not_fold_back() {
        for (rate, hz) in [(16_000, 5_000.0), (44_100, 7_000.0), (48_000, 4_500.0)] {
            let prompt = from_pcm(PromptId(0), &tone_at(hz, rate, 1), rate, 1).unwrap();
            let heard = g711::decode_all(Codec::Pcma, &prompt.pcma[400..7600]);
            assert!(loudness(&heard) < 15.0, "{rate} {hz}: {}", loudness(&heard));
        }
    }

    #[test]
    fn what_cannot_be_a_prompt_is_refused() {
        for (what, samples, rate, channels, error) in [
            ("slow", 10, 4000, 1, PromptError::Rate(4000)),
            ("no channel", 10, 8000, 0, PromptError::Channels(0)),
            ("odd", 11, 8000, 2, PromptError::Channels(2)),
            ("empty", 0, 8000, 1, PromptError::Empty),
            ("long", 8000 * 601, 8000, 1, PromptError::TooLong { seconds: 601 }),
        ] {
            let samples = vec![0; samples];
            assert_eq!(from_pcm(PromptId(0), &samples, rate, channels), Err(error), "{what}");
        }
    }

    #[test]
    fn the_book_finds_by_id_over_holes() {
        let prompt = |id| from_g711(PromptId(id), Codec::Pcma, &[1, 2, 3]).unwrap();
        let book: PromptBook = [prompt(5), prompt(2)].into_iter().collect();
        assert_eq!(book.len(), 2);
        assert_eq!(book.get(PromptId(5)).map(|p| p.id), Some(PromptId(5)));
        assert!(book.get(PromptId(3)).is_none() && book.get(PromptId(9)).is_none());
    }
}

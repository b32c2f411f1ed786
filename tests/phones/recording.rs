//! What a phone recorded: 16 bits at 8 kHz behind a header, read while it is still being written.

use centralino::media::tone;
use std::path::Path;

/// Bytes before the first sample of a WAV file as libsndfile begins it.
const HEADER: usize = 44;
/// Samples that are judged at a time: 100 ms.
const WINDOW: usize = 800;
/// Windows that must agree before something counts as heard; at a seam two can be mixed.
const STEADY: usize = 3;
/// Windows that must agree before a test goes on: whatever their seams, STEADY of them stay.
const SETTLED: usize = 5;

/// The samples of a recording so far.
pub(crate) fn read(path: &Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let data = bytes.get(HEADER..).unwrap_or_default();
    data.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// The tones that were heard in their order; 0 is silence. What is none of `known` for a moment, at a
/// seam, is left out; none of them for longer is told as 1.
pub(crate) fn tones(samples: &[i16], known: &[u16]) -> Vec<u16> {
    let windows: Vec<u16> = samples.chunks_exact(WINDOW).map(|part| named(part, known)).collect();
    let mut heard = Vec::new();
    for run in windows.chunk_by(|a, b| a == b).filter(|run| run.len() >= STEADY) {
        if heard.last() != run.first() {
            heard.extend(run.first());
        }
    }
    heard
}

/// Whether the end of a recording is this tone; 0 for silence.
pub(crate) fn ends_with(samples: &[i16], hz: u16) -> bool {
    let end = samples.len().checked_sub(WINDOW * SETTLED).and_then(|from| samples.get(from..));
    end.is_some_and(|end| end.chunks_exact(WINDOW).all(|part| named(part, &[hz]) == hz))
}

fn named(part: &[i16], known: &[u16]) -> u16 {
    if tone::is_silence(part) {
        return 0;
    }
    known.iter().copied().find(|hz| tone::share(part, f64::from(*hz)) > 0.9).unwrap_or(1)
}

/// Writes a second of a tone as a prompt.
pub(crate) fn write_tone(path: &Path, hz: u16) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a WAV file");
    for n in 0..8000 {
        let sample = tone::sample(centralino::media::Tone::Steady(hz), n);
        file.write_sample(sample).expect("a sample");
    }
    file.finalize().expect("a WAV file");
}

#[test]
fn tones_are_told_in_their_order() {
    let part = |hz: u16, count: u64| {
        (0..count).map(move |n| match hz {
            0 => 0,
            hz => tone::sample(centralino::media::Tone::Steady(hz), n),
        })
    };
    let samples: Vec<i16> = part(1200, 4000)
        .chain(part(0, 4800))
        .chain(part(700, 500))
        .chain(part(440, 4000))
        .collect();
    assert_eq!(tones(&samples, &[440, 700, 1200]), [1200, 0, 440]);
    assert_eq!(tones(&samples, &[1200]), [1200, 0, 1], "a tone that was not expected");
    assert!(ends_with(&samples, 440) && !ends_with(&samples, 700) && !ends_with(&samples, 0));
    assert!(ends_with(&samples[..8800], 0));
    assert!(!ends_with(&[], 0), "nothing recorded is not silence");
}

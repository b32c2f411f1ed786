//! WAV files as prompts: linear ones by hound, G.711 ones (format 6 and 7) by a reader of our own.

use crate::base::PromptId;
use crate::media::{Codec, Prompt, PromptError, g711, prompt};
use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// The largest file read: ten minutes of stereo at 48 kHz and 16 bits are 115 MB.
pub const MAX_BYTES: u64 = 128 << 20;
/// `fmt ` tags of RFC 2361.
const ALAW: u16 = 6;
const MULAW: u16 = 7;

/// Why a file is no prompt.
#[derive(Debug)]
pub enum WavError {
    /// It cannot be read.
    Io(std::io::Error),
    /// It is larger than a prompt may be; its size in bytes.
    TooLarge(u64),
    /// It is no WAV file, or not a whole one.
    NotWav(String),
    /// Its audio cannot be a prompt.
    Audio(PromptError),
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WavError::Io(error) => write!(f, "{error}"),
            WavError::TooLarge(bytes) => {
                write!(f, "{bytes} bytes; expected {MAX_BYTES} at most")
            }
            WavError::NotWav(found) => {
                write!(f, "{found}; expected a WAV file of linear PCM or G.711")
            }
            WavError::Audio(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for WavError {}

/// Reads a file as the prompt `id`.
///
/// # Errors
/// If it cannot be read or is no prompt.
pub fn load(path: &Path, id: PromptId) -> Result<Prompt, WavError> {
    parse(&read(path)?, id)
}

/// Reads a file that may be a prompt, and no more of it than a prompt may have.
///
/// # Errors
/// If it cannot be read or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, WavError> {
    let file = File::open(path).map_err(WavError::Io)?;
    let size = file.metadata().map_err(WavError::Io)?.len();
    if size > MAX_BYTES {
        return Err(WavError::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // It may grow while it is read, and what is no plain file has no size at all.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(WavError::Io)?;
    match bytes.len() as u64 {
        size if size > MAX_BYTES => Err(WavError::TooLarge(size)),
        _ => Ok(bytes),
    }
}

/// Reads a file's bytes as the prompt `id`.
///
/// # Errors
/// If they are no prompt.
pub fn parse(bytes: &[u8], id: PromptId) -> Result<Prompt, WavError> {
    let [format, data] = chunks(bytes).ok_or_else(|| not_wav("no RIFF WAVE header"))?;
    let format = format.ok_or_else(|| not_wav("no fmt chunk"))?;
    let half = |at: usize| format.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (Some(tag), Some(channels), Some(low), Some(high)) = (half(0), half(2), half(4), half(6))
    else {
        return Err(not_wav("fmt chunk cut short"));
    };
    let codec = match tag {
        ALAW => Codec::Pcma,
        MULAW => Codec::Pcmu,
        _ => return linear(bytes, id),
    };
    let data = data.ok_or_else(|| not_wav("no data chunk"))?;
    let rate = u32::from(high) << 16 | u32::from(low);
    let made = match (rate, channels) {
        (8000, 1) => prompt::from_g711(id, codec, data),
        _ => prompt::from_pcm(id, &g711::decode_all(codec, data), rate, channels),
    };
    made.map_err(WavError::Audio)
}

fn not_wav(found: &str) -> WavError {
    WavError::NotWav(found.to_owned())
}

/// The `fmt ` and `data` chunks; none if this is no RIFF WAVE file. Data that claims to be longer
/// than the file, as streaming writers leave it, ends with the file.
fn chunks(bytes: &[u8]) -> Option<[Option<&[u8]>; 2]> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let (mut format, mut data) = (None, None);
    while let [a, b, c, d, s0, s1, s2, s3, body @ ..] = rest {
        let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]) as usize;
        let chunk = body.get(..size.min(body.len())).unwrap_or_default();
        match &[*a, *b, *c, *d] {
            b"fmt " => format = format.or(Some(chunk)),
            b"data" => data = data.or(Some(chunk)),
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(size.saturating_add(size & 1)..).unwrap_or_default();
    }
    Some([format, data])
}

fn linear(bytes: &[u8], id: PromptId) -> Result<Prompt, WavError> {
    let not_wav = |error: hound::Error| WavError::NotWav(error.to_string());
    let mut reader = hound::WavReader::new(Cursor::new(bytes)).map_err(not_wav)?;
    let spec = reader.spec();
    let samples: Result<Vec<i16>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => {
            let full = f32::from(i16::MAX);
            reader.samples::<f32>().map(|s| s.map(|s| (s * full) as i16)).collect()
        }
        hound::SampleFormat::Int => {
            let shift = i32::from(spec.bits_per_sample) - 16;
            let to_16 = |s: i32| (if shift >= 0 { s >> shift } else { s << -shift }) as i16;
            reader.samples::<i32>().map(|s| s.map(to_16)).collect()
        }
    };
    let samples = samples.map_err(not_wav)?;
    prompt::from_pcm(id, &samples, spec.sample_rate, spec.channels).map_err(WavError::Audio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone;
    use proptest::prelude::*;

    fn g711_file(tag: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        // A chunk of odd length that means nothing to us comes first.
        file.extend(b"LIST\x03\0\0\0abc\0");
        file.extend(b"fmt \x10\0\0\0");
        file.extend(tag.to_le_bytes());
        file.extend([1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]);
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    fn linear_file(rate: u32, channels: u16, bits: u16) -> Vec<u8> {
        let (sample_format, bits_per_sample) = (hound::SampleFormat::Int, bits);
        let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample, sample_format };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for n in 0..rate {
            let turn = f64::from(n) * 700.0 * std::f64::consts::TAU / f64::from(rate);
            let full = f64::from((1i64 << (bits - 1)) as u32);
            for _ in 0..channels {
                writer.write_sample((turn.sin() * full * 0.3) as i32).unwrap();
            }
        }
        writer.finalize().unwrap();
        file.into_inner()
    }

    #[test]
    fn linear_files_of_every_shape_are_read() {
        for (rate, channels, bits) in
            [(8000, 1, 16), (16_000, 1, 16), (44_100, 2, 16), (48_000, 1, 24), (8000, 1, 8)]
        {
            let prompt = parse(&linear_file(rate, channels, bits), PromptId(3)).unwrap();
            assert_eq!((prompt.id, prompt.pcma.len()), (PromptId(3), 8000));
            let heard = g711::decode_all(Codec::Pcma, &prompt.pcma);
            assert!(tone::share(&heard, 700.0) > 0.95, "{rate} {channels} {bits}");
        }
    }

    #[test]
    fn g711_files_are_taken_as_they_are() {
        let data: Vec<u8> = (0..=255).collect();
        let a = parse(&g711_file(ALAW, &data), PromptId(0)).unwrap();
        assert_eq!(a.pcma, data);
        let mu = parse(&g711_file(MULAW, &data), PromptId(0)).unwrap();
        assert_eq!(mu.pcmu, data);
    }

    #[test]
    fn what_is_no_wav_is_refused_with_words() {
        let cut = g711_file(ALAW, &[1])[..38].to_vec();
        for (bytes, expected) in [
            (b"ID3".to_vec(), "no RIFF WAVE header"),
            (b"RIFF\0\0\0\0WAVE".to_vec(), "no fmt chunk"),
            (cut, "fmt chunk cut short"),
            (g711_file(ALAW, &[]), "no audio"),
            (g711_file(0x55, &[1]), "expected a WAV file"),
        ] {
            let error = parse(&bytes, PromptId(0)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    /// The prompts that come with us are G.711 already, and small enough to be kept beside the code.
    #[test]
    fn our_own_prompts_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialplans/prompts");
        let (mut count, mut bytes) = (0, 0);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let prompt = load(&path, PromptId(0)).unwrap();
            let heard = g711::decode_all(Codec::Pcma, &prompt.pcma);
            assert!(!tone::is_silence(&heard), "{} is silent", path.display());
            (count, bytes) = (count + 1, bytes + prompt.pcma.len());
        }
        assert!(count >= 45 && bytes < 1_000_000, "{count} prompts of {bytes} bytes");
    }

    proptest! {
        #[test]
        fn arbitrary_files_never_panic(
            mut file in prop::collection::vec(any::<u8>(), 0..120), tag in 0u16..9,
        ) {
            let _ = parse(&file, PromptId(0));
            let mut whole = g711_file(tag, &[0; 8]);
            whole.truncate(44);
            whole.append(&mut file);
            let _ = parse(&whole, PromptId(0));
        }
    }
}

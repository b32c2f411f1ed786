//! G.711 (ITU-T G.711): A-law and µ-law to linear and back, and from one law to the other.
//!
//! The tables are worked out at compile time. Law to law goes by decoding and encoding, so a
//! chain A → µ → A may move a sample by one step, as the standard's own tables do.

use crate::media::Codec;

/// Silence in A-law: the smallest positive value.
pub const SILENCE_PCMA: u8 = 0xd5;
/// Silence in µ-law: positive zero.
pub const SILENCE_PCMU: u8 = 0xff;
/// µ-law adds this to every magnitude before it takes the logarithm.
const BIAS: i32 = 0x84;
/// The largest magnitude that µ-law can take: 0x7fff less the bias.
const CLIP: i32 = 0x7fff - BIAS;

static FROM_PCMA: [i16; 256] = linear_table(Codec::Pcma);
static FROM_PCMU: [i16; 256] = linear_table(Codec::Pcmu);
static PCMA_TO_PCMU: [u8; 256] = law_table(Codec::Pcma, Codec::Pcmu);
static PCMU_TO_PCMA: [u8; 256] = law_table(Codec::Pcmu, Codec::Pcma);

/// The byte that is silence in this codec.
#[must_use]
pub fn silence(codec: Codec) -> u8 {
    match codec {
        Codec::Pcma => SILENCE_PCMA,
        Codec::Pcmu => SILENCE_PCMU,
    }
}

/// One byte as a linear sample, 16 bits.
#[must_use]
pub fn decode(codec: Codec, byte: u8) -> i16 {
    let table = match codec {
        Codec::Pcma => &FROM_PCMA,
        Codec::Pcmu => &FROM_PCMU,
    };
    table[usize::from(byte)]
}

/// One linear sample, 16 bits, as a byte.
#[must_use]
pub const fn encode(codec: Codec, sample: i16) -> u8 {
    match codec {
        Codec::Pcma => encode_pcma(sample),
        Codec::Pcmu => encode_pcmu(sample),
    }
}

/// Copies `from` into `to`, law to law; what is longer than `to` is left out.
pub fn transcode(from: Codec, to: Codec, bytes: &[u8], out: &mut [u8]) {
    let table = match (from, to) {
        (Codec::Pcma, Codec::Pcmu) => &PCMA_TO_PCMU,
        (Codec::Pcmu, Codec::Pcma) => &PCMU_TO_PCMA,
        (Codec::Pcma, Codec::Pcma) | (Codec::Pcmu, Codec::Pcmu) => {
            out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            return;
        }
    };
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = table[usize::from(*from)]);
}

/// Decodes a whole payload.
#[must_use]
pub fn decode_all(codec: Codec, bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|b| decode(codec, *b)).collect()
}

const fn decode_pcmu(byte: u8) -> i16 {
    let bits = !byte;
    let exponent = (bits >> 4) & 7;
    let mantissa = (bits & 15) as i32;
    let magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    (if bits & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

const fn decode_pcma(byte: u8) -> i16 {
    // Every second bit is inverted on the wire.
    let bits = byte ^ 0x55;
    let exponent = (bits >> 4) & 7;
    let mantissa = ((bits & 15) as i32) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 0x108) << (exponent - 1) };
    (if bits & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

const fn encode_pcmu(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0x80, -(sample as i32)) } else { (0, sample as i32) };
    let magnitude = if magnitude > CLIP { CLIP } else { magnitude } + BIAS;
    let exponent = 31 - magnitude.leading_zeros() - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 15;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

const fn encode_pcma(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, !(sample as i32)) } else { (0x80, sample as i32) };
    let bits = if magnitude < 256 {
        (magnitude >> 4) as u8
    } else {
        let exponent = 31 - magnitude.leading_zeros() - 7;
        (exponent << 4) as u8 | ((magnitude >> (exponent + 3)) & 15) as u8
    };
    (sign | bits) ^ 0x55
}

const fn linear_table(codec: Codec) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match codec {
            Codec::Pcma => decode_pcma(byte as u8),
            Codec::Pcmu => decode_pcmu(byte as u8),
        };
        byte += 1;
    }
    table
}

const fn law_table(from: Codec, to: Codec) -> [u8; 256] {
    let linear = linear_table(from);
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = encode(to, linear[byte]);
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from the tables of ITU-T G.711, scaled to 16 bits.
    #[test]
    fn known_values_decode_as_the_standard_says() {
        for (byte, sample) in [(0xd5, 8), (0x55, -8), (0xaa, 32256), (0x2a, -32256), (0x80, 5504)] {
            assert_eq!(decode(Codec::Pcma, byte), sample, "A {byte:#x}");
        }
        for (byte, sample) in [(0xff, 0), (0x7f, 0), (0x80, 32124), (0x00, -32124), (0xf0, 120)] {
            assert_eq!(decode(Codec::Pcmu, byte), sample, "µ {byte:#x}");
        }
    }

    #[test]
    fn what_was_decoded_encodes_to_itself() {
        for byte in 0..=255u8 {
            assert_eq!(encode(Codec::Pcma, decode(Codec::Pcma, byte)), byte, "A {byte:#x}");
            // µ-law has two zeros; the negative one comes back as the positive one.
            let expected = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(encode(Codec::Pcmu, decode(Codec::Pcmu, byte)), expected, "µ {byte:#x}");
        }
    }

    #[test]
    fn every_sample_is_kept_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            for codec in [Codec::Pcma, Codec::Pcmu] {
                let back = i32::from(decode(codec, encode(codec, sample)));
                let off = (back - i32::from(sample)).abs();
                let bound = (i32::from(sample).abs() / 16).max(16) + 132;
                assert!(off <= bound, "{codec:?} {sample} came back as {back}");
            }
        }
    }

    /// MED-09: law to law keeps loudness and sign.
    #[test]
    fn med_09_law_to_law_keeps_the_sound() {
        let bytes: Vec<u8> = (0..=255).collect();
        for (from, to) in [(Codec::Pcma, Codec::Pcmu), (Codec::Pcmu, Codec::Pcma)] {
            let mut out = [0; 256];
            transcode(from, to, &bytes, &mut out);
            for (was, is) in bytes.iter().zip(out) {
                let (was, is) = (i32::from(decode(from, *was)), i32::from(decode(to, is)));
                assert!((was - is).abs() <= was.abs() / 16 + 16, "{from:?}: {was} became {is}");
            }
        }
    }
}

//! Hostile bytes: the torture messages, and seeded mutations of whatever is given.

use std::path::Path;

/// Every torture message of RFC 4475 and RFC 5118 by its name in the RFC (`tests/vectors`).
pub(crate) fn corpus() -> Vec<(&'static str, Vec<u8>)> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut messages = Vec::new();
    for rfc in ["rfc4475", "rfc5118"] {
        let files = std::fs::read_dir(vectors.join(rfc)).expect("the vectors of an RFC");
        for file in files.map(|file| file.expect("a file").path()) {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            messages.push((&*name.leak(), std::fs::read(&file).expect("a message")));
        }
    }
    messages.sort();
    messages
}

/// Numbers from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 where there is nothing below.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    pub(crate) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.below(list.len());
        list.get(index).expect("a list with something in it")
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// What parsers stumble over.
const WORDS: [&[u8]; 40] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"\t",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b":",
    b",",
    b"=",
    b"@",
    b"?",
    b"[",
    b"]",
    b"%00",
    b"%",
    b"%41",
    b"\xff\xfe",
    b"\xc3\x28",
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551616",
    b"99999999999999999999999999999999",
    b"2147483648",
    b";tag=",
    b";branch=z9hG4bK",
    b";received=::1",
    b";rport=70000",
    b";lr",
    b"sip:",
    b"SIP/2.0",
    b"Content-Length: 5\r\n",
    b"v=0\r\n",
    b"m=audio 0 RTP/AVP 0 8 101\r\n",
];

/// A copy with one to six things wrong.
pub(crate) fn mutate(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(out.len() + 1);
        let to = (at + dice.below(40)).min(out.len());
        match dice.below(9) {
            0 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            1 => drop(out.drain(at..to)),
            2 => {
                let copy = out.get(at..to).unwrap_or_default().to_vec();
                out.splice(at..at, copy);
            }
            3 => {
                let word = *dice.one_of(&WORDS);
                out.splice(at..at, word.iter().copied());
            }
            4 => {
                let word = *dice.one_of(&WORDS);
                out.splice(at..to, word.iter().copied());
            }
            5 => {
                let length = dice.below(12);
                let noise = dice.bytes(length);
                out.splice(at..at, noise);
            }
            6 => shuffle_lines(&mut out, dice),
            7 => out.truncate(at),
            _ => {
                let byte = dice.next() as u8;
                let many = dice.below(3000);
                out.splice(at..at, std::iter::repeat_n(byte, many));
            }
        }
        out.truncate(60_000);
    }
    out
}

/// Two lines change places, or one comes twice.
fn shuffle_lines(out: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<Vec<u8>> =
        out.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    if dice.below(2) == 0 && a < lines.len() {
        lines.swap(a, b);
    } else if let Some(line) = lines.get(a).cloned() {
        lines.insert(b, line);
    }
    *out = lines.concat();
}

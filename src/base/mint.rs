//! Branches, tags and Call-IDs that say whose they are: node, worker and 80 random bits.
//!
//! A response finds its worker by the top Via's branch, a request by our To tag or Call-ID
//! (RFC 3261 leaves their content to us, §8.1.1.7, §19.3). What is decoded is a hint only: it is
//! range-checked, and the full key must match in the worker's table.

use crate::base::ids::{CallKey, NodeId, WorkerId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::fmt;

/// RFC 3261 §8.1.1.7: every branch of a conforming element begins so.
pub const MAGIC_COOKIE: &str = "z9hG4bK";
/// Length in characters of an owner key: 4 of node and worker, 16 random.
const KEY_LEN: usize = 20;
/// Crockford's base 32, lower case: safe in a SIP token, nothing to confuse in print.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A short text of ours, kept inline: a branch, a tag or the left part of a Call-ID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    bytes: [u8; 27],
    len: u8,
}

impl Token {
    fn new(prefix: &str, key: &[u8]) -> Token {
        let mut bytes = [0u8; 27];
        let len = prefix.len() + key.len();
        for (to, from) in bytes.iter_mut().zip(prefix.bytes().chain(key.iter().copied())) {
            *to = from;
        }
        Token { bytes, len: len.min(27) as u8 }
    }

    /// A token read back from a message; none if it is longer than any of ours.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Token> {
        (text.len() <= 27).then(|| Token::new("", text))
    }

    /// The text, ASCII by construction or as the peer echoed it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The text; empty if a peer's bytes are not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Token {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who made a branch, tag or Call-ID of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerKey {
    /// The node of the fleet.
    pub node: NodeId,
    /// The worker on that node; to be range-checked by whoever uses it.
    pub worker: WorkerId,
}

impl OwnerKey {
    /// Decodes a branch, a tag, or a Call-ID up to its `@`. None if it cannot be ours.
    #[must_use]
    pub fn decode(text: &[u8]) -> Option<OwnerKey> {
        let text = text.strip_prefix(MAGIC_COOKIE.as_bytes()).unwrap_or(text);
        let text = text.split(|b| *b == b'@').next().unwrap_or(text);
        if text.len() != KEY_LEN {
            return None;
        }
        let mut owner = 0u32;
        for (i, byte) in text.iter().enumerate() {
            let digit = ALPHABET.iter().position(|a| a == byte)? as u32;
            if i < 4 {
                owner = owner << 5 | digit;
            }
        }
        Some(OwnerKey { node: NodeId((owner >> 8) as u16), worker: WorkerId(owner as u8) })
    }
}

/// Makes the names that a worker gives to the outside, from a seeded generator.
///
/// It is the machines' only source of randomness and is handed in by the caller, so a test
/// with a printed seed repeats a run to the byte. ChaCha8: tags and branches must not be guessed
/// by a third party (RFC 3261 §19.3, §26).
#[derive(Clone, Debug)]
pub struct Mint {
    node: NodeId,
    worker: WorkerId,
    rng: ChaCha8Rng,
}

impl Mint {
    /// A mint for one worker; the shell takes the seed from the system, a test prints it.
    #[must_use]
    pub fn new(seed: [u8; 32], node: NodeId, worker: WorkerId) -> Mint {
        Mint { node, worker, rng: ChaCha8Rng::from_seed(seed) }
    }

    /// A mint for tests and simulations.
    #[must_use]
    pub fn seeded(seed: u64, worker: WorkerId) -> Mint {
        Mint { node: NodeId(0), worker, rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn key(&mut self) -> [u8; KEY_LEN] {
        let owner = u32::from(self.node.0 & 0x0fff) << 8 | u32::from(self.worker.0);
        let random = u128::from(self.rng.next_u64()) << 64 | u128::from(self.rng.next_u64());
        let mut key = [0u8; KEY_LEN];
        for (i, byte) in key.iter_mut().enumerate() {
            let digit =
                if i < 4 { owner >> (15 - 5 * i) } else { (random >> (5 * (i - 4))) as u32 };
            *byte = ALPHABET[(digit & 31) as usize];
        }
        key
    }

    /// A Via branch, with the magic cookie.
    pub fn branch(&mut self) -> Token {
        Token::new(MAGIC_COOKIE, &self.key())
    }

    /// A From or To tag.
    pub fn tag(&mut self) -> Token {
        Token::new("", &self.key())
    }

    /// A Call-ID (no host part: it would tell where we live).
    pub fn call_id(&mut self) -> Token {
        Token::new("", &self.key())
    }

    /// The id of a new call of this worker.
    pub fn call_key(&mut self) -> CallKey {
        CallKey::new(self.node, self.worker, self.rng.next_u64())
    }

    /// A uniform number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.rng.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_minted_names_its_owner() {
        let mut mint = Mint::new([7; 32], NodeId(4095), WorkerId(255));
        let owner = Some(OwnerKey { node: NodeId(4095), worker: WorkerId(255) });
        assert_eq!(OwnerKey::decode(mint.branch().as_bytes()), owner);
        assert_eq!(OwnerKey::decode(mint.tag().as_bytes()), owner);
        let call_id = format!("{}@example.net", mint.call_id());
        assert_eq!(OwnerKey::decode(call_id.as_bytes()), owner);
        assert_eq!(mint.call_key().worker(), WorkerId(255));
    }

    #[test]
    fn what_is_not_ours_names_nobody() {
        for text in ["", "z9hG4bK", "z9hG4bK776asdhds", "a84b4c76e66710", "0000000000000000000!"] {
            assert_eq!(OwnerKey::decode(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn two_names_are_never_alike() {
        let mut mint = Mint::seeded(1, WorkerId(0));
        let mut seen = std::collections::BTreeSet::new();
        assert!((0..10_000).all(|_| seen.insert(mint.tag())));
    }
}

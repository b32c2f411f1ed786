//! Which worker a message is for: by the keys of ours that it carries.
//!
//! A response goes by the top Via's branch. A request goes by our To tag, else by its Call-ID if we
//! made that, else by the To tag inside Replaces, else by a hash of the Call-ID, so that a repeated
//! INVITE, its CANCEL and merged copies meet. What is decoded is a hint: a worker that does not
//! exist falls to the hash, and the full key must match in the worker's own table.

use super::head::Head;
use crate::base::{OwnerKey, WorkerId};
use crate::sip::{Message, Name, NameAddr, Via, headers};

/// The worker that a scanned message is for; `workers` is how many there are.
#[must_use]
pub fn owner_of(message: &Message, workers: u8) -> WorkerId {
    let keys = if message.status().is_some() {
        let via = message.via().ok();
        Keys { branch: via.map(|via| via.branch), call_id: message.call_id(), ..Keys::default() }
    } else {
        Keys {
            branch: None,
            to_tag: message.to_tag(),
            call_id: message.call_id(),
            replaces: message.header(Name::Replaces),
        }
    };
    keys.owner(workers)
}

/// The same from the bytes as they came, looking at these headers only. On a message that cannot be
/// scanned the answer is some worker, always the same.
#[must_use]
pub fn owner_of_datagram(bytes: &[u8], workers: u8) -> WorkerId {
    if workers <= 1 {
        return WorkerId(0);
    }
    let (start, mut fields) = Head::new(bytes);
    let is_response = start.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/"));
    let (mut via, mut to, mut call_id, mut replaces) = (None, None, None, None);
    while let Some((name, value, _)) = fields.next_field() {
        let seen = match name {
            Name::Via if is_response => &mut via,
            Name::To => &mut to,
            Name::CallId => &mut call_id,
            Name::Replaces => &mut replaces,
            _ => continue,
        };
        seen.get_or_insert(value);
        if is_response && via.is_some() && call_id.is_some() {
            break;
        }
    }
    let call_id = call_id.unwrap_or_default();
    let keys = if is_response {
        let top = via.map(first_value).and_then(|text| Via::parse(text).ok());
        Keys { branch: top.map(|via| via.branch), call_id, ..Keys::default() }
    } else {
        let to_tag = to.and_then(|text| NameAddr::parse(text).ok()).and_then(|to| to.tag());
        Keys { branch: None, to_tag, call_id, replaces }
    };
    keys.owner(workers)
}

/// What tells the owner, in the order in which it is asked.
#[derive(Default)]
struct Keys<'a> {
    branch: Option<&'a [u8]>,
    to_tag: Option<&'a [u8]>,
    call_id: &'a [u8],
    replaces: Option<&'a [u8]>,
}

impl Keys<'_> {
    fn owner(&self, workers: u8) -> WorkerId {
        let replaced = || {
            let value = self.replaces?;
            let params = value.get(value.iter().position(|byte| *byte == b';')?..)?;
            headers::param(params, "to-tag")
        };
        let made_by = |text: &[u8]| {
            OwnerKey::decode(text).map(|key| key.worker).filter(|worker| worker.0 < workers)
        };
        self.branch
            .and_then(made_by)
            .or_else(|| self.to_tag.and_then(made_by))
            // Responses go by their branch alone: their Call-ID adds nothing but a second guess.
            .or_else(|| made_by(self.call_id))
            .or_else(|| replaced().and_then(made_by))
            .unwrap_or_else(|| by_hash(self.call_id, workers))
    }
}

/// A stable hash (FNV-1a, 64 bits), spread over the workers.
fn by_hash(call_id: &[u8], workers: u8) -> WorkerId {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash =
        call_id.iter().fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    // The high bits of FNV are the weak ones on short texts, the low ones are folded with them.
    let hash = hash ^ hash >> 32;
    u8::try_from(hash % u64::from(workers.max(1))).map_or(WorkerId(0), WorkerId)
}

/// The first value of a list header: up to a comma outside quotes and angle brackets.
fn first_value(line: &[u8]) -> &[u8] {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0u32);
    for (at, byte) in line.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return line.get(..at).unwrap_or(line).trim_ascii(),
            _ => {}
        }
    }
    line
}

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
        if name == Name::Via {
            via = via.or_else(|| first_value(value));
        } else if name == Name::To {
            to.get_or_insert(value);
        } else if name == Name::CallId {
            call_id.get_or_insert(value);
        } else if name == Name::Replaces {
            replaces.get_or_insert(value);
        }
        if is_response && via.is_some() && call_id.is_some() {
            break;
        }
    }
    let call_id = call_id.unwrap_or_default();
    let keys = if is_response {
        let top = via.and_then(|text| Via::parse(text).ok());
        Keys { branch: top.map(|via| via.branch), call_id, ..Keys::default() }
    } else {
        let to_tag = to.and_then(|text| NameAddr::parse(text).ok()).and_then(|to| to.tag());
        Keys { branch: None, to_tag, call_id, replaces }
    };
    keys.owner(workers)
}

/// Whether these bytes are a request without a To tag: it begins something, or cancels what has just
/// begun. Looks at the first To only; what has none is no message of a dialog either.
#[must_use]
pub fn is_outside_dialog(bytes: &[u8]) -> bool {
    let (start, mut fields) = Head::new(bytes);
    if start.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/")) {
        return false;
    }
    while let Some((name, value, _)) = fields.next_field() {
        if name == Name::To {
            return NameAddr::tag_in(value).is_none();
        }
    }
    true
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

/// The first value of a list header: up to a comma outside quotes and angle brackets; none if the
/// line is empty.
fn first_value(line: &[u8]) -> Option<&[u8]> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0u32);
    let mut values = line.split(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *byte == b',' && !quoted && depth == 0
    });
    values.find_map(|value| Some(value.trim_ascii()).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Mint;
    use bytes::Bytes;
    use proptest::prelude::*;

    const WORKERS: u8 = 8;

    fn minted(worker: u8) -> String {
        Mint::seeded(u64::from(worker) + 1, WorkerId(worker)).tag().to_string()
    }

    fn owner(text: &str) -> WorkerId {
        let message = Message::scan(Bytes::copy_from_slice(text.as_bytes())).unwrap();
        let found = owner_of(&message, WORKERS);
        assert_eq!(owner_of_datagram(text.as_bytes(), WORKERS), found, "{text}");
        found
    }

    fn request(to_tag: &str, call_id: &str, more: &str) -> String {
        format!(
            "INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:b@192.0.2.2>;tag={}\r\nTo: <sip:a@192.0.2.1>{to_tag}\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\n{more}\r\n",
            minted(6),
            minted(7),
        )
    }

    #[test]
    fn a_request_goes_by_our_tag_then_call_id_then_replaces_then_hash() {
        let (tag, ours) = (format!(";tag={}", minted(1)), minted(2));
        let replaces = format!("Replaces: x@y;from-tag={};to-tag={}\r\n", minted(4), minted(3));
        let hashed = owner(&request("", "theirs@192.0.2.2", ""));
        for (to_tag, call_id, more, expected) in [
            (tag.as_str(), ours.as_str(), replaces.as_str(), WorkerId(1)),
            (";tag=theirs", &ours, &replaces, WorkerId(2)),
            ("", &ours, "", WorkerId(2)),
            ("", "theirs@192.0.2.2", &replaces, WorkerId(3)),
            (";tag=theirs", "theirs@192.0.2.2", "", hashed),
        ] {
            assert_eq!(owner(&request(to_tag, call_id, more)), expected, "{to_tag} {call_id}");
        }
    }

    /// An INVITE, its CANCEL, its ACK without a tag of ours, and a merged copy meet.
    #[test]
    fn what_belongs_to_one_new_call_meets() {
        let invite = request("", "theirs@192.0.2.2", "");
        let cancel = invite.replace("INVITE", "CANCEL");
        let copy = invite.replace("branch=z9hG4bK", "branch=z9hG4bKother");
        assert_eq!(owner(&invite), owner(&cancel));
        assert_eq!(owner(&invite), owner(&copy));
    }

    #[test]
    fn a_response_goes_by_the_top_branch() {
        let response = |branch: &str| {
            format!(
                "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.1;branch={branch}, SIP/2.0/UDP 192.0.2.9\r\n\
                 f: <sip:b@192.0.2.2>;tag={}\r\nt: <sip:a@192.0.2.1>;tag={}\r\n\
                 i: theirs\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n",
                minted(3),
                minted(4),
            )
        };
        assert_eq!(owner(&response(&format!("z9hG4bK{}", minted(5)))), WorkerId(5));
        let hashed = by_hash(b"theirs", WORKERS);
        assert_eq!(owner(&response("z9hG4bKtheirs")), hashed);
        let beyond = format!("z9hG4bK{}", minted(WORKERS));
        assert_eq!(owner(&response(&beyond)), hashed, "a worker that does not exist");
    }

    #[test]
    fn the_hash_reaches_every_worker_and_only_those() {
        let mut counts = [0u32; WORKERS as usize];
        for n in 0..8_000 {
            counts[by_hash(format!("{n}@192.0.2.2").as_bytes(), WORKERS).index()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
        assert_eq!(by_hash(b"any", 0), WorkerId(0));
        assert_eq!(owner_of_datagram(b"", 1), WorkerId(0));
    }

    proptest! {
        /// The two ways of reading agree on whatever can be scanned.
        #[test]
        fn scanned_and_raw_agree(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("To: <sip:a@192.0.2.1>;tag=OURS".to_owned()),
                    Just("t : \"x, ;tag=y\" <sip:a@192.0.2.1;tag=no>\r\n ;tag=OURS".to_owned()),
                    Just("To: sip:a@192.0.2.1".to_owned()),
                    Just("Call-ID: OURS".to_owned()),
                    Just("i:theirs@example.net".to_owned()),
                    Just("Replaces: a;to-tag=OURS;from-tag=b".to_owned()),
                    Just("replaces: a ; early-only".to_owned()),
                    Just("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKOURS,SIP/2.0/TCP b".to_owned()),
                    Just("v: ,SIP/2.0/UDP x;y=\",\";branch=z9hG4bKOURS".to_owned()),
                    Just("Via: broken".to_owned()),
                    Just("Via:".to_owned()),
                    Just("Subject: To: OURS".to_owned()),
                    Just("X-To: <sip:a@b>;tag=OURS".to_owned()),
                ],
                0..8,
            ),
            worker in 0..12u8,
            is_response in any::<bool>(),
            bare in any::<bool>(),
        ) {
            let start = if is_response { "SIP/2.0 200 OK" } else { "BYE sip:a@192.0.2.1 SIP/2.0" };
            let mut text = format!("\r\n{start}\r\n{}\r\n", lines.join("\r\n"));
            if !lines.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str("To: <sip:in@the.body>;tag=OURS\r\n");
            let mut text = text.replace("OURS", &minted(worker));
            if bare {
                text = text.replace("\r\n", "\n");
            }
            if let Ok(message) = Message::scan(Bytes::from(text.clone())) {
                prop_assert_eq!(
                    owner_of_datagram(text.as_bytes(), WORKERS), owner_of(&message, WORKERS), "{}", text
                );
            }
        }

        #[test]
        fn any_bytes_have_an_owner(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(owner_of_datagram(&bytes, WORKERS).0 < WORKERS);
        }
    }
}

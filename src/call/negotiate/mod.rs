//! Offer and answer of one leg (RFC 3264, RFC 6337): descriptions in, descriptions and
//! [`StreamSpec`]s out. No socket, no dialog: whose turn it is, the dialog knows.
//!
//! Each leg is negotiated by itself and keeps its own payload numbers (SDP-04); what two joined
//! legs have in common is only the direction, which the bridge carries across (SDP-05).

mod accept;
mod describe;
mod spec;
#[cfg(test)]
mod tests;

use crate::media::{Codec, StreamSpec};
use crate::sip::sdp::{Direction, Sdp};
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};

/// Why a description cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It cannot be read (SDP-17): 400 for a new call, 488 inside one.
    Broken,
    /// No codec both sides know, or no audio we can take: 488 (SDP-03).
    NoCodec,
    /// An answer that does not fit our offer.
    Mismatch,
}

/// What was agreed with the far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// For the media engine; its `signalling` address is the leg's to fill in.
    pub spec: StreamSpec,
    /// What the far end wrote about itself: sendonly, inactive or no address mean hold.
    pub remote_direction: Direction,
}

/// An `m=` line as it must be repeated for ever (RFC 3264 §8: lines never vanish).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    kind: String,
    protocol: String,
    formats: Vec<String>,
}

/// A codec as we name it in a description: its payload number on this leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbered {
    codec: Codec,
    payload_type: u8,
}

/// What we said last about the audio line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Local {
    /// Which line is the audio we take.
    audio: usize,
    protocol: String,
    codecs: Vec<Numbered>,
    event: Option<u8>,
    comfort_noise: Option<u8>,
    direction: Direction,
    rtcp_mux: bool,
    /// How long the packets are that we ask for.
    ptime_ms: u8,
}

/// What stood before an offer of ours. There is one such offer at a time ([`super::offers`]).
#[derive(Clone, Debug)]
struct Before {
    media: SocketAddr,
    local: Local,
    version: u64,
    said: Vec<u8>,
}

/// The negotiation of one leg over its life.
#[derive(Clone, Debug)]
pub struct Session {
    /// `o=` session id: never changes (REAL-11).
    id: u64,
    /// `o=` version: one up with each change of content.
    version: u64,
    /// Where the far end reaches our media.
    own: SocketAddr,
    /// Where our descriptions say that media goes: to us, or straight to another party.
    media: SocketAddr,
    /// How long the packets are that a first offer asks for.
    ptime_ms: u8,
    /// The codecs that the plan allows, in order of preference.
    codecs: Vec<Codec>,
    /// What was in force when our outstanding offer was made: it is so again if that is refused.
    before: Option<Before>,
    /// The body of the last description without its version, to see whether it changed.
    said: Vec<u8>,
    lines: Vec<Line>,
    local: Option<Local>,
    /// `o=` of the far end's last description, and a copy of the rest (SDP-06).
    heard: Option<Sdp>,
    agreed: Option<Agreed>,
    /// The far end changed content without a new version.
    pub same_version_changes: u32,
    /// The far end answered one offer of ours in two ways, the later one counting.
    pub changed_answers: u32,
    /// The version of ours that was answered last.
    answered: Option<u64>,
}

impl Session {
    /// A session at this media address; `id` is random, for `o=`.
    #[must_use]
    pub fn new(id: u64, media: SocketAddr, codecs: Vec<Codec>) -> Session {
        Session {
            // RFC 3264 §5: the numbers must fit a signed 64-bit integer; half is plenty.
            id: id >> 2,
            version: 1,
            own: media,
            media,
            ptime_ms: spec::PTIME_DEFAULT_MS as u8,
            codecs,
            before: None,
            said: Vec::new(),
            lines: Vec::new(),
            local: None,
            heard: None,
            agreed: None,
            same_version_changes: 0,
            changed_answers: 0,
            answered: None,
        }
    }

    /// What is agreed, once it is.
    #[must_use]
    pub fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// The codec that we send on this leg.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        self.agreed.as_ref().and_then(|a| a.spec.send).map(|(codec, _)| codec)
    }

    /// Our offer with this direction. `first` is put before the plan's other codecs: the codec
    /// of the leg that this one will be joined to, so that nothing need be transcoded.
    pub fn offer(&mut self, direction: Direction, first: Option<Codec>) -> Bytes {
        self.keep();
        let local = match self.local.take() {
            Some(local) => Local { direction, ..local },
            None => self.first_offer(direction, first),
        };
        self.local = Some(local);
        self.say()
    }

    /// Keeps what is in force, before an offer changes it.
    fn keep(&mut self) {
        self.before = self.local.clone().map(|local| Before {
            media: self.media,
            local,
            version: self.version,
            said: self.said.clone(),
        });
    }

    /// The packets of this leg are relayed to one who asks for such: the first offer asks for them too
    /// (SDP-14), for a relay keeps the packets of its source.
    pub fn ask_for_packets(&mut self, ptime_ms: u8) {
        self.ptime_ms = ptime_ms;
    }

    /// Our outstanding offer was refused: what we said before it holds again (RFC 3264 §8). Its version
    /// is used up.
    pub fn offer_failed(&mut self) {
        if let Some(Before { media, local, .. }) = self.before.take() {
            self.media = media;
            self.local = Some(local);
        }
    }

    /// Our outstanding offer was never sent: it is as if it had not been made.
    pub fn withdraw(&mut self) {
        if let Some(Before { version, said, .. }) = &self.before {
            (self.version, self.said) = (*version, said.clone());
        }
        self.offer_failed();
    }

    /// The direction that we said last.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.local.as_ref().map(|local| local.direction)
    }

    /// An offer that sends this leg's media straight to another party, as that party described
    /// itself: its address, its payload numbers. None if it described nothing that media could be sent
    /// to.
    pub fn offer_party(&mut self, party: &Agreed, direction: Direction) -> Option<Bytes> {
        let (remote, local) = self.towards(party)?;
        self.keep();
        self.media = remote;
        self.local = Some(Local { direction, ..local });
        Some(self.say())
    }

    /// Whether our last description sends this leg's media to another party as that one describes
    /// itself now, or nothing could.
    #[must_use]
    pub fn shows(&self, party: &Agreed) -> bool {
        self.towards(party).is_none_or(|(remote, local)| {
            self.media == remote && self.local.as_ref() == Some(&local)
        })
    }

    /// What we would say to send this leg's media to another party, in the direction of now.
    fn towards(&self, party: &Agreed) -> Option<(SocketAddr, Local)> {
        let (remote, (codec, payload_type)) = (party.spec.remote_rtp?, party.spec.send?);
        let local = Local {
            codecs: vec![Numbered { codec, payload_type }],
            event: party.spec.event_send,
            rtcp_mux: false,
            ptime_ms: party.spec.ptime_ms,
            ..self.local.clone()?
        };
        Some((remote, local))
    }

    /// An offer that brings this leg's media back to us; none if it never left.
    pub fn offer_home(&mut self, direction: Direction) -> Option<Bytes> {
        if self.media == self.own {
            return None;
        }
        self.keep();
        let codecs = self.first_codecs(None);
        self.media = self.own;
        if let Some(local) = &mut self.local {
            (local.codecs, local.event) = (codecs, Some(spec::EVENT_PAYLOAD_TYPE));
            local.direction = direction;
        }
        Some(self.say())
    }

    /// Whether this leg's media goes to another party and not to us.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.media != self.own
    }

    /// Whether this leg's media goes to another party as far as is agreed: until an offer that brings it
    /// back is answered.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.before.as_ref().map_or(self.media, |before| before.media) != self.own
    }

    /// The answer to an offer. We want to take part in media as `want` says; the offer may allow
    /// less.
    ///
    /// # Errors
    /// The offer is broken or has nothing we can take; the session stays as it was.
    pub fn answer(&mut self, offer: &[u8], want: Direction) -> Result<Bytes, Unusable> {
        let offer = Sdp::parse(offer).map_err(|_| Unusable::Broken)?;
        let (local, agreed) = accept::choose(&offer, &self.codecs, want)?;
        self.note_version(&offer);
        self.lines = lines_of(&offer);
        self.before = None;
        self.local = Some(local);
        self.agreed = Some(agreed);
        self.heard = Some(offer);
        Ok(self.say())
    }

    /// The answer to our offer came.
    ///
    /// # Errors
    /// It is broken or does not fit; what was agreed before stays agreed.
    pub fn take_answer(&mut self, answer: &[u8]) -> Result<&Agreed, Unusable> {
        let answer = Sdp::parse(answer).map_err(|_| Unusable::Broken)?;
        let local = self.local.as_ref().ok_or(Unusable::Mismatch)?;
        let agreed = accept::read_answer(&answer, local)?;
        self.note_answer(&answer);
        self.before = None;
        self.heard = Some(answer);
        Ok(self.agreed.insert(agreed))
    }

    /// The far end's media address as it wrote it, for `media: direct` and the record.
    #[must_use]
    pub fn remote(&self) -> Option<SocketAddr> {
        self.agreed.as_ref().and_then(|a| a.spec.remote_rtp)
    }

    /// The plan's codecs by their static numbers, `first` before the others.
    fn first_codecs(&self, first: Option<Codec>) -> Vec<Numbered> {
        let mut codecs = self.codecs.clone();
        codecs.sort_by_key(|c| Some(*c) != first);
        let number = |codec| Numbered { codec, payload_type: spec::static_number(codec) };
        codecs.into_iter().map(number).collect()
    }

    fn first_offer(&mut self, direction: Direction, first: Option<Codec>) -> Local {
        let codecs = self.first_codecs(first);
        let local = Local {
            audio: 0,
            protocol: "RTP/AVP".to_owned(),
            codecs,
            event: Some(spec::EVENT_PAYLOAD_TYPE),
            comfort_noise: None,
            direction,
            rtcp_mux: false,
            ptime_ms: self.ptime_ms,
        };
        self.lines = vec![Line {
            kind: "audio".to_owned(),
            protocol: local.protocol.clone(),
            formats: Vec::new(),
        }];
        local
    }

    /// Writes what `local` says; the version goes up only if the content is new.
    fn say(&mut self) -> Bytes {
        let Some(local) = &self.local else { return Bytes::new() };
        let body = describe::body(local, &self.lines, self.media);
        if !self.said.is_empty() && body != self.said {
            self.version += 1;
        }
        let whole = describe::with_origin(self.id, self.version, self.own.ip(), &body);
        self.said = body;
        Bytes::from(whole)
    }

    /// REAL-08: a 200 that says something else than the 183 before it is obeyed and counted.
    fn note_answer(&mut self, answer: &Sdp) {
        let again = self.answered.replace(self.version) == Some(self.version);
        if again && self.heard.as_ref().is_some_and(|before| before.media != answer.media) {
            self.changed_answers += 1;
        }
    }

    /// Descriptions that broke a rule and were obeyed.
    #[must_use]
    pub fn oddities(&self) -> u32 {
        self.same_version_changes.saturating_add(self.changed_answers)
    }

    /// SDP-06: the same version must mean the same content; phones that break this are obeyed and
    /// counted.
    fn note_version(&mut self, offer: &Sdp) {
        if let Some(before) = &self.heard
            && before.origin == offer.origin
            && before.media != offer.media
        {
            self.same_version_changes += 1;
        }
    }
}

fn lines_of(offer: &Sdp) -> Vec<Line> {
    offer
        .media
        .iter()
        .map(|m| Line {
            kind: m.kind.clone(),
            protocol: m.protocol.clone(),
            formats: m.formats.clone(),
        })
        .collect()
}

/// Whether the far end holds us: it does not want to hear, or gave no address.
#[must_use]
pub fn is_hold(direction: Direction) -> bool {
    matches!(direction, Direction::SendOnly | Direction::Inactive)
}

/// What both wishes allow: the sending of one meets the receiving of the other. `far` is
/// what the far end wrote about itself.
#[must_use]
pub fn meet(want: Direction, far: Direction) -> Direction {
    let (want_send, want_receive) = ways(want);
    let (far_send, far_receive) = ways(far);
    match (want_send && far_receive, want_receive && far_send) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// (sends, receives)
fn ways(direction: Direction) -> (bool, bool) {
    match direction {
        Direction::SendRecv => (true, true),
        Direction::SendOnly => (true, false),
        Direction::RecvOnly => (false, true),
        Direction::Inactive => (false, false),
    }
}

/// The unspecified address in a `c=` line: the old way to hold (RFC 2543).
fn is_nowhere(address: IpAddr) -> bool {
    address.is_unspecified()
}

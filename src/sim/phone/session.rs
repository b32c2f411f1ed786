//! Offer and answer of a phone: one audio line, refused company, versions counted (RFC 3264).

use super::behaviour::{Behaviour, Codecs, HoldBy};
use super::report::{Noticed, Report};
use super::stream::Agreed;
use crate::media::Codec;
use crate::sip::sdp::{Direction, Media, Origin, RtpMap, Sdp};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where broken SDP is cut: in the middle of o=.
const BAD_BYTES: usize = 10;

/// Whose offer waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Nobody,
    Ours,
    Theirs,
}

/// The session of one call.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) open: Open,
    pub(super) we_hold: bool,
    rtp: SocketAddr,
    origin: Origin,
    codecs: Codecs,
    ptime_ms: u8,
    hold_by: HoldBy,
    bad: bool,
    version_stuck: bool,
    version_jumps: u64,
    renumbers_events: bool,
    answers: u8,
    local: Option<Sdp>,
    remote: Option<Sdp>,
    /// What was settled before the open offer, to go back to.
    settled: Option<(Option<Sdp>, Option<Sdp>)>,
    we_answered: bool,
    /// Offers of theirs that we refused since the last that we took: their versions count on.
    refused: u64,
}

impl Session {
    pub(super) fn new(rtp: SocketAddr, id: u64, b: &Behaviour) -> Session {
        // 63 bits: peers that keep it signed exist.
        let origin =
            Origin { user: "-".into(), id: id >> 1, version: 1, address: rtp.ip().to_string() };
        Session {
            open: Open::Nobody,
            we_hold: false,
            rtp,
            origin,
            codecs: b.codecs.clone(),
            ptime_ms: b.ptime_ms,
            hold_by: b.hold_by,
            bad: b.faults.bad_sdp,
            version_stuck: b.faults.version_stuck,
            version_jumps: b.faults.version_jumps,
            renumbers_events: b.faults.renumbers_events,
            answers: 0,
            local: None,
            remote: None,
            settled: None,
            we_answered: false,
            refused: 0,
        }
    }

    /// Both ends have said what they want at least once.
    pub(super) fn is_settled(&self) -> bool {
        self.open == Open::Nobody && self.local.is_some() && self.remote.is_some()
    }

    /// An offer of ours: the session as we want it now.
    pub(super) fn offer(&mut self) -> Vec<u8> {
        self.settled = Some((self.local.clone(), self.remote.clone()));
        self.open = Open::Ours;
        let direction = match (self.we_hold, self.hold_by) {
            (true, HoldBy::SendOnly) => Direction::SendOnly,
            (true, HoldBy::Inactive) => Direction::Inactive,
            (true, HoldBy::Address) | (false, _) => Direction::SendRecv,
        };
        let audio = match self.local.as_ref().and_then(|l| l.media.iter().find(|m| is_audio(m))) {
            // Numbers once given keep their meaning for the session (RFC 3264 §8.3.2).
            Some(line) => with_direction(line.clone(), direction),
            None => self.audio_line(direction),
        };
        let media = match &self.local {
            Some(local) => {
                let mut audio = Some(audio);
                let mut line = |m: &Media| match audio.take_if(|_| is_audio(m)) {
                    Some(audio) => audio,
                    None => refused(m),
                };
                local.media.iter().map(&mut line).collect()
            }
            None => vec![audio],
        };
        self.say(media)
    }

    /// Takes an offer; false if it cannot be read.
    pub(super) fn take_offer(&mut self, text: &[u8], report: &mut Report) -> bool {
        let Some(sdp) = self.read(text, report) else { return false };
        self.settled = Some((self.local.clone(), self.remote.clone()));
        self.check_versions(&sdp, report);
        self.refused = 0;
        report.held = sdp.media.iter().find(|m| is_audio(m)).is_some_and(|m| holds(&sdp, m));
        self.remote = Some(sdp);
        self.open = Open::Theirs;
        true
    }

    /// Our answer to their offer; none without a common codec.
    pub(super) fn answer(&mut self) -> Option<Vec<u8>> {
        let offer = self.remote.clone()?;
        self.answers = self.answers.wrapping_add(1);
        let mut taken = false;
        let mut media = Vec::new();
        for line in &offer.media {
            let answer = if taken { None } else { self.answer_line(&offer, line) };
            taken |= answer.is_some();
            media.push(answer.unwrap_or_else(|| refused(line)));
        }
        if !taken {
            return None;
        }
        self.open = Open::Nobody;
        self.we_answered = true;
        Some(self.say(media))
    }

    /// Takes the answer to our offer; false if it cannot be used.
    pub(super) fn take_answer(&mut self, text: &[u8], report: &mut Report) -> bool {
        let Some(sdp) = self.read(text, report) else { return false };
        let lines = self.local.as_ref().map_or(0, |l| l.media.len());
        if sdp.media.len() != lines {
            report.notice(Noticed::MediaLines { before: lines, now: sdp.media.len() });
        }
        self.check_versions(&sdp, report);
        let ours = self.local.as_ref().and_then(|l| l.media.first().map(|m| l.direction(m)));
        let theirs = sdp.media.first().map(|m| sdp.direction(m));
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && (sends(theirs) && !receives(ours) || receives(theirs) && !sends(ours))
        {
            report.notice(Noticed::AnswerDirection);
        }
        self.open = Open::Nobody;
        self.we_answered = false;
        self.remote = Some(sdp);
        self.agreed().is_some()
    }

    /// An offer of theirs was refused unread.
    pub(super) fn refuse_offer(&mut self) {
        self.refused += 1;
    }

    /// Whether their offer has a line that we can answer.
    pub(super) fn can_answer(&self) -> bool {
        let Some(offer) = &self.remote else { return false };
        offer.media.iter().any(|line| self.answer_line(offer, line).is_some())
    }

    /// The open offer came to nothing: all is as it was (RFC 3261 §14.1).
    pub(super) fn roll_back(&mut self) {
        if let (Some((local, remote)), true) = (self.settled.take(), self.open != Open::Nobody) {
            // The version that was said stays said: the next content is newer.
            self.local = local;
            self.remote = remote;
        }
        self.open = Open::Nobody;
    }

    /// What is settled for the stream; none while an offer is open or nothing is in common.
    pub(super) fn agreed(&self) -> Option<Agreed> {
        let (local, remote) = (self.local.as_ref()?, self.remote.as_ref()?);
        let pair = local.media.iter().zip(&remote.media);
        let (ours, theirs) = pair.into_iter().find(|(l, r)| is_audio(l) && is_audio(r))?;
        let (our_maps, their_maps) = (ours.rtp_maps(), theirs.rtp_maps());
        let answered = if self.we_answered { &our_maps } else { &their_maps };
        let codec = answered.iter().find_map(|m| {
            let codec = codec_of(m)?;
            our_maps.iter().any(|o| codec_of(o) == Some(codec)).then_some(codec)
        })?;
        let send_number = their_maps.iter().find(|m| codec_of(m) == Some(codec))?.payload_type;
        let event = |maps: &[RtpMap]| maps.iter().find(|m| is_event(m)).map(|m| m.payload_type);
        let address = remote.address(theirs)?;
        let held = address.is_unspecified();
        let (ours_to, theirs_to) = (local.direction(ours), remote.direction(theirs));
        Some(Agreed {
            remote: SocketAddr::new(address, theirs.port),
            send: (codec, send_number),
            receive: our_maps.iter().filter_map(|m| Some((m.payload_type, codec_of(m)?))).collect(),
            event_send: event(&their_maps).filter(|_| event(&our_maps).is_some()),
            event_receive: event(&our_maps),
            may_send: sends(ours_to) && receives(theirs_to) && !held && theirs.port != 0,
            may_receive: receives(ours_to)
                && local.address(ours).is_some_and(|a| !a.is_unspecified()),
        })
    }

    /// Where an offer wants media, for a phone that sends before it answers.
    pub(super) fn early(&self) -> Option<Agreed> {
        let remote = self.remote.as_ref()?;
        let line = remote.media.iter().find(|m| is_audio(m))?;
        let maps = line.rtp_maps();
        let map = maps.iter().find(|m| codec_of(m).is_some())?;
        Some(Agreed {
            remote: SocketAddr::new(remote.address(line)?, line.port),
            send: (codec_of(map)?, map.payload_type),
            receive: Vec::new(),
            event_send: None,
            event_receive: None,
            may_send: true,
            may_receive: true,
        })
    }

    fn answer_line(&self, offer: &Sdp, line: &Media) -> Option<Media> {
        if !is_audio(line) {
            return None;
        }
        let maps = line.rtp_maps();
        let mut codecs = Vec::new();
        for map in &maps {
            let Some(codec) = codec_of(map) else { continue };
            if let Some((_, own)) = self.codecs.list.iter().find(|(c, _)| *c == codec) {
                let number = if self.codecs.own_numbers { *own } else { map.payload_type };
                codecs.push((codec, number));
            }
        }
        if codecs.is_empty() {
            return None;
        }
        let offered_event = maps.iter().find(|m| is_event(m)).map(|m| m.payload_type);
        let event = self.codecs.event.and_then(|own| {
            offered_event.map(|theirs| if self.codecs.own_numbers { own } else { theirs })
        });
        // Dynamic numbers (RFC 3551 §3) above those in use.
        let event = event.map(|kept| match self.renumbers_events {
            true => 102 + self.answers % 20,
            false => kept,
        });
        let theirs = offer.direction(line);
        let direction = match (theirs.reversed(), self.we_hold) {
            (Direction::SendRecv, true) => Direction::SendOnly,
            (Direction::RecvOnly, true) => Direction::Inactive,
            (direction, _) => direction,
        };
        let mut answer = self.line(&codecs, event, direction);
        answer.protocol.clone_from(&line.protocol);
        Some(answer)
    }

    fn audio_line(&self, direction: Direction) -> Media {
        self.line(&self.codecs.list, self.codecs.event, direction)
    }

    fn line(&self, codecs: &[(Codec, u8)], event: Option<u8>, direction: Direction) -> Media {
        let mut formats = Vec::new();
        let mut attributes = Vec::new();
        let mut attribute = |n: &str, v: String| attributes.push((n.to_owned(), Some(v)));
        for (codec, number) in codecs {
            let name = match codec {
                Codec::Pcma => "PCMA",
                Codec::Pcmu => "PCMU",
            };
            formats.push(number.to_string());
            attribute("rtpmap", format!("{number} {name}/8000"));
        }
        if let Some(number) = event {
            formats.push(number.to_string());
            attribute("rtpmap", format!("{number} telephone-event/8000"));
            attribute("fmtp", format!("{number} 0-15"));
        }
        if self.ptime_ms != 20 {
            attribute("ptime", self.ptime_ms.to_string());
        }
        let line = Media {
            kind: "audio".into(),
            port: self.rtp.port(),
            protocol: "RTP/AVP".into(),
            formats,
            connection: None,
            attributes,
        };
        with_direction(line, direction)
    }

    /// Puts the description together; its version goes up when its content is new.
    fn say(&mut self, media: Vec<Media>) -> Vec<u8> {
        let nowhere: IpAddr = match self.rtp.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let by_address = self.we_hold && self.hold_by == HoldBy::Address;
        let mut sdp = Sdp {
            origin: self.origin.clone(),
            name: "-".into(),
            connection: Some(if by_address { nowhere } else { self.rtp.ip() }),
            attributes: Vec::new(),
            media,
        };
        let is_new = self.local.as_ref().is_some_and(|last| !same_content(last, &sdp));
        if is_new && !self.version_stuck {
            self.origin.version += 1;
        }
        self.origin.version += self.version_jumps;
        sdp.origin.version = self.origin.version;
        let mut text = sdp.to_bytes();
        self.local = Some(sdp);
        if self.bad {
            text.truncate(BAD_BYTES);
        }
        text
    }

    fn read(&self, text: &[u8], report: &mut Report) -> Option<Sdp> {
        match Sdp::parse(text) {
            Ok(sdp) => Some(sdp),
            Err(why) => {
                report.notice(Noticed::BadSdp(why.0));
                None
            }
        }
    }

    fn check_versions(&self, sdp: &Sdp, report: &mut Report) {
        let Some(last) = &self.remote else { return };
        let (before, now) = (&last.origin, &sdp.origin);
        let same_source = before.id == now.id && before.user == now.user;
        let lowest = before.version + u64::from(!same_content(last, sdp));
        let highest = before.version + 1 + self.refused;
        let step_fits = (lowest..=highest).contains(&now.version);
        if !same_source || !step_fits {
            report.notice(Noticed::OriginVersion { before: before.version, now: now.version });
        }
        if sdp.media.len() < last.media.len() {
            let (before, now) = (last.media.len(), sdp.media.len());
            report.notice(Noticed::MediaLines { before, now });
        }
    }
}

fn same_content(a: &Sdp, b: &Sdp) -> bool {
    let mut b = b.clone();
    b.origin.version = a.origin.version;
    *a == b
}

fn is_audio(line: &Media) -> bool {
    line.kind == "audio" && line.port != 0 && line.protocol.starts_with("RTP/AVP")
}

fn holds(sdp: &Sdp, line: &Media) -> bool {
    !receives(sdp.direction(line)) || sdp.address(line).is_some_and(|a| a.is_unspecified())
}

fn sends(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::SendOnly)
}

fn receives(direction: Direction) -> bool {
    matches!(direction, Direction::SendRecv | Direction::RecvOnly)
}

fn refused(line: &Media) -> Media {
    Media { port: 0, connection: None, attributes: Vec::new(), ..line.clone() }
}

/// Sendrecv is the default and stays unsaid.
fn with_direction(mut line: Media, direction: Direction) -> Media {
    let all = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
    line.attributes.retain(|(name, _)| !all.iter().any(|d| d.as_str() == name));
    if direction != Direction::SendRecv {
        line.attributes.push((direction.as_str().to_owned(), None));
    }
    line
}

fn codec_of(map: &RtpMap) -> Option<Codec> {
    match (map.encoding.as_str(), map.clock_hz) {
        ("PCMA", 8000) => Some(Codec::Pcma),
        ("PCMU", 8000) => Some(Codec::Pcmu),
        _ => None,
    }
}

fn is_event(map: &RtpMap) -> bool {
    map.encoding == "TELEPHONE-EVENT" && map.clock_hz == 8000
}

//! The RTP of one call of a phone: a tone every packet time, RFC 4733 digits, and what came.

use super::report::{Noticed, Report};
use super::sound::{self, Ear, RATE, Tone};
use crate::base::Mono;
use crate::media::Codec;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// Media may be under way for so long after it is no longer wanted.
const UNDER_WAY: Duration = Duration::from_millis(500);
/// Digits waiting to be sent.
const DIGITS_WAITING: usize = 64;
/// How long a digit is, in samples: 100 ms.
const DIGIT_SAMPLES: u16 = 800;
/// RFC 4733 §2.5.1.4: the end is said three times.
const DIGIT_ENDS: u8 = 3;
/// Silence between two digits, in packets.
const DIGIT_PAUSE: u8 = 3;
const EVENTS: &str = "0123456789*#ABCD";

/// What offer and answer settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) remote: SocketAddr,
    pub(super) send: (Codec, u8),
    pub(super) receive: Vec<(u8, Codec)>,
    pub(super) event_send: Option<u8>,
    pub(super) event_receive: Option<u8>,
    pub(super) may_send: bool,
    pub(super) may_receive: bool,
}

/// A digit under way.
#[derive(Clone, Copy, Debug)]
enum Digit {
    Pressed { event: u8, began: u32, lasted: u16 },
    Released { event: u8, began: u32, lasted: u16, ends: u8 },
    Pause { packets: u8 },
}

/// The last packet of the source we hear.
#[derive(Clone, Copy, Debug)]
struct Last {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    samples: u32,
    audio: bool,
    at: Mono,
}

/// One call's RTP.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) local: SocketAddr,
    agreed: Option<Agreed>,
    agreed_at: Mono,
    ptime: Duration,
    tone_hz: Option<u16>,
    tone: Option<(Codec, Tone)>,
    silent: bool,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    next: Option<Mono>,
    stopped_at: Option<Mono>,
    digits: VecDeque<u8>,
    digit: Option<Digit>,
    no_event_end: bool,
    last: Option<Last>,
    last_event: Option<u32>,
    ear: Ear,
}

impl Stream {
    pub(super) fn new(local: SocketAddr, ssrc: u32, b: &super::Behaviour) -> Stream {
        Stream {
            local,
            agreed: None,
            agreed_at: Mono(0),
            ptime: Duration::from_millis(u64::from(b.ptime_ms.clamp(10, 60))),
            tone_hz: b.tone_hz,
            tone: None,
            silent: !b.media,
            ssrc,
            sequence: (ssrc >> 8) as u16,
            timestamp: ssrc.rotate_left(7),
            marker: true,
            next: None,
            stopped_at: None,
            digits: VecDeque::new(),
            digit: None,
            no_event_end: b.faults.no_event_end,
            last: None,
            last_event: None,
            ear: Ear::default(),
        }
    }

    /// A new agreement; sending begins, goes on or stops.
    pub(super) fn agree(&mut self, agreed: Option<Agreed>, now: Mono) {
        self.agreed = agreed;
        self.agreed_at = now;
        self.schedule(now);
    }

    pub(super) fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    pub(super) fn set_tone(&mut self, hz: Option<u16>) {
        self.tone_hz = hz;
        self.tone = None;
    }

    pub(super) fn set_silent(&mut self, silent: bool, now: Mono) {
        self.silent = silent;
        self.schedule(now);
    }

    /// Keys pressed while the session lets us send nothing reach nobody: they do not wait for a resume.
    pub(super) fn press(&mut self, digits: &str) {
        if self.agreed.as_ref().is_some_and(|agreed| !agreed.may_send) {
            return;
        }
        for c in digits.chars() {
            let event = EVENTS.find(c.to_ascii_uppercase()).map(|i| i as u8);
            if self.digits.len() < DIGITS_WAITING {
                self.digits.extend(event);
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.next
    }

    fn schedule(&mut self, now: Mono) {
        if self.agreed.as_ref().is_some_and(|agreed| !agreed.may_send) {
            self.digits.clear();
            self.digit = None;
        }
        let sending = !self.silent && self.agreed.as_ref().is_some_and(|a| a.may_send);
        match (sending, self.next) {
            (true, None) => {
                // Time went on while nothing was sent (RFC 3550 §5.1); talk begins anew.
                if let Some(stopped) = self.stopped_at.take() {
                    let samples = now.since(stopped).as_millis() as u32 * (RATE / 1000);
                    self.timestamp = self.timestamp.wrapping_add(samples);
                }
                self.marker = true;
                self.next = Some(now);
            }
            (false, Some(_)) => {
                self.next = None;
                self.stopped_at = Some(now);
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// The packet that is due, with its destination.
    pub(super) fn tick(&mut self, now: Mono) -> Option<(SocketAddr, Vec<u8>)> {
        let due = self.next.filter(|at| *at <= now)?;
        self.next = Some(due + self.ptime);
        let agreed = self.agreed.clone()?;
        let samples = (self.ptime.as_millis() as u32 * (RATE / 1000)).min(480);
        self.advance_digit(samples as u16, agreed.event_send.is_some());
        let packet = match (self.digit, agreed.event_send) {
            (Some(Digit::Pressed { event, began, lasted }), Some(pt)) => {
                let marker = u32::from(lasted) == samples;
                self.event_packet(pt, marker, event, began, lasted, false)
            }
            (Some(Digit::Released { event, began, lasted, .. }), Some(pt)) => {
                self.event_packet(pt, false, event, began, lasted, true)
            }
            _ => self.audio_packet(agreed.send, samples as usize),
        };
        self.timestamp = self.timestamp.wrapping_add(samples);
        Some((agreed.remote, packet))
    }

    fn advance_digit(&mut self, samples: u16, possible: bool) {
        self.digit = match self.digit {
            Some(Digit::Pressed { event, began, lasted }) if lasted < DIGIT_SAMPLES => {
                Some(Digit::Pressed { event, began, lasted: lasted + samples })
            }
            Some(Digit::Pressed { .. }) if self.no_event_end => {
                Some(Digit::Pause { packets: DIGIT_PAUSE })
            }
            Some(Digit::Pressed { event, began, lasted }) => {
                Some(Digit::Released { event, began, lasted, ends: DIGIT_ENDS - 1 })
            }
            Some(Digit::Released { event, began, lasted, ends }) if ends > 0 => {
                Some(Digit::Released { event, began, lasted, ends: ends - 1 })
            }
            Some(Digit::Released { .. }) => Some(Digit::Pause { packets: DIGIT_PAUSE }),
            Some(Digit::Pause { packets }) if packets > 0 => {
                Some(Digit::Pause { packets: packets - 1 })
            }
            Some(Digit::Pause { .. }) | None => None,
        };
        if self.digit.is_none()
            && possible
            && let Some(event) = self.digits.pop_front()
        {
            self.digit = Some(Digit::Pressed { event, began: self.timestamp, lasted: samples });
        }
    }

    fn event_packet(
        &mut self,
        pt: u8,
        marker: bool,
        event: u8,
        began: u32,
        lasted: u16,
        end: bool,
    ) -> Vec<u8> {
        let mut packet = self.head(pt, marker, began);
        let volume = 10 | if end { 0x80 } else { 0 };
        packet.extend([event, volume]);
        packet.extend(lasted.to_be_bytes());
        // Sound after a digit is a new talk spurt.
        self.marker = true;
        packet
    }

    fn audio_packet(&mut self, (codec, pt): (Codec, u8), samples: usize) -> Vec<u8> {
        let marker = std::mem::take(&mut self.marker);
        let mut packet = self.head(pt, marker, self.timestamp);
        if self.tone.as_ref().is_none_or(|(c, _)| *c != codec) {
            self.tone = Some((codec, Tone::new(self.tone_hz, codec)));
        }
        if let Some((_, tone)) = &mut self.tone {
            tone.take(samples, &mut packet);
        }
        packet
    }

    fn head(&mut self, pt: u8, marker: bool, timestamp: u32) -> Vec<u8> {
        let mut packet = Vec::with_capacity(172);
        packet.extend([0x80, pt & 0x7f | if marker { 0x80 } else { 0 }]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        packet
    }

    /// Takes a packet that came.
    pub(super) fn receive(&mut self, packet: &[u8], now: Mono, report: &mut Report) {
        let Some(rtp) = Rtp::read(packet) else { return };
        let codec = self.codec_of(rtp.payload_type);
        let is_event =
            self.agreed.as_ref().is_some_and(|a| a.event_receive == Some(rtp.payload_type));
        if codec.is_none() && !is_event {
            if self.agreed.is_some() {
                report.notice(Noticed::RtpPayload(rtp.payload_type));
            }
            return;
        }
        let settled = now.since(self.agreed_at) > UNDER_WAY;
        if settled && self.agreed.as_ref().is_some_and(|a| !a.may_receive) {
            report.notice(Noticed::RtpUnwanted);
        }
        if !self.in_order(&rtp, codec.is_some(), now, report) {
            return;
        }
        match codec {
            Some(codec) => {
                let samples = rtp.payload.iter().map(|b| sound::decode(codec, *b));
                self.ear.hear(samples, now, &mut report.tones, &mut report.speech);
            }
            None => self.hear_event(&rtp, report),
        }
    }

    /// Before anything is agreed the static numbers are heard (RFC 3264 §5.1: media may come as
    /// soon as the offer is out).
    fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        let Some(agreed) = &self.agreed else {
            return match payload_type {
                0 => Some(Codec::Pcmu),
                8 => Some(Codec::Pcma),
                _ => None,
            };
        };
        agreed.receive.iter().find(|(pt, _)| *pt == payload_type).map(|(_, codec)| *codec)
    }

    /// Counts, measures gaps and checks continuity; false for what came late or twice.
    fn in_order(&mut self, rtp: &Rtp<'_>, audio: bool, now: Mono, report: &mut Report) -> bool {
        let figures = &mut report.rtp;
        figures.received += 1;
        figures.first.get_or_insert(now);
        figures.last = Some(now);
        let samples = if audio { rtp.payload.len() as u32 } else { 0 };
        let this = Last {
            ssrc: rtp.ssrc,
            sequence: rtp.sequence,
            timestamp: rtp.timestamp,
            samples,
            audio,
            at: now,
        };
        let Some(last) = self.last.replace(this) else { return true };
        let gap = now.since(last.at);
        figures.longest_gap = figures.longest_gap.max(gap);
        if gap > self.ptime * 5 / 2 {
            figures.gaps += 1;
        }
        if last.ssrc != rtp.ssrc {
            self.ear.skip();
            report.notice(Noticed::RtpSource);
            return true;
        }
        match rtp.sequence.wrapping_sub(last.sequence) {
            1 => {
                let step = rtp.timestamp.wrapping_sub(last.timestamp);
                if audio && last.audio && step != last.samples && !rtp.marker {
                    report.notice(Noticed::RtpTimestamp);
                }
                true
            }
            0 | 0x8000.. => {
                figures.misplaced += 1;
                self.last = Some(Last { at: now, ..last });
                false
            }
            missing => {
                figures.lost += u64::from(missing) - 1;
                self.ear.skip();
                true
            }
        }
    }

    /// All packets of one event carry its first timestamp (RFC 4733 §2.2).
    fn hear_event(&mut self, rtp: &Rtp<'_>, report: &mut Report) {
        let Some(event) = rtp.payload.first() else { return };
        if self.last_event.replace(rtp.timestamp) != Some(rtp.timestamp) {
            report.digits.extend(EVENTS.chars().nth(usize::from(*event)));
        }
    }
}

/// An RTP packet (RFC 3550 §5.1).
struct Rtp<'a> {
    payload_type: u8,
    marker: bool,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    payload: &'a [u8],
}

impl Rtp<'_> {
    fn read(packet: &[u8]) -> Option<Rtp<'_>> {
        let (head, rest) = packet.split_first_chunk::<12>()?;
        let [flags, kind, s1, s2, t1, t2, t3, t4, x1, x2, x3, x4] = *head;
        if flags >> 6 != 2 {
            return None;
        }
        let mut payload = rest.get(usize::from(flags & 0x0f) * 4..)?;
        if flags & 0x10 != 0 {
            let (extension, after) = payload.split_first_chunk::<4>()?;
            let words = u16::from_be_bytes([extension[2], extension[3]]);
            payload = after.get(usize::from(words) * 4..)?;
        }
        if flags & 0x20 != 0 {
            let padding = usize::from(*payload.last()?);
            payload = payload.get(..payload.len().checked_sub(padding)?)?;
        }
        Some(Rtp {
            payload_type: kind & 0x7f,
            marker: kind & 0x80 != 0,
            sequence: u16::from_be_bytes([s1, s2]),
            timestamp: u32::from_be_bytes([t1, t2, t3, t4]),
            ssrc: u32::from_be_bytes([x1, x2, x3, x4]),
            payload,
        })
    }
}

//! A packet comes in on a stream: is it ours, from whom, and what does it carry?

use crate::base::{Mono, Now};
use crate::media::dtmf::{EventPayload, Heard};
use crate::media::engine::Sink;
use crate::media::latch::Verdict;
use crate::media::rtcp::{self, Item};
use crate::media::rtp::{self, Packet};
use crate::media::stream::Stream;
use crate::media::{Codec, Digit, Event, PlayEnd};
use std::net::SocketAddr;

/// What a packet that was taken carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Sound.
    Audio(Codec),
    /// Comfort noise (RFC 3389).
    Noise,
    /// An RTP event (RFC 4733), lasting so many samples; whether the press is new.
    Event {
        /// Samples since its start.
        duration: u16,
        /// Its first packet here.
        starts: bool,
    },
}

/// What a payload type was agreed to mean.
enum Kind {
    Audio(Codec),
    Noise,
    Event(EventPayload),
}

impl Stream {
    /// Takes an RTP packet, or drops and counts it (MED-11).
    pub(crate) fn receive<'p>(
        &mut self,
        from: SocketAddr,
        bytes: &'p [u8],
        now: Mono,
        sink: &mut dyn Sink,
    ) -> Option<(Packet<'p>, Carried)> {
        let taken = rtp::parse(bytes).and_then(|packet| {
            let kind = self.kind(&packet).filter(|_| self.spec.may_receive)?;
            match self.latch.judge(from, &self.spec, now) {
                Verdict::Take => {}
                Verdict::Latched => sink.event(Event::Latched { stream: self.leg, remote: from }),
                Verdict::Drop => return None,
            }
            Some((packet, kind))
        });
        let Some((packet, kind)) = taken else {
            self.figures.packets_dropped += 1;
            return None;
        };
        self.figures.packets_received += 1;
        self.quality.take(&packet, matches!(kind, Kind::Audio(_)), now);
        let carried = match kind {
            Kind::Audio(codec) => Carried::Audio(codec),
            Kind::Noise => Carried::Noise,
            Kind::Event(event) => {
                let starts = match self.events.hear(&packet, event, now) {
                    Heard::Start(digit) => {
                        digit.into_iter().for_each(|digit| self.digit(digit, sink));
                        true
                    }
                    Heard::More | Heard::Late => false,
                };
                Carried::Event { duration: event.duration, starts }
            }
        };
        Some((packet, carried))
    }

    fn kind(&self, packet: &Packet<'_>) -> Option<Kind> {
        let number = packet.payload_type;
        if self.spec.event_receive == Some(number) {
            return EventPayload::read(packet.payload).map(Kind::Event);
        }
        if let Some((_, codec)) = self.spec.receive.iter().find(|(taken, _)| *taken == number) {
            return Some(Kind::Audio(*codec));
        }
        (self.spec.comfort_noise == Some(number)).then_some(Kind::Noise)
    }

    /// A digit was heard: tells it, and stops a play that it may stop.
    fn digit(&mut self, digit: Digit, sink: &mut dyn Sink) {
        self.figures.digits = self.figures.digits.saturating_add(1);
        let stops = self.playing.as_ref().filter(|playing| playing.stops_at_digit());
        let stopped = stops.map(|playing| playing.id);
        sink.event(Event::Digit { stream: self.leg, digit, stopped });
        if stopped.is_some() {
            self.end_play(PlayEnd::BargedIn, sink);
        }
    }

    /// Reads the far end's reports (MED-13).
    pub(crate) fn receive_rtcp(&mut self, from: SocketAddr, bytes: &[u8], now: Now) {
        if !self.latch.knows(from.ip(), &self.spec) {
            self.figures.packets_dropped += 1;
            return;
        }
        let ours = self.out.ssrc;
        let (reporter, figures) = (&mut self.reporter, &mut self.figures);
        let whole = rtcp::parse(bytes, |item| match item {
            Item::Sender { ssrc, ntp } => reporter.heard_sender(ssrc, ntp, now.mono),
            Item::Block { about, fraction_lost, last_report, delay } if about == ours => {
                figures.remote_fraction_lost = fraction_lost;
                if let Some(us) = reporter.round_trip_us(last_report, delay, now.mono) {
                    figures.round_trip_us = us;
                }
            }
            Item::Block { .. } => {}
        });
        if whole {
            self.rtcp_source = Some(from);
        } else {
            self.figures.packets_dropped += 1;
        }
    }
}

//! One leg's stream: what it hears, what it sends, and from where that comes.
//!
//! A stream that may send always sends: a play, a digit, the joined party, or else silence
//! (REAL-09, RFC 6263), so that no far end waits for us and no NAT forgets us. A far end that itself
//! sends nothing gets that silence for [`LIVELY`] from each offer and answer on, then a packet now and
//! then; why that is enough is told in `docs/sip.md`. Which of these it
//! is, is [`Feed`]. Receiving is in `receive.rs`, reports in `report.rs`.

use crate::base::{LegKey, Mint, Mono, Now};
use crate::media::dtmf::{EventReceiver, EventSender, Turn};
use crate::media::engine::{PacketKind, Sink};
use crate::media::latch::Latch;
use crate::media::outbound::Outbound;
use crate::media::player::Playing;
use crate::media::quality::Quality;
use crate::media::receive::Carried;
use crate::media::relay::{Extent, Place, Relay};
use crate::media::rtcp::Reporter;
use crate::media::rtp::{Header, Packet, Wire};
use crate::media::{
    BargeIn, Codec, Digit, Event, MediaPort, PlayEnd, PlayId, PlayItem, StreamFigures, StreamSpec,
    g711,
};
use std::net::SocketAddr;
use std::time::Duration;

/// Packet times we send, milliseconds (SDP-14).
const PTIME_MS: std::ops::RangeInclusive<u8> = 10..=60;
/// Samples in a millisecond.
const PER_MS: u16 = 8;
/// Packets later than this are not sent in a burst: the time is skipped, the audio is not.
const MAX_LAG: Duration = Duration::from_millis(100);

/// Silence goes out at the full rate for so long after each offer and answer and after the far end was
/// heard: it starts what waits for our first packet, and fills every pause of a call that is alive.
const LIVELY: Duration = Duration::from_secs(1);
/// To a far end that is not heard silence goes so often: enough for every NAT (RFC 6263 asks for 15 s)
/// and for whoever lost the first second, at a 250th of what thousands of calls without media would
/// cost at the full rate.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// What the engine lends to a stream while it works.
pub(crate) struct Tools<'a> {
    pub(crate) wire: &'a mut Wire,
    pub(crate) mint: &'a mut Mint,
}

/// Where the packets that we send come from.
#[derive(Debug)]
pub(crate) enum Feed {
    /// Nowhere: we may not send, or do not know how or where to.
    Mute,
    /// Ourselves: plays, digits, silence. The next packet is due then.
    Own {
        /// On an absolute grid, so that lateness does not add up (MED-10).
        next: Mono,
    },
    /// The joined leg.
    Relay(Relay),
}

/// The state of one stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) leg: LegKey,
    pub(crate) port: MediaPort,
    pub(crate) spec: StreamSpec,
    pub(crate) latch: Latch,
    pub(crate) quality: Quality,
    pub(crate) events: EventReceiver,
    pub(crate) out: Outbound,
    pub(crate) feed: Feed,
    pub(crate) playing: Option<Playing>,
    pub(crate) digits: EventSender,
    /// A new spurt begins with the next packet of ours.
    marker_due: bool,
    /// Silence goes out at the full rate until then.
    lively_until: Mono,
    /// The joined stream's slot in the engine.
    pub(crate) partner: Option<usize>,
    pub(crate) reporter: Reporter,
    /// Where RTCP really comes from, without rtcp-mux.
    pub(crate) rtcp_source: Option<SocketAddr>,
    /// Counted as it goes; loss and jitter are put in at the end.
    pub(crate) figures: StreamFigures,
    /// When the engine's queue will wake this stream.
    pub(crate) queued: Option<Mono>,
}

impl Stream {
    pub(crate) fn new(
        leg: LegKey,
        port: MediaPort,
        spec: StreamSpec,
        mint: &mut Mint,
        now: Mono,
    ) -> Stream {
        let mut stream = Stream {
            leg,
            port,
            latch: Latch::new(spec.remote_rtp, now),
            spec,
            quality: Quality::default(),
            events: EventReceiver::default(),
            out: Outbound::new(mint, now),
            feed: Feed::Mute,
            playing: None,
            digits: EventSender::default(),
            marker_due: true,
            lively_until: now + LIVELY,
            partner: None,
            reporter: Reporter::new(mint, now),
            rtcp_source: None,
            figures: StreamFigures::default(),
            queued: None,
        };
        stream.wake(now);
        stream
    }

    /// A new offer and answer was agreed.
    pub(crate) fn update(&mut self, spec: StreamSpec, now: Mono) {
        self.latch.reopen(spec.remote_rtp, now);
        if spec.may_receive != self.spec.may_receive {
            self.quality.resync();
        }
        if spec.remote_rtcp != self.spec.remote_rtcp {
            self.rtcp_source = None;
        }
        if spec.event_send.is_none() {
            self.digits.clear();
        }
        self.spec = spec;
        self.wake(now);
        // Whoever waits for our first packet may do so since this answer only: the phone behind a
        // long 183, or the place that nothing went to before.
        self.quicken(now);
    }

    /// Begins or ends sending, as the spec now allows.
    fn wake(&mut self, now: Mono) {
        match &self.feed {
            Feed::Mute if self.route().is_some() => self.own(now),
            Feed::Relay(_) if self.route().is_none() => self.feed = Feed::Mute,
            // What is paced ends by itself at its next packet.
            Feed::Mute | Feed::Relay(_) | Feed::Own { .. } => {}
        }
    }

    /// From now on we make the packets ourselves.
    fn own(&mut self, now: Mono) {
        match self.feed {
            Feed::Own { .. } => {}
            Feed::Mute | Feed::Relay(_) => self.feed = Feed::Own { next: now },
        }
        self.quicken(now);
        self.marker_due = true;
    }

    /// Only a packet now and then keeps the far end's way open.
    pub(crate) fn only_keeps_alive(&self, now: Mono) -> bool {
        let longest = Duration::from_millis(u64::from(*PTIME_MS.end()));
        matches!(self.feed, Feed::Own { next } if next > now + longest)
    }

    /// The full rate from now on: the far end was heard, or there is something to send. True if it
    /// had been less, so that the next packet is due sooner than it was.
    pub(crate) fn quicken(&mut self, now: Mono) -> bool {
        let sooner = self.only_keeps_alive(now);
        if sooner {
            self.feed = Feed::Own { next: now };
        }
        self.lively_until = now + LIVELY;
        sooner
    }

    /// How and where to we send; none while we may not or cannot.
    pub(crate) fn route(&self) -> Option<(Codec, u8, SocketAddr)> {
        let (codec, payload_type) = self.spec.send.filter(|_| self.spec.may_send)?;
        Some((codec, payload_type, self.destination()?))
    }

    /// Where RTP goes: to what is latched, unless the far end's SDP names no place at all.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        self.spec.remote_rtp.map(|named| self.latch.source().unwrap_or(named))
    }

    /// Begins a play, in place of the present one.
    pub(crate) fn play(
        &mut self,
        play: PlayId,
        items: Vec<PlayItem>,
        repeat: bool,
        barge_in: BargeIn,
        now: Mono,
        sink: &mut dyn Sink,
    ) {
        self.end_play(PlayEnd::Stopped, sink);
        self.playing = Some(Playing::new(play, items, repeat, barge_in));
        self.own(now);
    }

    /// Stops a play, if it is this one.
    pub(crate) fn stop(&mut self, play: PlayId, sink: &mut dyn Sink) {
        if self.playing.as_ref().is_some_and(|p| p.id == play) {
            self.end_play(PlayEnd::Stopped, sink);
        }
    }

    pub(crate) fn end_play(&mut self, end: PlayEnd, sink: &mut dyn Sink) {
        if let Some(playing) = self.playing.take() {
            sink.event(Event::PlayDone { stream: self.leg, play: playing.id, end });
        }
    }

    /// Queues a digit, if the far end takes RTP events.
    pub(crate) fn send_digit(&mut self, digit: Digit, now: Mono) {
        if self.spec.event_send.is_some() {
            self.digits.push(digit);
            self.own(now);
        }
    }

    /// The joined leg is gone: silence, until something else comes.
    pub(crate) fn part(&mut self, now: Mono) {
        self.partner = None;
        if matches!(self.feed, Feed::Relay(_)) {
            self.own(now);
        }
    }

    /// When [`Stream::run`] must be called, at the latest.
    pub(crate) fn next_due(&self) -> Option<Mono> {
        let feed = match &self.feed {
            Feed::Mute => None,
            Feed::Own { next } => Some(*next),
            Feed::Relay(relay) => Some(relay.quiet_at()),
        };
        let report = self.reports_to().map(|_| self.reporter.next);
        feed.into_iter().chain(report).min()
    }

    /// Sends what is due.
    pub(crate) fn run(&mut self, now: Now, tools: &mut Tools<'_>, sink: &mut dyn Sink) {
        if matches!(&self.feed, Feed::Relay(relay) if relay.quiet_at() <= now.mono) {
            self.own(now.mono);
        }
        while let Feed::Own { next } = self.feed
            && next <= now.mono
        {
            let at = if now.mono - next > MAX_LAG { now.mono } else { next };
            let ptime_ms = self.ptime_ms();
            self.feed = Feed::Own { next: at + Duration::from_millis(u64::from(ptime_ms)) };
            self.step(at, u16::from(ptime_ms) * PER_MS, tools.wire, sink);
        }
        if self.reports_to().is_some() && self.reporter.next <= now.mono {
            self.report(false, now, tools, sink);
        }
    }

    fn ptime_ms(&self) -> u8 {
        self.spec.ptime_ms.clamp(*PTIME_MS.start(), *PTIME_MS.end())
    }

    /// Makes the packet that is due at `at`. A play also goes on while nothing may be sent, so
    /// that a flow does not wait for ever for its end.
    fn step(&mut self, at: Mono, samples: u16, wire: &mut Wire, sink: &mut dyn Sink) {
        let (timestamp, paused) = self.out.next_timestamp(at);
        let until = timestamp.wrapping_add(u32::from(samples));
        let route = self.route();
        let codec = route.map_or(Codec::Pcma, |(codec, ..)| codec);
        match self.digits.turn(timestamp, samples) {
            Turn::Event { payload, timestamp, first } => {
                wire.payload(payload.len()).copy_from_slice(&payload);
                let payload_type = self.spec.event_send;
                if let (Some(payload_type), Some((.., to))) = (payload_type, route) {
                    let place = self.own_place(first, timestamp, until);
                    self.emit(payload_type, place, payload.len(), to, wire, sink);
                }
                self.marker_due = true;
            }
            turn @ (Turn::Audio | Turn::Pause) => {
                let payload = wire.payload(usize::from(samples));
                let playing = self.playing.as_mut().filter(|_| turn == Turn::Audio);
                let goes_on = playing.map(|p| p.fill(codec, payload));
                if goes_on != Some(true) {
                    payload.fill(g711::silence(codec));
                }
                if goes_on.is_none() && turn == Turn::Audio && at >= self.lively_until {
                    self.feed = Feed::Own { next: at + KEEP_ALIVE };
                }
                if let Some((_, payload_type, to)) = route {
                    let marker = std::mem::take(&mut self.marker_due) || paused;
                    let place = self.own_place(marker, timestamp, until);
                    self.emit(payload_type, place, usize::from(samples), to, wire, sink);
                } else {
                    // A play goes on unheard while the far end takes nothing: what is heard of it
                    // then is a new spurt (RFC 3551 §4.1).
                    self.marker_due = true;
                }
                if goes_on == Some(false) {
                    self.end_play(PlayEnd::Finished, sink);
                }
            }
        }
        self.out.pass(until);
        if route.is_none() && self.playing.is_none() && !self.digits.is_busy() {
            self.feed = Feed::Mute;
        }
    }

    fn own_place(&self, marker: bool, timestamp: u32, until: u32) -> Place {
        Place { marker, sequence: self.out.next_sequence(), timestamp, until }
    }

    /// Carries on a packet of the joined leg, unless a play or a digit has the floor.
    pub(crate) fn carry(
        &mut self,
        packet: &Packet<'_>,
        carried: Carried,
        now: Mono,
        wire: &mut Wire,
        sink: &mut dyn Sink,
    ) {
        let Some((codec, audio_type, to)) = self.route() else { return };
        if self.playing.is_some() || self.digits.is_busy() {
            return;
        }
        let len = packet.payload.len();
        let (payload_type, extent) = match carried {
            Carried::Audio(_) if len == 0 => (None, Extent::Audio(0)),
            Carried::Audio(_) => (Some(audio_type), Extent::Audio(len as u32)),
            Carried::Noise => (self.spec.comfort_noise, Extent::Noise),
            Carried::Event { duration, starts } => {
                (self.spec.event_send, Extent::Event { duration: u32::from(duration), starts })
            }
        };
        let Some(payload_type) = payload_type else {
            if let Feed::Relay(relay) = &mut self.feed {
                relay.leave_out(packet);
            }
            return;
        };
        let Some(place) = self.relay_place(packet, extent, now) else { return };
        let payload = wire.payload(len);
        match carried {
            Carried::Audio(from) => g711::transcode(from, codec, packet.payload, payload),
            Carried::Noise | Carried::Event { .. } => {
                payload.iter_mut().zip(packet.payload).for_each(|(to, from)| *to = *from);
            }
        }
        self.emit(payload_type, place, len, to, wire, sink);
    }

    fn relay_place(&mut self, packet: &Packet<'_>, extent: Extent, now: Mono) -> Option<Place> {
        match &mut self.feed {
            Feed::Relay(relay) if relay.follows(packet, extent, now) => {
                relay.place(packet, extent, now)
            }
            Feed::Relay(_) | Feed::Own { .. } | Feed::Mute => {
                let mut relay = Relay::begin(&self.out, packet, extent, now)?;
                let place = relay.place(packet, extent, now);
                self.feed = Feed::Relay(relay);
                place
            }
        }
    }

    fn emit(
        &mut self,
        payload_type: u8,
        place: Place,
        len: usize,
        to: SocketAddr,
        wire: &mut Wire,
        sink: &mut dyn Sink,
    ) {
        let Place { marker, sequence, timestamp, until } = place;
        let header = Header { payload_type, marker, sequence, timestamp, ssrc: self.out.ssrc };
        sink.send(self.port, PacketKind::Rtp, to, wire.finish(header, len));
        self.out.sent(&header, len, until);
    }
}

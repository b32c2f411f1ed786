//! The engine as a call sees it: commands and packets in, packets and events out, time by hand.

mod digits;
mod pairs;
mod plays;
mod relays;
mod streams;

use super::*;
use crate::base::{CallKey, LegNo, WorkerId};
use crate::media::rtp::Header;
use crate::media::{Codec, PlayId, PlayItem, g711};
use smallvec::smallvec;

/// One packet that the engine sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at_us: u64,
    pub(super) port: MediaPort,
    pub(super) kind: PacketKind,
    pub(super) to: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

impl Sent {
    fn rtp(&self) -> rtp::Packet<'_> {
        rtp::parse(&self.bytes).unwrap()
    }
}

#[derive(Debug, Default)]
pub(super) struct Recorder {
    at_us: u64,
    sent: Vec<Sent>,
    events: Vec<String>,
    closed: Vec<StreamFigures>,
    released: Vec<MediaPort>,
}

impl Sink for Recorder {
    fn send(&mut self, port: MediaPort, kind: PacketKind, to: SocketAddr, bytes: &[u8]) {
        self.sent.push(Sent { at_us: self.at_us, port, kind, to, bytes: bytes.to_vec() });
    }

    fn event(&mut self, event: Event) {
        self.events.push(match event {
            Event::Digit { stream, digit, stopped } => {
                let stopped = stopped.map_or(String::new(), |p| format!(" stopped {}", p.0));
                format!("{} digit {}{stopped}", stream.leg.0, digit.as_char())
            }
            Event::PlayDone { stream, play, end } => {
                format!("{} play {} {end:?}", stream.leg.0, play.0)
            }
            Event::Latched { stream, remote } => format!("{} latched {remote}", stream.leg.0),
            Event::Closed { stream, figures } => {
                self.closed.push(figures);
                format!("{} closed", stream.leg.0)
            }
        });
    }

    fn release(&mut self, port: MediaPort) {
        self.released.push(port);
    }
}

/// An engine, its clock, and what came out of it.
pub(super) struct Bench {
    engine: Engine,
    out: Recorder,
    now_us: u64,
}

pub(super) fn leg(number: u8) -> LegKey {
    LegKey { call: CallKey(1), leg: LegNo(number.into()) }
}

pub(super) fn port(number: u8) -> MediaPort {
    let local = SocketAddr::from(([127, 0, 0, 1], 20_000 + u16::from(number) * 2));
    MediaPort { thread: 0, local }
}

/// Where the far end of a leg sends from, as its SDP says.
pub(super) fn far(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number + 1], 4000))
}

/// A-law, events 101 both ways, 20 ms, no comfort noise.
pub(super) fn spec(number: u8) -> StreamSpec {
    StreamSpec {
        remote_rtp: Some(far(number)),
        remote_rtcp: Some(SocketAddr::new(far(number).ip(), 4001)),
        signalling: None,
        send: Some((Codec::Pcma, 8)),
        receive: smallvec![(8, Codec::Pcma), (0, Codec::Pcmu)],
        event_send: Some(101),
        event_receive: Some(101),
        comfort_noise: None,
        ptime_ms: 20,
        may_send: true,
        may_receive: true,
        rtcp_mux: false,
    }
}

impl Bench {
    pub(super) fn new() -> Bench {
        let engine = Engine::new(Mint::seeded(42, WorkerId(0)));
        Bench { engine, out: Recorder::default(), now_us: 1_000_000 }
    }

    /// Two open legs, 0 and 1, joined.
    pub(super) fn joined(a: StreamSpec, b: StreamSpec) -> Bench {
        let mut bench = Bench::new();
        bench.open(0, a);
        bench.open(1, b);
        bench.command(Command::Join { a: leg(0), b: leg(1) });
        bench
    }

    fn now(&self) -> Now {
        let wall_ms = 1_700_000_000_000 + (self.now_us / 1000) as i64;
        Now { mono: Mono(self.now_us), wall_ms }
    }

    pub(super) fn command(&mut self, command: Command) {
        self.out.at_us = self.now_us;
        let now = self.now();
        self.engine.handle_command(command, now, &mut self.out);
    }

    pub(super) fn open(&mut self, number: u8, spec: StreamSpec) {
        self.command(Command::Open { stream: leg(number), port: port(number), spec });
    }

    pub(super) fn play(&mut self, number: u8, play: u32, items: Vec<PlayItem>, any: bool) {
        use crate::media::BargeIn;
        let barge_in = if any { BargeIn::Any } else { BargeIn::No };
        let (stream, play) = (leg(number), PlayId(play));
        self.command(Command::Play { stream, play, items, repeat: false, barge_in });
    }

    pub(super) fn packet(&mut self, number: u8, from: SocketAddr, bytes: &[u8]) {
        self.out.at_us = self.now_us;
        let now = self.now();
        self.engine.handle_packet(port(number), PacketKind::Rtp, from, bytes, now, &mut self.out);
    }

    /// The far end of a leg sends a packet.
    pub(super) fn far_sends(&mut self, number: u8, header: Header, payload: &[u8]) {
        let bytes = bytes_of(header, payload);
        self.packet(number, far(number), &bytes);
    }

    /// Lets time pass in steps of 1 ms, as the media threads do.
    pub(super) fn pass(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now_us += 1000;
            self.tick();
        }
    }

    pub(super) fn tick(&mut self) {
        self.out.at_us = self.now_us;
        let now = self.now();
        self.engine.tick(now, &mut self.out);
    }

    /// The RTP sent to a leg so far, and forgets everything that was sent.
    pub(super) fn rtp_to(&mut self, number: u8) -> Vec<Sent> {
        let sent = std::mem::take(&mut self.out.sent);
        let to_leg = |s: &Sent| s.port == port(number) && s.kind == PacketKind::Rtp;
        sent.into_iter().filter(|s| to_leg(s) && !rtp::is_rtcp(&s.bytes)).collect()
    }

    pub(super) fn events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.out.events)
    }

    /// The events but for latching.
    pub(super) fn told(&mut self) -> Vec<String> {
        self.events().into_iter().filter(|e| !e.contains("latched")).collect()
    }
}

pub(super) fn bytes_of(header: Header, payload: &[u8]) -> Vec<u8> {
    let mut wire = Wire::new();
    wire.payload(payload.len()).copy_from_slice(payload);
    wire.finish(header, payload.len()).to_vec()
}

pub(super) fn audio(sequence: u16, timestamp: u32) -> Header {
    Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: 0xfa5 }
}

/// What a leg heard, as linear samples.
pub(super) fn heard(sent: &[Sent], codec: Codec) -> Vec<i16> {
    sent.iter().flat_map(|s| g711::decode_all(codec, s.rtp().payload)).collect()
}

/// Sequence numbers go up by one and timestamps by `samples`.
pub(super) fn assert_continuous(sent: &[Sent], samples: u32) {
    for pair in sent.windows(2) {
        let (a, b) = (pair[0].rtp(), pair[1].rtp());
        assert_eq!(b.ssrc, a.ssrc);
        assert_eq!(b.sequence, a.sequence.wrapping_add(1), "at {} us", pair[1].at_us);
        assert_eq!(b.timestamp, a.timestamp.wrapping_add(samples), "at {} us", pair[1].at_us);
    }
}

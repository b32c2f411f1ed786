//! The words between a call and the media engine: ports, stream specs, commands, events.

use crate::base::{LegKey, PromptId};
use smallvec::SmallVec;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The codecs that the engine can decode and encode: G.711 (ITU-T G.711, RFC 3551 §4.5.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 µ-law, static payload type 0.
    Pcmu,
}

/// A pair of bound sockets (RTP, RTCP one above) lent to a call. Its fields are plain data: the
/// socket itself lives on media thread `thread` under the local RTP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediaPort {
    /// The media thread that holds the sockets.
    pub thread: u8,
    /// The local address of the RTP socket; RTCP is on the next port.
    pub local: SocketAddr,
}

/// What a leg's stream sends and takes, by the last offer and answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSpec {
    /// Where RTP goes until something is latched; none while the far end is unknown or held at
    /// 0.0.0.0.
    pub remote_rtp: Option<SocketAddr>,
    /// Where RTCP goes; equal to `remote_rtp` with rtcp-mux.
    pub remote_rtcp: Option<SocketAddr>,
    /// Where the leg's signalling comes from: media from here is believed at once (MED-07).
    pub signalling: Option<IpAddr>,
    /// Codec and payload number that we send; none while nothing is agreed.
    pub send: Option<(Codec, u8)>,
    /// Payload numbers that we take, with their codec.
    pub receive: SmallVec<[(u8, Codec); 2]>,
    /// Payload number of telephone-event that we send, at 8000 Hz (RFC 4733).
    pub event_send: Option<u8>,
    /// Payload number of telephone-event that we take.
    pub event_receive: Option<u8>,
    /// Payload number of comfort noise that we take (RFC 3389), 13.
    pub comfort_noise: Option<u8>,
    /// Packet time of what we send, milliseconds: 10 to 60 (SDP-14).
    pub ptime_ms: u8,
    /// We may send (direction, hold).
    pub may_send: bool,
    /// What comes is taken; else dropped and counted.
    pub may_receive: bool,
    /// RTP and RTCP share a port (RFC 5761).
    pub rtcp_mux: bool,
}

/// A number for one play on one stream, counted up by the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayId(pub u32);

/// A prompt decoded and packetised once, shared by all calls.
#[derive(PartialEq, Eq)]
pub struct Prompt {
    /// Which prompt of the plan.
    pub id: PromptId,
    /// The audio in A-law at 8 kHz; the packetiser cuts it by each stream's ptime.
    pub pcma: Vec<u8>,
    /// The same in µ-law.
    pub pcmu: Vec<u8>,
}

/// `Debug` says how long it is: nobody wants a minute of audio in a log.
impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({}, {} ms)", self.id.0, self.pcma.len() / 8)
    }
}

/// Tones made by rule, not from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Ring-back: 425 Hz, 1 s on, 4 s off (ITU-T E.180).
    RingBack,
    /// Busy: 425 Hz, 0.5 s on, 0.5 s off.
    Busy,
    /// One short beep: 1000 Hz, 0.2 s.
    Beep,
    /// A steady tone at this frequency in Hz, for tests and the demo.
    Steady(u16),
}

/// One piece of what is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlayItem {
    /// A recorded prompt.
    Prompt(Arc<Prompt>),
    /// A tone: endless for ring-back, busy and steady.
    Tone(Tone),
    /// Nothing, for so many milliseconds.
    Silence(u32),
}

/// Which digits stop a play at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BargeIn {
    /// None.
    No,
    /// Every digit.
    Any,
}

/// A DTMF digit: `0`–`9`, `*`, `#`, `A`–`D` (RFC 4733 events 0 to 15).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

impl Digit {
    const ALL: &'static [u8; 16] = b"0123456789*#ABCD";

    /// From an RFC 4733 event number.
    #[must_use]
    pub fn from_event(event: u8) -> Option<Digit> {
        Digit::ALL.get(usize::from(event)).map(|b| Digit(*b))
    }

    /// From its character, in any case.
    #[must_use]
    pub fn from_char(c: char) -> Option<Digit> {
        let upper = c.to_ascii_uppercase() as u32;
        Digit::ALL.iter().find(|b| u32::from(**b) == upper).map(|b| Digit(*b))
    }

    /// The RFC 4733 event number, 0 to 15.
    #[must_use]
    pub fn event(self) -> u8 {
        Digit::ALL.iter().position(|b| *b == self.0).unwrap_or(0) as u8
    }

    /// The character.
    #[must_use]
    pub fn as_char(self) -> char {
        char::from(self.0)
    }
}

/// Digits are personal data: `Debug` does not show them.
impl std::fmt::Debug for Digit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digit(…)")
    }
}

/// What a call asks of the engine. Commands of one worker keep their order.
#[derive(Clone, Debug)]
pub enum Command {
    /// Begin a stream on a port. Comes first for a leg.
    Open {
        /// The leg.
        stream: LegKey,
        /// The port lent to it.
        port: MediaPort,
        /// What to send and take.
        spec: StreamSpec,
    },
    /// A new offer and answer was agreed: a new latch window opens (MED-07).
    Update {
        /// The leg.
        stream: LegKey,
        /// What to send and take from now on.
        spec: StreamSpec,
    },
    /// End a stream; answered by [`Event::Closed`]. The port is the engine's again, in quarantine.
    Close {
        /// The leg.
        stream: LegKey,
    },
    /// Play to the leg, in place of what plays now. What the other party says is not relayed to
    /// this leg meanwhile.
    Play {
        /// The leg.
        stream: LegKey,
        /// The number under which its end is told.
        play: PlayId,
        /// The pieces, one behind the other.
        items: Vec<PlayItem>,
        /// Begin again at the end (music).
        repeat: bool,
        /// Whether a digit stops it.
        barge_in: BargeIn,
    },
    /// Stop what plays, if it is this play.
    Stop {
        /// The leg.
        stream: LegKey,
        /// The play.
        play: PlayId,
    },
    /// Relay between two streams, transcoding where the codecs differ.
    Join {
        /// One leg.
        a: LegKey,
        /// The other.
        b: LegKey,
    },
    /// Relay no longer.
    Part {
        /// Either leg of the join.
        stream: LegKey,
    },
    /// Send a digit as RFC 4733 events of 100 ms, each ended thrice; queued behind others.
    SendDigit {
        /// The leg.
        stream: LegKey,
        /// The digit.
        digit: Digit,
    },
}

impl Command {
    /// The leg it is for.
    #[must_use]
    pub fn stream(&self) -> LegKey {
        match self {
            Command::Open { stream, .. }
            | Command::Update { stream, .. }
            | Command::Close { stream }
            | Command::Play { stream, .. }
            | Command::Stop { stream, .. }
            | Command::Join { a: stream, .. }
            | Command::Part { stream }
            | Command::SendDigit { stream, .. } => *stream,
        }
    }
}

/// How a play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayEnd {
    /// All of it was sent.
    Finished,
    /// A digit stopped it.
    BargedIn,
    /// A command stopped or replaced it.
    Stopped,
}

/// What the engine tells a call.
#[derive(Clone, Debug)]
pub enum Event {
    /// A digit was heard by RFC 4733, once (MED-01, MED-05).
    Digit {
        /// The leg.
        stream: LegKey,
        /// The digit.
        digit: Digit,
        /// The play that it stopped, if one was stopped by it.
        stopped: Option<PlayId>,
    },
    /// A play ended.
    PlayDone {
        /// The leg.
        stream: LegKey,
        /// The play.
        play: PlayId,
        /// How.
        end: PlayEnd,
    },
    /// The first RTP of this stream came, or another source was latched.
    Latched {
        /// The leg.
        stream: LegKey,
        /// Where it came from.
        remote: SocketAddr,
    },
    /// The stream is gone; its port is in quarantine.
    Closed {
        /// The leg.
        stream: LegKey,
        /// The figures for the CDR.
        figures: StreamFigures,
    },
}

impl Event {
    /// The leg it is about.
    #[must_use]
    pub fn stream(&self) -> LegKey {
        match self {
            Event::Digit { stream, .. }
            | Event::PlayDone { stream, .. }
            | Event::Latched { stream, .. }
            | Event::Closed { stream, .. } => *stream,
        }
    }
}

/// What one leg's stream carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamFigures {
    /// RTP packets taken.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets missing by sequence number (RFC 3550 A.3); duplicates do not make it negative.
    pub packets_lost: u64,
    /// Packets thrown away: wrong version, payload type, source, or too short.
    pub packets_dropped: u64,
    /// Interarrival jitter in microseconds (RFC 3550 A.8), at the end.
    pub jitter_us: u32,
    /// Loss that the far end reported by RTCP, in 1/256.
    pub remote_fraction_lost: u8,
    /// Round trip by RTCP (RFC 3550 §6.4.1) in microseconds; 0 if never known.
    pub round_trip_us: u32,
    /// Digits heard.
    pub digits: u32,
}

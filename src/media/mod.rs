//! The media engine: RTP and RTCP by leg, relay, players, tones, DTMF. It knows no SDP and no call.
//!
//! `call/negotiate` turns offers and answers into a [`StreamSpec`]; the engine takes packets,
//! commands and time, and gives packets and events. The sockets and threads are in `io/media`.

pub mod spec;

pub use spec::{
    BargeIn, Codec, Command, Digit, Event, MediaPort, PlayEnd, PlayId, PlayItem, Prompt,
    StreamFigures, StreamSpec, Tone,
};

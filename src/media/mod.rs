//! The media engine: RTP and RTCP by leg, relay, players, tones, DTMF. It knows no SDP and no call.
//!
//! `call/negotiate` turns offers and answers into a [`StreamSpec`]; the engine takes packets,
//! commands and time, and gives packets and events. The sockets and threads are in `io/media`.
//!
//! A packet's way: [`Engine::handle_packet`] → `receive` (known payload type? `latch`: the right
//! source? `quality`, `dtmf`) → the joined stream's `carry` (`relay`, `g711`) → [`Sink::send`].
//! What we say ourselves: [`Engine::tick`] → `stream` → `player`, `dtmf` or silence, stamped by
//! `outbound`. Reports: `rtcp`, `report`.

mod dtmf;
pub mod engine;
pub mod g711;
mod latch;
mod outbound;
mod player;
pub mod ports;
pub mod prompt;
mod quality;
mod receive;
mod relay;
mod report;
mod rtcp;
mod rtp;
pub mod spec;
mod stream;
pub mod tone;

pub use engine::{Engine, PacketKind, Sink};
pub use ports::{Family, PortSupply, Want};
pub use prompt::{PromptBook, PromptError};
pub use spec::{
    BargeIn, Codec, Command, Digit, Event, MediaPort, PlayEnd, PlayId, PlayItem, Prompt,
    StreamFigures, StreamSpec, Tone,
};

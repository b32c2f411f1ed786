//! Two legs in the media engine without sockets: for the count of allocations, and for the bench of the
//! same packets.

use centralino::base::{CallKey, LegKey, LegNo, Mono, Now};
use centralino::media::{Codec, MediaPort, StreamSpec};
use std::net::SocketAddr;

pub(crate) fn leg(number: u8) -> LegKey {
    LegKey { call: CallKey(1), leg: LegNo(number.into()) }
}

pub(crate) fn port(number: u8) -> MediaPort {
    MediaPort { thread: 0, local: SocketAddr::from(([127, 0, 0, 1], 2000 + 2 * u16::from(number))) }
}

pub(crate) fn far(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 4000))
}

pub(crate) fn spec(number: u8, codec: Codec, payload_type: u8) -> StreamSpec {
    StreamSpec {
        remote_rtp: Some(far(number)),
        remote_rtcp: Some(far(number)),
        signalling: None,
        send: Some((codec, payload_type)),
        receive: [(payload_type, codec)].into_iter().collect(),
        event_send: Some(101),
        event_receive: Some(101),
        comfort_noise: None,
        ptime_ms: 20,
        may_send: true,
        may_receive: true,
        rtcp_mux: true,
    }
}

pub(crate) fn at(ms: u64) -> Now {
    Now { mono: Mono(ms * 1000), wall_ms: ms as i64 }
}

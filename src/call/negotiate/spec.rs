//! From a codec's name to what the media engine understands, and back.

use crate::media::Codec;
use crate::sip::sdp::RtpMap;

/// The payload number that we offer for telephone-event (any dynamic one would do; 101 is what
/// most phones expect to see).
pub(super) const EVENT_PAYLOAD_TYPE: u8 = 101;
/// The clock of all our codecs and events, Hz.
pub(super) const CLOCK_HZ: u32 = 8000;
/// Shortest and longest packet time that we send, milliseconds (SDP-14).
pub(super) const PTIME_MS: std::ops::RangeInclusive<u32> = 10..=60;
/// The packet time where none is named (RFC 3551 §4.2).
pub(super) const PTIME_DEFAULT_MS: u32 = 20;

/// The static payload number (RFC 3551 §6).
pub(super) fn static_number(codec: Codec) -> u8 {
    match codec {
        Codec::Pcma => 8,
        Codec::Pcmu => 0,
    }
}

/// The encoding name (RFC 3551 §4.5.14).
pub(super) fn encoding(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcma => "PCMA",
        Codec::Pcmu => "PCMU",
    }
}

/// The codec of a mapping, if it is one of ours.
pub(super) fn codec_of(map: &RtpMap) -> Option<Codec> {
    if map.clock_hz != CLOCK_HZ || map.channels != 1 {
        return None;
    }
    match map.encoding.as_str() {
        "PCMA" => Some(Codec::Pcma),
        "PCMU" => Some(Codec::Pcmu),
        _ => None,
    }
}

/// Whether a mapping is telephone-event at our clock (REAL-14: others may stand beside it).
pub(super) fn is_event(map: &RtpMap) -> bool {
    map.clock_hz == CLOCK_HZ && map.encoding.eq_ignore_ascii_case("telephone-event")
}

/// Whether a mapping is comfort noise (RFC 3389).
pub(super) fn is_comfort_noise(map: &RtpMap) -> bool {
    map.clock_hz == CLOCK_HZ && map.encoding.eq_ignore_ascii_case("CN")
}

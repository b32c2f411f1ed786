//! Session descriptions (RFC 4566/8866), read tolerantly and written plainly.

use std::net::IpAddr;

/// Why bytes are no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpError(pub &'static str);

/// `o=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name, `-` if none.
    pub user: String,
    /// Session id.
    pub id: u64,
    /// Version: one up whenever the content changes (RFC 3264 §8).
    pub version: u64,
    /// The address that makes it unique; a name is kept as text.
    pub address: String,
}

/// A whole description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp {
    /// `o=`
    pub origin: Origin,
    /// `s=`
    pub name: String,
    /// Session-level `c=`; none if it is missing or names a host we cannot read.
    pub connection: Option<IpAddr>,
    /// Session-level `a=` lines, name and value.
    pub attributes: Vec<(String, Option<String>)>,
    /// The `m=` lines in order.
    pub media: Vec<Media>,
}

/// One `m=` line with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, …
    pub kind: String,
    /// Port; 0 means refused.
    pub port: u16,
    /// `RTP/AVP`, `RTP/AVPF`, `RTP/SAVP`, `udptl`, …
    pub protocol: String,
    /// Formats as written (payload types for RTP).
    pub formats: Vec<String>,
    /// Media-level `c=`.
    pub connection: Option<IpAddr>,
    /// `a=` lines in order.
    pub attributes: Vec<(String, Option<String>)>,
}

/// Which way media may flow, seen from the one who wrote it (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from the writer.
    SendOnly,
    /// Only to the writer.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The same seen from the other end.
    #[must_use]
    pub fn reversed(self) -> Direction {
        match self {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::SendRecv | Direction::Inactive => self,
        }
    }
}

/// `a=rtpmap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// Payload type 0 to 127.
    pub payload_type: u8,
    /// Encoding name, upper case.
    pub encoding: String,
    /// Clock rate in Hz.
    pub clock_hz: u32,
    /// Channels, 1 unless named.
    pub channels: u8,
}

impl Sdp {
    /// Reads a description; unknown lines and attributes are tolerated (SDP-16), broken ones are
    /// an error (SDP-17).
    pub fn parse(_text: &[u8]) -> Result<Sdp, SdpError> {
        todo!()
    }

    /// Writes it with CRLF, `v=0`, `t=0 0`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }

    /// The address for one of our media lines: its own `c=`, else the session's.
    #[must_use]
    pub fn address(&self, media: &Media) -> Option<IpAddr> {
        media.connection.or(self.connection)
    }

    /// The direction of one media line: its own attribute, else the session's, else sendrecv.
    #[must_use]
    pub fn direction(&self, _media: &Media) -> Direction {
        todo!()
    }
}

impl Media {
    /// An attribute's value; `Some("")` for a flag.
    #[must_use]
    pub fn attribute(&self, _name: &str) -> Option<&str> {
        todo!()
    }

    /// The payload types in order of preference with their mapping; the static ones of RFC 3551
    /// (0, 3, 4, 8, 9, 13, 18) are known without `rtpmap`.
    #[must_use]
    pub fn rtp_maps(&self) -> Vec<RtpMap> {
        todo!()
    }

    /// `a=fmtp` of one payload type.
    #[must_use]
    pub fn fmtp(&self, _payload_type: u8) -> Option<&str> {
        todo!()
    }

    /// `a=ptime` in milliseconds.
    #[must_use]
    pub fn ptime_ms(&self) -> Option<u32> {
        todo!()
    }
}

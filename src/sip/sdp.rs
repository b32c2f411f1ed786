//! Session descriptions (RFC 4566/8866), read tolerantly and written plainly.

use std::fmt;
use std::io::Write;
use std::net::IpAddr;

/// Lines of one description; a browser with video, ICE and many codecs writes some 200.
const LINES: usize = 1024;
/// `m=` lines of one description.
const MEDIA: usize = 32;
/// Formats of one `m=` line: there are 128 payload types.
const FORMATS: usize = 128;

/// Why bytes are no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdpError(pub &'static str);

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SdpError {}

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
    /// an error (SDP-17). `s=` and `t=` may be missing, as nothing follows from them.
    pub fn parse(text: &[u8]) -> Result<Sdp, SdpError> {
        let mut lines = text.split(|&byte| byte == b'\n').enumerate().filter_map(|(at, line)| {
            if at >= LINES {
                return Some(Err(SdpError("too many lines")));
            }
            let line = line.trim_ascii_end();
            (!line.is_empty()).then(|| typed(line))
        });
        match lines.next() {
            Some(Ok((b'v', b"0"))) => {}
            Some(Ok((b'v', _))) => return Err(SdpError("version is not 0")),
            Some(Ok(_)) | None => return Err(SdpError("no v= line")),
            Some(Err(error)) => return Err(error),
        }
        let mut parser = Parser::default();
        for line in lines {
            let (kind, value) = line?;
            parser.line(kind, String::from_utf8_lossy(value).as_ref())?;
        }
        Ok(Sdp {
            origin: parser.origin.ok_or(SdpError("no o= line"))?,
            name: parser.name.unwrap_or_else(|| "-".to_owned()),
            connection: parser.connection,
            attributes: parser.attributes,
            media: parser.media,
        })
    }

    /// Writes it with CRLF, `v=0`, `t=0 0`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let Origin { user, id, version, address, .. } = &self.origin;
        let family = if address.contains(':') { "IP6" } else { "IP4" };
        line(&mut out, format_args!("v=0"));
        let user = or_dash(user);
        line(&mut out, format_args!("o={user} {id} {version} IN {family} {address}"));
        line(&mut out, format_args!("s={}", or_dash(&self.name)));
        write_connection(&mut out, self.connection);
        line(&mut out, format_args!("t=0 0"));
        write_attributes(&mut out, &self.attributes);
        for media in &self.media {
            let formats = media.formats.join(" ");
            let Media { kind, port, protocol, .. } = media;
            line(&mut out, format_args!("m={kind} {port} {protocol} {formats}"));
            write_connection(&mut out, media.connection);
            write_attributes(&mut out, &media.attributes);
        }
        out
    }

    /// The address for one of our media lines: its own `c=`, else the session's.
    #[must_use]
    pub fn address(&self, media: &Media) -> Option<IpAddr> {
        media.connection.or(self.connection)
    }

    /// The direction of one media line: its own attribute, else the session's, else sendrecv.
    #[must_use]
    pub fn direction(&self, media: &Media) -> Direction {
        let own = direction_of(&media.attributes);
        own.or_else(|| direction_of(&self.attributes)).unwrap_or(Direction::SendRecv)
    }
}

impl Media {
    /// An attribute's value; `Some("")` for a flag.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of an attribute that may stand more than once, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let attributes = self.attributes.iter().filter(move |(key, _)| key == name);
        attributes.map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// The payload types in order of preference with their mapping; the static ones of RFC 3551
    /// (0, 3, 4, 8, 9, 13, 18) are known without `rtpmap`.
    #[must_use]
    pub fn rtp_maps(&self) -> Vec<RtpMap> {
        let mut named: [Option<RtpMap>; PAYLOAD_TYPES] = [const { None }; PAYLOAD_TYPES];
        for map in self.all("rtpmap").filter_map(read_rtp_map) {
            if let Some(place) = named.get_mut(usize::from(map.payload_type)) {
                place.get_or_insert(map);
            }
        }
        let payload_types = self.formats.iter().filter_map(|format| format.parse::<u8>().ok());
        payload_types
            .filter_map(|pt| named.get_mut(usize::from(pt))?.take().or_else(|| static_rtp_map(pt)))
            .collect()
    }

    /// `a=fmtp` of one payload type.
    #[must_use]
    pub fn fmtp(&self, payload_type: u8) -> Option<&str> {
        self.all("fmtp").find_map(|value| {
            let (format, parameters) = value.split_once(' ')?;
            (format.parse() == Ok(payload_type)).then(|| parameters.trim())
        })
    }

    /// `a=ptime` in milliseconds.
    #[must_use]
    pub fn ptime_ms(&self) -> Option<u32> {
        let value = self.attribute("ptime")?.trim();
        value.split('.').next()?.parse().ok().filter(|&ms| ms > 0)
    }
}

/// Payload types are numbers of seven bits.
const PAYLOAD_TYPES: usize = 128;

/// What has been read so far; lines before the first `m=` are the session's.
#[derive(Default)]
struct Parser {
    origin: Option<Origin>,
    name: Option<String>,
    connection: Option<IpAddr>,
    attributes: Vec<(String, Option<String>)>,
    media: Vec<Media>,
}

impl Parser {
    fn line(&mut self, kind: u8, value: &str) -> Result<(), SdpError> {
        let media = self.media.last_mut();
        match kind {
            b'o' => {
                self.origin.get_or_insert(read_origin(value)?);
            }
            b's' => {
                self.name.get_or_insert(value.trim().to_owned());
            }
            b'c' => {
                let place = media.map_or(&mut self.connection, |media| &mut media.connection);
                *place = place.or(read_connection(value)?);
            }
            b'a' => {
                let (name, value) = match value.split_once(':') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (value, None),
                };
                let place = media.map_or(&mut self.attributes, |media| &mut media.attributes);
                place.push((name.trim().to_owned(), value));
            }
            b'm' if self.media.len() >= MEDIA => return Err(SdpError("too many m= lines")),
            b'm' => self.media.push(read_media(value)?),
            b'v' => return Err(SdpError("more than one v= line")),
            _ => {}
        }
        Ok(())
    }
}

/// Cuts a line into its letter and its value.
fn typed(line: &[u8]) -> Result<(u8, &[u8]), SdpError> {
    match line.split_first_chunk() {
        Some((_, value)) if value.iter().any(|byte| b"\0\r".contains(byte)) => {
            Err(SdpError("NUL or CR inside a line"))
        }
        Some((&[kind, b'='], value)) if kind.is_ascii_alphabetic() => Ok((kind, value)),
        _ => Err(SdpError("a line that is not <letter>=<value>")),
    }
}

fn read_origin(value: &str) -> Result<Origin, SdpError> {
    let mut fields = value.split_ascii_whitespace();
    let mut field = || fields.next().ok_or(SdpError("o= has too few fields"));
    let user = field()?.to_owned();
    let number = |text: &str| text.parse().map_err(|_| SdpError("o= has no number"));
    let (id, version) = (number(field()?)?, number(field()?)?);
    let (_, _, address) = (field()?, field()?, field()?);
    Ok(Origin { user, id, version, address: address.to_owned() })
}

/// `IN IP4 address[/ttl[/count]]`; none for what is no literal address.
fn read_connection(value: &str) -> Result<Option<IpAddr>, SdpError> {
    let mut fields = value.split_ascii_whitespace().skip(2);
    let address = fields.next().ok_or(SdpError("c= has too few fields"))?;
    Ok(address.split('/').next().and_then(|address| address.parse().ok()))
}

fn read_media(value: &str) -> Result<Media, SdpError> {
    let mut fields = value.split_ascii_whitespace();
    let mut field = || fields.next().ok_or(SdpError("m= has too few fields"));
    let (kind, port, protocol) = (field()?, field()?, field()?);
    let port = port.split('/').next().unwrap_or_default();
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SdpError("m= has no port"));
    }
    let port = port.parse().map_err(|_| SdpError("m= has no port"))?;
    let formats: Vec<_> = fields.take(FORMATS + 1).map(str::to_owned).collect();
    match formats.len() {
        // Some write a refused line without its formats, and nothing hangs on those.
        0 if port != 0 => return Err(SdpError("m= has no formats")),
        len if len > FORMATS => return Err(SdpError("m= has too many formats")),
        _ => {}
    }
    Ok(Media {
        kind: kind.to_owned(),
        port,
        protocol: protocol.to_owned(),
        formats,
        connection: None,
        attributes: Vec::new(),
    })
}

/// `<payload type> <encoding>/<clock rate>[/<channels>]`; none for what cannot be used.
fn read_rtp_map(value: &str) -> Option<RtpMap> {
    let (payload_type, rest) = value.trim().split_once(' ')?;
    let mut parts = rest.trim().split('/');
    Some(RtpMap {
        payload_type: payload_type.parse().ok().filter(|&pt| usize::from(pt) < PAYLOAD_TYPES)?,
        encoding: parts.next().filter(|name| !name.is_empty())?.to_ascii_uppercase(),
        clock_hz: parts.next()?.trim().parse().ok().filter(|&hz| hz > 0)?,
        channels: match parts.next() {
            Some(channels) => channels.trim().parse().ok().filter(|&n| n > 0)?,
            None => 1,
        },
    })
}

/// RFC 3551 table 4, and RFC 3389 for comfort noise.
fn static_rtp_map(payload_type: u8) -> Option<RtpMap> {
    let encoding = match payload_type {
        0 => "PCMU",
        3 => "GSM",
        4 => "G723",
        8 => "PCMA",
        9 => "G722",
        13 => "CN",
        18 => "G729",
        _ => return None,
    };
    Some(RtpMap { payload_type, encoding: encoding.to_owned(), clock_hz: 8000, channels: 1 })
}

fn direction_of(attributes: &[(String, Option<String>)]) -> Option<Direction> {
    attributes.iter().find_map(|(name, _)| {
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
            .into_iter()
            .find(|direction| direction.as_str() == name)
    })
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// Writes one line. What could end it early becomes a space, as in a header.
fn line(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    let from = out.len();
    // Writing into a Vec does not fail.
    let _ = out.write_fmt(text);
    for byte in out.iter_mut().skip(from) {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn write_connection(out: &mut Vec<u8>, connection: Option<IpAddr>) {
    match connection {
        Some(IpAddr::V4(address)) => line(out, format_args!("c=IN IP4 {address}")),
        Some(IpAddr::V6(address)) => line(out, format_args!("c=IN IP6 {address}")),
        None => {}
    }
}

fn write_attributes(out: &mut Vec<u8>, attributes: &[(String, Option<String>)]) {
    for (name, value) in attributes {
        match value {
            Some(value) => line(out, format_args!("a={name}:{value}")),
            None => line(out, format_args!("a={name}")),
        }
    }
}

#[cfg(test)]
#[path = "sdp_tests.rs"]
mod tests;

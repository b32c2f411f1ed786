//! Writing our description: plain RFC 4566, one audio line of ours, the others refused.

use super::{Line, Local, spec};
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// Everything but `v=` and `o=`, so that two descriptions can be compared.
pub(super) fn body(local: &Local, lines: &[Line], media: SocketAddr) -> Vec<u8> {
    let mut text = String::with_capacity(320);
    text.push_str("s=-\r\n");
    let _ = write!(text, "c=IN {}\r\nt=0 0\r\n", address(media.ip()));
    for (index, line) in lines.iter().enumerate() {
        if index == local.audio {
            audio(&mut text, local, media.port());
        } else {
            refused(&mut text, line);
        }
    }
    text.into_bytes()
}

/// The whole description.
pub(super) fn with_origin(id: u64, version: u64, ip: IpAddr, body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(body.len() + 80);
    let head = format!("v=0\r\no=- {id} {version} IN {}\r\n", address(ip));
    whole.extend_from_slice(head.as_bytes());
    whole.extend_from_slice(body);
    whole
}

fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("IP4 {ip}"),
        IpAddr::V6(ip) => format!("IP6 {ip}"),
    }
}

fn audio(text: &mut String, local: &Local, port: u16) {
    let _ = write!(text, "m=audio {port} {}", local.protocol);
    let others = [local.event, local.comfort_noise];
    let numbers = local.codecs.iter().map(|n| n.payload_type).chain(others.into_iter().flatten());
    for number in numbers {
        let _ = write!(text, " {number}");
    }
    text.push_str("\r\n");
    for n in &local.codecs {
        let _ = write!(text, "a=rtpmap:{} {}/8000\r\n", n.payload_type, spec::encoding(n.codec));
    }
    if let Some(event) = local.event {
        let _ = write!(text, "a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n");
    }
    if let Some(noise) = local.comfort_noise {
        let _ = write!(text, "a=rtpmap:{noise} CN/8000\r\n");
    }
    let _ = write!(text, "a=ptime:{}\r\n", local.ptime_ms);
    if local.rtcp_mux {
        text.push_str("a=rtcp-mux\r\n");
    }
    let _ = write!(text, "a={}\r\n", local.direction.as_str());
}

/// SDP-01: a line that we do not take keeps its place with port 0.
fn refused(text: &mut String, line: &Line) {
    let _ = write!(text, "m={} 0 {}", line.kind, line.protocol);
    if line.formats.is_empty() {
        text.push_str(" 0");
    }
    for format in &line.formats {
        let _ = write!(text, " {format}");
    }
    text.push_str("\r\n");
}

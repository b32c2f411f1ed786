//! Reading the far end's description: what we take of an offer, what an answer settles.

use super::{Agreed, Local, Numbered, Unusable, is_nowhere, meet, spec};
use crate::media::{Codec, StreamSpec};
use crate::sip::sdp::{Direction, Media, RtpMap, Sdp};
use std::net::{IpAddr, SocketAddr};

/// Chooses the audio line and codec of an offer: the first audio line we can take, and of its
/// codecs the first that the plan allows, since the order is the offerer's wish (RFC 3264 §6.1).
pub(super) fn choose(
    offer: &Sdp,
    allowed: &[Codec],
    want: Direction,
) -> Result<(Local, Agreed), Unusable> {
    for (index, media) in offer.media.iter().enumerate() {
        if !is_our_audio(media) {
            continue;
        }
        let maps = media.rtp_maps();
        let Some(chosen) = first_allowed(&maps, allowed) else { continue };
        let far = far_direction(offer, media);
        let direction = meet(want, far);
        let local = Local {
            audio: index,
            protocol: media.protocol.clone(),
            codecs: vec![chosen],
            event: maps.iter().find(|m| spec::is_event(m)).map(|m| m.payload_type),
            comfort_noise: maps.iter().find(|m| spec::is_comfort_noise(m)).map(|m| m.payload_type),
            direction,
            rtcp_mux: media.attribute("rtcp-mux").is_some(),
            ptime_ms: spec::PTIME_DEFAULT_MS as u8,
        };
        let agreed = agree(offer, media, &local, chosen, local.event);
        return Ok((local, agreed));
    }
    Err(Unusable::NoCodec)
}

/// Reads the answer to what `local` offered.
pub(super) fn read_answer(answer: &Sdp, local: &Local) -> Result<Agreed, Unusable> {
    let media = answer.media.get(local.audio).ok_or(Unusable::Mismatch)?;
    if media.kind != "audio" || media.port == 0 {
        return Err(Unusable::NoCodec);
    }
    let offered: Vec<Codec> = local.codecs.iter().map(|n| n.codec).collect();
    let maps = media.rtp_maps();
    let chosen = first_allowed(&maps, &offered).ok_or(Unusable::NoCodec)?;
    let event = maps.iter().find(|m| spec::is_event(m)).map(|m| m.payload_type);
    Ok(agree(answer, media, local, chosen, event.filter(|_| local.event.is_some())))
}

fn is_our_audio(media: &Media) -> bool {
    media.kind == "audio"
        && media.port != 0
        && matches!(media.protocol.as_str(), "RTP/AVP" | "RTP/AVPF")
}

fn first_allowed(maps: &[RtpMap], allowed: &[Codec]) -> Option<Numbered> {
    maps.iter().find_map(|map| {
        let codec = spec::codec_of(map).filter(|c| allowed.contains(c))?;
        Some(Numbered { codec, payload_type: map.payload_type })
    })
}

/// What the far end wrote about itself; an unspecified address is the old way to hold.
fn far_direction(sdp: &Sdp, media: &Media) -> Direction {
    let direction = sdp.direction(media);
    match sdp.address(media) {
        Some(address) if is_nowhere(address) => meet(Direction::SendOnly, direction.reversed()),
        _ => direction,
    }
}

/// The numbers we send with are the far end's, those we take are the ones we named; they are
/// the same where we answered (RFC 3264 §5.1).
fn agree(
    sdp: &Sdp,
    media: &Media,
    local: &Local,
    sending: Numbered,
    event_send: Option<u8>,
) -> Agreed {
    let remote_direction = far_direction(sdp, media);
    let flows = meet(local.direction, remote_direction);
    let address = sdp.address(media).filter(|a| !is_nowhere(*a));
    let remote_rtp = address.map(|a| SocketAddr::new(a, media.port));
    let rtcp_mux = local.rtcp_mux && media.attribute("rtcp-mux").is_some();
    let remote_rtcp = match remote_rtp {
        Some(rtp) if rtcp_mux => Some(rtp),
        Some(rtp) => Some(rtcp_address(media, rtp)),
        None => None,
    };
    let spec = StreamSpec {
        remote_rtp,
        remote_rtcp,
        signalling: None,
        send: Some((sending.codec, sending.payload_type)),
        receive: local.codecs.iter().map(|n| (n.payload_type, n.codec)).collect(),
        event_send,
        event_receive: local.event.filter(|_| event_send.is_some()),
        comfort_noise: local.comfort_noise,
        ptime_ms: ptime(media),
        may_send: matches!(flows, Direction::SendRecv | Direction::SendOnly),
        may_receive: matches!(flows, Direction::SendRecv | Direction::RecvOnly),
        rtcp_mux,
    };
    Agreed { spec, remote_direction }
}

/// `a=rtcp:port [IN IP4 address]` (RFC 3605), else the next port (RFC 3550 §11).
fn rtcp_address(media: &Media, rtp: SocketAddr) -> SocketAddr {
    let mut words = media.attribute("rtcp").unwrap_or("").split_ascii_whitespace();
    let port = words.next().and_then(|p| p.parse().ok()).unwrap_or(rtp.port().saturating_add(1));
    let address = words.nth(2).and_then(|a| a.parse::<IpAddr>().ok()).unwrap_or(rtp.ip());
    SocketAddr::new(address, port)
}

fn ptime(media: &Media) -> u8 {
    let limit = media.attribute("maxptime").and_then(|v| v.trim().parse::<u32>().ok());
    let wish = media.ptime_ms().unwrap_or(spec::PTIME_DEFAULT_MS);
    let wish = wish.min(limit.unwrap_or(u32::MAX)) / 10 * 10;
    wish.clamp(*spec::PTIME_MS.start(), *spec::PTIME_MS.end()) as u8
}

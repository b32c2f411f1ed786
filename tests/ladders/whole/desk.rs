//! The desk: a called party without a phone, answered for by hand; how a ladder reaches it, and what
//! both of its ends say then.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::Behaviour;
use std::net::{IpAddr, Ipv4Addr};

/// The desk's description, with media at this port.
pub(crate) fn sdp_of_desk(port: u16, version: u8) -> String {
    format!(
        "v=0\no=- 7 {version} IN IP4 10.0.0.6\ns=-\nc=IN IP4 10.0.0.6\nt=0 0\n\
         m=audio {port} RTP/AVP 8\na=rtpmap:8 PCMA/8000"
    )
}

/// The probe's offer with its media at this port.
pub(crate) fn offer_at(port: u16) -> String {
    OFFER.replace("40000", &port.to_string()).replace("o=- 1 1", &format!("o=- 1 {port}"))
}

pub(crate) const DESKS: &str = "<sip:desk@10.0.0.6:5060>";

/// Where the desk is that 300 leads to here: no phone lives there.
pub(crate) const DESK: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 6));

pub(crate) fn desk_set() -> Set {
    desk_set_with(&[])
}

/// The same with these texts of the plan replaced too.
#[track_caller]
pub(crate) fn desk_set_with(changes: &[(&str, &str)]) -> Set {
    let to_desk = (TO_ANNA, "\"300\": { dial: \"sip:desk@10.0.0.6\", ring: 10s }");
    let changes = [&[to_desk], changes].concat();
    let mut set = set_with(&config_with(&changes), idle(), idle());
    set.world.ladder.name(DESK, "desk");
    set
}

/// Where 300 leads in the plan.
const TO_ANNA: &str = "\"300\": { dial: \"sip:anna@10.0.0.2\", ring: 10s }";

/// The last message between these two that begins so.
#[track_caller]
pub(crate) fn last(set: &Set, from: &str, to: &str, what: &str) -> String {
    set.messages(from, to, what).pop().unwrap_or_else(|| set.message(from, to, what))
}

/// A set with a desk that has no phone, called by the caller at 300; our INVITE to it.
pub(crate) fn desk_by_hand(caller: Behaviour) -> (Set, String) {
    let mut set = desk_set();
    set.call("300", caller);
    set.run(ms(5));
    let invite = set.message("us", "desk", "INVITE");
    (set, invite)
}

/// The desk's 200 and 4 ms.
pub(crate) fn desk_answers(set: &mut Set, invite: &str) {
    set.send_whole(DESK, response(invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1)));
    set.run(ms(4));
}

/// The desk's 200 to the last request of this method.
pub(crate) fn desk_says_ok(set: &mut Set, method: &str, more: &str, sdp: &str) {
    let request = last(set, "us", "desk", method);
    set.send_whole(DESK, reply(&request, "200 OK", DESK, more, sdp));
    set.run(ms(4));
}

/// A call of the probe's that the desk has answered; the probe's INVITE, our 200 to it, our
/// INVITE to the desk.
pub(crate) fn both_by_hand(headers: &[&str]) -> (Set, Request, String, String) {
    let mut set = desk_set();
    let request = headers.iter().fold(Request::invite("300"), |r, header| r.with(header));
    set.probe(&request);
    let invite = set.message("us", "desk", "INVITE");
    desk_answers(&mut set, &invite);
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    set.probe(&ack);
    (set, request, answer, invite)
}

pub(crate) const ANSWERED: &str = "
    probe -> us INVITE (sdp)
    us -> desk INVITE (sdp)
    desk -> us 200 INVITE (sdp)
    us -> desk ACK
    us -> probe 200 INVITE (sdp)
    probe -> us ACK";

//! The Via: where answers go, peers of RFC 2543 without a branch of ours, and INVITEs too large for a
//! datagram.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::{Action, Behaviour};
use std::net::SocketAddr;

/// The Via of the probe's requests.
const VIA: &str = "SIP/2.0/UDP 10.0.0.7:5060;branch=";

/// A set where two more ports of the probe's host have names: where its packets come from, and where its
/// Via says that it is.
fn named(mut set: Set) -> Set {
    set.world.ladder.name_door(source(), "source");
    set.world.ladder.name_door((PROBE, 5070).into(), "sent-by");
    set
}

fn source() -> SocketAddr {
    (PROBE, 7777).into()
}

/// Says this from the source port with this Via, and waits.
fn say(set: &mut Set, request: &Request, via: &str) {
    let text = request.text().replace(VIA, &format!("{via};branch="));
    set.send_between(source(), (US, 5060).into(), text);
    set.run(ms(20));
}

/// TXN-14: a Via that is not where the packet comes from: `received` is filled in, and the answers go to
/// its host; to the source port with `rport`, else to sent-by's. A peer that is `symmetric` in the plan is
/// answered where it really is. In the dialog it is the same.
#[test]
fn txn_14_answers_go_where_the_via_and_the_source_say() {
    for (via, symmetric, to, stamp) in [
        ("SIP/2.0/UDP 10.0.0.7:5070", false, "sent-by", ""),
        ("SIP/2.0/UDP pc.example.net:5070", false, "sent-by", ";received=10.0.0.7"),
        ("SIP/2.0/UDP 192.168.1.7:5070", false, "sent-by", ";received=10.0.0.7"),
        ("SIP/2.0/UDP 192.168.1.7", false, "probe", ";received=10.0.0.7"),
        ("SIP/2.0/UDP 192.168.1.7;rport", false, "source", ";received=10.0.0.7;rport=7777"),
        ("SIP/2.0/UDP 10.0.0.7:5070;rport", false, "source", ";received=10.0.0.7;rport=7777"),
        // Made up by the sender: what we saw counts.
        ("SIP/2.0/UDP 192.168.1.7;received=10.0.0.3;rport=5060", false, "source", "=7777"),
        ("SIP/2.0/UDP 192.168.1.7:5070", true, "source", ";received=10.0.0.7;rport=7777"),
    ] {
        let trusted = format!("symmetric: {symmetric}\n    trusted: true");
        let mut set = named(desk_set_with(&[("trusted: true", &trusted)]));
        let request = Request::invite("300");
        say(&mut set, &request, via);
        let invite = set.message("us", "desk", "INVITE");
        set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
        set.run(ms(4));
        desk_answers(&mut set, &invite);
        let answer = set.message("us", to, "200 INVITE");
        for method in ["ACK", "BYE"] {
            let inside = set.inside(&request, &answer, method);
            say(&mut set, &inside, via);
        }
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        set.assert_ladder(&format!(
            "source -> us INVITE (sdp)
             us -> desk INVITE (sdp)
             desk -> us 180 INVITE
             us -> {to} 180 INVITE
             desk -> us 200 INVITE (sdp)
             us -> desk ACK
             us -> {to} 200 INVITE (sdp)
             source -> us ACK
             source -> us BYE
             us -> {to} 200 BYE
             us -> desk BYE
             desk -> us 200 BYE"
        ));
        let stamped = header(&answer, "Via").unwrap_or_default();
        assert!(stamped.ends_with(stamp), "{via}: {stamped}");
        assert_eq!(stamped.contains("received="), !stamp.is_empty(), "{via}: {stamped}");
    }
}

/// A peer of RFC 2543: its Via has no branch, or one that is no name of a transaction.
fn by_the_old_rules(request: &Request, branch: &str) -> String {
    let text = request.text();
    let via = format!("{VIA}{}", request.branch);
    assert!(text.contains(&via), "{text}");
    text.replace(&via, &format!("SIP/2.0/UDP 10.0.0.7:5060{branch}"))
}

/// TXN-16: an old peer's whole call: its repeats find their transaction and make no second call, its ACK
/// ends the repeats of our 200, its BYE is acted on once.
#[test]
fn txn_16_a_whole_call_of_a_peer_without_branches() {
    for branch in ["", ";branch=1", ";branch=Z9HG4bK"] {
        let mut set = desk_set();
        let request = Request::invite("300");
        let say = |set: &mut Set, request: &Request| {
            set.send_whole(PROBE, by_the_old_rules(request, branch));
            set.run(ms(10));
        };
        say(&mut set, &request);
        let invite = set.message("us", "desk", "INVITE");
        set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
        set.run(ms(4));
        say(&mut set, &request);
        desk_answers(&mut set, &invite);
        let answer = set.message("us", "probe", "200 INVITE");
        say(&mut set, &request);
        let ack = set.inside(&request, &answer, "ACK");
        say(&mut set, &ack);
        set.run(s(40));
        let bye = set.inside(&request, &answer, "BYE");
        say(&mut set, &bye);
        say(&mut set, &bye);
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        set.assert_ladder(
            "probe -> us INVITE (sdp)
             us -> desk INVITE (sdp)
             desk -> us 180 INVITE
             us -> probe 180 INVITE
             probe -> us INVITE (sdp)
             us -> probe 180 INVITE
             desk -> us 200 INVITE (sdp)
             us -> desk ACK
             us -> probe 200 INVITE (sdp)
             probe -> us INVITE (sdp)
             probe -> us ACK
             probe -> us BYE
             us -> probe 200 BYE
             us -> desk BYE
             probe -> us BYE
             us -> probe 200 BYE
             desk -> us 200 BYE",
        );
        assert_eq!(set.world.system().calls().len(), 1);
    }
}

/// TXN-16: its CANCEL finds the INVITE, its ACK ends the repeats of our 487.
#[test]
fn txn_16_a_cancel_of_a_peer_without_branches() {
    let mut set = desk_set();
    let request = Request::invite("300");
    let say = |set: &mut Set, request: &Request| {
        set.send_whole(PROBE, by_the_old_rules(request, ""));
        set.run(ms(10));
    };
    say(&mut set, &request);
    let invite = set.message("us", "desk", "INVITE");
    set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
    set.run(ms(4));
    say(&mut set, &Request::new("CANCEL", "300"));
    let refusal = set.message("us", "probe", "487");
    let ack = set.inside(&request, &refusal, "ACK");
    say(&mut set, &ack);
    desk_says_ok(&mut set, "CANCEL", "", "");
    set.send_whole(DESK, response(&invite, "487 Request Terminated", DESK, "a", ""));
    set.finish_unclean();
    set.assert_ladder(
        "probe -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 180 INVITE
         us -> probe 180 INVITE
         probe -> us CANCEL
         us -> probe 200 CANCEL
         us -> probe 487 INVITE
         us -> desk CANCEL
         probe -> us ACK
         desk -> us 200 CANCEL
         desk -> us 487 INVITE
         us -> desk ACK",
    );
    set.assert_ended("caller", "cancelled");
}

/// A set whose desk is a trunk's that hears on TCP too, by the plan; a call to it with a long header,
/// which is carried. Where the desk hears on TCP it is called `desk`, by datagram `desk` too: the Via
/// tells.
fn large_to_desk(large_over_tcp: bool, header_bytes: usize, listens: bool) -> (Set, String) {
    let trunk = format!(
        "trunks:\n  far: {{ peers: [\"sip:10.0.0.6\"], trusted: true, carry: [\"X-*\"], large_over_tcp: {large_over_tcp} }}\n"
    );
    let listen = "\"udp://10.0.0.9:5060\", \"tcp://10.0.0.9:5062\"";
    let mut set = desk_set_with(&[("trunks:\n", &trunk), ("\"udp://10.0.0.9:5060\"", listen)]);
    let at = (DESK, 5060).into();
    set.world.with_system(|house, _, _| house.set_listening(at, listens));
    let headers = vec![("X-Story".to_owned(), "x".repeat(header_bytes))];
    set.call("300", Behaviour { headers, ..Behaviour::default() });
    set.run(ms(5));
    let invite = set.message("us", "desk", "INVITE");
    (set, invite)
}

/// TXN-17: an INVITE over 1300 bytes goes over TCP to a peer that hears there, and so does its call; by
/// datagram where it is small, where the peer is not known to hear there, and where it refuses.
#[test]
fn txn_17_a_large_invite_goes_over_tcp_or_back_to_udp() {
    for (may, bytes, listens, transport) in [
        (true, 1000, true, "TCP"),
        (true, 10, true, "UDP"),
        (false, 1000, true, "UDP"),
        (true, 1000, false, "UDP"),
    ] {
        let (mut set, invite) = large_to_desk(may, bytes, listens);
        let via = header(&invite, "Via").unwrap_or_default();
        let port = if transport == "TCP" { 5062 } else { 5060 };
        assert!(via.starts_with(&format!("SIP/2.0/{transport} 10.0.0.9:{port};")), "{via}");
        let contact = header(&invite, "Contact").unwrap_or_default();
        assert_eq!(contact.contains("transport=tcp"), transport == "TCP", "{contact}");
        assert_eq!(invite.len() > 1300, bytes == 1000);
        let of_transport = |text: String| match transport {
            "TCP" => text.replace("sip:other@10.0.0.6:5060", "sip:other@10.0.0.6;transport=tcp"),
            _ => text,
        };
        let ours: SocketAddr = (US, port).into();
        let say = |set: &mut Set, text: String| {
            set.send_between((DESK, 5060).into(), ours, of_transport(text));
            set.run(ms(4));
        };
        say(&mut set, response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1)));
        set.world.act("caller", Action::HangUp);
        set.run(ms(4));
        let bye = set.message("us", "desk", "BYE");
        assert!(header(&bye, "Via").is_some_and(|v| v.contains(transport)), "{bye}");
        say(&mut set, reply(&bye, "200 OK", DESK, "", ""));
        set.finish_unclean();
        set.assert_ladder(
            "caller -> us INVITE (sdp)
             us -> desk INVITE (sdp)
             desk -> us 200 INVITE (sdp)
             us -> desk ACK
             us -> caller 200 INVITE (sdp)
             caller -> us ACK
             caller -> us BYE
             us -> caller 200 BYE
             us -> desk BYE
             desk -> us 200 BYE",
        );
    }
}

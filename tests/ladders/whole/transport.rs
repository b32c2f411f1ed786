//! Ways: the Via and where answers go, TCP with its segments, and connections that are lost.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use std::net::SocketAddr;
use std::time::Duration;

/// Where we hear TCP.
fn tcp() -> SocketAddr {
    (US, 5062).into()
}

/// One end of a connection of the probe's or the desk's, by its port.
fn probes(port: u16) -> SocketAddr {
    (PROBE, port).into()
}

fn desks(port: u16) -> SocketAddr {
    (DESK, port).into()
}

/// A set that hears on TCP too; 300 leads to a desk there. Connections from others' ports are named in
/// the ladder: `probe:1` and `probe:2`, `desk:1`.
fn tcp_set() -> Set {
    let desk = "\"300\": { dial: \"sip:desk@10.0.0.6;transport=tcp\", ring: 60s }";
    let mut set = desk_set_with(&[
        ("\"udp://10.0.0.9:5060\"", "\"udp://10.0.0.9:5060\", \"tcp://10.0.0.9:5062\""),
        ("\"300\": { dial: \"sip:desk@10.0.0.6\", ring: 10s }", desk),
    ]);
    let names =
        [(probes(49_001), "probe:1"), (probes(49_002), "probe:2"), (desks(49_001), "desk:1")];
    for (address, name) in names {
        set.world.ladder.name_door(address, name);
    }
    for (address, _) in names {
        // A port that somebody connected from: nobody listens there.
        set.world.with_system(|house, _, _| house.set_listening(address, false));
    }
    set
}

/// A message of the probe's or the desk's as it is over TCP.
fn over_tcp(text: &str) -> String {
    text.replace("Via: SIP/2.0/UDP", "Via: SIP/2.0/TCP")
        .replace(
            "Contact: <sip:probe@10.0.0.7:5060>",
            "Contact: <sip:probe@10.0.0.7;transport=tcp>",
        )
        .replace(
            "Contact: <sip:other@10.0.0.6:5060>",
            "Contact: <sip:other@10.0.0.6;transport=tcp>",
        )
}

/// Sends a message over the connection from there and waits 4 ms.
fn say(set: &mut Set, from: SocketAddr, text: &str) {
    set.send_between(from, tcp(), over_tcp(text));
    set.run(ms(4));
}

fn lose(set: &mut Set, at: SocketAddr) {
    set.world.with_system(|house, now, out| house.lose_connection(at, now, out));
}

/// A call of the probe's over its first connection, which the desk lets ring over TCP; the probe's INVITE
/// and ours.
fn ringing() -> (Set, Request, String) {
    let mut set = tcp_set();
    let request = Request::invite("300");
    say(&mut set, probes(49_001), &request.text());
    let invite = set.message("us", "desk", "INVITE");
    say(&mut set, desks(5060), &response(&invite, "180 Ringing", DESK, "a", ""));
    (set, request, invite)
}

const RINGING: &str = "
    probe:1 -> us INVITE (sdp)
    us -> desk INVITE (sdp)
    desk -> us 180 INVITE
    us -> probe:1 180 INVITE";

/// The same answered and acknowledged; our 200 to the probe too.
fn talking() -> (Set, Request, String, String) {
    let (mut set, request, invite) = ringing();
    let answer = response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1));
    say(&mut set, desks(5060), &answer);
    let answer = set.message("us", "probe:1", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    say(&mut set, probes(49_001), &ack.text());
    (set, request, invite, answer)
}

const TALKING: &str = "
    desk -> us 200 INVITE (sdp)
    us -> desk ACK
    us -> probe:1 200 INVITE (sdp)
    probe:1 -> us ACK";

/// The 200 to our last request of this method, over TCP.
fn says_ok(set: &mut Set, name: &str, from: SocketAddr, method: &str) {
    let request = last(set, "us", name, method);
    say(set, from, &reply(&request, "200 OK", from.ip(), "", ""));
}

/// TRN-03: the caller's connection is lost in the middle of the call. Nothing ends; our BYE goes to its
/// Contact over a new connection.
#[test]
fn trn_03_our_request_goes_over_a_new_connection() {
    let (mut set, ..) = talking();
    lose(&mut set, probes(49_001));
    set.run(s(30));
    let invite = set.message("us", "desk", "INVITE");
    say(&mut set, desks(5060), &of_callee(&invite, "a", ("BYE", 1), DESKS, ""));
    says_ok(&mut set, "probe", probes(5060), "BYE");
    set.finish_unclean();
    let end = "
        @30.0..30.1 desk -> us BYE
        us -> desk 200 BYE
        us -> probe BYE
        probe -> us 200 BYE";
    set.assert_ladder(&[RINGING, TALKING, end].concat());
    set.assert_ended("agent", "normal_clearing");
}

/// TRN-03: and the caller's own goes over its new one, which is where its answer goes.
#[test]
fn trn_03_their_request_comes_over_a_new_connection() {
    let (mut set, request, _, answer) = talking();
    lose(&mut set, probes(49_001));
    lose(&mut set, desks(5060));
    set.run(s(30));
    let bye = set.inside(&request, &answer, "BYE");
    say(&mut set, probes(49_002), &bye.text());
    says_ok(&mut set, "desk", desks(5060), "BYE");
    set.finish_unclean();
    let end = "
        @30.0..30.1 probe:2 -> us BYE
        us -> probe:2 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[RINGING, TALKING, end].concat());
    set.assert_ended("caller", "normal_clearing");
}

/// TRN-03: the connection is lost and nobody takes a new one: our BYE fails at once, and the call is over.
#[test]
fn trn_03_nobody_takes_a_new_connection() {
    let (mut set, ..) = talking();
    lose(&mut set, probes(49_001));
    set.world.with_system(|house, _, _| house.set_listening(probes(5060), false));
    let invite = set.message("us", "desk", "INVITE");
    say(&mut set, desks(5060), &of_callee(&invite, "a", ("BYE", 1), DESKS, ""));
    let before = set.world.now().mono;
    set.finish_unclean();
    // 32 s for the 200 that the desk may ask for again, and none for the BYE.
    assert!(set.world.now().mono.since(before) < s(35), "{}", set.world.ladder);
    set.assert_ladder(&[RINGING, TALKING, "\ndesk -> us BYE\nus -> desk 200 BYE"].concat());
    set.assert_ended("agent", "normal_clearing");
}

/// TRN-03: the caller's connection is lost while the desk rings: the answer goes over a new one to the
/// port of the Via's sent-by (RFC 3261 §18.2.2), and the call is as any other.
#[test]
fn trn_03_the_callers_connection_is_lost_while_it_rings() {
    let (mut set, request, invite) = ringing();
    lose(&mut set, probes(49_001));
    let answer = response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1));
    say(&mut set, desks(5060), &answer);
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    say(&mut set, probes(5060), &ack.text());
    let bye = set.inside(&request, &answer, "BYE").text();
    say(&mut set, probes(49_002), &bye);
    says_ok(&mut set, "desk", desks(5060), "BYE");
    set.finish_unclean();
    let rest = "
        desk -> us 200 INVITE (sdp)
        us -> desk ACK
        us -> probe 200 INVITE (sdp)
        probe -> us ACK
        probe:2 -> us BYE
        us -> probe:2 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[RINGING, rest].concat());
}

/// TRN-03: the desk's connection is lost while it rings: its INVITE goes on, its 200 comes over a
/// connection of its own, and our ACK and BYE go to its Contact.
#[test]
fn trn_03_the_targets_connection_is_lost_while_it_rings() {
    let (mut set, request, invite) = ringing();
    lose(&mut set, desks(5060));
    set.run(s(5));
    let answer = response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1));
    say(&mut set, desks(49_001), &answer);
    let answer = set.message("us", "probe:1", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    say(&mut set, probes(49_001), &ack.text());
    let bye = set.inside(&request, &answer, "BYE").text();
    say(&mut set, probes(49_001), &bye);
    says_ok(&mut set, "desk", desks(5060), "BYE");
    set.finish_unclean();
    let rest = "
        @5.0..5.1 desk:1 -> us 200 INVITE (sdp)
        us -> desk ACK
        us -> probe:1 200 INVITE (sdp)
        probe:1 -> us ACK
        probe:1 -> us BYE
        us -> probe:1 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[RINGING, rest].concat());
}

/// TRN-03, TXN-18: lost before it said a word: the INVITE has failed at once, and is not sent again.
#[test]
fn trn_03_a_connection_lost_before_a_word_fails_at_once() {
    let mut set = tcp_set();
    let request = Request::invite("300");
    say(&mut set, probes(49_001), &request.text());
    lose(&mut set, desks(5060));
    set.run(ms(4));
    let refusal = set.message("us", "probe:1", "480");
    let ack = set.inside(&request, &refusal, "ACK");
    say(&mut set, probes(49_001), &Request { branch: request.branch.clone(), ..ack }.text());
    set.finish_unclean();
    set.assert_ladder(
        "probe:1 -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         us -> probe:1 480 INVITE
         probe:1 -> us ACK",
    );
    set.assert_ended("system", "unreachable");
}

/// TXN-03: over TCP a refusal is forgotten with its ACK: nothing is repeated there.
#[test]
fn txn_03_over_tcp_a_refusal_is_forgotten_at_once() {
    let (mut set, request, invite) = ringing();
    let busy = response(&invite, "486 Busy Here", DESK, "a", "");
    say(&mut set, desks(5060), &busy);
    let refusal = set.message("us", "probe:1", "486");
    let ack = set.inside(&request, &refusal, "ACK");
    say(&mut set, probes(49_001), &Request { branch: request.branch.clone(), ..ack }.text());
    set.run(s(1));
    let remains = set.world.system().remains();
    assert_eq!(remains.transactions, 0, "{remains:?}");
    say(&mut set, desks(5060), &busy);
    set.finish_unclean();
    let rest = "
        desk -> us 486 INVITE
        us -> desk ACK
        us -> probe:1 486 INVITE
        probe:1 -> us ACK
        desk -> us 486 INVITE";
    set.assert_ladder(&[RINGING, rest].concat());
}

/// Hands these bytes to our TCP listener as one segment; the ladder does not show them.
fn segment(set: &mut Set, from: SocketAddr, bytes: &[u8], wait: Duration) {
    let now = set.world.now().mono;
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let datagram = centralino::sim::Datagram { local: from, remote: tcp(), bytes };
    set.world.net.send(now, datagram);
    set.run(wait);
}

/// TRN-01: pings, an INVITE in many segments, ACK and BYE in one with CRLFs between.
#[test]
fn trn_01_messages_are_cut_from_the_stream_by_their_length() {
    let mut set = tcp_set();
    let request = Request::invite("300");
    let bytes = [b"\r\n", over_tcp(&request.text()).as_bytes(), b"\r\n\r\n"].concat();
    for piece in bytes.chunks(37) {
        segment(&mut set, probes(49_001), piece, ms(1));
    }
    let invite = set.message("us", "desk", "INVITE");
    say(&mut set, desks(5060), &response(&invite, "180 Ringing", DESK, "a", ""));
    let answer = response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1));
    say(&mut set, desks(5060), &answer);
    let answer = set.message("us", "probe:1", "200 INVITE");
    let both = [
        set.inside(&request, &answer, "ACK").text(),
        "\r\n\r\n".into(),
        set.inside(&request, &answer, "BYE").text(),
        "\r\n\r\n".into(),
    ];
    segment(&mut set, probes(49_001), over_tcp(&both.concat()).as_bytes(), ms(4));
    says_ok(&mut set, "desk", desks(5060), "BYE");
    set.finish_unclean();
    set.assert_ladder(
        "us -> desk INVITE (sdp)
         us -> probe:1 CRLF
         desk -> us 180 INVITE
         us -> probe:1 180 INVITE
         desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> probe:1 200 INVITE (sdp)
         us -> probe:1 CRLF
         us -> probe:1 200 BYE
         us -> desk BYE
         us -> probe:1 CRLF
         desk -> us 200 BYE",
    );
    assert_eq!(set.world.system().calls().len(), 1);
}

/// TRN-02: a stream whose messages cannot be told apart any more: 400 or 513, and it is closed. What talks
/// over another one goes on.
#[test]
fn trn_02_a_broken_stream_is_answered_and_closed() {
    let (mut set, request, _, answer) = talking();
    let whole = over_tcp(&Request::invite("300").text()).replace("probe-call", "broken");
    let length = whole.lines().find(|line| line.starts_with("Content-Length")).unwrap_or_default();
    let huge = format!("X-Huge: {}\r\nContent-Length", "x".repeat(66_000));
    for (broken, status) in [
        (whole.replace(&format!("{length}\r\n"), ""), 400),
        (whole.replace(length, "Content-Length: soon"), 400),
        (whole.replace(length, "Content-Length: 70000"), 513),
        (whole.replace("Content-Length", &huge), 513),
    ] {
        let open = set.world.system().connections();
        segment(&mut set, probes(49_002), broken.as_bytes(), ms(4));
        let heard = set.messages("us", "probe:2", "").pop().unwrap_or_default();
        assert!(heard.starts_with(&format!("SIP/2.0 {status} ")), "{heard}");
        assert!(header(&heard, "To").is_some_and(|to| to.contains(";tag=")), "{heard}");
        assert_eq!(set.world.system().connections(), open, "closed");
        // What comes behind it is not read.
        assert_eq!(set.world.system().calls().len(), 1);
    }
    let bye = set.inside(&request, &answer, "BYE").text();
    say(&mut set, probes(49_001), &bye);
    says_ok(&mut set, "desk", desks(5060), "BYE");
    set.finish_unclean();
    let end = "
        us -> probe:2 400 INVITE
        us -> probe:2 400 INVITE
        us -> probe:2 513 INVITE
        us -> probe:2 513 INVITE
        probe:1 -> us BYE
        us -> probe:1 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[RINGING, TALKING, end].concat());
}

//! One phone and messages written by hand: route sets, and that it notices each fault of a peer.

#![expect(clippy::expect_used, reason = "helpers of tests may panic")]

use crate::stage::*;
use bytes::Bytes;
use centralino::base::{Mono, Now};
use centralino::sim::phone::HoldBy;
use centralino::sim::{
    Action, Answer, Behaviour, Datagram, Input, Noticed, Phone, PhoneConfig, PlaceCall, Report,
};
use centralino::sip::{Message, Method, Name};
use std::net::SocketAddr;

const SDP: &str = "v=0\r\no=- 7 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n\
                   m=audio 4000 RTP/AVP 8\r\n";

struct Alone {
    phone: Phone,
    now: Now,
    out: Vec<Datagram>,
}

impl Alone {
    fn new(behaviour: Behaviour) -> Alone {
        let phone = Phone::new(PhoneConfig::new("anna", ANNA, behaviour));
        Alone { phone, now: Now::default(), out: Vec::new() }
    }

    fn peer() -> SocketAddr {
        ([10, 0, 0, 9], 5060).into()
    }

    fn get(&mut self, text: &str) {
        let bytes = Bytes::from(text.to_owned());
        let local = self.phone.config().sip;
        let input = Input::Datagram { local, remote: Alone::peer(), bytes };
        self.phone.handle(input, self.now, &mut self.out);
    }

    fn wait(&mut self, milliseconds: u64) {
        self.now.mono = Mono(self.now.mono.0 + milliseconds * 1000);
        self.phone.handle(Input::Timeout, self.now, &mut self.out);
    }

    /// The last SIP message that the phone sent.
    fn said(&self) -> (Message, SocketAddr) {
        let sip = self.out.iter().rfind(|d| d.bytes[0] < 128).expect("nothing said");
        (Message::scan(sip.bytes.clone()).expect("scans"), sip.remote)
    }

    fn report(&self) -> &Report {
        self.phone.report(self.phone.last_call().expect("a call")).expect("a report")
    }

    fn tag(&self) -> String {
        let (message, _) = self.said();
        String::from_utf8_lossy(message.to_tag().unwrap_or_default()).into_owned()
    }
}

/// A request from the peer; `extra` are header lines with CRLF.
fn request(method: &str, cseq: u32, to_tag: &str, branch: &str, extra: &str, body: &str) -> String {
    let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:anna@10.0.0.2 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 10.0.0.9:5060;rport;branch={branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@10.0.0.9>;tag=x\r\nTo: <sip:anna@10.0.0.2>{to_tag}\r\n\
         Call-ID: alone\r\nCSeq: {cseq} {method}\r\nContact: <sip:x@10.0.0.9:5060>\r\n\
         {extra}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A response to the phone's request; `extra` are header lines with CRLF.
fn response(request: &Message, status: u16, tag: &str, extra: &str, body: &str) -> String {
    let text =
        |name| String::from_utf8_lossy(request.header(name).unwrap_or_default()).into_owned();
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 {status} X\r\nVia: {}\r\nFrom: {}\r\nTo: {}{tag}\r\nCall-ID: {}\r\n\
         CSeq: {}\r\n{extra}{kind}Content-Length: {}\r\n\r\n{body}",
        text(Name::Via),
        text(Name::From),
        text(Name::To),
        text(Name::CallId),
        text(Name::CSeq),
        body.len()
    )
}

fn up(behaviour: Behaviour, extra: &str) -> (Alone, String) {
    let mut alone = Alone::new(behaviour);
    alone.get(&request("INVITE", 5, "", "z9hG4bK-1", extra, SDP));
    alone.wait(1000);
    let tag = alone.tag();
    alone.get(&request("ACK", 5, &tag, "z9hG4bK-2", "", ""));
    (alone, tag)
}

/// DLG-02, DLG-03: a callee copies Record-Route and sends along it in order.
#[test]
fn a_callee_honours_record_route() {
    let routes = "Record-Route: <sip:10.0.0.7;lr>, <sip:10.0.0.8:5070;lr>\r\n";
    let (mut alone, _) = up(Behaviour::default().talking(s(1)), routes);
    let answer = alone.out.iter().rfind(|d| d.bytes.starts_with(b"SIP/2.0 200")).expect("200");
    assert!(String::from_utf8_lossy(&answer.bytes).contains(routes.trim()));
    alone.wait(1000);
    let (bye, to) = alone.said();
    assert_eq!((bye.method(), to), (Some(Method::Bye), ([10, 0, 0, 7], 5060).into()));
    assert_eq!(bye.request_uri_text(), b"sip:x@10.0.0.9:5060");
    let route: Vec<&[u8]> = bye.values(Name::Route).collect();
    assert_eq!(route, [&b"<sip:10.0.0.7;lr>"[..], b"<sip:10.0.0.8:5070;lr>"]);
}

/// DLG-02, DLG-03: a caller reverses it; a strict router takes the Request-URI.
#[test]
fn a_caller_reverses_record_route_and_serves_a_strict_router() {
    let mut alone = Alone::new(Behaviour::default());
    let call = PlaceCall::new("x", Alone::peer(), Behaviour::default().talking(s(1)));
    alone.phone.handle(Input::Place(Box::new(call)), alone.now, &mut alone.out);
    let extra = "Contact: <sip:x@10.0.0.9:5062>\r\nRecord-Route: <sip:10.0.0.7;lr>\r\n\
                 Record-Route: <sip:10.0.0.8:5070>\r\n";
    let (invite, _) = alone.said();
    alone.get(&response(&invite, 200, "y", extra, SDP));
    let (ack, to) = alone.said();
    assert_eq!((ack.method(), to), (Some(Method::Ack), ([10, 0, 0, 8], 5070).into()));
    assert_eq!(ack.request_uri_text(), b"sip:10.0.0.8:5070");
    let route: Vec<&[u8]> = ack.values(Name::Route).collect();
    assert_eq!(route, [&b"<sip:10.0.0.7;lr>"[..], b"<sip:x@10.0.0.9:5062>"]);
    assert_eq!(alone.report().noticed, []);
}

/// Each line is one fault of the peer and what the phone says of it.
#[test]
fn each_fault_of_a_peer_is_noticed() {
    let good = |m: &str, n, tag: &str, extra: &str| request(m, n, tag, "z9hG4bK-9", extra, "");
    type Spoil = fn(String) -> String;
    type Expected = fn(&Noticed) -> bool;
    let cases: [(&str, u32, Spoil, Expected); 9] = [
        (
            "INFO",
            6,
            |t| t.replace("Max-Forwards: 70\r\n", ""),
            |n| matches!(n, Noticed::Header("Max-Forwards", _)),
        ),
        ("INFO", 5, |t| t, |n| matches!(n, Noticed::CSeqOrder(_))),
        (
            "INFO",
            6,
            |t| t.replace("z9hG4bK-9", "z9hG4bK-1"),
            |n| matches!(n, Noticed::BranchReused(_)),
        ),
        ("INFO", 6, |t| t.replace("z9hG4bK-9", "old"), |n| matches!(n, Noticed::BranchCookie(_))),
        (
            "INFO",
            6,
            |t| t.replace("Content-Length: 0\r\n", ""),
            |n| matches!(n, Noticed::ContentLength(_)),
        ),
        ("INFO", 6, |t| t.replace("tag=t-", "tag=q-"), |n| matches!(n, Noticed::WrongTag(_))),
        (
            "UPDATE",
            6,
            |t| t.replace("Contact: <sip:x@10.0.0.9:5060>\r\n", ""),
            |n| matches!(n, Noticed::NoContact(_)),
        ),
        ("ACK", 4, |t| t, |n| matches!(n, Noticed::AckCSeq(4))),
        ("INFO", 6, |t| t.replace(";tag=x", ""), |n| matches!(n, Noticed::NoTag(_))),
    ];
    for (method, cseq, spoil, expected) in cases {
        let (mut alone, tag) = up(Behaviour::default(), "");
        assert_eq!(alone.report().noticed, []);
        alone.get(&spoil(good(method, cseq, &tag, "")));
        let noticed = &alone.report().noticed;
        assert!(noticed.iter().any(expected), "{method} {cseq}: {noticed:?}");
    }
}

/// Each line is a response (or two) to the phone's INVITE and what it says of it.
#[test]
fn each_fault_of_an_answer_is_noticed() {
    let contact = "Contact: <sip:x@10.0.0.9>\r\n";
    let reliable = |rseq| format!("{contact}Require: 100rel\r\nRSeq: {rseq}\r\n");
    let two_lines = format!("{SDP}m=video 0 RTP/AVP 31\r\n");
    let broken = "v=0\r\no=- 1".to_owned();
    let good = || SDP.to_owned();
    let cases = [
        (vec![(200, "y", contact.into(), good())], None),
        (vec![(200, "", contact.into(), good())], Some(Noticed::NoTag("200 INVITE".into()))),
        (vec![(200, "y", String::new(), good())], Some(Noticed::NoContact("200 INVITE".into()))),
        (
            vec![(200, "y", contact.into(), two_lines)],
            Some(Noticed::MediaLines { before: 1, now: 2 }),
        ),
        (
            vec![(180, "y", reliable(7), String::new()), (180, "y", reliable(9), String::new())],
            Some(Noticed::RSeqOrder(9)),
        ),
    ];
    for (responses, expected) in cases {
        let mut alone = Alone::new(Behaviour::default());
        let behaviour = Behaviour { supports_100rel: true, ..Behaviour::default() };
        let call = PlaceCall::new("x", Alone::peer(), behaviour);
        alone.phone.handle(Input::Place(Box::new(call)), alone.now, &mut alone.out);
        let (invite, _) = alone.said();
        for (status, tag, extra, body) in responses {
            alone.get(&response(&invite, status, tag, &extra, &body));
        }
        assert_eq!(alone.report().noticed, Vec::from_iter(expected));
    }
    let mut alone = Alone::new(Behaviour::default());
    let call = PlaceCall::new("x", Alone::peer(), Behaviour::default());
    alone.phone.handle(Input::Place(Box::new(call)), alone.now, &mut alone.out);
    let (invite, _) = alone.said();
    alone.get(&response(&invite, 200, "y", contact, &broken));
    assert!(matches!(alone.report().noticed[..], [Noticed::BadSdp(_)]));
    assert_eq!(alone.said().0.method(), Some(Method::Bye));
}

/// SDP-05: who answers a hold with more than was offered; who sends on while it is held.
#[test]
fn an_answer_or_media_against_the_direction_is_noticed() {
    let hold = Behaviour { hold_by: HoldBy::Inactive, ..Behaviour::default() };
    let (mut alone, _) = up(hold.then(s(1), Action::Hold), "");
    alone.wait(1000);
    let (invite, _) = alone.said();
    assert_eq!(invite.method(), Some(Method::Invite));
    let contact = "Contact: <sip:x@10.0.0.9>\r\n";
    alone.get(&response(&invite, 200, "", contact, SDP));
    assert_eq!(alone.report().noticed, [Noticed::AnswerDirection]);
    alone.wait(1000);
    let mut packet = vec![0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
    packet.extend([0xd5; 160]);
    let local = alone.phone.config().rtp[0];
    let input = Input::Datagram { local, remote: Alone::peer(), bytes: packet.into() };
    alone.phone.handle(input, alone.now, &mut alone.out);
    assert_eq!(alone.report().noticed, [Noticed::AnswerDirection, Noticed::RtpUnwanted]);
}

/// SDP-06: an offer with new content and an old version, and one that jumps.
#[test]
fn a_version_that_does_not_follow_the_content_is_noticed() {
    for (version, port, fits) in
        [(1, 4000, true), (2, 4000, true), (2, 4002, true), (1, 4002, false), (3, 4002, false)]
    {
        let (mut alone, tag) = up(Behaviour::default(), "");
        let sdp = SDP.replace("7 1", &format!("7 {version}")).replace("4000", &port.to_string());
        alone.get(&request("UPDATE", 6, &tag, "z9hG4bK-9", "", &sdp));
        assert_eq!(alone.said().0.status(), Some(200));
        let clean = alone.report().noticed.is_empty();
        assert_eq!(clean, fits, "version {version} port {port}: {:?}", alone.report().noticed);
    }
}

#[test]
fn a_cancel_that_is_not_its_invites_copy_is_noticed() {
    let mut alone = Alone::new(Behaviour::answering(Answer::Never));
    alone.get(&request("INVITE", 5, "", "z9hG4bK-1", "", SDP));
    alone.get(&request("CANCEL", 6, "", "z9hG4bK-1", "Require: 100rel\r\n", ""));
    let wanted = [Noticed::CancelDiffers("CSeq"), Noticed::CancelDiffers("Require")];
    assert_eq!(alone.report().noticed, wanted);
}

#[test]
fn a_jump_in_rtp_is_noticed_and_loss_is_counted() {
    let rtp = |sequence: u16, timestamp: u32, payload_type: u8, ssrc: u32| {
        let mut packet = vec![0x80, payload_type];
        packet.extend(sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend([0xd5; 160]);
        Bytes::from(packet)
    };
    let cases = [
        (rtp(2, 160, 8, 1), None, 0),
        (rtp(4, 480, 8, 1), None, 2),
        (rtp(2, 320, 8, 1), Some(Noticed::RtpTimestamp), 0),
        (rtp(2, 160, 99, 1), Some(Noticed::RtpPayload(99)), 0),
        (rtp(2, 160, 8, 2), Some(Noticed::RtpSource), 0),
    ];
    for (second, expected, lost) in cases {
        let (mut alone, _) = up(Behaviour::default(), "");
        for bytes in [rtp(1, 0, 8, 1), second] {
            let local = alone.phone.config().rtp[0];
            let remote = ([10, 0, 0, 9], 4000).into();
            alone.phone.handle(Input::Datagram { local, remote, bytes }, alone.now, &mut alone.out);
        }
        assert_eq!(alone.report().noticed, Vec::from_iter(expected.clone()), "{expected:?}");
        assert_eq!(alone.report().rtp.lost, lost);
    }
}

/// A key pressed on an inactive hold reaches nobody, then or later; behind the resume keys do again.
#[test]
fn keys_pressed_on_an_inactive_hold_are_not_kept_for_later() {
    let caller = Behaviour { hold_by: HoldBy::Inactive, ..Behaviour::default() };
    let caller = caller
        .then(s(1), Action::Digits("1".into()))
        .then(ms(1500), Action::Digits("5555".into()))
        .then(ms(1550), Action::Hold)
        .then(s(2), Action::Digits("2".into()))
        .then(s(4), Action::Resume)
        .then(s(5), Action::Digits("3".into()))
        .talking(s(7));
    let world = one_call(1, caller, Behaviour::default());
    let heard = &report(&world, "anna").digits;
    assert!(["13", "153"].contains(&heard.as_str()), "{heard}");
    assert_clean(&world, &["caller", "anna"]);
}

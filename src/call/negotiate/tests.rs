//! Offers and answers as tables: what comes in, what we say, what media is told.

use super::*;

const PHONE: &str = "v=0\r\no=phone 7 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n";

fn session() -> Session {
    let at = "192.0.2.1:20000".parse().expect("an address");
    Session::new(0x4000, at, vec![Codec::Pcma, Codec::Pcmu])
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).expect("our own text")
}

fn lines<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.lines().filter(|l| l.starts_with(start)).collect()
}

/// SDP-01: same number and order of lines, the refused ones with port 0.
#[test]
fn sdp_01_every_line_keeps_its_place() {
    let offer = format!(
        "{PHONE}m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n\
         m=audio 4000 RTP/AVP 0 8\r\nm=audio 4004 RTP/AVP 8\r\n"
    );
    let answer = session().answer(offer.as_bytes(), Direction::SendRecv).expect("audio is there");
    let answer = text(&answer);
    assert_eq!(
        lines(&answer, "m="),
        ["m=video 0 RTP/AVP 97", "m=audio 20000 RTP/AVP 0", "m=audio 0 RTP/AVP 8"]
    );
}

/// SDP-03: no common codec, no audio, or audio we cannot take.
#[test]
fn sdp_03_nothing_in_common_is_said_so() {
    for media in [
        "m=audio 4000 RTP/AVP 18\r\n",
        "m=audio 0 RTP/AVP 8\r\n",
        "m=audio 4000 RTP/SAVP 8\r\n",
        "m=video 4000 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n",
        "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMA/16000\r\n",
    ] {
        let offer = format!("{PHONE}{media}");
        let refusal = session().answer(offer.as_bytes(), Direction::SendRecv);
        assert_eq!(refusal, Err(Unusable::NoCodec), "{media}");
    }
}

/// SDP-04: an answer takes the offer's numbers; an offer of ours is sent to with the answer's.
#[test]
fn sdp_04_each_leg_keeps_its_own_numbers() {
    let offer = format!(
        "{PHONE}m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 PCMU/8000\r\n\
         a=rtpmap:97 telephone-event/8000\r\n"
    );
    let mut caller = session();
    caller.answer(offer.as_bytes(), Direction::SendRecv).expect("PCMU by a dynamic number");
    let spec = &caller.agreed().expect("agreed").spec;
    assert_eq!(spec.send, Some((Codec::Pcmu, 96)));
    assert_eq!(spec.receive.as_slice(), [(96, Codec::Pcmu)]);
    assert_eq!((spec.event_send, spec.event_receive), (Some(97), Some(97)));

    let mut agent = session();
    let ours = text(&agent.offer(Direction::SendRecv, caller.codec()));
    assert_eq!(lines(&ours, "m="), ["m=audio 20000 RTP/AVP 0 8 101"], "the caller's codec first");
    let answer = format!(
        "{PHONE}m=audio 5000 RTP/AVP 98 8\r\na=rtpmap:98 telephone-event/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\n"
    );
    let spec = &agent.take_answer(answer.as_bytes()).expect("fits").spec;
    assert_eq!(spec.send, Some((Codec::Pcma, 8)));
    assert_eq!((spec.event_send, spec.event_receive), (Some(98), Some(101)));
    assert_eq!(spec.receive.as_slice(), [(0, Codec::Pcmu), (8, Codec::Pcma)]);
}

/// SDP-05: what we answer to each kind of hold, and what media may do.
#[test]
fn sdp_05_hold_is_answered_by_its_mirror() {
    let rows = [
        ("a=sendrecv\r\n", "10.0.0.9", "a=sendrecv", true, true),
        ("a=sendonly\r\n", "10.0.0.9", "a=recvonly", false, true),
        ("a=recvonly\r\n", "10.0.0.9", "a=sendonly", true, false),
        ("a=inactive\r\n", "10.0.0.9", "a=inactive", false, false),
        ("", "0.0.0.0", "a=recvonly", false, true),
    ];
    for (attribute, address, ours, may_send, may_receive) in rows {
        let offer = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\nc=IN IP4 {address}\r\n{attribute}");
        let mut session = session();
        let answer = session.answer(offer.as_bytes(), Direction::SendRecv).expect("audio");
        let answer = text(&answer);
        assert!(answer.lines().any(|l| l == ours), "{attribute}{address}: {answer}");
        let spec = &session.agreed().expect("agreed").spec;
        assert_eq!((spec.may_send, spec.may_receive), (may_send, may_receive), "{attribute}");
    }
}

/// SDP-06, REAL-11: the version goes up only when the content does; changed content under an old
/// version is obeyed and counted.
#[test]
fn sdp_06_versions_follow_content() {
    let offer = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n");
    let held = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n");
    let mut session = session();
    let say = |session: &mut Session, offer: &str| {
        let answer = session.answer(offer.as_bytes(), Direction::SendRecv).expect("audio");
        lines(&text(&answer), "o=")[0].to_owned()
    };
    assert_eq!(say(&mut session, &offer), "o=- 4096 1 IN IP4 192.0.2.1");
    assert_eq!(say(&mut session, &offer), "o=- 4096 1 IN IP4 192.0.2.1", "a refresh");
    assert_eq!(session.same_version_changes, 0);
    assert_eq!(say(&mut session, &held), "o=- 4096 2 IN IP4 192.0.2.1");
    assert_eq!(session.same_version_changes, 1);
}

/// SDP-14: packet times.
#[test]
fn sdp_14_packet_times_are_honoured() {
    for (attributes, ptime) in [
        ("", 20),
        ("a=ptime:10\r\n", 10),
        ("a=ptime:30\r\n", 30),
        ("a=ptime:40\r\n", 40),
        ("a=ptime:40\r\na=maxptime:30\r\n", 30),
        ("a=ptime:400\r\n", 60),
        ("a=ptime:0\r\n", 20),
    ] {
        let offer = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n{attributes}");
        let mut session = session();
        session.answer(offer.as_bytes(), Direction::SendRecv).expect("audio");
        assert_eq!(session.agreed().expect("agreed").spec.ptime_ms, ptime, "{attributes}");
    }
}

/// SDP-15: where RTCP goes.
#[test]
fn sdp_15_rtcp_goes_where_it_was_negotiated() {
    for (attributes, rtcp) in [
        ("", "10.0.0.9:4001"),
        ("a=rtcp:4444\r\n", "10.0.0.9:4444"),
        ("a=rtcp:4444 IN IP4 10.0.0.8\r\n", "10.0.0.8:4444"),
        ("a=rtcp-mux\r\n", "10.0.0.9:4000"),
    ] {
        let offer = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n{attributes}");
        let mut session = session();
        session.answer(offer.as_bytes(), Direction::SendRecv).expect("audio");
        let spec = &session.agreed().expect("agreed").spec;
        assert_eq!(spec.remote_rtcp, rtcp.parse().ok(), "{attributes}");
    }
}

/// SDP-16: AVPF, unknown attributes and bandwidth lines are no reason to refuse.
#[test]
fn sdp_16_strange_lines_are_tolerated() {
    let offer = format!(
        "{PHONE}b=AS:84\r\na=tool:x\r\nm=audio 4000 RTP/AVPF 8 111\r\nb=TIAS:64000\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:* nack\r\na=ssrc:1 cname:x\r\n"
    );
    let answer = session().answer(offer.as_bytes(), Direction::SendRecv).expect("audio");
    assert_eq!(lines(&text(&answer), "m="), ["m=audio 20000 RTP/AVPF 8"]);
}

/// SDP-17: what cannot be read is refused and changes nothing.
#[test]
fn sdp_17_broken_descriptions_change_nothing() {
    let mut session = session();
    let good = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n");
    session.answer(good.as_bytes(), Direction::SendRecv).expect("audio");
    let before = session.agreed().cloned();
    for broken in ["", "hello", "v=0\r\nm=audio x RTP/AVP 8\r\n"] {
        let refusal = session.answer(broken.as_bytes(), Direction::SendRecv);
        assert_eq!(refusal, Err(Unusable::Broken), "{broken}");
    }
    assert_eq!(session.agreed().cloned(), before);
}

/// SDP-07: a refused offer leaves what was agreed before it, one that was never sent leaves no trace.
#[test]
fn sdp_07_a_refused_offer_uses_up_its_version_and_a_withdrawn_one_does_not() {
    let version = |offer: &Bytes| lines(&text(offer), "o=")[0].split(' ').nth(2).map(str::to_owned);
    let mut session = session();
    let phone = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n");
    session.answer(phone.as_bytes(), Direction::SendRecv).expect("audio");
    for (refused, then, next) in
        [(true, Direction::Inactive, "3"), (false, Direction::RecvOnly, "4")]
    {
        session.offer(Direction::SendOnly, None);
        assert_eq!(session.direction(), Some(Direction::SendOnly));
        if refused {
            session.offer_failed();
        } else {
            session.withdraw();
        }
        assert_eq!(session.direction(), Some(Direction::SendRecv));
        let offer = session.offer(then, None);
        assert_eq!(version(&offer).as_deref(), Some(next), "refused: {refused}");
        session.offer_failed();
    }
}

/// Media is away until the far end has agreed to have it back.
#[test]
fn media_is_home_when_the_offer_that_brings_it_is_answered() {
    let phone = format!("{PHONE}m=audio 4000 RTP/AVP 8\r\n");
    let mut session = session();
    session.answer(phone.as_bytes(), Direction::SendRecv).expect("audio");
    let party = session.agreed().cloned().expect("agreed");
    let away = |session: &Session| (session.is_direct(), session.is_away());
    assert_eq!(away(&session), (false, false));
    session.offer_party(&party, Direction::SendRecv).expect("it has an address");
    assert_eq!(away(&session), (true, false), "not before the answer");
    session.take_answer(phone.as_bytes()).expect("fits");
    assert_eq!(away(&session), (true, true));
    session.offer_home(Direction::SendRecv).expect("it is away");
    assert_eq!(away(&session), (false, true));
    session.offer_failed();
    assert_eq!(away(&session), (true, true), "refused: as it was");
    session.offer_home(Direction::SendRecv).expect("it is away");
    session.take_answer(phone.as_bytes()).expect("fits");
    assert_eq!(away(&session), (false, false));
}

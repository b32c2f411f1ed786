//! The peer calls us: provisionals, answer, refusal, CANCEL, ACK.

use super::*;

/// CAN-06, TXN-07, SDP-01: the plain call, ringing and answered.
#[test]
fn a_call_rings_is_answered_and_acknowledged() {
    let mut ladder =
        Ladder::called(Policy::default(), "Record-Route: <sip:a;lr>,<sip:b;lr>\r\n", &sdp(1));
    ladder.command(Command::Progress { status: 180, sdp: None, headers: Headers::new() });
    let ringing = ladder.take_sent("180");
    let tag = ladder.our_tag();
    assert_eq!(ringing.to_tag(), Some(tag.as_bytes()));
    // DLG-02: Record-Route is copied in order into 101 to 199 and 2xx.
    let routes: Vec<_> = ringing.values(Name::RecordRoute).map(text).collect();
    assert_eq!(routes, ["<sip:a;lr>", "<sip:b;lr>"]);
    assert_eq!(value(&ringing, Name::Contact), "<sip:192.0.2.10:5060>");
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: vec![header("X-A", "b")] });
    let ok = ladder.take_sent("200");
    assert_eq!(ok.to_tag(), Some(tag.as_bytes()));
    assert_eq!(ok.values(Name::RecordRoute).count(), 2);
    assert_eq!(ok.sdp(), Some(body(10)));
    assert!(ladder.dialog.as_ref().unwrap().is_confirmed());
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.heard(), ["acked"]);
    ladder.advance(secs(60));
    assert_eq!(ladder.drain(), Vec::<String>::new());
}

/// TXN-07: the 2xx is sent again from T1 to T2, over TCP too; after 64·T1 BYE, and both know.
#[test]
fn txn_07_a_2xx_that_is_not_acked_is_repeated_and_then_hung_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut ladder = Ladder::new(Policy::default());
        ladder.flow = flow_to(PEER, transport);
        let invite = ladder.peer_request("INVITE", None, "", &sdp(1));
        ladder.receive(invite);
        ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
        assert_eq!(ladder.drain(), ["200"]);
        for (wait, count) in [(499, 0), (1, 1), (1000, 1), (2000, 1), (4000, 1), (4000, 1)] {
            ladder.advance(ms(wait));
            assert_eq!(ladder.drain().len(), count, "{transport:?} {wait}");
        }
        ladder.advance(ms(32_000 - 11_500 - 1));
        assert!(ladder.drain().iter().all(|sent| sent == "200"));
        ladder.advance(ms(1));
        assert_eq!(ladder.take_sent("BYE").to_tag(), Some(&b"peer"[..]));
        assert_eq!(ladder.heard(), ["ending no ack"]);
        ladder.advance(secs(32));
        assert_eq!(ladder.heard(), ["ended"]);
    }
}

/// CAN-01: 200 to CANCEL (by the layer), 487 to INVITE; the reason is told.
#[test]
fn can_01_a_cancel_ends_the_leg_with_487() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Progress { status: 180, sdp: None, headers: Headers::new() });
    ladder.clear();
    ladder.peer_cancels("Reason: SIP;cause=200\r\n");
    assert_eq!(ladder.drain(), ["200 CANCEL", "487"]);
    match &ladder.events[..] {
        [Event::Ending(Ending::Cancel { reason: Some(reason) }), Event::Ended] => {
            assert_eq!(&**reason, b"SIP;cause=200");
        }
        other => panic!("{other:?}"),
    }
}

/// CAN-06: CANCEL after our 2xx changes nothing.
#[test]
fn can_06_a_cancel_after_the_answer_changes_nothing() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    ladder.clear();
    ladder.peer_cancels("");
    assert_eq!(ladder.drain(), ["200 CANCEL"]);
    assert!(ladder.dialog.as_ref().unwrap().is_confirmed());
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// BYE-05: a caller's BYE on its early dialog gets 200, its INVITE 487.
#[test]
fn bye_05_a_bye_in_the_early_dialog_ends_the_invite() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Progress { status: 180, sdp: None, headers: Headers::new() });
    ladder.clear();
    ladder.peer_sends("BYE", "", "");
    assert_eq!(ladder.drain(), ["200 BYE", "487"]);
    assert_eq!(ladder.heard(), ["ending bye", "ended"]);
}

#[test]
fn a_refusal_carries_its_headers_and_ends_the_leg() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    let headers = vec![header("Retry-After", "3")];
    ladder.command(Command::Refuse { status: 503, headers });
    let refusal = ladder.take_sent("503");
    assert_eq!(refusal.number(Name::RetryAfter), Some(3));
    assert!(refusal.to_tag().is_some());
    assert_eq!(ladder.heard(), ["ending ours", "ended"]);
}

/// SDP-02: no offer in the INVITE: ours in the 2xx, the answer in the ACK.
#[test]
fn sdp_02_an_invite_without_offer_is_answered_with_one() {
    let mut ladder = Ladder::called(Policy::default(), "", "");
    // Not in an unreliable 1xx: nobody could answer it there.
    ladder.command(Command::Progress { status: 183, sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(ladder.take_sent("183").sdp(), None);
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(ladder.take_sent("200").sdp(), Some(body(10)));
    let tag = ladder.our_tag();
    ladder.peer_ack(&tag, &sdp(1));
    match &ladder.events[..] {
        [Event::Acked { sdp: Some(answer) }] => assert_eq!(*answer, body(1)),
        other => panic!("{other:?}"),
    }
}

/// SDP-02: no answer in the ACK: BYE.
#[test]
fn sdp_02_an_ack_without_the_answer_is_hung_up() {
    let mut ladder = Ladder::called(Policy::default(), "", "");
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    let tag = ladder.our_tag();
    ladder.clear();
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.drain(), ["BYE"]);
    assert_eq!(ladder.heard(), ["ending offer unanswered"]);
}

/// SDP-02: what stood in the unreliable 183 stands in the 2xx too.
#[test]
fn sdp_02_the_preview_is_repeated_in_the_2xx() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Progress { status: 183, sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(ladder.take_sent("183").sdp(), Some(body(10)));
    ladder.command(Command::Answer { sdp: None, headers: Headers::new() });
    assert_eq!(ladder.take_sent("200").sdp(), Some(body(10)));
}

/// RFC 3261 §13.3.1.1: a provisional every minute, so that no proxy lets the INVITE run out.
#[test]
fn a_long_wait_repeats_the_provisional_every_minute() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Progress { status: 182, sdp: None, headers: Headers::new() });
    ladder.clear();
    ladder.advance(secs(181));
    assert_eq!(ladder.drain(), ["182", "182", "182"]);
}

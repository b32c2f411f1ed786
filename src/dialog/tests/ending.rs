//! BYE from either side, crossing, lost, challenged.

use super::*;
use crate::sip::auth::Credentials;
use std::sync::Arc;

/// BYE-01: 200 at once, and its Reason is told.
#[test]
fn bye_01_a_bye_is_answered_and_its_reason_told() {
    for mut ladder in
        [Ladder::answered_uas(Policy::default(), ""), Ladder::answered_uac(Policy::default(), "")]
    {
        ladder.peer_sends("BYE", "Reason: Q.850;cause=16\r\n", "");
        assert_eq!(ladder.drain(), ["200 BYE"]);
        // BYE-07
        match &ladder.events[..] {
            [Event::Ending(Ending::Bye { reason: Some(reason) }), Event::Ended] => {
                assert_eq!(&**reason, b"Q.850;cause=16");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// BYE-01: ours waits for the ACK of our 2xx.
#[test]
fn bye_01_our_bye_waits_for_the_ack() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    ladder.clear();
    let reason = Some("Q.850;cause=16".into());
    ladder.command(Command::End { status: 480, reason });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    assert_eq!(ladder.heard(), ["ending ours"]);
    ladder.advance(ms(500));
    assert_eq!(ladder.drain(), ["200"]);
    let tag = ladder.our_tag();
    ladder.peer_ack(&tag, "");
    let bye = ladder.take_sent("BYE");
    assert_eq!(value(&bye, Name::Reason), "Q.850;cause=16");
    ladder.answer(&bye, "200 OK", "peer", "", "");
    assert_eq!(ladder.heard(), ["ended"]);
}

/// BYE-01: or for 64·T1, where no ACK ever comes.
#[test]
fn bye_01_our_bye_goes_after_64_t1_without_an_ack() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    ladder.end();
    ladder.advance(ms(31_999));
    assert!(!ladder.drain().contains(&"BYE".to_owned()));
    ladder.advance(ms(1));
    assert!(ladder.drain().contains(&"BYE".to_owned()));
}

/// BYE-02: both at once: both 200, nothing left over.
#[test]
fn bye_02_two_byes_cross() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.end();
    let bye = ladder.take_sent("BYE");
    ladder.peer_sends("BYE", "", "");
    assert_eq!(ladder.drain(), ["200 BYE"]);
    ladder.answer(&bye, "200 OK", "peer", "", "");
    assert_eq!(ladder.heard(), ["ending ours", "ended"]);
    ladder.advance(secs(64));
    assert_eq!(ladder.layer.len(), (0, 0));
    assert_eq!(ladder.drain(), Vec::<String>::new());
}

/// BYE-03, TXN-08: 481, 408 or nothing: the leg is gone all the same.
#[test]
fn bye_03_whatever_our_bye_meets_the_leg_is_gone() {
    for answer in [Some("481 Gone"), Some("408 Timeout"), Some("500 No"), None] {
        let mut ladder = Ladder::answered_uas(Policy::default(), "");
        ladder.end();
        let bye = ladder.take_sent("BYE");
        match answer {
            Some(status) => ladder.answer(&bye, status, "peer", "", ""),
            None => ladder.advance(secs(32)),
        }
        assert_eq!(ladder.heard(), ["ending ours", "ended"], "{answer:?}");
    }
}

/// BYE-04: a BYE while a re-INVITE waits for the call: 200, and 487 to the re-INVITE.
#[test]
fn bye_04_a_bye_ends_a_pending_reinvite_with_487() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.peer_sends("BYE", "", "");
    assert_eq!(ladder.drain(), ["200 BYE", "487"]);
    assert_eq!(ladder.heard(), ["ending bye", "ended"]);
}

/// REAL-04: our BYE is challenged: credentials once.
#[test]
fn real_04_a_challenged_bye_is_sent_again_once() {
    let credentials = Credentials { user: "us".to_owned(), password: "secret".to_owned() };
    let policy = Policy { credentials: Some(Arc::new(credentials)), ..Policy::default() };
    let mut ladder = Ladder::answered_uac(policy, "");
    ladder.end();
    let challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    let first = ladder.take_sent("BYE");
    ladder.answer(&first, "407 Auth", "peer", challenge, "");
    let second = ladder.take_sent("BYE");
    assert!(value(&second, Name::ProxyAuthorization).contains("realm=\"r\""));
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    ladder.answer(&second, "407 Auth", "peer", challenge, "");
    assert_eq!(ladder.heard(), ["ending ours", "ended"]);
}

/// An ACK that the call still owed goes before the BYE.
#[test]
fn leaving_before_the_answer_to_an_offer_acks_first() {
    let mut ladder = Ladder::calling(Policy::default(), None);
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    ladder.end();
    assert_eq!(ladder.drain(), ["ACK", "BYE"]);
}

/// Nothing is left in the layer when a call has been over for 64·T1.
#[test]
fn nothing_lingers() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.peer_sends("BYE", "", "");
    ladder.advance(secs(33));
    assert_eq!(ladder.layer.len(), (0, 0));
    assert_eq!(ladder.dialog.as_ref().unwrap().next_deadline(), None);
}

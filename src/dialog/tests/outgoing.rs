//! We call: INVITE, forks, ACK, CANCEL, failures, challenges.

use super::*;
use crate::sip::auth::Credentials;
use std::sync::Arc;

/// TXN-04, DLG-01: the ACK is a new transaction; each repeated 2xx gets the same one again.
#[test]
fn txn_04_a_2xx_is_acked_and_each_repeat_gets_the_same_ack() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    assert_eq!(invite.number(Name::MaxForwards), Some(69));
    assert_eq!(invite.to_tag(), None);
    assert_eq!(invite.sdp(), Some(body(10)));
    invite.check().unwrap();
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    ladder.answer(&invite, "200 OK", "peer", "Contact: <sip:moved@192.0.2.77:5070>\r\n", &sdp(1));
    assert_eq!(ladder.heard(), ["progress 180 #0", "answered+sdp Some(0)"]);
    let (flow, ack) = ladder.sent.remove(0);
    assert_eq!(ack.request_uri_text(), b"sip:moved@192.0.2.77:5070");
    assert_eq!(flow.remote, "192.0.2.77:5070".parse().unwrap());
    assert_eq!(ack.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert_ne!(ack.via().unwrap().branch, invite.via().unwrap().branch);
    assert_eq!(ack.to_tag(), Some(&b"peer"[..]));
    ack.check().unwrap();
    let extra = "Contact: <sip:moved@192.0.2.77:5070>\r\n";
    for _ in 0..3 {
        ladder.answer(&invite, "200 OK", "peer", extra, &sdp(1));
        let (again_flow, again) = ladder.sent.remove(0);
        assert_eq!((again_flow, again.raw()), (flow, ack.raw()));
    }
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// TXN-11, DLG-07: the first 2xx confirms; another fork's is acknowledged and hung up.
#[test]
fn txn_11_another_forks_2xx_gets_ack_and_bye() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "one", "", "");
    ladder.answer(&invite, "183 Progress", "two", "", &sdp(2));
    ladder.answer(&invite, "200 OK", "two", "", &sdp(2));
    assert_eq!(ladder.heard(), ["progress 180 #0", "progress 183+sdp #1", "answered+sdp Some(1)"]);
    ladder.sent.clear();
    ladder.answer(&invite, "200 OK", "one", "", &sdp(3));
    let (ack, bye) = (ladder.take_sent("ACK"), ladder.take_sent("BYE"));
    assert_eq!(ack.to_tag(), Some(&b"one"[..]));
    assert_eq!(bye.to_tag(), Some(&b"one"[..]));
    assert_eq!(bye.request_uri_text(), format!("sip:one@{PEER}").as_bytes());
    // PRACKs of the early dialog may have had the numbers between.
    assert!(bye.cseq().unwrap().number > ack.cseq().unwrap().number);
    // Its repeat gets the ACK again, not another BYE.
    ladder.answer(&invite, "200 OK", "one", "", &sdp(3));
    assert_eq!(ladder.drain(), ["ACK"]);
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// CAN-04: held back until a provisional; CAN-07: built as the INVITE.
#[test]
fn can_04_a_cancel_waits_for_a_provisional() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    let reason = Some("SIP;cause=200;text=\"Call completed elsewhere\"".into());
    ladder.command(Command::End { status: 480, reason });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    assert_eq!(ladder.heard(), ["ending ours"]);
    ladder.answer(&invite, "100 Trying", "", "", "");
    let cancel = ladder.take_sent("CANCEL");
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::Route] {
        assert_eq!(value(&cancel, name), value(&invite, name));
    }
    assert_eq!(cancel.request_uri_text(), invite.request_uri_text());
    assert_eq!(cancel.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert!(cancel.header(Name::Require).is_none());
    assert!(value(&cancel, Name::Reason).contains("elsewhere"));
    cancel.check().unwrap();
    ladder.answer(&cancel, "200 OK", "x", "", "");
    ladder.answer(&invite, "487 Request Terminated", "peer", "", "");
    assert_eq!(ladder.heard(), ["ended"]);
}

/// CAN-04: the final comes first: no CANCEL, and a 2xx is acknowledged and hung up.
#[test]
fn can_04_a_final_before_any_provisional_needs_no_cancel() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.end();
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.drain(), ["ACK", "BYE"]);
    assert_eq!(ladder.heard(), ["ending ours"]);
}

/// CAN-05: 200 crosses our CANCEL: ACK and BYE, and the call never hears of it.
#[test]
fn can_05_a_200_that_crosses_our_cancel_is_acked_and_hung_up() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    ladder.end();
    let cancel = ladder.take_sent("CANCEL");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    ladder.answer(&cancel, "200 OK", "x", "", "");
    ladder.take_sent("ACK");
    let bye = ladder.take_sent("BYE");
    assert_eq!(ladder.heard(), ["progress 180 #0", "ending ours"]);
    // Its 2xx again: the ACK again, while the BYE is under way.
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.drain(), ["ACK"]);
    ladder.answer(&bye, "200 OK", "peer", "", "");
    assert_eq!(ladder.heard(), ["ended"]);
}

/// CAN-08, CAN-01: nothing answers the CANCEL: the leg is gone after 64·T1, not before.
#[test]
fn can_08_a_cancel_that_nobody_answers_frees_the_leg_after_64_t1() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    ladder.end();
    ladder.clear();
    ladder.advance(ms(31_999));
    assert_eq!(ladder.heard(), Vec::<String>::new());
    ladder.advance(ms(1));
    assert_eq!(ladder.heard(), ["ended"]);
    // TXN-10: an answer that comes even later leaves nobody in dead air.
    ladder.sent.clear();
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.drain(), ["ACK", "BYE"]);
}

/// TXN-01, TGT-02: timer B is a failure as 408, nothing was heard.
#[test]
fn a_silent_peer_fails_as_408() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    ladder.advance(secs(32));
    let unreachable = Ending::Failure {
        status: 408,
        retry_after: None,
        reason: None,
        unreachable: true,
        rang: false,
    };
    assert!(
        matches!(&ladder.events[..], [Event::Ending(why), Event::Ended] if *why == unreachable)
    );
}

/// REAL-15: no provisional within the peer's time: the leg fails at once and nobody waits; an
/// answer that comes after all is acknowledged and hung up.
#[test]
fn real_15_a_dead_peer_is_given_up_after_its_first_response_time() {
    let policy = Policy { first_response: Some(secs(3)), ..Policy::default() };
    let mut ladder = Ladder::calling(policy.clone(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.advance(ms(2_999));
    assert_eq!(ladder.heard(), Vec::<String>::new());
    ladder.advance(ms(1));
    assert_eq!(ladder.heard(), ["ending failure 408", "ended"]);
    ladder.sent.clear();
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.drain(), ["ACK", "BYE"]);
    // A 100 in time is life.
    let mut ladder = Ladder::calling(policy, Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "100 Trying", "", "", "");
    ladder.advance(secs(60));
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// TXN-17: over 1300 bytes to a peer that hears on TCP: TCP, and back to UDP if that is refused.
#[test]
fn txn_17_a_large_invite_goes_over_tcp_and_back_if_that_is_refused() {
    let large = Bytes::from(sdp(1) + &"a=x\r\n".repeat(300));
    let policy = Policy { large_over_tcp: true, ..Policy::default() };
    let mut ladder = Ladder::calling(policy.clone(), Some(large.clone()));
    let (flow, invite) = ladder.sent.remove(0);
    assert_eq!(flow.transport, Transport::Tcp);
    assert_eq!(invite.via().unwrap().transport, "TCP");
    ladder.layer_input(transaction::Input::TransportFailed { flow });
    let (flow, invite) = ladder.sent.remove(0);
    assert_eq!(flow.transport, Transport::Udp);
    assert_eq!(invite.via().unwrap().transport, "UDP");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.heard(), ["answered+sdp None"]);
    // Small ones, and peers that are not known to hear on TCP, go as told.
    for (policy, offer) in [(policy, body(1)), (Policy::default(), large)] {
        let ladder = Ladder::calling(policy, Some(offer));
        assert_eq!(ladder.sent[0].0.transport, Transport::Udp);
    }
}

/// TGT-04: a refusal is told with all that the router wants to know.
#[test]
fn tgt_04_a_refusal_is_told_with_its_reasons() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    let extra = "Retry-After: 7 (busy)\r\nReason: Q.850;cause=17\r\n";
    ladder.answer(&invite, "486 Busy Here", "peer", extra, "");
    let busy = Ending::Failure {
        status: 486,
        retry_after: Some(7),
        reason: Some(Box::from(&b"Q.850;cause=17"[..])),
        unreachable: false,
        rang: true,
    };
    assert!(matches!(&ladder.events[1..], [Event::Ending(why), Event::Ended] if *why == busy));
    assert_eq!(ladder.drain(), ["ACK"]);
}

fn with_credentials() -> Policy {
    let credentials = Credentials { user: "us".to_owned(), password: "secret".to_owned() };
    Policy { credentials: Some(Arc::new(credentials)), ..Policy::default() }
}

/// TGT-05: answered once, one number higher, same Call-ID and From tag; again only on stale.
#[test]
fn tgt_05_a_challenge_is_answered_once_and_again_on_stale() {
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"\r\n";
    let mut ladder = Ladder::calling(with_credentials(), Some(body(10)));
    let first = ladder.take_sent("INVITE");
    ladder.answer(&first, "401 Unauthorized", "x", challenge, "");
    let second = ladder.take_sent("INVITE");
    assert_eq!(value(&second, Name::CallId), value(&first, Name::CallId));
    assert_eq!(second.from_tag(), first.from_tag());
    assert_eq!(second.to_tag(), None);
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    assert_ne!(second.via().unwrap().branch, first.via().unwrap().branch);
    assert!(value(&second, Name::Authorization).contains("nonce=\"n1\""));
    let stale = challenge.replace("n1\"", "n2\", stale=true");
    ladder.answer(&second, "401 Unauthorized", "x", &stale, "");
    let third = ladder.take_sent("INVITE");
    assert!(value(&third, Name::Authorization).contains("nonce=\"n2\""));
    assert_eq!(third.lines(Name::Authorization).count(), 1);
    // REAL-04: the ACK of the 2xx carries the INVITE's credentials.
    ladder.sent.clear();
    ladder.answer(&third, "200 OK", "peer", "", &sdp(1));
    let ack = ladder.take_sent("ACK");
    assert_eq!(value(&ack, Name::Authorization), value(&third, Name::Authorization));
    // The same nonce refused: the credentials are wrong, so that is that.
    let mut ladder = Ladder::calling(with_credentials(), Some(body(10)));
    let first = ladder.take_sent("INVITE");
    ladder.answer(&first, "401 Unauthorized", "x", challenge, "");
    let second = ladder.take_sent("INVITE");
    ladder.answer(&second, "401 Unauthorized", "x", challenge, "");
    assert_eq!(ladder.heard(), ["ending failure 401", "ended"]);
}

/// TGT-05: without credentials a challenge is a failure.
#[test]
fn tgt_05_a_challenge_without_credentials_is_a_failure() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    let challenge = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
    ladder.answer(&invite, "407 Proxy Authentication Required", "x", challenge, "");
    assert_eq!(ladder.heard(), ["ending failure 407", "ended"]);
}

/// REAL-24: a 2xx without Contact: the INVITE's target and flow.
#[test]
fn real_24_a_2xx_without_contact_falls_back_to_the_target() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "X-No-Contact: 1\r\nContact:\r\n", &sdp(1));
    let (flow, ack) = ladder.sent.remove(0);
    assert_eq!(ack.request_uri_text(), b"sip:anna@192.0.2.66");
    assert_eq!(flow.remote, PEER.parse().unwrap());
}

/// REAL-08: the 200's description differs from the 183's: both are told.
#[test]
fn real_08_each_description_is_told_as_it_comes() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "183 Session Progress", "peer", "", &sdp(1));
    ladder.answer(&invite, "183 Session Progress", "peer", "", &sdp(1));
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(2));
    assert_eq!(
        ladder.heard(),
        ["progress 183+sdp #0", "progress 183+sdp #0", "answered+sdp Some(0)"]
    );
}

/// SDP-02 as UAC: the 2xx has the offer, the ACK waits for the call's answer and carries it.
#[test]
fn sdp_02_the_ack_waits_for_the_answer_to_an_offer_in_the_2xx() {
    let mut ladder = Ladder::calling(Policy::default(), None);
    let invite = ladder.take_sent("INVITE");
    assert_eq!(invite.sdp(), None);
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.heard(), ["answered+sdp None"]);
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.command(Command::AnswerOffer { sdp: body(10) });
    assert_eq!(ladder.take_sent("ACK").sdp(), Some(body(10)));
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.take_sent("ACK").sdp(), Some(body(10)));
}

/// CAN-04, REAL-15: given up before anything was heard: the INVITE stays ours until its final, so
/// that a CANCEL can still follow a late provisional.
#[test]
fn can_04_a_held_cancel_outlives_the_first_response_time() {
    let policy = Policy { first_response: Some(secs(3)), ..Policy::default() };
    let mut ladder = Ladder::calling(policy, Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.end();
    ladder.advance(secs(5));
    ladder.clear();
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    assert_eq!(ladder.drain(), ["CANCEL"]);
}

/// TXN-11: a fork that is dismissed changes nothing about where our own dialog's requests go.
#[test]
fn txn_11_a_dismissed_fork_does_not_bend_the_way() {
    let policy = Policy { symmetric_signalling: true, ..Policy::default() };
    let mut ladder = Ladder::calling(policy, Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    ladder.clear();
    ladder.flow = flow_to("192.0.2.99:5060", Transport::Udp);
    ladder.answer(&invite, "200 OK", "fork", "", &sdp(2));
    assert!(ladder.sent.iter().all(|(flow, _)| *flow == ladder.flow));
    ladder.clear();
    ladder.end();
    assert_eq!(ladder.sent[0].0.remote, PEER.parse().unwrap());
}

/// DLG-07: what a dropped early dialog still asked gets its final.
#[test]
fn dlg_07_a_dropped_early_dialog_leaves_no_request_open() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "180 Ringing", "peer", "", "");
    ladder.peer_sends("INFO", "", "");
    ladder.answer(&invite, "200 OK", "other", "", &sdp(1));
    assert_eq!(ladder.drain(), ["487 INFO", "ACK"]);
}

/// TXN-18: the transport cannot deliver: failed at once as 503, so that the next target is tried.
#[test]
fn txn_18_a_dead_transport_fails_as_503_at_once() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let flow = ladder.flow;
    ladder.layer_input(transaction::Input::TransportFailed { flow });
    let dead = Ending::Failure {
        status: 503,
        retry_after: None,
        reason: None,
        unreachable: true,
        rang: false,
    };
    assert!(matches!(&ladder.events[..], [Event::Ending(why), Event::Ended] if *why == dead));
}

//! Offer and answer inside the dialog: re-INVITE, UPDATE, turns, glare.

use super::*;
use crate::dialog::OurOffer;

fn tag_of(ladder: &Ladder) -> String {
    ladder.our_tag()
}

/// SDP-05's carrier, DLG-06: a re-INVITE is the call's to answer; target and flow follow it.
#[test]
fn dlg_06_a_reinvite_is_answered_and_moves_the_target() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "Contact: <sip:moved@192.0.2.99:5070>\r\n", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    let ok = ladder.take_sent("200");
    assert_eq!(ok.sdp(), Some(body(11)));
    // It is repeated like any 2xx until its ACK.
    ladder.advance(ms(500));
    assert_eq!(ladder.drain(), ["200"]);
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, "");
    ladder.advance(secs(40));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.end();
    assert_eq!(ladder.sent[0].0.remote, "192.0.2.99:5070".parse().unwrap());
    assert_eq!(ladder.take_sent("BYE").request_uri_text(), b"sip:moved@192.0.2.99:5070");
}

/// SDP-06: the same description again is a refresh: answered with ours as it was, nobody is asked.
#[test]
fn sdp_06_the_same_offer_again_changes_nothing() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "", &sdp(1));
    assert_eq!(ladder.take_sent("200").sdp(), Some(body(10)));
    assert_eq!(ladder.heard(), ["refreshed"]);
    // Changed content is acted upon, whatever its version says.
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, "");
    ladder.peer_sends("INVITE", "", &sdp(1).replace("4000", "4002"));
    assert_eq!(ladder.heard(), ["offer"]);
}

/// SDP-07: ours is refused: told, acknowledged, and the session stays.
#[test]
fn sdp_07_a_refused_offer_leaves_the_session() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    let invite = ladder.take_sent("INVITE");
    assert_eq!(invite.to_tag(), Some(&b"peer"[..]));
    ladder.answer(&invite, "488 Not Acceptable Here", "peer", "", "");
    assert_eq!(ladder.drain(), ["ACK"]);
    assert_eq!(ladder.heard(), ["offer failed 488"]);
    assert!(ladder.dialog.as_ref().unwrap().is_confirmed());
    // The refresh of the peer's is still answered with what was agreed before.
    ladder.peer_sends("INVITE", "", &sdp(1));
    assert_eq!(ladder.take_sent("200").sdp(), Some(body(10)));
}

/// SDP-07: 481, 408 or time-out ends the dialog.
#[test]
fn sdp_07_481_408_and_silence_end_the_dialog() {
    for answer in [Some("481 Gone"), Some("408 Timeout"), None] {
        let mut ladder = Ladder::answered_uac(Policy::default(), "");
        ladder.command(Command::Offer { sdp: Some(body(11)) });
        let invite = ladder.take_sent("INVITE");
        match answer {
            Some(status) => ladder.answer(&invite, status, "peer", "", ""),
            None => ladder.advance(secs(32)),
        }
        assert!(ladder.drain().contains(&"BYE".to_owned()), "{answer:?}");
        assert!(ladder.heard().contains(&"ending dialog lost".to_owned()), "{answer:?}");
    }
}

/// SDP-08: an offer of theirs while ours is out: 491; an offer of ours that met glare comes again
/// after §14.1's wait: 2.1 to 4 s where the Call-ID is ours, else up to 2 s.
#[test]
fn sdp_08_glare_is_refused_and_ours_is_sent_again() {
    for (mut ladder, earliest, latest) in [
        (Ladder::answered_uac(Policy::default(), ""), 2_100, 4_000),
        (Ladder::answered_uas(Policy::default(), ""), 0, 2_000),
    ] {
        ladder.command(Command::Offer { sdp: Some(body(11)) });
        let invite = ladder.take_sent("INVITE");
        ladder.peer_sends("INVITE", "", &sdp(2));
        assert_eq!(ladder.drain(), ["491"]);
        ladder.answer(&invite, "491 Request Pending", "peer", "", "");
        assert_eq!(ladder.drain(), ["ACK"]);
        let at = ladder.dialog.as_ref().unwrap().next_deadline().unwrap();
        let wait = at.since(ladder.now);
        assert!(wait >= ms(earliest) && wait <= ms(latest), "{wait:?}");
        assert_eq!(wait.as_micros() % 10_000, 0);
        ladder.advance(wait);
        let again = ladder.take_sent("INVITE");
        assert_eq!(again.sdp(), Some(body(11)));
        ladder.sent.clear();
        ladder.answer(&again, "200 OK", "peer", "", &sdp(3));
        assert_eq!(ladder.drain(), ["ACK"]);
        assert_eq!(ladder.heard(), ["answer"]);
    }
}

/// SDP-08: while ours waits after glare, the peer's comes first: ours was made for a session that
/// is no more, so the call makes it anew.
#[test]
fn sdp_08_an_offer_overtaken_while_it_waits_is_the_calls_to_make_again() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "491 Request Pending", "peer", "", "");
    ladder.clear();
    ladder.peer_sends("INVITE", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer failed 491", "offer"]);
    // Told in the middle of the peer's turn, the new one waits for its end and the ACK.
    ladder.command(Command::Offer { sdp: Some(body(12)) });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.drain(), ["200"]);
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.take_sent("INVITE").sdp(), Some(body(12)));
}

/// SDP-08: an offer that waits behind a refresh which meets glare waits for the dialog's sake; it does what
/// the refresh was to do. So does an offer that meets glare while a refresh waits behind it.
#[test]
fn sdp_08_an_offer_and_a_refresh_go_as_one_after_glare() {
    const REFRESHER: &str = "Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n";
    for offer_first in [false, true] {
        let mut ladder = Ladder::answered_uac(Policy::default(), REFRESHER);
        ladder.advance(ms(if offer_first { 149_999 } else { 150_000 }));
        ladder.command(Command::Offer { sdp: Some(body(11)) });
        ladder.advance(ms(1));
        let invite = ladder.take_sent("INVITE");
        let refreshes = invite.sdp() == Some(body(10));
        assert_eq!(refreshes, !offer_first);
        ladder.answer(&invite, "491 Request Pending", "peer", "", "");
        assert_eq!(ladder.drain(), ["ACK"]);
        ladder.advance(ms(2_099));
        assert_eq!(ladder.drain(), Vec::<String>::new(), "§14.1: 2.1 s at least");
        ladder.advance(ms(1_901));
        let offer = ladder.take_sent("INVITE");
        assert_eq!(offer.sdp(), Some(body(11)));
        ladder.answer(&offer, "200 OK", "peer", "", &sdp(2));
        ladder.sent.clear();
        ladder.advance(secs(10));
        assert_eq!(ladder.drain(), Vec::<String>::new(), "no refresh behind it");
        assert_eq!(ladder.heard(), ["answer"]);
    }
}

/// How far an offer of ours is, as the call may ask before it makes another.
#[test]
fn an_offer_of_ours_is_none_or_waits_or_is_out() {
    let stands = |ladder: &Ladder| ladder.dialog.as_ref().unwrap().our_offer();
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    assert_eq!(stands(&ladder), OurOffer::Out, "the INVITE's own exchange");
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(stands(&ladder), OurOffer::None);
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    assert_eq!(stands(&ladder), OurOffer::Waits { seen: false }, "for the ACK");
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, "");
    assert_eq!(stands(&ladder), OurOffer::Out);
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "491 Request Pending", "peer", "", "");
    assert_eq!(stands(&ladder), OurOffer::Waits { seen: true });
    ladder.command(Command::Offer { sdp: Some(body(12)) });
    assert_eq!(stands(&ladder), OurOffer::Waits { seen: false }, "the newer one was never sent");
    ladder.sent.clear();
    ladder.advance(secs(2));
    let offer = ladder.take_sent("INVITE");
    assert_eq!(offer.sdp(), Some(body(12)));
    ladder.answer(&offer, "200 OK", "peer", "", &sdp(2));
    assert_eq!(stands(&ladder), OurOffer::None);
    ladder.peer_sends("INVITE", "", "");
    ladder.command(Command::GiveOffer { sdp: body(13) });
    assert_eq!(stands(&ladder), OurOffer::Out, "in our 2xx");
}

/// SDP-09: theirs unanswered, another comes: 500 with Retry-After 0 to 10.
#[test]
fn sdp_09_a_second_offer_before_the_answer_gets_500() {
    for (first, second) in [("INVITE", "INVITE"), ("UPDATE", "INVITE"), ("INVITE", "UPDATE")] {
        let mut ladder = Ladder::answered_uas(Policy::default(), "");
        ladder.peer_sends(first, "", &sdp(2));
        ladder.peer_sends(second, "", &sdp(3));
        let (_, refusal) = ladder.sent.remove(0);
        assert_eq!(refusal.status(), Some(500), "{first} {second}");
        assert!(refusal.number(Name::RetryAfter).unwrap() <= 10);
        assert_eq!(ladder.heard(), ["offer"]);
    }
}

/// SDP-09: a second INVITE before our final of the first.
#[test]
fn sdp_09_a_second_invite_before_the_final_gets_500() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Progress { status: 180, sdp: None, headers: Headers::new() });
    ladder.clear();
    ladder.peer_sends("INVITE", "", &sdp(2));
    assert!(ladder.take_sent("500").number(Name::RetryAfter).is_some());
}

/// SDP-10: UPDATE in a confirmed dialog: with an offer it is the call's, without it is answered.
#[test]
fn sdp_10_update_is_answered_in_the_confirmed_dialog() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.peer_sends("UPDATE", "Contact: <sip:moved@192.0.2.99>\r\n", "");
    assert_eq!(ladder.drain(), ["200 UPDATE"]);
    assert_eq!(ladder.heard(), ["refreshed"]);
    ladder.peer_sends("UPDATE", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("200 UPDATE").sdp(), Some(body(11)));
    ladder.peer_sends("UPDATE", "", &sdp(3));
    let headers = vec![header("Warning", "304 us \"no\"")];
    ladder.command(Command::RefuseOffer { status: 488, headers });
    assert_eq!(value(&ladder.take_sent("488 UPDATE"), Name::Warning), "304 us \"no\"");
}

/// SDP-17: the call refuses an offer: 488, the dialog goes on.
#[test]
fn sdp_17_a_refused_reinvite_leaves_the_dialog() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "", "not a description");
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::RefuseOffer { status: 488, headers: Headers::new() });
    assert_eq!(ladder.drain(), ["488"]);
    assert!(ladder.dialog.as_ref().unwrap().is_confirmed());
}

/// REAL-10: a re-INVITE without an offer: ours in the 200, the answer in its ACK.
#[test]
fn real_10_a_reinvite_without_offer_gets_one() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "", "");
    assert_eq!(ladder.heard(), ["offer wanted"]);
    ladder.command(Command::GiveOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("200").sdp(), Some(body(11)));
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, &sdp(2));
    assert_eq!(ladder.heard(), ["answer"]);
    // No answer in the ACK: the dialog cannot go on.
    ladder.peer_sends("INVITE", "", "");
    ladder.command(Command::GiveOffer { sdp: body(12) });
    ladder.clear();
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.drain(), ["BYE"]);
    assert_eq!(ladder.heard(), ["ending offer unanswered"]);
}

/// Our re-INVITE without an offer: the peer's is in the 2xx, our answer in the ACK.
#[test]
fn our_reinvite_without_offer_is_answered_in_the_ack() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.command(Command::Offer { sdp: None });
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("ACK").sdp(), Some(body(11)));
}

/// RFC 3261 §14.1: no INVITE of ours before the ACK of our 2xx.
#[test]
fn our_offer_waits_for_the_ack_of_our_answer() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    ladder.clear();
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    let tag = tag_of(&ladder);
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.drain(), ["INVITE"]);
}

/// A re-INVITE is cancelled: 487 to it, the session stays.
#[test]
fn a_cancelled_reinvite_leaves_the_session() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INVITE", "", &sdp(2));
    ladder.peer_cancels("");
    assert_eq!(ladder.drain(), ["200 CANCEL", "487"]);
    assert!(ladder.dialog.as_ref().unwrap().is_confirmed());
    ladder.clear();
    // The call's answer comes too late and does no harm.
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.heard(), ["ignored"]);
    assert_eq!(ladder.drain(), Vec::<String>::new());
}

/// A repeated 2xx of our re-INVITE gets its ACK again.
#[test]
fn txn_04_a_repeated_2xx_of_a_reinvite_gets_its_ack_again() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(2));
    let ack = ladder.take_sent("ACK");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(2));
    assert_eq!(ladder.take_sent("ACK").raw(), ack.raw());
    assert_eq!(ladder.heard(), ["answer"]);
}

/// TXN-04: a late repeat of the first 2xx gets the first ACK, not the re-INVITE's.
#[test]
fn txn_04_each_2xx_gets_its_own_ack_again() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    let first = ladder.take_sent("ACK");
    ladder.command(Command::Offer { sdp: Some(body(11)) });
    let reinvite = ladder.take_sent("INVITE");
    ladder.answer(&reinvite, "200 OK", "peer", "", &sdp(2));
    let second = ladder.take_sent("ACK");
    ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
    assert_eq!(ladder.take_sent("ACK").raw(), first.raw());
    ladder.answer(&reinvite, "200 OK", "peer", "", &sdp(2));
    assert_eq!(ladder.take_sent("ACK").raw(), second.raw());
}

/// A peer that re-INVITEs on and on without an ACK is put off.
#[test]
fn reinvites_without_acks_are_bounded() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    for _ in 0..6 {
        ladder.peer_sends("INVITE", "", &sdp(1));
    }
    assert_eq!(ladder.drain(), ["200", "200", "200", "200", "500", "500"]);
}

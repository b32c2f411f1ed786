//! Reliable provisionals and PRACK, both ways; offers in early dialogs.

use super::*;

const REQUIRED: &str =
    "Require: 100rel\r\nSupported: 100rel\r\nAllow: INVITE, ACK, UPDATE, PRACK\r\n";

fn progress(ladder: &mut Ladder, status: u16, sdp: Option<Bytes>) {
    ladder.command(Command::Progress { status, sdp, headers: Headers::new() });
}

fn prack(ladder: &mut Ladder, provisional: &Message, body: &str) {
    let rseq = value(provisional, Name::RSeq);
    let cseq = value(provisional, Name::CSeq);
    ladder.peer_sends("PRACK", &format!("RAck: {rseq} {cseq}\r\n"), body);
}

/// PRK-01: RSeq, resent until PRACK, one at a time, and the 2xx waits.
#[test]
fn prk_01_reliable_provisionals_go_one_at_a_time_and_the_2xx_waits() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    progress(&mut ladder, 183, Some(body(10)));
    progress(&mut ladder, 180, None);
    let first = ladder.take_sent("183");
    assert!(first.has_token(Name::Require, "100rel"));
    assert!(first.number(Name::RSeq).is_some_and(|rseq| rseq >= 1));
    assert_eq!(first.sdp(), Some(body(10)));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.advance(ms(500));
    assert_eq!(ladder.drain(), ["183"]);
    ladder.advance(ms(1000));
    assert_eq!(ladder.drain(), ["183"]);
    prack(&mut ladder, &first, "");
    ladder.take_sent("200 PRACK");
    let second = ladder.take_sent("180");
    assert_eq!(second.number(Name::RSeq), first.number(Name::RSeq).map(|rseq| rseq + 1));
    // 180 has no description: the 2xx may overtake it, and says nothing more.
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(ladder.take_sent("200").sdp(), None);
    // Its PRACK is still taken, once.
    prack(&mut ladder, &second, "");
    ladder.take_sent("200 PRACK");
    prack(&mut ladder, &second, "");
    ladder.take_sent("481 PRACK");
}

/// PRK-01: the 2xx waits while a reliable 1xx with a description is open.
#[test]
fn prk_01_the_2xx_waits_for_the_prack_of_a_description() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    progress(&mut ladder, 183, Some(body(10)));
    let first = ladder.take_sent("183");
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    prack(&mut ladder, &first, "");
    assert_eq!(ladder.drain(), ["200 PRACK", "200"]);
}

/// PRK-01: no PRACK in 64·T1: 5xx.
#[test]
fn prk_01_no_prack_in_64_t1_refuses_the_invite() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    progress(&mut ladder, 180, None);
    ladder.advance(ms(31_999));
    assert!(!ladder.drain().contains(&"504".to_owned()));
    ladder.advance(ms(1));
    assert_eq!(ladder.take_sent("504").status(), Some(504));
    assert_eq!(ladder.heard(), ["ending no ack", "ended"]);
}

/// PRK-03: supported but not required: plain, unless the policy prefers it.
#[test]
fn prk_03_each_leg_is_reliable_by_itself() {
    let supported = "Supported: 100rel\r\n";
    for (policy, extra, reliable) in [
        (Policy::default(), supported, false),
        (Policy { prefer_100rel: true, ..Policy::default() }, supported, true),
        (Policy { prefer_100rel: true, ..Policy::default() }, "", false),
        (Policy { prefer_100rel: true, ..Policy::default() }, "Supported: timer\r\n", false),
        (Policy::default(), REQUIRED, true),
    ] {
        let mut ladder = Ladder::called(policy, extra, &sdp(1));
        progress(&mut ladder, 180, None);
        let ringing = ladder.take_sent("180");
        assert_eq!(ringing.has_token(Name::Require, "100rel"), reliable);
    }
}

/// PRK-04: a PRACK that matches nothing: 481.
#[test]
fn prk_04_a_prack_that_matches_nothing_gets_481() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    progress(&mut ladder, 180, None);
    let ringing = ladder.take_sent("180");
    let wrong = ringing.number(Name::RSeq).unwrap() + 1;
    let cseq = value(&ringing, Name::CSeq);
    ladder.peer_sends("PRACK", &format!("RAck: {wrong} {cseq}\r\n"), "");
    assert_eq!(ladder.drain(), ["481 PRACK"]);
    ladder.peer_sends("PRACK", "RAck: nonsense\r\n", "");
    assert_eq!(ladder.drain(), ["481 PRACK"]);
    ladder.advance(ms(500));
    assert_eq!(ladder.drain(), ["180"]);
}

/// SDP-02, PRK-05: no offer in the INVITE: ours in the reliable 1xx, the answer in the PRACK.
#[test]
fn prk_05_our_offer_in_a_reliable_1xx_is_answered_in_its_prack() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, "");
    progress(&mut ladder, 183, Some(body(10)));
    let first = ladder.take_sent("183");
    assert_eq!(first.sdp(), Some(body(10)));
    prack(&mut ladder, &first, &sdp(1));
    assert_eq!(ladder.heard(), ["answer"]);
    ladder.command(Command::Answer { sdp: None, headers: Headers::new() });
    assert_eq!(ladder.take_sent("200").sdp(), None);
    let tag = ladder.our_tag();
    ladder.peer_ack(&tag, "");
    assert_eq!(ladder.heard(), ["acked"]);
}

/// PRK-05: an offer in the PRACK is answered in its 200; the 2xx waits for that.
#[test]
fn prk_05_an_offer_in_a_prack_is_answered_in_its_200() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    progress(&mut ladder, 183, Some(body(10)));
    let first = ladder.take_sent("183");
    prack(&mut ladder, &first, &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::Answer { sdp: None, headers: Headers::new() });
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("200 PRACK").sdp(), Some(body(11)));
    assert_eq!(ladder.drain(), ["200"]);
}

/// SDP-10: UPDATE in the early dialog of a UAS, and ours there where the peer allows it.
#[test]
fn sdp_10_update_in_an_early_dialog_goes_both_ways() {
    let mut ladder = Ladder::called(Policy::default(), REQUIRED, &sdp(1));
    // The INVITE's own offer is not answered yet.
    ladder.peer_sends("UPDATE", "", &sdp(2));
    assert_eq!(ladder.drain(), ["500 UPDATE"]);
    progress(&mut ladder, 183, Some(body(10)));
    let first = ladder.take_sent("183");
    prack(&mut ladder, &first, "");
    ladder.clear();
    ladder.peer_sends("UPDATE", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("200 UPDATE").sdp(), Some(body(11)));
    ladder.command(Command::Offer { sdp: Some(body(12)) });
    let update = ladder.take_sent("UPDATE");
    ladder.answer(&update, "200 OK", "peer", "", &sdp(3));
    assert_eq!(ladder.heard(), ["answer"]);
}

fn reliable(rseq: u32) -> String {
    format!("Require: 100rel\r\nRSeq: {rseq}\r\n")
}

/// PRK-02: PRACK per dialog; repeats not twice; one that skips a number is discarded.
#[test]
fn prk_02_each_reliable_1xx_gets_one_prack_in_order() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "183 Progress", "one", &reliable(7), &sdp(1));
    let prack = ladder.take_sent("PRACK");
    let number = invite.cseq().unwrap().number;
    assert_eq!(value(&prack, Name::RAck), format!("7 {number} INVITE"));
    assert_eq!(prack.to_tag(), Some(&b"one"[..]));
    assert_eq!(prack.cseq().unwrap().number, number + 1);
    assert_eq!(ladder.heard(), ["progress 183+sdp #0"]);
    ladder.answer(&invite, "183 Progress", "one", &reliable(7), &sdp(1));
    ladder.answer(&invite, "180 Ringing", "one", &reliable(9), "");
    assert_eq!(ladder.drain(), Vec::<String>::new());
    assert_eq!(ladder.heard(), Vec::<String>::new());
    ladder.answer(&invite, "180 Ringing", "one", &reliable(8), "");
    assert_eq!(ladder.drain(), ["PRACK"]);
    // Another dialog counts by itself, in numbers of its own.
    ladder.answer(&invite, "180 Ringing", "two", &reliable(1), "");
    let prack = ladder.take_sent("PRACK");
    assert_eq!(prack.to_tag(), Some(&b"two"[..]));
    assert_eq!(prack.cseq().unwrap().number, number + 1);
    assert_eq!(ladder.heard(), ["progress 180 #0", "progress 180 #1"]);
}

/// PRK-05: the peer's offer in a reliable 1xx is answered in the PRACK.
#[test]
fn prk_05_their_offer_in_a_reliable_1xx_is_answered_in_our_prack() {
    let mut ladder = Ladder::calling(Policy::default(), None);
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "183 Progress", "peer", &reliable(7), &sdp(1));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.command(Command::AnswerOffer { sdp: body(10) });
    assert_eq!(ladder.take_sent("PRACK").sdp(), Some(body(10)));
    ladder.answer(&invite, "200 OK", "peer", "", "");
    assert_eq!(ladder.drain(), ["ACK"]);
    assert_eq!(ladder.heard(), ["progress 183+sdp #0", "answered Some(0)"]);
}

/// SDP-10 as UAC: UPDATE of the peer's in its early dialog, after the answer came reliably.
#[test]
fn sdp_10_update_from_the_callee_in_an_early_dialog() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    ladder.answer(&invite, "183 Progress", "peer", "", &sdp(1));
    // Our offer is not settled by a plain 183.
    ladder.peer_sends("UPDATE", "", &sdp(2));
    assert_eq!(ladder.drain(), ["491 UPDATE"]);
    ladder.answer(&invite, "183 Progress", "peer", &reliable(1), &sdp(1));
    ladder.clear();
    ladder.peer_sends("UPDATE", "", &sdp(2));
    assert_eq!(ladder.heard(), ["offer"]);
    ladder.command(Command::AnswerOffer { sdp: body(11) });
    assert_eq!(ladder.take_sent("200 UPDATE").sdp(), Some(body(11)));
}

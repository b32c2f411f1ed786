//! Phone against phone: offers and answers, hold, early media, reliable provisionals, timers.

use crate::stage::*;
use centralino::media::Codec;
use centralino::sim::phone::{HoldBy, Ringing};
use centralino::sim::{Action, Behaviour, Codecs, Ended};
use centralino::sip::Method;

#[test]
fn hold_and_resume_by_each_style() {
    for (hold_by, mark, answer) in [
        (HoldBy::SendOnly, " sendonly", " recvonly"),
        (HoldBy::Inactive, " inactive", " inactive"),
        (HoldBy::Address, " 0.0.0.0", ""),
    ] {
        let caller = Behaviour { hold_by, ..Behaviour::default() }
            .then(s(2), Action::Hold)
            .then(s(6), Action::Resume)
            .talking(s(8));
        let world = one_call(1, caller, Behaviour::default());
        assert_ladder(
            &world.ladder,
            &format!(
                "caller -> anna INVITE (sdp)
                 anna -> caller 180 INVITE
                 anna -> caller 200 INVITE (sdp)
                 caller -> anna ACK
                 caller -> anna INVITE (sdp{mark})
                 anna -> caller 200 INVITE (sdp{answer})
                 caller -> anna ACK
                 caller -> anna INVITE (sdp)
                 anna -> caller 200 INVITE (sdp)
                 caller -> anna ACK
                 caller -> anna BYE
                 anna -> caller 200 BYE"
            ),
        );
        let caller = report(&world, "caller");
        let heard = caller.heard_for(697);
        assert!(heard > ms(3500) && heard < ms(4300), "{hold_by:?}: {heard:?}");
        assert_eq!(caller.rtp.gaps, 1, "{hold_by:?}");
        assert!(!report(&world, "anna").held);
        assert_clean(&world, &["caller", "anna"]);
    }
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let caller = Behaviour { late_offer: true, ..Behaviour::default() }.talking(s(2));
    let world = one_call(1, caller, Behaviour::default());
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE
         anna -> caller 180 INVITE
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK (sdp)
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    assert!(report(&world, "caller").heard(697) && report(&world, "anna").heard(440));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_reinvite_without_offer_is_offered_to() {
    let caller = Behaviour::default().then(s(1), Action::ReinviteLate).talking(s(2));
    let world = one_call(1, caller, Behaviour::default());
    assert_eq!(world.ladder.count("anna", "caller", "200 INVITE (sdp)"), 2);
    assert_eq!(world.ladder.count("caller", "anna", "ACK (sdp)"), 1);
    assert_eq!(report(&world, "anna").rtp.gaps, 0);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_reliable_provisional_is_pracked() {
    let caller = Behaviour { requires_100rel: true, ..Behaviour::default() }.talking(s(2));
    let anna = Behaviour { ringing: Ringing::EarlyMedia, ..Behaviour::default() };
    let world = one_call(1, caller, anna);
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 183 INVITE (sdp)
         caller -> anna PRACK
         anna -> caller 200 PRACK
         @1.001 anna -> caller 200 INVITE
         caller -> anna ACK
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    let caller = report(&world, "caller");
    assert!(caller.heard_for(697) > ms(2800), "early media too: {:?}", caller.tones);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_late_offer_with_100rel_is_settled_in_prack() {
    let base = Behaviour { late_offer: true, supports_100rel: true, ..Behaviour::default() };
    let anna = Behaviour { ringing: Ringing::WithSdp, reliable: true, ..Behaviour::default() };
    let world = one_call(1, base.talking(s(2)), anna);
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE
         anna -> caller 180 INVITE (sdp)
         caller -> anna PRACK (sdp)
         anna -> caller 200 PRACK
         anna -> caller 200 INVITE
         caller -> anna ACK
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    assert!(report(&world, "caller").heard(697) && report(&world, "anna").heard(440));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn unreliable_early_media_is_heard_and_said_again_in_the_200() {
    let anna = Behaviour { ringing: Ringing::EarlyMedia, ..Behaviour::default() };
    let world = one_call(1, Behaviour::default().talking(s(1)), anna);
    assert_eq!(world.ladder.count("anna", "caller", "183 INVITE (sdp)"), 1);
    assert_eq!(world.ladder.count("anna", "caller", "200 INVITE (sdp)"), 1);
    assert!(report(&world, "caller").heard_for(697) > ms(1800));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn update_is_answered_early_and_late() {
    let caller = Behaviour {
        requires_100rel: true,
        early_script: vec![(ms(500), Action::Update)],
        ..Behaviour::default()
    };
    let anna = Behaviour { ringing: Ringing::WithSdp, ..Behaviour::default() };
    let world = one_call(1, caller.then(s(1), Action::UpdateBare).talking(s(2)), anna);
    assert_eq!(world.ladder.count("anna", "caller", "200 UPDATE (sdp)"), 1);
    assert_eq!(world.ladder.count("anna", "caller", "200 UPDATE"), 2);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn reinvites_that_cross_are_refused_and_tried_again() {
    let caller = Behaviour::default().then(s(1), Action::Reinvite).talking(s(8));
    let anna = Behaviour::default().then(ms(999), Action::Hold);
    let world = one_call(1, caller, anna);
    let crossed = world.ladder.count("anna", "caller", "491 INVITE")
        + world.ladder.count("caller", "anna", "491 INVITE");
    assert_eq!(crossed, 2, "{}", world.ladder);
    assert_eq!(world.ladder.count("caller", "anna", "200 INVITE"), 1);
    assert_eq!(world.ladder.count("anna", "caller", "200 INVITE"), 2);
    assert!(report(&world, "caller").held);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn odd_payload_numbers_are_kept_apart() {
    let odd = Codecs { list: vec![(Codec::Pcmu, 96)], event: Some(97), own_numbers: true };
    let caller = Behaviour::default().then(ms(500), Action::Digits("42".into())).talking(s(2));
    let anna =
        Behaviour { codecs: odd, ..Behaviour::default() }.then(ms(500), Action::Digits("7".into()));
    let world = one_call(1, caller, anna);
    assert_eq!(report(&world, "anna").digits, "42");
    assert_eq!(report(&world, "caller").digits, "7");
    assert!(report(&world, "caller").heard(697) && report(&world, "anna").heard(440));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn packet_times_are_ours_to_choose() {
    for (ptime_ms, packets) in [(10, 199..=202u64), (30, 66..=68), (40, 49..=51)] {
        let caller = Behaviour { ptime_ms, ..Behaviour::default() }.talking(s(2));
        let world = one_call(1, caller, Behaviour::default());
        let anna = report(&world, "anna");
        assert!(packets.contains(&anna.rtp.received), "{ptime_ms}: {:?}", anna.rtp);
        assert!(anna.heard(440));
        assert_clean(&world, &["caller", "anna"]);
    }
}

#[test]
fn the_session_is_refreshed_by_whom_was_agreed() {
    let timed =
        |refresher| Behaviour { session_expires: Some(90), refresher, ..Behaviour::default() };
    for (anna_refreshes, by) in [(true, "anna"), (false, "caller")] {
        let world = one_call(1, timed(false).talking(s(200)), timed(anna_refreshes));
        let other = if by == "anna" { "caller" } else { "anna" };
        assert_eq!(world.ladder.count(by, other, "UPDATE"), 4, "{}", world.ladder);
        assert_eq!(report(&world, other).refreshes, 4);
        assert_eq!(report(&world, "caller").statuses_of(Method::Bye), [200]);
        assert_eq!(report(&world, "caller").ended, Some(Ended::ByUs));
        assert_clean(&world, &["caller", "anna"]);
    }
}

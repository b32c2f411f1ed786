//! Phone against phone: the simulated phone itself must be honest before it judges anybody.

use crate::stage::*;
use centralino::base::Mono;
use centralino::sim::{Action, Answer, Behaviour, Ended};
use centralino::sip::Method;
use centralino::sip::auth::Credentials;

#[test]
fn a_call_is_answered_heard_both_ways_and_ended() {
    let world = one_call(1, Behaviour::default().talking(s(5)), Behaviour::default());
    assert_ladder(
        &world.ladder,
        "@0     caller -> anna INVITE (sdp)
         @0.001 anna -> caller 180 INVITE
         @1.001 anna -> caller 200 INVITE (sdp)
         @1.002 caller -> anna ACK
         @6.002 caller -> anna BYE
         @6.003 anna -> caller 200 BYE",
    );
    let (caller, anna) = (report(&world, "caller"), report(&world, "anna"));
    assert!(caller.heard(697) && anna.heard(440), "{caller:?}\n{anna:?}");
    assert!(!caller.heard(440) && !anna.heard(697));
    assert_eq!((caller.ended, anna.ended), (Some(Ended::ByUs), Some(Ended::ByPeer)));
    assert_eq!((anna.acks, anna.dialogs, caller.dialogs), (1, 1, 1));
    assert_eq!(caller.confirmed_at, Some(Mono(1_002_000)));
    assert!((245..=252).contains(&anna.rtp.received), "{:?}", anna.rtp);
    assert_eq!((anna.rtp.lost, anna.rtp.gaps), (0, 0));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let world = one_call(3, Behaviour::default().talking(s(1)), Behaviour::default());
        (world.ladder.rungs().to_vec(), report(&world, "anna").clone())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_caller_who_gives_up_cancels() {
    let caller = Behaviour { give_up_after: Some(s(4)), ..Behaviour::default() };
    let world = one_call(1, caller, Behaviour::answering(Answer::Never));
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         @4 caller -> anna CANCEL
         anna -> caller 200 CANCEL
         anna -> caller 487 INVITE
         caller -> anna ACK",
    );
    let (caller, anna) = (report(&world, "caller"), report(&world, "anna"));
    assert_eq!((caller.ended, anna.ended), (Some(Ended::Cancelled), Some(Ended::Cancelled)));
    assert!(anna.cancel_seen && anna.acks == 0);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_cancel_waits_for_a_provisional() {
    let caller = Behaviour { give_up_after: Some(ms(100)), ..Behaviour::default() };
    let anna = Behaviour { ring_after: Some(ms(150)), ..Behaviour::answering(Answer::Never) };
    let world = one_call(1, caller, anna);
    assert_ladder(
        &world.ladder,
        "@0     caller -> anna INVITE (sdp)
         @0.151 anna -> caller 180 INVITE
         @0.152 caller -> anna CANCEL
         anna -> caller 200 CANCEL
         anna -> caller 487 INVITE
         caller -> anna ACK",
    );
}

#[test]
fn busy_is_refused_at_once() {
    let world = one_call(1, Behaviour::default(), Behaviour::answering(Answer::busy()));
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 486 INVITE
         caller -> anna ACK",
    );
    assert_eq!(report(&world, "caller").ended, Some(Ended::Refused(486)));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_silent_phone_is_asked_seven_times() {
    let world = one_call(1, Behaviour::default(), Behaviour::answering(Answer::Silent));
    assert_ladder(
        &world.ladder,
        "@0    caller -> anna INVITE (sdp)
         @0.5  caller -> anna INVITE (sdp)
         @1.5  caller -> anna INVITE (sdp)
         @3.5  caller -> anna INVITE (sdp)
         @7.5  caller -> anna INVITE (sdp)
         @15.5 caller -> anna INVITE (sdp)
         @31.5 caller -> anna INVITE (sdp)",
    );
    assert_eq!(report(&world, "caller").ended, Some(Ended::TimedOut));
    assert_eq!(report(&world, "anna").repeats, 6);
}

#[test]
fn the_callee_may_hang_up() {
    let world = one_call(1, Behaviour::default(), Behaviour::default().talking(s(2)));
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK
         anna -> caller BYE
         caller -> anna 200 BYE",
    );
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn byes_that_cross_are_both_answered() {
    let mut world = caller_and_anna(1, Behaviour::default());
    call_anna(&mut world, Behaviour::default());
    world.run_for(s(3));
    world.act("caller", Action::HangUp);
    world.act("anna", Action::HangUp);
    finish(&mut world);
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK
         @3 caller -> anna BYE
         @3 anna -> caller BYE
         anna -> caller 200 BYE
         caller -> anna 200 BYE",
    );
    for name in ["caller", "anna"] {
        let report = report(&world, name);
        assert_eq!((report.bye_seen, report.ended), (true, Some(Ended::ByUs)));
        assert_eq!(report.statuses_of(Method::Bye), [200]);
        assert_eq!(world.phone(name).map(|p| p.open_calls()), Some(0));
    }
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn digits_go_by_rfc_4733_and_by_info() {
    let caller = Behaviour::default()
        .then(ms(500), Action::Digits("19*#".into()))
        .then(s(3), Action::Info('7'))
        .talking(s(5));
    let world = one_call(1, caller, Behaviour::default());
    let anna = report(&world, "anna");
    assert_eq!((anna.digits.as_str(), anna.info_digits.as_str()), ("19*#", "7"));
    assert_eq!(world.ladder.count("caller", "anna", "INFO (dtmf-relay)"), 1);
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn many_calls_at_once_do_not_mix() {
    let mut world = caller_and_anna(1, Behaviour::default());
    for i in 0..20u64 {
        world.behave_next("anna", Behaviour::default().with_tone(500 + 50 * i as u16));
        call_anna(&mut world, Behaviour::default().talking(s(2)));
        world.run_for(ms(10));
    }
    finish(&mut world);
    let Some(phone) = world.phone("caller") else { panic!("no caller") };
    assert_eq!(phone.reports().count(), 20);
    for (i, (_, report)) in phone.reports().enumerate() {
        let tone = 500 + 50 * i as u16;
        assert!(report.heard(tone) && report.tones.len() == 1, "{i}: {:?}", report.tones);
    }
}

/// TGT-05, REAL-03: one challenge, one answer, CSeq one higher; wrong credentials get no third try.
#[test]
fn a_challenge_is_answered_once() {
    let credentials =
        |password: &str| Some(Credentials { user: "anna".into(), password: password.into() });
    let anna = Behaviour { challenge: credentials("right"), ..Behaviour::default() };
    let right = Behaviour { credentials: credentials("right"), ..Behaviour::default() };
    let world = one_call(1, right.clone().talking(s(1)), anna.clone());
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 407 INVITE
         caller -> anna ACK
         caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    assert_clean(&world, &["caller", "anna"]);
    let wrong = Behaviour { credentials: credentials("wrong"), ..right };
    let world = one_call(1, wrong, anna);
    assert_eq!(report(&world, "caller").statuses_of(Method::Invite), [407, 407]);
    assert_eq!(report(&world, "caller").ended, Some(Ended::Refused(407)));
    assert_clean(&world, &["caller", "anna"]);
}

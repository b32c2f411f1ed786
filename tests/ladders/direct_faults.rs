//! Phone against phone in bad weather and with bad manners: what each must survive, and notice.

use crate::stage::*;
use centralino::sim::phone::Ringing;
use centralino::sim::{
    Act, Action, Answer, Behaviour, Ended, Faults, Link, Noticed, Rule, Weather,
};
use centralino::sip::Method;

fn with(faults: Faults) -> Behaviour {
    Behaviour { faults, ..Behaviour::default() }
}

#[test]
fn with_a_tenth_lost_each_call_still_ends_on_both_sides() {
    for seed in 0..40 {
        let mut world = caller_and_anna(seed, Behaviour::default().with_tone(697));
        let weather = Weather { jitter: ms(15), twice_permille: 30, ..Weather::losing(100) };
        world.net.set_usual(Link { sip: weather, rtp: Weather::losing(100) });
        call_anna(&mut world, Behaviour::default().then(s(2), Action::Hold).talking(s(5)));
        finish(&mut world);
        let (caller, anna) = (report(&world, "caller"), report(&world, "anna"));
        assert_eq!(caller.ended, Some(Ended::ByUs), "seed {seed}\n{}", world.ladder);
        assert_eq!(anna.ended, Some(Ended::ByPeer), "seed {seed}\n{}", world.ladder);
        assert!(caller.heard(697) && anna.heard(440), "seed {seed}");
        assert_eq!((caller.dialogs, anna.dialogs), (1, 1), "seed {seed}");
        for name in ["caller", "anna"] {
            assert_eq!(world.phone(name).map(|p| p.open_calls()), Some(0), "seed {seed}");
        }
        assert_clean(&world, &["caller", "anna"]);
    }
}

#[test]
fn a_lost_200_and_a_lost_ack_are_repeated() {
    let mut world = caller_and_anna(1, Behaviour::default());
    world.net.add_rule(Rule::lose("200 INVITE"));
    world.net.add_rule(Rule::lose("ACK"));
    call_anna(&mut world, Behaviour::default().talking(s(5)));
    finish(&mut world);
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         @1.001 anna -> caller 200 INVITE (sdp) [lost]
         @1.501 anna -> caller 200 INVITE (sdp)
         @1.502 caller -> anna ACK [lost]
         @2.501 anna -> caller 200 INVITE (sdp)
         @2.502 caller -> anna ACK
         @6.502 caller -> anna BYE
         @6.503 anna -> caller 200 BYE",
    );
    assert_eq!(report(&world, "anna").acks, 1);
    assert_eq!(report(&world, "caller").acks_sent, 2);
    assert_clean(&world, &["caller", "anna"]);
}

/// Each 2xx gets its own ACK again, that of the INVITE after a re-INVITE too.
#[test]
fn a_repeated_200_gets_the_ack_of_its_own_invite() {
    let mut world = caller_and_anna(1, Behaviour::default());
    world.net.add_rule(Rule { count: 2, ..Rule::lose("ACK") });
    call_anna(&mut world, Behaviour::default().then(s(1), Action::Hold).talking(s(5)));
    finish(&mut world);
    assert_eq!(report(&world, "anna").ended, Some(Ended::ByPeer), "{}", world.ladder);
    assert_clean(&world, &["caller", "anna"]);
}

/// Whatever is mixed and lost, both sides come to an end and nothing is left behind.
#[test]
fn every_mixture_ends_on_both_sides() {
    for seed in 0..120u64 {
        let bit = |n: u32| seed >> n & 1 == 1;
        let anna = Behaviour {
            ringing: [Ringing::Bare, Ringing::WithSdp, Ringing::EarlyMedia][(seed % 3) as usize],
            reliable: bit(0),
            answer: if seed % 7 == 3 { Answer::Never } else { Answer::After(ms(seed * 37 % 3000)) },
            session_expires: bit(1).then_some(90),
            refresher: bit(2),
            ..Behaviour::default()
        };
        let caller = Behaviour {
            supports_100rel: bit(3),
            late_offer: bit(4),
            give_up_after: (seed % 7 == 3 || bit(5)).then_some(ms(2000)),
            session_expires: bit(6).then_some(90),
            ..Behaviour::default()
        };
        let caller = caller.then(s(2), Action::Hold).then(s(2), Action::Info('1'));
        let anna = anna.then(s(2), Action::UpdateBare).then(s(3), Action::Reinvite);
        let mut world = caller_and_anna(seed, anna.talking(s(100)));
        let weather = Weather { jitter: ms(30), twice_permille: 50, ..Weather::losing(150) };
        world.net.set_usual(Link { sip: weather, rtp: Weather::default() });
        let talk = if bit(0) { s(99) } else { s(6) };
        call_anna(&mut world, Behaviour { media: false, ..caller }.talking(talk));
        finish(&mut world);
        for name in ["caller", "anna"] {
            let open = world.phone(name).map(|p| p.open_calls());
            assert_eq!(open, Some(0), "seed {seed}\n{}", world.ladder);
            assert!(report(&world, name).ended.is_some(), "seed {seed}\n{}", world.ladder);
        }
    }
}

#[test]
fn an_ack_that_never_comes_ends_the_call_after_32_seconds() {
    let world =
        one_call(1, with(Faults { drop_acks: 99, ..Faults::default() }), Behaviour::default());
    let anna = report(&world, "anna");
    assert_eq!(anna.ended, Some(Ended::NoAck));
    assert_eq!(anna.noticed, [Noticed::AckMissing(200)]);
    // RFC 3261 §13.3.1.4: T1 doubling to T2 for 64·T1.
    assert_eq!(world.ladder.count("anna", "caller", "200 INVITE"), 11);
    assert_eq!(world.ladder.count("anna", "caller", "BYE"), 1);
    assert_eq!(report(&world, "caller").ended, Some(Ended::ByPeer));
}

#[test]
fn a_delayed_ack_holds_the_call_but_does_not_break_it() {
    let late = with(Faults { ack_after: Some(s(2)), ..Faults::default() }).talking(s(5));
    let world = one_call(1, late, Behaviour::default());
    // Repeats at 0.5 and 1.5 s; each gets its own late ACK.
    assert_eq!(world.ladder.count("anna", "caller", "200 INVITE"), 3);
    assert_eq!(report(&world, "anna").acks, 3);
    assert_eq!(report(&world, "anna").ended, Some(Ended::ByPeer));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn an_answer_that_crosses_a_cancel_is_acked_and_byed() {
    let caller = Behaviour { give_up_after: Some(s(2)), ..Behaviour::default() };
    let anna = Behaviour {
        answer: Answer::Never,
        ..with(Faults { answer_crosses_cancel: true, ..Faults::default() })
    };
    let world = one_call(1, caller, anna);
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         caller -> anna CANCEL
         anna -> caller 200 CANCEL
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    assert_eq!(report(&world, "caller").ended, Some(Ended::Cancelled));
    assert_eq!(report(&world, "anna").ended, Some(Ended::ByPeer));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn forked_answers_are_acked_and_byed_but_one() {
    let anna = with(Faults { forked_answers: 2, ..Faults::default() });
    let world = one_call(1, Behaviour::default().talking(s(2)), anna);
    let anna = report(&world, "anna");
    assert_eq!((anna.acks, anna.forks_ended), (1, (2, 2)));
    assert_eq!(report(&world, "caller").dialogs, 3);
    assert!(report(&world, "caller").heard(425 + 272));
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_bye_in_the_early_dialog_ends_the_invite_with_487() {
    let caller = Behaviour { early_script: vec![(s(2), Action::Bye)], ..Behaviour::default() };
    let world = one_call(1, caller, Behaviour::answering(Answer::Never));
    assert_ladder(
        &world.ladder,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         caller -> anna BYE
         anna -> caller 200 BYE
         anna -> caller 487 INVITE
         caller -> anna ACK",
    );
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn bad_sdp_is_refused_with_488() {
    let world =
        one_call(1, with(Faults { bad_sdp: true, ..Faults::default() }), Behaviour::default());
    assert_eq!(report(&world, "caller").statuses_of(Method::Invite), [488]);
    assert!(matches!(report(&world, "anna").noticed[..], [Noticed::BadSdp(_)]));
}

#[test]
fn everything_twice_is_one_call() {
    let rude = with(Faults { everything_twice: true, ..Faults::default() });
    let world = one_call(1, rude.clone().then(s(1), Action::Info('5')).talking(s(2)), rude);
    let anna = report(&world, "anna");
    assert_eq!((anna.dialogs, anna.info_digits.as_str()), (1, "5"));
    assert_eq!(world.phone("anna").and_then(|p| p.last_call()).map(|c| c.0), Some(1));
    let once = world.ladder.without_repeats();
    assert_ladder(
        &once,
        "caller -> anna INVITE (sdp)
         anna -> caller 180 INVITE
         anna -> caller 200 INVITE (sdp)
         caller -> anna ACK
         caller -> anna INFO (dtmf-relay)
         anna -> caller 200 INFO
         caller -> anna BYE
         anna -> caller 200 BYE",
    );
    assert_clean(&world, &["caller", "anna"]);
}

#[test]
fn a_stuck_version_is_noticed() {
    let caller = with(Faults { version_stuck: true, ..Faults::default() })
        .then(s(1), Action::Hold)
        .talking(s(2));
    let world = one_call(1, caller, Behaviour::default());
    assert_eq!(report(&world, "anna").noticed, [Noticed::OriginVersion { before: 1, now: 1 }]);
}

#[test]
fn media_may_come_before_the_answer() {
    let eager = with(Faults { rtp_before_answer: true, ..Faults::default() });
    let world = one_call(1, Behaviour::default().talking(s(1)), eager);
    let (caller, anna) = (report(&world, "caller"), report(&world, "anna"));
    assert!(caller.rtp.first < anna.rtp.first && anna.heard(440), "{caller:?}");
}

#[test]
fn a_message_that_overtakes_another_is_no_harm() {
    let mut world = caller_and_anna(1, Behaviour::default());
    // The 180 arrives behind the 200.
    let late = Rule { act: Act::Delay(s(2)), ..Rule::lose("180 INVITE") };
    world.net.add_rule(late);
    call_anna(&mut world, Behaviour::default().talking(s(3)));
    finish(&mut world);
    assert_eq!(report(&world, "caller").ended, Some(Ended::ByUs));
    assert_clean(&world, &["caller", "anna"]);
}

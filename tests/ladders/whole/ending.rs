//! Ending a call: BYE from each side, at once, unanswered, early; reasons and causes.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::router::AgentActivity;
use centralino::sim::net::{Act, Rule};
use centralino::sim::{Action, Answer, Behaviour, Ended, Faults};
use centralino::sip::Method;

/// A joined call, three seconds old.
fn talking(caller: Behaviour, anna: Behaviour) -> Set {
    let mut set = set(anna, idle());
    set.call("200", caller);
    set.run(s(3));
    set
}

/// BYE-01, BYE-07: BYE from either side is carried over with a Reason.
#[test]
fn bye_01_a_bye_is_carried_over_with_a_reason() {
    for (who, other, by) in [("caller", "anna", "caller"), ("anna", "caller", "agent")] {
        let mut set = talking(Behaviour::default(), Behaviour::default());
        set.world.act(who, Action::HangUp);
        set.finish();
        let bye = set.message("us", other, "BYE");
        assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=16"), "{bye}");
        set.assert_ended(by, "normal_clearing");
    }
}

/// BYE-01: our BYE waits for the ACK of our 2xx.
#[test]
fn bye_01_our_bye_waits_for_the_ack() {
    let faults = Faults { ack_after: Some(s(5)), ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() };
    let mut set = set(Behaviour::default().talking(s(2)), idle());
    set.call("200", caller);
    set.finish_unclean();
    let ladder = &set.world.ladder;
    let at =
        |what: &str| ladder.rungs().iter().find(|r| r.to_string().starts_with(what)).map(|r| r.at);
    let (ack, bye) = (at("caller -> us ACK"), at("us -> caller BYE"));
    assert!(ack.is_some() && bye > ack, "{ladder}");
    assert_eq!(ladder.count("us", "caller", "BYE"), 1, "{ladder}");
    set.assert_ended("agent", "normal_clearing");
}

/// BYE-01: or for 64·T1 where no ACK ever comes.
#[test]
fn bye_01_or_for_64_t1() {
    let faults = Faults { drop_acks: 1000, ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() };
    let mut set = set(Behaviour::default().talking(s(2)), idle());
    set.call("200", caller);
    set.finish_unclean();
    let ladder = &set.world.ladder;
    let bye = ladder.rungs().iter().find(|r| r.to_string().starts_with("us -> caller BYE"));
    let at = bye.map(|r| r.at.0 / 1000);
    assert!(at.is_some_and(|ms| (33_000..33_100).contains(&ms)), "{ladder}");
    set.assert_ended("agent", "normal_clearing");
}

/// BYE-02: both at once: both get 200, one record.
#[test]
fn bye_02_both_hang_up_at_once() {
    let mut set = talking(Behaviour::default(), Behaviour::default());
    set.world.act("caller", Action::HangUp);
    set.world.act("anna", Action::HangUp);
    set.finish();
    for name in ["caller", "anna"] {
        let report = set.saw(name);
        assert_eq!(report.statuses_of(Method::Bye), [200], "{}", set.world.ladder);
        assert_eq!(report.ended, Some(Ended::ByUs));
    }
    assert_eq!(set.cdr().cause, "normal_clearing");
}

/// BYE-03: our BYE gets nothing: the leg is gone all the same, the agent then rests.
#[test]
fn bye_03_a_bye_that_nobody_answers() {
    let faults = Faults { ignore_bye: true, ..Faults::default() };
    let mut set = talking(Behaviour::default(), Behaviour { faults, ..Behaviour::default() });
    set.world.act("caller", Action::HangUp);
    set.run(s(5));
    assert_eq!(set.world.system().cdrs().len(), 1, "the record does not wait");
    set.run(s(40));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ready), "{}", set.world.ladder);
    finish(&mut set.world);
    assert_eq!(set.world.system().remains(), centralino::sim::Remains::default());
    set.assert_ended("caller", "normal_clearing");
}

/// BYE-03: our BYE gets 481 or 408.
#[test]
fn bye_03_a_bye_that_is_refused() {
    for refusal in ["481 Gone", "408 Request Timeout", "500 Error"] {
        let mut set = talking(Behaviour::default(), Behaviour::default());
        set.world.net.add_rule(Rule { to: Some(ANNA), count: 20, ..Rule::lose("BYE") });
        set.world.act("caller", Action::HangUp);
        set.run(ms(10));
        let bye = set.message("us", "anna", "BYE");
        let mut answer = response(&bye, refusal, ANNA, "x", "");
        answer = answer.replace(";tag=x", "");
        set.send_whole(ANNA, answer);
        set.run(s(5));
        assert_eq!(
            set.agent("anna"),
            Some(AgentActivity::Ready),
            "{refusal}\n{}",
            set.world.ladder
        );
        assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 1, "{}", set.world.ladder);
        set.assert_ended("caller", "normal_clearing");
    }
}

/// BYE-04: BYE while a re-INVITE is under way, from either side, at any moment; `by_hand` has the
/// ladders.
#[test]
fn bye_04_a_bye_crosses_a_reinvite() {
    for (holds, hangs_up) in
        [("caller", "caller"), ("caller", "anna"), ("anna", "anna"), ("anna", "caller")]
    {
        for wait in [0, 1, 2, 3] {
            let mut set = talking(Behaviour::default(), Behaviour::default());
            set.world.act(holds, Action::Hold);
            set.run(ms(wait));
            set.world.act(hangs_up, Action::Bye);
            set.finish_unclean();
            let cause = &set.cdr().cause;
            assert_eq!(cause, "normal_clearing", "{holds} {hangs_up} {wait}\n{}", set.world.ladder);
        }
    }
}

/// BYE-05: a caller's BYE on its early dialog: 200, its INVITE 487, the agent's leg CANCEL.
#[test]
fn bye_05_a_bye_on_the_early_dialog() {
    let caller = Behaviour { early_script: vec![(s(2), Action::Bye)], ..Behaviour::default() };
    let set = one_whole_call("200", caller, Behaviour::answering(Answer::Never), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         @2 caller -> us BYE
         us -> caller 200 BYE
         us -> caller 487 INVITE
         us -> anna CANCEL
         caller -> us ACK
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         us -> anna ACK",
    );
    assert_eq!(set.cdr().ended_by, "caller");
}

/// BYE-07: the Reason that one side gives is carried to the other as it is.
#[test]
fn bye_07_a_given_reason_is_carried() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200");
    set.probe(&invite);
    set.run(s(2));
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&invite, &answer, "ACK");
    set.probe(&ack);
    set.run(s(1));
    let bye = set.inside(&invite, &answer, "BYE").with("Reason: Q.850;cause=31;text=\"x y\"");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.finish();
    let bye = set.message("us", "anna", "BYE");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=31;text=\"x y\""), "{bye}");
}

/// BYE-07: a cancelled caller's agent is told why; an agent that lost the race too.
#[test]
fn bye_07_our_cancel_says_why() {
    let caller = Behaviour { give_up_after: Some(s(2)), ..Behaviour::default() };
    let set = one_whole_call("200", caller, Behaviour::answering(Answer::Never), idle());
    let cancel = set.message("us", "anna", "CANCEL");
    assert_eq!(header(&cancel, "Reason"), Some("Q.850;cause=31"), "{cancel}");
}

/// The network loses what it can: the call ends all the same, on every side.
#[test]
fn endings_survive_loss() {
    for line in ["BYE", "200 BYE", "ACK", "200 INVITE", "INVITE", "180"] {
        for skip in 0..3 {
            let mut set = set(Behaviour::default(), idle());
            set.world.net.add_rule(Rule { skip, act: Act::Lose, ..Rule::lose(line) });
            set.call("200", Behaviour::default().talking(s(4)));
            set.finish();
            set.assert_ended("caller", "normal_clearing");
        }
    }
}

//! CANCEL: of a caller, and ours; what crosses.

use super::desk::*;
use super::probe::{response, with_lines};
use super::set::*;
use crate::stage::*;
use centralino::router::AgentActivity;
use centralino::sim::net::{Act, Rule};
use centralino::sim::{Action, Answer, Behaviour, Ended, Faults};

fn gives_up(after: std::time::Duration) -> Behaviour {
    Behaviour { give_up_after: Some(after), ..Behaviour::default() }
}

/// CAN-01: the agent rings and the caller cancels: 200, 487, CANCEL on the agent's leg.
#[test]
fn can_01_a_caller_cancels_while_the_agent_rings() {
    let set = one_whole_call("200", gives_up(s(4)), Behaviour::answering(Answer::Never), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         @4 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         us -> anna CANCEL
         caller -> us ACK
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         us -> anna ACK",
    );
    set.assert_ended("caller", "cancelled");
    set.assert_offers(&[("anna", "cancelled")]);
    assert_eq!(set.cdr().sip_status, 487);
    assert_eq!(
        set.cdr().queues.iter().map(|q| q.outcome.as_str()).collect::<Vec<_>>(),
        ["abandoned"]
    );
}

/// CAN-01: the agent is free when its INVITE has its final, not before.
#[test]
fn can_01_the_agent_is_free_with_its_final_response() {
    let mut set = set(Behaviour::answering(Answer::Never), idle());
    set.world.net.add_rule(Rule { from: Some(ANNA), count: 2, ..Rule::lose("487 INVITE") });
    set.call("200", gives_up(s(4)));
    set.run(s(5));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ringing), "{}", set.world.ladder);
    assert_eq!(set.world.system().cdrs().len(), 1, "the record does not wait for the agent's leg");
    set.run(s(2));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ready), "{}", set.world.ladder);
    set.finish();
}

/// CAN-02: the caller cancels during a prompt before the answer.
#[test]
fn can_02_a_caller_cancels_during_an_early_prompt() {
    let set = one_whole_call("500", gives_up(ms(300)), idle(), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         @0.3 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         caller -> us ACK",
    );
    set.assert_ended("caller", "cancelled");
}

/// CAN-02: the caller cancels in the queue while nobody is free: the contact leaves it as abandoned.
#[test]
fn can_02_a_caller_cancels_in_the_queue() {
    let mut set = set(idle(), idle());
    for name in ["anna", "bruno"] {
        set.set_agent(name, false);
    }
    set.call("200", gives_up(s(4)));
    set.run(s(3));
    assert_eq!(set.world.system().remains().contacts, 1);
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         @4 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         caller -> us ACK",
    );
    set.assert_ended("caller", "cancelled");
    let queues = set.world.system().queues(set.world.now().mono);
    assert_eq!(queues.iter().map(|q| q.figures.abandoned).sum::<u64>(), 1);
}

/// An answered caller who hangs up in the queue while an agent rings.
#[test]
fn can_02_an_answered_caller_hangs_up_in_the_queue() {
    let caller = Behaviour::default().talking(s(4));
    let set = one_whole_call("400", caller, Behaviour::answering(Answer::Never), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         us -> anna INVITE (sdp)
         caller -> us ACK
         anna -> us 180 INVITE
         @4.002 caller -> us BYE
         us -> caller 200 BYE
         us -> anna CANCEL
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         us -> anna ACK",
    );
    set.assert_ended("caller", "normal_clearing");
    set.assert_offers(&[("anna", "cancelled")]);
}

/// CAN-03: a CANCEL for nothing we know.
#[test]
fn can_03_a_cancel_for_nothing_gets_481() {
    let mut set = set(idle(), idle());
    set.send_from(
        PROBE,
        "CANCEL sip:200@10.0.0.9 SIP/2.0
         Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bK-nothing
         Max-Forwards: 70
         From: <sip:x@10.0.0.7>;tag=1
         To: <sip:200@10.0.0.9>
         Call-ID: nothing
         CSeq: 1 CANCEL
         Content-Length: 0",
    );
    set.finish();
    assert_eq!(set.probed(), ["481 CANCEL"]);
}

/// CAN-04: our CANCEL waits for a provisional.
#[test]
fn can_04_our_cancel_waits_for_a_provisional() {
    let anna = Behaviour { ring_after: Some(s(3)), ..Behaviour::answering(Answer::Never) };
    let set = without_100(gives_up(s(1)), anna);
    let ladder = set.world.ladder.without_repeats();
    assert_ladder(
        &ladder,
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 100 INVITE [lost]
         @1 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         caller -> us ACK
         @3.002 anna -> us 180 INVITE
         @3.003 us -> anna CANCEL
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         us -> anna ACK",
    );
    set.assert_ended("caller", "cancelled");
}

/// CAN-04: the final comes first: no CANCEL; the 2xx is acknowledged and ended.
#[test]
fn can_04_a_2xx_that_comes_first_is_acked_and_byed() {
    let anna = Behaviour { ring_after: None, ..Behaviour::answering(Answer::After(s(3))) };
    let set = without_100(gives_up(s(1)), anna);
    assert_eq!(set.world.ladder.count("us", "anna", "CANCEL"), 0, "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "anna", "ACK"), 1, "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 1, "{}", set.world.ladder);
    set.assert_ended("caller", "cancelled");
}

/// CAN-04, REAL-15: a phone that was given up unheard rings after all: it is cancelled then, and does
/// not ring on beside the agent who took the call.
#[test]
fn can_04_a_phone_given_up_unheard_is_cancelled_when_it_rings() {
    let anna = Behaviour { ring_after: Some(s(6)), ..Behaviour::answering(Answer::Never) };
    let mut set = set(anna, Behaviour::default());
    set.world.net.add_rule(Rule { from: Some(ANNA), count: 100, ..Rule::lose("100 INVITE") });
    set.call("200", Behaviour::default().talking(s(5)));
    set.finish();
    let ladder = &set.world.ladder;
    let rung = |what: &str, from: &str| {
        ladder.rungs().iter().find(|r| r.what == what && r.from == from).map(|r| r.at.0 / 1000)
    };
    assert_eq!(rung("CANCEL", "us"), Some(6_003), "{ladder}");
    assert_eq!(rung("487 INVITE", "anna"), Some(6_004), "{ladder}");
    assert_eq!(ladder.count("us", "anna", "CANCEL"), 1, "{ladder}");
    assert_eq!(set.saw("anna").ended, Some(Ended::Cancelled));
    set.assert_offers(&[("anna", "unreachable"), ("bruno", "joined")]);
}

/// Anna's 100 is lost each time: until she rings or answers nothing is heard of her.
fn without_100(caller: Behaviour, anna: Behaviour) -> Set {
    let mut set = set(anna, idle());
    set.world.net.add_rule(Rule { from: Some(ANNA), count: 100, ..Rule::lose("100 INVITE") });
    set.call("200", caller);
    set.finish();
    set
}

/// CAN-05: the agent's 200 crosses our CANCEL.
#[test]
fn can_05_an_answer_that_crosses_is_acked_and_byed() {
    let faults = Faults { answer_crosses_cancel: true, ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::answering(Answer::Never) };
    let set = one_whole_call("200", gives_up(s(2)), anna, idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         @2 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         us -> anna CANCEL
         caller -> us ACK
         anna -> us 200 CANCEL
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> anna BYE
         anna -> us 200 BYE",
    );
    assert_eq!(set.saw("caller").ended, Some(Ended::Cancelled));
    set.assert_ended("caller", "cancelled");
}

/// CAN-05: the same with a BYE of the waiting caller, and with the router's grant under way.
#[test]
fn can_05_the_caller_hangs_up_as_the_agent_answers() {
    for after in [ms(1000), ms(1001), ms(1002), ms(1003), ms(1004)] {
        for delay in [ms(0), ms(3)] {
            for seed in 1..6 {
                let config = centralino::sim::HouseConfig { seed, delay, workers: 2, ..config() };
                let mut set = set_with(&config, Behaviour::default(), idle());
                set.run(ms(20));
                let begun = set.world.now().mono;
                let caller = Behaviour::default();
                set.call("400", caller);
                set.world.run_until(begun + after);
                set.world.act("caller", Action::HangUp);
                set.finish();
                set.assert_ended("caller", "normal_clearing");
            }
        }
    }
}

/// CAN-06: CANCEL behind our 2xx: 200, and the call goes on.
#[test]
fn can_06_a_cancel_behind_our_2xx_ends_nothing() {
    let mut set = set(Behaviour::default(), idle());
    set.world.net.add_rule(Rule {
        from: Some(US),
        act: Act::Delay(ms(50)),
        ..Rule::lose("200 INVITE")
    });
    let caller = Behaviour { give_up_after: Some(ms(1020)), ..Behaviour::default() };
    set.call("200", caller.talking(s(3)));
    set.finish_unclean();
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "caller", "200 CANCEL"), 1, "{ladder}");
    assert_eq!(ladder.count("us", "caller", "487"), 0, "{ladder}");
    assert_eq!(ladder.count("us", "anna", "CANCEL"), 0, "{ladder}");
    println!("{ladder}");
}

/// CAN-05, CAN-08: a 180 behind our CANCEL makes it no less cancelled: a 200 that follows is ended, and
/// where nothing follows the leg is gone after 64·T1.
#[test]
fn can_08_a_provisional_behind_our_cancel_changes_nothing() {
    for (answer, byes) in [(Answer::Never, 0), (Answer::After(s(4)), 1)] {
        let faults = Faults { ignore_cancel: true, ..Faults::default() };
        let anna = Behaviour { faults, ring_after: Some(s(2)), ..Behaviour::answering(answer) };
        let mut set = set(anna, idle());
        set.call("200", gives_up(s(1)));
        set.run(s(50));
        assert_eq!(set.agent("anna"), Some(AgentActivity::Ready), "{}", set.world.ladder);
        assert_eq!(set.world.ladder.count("us", "anna", "BYE"), byes, "{}", set.world.ladder);
        set.run(s(60));
        assert_eq!(set.world.system().remains(), centralino::sim::Remains::default());
        set.assert_ended("caller", "cancelled");
    }
}

/// CAN-08: the agent answers nothing, not even the CANCEL: its leg is gone after 64·T1.
#[test]
fn can_08_a_cancel_that_nobody_answers() {
    let faults = Faults { ignore_cancel: true, ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::answering(Answer::Never) };
    let mut set = set(anna, idle());
    set.call("200", gives_up(s(2)));
    set.run(s(20));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ringing), "{}", set.world.ladder);
    assert_eq!(set.world.system().cdrs().len(), 1);
    set.run(s(16));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ready), "{}", set.world.ladder);
    finish(&mut set.world);
    println!("{}", set.world.ladder);
    assert_eq!(set.world.system().remains(), centralino::sim::Remains::default());
}

/// A CANCEL has of its INVITE the Request-URI and these, and no Require (RFC 3261 §9.1).
#[track_caller]
fn assert_cancels(cancel: &str, invite: &str) {
    let line = |m: &str| m.split(' ').nth(1).map(str::to_owned);
    assert_eq!(line(cancel), line(invite));
    for name in ["Via", "Call-ID", "From", "To", "Route"] {
        assert_eq!(header(cancel, name), header(invite, name), "{name} of {cancel}");
    }
    let number = |m: &str| header(m, "CSeq").and_then(|v| v.split(' ').next().map(str::to_owned));
    assert_eq!(number(cancel), number(invite), "{cancel}");
    assert!(header(cancel, "CSeq").is_some_and(|cseq| cseq.ends_with(" CANCEL")), "{cancel}");
    assert!(header(cancel, "To").is_some_and(|to| !to.contains("tag=")), "{cancel}");
    for name in ["Require", "Proxy-Require", "Contact"] {
        assert_eq!(header(cancel, name), None, "{cancel}");
    }
    assert_eq!(cancel.matches("\r\nVia:").count(), 1, "{cancel}");
}

/// CAN-07: our CANCEL is built as its INVITE; its 200 and the 487 end the leg.
#[test]
fn can_07_a_cancel_is_built_as_its_invite() {
    let caller = Behaviour { requires_100rel: true, supports_100rel: true, ..gives_up(s(2)) };
    let (mut set, invite) = desk_by_hand(caller);
    set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
    set.run(s(2));
    desk_says_ok(&mut set, "CANCEL", "", "");
    set.send_whole(DESK, response(&invite, "487 Request Terminated", DESK, "a", ""));
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 180 INVITE
         us -> caller 180 INVITE
         caller -> us PRACK
         us -> caller 200 PRACK
         @2 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         us -> desk CANCEL
         caller -> us ACK
         desk -> us 200 CANCEL
         desk -> us 487 INVITE
         us -> desk ACK",
    );
    assert_cancels(&set.message("us", "desk", "CANCEL"), &invite);
}

/// CAN-07: behind a challenge it is the second INVITE that is cancelled.
#[test]
fn can_07_the_cancel_behind_a_challenge_is_for_the_second_invite() {
    let trunk = "trunks:\n  far: { peers: [\"sip:10.0.0.6\"], credentials: { user: us, password: secret } }\n";
    let mut set = desk_set_with(&[("trunks:\n", trunk)]);
    set.call("300", gives_up(s(2)));
    set.run(ms(5));
    let first = set.message("us", "desk", "INVITE");
    let challenge = "Proxy-Authenticate: Digest realm=\"far\", nonce=\"n1\", algorithm=MD5";
    let refusal = response(&first, "407 Proxy Authentication Required", DESK, "a", "");
    set.send_whole(DESK, with_lines(&refusal, challenge));
    set.run(ms(5));
    let second = last(&set, "us", "desk", "INVITE");
    set.send_whole(DESK, response(&second, "180 Ringing", DESK, "b", ""));
    set.run(s(2));
    desk_says_ok(&mut set, "CANCEL", "", "");
    set.send_whole(DESK, response(&second, "487 Request Terminated", DESK, "b", ""));
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 407 INVITE
         us -> desk ACK
         us -> desk INVITE (sdp)
         desk -> us 180 INVITE
         us -> caller 180 INVITE
         @2 caller -> us CANCEL
         us -> caller 200 CANCEL
         us -> caller 487 INVITE
         us -> desk CANCEL
         caller -> us ACK
         desk -> us 200 CANCEL
         desk -> us 487 INVITE
         us -> desk ACK",
    );
    assert_cancels(&set.message("us", "desk", "CANCEL"), &second);
}

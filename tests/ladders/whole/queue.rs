//! The queue as its callers see it: waiting, overflow, announcements, widening, races with the
//! router, drain.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::router::AgentActivity;
use centralino::sim::{Action, Answer, Behaviour, Ended, HouseConfig};

fn away() -> Set {
    let mut set = set(Behaviour::default(), Behaviour::default());
    set.set_agent("anna", false);
    set.set_agent("bruno", false);
    set
}

/// A caller waits until somebody is ready.
#[test]
fn a_caller_waits_for_an_agent_who_comes() {
    let mut set = away();
    set.call("400", Behaviour::default().talking(s(15)));
    set.run(s(7));
    set.set_agent("bruno", true);
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @7 us -> bruno INVITE (sdp)
         bruno -> us 180 INVITE
         bruno -> us 200 INVITE (sdp)
         us -> bruno ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> bruno BYE
         bruno -> us 200 BYE",
    );
    let caller = set.saw("caller");
    assert!(caller.heard_for(MUSIC_HZ) > ms(7500), "{:?}", caller.tones);
    assert_eq!((caller.rtp.lost, caller.rtp.gaps), (0, 0));
    assert_eq!(set.cdr().durations.wait_ms, 8001);
}

/// Announcements come between the music, as often as the plan says.
#[test]
fn announcements_interrupt_the_music() {
    let mut set = away();
    set.call("400", Behaviour::default().talking(s(35)));
    set.run(s(36));
    set.finish();
    let caller = set.saw("caller");
    let news = caller.tones.iter().filter(|t| t.hz.abs_diff(NEWS_HZ) < 10).count();
    assert_eq!(news, 3, "{:?}", caller.tones);
    assert!(caller.heard_for(MUSIC_HZ) > s(30), "{:?}", caller.tones);
    assert_eq!((caller.rtp.lost, caller.rtp.gaps), (0, 0));
    set.assert_ended("caller", "normal_clearing");
}

/// The longest wait is over: the queue's `otherwise`, here by the state.
#[test]
fn a_wait_that_is_too_long_overflows() {
    let mut set = away();
    set.call("800", Behaviour::default());
    set.finish();
    set.assert_ladder(
        "@0     caller -> us INVITE (sdp)
         @0.001 us -> caller 180 INVITE
         @5.001 us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @5.5..5.53 us -> caller BYE
         caller -> us 200 BYE",
    );
    assert!(set.saw("caller").heard(SORRY_HZ));
    assert_eq!(
        set.cdr().queues.iter().map(|q| q.outcome.as_str()).collect::<Vec<_>>(),
        ["overflow"]
    );
    set.assert_ended("system", "flow_ended");
}

/// The longest wait is over while an agent rings: it counts when the offer fails.
#[test]
fn an_offer_under_way_outlasts_the_longest_wait() {
    let mut set = set(Behaviour::answering(Answer::After(s(7))), idle());
    set.call("800", Behaviour::default().talking(s(3)));
    set.finish();
    set.assert_offers(&[("anna", "joined")]);
}

/// Nobody could ever take it: the state's own `otherwise`, with its own status.
#[test]
fn nobody_signed_in_overflows_at_once() {
    let set = one_whole_call("600", Behaviour::default(), idle(), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> caller 486 INVITE
         caller -> us ACK",
    );
    assert_eq!(set.saw("caller").ended, Some(Ended::Refused(486)));
}

/// An answered caller for whom nobody is signed in hears the flow's `otherwise`.
#[test]
fn callers_are_served_in_their_order() {
    let mut set = away();
    let first = set.call("400", Behaviour::default());
    set.run(s(1));
    let second = set.call("400", Behaviour::default());
    set.run(s(1));
    set.set_agent("anna", true);
    set.run(s(3));
    let confirmed = |set: &Set, no| {
        set.world.phone("caller").and_then(|p| p.report(no)).is_some_and(|r| r.heard(ANNA_HZ))
    };
    assert!(confirmed(&set, first) && !confirmed(&set, second), "{}", set.world.ladder);
    set.world.tell("caller", centralino::sim::Input::Do { call: first, action: Action::HangUp });
    set.run(s(5));
    assert!(confirmed(&set, second), "behind the wrap-up: {}", set.world.ladder);
    set.world.act("caller", Action::HangUp);
    set.set_agent("bruno", true);
    set.finish();
}

/// An agent who hangs up before the grant is there leaves nobody stranded: the caller goes back to
/// the queue with its wait, and the next agent takes it.
#[test]
fn an_agent_who_is_gone_before_the_grant_strands_nobody() {
    let mut raced = 0;
    for seed in 0..40 {
        let config = HouseConfig { seed, workers: 2, delay: ms(20), ..config() };
        let anna = Behaviour::default().talking(ms(2));
        let mut set = set_with(&config, anna, Behaviour::default());
        set.run(ms(100));
        set.call("400", Behaviour::default().talking(s(12)));
        set.finish();
        let cdr = set.cdr();
        let joined = |o: &centralino::record::cdr::Offer| {
            o.outcome == centralino::record::cdr::OfferOutcome::Joined
        };
        // Either the grant was there in time, and the flow ended with Anna's call, or Bruno has it.
        let by_bruno = cdr.offers.iter().any(|o| o.to == "bruno" && joined(o));
        raced += u32::from(by_bruno);
        let by_anna = cdr.offers.iter().any(|o| o.to == "anna" && joined(o));
        assert!(by_bruno != by_anna, "seed {seed}: {:?}\n{}", cdr.offers, set.world.ladder);
        if by_bruno {
            assert!(set.saw("caller").heard(BRUNO_HZ), "seed {seed}\n{}", set.world.ladder);
            set.assert_ended("caller", "normal_clearing");
        }
    }
    assert!(raced > 5, "the race was met {raced} times of 40");
}

/// Every crossing of caller, agent and router, by seed: nobody is left over, one record each.
#[test]
fn many_callers_and_moody_agents_by_seed() {
    for seed in 0..12u64 {
        let config = HouseConfig { seed, workers: 3, media_threads: 2, delay: ms(15), ..config() };
        let mut set = set_with(&config, Behaviour::default(), Behaviour::default());
        set.run(ms(100));
        for n in 0..20u64 {
            let mood = (seed * 7 + n * 13) % 9;
            let agent = match mood {
                0 => Behaviour::answering(Answer::busy()),
                1 => Behaviour::answering(Answer::After(ms(40))).talking(ms(5)),
                2 => Behaviour::answering(Answer::refuse(603)),
                3 => Behaviour::answering(Answer::Never),
                4 => Behaviour::answering(Answer::Silent),
                _ => Behaviour::answering(Answer::After(ms(100 * mood))).talking(ms(300 * n)),
            };
            let name = if n % 2 == 0 { "anna" } else { "bruno" };
            set.world.behave_next(name, agent.with_tone(ANNA_HZ));
            let number = ["200", "400", "100", "800", "700"][(n % 5) as usize];
            let caller =
                Behaviour { give_up_after: Some(ms(2000 + 300 * n)), ..Behaviour::default() };
            set.call(number, caller.talking(ms(700 * n)));
            set.run(ms(150));
        }
        for _ in 0..10 {
            set.run(s(60));
            for name in ["anna", "bruno"] {
                set.set_agent(name, true);
            }
        }
        set.finish_unclean();
        assert_eq!(set.world.system().cdrs().len(), 20, "seed {seed}");
    }
}

/// Drain: new calls get 503, the running one goes on to its end.
#[test]
fn drain_refuses_new_calls_and_keeps_the_running_one() {
    let mut set = set(Behaviour::default(), idle());
    let first = set.call("200", Behaviour::default().talking(s(6)));
    set.run(s(3));
    set.world.with_system(|house, now, out| house.drain(now, out));
    let second = set.call("200", Behaviour::default());
    set.run(s(1));
    let report = |set: &Set, no| set.world.phone("caller").and_then(|p| p.report(no).cloned());
    let refused = report(&set, second).and_then(|r| r.ended);
    assert_eq!(refused, Some(Ended::Refused(503)), "{}", set.world.ladder);
    assert!(set.messages("us", "caller", "503").iter().all(|m| header(m, "Retry-After").is_some()));
    set.finish();
    assert_eq!(report(&set, first).and_then(|r| r.ended), Some(Ended::ByUs));
    assert_eq!(set.world.system().cdrs().len(), 1, "a refused call is no call");
    set.assert_ended("caller", "normal_clearing");
}

/// The end of the drain: what is left is ended on both legs, in every stage.
#[test]
fn the_end_of_the_drain_ends_every_stage() {
    for (number, answer, wait) in [
        ("100", Answer::Never, s(1)),
        ("200", Answer::Never, s(1)),
        ("300", Answer::Never, s(1)),
        ("400", Answer::Never, s(1)),
        ("200", Answer::After(s(1)), s(3)),
        ("500", Answer::Never, ms(200)),
    ] {
        let mut set = set(Behaviour::answering(answer), idle());
        set.call(number, Behaviour::default());
        set.run(wait);
        set.world.with_system(|house, now, out| house.end_all(now, out));
        set.finish();
        set.assert_ended("system", "draining");
    }
}

/// MED-14: no media port: 503 with Retry-After; the running call is untouched.
#[test]
fn med_14_no_media_port_gets_503() {
    let config = HouseConfig { ports: 2, ..config() };
    let mut set = set_with(&config, Behaviour::default(), idle());
    set.call("200", Behaviour::default().talking(s(5)));
    set.run(s(2));
    let second = set.call("200", Behaviour::default());
    set.run(s(1));
    let report = set.world.phone("caller").and_then(|p| p.report(second).cloned());
    assert_eq!(report.and_then(|r| r.ended), Some(Ended::Refused(503)));
    let refusal = set.message("us", "caller", "503");
    assert_eq!(header(&refusal, "Retry-After"), Some("5"), "{refusal}");
    set.finish();
    let cdrs = set.world.system().cdrs();
    assert_eq!(
        cdrs.iter().map(|c| c.cause.as_str()).collect::<Vec<_>>(),
        ["overload", "normal_clearing"]
    );
    // The ports are there again.
    set.call("200", Behaviour::default().talking(s(1)));
    set.run(s(10));
    assert_eq!(set.world.system().cdrs().last().map(|c| c.cause.as_str()), Some("normal_clearing"));
}

/// MED-14: a port for the caller and none for the agent: the agent is not to blame, and the caller
/// gets through when there is one again.
#[test]
fn med_14_no_port_for_the_agents_leg() {
    let config = HouseConfig { ports: 3, ..config() };
    let mut set = set_with(&config, Behaviour::default(), Behaviour::default());
    set.call("200", Behaviour::default().talking(s(5)));
    set.run(s(2));
    set.call("200", Behaviour::default().talking(s(3)));
    set.run(s(1));
    assert_eq!(set.agent("bruno"), Some(AgentActivity::Ready), "{}", set.world.ladder);
    set.finish();
    for cdr in set.world.system().cdrs() {
        assert!(cdr.agent.is_some(), "{cdr:?}\n{}", set.world.ladder);
    }
}

/// OVL-01: more calls than the worker may hold: 503 with Retry-After for the new one only.
#[test]
fn ovl_01_more_calls_than_may_be() {
    let config = HouseConfig { most_calls: 1, ..config() };
    let mut set = set_with(&config, Behaviour::default(), idle());
    set.call("200", Behaviour::default().talking(s(5)));
    set.run(s(2));
    assert_eq!(statuses(&set.probe(&Request::invite("200"))), [503]);
    let refusal = set.message("us", "probe", "503");
    assert!(header(&refusal, "Retry-After").is_some(), "{refusal}");
    let ack = set.inside(&Request::invite("200"), &refusal, "ACK");
    set.probe(&Request { branch: "z9hG4bK-probe-INVITE".into(), ..ack });
    set.finish();
    set.assert_ended("caller", "normal_clearing");
}

//! Reliable provisionals (RFC 3262) and session timers (RFC 4028) through the router.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::net::Rule;
use centralino::sim::phone::Ringing;
use centralino::sim::{Action, Answer, Behaviour, Ended, HouseConfig};

/// PRK-01: the caller requires 100rel: RSeq, PRACK, and the agent's leg by itself (PRK-03).
#[test]
fn prk_01_a_caller_that_requires_100rel() {
    let caller = Behaviour { requires_100rel: true, ..Behaviour::default() };
    let set = one_whole_call("200", caller.talking(s(2)), Behaviour::default(), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         caller -> us PRACK
         anna -> us 180 INVITE
         us -> caller 200 PRACK
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    let ringing = set.message("us", "caller", "180 INVITE");
    assert!(header(&ringing, "RSeq").is_some() && header(&ringing, "Require") == Some("100rel"));
}

/// PRK-01: early media reliably: the 2xx waits for the PRACK of the 183 with SDP.
#[test]
fn prk_01_the_2xx_waits_for_the_prack() {
    let mut set = set(Behaviour::default(), idle());
    set.world.net.add_rule(Rule { from: Some(CALLER), count: 3, ..Rule::lose("PRACK") });
    let anna =
        Behaviour { ringing: Ringing::EarlyMedia, ..Behaviour::answering(Answer::After(ms(300))) };
    set.world.behave_next("anna", anna.with_tone(ANNA_HZ));
    let caller = Behaviour { requires_100rel: true, ..Behaviour::default() };
    set.call("300", caller.talking(s(2)));
    set.finish();
    let ladder = &set.world.ladder;
    let at = |what: &str| ladder.rungs().iter().find(|r| r.to_string() == what).map(|r| r.at);
    let (pracked, answered) = (at("us -> caller 200 PRACK"), at("us -> caller 200 INVITE"));
    let answered = answered.or(at("us -> caller 200 INVITE (sdp)"));
    assert!(pracked.is_some() && answered >= pracked, "{ladder}");
    assert!(set.saw("caller").heard_for(ANNA_HZ) > s(2), "{:?}", set.saw("caller").tones);
}

/// PRK-01: no PRACK in 64·T1: 5xx, and the agent's leg ends.
#[test]
fn prk_01_no_prack_ends_in_5xx() {
    let mut set = set(Behaviour::answering(Answer::Never), idle());
    let plan_rings = Request::invite("300").with("Require: 100rel");
    set.probe(&plan_rings);
    set.run(ms(9000));
    let repeats = set.world.ladder.count("us", "probe", "180 INVITE");
    assert!(repeats >= 4, "resent until PRACK: {}", set.world.ladder);
    set.run(s(30));
    // The ring time of the target was over first.
    let finals: Vec<u16> = statuses(&set.to_probe()).into_iter().filter(|s| *s >= 300).collect();
    assert!(!finals.is_empty(), "{}", set.world.ladder);
    let refused = set.to_probe().pop().unwrap_or_default();
    let ack = set.inside(&plan_rings, &refused, "ACK");
    set.probe(&Request { branch: plan_rings.branch.clone(), ..ack });
    set.finish();
    let mut waits = super::set::set(Behaviour::answering(Answer::Never), idle());
    waits.set_agent("anna", false);
    waits.set_agent("bruno", false);
    let invite = Request::invite("200").with("Require: 100rel");
    waits.probe(&invite);
    waits.run(s(33));
    let refused = waits.to_probe().pop().unwrap_or_default();
    assert!((500..600).contains(&status(&refused)), "{}", waits.world.ladder);
    let ack = waits.inside(&invite, &refused, "ACK");
    waits.probe(&Request { branch: invite.branch.clone(), ..ack });
    waits.finish();
}

/// PRK-01, SDP-02: a late offer and 100rel: whatever comes first and reliably has our offer, its
/// PRACK the answer.
#[test]
fn prk_01_a_late_offer_with_100rel() {
    for number in ["200", "300", "400", "100"] {
        let caller = Behaviour { late_offer: true, requires_100rel: true, ..Behaviour::default() };
        let caller = caller.then(s(2), Action::Digits("1".into())).talking(s(5));
        let set = one_whole_call(number, caller, Behaviour::default(), idle());
        assert!(set.saw("caller").heard(ANNA_HZ), "{number}\n{}", set.world.ladder);
        assert!(set.saw("anna").heard(CALLER_HZ), "{number}\n{}", set.world.ladder);
        let first = set
            .world
            .ladder
            .rungs()
            .iter()
            .find(|r| r.from == "us" && r.to == "caller")
            .map(|r| r.what.clone());
        assert!(
            first.as_deref().is_some_and(|f| f.ends_with("(sdp)")),
            "RFC 3261 §13.2.1: {first:?}\n{}",
            set.world.ladder
        );
    }
}

/// PRK-02, PRK-03: an agent that rings reliably: PRACK on that leg, nothing of it on the other.
#[test]
fn prk_02_an_agent_that_rings_reliably() {
    for ringing in [Ringing::Bare, Ringing::WithSdp, Ringing::EarlyMedia] {
        let anna = Behaviour { ringing, reliable: true, ..Behaviour::default() };
        let set = one_whole_call("300", Behaviour::default().talking(s(2)), anna, idle());
        let ladder = &set.world.ladder;
        assert_eq!(ladder.count("us", "anna", "PRACK"), 1, "{ringing:?}\n{ladder}");
        assert_eq!(ladder.count("us", "caller", "PRACK"), 0);
        let shown = set.message("us", "caller", "18");
        assert!(header(&shown, "RSeq").is_none(), "{shown}");
        assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    }
}

/// PRK-02: its 180 is repeated: one PRACK.
#[test]
fn prk_02_a_repeat_is_not_pracked_twice() {
    let anna = Behaviour { reliable: true, ..Behaviour::answering(Answer::After(s(4))) };
    let mut set = set(anna, idle());
    set.world.net.add_rule(Rule { from: Some(ANNA), count: 2, ..Rule::lose("200 PRACK") });
    set.call("300", Behaviour::default().talking(s(1)));
    set.finish();
    let different = set.world.ladder.without_repeats();
    assert_eq!(different.count("us", "anna", "PRACK"), 1, "{}", set.world.ladder);
}

/// PRK-04: a PRACK that matches nothing.
#[test]
fn prk_04_a_prack_that_matches_nothing_gets_481() {
    let mut set = set(Behaviour::answering(Answer::Never), idle());
    let invite = Request::invite("200").with("Require: 100rel");
    set.probe(&invite);
    let ringing = set.message("us", "probe", "180 INVITE");
    let rseq: u32 = header(&ringing, "RSeq").and_then(|r| r.parse().ok()).unwrap_or(0);
    for (rack, expected) in [
        (format!("{} 1 INVITE", rseq + 1), 481),
        (format!("{rseq} 2 INVITE"), 481),
        (format!("{rseq} 1 INVITE"), 200),
    ] {
        let prack = set.inside(&invite, &ringing, "PRACK").with(&format!("RAck: {rack}"));
        let cseq = 10 + u32::from(expected == 200) + u32::from(rack.contains(" 2 ")) * 5;
        let cseq = if expected == 200 { 30 } else { cseq };
        let got = set.probe(&Request { cseq, ..prack.branch(&format!("prack{cseq}")) });
        assert_eq!(statuses(&got).last(), Some(&expected), "{rack}\n{}", set.world.ladder);
    }
    let cancel =
        Request { method: "CANCEL", headers: String::new(), body: String::new(), ..invite };
    set.probe(&cancel);
    let refused = set.message("us", "probe", "487");
    let ack = set.inside(&cancel, &refused, "ACK");
    set.probe(&Request { branch: cancel.branch.clone(), ..ack });
    set.finish();
}

/// TIM-01: an interval under our minimum: 422 with Min-SE.
#[test]
fn tim_01_too_short_an_interval_gets_422() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200").with("Supported: timer").with("Session-Expires: 30");
    let got = set.probe(&invite);
    assert_eq!(statuses(&got), [422]);
    assert_eq!(header(&got[0], "Min-SE"), Some("90"), "{}", got[0]);
    let ack = set.inside(&invite, &got[0], "ACK");
    set.probe(&Request { branch: invite.branch.clone(), ..ack });
    set.finish();
}

/// A trunk of Anna's own with a session timer of three minutes.
fn with_timers() -> HouseConfig {
    let plan = PLAN.replace(
        "trunks:\n",
        "trunks:\n  phones: { accept_from: [10.0.0.2], peers: [\"sip:10.0.0.2\"], session_timer: 180s }\n",
    );
    HouseConfig { plan, ..config() }
}

/// TIM-02: our INVITE gets 422: once more with the interval wanted.
#[test]
fn tim_02_a_422_is_answered_with_the_wanted_interval() {
    let mut set = set_with(&with_timers(), Behaviour::answering(Answer::Silent), idle());
    set.call("200", Behaviour { give_up_after: Some(s(3)), ..Behaviour::default() });
    set.run(ms(5));
    let invite = set.message("us", "anna", "INVITE");
    assert!(header(&invite, "Session-Expires").is_some_and(|v| v.starts_with("180")), "{invite}");
    let text = response(&invite, "422 Session Interval Too Small", ANNA, "a", "");
    set.send_whole(ANNA, text.replacen("Contact:", "Min-SE: 600\r\nContact:", 1));
    set.run(ms(10));
    let second = set.messages("us", "anna", "INVITE").pop().unwrap_or_default();
    assert!(header(&second, "Session-Expires").is_some_and(|v| v.starts_with("600")), "{second}");
    assert_eq!(header(&second, "Min-SE"), Some("600"), "{second}");
    assert_eq!(header(&second, "Call-ID"), header(&invite, "Call-ID"));
}

/// TIM-03: we refresh at half time, on the agent's leg by its trunk's wish.
#[test]
fn tim_03_on_the_agents_leg() {
    let anna = Behaviour { session_expires: Some(180), refresher: false, ..Behaviour::default() };
    let mut set = set_with(&with_timers(), anna, idle());
    set.call("200", Behaviour::default().talking(s(400)));
    set.finish();
    let ladder = &set.world.ladder;
    let refreshes = ladder.count("us", "anna", "UPDATE") + ladder.count("us", "anna", "INVITE");
    assert!(refreshes >= 4, "{refreshes} and the first\n{ladder}");
    set.assert_ended("caller", "normal_clearing");
}

/// TIM-04: the peer is to refresh and does not: BYE before the end, on both legs.
#[test]
fn tim_04_a_peer_that_does_not_refresh() {
    let mut set = set(Behaviour::default(), idle());
    let invite =
        Request::invite("200").with("Supported: timer").with("Session-Expires: 120;refresher=uac");
    set.probe(&invite);
    set.run(s(2));
    let answer = set.message("us", "probe", "200 INVITE");
    assert_eq!(header(&answer, "Session-Expires"), Some("120;refresher=uac"), "{answer}");
    set.probe(&set.inside(&invite, &answer, "ACK"));
    set.run(s(120));
    let bye = set.message("us", "probe", "BYE");
    let ok = response(&bye, "200 OK", PROBE, "x", "").replace(";tag=x", "");
    set.send_whole(PROBE, ok);
    let at = |to: &str| {
        let rungs = set.world.ladder.rungs().iter();
        rungs.clone().find(|r| r.to == to && r.what == "BYE").map(|r| r.at.0 / 1_000_000)
    };
    assert!(at("probe").is_some_and(|s| (70..121).contains(&s)), "{}", set.world.ladder);
    assert_eq!(at("probe"), at("anna"), "{}", set.world.ladder);
    set.finish();
    set.assert_ended("system", "session_expired");
    assert_eq!(set.saw("anna").ended, Some(Ended::ByPeer));
}

/// TIM-04: a peer that refreshes keeps its call.
#[test]
fn tim_04_a_peer_that_refreshes_keeps_its_call() {
    let caller = Behaviour { session_expires: Some(100), refresher: true, ..Behaviour::default() };
    let set = one_whole_call("200", caller.talking(s(300)), Behaviour::default(), idle());
    set.assert_ended("caller", "normal_clearing");
    assert_eq!(set.cdr().durations.talk_ms / 1000, 300);
    let _ = Action::Update;
}

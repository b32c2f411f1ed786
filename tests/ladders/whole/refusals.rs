//! Agents who do not take the call: each end of an offer has its own cause, and the next agent rings.

use super::set::*;
use crate::stage::*;
use centralino::router::AgentActivity;
use centralino::sim::net::{Link, Weather};
use centralino::sim::{Answer, Behaviour, Ended};

const NEXT_AGENT: &str = "
    us -> bruno INVITE (sdp)
    bruno -> us 180 INVITE
    bruno -> us 200 INVITE (sdp)
    us -> bruno ACK
    us -> caller 200 INVITE (sdp)
    caller -> us ACK
    caller -> us BYE
    us -> caller 200 BYE
    us -> bruno BYE
    bruno -> us 200 BYE";

/// TGT-04, REAL-16: each refusal has its cause; the caller never hears of it.
#[test]
fn tgt_04_each_refusal_leads_to_the_next_agent() {
    for (status, cause, then) in [
        (486, "busy", AgentActivity::BackingOff),
        (600, "busy", AgentActivity::BackingOff),
        (480, "unavailable", AgentActivity::BackingOff),
        (603, "declined", AgentActivity::Ready),
        (404, "not_found", AgentActivity::BackingOff),
        (408, "unreachable", AgentActivity::BackingOff),
        (500, "rejected", AgentActivity::BackingOff),
        (503, "unreachable", AgentActivity::BackingOff),
        (302, "rejected", AgentActivity::BackingOff),
        (401, "rejected", AgentActivity::BackingOff),
        (407, "rejected", AgentActivity::BackingOff),
        (488, "no_codec", AgentActivity::BackingOff),
        (606, "no_codec", AgentActivity::BackingOff),
    ] {
        let mut set = set(Behaviour::answering(Answer::refuse(status)), Behaviour::default());
        set.call("200", Behaviour::default().talking(s(3)));
        set.run(s(2));
        assert_eq!(set.agent("anna"), Some(then), "{status}");
        set.finish();
        let refused = format!(
            "caller -> us INVITE (sdp)
             us -> caller 180 INVITE
             us -> anna INVITE (sdp)
             anna -> us {status} INVITE
             us -> anna ACK"
        );
        set.assert_ladder(&[&refused, NEXT_AGENT].concat());
        set.assert_offers(&[("anna", cause), ("bruno", "joined")]);
        assert!(set.saw("caller").heard(BRUNO_HZ) && set.saw("bruno").heard(CALLER_HZ));
        assert_eq!(set.cdr().agent.as_deref(), Some("bruno"));
    }
}

/// REAL-07: the agent who refuses had rung before.
#[test]
fn a_refusal_behind_ringing() {
    let anna = Behaviour::answering(Answer::Refuse {
        after: s(2),
        status: 486,
        headers: vec![("Retry-After".into(), "30".into())],
    });
    let set = one_whole_call("200", Behaviour::default().talking(s(3)), anna, Behaviour::default());
    let refused = "
        caller -> us INVITE (sdp)
        us -> caller 180 INVITE
        us -> anna INVITE (sdp)
        anna -> us 180 INVITE
        @2.002 anna -> us 486 INVITE
        us -> anna ACK";
    set.assert_ladder(&[refused, NEXT_AGENT].concat());
    set.assert_offers(&[("anna", "busy"), ("bruno", "joined")]);
}

/// An agent who lets it ring for the whole ring time.
#[test]
fn no_answer_leads_to_the_next_agent() {
    let set = one_whole_call(
        "200",
        Behaviour::default().talking(s(3)),
        Behaviour::answering(Answer::Never),
        Behaviour::default(),
    );
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         @10.001 us -> anna CANCEL
         us -> bruno INVITE (sdp)
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         bruno -> us 180 INVITE
         us -> anna ACK
         bruno -> us 200 INVITE (sdp)
         us -> bruno ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> bruno BYE
         bruno -> us 200 BYE",
    );
    set.assert_offers(&[("anna", "no_answer"), ("bruno", "joined")]);
}

/// REAL-15: a dead phone says nothing at all: the next agent rings after four seconds, and the dead
/// leg keeps nobody waiting.
#[test]
fn real_15_a_silent_agent_leads_to_the_next() {
    let set = one_whole_call(
        "200",
        Behaviour::default().talking(s(3)),
        Behaviour::answering(Answer::Silent),
        Behaviour::default(),
    );
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "anna", "CANCEL"), 0, "{ladder}");
    let rung = ladder.rungs().iter().find(|r| r.to == "bruno").map(|r| r.at);
    assert_eq!(rung, Some(centralino::base::Mono(0) + s(4) + ms(1)), "{ladder}");
    set.assert_offers(&[("anna", "unreachable"), ("bruno", "joined")]);
    assert!(set.saw("caller").heard(BRUNO_HZ));
}

/// CAN-01: the weather keeps our INVITE from a phone until that is given up. When a repeat comes through
/// at last, the phone is not left ringing for nobody.
#[test]
fn can_01_a_phone_that_was_given_up_unheard_is_not_left_ringing() {
    let mut set = set(Behaviour::answering(Answer::Never), Behaviour::default());
    let lost = Weather { loss_permille: 1000, ..Weather::default() };
    set.world.net.set_link(US, ANNA, Link { sip: lost, ..Link::default() });
    set.call("200", Behaviour::default().talking(s(2)));
    set.run(ms(7200));
    assert_eq!(set.saw("caller").ended, Some(Ended::ByUs), "{}", set.world.ladder);
    set.world.net.set_link(US, ANNA, Link::default());
    set.finish();
    assert_eq!(set.saw("anna").ended, Some(Ended::Cancelled), "{}", set.world.ladder);
    assert_eq!(set.world.ladder.without_repeats().count("us", "anna", "CANCEL"), 1);
    set.assert_offers(&[("anna", "unreachable"), ("bruno", "joined")]);
}

/// REAL-15: where the peer is a trunk's the plan says how long silence may last.
#[test]
fn real_15_a_silent_trunk_peer_has_its_own_limit() {
    let plan = PLAN.replace(
        "trunks:\n",
        "trunks:\n  phones: { accept_from: [10.0.0.2], peers: [\"sip:10.0.0.2\"], first_response: 3s }\n",
    );
    let config = centralino::sim::HouseConfig { plan, ..config() };
    let mut set = set_with(&config, Behaviour::answering(Answer::Silent), Behaviour::default());
    set.call("200", Behaviour::default().talking(s(3)));
    set.finish();
    let ladder = &set.world.ladder;
    let rung = ladder.rungs().iter().find(|r| r.to == "bruno").map(|r| r.at);
    assert_eq!(rung, Some(centralino::base::Mono(0) + s(3) + ms(1)), "{ladder}");
    set.assert_offers(&[("anna", "unreachable"), ("bruno", "joined")]);
}

/// TGT-04, REAL-16: a dialled target's refusal becomes the caller's in a form that rests no carrier.
#[test]
fn real_16_refusals_of_a_dialled_target_as_the_caller_sees_them() {
    for (status, shown, cause) in [
        (486, 486, "busy"),
        (603, 603, "declined"),
        (404, 404, "not_found"),
        (480, 480, "unavailable"),
        (503, 480, "unreachable"),
        (500, 480, "rejected"),
        (302, 480, "rejected"),
        (401, 480, "rejected"),
        (407, 480, "rejected"),
        (408, 480, "unreachable"),
        (415, 415, "rejected"),
    ] {
        let anna = Behaviour::answering(Answer::refuse(status));
        let set = one_whole_call("300", Behaviour::default(), anna, idle());
        set.assert_ladder(&format!(
            "caller -> us INVITE (sdp)
             us -> anna INVITE (sdp)
             anna -> us {status} INVITE
             us -> anna ACK
             us -> caller {shown} INVITE
             caller -> us ACK"
        ));
        assert_eq!(set.saw("caller").ended, Some(Ended::Refused(shown)));
        set.assert_ended("system", cause);
        assert_eq!(set.cdr().sip_status, shown);
        let refusal = set.message("us", "caller", &shown.to_string());
        assert!(!refusal.contains("Contact"), "TGT-03: {refusal}");
    }
}

/// A dialled target that does not answer in its ring time.
#[test]
fn a_dialled_target_that_does_not_answer() {
    let anna = Behaviour::answering(Answer::Never);
    let set = one_whole_call("300", Behaviour::default(), anna, idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         us -> caller 180 INVITE
         @10.001 us -> anna CANCEL
         us -> caller 480 INVITE
         anna -> us 200 CANCEL
         anna -> us 487 INVITE
         caller -> us ACK
         us -> anna ACK",
    );
    set.assert_ended("system", "no_answer");
}

/// In a flow the answered caller hears the flow's `failed`.
#[test]
fn a_flow_goes_on_behind_a_target_that_failed() {
    let anna = Behaviour::answering(Answer::busy());
    let set = one_whole_call("700", Behaviour::default(), anna, idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         us -> anna INVITE (sdp)
         anna -> us 486 INVITE
         us -> anna ACK
         us -> caller BYE
         caller -> us 200 BYE",
    );
    assert!(set.saw("caller").heard(SORRY_HZ));
    set.assert_ended("system", "flow_ended");
}

/// A refused answered caller keeps the music, without a gap.
#[test]
fn the_music_goes_on_while_agents_refuse() {
    let set = one_whole_call(
        "400",
        Behaviour::default().talking(s(6)),
        Behaviour::answering(Answer::Refuse { after: s(1), status: 486, headers: vec![] }),
        Behaviour::answering(Answer::After(s(2))),
    );
    let caller = set.saw("caller");
    assert_eq!((caller.rtp.lost, caller.rtp.gaps), (0, 0), "{:?}", caller.rtp);
    assert!(caller.heard_for(MUSIC_HZ) > ms(2700), "{:?}", caller.tones);
    assert!(caller.heard(BRUNO_HZ));
}

/// Both agents refuse: the caller waits on with its place, and the first who is free again takes it.
#[test]
fn a_caller_waits_on_when_all_refuse() {
    let mut set = set(Behaviour::answering(Answer::busy()), Behaviour::answering(Answer::busy()));
    set.call("400", Behaviour::default().talking(s(120)));
    set.run(s(1));
    for name in ["anna", "bruno"] {
        set.world.behave(name, Behaviour::default());
    }
    set.finish();
    let offers = &set.cdr().offers;
    assert!(offers.len() >= 3, "{offers:?}");
    assert!(set.cdr().agent.is_some(), "{}", set.world.ladder);
    assert_eq!(set.cdr().queues.len(), 1, "one stay: {:?}", set.cdr().queues);
}

//! The main job: a menu, a digit, a queue, an agent; who hears whom; hang-up from either side.

use super::set::*;
use crate::stage::*;
use centralino::media::Codec;
use centralino::router::AgentActivity;
use centralino::sim::{Action, Behaviour, Codecs, Ended, HouseConfig};

/// The caller's side of the menu, then the agent's leg.
const MENU_THEN_ANNA: &str = "
    @0     caller -> us INVITE (sdp)
    @0.001 us -> caller 200 INVITE (sdp)
    @0.002 caller -> us ACK";
const ANNA_ANSWERS: &str = "
    us -> anna INVITE (sdp)
    anna -> us 180 INVITE
    anna -> us 200 INVITE (sdp)
    us -> anna ACK";
const CALLER_HANGS_UP: &str = "
    caller -> us BYE
    us -> caller 200 BYE
    us -> anna BYE
    anna -> us 200 BYE";

#[test]
fn a_digit_by_rfc_4733_leads_to_an_agent() {
    let caller = Behaviour::default().then(s(2), Action::Digits("1".into())).talking(s(8));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    set.assert_ladder(&[MENU_THEN_ANNA, ANNA_ANSWERS, CALLER_HANGS_UP].concat());
    let caller = set.saw("caller");
    for hz in [WELCOME_HZ, MENU_HZ, MUSIC_HZ, ANNA_HZ] {
        assert!(caller.heard(hz), "{hz}: {:?}", caller.tones);
    }
    assert!(!caller.heard(CALLER_HZ), "an echo: {:?}", caller.tones);
    let anna = set.saw("anna");
    assert!(anna.heard_for(CALLER_HZ) > ms(4500), "{:?}", anna.tones);
    assert_eq!(anna.tones.len(), 1, "prompts or music leaked: {:?}", anna.tones);
    assert_eq!((caller.rtp.lost, caller.rtp.gaps), (0, 0), "{:?}", caller.rtp);
    assert_eq!((caller.ended, anna.ended), (Some(Ended::ByUs), Some(Ended::ByPeer)));
    set.assert_ended("caller", "normal_clearing");
    set.assert_offers(&[("anna", "joined")]);
    let cdr = set.cdr();
    assert_eq!((cdr.agent.as_deref(), cdr.queue.as_deref()), (Some("anna"), Some("sales")));
    let states: Vec<&str> = cdr.states.iter().map(|v| v.state.as_str()).collect();
    assert_eq!(states, ["main.hello", "main.choose", "main.wait"]);
    assert_eq!(cdr.digits.iter().map(|d| d.digits.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!((cdr.opened.caller.as_str(), cdr.opened.called.as_str()), ("+39333111", "100"));
    assert_eq!((cdr.sip_status, cdr.q850), (200, 16));
    assert_eq!(cdr.durations.talk_ms, 4978);
    assert_eq!(cdr.legs.len(), 2);
    assert!(cdr.legs.iter().all(|l| l.media.is_some() && l.ended_ms.is_some()), "{:?}", cdr.legs);
    let decisions = set.world.system().decisions();
    assert_eq!(decisions.iter().filter(|d| d.winner.is_some()).count(), 1, "{decisions:?}");
}

#[test]
fn a_digit_by_info_leads_to_an_agent_too() {
    let caller = Behaviour::default().then(s(2), Action::Info('1')).talking(s(8));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let info = "
        @2.002 caller -> us INFO (dtmf-relay)
        us -> caller 200 INFO";
    set.assert_ladder(&[MENU_THEN_ANNA, info, ANNA_ANSWERS, CALLER_HANGS_UP].concat());
    // Barge-in: the menu stops within 40 ms of the digit.
    let menu = set.saw("caller").heard_for(MENU_HZ);
    assert!(menu <= ms(1000), "{menu:?}");
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    set.assert_ended("caller", "normal_clearing");
}

#[test]
fn the_agent_may_hang_up_first() {
    let caller = Behaviour::default().then(s(2), Action::Digits("1".into()));
    let anna = Behaviour::default().talking(s(3));
    let set = one_whole_call("100", caller, anna, idle());
    let end = "
        @6.026 anna -> us BYE
        us -> anna 200 BYE
        us -> caller BYE
        caller -> us 200 BYE";
    set.assert_ladder(&[MENU_THEN_ANNA, ANNA_ANSWERS, end].concat());
    set.assert_ended("agent", "normal_clearing");
    assert_eq!(set.saw("caller").ended, Some(Ended::ByPeer));
    assert_eq!(set.cdr().durations.talk_ms, 3002);
}

#[test]
fn an_unanswered_caller_is_answered_with_the_agent() {
    let set =
        one_whole_call("200", Behaviour::default().talking(s(3)), Behaviour::default(), idle());
    set.assert_ladder(
        "@0     caller -> us INVITE (sdp)
         @0.001 us -> caller 180 INVITE
         @0.001 us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         @1.002 anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    assert_eq!(set.cdr().durations.setup_ms, 1002);
}

#[test]
fn a_number_may_lead_to_a_phone_without_a_flow() {
    let set =
        one_whole_call("300", Behaviour::default(), Behaviour::default().talking(s(3)), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         us -> caller 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         anna -> us BYE
         us -> anna 200 BYE
         us -> caller BYE
         caller -> us 200 BYE",
    );
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    set.assert_ended("agent", "normal_clearing");
}

#[test]
fn a_flow_goes_on_behind_a_dialled_target() {
    let anna = Behaviour::default().talking(s(2));
    let set = one_whole_call("700", Behaviour::default(), anna, idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @1.001 us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         @4.004 anna -> us BYE
         us -> anna 200 BYE
         @4.505 us -> caller BYE
         caller -> us 200 BYE",
    );
    let caller = set.saw("caller");
    assert!(caller.heard(RING_BACK_HZ), "SDP-12: {:?}", caller.tones);
    assert!(caller.heard(ANNA_HZ) && caller.heard(SORRY_HZ), "{:?}", caller.tones);
    assert_eq!(caller.rtp.gaps, 0);
}

#[test]
fn several_workers_and_late_posts_change_nothing_on_the_wire() {
    let expected = {
        let caller = Behaviour::default().then(s(2), Action::Digits("1".into())).talking(s(8));
        let set = one_whole_call("100", caller, Behaviour::default(), idle());
        lines(&set)
    };
    for seed in 1..12 {
        let config = HouseConfig { seed, workers: 3, media_threads: 2, delay: ms(3), ..config() };
        let mut set = set_with(&config, Behaviour::default(), idle());
        set.run(ms(10));
        set.call("100", Behaviour::default().then(s(2), Action::Digits("1".into())).talking(s(8)));
        set.finish();
        assert_eq!(lines(&set), expected, "seed {seed}");
        assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    }
}

fn lines(set: &Set) -> Vec<String> {
    set.world.ladder.rungs().iter().map(ToString::to_string).collect()
}

#[test]
fn codecs_may_differ_between_the_legs() {
    let codecs = |codec, number| Codecs { list: vec![(codec, number)], ..Codecs::default() };
    let caller = Behaviour { codecs: codecs(Codec::Pcmu, 0), ..Behaviour::default() };
    let anna = Behaviour { codecs: codecs(Codec::Pcma, 8), ..Behaviour::default() };
    let set = one_whole_call("200", caller.talking(s(3)), anna, idle());
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
}

#[test]
fn wrap_up_follows_the_call() {
    let mut set = set(Behaviour::default(), idle());
    set.call("200", Behaviour::default().talking(s(3)));
    set.run(s(2));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Busy));
    set.run(s(3));
    assert_eq!(set.agent("anna"), Some(AgentActivity::WrapUp));
    set.run(s(2));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Ready));
    set.finish();
}

#[test]
fn an_early_prompt_is_heard_before_the_refusal() {
    let set = one_whole_call("500", Behaviour::default(), idle(), idle());
    set.assert_ladder(
        "@0     caller -> us INVITE (sdp)
         @0.001 us -> caller 183 INVITE (sdp)
         @0.501 us -> caller 480 INVITE
         caller -> us ACK",
    );
    assert!(set.saw("caller").heard(SORRY_HZ));
    set.assert_ended("system", "flow_ended");
    assert_eq!(set.cdr().sip_status, 480);
}

#[test]
fn masked_digits_are_not_in_the_record() {
    let caller = Behaviour::default()
        .then(s(2), Action::Digits("2".into()))
        .then(s(4), Action::Digits("12345#".into()))
        .talking(s(12));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let digits: Vec<&str> = set.cdr().digits.iter().map(|d| d.digits.as_str()).collect();
    assert_eq!(digits, ["2", "*****"]);
    set.assert_offers(&[("anna", "joined")]);
}

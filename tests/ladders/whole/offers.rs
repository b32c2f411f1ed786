//! Offers and answers through the router: hold from either side, late offers, glare, early media.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::media::Codec;
use centralino::sim::phone::HoldBy;
use centralino::sim::{Action, Behaviour, Codecs, Ended, Faults, HouseConfig};

/// A caller and Anna who talk since about a second.
pub(super) fn talking(caller: Behaviour, anna: Behaviour) -> Set {
    let mut set = set(anna, idle());
    set.call("200", caller);
    set.run(s(3));
    set
}

pub(super) fn only(codec: Codec, number: u8) -> Codecs {
    Codecs { list: vec![(codec, number)], ..Codecs::default() }
}

/// What stands between the ladder lines of two points in time.
pub(super) fn lines_between(set: &Set, from_ms: u64, to_ms: u64) -> Vec<String> {
    let rungs = set.world.ladder.rungs().iter();
    let within = |r: &&centralino::sim::Rung| (from_ms..to_ms).contains(&(r.at.0 / 1000));
    rungs.filter(within).map(ToString::to_string).collect()
}

/// SDP-05: hold and resume, said in each way, from either side, shown to the other side.
#[test]
fn sdp_05_hold_and_resume_from_either_side() {
    for (holder, other) in [("caller", "anna"), ("anna", "caller")] {
        for (hold_by, mark, answered, shown, taken) in [
            (HoldBy::SendOnly, " sendonly", " recvonly", " sendonly", " recvonly"),
            (HoldBy::Inactive, " inactive", " inactive", " inactive", " inactive"),
            (HoldBy::Address, " 0.0.0.0", " recvonly", " sendonly", " recvonly"),
        ] {
            let b = Behaviour { hold_by, ..Behaviour::default() };
            let mut set = talking(b.clone(), b);
            set.world.act(holder, Action::Hold);
            set.run(s(3));
            let held = lines_between(&set, 3000, 6000);
            assert_eq!(
                held,
                [
                    format!("{holder} -> us INVITE (sdp{mark})"),
                    format!("us -> {holder} 200 INVITE (sdp{answered})"),
                    format!("us -> {other} INVITE (sdp{shown})"),
                    format!("{holder} -> us ACK"),
                    format!("{other} -> us 200 INVITE (sdp{taken})"),
                    format!("us -> {other} ACK"),
                ],
                "{holder} {hold_by:?}"
            );
            assert!(set.saw(other).held, "{holder} {hold_by:?}");
            let quiet = set.saw(holder).tones.clone();
            set.world.act(holder, Action::Resume);
            set.run(s(3));
            let resumed = lines_between(&set, 6000, 9000);
            assert_eq!(
                resumed,
                [
                    format!("{holder} -> us INVITE (sdp)"),
                    format!("us -> {holder} 200 INVITE (sdp)"),
                    format!("us -> {other} INVITE (sdp)"),
                    format!("{holder} -> us ACK"),
                    format!("{other} -> us 200 INVITE (sdp)"),
                    format!("us -> {other} ACK"),
                ],
                "{holder} {hold_by:?}"
            );
            assert!(!set.saw(other).held);
            set.world.act("caller", Action::HangUp);
            set.finish();
            let total =
                set.saw(holder).heard_for(if holder == "caller" { ANNA_HZ } else { CALLER_HZ });
            let before: std::time::Duration = quiet.iter().map(|t| t.lasted).sum();
            assert!(total > before + s(2), "heard again: {total:?} after {before:?}");
            assert!(total < s(6), "{holder} {hold_by:?} heard on hold: {total:?}");
            let hold_ms = set.cdr().durations.hold_ms;
            assert!((2990..3020).contains(&hold_ms), "{hold_ms}");
        }
    }
}

/// SDP-05: with music on hold the held side hears it and sees no re-INVITE.
#[test]
fn sdp_05_music_on_hold_if_the_plan_says_so() {
    for (holder, other) in [("caller", "anna"), ("anna", "caller")] {
        let config = HouseConfig { hold_music: Some("hold".into()), ..config() };
        let mut set = set_with(&config, Behaviour::default(), idle());
        set.call("200", Behaviour::default());
        set.run(s(3));
        set.world.act(holder, Action::Hold);
        set.run(s(3));
        assert_eq!(lines_between(&set, 3000, 6000).len(), 3, "{}", set.world.ladder);
        set.world.act(holder, Action::Resume);
        set.run(s(3));
        set.world.act("caller", Action::HangUp);
        set.finish();
        let heard = set.saw(other).heard_for(HOLD_HZ);
        assert!(heard > ms(2700) && heard < ms(3200), "{other}: {heard:?}");
        assert!(!set.saw(holder).heard(HOLD_HZ), "{:?}", set.saw(holder).tones);
        let own = if other == "caller" { ANNA_HZ } else { CALLER_HZ };
        assert!(set.saw(other).heard_for(own) > ms(4000), "{:?}", set.saw(other).tones);
    }
}

/// SDP-05: both hold each other, and take each other back.
#[test]
fn sdp_05_both_hold() {
    let mut set = talking(Behaviour::default(), Behaviour::default());
    for (who, action) in [
        ("caller", Action::Hold),
        ("anna", Action::Hold),
        ("caller", Action::Resume),
        ("anna", Action::Resume),
    ] {
        set.world.act(who, action);
        set.run(s(2));
    }
    let before = (set.saw("caller").heard_for(ANNA_HZ), set.saw("anna").heard_for(CALLER_HZ));
    set.run(s(2));
    let after = (set.saw("caller").heard_for(ANNA_HZ), set.saw("anna").heard_for(CALLER_HZ));
    assert!(after.0 > before.0 + s(1) && after.1 > before.1 + s(1), "{before:?} {after:?}");
    set.world.act("caller", Action::HangUp);
    set.finish();
}

/// SDP-02: an INVITE without an offer: ours is in the 2xx, its answer in the ACK.
#[test]
fn sdp_02_a_late_offer_is_answered_in_the_ack() {
    for (number, first) in
        [("200", "180 INVITE"), ("300", "180 INVITE"), ("400", "200 INVITE (sdp)")]
    {
        let caller = Behaviour { late_offer: true, ..Behaviour::default() };
        let set = one_whole_call(number, caller.talking(s(4)), Behaviour::default(), idle());
        let ladder = &set.world.ladder;
        let to_caller = ladder.rungs().iter().find(|r| r.to == "caller" && r.from == "us");
        assert_eq!(to_caller.map(|r| r.what.as_str()), Some(first), "{number}\n{ladder}");
        assert_eq!(ladder.count("us", "caller", "200 INVITE (sdp)"), 1, "{ladder}");
        assert_eq!(ladder.count("caller", "us", "ACK (sdp)"), 1, "{ladder}");
        assert!(set.saw("caller").heard(ANNA_HZ), "{number}: {:?}", set.saw("caller").tones);
        assert!(set.saw("anna").heard(CALLER_HZ), "{number}: {:?}", set.saw("anna").tones);
    }
}

/// SDP-02: late offer through the menu: the prompt is heard from its beginning, once media flows.
#[test]
fn sdp_02_a_late_offer_through_the_menu() {
    let caller = Behaviour { late_offer: true, ..Behaviour::default() };
    let caller = caller.then(s(2), Action::Digits("1".into())).talking(s(6));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let caller = set.saw("caller");
    assert!(caller.heard_for(WELCOME_HZ) >= ms(900), "{:?}", caller.tones);
    assert!(caller.heard(MENU_HZ) && caller.heard(ANNA_HZ), "{:?}", caller.tones);
    assert!(set.saw("anna").heard(CALLER_HZ));
}

/// SDP-02: no answer in the ACK, or one that cannot be used: BYE.
#[test]
fn sdp_02_a_late_offer_without_a_usable_answer_ends_in_bye() {
    let g729 =
        OFFER.replace("RTP/AVP 8 101", "RTP/AVP 18").replace("a=rtpmap:8 PCMA", "a=rtpmap:18 G729");
    for (number, answer, cause) in [
        ("200", None, "offer_unanswered"),
        ("400", None, "offer_unanswered"),
        ("200", Some(g729.as_str()), "no_codec"),
        ("400", Some("nonsense"), "no_codec"),
    ] {
        let mut set = set(Behaviour::default(), idle());
        let invite = Request::new("INVITE", number);
        set.probe(&invite);
        set.run(s(2));
        let ok = set.message("us", "probe", "200 INVITE");
        let mut ack = set.inside(&invite, &ok, "ACK");
        if let Some(sdp) = answer {
            ack = ack.with_body("application/sdp", sdp);
        }
        let got = set.probe(&ack);
        assert!(
            got.iter().any(|m| m.starts_with("BYE ")),
            "{number} {answer:?}\n{}",
            set.world.ladder
        );
        let bye = set.message("us", "probe", "BYE");
        if answer.is_none() {
            assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=96"), "{bye}");
        }
        let ok = response(&bye, "200 OK", PROBE, "x", "").replace(";tag=x", "");
        set.send_whole(PROBE, ok);
        set.finish();
        set.assert_ended("system", cause);
    }
}

/// SDP-03: no common codec: 488 with Warning, and nothing rings.
#[test]
fn sdp_03_no_common_codec_gets_488() {
    for number in ["100", "200", "300"] {
        let mut set = set(Behaviour::default(), idle());
        let offer = OFFER.replace("RTP/AVP 8 101", "RTP/AVP 18").replace("8 PCMA", "18 G729");
        let invite = Request::new("INVITE", number).with_body("application/sdp", &offer);
        let got = set.probe(&invite);
        assert_eq!(statuses(&got), [488], "{}", set.world.ladder);
        assert!(header(&got[0], "Warning").is_some_and(|w| w.starts_with("304 ")), "{}", got[0]);
        let ack = set.inside(&invite, &got[0], "ACK");
        set.probe(&Request { branch: invite.branch.clone(), ..ack });
        set.finish();
        assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 0);
        set.assert_ended("system", "no_codec");
    }
}

/// SDP-03: the agent's answer has no codec of ours: ACK, BYE, the next agent.
#[test]
fn sdp_03_an_agents_unusable_answer() {
    let faults = Faults { bad_sdp: true, ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::default() };
    let mut set = set(anna, Behaviour::default());
    set.call("200", Behaviour::default().talking(s(3)));
    set.finish();
    set.assert_offers(&[("anna", "no_codec"), ("bruno", "joined")]);
    assert_eq!(set.world.ladder.count("us", "anna", "ACK"), 1, "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 1, "{}", set.world.ladder);
}

/// SDP-04, MED-06: payload numbers differ between the legs, telephone-event's too; digits arrive.
#[test]
fn sdp_04_payload_numbers_differ_between_the_legs() {
    let caller = Behaviour {
        codecs: Codecs { event: Some(96), own_numbers: true, ..only(Codec::Pcmu, 0) },
        ..Behaviour::default()
    };
    let anna = Behaviour {
        codecs: Codecs { event: Some(120), own_numbers: true, ..only(Codec::Pcma, 8) },
        ..Behaviour::default()
    };
    let caller = caller.then(s(1), Action::Digits("159#".into())).talking(s(6));
    let anna = anna.then(s(3), Action::Digits("70".into()));
    let set = one_whole_call("200", caller, anna, idle());
    assert_eq!(set.saw("anna").digits, "159#");
    assert_eq!(set.saw("caller").digits, "70");
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
}

/// SDP-06: a re-INVITE with the same session is a refresh: the other side sees nothing.
#[test]
fn sdp_06_a_refresh_changes_nothing() {
    for action in [Action::Reinvite, Action::Update, Action::UpdateBare] {
        let mut set = talking(Behaviour::default(), Behaviour::default());
        set.world.act("caller", action.clone());
        set.run(s(2));
        let lines = lines_between(&set, 3000, 5000);
        assert!(lines.iter().all(|l| !l.contains("anna")), "{action:?}: {lines:?}");
        set.world.act("caller", Action::HangUp);
        set.finish();
        assert_eq!(set.saw("caller").rtp.gaps, 0, "{action:?}");
    }
}

/// SDP-06: content that changes under the same version is acted upon.
#[test]
fn sdp_06_a_change_under_the_same_version_counts() {
    let faults = Faults { version_stuck: true, ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() };
    let mut set = talking(caller, Behaviour::default());
    set.world.act("caller", Action::Hold);
    set.run(s(1));
    assert!(set.saw("anna").held, "{}", set.world.ladder);
    set.world.act("caller", Action::Resume);
    set.run(s(1));
    assert!(!set.saw("anna").held, "{}", set.world.ladder);
    set.world.act("caller", Action::HangUp);
    set.finish();
}

/// SDP-07: our re-INVITE is refused: the session stays, the call goes on.
#[test]
fn sdp_07_a_refused_reinvite_changes_nothing() {
    for status in [488, 500, 403] {
        let faults = Faults { refuse_reinvite: Some(status), ..Faults::default() };
        let anna = Behaviour { faults, ..Behaviour::default() };
        let mut set = talking(Behaviour::default(), anna);
        set.world.act("caller", Action::Hold);
        set.run(s(2));
        set.world.act("caller", Action::Resume);
        set.run(s(2));
        let heard = set.saw("caller").heard_for(ANNA_HZ);
        set.run(s(2));
        assert!(set.saw("caller").heard_for(ANNA_HZ) > heard + s(1), "{status}");
        set.world.act("caller", Action::HangUp);
        set.finish();
        set.assert_ended("caller", "normal_clearing");
    }
}

/// SDP-07: on 481 the dialog is gone, and the call with it.
#[test]
fn sdp_07_a_481_to_our_reinvite_ends_the_call() {
    let faults = Faults { refuse_reinvite: Some(481), ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::default() };
    let mut set = talking(Behaviour::default(), anna);
    set.world.act("caller", Action::Hold);
    set.run(s(2));
    assert_eq!(set.saw("caller").ended, Some(Ended::ByPeer), "{}", set.world.ladder);
    set.run(s(100));
    set.finish_unclean();
    set.assert_ended("system", "unreachable");
}

/// SDP-08: offers cross on one leg: 491 to each, and ours is tried again; what was wanted comes about.
#[test]
fn sdp_08_offers_that_cross() {
    let mut set = talking(Behaviour::default(), Behaviour::default());
    // The caller's hold makes us re-INVITE Anna just as she holds us.
    set.world.act("caller", Action::Hold);
    set.run(ms(1));
    set.world.act("anna", Action::Hold);
    set.run(s(10));
    let ladder = &set.world.ladder;
    assert!(ladder.count("us", "anna", "491") == 1, "{ladder}");
    set.world.act("caller", Action::Resume);
    set.run(s(6));
    set.world.act("anna", Action::Resume);
    set.run(s(6));
    let before = (set.saw("caller").heard_for(ANNA_HZ), set.saw("anna").heard_for(CALLER_HZ));
    set.run(s(2));
    let after = (set.saw("caller").heard_for(ANNA_HZ), set.saw("anna").heard_for(CALLER_HZ));
    assert!(
        after.0 > before.0 + s(1) && after.1 > before.1 + s(1),
        "{before:?} {after:?}\n{}",
        set.world.ladder
    );
    set.world.act("caller", Action::HangUp);
    set.finish_unclean();
}

/// SDP-09: an offer while ours is out: 491; a second INVITE before our final: 500 with Retry-After.
#[test]
fn sdp_09_an_offer_while_one_is_pending() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200");
    set.probe(&invite);
    let ringing = set.message("us", "probe", "180 INVITE");
    let second = set.inside(&invite, &ringing, "INVITE").with_body("application/sdp", OFFER);
    let got = set.probe(&second.branch("second"));
    assert_eq!(statuses(&got), [500], "{}", set.world.ladder);
    assert!(
        header(&got[0], "Retry-After").is_some_and(|r| r.parse::<u32>().is_ok_and(|n| n <= 10))
    );
    let ack = set.inside(&invite, &ringing, "ACK");
    set.probe(&Request { cseq: 2, ..ack.branch("second") });
    set.run(s(2));
    let answer = set.message("us", "probe", "200 INVITE");
    set.probe(&set.inside(&invite, &answer, "ACK"));
    // A re-INVITE without an offer: ours is out until its ACK.
    let late = Request { cseq: 10, ..set.inside(&invite, &answer, "INVITE") }.branch("late");
    let got = set.probe(&late);
    assert_eq!(statuses(&got), [200], "{}", set.world.ladder);
    let update = set.inside(&invite, &answer, "UPDATE").with_body("application/sdp", OFFER);
    let got = set.probe(&Request { cseq: 11, ..update });
    assert_eq!(statuses(&got), [491], "{}", set.world.ladder);
    let ack = set.inside(&invite, &answer, "ACK").with_body("application/sdp", OFFER);
    set.probe(&Request { cseq: 10, ..ack.branch("late-ack") });
    let bye = set.inside(&invite, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&Request { cseq: 12, ..bye })), [200]);
    set.finish();
}

/// SDP-10: UPDATE with an offer, in the early dialog and in the confirmed one.
#[test]
fn sdp_10_update_is_answered() {
    let mut set = talking(Behaviour::default(), Behaviour::default());
    set.world.act("anna", Action::Update);
    set.run(s(1));
    assert_eq!(
        lines_between(&set, 3000, 4000),
        ["anna -> us UPDATE (sdp)", "us -> anna 200 UPDATE (sdp)"]
    );
    set.world.act("caller", Action::HangUp);
    set.finish();
}

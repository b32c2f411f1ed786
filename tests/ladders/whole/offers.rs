//! Offers and answers through the router: hold from either side, late offers, glare, early media.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::media::Codec;
use centralino::sim::net::{Act, Rule};
use centralino::sim::phone::{HoldBy, Ringing};
use centralino::sim::{Action, Answer, Behaviour, Codecs, Ended, Faults, HouseConfig};

/// A caller and Anna who talk since about a second.
fn talking(caller: Behaviour, anna: Behaviour) -> Set {
    let mut set = set(anna, idle());
    set.call("200", caller);
    set.run(s(3));
    set
}

fn only(codec: Codec, number: u8) -> Codecs {
    Codecs { list: vec![(codec, number)], ..Codecs::default() }
}

/// What stands between the ladder lines of two points in time.
fn lines_between(set: &Set, from_ms: u64, to_ms: u64) -> Vec<String> {
    let rungs = set.world.ladder.rungs().iter();
    let within = |r: &&centralino::sim::Rung| (from_ms..to_ms).contains(&(r.at.0 / 1000));
    rungs.filter(within).map(ToString::to_string).collect()
}

const HUNG_UP: [&str; 4] =
    ["caller -> us BYE", "us -> caller 200 BYE", "us -> anna BYE", "anna -> us 200 BYE"];

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
        ("200", None, "no_ack"),
        ("400", None, "no_ack"),
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

/// SDP-11: early media of the agent is heard by the unanswered caller.
#[test]
fn sdp_11_early_media_is_heard_by_the_caller() {
    let anna =
        Behaviour { ringing: Ringing::EarlyMedia, ..Behaviour::answering(Answer::After(s(4))) };
    let set = one_whole_call("300", Behaviour::default().talking(s(2)), anna, idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 183 INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         @4.002 anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    assert!(set.saw("caller").heard_for(ANNA_HZ) > ms(5500), "{:?}", set.saw("caller").tones);
}

/// SDP-11: an answered caller's music gives way to it, and comes back if the agent then refuses.
#[test]
fn sdp_11_music_gives_way_to_early_media_and_comes_back() {
    let anna = Behaviour {
        ringing: Ringing::EarlyMedia,
        answer: Answer::Refuse { after: s(3), status: 486, headers: vec![] },
        ..Behaviour::default()
    };
    let bruno = Behaviour::answering(Answer::After(s(3)));
    let set = one_whole_call("400", Behaviour::default().talking(s(9)), anna, bruno);
    let caller = set.saw("caller");
    assert!(caller.heard_for(ANNA_HZ) > ms(2500), "{:?}", caller.tones);
    assert!(caller.heard_for(MUSIC_HZ) > ms(2500), "{:?}", caller.tones);
    assert!(caller.heard(BRUNO_HZ), "{:?}", caller.tones);
    assert!(!set.saw("bruno").heard(MUSIC_HZ) && !set.saw("anna").heard(MUSIC_HZ));
    assert_eq!(caller.rtp.gaps, 0, "{:?}", caller.rtp);
}

/// REAL-07: what the caller's side sees for each thing that the agent's phone may say.
#[test]
fn real_07_ringing_and_early_media_by_the_table() {
    // What Anna says, what the unanswered caller of a plain number gets for it.
    for (ringing, shown) in [
        (Ringing::Bare, "180 INVITE"),
        (Ringing::WithSdp, "180 INVITE (sdp)"),
        (Ringing::EarlyMedia, "183 INVITE (sdp)"),
    ] {
        let anna = Behaviour { ringing, ..Behaviour::answering(Answer::After(s(2))) };
        let set = one_whole_call("300", Behaviour::default().talking(s(2)), anna, idle());
        let provisionals: Vec<&str> = set
            .world
            .ladder
            .rungs()
            .iter()
            .filter(|r| r.to == "caller" && r.what.starts_with('1'))
            .map(|r| r.what.as_str())
            .collect();
        assert_eq!(provisionals, [shown], "{ringing:?}");
    }
}

/// REAL-07: 183 with SDP, then a bare 180: early media goes on. A bare 183: nothing.
#[test]
fn real_07_early_media_then_bare_180() {
    let anna = Behaviour {
        ringing: Ringing::EarlyMedia,
        early_script: vec![(s(2), Action::Ring)],
        ..Behaviour::answering(Answer::After(s(4)))
    };
    let set = one_whole_call("300", Behaviour::default().talking(s(2)), anna, idle());
    assert!(set.saw("caller").heard_for(ANNA_HZ) > ms(5500), "{:?}", set.saw("caller").tones);
    let mut bare = super::set::set(Behaviour::answering(Answer::Silent), idle());
    bare.call("300", Behaviour { give_up_after: Some(s(3)), ..Behaviour::default() });
    bare.run(ms(5));
    let invite = bare.message("us", "anna", "INVITE");
    bare.send_whole(ANNA, response(&invite, "183 Session Progress", ANNA, "a", ""));
    bare.run(s(1));
    assert_eq!(bare.world.ladder.count("us", "caller", "18"), 0, "{}", bare.world.ladder);
}

/// REAL-08: the 200's SDP differs from the 183's under the same tag: the 200's counts.
#[test]
fn real_08_the_200_says_something_else_than_the_183() {
    let sdp = |port: u16, version: u8| {
        format!(
            "v=0\no=- 7 {version} IN IP4 10.0.0.7\ns=-\nc=IN IP4 10.0.0.7\nt=0 0\n\
             m=audio {port} RTP/AVP 8\na=rtpmap:8 PCMA/8000"
        )
    };
    let mut set = set(Behaviour::answering(Answer::Silent), idle());
    set.call("300", Behaviour::default());
    set.run(ms(5));
    let invite = set.message("us", "anna", "INVITE");
    set.send_whole(ANNA, response(&invite, "183 Session Progress", ANNA, "a", &sdp(40_000, 1)));
    set.run(s(1));
    set.send_whole(ANNA, response(&invite, "200 OK", ANNA, "a", &sdp(41_000, 2)));
    set.run(s(1));
    let call = set.world.system().calls()[0];
    let leg = centralino::base::LegKey { call, leg: centralino::base::LegNo(1) };
    let spec = set.world.system().stream(leg);
    assert!(spec.is_some_and(|f| f.packets_sent > 40), "{spec:?}");
    assert_eq!(set.world.ladder.count("us", "caller", "200 INVITE (sdp)"), 1);
    let early = set.message("us", "caller", "183 INVITE");
    let answer = set.message("us", "caller", "200 INVITE");
    let body = |m: &str| m.split_once("\r\n\r\n").map(|(_, b)| b.to_owned());
    assert_eq!(body(&early), body(&answer), "SDP-02: the same to the caller");
    set.world.act("caller", Action::HangUp);
    set.run(ms(10));
    let bye = set.message("us", "anna", "BYE");
    let ok = response(&bye, "200 OK", ANNA, "x", "").replace(";tag=x", "");
    set.send_whole(ANNA, ok);
    set.finish_unclean();
}

/// REAL-09: nobody waits for the other's first RTP: we send at once, during collect and hold too.
#[test]
fn real_09_we_send_at_once_and_always() {
    let caller = Behaviour { media: false, ..Behaviour::default() };
    let caller = caller.then(s(2), Action::Info('2')).talking(s(9));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let rtp = set.saw("caller").rtp;
    let first = rtp.first.map(|at| at.0 / 1000);
    assert!(first.is_some_and(|ms| ms < 30), "{rtp:?}");
    assert!(rtp.longest_gap < ms(45), "{rtp:?}");
}

/// REAL-10: a re-INVITE without an offer gets a full one; nothing else changes.
#[test]
fn real_10_a_reinvite_without_an_offer() {
    for (who, tone, other) in [("caller", ANNA_HZ, "anna"), ("anna", CALLER_HZ, "caller")] {
        let mut set = talking(Behaviour::default(), Behaviour::default());
        set.world.act(who, Action::ReinviteLate);
        set.run(s(2));
        assert_eq!(
            lines_between(&set, 3000, 5000),
            [
                format!("{who} -> us INVITE"),
                format!("us -> {who} 200 INVITE (sdp)"),
                format!("{who} -> us ACK (sdp)"),
            ],
            "{other} sees nothing"
        );
        let offer = set.messages("us", who, "200 INVITE").pop().unwrap_or_default();
        assert!(offer.contains("PCMA") && offer.contains("telephone-event"), "{offer}");
        set.world.act("caller", Action::HangUp);
        set.finish();
        assert!(set.saw(who).heard_for(tone) > ms(3700), "{:?}", set.saw(who).tones);
        assert_eq!(set.saw(who).rtp.gaps, 0);
    }
}

/// REAL-10: of a held party without an offer: what we offer keeps the hold of the other side.
#[test]
fn real_10_a_refresh_without_an_offer_on_hold() {
    let mut set = talking(Behaviour::default(), Behaviour::default());
    set.world.act("caller", Action::Hold);
    set.run(s(1));
    set.world.act("anna", Action::ReinviteLate);
    set.run(s(1));
    assert!(set.saw("anna").held, "{}", set.world.ladder);
    set.world.act("caller", Action::Resume);
    set.run(s(2));
    assert!(!set.saw("anna").held, "{}", set.world.ladder);
    set.world.act("caller", Action::HangUp);
    set.finish();
}

/// REAL-12: silence alone ends nothing.
#[test]
fn real_12_silence_ends_nothing() {
    let mute = Behaviour { media: false, ..Behaviour::default() };
    let set = one_whole_call("200", mute.clone().talking(s(120)), mute, idle());
    set.assert_ended("caller", "normal_clearing");
    assert_eq!(set.cdr().durations.talk_ms / 1000, 120);
}

/// SDP-01, SDP-13, SDP-16: lines that we do not take keep their place with port 0; odd attributes are
/// tolerated.
#[test]
fn sdp_01_every_line_is_answered_in_its_place() {
    let offer = "v=0
o=- 1 1 IN IP4 10.0.0.7
s=x
c=IN IP4 10.0.0.7
b=AS:512
b=TIAS:64000
t=0 0
a=group:BUNDLE 0 1
a=made-up:thing
m=video 40010 RTP/AVPF 96
b=AS:400
a=rtpmap:96 H264/90000
a=rtcp-fb:96 nack
m=audio 40000 RTP/AVPF 111 8 0 101
a=rtpmap:111 opus/48000/2
a=rtpmap:101 telephone-event/8000
a=rtcp-fb:* ccm tmmbr
a=extmap:1 urn:x
a=ssrc:1 cname:x
m=image 40020 udptl t38
m=audio 40030 RTP/SAVP 8
m=application 40040 UDP/BFCP *";
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::new("INVITE", "400").with_body("application/sdp", offer);
    let got = set.probe(&invite);
    assert_eq!(statuses(&got), [200], "{}", set.world.ladder);
    let lines: Vec<&str> = got[0].lines().filter(|l| l.starts_with("m=")).collect();
    assert_eq!(lines.len(), 5, "{}", got[0]);
    assert!(lines[0].starts_with("m=video 0 RTP/AVPF"), "{lines:?}");
    assert!(lines[1].starts_with("m=audio 20000 RTP/AVPF 8"), "{lines:?}");
    assert!(lines[2].starts_with("m=image 0 udptl"), "{lines:?}");
    assert!(lines[3].starts_with("m=audio 0 RTP/SAVP"), "{lines:?}");
    assert!(lines[4].starts_with("m=application 0 UDP/BFCP"), "{lines:?}");
    assert!(!got[0].contains("rtcp-fb") && !got[0].contains("BUNDLE"), "{}", got[0]);
    set.probe(&set.inside(&invite, &got[0], "ACK"));
    set.run(s(2));
    let bye = set.inside(&invite, &got[0], "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.finish();
    set.assert_offers(&[("anna", "joined")]);
}

/// SDP-14: packet times of 10, 30 and 40 ms on either side.
#[test]
fn sdp_14_packet_times_differ() {
    for (of_caller, of_anna) in [(10, 20), (30, 20), (20, 40), (10, 40), (60, 20)] {
        let caller = Behaviour { ptime_ms: of_caller, ..Behaviour::default() };
        let anna = Behaviour { ptime_ms: of_anna, ..Behaviour::default() };
        let set = one_whole_call("200", caller.talking(s(4)), anna, idle());
        let (caller, anna) = (set.saw("caller"), set.saw("anna"));
        assert!(caller.heard_for(ANNA_HZ) > ms(3300), "{of_caller} {of_anna} {:?}", caller.tones);
        assert!(anna.heard_for(CALLER_HZ) > ms(3300), "{of_caller} {of_anna} {:?}", anna.tones);
        // What is relayed keeps the packets of its source.
        let per_second = caller.rtp.received / 4;
        assert!(per_second.abs_diff(1000 / u64::from(of_anna)) <= 3, "{of_caller} {of_anna}");
    }
}

/// SDP-14: what we say ourselves has the packet time that the other side asks for.
#[test]
fn sdp_14_our_own_packets_are_as_long_as_wished() {
    for ptime_ms in [10, 30, 40, 60] {
        let caller = Behaviour { ptime_ms, ..Behaviour::default() };
        let set = one_whole_call("100", caller.talking(ms(3500)), idle(), idle());
        let per_call = set.saw("caller").rtp.received;
        let wanted = 3500 / u64::from(ptime_ms);
        assert!(per_call.abs_diff(wanted) <= 3, "{ptime_ms}: {per_call} packets, {wanted} wanted");
        assert!(set.saw("caller").heard_for(MENU_HZ) > ms(1500));
    }
}

/// No RTP of ours before the caller has our description: its phone makes the ring-back.
#[test]
fn nothing_is_sent_before_the_caller_has_our_description() {
    for number in ["200", "300"] {
        let caller = Behaviour::default().talking(s(3));
        let set = one_whole_call(number, caller, Behaviour::default(), idle());
        let first = set.saw("caller").rtp.first;
        let answered = set.saw("caller").confirmed_at;
        assert!(first >= answered, "{number}: {first:?}, answered {answered:?}");
    }
}

/// SDP-17: broken SDP: 400 or 488 for a new call; 488 inside one, which goes on.
#[test]
fn sdp_17_broken_sdp() {
    for broken in
        ["v=0\nm=", "nonsense", "v=0\no=- 1 1 IN IP4 10.0.0.7\ns=-\nt=0 0\nm=audio x RTP/AVP 8"]
    {
        let mut set = set(Behaviour::default(), idle());
        let invite = Request::new("INVITE", "200").with_body("application/sdp", broken);
        let got = set.probe(&invite);
        assert!(matches!(statuses(&got)[..], [400 | 488]), "{}", set.world.ladder);
        let ack = set.inside(&invite, &got[0], "ACK");
        set.probe(&Request { branch: invite.branch.clone(), ..ack });
        set.finish();
        assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 0);
    }
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200");
    set.probe(&invite);
    set.run(s(2));
    let answer = set.message("us", "probe", "200 INVITE");
    set.probe(&set.inside(&invite, &answer, "ACK"));
    let reinvite = set.inside(&invite, &answer, "INVITE").with_body("application/sdp", "nonsense");
    let reinvite = reinvite.branch("broken");
    assert_eq!(statuses(&set.probe(&reinvite)), [488], "{}", set.world.ladder);
    let ack = Request { cseq: 2, ..set.inside(&invite, &answer, "ACK") }.branch("broken");
    set.probe(&ack);
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 1);
    let bye = set.inside(&invite, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&Request { cseq: 3, ..bye })), [200]);
    set.finish();
    set.assert_ended("caller", "normal_clearing");
}

/// A hold in the very moment of the answer, or as the answer is late, is not lost.
#[test]
fn a_hold_right_behind_the_answer() {
    for wait in [0, 1, 2, 5, 30] {
        let mut set = set(Behaviour::default(), idle());
        set.world.net.add_rule(Rule {
            from: Some(ANNA),
            act: Act::Delay(ms(wait)),
            ..Rule::lose("200 INVITE")
        });
        let caller = Behaviour::default().then(ms(0), Action::Hold);
        set.call("200", caller.talking(s(4)));
        set.run(s(3));
        assert!(set.saw("anna").held, "{wait}\n{}", set.world.ladder);
        set.finish();
    }
    let _ = HUNG_UP;
}

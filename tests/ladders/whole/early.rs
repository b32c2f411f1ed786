//! Early media and ring-back, late offers inside a call, packet times, broken descriptions.

use super::offers::{lines_between, talking};
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::net::{Act, Rule};
use centralino::sim::phone::Ringing;
use centralino::sim::{Action, Answer, Behaviour};

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

/// REAL-07: behind an early prompt the caller's phone makes no ring-back any more: we do.
#[test]
fn real_07_ring_back_behind_an_early_prompt() {
    let flow = "flows:\n  told: { tell: { play: sorry, early: true, next: call }, call: { dial: \"sip:anna@10.0.0.2\" } }\n";
    let plan = PLAN.replace("numbers:\n", "numbers:\n  \"720\": told\n").replace("flows:\n", flow);
    let config = centralino::sim::HouseConfig { plan, ..config() };
    let mut set = set_with(&config, Behaviour::answering(Answer::After(s(3))), idle());
    set.call("720", Behaviour::default().talking(s(2)));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    let caller = set.saw("caller");
    assert!(
        caller.heard(SORRY_HZ) && caller.heard_for(RING_BACK_HZ) > ms(700),
        "{:?}",
        caller.tones
    );
    assert!(caller.heard_for(ANNA_HZ) > ms(1_500), "{:?}", caller.tones);
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
}

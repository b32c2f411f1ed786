//! Media that moves: where our RTP goes and whose is believed, as descriptions, sources and parties
//! change; and what goes on when nobody says anything.

use super::desk::*;
use super::probe::*;
use super::set::*;
use super::voice::*;
use crate::stage::*;
use centralino::sim::{Action, Behaviour, HouseConfig};

fn odd_descriptions(set: &Set) -> u64 {
    let worker = set.world.system().worker_at(centralino::base::WorkerId(0));
    worker.map_or(0, |worker| worker.figures().odd_descriptions)
}

/// REAL-08: the 200's description differs from the 183's under the same tag: the 200 is followed,
/// media latched anew, counted; what still comes from the former place is not heard.
#[test]
fn real_08_the_200_is_followed_and_media_latched_anew() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    let early = sdp_of_desk(45_000, 1);
    set.send_whole(DESK, response(&invite, "183 Session Progress", DESK, "a", &early));
    set.run(ms(4));
    let mut former = Voice::new((DESK, 45_000), &invite);
    let mut latter = Voice::new((DESK, 45_100), &invite);
    let sent = meanwhile(&mut set, (DESK, 45_000), |set| former.speak(set, 50));
    assert!(sent >= 45, "the 183's place: {sent}");
    set.send_whole(DESK, response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_100, 2)));
    set.run(ms(4));
    let caller = set.message("caller", "us", "INVITE");
    let caller = (CALLER, audio_port(&caller));
    let stale = meanwhile(&mut set, (DESK, 45_000), |set| {
        let heard = meanwhile(set, (DESK, 45_100), |set| latter.speak(set, 50));
        assert!(heard >= 45, "the 200's place: {heard}");
    });
    assert_eq!(stale, 0, "nothing to the former place");
    // Past the window that the 200 opened.
    latter.speak(&mut set, 80);
    let before = set.world.tap.to(caller.into()).packets;
    former.speak(&mut set, 10);
    assert_eq!(set.world.tap.to(caller.into()).packets, before, "the former place is not heard");
    set.world.act("caller", Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 183 INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> desk BYE
         desk -> us 200 BYE",
    );
    assert_eq!(odd_descriptions(&set), 1);
}

/// REAL-08: the usual case, the same description twice, is no oddity.
#[test]
fn real_08_the_same_description_again_is_not_counted() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    for status in ["183 Session Progress", "200 OK"] {
        set.send_whole(DESK, response(&invite, status, DESK, "a", &sdp_of_desk(45_000, 1)));
        set.run(ms(4));
    }
    set.world.act("caller", Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    assert_eq!(odd_descriptions(&set), 0);
}

/// A flow that dials Anna and then Bruno.
fn one_after_the_other() -> HouseConfig {
    let flow = "  after: { one: { dial: \"sip:anna@10.0.0.2\", next: two, failed: two }, two: { dial: \"sip:bruno@10.0.0.3\" } }\n";
    config_with(&[
        ("numbers:\n", "numbers:\n  \"710\": after\n"),
        ("flows:\n", &format!("flows:\n{flow}")),
    ])
}

/// The o= line's id and version, and the m= lines.
fn described(message: &str) -> (u64, u64, Vec<String>) {
    let origin = message.lines().find_map(|line| line.strip_prefix("o=")).unwrap_or_default();
    let mut words = origin.split(' ').skip(1).map(|word| word.parse().unwrap_or(0));
    let (id, version) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
    let kind = |line: &str| line.split(' ').take(1).collect::<String>();
    (id, version, message.lines().filter(|l| l.starts_with("m=")).map(kind).collect())
}

/// REAL-11: the agent holds, hangs up and is replaced by another: towards the caller o= keeps its
/// id, its version goes one up with each change and only then, and no m= line vanishes.
#[test]
fn real_11_the_agents_leg_is_replaced_under_a_caller() {
    let anna = Behaviour::default().then(s(1), Action::Hold).talking(s(3));
    let mut set = set_with(&one_after_the_other(), anna, Behaviour::default());
    let video = "\nm=video 40010 RTP/AVP 96\na=rtpmap:96 H264/90000";
    let offer = |direction: &str| {
        let audio = offer_at(40_000).replace("sendrecv", direction);
        audio + &video.replace("40010", "0")
    };
    let request = Request::new("INVITE", "710");
    let request = request.with_body("application/sdp", &(offer_at(40_000) + video));
    set.probe(&request);
    set.run(ms(1_100));
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    set.probe(&ack);
    for (wait, direction) in [(1_000, "recvonly"), (2_000, "sendrecv")] {
        set.run(ms(wait));
        let reinvite = set.messages("us", "probe", "INVITE").pop().unwrap_or_default();
        set.send_whole(PROBE, reply(&reinvite, "200 OK", PROBE, "", &offer(direction)));
    }
    set.run(s(3));
    let bye = Request { cseq: 9, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200], "{}", set.world.ladder);
    set.finish();
    set.assert_ladder(
        "probe -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         us -> probe 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> probe 200 INVITE (sdp)
         probe -> us ACK
         anna -> us INVITE (sdp sendonly)
         us -> anna 200 INVITE (sdp recvonly)
         us -> probe INVITE (sdp sendonly)
         anna -> us ACK
         probe -> us 200 INVITE (sdp recvonly)
         us -> probe ACK
         anna -> us BYE
         us -> anna 200 BYE
         us -> bruno INVITE (sdp)
         us -> probe INVITE (sdp)
         bruno -> us 180 INVITE
         probe -> us 200 INVITE (sdp)
         us -> probe ACK
         bruno -> us 200 INVITE (sdp)
         us -> bruno ACK
         probe -> us BYE
         us -> probe 200 BYE
         us -> bruno BYE
         bruno -> us 200 BYE",
    );
    let said = set.to_probe();
    let said: Vec<_> = said.iter().filter(|m| m.contains("\r\nm=")).map(|m| described(m)).collect();
    let id = said.first().map_or(0, |(id, ..)| *id);
    let lines = || vec!["m=audio".to_owned(), "m=video".to_owned()];
    let wanted: Vec<_> = [1, 2, 3].map(|version| (id, version, lines())).into();
    assert_eq!(said, wanted);
    assert!(id > 0 && set.saw("bruno").rtp.received > 0);
}

/// REAL-12: on hold nobody sends RTP for ten minutes, and nothing ends; then both are heard again.
#[test]
fn real_12_a_long_hold_ends_nothing() {
    let caller = Behaviour {
        hold_by: centralino::sim::phone::HoldBy::Inactive,
        ..Behaviour::default().then(s(1), Action::Hold).then(s(601), Action::Resume).talking(s(604))
    };
    let set = one_whole_call("300", caller, Behaviour::default(), idle());
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         us -> caller 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @2.0..2.1 caller -> us INVITE (sdp inactive)
         us -> caller 200 INVITE (sdp inactive)
         us -> anna INVITE (sdp inactive)
         caller -> us ACK
         anna -> us 200 INVITE (sdp inactive)
         us -> anna ACK
         @602.0..602.1 caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         us -> anna INVITE (sdp)
         caller -> us ACK
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         @605.0..605.1 caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    assert!(set.saw("anna").heard_for(CALLER_HZ) > ms(3_500));
    assert!(set.saw("caller").heard_for(ANNA_HZ) > ms(3_500));
}

/// REAL-12: a caller that only listens, and one with silence suppression, keep their calls: ten
/// minutes without a packet of theirs.
#[test]
fn real_12_a_far_end_that_sends_nothing_keeps_its_call() {
    for direction in ["recvonly", "sendrecv"] {
        let mut set = desk_set();
        let offer = offer_at(40_000).replace("sendrecv", direction);
        let request = Request::new("INVITE", "300").with_body("application/sdp", &offer);
        set.probe(&request);
        let invite = set.message("us", "desk", "INVITE");
        desk_answers(&mut set, &invite);
        let answer = set.message("us", "probe", "200 INVITE");
        let ack = set.inside(&request, &answer, "ACK");
        set.probe(&ack);
        set.run(s(600));
        let bye = set.inside(&request, &answer, "BYE");
        assert_eq!(statuses(&set.probe(&bye)), [200]);
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        let (offered, answered) = match direction {
            "recvonly" => (" recvonly", " sendonly"),
            _ => ("", ""),
        };
        set.assert_ladder(&format!(
            "probe -> us INVITE (sdp{offered})
             us -> desk INVITE (sdp)
             desk -> us 200 INVITE (sdp)
             us -> desk ACK
             us -> probe 200 INVITE (sdp{answered})
             probe -> us ACK
             @600.0..600.1 probe -> us BYE
             us -> probe 200 BYE
             us -> desk BYE
             desk -> us 200 BYE"
        ));
        set.assert_ended("caller", "normal_clearing");
        let kept_alive = set.world.tap.to((PROBE, 40_000).into());
        assert!(kept_alive.packets >= 120, "RFC 6263: {}", kept_alive.packets);
    }
}

/// REAL-12: comfort noise (PT 13) that the caller agreed with us is not carried on to an agent that
/// was never offered it; its own, which we never took, is dropped.
#[test]
fn real_12_comfort_noise_stays_on_the_leg_that_agreed_it() {
    let mut set = desk_set();
    let offer = offer_at(40_000).replace("RTP/AVP 8 101", "RTP/AVP 8 13 101");
    let request = Request::new("INVITE", "300").with_body("application/sdp", &offer);
    set.probe(&request);
    let invite = set.message("us", "desk", "INVITE");
    desk_answers(&mut set, &invite);
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    set.probe(&ack);
    assert!(answer.lines().any(|l| l.starts_with("m=audio") && l.contains(" 13")), "{answer}");
    assert!(!invite.lines().any(|l| l.starts_with("m=audio") && l.contains(" 13")), "{invite}");
    let mut probe = Voice::new((PROBE, 40_000), &answer);
    let mut desk = Voice::new((DESK, 45_000), &invite);
    for voice in [&mut probe, &mut desk] {
        for _ in 0..5 {
            voice.speak(&mut set, 10);
            voice.say(&mut set, 13, &[60]);
        }
    }
    for place in [(PROBE, 40_000), (DESK, 45_000)] {
        let sent = set.world.tap.to(place.into());
        let types: Vec<u8> = sent.payload_types.iter().copied().collect();
        assert_eq!(types, [8], "{place:?}");
        let lengths: Vec<usize> = sent.lengths.keys().copied().collect();
        assert_eq!(lengths, [160], "{place:?}");
        assert!(sent.packets >= 50, "{place:?}: {}", sent.packets);
    }
    let bye = set.inside(&request, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let rest = "
        probe -> us BYE
        us -> probe 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
    let dropped = |leg: usize| set.cdr().legs[leg].media.map(|media| media.packets_dropped);
    assert_eq!((dropped(0), dropped(1)), (Some(0), Some(5)), "{:?}", set.cdr().legs);
}

/// MED-07: a phone whose NAT mapping moves within the call: without a word it is believed once the
/// locked source has been silent for 3 s; behind an UPDATE or re-INVITE at once.
#[test]
fn med_07_the_latch_opens_after_silence_or_a_new_offer() {
    for method in [None, Some("UPDATE"), Some("INVITE")] {
        let (mut set, request, answer, _) = both_by_hand(&[]);
        let mut first = Voice::new((PROBE, 41_000), &answer);
        let mut second = Voice::new((PROBE, 42_000), &answer);
        first.speak(&mut set, 50);
        let sent = meanwhile(&mut set, (PROBE, 41_000), |set| first.speak(set, 50));
        assert!(sent >= 45, "answered where it comes from: {sent}");
        let sent = meanwhile(&mut set, (PROBE, 42_000), |set| {
            for _ in 0..50 {
                first.speak(set, 1);
                second.speak(set, 1);
            }
        });
        assert_eq!(sent, 0, "another port does not steal it");
        let mut cseq = 2;
        if let Some(method) = method {
            let again = set.inside(&request, &answer, method).branch("again");
            let offer = OFFER.replace("o=- 1 1", "o=- 1 2").replace("a=sendrecv", "a=ptime:20");
            set.probe(&again.with_body("application/sdp", &offer));
            if method == "INVITE" {
                let ack = set.inside(&request, &answer, "ACK");
                set.probe(&Request { cseq: 2, ..ack.branch("again-ack") });
            }
            cseq += 1;
        }
        set.run(ms(100));
        let soon = meanwhile(&mut set, (PROBE, 42_000), |set| second.speak(set, 50));
        assert_eq!(soon >= 40, method.is_some(), "{method:?}: {soon} of 50");
        second.speak(&mut set, 120);
        let late = meanwhile(&mut set, (PROBE, 42_000), |set| second.speak(set, 50));
        assert!(late >= 45, "{method:?}: {late} of 50");
        let bye = Request { cseq, ..set.inside(&request, &answer, "BYE") };
        assert_eq!(statuses(&set.probe(&bye)), [200]);
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        let offered = match method {
            None => "",
            Some("UPDATE") => "probe -> us UPDATE (sdp)\nus -> probe 200 UPDATE (sdp)",
            Some(_) => "probe -> us INVITE (sdp)\nus -> probe 200 INVITE (sdp)\nprobe -> us ACK",
        };
        let rest = "
            probe -> us BYE
            us -> probe 200 BYE
            us -> desk BYE
            desk -> us 200 BYE";
        set.assert_ladder(&[ANSWERED, "\n", offered, rest].concat());
    }
}

/// MED-07: from 183 to 200 with the same description the window opens anew: the gateway that spoke
/// early hands over to the phone that answers, on another port of the same host.
#[test]
fn med_07_the_latch_opens_at_the_200() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    let sdp = sdp_of_desk(45_000, 1);
    set.send_whole(DESK, response(&invite, "183 Session Progress", DESK, "a", &sdp));
    set.run(ms(4));
    let mut early = Voice::new((DESK, 46_000), &invite);
    let mut phone = Voice::new((DESK, 47_000), &invite);
    // Past the window of the first offer and answer.
    early.speak(&mut set, 120);
    set.run(ms(100));
    let sent = meanwhile(&mut set, (DESK, 47_000), |set| phone.speak(set, 10));
    assert_eq!(sent, 0, "locked before the 200");
    set.send_whole(DESK, response(&invite, "200 OK", DESK, "a", &sdp));
    set.run(ms(120));
    let sent = meanwhile(&mut set, (DESK, 47_000), |set| phone.speak(set, 50));
    assert!(sent >= 40, "{sent} of 50");
    set.world.act("caller", Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 183 INVITE (sdp)
         us -> caller 183 INVITE (sdp)
         desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> desk BYE
         desk -> us 200 BYE",
    );
}

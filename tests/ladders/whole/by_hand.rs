//! Ladders whose far ends are made by hand, message by message: what comes in an order that no phone
//! of ours keeps, and what must not be sent then.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::{Action, Behaviour};
use std::net::IpAddr;

/// Nobody speaks SIP there but Bruno's phone, which knows of no call: 481.
const MOVED: &str = "<sip:moved@10.0.0.3:5060>";

/// SDP-14: a relay keeps the packets of its source, so whoever is called is asked for packets as long as
/// the caller wants them.
#[test]
fn sdp_14_the_called_side_is_asked_for_the_callers_packets() {
    for ptime_ms in [10, 20, 30, 40] {
        let (mut set, invite) = desk_by_hand(Behaviour { ptime_ms, ..Behaviour::default() });
        assert_eq!(invite.matches("a=ptime:").count(), 1, "{invite}");
        assert!(invite.contains(&format!("a=ptime:{ptime_ms}\r\n")), "{ptime_ms}: {invite}");
        set.finish_unclean();
    }
}

/// PRK-02: an agent's reliable 1xx: one PRACK each, in order, in each early dialog. A repeat is not
/// PRACKed again; one that skips a number is neither PRACKed nor heard by the caller.
#[test]
fn prk_02_reliable_1xx_are_pracked_in_order_in_each_dialog() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    let ring = |set: &mut Set, status: &str, rseq: u32, tag: &str, sdp: &str| {
        let text = response(&invite, status, DESK, tag, sdp);
        let text = with_lines(&text, &format!("Require: 100rel\nRSeq: {rseq}"));
        set.send_whole(DESK, text);
        set.run(ms(4));
    };
    ring(&mut set, "180 Ringing", 5, "a", "");
    desk_says_ok(&mut set, "PRACK", "", "");
    ring(&mut set, "180 Ringing", 5, "a", "");
    ring(&mut set, "183 Session Progress", 7, "a", &sdp_of_desk(45_000, 1));
    ring(&mut set, "183 Session Progress", 6, "a", "");
    desk_says_ok(&mut set, "PRACK", "", "");
    ring(&mut set, "183 Session Progress", 7, "a", &sdp_of_desk(45_000, 1));
    desk_says_ok(&mut set, "PRACK", "", "");
    // Another branch of a fork numbers for itself.
    ring(&mut set, "180 Ringing", 1, "b", "");
    desk_says_ok(&mut set, "PRACK", "", "");
    desk_answers(&mut set, &invite);
    set.world.act("caller", Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         # RSeq 5, and again.
         desk -> us 180 INVITE
         us -> desk PRACK
         us -> caller 180 INVITE
         desk -> us 200 PRACK
         desk -> us 180 INVITE
         # RSeq 7 skips 6: the caller hears nothing of its description.
         desk -> us 183 INVITE (sdp)
         desk -> us 183 INVITE
         us -> desk PRACK
         desk -> us 200 PRACK
         desk -> us 183 INVITE (sdp)
         us -> desk PRACK
         us -> caller 183 INVITE (sdp)
         desk -> us 200 PRACK
         # The other dialog.
         desk -> us 180 INVITE
         us -> desk PRACK
         desk -> us 200 PRACK
         desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> desk BYE
         desk -> us 200 BYE",
    );
    let cseq = header(&invite, "CSeq").unwrap_or_default();
    let raks: Vec<(String, String)> = set
        .messages("us", "desk", "PRACK")
        .iter()
        .map(|p| {
            let tag = header(p, "To").and_then(|to| to.split_once(";tag=")).map(|(_, tag)| tag);
            (header(p, "RAck").unwrap_or_default().into(), tag.unwrap_or_default().into())
        })
        .collect();
    let rack = |rseq: u32, tag: &str| (format!("{rseq} {cseq}"), tag.to_owned());
    assert_eq!(raks, [rack(5, "a"), rack(6, "a"), rack(7, "a"), rack(1, "b")]);
}

/// The probe puts us on hold: our re-INVITE to the desk stays unanswered.
fn hold_by_probe(set: &mut Set, request: &Request, answer: &str) {
    let hold = offer_at(40_000).replace("sendrecv", "sendonly");
    let hold = set.inside(request, answer, "INVITE").with_body("application/sdp", &hold);
    set.probe(&hold.branch("hold"));
    let ack = set.inside(request, answer, "ACK");
    set.probe(&Request { cseq: 2, ..ack.branch("hold-ack") });
}

/// BYE-04: the caller hangs up while our re-INVITE to the agent is pending: BYE to both, and the
/// 487 to the re-INVITE is acknowledged.
#[test]
fn bye_04_the_caller_hangs_up_while_our_reinvite_is_pending() {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    hold_by_probe(&mut set, &request, &answer);
    let reinvite = last(&set, "us", "desk", "INVITE");
    let bye = Request { cseq: 3, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.send_whole(DESK, reply(&reinvite, "487 Request Terminated", DESK, "", ""));
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let rest = "
        probe -> us INVITE (sdp sendonly)
        us -> probe 200 INVITE (sdp recvonly)
        us -> desk INVITE (sdp sendonly)
        probe -> us ACK
        probe -> us BYE
        us -> probe 200 BYE
        us -> desk BYE
        desk -> us 487 INVITE
        us -> desk ACK
        desk -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
    set.assert_ended("caller", "normal_clearing");
}

/// BYE-04: the agent hangs up while our re-INVITE to it is pending.
#[test]
fn bye_04_the_agent_hangs_up_while_our_reinvite_is_pending() {
    let (mut set, request, answer, invite) = both_by_hand(&[]);
    hold_by_probe(&mut set, &request, &answer);
    let reinvite = last(&set, "us", "desk", "INVITE");
    set.send_whole(DESK, of_callee(&invite, "a", ("BYE", 1), DESKS, ""));
    set.send_whole(DESK, reply(&reinvite, "487 Request Terminated", DESK, "", ""));
    set.run(ms(4));
    let bye = set.message("us", "probe", "BYE");
    set.send_whole(PROBE, reply(&bye, "200 OK", PROBE, "", ""));
    set.finish_unclean();
    let rest = "
        probe -> us INVITE (sdp sendonly)
        us -> probe 200 INVITE (sdp recvonly)
        us -> desk INVITE (sdp sendonly)
        probe -> us ACK
        desk -> us BYE
        desk -> us 487 INVITE
        us -> desk 200 BYE
        us -> probe BYE
        us -> desk ACK
        probe -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
    set.assert_ended("agent", "normal_clearing");
}

/// BYE-04: a re-INVITE towards us is never left pending: it has its 200 before the BYE behind it is
/// read, and that 200 is not repeated once the dialog is over.
#[test]
fn bye_04_a_reinvite_and_its_bye_at_once() {
    for (mark, offers) in [("", false), (" (sdp)", true)] {
        let (mut set, request, answer, _) = both_by_hand(&[]);
        let reinvite = set.inside(&request, &answer, "INVITE").branch("again");
        let offer = offer_at(40_000);
        let offering = || reinvite.clone().with_body("application/sdp", &offer);
        let reinvite = if offers { offering() } else { reinvite.clone() };
        let bye = Request { cseq: 3, ..set.inside(&request, &answer, "BYE") };
        set.send_now(&reinvite);
        assert_eq!(statuses(&set.probe(&bye)), [200, 200]);
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        let rest = format!(
            "
            probe -> us INVITE{mark}
            probe -> us BYE
            us -> probe 200 INVITE (sdp)
            us -> probe 200 BYE
            us -> desk BYE
            desk -> us 200 BYE"
        );
        set.assert_ladder(&[ANSWERED, &rest].concat());
        set.assert_ended("caller", "normal_clearing");
    }
}

/// DLG-06: the caller's UPDATE or re-INVITE with a new Contact: our next request goes there.
#[test]
fn dlg_06_the_callers_new_contact_is_the_target() {
    for (method, sdp) in [("UPDATE", false), ("UPDATE", true), ("INVITE", true)] {
        let (mut set, request, answer, invite) = both_by_hand(&[]);
        let moves = set.inside(&request, &answer, method).branch("moves");
        let moves = Request { contact: MOVED, ..moves };
        let offer = offer_at(40_100);
        let moves = if sdp { moves.with_body("application/sdp", &offer) } else { moves };
        assert_eq!(statuses(&set.probe(&moves)), [200], "{}", set.world.ladder);
        let ack = if method == "INVITE" {
            let ack = Request { cseq: 2, ..set.inside(&request, &answer, "ACK") };
            set.probe(&ack.branch("moved-ack"));
            "probe -> us ACK"
        } else {
            ""
        };
        set.send_whole(DESK, of_callee(&invite, "a", ("BYE", 1), DESKS, ""));
        set.run(ms(10));
        set.finish_unclean();
        let mark = if sdp { " (sdp)" } else { "" };
        let rest = format!(
            "
            probe -> us {method}{mark}
            us -> probe 200 {method}{mark}
            {ack}
            desk -> us BYE
            us -> desk 200 BYE
            us -> bruno BYE
            bruno -> us 481 BYE"
        );
        set.assert_ladder(&[ANSWERED, &rest].concat());
        let bye = set.message("us", "bruno", "BYE");
        assert!(bye.starts_with("BYE sip:moved@10.0.0.3:5060 SIP/2.0\r\n"), "{bye}");
    }
}

/// DLG-06: the same of the agent's.
#[test]
fn dlg_06_the_agents_new_contact_is_the_target() {
    for (method, sdp) in [("UPDATE", false), ("UPDATE", true), ("INVITE", true)] {
        let (mut set, request, answer, invite) = both_by_hand(&[]);
        let offer = if sdp { sdp_of_desk(45_100, 2) } else { String::new() };
        let moves = of_callee(&invite, "a", (method, 1), MOVED, &offer);
        set.send_whole(DESK, moves.replace("UDP 10.0.0.3", "UDP 10.0.0.6"));
        set.run(ms(4));
        let ack = if method == "INVITE" {
            set.send_whole(DESK, of_callee(&invite, "a", ("ACK", 1), DESKS, ""));
            set.run(ms(4));
            "desk -> us ACK"
        } else {
            ""
        };
        let bye = Request { cseq: 3, ..set.inside(&request, &answer, "BYE") };
        assert_eq!(statuses(&set.probe(&bye)), [200]);
        set.finish_unclean();
        let mark = if sdp { " (sdp)" } else { "" };
        let rest = format!(
            "
            desk -> us {method}{mark}
            us -> desk 200 {method}{mark}
            {ack}
            probe -> us BYE
            us -> probe 200 BYE
            us -> bruno BYE
            bruno -> us 481 BYE"
        );
        set.assert_ladder(&[ANSWERED, &rest].concat());
        let bye = set.message("us", "bruno", "BYE");
        assert!(bye.starts_with("BYE sip:moved@10.0.0.3:5060 SIP/2.0\r\n"), "{bye}");
    }
}

/// TIM-03: we are the refresher on the caller's leg: UPDATE at half time where its Allow has it.
#[test]
fn tim_03_the_callers_leg_is_refreshed_by_update() {
    let (mut set, request, answer, _) = both_by_hand(&[
        "Supported: timer",
        "Session-Expires: 180;refresher=uas",
        "Allow: INVITE, ACK, CANCEL, BYE, UPDATE",
    ]);
    assert_eq!(header(&answer, "Session-Expires"), Some("180;refresher=uas"), "{answer}");
    for _ in 0..2 {
        set.run(ms(90_030));
        let update = last(&set, "us", "probe", "UPDATE");
        assert_eq!(header(&update, "Session-Expires"), Some("180;refresher=uac"), "{update}");
        let more = "Session-Expires: 180;refresher=uac\nRequire: timer";
        set.send_whole(PROBE, reply(&update, "200 OK", PROBE, more, ""));
    }
    set.run(ms(10));
    let bye = Request { cseq: 9, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let rest = "
        @90.0..90.1 us -> probe UPDATE
        probe -> us 200 UPDATE
        @180.0..180.2 us -> probe UPDATE
        probe -> us 200 UPDATE
        probe -> us BYE
        us -> probe 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
}

/// TIM-03: else by a re-INVITE with our description as it is; the agent hears nothing of it.
#[test]
fn tim_03_the_callers_leg_is_refreshed_by_reinvite() {
    let (mut set, request, answer, _) = both_by_hand(&[
        "Supported: timer",
        "Session-Expires: 180;refresher=uas",
        "Allow: INVITE, ACK, CANCEL, BYE",
    ]);
    for _ in 0..2 {
        set.run(ms(90_030));
        let reinvite = last(&set, "us", "probe", "INVITE");
        let body = |m: &str| m.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        assert_eq!(body(&reinvite), body(&answer), "the same description");
        let more = "Session-Expires: 180;refresher=uac\nRequire: timer";
        set.send_whole(PROBE, reply(&reinvite, "200 OK", PROBE, more, &offer_at(40_000)));
    }
    set.run(ms(10));
    let bye = Request { cseq: 9, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let rest = "
        @90.0..90.1 us -> probe INVITE (sdp)
        probe -> us 200 INVITE (sdp)
        us -> probe ACK
        @180.0..180.2 us -> probe INVITE (sdp)
        probe -> us 200 INVITE (sdp)
        us -> probe ACK
        probe -> us BYE
        us -> probe 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
}

/// To which of these media goes: a far end that is not heard gets a packet every five seconds.
fn gets_media(set: &mut Set, places: &[(IpAddr, u16)]) -> Vec<bool> {
    let count = |set: &Set, place: &(IpAddr, u16)| set.world.tap.to((*place).into()).packets;
    let before: Vec<u64> = places.iter().map(|place| count(set, place)).collect();
    set.run(s(12));
    places.iter().zip(before).map(|(place, before)| count(set, place) > before).collect()
}

const PLACES: [(IpAddr, u16); 4] =
    [(PROBE, 40_000), (PROBE, 40_100), (DESK, 45_000), (DESK, 45_100)];

/// SDP-10: UPDATE with an offer in the confirmed dialogs, from either side: answered, and media goes
/// to the new place from then on.
#[test]
fn sdp_10_update_in_the_confirmed_dialogs() {
    let (mut set, request, answer, invite) = both_by_hand(&[]);
    let update = set.inside(&request, &answer, "UPDATE");
    let update = update.with_body("application/sdp", &offer_at(40_100));
    assert_eq!(statuses(&set.probe(&update)), [200]);
    let update = of_callee(&invite, "a", ("UPDATE", 1), DESKS, &sdp_of_desk(45_100, 2));
    set.send_whole(DESK, update);
    set.run(ms(4));
    assert_eq!(gets_media(&mut set, &PLACES), [false, true, false, true]);
    let bye = Request { cseq: 3, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let rest = "
        probe -> us UPDATE (sdp)
        us -> probe 200 UPDATE (sdp)
        desk -> us UPDATE (sdp)
        us -> desk 200 UPDATE (sdp)
        probe -> us BYE
        us -> probe 200 BYE
        us -> desk BYE
        desk -> us 200 BYE";
    set.assert_ladder(&[ANSWERED, rest].concat());
}

/// SDP-10: UPDATE with an offer in the early dialogs, once the first offer is settled there by a
/// reliable 183 and its PRACK.
#[test]
fn sdp_10_update_in_the_early_dialogs() {
    let mut set = desk_set();
    let request = Request::invite("300").with("Require: 100rel");
    set.probe(&request);
    let invite = set.message("us", "desk", "INVITE");
    let early = response(&invite, "183 Session Progress", DESK, "a", &sdp_of_desk(45_000, 1));
    set.send_whole(DESK, with_lines(&early, "Require: 100rel\nRSeq: 1"));
    set.run(ms(4));
    desk_says_ok(&mut set, "PRACK", "", "");
    let early = set.message("us", "probe", "183 INVITE");
    let rseq = header(&early, "RSeq").unwrap_or_default();
    let prack = set.inside(&request, &early, "PRACK").with(&format!("RAck: {rseq} 1 INVITE"));
    assert_eq!(statuses(&set.probe(&prack)), [200]);
    let update = set.inside(&request, &early, "UPDATE");
    let update = update.with_body("application/sdp", &offer_at(40_100));
    assert_eq!(statuses(&set.probe(&Request { cseq: 3, ..update })), [200]);
    let update = of_callee(&invite, "a", ("UPDATE", 1), DESKS, &sdp_of_desk(45_100, 2));
    set.send_whole(DESK, update);
    set.run(ms(4));
    set.send_whole(DESK, response(&invite, "200 OK", DESK, "a", ""));
    set.run(ms(4));
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    set.probe(&ack);
    assert_eq!(gets_media(&mut set, &PLACES), [false, true, false, true]);
    let bye = Request { cseq: 4, ..set.inside(&request, &answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(
        "probe -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 183 INVITE (sdp)
         us -> desk PRACK
         us -> probe 183 INVITE (sdp)
         desk -> us 200 PRACK
         probe -> us PRACK
         us -> probe 200 PRACK
         probe -> us UPDATE (sdp)
         us -> probe 200 UPDATE (sdp)
         desk -> us UPDATE (sdp)
         us -> desk 200 UPDATE (sdp)
         desk -> us 200 INVITE
         us -> desk ACK
         us -> probe 200 INVITE
         probe -> us ACK
         probe -> us BYE
         us -> probe 200 BYE
         us -> desk BYE
         desk -> us 200 BYE",
    );
}

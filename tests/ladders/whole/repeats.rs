//! What is repeated, at which times, and what ends it (RFC 3261 §17): far ends made by hand that say
//! too little or too much.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::Behaviour;

/// When messages that begin so were sent between these two, in ms behind the first.
#[track_caller]
fn times(set: &Set, from: &str, to: &str, what: &str) -> Vec<u64> {
    let rungs = set.world.ladder.rungs().iter();
    let fits = rungs.filter(|r| r.from == from && r.to == to && r.what.starts_with(what));
    let at: Vec<u64> = fits.map(|r| r.at.0 / 1000).collect();
    let first = at.first().copied().unwrap_or_default();
    at.iter().map(|at| at - first).collect()
}

/// From T1 on, doubling up to T2, for 64·T1.
const T1_TO_T2: [u64; 11] =
    [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

/// TXN-02: the target's 100 stops the repeats of the INVITE, and the ring time goes on. TXN-13: it is
/// absorbed: the caller's 100 is ours, after 200 ms.
#[test]
fn txn_02_txn_13_a_100_stops_the_repeats_and_goes_no_further() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    set.send_whole(DESK, reply(&invite, "100 Trying", DESK, "", ""));
    set.run(ms(10_000));
    let cancel = set.message("us", "desk", "CANCEL");
    set.send_whole(DESK, reply(&cancel, "200 OK", DESK, "", ""));
    set.send_whole(DESK, response(&invite, "487 Request Terminated", DESK, "a", ""));
    set.finish_unclean();
    set.assert_ladder(
        "@0 caller -> us INVITE (sdp)
         @0.001 us -> desk INVITE (sdp)
         desk -> us 100 INVITE
         @0.201 us -> caller 100 INVITE
         @10.001 us -> desk CANCEL
         us -> caller 480 INVITE
         caller -> us ACK
         desk -> us 200 CANCEL
         desk -> us 487 INVITE
         us -> desk ACK",
    );
    let trying = set.message("us", "caller", "100");
    assert!(header(&trying, "Via").is_some_and(|via| via.contains("10.0.0.1")), "{trying}");
}

/// TXN-13: one that comes late, behind a 180, says nothing to anybody either.
#[test]
fn txn_13_a_late_100_is_absorbed() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
    set.run(ms(4));
    set.send_whole(DESK, reply(&invite, "100 Trying", DESK, "", ""));
    set.run(ms(4));
    set.send_whole(DESK, response(&invite, "486 Busy Here", DESK, "a", ""));
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 180 INVITE
         us -> caller 180 INVITE
         desk -> us 100 INVITE
         desk -> us 486 INVITE
         us -> desk ACK
         us -> caller 486 INVITE
         caller -> us ACK",
    );
}

/// TXN-02: a provisional slows our BYE to T2, its final stops it.
#[test]
fn txn_02_a_provisional_slows_a_bye_and_a_final_stops_it() {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    let bye = set.inside(&request, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.run(ms(700));
    let bye = set.message("us", "desk", "BYE");
    set.send_whole(DESK, reply(&bye, "100 Trying", DESK, "", ""));
    set.run(s(10));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    // The 1 s that was running when the 100 came runs out first (RFC 3261 §17.1.2.2).
    assert_eq!(
        times(&set, "us", "desk", "BYE"),
        [0, 500, 1500, 5500, 9500],
        "{}",
        set.world.ladder
    );
    let byes = set.messages("us", "desk", "BYE");
    assert!(byes.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes");
    set.assert_ended("caller", "normal_clearing");
}

/// TXN-03: a refusal is acknowledged within the INVITE's transaction, and so is each repeat of it, by
/// the same bytes, for 32 s; what comes later is dropped.
#[test]
fn txn_03_each_repeat_of_a_refusal_gets_the_same_ack() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    let busy = response(&invite, "486 Busy Here", DESK, "a", "");
    for wait in [ms(500), s(1), s(30), s(2)] {
        set.send_whole(DESK, busy.clone());
        set.run(wait);
    }
    set.send_whole(DESK, busy);
    set.finish_unclean();
    set.assert_ladder(
        "@0 caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         @0.005 desk -> us 486 INVITE
         us -> desk ACK
         us -> caller 486 INVITE
         caller -> us ACK
         @0.505 desk -> us 486 INVITE
         us -> desk ACK
         @1.505 desk -> us 486 INVITE
         us -> desk ACK
         @31.505 desk -> us 486 INVITE
         us -> desk ACK
         # Timer D is over.
         @33.505 desk -> us 486 INVITE",
    );
    let acks = set.messages("us", "desk", "ACK");
    assert!(acks.windows(2).all(|pair| pair[0] == pair[1]), "{acks:?}");
    for name in ["Via", "From", "Call-ID"] {
        assert_eq!(header(&acks[0], name), header(&invite, name), "{name}");
    }
    assert_eq!(acks[0].split(' ').nth(1), invite.split(' ').nth(1), "the Request-URI");
    assert!(header(&acks[0], "To").is_some_and(|to| to.ends_with(";tag=a")), "{acks:?}");
}

/// TXN-04: the ACK of a 2xx is a transaction of its own: another branch, to the Contact by the route
/// set, with the INVITE's number; each repeat of the 2xx gets the same bytes again, and nobody else
/// hears of it.
#[test]
fn txn_04_each_repeat_of_a_2xx_gets_the_same_ack() {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    let answer = response(&invite, "200 OK", DESK, "a", &sdp_of_desk(45_000, 1));
    let routes =
        "Record-Route: <sip:10.0.0.6:5060;lr;far>\nRecord-Route: <sip:10.0.0.6:5060;lr;near>";
    let answer =
        with_lines(&answer, routes).replace("sip:other@10.0.0.6:5060", "sip:seat@10.0.0.66");
    for wait in [500, 1000, 2000] {
        set.send_whole(DESK, answer.clone());
        set.run(ms(wait));
    }
    set.world.act("caller", centralino::sim::Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         @0.005 desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @0.505 desk -> us 200 INVITE (sdp)
         us -> desk ACK
         @1.505 desk -> us 200 INVITE (sdp)
         us -> desk ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> desk BYE
         desk -> us 200 BYE",
    );
    let acks = set.messages("us", "desk", "ACK");
    assert!(acks.windows(2).all(|pair| pair[0] == pair[1]), "{acks:?}");
    let ack = &acks[0];
    assert!(ack.starts_with("ACK sip:seat@10.0.0.66 SIP/2.0\r\n"), "{ack}");
    assert_ne!(header(ack, "Via"), header(&invite, "Via"), "a branch of its own");
    let number = |m: &str| header(m, "CSeq").and_then(|c| c.split(' ').next()).map(str::to_owned);
    assert_eq!(number(ack), number(&invite));
    let routes: Vec<&str> = ack.lines().filter(|l| l.starts_with("Route:")).collect();
    let near_first = ["Route: <sip:10.0.0.6:5060;lr;near>", "Route: <sip:10.0.0.6:5060;lr;far>"];
    assert_eq!(routes, near_first);
}

/// TXN-06: our refusal that nobody acknowledges is repeated at T1 to T2 until timer H; the call does
/// not wait for that.
#[test]
fn txn_06_a_refusal_that_is_not_acknowledged_is_repeated_until_timer_h() {
    let mut set = set(idle(), idle());
    assert_eq!(statuses(&set.probe(&Request::invite("999"))), [404]);
    assert_eq!(set.world.system().cdrs().len(), 1, "the record is written at once");
    set.finish();
    assert_eq!(times(&set, "us", "probe", "404"), T1_TO_T2, "{}", set.world.ladder);
    assert_eq!(set.world.ladder.rungs().len(), 12, "{}", set.world.ladder);
    let refusals = set.to_probe();
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes");
}

/// TXN-06: the ACK ends the repeats; what is said again behind it gets nothing.
#[test]
fn txn_06_the_ack_ends_the_repeats() {
    let mut set = set(idle(), idle());
    let request = Request::invite("999");
    set.probe(&request);
    set.run(s(2));
    let refusal = set.message("us", "probe", "404");
    let ack = set.inside(&request, &refusal, "ACK");
    let ack = Request { branch: request.branch.clone(), ..ack };
    for message in [&ack, &ack, &request] {
        assert!(set.probe(message).is_empty(), "{}", set.world.ladder);
    }
    set.finish();
    assert_eq!(times(&set, "us", "probe", "404"), [0, 500, 1500], "{}", set.world.ladder);
}

/// TXN-08: a BYE of ours that nobody answers is repeated at T1 to T2 until timer F; the caller and the
/// record do not wait for it.
#[test]
fn txn_08_a_bye_that_nobody_answers_ends_the_call_all_the_same() {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    let bye = set.inside(&request, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.run(s(1));
    assert_eq!(set.world.system().cdrs().len(), 1, "{}", set.world.ladder);
    let first = set.world.now().mono;
    set.finish_unclean();
    assert_eq!(times(&set, "us", "desk", "BYE"), T1_TO_T2, "{}", set.world.ladder);
    assert!(set.world.now().mono.since(first) < s(40), "nothing is waited for behind timer F");
    set.assert_ended("caller", "normal_clearing");
}

/// TXN-08: the same of an INFO inside a call that goes on: it is given up, and a dialog whose far end
/// says nothing to that (RFC 3261 §12.2.1.2 as 408) is ended on both sides.
#[test]
fn txn_08_an_info_that_nobody_answers_is_given_up_at_timer_f() {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    let info = set.inside(&request, &answer, "INFO");
    let info = info.with_body("application/dtmf-relay", "Signal=5\nDuration=160");
    assert_eq!(statuses(&set.probe(&info)), [200]);
    set.run(s(40));
    assert_eq!(times(&set, "us", "desk", "INFO"), T1_TO_T2, "{}", set.world.ladder);
    let bye = Request { cseq: 3, ..set.inside(&request, &answer, "BYE") };
    set.probe(&bye);
    set.finish_unclean();
}

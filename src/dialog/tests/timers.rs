//! Session timers on virtual time.

use super::*;
use crate::dialog::session_timer::{self, TooSmall};

const TIMER: &str = "Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n";

fn asking(seconds: u64) -> Policy {
    Policy { session_expires: Some(secs(seconds)), ..Policy::default() }
}

/// TIM-01: under our minimum, and the peer would understand a 422.
#[test]
fn tim_01_an_interval_under_the_minimum_is_told() {
    let mut ladder = Ladder::new(Policy::default());
    let mut check = |extra: &str, min| {
        let invite = ladder.peer_request("INVITE", None, extra, "");
        session_timer::check(&scan(invite), secs(min))
    };
    let asks = "Session-Expires: 60;refresher=uac\r\n";
    assert_eq!(check(&format!("Supported: timer\r\n{asks}"), 0), Err(TooSmall { min_se: 90 }));
    assert_eq!(check("k: timer\r\nx: 1799\r\n", 1800), Err(TooSmall { min_se: 1800 }));
    assert_eq!(check(asks, 0), Ok(Some(secs(60))));
    assert_eq!(check("Supported: timer\r\nx: 1800\r\n", 1800), Ok(Some(secs(1800))));
    assert_eq!(check("", 90), Ok(None));
}

/// TIM-01 inside a dialog: 422 with Min-SE, and the dialog goes on.
#[test]
fn tim_01_a_reinvite_with_too_small_an_interval_gets_422() {
    let mut ladder = Ladder::answered_uas(Policy::default(), TIMER);
    let extra = format!("{TIMER}Session-Expires: 60\r\n");
    ladder.peer_sends("INVITE", &extra, &sdp(2));
    assert_eq!(ladder.take_sent("422").number(Name::MinSe), Some(90));
    ladder.peer_sends("UPDATE", &extra, "");
    assert_eq!(ladder.take_sent("422 UPDATE").number(Name::MinSe), Some(90));
}

/// TIM-02: our INVITE gets 422: once more with what the peer wants.
#[test]
fn tim_02_a_422_is_answered_with_a_longer_interval() {
    let mut ladder = Ladder::calling(asking(120), Some(body(10)));
    let first = ladder.take_sent("INVITE");
    assert_eq!(value(&first, Name::SessionExpires), "120");
    ladder.answer(&first, "422 Too Small", "x", "Min-SE: 600\r\n", "");
    let second = ladder.take_sent("INVITE");
    assert_eq!(value(&second, Name::SessionExpires), "600");
    assert_eq!(second.number(Name::MinSe), Some(600));
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    ladder.answer(&second, "422 Too Small", "x", "Min-SE: 900\r\n", "");
    assert_eq!(ladder.heard(), ["ending failure 422", "ended"]);
}

/// TIM-03: we are the refresher: UPDATE at half time where it is allowed.
#[test]
fn tim_03_we_refresh_by_update_at_half_time() {
    let extra = "Session-Expires: 100;refresher=uac\r\nAllow: INVITE, UPDATE\r\n";
    let mut ladder = Ladder::answered_uac(asking(100), extra);
    ladder.advance(ms(49_999));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.advance(ms(1));
    let update = ladder.take_sent("UPDATE");
    assert_eq!(value(&update, Name::SessionExpires), "100;refresher=uac");
    assert_eq!(update.sdp(), None);
    ladder.answer(&update, "200 OK", "peer", extra, "");
    ladder.advance(secs(50));
    assert_eq!(ladder.drain(), ["UPDATE"]);
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// TIM-03: else by a re-INVITE with our description as it is; nobody is bothered.
#[test]
fn tim_03_we_refresh_by_reinvite_where_update_is_not_allowed() {
    let extra = "Session-Expires: 100;refresher=uac\r\nAllow: INVITE, ACK\r\n";
    let mut ladder = Ladder::answered_uac(asking(100), extra);
    ladder.advance(secs(50));
    let invite = ladder.take_sent("INVITE");
    assert_eq!(invite.sdp(), Some(body(10)));
    // Glare: again after the wait of §14.1, still with what was last agreed.
    ladder.answer(&invite, "491 Request Pending", "peer", "", "");
    ladder.sent.clear();
    ladder.advance(secs(4));
    let invite = ladder.take_sent("INVITE");
    assert_eq!(invite.sdp(), Some(body(10)));
    ladder.sent.clear();
    ladder.answer(&invite, "200 OK", "peer", extra, &sdp(1));
    assert_eq!(ladder.drain(), ["ACK"]);
    assert_eq!(ladder.heard(), ["answer"]);
}

/// SDP-07, TIM-03: the refresh gets 481: the dialog is lost.
#[test]
fn tim_03_a_refresh_that_finds_no_dialog_ends_it() {
    let extra = "Session-Expires: 100;refresher=uac\r\nAllow: UPDATE\r\n";
    let mut ladder = Ladder::answered_uac(asking(100), extra);
    ladder.advance(secs(50));
    let update = ladder.take_sent("UPDATE");
    ladder.answer(&update, "481 Gone", "peer", "", "");
    assert_eq!(ladder.heard(), ["ending dialog lost"]);
    assert_eq!(ladder.drain(), ["BYE"]);
}

/// TIM-04: the peer is to refresh and does not: BYE before the end.
#[test]
fn tim_04_a_peer_that_does_not_refresh_is_hung_up() {
    let extra = format!("{TIMER}Session-Expires: 120;refresher=uac\r\n");
    let mut ladder = Ladder::called(Policy::default(), &extra, &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    let ok = ladder.take_sent("200");
    assert_eq!(value(&ok, Name::SessionExpires), "120;refresher=uac");
    assert!(ok.has_token(Name::Require, "timer"));
    let tag = ladder.our_tag();
    ladder.peer_ack(&tag, "");
    ladder.clear();
    ladder.advance(secs(60));
    // A refresh of the peer's starts it anew.
    ladder.peer_sends("UPDATE", &extra, "");
    let refreshed = ladder.take_sent("200 UPDATE");
    assert_eq!(value(&refreshed, Name::SessionExpires), "120;refresher=uac");
    ladder.advance(ms(87_999));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.advance(ms(1));
    assert_eq!(ladder.drain(), ["BYE"]);
    assert_eq!(ladder.heard(), ["refreshed", "ending session expired"]);
}

/// TIM-05: a peer without session timers: we refresh where the plan asks for it, both ways round.
#[test]
fn tim_05_a_peer_without_timers_is_refreshed_by_us() {
    let mut ladder = Ladder::answered_uac(asking(100), "");
    ladder.advance(secs(50));
    assert_eq!(ladder.drain(), ["INVITE"]);
    let mut ladder = Ladder::answered_uas(asking(100), "");
    ladder.advance(secs(50));
    assert_eq!(ladder.drain(), ["INVITE"]);
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.advance(secs(500));
    assert_eq!(ladder.drain(), Vec::<String>::new());
}

/// TIM-01 to TIM-05: who refreshes is settled as RFC 4028's table 2 says.
#[test]
fn the_refresher_is_settled_by_the_table() {
    for (policy, asks, settled) in [
        (Policy::default(), "Supported: timer\r\nx: 200;refresher=uas\r\n", "200;refresher=uas"),
        (Policy::default(), "Supported: timer\r\nx: 200\r\n", "200;refresher=uac"),
        (Policy::default(), "x: 200\r\n", "200;refresher=uas"),
        (asking(300), "Supported: timer\r\nx: 200\r\n", "200;refresher=uac"),
        (asking(150), "Supported: timer\r\nx: 200;refresher=uas\r\n", "150;refresher=uas"),
        (asking(150), "Supported: timer\r\nx: 200\r\nMin-SE: 180\r\n", "180;refresher=uac"),
        (asking(150), "Supported: timer\r\n", "150;refresher=uac"),
        (asking(150), "", "150;refresher=uas"),
        (Policy::default(), "Supported: timer\r\n", ""),
    ] {
        let mut ladder = Ladder::called(policy, asks, &sdp(1));
        ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
        assert_eq!(value(&ladder.take_sent("200"), Name::SessionExpires), settled, "{asks:?}");
    }
}

/// A peer that knows no 422, or does not care, cannot keep us busy with refreshes.
#[test]
fn an_interval_below_the_least_is_not_lived_by() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "Session-Expires: 1\r\n");
    ladder.advance(secs(300));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    let mut ladder =
        Ladder::answered_uac(Policy::default(), "Session-Expires: 1;refresher=uac\r\n");
    ladder.advance(ms(44_999));
    assert_eq!(ladder.drain(), Vec::<String>::new());
    ladder.advance(ms(1));
    assert_eq!(ladder.drain(), ["INVITE"]);
}

/// TIM-03: a refresh that is refused for now is tried again before the session expires.
#[test]
fn tim_03_a_refused_refresh_is_tried_again() {
    let extra = "Session-Expires: 200;refresher=uac\r\nAllow: UPDATE\r\n";
    let mut ladder = Ladder::answered_uac(asking(200), extra);
    ladder.advance(secs(100));
    let update = ladder.take_sent("UPDATE");
    ladder.answer(&update, "500 Not Now", "peer", "", "");
    ladder.advance(secs(30));
    let update = ladder.take_sent("UPDATE");
    ladder.answer(&update, "500 Not Now", "peer", "", "");
    ladder.advance(secs(38));
    assert_eq!(ladder.heard(), ["ending session expired"]);
}

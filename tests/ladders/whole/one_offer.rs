//! One offer of ours at a time: hold and resume faster than the other side answers. The desk is played by
//! hand, with some sound of its own, so that one-way audio shows.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::{Action, Behaviour, Datagram};

/// A second of PCMA from the desk to where our description sends it.
fn desk_speaks(set: &mut Set) {
    let invite = set.message("us", "desk", "INVITE");
    let port = invite.lines().find_map(|l| l.strip_prefix("m=audio ")).unwrap_or_default();
    let port = port.split(' ').next().and_then(|p| p.parse().ok()).unwrap_or(0);
    for n in 0..50u16 {
        let mut bytes = vec![0x80, 8];
        bytes.extend(n.to_be_bytes());
        bytes.extend((u32::from(n) * 160).to_be_bytes());
        bytes.extend(7u32.to_be_bytes());
        bytes.extend([0xd5; 160]);
        let now = set.world.now().mono;
        let (local, remote) = ((DESK, 45_000).into(), (US, port).into());
        set.world.net.send(now, Datagram { local, remote, bytes: bytes.into() });
        set.run(ms(20));
    }
}

/// Our offers to the desk so far, the first INVITE's too, each once.
fn offers(set: &Set) -> Vec<String> {
    let mut offers = set.messages("us", "desk", "INVITE");
    offers.dedup();
    offers
}

/// The last of them.
fn offered(set: &Set) -> String {
    offers(set).pop().unwrap_or_default()
}

/// Its direction.
fn direction(offer: &str) -> &str {
    let named = ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"];
    offer.lines().find(|line| named.contains(line)).unwrap_or_default()
}

/// The number of its version.
fn version(offer: &str) -> u64 {
    let origin = offer.lines().find(|l| l.starts_with("o=")).unwrap_or_default();
    origin.split(' ').nth(2).and_then(|v| v.parse().ok()).unwrap_or(0)
}

/// The desk answers the last offer with this status; a 200 with what mirrors the offer.
fn desk_says(set: &mut Set, status: &str, version: u8) {
    let offer = offered(set);
    if status.starts_with("200") {
        let held = direction(&offer) == "a=sendonly";
        let mirror = if held { "\na=recvonly" } else { "\na=sendrecv" };
        desk_says_ok(set, "INVITE", "", &(sdp_of_desk(45_000, version) + mirror));
    } else {
        set.send_whole(DESK, reply(&offer, status, DESK, "", ""));
        set.run(ms(4));
    }
}

/// The caller does these, faster than the desk answers.
fn toggle(set: &mut Set, actions: &[Action]) {
    for action in actions {
        set.world.act("caller", action.clone());
        set.run(ms(10));
    }
}

/// A caller and the desk who talk.
fn talking_with_desk() -> Set {
    let (mut set, invite) = desk_by_hand(Behaviour::default());
    desk_answers(&mut set, &invite);
    set.run(s(1));
    set
}

/// How many of the fifty packets that the desk sends now are taken; then the caller hangs up.
fn heard_of_desk(mut set: Set) -> (u64, Set) {
    desk_speaks(&mut set);
    set.world.act("caller", Action::HangUp);
    set.run(ms(4));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    let leg = set.cdr().legs.iter().find(|l| l.leg != 0);
    let received = leg.and_then(|l| l.media).map_or(0, |m| m.packets_received);
    (received, set)
}

/// SDP-07, SDP-08: hold and resume while the hold is still out to the desk: one offer at a time, and the
/// session is what was agreed last, whichever of the two is refused and how.
#[test]
fn sdp_07_a_resume_behind_a_hold_that_is_refused() {
    for first in ["200 OK", "488 Not Here", "500 Server Error", "491 Request Pending"] {
        for second in ["200 OK", "488 Not Here", "500 Server Error"] {
            let mut set = talking_with_desk();
            toggle(&mut set, &[Action::Hold, Action::Resume]);
            let hold = offered(&set);
            assert_eq!(direction(&hold), "a=sendonly", "{}", set.world.ladder);
            desk_says(&mut set, first, 2);
            if first.starts_with("491") {
                // RFC 3261 §14.1: the wait is for the dialog, whatever is offered behind it.
                set.run(ms(2050));
                assert_eq!(offers(&set).len(), 2, "{}", set.world.ladder);
                set.run(s(2));
            }
            // Where the hold was refused, all is as the caller wants it.
            let settled = first.starts_with("488") || first.starts_with("500");
            let count = if settled { 2 } else { 3 };
            assert_eq!(offers(&set).len(), count, "{first}: {}", set.world.ladder);
            if !settled {
                let resume = offered(&set);
                assert_eq!(direction(&resume), "a=sendrecv", "{first}: {}", set.world.ladder);
                assert_eq!(version(&resume), version(&hold) + 1, "{first}");
                desk_says(&mut set, second, 3);
            }
            let held = first.starts_with("200") && !second.starts_with("200");
            let (heard, set) = heard_of_desk(set);
            let wanted = if held { 0 } else { 50 };
            assert_eq!(heard, wanted, "{first}, {second}\n{}", set.world.ladder);
        }
    }
}

/// The other way about: held again while the resume is out.
#[test]
fn sdp_07_a_hold_behind_a_resume_that_is_refused() {
    for first in ["200 OK", "488 Not Here", "491 Request Pending"] {
        for second in ["200 OK", "488 Not Here"] {
            let mut set = talking_with_desk();
            toggle(&mut set, &[Action::Hold]);
            desk_says(&mut set, "200 OK", 2);
            set.run(s(1));
            toggle(&mut set, &[Action::Resume, Action::Hold]);
            desk_says(&mut set, first, 3);
            set.run(s(4));
            let settled = first.starts_with("488");
            let count = if settled { 3 } else { 4 };
            assert_eq!(offers(&set).len(), count, "{first}: {}", set.world.ladder);
            if !settled {
                let hold = offered(&set);
                assert_eq!(direction(&hold), "a=sendonly", "{first}: {}", set.world.ladder);
                desk_says(&mut set, second, 4);
            }
            let (heard, set) = heard_of_desk(set);
            let open = first.starts_with("200") && !second.starts_with("200");
            let wanted = if open { 50 } else { 0 };
            assert_eq!(heard, wanted, "{first}, {second}\n{}", set.world.ladder);
        }
    }
}

/// A third change takes the place of the second, which was never sent: the versions leave nothing out, and
/// what the desk has already is not offered again.
#[test]
fn sdp_08_only_the_newest_change_waits() {
    let mut set = talking_with_desk();
    toggle(&mut set, &[Action::Hold, Action::Resume, Action::Hold]);
    desk_says(&mut set, "200 OK", 2);
    assert_eq!(offers(&set).len(), 2, "{}", set.world.ladder);
    toggle(&mut set, &[Action::Resume]);
    let resume = offered(&set);
    assert_eq!((direction(&resume), version(&resume)), ("a=sendrecv", 3), "{}", set.world.ladder);
    desk_says(&mut set, "200 OK", 3);
    let (heard, set) = heard_of_desk(set);
    assert_eq!(heard, 50, "{}", set.world.ladder);
}

/// SDP-08: what changes during the wait after a 491 takes the place of what met it.
#[test]
fn sdp_08_a_change_during_the_wait_after_glare() {
    let mut set = talking_with_desk();
    toggle(&mut set, &[Action::Hold]);
    desk_says(&mut set, "491 Request Pending", 2);
    toggle(&mut set, &[Action::Resume]);
    set.run(ms(2000));
    assert_eq!(offers(&set).len(), 2, "{}", set.world.ladder);
    set.run(s(2));
    let resume = offered(&set);
    assert_eq!((direction(&resume), version(&resume)), ("a=sendrecv", 3), "{}", set.world.ladder);
    desk_says(&mut set, "488 Not Here", 2);
    let (heard, set) = heard_of_desk(set);
    assert_eq!(heard, 50, "{}", set.world.ladder);
}

/// SDP-07: no answer at all to the first: the dialog ends, and what waited with it.
#[test]
fn sdp_07_silence_to_the_first_ends_the_call() {
    let mut set = talking_with_desk();
    toggle(&mut set, &[Action::Hold, Action::Resume]);
    set.run(s(33));
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    assert_eq!(set.world.ladder.without_repeats().count("us", "desk", "INVITE"), 2);
    set.assert_ended("system", "unreachable");
}

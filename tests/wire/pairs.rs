//! The scenarios against each other, without the router: each must be right by itself.

use crate::sipp::{Seat, Side, can_run};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Caller's and called side's scenario, and what the caller needs besides. Not those that lose messages:
/// a SIPp is not sure to make good what another loses.
const PAIRS: [(&str, &str, &[&str]); 15] = [
    ("uac_basic", "uas_basic", &[]),
    ("uac_cancel", "uas_no_answer", &[]),
    ("uac_refused_486", "uas_busy", &[]),
    ("uac_refused_480", "uas_rings_then_480", &[]),
    ("uac_refused_404", "uas_404", &[]),
    ("uac_refused_503", "uas_503", &[]),
    ("uac_hung_up_on", "uas_hangs_up", &[]),
    ("uac_hold", "uas_held", &[]),
    ("uac_held", "uas_hold", &[]),
    ("uac_late_offer", "uas_late_offer", &[]),
    ("uac_prack", "uas_prack", &[]),
    ("uac_session_timer", "uas_session_timer", &[]),
    ("uac_dtmf_info", "uas_info", &[]),
    ("uac_dtmf_rtp", "uas_basic", &[]),
    // Without SIPp's own guard against repeats, which would answer ours with repeats of its own.
    ("uac_repeats", "uas_lingers", &["-nr"]),
];

/// Runs all pairs, some at a time.
fn run(ip: IpAddr, tcp: bool, pairs: &[(&'static str, &'static str, &[&str])]) {
    std::thread::scope(|scope| {
        for (uac, uas, more) in pairs.iter().filter(|pair| can_run(pair.0)) {
            scope.spawn(move || {
                let _seat = Seat::take();
                let called = Side::called(uas, ip).over_tcp(tcp);
                let mut calling = Side::calling(uac, called.local).over_tcp(tcp);
                calling.more = more.iter().map(|m| (*m).to_owned()).collect();
                let uas = called.start();
                calling.start().succeed();
                uas.succeed();
            });
        }
    });
}

#[test]
fn the_scenarios_agree_over_udp() {
    run(V4, false, &PAIRS);
}

#[test]
fn the_scenarios_agree_over_tcp() {
    run(V4, true, &[PAIRS[0], PAIRS[1], PAIRS[7], PAIRS[10], PAIRS[11]]);
}

#[test]
fn the_scenarios_agree_over_ipv6() {
    run(V6, false, &[PAIRS[0], PAIRS[1], PAIRS[7], PAIRS[10], PAIRS[11]]);
}

//! Whole calls through the router: SIPp calls it, SIPp answers as its agents, the CDR says why.

use crate::router::{Router, sip_address};
use crate::sipp::Side;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// A plan whose number 100 dials these targets in order, and that ends in 480.
fn plan(sip: SocketAddr, transport: &str, targets: &[SocketAddr]) -> String {
    let mut states = String::new();
    for (i, target) in targets.iter().enumerate() {
        let next = if i + 1 < targets.len() { format!("try{}", i + 1) } else { "sorry".into() };
        states += &format!(
            "    try{i}: {{ dial: \"sip:agent@{target};transport={transport}\", ring: 4s, \
             failed: {next} }}\n"
        );
    }
    format!(
        "{}\nnumbers:\n  \"100\": main\n  default: {{ refuse: 404 }}\nflows:\n  main:\n{states}    \
         sorry: {{ hang_up: 480 }}\n",
        head(sip)
    )
}

/// A plan that answers, asks for a digit and dials by it: 1, 2 and # typed in one go reach `target`.
fn menu_plan(sip: SocketAddr, target: SocketAddr) -> String {
    format!(
        "{}\nnumbers:\n  \"100\": main\n  default: {{ refuse: 404 }}\nflows:\n  main:\n    \
         ask: {{ collect: {{ prompt: your-number, digits: 2-8, end: \"#\", into: typed }}, \
         next: check, failed: sorry }}\n    \
         check: {{ when: 'typed == \"12\"', then: anna, else: sorry }}\n    \
         anna: {{ dial: \"sip:agent@{target}\", ring: 4s, failed: sorry }}\n    \
         sorry: {{ hang_up: 480 }}\n",
        head(sip)
    )
}

fn head(sip: SocketAddr) -> String {
    format!(
        "version: 1\nsip:\n  listen: [udp://{sip}, tcp://{sip}]\nmedia: {{ ports: 30000-30999, \
         codecs: [pcma, pcmu] }}\ntrunks:\n  test:\n    accept_from: [127.0.0.0/8, \"::1/128\"]"
    )
}

/// One call from this scenario to these agents, over this transport; the CDR it leaves.
fn call(
    uac: &'static str,
    agents: &[&'static str],
    ip: IpAddr,
    tcp: bool,
    more: &[&str],
) -> serde_json::Value {
    let sip = sip_address(ip);
    let agents: Vec<Side> = agents.iter().map(|a| Side::called(a, ip).over_tcp(tcp)).collect();
    let targets: Vec<SocketAddr> = agents.iter().map(|a| a.local).collect();
    let router = Router::start(sip, &plan(sip, if tcp { "tcp" } else { "udp" }, &targets));
    let running: Vec<_> = agents.iter().map(Side::start).collect();
    let mut caller = Side::calling(uac, router.sip).over_tcp(tcp);
    caller.more = more.iter().map(|m| (*m).to_owned()).collect();
    caller.start().succeed();
    for agent in running {
        agent.succeed();
    }
    router.cdrs(1).remove(0)
}

/// Caller's scenario, agents' scenarios, and what the caller needs besides.
const CASES: [(&str, &[&str], &[&str]); 16] = [
    ("uac_basic", &["uas_basic"], &[]),
    ("uac_hung_up_on", &["uas_hangs_up"], &[]),
    ("uac_cancel", &["uas_no_answer"], &[]),
    ("uac_refused_480", &["uas_busy"], &[]),
    ("uac_refused_480", &["uas_no_answer"], &[]),
    ("uac_refused_480", &["uas_503"], &[]),
    ("uac_basic", &["uas_busy", "uas_basic"], &[]),
    ("uac_basic", &["uas_no_answer", "uas_decline", "uas_basic"], &[]),
    ("uac_basic", &["uas_503", "uas_rings_then_480", "uas_basic"], &[]),
    ("uac_hold", &["uas_held"], &[]),
    ("uac_held", &["uas_hold"], &[]),
    ("uac_late_offer", &["uas_basic"], &[]),
    ("uac_prack", &["uas_basic"], &[]),
    ("uac_session_timer", &["uas_basic"], &[]),
    ("uac_repeats", &["uas_basic"], &["-nr"]),
    ("uac_lossy", &["uas_lossy"], &[]),
];

#[test]
fn calls_over_udp() {
    for (uac, agents, more) in CASES {
        let cdr = call(uac, agents, V4, false, more);
        assert!(cdr.is_object(), "{uac} {agents:?}: {cdr}");
    }
}

#[test]
fn calls_over_tcp() {
    for (uac, agents, more) in &CASES[..9] {
        call(uac, agents, V4, true, more);
    }
}

#[test]
fn calls_over_ipv6() {
    for (uac, agents, more) in &CASES[..9] {
        call(uac, agents, V6, false, more);
    }
}

/// MED-01, MED-03: the digits 1, 2 and # choose the target, however they are sent.
#[test]
fn digits_by_rfc_4733_and_by_info_reach_the_menu() {
    for uac in ["uac_dtmf_rtp", "uac_dtmf_info"] {
        let sip = sip_address(V4);
        let agent = Side::called("uas_basic", V4);
        let router = Router::start(sip, &menu_plan(sip, agent.local));
        let agent = agent.start();
        let mut caller = Side::calling(uac, router.sip);
        caller.pause_ms = 3000;
        caller.start().succeed();
        agent.succeed();
        router.cdrs(1);
    }
}

#[test]
fn a_number_that_nobody_has_is_refused() {
    let sip = sip_address(V4);
    let router = Router::start(sip, &plan(sip, "udp", &[]));
    let mut caller = Side::calling("uac_refused_404", router.sip);
    caller.number = "555";
    caller.start().succeed();
    router.cdrs(1);
}

#[test]
fn options_are_answered_and_a_stop_is_clean() {
    let sip = sip_address(V4);
    let router = Router::start(sip, &plan(sip, "udp", &[]));
    Side::calling("uac_options", router.sip).start().succeed();
    let status = router.stop();
    assert!(status.success(), "{status}");
}

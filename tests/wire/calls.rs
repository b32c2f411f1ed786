//! Whole calls through the router: SIPp calls it, SIPp answers as its agents, the CDR says why.
//!
//! The cases of a test call one router at the same time, each its own number and its own agents.

use crate::ground::{Plan, Router};
use crate::sipp::{Seat, Side, can_run};
use serde_json::Value;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// How a case's number leads to its agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// They stand in a queue, the first of them is the best; the caller is not answered before.
    Queue,
    /// The same for a caller who is answered first and hears ring-back.
    Answered,
    /// They are dialled one after the other; the caller who reaches none gets 480.
    Dial,
    /// The flow answers and asks for digits; who types 12 is put in the queue.
    Menu,
}

/// One call, and what its CDR must say.
#[derive(Clone, Copy, Debug)]
struct Case {
    caller: &'static str,
    agents: &'static [&'static str],
    way: Way,
    /// Further arguments of the caller's SIPp.
    more: &'static [&'static str],
    cause: &'static str,
    by: &'static str,
    /// How each offer ended, in order; `joined` for the one that was answered.
    offers: &'static [&'static str],
}

/// A call that the caller ends, after talking with the first agent of the queue.
const fn joined(caller: &'static str, agent: &'static [&'static str]) -> Case {
    Case {
        caller,
        agents: agent,
        way: Way::Queue,
        more: &[],
        cause: "normal_clearing",
        by: "caller",
        offers: &["joined"],
    }
}

impl Case {
    const fn way(self, way: Way) -> Case {
        Case { way, ..self }
    }

    const fn ends(self, cause: &'static str, by: &'static str) -> Case {
        Case { cause, by, ..self }
    }

    const fn offers(self, offers: &'static [&'static str]) -> Case {
        Case { offers, ..self }
    }

    const fn more(self, more: &'static [&'static str]) -> Case {
        Case { more, ..self }
    }
}

/// Those that every transport and address family must bear.
const EVERYWHERE: [Case; 9] = [
    joined("uac_basic", &["uas_basic"]),
    joined("uac_hung_up_on", &["uas_hangs_up"]).ends("normal_clearing", "agent"),
    joined("uac_cancel", &["uas_no_answer"]).ends("cancelled", "caller").offers(&["cancelled"]),
    joined("uac_refused_480", &["uas_busy"])
        .way(Way::Dial)
        .ends("flow_ended", "system")
        .offers(&["busy"]),
    joined("uac_refused_480", &["uas_no_answer"])
        .way(Way::Dial)
        .ends("flow_ended", "system")
        .offers(&["no_answer"]),
    joined("uac_basic", &["uas_busy", "uas_basic"]).offers(&["busy", "joined"]),
    joined("uac_basic", &["uas_busy", "uas_basic"]).way(Way::Dial).offers(&["busy", "joined"]),
    joined("uac_hold", &["uas_held"]),
    joined("uac_held", &["uas_hold"]).ends("normal_clearing", "agent"),
];

/// What goes on above the transport, and what only datagrams suffer.
const ONCE: [Case; 14] = [
    joined("uac_basic", &["uas_no_answer", "uas_decline", "uas_basic"]).offers(&[
        "no_answer",
        "declined",
        "joined",
    ]),
    joined("uac_basic", &["uas_503", "uas_rings_then_480", "uas_basic"]).offers(&[
        "unreachable",
        "unavailable",
        "joined",
    ]),
    joined("uac_refused_480", &["uas_503"])
        .way(Way::Dial)
        .ends("flow_ended", "system")
        .offers(&["unreachable"]),
    joined("uac_refused_480", &["uas_busy"]).ends("flow_ended", "system").offers(&["busy"]),
    joined("uac_late_offer", &["uas_basic"]),
    joined("uac_late_offer", &["uas_basic"]).way(Way::Answered),
    joined("uac_basic", &["uas_busy", "uas_basic"]).way(Way::Answered).offers(&["busy", "joined"]),
    joined("uac_prack", &["uas_basic"]),
    joined("uac_prack", &["uas_prack"]),
    joined("uac_basic", &["uas_prack"]),
    joined("uac_session_timer", &["uas_basic"]),
    joined("uac_repeats", &["uas_basic"]).more(&["-nr"]),
    joined("uac_lossy", &["uas_basic"]),
    joined("uac_basic", &["uas_lossy"]),
];

/// MED-01, MED-03, MED-06: digits to a menu, and across to an agent, by all ways.
const DIGITS: [Case; 5] = [
    joined("uac_dtmf_rtp", &["uas_basic"]).way(Way::Menu),
    joined("uac_dtmf_info", &["uas_basic"]).way(Way::Menu),
    joined("uac_dtmf_info", &["uas_basic"]),
    joined("uac_dtmf_info", &["uas_info"]),
    joined("uac_dtmf_rtp", &["uas_info"]),
];

/// What a group of cases has in common.
#[derive(Clone, Copy, Debug)]
struct Stage {
    ip: IpAddr,
    workers: u8,
    trunk: &'static str,
    /// The callers speak TCP.
    callers_tcp: bool,
    /// The agents speak TCP.
    agents_tcp: bool,
}

const PLAIN: Stage = Stage { ip: V4, workers: 1, trunk: "", callers_tcp: false, agents_tcp: false };

fn number(case: usize) -> String {
    format!("{}", 100 + case)
}

/// Numbers, queues and flows for these cases, whose agents listen there.
fn plan(stage: &Stage, cases: &[(Case, Vec<Side>)]) -> Plan {
    let transport = if stage.agents_tcp { ";transport=tcp" } else { "" };
    let (mut agents, mut queues) = (String::from("agents:\n"), String::from("queues:\n"));
    let (mut numbers, mut flows) = (String::from("numbers:\n"), String::from("flows:\n"));
    for (n, (case, sides)) in cases.iter().enumerate() {
        let number = number(n);
        let ring = if case.agents.contains(&"uas_no_answer") { "1500ms" } else { "15s" };
        let _ = writeln!(numbers, "  \"{number}\": f{number}");
        let _ = writeln!(flows, "  f{number}:");
        if case.way == Way::Dial {
            for (i, side) in sides.iter().enumerate() {
                let failed =
                    if i + 1 < sides.len() { format!("try{}", i + 1) } else { "sorry".into() };
                let target = side.local;
                let _ = writeln!(
                    flows,
                    "    try{i}: {{ dial: \"sip:t{i}@{target}{transport}\", ring: {ring}, \
                     failed: {failed} }}"
                );
            }
        } else {
            for (i, side) in sides.iter().enumerate() {
                let (target, level) = (side.local, 9 - i);
                let _ = writeln!(
                    agents,
                    "  a{number}-{i}: {{ contact: \"sip:a{i}@{target}{transport}\", \
                     skills: {{ s{number}: {level} }} }}"
                );
            }
            let _ = writeln!(
                queues,
                "  q{number}: {{ ring: {ring}, max_wait: {}, otherwise: sorry, \
                 refusal: {{ busy: 100ms, no_answer: 100ms, unreachable: 3s }}, \
                 steps: [{{ want: skill.s{number} >= 1, best: highest-proficiency }}] }}",
                if case.cause == "flow_ended" { "2s" } else { "40s" },
            );
        }
        if case.way == Way::Menu {
            let _ = writeln!(
                flows,
                "    ask: {{ collect: {{ prompt: your-number, digits: 2-8, end: \"#\", \
                 into: typed }}, next: check, failed: sorry }}\n    \
                 check: {{ when: 'typed == \"12\"', then: wait, else: sorry }}"
            );
        }
        if case.way != Way::Dial {
            let early = case.way == Way::Queue;
            let _ = writeln!(flows, "    wait: {{ queue: q{number}, early: {early} }}");
        }
        let _ = writeln!(flows, "    sorry: {{ hang_up: 480 }}");
    }
    let rest = format!("{agents}{queues}{numbers}  default: {{ refuse: 404 }}\n{flows}");
    Plan { ip: stage.ip, workers: stage.workers, trunk: stage.trunk, rest }
}

/// Runs all cases through one router, and holds their CDRs against what was expected.
fn run(stage: Stage, cases: &[Case]) {
    let side = |agent: &&'static str| Side::called(agent, stage.ip).over_tcp(stage.agents_tcp);
    let cases = cases.iter().filter(|case| can_run(case.caller));
    let cases: Vec<(Case, Vec<Side>)> =
        cases.map(|case| (*case, case.agents.iter().map(side).collect())).collect();
    let router = Router::start(&plan(&stage, &cases));
    std::thread::scope(|scope| {
        for (n, (case, agents)) in cases.iter().enumerate() {
            let router = &router;
            scope.spawn(move || call(stage, router, number(n), case, agents));
        }
    });
    let cdrs = router.cdrs(cases.len());
    for (n, (case, _)) in cases.iter().enumerate() {
        let number = number(n);
        let cdr = cdrs.iter().find(|cdr| cdr["called"] == *number);
        check(case, &number, cdr.unwrap_or_else(|| panic!("{case:?}: no CDR of {number}")));
    }
    router.end();
}

fn call(stage: Stage, router: &Router, number: String, case: &Case, agents: &[Side]) {
    let _seat = Seat::take();
    let running: Vec<_> = agents.iter().map(Side::start).collect();
    let remote = if stage.callers_tcp { router.tcp } else { router.udp };
    let mut caller = Side::calling(case.caller, remote).over_tcp(stage.callers_tcp);
    caller.number = number;
    caller.more = case.more.iter().map(|m| (*m).to_owned()).collect();
    if case.way == Way::Menu {
        caller.pause_ms = 2000;
    }
    caller.start().succeed();
    for agent in running {
        agent.succeed();
    }
}

/// Cause, who ended it, every offer, and who talked.
fn check(case: &Case, number: &str, cdr: &Value) {
    let context = || format!("{case:?}\n{cdr:#}");
    assert_eq!(cdr["cause"], case.cause, "{}", context());
    assert_eq!(cdr["ended_by"], case.by, "{}", context());
    let said = |offer: &Value| match offer["cause"].as_str() {
        Some(cause) => cause.to_owned(),
        None => offer["outcome"].as_str().unwrap_or_default().to_owned(),
    };
    let offers: Vec<String> = cdr["offers"].as_array().into_iter().flatten().map(said).collect();
    assert_eq!(offers, case.offers, "{}", context());
    let joined = case.offers.iter().position(|offer| *offer == "joined");
    let talks = cdr["talks"].as_array().map_or(0, Vec::len);
    assert_eq!(talks, usize::from(joined.is_some()), "{}", context());
    match (joined, case.way) {
        (Some(i), Way::Queue | Way::Answered | Way::Menu) => {
            assert_eq!(cdr["agent"], *format!("a{number}-{i}"), "{}", context());
        }
        (Some(_), Way::Dial) => assert!(cdr["agent"].is_string(), "{}", context()),
        (None, _) => assert!(cdr["agent"].is_null(), "{}", context()),
    }
}

#[test]
fn calls_over_udp() {
    run(PLAIN, &[&EVERYWHERE[..], &ONCE[..]].concat());
}

#[test]
fn calls_over_tcp() {
    run(Stage { callers_tcp: true, agents_tcp: true, ..PLAIN }, &EVERYWHERE);
}

#[test]
fn calls_from_udp_to_tcp_and_back() {
    run(Stage { agents_tcp: true, ..PLAIN }, &EVERYWHERE[..3]);
    run(Stage { callers_tcp: true, ..PLAIN }, &EVERYWHERE[..3]);
}

#[test]
fn calls_over_ipv6() {
    run(Stage { ip: V6, ..PLAIN }, &EVERYWHERE);
}

#[test]
fn digits_by_rfc_4733_and_by_info() {
    run(PLAIN, &DIGITS);
}

/// TIM-02: our own leg asks for a session timer, takes the 422, and refreshes after half of 90 s.
#[test]
fn an_agents_session_is_refreshed() {
    let stage = Stage { trunk: "session_timer: 90s", ..PLAIN };
    run(stage, &[joined("uac_refreshed", &["uas_session_timer"])]);
}

#[test]
fn a_number_that_nobody_has_is_refused() {
    let router = Router::start(&plan(&PLAIN, &[]));
    let mut caller = Side::calling("uac_refused_404", router.udp);
    caller.number = "555".to_owned();
    caller.start().succeed();
    let cdr = router.cdrs(1).remove(0);
    assert_eq!(cdr["cause"], "not_found", "{cdr:#}");
    router.end();
}

#[test]
fn options_are_answered_and_a_stop_is_clean() {
    let router = Router::start(&plan(&PLAIN, &[]));
    Side::calling("uac_options", router.udp).start().succeed();
    router.end();
}

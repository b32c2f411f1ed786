//! Two workers and one peer: all callers are one SIPp at one address, all agents another, so that the
//! kernel gives everything to one worker's socket and half of it must find its way to the other.

use crate::ground::{Plan, Router};
use crate::sipp::{Seat, Side, can_run};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Calls of one case.
const CALLS: u32 = 24;
/// Calls a second.
const RATE: u32 = 12;

/// What a crowd does.
struct Crowd {
    caller: &'static str,
    agent: &'static str,
    /// The flow, with `AGENT` for the agents' address.
    flow: &'static str,
    cause: &'static str,
    by: &'static str,
    /// How long the callers talk, in milliseconds.
    talk_ms: u32,
}

/// So many agents at one address, so that each caller can have one.
fn agents(side: &Side) -> String {
    let mut agents = String::from("agents:\n");
    for i in 0..CALLS {
        let _ = writeln!(agents, "  a{i}: {{ contact: \"sip:a{i}@{}\" }}", side.local);
    }
    agents
}

fn run(crowd: &Crowd) {
    if !can_run(crowd.caller) {
        return;
    }
    let _seat = Seat::take();
    let mut agent = Side::called(crowd.agent, V4);
    agent.calls = CALLS;
    let flow = crowd.flow.replace("AGENT", &agent.local.to_string());
    let plan = Plan {
        ip: V4,
        workers: 2,
        trunk: "",
        rest: format!(
            "{}queues:\n  all: {{ ring: 15s, otherwise: sorry, steps: [{{ want: \"true\" }}] }}\n\
             numbers: {{ \"100\": main }}\nflows:\n  main:\n{flow}    sorry: {{ hang_up: 480 }}\n",
            agents(&agent)
        ),
    };
    let router = Router::start(&plan);
    let agent = agent.start();
    let mut caller = Side::calling(crowd.caller, router.udp);
    caller.calls = CALLS;
    caller.pause_ms = crowd.talk_ms;
    caller.more = vec!["-r".to_owned(), RATE.to_string()];
    caller.start().succeed();
    agent.succeed();
    for cdr in router.cdrs(CALLS as usize) {
        assert_eq!(cdr["cause"], crowd.cause, "{cdr:#}");
        assert_eq!(cdr["ended_by"], crowd.by, "{cdr:#}");
    }
    router.end();
}

#[test]
fn a_crowd_that_talks() {
    run(&Crowd {
        caller: "uac_basic",
        agent: "uas_basic",
        flow: "    wait: { queue: all, early: true }\n",
        cause: "normal_clearing",
        by: "caller",
        talk_ms: 1000,
    });
}

#[test]
fn a_crowd_that_gives_up() {
    run(&Crowd {
        caller: "uac_cancel",
        agent: "uas_no_answer",
        flow: "    wait: { queue: all, early: true }\n",
        cause: "cancelled",
        by: "caller",
        talk_ms: 500,
    });
}

#[test]
fn a_crowd_that_finds_everybody_busy() {
    run(&Crowd {
        caller: "uac_refused_480",
        agent: "uas_busy",
        flow: "    call: { dial: \"sip:all@AGENT\", failed: sorry }\n",
        cause: "flow_ended",
        by: "system",
        talk_ms: 0,
    });
}

/// Digits by INFO find the worker of their call, and media tells it of those by RFC 4733.
#[test]
fn a_crowd_that_types_digits() {
    for caller in ["uac_dtmf_info", "uac_dtmf_rtp"] {
        run(&Crowd {
            caller,
            agent: "uas_basic",
            flow: "    ask: { collect: { prompt: your-number, digits: 2-8, end: \"#\", into: typed }, \
                   next: check, failed: sorry }\n    \
                   check: { when: 'typed == \"12\"', then: wait, else: sorry }\n    \
                   wait: { queue: all }\n",
            cause: "normal_clearing",
            by: "caller",
            talk_ms: 2000,
        });
    }
}

//! A picture on screens of several sizes.

use super::super::canvas::text;
use super::*;
use crate::base::{AgentId, CallKey, Mono, QueueId};
use crate::router::Candidate;
use std::sync::Arc;

fn agent(number: u32, activity: AgentActivity) -> AgentView {
    AgentView {
        id: AgentId(number),
        name: format!("agent-{number}").into(),
        display: "".into(),
        activity,
        reason: "".into(),
        since: Mono(1_000_000),
        calls: 0,
        contacts: Vec::new(),
        occupancy_percent: 0,
        leaving: false,
    }
}

fn call(number: u32, phase: Phase) -> LiveCall {
    LiveCall {
        call: format!("{number:016x}"),
        phase,
        state: "main.sell".into(),
        trunk: "carrier".into(),
        caller: format!("+39333{number:07}"),
        called: "1000".into(),
        queue: (phase == Phase::Waiting).then(|| "sales".into()),
        agent: (phase == Phase::Talking).then(|| "agent-1".into()),
        answered: true,
        since_ms: 0,
        phase_since_ms: 10_000 + i64::from(number),
    }
}

fn decision(winner: Option<AgentId>, reason: &str) -> Arc<Decision> {
    let (agent, name) = (AgentId(1), "agent-1".into());
    Arc::new(Decision {
        contact: CallKey(1),
        queue: QueueId(0),
        plan: "".into(),
        lease: None,
        wall_ms: 17_000,
        step: 0,
        waited_ms: 2_300,
        index: 2.3,
        candidates: vec![Candidate { agent, name, ruled_out: None, terms: Vec::new() }],
        winner,
        reason: reason.into(),
    })
}

fn picture(agents: u32, calls: u32) -> Picture {
    let phases = [Phase::Flow, Phase::Waiting, Phase::Ringing, Phase::Talking, Phase::Held];
    let phase = |i: u32| phases[i as usize % phases.len()];
    let queue = QueueView {
        id: QueueId(0),
        name: "sales".into(),
        waiting: 7,
        ringing: 1,
        longest_wait: Duration::from_millis(4_200),
        last_answered_wait: Duration::ZERO,
        figures: crate::router::QueueFigures::default(),
        service_level: Some(0.5),
        signed_in: 22,
        free: 3,
        leaving: false,
    };
    Picture {
        elapsed: Duration::from_secs(20),
        now: Mono(21_000_000),
        wall_ms: 20_000,
        sip: ([127, 0, 0, 1], 40_000).into(),
        http: None,
        rate: 3.0,
        seed: 42,
        calls: (0..calls).map(|i| call(i, phase(i))).collect(),
        queues: vec![queue],
        agents: (0..agents).map(|i| agent(i, AgentActivity::Busy)).collect(),
        decisions: vec![
            decision(Some(AgentId(1)), "agent-1 is the longest idle of 9 free"),
            decision(None, "nobody is free"),
            decision(None, "nobody is free"),
            decision(None, "nobody is free"),
        ],
        alive: calls as usize,
        placed: 51,
        answered: 50,
        joined: 12,
        gave_up: 3,
        ended: 4,
        packets: (0, 0),
    }
}

#[test]
fn every_screen_is_filled_and_none_is_left() {
    let around = Around { length: Some(Duration::from_secs(30)), ..Around::default() };
    for size in [(40, 8), (80, 24), (100, 31), (132, 45), (240, 70)] {
        for (agents, calls) in [(0, 0), (8, 3), (29, 40), (400, 200)] {
            let lines = draw(&picture(agents, calls), &around, size);
            // A tiny terminal cuts what is below its last row.
            assert!(lines.len() <= size.1.max(16), "{size:?}, {agents} agents: {}", lines.len());
        }
    }
}

#[test]
fn it_tells_who_got_the_call_and_why() {
    let around = Around { length: Some(Duration::from_secs(30)), ..Around::default() };
    let told = text(&draw(&picture(29, 40), &around, (132, 45)));
    for words in [
        "sip 127.0.0.1:40000",
        "00:20 █████████████░░░░░░░ 00:10 left",
        " 51 placed   40 alive   8 in menus   8 waiting   8 ringing   16 talking   12 joined",
        "sales → agent-1    step 1, waited 2.3 s: agent-1 is the longest idle of 9 free",
        "nobody is free (3 times)",
        "4.2 s",
        "50 %",
        "3 of 22",
        "● agent-28  talks     20",
        "+393330000039",
    ] {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed(&told).contains(&squeezed(words)), "{words}\nis not in\n{told}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let told = text(&draw(&picture(400, 3), &Around::default(), (80, 24)));
    assert!(told.contains("more than fit"), "{told}");
}

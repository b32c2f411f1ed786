//! A decision of the router: a contact comes, an agent is chosen, takes it, and is free again.
//!
//! `cargo bench --bench decision -- --quick`.
#![expect(missing_docs, reason = "criterion's macros write functions without any")]
#![expect(clippy::unwrap_used, reason = "a bench ends at the first fault")]

use centralino::base::{AgentId, CallKey, Mono, NodeId, Now, QueueId, WorkerId};
use centralino::expr::Expr;
use centralino::router::{Agent, Best, Input, Output, Queue, Roster, Router, Step};
use criterion::{Criterion, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::time::Duration;

const QUEUE: QueueId = QueueId(0);

fn roster(agents: u32, best: Best) -> Roster {
    let agent = |id: u32| {
        let name = format!("agent{id}");
        let mut agent = Agent::new(AgentId(id), &name, &format!("sip:{name}@192.0.2.1"));
        agent.skills.insert("sales".to_owned(), (id % 10) as u8);
        agent.wrap_up = Duration::ZERO;
        agent
    };
    let want = Expr::parse("skill.sales >= 5").unwrap();
    let queue = Queue::new(QUEUE, "sales", vec![Step { want, best, for_: None }]);
    Roster { agents: (0..agents).map(agent).collect(), queues: vec![queue], ..Roster::default() }
}

/// One contact from its arrival to its end; gives the agent that was chosen.
fn contact(router: &mut Router, number: u64, out: &mut Vec<Output>) -> AgentId {
    // A millisecond each, so that who is idle longest is clear.
    let now = Now { mono: Mono(1_000_000 + number * 1_000), wall_ms: number as i64 };
    let contact = CallKey::new(NodeId(1), WorkerId(0), number);
    out.clear();
    let facts = BTreeMap::new();
    router.handle(Input::Enqueue { contact, queue: QUEUE, facts, priority: 0 }, now, out);
    let offered = out.iter().find_map(|output| {
        let Output::Offer { lease, agent, .. } = output else { return None };
        Some((*lease, *agent))
    });
    let (lease, agent) = offered.unwrap();
    router.handle(Input::Accepted { contact, lease }, now, out);
    router.handle(Input::LegEnded { contact, lease }, now, out);
    agent
}

fn decisions(c: &mut Criterion) {
    let mut group = c.benchmark_group("decision");
    let begun = Now { mono: Mono(1_000_000), wall_ms: 0 };
    for (name, best) in
        [("longest-idle", Best::LongestIdle), ("proficiency", Best::HighestProficiency)]
    {
        for agents in [10, 1_000, 10_000] {
            let mut router = Router::new(&roster(agents, best), begun);
            let (mut number, mut out) = (0, Vec::new());
            group.bench_function(format!("{name}, {agents} agents"), |b| {
                b.iter(|| {
                    number += 1;
                    contact(&mut router, number, &mut out)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);

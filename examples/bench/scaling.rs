//! What a call costs when there is more of everything: 100 and 4,000 held calls, 10 and 10,000
//! agents, a plan of 10 and of 10,000 numbers. Six routers, side by side.

use crate::generator::Shape;
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::rounds::{Bill, Slice};
use crate::server::Server;
use crate::{Result, Run, generator, progress};
use std::thread::sleep;

const RATE: f64 = 200.0;
/// 400 calls: beside 4,000 held ones there are media ports for 500, and ports rest after a call.
const SLICE: u64 = 2;
/// Held calls are set up at this rate.
const SETUP: f64 = 300.0;

/// A router: its name, its plan, what is called, and how many calls are held on it.
struct Case {
    name: &'static str,
    plan: Plan,
    called: &'static str,
    held: u64,
}

const CASES: [Case; 6] = [
    Case { name: "100 held calls", plan: Plan::Dial, called: "100", held: 100 },
    Case { name: "4000 held calls", plan: Plan::Dial, called: "100", held: 4_000 },
    Case { name: "10 agents", plan: Plan::Queue { agents: 10 }, called: "100", held: 0 },
    Case { name: "10000 agents", plan: Plan::Queue { agents: 10_000 }, called: "100", held: 0 },
    Case {
        name: "10 numbers",
        plan: Plan::Numbers { numbers: 10 },
        called: "+3902000007",
        held: 0,
    },
    Case {
        name: "10000 numbers",
        plan: Plan::Numbers { numbers: 10_000 },
        called: "+3902007777",
        held: 0,
    },
];

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("scaling");
    let mut generator = generator(run, ground)?;
    let mut servers = Vec::new();
    for case in &CASES {
        let name = case.name.replace(' ', "-");
        let server = ground.router(&name, case.plan, generator.callee_at())?;
        let held = if run.quick { case.held / 10 } else { case.held };
        if held > 0 {
            let shape = Shape { hold: true, ..Shape::plain(case.called) };
            let outcome = generator.run(server.at, SETUP, held, &shape);
            report.failures.extend(outcome.fault(case.name));
        }
        servers.push(server);
    }
    progress(&format!("settling for {} s", run.settle().as_secs()));
    sleep(run.settle());
    let calls = (RATE * run.seconds(SLICE) as f64) as u64;
    let all: Vec<&Server> = servers.iter().collect();
    let (thrown, failures) = (&mut report.thrown, &mut report.failures);
    let tracks = run.rounds().run("scaling", &all, Bill::Marginal, thrown, |index| {
        let Some((server, case)) = servers.get(index).zip(CASES.get(index)) else {
            return Ok(Slice::default());
        };
        let outcome = generator.run(server.at, RATE, calls, &Shape::plain(case.called));
        failures.extend(outcome.fault(case.name));
        Ok(Slice {
            units: outcome.completed as f64,
            starved: outcome.starved(),
            ..Slice::default()
        })
    })?;
    for (case, track) in CASES.iter().zip(&tracks) {
        report.row(case.name, "us of CPU a call", track.cpu_us.clone());
        if case.held > 0 {
            report.row(case.name, "us of CPU a second when nobody calls", vec![track.idle]);
        }
    }
    report.remark("what a router uses when nobody calls is taken off: it is what held calls cost");
    for (many, few) in [
        ("4000 held calls", "100 held calls"),
        ("10000 agents", "10 agents"),
        ("10000 numbers", "10 numbers"),
    ] {
        report.ratio_of(many, few, "us of CPU a call");
    }
    for server in &servers {
        report.failures.extend(generator.release(server.at, SETUP * 2.0).fault(&server.name));
    }
    Ok(report)
}

//! What the router adds to the set-up time: from INVITE in to INVITE out, at half of what it can do,
//! less the bare loop's at the same rate. Caller and callee are one thread with one clock.

use crate::generator::Shape;
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::rounds::{Bill, Slice};
use crate::server::Server;
use crate::stats::percentile;
use crate::{Against, Result, Run, generator, progress};

const SLICE: u64 = 8;
const AGENTS: u32 = 50;
/// How many calls, and how fast, to find out what one costs.
const PROBE: (u64, f64) = (2_000, 500.0);
const SHARES: [(f64, &str); 3] = [(0.5, "p50"), (0.99, "p99"), (0.999, "p99.9")];

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("latency");
    let mut generator = generator(run, ground)?;
    let callee = generator.callee_at();
    let mut servers = vec![ground.router("ours", Plan::Queue { agents: AGENTS }, callee)?];
    if run.with(Against::Kamailio) {
        servers.push(ground.kamailio("kamailio", run.children, callee)?);
    }
    servers.push(ground.floor("floor", callee)?);
    let shape = Shape::plain("100");

    let rate = half_capacity(&servers, &mut |server| {
        let before = server.usage();
        let outcome = generator.run(server.at, PROBE.1, PROBE.0, &shape);
        server.usage().since(before).cpu_us / outcome.completed.max(1) as f64
    });
    progress(&format!("half of capacity: {rate:.0} calls/s"));
    let calls = (rate * run.seconds(SLICE) as f64) as u64;
    let all: Vec<&Server> = servers.iter().collect();
    let (thrown, failures) = (&mut report.thrown, &mut report.failures);
    let tracks = run.rounds().run("latency", &all, Bill::SliceOnly, thrown, |index| {
        let Some(server) = servers.get(index) else { return Ok(Slice::default()) };
        let outcome = generator.run(server.at, rate, calls, &shape);
        failures.extend(outcome.fault(&server.name));
        let figures = SHARES.iter().map(|(share, _)| percentile(&outcome.delays, *share)).collect();
        Ok(Slice {
            units: outcome.completed as f64,
            starved: outcome.starved(),
            figures,
            used: None,
        })
    })?;
    for track in &tracks {
        for (at, (_, name)) in SHARES.iter().enumerate() {
            let values: Vec<f64> =
                track.figures.iter().filter_map(|figures| figures.get(at).copied()).collect();
            report.row(format!("{} {name}", track.name), "us", values);
        }
    }
    for (_, share) in SHARES {
        for name in ["ours", "kamailio"] {
            less_floor(&mut report, name, share);
        }
    }
    report.ratio_of("ours p99", "kamailio p99", "us");
    report.ratio_of("ours p99", "floor p99", "us");
    report.remark(format!("{rate:.0} calls/s, half of what the router does with its core"));
    Ok(report)
}

/// A second of a core by what a call costs, halved.
fn half_capacity(servers: &[Server], cost: &mut dyn FnMut(&Server) -> f64) -> f64 {
    let cost = servers.first().map_or(1000.0, cost);
    (500_000.0 / cost).clamp(50.0, 2_000.0)
}

fn less_floor(report: &mut Report, name: &str, share: &str) {
    let find = |name: String| report.rows.iter().find(|r| r.name == name).map(|r| r.values.clone());
    let pair = find(format!("{name} {share}")).zip(find(format!("floor {share}")));
    if let Some((theirs, floor)) = pair {
        let added = theirs.iter().zip(&floor).map(|(a, b)| a - b).collect();
        report.row(format!("{name} {share} less floor's"), "us", added);
    }
}

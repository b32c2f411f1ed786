//! CPU of a call without media: the router with a decision and with a plain dial, Kamailio, and the
//! bare loop, at 200 and at 800 calls a second.

use crate::generator::{Generator, Shape};
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::rounds::{Bill, Slice, Track};
use crate::server::Server;
use crate::{Against, Result, Run, generator};

const RATES: [u32; 2] = [200, 800];
const SLICE: u64 = 4;
const AGENTS: u32 = 50;

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("signalling");
    let mut generator = generator(run, ground)?;
    let callee = generator.callee_at();
    let mut servers = vec![
        ground.router("ours-queue", Plan::Queue { agents: AGENTS }, callee)?,
        ground.router("ours-dial", Plan::Dial, callee)?,
    ];
    if run.with(Against::Kamailio) {
        servers.push(ground.kamailio("kamailio", run.children, callee)?);
    }
    if run.with(Against::Floor) {
        servers.push(ground.floor("floor", callee)?);
    }
    let mut placed = vec![0; servers.len()];
    for rate in RATES {
        let tracks = rate_rounds(run, rate, &servers, &mut generator, &mut placed, &mut report)?;
        write_rows(&mut report, rate, &tracks);
    }
    for (server, placed) in servers.iter().zip(&placed) {
        if server.database.is_some() {
            let written = ground.records(server)?;
            if written != *placed {
                report
                    .failures
                    .push(format!("{}: {written} records of {placed} calls", server.name));
            }
        }
    }
    report.remark(format!(
        "Kamailio with {} child(ren) beside its timer processes; ours with one worker; all on one core",
        run.children
    ));
    Ok(report)
}

fn rate_rounds(
    run: &Run,
    rate: u32,
    servers: &[Server],
    generator: &mut Generator,
    placed: &mut [u64],
    report: &mut Report,
) -> Result<Vec<Track>> {
    let calls = u64::from(rate) * run.seconds(SLICE);
    let shape = Shape::plain("100");
    let all: Vec<&Server> = servers.iter().collect();
    let (thrown, failures) = (&mut report.thrown, &mut report.failures);
    run.rounds().run(&format!("{rate}/s"), &all, Bill::ToNextRound, thrown, |index| {
        let Some(server) = servers.get(index) else { return Ok(Slice::default()) };
        let outcome = generator.run(server.at, f64::from(rate), calls, &shape);
        failures.extend(outcome.fault(&server.name));
        if let Some(placed) = placed.get_mut(index) {
            *placed += outcome.placed;
        }
        Ok(Slice {
            units: outcome.completed as f64,
            starved: outcome.starved(),
            figures: vec![outcome.retransmitted as f64],
            used: None,
        })
    })
}

fn write_rows(report: &mut Report, rate: u32, tracks: &[Track]) {
    for track in tracks {
        let name = format!("{} at {rate}/s", track.name);
        report.row(&name, "us of CPU a call", track.cpu_us.clone());
        report.row(&name, "wakes a call", track.wakes.clone());
        let again: f64 = track.figures.iter().flatten().sum();
        if again > 0.0 {
            report.remark(format!("{name}: {again} calls with a retransmission"));
        }
        report.remark(format!(
            "{} idle: {:.0} us of CPU a second, taken off outside its slices",
            track.name, track.idle
        ));
    }
    for ours in ["ours-queue", "ours-dial"] {
        for peer in ["kamailio", "floor"] {
            let (ours, peer) = (format!("{ours} at {rate}/s"), format!("{peer} at {rate}/s"));
            report.ratio_of(&ours, &peer, "us of CPU a call");
        }
    }
}

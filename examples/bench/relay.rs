//! CPU of a relayed packet: 300 two-way calls of 50 packets a second each way through the router,
//! rtpengine in user space, and bare loops.

use crate::generator::Shape;
use crate::loops;
use crate::ng::Client;
use crate::packets::{Line, Phones};
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::rounds::{Bill, Slice};
use crate::server::Server;
use crate::{Against, Result, Run, generator};
use std::net::SocketAddr;
use std::time::Duration;

const CALLS: u16 = 300;
const SLICE: u64 = 4;
/// Below the ports of SIP, above those of the servers' media.
const PHONES: u16 = 28_000;
/// Calls are set up at this rate.
const RATE: f64 = 100.0;

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("relay");
    let mut generator = generator(run, ground)?;
    let phones = Phones::new(PHONES)?;
    let pairs = phones.lines();
    let mut servers: Vec<(Server, Vec<Line>)> = Vec::new();

    let ours = ground.router("ours", Plan::Dial, generator.callee_at())?;
    generator.use_lines(pairs.clone());
    let shape = Shape { hold: true, ..Shape::plain("100") };
    let up = generator.run(ours.at, RATE, u64::from(CALLS), &shape);
    report.failures.extend(up.fault("ours, setting up"));
    let lines = generator.up(ours.at).iter().map(|up| (up.caller, up.callee)).collect();
    servers.push((ours, lines));
    if run.with(Against::Rtpengine) {
        let server = ground.rtpengine()?;
        let lines = rtpengine_calls(server.at, &pairs)?;
        servers.push((server, lines));
    }
    if run.with(Against::Floor) {
        for name in ["floor-woken", "floor-drained"] {
            let Some((caller, callee)) = pairs.first() else { continue };
            let told = [
                CALLS.to_string(),
                caller.to_string(),
                callee.to_string(),
                pairs.len().to_string(),
            ];
            let server = ground.role(name, &told)?;
            let lines = (0..CALLS).map(|call| loops::line(server.at, call)).collect();
            servers.push((server, lines));
        }
    }

    let time = Duration::from_secs(run.seconds(SLICE));
    let all: Vec<&Server> = servers.iter().map(|(server, _)| server).collect();
    let (thrown, failures) = (&mut report.thrown, &mut report.failures);
    let tracks = run.rounds().run("relay", &all, Bill::SliceOnly, thrown, |index| {
        let Some((server, lines)) = servers.get(index) else { return Ok(Slice::default()) };
        // A late generator loses packets at its own sockets; such a round is no fault of the server.
        phones.rest();
        let before = server.usage();
        let heard = phones.talk(lines, time);
        let used = Some(server.usage().since(before));
        if heard.starved.is_none() {
            failures.extend(heard.fault(&server.name));
        }
        let figures = vec![heard.filled as f64];
        Ok(Slice { units: heard.sent as f64, starved: heard.starved, figures, used })
    })?;
    for track in &tracks {
        report.row(&track.name, "us of CPU a packet", track.cpu_us.clone());
        report.row(&track.name, "wakes a packet", track.wakes.clone());
        let filled: f64 = track.figures.iter().flatten().sum();
        if filled > 0.0 {
            report.remark(format!("{}: {filled} packets of silence by the server", track.name));
        }
    }
    for peer in ["floor-woken", "floor-drained", "rtpengine"] {
        report.ratio_of("ours", peer, "us of CPU a packet");
    }
    report.remark(format!("{CALLS} calls, {} packets a second", u32::from(CALLS) * 100));
    let ours = servers.first().map(|(server, _)| server.at);
    if let Some(ours) = ours {
        report.failures.extend(generator.release(ours, RATE).fault("ours, hanging up"));
    }
    Ok(report)
}

fn rtpengine_calls(control: SocketAddr, pairs: &[Line]) -> Result<Vec<Line>> {
    let mut client = Client::new(control)?;
    let mut lines = Vec::new();
    for (call, (caller, callee)) in (0..CALLS).zip(pairs.iter().cycle()) {
        lines.push(client.call(&format!("bench-{call}"), *caller, *callee)?);
    }
    Ok(lines)
}

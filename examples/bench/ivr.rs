//! CPU of a call with an announcement: answered, 50 prompt packets, one digit by RFC 4733, a second
//! leg; beside the router's own plain call and 50 bare sends.

use crate::generator::Shape;
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::rounds::{Bill, Slice};
use crate::server::Server;
use crate::stats::spread;
use crate::{Result, Run, generator};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

const RATE: f64 = 50.0;
const SLICE: u64 = 6;
const PACKETS: u32 = 50;
/// Bare sends of a slice.
const SENDS: u32 = 10_000;

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("ivr");
    let mut generator = generator(run, ground)?;
    let callee = generator.callee_at();
    let sink = UdpSocket::bind(ground.ours()?)?;
    crate::host::widen(&sink, 4 << 20);
    sink.set_read_timeout(Some(Duration::from_millis(500)))?;
    let servers = [
        ground.router("ivr", Plan::Ivr, callee)?,
        ground.router("plain", Plan::Dial, callee)?,
        ground.role("sender", &[sink.local_addr()?.to_string()])?,
    ];
    let calls = (RATE * run.seconds(SLICE) as f64) as u64;
    let all: Vec<&Server> = servers.iter().collect();
    let mut placed = 0;
    let (thrown, failures) = (&mut report.thrown, &mut report.failures);
    let tracks = run.rounds().run("ivr", &all, Bill::ToNextRound, thrown, |index| {
        let Some(server) = servers.get(index) else { return Ok(Slice::default()) };
        if index == 2 {
            let came = bare_sends(server, &sink)?;
            if came != SENDS {
                failures.push(format!("sender: {came} of {SENDS} packets came"));
            }
            return Ok(Slice { units: f64::from(SENDS), ..Slice::default() });
        }
        let prompt = if index == 0 { PACKETS } else { 0 };
        let shape = Shape { prompt, ..Shape::plain("100") };
        let outcome = generator.run(server.at, RATE, calls, &shape);
        failures.extend(outcome.fault(&server.name));
        placed += if index == 0 { outcome.placed } else { 0 };
        let packets = outcome.prompt_packets as f64 / outcome.completed.max(1) as f64;
        Ok(Slice {
            units: outcome.completed as f64,
            starved: outcome.starved(),
            figures: vec![packets],
            used: None,
        })
    })?;
    if let Some(server) = servers.first() {
        let written = ground.records(server)?;
        if written != placed {
            report.failures.push(format!("ivr: {written} records of {placed} calls"));
        }
    }
    for track in &tracks {
        let unit = if track.name == "sender" { "us of CPU a packet" } else { "us of CPU a call" };
        report.row(&track.name, unit, track.cpu_us.clone());
        if track.name != "sender" {
            report.row(&track.name, "wakes a call", track.wakes.clone());
        }
        if track.name == "ivr" {
            let packets: Vec<f64> = track.figures.iter().flatten().copied().collect();
            report.row("ivr", "packets heard a call", packets);
        }
    }
    if let [_, plain, sender] = tracks.as_slice() {
        let floor = plain.cpu_us.iter().zip(&sender.cpu_us);
        let floor = floor.map(|(call, send)| call + f64::from(PACKETS) * send).collect();
        report.row("plain + 50 sends", "us of CPU a call", floor);
    }
    report.ratio_of("ivr", "plain + 50 sends", "us of CPU a call");
    let idle = spread(&tracks.iter().map(|t| t.idle).collect::<Vec<_>>());
    report.remark(format!("{RATE} calls/s; idle cost of at most {:.0} us/s taken off", idle.high));
    Ok(report)
}

/// Asks for the packets and counts those that come.
fn bare_sends(server: &Server, sink: &UdpSocket) -> Result<u32> {
    let asked = UdpSocket::bind("127.0.0.1:0")?;
    asked.send_to(SENDS.to_string().as_bytes(), server.at)?;
    let (mut came, begun) = (0, Instant::now());
    let mut buffer = [0; 256];
    while came < SENDS && begun.elapsed() < Duration::from_secs(10) {
        match sink.recv(&mut buffer) {
            Ok(_) => came += 1,
            Err(_) => break,
        }
    }
    Ok(came)
}

//! Memory of a held call, as a slope between two numbers of calls: resident, and in the kernel's
//! sockets beside it. Once without media, once with media flowing both ways at 50 packets a second.

use crate::generator::{Generator, Shape};
use crate::host::{self, SocketMemory};
use crate::packets::{Line, Phones};
use crate::peers::{Ground, Plan};
use crate::report::Report;
use crate::server::Server;
use crate::{Result, Run, generator, progress};
use std::thread::sleep;

/// Calls of the first and of the second reading without media.
const SILENT: (u64, u64) = (500, 2_500);
/// And with media: 400 calls are 40,000 packets a second, which two cores can move.
const TALKING: (u64, u64) = (100, 400);
const RATE: f64 = 200.0;
const PHONES: u16 = 28_000;

/// What is read at a number of calls.
#[derive(Clone, Copy, Debug)]
struct Reading {
    calls: f64,
    resident_kb: f64,
    descriptors: f64,
    kernel: SocketMemory,
}

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let mut report = Report::new("memory");
    silent(run, ground, &mut report)?;
    talking(run, ground, &mut report)?;
    report.remark(format!(
        "without media from {} to {} calls, with media from {} to {}; kernel memory is the whole \
         machine's difference (sockstat and slabs), so nothing else may run",
        SILENT.0, SILENT.1, TALKING.0, TALKING.1
    ));
    Ok(report)
}

/// The second reading is as long after its calls as the first is after its own.
fn silent(run: &Run, ground: &mut Ground, report: &mut Report) -> Result<()> {
    let mut generator = generator(run, ground)?;
    let server = ground.router("silent", Plan::Dial, generator.callee_at())?;
    let mut readings = Vec::new();
    for calls in [SILENT.0, SILENT.1 - SILENT.0] {
        hold(&mut generator, &server, calls, report);
        progress(&format!("settling for {} s", run.settle().as_secs()));
        sleep(run.settle());
        readings.push(read(&generator, &server));
    }
    rows(report, "without media", &readings);
    report.failures.extend(generator.release(server.at, RATE * 2.0).fault("hanging up"));
    Ok(())
}

fn talking(run: &Run, ground: &mut Ground, report: &mut Report) -> Result<()> {
    let phones = Phones::new(PHONES)?;
    let mut generator = generator(run, ground)?;
    generator.use_lines(phones.lines());
    let server = ground.router("talking", Plan::Dial, generator.callee_at())?;
    let mut readings = Vec::new();
    for calls in [TALKING.0, TALKING.1 - TALKING.0] {
        hold(&mut generator, &server, calls, report);
        let lines: Vec<Line> =
            generator.up(server.at).iter().map(|up| (up.caller, up.callee)).collect();
        progress(&format!("talking for {} s", run.settle().as_secs()));
        let heard = phones.talk(&lines, run.settle());
        match heard.starved {
            Some(starved) => report.thrown.push(starved),
            None => report.failures.extend(heard.fault("talking")),
        }
        readings.push(read(&generator, &server));
    }
    rows(report, "with media", &readings);
    report.failures.extend(generator.release(server.at, RATE * 2.0).fault("hanging up"));
    Ok(())
}

fn hold(generator: &mut Generator, server: &Server, calls: u64, report: &mut Report) {
    let shape = Shape { hold: true, ..Shape::plain("100") };
    let outcome = generator.run(server.at, RATE, calls, &shape);
    report.failures.extend(outcome.fault("holding"));
}

fn read(generator: &Generator, server: &Server) -> Reading {
    Reading {
        calls: generator.up(server.at).len() as f64,
        resident_kb: host::resident_kb(server.pid()),
        descriptors: host::descriptors(server.pid()),
        kernel: host::socket_memory(),
    }
}

fn rows(report: &mut Report, name: &str, readings: &[Reading]) {
    let [first, second] = readings else { return };
    let calls = second.calls - first.calls;
    let mut slope = |what: &str, unit, one: f64, two: f64| {
        report.row(format!("{what}, {name}"), unit, vec![(two - one) / calls]);
    };
    slope("resident", "kB a call", first.resident_kb, second.resident_kb);
    if let Some((one, two)) = first.kernel.objects_kb.zip(second.kernel.objects_kb) {
        slope("socket objects in the kernel", "kB a call", one, two);
    }
    slope("accounted to sockets", "kB a call", first.kernel.buffers_kb, second.kernel.buffers_kb);
    slope("sockets", "a call", first.kernel.sockets, second.kernel.sockets);
    slope("descriptors", "a call", first.descriptors, second.descriptors);
}

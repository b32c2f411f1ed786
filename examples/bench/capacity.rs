//! The highest rate with under 0.1 % of calls failed or retransmitted, the server held to a quarter of
//! a core by a cgroup: ours and Kamailio's, by bisection, one probe of each in turn. The generator is
//! proven first, at twice the highest rate that is tried, against the bare loop without a quota.

use crate::generator::{Generator, Outcome, Shape};
use crate::host;
use crate::peers::{Ground, Plan};
use crate::quota::Quota;
use crate::report::Report;
use crate::server::Server;
use crate::{Against, Result, Run, generator, progress};
use std::net::SocketAddr;
use std::time::Duration;

const SHARE: f64 = 0.25;
/// Of calls, how many may fail or be retransmitted.
const BAD: f64 = 0.001;
/// All calls must be through so soon after the last began: else the server is behind, and only the
/// probe's end saved it.
const TAIL: Duration = Duration::from_millis(500);
const PROBE: u64 = 5;
const PASSES: u32 = 3;
/// The steps of the first pass, from a wide bracket; later ones begin around what was found.
const STEPS: (u32, u32) = (6, 4);
const BRACKET: (f64, f64) = (40.0, 4_000.0);
const AGENTS: u32 = 50;
/// A server is warm after so many calls at a tenth of the rate tried.
const WARM: u64 = 20;
/// Probes in which the host stole too much are repeated so often.
const REPEATS: u32 = 2;
const STOLEN: f64 = 0.05;

/// One of those that are held.
#[derive(Clone, Copy)]
enum Held {
    Ours,
    Kamailio { children: u32 },
}

/// Where the rate that holds lies.
#[derive(Clone, Copy, Debug)]
struct Bracket {
    good: f64,
    bad: f64,
}

struct Contest<'a> {
    run: &'a Run,
    ground: &'a mut Ground,
    generator: Generator,
    quota: Quota,
    at: Vec<SocketAddr>,
}

pub(crate) fn measure(run: &Run, ground: &mut Ground) -> Result<Report> {
    let quota = Quota::new(SHARE)?;
    let mut report = Report::new("capacity");
    let generator = generator(run, ground)?;
    let mut all = vec![Held::Ours];
    if run.with(Against::Kamailio) {
        all.push(Held::Kamailio { children: run.children });
    }
    let at = all.iter().map(|_| ground.fresh()).collect::<Result<Vec<SocketAddr>>>()?;
    let mut contest = Contest { run, ground, generator, quota, at };
    let mut brackets = vec![Bracket { good: BRACKET.0, bad: BRACKET.1 }; all.len()];
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let passes = if run.quick { 1 } else { PASSES };
    for pass in 0..passes {
        let steps = if pass == 0 { STEPS.0 } else { STEPS.1 };
        for step in 0..steps {
            for (index, held) in all.iter().enumerate() {
                let Some(bracket) = brackets.get_mut(index) else { continue };
                contest.step(index, *held, step, bracket, &mut report)?;
            }
        }
        for (found, bracket) in found.iter_mut().zip(&mut brackets) {
            found.push(bracket.good);
            *bracket = Bracket { good: bracket.good * 0.75, bad: bracket.good * 1.4 };
        }
    }
    let highest = found.iter().flatten().copied().fold(0.0, f64::max);
    contest.prove(2.0 * highest, &mut report)?;
    for (held, values) in all.iter().zip(found) {
        report.row(held.name(), "calls a second", values);
    }
    report.ratio_of("ours", "kamailio", "calls a second");
    report.remark(format!("each held to {SHARE} of a core; one pass of bisection is one value"));
    Ok(report)
}

impl Held {
    fn name(self) -> &'static str {
        match self {
            Held::Ours => "ours",
            Held::Kamailio { .. } => "kamailio",
        }
    }
}

impl Contest<'_> {
    /// Halves the bracket. The first step of a pass looks whether its lower end holds at all.
    fn step(
        &mut self,
        index: usize,
        held: Held,
        step: u32,
        bracket: &mut Bracket,
        report: &mut Report,
    ) -> Result<()> {
        let rate = if step == 0 { bracket.good } else { (bracket.good * bracket.bad).sqrt() };
        let outcome = self.probe(index, held, rate, report)?;
        let holds = outcome.bad_share() < BAD && outcome.tail < TAIL;
        progress(&format!(
            "{} at {rate:.0}/s: {} of {} completed, {} retransmitted {:?}, \
             through {} ms after the last{}",
            held.name(),
            outcome.completed,
            outcome.placed,
            outcome.retransmitted,
            outcome.reasons,
            outcome.tail.as_millis(),
            if holds { "" } else { ": too much" }
        ));
        match (holds, step) {
            (true, _) => bracket.good = rate,
            (false, 0) => *bracket = Bracket { good: rate / 2.0, bad: rate },
            (false, _) => bracket.bad = rate,
        }
        Ok(())
    }

    /// A fresh server, warmed, held, and called at this rate.
    fn probe(
        &mut self,
        index: usize,
        held: Held,
        rate: f64,
        report: &mut Report,
    ) -> Result<Outcome> {
        let mut repeats = 0;
        loop {
            let mut server = self.start(index, held)?;
            let shape = Shape::plain("100");
            self.generator.run(server.at, rate / 10.0, WARM.min((rate / 10.0) as u64 + 1), &shape);
            self.quota.hold(&host::family(server.pid()))?;
            let ticks = host::ticks();
            let calls = (rate * self.run.seconds(PROBE) as f64) as u64;
            // Twice as many as may be: it is decided, and what follows would only take long.
            let most_bad = Some((2.0 * BAD * calls as f64) as u64 + 1);
            let shape = Shape { most_bad, ..shape };
            let outcome = self.generator.run(server.at, rate, calls, &shape);
            let stolen = host::stolen_since(ticks);
            server.stop();
            let starved = outcome.starved().filter(|_| outcome.bad_share() < BAD);
            let fault = starved.or_else(|| {
                (stolen > STOLEN).then(|| format!("the host stole {:.1} %", stolen * 100.0))
            });
            let Some(fault) = fault else { return Ok(outcome) };
            repeats += 1;
            report.thrown.push(format!("{} at {rate:.0}/s: {fault}", held.name()));
            if repeats > REPEATS {
                return Err(format!("too many probes were thrown away: {:?}", report.thrown).into());
            }
        }
    }

    fn start(&mut self, index: usize, held: Held) -> Result<Server> {
        let at = self.at.get(index).copied().ok_or("no address")?;
        let callee = self.generator.callee_at();
        match held {
            Held::Ours => self.ground.router_at("ours", Plan::Queue { agents: AGENTS }, callee, at),
            Held::Kamailio { children } => {
                self.ground.kamailio_at("kamailio", children, callee, at)
            }
        }
    }

    /// The generator does this rate without a fault.
    fn prove(&mut self, rate: f64, report: &mut Report) -> Result<()> {
        let floor = self.ground.floor("floor", self.generator.callee_at())?;
        let calls = (rate * self.run.seconds(PROBE) as f64) as u64;
        let outcome = self.generator.run(floor.at, rate, calls, &Shape::plain("100"));
        report.remark(format!(
            "the generator at {rate:.0}/s against the bare loop: {} of {} completed, {} \
             retransmitted, {:.0} us late at 99 %",
            outcome.completed, outcome.placed, outcome.retransmitted, outcome.late
        ));
        if outcome.bad_share() >= BAD || outcome.starved().is_some() {
            report.failures.push(format!("the generator is not proven at {rate:.0} calls/s"));
        }
        Ok(())
    }
}

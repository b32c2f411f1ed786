//! `centralino test PLAN`: the plan's own tests, on as many threads as there are cores.

use super::rehearsal::{self, Ready};
use super::sipp::{self, Target};
use super::{NO, WRONG, fail};
use centralino::dialplan::{self, Case, Places, excerpt};
use centralino::expr::nearest;
use centralino::rehearse::{Taken, as_json, failed};
use clap::Args;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Below this nobody wants a progress bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it moves.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Its width.
const BAR: usize = 30;

#[derive(Debug, Args)]
pub(crate) struct TestOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
    /// More tests in a file of their own, which holds nothing but `tests:`.
    #[arg(long, value_name = "FILE")]
    tests: Vec<PathBuf>,
    /// Only tests with this in their name.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Name the tests and run none.
    #[arg(long)]
    list: bool,
    /// One JSON object on stdout, for programs.
    #[arg(long)]
    json: bool,
    /// Count the states, ways out and queue steps that the tests took, and name those never taken.
    #[arg(long)]
    coverage: bool,
    /// Threads; as many as there are cores unless given.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Write the tests as SIPp scenarios into this folder, each with a plan at loopback addresses and a
    /// script that plays it.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "coverage"])]
    sipp: Option<PathBuf>,
    /// Where the router of those scenarios listens; its phones are at the addresses that follow.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5060", requires = "sipp")]
    sipp_at: SocketAddr,
    /// Digits of those scenarios go by INFO: SIPp needs the right to open raw sockets for RFC 4733.
    #[arg(long, requires = "sipp")]
    sipp_info: bool,
}

/// What is told of one test.
struct Told {
    passed: bool,
    text: String,
    json: Option<Value>,
    taken: Option<Taken>,
}

pub(crate) fn test(options: &TestOptions) -> ExitCode {
    let ready = match rehearsal::ready(&options.plan, &options.tests) {
        Ok(ready) => ready,
        Err(code) => return code,
    };
    let wanted =
        |case: &&Case| options.filter.as_deref().is_none_or(|part| case.name.contains(part));
    let cases: Vec<&Case> = ready.cases.iter().filter(wanted).collect();
    if let (Some(filter), true) = (&options.filter, cases.is_empty()) {
        let near = nearest(filter, ready.cases.iter().map(|case| &*case.name));
        let hint = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        return fail(WRONG, format!("no test has `{filter}` in its name{hint}"));
    }
    let told = match &options.sipp {
        Some(dir) => sipp(options, dir, &ready, &cases),
        None if options.list => list(&ready, &cases),
        None => run(options, &ready, &cases),
    };
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NO),
        Err(error) => fail(NO, error),
    }
}

fn sipp(
    options: &TestOptions,
    dir: &Path,
    ready: &Ready,
    cases: &[&Case],
) -> std::io::Result<bool> {
    let target = Target {
        dir,
        at: options.sipp_at,
        by_info: options.sipp_info,
        plan: &options.plan,
        extra: options.tests.len(),
        json: options.json,
    };
    sipp::write(&target, ready, cases)
}

fn list(ready: &Ready, cases: &[&Case]) -> std::io::Result<bool> {
    let mut out = std::io::stdout().lock();
    for case in cases {
        writeln!(out, "{}  {}", case.name, excerpt(&ready.sources, case.at).0)?;
    }
    Ok(true)
}

/// Runs them all; whether all passed.
fn run(options: &TestOptions, ready: &Ready, cases: &[&Case]) -> std::io::Result<bool> {
    let begun = Instant::now();
    let told = all(options, ready, cases);
    let took = begun.elapsed();
    let failed = told.iter().filter(|told| !told.passed).count();
    let passed = told.len() - failed;
    let places = options.coverage.then(|| dialplan::places(&ready.sources));
    let mut taken = Taken::default();
    told.iter().filter_map(|told| told.taken.as_ref()).for_each(|one| taken.add(one));
    let mut out = std::io::stdout().lock();
    if options.json {
        let tests: Vec<Value> = told.into_iter().filter_map(|told| told.json).collect();
        let coverage = places.map(|places| taken.as_json(&places, &ready.sources));
        let summary = json!({
            "plan": options.plan.to_string_lossy(),
            "hash": &*ready.plan.hash,
            "passed": passed,
            "failed": failed,
            "seconds": took.as_secs_f64(),
            "tests": tests,
            "coverage": coverage,
        });
        writeln!(out, "{summary:#}")?;
        return Ok(failed == 0);
    }
    for told in &told {
        out.write_all(told.text.as_bytes())?;
    }
    if let Some(places) = places {
        out.write_all(taken.told(&places, &ready.sources).as_bytes())?;
    }
    let plan = options.plan.display();
    match (passed, failed) {
        (0, 0) => writeln!(
            out,
            "{plan}: no tests. One is written so, in the plan or in a file for --tests:\n\
             tests:\n  \
             somebody-answers: {{ call: \"NUMBER\", expect: {{ answered: true }} }}"
        )?,
        (_, 0) => writeln!(out, "{plan}: {passed} passed in {:.2} s", took.as_secs_f64())?,
        (_, _) => {
            let took = took.as_secs_f64();
            writeln!(out, "{plan}: {passed} passed, {failed} failed in {took:.2} s")?;
        }
    }
    Ok(failed == 0)
}

/// Each thread takes the next test that nobody has.
fn all(options: &TestOptions, ready: &Ready, cases: &[&Case]) -> Vec<Told> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let jobs = options.jobs.map_or(cores, NonZero::get).min(cases.len().max(1));
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::channel();
    let places = options.coverage.then(|| dialplan::places(&ready.sources));
    let mut told: Vec<Option<Told>> = cases.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (done, next, places) = (done.clone(), &next, places.as_ref());
            scope.spawn(move || {
                while let Some((n, case)) = take(next, cases) {
                    // It fails only if nobody listens any more.
                    let _ = done.send((n, one(options, ready, places, case)));
                }
            });
        }
        drop(done);
        let mut bar = Bar::new(cases.len());
        loop {
            match results.recv_timeout(DRAW_EVERY) {
                Ok((n, one)) => {
                    if let Some(place) = told.get_mut(n) {
                        *place = Some(one);
                    }
                    bar.done += 1;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            bar.draw();
        }
        bar.wipe();
    });
    told.into_iter().flatten().collect()
}

fn take<'c>(next: &AtomicUsize, cases: &[&'c Case]) -> Option<(usize, &'c Case)> {
    let n = next.fetch_add(1, Ordering::Relaxed);
    cases.get(n).map(|case| (n, *case))
}

fn one(options: &TestOptions, ready: &Ready, places: Option<&Places>, case: &Case) -> Told {
    let outcome = ready.rehearsal.run(case);
    let passed = outcome.passed();
    let json = options.json.then(|| as_json(case, &outcome, &ready.sources, false));
    let text = match (options.json, passed) {
        (true, _) => String::new(),
        (false, true) => format!("ok   {}\n", case.name),
        (false, false) => failed(case, &outcome, &ready.sources) + "\n",
    };
    let taken = places.map(|places| Taken::of(&outcome, places, &ready.plan));
    Told { passed, text, json, taken }
}

/// The progress on a terminal, once it takes long.
struct Bar {
    begun: Instant,
    drawn: Option<Instant>,
    done: usize,
    all: usize,
}

impl Bar {
    fn new(all: usize) -> Bar {
        Bar { begun: Instant::now(), drawn: None, done: 0, all }
    }

    fn draw(&mut self) {
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY);
        if self.begun.elapsed() < PATIENCE || !due || !std::io::stderr().is_terminal() {
            return;
        }
        let full = BAR * self.done / self.all.max(1);
        let bar: String = (0..BAR).map(|n| if n < full { '#' } else { '.' }).collect();
        eprint!("\r[{bar}] {} of {}", self.done, self.all);
        self.drawn = Some(Instant::now());
    }

    fn wipe(&self) {
        if self.drawn.is_some() {
            eprint!("\r{:width$}\r", "", width = BAR + 30);
        }
    }
}

//! What a call and a packet cost, beside what they cost others, measured side by side.
//!
//! `scripts/bench.sh` builds and runs it; docs/performance.md says how it measures and how to read it.
//! Servers are children on core 0; the generator is this process, which the script puts on core 1.
//! One module a part; `generator` and `packets` are the far ends, `rounds` puts servers side by side.

#![expect(clippy::print_stdout, reason = "its result goes to stdout")]

mod capacity;
mod generator;
mod host;
mod ivr;
mod latency;
mod loops;
mod memory;
mod ng;
mod packets;
mod peers;
mod plot;
mod quota;
mod relay;
mod report;
mod rounds;
mod scaling;
mod server;
mod signalling;
mod stats;
mod wire;

use clap::{Parser, Subcommand, ValueEnum};
use generator::Generator;
use peers::Ground;
use report::Report;
use rounds::Rounds;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Exit code when the machine lacks what a part needs.
const LACKING: u8 = 3;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures one part.
    Run(Run),
    /// Draws pictures of what `--json` gave.
    Plot {
        /// The folder for the pictures.
        #[arg(long)]
        into: PathBuf,
        files: Vec<PathBuf>,
    },
    /// A bare loop, as a child of ours.
    #[command(hide = true)]
    Role { arguments: Vec<String> },
}

#[derive(clap::Args)]
pub(crate) struct Run {
    part: Part,
    /// Only beside this one.
    #[arg(long)]
    against: Option<Against>,
    /// JSON in place of the table.
    #[arg(long)]
    json: bool,
    /// Rounds that count, besides the one to warm up.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Two short rounds, none thrown away, to see that it works; their figures are no result.
    #[arg(long)]
    quick: bool,
    /// A folder of our own, for logs and databases.
    #[arg(long)]
    work: PathBuf,
    /// The generator of calls sleeps while it has nothing to do.
    #[arg(long)]
    sleeps: bool,
    /// Children of Kamailio.
    #[arg(long, default_value_t = 1)]
    children: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Signalling,
    Relay,
    Ivr,
    Memory,
    Latency,
    Capacity,
    Scaling,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Against {
    Kamailio,
    Rtpengine,
    Floor,
}

impl Run {
    /// Whether this peer takes part.
    pub(crate) fn with(&self, peer: Against) -> bool {
        self.against.is_none_or(|only| only == peer)
    }

    pub(crate) fn rounds(&self) -> Rounds {
        Rounds { count: if self.quick { 2 } else { self.rounds }, strict: !self.quick }
    }

    /// A length of a slice in seconds, shorter for a quick look.
    pub(crate) fn seconds(&self, full: u64) -> u64 {
        if self.quick { full.div_ceil(4) } else { full }
    }

    pub(crate) fn settle(&self) -> Duration {
        // Transactions live for 32 s after they ended (RFC 3261 timers H, I, J, K; RFC 6026 L and M).
        if self.quick { Duration::from_secs(2) } else { Duration::from_secs(34) }
    }
}

/// A line on stderr, so that one sees where it is.
pub(crate) fn progress(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}

/// Caller and callee for a part.
pub(crate) fn generator(run: &Run, ground: &mut Ground) -> Result<Generator> {
    Generator::new(ground.ours()?, ground.ours()?, ground.ours()?, run.sleeps)
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Run(run) => measure(&run),
        Task::Plot { into, files } => plot::draw(&into, &files).map(|()| ExitCode::SUCCESS),
        Task::Role { arguments } => loops::role(&arguments).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        progress(&format!("error: {error}"));
        let lacks = error.downcast_ref::<quota::NoQuota>().is_some();
        ExitCode::from(if lacks { LACKING } else { 1 })
    })
}

fn measure(run: &Run) -> Result<ExitCode> {
    let mut ground = Ground::new(run.work.clone())?;
    let report: Report = match run.part {
        Part::Signalling => signalling::measure(run, &mut ground)?,
        Part::Relay => relay::measure(run, &mut ground)?,
        Part::Ivr => ivr::measure(run, &mut ground)?,
        Part::Memory => memory::measure(run, &mut ground)?,
        Part::Latency => latency::measure(run, &mut ground)?,
        Part::Capacity => capacity::measure(run, &mut ground)?,
        Part::Scaling => scaling::measure(run, &mut ground)?,
    };
    if run.json {
        println!("{}", serde_json::to_string_pretty(&report.json())?);
    } else {
        print!("{}", report.text());
    }
    for failure in &report.failures {
        progress(&format!("failed: {failure}"));
    }
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

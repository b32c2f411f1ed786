//! One file a command; each turns its arguments into calls of the library and an exit code.

mod cdr;
mod check;
mod demo;
mod diff;
mod graph;
mod history;
mod logs;
mod new;
mod plans;
mod rehearsal;
mod reload;
mod remote;
mod run;
mod schema;
mod sipp;
mod test;
mod try_call;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A SIP-native intelligent call router.
///
/// Point a SIP trunk at it: it answers, plays the menu of your dialplan, hears digits, decides which
/// agent takes the call and why, calls that agent, joins the two, and keeps a record.
#[derive(Debug, Parser)]
#[command(name = "centralino", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    logs: logs::LogOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the router on a plan; without one, on a demo plan on loopback that needs no file.
    ///
    /// SIGTERM or Ctrl-C drains: new calls get 503, running ones may finish; a second one ends at
    /// once. Either way every record is written. Exit code 0 then; 1 if the plan has errors, 2 if
    /// the router could not begin. SIGHUP reads the plan anew.
    Run(run::RunOptions),
    /// Show the router at work: simulated callers and agents over real SIP and RTP on loopback.
    ///
    /// Exit code 0 says that, over all calls, audio was heard both ways, digits arrived and every
    /// call has exactly one record.
    Demo(demo::DemoOptions),
    /// Check a plan: every finding at file:line:column, with a code that `--explain` explains.
    ///
    /// Exit code 0 if it can be run (there may be warnings; with `--strict` there are none), 1 if it
    /// has errors, 2 if it cannot be read. Every code is in docs/findings.md.
    Check(check::CheckOptions),
    /// Compare a plan with that of the running router, or with another: what differs, in words, and
    /// which calls, waiting contacts and agents it would touch.
    ///
    /// Exit code 0 if they could be compared, 1 if a plan has errors, 2 if the router cannot be asked.
    Diff(diff::DiffOptions),
    /// Make the running router read its plan anew, under running calls.
    ///
    /// New calls begin with what the files hold now; calls in progress keep the script and the prompts
    /// they began with; agents and queues change for all at once. Exit code 0 if it was taken, 1 if it
    /// was refused (everything stays as it was), 2 if the router cannot be asked.
    Reload(reload::ReloadOptions),
    /// List the plans that a router has taken, by hash, with time and source; show their texts.
    Plans(history::PlansOptions),
    /// Make the running router take the plan before this one again, or end a trial.
    ///
    /// Prompts are read by their paths as they are now. Exit codes as for `reload`.
    Rollback(reload::RollbackOptions),
    /// Run the tests of a plan on virtual time: no network, milliseconds.
    ///
    /// Each test in `tests:` places imagined calls through the same machines that take live ones.
    /// Exit code 0 if all passed, 1 if one failed or the plan has errors, 2 if there is no such
    /// plan or test.
    Test(test::TestOptions),
    /// Imagine one call: its states, what is heard, the decision and its reasons, the ladder.
    ///
    /// Exit code 0 if the call could be made as asked, 1 if not (nobody asked for the digits, say) or
    /// if the plan has errors, 2 if there is no such plan.
    Try(try_call::TryOptions),
    /// Draw a plan: numbers, flows, queues and who answers, as SVG, Mermaid or DOT.
    Graph(graph::GraphOptions),
    /// Write a commented plan to begin with, and the prompts that it plays.
    ///
    /// Asks on a terminal; elsewhere, and with --yes, what no flag says takes its default.
    New(new::NewOptions),
    /// Print the JSON Schema of plans, for completion and hover text in editors.
    Schema,
    /// List, show or export call records; also while the router runs.
    Cdr(cdr::CdrOptions),
}

impl Arguments {
    /// Does what was asked.
    pub(crate) fn run(self) -> ExitCode {
        logs::speak(self.logs.log_format);
        // The demo may want its terminal for something else than logs.
        let logs = match &self.command {
            // Imagined calls are told by what came of them, not by logs.
            Command::Demo(_) | Command::Test(_) | Command::Try(_) => Ok(None),
            Command::Run(_)
            | Command::Check(_)
            | Command::Graph(_)
            | Command::New(_)
            | Command::Schema
            | Command::Diff(_)
            | Command::Reload(_)
            | Command::Plans(_)
            | Command::Rollback(_)
            | Command::Cdr(_) => logs::begin(&self.logs).map(Some),
        };
        let _logs = match logs {
            Ok(logs) => logs,
            Err(error) => return fail(WRONG, error),
        };
        match self.command {
            Command::Run(options) => run::run(options, self.logs.log_format),
            Command::Demo(options) => demo::run(&options, &self.logs),
            Command::Check(options) => check::check(&options),
            Command::Diff(options) => diff::diff(&options),
            Command::Reload(options) => reload::reload(&options),
            Command::Plans(options) => history::plans(&options),
            Command::Rollback(options) => reload::rollback(&options),
            Command::Test(options) => test::test(&options),
            Command::Try(options) => try_call::try_call(&options),
            Command::Graph(options) => graph::graph(&options),
            Command::New(options) => new::new(options),
            Command::Schema => schema::schema(),
            Command::Cdr(options) => cdr::run(&options),
        }
    }
}

/// The answer is no.
pub(crate) const NO: u8 = 1;
/// Used wrongly, or cannot begin.
pub(crate) const WRONG: u8 = 2;

/// One line on stderr and an exit code.
pub(crate) fn fail(code: u8, message: impl std::fmt::Display) -> ExitCode {
    logs::tell(&message);
    ExitCode::from(code)
}

/// A result on stdout.
pub(crate) fn tell(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    std::io::stdout().lock().write_all(text.as_bytes())
}

//! The command line: arguments to a plan, the plan to `io`, results to exit codes.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 used wrongly. Logs go to stderr, results to stdout.

mod command;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::Arguments::parse().run()
}

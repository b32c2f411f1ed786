//! `centralino check PLAN`: all findings of a plan.

use super::plans::{self, NoPlan};
use super::{NO, fail};
use centralino::dialplan::Finding;
use centralino::io::run::Origin;
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
}

pub(crate) fn run(options: &CheckOptions) -> ExitCode {
    let origin = Origin::Path(options.plan.clone());
    let (findings, holds, code) = match plans::load(&origin) {
        Ok(loaded) => (loaded.warnings, plans::summary(&loaded.plan), ExitCode::SUCCESS),
        Err(NoPlan::Wrong(findings)) => (findings, String::new(), ExitCode::from(NO)),
        Err(no_plan @ NoPlan::Missing(_)) => return no_plan.fail(),
    };
    match tell(&options.plan, &findings, &holds) {
        Ok(()) => code,
        Err(error) => fail(NO, error),
    }
}

fn tell(plan: &Path, findings: &[Finding], holds: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for finding in findings {
        writeln!(out, "{}", finding.render())?;
    }
    write!(out, "{}: {}", plan.display(), plans::tally(findings))?;
    if !holds.is_empty() {
        write!(out, "; {holds}")?;
    }
    writeln!(out)
}

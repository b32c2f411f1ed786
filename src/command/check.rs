//! `centralino check PLAN`: all findings of a plan.

use super::{NO, fail};
use centralino::io::run::Origin;
use centralino::plan::Names;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
}

pub(crate) fn run(options: &CheckOptions) -> ExitCode {
    let origin = Origin::Path(options.plan.clone());
    let mut out = std::io::stdout().lock();
    let (findings, code) = match origin.load(&mut Names::default()) {
        Ok(loaded) => (loaded.warnings, ExitCode::SUCCESS),
        Err(findings) => (findings, ExitCode::from(NO)),
    };
    for finding in &findings {
        if let Err(error) = writeln!(out, "{}", finding.render()) {
            return fail(NO, error);
        }
    }
    code
}

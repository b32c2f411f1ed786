//! `centralino check PLAN`: all findings of a plan.

use super::plans::{self, NoPlan};
use super::{NO, fail};
use centralino::dialplan::Finding;
use centralino::io::run::{self, Origin};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
}

pub(crate) fn check(options: &CheckOptions) -> ExitCode {
    let origin = Origin::Path(options.plan.clone());
    let (findings, summary, code) = match plans::load(&origin) {
        Ok(loaded) => {
            let prompts = run::wrong_prompts(&loaded.plan, &origin);
            let (tally, code) = match prompts.len() {
                0 => (plans::tally(&loaded.warnings), ExitCode::SUCCESS),
                count => (plans::counted(count, "error"), ExitCode::from(NO)),
            };
            let warnings = loaded.warnings.iter().map(Finding::render);
            let findings = warnings.chain(prompts.iter().map(|line| format!("{line}\n")));
            (findings.collect(), format!("{tally}; {}", plans::summary(&loaded.plan)), code)
        }
        Err(NoPlan::Wrong(findings)) => {
            let rendered: Vec<String> = findings.iter().map(Finding::render).collect();
            (rendered, plans::tally(&findings), ExitCode::from(NO))
        }
        Err(no_plan @ NoPlan::Missing(_)) => return no_plan.fail(),
    };
    match tell(&options.plan, &findings, &summary) {
        Ok(()) => code,
        Err(error) => fail(NO, error),
    }
}

/// Findings as texts of several lines, a blank line behind each, and what it comes to.
fn tell(plan: &Path, findings: &[String], summary: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    writeln!(out, "{}: {summary}", plan.display())
}

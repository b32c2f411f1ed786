//! `centralino check PLAN`: all findings of a plan, for people or for programs.

mod github;
mod json;
mod terminal;

use super::{NO, WRONG, fail, plans, rehearsal};
use centralino::dialplan::{Checked, Code, Finding, Severity};
use centralino::io::run::{Examined, Origin};
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The plan: a YAML file, or a folder of them.
    #[arg(required_unless_present = "explain")]
    plan: Option<PathBuf>,
    /// Say what a code such as E0301 means, with an example, and check nothing.
    #[arg(long, value_name = "CODE", conflicts_with = "plan")]
    explain: Option<String>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Warnings count as errors in the exit code.
    #[arg(long, alias = "deny-warnings")]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the line and a caret.
    Text,
    /// One object: findings, counts, the plan's hash.
    Json,
    /// One workflow command a finding, which GitHub shows beside the line.
    Github,
}

pub(crate) fn check(options: &CheckOptions) -> ExitCode {
    if let Some(code) = &options.explain {
        return explain(code);
    }
    let Some(path) = &options.plan else { return fail(WRONG, "no plan is named") };
    if !path.exists() {
        return fail(WRONG, format!("there is no plan {}", path.display()));
    }
    let name = path.to_string_lossy();
    let mut checked = centralino::dialplan::check(&name, &Examined(Origin::Path(path.clone())));
    if let Some(plan) = &checked.plan {
        let origin = Origin::Path(path.clone());
        checked.findings.extend(rehearsal::wrong_tests_of(plan, &origin, path));
    }
    // Errors first; each by place.
    checked.findings.sort_by_key(Finding::severity);
    let text = match options.format {
        _ if options.json => json::written(&name, &checked),
        Format::Json => json::written(&name, &checked),
        Format::Github => github::written(&checked.findings),
        Format::Text => {
            terminal::written(&checked.findings, colours()) + &last_line(&name, &checked)
        }
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => exit_code(&checked, options.strict),
        Err(error) => fail(NO, error),
    }
}

fn explain(id: &str) -> ExitCode {
    let Some(code) = Code::find(id) else {
        return fail(WRONG, format!("there is no code {id}; all are in docs/findings.md"));
    };
    match std::io::stdout().lock().write_all(code.explain().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}

/// Only for a person who has not asked to be spared them (no-color.org).
fn colours() -> bool {
    let spared = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !spared
}

fn exit_code(checked: &Checked, strict: bool) -> ExitCode {
    let severities = || checked.findings.iter().map(Finding::severity);
    if checked.unreadable() {
        ExitCode::from(WRONG)
    } else if severities().any(|s| s == Severity::Error || strict) {
        ExitCode::from(NO)
    } else {
        ExitCode::SUCCESS
    }
}

/// `plan.yaml: 3 errors, 1 warning in 2 files`, and what is in a plan that can be loaded.
fn last_line(name: &str, checked: &Checked) -> String {
    let tally = plans::tally(&checked.findings);
    let mut files: Vec<&str> = checked.findings.iter().map(|f| f.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    let places = match files.len() {
        0 => String::new(),
        count => format!(" in {}", plans::counted(count, "file")),
    };
    let summary = checked.plan.as_ref().map(|plan| format!("; {}", plans::summary(plan)));
    format!("{name}: {tally}{places}{}\n", summary.unwrap_or_default())
}

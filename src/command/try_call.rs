//! `centralino try PLAN --call N`: one imagined call, told in full.
//!
//! What is said on the command line becomes a test of that one call and is read as one, so that it
//! takes what tests take and tells mistakes as tests do.

use super::{NO, fail, rehearsal};
use centralino::dialplan::Source;
use centralino::rehearse::{told, told_json};
use clap::Args;
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct TryOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
    /// The number that is called.
    #[arg(long, value_name = "NUMBER")]
    call: String,
    /// The caller's number.
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The trunk that the call comes from; the plan's first unless given.
    #[arg(long, value_name = "NAME")]
    trunk: Option<String>,
    /// Keys that the caller presses when the flow asks for them; may be given several times.
    #[arg(long, value_name = "KEYS")]
    press: Vec<String>,
    /// When, such as "2026-11-23 10:00" or "mon 10:00", by the plan's time zone.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How an agent behaves, such as anna=busy, "anna=not ready" or "anna=answers after 3s"; may be
    /// given several times. Others answer after 2 s.
    #[arg(long, value_name = "NAME=HOW", value_parser = pair)]
    agent: Vec<(String, String)>,
    /// The same for a dialled target, by its user part or host.
    #[arg(long, value_name = "NAME=HOW", value_parser = pair)]
    target: Vec<(String, String)>,
    /// One JSON object on stdout, for programs.
    #[arg(long)]
    json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("a name, `=`, and how it behaves: anna=busy")?;
    Ok((pair.0.trim().to_owned(), pair.1.trim().to_owned()))
}

pub(crate) fn try_call(options: &TryOptions) -> ExitCode {
    let ready = match rehearsal::with_own_test(&options.plan, source(options)) {
        Ok(ready) => ready,
        Err(code) => return code,
    };
    let Some(case) = ready.cases.first() else { return ExitCode::from(NO) };
    let outcome = ready.rehearsal.run(case);
    let text = match options.json {
        true => format!("{:#}\n", told_json(case, &outcome, &ready.sources)),
        false => told(&outcome),
    };
    if let Err(error) = std::io::stdout().lock().write_all(text.as_bytes()) {
        return fail(NO, error);
    }
    if outcome.passed() { ExitCode::SUCCESS } else { ExitCode::from(NO) }
}

/// The command line as a file of one test: JSON is YAML.
fn source(options: &TryOptions) -> Source {
    let moods = |list: &[(String, String)]| -> Value {
        let mood = |(name, how): &(String, String)| (name.clone(), Value::from(how.as_str()));
        Value::Object(list.iter().map(mood).collect())
    };
    let mut lines = vec![("call", json!(options.call))];
    let texts = [("from", &options.from), ("trunk", &options.trunk), ("at", &options.at)];
    lines.extend(texts.into_iter().filter_map(|(key, text)| Some((key, json!(text.as_ref()?)))));
    if !options.press.is_empty() {
        lines.push(("press", json!(options.press)));
    }
    if !options.agent.is_empty() {
        lines.push(("agents", moods(&options.agent)));
    }
    if !options.target.is_empty() {
        lines.push(("targets", moods(&options.target)));
    }
    let lines: String = lines.iter().map(|(key, value)| format!("    {key}: {value}\n")).collect();
    Source { name: "command line".to_owned(), text: format!("tests:\n  try:\n{lines}") }
}

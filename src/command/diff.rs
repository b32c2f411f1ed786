//! `centralino diff PLAN [OTHER]`: what a plan would change, in words, and whom it would touch.

use super::plans::NoPlan;
use super::remote::{Remote, text};
use super::{NO, WRONG, fail, plans};
use centralino::dialplan::diff::{Alive, AliveCall};
use centralino::dialplan::{Diff, Source};
use centralino::io::run::Origin;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// The plan: a YAML file, or a folder of them.
    plan: PathBuf,
    /// What it is held against; without it, the plan of the running router, and then the calls and
    /// agents that a reload would touch are named.
    other: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn diff(options: &DiffOptions) -> ExitCode {
    let new = match texts(options.plan.clone()) {
        Ok(texts) => texts,
        Err(code) => return code,
    };
    let diff = match &options.other {
        Some(other) => match texts(other.clone()) {
            Ok(old) => Diff::of(&old, &new),
            Err(code) => return code,
        },
        None => match against_running(&options.remote, &new) {
            Ok(diff) => diff,
            Err(code) => return code,
        },
    };
    let said = if options.remote.json {
        match serde_json::to_string_pretty(&diff) {
            Ok(json) => format!("{json}\n"),
            Err(error) => return fail(NO, error),
        }
    } else if diff.is_empty() {
        "nothing differs\n".to_owned()
    } else {
        format!("{}{}\n", diff.text(), diff.summary())
    };
    match super::tell(&said) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}

/// The texts of a plan that could run.
fn texts(path: PathBuf) -> Result<Vec<Source>, ExitCode> {
    match plans::load_with_texts(&Origin::Path(path.clone())) {
        Ok((_, texts)) => Ok(texts),
        Err(NoPlan::Missing(line)) => Err(fail(WRONG, line)),
        Err(NoPlan::Wrong(findings)) => {
            findings.iter().for_each(|finding| eprintln!("{}", finding.render()));
            let (plan, tally) = (path.display(), plans::tally(&findings));
            Err(fail(NO, format!("{plan}: {tally}; nothing was compared")))
        }
    }
}

fn against_running(remote: &Remote, new: &[Source]) -> Result<Diff, ExitCode> {
    let get = |path: &str| remote.ask(&format!("GET {path}"), "").map_err(|e| e.fail(remote.json));
    let plan = get("/api/v1/plan?text=true")?;
    let files = plan.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
    if files.is_empty() {
        return Err(fail(WRONG, "the running router's plan was not read from files"));
    }
    let source = |file: &Value| Source {
        name: text(file, "name").to_owned(),
        text: text(file, "text").to_owned(),
    };
    let running: Vec<Source> = files.iter().map(source).collect();
    let calls = get("/api/v1/calls")?.get("calls").cloned().unwrap_or_default();
    let calls: Vec<AliveCall> = serde_json::from_value(calls).map_err(|e| fail(WRONG, e))?;
    let agents = get("/api/v1/agents")?;
    let agents = agents.get("agents").and_then(Value::as_array).cloned().unwrap_or_default();
    let agents = agents.iter().map(|a| (text(a, "name").to_owned(), text(a, "state").to_owned()));
    let mut diff = Diff::of(&running, new);
    diff.touch(&Alive { calls, agents: agents.collect() });
    Ok(diff)
}

//! `centralino reload` and `centralino rollback`: another plan for a running router.

use super::plans::counted;
use super::remote::{Failed, Remote, text};
use super::{NO, fail};
use centralino::dialplan::Diff;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct ReloadOptions {
    #[command(flatten)]
    remote: Remote,
    /// Try it on this share of the new calls only, chosen by the caller's number: 5%.
    #[arg(long, value_name = "SHARE", value_parser = percent)]
    canary: Option<f64>,
    /// With --canary: take it for good after so long, if it came out well: 90s, 10m, 2h.
    #[arg(long = "for", value_name = "TIME", value_parser = seconds, requires = "canary")]
    for_: Option<u64>,
    /// With --canary: judge it once so many calls under it have ended [usual: 20].
    #[arg(long, value_name = "CALLS", requires = "canary")]
    at_least: Option<u64>,
    /// With --canary: take it back if its share of failed or of abandoned calls is more than so many
    /// points above the old plan's [usual: 10].
    #[arg(long, value_name = "POINTS", requires = "canary")]
    points: Option<f64>,
    /// Take the plan on trial for all new calls.
    #[arg(long, conflicts_with = "canary")]
    promote: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackOptions {
    /// The plan's hash or its beginning, as `centralino plans` lists it; without one the plan before
    /// this one.
    hash: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

fn percent(given: &str) -> Result<f64, String> {
    let number = given.strip_suffix('%').unwrap_or(given).trim().parse::<f64>();
    let number = number.map_err(|_| "a share such as 5%".to_owned())?;
    match number {
        0.01..=99.99 => Ok(number),
        n if n > 99.99 && n <= 100.0 => {
            Err("of all calls none is left to judge the plan by: reload \
             without --canary, or try it on a share such as 5%"
                .to_owned())
        }
        _ => Err("a share such as 5%, at least 0.01%".to_owned()),
    }
}

fn seconds(given: &str) -> Result<u64, String> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let found = units.iter().find_map(|(unit, seconds)| {
        given.strip_suffix(*unit)?.parse::<u64>().ok()?.checked_mul(*seconds)
    });
    found.ok_or_else(|| "a time such as 90s, 10m or 2h".to_owned())
}

pub(crate) fn reload(options: &ReloadOptions) -> ExitCode {
    let mut body = serde_json::Map::new();
    for (name, value) in [
        ("share_percent", options.canary.map(Value::from)),
        ("promote_after_s", options.for_.map(Value::from)),
        ("at_least", options.at_least.map(Value::from)),
        ("points", options.points.map(Value::from)),
        ("promote", options.promote.then_some(Value::Bool(true))),
    ] {
        body.extend(value.map(|value| (name.to_owned(), value)));
    }
    let body = Value::Object(body).to_string();
    done(&options.remote, options.remote.ask("POST /api/v1/reload", &body))
}

pub(crate) fn rollback(options: &RollbackOptions) -> ExitCode {
    let body = options.hash.as_ref().map(|hash| json!({ "hash": hash }).to_string());
    let answer = options.remote.ask("POST /api/v1/rollback", &body.unwrap_or_default());
    done(&options.remote, answer)
}

fn done(remote: &Remote, answer: Result<Value, Failed>) -> ExitCode {
    let said = match answer {
        Ok(answer) if remote.json => format!("{answer:#}\n"),
        Ok(answer) => {
            for warning in warnings(&answer) {
                eprintln!("{}", warning.trim_end());
            }
            told(&answer)
        }
        Err(failed) => return failed.fail(remote.json),
    };
    match super::tell(&said) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}

/// What `check` would say of the plan that was taken.
fn warnings(answer: &Value) -> impl Iterator<Item = &str> {
    let list = answer.get("warnings").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// What was done, what changed, and by which names the plans are kept.
fn told(answer: &Value) -> String {
    let changes = answer.get("changes").cloned().unwrap_or_default();
    let diff = Diff { changes: serde_json::from_value(changes).unwrap_or_default() };
    let share = answer.get("share_percent").and_then(Value::as_f64);
    let share = share.map(|share| format!(" for {share} % of the new calls")).unwrap_or_default();
    let (did, summary) = (text(answer, "did"), text(answer, "summary"));
    let (hash, was) = (text(answer, "hash"), text(answer, "was"));
    let warned = match warnings(answer).count() {
        0 => String::new(),
        count => format!("; {}", counted(count, "warning")),
    };
    format!("{did}{share}: {summary}{warned}\n{}plan {hash}\nwas  {was}\n", diff.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_times_are_read_as_people_write_them() {
        for (given, share) in [
            ("5%", Some(5.0)),
            ("0.5 %", Some(0.5)),
            ("99.99", Some(99.99)),
            ("99.995%", None),
            ("100%", None),
            ("0%", None),
            ("x", None),
        ] {
            assert_eq!(percent(given).ok(), share, "{given}");
        }
        for (given, time) in
            [("90s", Some(90)), ("10m", Some(600)), ("2h", Some(7200)), ("10", None), ("-1s", None)]
        {
            assert_eq!(seconds(given).ok(), time, "{given}");
        }
    }
}

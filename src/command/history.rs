//! `centralino plans`: the plans that a router has taken, by hash, and their texts.

use super::{NO, WRONG, fail};
use centralino::dialplan::without_passwords;
use centralino::io::store::{PlanTake, Reader, StoreError};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Digits of a hash in the table: enough to name it.
const SHORT: usize = 12;

#[derive(Debug, Args)]
pub(crate) struct PlansOptions {
    /// The database that `run` writes.
    #[arg(long, global = true, default_value = "centralino.db", value_name = "FILE")]
    db: PathBuf,
    /// JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The texts of one plan, file by file, passwords starred.
    Show {
        /// Its hash, or the beginning of it.
        hash: String,
    },
}

pub(crate) fn plans(options: &PlansOptions) -> ExitCode {
    if !options.db.is_file() {
        let path = options.db.display();
        return fail(WRONG, format!("there is no database {path}; name it with --db FILE"));
    }
    let said = match &options.what {
        None => list(options).map(Ok),
        Some(What::Show { hash }) => show(options, hash),
    };
    let told = match said {
        Ok(Ok(text)) => super::tell(&text),
        Ok(Err(no)) => return fail(NO, no),
        Err(error) => return fail(NO, error),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO, error),
    }
}

/// A table, newest first. The last one taken is in force while the router runs; after a restart it
/// is what the files hold, which is a row of its own.
fn list(options: &PlansOptions) -> Result<String, StoreError> {
    let takes = Reader::open(&options.db)?.plan_takes()?;
    if options.json {
        let json = serde_json::to_string_pretty(&takes).map_err(std::io::Error::from)?;
        return Ok(format!("{json}\n"));
    }
    let mut text = format!("{:SHORT$}  {:19}  {:8}  FROM\n", "PLAN", "TAKEN", "BY");
    let last = takes.iter().position(|take| take.by != "tried");
    for (n, take) in takes.iter().enumerate() {
        let PlanTake { hash, taken_ms, source, by } = take;
        let short: String = hash.chars().take(SHORT).collect();
        let taken = Timestamp::from_millisecond(*taken_ms).map_or_else(
            |_| taken_ms.to_string(),
            |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        );
        let running = if last == Some(n) { "  (in force)" } else { "" };
        text.push_str(&format!("{short:SHORT$}  {taken:19}  {by:8}  {source}{running}\n"));
    }
    Ok(text)
}

fn show(options: &PlansOptions, prefix: &str) -> Result<Result<String, String>, StoreError> {
    let reader = Reader::open(&options.db)?;
    let hashes: BTreeSet<String> = reader.plan_hashes(prefix)?.into_iter().collect();
    let mut hashes = hashes.into_iter();
    let (Some(hash), None) = (hashes.next(), hashes.next()) else {
        return Ok(Err(format!(
            "there is not exactly one plan that begins with {prefix}: see `centralino plans`"
        )));
    };
    let text = reader.plan(&hash)?.unwrap_or_default();
    let files: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let part = |file: &Value, name: &str| {
        file.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    // What is shown is copied and sent around; the database keeps what a rollback needs.
    let files = files.iter().map(|f| (part(f, "name"), without_passwords(&part(f, "text"))));
    if options.json {
        let files: Vec<Value> =
            files.map(|(name, text)| json!({ "name": name, "text": text })).collect();
        return Ok(Ok(format!("{}\n", Value::from(files))));
    }
    let files = files.map(|(name, text)| format!("# {name}\n{}\n", text.trim_end()));
    Ok(Ok(format!("# plan {hash}\n{}", files.collect::<String>())))
}

//! `centralino cdr list|show|export`: call records as a person or a program reads them.

use super::{NO, WRONG, fail};
use centralino::io::store::{Filter, Format, Reader, StoreError, cli};
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CdrOptions {
    /// The database that `run` writes.
    #[arg(long, global = true, default_value = "centralino.db", value_name = "FILE")]
    db: PathBuf,
    /// Show callers' numbers and digits in clear; without it they are masked.
    #[arg(long, global = true)]
    numbers: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A table of finished calls, newest first.
    List {
        #[command(flatten)]
        filter: FilterOptions,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// One call in full: its way, its offers, its decisions, its media.
    Show {
        /// The call's id: 16 hex digits.
        call: String,
        /// JSON instead of a story.
        #[arg(long)]
        json: bool,
    },
    /// All records for another program.
    Export {
        #[command(flatten)]
        filter: FilterOptions,
        /// How it is written.
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportFormat {
    /// One line a call, for spreadsheets.
    Csv,
    /// One JSON object a line, with everything that the record has.
    Json,
}

#[derive(Debug, Args)]
struct FilterOptions {
    /// Calls that began then or later: `2026-01-31`, `2026-01-31T08:00` on this machine's clock, or
    /// `2026-01-31T08:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<i64>,
    /// Calls that began before then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Calls that ended for this cause, such as `normal_clearing` or `no_answer`.
    #[arg(long, value_name = "CAUSE")]
    cause: Option<String>,
    /// Calls that this agent took last.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Calls of this caller: the whole number, as in the record.
    #[arg(long, value_name = "NUMBER")]
    caller: Option<String>,
    /// At most so many, the newest.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Milliseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_millisecond());
    }
    // A date without a time is its midnight.
    let local = text.parse::<civil::DateTime>().map_err(|_| {
        "a time such as 2026-01-31, 2026-01-31T08:00 or 2026-01-31T08:00:00Z".to_owned()
    })?;
    let zoned = local.to_zoned(TimeZone::system()).map_err(|error| error.to_string())?;
    Ok(zoned.timestamp().as_millisecond())
}

impl FilterOptions {
    fn filter(&self) -> Filter {
        Filter {
            since_ms: self.since,
            until_ms: self.until,
            cause: self.cause.clone(),
            agent: self.agent.clone(),
            caller: self.caller.clone(),
            limit: self.limit,
        }
    }
}

pub(crate) fn run(options: &CdrOptions) -> ExitCode {
    if !options.db.is_file() {
        let path = options.db.display();
        return fail(WRONG, format!("there is no database {path}; name it with --db FILE"));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match tell(options, &mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => fail(NO, "there is no such call"),
        Err(error) => fail(NO, error),
    }
}

fn tell(options: &CdrOptions, out: &mut dyn Write) -> Result<bool, StoreError> {
    let reader = Reader::open(&options.db)?;
    let show = |json| cli::Show { numbers: options.numbers, json, zone: TimeZone::system() };
    let found = match &options.what {
        What::List { filter, json } => {
            cli::list(&reader, &filter.filter(), &show(*json), out)?;
            true
        }
        What::Show { call, json } => cli::show(&reader, call, &show(*json), out)?,
        What::Export { filter, format } => {
            let format = match format {
                ExportFormat::Csv => Format::Csv,
                ExportFormat::Json => Format::Json,
            };
            cli::export(&reader, &filter.filter(), format, options.numbers, out)?;
            true
        }
    };
    out.flush()?;
    Ok(found)
}

//! `centralino cdr list|show|export`: call records as a person or a program reads them.

use super::{NO, WRONG, fail};
use centralino::io::store::{Filter, Format, Reader, StoreError, cli};
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct CdrOptions {
    /// The database that `run` writes.
    #[arg(long, default_value = "centralino.db", value_name = "FILE")]
    db: PathBuf,
    /// Show numbers and digits in clear.
    #[arg(long)]
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
        /// One line a call, or one JSON object a line.
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportFormat {
    Csv,
    Json,
}

#[derive(Debug, Args)]
struct FilterOptions {
    /// Calls that ended for this cause, such as `normal_clearing`.
    #[arg(long)]
    cause: Option<String>,
    /// Calls that this agent took last.
    #[arg(long)]
    agent: Option<String>,
    /// At most so many.
    #[arg(long)]
    limit: Option<usize>,
}

impl FilterOptions {
    fn filter(&self) -> Filter {
        Filter {
            cause: self.cause.clone(),
            agent: self.agent.clone(),
            limit: self.limit,
            ..Filter::default()
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

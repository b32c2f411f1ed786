//! Logs on stderr, for people or as JSON.

use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// What is logged: error, warn, info, debug or trace, or by module as in
    /// `info,centralino::dialog=debug`.
    #[arg(
        long,
        global = true,
        env = "CENTRALINO_LOG",
        default_value = "info",
        value_name = "LEVEL"
    )]
    log: String,
    /// How logs look.
    #[arg(long, global = true, value_enum, default_value = "pretty", value_name = "FORMAT")]
    log_format: LogFormat,
}

/// Begins to log on stderr; what cannot be understood falls back to `info`.
pub(crate) fn begin(options: &LogOptions) {
    let logs = tracing_subscriber::fmt().with_env_filter(filter(options));
    let logs = logs.with_writer(std::io::stderr);
    match options.log_format {
        LogFormat::Pretty => logs.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().init(),
    }
}

/// Begins to log into a file, while the terminal is for something else.
pub(crate) fn begin_in(options: &LogOptions, file: std::fs::File) {
    let logs = tracing_subscriber::fmt().with_env_filter(filter(options));
    let logs = logs.with_writer(std::sync::Mutex::new(file));
    match options.log_format {
        LogFormat::Pretty => logs.with_ansi(false).init(),
        LogFormat::Json => logs.json().init(),
    }
}

fn filter(options: &LogOptions) -> EnvFilter {
    EnvFilter::try_new(&options.log).unwrap_or_else(|_| EnvFilter::new("info"))
}

//! Logs on stderr, for people or as JSON, by a thread of their own: whoever reads them slowly, or not
//! at all, holds up no call.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that wait for whoever reads them; more are left out and counted.
const LINES: usize = 16_384;
/// How long the first line waits for more: one wake and one write are dearer than a hundred lines, both
/// to this thread and to whoever logs, who need not wake it while it gathers.
const GATHER: Duration = Duration::from_millis(10);
/// What is written at once, about.
const AT_ONCE: usize = 64 * 1024;

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
    pub(crate) log_format: LogFormat,
}

/// How the process was asked to log, and the lines that the thread writes, once it runs.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();
static LINES_TO: OnceLock<SyncSender<Vec<u8>>> = OnceLock::new();

/// From now on [`tell`] speaks so.
pub(crate) fn speak(format: LogFormat) {
    // Said once, by `main`.
    let _ = FORMAT.set(format);
}

/// Whether a program reads what is said.
pub(crate) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Says why the command ends, whatever is logged otherwise; in the form of the logs, and behind them.
pub(crate) fn tell(message: &dyn std::fmt::Display) {
    let line = if is_json() {
        let timestamp = format!("{:.6}", Timestamp::now());
        let fields = json!({ "message": message.to_string() });
        let line = json!({
            "timestamp": timestamp, "level": "ERROR", "fields": fields, "target": "centralino"
        });
        format!("{line}\n")
    } else {
        format!("centralino: {message}\n")
    };
    if let Some(lines) = LINES_TO.get()
        && lines.send(line.clone().into_bytes()).is_ok()
    {
        return;
    }
    eprint!("{line}");
}

/// The thread that writes. Dropping this writes what waits.
#[derive(Debug)]
pub(crate) struct Logs {
    lines: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

/// Begins to log.
///
/// # Errors
/// The levels cannot be understood, or no thread is to be had.
pub(crate) fn begin(options: &LogOptions) -> Result<Logs, String> {
    let filter = filter(options)?;
    let (lines, waiting) = sync_channel(LINES);
    let lost = Arc::<AtomicU64>::default();
    let desk = Desk { lines: lines.clone(), lost: lost.clone() };
    let writer = std::thread::Builder::new()
        .name("logs".to_owned())
        .spawn(move || write(&waiting, &lost))
        .map_err(|error| format!("cannot start a thread: {error}"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(desk);
    match options.log_format {
        LogFormat::Pretty => logs.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().init(),
    }
    // There is one such thread in a process.
    let _ = LINES_TO.set(lines.clone());
    Ok(Logs { lines: Some(lines), writer: Some(writer) })
}

impl Drop for Logs {
    /// An empty line ends the thread; the subscriber keeps its own sender for good.
    fn drop(&mut self) {
        if let Some(lines) = self.lines.take() {
            // It fails only if the thread has ended.
            let _ = lines.send(Vec::new());
        }
        if let Some(writer) = self.writer.take() {
            // There is nobody left to tell that logs cannot be written.
            let _ = writer.join();
        }
    }
}

fn write(waiting: &Receiver<Vec<u8>>, lost: &AtomicU64) {
    let mut out = std::io::stderr();
    let mut gathered = Vec::new();
    let mut is_over = false;
    while !is_over && let Ok(first) = waiting.recv() {
        // Whoever ends the process waits for this thread.
        is_over = first.is_empty();
        if !is_over {
            std::thread::sleep(GATHER);
        }
        gathered.extend_from_slice(&first);
        while !is_over
            && gathered.len() < AT_ONCE
            && let Ok(line) = waiting.try_recv()
        {
            is_over = line.is_empty();
            gathered.extend_from_slice(&line);
        }
        // Logs that cannot be written have nowhere to be told.
        let _ = out.write_all(&gathered);
        gathered.clear();
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            tracing::warn!(lines = count, "logs were left out: they were not read fast enough");
        }
    }
}

/// Takes lines from every thread, and never waits.
#[derive(Debug)]
struct Desk {
    lines: SyncSender<Vec<u8>>,
    lost: Arc<AtomicU64>,
}

/// One line on its way.
#[derive(Debug)]
struct Line<'a>(&'a Desk);

impl<'a> MakeWriter<'a> for Desk {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if !line.is_empty() && self.0.lines.try_send(line.to_vec()).is_err() {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to log into a file, while the terminal is for something else.
///
/// # Errors
/// The levels cannot be understood.
pub(crate) fn begin_in(options: &LogOptions, file: std::fs::File) -> Result<(), String> {
    let logs = tracing_subscriber::fmt().with_env_filter(filter(options)?);
    let logs = logs.with_writer(std::sync::Mutex::new(file));
    match options.log_format {
        LogFormat::Pretty => logs.with_ansi(false).init(),
        LogFormat::Json => logs.json().init(),
    }
    Ok(())
}

fn filter(options: &LogOptions) -> Result<EnvFilter, String> {
    EnvFilter::try_new(&options.log).map_err(|error| format!("--log {}: {error}", options.log))
}

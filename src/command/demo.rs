//! `centralino demo`: the router with simulated callers and agents, watched live.

use super::{NO, WRONG, fail, logs};
use centralino::io::demo::{self, Demo, MOST_AGENTS, MOST_RATE, Options, View};
use clap::Args;
use std::fs::{self, File};
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// How often something is shown: in plain lines, and on a full screen.
const PLAIN_EVERY: Duration = Duration::from_secs(1);
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// Log lines told after a full screen.
const LOGS_TOLD: usize = 20;
/// How often it is seen whether all calls have ended.
const QUIET_EVERY: Duration = Duration::from_millis(50);
/// The longest demo: a day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// New calls a second.
    #[arg(long, default_value_t = 3.0, value_parser = rate, value_name = "N")]
    rate: f64,
    /// Place calls for so long, such as 30s, 5m or 1h; then let them finish and sum up.
    /// Without it Ctrl-C does that.
    #[arg(long = "for", value_parser = duration, value_name = "DURATION")]
    length: Option<Duration>,
    /// Where all chance comes from; another one each time unless given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Agents; as many as the rate needs unless given.
    #[arg(long, value_parser = agents, value_name = "N")]
    agents: Option<usize>,
    /// Workers: one single-threaded loop a core.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: u8,
    /// One line a second instead of a full screen; so is what does not go to a terminal.
    #[arg(long)]
    plain: bool,
    /// Serve the API here while the demo runs; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Keep the records in this file. Without it they go to a temporary one, which is kept only if
    /// something failed.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= MOST_RATE => Ok(rate),
        Ok(_) | Err(_) => Err(format!("a number above 0 and up to {MOST_RATE}")),
    }
}

fn agents(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_AGENTS) => Ok(count),
        Ok(_) | Err(_) => Err(format!("a number from 1 to {MOST_AGENTS}")),
    }
}

/// `30s`, `5m`, `1h`, `500ms`, or seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 30s, 5m or 1h".to_owned();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let length = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
    if length.is_zero() || length > LONGEST {
        return Err(wrong());
    }
    Ok(length)
}

/// A folder of our own that goes when it is dropped, unless it is to be kept.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn new(seed: u64) -> std::io::Result<Folder> {
        use std::os::unix::fs::DirBuilderExt;
        let name = format!("centralino-demo-{}-{seed:x}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder { path, keep: false })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed is left to the system's own cleaning.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

pub(crate) fn run(options: &DemoOptions, log: &logs::LogOptions) -> ExitCode {
    let seed = match options.seed.map_or_else(new_seed, Ok) {
        Ok(seed) => seed,
        Err(error) => return fail(WRONG, error),
    };
    let mut folder = match Folder::new(seed) {
        Ok(folder) => folder,
        Err(error) => return fail(WRONG, format!("cannot make a temporary folder: {error}")),
    };
    let full_screen = !options.plain && std::io::stdout().is_terminal();
    let log_file = folder.path.join("demo.log");
    let logs = if full_screen {
        let file = File::create(&log_file).map_err(|e| format!("cannot write a log: {e}"));
        file.and_then(|file| logs::begin_in(log, file)).map(|()| None)
    } else {
        logs::begin(log).map(Some)
    };
    let _logs = match logs {
        Ok(logs) => logs,
        Err(error) => return fail(WRONG, error),
    };
    let database = options.db.clone().unwrap_or_else(|| folder.path.join("demo.db"));
    let demo = demo::start(Options {
        rate: options.rate,
        agents: options.agents,
        seed,
        workers: options.workers,
        http: options.http,
        database: database.clone(),
    });
    let demo = match demo {
        Ok(demo) => demo,
        Err(error) => return fail(WRONG, error),
    };
    // The terminal is given back before the first line of the summary.
    let summary = play(&demo, options, full_screen)
        .map_err(|error| format!("cannot show the demo: {error}"))
        .and_then(|()| demo.finish());
    if full_screen {
        tell_log(&log_file);
    }
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => return fail(NO, error),
    };
    let passed = summary.passed();
    folder.keep = !passed && options.db.is_none();
    match told(&mut std::io::stdout(), &summary, &database) {
        Ok(()) if passed => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(NO),
        Err(error) => fail(NO, error),
    }
}

/// What was logged meanwhile, the last lines of it.
fn tell_log(path: &Path) {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LOGS_TOLD);
    if skipped > 0 {
        eprintln!("({skipped} earlier log lines)");
    }
    for line in lines.iter().skip(skipped) {
        eprintln!("{line}");
    }
}

fn new_seed() -> Result<u64, String> {
    let token = centralino::io::run::new_token()?;
    // Six digits are easily typed again.
    let bits = token.get(..8).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    Ok(bits.unwrap_or_default() % 1_000_000)
}

fn told(out: &mut dyn Write, summary: &demo::Summary, database: &Path) -> std::io::Result<()> {
    write!(out, "\n{summary}\n")?;
    if summary.passed() {
        return writeln!(out, "demo passed");
    }
    let path = database.display();
    writeln!(out, "demo FAILED; its records: centralino cdr --db {path} --numbers show CALL")
}

/// Signals, one after the other.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Shows it until its time or a signal has come, then until the last call is over. A second signal
/// has the callers hang up at once, a third does not wait for anything.
fn play(demo: &Demo, options: &DemoOptions, full_screen: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let signals = Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        };
        let view = if full_screen { Some(View::enter(options.length)?) } else { None };
        let mut watch = Watch { demo, signals, view };
        watch.until(options.length, false).await?;
        demo.stop_placing();
        let (finish, farewell) = demo.patience();
        watch.until(Some(finish), true).await?;
        demo.hang_up();
        watch.until(Some(farewell), true).await
    })
}

/// Somebody who looks on.
struct Watch<'a> {
    demo: &'a Demo,
    signals: Signals,
    view: Option<View>,
}

impl Watch<'_> {
    /// Shows the demo for so long, until a signal, or while `finishing` until no call is left.
    async fn until(&mut self, length: Option<Duration>, finishing: bool) -> std::io::Result<()> {
        let end = length.map(|length| Instant::now() + length);
        let every = if self.view.is_some() { DRAW_EVERY } else { PLAIN_EVERY };
        let mut show = tokio::time::interval(every);
        let mut look = tokio::time::interval(QUIET_EVERY);
        loop {
            tokio::select! {
                () = self.signals.next() => return Ok(()),
                _ = show.tick() => {
                    let left = end.filter(|_| finishing).map(|end| end - Instant::now());
                    self.show(left)?;
                }
                _ = look.tick() => {
                    let is_over = end.is_some_and(|end| Instant::now() >= end);
                    if is_over || finishing && self.demo.is_quiet() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn show(&mut self, finishing: Option<Duration>) -> std::io::Result<()> {
        if let Some(view) = &mut self.view {
            return view.show(self.demo, finishing);
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", self.demo.picture().line())?;
        out.flush()
    }
}

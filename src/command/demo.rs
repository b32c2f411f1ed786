//! `centralino demo`: the router with simulated callers and agents, watched live.

use super::{NO, WRONG, fail};
use centralino::io::demo::{self, Demo, MOST_AGENTS, MOST_RATE, Options};
use clap::Args;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// How often something is shown, in plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(1);
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
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Folder { path, keep: false })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed is left to the system's own cleaning.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

pub(crate) fn run(options: DemoOptions) -> ExitCode {
    let seed = match options.seed.map_or_else(new_seed, Ok) {
        Ok(seed) => seed,
        Err(error) => return fail(WRONG, error),
    };
    let mut folder = match Folder::new(seed) {
        Ok(folder) => folder,
        Err(error) => return fail(WRONG, format!("cannot make a temporary folder: {error}")),
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
    let mut out = std::io::stdout();
    let played = play(&demo, &options, &mut out);
    let summary = match played.map_err(|e| e.to_string()).and_then(|()| demo.finish()) {
        Ok(summary) => summary,
        Err(error) => return fail(NO, error),
    };
    let passed = summary.passed();
    folder.keep = !passed && options.db.is_none();
    match told(&mut out, &summary, &database, passed) {
        Ok(()) if passed => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(NO),
        Err(error) => fail(NO, error),
    }
}

fn new_seed() -> Result<u64, String> {
    let token = centralino::io::run::new_token()?;
    // Six digits are easily typed again.
    let bits = token.get(..8).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    Ok(bits.unwrap_or_default() % 1_000_000)
}

fn told(
    out: &mut dyn Write,
    summary: &demo::Summary,
    database: &Path,
    passed: bool,
) -> std::io::Result<()> {
    write!(out, "\n{summary}\n")?;
    if passed {
        writeln!(out, "demo passed")
    } else {
        let path = database.display();
        writeln!(out, "demo FAILED; its records: centralino cdr --db {path} show CALL --numbers")
    }
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

/// Shows it until its time or a signal has come, then until the last call is over.
fn play(demo: &Demo, options: &DemoOptions, out: &mut dyn Write) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        };
        let until = options.length.map(|length| Instant::now() + length);
        watch(demo, until, &mut signals, out, || false).await?;
        demo.stop_placing();
        let (finish, farewell) = demo.patience();
        let until = Some(Instant::now() + finish);
        watch(demo, until, &mut signals, out, || demo.is_quiet()).await?;
        demo.hang_up();
        let until = Some(Instant::now() + farewell);
        watch(demo, until, &mut signals, out, || demo.is_quiet()).await
    })
}

/// Shows it until a time, a signal, or until that is so.
async fn watch(
    demo: &Demo,
    until: Option<Instant>,
    signals: &mut Signals,
    out: &mut dyn Write,
    is_so: impl Fn() -> bool,
) -> std::io::Result<()> {
    let mut show = tokio::time::interval(PLAIN_EVERY);
    let mut look = tokio::time::interval(QUIET_EVERY);
    loop {
        tokio::select! {
            () = signals.next() => return Ok(()),
            _ = show.tick() => {
                writeln!(out, "{}", demo.picture().line())?;
                out.flush()?;
            }
            _ = look.tick() => {
                if until.is_some_and(|at| Instant::now() >= at) || is_so() {
                    return Ok(());
                }
            }
        }
    }
}

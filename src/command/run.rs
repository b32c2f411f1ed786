//! `centralino run [PLAN]`: the router itself, until a signal ends it.

use super::{NO, WRONG, fail};
use centralino::io::run::{self, Node, Options, Origin};
use centralino::plan::Names;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long the last BYEs and refusals are given to leave and be answered.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The plan: a YAML file, or a folder of them. Without one: the demo plan, on loopback only.
    plan: Option<PathBuf>,
    /// Workers: one single-threaded loop a core.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: u8,
    /// Media threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    media_threads: u8,
    /// The web server's address in place of the plan's; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// The database in place of the plan's.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Calls at a time; more get 503.
    #[arg(long, default_value_t = 5000, value_name = "N")]
    most_calls: usize,
    /// How long running calls may go on after SIGTERM, seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    drain: u64,
}

pub(crate) fn run(options: RunOptions) -> ExitCode {
    let origin = options.plan.map_or(Origin::Demo, Origin::Path);
    let loaded = match origin.load(&mut Names::default()) {
        Ok(loaded) => loaded,
        Err(findings) => {
            for finding in &findings {
                eprintln!("{}", finding.render());
            }
            return fail(NO, "the plan has errors; nothing was started");
        }
    };
    for warning in &loaded.warnings {
        eprintln!("{}", warning.render());
    }
    let plan = loaded.plan;
    let token = match run::new_token() {
        Ok(token) => token,
        Err(error) => return fail(WRONG, error),
    };
    let database = options.db.unwrap_or_else(|| PathBuf::from(&*plan.record.path));
    let http = options.http.or(plan.http.listen);
    let token_file = database.with_extension("token");
    let node = run::start(Options {
        plan,
        origin: origin.clone(),
        workers: options.workers,
        media_threads: options.media_threads,
        database,
        http,
        token: token.clone(),
        most_calls: options.most_calls,
    });
    let node = match node {
        Ok(node) => node,
        Err(error) => return fail(WRONG, error),
    };
    if let Err(error) = run::keep_token(&token_file, &token) {
        tracing::warn!(%error, "the token could not be kept in a file");
    }
    greet(&node, &origin, &token_file);
    match wait(&node, Duration::from_secs(options.drain)) {
        Ok(()) => {
            node.stop();
            ExitCode::SUCCESS
        }
        Err(error) => fail(NO, format!("cannot hear signals: {error}")),
    }
}

/// What is needed to try it, for the demo plan; one line for any other.
fn greet(node: &Node, origin: &Origin, token_file: &std::path::Path) {
    for listener in node.listeners() {
        let transport = listener.transport.as_str().to_ascii_lowercase();
        tracing::info!("listening on {transport}://{}", listener.local);
    }
    if let Some(http) = node.http() {
        tracing::info!(
            "http on http://{http}, the token for writes is in {}",
            token_file.display()
        );
    }
    if let (Origin::Demo, Some(sip)) = (origin, node.listeners().first()) {
        eprintln!(
            "\nThis is the demo plan, on loopback only. Try it:\n  \
             a softphone:  call sip:1000@{0} (a menu), sip:1001@{0} (straight to sales)\n  \
             SIPp:         sipp -sn uac -s 1000 {0} -m 1\n  \
             its agents:   sip:anna@127.0.0.1:5081 and seven more (`centralino demo` plays them)\n  \
             Ctrl-C ends it.\n",
            sip.local
        );
    }
    tracing::info!("ready");
}

/// The first signal drains, the second ends at once; both write every record.
fn wait(node: &Node, limit: Duration) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        node.drain();
        tracing::info!(
            calls = node.calls(),
            "draining: no new calls; a second signal ends at once"
        );
        let drained = async {
            let begun = tokio::time::Instant::now();
            while node.calls() > 0 && begun.elapsed() < limit {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = drained => {}
        }
        if node.calls() > 0 {
            tracing::info!(calls = node.calls(), "ending what is left");
            node.end_all();
            let _ = node.wait_empty(FAREWELL);
        }
        Ok(())
    })
}

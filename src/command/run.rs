//! `centralino run [PLAN]`: the router itself, until a signal ends it.

use super::logs::LogFormat;
use super::{NO, WRONG, fail, plans, rehearsal};
use centralino::dialplan::Finding;
use centralino::io::run::{self, Node, Options, Origin};
use centralino::plan::Listen;
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long the last BYEs and refusals are given to leave and be answered.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// The plan: a YAML file, or a folder of them. Without one: the demo plan, on loopback only.
    plan: Option<PathBuf>,
    /// SIP on this address in place of the plan's listeners: udp://ADDRESS:PORT or
    /// tcp://ADDRESS:PORT; may be given several times, port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<Listen>,
    /// Workers, 1 to 64: one single-threaded loop a core.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: u8,
    /// Media threads, 1 to 16.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    media_threads: u8,
    /// The web server's ADDRESS:PORT in place of the plan's; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// The database in place of the plan's; the token for the API lies beside it.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Calls at a time; more get 503.
    #[arg(long, default_value_t = 5000, value_name = "N")]
    most_calls: usize,
    /// How long running calls may go on after SIGTERM, seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    drain: u64,
}

pub(crate) fn run(options: RunOptions, format: LogFormat) -> ExitCode {
    let origin = options.plan.map_or(Origin::Demo, Origin::Path);
    let (loaded, sources) = match plans::load_with_texts(&origin) {
        Ok(loaded) => loaded,
        Err(no_plan) => return no_plan.fail(),
    };
    warn(&loaded.warnings, format);
    let plan = loaded.plan;
    let holds = plans::summary(&plan);
    let token = match run::new_token() {
        Ok(token) => token,
        Err(error) => return fail(WRONG, error),
    };
    let database = options.db.unwrap_or_else(|| PathBuf::from(&*plan.record.path));
    let http = options.http.or(plan.http.listen);
    let token_file = database.with_extension("token");
    let node = run::start(Options {
        plan,
        sources,
        origin: origin.clone(),
        listen: options.listen,
        gate: Some(rehearsal::gate),
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
        tracing::warn!(%error, file = %token_file.display(), "the token could not be kept");
    }
    tell_addresses(&node, &token_file);
    if let (Origin::Demo, LogFormat::Pretty) = (&origin, format) {
        greet(&node);
    }
    match wait(&node, Duration::from_secs(options.drain), &holds) {
        Ok(()) => {
            node.stop();
            tracing::info!("ended");
            ExitCode::SUCCESS
        }
        Err(error) => fail(NO, format!("cannot hear signals: {error}")),
    }
}

/// Warnings of the plan, in the logs' own form where a program reads them.
fn warn(warnings: &[Finding], format: LogFormat) {
    for warning in warnings {
        match format {
            LogFormat::Pretty => eprintln!("{}", warning.render()),
            LogFormat::Json => tracing::warn!("{warning}"),
        }
    }
}

/// Where it is reached.
fn tell_addresses(node: &Node, token_file: &Path) {
    for listener in node.listeners() {
        let transport = listener.transport.as_str().to_ascii_lowercase();
        tracing::info!("listening on {transport}://{}", listener.local);
    }
    for (network, ours) in node.advertised() {
        match network {
            Some((network, bits)) => {
                tracing::debug!("for {network}/{bits} our address is {ours}");
            }
            None => tracing::info!("for all other networks our address is {ours}"),
        }
    }
    if let Some(http) = node.http() {
        let token = token_file.display();
        tracing::info!("http on http://{http}, the token for writes is in {token}");
    }
}

/// What is needed to try the demo plan, in place of a softphone's manual.
fn greet(node: &Node) {
    let Some(sip) = node.listeners().first().map(|listener| listener.local) else { return };
    eprintln!(
        "\nThis is the demo plan, on loopback only. Try it:\n  \
         a softphone:   call sip:1000@{sip} (a menu) or sip:1001@{sip} (straight to sales)\n  \
         a caller:      sipp -sn uac -s 1001 -i 127.0.0.1 -m 1 -d 5000 {sip}\n  \
         an agent:      sipp -sn uas -i 127.0.0.1 -p 5081   (is Anna; 5082 Bruno … 5088 Hugo)\n  \
         what happened: centralino cdr list, then centralino cdr show CALL\n  \
         all at once:   centralino demo\n  \
         Ctrl-C ends it.\n"
    );
}

/// The first signal drains, the second ends at once; both write every record. SIGHUP reads the plan
/// anew. Says that it is ready once they are heard.
fn wait(node: &Node, limit: Duration, holds: &str) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        // Who reads this may send signals.
        tracing::info!("ready: {holds}");
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hang_up.recv() => node.reload(),
            }
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

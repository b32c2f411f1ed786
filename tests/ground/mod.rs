//! What the tests on real sockets stand on: ports, scratch folders, waiting, and a router to call.
//!
//! `tests/wire` and `tests/phones` take it in as a module each.

mod log;
mod ports;
mod router;

pub(crate) use log::Log;
pub(crate) use ports::free_ports;
pub(crate) use router::{Plan, Router};

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How often something outside this process is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How long anything outside this process may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until something outside this process has come true; there is nothing to be woken by.
#[track_caller]
pub(crate) fn wait_until(what: &str, done: impl FnMut() -> bool) {
    wait_long(PATIENCE, what, done);
}

/// The same for what takes its time.
#[track_caller]
pub(crate) fn wait_long(patience: Duration, what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < patience, "waited {patience:?} in vain: {what}");
        std::thread::park_timeout(LOOK);
    }
}

/// A new folder for one process.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("centralino-wire-{}-{count}-{name}", std::process::id());
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&dir).expect("a scratch folder");
    dir
}

//! The commands as people and programs use them: the binary itself, its exit codes, what it says on
//! stdout and stderr, signals and HTTP. Calls come from SIPp (Debian: sip-tester).
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

mod begin;
mod check;
mod disk;
mod drain;
mod graph;
mod guide;
mod http;
mod logs;
mod new;
mod node;
mod phones;
mod records;
mod rehearsals;
mod reload;
mod reload_load;
mod schema;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The binary, in a folder, with arguments, to its end.
#[track_caller]
pub(crate) fn centralino(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_centralino"))
        .args(arguments)
        .current_dir(&folder.0)
        .env_remove("CENTRALINO_LOG")
        .output()
        .expect("the binary runs")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of a test's own; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("centralino-commands-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a scratch folder");
        Folder(path)
    }

    /// A file in it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("the file is written");
        path
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder is read").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Looks until something outside this process has come true; there is nothing to be woken by.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited 30 s in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

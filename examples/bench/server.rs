//! A child process on the servers' core, which ends with us whatever happens to us.
//!
//! `setpriv --pdeathsig` asks the kernel for a signal to the child when its parent ends, so that even
//! a killed benchmark leaves nothing behind; `taskset` pins it. Both hold across exec.

use crate::Result;
use crate::host::{self, Usage};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A server that takes longer than this to start is not going to.
const START: Duration = Duration::from_secs(30);
/// Given to a server to end by itself.
const END: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// Where it takes SIP, or packets.
    pub(crate) at: SocketAddr,
    /// Its database, if it writes records.
    pub(crate) database: Option<PathBuf>,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a command on the servers' core, with its output in a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(
        name: &str,
        at: SocketAddr,
        program: &Path,
        arguments: &[String],
        work: &Path,
    ) -> Result<Server> {
        let log = work.join(format!("{name}.log"));
        let out = File::create(&log)?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "taskset", "-c", "0"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .map_err(|e| format!("cannot start {name}: {e}"))?;
        Ok(Server { name: name.to_owned(), at, database: None, child, log })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn usage(&self) -> Usage {
        host::usage(self.pid())
    }

    /// Waits until its log says this.
    ///
    /// # Errors
    /// It ended or did not say it in time; the text has the log's end.
    pub(crate) fn await_log(&mut self, text: &str) -> Result<()> {
        self.wait_until(|log| fs::read_to_string(log).unwrap_or_default().contains(text))
    }

    /// Waits until it has bound its port.
    ///
    /// # Errors
    /// It ended or did not bind in time.
    pub(crate) fn await_port(&mut self) -> Result<()> {
        let at = self.at;
        self.wait_until(|_| std::net::UdpSocket::bind(at).is_err())
    }

    fn wait_until(&mut self, ready: impl Fn(&Path) -> bool) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if ready(&self.log) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended with {status}: {}", self.name, self.tail()).into());
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("{} does not start: {}", self.name, self.tail()).into())
    }

    /// The last lines of its log.
    pub(crate) fn tail(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }

    /// Asks it to end, waits, and kills it if it does not.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        Command::new("kill").arg(self.pid().to_string()).status().ok();
        let begun = Instant::now();
        while begun.elapsed() < END {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

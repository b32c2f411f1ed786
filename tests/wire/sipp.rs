//! One SIPp process: its scenario, its addresses, its exit code and what it had to complain of.

use crate::ground::{free_ports, scratch, wait_until};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};

/// SIPp ends itself after so many seconds, and fails.
const SIPP_SECONDS: u32 = 60;
/// Calls whose SIPp processes run at a time, over all tests.
const CALLS_AT_A_TIME: usize = 8;

/// One side of a call.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// The file in `tests/sipp`, without `.xml`.
    pub(crate) scenario: &'static str,
    /// Its own address.
    pub(crate) local: SocketAddr,
    /// Where its requests go; none for a called side.
    pub(crate) remote: Option<SocketAddr>,
    /// SIP over TCP.
    pub(crate) tcp: bool,
    /// Calls before it ends.
    pub(crate) calls: u32,
    /// Length of the scenario's open pause, in milliseconds.
    pub(crate) pause_ms: u32,
    /// The number that is called.
    pub(crate) number: String,
    /// Further arguments.
    pub(crate) more: Vec<String>,
}

impl Side {
    /// A called side at a free port of this address.
    pub(crate) fn called(scenario: &'static str, ip: IpAddr) -> Side {
        Side {
            scenario,
            local: SocketAddr::new(ip, free_ports(ip, 1)),
            remote: None,
            tcp: false,
            calls: 1,
            pause_ms: 300,
            number: "100".to_owned(),
            more: Vec::new(),
        }
    }

    /// A calling side at a free port, towards `remote`.
    pub(crate) fn calling(scenario: &'static str, remote: SocketAddr) -> Side {
        let side = Side::called(scenario, remote.ip());
        Side { remote: Some(remote), pause_ms: 1000, ..side }
    }

    /// The same over TCP.
    pub(crate) fn over_tcp(self, tcp: bool) -> Side {
        Side { tcp, ..self }
    }

    /// Starts it; a called side is bound when this returns.
    pub(crate) fn start(&self) -> Sipp {
        let dir = scratch(self.scenario);
        let mut command = Command::new("sipp");
        if let Some(remote) = self.remote {
            command.arg(remote.to_string());
        }
        // SIPp takes the second port after it as well.
        let media = free_ports(self.local.ip(), 4);
        command
            .arg("-sf")
            .arg(scenario_in(&dir, self.scenario))
            .args(["-i", &self.local.ip().to_string(), "-p", &self.local.port().to_string()])
            .args(["-mi", &self.local.ip().to_string(), "-mp", &media.to_string()])
            .args(["-t", if self.tcp { "t1" } else { "u1" }])
            .args(["-m", &self.calls.to_string(), "-d", &self.pause_ms.to_string()])
            .args(["-s", &self.number, "-nostdin"])
            .args(["-timeout", &SIPP_SECONDS.to_string(), "-timeout_error"])
            .args(["-default_behaviors", "all,-bye"])
            .args([
                "-trace_err",
                "-error_file",
                "errors",
                "-trace_msg",
                "-message_file",
                "messages",
            ])
            .args(&self.more)
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("sipp is installed (Debian: sip-tester)");
        let mut sipp = Sipp { child, dir, scenario: self.scenario };
        if self.remote.is_none() {
            let side = self.clone();
            wait_until("sipp listens", || !side.is_free() || sipp.has_ended());
        }
        sipp
    }

    fn is_free(&self) -> bool {
        if self.tcp {
            TcpListener::bind(self.local).is_ok()
        } else {
            UdpSocket::bind(self.local).is_ok()
        }
    }
}

/// A SIPp that runs; ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Sipp {
    child: Child,
    dir: PathBuf,
    scenario: &'static str,
}

impl Sipp {
    fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits for its end, which must be a success.
    #[track_caller]
    pub(crate) fn succeed(mut self) {
        let status = self.child.wait().expect("sipp can be waited for");
        if !status.success() {
            let read = |name| std::fs::read_to_string(self.dir.join(name)).unwrap_or_default();
            let (errors, messages) = (read("errors"), read("messages"));
            panic!("{}: {status}\n{errors}\n{messages}", self.scenario);
        }
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Whether this scenario can run here: SIPp plays recordings through a raw socket, which needs root or
/// CAP_NET_RAW. Where it cannot, `tests/phones` still presses digits by RFC 4733.
pub(crate) fn can_run(scenario: &str) -> bool {
    use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
    let raw = || socket(AddressFamily::Inet, SockType::Raw, SockFlag::empty(), SockProtocol::Udp);
    let can = scenario != "uac_dtmf_rtp" || raw().is_ok();
    if !can {
        eprintln!("left out, no right to open a raw socket: {scenario}");
    }
    can
}

/// A place among the calls that run at a time; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Seat {
    /// Waits for one. Whoever has one must not wait for another.
    pub(crate) fn take() -> Seat {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = FREED
            .wait_while(taken, |taken| *taken >= CALLS_AT_A_TIME)
            .unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Seat
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

/// Copies the scenario beside the recording that it may play.
fn scenario_in(dir: &Path, name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp").join(format!("{name}.xml"));
    let to = dir.join(format!("{name}.xml"));
    std::fs::copy(&from, &to).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    std::fs::write(dir.join("dtmf.pcap"), centralino::rehearse::recorded_digits("12#", 0))
        .expect("written");
    to
}

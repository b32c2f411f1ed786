//! SIPp as caller and agent, with the scenarios of `tests/sipp`.

use crate::{Folder, wait_until};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A SIPp that runs; ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Phone {
    child: Child,
    folder: Folder,
    pub(crate) local: SocketAddr,
}

/// A port that nobody has.
pub(crate) fn free_port() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.local_addr().expect("an address")
}

impl Phone {
    /// A caller who calls `number`; `pause_ms` is the scenario's own pause.
    pub(crate) fn caller(scenario: &str, router: SocketAddr, number: &str, pause_ms: u32) -> Phone {
        let router = router.to_string();
        Phone::start(scenario, free_port(), &[&router, "-s", number], pause_ms)
    }

    /// An agent's phone at this address; it is bound when this returns.
    pub(crate) fn agent(scenario: &str, local: SocketAddr, pause_ms: u32) -> Phone {
        let mut phone = Phone::start(scenario, local, &[], pause_ms);
        wait_until("sipp listens", || {
            phone.child.try_wait().is_ok_and(|status| status.is_some())
                || UdpSocket::bind(local).is_err()
        });
        phone
    }

    /// So many callers, so many a second, or so many agents' phones at one address.
    pub(crate) fn crowd(
        scenario: &str,
        local: SocketAddr,
        router: Option<(SocketAddr, &str)>,
        (calls, rate): (u32, u32),
        pause_ms: u32,
    ) -> Phone {
        let (calls, rate) = (calls.to_string(), rate.to_string());
        let mut arguments = vec!["-m", &calls, "-r", &rate];
        let router = router.map(|(router, number)| (router.to_string(), number));
        if let Some((router, number)) = &router {
            arguments.splice(0..0, [router.as_str(), "-s", number]);
        }
        Phone::start(scenario, local, &arguments, pause_ms)
    }

    fn start(scenario: &str, local: SocketAddr, arguments: &[&str], pause_ms: u32) -> Phone {
        let folder = Folder::new();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp");
        let (ip, port) = (local.ip().to_string(), local.port().to_string());
        let media = free_port().port().to_string();
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(file.join(format!("{scenario}.xml")))
            .args(["-m", "1"])
            .args(arguments)
            .args(["-i", &ip, "-p", &port, "-mi", &ip, "-mp", &media])
            .args(["-d", &pause_ms.to_string(), "-nostdin"])
            .args(["-timeout", "120", "-timeout_error", "-default_behaviors", "all,-bye"])
            .args(["-trace_err", "-error_file", "errors"])
            .args(["-trace_msg", "-message_file", "messages"])
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is installed (Debian: sip-tester)");
        Phone { child, folder, local }
    }

    /// Waits for its end, which must be a success.
    #[track_caller]
    pub(crate) fn succeed(mut self) {
        let status = self.child.wait().expect("sipp can be waited for");
        if !status.success() {
            let read = |name| std::fs::read_to_string(self.folder.0.join(name)).unwrap_or_default();
            panic!("sipp at {}: {status}\n{}\n{}", self.local, read("errors"), read("messages"));
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

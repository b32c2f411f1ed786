//! One `centralino run` on free ports with a plan of its own, and its HTTP interface.

use crate::sipp::{free_port, scratch, wait_until};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Lines of its log that are kept for a test that fails.
const LOG_LINES: usize = 5000;

/// A running router; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Router {
    child: Child,
    dir: PathBuf,
    /// Where it speaks SIP, over UDP and TCP.
    pub(crate) sip: SocketAddr,
    http: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

/// A free address for the router's SIP, to be written into its plan.
pub(crate) fn sip_address(ip: IpAddr) -> SocketAddr {
    free_port(ip)
}

impl Router {
    /// Starts the router with this plan, which listens at `sip`, and waits until it is ready.
    pub(crate) fn start(sip: SocketAddr, plan: &str) -> Router {
        let dir = scratch("router");
        let path = dir.join("plan.yaml");
        std::fs::write(&path, plan).expect("the plan is written");
        let http = free_port(Ipv4Addr::LOCALHOST.into());
        let mut child = Command::new(env!("CARGO_BIN_EXE_centralino"))
            .arg("run")
            .arg(&path)
            .args(["--http", &http.to_string()])
            .arg("--db")
            .arg(dir.join("centralino.db"))
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the router starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(&log);
            std::thread::spawn(move || keep_log(BufReader::new(stderr), &log));
        }
        let mut router = Router { child, dir, sip, http, log };
        router.wait_ready();
        router
    }

    fn wait_ready(&mut self) {
        wait_until("the router is ready", || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the router ended with {status} before it was ready\n{}", self.log());
            }
            self.try_get("/readyz").is_some_and(|(status, _)| status == 200)
        });
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().map(|log| log.join("\n")).unwrap_or_default()
    }

    /// A JSON answer of its API.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        let (status, body) = self.try_get(path).expect("the router answers over HTTP");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}\n{body}"))
    }

    /// The CDRs, once there are so many of them.
    pub(crate) fn cdrs(&self, wanted: usize) -> Vec<serde_json::Value> {
        let mut cdrs = Vec::new();
        wait_until("the CDRs are written", || {
            let answer = self.get("/api/v1/cdrs");
            let list = answer.as_array().or_else(|| answer.get("cdrs")?.as_array());
            cdrs = list.cloned().unwrap_or_default();
            cdrs.len() >= wanted
        });
        assert_eq!(cdrs.len(), wanted, "{cdrs:#?}");
        cdrs
    }

    /// Status and body of a GET; none if nobody answers.
    fn try_get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.http).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let host = self.http;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// Asks it to end as an operator would, and waits for that.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM is sent");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the router's log:\n{}", self.log());
        } else {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

fn keep_log(stderr: impl BufRead, log: &Mutex<Vec<String>>) {
    for line in stderr.lines().map_while(Result::ok) {
        if let Ok(mut log) = log.lock()
            && log.len() < LOG_LINES
        {
            log.push(line);
        }
    }
}

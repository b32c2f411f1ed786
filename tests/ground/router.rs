//! One `centralino run` with a plan of its own on ports that nobody else has, and its HTTP
//! interface.

use super::{Log, free_ports, scratch, wait_until};
use serde_json::Value;
use std::io::{BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// Media ports of one router: a torture takes hundreds, and they rest for some seconds after use.
const MEDIA_PORTS: u16 = 1000;

/// What a router is to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The address that it listens at and has its media at.
    pub(crate) ip: IpAddr,
    /// Its workers.
    pub(crate) workers: u8,
    /// Further settings of the one trunk, as YAML: `session_timer: 90s`.
    pub(crate) trunk: &'static str,
    /// `agents:`, `queues:`, `numbers:` and `flows:`.
    pub(crate) rest: String,
}

impl Plan {
    fn text(&self) -> String {
        let first = free_ports(self.ip, MEDIA_PORTS);
        let prompts = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialplans/prompts");
        let (host, trunk, rest) = (SocketAddr::new(self.ip, 0), self.trunk, &self.rest);
        format!(
            "version: 1\n\
             sip: {{ listen: [\"udp://{host}\", \"tcp://{host}\"] }}\n\
             media: {{ ports: {first}-{}, address: \"{}\", codecs: [pcma, pcmu], prompts: \"{}\" }}\n\
             http: {{ listen: \"127.0.0.1:0\" }}\n\
             defaults: {{ ring: 2s, wrap_up: 200ms }}\n\
             trunks:\n  test: {{ accept_from: [127.0.0.0/8, \"::1/128\"], {trunk} }}\n{rest}",
            first + MEDIA_PORTS - 1,
            self.ip,
            prompts.display(),
        )
    }
}

/// A running router; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Router {
    child: Child,
    dir: PathBuf,
    /// Where it speaks SIP over UDP.
    pub(crate) udp: SocketAddr,
    /// Where it speaks SIP over TCP.
    pub(crate) tcp: SocketAddr,
    /// Its web server.
    pub(crate) http: SocketAddr,
    log: Log,
    reader: Option<JoinHandle<()>>,
}

impl Router {
    /// Starts the router with this plan and waits until it is ready.
    pub(crate) fn start(plan: &Plan) -> Router {
        let dir = scratch("router");
        let path = dir.join("plan.yaml");
        std::fs::write(&path, plan.text()).expect("the plan is written");
        Router::run(dir, &path, plan.ip, plan.workers)
    }

    /// Starts a router with one worker on a plan that is a file already, with a UDP listener on IPv4.
    #[allow(dead_code, reason = "tests/phones has no such plans")]
    pub(crate) fn start_on(path: &Path) -> Router {
        Router::run(scratch("router"), path, IpAddr::V4(Ipv4Addr::LOCALHOST), 1)
    }

    /// The file with the token that writes over HTTP need.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.dir.join("centralino.token")
    }

    fn run(dir: PathBuf, path: &Path, ip: IpAddr, workers: u8) -> Router {
        let mut child = Command::new(env!("CARGO_BIN_EXE_centralino"))
            .arg("run")
            .arg(path)
            .args(["--workers", &workers.to_string(), "--log", "info,centralino=debug"])
            .arg("--db")
            .arg(dir.join("centralino.db"))
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the router starts");
        let log = Log::default();
        let reader = child.stderr.take().map(|stderr| {
            let log = log.clone();
            std::thread::spawn(move || log.read(BufReader::new(stderr)))
        });
        let nowhere = SocketAddr::new(ip, 0);
        let mut router =
            Router { child, dir, udp: nowhere, tcp: nowhere, http: nowhere, log, reader };
        router.wait_ready();
        router
    }

    /// It says in its log where it listens, last that it is ready.
    fn wait_ready(&mut self) {
        wait_until("the router is ready", || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the router ended with {status} before it was ready\n{}", self.log());
            }
            self.log().lines().any(|line| line.contains(" ready: "))
        });
        let log = self.log();
        let said = |scheme: &str| {
            let (_, rest) = log.split_once(scheme)?;
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            rest.get(..end)?.trim().parse().ok()
        };
        self.udp = said("listening on udp://").expect("its UDP address");
        // Not every plan has one.
        self.tcp = said("listening on tcp://").unwrap_or(self.tcp);
        self.http = said("http on http://").expect("its HTTP address");
        self.assert_ready();
    }

    /// Its health check says that it takes calls.
    #[track_caller]
    fn assert_ready(&self) {
        let answer = self.try_get("/readyz");
        assert!(matches!(answer, Some((200, _))), "/readyz: {answer:?}");
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// A JSON answer of its API.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.try_get(path).expect("the router answers over HTTP");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}\n{body}"))
    }

    /// The CDRs once there are so many of them, and no more.
    #[track_caller]
    pub(crate) fn cdrs(&self, wanted: usize) -> Vec<Value> {
        self.records(wanted, "")
    }

    /// The same with numbers and digits.
    #[allow(dead_code, reason = "tests/phones looks at no numbers")]
    #[track_caller]
    pub(crate) fn whole_cdrs(&self, wanted: usize) -> Vec<Value> {
        self.records(wanted, "?numbers=true")
    }

    #[track_caller]
    fn records(&self, wanted: usize, query: &str) -> Vec<Value> {
        let mut cdrs = Vec::new();
        wait_until("the CDRs are written", || {
            cdrs = self.list("/api/v1/cdrs?limit=1000", "cdrs");
            cdrs.len() >= wanted
        });
        assert_eq!(cdrs.len(), wanted, "{cdrs:#?}");
        let whole = |cdr: &Value| {
            let call = cdr["call"].as_str().unwrap_or_default();
            self.get(&format!("/api/v1/cdrs/{call}{query}"))
        };
        cdrs.iter().map(whole).collect()
    }

    /// All is as before the first call: no call lives, every agent is ready, calls are taken, nothing
    /// was logged as an error.
    #[track_caller]
    fn assert_quiet(&self) {
        wait_until("no call is left", || self.list("/api/v1/calls", "calls").is_empty());
        let mut left = Vec::new();
        let mut looks = 0;
        wait_until("every agent is ready again", || {
            left = self.list("/api/v1/agents", "agents");
            left.retain(|agent| agent["state"] != "ready");
            looks += 1;
            assert!(looks < 1000, "{left:#?}");
            left.is_empty()
        });
        self.assert_ready();
        self.assert_no_faults();
    }

    /// Nothing in all of its log tells of a panic or an error.
    #[track_caller]
    fn assert_no_faults(&self) {
        assert_eq!(self.log.faults(), [""; 0]);
    }

    fn list(&self, path: &str, name: &str) -> Vec<Value> {
        let answer = self.get(path);
        let list = answer.get(name).and_then(Value::as_array);
        list.unwrap_or_else(|| panic!("{path}: {answer:#}")).clone()
    }

    /// Status and body of a GET; none if nobody answers.
    pub(crate) fn try_get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.http).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let host = self.http;
        let token = std::fs::read_to_string(self.token_file()).unwrap_or_default();
        let head = format!("Host: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}");
        write!(stream, "GET {path} HTTP/1.0\r\n{head}\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// All is quiet, and it ends well when an operator asks it to.
    #[track_caller]
    pub(crate) fn end(self) {
        self.assert_quiet();
        self.stop();
    }

    /// It ends well when an operator asks it to, busy or not.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        self.terminate();
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
        let read = self.reader.take().map(JoinHandle::join);
        assert!(read.is_none_or(|read| read.is_ok()), "its log was read");
        self.assert_no_faults();
    }

    /// Sends SIGTERM.
    #[track_caller]
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM is sent");
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

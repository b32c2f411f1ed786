//! One `centralino run` on ports that the system chose, and its HTTP interface.

use crate::{Folder, wait_until};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who may call in all plans of these tests.
pub(crate) const HEAD: &str = "\
version: 1
sip: { listen: [udp://127.0.0.1:0] }
media: { address: 127.0.0.1, ports: 30000-30399 }
defaults: { wrap_up: 0 }
trunks: { carrier: { accept_from: [127.0.0.0/8] } }
";

/// A running router; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    pub(crate) folder: Folder,
    pub(crate) sip: SocketAddr,
    pub(crate) http: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Node {
    /// Runs [`HEAD`] and this, and waits until it is ready.
    pub(crate) fn start(rest: &str, arguments: &[&str]) -> Node {
        let folder = Folder::new();
        folder.write("plan.yaml", &format!("{HEAD}{rest}"));
        Node::start_in(folder, &[&["plan.yaml", "--http", "127.0.0.1:0"], arguments].concat())
    }

    /// `centralino run` with these arguments.
    pub(crate) fn start_in(folder: Folder, arguments: &[&str]) -> Node {
        let mut command = Command::new(env!("CARGO_BIN_EXE_centralino"));
        command.arg("run").args(arguments);
        Node::start_as(folder, command)
    }

    /// A command that becomes a `centralino run`.
    pub(crate) fn start_as(folder: Folder, mut command: Command) -> Node {
        let mut child = command
            .current_dir(&folder.0)
            .env_remove("CENTRALINO_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the router starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = child.stderr.take().expect("stderr is piped");
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().expect("no panic above").push(line);
            }
        });
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut node = Node { child, folder, sip: nowhere, http: nowhere, log };
        wait_until("the router is ready", || {
            if let Some(status) = node.child.try_wait().expect("it can be asked") {
                panic!("the router ended with {status}\n{}", node.log());
            }
            node.log().contains("ready: ")
        });
        node.sip = node.address_after("listening on udp://");
        node.http = node.address_after("http on http://");
        node
    }

    fn address_after(&self, words: &str) -> SocketAddr {
        let log = self.log();
        let after = log.split_once(words).map(|(_, after)| after).unwrap_or_default();
        let end = after.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':');
        let address = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
        address.parse().unwrap_or_else(|e| panic!("{words}: {e}\n{log}"))
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no panic above").join("\n")
    }

    /// Waits for its end, then for its last line.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("it ends");
        wait_until("stderr is read", || Arc::strong_count(&self.log) == 1);
        status
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{name} is sent");
    }

    /// The token for writes, as its file has it.
    pub(crate) fn token(&self) -> String {
        let path = self.folder.0.join("centralino.token");
        std::fs::read_to_string(path).expect("the token's file").trim().to_owned()
    }

    /// Status and body of a request; `headers` end with CRLF each.
    pub(crate) fn ask(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.http).expect("HTTP is served");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let host = if headers.contains("Host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.http)
        };
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it is answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    /// A JSON answer.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        let (status, body) = self.ask(&format!("GET {path}"), "", "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}\n{body}"))
    }

    /// Waits until so many calls are in progress.
    pub(crate) fn wait_calls(&self, count: usize) {
        wait_until("calls are in progress", || {
            let answer = self.get("/api/v1/calls");
            answer["calls"].as_array().map(Vec::len) == Some(count)
        });
    }

    /// Waits until so many records are written, and gives them.
    pub(crate) fn wait_records(&self, count: usize) -> Vec<serde_json::Value> {
        let mut records = Vec::new();
        wait_until("records are written", || {
            records = self.get("/api/v1/cdrs")["cdrs"].as_array().cloned().unwrap_or_default();
            records.len() == count
        });
        records
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the router's log:\n{}", self.log());
        }
    }
}

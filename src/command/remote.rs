//! The commands that speak with a running router: where it is, its token, what its answers mean.

use super::{NO, WRONG, fail};
use centralino::io::http::client;
use clap::Args;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// The running router's web server.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    http: SocketAddr,
    /// The file with the router's token; it lies beside the router's database.
    #[arg(long, default_value = "centralino.token", value_name = "FILE")]
    token_file: PathBuf,
    /// JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

/// Why there is no answer: what to say, and the exit code.
#[derive(Debug)]
pub(super) struct Failed {
    code: u8,
    findings: Vec<String>,
    message: String,
    answer: Option<Value>,
}

impl Failed {
    fn wrong(message: String) -> Failed {
        Failed { code: WRONG, findings: Vec::new(), message, answer: None }
    }

    /// Tells it: findings and what they come to on stderr, or the answer as it is on stdout.
    pub(super) fn fail(self, json: bool) -> ExitCode {
        if let (true, Some(answer)) = (json, &self.answer) {
            return match super::tell(&format!("{answer:#}\n")) {
                Ok(()) => ExitCode::from(self.code),
                Err(error) => fail(NO, error),
            };
        }
        for finding in &self.findings {
            eprintln!("{}", finding.trim_end());
        }
        fail(self.code, self.message)
    }
}

impl Remote {
    /// Asks with the token; a JSON answer.
    pub(super) fn ask(&self, line: &str, body: &str) -> Result<Value, Failed> {
        let file = self.token_file.display();
        let token = std::fs::read_to_string(&self.token_file).map_err(|e| {
            Failed::wrong(format!("no token in {file} ({e}); name its file with --token-file"))
        })?;
        let asked = client::ask(self.http, line, Some(token.trim()), body);
        let (status, body) = asked.map_err(Failed::wrong)?;
        let answer: Value = serde_json::from_str(&body).map_err(|e| {
            Failed::wrong(format!("what http://{} answers is no JSON: {e}", self.http))
        })?;
        if status == 200 {
            return Ok(answer);
        }
        let message = answer.pointer("/error/message").and_then(Value::as_str);
        let message = message.unwrap_or("no reason was told").to_owned();
        let findings =
            answer.get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
        let findings = findings.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        // The answer is no; all else is that we could not ask.
        let code = if matches!(status, 404 | 409 | 422) { NO } else { WRONG };
        let message = if status == 401 {
            format!("the token in {file} is not this router's")
        } else {
            message
        };
        Err(Failed { code, findings, message, answer: Some(answer) })
    }
}

/// A text of an answer; empty if it has none.
pub(super) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

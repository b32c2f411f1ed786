//! A request to a running router, for the commands that speak with one: HTTP/1.1, one connection each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A router that does not answer for longer than its own limit for a request is gone.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer: the texts of the largest plan.
const ANSWER_BYTES: u64 = 64 << 20;

/// Asks, and gives status and body.
///
/// # Errors
/// One line: nobody answers there, or it is no HTTP.
pub fn ask(
    router: SocketAddr,
    line: &str,
    token: Option<&str>,
    body: &str,
) -> Result<(u16, String), String> {
    let fail = |e: std::io::Error| format!("no router answers at http://{router}: {e}");
    let mut stream = TcpStream::connect_timeout(&router, PATIENCE).map_err(fail)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(fail)?;
    let token = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {router}\r\n{token}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).map_err(fail)?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer).map_err(fail)?;
    let parts = answer.split_once("\r\n\r\n").and_then(|(head, body)| {
        let status = head.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
        Some((status, body.to_owned()))
    });
    parts.ok_or_else(|| format!("what answers at http://{router} is no router"))
}

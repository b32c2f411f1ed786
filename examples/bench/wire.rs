//! The generator's SIP: just enough text to place, answer and end a call, made by cutting lines.
//!
//! It shares nothing with the router, so that a fault of the router's parser cannot hide here.

use std::fmt::Write;
use std::net::SocketAddr;

/// A message, cut into its first line, header lines and body.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) first: &'a str,
    head: &'a str,
    pub(crate) body: &'a str,
}

impl<'a> Text<'a> {
    pub(crate) fn cut(bytes: &'a [u8]) -> Option<Text<'a>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let (first, head) = head.split_once("\r\n")?;
        Some(Text { first, head, body })
    }

    /// Values of a header, in order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head.split("\r\n").filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.trim_end().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn one(&self, name: &str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// The status of a response, none for a request.
    pub(crate) fn status(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    }

    /// The method, of a response too.
    pub(crate) fn method(&self) -> &'a str {
        self.one("CSeq").split_whitespace().nth(1).unwrap_or_default()
    }

    /// The number of the call, which stands in From's user part and survives a B2BUA.
    pub(crate) fn call(&self) -> Option<u64> {
        let user = self.one("From").split_once("sip:")?.1.split_once('@')?.0;
        user.get(user.len().checked_sub(NUMBER)?..)?.parse().ok()
    }

    /// Where the far end wants its RTP.
    pub(crate) fn media(&self) -> Option<SocketAddr> {
        let line = |start: &str| self.body.lines().find_map(|l| l.trim_end().strip_prefix(start));
        let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::new(line("c=IN IP4 ")?.parse().ok()?, port))
    }

    /// A header's URI without brackets and what stands behind it.
    pub(crate) fn uri(&self, name: &str) -> &'a str {
        let value = self.one(name);
        let value = value.split_once('<').map_or(value, |(_, rest)| rest);
        value.split('>').next().unwrap_or_default()
    }
}

/// Digits of a call's number in From.
const NUMBER: usize = 9;

/// Who calls through which server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) server: SocketAddr,
    pub(crate) caller: SocketAddr,
}

fn sdp(rtp: SocketAddr) -> String {
    format!(
        "v=0\r\no=bench 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
        ip = rtp.ip(),
        port = rtp.port()
    )
}

/// What both requests of a caller begin with.
fn request(method: &str, cseq: u32, uri: &str, ends: &Ends, call: u64, to: &str) -> String {
    let caller = ends.caller;
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {caller};branch=z9hG4bK-{call}-{method}\r\n\
         From: <sip:39{call:0NUMBER$}@{caller}>;tag=c{call}\r\nTo: {to}\r\n\
         Call-ID: {call}-bench@{ip}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n",
        ip = caller.ip()
    )
}

pub(crate) fn invite(ends: &Ends, call: u64, called: &str, rtp: SocketAddr) -> String {
    let uri = format!("sip:{called}@{}", ends.server);
    let body = sdp(rtp);
    let mut text = request("INVITE", 1, &uri, ends, call, &format!("<{uri}>"));
    write!(
        text,
        "Contact: <sip:39{call:0NUMBER$}@{}>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{body}",
        ends.caller,
        body.len()
    )
    .ok();
    text
}

/// A request within the dialog: Route is Record-Route reversed (RFC 3261 §12.1.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Dialog {
    to: String,
    target: String,
    routes: String,
}

impl Dialog {
    /// Of a 2xx.
    pub(crate) fn of(answer: &Text<'_>) -> Dialog {
        let mut routes: Vec<&str> =
            answer.all("Record-Route").flat_map(|v| v.split(',').map(str::trim)).collect();
        routes.reverse();
        let routes = routes.iter().map(|r| format!("Route: {r}\r\n")).collect();
        Dialog { to: answer.one("To").to_owned(), target: answer.uri("Contact").to_owned(), routes }
    }

    pub(crate) fn request(&self, method: &str, cseq: u32, ends: &Ends, call: u64) -> String {
        let mut text = request(method, cseq, &self.target, ends, call, &self.to);
        text.push_str(&self.routes);
        text.push_str("Content-Length: 0\r\n\r\n");
        text
    }
}

/// The ACK for a failure, which belongs to the INVITE's transaction (§17.1.1.3).
pub(crate) fn ack_failure(ends: &Ends, call: u64, called: &str, response: &Text<'_>) -> String {
    let uri = format!("sip:{called}@{}", ends.server);
    let text = request("ACK", 1, &uri, ends, call, response.one("To"));
    text.replace("-ACK\r\n", "-INVITE\r\n") + "Content-Length: 0\r\n\r\n"
}

/// The callee's answer; it repeats what §8.2.6.2 says.
pub(crate) fn answer(
    request: &Text<'_>,
    status: &str,
    callee: SocketAddr,
    rtp: Option<SocketAddr>,
) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for via in request.all("Via") {
        write!(text, "Via: {via}\r\n").ok();
    }
    for route in request.all("Record-Route") {
        write!(text, "Record-Route: {route}\r\n").ok();
    }
    let to = request.one("To");
    let tag = if to.contains(";tag=") { "" } else { ";tag=callee" };
    write!(
        text,
        "From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\nContact: <sip:100@{callee}>\r\n",
        request.one("From"),
        request.one("Call-ID"),
        request.one("CSeq")
    )
    .ok();
    match rtp.map(sdp) {
        Some(body) => write!(
            text,
            "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok(),
        None => write!(text, "Content-Length: 0\r\n\r\n").ok(),
    };
    text
}

//! A caller made by hand: requests and responses as text, for what no phone says.

use super::set::*;
use std::net::{IpAddr, SocketAddr};

/// An offer of PCMA at the probe's address.
pub(crate) const OFFER: &str = "v=0
o=- 1 1 IN IP4 10.0.0.7
s=-
c=IN IP4 10.0.0.7
t=0 0
m=audio 40000 RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv";

/// A request of the probe's, to be sent by [`Set::probe`].
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) number: &'static str,
    pub(crate) branch: String,
    pub(crate) call_id: &'static str,
    pub(crate) from_tag: &'static str,
    pub(crate) to_tag: String,
    pub(crate) cseq: u32,
    pub(crate) max_forwards: u32,
    /// From without its tag.
    pub(crate) from: String,
    pub(crate) contact: &'static str,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn new(method: &'static str, number: &'static str) -> Request {
        Request {
            method,
            number,
            branch: format!("z9hG4bK-probe-{method}"),
            call_id: "probe-call",
            from_tag: "probe",
            to_tag: String::new(),
            cseq: 1,
            max_forwards: 70,
            from: "<sip:+39333222@10.0.0.7>".into(),
            contact: "<sip:probe@10.0.0.7:5060>",
            headers: String::new(),
            body: String::new(),
        }
    }

    /// An INVITE with an offer.
    pub(crate) fn invite(number: &'static str) -> Request {
        Request::new("INVITE", number).with_body("application/sdp", OFFER)
    }

    pub(crate) fn with(mut self, header: &str) -> Request {
        self.headers.push_str(header);
        self.headers.push('\n');
        self
    }

    pub(crate) fn with_body(self, kind: &str, body: &str) -> Request {
        let body = body.lines().map(str::trim).collect::<Vec<_>>().join("\r\n") + "\r\n";
        Request { body, ..self.with(&format!("Content-Type: {kind}")) }
    }

    pub(crate) fn branch(mut self, branch: &str) -> Request {
        self.branch = format!("z9hG4bK-{branch}");
        self
    }

    pub(crate) fn text(&self) -> String {
        let Request { method, number, branch, call_id, from_tag, cseq, max_forwards, .. } = self;
        let Request { from, contact, .. } = self;
        let tag =
            if self.to_tag.is_empty() { String::new() } else { format!(";tag={}", self.to_tag) };
        let via = format!("SIP/2.0/UDP 10.0.0.7:5060;branch={branch}");
        let head = format!(
            "{method} sip:{number}@10.0.0.9 SIP/2.0
             Via: {via}
             Max-Forwards: {max_forwards}
             From: {from};tag={from_tag}
             To: <sip:{number}@10.0.0.9>{tag}
             Call-ID: {call_id}
             CSeq: {cseq} {method}
             Contact: {contact}
             {}Content-Length: {}",
            self.headers,
            self.body.len(),
        );
        let head = head.lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
        format!("{head}\r\n\r\n{}", self.body)
    }
}

impl Set {
    /// Sends a request of the probe's and runs for 20 ms; what came back to it.
    pub(crate) fn probe(&mut self, request: &Request) -> Vec<String> {
        let before = self.to_probe().len();
        self.send_whole(PROBE, request.text());
        self.run(crate::stage::ms(20));
        self.to_probe().split_off(before)
    }

    /// Sends a request of the probe's without waiting for anything.
    pub(crate) fn send_now(&mut self, request: &Request) {
        self.send_whole(PROBE, request.text());
    }

    /// The whole messages that came to the probe.
    pub(crate) fn to_probe(&self) -> Vec<String> {
        self.messages("us", "probe", "")
    }

    /// ACK and further requests inside the dialog that this answer made.
    pub(crate) fn inside(&self, first: &Request, answer: &str, method: &'static str) -> Request {
        let to = header(answer, "To").unwrap_or_default();
        let to_tag = to.split_once(";tag=").map(|(_, tag)| tag.to_owned()).unwrap_or_default();
        let cseq = if method == "ACK" { first.cseq } else { first.cseq + 1 };
        Request { to_tag, cseq, call_id: first.call_id, ..Request::new(method, first.number) }
    }

    /// Sends this message, whole.
    pub(crate) fn send_whole(&mut self, from: IpAddr, text: String) {
        self.send_between((from, 5060).into(), (US, 5060).into(), text);
    }

    /// The same between these two sockets.
    pub(crate) fn send_between(&mut self, local: SocketAddr, remote: SocketAddr, text: String) {
        let now = self.world.now().mono;
        let datagram = centralino::sim::Datagram { local, remote, bytes: text.into() };
        self.world.ladder.add(now, &datagram);
        self.world.net.send(now, datagram);
    }
}

/// A response to a request of ours, from the party at this address, with this tag and body.
pub(crate) fn response(request: &str, status: &str, from: IpAddr, tag: &str, sdp: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let value = header(request, name).unwrap_or_default();
        let tag = if name == "To" { format!(";tag={tag}") } else { String::new() };
        text.push_str(&format!("{name}: {value}{tag}\r\n"));
    }
    text.push_str(&format!("Contact: <sip:other@{from}:5060>\r\n"));
    let sdp = sdp.lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    let sdp = if sdp.is_empty() { sdp } else { sdp + "\r\n" };
    if !sdp.is_empty() {
        text.push_str("Content-Type: application/sdp\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len()));
    text
}

/// A response inside a dialog: its To is the request's as it is. `more` are header lines.
pub(crate) fn reply(request: &str, status: &str, from: IpAddr, more: &str, sdp: &str) -> String {
    let text = response(request, status, from, "-", sdp).replacen(";tag=-", "", 1);
    with_lines(&text, more)
}

/// A message with these header lines too.
pub(crate) fn with_lines(message: &str, more: &str) -> String {
    let more: String = more.lines().map(|line| line.trim().to_owned() + "\r\n").collect();
    message.replacen("Contact:", &(more + "Contact:"), 1)
}

/// A request of the party that answered this INVITE of ours with this tag, in that dialog.
pub(crate) fn of_callee(
    invite: &str,
    tag: &str,
    line: (&str, u32),
    contact: &str,
    sdp: &str,
) -> String {
    let (method, cseq) = line;
    let value = |name| header(invite, name).unwrap_or_default();
    let at = contact.split('@').nth(1).and_then(|at| at.split([':', '>']).next()).unwrap_or("");
    let sdp = sdp.lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    let sdp = if sdp.is_empty() { sdp } else { sdp + "\r\n" };
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:10.0.0.9:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP {at}:5060;branch=z9hG4bK-{method}-{cseq}-{tag}\r\n\
         Max-Forwards: 70\r\n\
         From: {};tag={tag}\r\n\
         To: {}\r\n\
         Call-ID: {}\r\n\
         CSeq: {cseq} {method}\r\n\
         Contact: {contact}\r\n\
         {kind}Content-Length: {}\r\n\r\n{sdp}",
        value("To"),
        value("From"),
        value("Call-ID"),
        sdp.len(),
    )
}

/// The status of a response.
pub(crate) fn status(message: &str) -> u16 {
    message.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

/// The statuses of responses, in order.
pub(crate) fn statuses(messages: &[String]) -> Vec<u16> {
    messages.iter().map(|m| status(m)).collect()
}

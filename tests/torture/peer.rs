//! A peer made by hand: good requests as text, and what is needed of responses to go on.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// One call of a hand-made caller.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) us: SocketAddr,
    pub(crate) them: SocketAddr,
    pub(crate) transport: &'static str,
    pub(crate) number: String,
    pub(crate) call_id: String,
    pub(crate) to_tag: String,
    pub(crate) media_port: u16,
}

impl Caller {
    pub(crate) fn new(us: SocketAddr, them: SocketAddr, number: &str, call_id: &str) -> Caller {
        Caller {
            us,
            them,
            transport: "UDP",
            number: number.to_owned(),
            call_id: call_id.to_owned(),
            to_tag: String::new(),
            media_port: 40_000,
        }
    }

    /// A request; `more` are whole header lines, and a body makes the last headers.
    pub(crate) fn request(
        &self,
        method: &str,
        cseq: u32,
        more: &str,
        body: Option<(&str, &str)>,
    ) -> Vec<u8> {
        // ACK of a non-2xx and CANCEL are the INVITE's own transaction.
        let branch = match method {
            "CANCEL" => format!("z9hG4bK-{}-INVITE-{cseq}", self.call_id),
            _ => format!("z9hG4bK-{}-{method}-{cseq}", self.call_id),
        };
        self.request_on(&branch, method, cseq, more, body)
    }

    /// The same in a transaction of one's choice.
    pub(crate) fn request_on(
        &self,
        branch: &str,
        method: &str,
        cseq: u32,
        more: &str,
        body: Option<(&str, &str)>,
    ) -> Vec<u8> {
        let Caller { us, them, transport, number, call_id, .. } = self;
        let tag =
            if self.to_tag.is_empty() { String::new() } else { format!(";tag={}", self.to_tag) };
        let mut text = format!(
            "{method} sip:{number}@{them} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {us};branch={branch};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:+39333222@{us}>;tag=t{call_id}\r\n\
             To: <sip:{number}@{them}>{tag}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:probe@{us}>\r\n{more}"
        );
        let (kind, body) = body.unwrap_or_default();
        if !kind.is_empty() {
            let _ = write!(text, "Content-Type: {kind}\r\n");
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
        text.into_bytes()
    }

    pub(crate) fn invite(&self, cseq: u32) -> Vec<u8> {
        self.request("INVITE", cseq, "", Some(("application/sdp", &self.sdp())))
    }

    pub(crate) fn sdp(&self) -> String {
        let ip = self.us.ip();
        let family = if matches!(ip, IpAddr::V4(_)) { "IP4" } else { "IP6" };
        format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
            self.media_port
        )
    }
}

/// The status of a response; none for anything else.
pub(crate) fn status(bytes: &[u8]) -> Option<u16> {
    let text = bytes.strip_prefix(b"SIP/2.0 ")?;
    std::str::from_utf8(text.get(..3)?).ok()?.parse().ok()
}

/// The value of a header of a message that the router wrote.
pub(crate) fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// The tag of a From or To.
pub(crate) fn tag(bytes: &[u8], name: &str) -> Option<String> {
    let value = header(bytes, name)?;
    let (_, tag) = value.split_once(";tag=")?;
    Some(tag.split([';', ' ']).next().unwrap_or_default().to_owned())
}

/// The port of the first m= line.
pub(crate) fn media_port(bytes: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().find_map(|line| line.strip_prefix("m=audio "))?;
    line.split(' ').next()?.parse().ok()
}

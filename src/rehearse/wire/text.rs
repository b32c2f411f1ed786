//! The messages of a SIPp scenario, with SIPp's words for what is known only when it is played.

use crate::sip::{Message, Method, Uri, status};
use std::fmt;

/// Headers of the caller's INVITE that a trunk may read, beside the usual ones.
const CARRIED: [&str; 4] =
    ["P-Called-Party-ID", "Diversion", "P-Asserted-Identity", "Remote-Party-ID"];

/// What a message carries.
#[derive(Debug)]
pub(super) enum Body {
    None,
    /// A session: its version, and its direction if it is not both ways.
    Sdp(u32, Option<&'static str>),
    /// A digit by INFO.
    Digit(char),
    /// A content type and what is in it.
    Other(String, String),
}

impl fmt::Display for Body {
    /// From Content-Type on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::None => f.write_str("      Content-Length: 0\n\n"),
            Body::Sdp(version, direction) => {
                f.write_str(
                    "      Content-Type: application/sdp\n      Content-Length: [len]\n\n",
                )?;
                let lines = format!(
                    "v=0\no=sipp 53655765 {version} IN IP[media_ip_type] [media_ip]\ns=-\n\
                     c=IN IP[media_ip_type] [media_ip]\nt=0 0\n\
                     m=audio [media_port] RTP/AVP 8 0 101\na=rtpmap:8 PCMA/8000\n\
                     a=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n\
                     a=fmtp:101 0-15\na=ptime:20"
                );
                lines.lines().try_for_each(|line| writeln!(f, "      {line}"))?;
                match direction {
                    Some(direction) => writeln!(f, "      a={direction}"),
                    None => Ok(()),
                }
            }
            Body::Digit(key) => writeln!(
                f,
                "      Content-Type: application/dtmf-relay\n      Content-Length: [len]\n\n      \
                 Signal={key}\n      Duration=160"
            ),
            Body::Other(kind, text) => {
                writeln!(f, "      Content-Type: {kind}\n      Content-Length: [len]\n")?;
                text.lines().try_for_each(|line| writeln!(f, "      {line}"))
            }
        }
    }
}

/// The lines of a request; what it carries is in it.
#[derive(Debug)]
pub(super) struct Request {
    lines: Vec<String>,
    body: Body,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "      {line}"))?;
        self.body.fmt(f)
    }
}

const VIA: &str = "Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=";
const CONTACT: &str = "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>";
const ALLOW: &str = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";
const FORWARDS: &str = "Max-Forwards: 70";

fn from(caller: &str) -> String {
    format!("From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]c[call_number]")
}

fn router(number: &str) -> String {
    format!("sip:{number}@[remote_ip]:[remote_port]")
}

/// The INVITE that begins a call, with the headers of the simulated phone's that a trunk may read.
pub(super) fn first(caller: &str, number: &str, message: &Message, body: Body) -> Request {
    let uri = router(number);
    let mut lines = vec![
        format!("INVITE {uri} SIP/2.0"),
        format!("{VIA}[branch]"),
        from(caller),
        format!("To: <{uri}>"),
        "Call-ID: [call_id]".to_owned(),
        "CSeq: 1 INVITE".to_owned(),
        CONTACT.to_owned(),
        FORWARDS.to_owned(),
        ALLOW.to_owned(),
    ];
    for name in CARRIED {
        if let Some(value) = message.header_named(name) {
            lines.push(format!("{name}: {}", String::from_utf8_lossy(value)));
        }
    }
    Request { lines, body }
}

/// CANCEL, and the ACK of a refusal, which go where their INVITE went and have its branch.
pub(super) fn beside(
    method: Method,
    caller: &str,
    number: &str,
    branch: usize,
    to: &str,
) -> Request {
    let lines = vec![
        format!("{method} {} SIP/2.0", router(number)),
        format!("{VIA}[branch-{branch}]"),
        from(caller),
        format!("To:{to}"),
        "Call-ID: [call_id]".to_owned(),
        format!("CSeq: 1 {method}"),
        FORWARDS.to_owned(),
    ];
    Request { lines, body: Body::None }
}

/// A request within a dialog. `caller`: the number of one who called us. `branch`: how far back the
/// INVITE stands whose branch it has.
pub(super) fn within(
    method: Method,
    cseq: u32,
    caller: Option<&str>,
    branch: Option<usize>,
    body: Body,
) -> Request {
    let branch = branch.map_or_else(|| "[branch]".to_owned(), |back| format!("[branch-{back}]"));
    let mut lines = vec![
        format!("{method} [next_url] SIP/2.0"),
        format!("{VIA}{branch}"),
        caller.map_or_else(|| "From:[$me]".to_owned(), from),
        "To:[$peer]".to_owned(),
        "[routes]".to_owned(),
        "Call-ID: [call_id]".to_owned(),
        format!("CSeq: {cseq} {method}"),
        FORWARDS.to_owned(),
    ];
    if matches!(method, Method::Invite | Method::Update) {
        lines.push(CONTACT.to_owned());
    }
    Request { lines, body }
}

/// A response. `is_first`: to the INVITE that began the call, whose headers were kept. `follows`:
/// the request is what came last.
pub(super) fn response(
    code: u16,
    method: Method,
    is_first: bool,
    follows: bool,
    body: Body,
) -> Request {
    let tag = if is_first && code > 100 { ";tag=[pid]a[call_number]" } else { "" };
    let mut lines = vec![format!("SIP/2.0 {code} {}", status::reason(code))];
    if follows {
        let to = format!("[last_To:]{tag}");
        let last = ["[last_Via:]", "[last_Record-Route:]", "[last_From:]", &to];
        lines.extend(last.map(str::to_owned));
        lines.extend(["[last_Call-ID:]", "[last_CSeq:]"].map(str::to_owned));
    } else {
        lines.extend(["Via:[$via]", "From:[$from]"].map(str::to_owned));
        lines.push(format!("To:[$to]{tag}"));
        lines.push("[last_Call-ID:]".to_owned());
        lines.push(format!("CSeq: [$cseq] {method}"));
    }
    if matches!(method, Method::Invite | Method::Update) && code > 100 && code < 300 {
        lines.push(CONTACT.to_owned());
        lines.push(ALLOW.to_owned());
    }
    Request { lines, body }
}

/// The user part of a URI as it is written.
pub(super) fn user_of(uri: Option<Uri<'_>>) -> Result<String, String> {
    let uri = uri.ok_or("an INVITE whose addresses cannot be read")?;
    Ok(String::from_utf8_lossy(uri.user).into_owned())
}

/// Keeps a header's value.
pub(super) fn keep(header: &str, variable: &str) -> String {
    kept(".*", header, variable)
}

/// Keeps the number in a header.
pub(super) fn keep_number(header: &str, variable: &str) -> String {
    kept("[0-9]+", header, variable)
}

fn kept(expression: &str, header: &str, variable: &str) -> String {
    format!(
        "<ereg regexp=\"{expression}\" search_in=\"hdr\" header=\"{header}\" \
         assign_to=\"{variable}\"/>"
    )
}

/// That a session goes this way only, or both ways.
pub(super) fn direction_check(direction: Option<&str>, variable: &str) -> String {
    let (words, check) = match direction {
        Some(direction) => (direction, "check_it"),
        None => ("(sendonly|recvonly|inactive)", "check_it_inverse"),
    };
    format!(
        "<ereg regexp=\"a={words}\" search_in=\"body\" {check}=\"true\" \
         assign_to=\"{variable}\"/>"
    )
}

//! The writer: start line, headers in the order given, body with its Content-Length.

use super::{Message, Method, Name, status};
use bytes::Bytes;

/// Room for a request or response as calls have them, so that the buffer grows once at most.
const USUAL_BYTES: usize = 1024;
/// Room for what a response has beside the headers it copies.
const OWN_BYTES: usize = 512;
/// Room for the lines that [`Writer::body`] adds.
const BODY_HEAD_BYTES: usize = 96;

/// A message being written. CR, LF and NUL in a value are written as a space, so that nothing from
/// one leg can add a header on the other.
#[derive(Debug)]
pub struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    /// Begins a request. What may not stand in a start line (blanks, control characters) is
    /// written as a %-escape.
    #[must_use]
    pub fn request(method: Method, uri: &[u8]) -> Writer {
        let mut writer = Writer { buffer: Vec::with_capacity(USUAL_BYTES) };
        writer.push(method.as_str().as_bytes());
        writer.push(b" ");
        writer.push_uri(uri);
        writer.push(b" SIP/2.0\r\n");
        writer
    }

    /// Begins a response.
    #[must_use]
    pub fn response(status: u16, reason: &str) -> Writer {
        Writer::response_with_room(status, reason, USUAL_BYTES)
    }

    fn response_with_room(status: u16, reason: &str, room: usize) -> Writer {
        let mut writer = Writer { buffer: Vec::with_capacity(room) };
        writer.push(b"SIP/2.0 ");
        writer.push_number(usize::from(status));
        writer.push(b" ");
        writer.push_value(reason.as_bytes());
        writer.push(b"\r\n");
        writer
    }

    /// Begins a response to a request: all Via (as they are in the message: `transport` has
    /// filled in received and rport), From, To, Call-ID, CSeq; the To gets `to_tag` unless the
    /// request has one (never for 100). Timestamp is copied into a 100.
    #[must_use]
    pub fn respond(request: &Message, status: u16, to_tag: Option<&[u8]>) -> Writer {
        Writer::respond_with(request, status, status::reason(status), to_tag)
    }

    /// The same with a reason phrase of our own.
    #[must_use]
    pub fn respond_with(
        request: &Message,
        status: u16,
        reason: &str,
        to_tag: Option<&[u8]>,
    ) -> Writer {
        let head = request.raw().len() - request.body().len();
        let mut writer = Writer::response_with_room(status, reason, head + OWN_BYTES);
        for via in request.lines(Name::Via) {
            writer = writer.header("Via", via);
        }
        if let Some(from) = request.header(Name::From) {
            writer = writer.header("From", from);
        }
        if let Some(to) = request.header(Name::To) {
            writer = match to_tag.filter(|_| status != 100 && request.to_tag().is_none()) {
                Some(tag) => writer.parts("To", &[to, b";tag=", tag]),
                None => writer.header("To", to),
            };
        }
        for name in [Name::CallId, Name::CSeq] {
            if let Some(value) = request.header(name) {
                writer = writer.header(name.as_str(), value);
            }
        }
        match request.header(Name::Timestamp).filter(|_| status == 100) {
            Some(timestamp) => writer.header("Timestamp", timestamp),
            None => writer,
        }
    }

    /// Adds a header by its long name.
    #[must_use]
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Writer {
        self.parts(name, &[value.as_ref()])
    }

    /// Adds a header whose value is the parts one behind the other (no allocation for a format).
    #[must_use]
    pub fn parts(mut self, name: &str, parts: &[&[u8]]) -> Writer {
        self.push_value(name.as_bytes());
        self.push(b": ");
        for part in parts {
            self.push_value(part);
        }
        self.push(b"\r\n");
        self
    }

    /// Ends the headers without a body (`Content-Length: 0`).
    #[must_use]
    pub fn finish(mut self) -> Bytes {
        self.push(b"Content-Length: 0\r\n\r\n");
        self.into_bytes()
    }

    /// Ends with a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Bytes {
        self.buffer.reserve(BODY_HEAD_BYTES + content_type.len() + body.len());
        let mut writer = self.header("Content-Type", content_type);
        writer.push(b"Content-Length: ");
        writer.push_number(body.len());
        writer.push(b"\r\n\r\n");
        writer.push(body);
        writer.into_bytes()
    }

    /// Gives back the room that was not needed: transactions keep what they sent for a while.
    fn into_bytes(self) -> Bytes {
        Bytes::from(self.buffer.into_boxed_slice())
    }

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Text from anywhere: what could end a line, or a string in some C program, becomes a space.
    fn push_value(&mut self, bytes: &[u8]) {
        let from = self.buffer.len();
        self.push(bytes);
        for byte in self.buffer.iter_mut().skip(from) {
            if matches!(byte, b'\r' | b'\n' | 0) {
                *byte = b' ';
            }
        }
    }

    fn push_uri(&mut self, uri: &[u8]) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for &byte in uri {
            if byte <= b' ' || byte == 0x7f {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                self.push(&[b'%', digit(byte >> 4), digit(byte & 15)]);
            } else {
                self.buffer.push(byte);
            }
        }
    }

    /// A number without the detour over a `String`.
    fn push_number(&mut self, number: usize) {
        // Writing into a Vec does not fail.
        let _ = std::io::Write::write_fmt(&mut self.buffer, format_args!("{number}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP p1;branch=z9hG4bK1,\r\n SIP/2.0/UDP p2\r\nVia: SIP/2.0/UDP h\r\nTimestamp: 54\r\nRecord-Route: <sip:p1;lr>\r\nf: Anna <sip:a@x>;tag=1\r\nt: <sip:b@x>\r\ni: c1\r\nCSeq: 7 INVITE\r\n\r\n";

    fn scanned(bytes: Bytes) -> Message {
        Message::scan(bytes.clone()).unwrap_or_else(|e| panic!("{e}: {bytes:?}"))
    }

    #[test]
    fn a_request_reads_back() {
        let bytes = Writer::request(Method::Invite, b"sip:b@[::1]:5070")
            .header("Via", "SIP/2.0/UDP h;branch=z9hG4bK1")
            .parts("From", &[b"<sip:a@h>", b";tag=", b"x"])
            .header("To", b"<sip:b@h>")
            .body("application/sdp", b"v=0\r\n");
        let message = scanned(bytes.clone());
        assert_eq!(message.method(), Some(Method::Invite));
        assert_eq!(message.request_uri().unwrap().port, Some(5070));
        assert_eq!(message.from_tag(), Some(&b"x"[..]));
        assert_eq!(message.body(), b"v=0\r\n");
        assert_eq!(message.sdp().as_deref(), Some(&b"v=0\r\n"[..]));
        assert!(bytes.ends_with(b"Content-Length: 5\r\n\r\nv=0\r\n"));
    }

    #[test]
    fn a_response_copies_what_rfc_3261_names_and_nothing_else() {
        let request = scanned(Bytes::from_static(INVITE));
        let response = Writer::respond(&request, 180, Some(b"mine")).finish();
        assert_eq!(
            String::from_utf8_lossy(&response),
            "SIP/2.0 180 Ringing\r\n\
             Via: SIP/2.0/UDP p1;branch=z9hG4bK1,   SIP/2.0/UDP p2\r\n\
             Via: SIP/2.0/UDP h\r\n\
             From: Anna <sip:a@x>;tag=1\r\n\
             To: <sip:b@x>;tag=mine\r\n\
             Call-ID: c1\r\n\
             CSeq: 7 INVITE\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let response = scanned(response);
        assert_eq!(response.values(Name::Via).count(), 3);
        assert_eq!(response.to_tag(), Some(&b"mine"[..]));
        assert_eq!(response.check(), Ok(()));
    }

    #[test]
    fn trying_has_the_timestamp_and_no_tag_of_ours() {
        let request = scanned(Bytes::from_static(INVITE));
        let trying = scanned(Writer::respond(&request, 100, Some(b"mine")).finish());
        assert_eq!(trying.header(Name::Timestamp), Some(&b"54"[..]));
        assert_eq!(trying.to_tag(), None);
    }

    #[test]
    fn a_tag_that_is_there_stays() {
        let raw = String::from_utf8_lossy(INVITE).replace("<sip:b@x>", "<sip:b@x>;tag=theirs");
        let request = scanned(Bytes::from(raw));
        let busy = scanned(Writer::respond_with(&request, 486, "Busy", Some(b"mine")).finish());
        assert_eq!(busy.to_tag(), Some(&b"theirs"[..]));
        assert_eq!((busy.status(), busy.reason()), (Some(486), &b"Busy"[..]));
    }

    #[test]
    fn nothing_can_add_a_header() {
        let bytes = Writer::request(Method::Bye, b"sip:a@b SIP/2.0\r\nX: 1\r\n")
            .header("A\r\nB", "x\r\nEvil: 1\nEvil: 2\rEvil: 3\0")
            .parts("C", &[b"1\r", b"\nEvil: 4"])
            .body("a/b\r\n\r\nEvil: 5", b"");
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Evil") || line.starts_with('X')));
        assert!(text.starts_with("BYE sip:a@b%20SIP/2.0%0D%0AX:%201%0D%0A SIP/2.0\r\n"), "{text}");
        let response = Writer::response(200, "OK\r\nEvil: 1").finish();
        assert_eq!(String::from_utf8_lossy(&response).lines().count(), 3);
    }
}

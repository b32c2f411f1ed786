//! Cutting a byte stream into messages (RFC 3261 §18.3, RFC 5626 §3.5.1; TRN-01, TRN-02).

use super::head::Head;
use crate::base::limits;
use crate::sip::Name;
use bytes::Bytes;
use std::fmt;

/// Cuts a byte stream into messages (TRN-01, TRN-02): Content-Length is mandatory, CRLF CRLF
/// between messages is a ping.
///
/// It holds at most one unfinished message, so at most [`limits::MESSAGE_BYTES`] and what was fed
/// last; a broken stream stays broken and holds nothing.
#[derive(Default)]
pub struct Framer {
    /// What has come and is not cut yet.
    buffer: Vec<u8>,
    /// How far the buffer was searched for the end of the head.
    searched: usize,
    /// The length of the message that the buffer begins with, once its head is complete.
    length: Option<usize>,
    broken: bool,
}

/// What the framer found. `Debug` shows how long a message is, never its text.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, still to be scanned.
    Message(Bytes),
    /// A keep-alive ping (RFC 5626 §3.5.1): answer with CRLF.
    Ping,
    /// The stream cannot be understood any more: answer with this status if a request's head can
    /// be read from these bytes, and close the connection.
    Broken {
        /// 400 or 513.
        status: u16,
        /// The head as far as it is known, without its Content-Length: so it can be scanned.
        head: Bytes,
    },
}

impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framer({} bytes)", self.buffer.len())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Frame::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Frame::Ping => f.write_str("Ping"),
            Frame::Broken { status, head } => write!(f, "Broken({status}, {} bytes)", head.len()),
        }
    }
}

impl Framer {
    /// Takes what was read and appends the frames found, in order.
    pub fn feed(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) {
        if self.broken {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        let mut start = 0;
        loop {
            match self.next_frame(start) {
                Step::Wait => break,
                Step::Skip(used) => start += used,
                Step::Found(used, frame) => {
                    start += used;
                    frames.push(frame);
                }
                Step::Broken(status, head) => {
                    frames.push(Frame::Broken { status, head });
                    *self = Framer { broken: true, ..Framer::default() };
                    return;
                }
            }
            self.searched = 0;
            self.length = None;
        }
        self.buffer.drain(..start.min(self.buffer.len()));
    }

    /// Whether a message was begun and is not whole yet. What may be half a ping does not count.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !matches!(self.buffer.as_slice(), [] | b"\r" | b"\r\n" | b"\r\n\r")
    }

    /// Looks at the buffer from `start`, where a message or a keep-alive begins.
    fn next_frame(&mut self, start: usize) -> Step {
        let rest = self.buffer.get(start..).unwrap_or_default();
        if let Some(step) = keep_alive(rest) {
            return step;
        }
        let length = match self.length {
            Some(length) => length,
            None => {
                let Some(head) = head_end(rest, self.searched) else {
                    self.searched = rest.len();
                    return match rest.len() {
                        0..limits::MESSAGE_BYTES => Step::Wait,
                        _ => Step::Broken(513, answerable(rest)),
                    };
                };
                let head = rest.get(..head).unwrap_or_default();
                match content_length(head) {
                    Ok(body)
                        if body <= limits::STREAM_BODY_BYTES
                            && head.len() + body <= limits::MESSAGE_BYTES =>
                    {
                        head.len() + body
                    }
                    Ok(_) => return Step::Broken(513, answerable(head)),
                    Err(()) => return Step::Broken(400, answerable(head)),
                }
            }
        };
        self.length = Some(length);
        match rest.get(..length) {
            Some(message) => Step::Found(length, Frame::Message(Bytes::copy_from_slice(message))),
            None => Step::Wait,
        }
    }
}

enum Step {
    /// More bytes are needed.
    Wait,
    /// These bytes mean nothing.
    Skip(usize),
    /// A frame, and the bytes that it took.
    Found(usize, Frame),
    /// Status and head.
    Broken(u16, Bytes),
}

/// CRLF CRLF is a ping; a lone CRLF is a pong, or the courtesy of RFC 3261 §7.5. None where a
/// message begins.
fn keep_alive(rest: &[u8]) -> Option<Step> {
    match rest {
        [b'\r', b'\n', b'\r', b'\n', ..] => Some(Step::Found(4, Frame::Ping)),
        [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => Some(Step::Wait),
        [b'\r', b'\n', ..] => Some(Step::Skip(2)),
        [b'\r' | b'\n', ..] => Some(Step::Skip(1)),
        _ => None,
    }
}

/// Where the head ends, behind its empty line; what lies before `searched` was looked at.
fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    // The empty line may have begun in the part already searched.
    let from = searched.saturating_sub(3);
    let rest = bytes.get(from..)?;
    let ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for end in ends {
        match rest.get(end..)? {
            [b'\n', ..] => return Some(from + end + 1),
            [b'\r', b'\n', ..] => return Some(from + end + 2),
            _ => {}
        }
    }
    None
}

/// The length of the body. An error if it is missing, no number, or said twice and differently:
/// then nobody knows where the next message begins.
fn content_length(head: &[u8]) -> Result<usize, ()> {
    let (_, mut fields) = Head::new(head);
    let mut found = None;
    while let Some((name, value, _)) = fields.next_field() {
        if name != Name::ContentLength {
            continue;
        }
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(());
        }
        let number = value.iter().fold(0usize, |number, digit| {
            number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
        });
        if found.is_some_and(|found| found != number) {
            return Err(());
        }
        found = Some(number);
    }
    found.ok_or(())
}

/// A head that can be scanned to be answered: without Content-Length, ended by an empty line.
fn answerable(head: &[u8]) -> Bytes {
    let (start, mut fields) = Head::new(head);
    let mut kept = Vec::with_capacity(head.len().min(limits::MESSAGE_BYTES));
    kept.extend_from_slice(start);
    kept.extend_from_slice(b"\r\n");
    while let Some((name, _, line)) = fields.next_field() {
        let room = kept.len() + line.len() + 4 <= limits::MESSAGE_BYTES;
        if name != Name::ContentLength && room {
            kept.extend_from_slice(line.trim_ascii_end());
            kept.extend_from_slice(b"\r\n");
        }
    }
    kept.extend_from_slice(b"\r\n");
    Bytes::from(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Message, Method};
    use proptest::prelude::*;

    fn message(call_id: &str, length: &str, body: &str) -> String {
        format!(
            "MESSAGE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK{call_id}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:b@192.0.2.2>;tag=f\r\nTo: <sip:a@192.0.2.1>\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 MESSAGE\r\n{length}\r\n{body}"
        )
    }

    fn feed_all(chunks: &[&[u8]]) -> Vec<Frame> {
        let (mut framer, mut frames) = (Framer::default(), Vec::new());
        for chunk in chunks {
            framer.feed(chunk, &mut frames);
        }
        frames
    }

    fn whole(text: &str) -> Frame {
        Frame::Message(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// TRN-01: several messages in a segment, with pings, pongs and courtesy CRLFs between.
    #[test]
    fn trn_01_many_messages_in_one_segment() {
        let one = message("one", "Content-Length: 5\r\n", "hello");
        let two = message("two", "l : 0\r\n", "");
        let folded = message("three", "Content-Length:\r\n 2\r\n", "ok");
        let stream = format!("\r\n{one}\r\n\r\n{two}\r\n{folded}\r\n\r\n\r\n\r\n");
        let expected =
            vec![whole(&one), Frame::Ping, whole(&two), whole(&folded), Frame::Ping, Frame::Ping];
        assert_eq!(feed_all(&[stream.as_bytes()]), expected);
        let bytewise: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(feed_all(&bytewise), expected);
    }

    #[test]
    fn trn_01_a_peer_that_ends_lines_with_a_line_feed_is_framed_too() {
        let text = message("one", "Content-Length: 4\r\n", "a\n\nb").replace("\r\n", "\n");
        assert_eq!(feed_all(&[text.as_bytes()]), [whole(&text)]);
    }

    proptest! {
        /// TRN-01: however the stream is cut, the messages are the same.
        #[test]
        fn trn_01_one_message_in_many_segments(cuts in prop::collection::vec(1..200usize, 1..40)) {
            let one = message("one", "Content-Length: 9\r\n", "a\r\n\r\nb\r\n\r");
            let two = message("two", "Content-Length: 0\r\n", "");
            let stream = format!("{one}\r\n\r\n{two}");
            let mut rest = stream.as_bytes();
            let mut chunks = Vec::new();
            for cut in cuts {
                let (chunk, behind) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = behind;
            }
            chunks.push(rest);
            prop_assert_eq!(feed_all(&chunks), vec![whole(&one), Frame::Ping, whole(&two)]);
        }

        #[test]
        fn no_bytes_make_it_panic_or_hoard(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
            let (mut framer, mut frames) = (Framer::default(), Vec::new());
            for chunk in bytes.chunks(7) {
                framer.feed(chunk, &mut frames);
            }
            prop_assert!(framer.buffer.len() <= bytes.len());
        }
    }

    fn broken(stream: &[u8]) -> (u16, Message) {
        let frames = feed_all(&[stream, b"OPTIONS sip:more SIP/2.0\r\n\r\n"]);
        match frames.as_slice() {
            [Frame::Broken { status, head }] => (*status, Message::scan(head.clone()).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// TRN-02: no Content-Length, or one that cannot be believed, ends the stream with 400, one that
    /// is too large with 513; the head can be answered.
    #[test]
    fn trn_02_a_stream_that_cannot_be_framed_is_broken() {
        for (length, status) in [
            ("", 400),
            ("Content-Length: x\r\n", 400),
            ("Content-Length: -1\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 3\r\nContent-Length: 4\r\n", 400),
            ("Content-Length: 70000\r\n", 513),
            ("Content-Length: 65500\r\n", 513),
            ("Content-Length: 99999999999999999999999\r\n", 513),
        ] {
            let (found, head) = broken(message("one", length, "").as_bytes());
            assert_eq!(found, status, "{length}");
            assert_eq!(head.method(), Some(Method::Message), "{length}");
            assert_eq!(head.call_id(), b"one", "{length}");
        }
    }

    #[test]
    fn trn_02_a_head_without_end_is_broken() {
        let mut text = message("one", "", "");
        text.truncate(text.len() - 2);
        while text.len() < limits::MESSAGE_BYTES + 10 {
            text.push_str("Subject: on and on\r\n");
        }
        let frames = feed_all(&text.as_bytes().chunks(1_000).collect::<Vec<_>>());
        let [Frame::Broken { status: 513, head }] = frames.as_slice() else {
            panic!("{} frames", frames.len())
        };
        assert!(head.starts_with(b"MESSAGE ") && head.len() <= limits::MESSAGE_BYTES);
    }

    #[test]
    fn trn_02_the_same_length_twice_is_believed() {
        let text = message("one", "Content-Length: 2\r\nl: 2\r\n", "ok");
        assert_eq!(feed_all(&[text.as_bytes()]), [whole(&text)]);
    }
}

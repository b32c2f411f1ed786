//! The pass over the bytes that finds start line, headers and body (RFC 3261 §7, RFC 4475).
//!
//! It reads every byte of the head once, decides nothing about values but Content-Length's, and
//! goes on behind a fault as far as it can, so that a request which is refused can be answered.

use super::message::{Message, Span, Start};
use super::{Method, Name, ScanError, text};
use crate::base::limits;
use bytes::Bytes;
use memchr::memchr;
use smallvec::SmallVec;

/// Headers for which the scan itself needs no allocation; ordinary calls have 10 to 25.
const USUAL_HEADERS: usize = 32;

/// What has been found so far.
struct Scanner<'a> {
    bytes: &'a [u8],
    is_request: bool,
    spans: SmallVec<[Span; USUAL_HEADERS]>,
    content_length: Option<usize>,
    fault: Option<ScanError>,
}

/// Scans as far as can be. An error is what cannot even be answered; a fault beside the message is
/// what it has to be refused for.
pub(super) fn scan(raw: Bytes) -> Result<(Message, Option<ScanError>), ScanError> {
    let too_long = raw.len() > limits::MESSAGE_BYTES;
    let raw = if too_long { raw.slice(..limits::MESSAGE_BYTES) } else { raw };
    let mut at = 0;
    while matches!(raw.get(at), Some(b'\r' | b'\n')) {
        at += 1;
    }
    let line = Line::at(&raw, at);
    let (start, fault) = start_line(&raw, Span16::new(at, line.end))?;
    let mut scanner = Scanner {
        bytes: &raw,
        is_request: matches!(start, Start::Request { .. }),
        spans: SmallVec::new(),
        content_length: None,
        fault: if too_long { Some(ScanError::TooLong) } else { fault },
    };
    let body = scanner.headers(line.next);
    let body = scanner.body(body);
    let fault = scanner.fault;
    let spans = scanner.spans.as_slice().into();
    Ok((Message::new(raw, start, spans, body), fault))
}

/// A stretch of the message. [`limits::MESSAGE_BYTES`] is the largest 16-bit number, so two of
/// those hold any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span16 {
    from: u16,
    to: u16,
}

const _: () = assert!(limits::MESSAGE_BYTES <= u16::MAX as usize);

impl Span16 {
    /// From a byte to the byte behind the last.
    fn new(from: usize, to: usize) -> Span16 {
        let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        Span16 { from: short(from), to: short(to) }
    }

    /// The bytes themselves.
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(usize::from(self.from)..usize::from(self.to)).unwrap_or_default()
    }

    /// The same without white space at either end.
    fn trimmed(self, bytes: &[u8]) -> Span16 {
        let text = self.of(bytes);
        let from = usize::from(self.from) + text.len() - text::trim_start(text).len();
        Span16::new(from, from + text::trim(text).len())
    }

    /// Cut in two at an offset from its beginning.
    fn split(self, at: usize) -> (Span16, Span16) {
        let middle = usize::from(self.from) + at;
        (
            Span16::new(usize::from(self.from), middle),
            Span16::new(middle, usize::from(self.to).max(middle)),
        )
    }
}

/// A line of the head: where its text ends, where the next begins, whether it was ended at all.
struct Line {
    end: usize,
    next: usize,
    ended: bool,
}

impl Line {
    /// The line that begins here; CRLF and a bare LF end it (REAL-24).
    fn at(bytes: &[u8], from: usize) -> Line {
        let rest = bytes.get(from..).unwrap_or_default();
        match memchr(b'\n', rest) {
            Some(0) => Line { end: from, next: from + 1, ended: true },
            Some(at) => {
                let has_cr = rest.get(at - 1) == Some(&b'\r');
                Line { end: from + at - usize::from(has_cr), next: from + at + 1, ended: true }
            }
            None => Line { end: bytes.len(), next: bytes.len(), ended: false },
        }
    }
}

/// Reads the start line. More than one blank between its parts, and blanks at its end, are passed
/// over (RFC 4475 §3.1.2.9 and .10 leave that free).
fn start_line(bytes: &[u8], line: Span16) -> Result<(Start, Option<ScanError>), ScanError> {
    let line = line.trimmed(bytes);
    let (first, rest) = first_word(bytes, line);
    if let Some(version) = sip_version(first.of(bytes)) {
        return Ok(status_line(bytes, version, rest));
    }
    let method = first.of(bytes);
    if !text::is_token(method) {
        return Err(ScanError::NotSip);
    }
    let text = rest.of(bytes);
    let last = text.iter().rposition(|&byte| text::is_lws(byte)).ok_or(ScanError::NotSip)?;
    let (uri, version) = rest.split(last + 1);
    let version = sip_version(version.of(bytes)).ok_or(ScanError::NotSip)?;
    let uri = uri.trimmed(bytes);
    let uri_text = uri.of(bytes);
    if uri_text.is_empty() {
        return Err(ScanError::NotSip);
    }
    let fault = if !version {
        Some(ScanError::Version)
    } else if uri_text.iter().any(|&byte| text::is_lws(byte)) {
        Some(ScanError::Malformed("white space in the Request-URI"))
    } else {
        None
    };
    let method_word = Method::parse(method);
    Ok((Start::Request { method: method_word, method_text: first, uri }, fault))
}

/// The first word of a stretch, and what follows it without blanks in front.
fn first_word(bytes: &[u8], line: Span16) -> (Span16, Span16) {
    let text = line.of(bytes);
    let end = text.iter().position(|&byte| text::is_lws(byte)).unwrap_or(text.len());
    let (word, rest) = line.split(end);
    (word, rest.trimmed(bytes))
}

/// Whether this is a SIP version at all, and if so whether it is ours.
fn sip_version(text: &[u8]) -> Option<bool> {
    let (name, version) = text::split_once(text, b'/')?;
    let is_version = name.eq_ignore_ascii_case(b"SIP")
        && version.first().is_some_and(u8::is_ascii_digit)
        && version.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.');
    is_version.then_some(version == b"2.0")
}

/// Reads status and reason behind the version.
fn status_line(bytes: &[u8], version: bool, rest: Span16) -> (Start, Option<ScanError>) {
    let (code, reason) = first_word(bytes, rest);
    let code = code.of(bytes);
    let status = text::port(code).filter(|status| code.len() == 3 && (100..700).contains(status));
    let fault = match (version, status) {
        (false, _) => Some(ScanError::Version),
        (true, None) => Some(ScanError::Malformed("status is not 100 to 699")),
        (true, Some(_)) => None,
    };
    (Start::Response { status: status.unwrap_or_default(), reason }, fault)
}

impl Scanner<'_> {
    /// Keeps the first fault: it is what the sender is told.
    fn fault(&mut self, fault: ScanError) {
        self.fault.get_or_insert(fault);
    }

    /// Reads header lines up to the empty one; returns where the body begins.
    fn headers(&mut self, mut at: usize) -> usize {
        loop {
            let line = Line::at(self.bytes, at);
            if line.end == at {
                if !line.ended && self.content_length != Some(0) {
                    // No empty line: the rest of the message is missing. Only where the body is
                    // known to be empty is nothing lost by going on.
                    self.fault(ScanError::Truncated);
                }
                return line.next;
            }
            let (mut end, mut next, mut ended) = (line.end, line.next, line.ended);
            while matches!(self.bytes.get(next), Some(b' ' | b'\t')) {
                let fold = Line::at(self.bytes, next);
                (end, next, ended) = (fold.end, fold.next, fold.ended);
            }
            if !ended {
                self.fault(ScanError::Truncated);
            }
            if self.spans.len() >= limits::HEADERS {
                self.fault(ScanError::TooManyHeaders);
                return self.bytes.len();
            }
            self.header_line(Span16::new(at, end));
            at = next;
        }
    }

    /// Takes one header line, unfolded or not. What is no header at all makes a request malformed;
    /// in a response, which nobody could be told about, it is passed over (REAL-24).
    fn header_line(&mut self, line: Span16) {
        let text = line.of(self.bytes);
        let colon = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
        let (name, value) = line.split(colon);
        let name = Span16::new(
            usize::from(name.from),
            usize::from(name.from) + text::trim_end(name.of(self.bytes)).len(),
        );
        if colon == text.len() || !text::is_token(name.of(self.bytes)) {
            if self.is_request {
                self.fault(ScanError::Malformed("a line that is no header"));
            }
            return;
        }
        let (_, value) = value.split(1);
        let value = value.trimmed(self.bytes);
        let known = Name::parse(name.of(self.bytes));
        if known == Name::ContentLength {
            self.content_length(value.of(self.bytes));
        }
        self.spans.push(Span { known, name, value });
    }

    /// Takes a Content-Length. Two that differ leave the body's end open (RFC 4475 §3.3.9).
    fn content_length(&mut self, value: &[u8]) {
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return self.fault(ScanError::Malformed("Content-Length is not a number"));
        }
        // A number too large to hold is larger than any message too.
        let length = text::number(value).map_or(usize::MAX, |length| length as usize);
        match self.content_length {
            Some(before) if before != length => {
                self.fault(ScanError::Malformed("several Content-Length"));
            }
            Some(_) | None => self.content_length = Some(length),
        }
    }

    /// The body: by Content-Length, or all that is left where there is none (RFC 3261 §18.3).
    fn body(&mut self, from: usize) -> Span16 {
        let available = self.bytes.len().saturating_sub(from);
        let length = self.content_length.unwrap_or(available);
        if length > available {
            self.fault(ScanError::Truncated);
        }
        Span16::new(from, from + length.min(available))
    }
}

//! The scanner: one pass over the bytes, an index of the headers, nothing copied, typed on demand.

use super::scan::{self, Span16};
use super::{CSeq, HeaderError, Method, Name, NameAddr, Uri, Via, body, text};
use crate::base::limits;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// What makes bytes no SIP message, or one that can only be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanError {
    /// Not even a start line: to be dropped and counted.
    NotSip,
    /// `SIP/3.0` and its like: 505 if it is a request.
    Version,
    /// More headers than [`crate::base::limits::HEADERS`]: 513.
    TooManyHeaders,
    /// Longer than [`crate::base::limits::MESSAGE_BYTES`]: 513.
    TooLong,
    /// Content-Length names more bytes than came, or the head has no end: 400.
    Truncated,
    /// A header line that is none, a Content-Length that is no number, …: 400.
    Malformed(&'static str),
}

impl ScanError {
    /// The status with which a request is refused for this; none where it is only dropped.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            ScanError::NotSip => None,
            ScanError::Version => Some(505),
            ScanError::TooManyHeaders | ScanError::TooLong => Some(513),
            ScanError::Truncated | ScanError::Malformed(_) => Some(400),
        }
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScanError::NotSip => "not SIP",
            ScanError::Version => "not SIP/2.0",
            ScanError::TooManyHeaders => "too many headers",
            ScanError::TooLong => "message too long",
            ScanError::Truncated => "message ends too early",
            ScanError::Malformed(what) => what,
        })
    }
}

impl std::error::Error for ScanError {}

/// A request or response. Cloning shares the bytes.
///
/// `Debug` shows what kind of message it is, never its text: that has numbers of people in it.
#[derive(Clone)]
pub struct Message {
    raw: Bytes,
    start: Start,
    spans: Arc<[Span]>,
    body: Span16,
}

/// The start line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// Method and Request-URI.
    Request {
        /// The method, if it is one of ours.
        method: Method,
        /// The method as it came: a token, so it is ASCII.
        method_text: Span16,
        /// The Request-URI.
        uri: Span16,
    },
    /// Status and reason.
    Response {
        /// 100 to 699; 0 in a message that has the fault for it.
        status: u16,
        /// The reason phrase, as it came.
        reason: Span16,
    },
}

/// Where one header is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Which it is.
    pub(super) known: Name,
    /// Its name as it came: a token, so it is ASCII.
    pub(super) name: Span16,
    /// Its value, trimmed, folds and all.
    pub(super) value: Span16,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            Start::Request { method, .. } => write!(f, "Message({method}")?,
            Start::Response { status, .. } => write!(f, "Message({status}")?,
        }
        write!(f, ", {} headers, {} bytes)", self.spans.len(), self.raw.len())
    }
}

impl Message {
    /// Scans one whole message (a datagram, or what the stream framer cut out).
    /// Leading CRLFs are skipped; bytes after the body by Content-Length are ignored (UDP, §18.3).
    pub fn scan(raw: Bytes) -> Result<Message, ScanError> {
        if raw.len() > limits::MESSAGE_BYTES {
            return Err(ScanError::TooLong);
        }
        match scan::scan(raw)? {
            (message, None) => Ok(message),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Scans what [`Message::scan`] found a fault in as far as it can be read, with that fault: so
    /// that a request can be answered with [`ScanError::status`]. None if there is no fault, or
    /// nothing that could be answered: the copied headers of a response to it must all be there.
    #[must_use]
    pub fn scan_to_refuse(raw: Bytes) -> Option<(Message, ScanError)> {
        let (message, fault) = scan::scan(raw).ok()?;
        let is_answerable = message.method().is_some()
            && message.via().is_ok()
            && [Name::From, Name::To, Name::CallId, Name::CSeq]
                .iter()
                .all(|&name| message.header(name).is_some_and(|value| !value.is_empty()));
        fault.filter(|_| is_answerable).map(|fault| (message, fault))
    }

    pub(super) fn new(raw: Bytes, start: Start, spans: Arc<[Span]>, body: Span16) -> Message {
        Message { raw, start, spans, body }
    }

    /// The bytes as they came.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The method of a request; none for a response.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        match self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The method's text as it came; empty for a response.
    #[must_use]
    pub fn method_text(&self) -> &str {
        match self.start {
            Start::Request { method_text, .. } => {
                str::from_utf8(method_text.of(&self.raw)).unwrap_or_default()
            }
            Start::Response { .. } => "",
        }
    }

    /// The Request-URI as it came; empty for a response.
    #[must_use]
    pub fn request_uri_text(&self) -> &[u8] {
        match self.start {
            Start::Request { uri, .. } => uri.of(&self.raw),
            Start::Response { .. } => b"",
        }
    }

    /// The Request-URI, read.
    pub fn request_uri(&self) -> Result<Uri<'_>, HeaderError> {
        Uri::parse(self.request_uri_text()).map_err(|error| error.within("Request-URI"))
    }

    /// The status of a response, 100 to 699; none for a request.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// The reason phrase of a response.
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        match self.start {
            Start::Request { .. } => b"",
            Start::Response { reason, .. } => reason.of(&self.raw),
        }
    }

    /// The first value line of a header: trimmed, still folded if it came so, commas not split.
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&[u8]> {
        self.lines(name).next()
    }

    /// The first value line of a header by its name in any case: for those that [`Name`] has no
    /// word for. A compact form is not found by the long name here.
    #[must_use]
    pub fn header_named(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers().find(|header| header.1.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|header| header.2)
    }

    /// All header lines in order: known name, name as it came, value line.
    pub fn headers(&self) -> impl Iterator<Item = (Name, &[u8], &[u8])> {
        self.spans
            .iter()
            .map(|span| (span.known, span.name.of(&self.raw), span.value.of(&self.raw)))
    }

    /// All value lines of one header, in order.
    pub fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        let spans = self.spans.iter().filter(move |span| span.known == name);
        spans.map(|span| span.value.of(&self.raw))
    }

    /// All values of a list header, in order, split at commas outside quotes and angle brackets,
    /// each trimmed. Never used for headers whose commas are no separators (Date, WWW-Authenticate).
    pub fn values(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.lines(name).flat_map(text::List::commas)
    }

    /// Whether a list header (Require, Supported, Allow, Accept) has this token, in any case.
    #[must_use]
    pub fn has_token(&self, name: Name, token: &str) -> bool {
        self.values(name).any(|value| {
            let (value, _) = text::split_while(value, |byte| byte != b';');
            text::trim_end(value).eq_ignore_ascii_case(token.as_bytes())
        })
    }

    /// The topmost Via value.
    pub fn via(&self) -> Result<Via<'_>, HeaderError> {
        self.values(Name::Via).next().ok_or(missing("Via")).and_then(Via::parse)
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.name_addr(Name::From)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.name_addr(Name::To)
    }

    /// A header that holds one name-addr: From, To, Refer-To, Referred-By, …
    pub fn name_addr(&self, name: Name) -> Result<NameAddr<'_>, HeaderError> {
        let value = self.header(name).ok_or(missing(name.as_str()))?;
        NameAddr::parse(value).map_err(|error| error.within(name.as_str()))
    }

    /// The From tag; none if there is none. The URI beside it may be broken.
    #[must_use]
    pub fn from_tag(&self) -> Option<&[u8]> {
        NameAddr::tag_in(self.header(Name::From)?)
    }

    /// The To tag.
    #[must_use]
    pub fn to_tag(&self) -> Option<&[u8]> {
        NameAddr::tag_in(self.header(Name::To)?)
    }

    /// Call-ID; empty if missing.
    #[must_use]
    pub fn call_id(&self) -> &[u8] {
        self.header(Name::CallId).unwrap_or_default()
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        CSeq::parse(self.header(Name::CSeq).ok_or(missing("CSeq"))?)
    }

    /// The first Contact value.
    pub fn contact(&self) -> Result<NameAddr<'_>, HeaderError> {
        let value = self.values(Name::Contact).next().ok_or(missing("Contact"))?;
        NameAddr::parse(value).map_err(|error| error.within("Contact"))
    }

    /// A header that is one decimal number (Max-Forwards, RSeq, Min-SE, Retry-After's first part).
    /// None if it is missing, no number, or does not fit.
    #[must_use]
    pub fn number(&self, name: Name) -> Option<u32> {
        let (number, rest) = text::split_while(self.header(name)?, |byte| byte.is_ascii_digit());
        let is_end = matches!(text::trim_start(rest).first(), None | Some(b';' | b'('));
        text::number(number).filter(|_| is_end)
    }

    /// The body by Content-Length (all that follows the headers where there is none, on UDP).
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body.of(&self.raw)
    }

    /// The body, sharing the message's bytes; copy it before it is kept.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        self.raw.slice_ref(self.body())
    }

    /// The SDP in the body: the body itself for application/sdp, or the first such part of a
    /// multipart body (RFC 5621). None if there is none.
    #[must_use]
    pub fn sdp(&self) -> Option<Bytes> {
        let sdp = body::sdp(self.header(Name::ContentType), self.body())?;
        Some(self.raw.slice_ref(sdp))
    }

    /// Whether the mandatory headers of a request or response are there and readable
    /// (RFC 3261 §8.1.1, §16.3); the error names the header for a 400's reason phrase.
    ///
    /// Max-Forwards and the From tag may be missing: RFC 2543 has neither.
    pub fn check(&self) -> Result<(), HeaderError> {
        let mut vias = self.values(Name::Via);
        Via::parse(vias.next().ok_or(missing("Via"))?)?;
        for via in vias {
            Via::parse(via)?;
        }
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq, Name::MaxForwards] {
            self.check_single(name)?;
        }
        self.from()?;
        self.to()?;
        if self.call_id().is_empty() {
            return Err(missing("Call-ID"));
        }
        let cseq = self.header(Name::CSeq).ok_or(missing("CSeq"))?;
        let (_, cseq_method) = CSeq::parts(cseq)?;
        match self.start {
            Start::Request { method_text, .. } if cseq_method == method_text.of(&self.raw) => {
                self.check_request()
            }
            Start::Request { .. } => {
                Err(HeaderError { header: "CSeq", what: "method is not the request's" })
            }
            Start::Response { .. } => Ok(()),
        }
    }

    /// What only a request can be told about.
    fn check_request(&self) -> Result<(), HeaderError> {
        if !self.request_uri()?.headers.is_empty() {
            return Err(HeaderError { header: "Request-URI", what: "headers in it" });
        }
        if self.header(Name::MaxForwards).is_some() && self.number(Name::MaxForwards).is_none() {
            return Err(HeaderError { header: "Max-Forwards", what: "not a number" });
        }
        for contact in self.values(Name::Contact).filter(|&contact| contact != b"*") {
            NameAddr::parse(contact).map_err(|error| error.within("Contact"))?;
        }
        Ok(())
    }

    /// A header that may stand only once may be repeated word for word, which leaves nothing open.
    fn check_single(&self, name: Name) -> Result<(), HeaderError> {
        let mut lines = self.lines(name);
        let first = lines.next();
        match lines.any(|line| Some(line) != first) {
            true => Err(HeaderError { header: name.as_str(), what: "more than one" }),
            false => Ok(()),
        }
    }
}

fn missing(header: &'static str) -> HeaderError {
    HeaderError { header, what: "missing" }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;

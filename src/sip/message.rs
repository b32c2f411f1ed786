//! The scanner: one pass over the bytes, an index of the headers, nothing copied, typed on demand.

use super::{CSeq, HeaderError, Method, Name, NameAddr, Uri, Via};
use bytes::Bytes;

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
    /// Content-Length names more bytes than came: 400.
    Truncated,
    /// A header line that is none, a Content-Length that is no number, …: 400.
    Malformed(&'static str),
}

/// A request or response. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Message {
    _raw: Bytes,
}

impl Message {
    /// Scans one whole message (a datagram, or what the stream framer cut out).
    /// Leading CRLFs are skipped; bytes after the body by Content-Length are ignored (UDP, §18.3).
    pub fn scan(_raw: Bytes) -> Result<Message, ScanError> {
        todo!()
    }

    /// The bytes as they came.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        todo!()
    }

    /// The method of a request; none for a response.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        todo!()
    }

    /// The method's text as it came; empty for a response.
    #[must_use]
    pub fn method_text(&self) -> &str {
        todo!()
    }

    /// The Request-URI as it came; empty for a response.
    #[must_use]
    pub fn request_uri_text(&self) -> &[u8] {
        todo!()
    }

    /// The Request-URI, read.
    pub fn request_uri(&self) -> Result<Uri<'_>, HeaderError> {
        todo!()
    }

    /// The status of a response, 100 to 699; none for a request.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        todo!()
    }

    /// The reason phrase of a response.
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        todo!()
    }

    /// The first value line of a header: trimmed, still folded if it came so, commas not split.
    #[must_use]
    pub fn header(&self, _name: Name) -> Option<&[u8]> {
        todo!()
    }

    /// All header lines in order: known name, name as it came, value line.
    pub fn headers(&self) -> impl Iterator<Item = (Name, &[u8], &[u8])> {
        std::iter::empty()
    }

    /// All value lines of one header, in order.
    pub fn lines(&self, _name: Name) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }

    /// All values of a list header, in order, split at commas outside quotes and angle brackets,
    /// each trimmed. Never used for headers whose commas are no separators (Date, WWW-Authenticate).
    pub fn values(&self, _name: Name) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }

    /// Whether a list header (Require, Supported, Allow, Accept) has this token, in any case.
    #[must_use]
    pub fn has_token(&self, _name: Name, _token: &str) -> bool {
        todo!()
    }

    /// The topmost Via value.
    pub fn via(&self) -> Result<Via<'_>, HeaderError> {
        todo!()
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        todo!()
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        todo!()
    }

    /// The From tag; none if From is broken or has none.
    #[must_use]
    pub fn from_tag(&self) -> Option<&[u8]> {
        todo!()
    }

    /// The To tag.
    #[must_use]
    pub fn to_tag(&self) -> Option<&[u8]> {
        todo!()
    }

    /// Call-ID; empty if missing.
    #[must_use]
    pub fn call_id(&self) -> &[u8] {
        todo!()
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        todo!()
    }

    /// The first Contact value.
    pub fn contact(&self) -> Result<NameAddr<'_>, HeaderError> {
        todo!()
    }

    /// A header that is one decimal number (Max-Forwards, RSeq, Min-SE, Retry-After's first part).
    #[must_use]
    pub fn number(&self, _name: Name) -> Option<u32> {
        todo!()
    }

    /// The body by Content-Length (all that follows the headers where there is none, on UDP).
    #[must_use]
    pub fn body(&self) -> &[u8] {
        todo!()
    }

    /// The body, sharing the message's bytes; copy it before it is kept.
    #[must_use]
    pub fn body_bytes(&self) -> Bytes {
        todo!()
    }

    /// The SDP in the body: the body itself for application/sdp, or the first such part of a
    /// multipart body (RFC 5621). None if there is none.
    #[must_use]
    pub fn sdp(&self) -> Option<Bytes> {
        todo!()
    }

    /// Whether the mandatory headers of a request or response are there and readable
    /// (RFC 3261 §8.1.1, §16.3); the error names the header for a 400's reason phrase.
    pub fn check(&self) -> Result<(), HeaderError> {
        todo!()
    }
}

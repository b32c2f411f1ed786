//! The writer: start line, headers in the order given, body with its Content-Length.

use super::{Message, Method};
use bytes::Bytes;

/// A message being written. CR, LF and NUL in a value are written as a space, so that nothing from
/// one leg can add a header on the other.
#[derive(Debug)]
pub struct Writer {
    _buffer: Vec<u8>,
}

impl Writer {
    /// Begins a request.
    #[must_use]
    pub fn request(_method: Method, _uri: &[u8]) -> Writer {
        todo!()
    }

    /// Begins a response.
    #[must_use]
    pub fn response(_status: u16, _reason: &str) -> Writer {
        todo!()
    }

    /// Begins a response to a request: all Via (as they are in the message: `transport` has
    /// filled in received and rport), From, To, Call-ID, CSeq; the To gets `to_tag` unless the
    /// request has one (never for 100). Timestamp is copied into a 100.
    #[must_use]
    pub fn respond(_request: &Message, _status: u16, _to_tag: Option<&[u8]>) -> Writer {
        todo!()
    }

    /// The same with a reason phrase of our own.
    #[must_use]
    pub fn respond_with(
        _request: &Message,
        _status: u16,
        _reason: &str,
        _to_tag: Option<&[u8]>,
    ) -> Writer {
        todo!()
    }

    /// Adds a header by its long name.
    #[must_use]
    pub fn header(self, _name: &str, _value: impl AsRef<[u8]>) -> Writer {
        todo!()
    }

    /// Adds a header whose value is the parts one behind the other (no allocation for a format).
    #[must_use]
    pub fn parts(self, _name: &str, _parts: &[&[u8]]) -> Writer {
        todo!()
    }

    /// Ends the headers without a body (`Content-Length: 0`).
    #[must_use]
    pub fn finish(self) -> Bytes {
        todo!()
    }

    /// Ends with a body.
    #[must_use]
    pub fn body(self, _content_type: &str, _body: &[u8]) -> Bytes {
        todo!()
    }
}

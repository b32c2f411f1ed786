//! Header fields straight from bytes: what framing and finding the worker need before, or without,
//! a scanned message.

use crate::sip::Name;

/// The start line and the header fields of a message as it came, leading empty lines skipped.
/// Field values keep their folds and are trimmed; a line without a colon is passed over.
pub(super) struct Head<'a> {
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    /// Splits off the start line.
    pub(super) fn new(bytes: &'a [u8]) -> (&'a [u8], Head<'a>) {
        let empty = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let bytes = bytes.get(empty..).unwrap_or_default();
        let end = line_end(bytes, false);
        let (start, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        (start.trim_ascii_end(), Head { rest })
    }

    /// The next field: its name, its value, and the whole line with its end.
    pub(super) fn next_field(&mut self) -> Option<(Name, &'a [u8], &'a [u8])> {
        loop {
            if self.rest.is_empty()
                || self.rest.starts_with(b"\n")
                || self.rest.starts_with(b"\r\n")
            {
                return None;
            }
            let end = line_end(self.rest, true);
            let (line, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = line.split_at_checked(colon)?;
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            return Some((Name::parse(name.trim_ascii_end()), value, line));
        }
    }
}

/// Where a line ends, behind its line feed; with `folded`, behind the lines that continue it.
fn line_end(bytes: &[u8], folded: bool) -> usize {
    let mut end = 0;
    loop {
        let rest = bytes.get(end..).unwrap_or_default();
        let Some(feed) = rest.iter().position(|byte| *byte == b'\n') else { return bytes.len() };
        end += feed + 1;
        if !folded || !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
}

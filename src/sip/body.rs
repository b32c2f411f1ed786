//! Finding the session description in a body (RFC 5621, RFC 2046 §5.1).

use super::{Name, text};

/// Parts looked through before giving up: ISUP, SDP, PIDF and a few more are what exists.
const PARTS: usize = 16;
/// Multiparts within multiparts (mixed around alternative).
const DEPTH: usize = 3;
/// RFC 2046 §5.1.1 has no longer boundaries.
const BOUNDARY_BYTES: usize = 70;

/// The SDP in a body of this Content-Type: the body itself, or the first such part whose
/// disposition is `session` or unsaid (an `early-session`, RFC 3959, is another matter). A body
/// without a type is taken for SDP if it begins like one.
pub(super) fn sdp<'a>(content_type: Option<&[u8]>, body: &'a [u8]) -> Option<&'a [u8]> {
    if body.is_empty() {
        return None;
    }
    match content_type {
        Some(content_type) => search(content_type, body, DEPTH),
        None => body.starts_with(b"v=0").then_some(body),
    }
}

fn search<'a>(content_type: &[u8], body: &'a [u8], depth: usize) -> Option<&'a [u8]> {
    let (media_type, params) = text::split_while(content_type, |byte| byte != b';');
    if is_type(media_type, b"application", b"sdp") {
        return Some(body);
    }
    let (kind, _) = text::split_once(media_type, b'/')?;
    if depth == 0 || !text::trim(kind).eq_ignore_ascii_case(b"multipart") {
        return None;
    }
    let boundary = text::param(params, "boundary")?;
    if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES {
        return None;
    }
    Parts::new(body, boundary).take(PARTS).find_map(|part| {
        let (head, body) = split_head(part);
        let is_session = part_header(head, Name::ContentDisposition)
            .map(|value| text::trim(text::split_while(value, |byte| byte != b';').0))
            .is_none_or(|disposition| disposition.eq_ignore_ascii_case(b"session"));
        let content_type = part_header(head, Name::ContentType)?;
        is_session.then(|| search(content_type, body, depth - 1))?
    })
}

/// Whether a media type is `kind/subkind`, in any case and with blanks around the slash.
fn is_type(text: &[u8], kind: &[u8], subkind: &[u8]) -> bool {
    text::split_once(text, b'/').is_some_and(|(left, right)| {
        text::trim(left).eq_ignore_ascii_case(kind)
            && text::trim(right).eq_ignore_ascii_case(subkind)
    })
}

/// The parts between the delimiter lines, in order; a last part that is not closed counts too.
struct Parts<'a, 'b> {
    body: &'a [u8],
    boundary: &'b [u8],
    /// Where the lines still to be read begin.
    at: usize,
    /// Where the part being read began; none in the preamble and behind the end.
    part: Option<usize>,
}

impl<'a, 'b> Parts<'a, 'b> {
    fn new(body: &'a [u8], boundary: &'b [u8]) -> Parts<'a, 'b> {
        Parts { body, boundary, at: 0, part: None }
    }

    /// Whether a line is a delimiter, and whether it is the closing one.
    fn delimiter(&self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(b"--")?.strip_prefix(self.boundary)?;
        match text::trim_end(rest) {
            b"" => Some(false),
            b"--" => Some(true),
            _ => None,
        }
    }
}

impl<'a> Iterator for Parts<'a, '_> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while self.at < self.body.len() {
            let from = self.at;
            let rest = self.body.get(from..)?;
            let length = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| at + 1);
            self.at += length;
            let Some(is_last) = self.delimiter(rest.get(..length)?) else { continue };
            if is_last {
                self.at = self.body.len();
            }
            let next = (!is_last).then_some(self.at);
            if let Some(begin) = std::mem::replace(&mut self.part, next) {
                // The line break in front of a delimiter is the delimiter's.
                let part = self.body.get(begin..from)?;
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                return Some(part.strip_suffix(b"\r").unwrap_or(part));
            }
        }
        self.part.take().and_then(|begin| self.body.get(begin..))
    }
}

/// Cuts a part at its empty line; one that begins with it has no headers.
fn split_head(part: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(length) = part.get(at..).and_then(|p| p.iter().position(|&b| b == b'\n')) {
        let line = part.get(at..at + length).unwrap_or_default();
        at += length + 1;
        if line.is_empty() || line == b"\r" {
            return text::split_at(part, at);
        }
    }
    (part, b"")
}

/// The value of a header in a part's head, up to the line's end.
fn part_header(head: &[u8], name: Name) -> Option<&[u8]> {
    let mut rest = head;
    while !rest.is_empty() {
        let mut end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| at + 1);
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            let fold = rest.get(end..).unwrap_or_default();
            end += fold.iter().position(|&b| b == b'\n').map_or(fold.len(), |at| at + 1);
        }
        let (line, behind) = text::split_at(rest, end);
        if let Some((field, value)) = text::split_once(line, b':')
            && Name::parse(text::trim(field)) == name
        {
            return Some(text::trim(value));
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &[u8] = b"multipart/mixed ; boundary=\"b 1\"";

    fn found(content_type: &[u8], body: &str) -> Option<String> {
        sdp(Some(content_type), body.as_bytes()).map(|s| String::from_utf8_lossy(s).into_owned())
    }

    /// MSG-04: SDP beside an ISUP part whose bytes are no text.
    #[test]
    fn msg_04_sdp_in_a_multipart() {
        let body = b"preamble\r\n--b 1\r\nContent-Type: application/isup\r\n\r\n\x01\0\xff\n--b 11\r\n--b 1 \r\nc: Application / SDP;x=y\r\n\r\nv=0\r\ns=-\r\n--b 1--\r\nepilogue";
        assert_eq!(sdp(Some(MIXED), body), Some(&b"v=0\r\ns=-"[..]));
    }

    #[test]
    fn bare_line_feeds_an_unclosed_end_and_folds() {
        let body = "--b 1\nContent-Type:\n application/sdp\n\nv=0\n";
        assert_eq!(found(MIXED, body).as_deref(), Some("v=0\n"));
    }

    #[test]
    fn only_the_session_counts() {
        let body = "--x\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\nno\r\n--x\r\nContent-Type: application/sdp\r\nContent-Disposition: session;handling=required\r\n\r\nyes\r\n--x--";
        assert_eq!(found(b"multipart/mixed;boundary=x", body).as_deref(), Some("yes"));
    }

    #[test]
    fn an_alternative_inside_a_mixed() {
        let body = "--x\r\nContent-Type: multipart/alternative;boundary=y\r\n\r\n--y\r\nContent-Type: text/plain\r\n\r\nhi\r\n--y\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--y--\r\n--x--\r\n";
        assert_eq!(found(b"Multipart/Mixed;boundary=x", body).as_deref(), Some("v=0"));
    }

    #[test]
    fn where_there_is_none() {
        assert_eq!(found(b"text/plain", "v=0"), None);
        assert_eq!(found(b"multipart/mixed", "--x\r\n"), None);
        assert_eq!(found(b"multipart/mixed;boundary=", "--\r\n"), None);
        assert_eq!(found(b"multipart/mixed;boundary=x", "--x--\r\n"), None);
        assert_eq!(found(b"multipart/mixed;boundary=x", "--x\r\n\r\nv=0\r\n--x--"), None);
        assert_eq!(found(b"application/sdp", ""), None);
        assert_eq!(sdp(None, b"hello"), None);
        assert_eq!(sdp(None, b"v=0\r\n"), Some(&b"v=0\r\n"[..]));
    }

    /// MSG-05: bounded, however deep or many the parts are.
    #[test]
    fn msg_05_parts_and_depth_have_an_end() {
        let many = "--x\r\nContent-Type: text/plain\r\n\r\n.\r\n".repeat(PARTS);
        let body = format!("{many}--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--");
        assert_eq!(found(b"multipart/mixed;boundary=x", &body), None);
        let deep = "--x\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n".repeat(1000);
        assert_eq!(found(b"multipart/mixed;boundary=x", &deep), None);
    }
}

//! The small grammar under all headers: white space, tokens, quotes, lists (RFC 3261 §25.1).
//!
//! Everything here is one pass over a slice, allocates nothing and cannot fail by panic.

use memchr::{memchr, memchr3};

/// Whether a byte is linear white space; a fold (CRLF and a blank) is three of them.
pub(super) fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether a byte may stand in a token.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// Whether this is a token: one byte at least.
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

/// Without white space in front.
pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let from = text.iter().position(|&byte| !is_lws(byte)).unwrap_or(text.len());
    text.get(from..).unwrap_or_default()
}

/// Without white space behind.
pub(super) fn trim_end(text: &[u8]) -> &[u8] {
    let to = text.iter().rposition(|&byte| !is_lws(byte)).map_or(0, |last| last + 1);
    text.get(..to).unwrap_or_default()
}

/// Without white space at either end.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// Cuts at a position; what is past the end is empty.
pub(super) fn split_at(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    text.split_at(at.min(text.len()))
}

/// The bytes before and behind the first `byte`.
pub(super) fn split_once(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(byte, text)?;
    let (before, rest) = split_at(text, at);
    Some((before, rest.get(1..).unwrap_or_default()))
}

/// The bytes as long as they satisfy `keep`, and the rest.
pub(super) fn split_while(text: &[u8], keep: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    split_at(text, text.iter().position(|&byte| !keep(byte)).unwrap_or(text.len()))
}

/// A decimal number that is nothing but digits; leading zeros are no fault, overflow is.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |sum, &byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// A port: digits, 0 to 65535.
pub(super) fn port(text: &[u8]) -> Option<u16> {
    number(text).and_then(|port| u16::try_from(port).ok())
}

/// For text that begins with `"`: where the byte behind the closing quote is. None if it is never
/// closed.
pub(super) fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The values of one header line, split at a separator outside quotes and angle brackets, trimmed;
/// empty ones are passed over.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> List<'a> {
    /// Splits at commas.
    pub(super) fn commas(text: &'a [u8]) -> List<'a> {
        List { rest: text, separator: b',' }
    }

    /// Splits at semicolons: parameters.
    pub(super) fn semicolons(text: &'a [u8]) -> List<'a> {
        List { rest: text, separator: b';' }
    }
}

impl<'a> Iterator for List<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let (value, rest) = split_at(self.rest, value_end(self.rest, self.separator));
            self.rest = rest.get(1..).unwrap_or_default();
            let value = trim(value);
            if !value.is_empty() {
                return Some(value);
            }
        }
        None
    }
}

/// Where the first value ends: at the separator, or with the text.
fn value_end(text: &[u8], separator: u8) -> usize {
    // Most have neither quotes nor brackets before their end.
    let Some(begin) = memchr3(separator, b'"', b'<', text) else { return text.len() };
    if text.get(begin) == Some(&separator) {
        return begin;
    }
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (at, &byte) in text.iter().enumerate().skip(begin) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !angle => quoted = !quoted,
            _ if quoted => {}
            b'<' => angle = true,
            b'>' => angle = false,
            _ if byte == separator && !angle => return at,
            _ => {}
        }
    }
    text.len()
}

/// The parameters of `;a=1;b;c="x"`: name and value, quotes taken off; no value is an empty one.
pub(super) fn params(params: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    List::semicolons(params).map(|part| {
        let (key, value) = split_once(part, b'=').unwrap_or((part, b""));
        (trim_end(key), unquoted(trim_start(value)))
    })
}

/// Looks a parameter up: name in any case, the first of that name.
pub(super) fn param<'a>(of: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut all = params(of).filter(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()));
    all.next().map(|(_, value)| value)
}

/// Without the quotes around it, if there are any; escapes are left.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'"') {
        return text;
    }
    match quoted_end(text) {
        Some(end) => text.get(1..end - 1).unwrap_or_default(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_overflow_into_nothing_and_never_wrap() {
        for (text, want) in [
            (&b"0"[..], Some(0)),
            (b"0068", Some(68)),
            (b"4294967295", Some(u32::MAX)),
            (b"4294967296", None),
            (b"36893488147419103232", None),
            (b"", None),
            (b"-1", None),
            (b"1 ", None),
        ] {
            assert_eq!(number(text), want, "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(port(b"65535"), Some(65535));
        assert_eq!(port(b"65536"), None);
    }

    #[test]
    fn lists_split_outside_quotes_and_angle_brackets_only() {
        for (text, want) in [
            (&b"a, b ,c"[..], &["a", "b", "c"][..]),
            (b",,a,,", &["a"]),
            (b"\"x, y\" <sip:a,b@c>, <sip:d>", &["\"x, y\" <sip:a,b@c>", "<sip:d>"]),
            (b"\"x\\\", y\" <sip:a>, b", &["\"x\\\", y\" <sip:a>", "b"]),
            (b"\"open, a", &["\"open, a"]),
            (b"", &[]),
        ] {
            let got: Vec<_> = List::commas(text).map(String::from_utf8_lossy).collect();
            assert_eq!(got, want);
        }
    }

    #[test]
    fn parameters_are_found_in_any_case_with_space_and_quotes() {
        let params = b"; branch =\r\n z9 ;RPORT;x=\"a;b\\\"c\";y=";
        assert_eq!(param(params, "Branch"), Some(&b"z9"[..]));
        assert_eq!(param(params, "rport"), Some(&b""[..]));
        assert_eq!(param(params, "x"), Some(&b"a;b\\\"c"[..]));
        assert_eq!(param(params, "y"), Some(&b""[..]));
        assert_eq!(param(params, "b"), None);
    }
}

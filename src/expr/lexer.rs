//! Text to tokens. Dots stay tokens of their own; the parser joins dotted names.

use super::node::Span;
use super::{ExprError, MAX_TEXT};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Int(i64),
    Float(f64),
    Text(String),
    Word(String),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 23] = [
    "&&", "||", "<=", ">=", "==", "!=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")",
    "[", "]", ",", ".", "=",
];

pub(super) fn error(span: Span, message: impl Into<String>, hint: Option<String>) -> ExprError {
    ExprError { offset: span.offset, len: span.len, message: message.into(), hint, unknown: None }
}

pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, ExprError> {
    if text.len() > MAX_TEXT {
        let message = format!("{} bytes long, at most {MAX_TEXT} are read", text.len());
        return Err(error(Span { offset: 0, len: text.len() }, message, None));
    }
    let mut tokens = Vec::new();
    let mut offset = 0;
    loop {
        let rest = text.get(offset..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        if c.is_whitespace() {
            offset += c.len_utf8();
            continue;
        }
        let (token, len) = if c.is_ascii_digit() {
            number(rest, offset)?
        } else if c.is_alphabetic() || c == '_' {
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Token::Word(rest.get(..len).unwrap_or_default().to_owned()), len)
        } else if c == '"' || c == '\'' {
            quoted(rest, offset, c)?
        } else {
            sign(rest, offset, c)?
        };
        tokens.push((token, Span { offset, len }));
        offset += len;
    }
    tokens.push((Token::End, Span { offset: text.len(), len: 0 }));
    Ok(tokens)
}

fn sign(rest: &str, offset: usize, c: char) -> Result<(Token, usize), ExprError> {
    let span = Span { offset, len: c.len_utf8() };
    let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
        let hint = match c {
            '&' => Some("write `&&`".to_owned()),
            '|' => Some("write `||`".to_owned()),
            _ => None,
        };
        return Err(error(span, format!("`{c}` is not part of the language"), hint));
    };
    if *sign == "=" {
        return Err(error(span, "`=` compares nothing", Some("write `==`".to_owned())));
    }
    Ok((Token::Sign(sign), sign.len()))
}

/// An int, or a float where a dot and a digit follow (`1.size()` is no float).
fn number(rest: &str, offset: usize) -> Result<(Token, usize), ExprError> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let fraction = match rest.get(whole..).and_then(|r| r.strip_prefix('.')) {
        Some(after) => digits(after),
        None => 0,
    };
    let len = if fraction > 0 { whole + 1 + fraction } else { whole };
    let text = rest.get(..len).unwrap_or_default();
    let token = if fraction > 0 {
        text.parse().ok().map(Token::Float)
    } else {
        text.parse().ok().map(Token::Int)
    };
    let too_large = || {
        let hint = "a number to dial is text: put it in quotes".to_owned();
        error(Span { offset, len }, format!("`{text}` is too large for an int"), Some(hint))
    };
    Ok((token.ok_or_else(too_large)?, len))
}

/// Text in quotes. Escapes: `\\`, `\"`, `\'`, `\n`, `\t`.
fn quoted(rest: &str, offset: usize, quote: char) -> Result<(Token, usize), ExprError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(text), at + 1));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some(c @ ('\\' | '"' | '\'')) => text.push(c),
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some(_) | None => {
                let span = Span { offset: offset + at, len: 1 };
                let hint = r"write `\\` for a backslash".to_owned();
                return Err(error(span, "a backslash that escapes nothing known", Some(hint)));
            }
        }
    }
    let span = Span { offset, len: rest.len() };
    Err(error(span, format!("text that is not closed by {quote}"), None))
}

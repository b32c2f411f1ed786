//! Traps of YAML: what is taken for something else than it looks like, told by what was written.
//!
//! Some of them are only seen in the text itself: `#` begins a comment and `*` an alias, so that
//! the tree has nothing of them.

use super::check::Checker;
use super::codes;
use super::finding::{At, Finding};
use super::tree::{Key, Kind, Node};

/// What YAML 1.1 reads as a boolean; of `y` and `n` no reader in use does.
const WORDS: &[&str] = &["yes", "no", "on", "off"];

/// Tells a text that other YAML tools read as something else.
pub(super) fn scalar(cx: &mut Checker<'_>, node: &Node) {
    if let Kind::Scalar { text, shift: 0 } = &node.kind {
        tell(cx, node.at, text);
    }
}

/// The same for a key.
pub(super) fn key(cx: &mut Checker<'_>, key: &Key) {
    if key.plain {
        tell(cx, key.at, &key.text);
    }
}

fn tell(cx: &mut Checker<'_>, at: At, text: &str) {
    let digits = |text: &str| text.len() > 1 && text.bytes().all(|b| b.is_ascii_digit());
    let lower = if text.len() <= 3 { text.to_ascii_lowercase() } else { String::new() };
    let code = if WORDS.contains(&lower.as_str()) {
        codes::BARE_WORD
    } else if text.starts_with('0') && digits(text) {
        codes::LEADING_ZERO
    } else if text.strip_prefix('+').is_some_and(digits) {
        codes::LEADING_PLUS
    } else {
        return;
    };
    let text = super::tree::shortened(text);
    cx.tell(code, at, format!("`{text}` without quotes is something else to other YAML tools"))
        .expected(format!("\"{text}\""));
}

/// A `#` that was meant as a key of the telephone and begins a comment instead.
pub(super) fn bare_hash(file: u16, text: &str) -> Option<Finding> {
    let place = outside(text, |before, rest| {
        let Some(behind) = rest.strip_prefix('#') else { return false };
        let key = behind.strip_prefix(':').is_some_and(|r| r.is_empty() || r.starts_with(' '));
        let value = behind.starts_with([',', '}', ']']);
        let end = behind.trim().is_empty() && before.trim_end().ends_with("end:");
        key || value || end
    });
    let message = "`#` without quotes begins a comment";
    place.map(|at| found(codes::BARE_HASH, file, at, message, "\"#\""))
}

/// A `*` that was meant as a key of the telephone: an alias has a name.
pub(super) fn bare_star(file: u16, text: &str) -> Option<Finding> {
    let place = outside(text, |before, rest| {
        let begins = before.is_empty() || before.ends_with([' ', '{', '[', ',']);
        let bare = rest.strip_prefix('*').is_some_and(|behind| {
            behind.is_empty() || behind.starts_with([':', ' ', ',', '}', ']', '#'])
        });
        begins && bare
    });
    let message = "`*` without quotes begins an alias";
    place.map(|at| found(codes::BARE_STAR, file, at, message, "\"*\""))
}

/// The first tab in the indentation of a line.
pub(super) fn tab(file: u16, text: &str) -> Option<Finding> {
    let place = text.lines().enumerate().find_map(|(line, text)| {
        let blank = text.len() - text.trim_start_matches([' ', '\t']).len();
        let column = text.get(..blank)?.find('\t')?;
        (blank < text.len()).then_some((line, column))
    });
    place.map(|at| found(codes::TAB, file, at, "a tab in the indentation", "blanks"))
}

fn found(
    code: &'static codes::Code,
    file: u16,
    (line, column): (usize, usize),
    message: &str,
    expected: &str,
) -> Finding {
    let from_1 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
    let at = At { file, line: from_1(line), column: from_1(column), len: 1, via: 0 };
    let mut finding = Finding::new(code, at, message);
    finding.expected(expected);
    finding
}

/// The first place outside quotes and comments that `is_it` says yes to: it gets the line up to the
/// place and from there on. Lines and columns are counted from 0.
fn outside(text: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<(usize, usize)> {
    text.lines().enumerate().find_map(|(number, line)| {
        let mut quote: Option<char> = None;
        let mut previous = ' ';
        for (column, (at, c)) in line.char_indices().enumerate() {
            let (before, rest) = line.split_at_checked(at)?;
            let opens = matches!(previous, ' ' | '{' | '[' | ',' | ':');
            match (quote, c) {
                (Some(open), _) if c == open && previous != '\\' => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if opens => quote = Some(c),
                (None, '#' | '*') if is_it(before, rest) => return Some((number, column)),
                (None, '#') if previous == ' ' => break,
                (None, _) => {}
            }
            previous = c;
        }
        None
    })
}

//! Telephone numbers as texts: a simple normal form, and the patterns of the plan's `numbers:`.
//!
//! Kept simple on purpose: no national rules, no country is guessed (RFC 3966 §3 calls what is
//! stripped here visual separators). What is no number (`sales`, `anna.b`) is an exact name.

mod pattern;

pub use pattern::{NumberTable, Pattern, PatternError};

/// The normal form of a called or calling number: visual separators (` `, `-`, `.`, `(`, `)`, `/`)
/// go, and so does everything from the first `;` (parameters). Where anything but digits, `*`, `#`
/// and a leading `+` is left, the text is a name and stays as it is.
#[must_use]
pub fn normalise(text: &str) -> String {
    let text = text.split(';').next().unwrap_or("").trim();
    let bare: String = text.chars().filter(|c| !is_separator(*c)).collect();
    if is_number(&bare) { bare } else { text.to_string() }
}

/// Whether the text is digits, `*`, `#` and at most a leading `+`, and not empty.
#[must_use]
pub fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '#')
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_parameters_are_stripped_from_numbers_only() {
        for (text, normal) in [
            ("+39 02 123-45.67", "+39021234567"),
            ("(02) 1234/56", "02123456"),
            ("*21#", "*21#"),
            ("+390212345;phone-context=x", "+390212345"),
            ("anna.bianchi", "anna.bianchi"),
            ("sales-team", "sales-team"),
            ("+", "+"),
            ("", ""),
            ("1+2", "1+2"),
        ] {
            assert_eq!(normalise(text), normal, "{text}");
        }
    }
}

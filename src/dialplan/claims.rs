//! Patterns of `numbers:` against one another: claimed twice, or never come to.

use super::check::Checker;
use super::codes;
use super::tree::{Key, shortened};
use crate::number::{NumberTable, Pattern};

/// Most patterns that are held against one another: each with each.
const PATTERNS: usize = 200;
/// Most `x` of a pattern all of whose numbers are tried.
const WILD: u32 = 3;

pub(super) fn check(cx: &mut Checker<'_>, patterns: &[(Pattern, &Key)]) {
    for (pattern, key) in patterns {
        if let Pattern::Exact(name) = pattern
            && !can_be_called(name)
        {
            let name = shortened(name);
            let message = format!("`{name}` is taken as a name, and no call has such a name");
            cx.tell(codes::NEVER_CALLED, key.at, message)
                .expected("digits with `x` for any digit, or `...` (three dots) at the end");
        }
    }
    let wild: Vec<&(Pattern, &Key)> =
        patterns.iter().filter(|(pattern, _)| !matches!(pattern, Pattern::Exact(_))).collect();
    if wild.len() > PATTERNS {
        return;
    }
    for (n, (one, key)) in wild.iter().copied().enumerate() {
        for (two, other) in wild.iter().copied().take(n) {
            claimed(cx, patterns, (one, key), (two, other));
        }
    }
    never_taken(cx, patterns);
}

/// Whether the user part of a URI can be this text, as far as a plan can know.
fn can_be_called(name: &str) -> bool {
    if crate::number::is_number(name) {
        return true;
    }
    let strange = |c: char| !c.is_ascii() || c.is_whitespace() || "@:;<>\"".contains(c);
    !name.chars().any(strange) && !name.starts_with(['+', '_'])
}

fn claimed(
    cx: &mut Checker<'_>,
    all: &[(Pattern, &Key)],
    (one, key): (&Pattern, &Key),
    (two, other): (&Pattern, &Key),
) {
    let Some(both) = one.meet(two) else { return };
    // One within the other is the usual way, and so is a key for just what both claim.
    if all.iter().any(|(pattern, _)| *pattern == both) {
        return;
    }
    let (name, other_name) = (shortened(&key.text), shortened(&other.text));
    let line = other.at.line;
    let message = format!("`{name}` and `{other_name}` (line {line}) claim the same numbers");
    let shown = match &both {
        Pattern::Exact(text) | Pattern::Shape(text) => text.clone(),
        Pattern::Prefix(text) => format!("{text}..."),
    };
    cx.tell(codes::TWO_CLAIMS, key.at, message)
        .expected(format!("a key for what both claim: \"{}\"", shortened(&shown)));
}

/// Shapes every number of which fits another key first.
fn never_taken(cx: &mut Checker<'_>, patterns: &[(Pattern, &Key)]) {
    let mut table = NumberTable::default();
    for (n, (pattern, _)) in patterns.iter().enumerate() {
        // The same pattern twice is told by others.
        let _ = table.insert(pattern.clone(), n);
    }
    for (n, (pattern, key)) in patterns.iter().enumerate() {
        let Pattern::Shape(shape) = pattern else { continue };
        let wild = shape.matches('x').count();
        let Some(wild) = u32::try_from(wild).ok().filter(|wild| *wild <= WILD) else { continue };
        let first = table.find(&filled(shape, 0)).map(|(taken, _)| *taken);
        let twin = patterns.iter().take(n).any(|(other, _)| other == pattern);
        let taken = |number: u32| table.find(&filled(shape, number)).map(|(t, _)| *t) == Some(n);
        if !twin && first != Some(n) && !(0..10_u32.pow(wild)).any(taken) {
            let name = shortened(&key.text);
            let message = format!("every number of `{name}` fits another key first");
            cx.tell(codes::NEVER_CALLED, key.at, message);
        }
    }
}

/// The shape with the digits of this number in the place of its `x`.
fn filled(shape: &str, mut number: u32) -> String {
    let put = |c: char| {
        if c != 'x' {
            return c;
        }
        let digit = char::from_digit(number % 10, 10).unwrap_or('0');
        number /= 10;
        digit
    };
    shape.chars().map(put).collect()
}

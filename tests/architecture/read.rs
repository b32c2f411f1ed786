//! A source file as words: comments and texts left out, `use` trees spread into whole paths.

use std::collections::BTreeMap;

/// A word or a sign of the source, and its line from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The line.
    pub(crate) line: usize,
    /// An identifier or number, `::`, or one other character.
    pub(crate) text: String,
}

/// A path as written in the source, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The line.
    pub(crate) line: usize,
    /// Its parts; a glob is `*`.
    pub(crate) parts: Vec<String>,
}

/// The words of a source.
pub(crate) fn words(source: &str) -> Vec<Word> {
    let chars: Vec<char> = source.chars().collect();
    let mut words = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => until(&chars, at, |c| c == '\n'),
            ('/', Some('*')) => end_of_block_comment(&chars, at),
            ('"', _) => end_of_text(&chars, at + 1),
            ('r', Some('"' | '#')) if starts_raw(&chars, at) => end_of_raw(&chars, at + 1),
            ('\'', _) => end_of_char(&chars, at),
            (':', Some(':')) => at + 2,
            (c, _) if c.is_alphanumeric() || c == '_' => {
                until(&chars, at, |c| !c.is_alphanumeric() && c != '_')
            }
            (_, _) => at + 1,
        };
        let text: String = chars[at..end].iter().collect();
        let first = chars[at];
        let kept = !first.is_whitespace() && first != '"' && first != '\'';
        if kept && !text.starts_with("//") && !text.starts_with("/*") && !is_raw(&text) {
            words.push(Word { line, text: text.clone() });
        }
        line += text.matches('\n').count();
        at = end;
    }
    words
}

fn is_raw(text: &str) -> bool {
    text.starts_with("r\"") || text.starts_with("r#\"")
}

fn until(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|&at| stop(chars[at])).unwrap_or(chars.len())
}

fn end_of_block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn end_of_text(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn starts_raw(chars: &[char], at: usize) -> bool {
    let after = until(chars, at + 1, |c| c != '#');
    chars.get(after) == Some(&'"')
}

fn end_of_raw(chars: &[char], hashes_from: usize) -> usize {
    let open = until(chars, hashes_from, |c| c != '#');
    let hashes = open - hashes_from;
    (open + 1..chars.len())
        .find(|&at| {
            chars[at] == '"' && chars[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes
        })
        .map_or(chars.len(), |at| at + 1 + hashes)
}

/// A character, or only the tick of a lifetime.
fn end_of_char(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => until(chars, at + 3, |c| c == '\'') + 1,
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
    .min(chars.len())
}

/// The words without modules that are for tests only.
pub(crate) fn without_tests(words: &[Word]) -> Vec<Word> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let marked = words.len() - at > MARK.len()
            && words[at..].iter().zip(MARK).all(|(word, mark)| word.text == mark);
        if marked && words[at + MARK.len()].text == "mod" {
            at = end_of_item(words, at + MARK.len());
        } else {
            kept.push(words[at].clone());
            at += 1;
        }
    }
    kept
}

/// Behind the `;` or the closing brace of the item.
fn end_of_item(words: &[Word], from: usize) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate().skip(from) {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    words.len()
}

/// Every path of two parts or more and everything that `use` brings in; a path that begins with a
/// name brought in by `use` is given whole.
pub(crate) fn paths(words: &[Word]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut at = 0;
    while at < words.len() {
        if words[at].text == "use" {
            let before = found.len();
            at = use_tree(words, at + 1, &[], &mut found);
            for named in &found[before..] {
                if let Some(last) = named.parts.last() {
                    names.insert(last.clone(), named.parts.clone());
                }
            }
        } else if is_name(&words[at].text) && text(words, at + 1) == "::" {
            let line = words[at].line;
            let mut parts = vec![words[at].text.clone()];
            while text(words, at + 1) == "::" && is_name(text(words, at + 2)) {
                at += 2;
                parts.push(words[at].text.clone());
            }
            if let Some(whole) = names.get(&parts[0]) {
                parts.splice(0..1, whole.iter().cloned());
            }
            found.push(Named { line, parts });
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one branch of a `use` tree; returns where it ends.
fn use_tree(words: &[Word], from: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let mut parts = before.to_vec();
    let line = words.get(from).map_or(0, |word| word.line);
    let mut at = from;
    loop {
        match text(words, at) {
            "::" => at += 1,
            "{" => {
                at += 1;
                while !matches!(text(words, at), "}" | "") {
                    at = use_tree(words, at, &parts, found);
                    at += usize::from(text(words, at) == ",");
                }
                return at + 1;
            }
            "as" => at += 2,
            name if is_name(name) || name == "*" => {
                // `{self}` means what is before it.
                if name != "self" || parts.is_empty() {
                    parts.push(name.to_owned());
                }
                at += 1;
            }
            _ => break,
        }
    }
    found.push(Named { line, parts });
    at
}

fn text(words: &[Word], at: usize) -> &str {
    words.get(at).map_or("", |word| &word.text)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

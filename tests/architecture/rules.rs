//! The rules: one file against the tables.

use crate::read::{Named, Word, paths, without_tests, words};
use crate::{FENCED, LINES, ROOMS, SHELLS, WORLD};
use std::collections::BTreeSet;

/// What lets a hashed map be walked: a comment with these words on the line or the one before.
const EXCUSE: &str = "hash order:";

/// Methods that show the order of a hashed map or set.
const WALKS: &[&str] = &[
    "iter",
    "iter_mut",
    "into_iter",
    "keys",
    "into_keys",
    "values",
    "values_mut",
    "into_values",
    "drain",
];

/// One file: its path from the root of the project, and its text.
pub(crate) struct Source {
    /// `src/room/file.rs`.
    pub(crate) path: String,
    /// What is in it.
    pub(crate) text: String,
}

impl Source {
    /// The room that it belongs to; none for `lib.rs`, for the binary (`main.rs`,
    /// `command/`), which names the library from outside, and for what is not in `src`.
    fn room(&self) -> Option<&str> {
        let (room, _) = self.path.strip_prefix("src/")?.split_once('/')?;
        (room != "command").then_some(room)
    }

    /// The folder of `io` that it is in.
    fn shell(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/io/")?;
        Some(rest.split('/').next()?.trim_end_matches(".rs"))
    }

    /// How many `super` lead from it to the root of the crate, or for a shell to `io`.
    fn depth(&self) -> usize {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let depth = inside.trim_end_matches("/mod").split('/').count();
        if self.shell().is_some_and(|shell| SHELLS.contains(&shell)) { depth - 1 } else { depth }
    }

    fn is_for_tests(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }
}

/// All findings of a file, `path:line: what`.
pub(crate) fn check(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    let mut find = |line: usize, what: String| {
        findings.push(format!("{}:{line}: {what}", source.path));
    };
    if !source.text.starts_with("//!") {
        find(1, "does not open with `//!` and what it is for".to_owned());
    }
    let lines = source.text.lines().count();
    if lines > LINES {
        find(LINES, format!("{lines} lines; split it by what is being done (at most {LINES})"));
    }
    let Some(room) = source.room() else { return findings };
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        find(1, format!("the room {room} has no row in the table"));
        return findings;
    };
    let all = words(&source.text);
    if !source.is_for_tests() {
        for named in paths(&without_tests(&all)) {
            imports(source, room, allowed, &named, &mut find);
        }
    }
    if room != "io" {
        world(&paths(&all), &mut find);
        hash_order(source, &all, &mut find);
    }
    for named in paths(&all) {
        fences(room, &named, &mut find);
    }
    findings
}

fn imports(
    source: &Source,
    room: &str,
    allowed: &str,
    named: &Named,
    find: &mut impl FnMut(usize, String),
) {
    let supers = named.parts.iter().take_while(|part| *part == "super").count();
    if supers >= source.depth() {
        find(named.line, "reaches the root through `super`; say `crate::`".to_owned());
    }
    let [first, other, rest @ ..] = named.parts.as_slice() else { return };
    if first != "crate" {
        return;
    }
    let is_room = ROOMS.iter().any(|(name, _)| name == other);
    if is_room && other != room && !allowed.split_whitespace().any(|name| name == other) {
        let may = if allowed.is_empty() { "nothing" } else { allowed };
        find(named.line, format!("{room} may not import {other} (it may import {may})"));
    }
    if let (Some(shell), Some(used)) = (source.shell(), rest.first())
        && other == "io"
        && shell != used
        && SHELLS.contains(&shell)
        && SHELLS.contains(&used.as_str())
    {
        find(named.line, format!("io/{shell} may not import io/{used}; io/run wires them"));
    }
}

fn fences(room: &str, named: &Named, find: &mut impl FnMut(usize, String)) {
    for (name, only) in FENCED {
        if named.parts.first().is_some_and(|part| part == name) && room != *only {
            find(named.line, format!("only {only} may name the crate {name}"));
        }
    }
}

fn world(named: &[Named], find: &mut impl FnMut(usize, String)) {
    let mut told = BTreeSet::new();
    for named in named {
        let path = named.parts.join("::");
        for (fenced, what) in WORLD {
            let inside =
                path.strip_prefix(fenced).is_some_and(|r| r.is_empty() || r.starts_with(':'));
            if inside && told.insert(named.parts[..3.min(named.parts.len())].to_vec()) {
                find(named.line, format!("{path} is {what}: only io may touch it"));
            }
        }
    }
}

/// Finds walks over what the same file declares as a hashed map or set. It goes by names, as a
/// reader would: a false alarm is answered by another name or by the excuse in a comment.
fn hash_order(source: &Source, words: &[Word], find: &mut impl FnMut(usize, String)) {
    let text = |at: usize| words.get(at).map_or("", |word: &Word| word.text.as_str());
    let mut hashed = BTreeSet::new();
    for at in 2..words.len() {
        if !matches!(text(at), "HashMap" | "HashSet") {
            continue;
        }
        // `name: HashMap<…>`, `name: &mut HashMap<…>`, `name = HashMap::new()`, std paths before.
        let mut back = at - 1;
        while back > 0 && matches!(text(back), "&" | "mut" | "::" | "std" | "collections") {
            back -= 1;
        }
        if back > 0 && matches!(text(back), ":" | "=") {
            hashed.insert(text(back - 1).to_owned());
        }
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let excused =
        |line: usize| lines.iter().take(line).rev().take(2).any(|line| line.contains(EXCUSE));
    for at in 0..words.len() {
        if !hashed.contains(text(at)) || excused(words[at].line) {
            continue;
        }
        let walked = text(at + 1) == "." && WALKS.contains(&text(at + 2));
        let looped = text(at + 1) == "{" && loops_over(words, at);
        if walked || looped {
            let name = text(at);
            find(words[at].line, format!("the order of the hashed `{name}` can be seen"));
        }
    }
}

/// Whether the name at `at` is what a `for … in` goes over.
fn loops_over(words: &[Word], at: usize) -> bool {
    let before = words[..at].iter().rev().map(|word| word.text.as_str());
    let mut before = before.skip_while(|text| matches!(*text, "&" | "mut" | "self" | "."));
    before.next() == Some("in")
}

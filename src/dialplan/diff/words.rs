//! How changes and values are told: short, on one line each, passwords starred.

use super::{Change, Diff, What};
use crate::dialplan::tree::{Kind, Node};
use std::fmt::Write;

/// Longest value that is shown.
const VALUE_CHARS: usize = 100;

/// A value on one line, much as it was written.
pub(super) fn shown(node: &Node, is_secret: bool) -> String {
    let mut text = String::new();
    write_node(node, is_secret, &mut text);
    if text.chars().count() > VALUE_CHARS {
        text = text.chars().take(VALUE_CHARS - 1).chain(['…']).collect();
    }
    text
}

fn write_node(node: &Node, is_secret: bool, out: &mut String) {
    match &node.kind {
        Kind::Null => out.push_str("(empty)"),
        Kind::Scalar { text, .. } if is_secret => {
            out.push_str(if text.starts_with("${") { text } else { "***" });
        }
        Kind::Scalar { text, .. } => {
            out.extend(starred(text).chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        Kind::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                write_node(item, is_secret, out);
            }
            out.push(']');
        }
        Kind::Map(entries) => {
            out.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                out.push_str(if n == 0 { " " } else { ", " });
                out.push_str(&key.text);
                out.push_str(": ");
                write_node(value, key.text == "password", out);
            }
            out.push_str(" }");
        }
    }
}

/// `sip:user:password@host` without the password.
fn starred(text: &str) -> String {
    let hidden = text.split_once("sip:").and_then(|(before, rest)| {
        let (user, host) = rest.split_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{before}sip:{name}:***@{host}"))
    });
    hidden.unwrap_or_else(|| text.to_owned())
}

/// One change: a line, one a value, one for each of those whom it touches.
pub(super) fn tell(change: &Change) -> String {
    let what = match change.what {
        What::Added => "added  ",
        What::Removed => "removed",
        What::Changed => "changed",
    };
    let mut text = format!("{what}  {} {}\n", change.thing, change.name);
    for detail in &change.details {
        let colon = if detail.key.is_empty() { "" } else { ": " };
        let said = match (&detail.old, &detail.new) {
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (None, Some(new)) => format!("{new} (new)"),
            (Some(old), None) => format!("{old} (gone)"),
            (None, None) => continue,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "           {}{colon}{said}", detail.key);
    }
    for touched in &change.touches {
        let _ = writeln!(text, "           ! {touched}");
    }
    text
}

/// Counts by thing and by what became of it, in the order of the changes.
pub(super) fn summary(diff: &Diff) -> String {
    let mut counts: Vec<(&str, What, usize)> = Vec::new();
    for change in &diff.changes {
        match counts.iter_mut().find(|(t, w, _)| *t == change.thing && *w == change.what) {
            Some((_, _, count)) => *count += 1,
            None => counts.push((&change.thing, change.what, 1)),
        }
    }
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let said = counts.iter().map(|(thing, what, count)| {
        let plural = if *count == 1 || *thing == "hours" { "" } else { "s" };
        let what = match what {
            What::Added => "added",
            What::Removed => "removed",
            What::Changed => "changed",
        };
        format!("{count} {thing}{plural} {what}")
    });
    said.collect::<Vec<_>>().join(", ")
}

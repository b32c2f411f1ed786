//! The line that a finding is about, with carets under the place and without passwords.

use super::finding::At;

/// Longest line shown; a longer one is cut around the place.
const SNIPPET_CHARS: usize = 120;
/// So far in front of what is shown a password may begin and still be seen as one.
const BEFORE: usize = 200;

/// Two lines; nothing if the place is in no line.
pub(super) fn snippet(text: &str, at: At) -> String {
    let Some(line) = text.lines().nth(at.line as usize - usize::from(at.line > 0)) else {
        return String::new();
    };
    let column = (at.column as usize).saturating_sub(1);
    let start = if column >= SNIPPET_CHARS - 20 { column - 40 } else { 0 };
    let first = start.saturating_sub(BEFORE);
    let around = hidden(&part(line, first, BEFORE + 2 * SNIPPET_CHARS));
    // Tabs become one blank each so that the carets stay under their place.
    let shown: String = around
        .chars()
        .skip(start - first)
        .take(SNIPPET_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let indent = column - start;
    let room = shown.chars().count().saturating_sub(indent).max(1);
    let carets = "^".repeat((at.len as usize).clamp(1, room));
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    format!("  {number} | {shown}\n  {margin} | {}{carets}\n", " ".repeat(indent))
}

/// So many characters of a line, which may be a megabyte long.
fn part(line: &str, from: usize, count: usize) -> String {
    if line.is_ascii() {
        let end = line.len().min(from.saturating_add(count));
        return line.get(from.min(end)..end).unwrap_or_default().to_owned();
    }
    line.chars().skip(from).take(count).collect()
}

/// The line with stars in the place of passwords: findings reach terminals and logs.
pub(super) fn hidden(line: &str) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    let mut hide = |from: usize, to: usize| {
        let secret = chars.get_mut(from..to).unwrap_or_default();
        if !secret.starts_with(&['"', '$', '{']) && !secret.starts_with(&['$', '{']) {
            secret.iter_mut().filter(|c| !matches!(c, '"' | '\'')).for_each(|c| *c = '*');
        }
    };
    let place = |at: usize| line.get(..at).map_or(0, |before| before.chars().count());
    for (at, key) in line.match_indices("password:") {
        let from = at + key.len();
        let value = line.get(from..).unwrap_or("");
        let blank = value.len() - value.trim_start().len();
        let value = value.trim_start();
        let len = value.find([',', '}']).unwrap_or(value.len());
        let len = value.get(..len).map_or(0, |value| value.trim_end().len());
        hide(place(from + blank), place(from + blank + len));
    }
    for (at, scheme) in line.match_indices("sip:").chain(line.match_indices("sips:")) {
        let rest = line.get(at + scheme.len()..).unwrap_or("");
        let user = rest.split(['@', ' ', ',', '"']).next().unwrap_or("");
        if let (Some(colon), true) =
            (user.find(':'), rest.get(user.len()..).is_some_and(|r| r.starts_with('@')))
        {
            let from = at + scheme.len();
            hide(place(from + colon + 1), place(from + user.len()));
        }
    }
    chars.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_become_stars_and_nothing_else_does() {
        for (line, shown) in [
            ("password: hunter2", "password: *******"),
            ("{ user: us, password: \"hunter2\" }", "{ user: us, password: \"*******\" }"),
            ("password: \"${env.NAME}\"", "password: \"${env.NAME}\""),
            ("peers: \"sip:us:secret@10.0.0.1\"", "peers: \"sip:us:******@10.0.0.1\""),
            ("[sips:us:secret@10.0.0.1]", "[sips:us:******@10.0.0.1]"),
            ("peers: \"sip:10.0.0.1:5060\"", "peers: \"sip:10.0.0.1:5060\""),
            ("hello: { play: welcome }", "hello: { play: welcome }"),
        ] {
            assert_eq!(hidden(line), shown);
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        for letter in ["a", "é"] {
            let line = letter.repeat(400_000);
            let at = At { file: 0, line: 1, column: 300_000, len: 3 };
            let shown = snippet(&line, at);
            assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
            assert!(shown.ends_with("^^^\n"), "{shown}");
        }
    }
}

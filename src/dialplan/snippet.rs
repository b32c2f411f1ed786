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

/// The text of a plan with stars in the place of passwords, also of those that stand below their key.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // How far a key without a value on its line is indented: what is indented further is its value.
    let mut below = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let indent = content.len() - content.trim_start().len();
        if below.is_some_and(|key| indent > key) && !content.trim().is_empty() {
            let value = content.get(indent..).unwrap_or_default();
            let stars = if is_variable(value) { value.to_owned() } else { "***".to_owned() };
            shown.push_str(content.get(..indent).unwrap_or_default());
            shown.push_str(&stars);
        } else {
            if !content.trim().is_empty() {
                below = opens_value(content).then_some(indent);
            }
            shown.push_str(&hidden(content));
        }
        shown.push_str(line.get(content.len()..).unwrap_or_default());
    }
    shown
}

/// Whether the line ends with the key of a password, its value to follow (`|` and `>`: as a block).
fn opens_value(line: &str) -> bool {
    let line = line.trim_end();
    let line = line.trim_end_matches(['|', '>', '-', '+']).trim_end();
    line.strip_suffix(':').is_some_and(|key| {
        let key = key.trim_end().trim_end_matches(['"', '\'']);
        key.strip_suffix("password").is_some_and(|before| !before.ends_with(char::is_alphanumeric))
    })
}

fn is_variable(value: &str) -> bool {
    value.starts_with("\"${") || value.starts_with("'${") || value.starts_with("${")
}

/// The line with stars in the place of passwords: findings reach terminals and logs.
pub(super) fn hidden(line: &str) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    let mut hide = |from: usize, to: usize| {
        let secret = chars.get_mut(from..to).unwrap_or_default();
        let starts: String = secret.iter().take(3).collect();
        if !is_variable(&starts) {
            secret.iter_mut().filter(|c| !matches!(c, '"' | '\'')).for_each(|c| *c = '*');
        }
    };
    let place = |at: usize| line.get(..at).map_or(0, |before| before.chars().count());
    for (at, key) in line.match_indices("password") {
        // The key may be quoted.
        let after = line.get(at + key.len()..).unwrap_or("");
        let value = after.trim_start_matches(['"', '\'']).trim_start();
        let Some(value) = value.strip_prefix(':') else { continue };
        let value = value.trim_start();
        let from = line.len() - value.len();
        let len = value_length(value);
        hide(place(from), place(from + len));
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

/// Bytes of the value that the rest of a line begins with: to its closing quote, or to the comma or
/// brace behind it.
fn value_length(value: &str) -> usize {
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let mut escaped = false;
        for (at, c) in value.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' if quote == '"' => escaped = true,
                _ if c == quote => return at + 1,
                _ => {}
            }
        }
        return value.len();
    }
    let len = value.find([',', '}']).unwrap_or(value.len());
    value.get(..len).map_or(0, |value| value.trim_end().len())
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
            ("{ \"password\": hunter2, a: b }", "{ \"password\": *******, a: b }"),
            ("password : 'a, b}' # c", "password : '*****' # c"),
            ("password: \"a\\\"b\", c: d", "password: \"**\"*\", c: d"),
            ("password: '${env.NAME}'", "password: '${env.NAME}'"),
        ] {
            assert_eq!(hidden(line), shown);
        }
    }

    /// A value may stand below its key.
    #[test]
    fn a_whole_text_shows_no_password() {
        let text = "credentials:\r\n  user: us\n  password:\n    hunter2\n  next: a\n\
                    other: { user: us, password: x }\nlast:\n  \"password\": |-\n\n    two\n    lines\nend: 1";
        let shown = "credentials:\r\n  user: us\n  password:\n    ***\n  next: a\n\
                     other: { user: us, password: * }\nlast:\n  \"password\": **\n\n    ***\n    ***\nend: 1";
        assert_eq!(without_passwords(text), shown);
        let variable = "password:\n  ${env.NAME}\nnext_password:\n";
        assert_eq!(without_passwords(variable), variable);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        for letter in ["a", "é"] {
            let line = letter.repeat(400_000);
            let at = At { file: 0, line: 1, column: 300_000, len: 3, via: 0 };
            let shown = snippet(&line, at);
            assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
            assert!(shown.ends_with("^^^\n"), "{shown}");
        }
    }
}

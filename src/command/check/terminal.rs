//! Findings for people: the line with a caret, in colours on a terminal.

use centralino::dialplan::{Finding, Severity};

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[34m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Findings of several lines each, a blank line behind each.
pub(super) fn written(findings: &[Finding], colours: bool) -> String {
    findings.iter().map(|finding| one(finding, colours) + "\n").collect()
}

fn one(finding: &Finding, colours: bool) -> String {
    let text = finding.render();
    if !colours {
        return text;
    }
    let colour = match finding.severity() {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
    };
    let word = format!("{}[{}]", finding.severity().word(), finding.code.id);
    let shown = finding.snippet().lines().count();
    let paint = |(number, line): (usize, &str)| match (number, line.split_once('|')) {
        (0, _) => format!("{}\n", line.replacen(&word, &format!("{colour}{word}{PLAIN}"), 1)),
        (n, Some((margin, rest))) if n <= shown => {
            let rest = if n == 2 { format!("{colour}{rest}{PLAIN}") } else { rest.to_owned() };
            format!("{BLUE}{margin}|{PLAIN}{rest}\n")
        }
        (_, _) => format!("{GREEN}{line}{PLAIN}\n"),
    };
    text.lines().enumerate().map(paint).collect()
}

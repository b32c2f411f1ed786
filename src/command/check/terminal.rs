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

#[cfg(test)]
mod tests {
    use super::*;
    use centralino::dialplan::{Source, compile};
    use centralino::io::run::Origin;
    use centralino::plan::Names;

    #[test]
    fn colours_change_no_word() {
        let text = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nnumbers: { default: a|b }\n\
                    flows: { a: { b: { refuse: 480 } } }\n";
        let source = Source { name: "plan.yaml".to_owned(), text: text.to_owned() };
        let found = compile(&[source], &Origin::Demo, &mut Names::default()).unwrap_err();
        let (plain, coloured) = (written(&found, false), written(&found, true));
        assert!(!plain.contains('\x1b'), "{plain}");
        assert!(coloured.contains(&format!("{RED}error[E0302]{PLAIN}")), "{coloured}");
        let colours = [RED, YELLOW, BLUE, GREEN, PLAIN];
        let bare = colours.iter().fold(coloured, |text, colour| text.replace(colour, ""));
        assert_eq!(bare, plain);
    }
}

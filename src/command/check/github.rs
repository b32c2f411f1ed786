//! Findings as workflow commands of GitHub Actions, which shows them beside their lines.

use centralino::dialplan::Finding;

/// One line a finding.
pub(super) fn written(findings: &[Finding]) -> String {
    findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let Finding { file, at, code, message, .. } = finding;
    let text = match finding.help() {
        help if help.is_empty() => message.clone(),
        help => format!("{message}; {help}"),
    };
    format!(
        "::{} file={},line={},col={},endColumn={},title={}::{}\n",
        finding.severity().word(),
        property(file),
        at.line,
        at.column,
        finding.end_column(),
        property(&format!("{} {}", code.id, code.title)),
        data(&text),
    )
}

/// What would end the line or begin an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a property, which `,` and `:` would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_is_escaped() {
        assert_eq!(data("80%, a: b\nc"), "80%25, a: b%0Ac");
        assert_eq!(property("a:b,c%\r\n"), "a%3Ab%2Cc%25%0D%0A");
    }
}

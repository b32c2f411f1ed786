//! Findings as one JSON object.

use centralino::dialplan::{Checked, Finding, Severity};
use serde_json::{Value, json};

/// The object, and a line end.
pub(super) fn written(plan: &str, checked: &Checked) -> String {
    let count = |severity| checked.findings.iter().filter(|f| f.severity() == severity).count();
    let object = json!({
        "plan": plan,
        "hash": checked.hash,
        "loadable": checked.plan.is_some(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "findings": checked.findings.iter().map(finding).collect::<Vec<Value>>(),
    });
    format!("{object}\n")
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code.id,
        "title": finding.code.title,
        "severity": finding.severity().word(),
        "file": finding.file,
        "line": finding.at.line,
        "column": finding.at.column,
        "end_column": finding.end_column(),
        "message": finding.message,
        "help": Some(finding.help()).filter(|help| !help.is_empty()),
    })
}

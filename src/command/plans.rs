//! A plan as the commands read it: its findings, and what is in it in one line.

use super::{NO, WRONG, fail, logs};
use centralino::dialplan::{self, Finding, Loaded, Severity, Source};
use centralino::io::run::Origin;
use centralino::plan::{Names, Plan};
use std::process::ExitCode;

/// Why there is no plan.
#[derive(Debug)]
pub(super) enum NoPlan {
    /// There is nothing to be read: one line.
    Missing(String),
    /// It has errors.
    Wrong(Vec<Finding>),
}

impl NoPlan {
    /// Tells it on stderr.
    pub(super) fn fail(self) -> ExitCode {
        match self {
            NoPlan::Missing(line) => fail(WRONG, line),
            NoPlan::Wrong(findings) => {
                for finding in &findings {
                    if logs::is_json() {
                        logs::tell(finding);
                    } else {
                        eprintln!("{}", finding.render());
                    }
                }
                fail(NO, format!("the plan has {}; nothing was started", tally(&findings)))
            }
        }
    }
}

/// Reads and compiles.
pub(super) fn load(origin: &Origin) -> Result<Loaded, NoPlan> {
    load_with_texts(origin).map(|(loaded, _)| loaded)
}

/// The same, with the texts that were compiled.
pub(super) fn load_with_texts(origin: &Origin) -> Result<(Loaded, Vec<Source>), NoPlan> {
    if let Origin::Path(path) = origin
        && !path.exists()
    {
        return Err(NoPlan::Missing(format!("there is no plan {}", path.display())));
    }
    let sources = origin.read().map_err(NoPlan::Wrong)?;
    let loaded = dialplan::compile(&sources, origin, &mut Names::default());
    Ok((loaded.map_err(NoPlan::Wrong)?, sources))
}

/// `2 trunks, 1 agent, …`.
pub(super) fn summary(plan: &Plan) -> String {
    let counts = [
        (plan.trunks.len(), "trunk"),
        (plan.entries().count(), "number"),
        (plan.script.program.flows.len(), "flow"),
        (plan.script.prompts.len(), "prompt"),
        (plan.roster.queues.len(), "queue"),
        (plan.roster.agents.len(), "agent"),
    ];
    counts.map(|(count, what)| counted(count, what)).join(", ")
}

/// `3 errors, 1 warning`.
pub(super) fn tally(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|f| f.severity() == Severity::Error).count();
    let warnings = findings.len() - errors;
    match (errors, warnings) {
        (0, 0) => "no errors".to_owned(),
        (0, _) => format!("no errors, {}", counted(warnings, "warning")),
        (_, 0) => counted(errors, "error"),
        (_, _) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

/// `1 error`, `3 errors`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

//! A plan made ready for imagined calls: what `test` and `try` have in common.

use super::plans::{NoPlan, tally};
use super::{NO, WRONG, fail};
use centralino::dialplan::{self, Case, Finding, Source, World};
use centralino::io::run::{self, Origin};
use centralino::plan::{Names, Plan};
use centralino::rehearse::{self, Rehearsal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A plan and its tests.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) sources: Vec<Source>,
    pub(super) plan: Plan,
    pub(super) rehearsal: Rehearsal,
    pub(super) cases: Vec<Case>,
}

/// Reads the plan and its tests, those of other files, and those that are no file's.
///
/// # Errors
/// What was told already, as an exit code.
pub(super) fn ready(
    path: &Path,
    files: &[PathBuf],
    more: Option<Source>,
) -> Result<Ready, ExitCode> {
    for path in std::iter::once(path).chain(files.iter().map(PathBuf::as_path)) {
        if !path.exists() {
            return Err(NoPlan::Missing(format!("there is no {}", path.display())).fail());
        }
    }
    let origin = Origin::Path(path.to_owned());
    let no_plan = |findings| NoPlan::Wrong(findings).fail();
    let mut sources =
        dialplan::read(&path.to_string_lossy(), &origin).map_err(no_plan)?;
    let loaded =
        dialplan::compile(&sources, &origin, &mut Names::default()).map_err(no_plan)?;
    let plan = loaded.plan;
    let own = sources.len();
    for file in files {
        let name = file.to_string_lossy().into_owned();
        let text = origin.read(&name).map_err(|error| fail(WRONG, format!("{name}: {error}")))?;
        sources.push(Source { name, text });
    }
    sources.extend(more);
    let extra = sources.len() - own;
    let fields = rehearse::record_fields();
    let cases = dialplan::cases(&sources, extra, &plan, &fields, &origin).map_err(wrong_tests)?;
    let prompts = run::load_prompts(&plan, &origin).map_err(|wrong| fail(NO, wrong.join("\n")))?;
    let rehearsal = Rehearsal::new(&plan, prompts).map_err(|wrong| fail(NO, wrong.join("\n")))?;
    Ok(Ready { sources, plan, rehearsal, cases })
}

fn wrong_tests(findings: Vec<Finding>) -> ExitCode {
    for finding in &findings {
        eprintln!("{}", finding.render());
    }
    fail(NO, format!("the tests have {}; none was run", tally(&findings)))
}

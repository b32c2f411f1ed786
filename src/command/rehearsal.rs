//! A plan made ready for imagined calls: what `test` and `try` have in common.

use super::plans::{NoPlan, tally};
use super::{NO, WRONG, fail};
use centralino::dialplan::{self, Case, Finding, Source, World};
use centralino::io::run::{self, Origin};
use centralino::media::PromptBook;
use centralino::plan::{Names, Plan};
use centralino::rehearse::{self, Rehearsal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tracing::subscriber::{NoSubscriber, with_default};

/// Most failing tests that a refused plan is told of.
const FAILING: usize = 10;
/// The tests of a plan that is to be taken may last so long: whoever asks waits for them.
const PATIENCE: Duration = Duration::from_secs(6);

/// A plan and its tests.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) sources: Vec<Source>,
    pub(super) plan: Plan,
    pub(super) rehearsal: Rehearsal,
    pub(super) cases: Vec<Case>,
}

/// Reads the plan, its tests, and those of other files.
///
/// # Errors
/// What was told already, as an exit code.
pub(super) fn ready(path: &Path, files: &[PathBuf]) -> Result<Ready, ExitCode> {
    let mut ready = without_tests(path)?;
    let origin = Origin::Path(path.to_owned());
    for file in files {
        let name = file.to_string_lossy().into_owned();
        let text =
            World::read(&origin, &name).map_err(|error| fail(WRONG, format!("{name}: {error}")))?;
        ready.sources.push(Source { name, text });
    }
    ready.cases = cases(&ready.sources, files.len(), &ready.plan, &origin)?;
    Ok(ready)
}

/// Reads the plan, and one test that is in no file; those of the plan are not looked at.
///
/// # Errors
/// What was told already, as an exit code.
pub(super) fn with_own_test(path: &Path, test: Source) -> Result<Ready, ExitCode> {
    let mut ready = without_tests(path)?;
    ready.sources = vec![test];
    ready.cases = cases(&ready.sources, 1, &ready.plan, &Origin::Path(path.to_owned()))?;
    Ok(ready)
}

fn without_tests(path: &Path) -> Result<Ready, ExitCode> {
    if !path.exists() {
        return Err(NoPlan::Missing(format!("there is no plan {}", path.display())).fail());
    }
    let origin = Origin::Path(path.to_owned());
    let no_plan = |findings| NoPlan::Wrong(findings).fail();
    let sources = dialplan::read(&path.to_string_lossy(), &origin).map_err(no_plan)?;
    let loaded = dialplan::compile(&sources, &origin, &mut Names::default()).map_err(no_plan)?;
    let plan = loaded.plan;
    let prompts = run::load_prompts(&plan, &origin).map_err(|wrong| fail(NO, wrong.join("\n")))?;
    let rehearsal = Rehearsal::new(&plan, prompts).map_err(|error| fail(NO, error))?;
    Ok(Ready { sources, plan, rehearsal, cases: Vec::new() })
}

fn cases(
    sources: &[Source],
    extra: usize,
    plan: &Plan,
    origin: &Origin,
) -> Result<Vec<Case>, ExitCode> {
    let fields = rehearse::record_fields();
    dialplan::cases(sources, extra, plan, &fields, origin).map_err(wrong_tests)
}

/// What is wrong with the tests of a plan that is otherwise right.
pub(super) fn wrong_tests_of(plan: &Plan, origin: &Origin, path: &Path) -> Vec<Finding> {
    let sources = match dialplan::read(&path.to_string_lossy(), origin) {
        Ok(sources) => sources,
        Err(findings) => return findings,
    };
    let found = dialplan::cases(&sources, 0, plan, &rehearse::record_fields(), origin);
    found.err().unwrap_or_default()
}

fn wrong_tests(findings: Vec<Finding>) -> ExitCode {
    for finding in &findings {
        eprintln!("{}", finding.render());
    }
    fail(NO, format!("the tests have {}; none was run", tally(&findings)))
}

/// What keeps a running router from taking a plan: tests of it that are wrong or that fail, a line
/// each.
pub(super) fn gate(
    plan: &Plan,
    sources: &[Source],
    prompts: &PromptBook,
    origin: &Origin,
) -> Vec<String> {
    let begun = Instant::now();
    let cases = match dialplan::cases(sources, 0, plan, &rehearse::record_fields(), origin) {
        Ok(cases) if cases.is_empty() => return Vec::new(),
        Ok(cases) => cases,
        Err(findings) => return findings.iter().map(ToString::to_string).collect(),
    };
    let rehearsal = match Rehearsal::new(plan, prompts.clone()) {
        Ok(rehearsal) => rehearsal,
        Err(error) => return vec![error],
    };
    let mut failing = Vec::new();
    for case in &cases {
        if failing.len() >= FAILING {
            break;
        }
        // Imagined calls are not to be found in the log of live ones.
        let goes_on = || begun.elapsed() < PATIENCE;
        let run = || rehearsal.run_while(case, &goes_on);
        let Some(outcome) = with_default(NoSubscriber::default(), run) else {
            let (seconds, name) = (PATIENCE.as_secs(), &case.name);
            failing.push(format!(
                "the tests last longer than {seconds} s, `{name}` was broken off: move some to a file of their own for `centralino test --tests`"
            ));
            break;
        };
        if let Some(first) = outcome.differences.first() {
            let place = dialplan::excerpt(sources, first.at).0;
            let (what, expected, found) = (&first.what, &first.expected, &first.found);
            failing.push(format!(
                "{place}: the test `{}` fails: {what}: expected {expected}, found {found}",
                case.name
            ));
        }
    }
    failing
}

//! YAML to [`crate::plan::Plan`]: read, check, compile; every finding names file, line and column.
//!
//! Nothing here opens a file or reads the environment: that is asked of a [`World`]. All findings
//! come at once; a plan with an error among them is never made. The grammar is what the checks
//! take, told for admins in `docs/dialplan.md`.

mod cases;
mod check;
mod claims;
mod codes;
mod compile;
pub mod diff;
mod finding;
mod flows;
mod fresh;
mod heard;
mod hours;
mod include;
mod languages;
mod machine;
mod moved;
mod numbers;
mod places;
mod prompts;
mod roster;
mod routes;
mod schema;
mod scope;
mod settings;
mod snippet;
mod source;
mod staff;
mod templates;
mod traps;
mod tree;
mod trunks;
mod values;
mod variables;
mod verbs;
mod ways;

#[cfg(test)]
mod tests;

pub use cases::{
    Act, BEEP, Case, Deed, Expect, Expected, How, Item, Measure, Mood, RING_BACK, Span, Step,
    TakesCalls, Until, cases, excerpt,
};
pub use codes::{Code, document};
pub use compile::{Loaded, compile};
pub use diff::Diff;
pub use finding::{At, Finding, Severity};
pub use fresh::{Answers, fresh};
pub use moved::{Moves, moved};
pub use places::{Places, StatePlace, StepPlace, Way, places};
pub use schema::{reference, schema};
pub use snippet::without_passwords;
pub use source::{Machine, PromptFault, Source, World};

use crate::plan::{Names, Plan};

/// Reads and compiles a plan: one file, or all `*.yaml` files of a folder, and what they include.
///
/// # Errors
/// All findings by place, at least one of them an error.
pub fn load(path: &str, world: &dyn World, names: &mut Names) -> Result<Loaded, Vec<Finding>> {
    compile(&read(path, world)?, world, names)
}

/// Reads the texts of a plan: one file, or all `*.yaml` files of a folder, and what they include.
///
/// # Errors
/// What cannot be read.
pub fn read(path: &str, world: &dyn World) -> Result<Vec<Source>, Vec<Finding>> {
    let gathered = include::gather(path, world).map_err(|finding| vec![*finding])?;
    if gathered.findings.is_empty() { Ok(gathered.sources) } else { Err(gathered.findings) }
}

/// The files and folders that a plan consists of, also those that it names in vain: whoever waits
/// for it to change looks at these.
#[must_use]
pub fn files(path: &str, world: &dyn World) -> Vec<String> {
    match include::gather(path, world) {
        Ok(gathered) => gathered.named,
        Err(_) => vec![path.to_owned()],
    }
}

/// All that is to be said of a plan.
#[derive(Debug)]
pub struct Checked {
    /// Errors and warnings by place.
    pub findings: Vec<Finding>,
    /// SHA-256 over its texts, as in [`crate::plan::Plan::hash`]; none if they could not be read.
    pub hash: Option<String>,
    /// The plan, if it may be loaded.
    pub plan: Option<Plan>,
}

impl Checked {
    /// A file could not be read at all.
    #[must_use]
    pub fn unreadable(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == codes::UNREADABLE)
    }
}

/// Looks at a plan as [`load`] would load it.
#[must_use]
pub fn check(path: &str, world: &dyn World) -> Checked {
    let sources = match read(path, world) {
        Ok(sources) => sources,
        Err(findings) => return Checked { findings, hash: None, plan: None },
    };
    let hash = Some(source::hash(&sources));
    match compile(&sources, world, &mut Names::default()) {
        Ok(Loaded { plan, warnings }) => Checked { findings: warnings, hash, plan: Some(plan) },
        Err(findings) => Checked { findings, hash, plan: None },
    }
}

/// The plan that runs when no other is given; its prompts are built in.
pub const DEMO: &str = include_str!("../../dialplans/demo.yaml");

/// Compiles [`DEMO`] under the name `demo.yaml`.
///
/// # Errors
/// Findings, if the world has not got its prompts.
pub fn demo(world: &dyn World, names: &mut Names) -> Result<Loaded, Vec<Finding>> {
    compile(&[Source { name: "demo.yaml".to_string(), text: DEMO.to_string() }], world, names)
}

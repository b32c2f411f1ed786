//! YAML to [`crate::plan::Plan`]: read, check, compile; every finding names file, line and column.
//!
//! Nothing here opens a file or reads the environment: that is asked of a [`World`]. All findings
//! come at once; a plan with an error among them is never made. The grammar is what the checks
//! take, told for admins in `docs/dialplan.md`.

mod check;
mod compile;
pub mod diff;
mod finding;
mod flows;
mod hours;
mod numbers;
mod prompts;
mod roster;
mod scope;
mod settings;
mod source;
mod tree;
mod trunks;
mod verbs;

#[cfg(test)]
mod tests;

pub use compile::{Loaded, compile};
pub use diff::Diff;
pub use finding::{At, Finding, Severity};
pub use source::{Source, World};

use crate::plan::Names;

/// Reads and compiles a plan: one file, or all `*.yaml` files of a folder.
///
/// # Errors
/// All findings by place, at least one of them an error.
pub fn load(path: &str, world: &dyn World, names: &mut Names) -> Result<Loaded, Vec<Finding>> {
    compile(&read(path, world)?, world, names)
}

/// Reads the texts of a plan: one file, or all `*.yaml` files of a folder.
///
/// # Errors
/// What cannot be read.
pub fn read(path: &str, world: &dyn World) -> Result<Vec<Source>, Vec<Finding>> {
    source::read(path, world).map_err(|finding| vec![*finding])
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

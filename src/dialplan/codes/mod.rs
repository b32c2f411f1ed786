//! Every kind of finding, declared once: its code, its title and what `check --explain` says.
//!
//! A code that was published keeps its meaning for good; one that is not used any more is not given
//! to anything else. `E` is an error, `W` a warning; the first two digits are the group.

mod cases;
mod flows;
mod hours;
mod languages;
mod limits;
mod media;
mod names;
mod numbers;
mod parts;
mod queues;
mod routes;
mod shape;
mod yaml;

pub(super) use cases::*;
pub(super) use flows::*;
pub(super) use hours::*;
pub(super) use languages::*;
pub(super) use limits::*;
pub(super) use media::*;
pub(super) use names::*;
pub(super) use numbers::*;
pub(super) use parts::*;
pub(super) use queues::*;
pub(super) use routes::*;
pub(super) use shape::*;
pub(super) use yaml::*;

use super::finding::Severity;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `E0301`; never changes.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What it means.
    pub means: &'static str,
    /// What comes of it on the phone, or for whoever runs the router.
    pub matters: &'static str,
    /// A piece of a plan with this fault.
    pub wrong: &'static str,
    /// The same piece without it.
    pub right: &'static str,
}

/// Declares codes as constants and lists them.
macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal:
        $means:literal, $matters:literal, $wrong:literal => $right:literal;)*) => {
        $(pub(in crate::dialplan) const $name: &super::Code = &super::Code {
            id: $id,
            title: $title,
            means: $means,
            matters: $matters,
            wrong: $wrong,
            right: $right,
        };)*
        pub(super) const ALL: &[&super::Code] = &[$($name),*];
    };
}
use codes;

/// The groups: first two digits, what they are about, their codes.
const GROUPS: &[(&str, &str, &[&Code])] = &[
    ("01", "YAML", yaml::ALL),
    ("02", "Shape and types", shape::ALL),
    ("03", "Names", names::ALL),
    ("04", "Flows", flows::ALL),
    ("05", "Queues and agents", queues::ALL),
    ("06", "Numbers, trunks, addresses", numbers::ALL),
    ("07", "Media and prompts", media::ALL),
    ("08", "Hours and expressions", hours::ALL),
    ("09", "Secrets and limits of the machine", limits::ALL),
    ("10", "Tests", cases::ALL),
    ("11", "Routes", routes::ALL),
    ("12", "Languages", languages::ALL),
    ("13", "Includes and templates", parts::ALL),
];

impl Code {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        if self.id.starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// Every code, by group.
    pub fn all() -> impl Iterator<Item = &'static Code> {
        GROUPS.iter().flat_map(|(_, _, codes)| codes.iter().copied())
    }

    /// The code with this id, in any case.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Code> {
        Code::all().find(|code| code.id.eq_ignore_ascii_case(id))
    }

    /// All that is to be said of it, for a terminal.
    #[must_use]
    pub fn explain(&self) -> String {
        let Code { id, title, means, matters, .. } = self;
        let (wrong, right) = (indented(self.wrong), indented(self.right));
        format!("{id}: {title}\n\n{means}\n\n{matters}\n\nWrong:\n\n{wrong}\nRight:\n\n{right}")
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// `docs/findings.md`: every code with its explanation.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(HEAD);
    for (digits, about, codes) in GROUPS {
        text.push_str(&format!("\n## {digits}xx: {about}\n"));
        for code in *codes {
            let Code { id, title, means, matters, wrong, right } = code;
            text.push_str(&format!(
                "\n### {id}: {title}\n\n{means}\n{matters}\n\n```yaml\n# wrong\n{wrong}\n\
                 # right\n{right}\n```\n"
            ));
        }
    }
    text
}

const HEAD: &str = "\
# What `centralino check` finds

Made from the table in `src/dialplan/codes`; a test holds the two together. `E` is an error: a plan
that has one is not loaded. `W` is a warning: the plan is loaded. A code keeps its meaning for good.
`centralino check --explain CODE` shows the same text.
";

//! What is wrong with a plan, where, and what to write instead.

use super::codes::Code;
use super::snippet::snippet;
use super::source::Source;
use crate::expr::nearest;
use std::fmt;

/// A place in one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Index of the file.
    pub file: u16,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters, at least 1.
    pub len: u32,
    /// Which copy of a template it is in, from 1; 0 where it stands for itself.
    pub via: u32,
}

impl At {
    /// The beginning of a file.
    #[must_use]
    pub(super) const fn start(file: u16) -> At {
        At { file, line: 1, column: 1, len: 1, via: 0 }
    }

    /// Whether it is the same in the files, whatever copies of it there are.
    pub(super) fn is_at(self, other: At) -> bool {
        At { via: 0, ..self } == At { via: 0, ..other }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan is not loaded.
    Error,
    /// The plan is loaded.
    Warning,
}

impl Severity {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is, which also says how bad it is.
    pub code: &'static Code,
    /// Where.
    pub at: At,
    /// The file's name.
    pub file: String,
    /// What was found, in one sentence without its place.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// The nearest name that exists.
    pub nearest: Option<String>,
    /// What else may help, as a phrase of its own.
    pub hint: Option<String>,
    /// The line it is about and a caret under the place; empty if there is no such line.
    snippet: String,
    /// The copies of a template in which the same was found.
    pub(super) vias: Vec<u32>,
    /// It is beyond what is told.
    untold: bool,
    /// No nearest name is looked for among many.
    brief: bool,
}

impl Finding {
    pub(super) fn new(code: &'static Code, at: At, message: impl Into<String>) -> Finding {
        Finding {
            code,
            at,
            file: String::new(),
            message: message.into(),
            expected: None,
            nearest: None,
            hint: None,
            snippet: String::new(),
            vias: if at.via == 0 { Vec::new() } else { vec![at.via] },
            untold: false,
            brief: false,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The column behind its end, from 1.
    #[must_use]
    pub fn end_column(&self) -> u32 {
        self.at.column.saturating_add(self.at.len)
    }

    /// What to write instead, on one line; empty if nothing is known.
    #[must_use]
    pub fn help(&self) -> String {
        let expected = self.expected.as_ref().map(|expected| format!("expected {expected}"));
        let nearest = self.nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
        let parts = [expected, nearest, self.hint.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The same, marked as one that nobody will see.
    pub(super) fn untold(mut self) -> Finding {
        self.untold = true;
        self
    }

    /// The same, without a nearest name out of many.
    pub(super) fn brief(mut self) -> Finding {
        self.brief = true;
        self
    }

    pub(super) fn expected(&mut self, expected: impl Into<String>) -> &mut Finding {
        self.expected = Some(expected.into());
        self
    }

    /// Names that could have been meant: the nearest one is told, or all where they are few.
    pub(super) fn among<'n>(
        &mut self,
        found: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> &mut Finding {
        if self.untold {
            return self;
        }
        let names: Vec<&str> = names.into_iter().take(COMPARED).collect();
        if self.brief && names.len() > FEW {
            return self;
        }
        self.nearest = nearest(found, names.iter().copied()).map(str::to_string);
        if self.nearest.is_none() && self.expected.is_none() && (1..=NAMES).contains(&names.len()) {
            self.expected = Some(format!("one of {}", names.join(", ")));
        }
        self
    }

    /// Adds the file's name and the line.
    pub(super) fn placed(mut self, sources: &[Source]) -> Finding {
        if let Some(source) = sources.get(usize::from(self.at.file)) {
            self.file.clone_from(&source.name);
            self.snippet = snippet(&source.text, self.at);
        }
        self
    }

    /// The line it is about with carets under the place, two lines; empty if there is none.
    #[must_use]
    pub fn snippet(&self) -> &str {
        &self.snippet
    }

    /// All of it on several lines, for a terminal.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = self.headline();
        text.push('\n');
        text.push_str(&self.snippet);
        if let Some(expected) = &self.expected {
            text.push_str(&format!("  expected: {expected}\n"));
        }
        if let Some(name) = &self.nearest {
            text.push_str(&format!("  did you mean `{name}`?\n"));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("  {hint}\n"));
        }
        text
    }

    fn headline(&self) -> String {
        let Finding { file, at, code, message, .. } = self;
        let word = self.severity().word();
        format!("{file}:{}:{}: {word}[{}]: {message}", at.line, at.column, code.id)
    }
}

/// All on one line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        match self.help() {
            help if help.is_empty() => Ok(()),
            help => write!(f, "; {help}"),
        }
    }
}

/// Most names that a mistyped one is compared with.
const COMPARED: usize = 1_000;
/// So few names that comparing costs nothing.
const FEW: usize = 100;
/// Most names that are told where none is near.
const NAMES: usize = 12;

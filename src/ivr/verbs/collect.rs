//! `collect`: a prompt, and an entry of several digits kept in a variable.

use crate::ivr::ask::{Asking, Asks, Taken, Verdict};
use crate::ivr::program::Next;
use std::sync::Arc;

/// Takes an entry.
#[derive(Clone, Debug)]
pub struct Collect {
    /// How it is asked.
    pub asking: Asking,
    /// The fewest digits that are an entry.
    pub least: usize,
    /// With so many it is complete; 32 at most.
    pub most: usize,
    /// Keys that end it; may be empty.
    pub end: Arc<str>,
    /// The variable.
    pub into: Arc<str>,
    /// Where with an entry.
    pub next: Next,
    /// Where after the last try.
    pub failed: Next,
}

impl Collect {
    fn taken(&self, digits: &str, trailing: bool) -> Verdict {
        Verdict::Taken(Taken {
            digits: digits.to_string(),
            into: Some(self.into.clone()),
            trailing: (trailing && !self.end.is_empty()).then(|| self.end.clone()),
            next: self.next,
        })
    }
}

impl Asks for Collect {
    fn asking(&self) -> &Asking {
        &self.asking
    }

    fn judge(&self, typed: &str) -> Verdict {
        let end = |c: char| self.end.contains(c);
        match typed.strip_suffix(end) {
            Some(digits) if digits.len() >= self.least => self.taken(digits, false),
            Some(_) => Verdict::Invalid,
            None if typed.len() >= self.most => self.taken(typed, true),
            None => Verdict::More,
        }
    }

    fn judge_pause(&self, typed: &str) -> Verdict {
        if typed.len() >= self.least { self.taken(typed, false) } else { Verdict::Invalid }
    }

    fn failed(&self) -> Next {
        self.failed
    }
}

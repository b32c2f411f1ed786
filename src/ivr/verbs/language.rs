//! `language`: what the caller hears from now on.

use crate::expr::Template;
use crate::ivr::memory::LANGUAGE;
use crate::ivr::program::Next;
use crate::ivr::run::{Move, Run};
use std::sync::Arc;

/// Sets the call's language.
#[derive(Clone, Debug)]
pub struct Language {
    /// The language.
    pub language: Template,
    /// What may come of it; anything else changes nothing.
    pub among: Vec<Arc<str>>,
    /// Where then.
    pub next: Next,
}

impl Language {
    /// Whether the call's language is known behind it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.language.names().is_empty()
    }

    pub(in crate::ivr) fn enter(&self, run: &mut Run) -> Move {
        let language = self.language.render(&run.memory).trim().to_ascii_lowercase();
        if self.among.iter().any(|known| **known == *language) {
            run.memory.set(LANGUAGE, &language);
        }
        Move::To(self.next)
    }
}

//! `set`: variables get values.

use crate::expr::Template;
use crate::ivr::program::Next;
use crate::ivr::run::{Move, Run};
use std::sync::Arc;

/// Sets variables, one after the other: a later one may use an earlier one.
#[derive(Clone, Debug)]
pub struct Set {
    /// Name and value.
    pub values: Vec<(Arc<str>, Template)>,
    /// Where then.
    pub next: Next,
}

impl Set {
    pub(in crate::ivr) fn enter(&self, run: &mut Run) -> Move {
        for (name, value) in &self.values {
            let value = value.render(&run.memory);
            run.memory.set(name, &value);
        }
        Move::To(self.next)
    }
}

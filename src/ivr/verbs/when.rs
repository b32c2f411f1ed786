//! `when`: the first condition that holds decides.

use crate::expr::Expr;
use crate::ivr::program::Next;
use crate::ivr::run::{Move, Run};

/// Goes by conditions over the call's facts and variables.
#[derive(Clone, Debug)]
pub struct When {
    /// Looked at in order. A condition that cannot be worked out for this call does not hold.
    pub branches: Vec<(Expr, Next)>,
    /// Where if none holds.
    pub otherwise: Next,
}

impl When {
    pub(in crate::ivr) fn enter(&self, run: &mut Run) -> Move {
        let branch = self.branches.iter().find(|(condition, _)| condition.holds(&run.memory));
        Move::To(branch.map_or(self.otherwise, |(_, next)| *next))
    }
}

//! `goto`: on in another flow, with the same variables. There is no way back.

use crate::base::FlowId;
use crate::ivr::run::Move;

/// Goes to the first state of a flow.
#[derive(Clone, Debug)]
pub struct Goto {
    /// Which.
    pub flow: FlowId,
}

impl Goto {
    pub(in crate::ivr) fn enter(&self) -> Move {
        Move::Flow(self.flow)
    }
}

//! `refuse`: an unanswered call gets this status; an answered one is hung up.

use crate::ivr::run::Move;
use crate::ivr::words::Output;

/// Refuses the call.
#[derive(Clone, Debug)]
pub struct Refuse {
    /// 300 to 699.
    pub status: u16,
}

impl Refuse {
    pub(in crate::ivr) fn enter(&self) -> Move {
        Move::Over(Output::Refuse(self.status))
    }
}

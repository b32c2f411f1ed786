//! `hang_up`: the call is over.

use crate::ivr::run::Move;
use crate::ivr::words::Output;

/// Ends the call.
#[derive(Clone, Debug)]
pub struct HangUp {
    /// Status if it is still unanswered, 300 to 699.
    pub status: u16,
}

impl HangUp {
    pub(in crate::ivr) fn enter(&self) -> Move {
        Move::Over(Output::HangUp { status: self.status })
    }
}

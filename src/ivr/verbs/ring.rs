//! `ring`: 180 Ringing (ring-back for an answered call) for a while.

use crate::ivr::program::Next;
use crate::ivr::run::{Context, Move, Run};
use crate::ivr::words::Output;
use std::time::Duration;

/// Lets it ring.
#[derive(Clone, Debug)]
pub struct Ring {
    /// How long.
    pub time: Duration,
    /// Where then.
    pub next: Next,
}

impl Ring {
    pub(in crate::ivr) fn enter(&self, run: &mut Run, cx: &mut Context<'_>) -> Move {
        cx.out.push(Output::Ring);
        if self.time.is_zero() {
            return Move::To(self.next);
        }
        run.ringing(cx.now.after(self.time), self.next);
        Move::Stay
    }
}

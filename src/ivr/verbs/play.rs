//! `play`: prompts, one behind the other, to their end or to a digit.

use crate::ivr::program::Next;
use crate::ivr::prompt::Piece;
use crate::ivr::run::{Context, Move, Run};

/// Plays prompts.
#[derive(Clone, Debug)]
pub struct Play {
    /// What is heard.
    pub pieces: Vec<Piece>,
    /// A digit ends it; the digit is kept for the next question. With digits typed ahead nothing
    /// is played at all.
    pub barge_in: bool,
    /// Play without answering the call.
    pub early: bool,
    /// Where then.
    pub next: Next,
}

impl Play {
    pub(in crate::ivr) fn enter(&self, run: &mut Run, cx: &mut Context<'_>) -> Move {
        enter(&self.pieces, self.barge_in, self.next, run, cx)
    }
}

/// Plays to the end or to a digit; shared with `say`.
pub(super) fn enter(
    pieces: &[Piece],
    barge_in: bool,
    next: Next,
    run: &mut Run,
    cx: &mut Context<'_>,
) -> Move {
    if barge_in && !run.ahead.is_empty() {
        return Move::To(next);
    }
    match run.play(&[pieces], barge_in, cx) {
        Some(play) => {
            run.playing(play, barge_in, next);
            Move::Stay
        }
        None => Move::To(next),
    }
}

//! `say`: digits or a number, put together from recorded words.

use super::play;
use crate::ivr::program::Next;
use crate::ivr::prompt::Piece;
use crate::ivr::run::{Context, Move, Run};

/// Says what a template renders to. A text without anything to say is passed over.
#[derive(Clone, Debug)]
pub struct Say {
    /// What is heard: mostly digits and numbers, prompts around them.
    pub pieces: Vec<Piece>,
    /// A digit ends it, as with `play`.
    pub barge_in: bool,
    /// Speak without answering the call.
    pub early: bool,
    /// Where then.
    pub next: Next,
}

impl Say {
    pub(in crate::ivr) fn enter(&self, run: &mut Run, cx: &mut Context<'_>) -> Move {
        play::enter(&self.pieces, self.barge_in, self.next, run, cx)
    }
}

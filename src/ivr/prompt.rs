//! What a state lets the caller hear: prompts, a beep, silence, spoken digits and numbers.

use super::memory::Memory;
use super::spoken::Words;
use super::words::Say;
use crate::base::PromptId;
use crate::expr::Template;

/// One piece, as the plan has it.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A recorded prompt.
    Prompt(PromptId),
    /// A short beep.
    Beep,
    /// Silence, milliseconds.
    Silence(u32),
    /// The text, digit by digit.
    Digits(Template),
    /// The text as a number.
    Number(Template),
}

/// The pieces as they are for this call now.
pub(super) fn render(pieces: &[Piece], words: &Words, memory: &Memory, out: &mut Vec<Say>) {
    for piece in pieces {
        match piece {
            Piece::Prompt(id) => out.push(Say::Prompt(*id)),
            Piece::Beep => out.push(Say::Beep),
            Piece::Silence(ms) => out.push(Say::Silence(*ms)),
            Piece::Digits(text) => words.say_digits(&text.render(memory), out),
            Piece::Number(text) => words.say_number(&text.render(memory), out),
        }
    }
}

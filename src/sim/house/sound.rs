//! What was played to whom, and which pieces of it were reached before it ended: noted from what the
//! media engines are told and say.

use crate::base::{LegKey, Mono, PromptId};
use crate::media::{Command, Event, PlayId, PlayItem, Tone};
use std::time::Duration;

/// Plays kept; a run that plays more keeps the first ones.
const SOUNDS: usize = 100_000;
/// How long a beep is.
const BEEP: Duration = Duration::from_millis(200);
/// Samples in a millisecond.
const PER_MS: usize = 8;

/// One piece of a play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A prompt.
    Prompt(PromptId),
    /// A tone.
    Tone(Tone),
    /// Nothing for a while.
    Silence,
}

/// One play.
#[derive(Clone, Debug)]
pub struct Sound {
    /// To whom.
    pub leg: LegKey,
    /// When it began.
    pub from: Mono,
    /// When it ended; none while it goes on.
    pub until: Option<Mono>,
    /// It is played over and over.
    pub repeat: bool,
    play: PlayId,
    /// The pieces, and how long after the beginning each is reached.
    pieces: Vec<(Duration, Piece)>,
}

impl Sound {
    /// The pieces that were reached before the play ended, and when; `now` is the end of those that
    /// still go on. What is repeated is named once.
    pub fn reached(&self, now: Mono) -> impl Iterator<Item = (Mono, Piece)> + '_ {
        let until = self.until.unwrap_or(now);
        let at = move |(after, piece): &(Duration, Piece)| (self.from + *after, *piece);
        self.pieces.iter().map(at).filter(move |(at, _)| *at < until || *at == self.from)
    }
}

/// All plays of a house.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    all: Vec<Sound>,
}

impl Sounds {
    pub(super) fn all(&self) -> &[Sound] {
        &self.all
    }

    pub(super) fn command(&mut self, command: &Command, now: Mono) {
        if let Command::Play { stream, play, items, repeat, .. } = command
            && self.all.len() < SOUNDS
        {
            let mut after = Duration::ZERO;
            let mut pieces = Vec::with_capacity(items.len());
            for item in items {
                let (piece, length) = piece(item);
                pieces.push((after, piece));
                after = after.saturating_add(length);
            }
            let (leg, play, repeat) = (*stream, *play, *repeat);
            self.all.push(Sound { leg, from: now, until: None, repeat, play, pieces });
        }
    }

    pub(super) fn event(&mut self, event: &Event, now: Mono) {
        let stream = event.stream();
        let which = match event {
            Event::PlayDone { play, .. } => Some(*play),
            Event::Closed { .. } => None,
            Event::Digit { .. } | Event::Latched { .. } => return,
        };
        let ended = |s: &&mut Sound| {
            s.leg == stream && s.until.is_none() && which.is_none_or(|play| play == s.play)
        };
        for sound in self.all.iter_mut().rev().filter(ended) {
            sound.until = Some(now);
            if which.is_some() {
                return;
            }
        }
    }
}

fn piece(item: &PlayItem) -> (Piece, Duration) {
    let ms = |samples: usize| Duration::from_millis((samples / PER_MS) as u64);
    match item {
        PlayItem::Prompt(prompt) => (Piece::Prompt(prompt.id), ms(prompt.pcma.len())),
        PlayItem::Tone(Tone::Beep) => (Piece::Tone(Tone::Beep), BEEP),
        // Others are endless: nothing comes behind them.
        PlayItem::Tone(tone) => (Piece::Tone(*tone), Duration::MAX),
        PlayItem::Silence(ms) => (Piece::Silence, Duration::from_millis(u64::from(*ms))),
    }
}

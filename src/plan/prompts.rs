//! Recorded prompts by name, what waiting callers hear, and how their place and wait are said.

use crate::base::PromptId;
use crate::ivr::Say;
use crate::ivr::spoken::Words;
use std::sync::Arc;
use std::time::Duration;

/// A prompt and the file it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptFile {
    /// Its id.
    pub id: PromptId,
    /// Its name in the plan.
    pub name: Arc<str>,
    /// The file as the plan names it, relative to the plan's folder unless it begins with `/`.
    pub path: Arc<str>,
}

/// What callers of a queue hear while they wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Treatment {
    /// Played over and over; none: ring-back.
    pub music: Option<PromptId>,
    /// How often the music is interrupted by the announcements; none: never.
    pub every: Option<Duration>,
    /// What is said then, in this order.
    pub say: Vec<Announce>,
}

/// One announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// A prompt.
    Prompt(PromptId),
    /// The place in the queue, as a number.
    Position,
    /// The expected wait in minutes, as a number.
    Wait,
}

/// The recorded words around a place or a wait; what is not recorded is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// `position-before`: "You are number"
    pub position_before: Option<PromptId>,
    /// `position-after`: "in the queue."
    pub position_after: Option<PromptId>,
    /// `position-next`: "You are next in the queue."
    pub position_next: Option<PromptId>,
    /// `wait-before`: "The expected waiting time is"
    pub wait_before: Option<PromptId>,
    /// `wait-less`: "less than a minute."
    pub wait_less: Option<PromptId>,
    /// `wait-minute`: "minute."
    pub wait_minute: Option<PromptId>,
    /// `wait-minutes`: "minutes."
    pub wait_minutes: Option<PromptId>,
}

impl Around {
    /// Says a place in a queue, from 1. The first hears that they are next, where that is recorded.
    pub fn say_position(&self, words: &Words, position: u32, out: &mut Vec<Say>) {
        if let (1, Some(next)) = (position, self.position_next) {
            out.push(Say::Prompt(next));
            return;
        }
        out.extend(self.position_before.map(Say::Prompt));
        words.say_number(&position.to_string(), out);
        out.extend(self.position_after.map(Say::Prompt));
    }

    /// Says an expected wait in whole minutes, rounded up; below one minute as such.
    pub fn say_wait(&self, words: &Words, wait: Duration, out: &mut Vec<Say>) {
        out.extend(self.wait_before.map(Say::Prompt));
        if let (true, Some(less)) = (wait < Duration::from_secs(60), self.wait_less) {
            out.push(Say::Prompt(less));
            return;
        }
        let minutes = wait.as_millis().div_ceil(60_000).max(1);
        words.say_number(&minutes.to_string(), out);
        let unit = if minutes == 1 { self.wait_minute } else { self.wait_minutes };
        out.extend(unit.map(Say::Prompt));
    }
}

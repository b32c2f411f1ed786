//! Recorded prompts by name, and what waiting callers hear.

use crate::base::PromptId;
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

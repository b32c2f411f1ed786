//! How far the demo is, told to the phones' threads, and what they tell in return.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// How far the demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Calls are placed.
    Placing,
    /// No new calls; those that run may finish.
    Finishing,
    /// Callers hang up.
    HangingUp,
    /// The threads end.
    Over,
}

/// Shared by all threads of the demo.
#[derive(Debug, Default)]
pub(super) struct Stage {
    act: AtomicU8,
    /// Calls placed.
    pub(super) placed: AtomicU64,
    /// Calls that were not placed for want of a line.
    pub(super) not_placed: AtomicU64,
    /// Calls of callers that go on.
    pub(super) going: AtomicU64,
    /// Callers that have heard an agent.
    pub(super) heard_agent: AtomicU64,
    /// Callers that hung up without having heard one.
    pub(super) gave_up: AtomicU64,
    /// Offers that agents' phones took, refused or let ring.
    pub(super) offers: AtomicU64,
    /// Calls of agents' phones that go on.
    pub(super) agents_going: AtomicU64,
}

impl Stage {
    pub(super) fn set(&self, act: Act) {
        self.act.store(act as u8, Ordering::Relaxed);
    }

    pub(super) fn act(&self) -> Act {
        match self.act.load(Ordering::Relaxed) {
            0 => Act::Placing,
            1 => Act::Finishing,
            2 => Act::HangingUp,
            _ => Act::Over,
        }
    }
}

/// Adds one.
pub(super) fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}

/// Reads a figure.
pub(super) fn read(figure: &AtomicU64) -> u64 {
    figure.load(Ordering::Relaxed)
}

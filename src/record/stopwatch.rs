//! Adds up the time during which at least one leg was in some condition (ringing, holding).

use crate::base::LegNo;
use std::collections::BTreeSet;

/// Runs while any leg is in it. Times are microseconds on the call's monotonic clock and never
/// go back (the builder sees to that).
#[derive(Clone, Debug, Default)]
pub(super) struct Stopwatch {
    legs: BTreeSet<LegNo>,
    since_us: u64,
    total_us: u64,
}

impl Stopwatch {
    /// The leg enters the condition.
    pub(super) fn start(&mut self, leg: LegNo, at_us: u64) {
        if self.legs.is_empty() {
            self.since_us = at_us;
        }
        self.legs.insert(leg);
    }

    /// The leg leaves it; nothing happens if it was not in it.
    pub(super) fn stop(&mut self, leg: LegNo, at_us: u64) {
        if self.legs.remove(&leg) && self.legs.is_empty() {
            self.total_us += at_us.saturating_sub(self.since_us);
        }
    }

    /// What was added up so far, a running stretch included.
    pub(super) fn total_us(&self, at_us: u64) -> u64 {
        let running = if self.legs.is_empty() { 0 } else { at_us.saturating_sub(self.since_us) };
        self.total_us + running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_stretches_count_once() {
        let mut watch = Stopwatch::default();
        watch.start(LegNo(1), 100);
        watch.start(LegNo(2), 150);
        watch.stop(LegNo(1), 200);
        watch.stop(LegNo(1), 900);
        assert_eq!(watch.total_us(250), 150, "still running for leg 2");
        watch.stop(LegNo(2), 300);
        assert_eq!(watch.total_us(1_000), 200);
    }
}

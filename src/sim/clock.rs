//! The virtual clock: it stands still until it is told where to go.

use crate::base::{Mono, Now};

/// 2026-01-05T09:00:00Z, a Monday morning: where the wall clock of a simulation begins.
pub const FIRST_WALL_MS: i64 = 1_767_603_600_000;

/// Monotonic and wall time of a simulation; both move together.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Now,
    wall_at_zero_ms: i64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::starting(FIRST_WALL_MS)
    }
}

impl Clock {
    /// A clock at monotonic zero and this wall time (milliseconds since 1970).
    #[must_use]
    pub fn starting(wall_ms: i64) -> Clock {
        Clock { now: Now { mono: Mono(0), wall_ms }, wall_at_zero_ms: wall_ms }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.now
    }

    /// Moves on to `to`; a time already past leaves the clock where it is.
    pub fn advance_to(&mut self, to: Mono) {
        if to > self.now.mono {
            let wall_ms = self.wall_at_zero_ms.saturating_add((to.0 / 1000) as i64);
            self.now = Now { mono: to, wall_ms };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn both_clocks_move_together_and_never_back() {
        let mut clock = Clock::default();
        clock.advance_to(Mono(0) + Duration::from_millis(1500));
        clock.advance_to(Mono(7));
        assert_eq!(clock.now().mono, Mono(1_500_000));
        assert_eq!(clock.now().wall_ms, FIRST_WALL_MS + 1500);
    }
}

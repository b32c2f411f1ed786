//! Time as the machines see it: an argument, never a reading.
//!
//! A shell in `io` (or the virtual clock in `sim`) makes a [`Now`] and hands it in. Deadlines are
//! [`Mono`] values, so that a step of the wall clock moves no timer.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on the monotonic clock, in microseconds since the process (or the simulation) began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mono(pub u64);

impl Mono {
    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Debug for Mono {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, d: Duration) -> Mono {
        let us = u64::try_from(d.as_micros()).unwrap_or(u64::MAX);
        Mono(self.0.saturating_add(us))
    }
}

impl Sub<Mono> for Mono {
    type Output = Duration;
    fn sub(self, earlier: Mono) -> Duration {
        self.since(earlier)
    }
}

/// The instant at which an input is handled, on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Now {
    /// Monotonic time: for timers and durations.
    pub mono: Mono,
    /// Wall clock, milliseconds since 1970-01-01T00:00:00Z: for records and opening hours only.
    pub wall_ms: i64,
}

impl Now {
    /// The deadline that lies `d` ahead.
    #[must_use]
    pub fn after(self, d: Duration) -> Mono {
        self.mono + d
    }
}

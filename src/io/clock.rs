//! The one place that reads the clocks.

use crate::base::{Mono, Now};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The process's clock: monotonic since it was made, and the wall.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that begins now. Made once and copied to every thread.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "reading a clock is no default value")]
    pub fn new() -> Clock {
        Clock { start: Instant::now() }
    }

    /// When the monotonic clock began.
    #[must_use]
    pub fn epoch(&self) -> Instant {
        self.start
    }

    /// Both clocks, read now.
    #[must_use]
    pub fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Now { mono: self.mono(), wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX) }
    }

    /// The monotonic clock, read now.
    #[must_use]
    pub fn mono(&self) -> Mono {
        Mono(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// How long until a deadline; zero if it has come.
    #[must_use]
    pub fn until(&self, deadline: Mono) -> Duration {
        deadline.since(self.mono())
    }
}

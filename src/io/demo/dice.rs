//! Chance from a seed: the same seed makes the same callers and the same tempers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::time::Duration;

/// Dice.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    /// The dice of one part of the demo: parts draw apart, so that they do not disturb each other.
    pub(super) fn new(seed: u64, part: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(part);
        Dice { rng }
    }

    pub(super) fn seed(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// 0 to `below` − 1.
    pub(super) fn below(&mut self, below: u32) -> u32 {
        self.rng.next_u32() % below.max(1)
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Between these, milliseconds.
    pub(super) fn between(&mut self, least_ms: u32, most_ms: u32) -> Duration {
        let ms = least_ms + self.below(most_ms.saturating_sub(least_ms) + 1);
        Duration::from_millis(u64::from(ms))
    }

    /// The gap to the next of events that come by chance, `rate` a second (a Poisson process).
    pub(super) fn gap(&mut self, rate: f64) -> Duration {
        let uniform = (f64::from(self.rng.next_u32()) + 1.0) / (f64::from(u32::MAX) + 2.0);
        Duration::try_from_secs_f64(-uniform.ln() / rate).unwrap_or(Duration::from_secs(3600))
    }

    /// One of these by its weight; the first if there is no weight at all.
    pub(super) fn pick<T: Copy>(&mut self, from: &[(u32, T)], first: T) -> T {
        let all: u32 = from.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(all);
        for (weight, one) in from {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        first
    }

    /// So many digits.
    pub(super) fn digits(&mut self, count: u32) -> String {
        (0..count).filter_map(|_| char::from_digit(self.below(10), 10)).collect()
    }
}

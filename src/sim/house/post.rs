//! The post between the parts of the house: in order, and late if it is told to be.

use crate::base::{Mono, WorkerId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::time::Duration;

/// A part of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Outside,
    Worker(WorkerId),
    Router,
    Media(u8),
}

/// Letters under way.
#[derive(Debug)]
pub(super) struct Post<T> {
    rng: ChaCha8Rng,
    /// Each letter takes up to so long; zero: it is there at once.
    delay: Duration,
    under_way: BTreeMap<(Mono, u64), T>,
    /// When the last letter of a way arrives: the next is not there before it.
    last: BTreeMap<(Place, Place), Mono>,
    count: u64,
}

impl<T> Post<T> {
    pub(super) fn new(seed: u64, delay: Duration) -> Post<T> {
        Post {
            rng: ChaCha8Rng::seed_from_u64(seed),
            delay,
            under_way: BTreeMap::new(),
            last: BTreeMap::new(),
            count: 0,
        }
    }

    pub(super) fn put(&mut self, from: Place, to: Place, letter: T, now: Mono) {
        let most = u64::try_from(self.delay.as_micros()).unwrap_or(0);
        let took = if most == 0 { 0 } else { self.rng.next_u64() % (most + 1) };
        let last = self.last.entry((from, to)).or_insert(now);
        *last = (*last).max(now + Duration::from_micros(took));
        self.count += 1;
        self.under_way.insert((*last, self.count), letter);
    }

    /// The next letter that has arrived by `now`.
    pub(super) fn take(&mut self, now: Mono) -> Option<T> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next letter arrives.
    pub(super) fn next(&self) -> Option<Mono> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// Letters under way.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_keeps_its_order_and_ways_overtake_each_other() {
        let mut post = Post::new(1, Duration::from_millis(5));
        for n in 0..100u32 {
            let from = if n % 2 == 0 { Place::Router } else { Place::Outside };
            post.put(from, Place::Media(0), n, Mono(u64::from(n) * 100));
        }
        let mut came = Vec::new();
        while let Some(at) = post.next() {
            came.extend(post.take(at));
        }
        let of = |rest| came.iter().copied().filter(|n| n % 2 == rest).collect::<Vec<u32>>();
        assert!(of(0).is_sorted() && of(1).is_sorted() && !came.is_sorted(), "{came:?}");
    }
}

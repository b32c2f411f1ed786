//! Gates: how many calls each trunk has, and how fast it begins them: one count for all workers.
//!
//! Workers share nothing else. A limit that each held a share of would refuse honest calls as soon as
//! they fall unevenly, so the counts are atomics that all workers have in hand: no lock, no message to
//! another worker. An attempt is made again only where another worker's got in between. Which limits
//! hold is said with each call, for a reload may change them.

use super::{Mono, TrunkId};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// How many of a trunk's calls may be; none: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// At a time, of those that go this way.
    pub calls: Option<u32>,
    /// At a time, of both ways together.
    pub both_ways: Option<u32>,
    /// New ones a second this way; a second's worth may come at once.
    pub per_second: Option<u32>,
}

/// Which way a call goes over a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It comes from there.
    In,
    /// It goes there.
    Out,
}

/// Which limit let a call not in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Calls at a time.
    Calls,
    /// New calls a second.
    Rate,
}

/// What is counted of one trunk.
#[derive(Debug, Default)]
struct Gate {
    /// Calls now: from the trunk in the low half, to it in the high half, so that a limit on both
    /// is looked at in one piece.
    calls: AtomicU64,
    /// The generic cell rate algorithm, by way: when, in nanoseconds, the bucket would be empty again.
    empty_at: [AtomicU64; 2],
}

/// Shelves double in size, so these hold a gate for every id there can be, and none ever moves.
const SHELVES: usize = 29;
/// Gates on the first shelf.
const FIRST: u32 = 16;

/// The gates of all trunks, for all workers.
#[derive(Debug, Default)]
pub struct Gates {
    shelves: [OnceLock<Box<[Gate]>>; SHELVES],
}

/// One call's place on a trunk: free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    gates: Arc<Gates>,
    trunk: TrunkId,
    way: Way,
}

impl Gates {
    /// Lets one more call of the trunk in, and counts it; if not, which limit says so. A call that
    /// is not let in costs nothing.
    pub fn enter(
        self: &Arc<Gates>,
        trunk: TrunkId,
        way: Way,
        most: Most,
        now: Mono,
    ) -> Result<Place, Full> {
        let Some(gate) = self.gate(trunk) else { return Err(Full::Calls) };
        gate.count(way, most)?;
        // From here on the place is given back by itself.
        let place = Place { gates: self.clone(), trunk, way };
        match most.per_second {
            Some(rate) if !gate.passes(way, rate, now) => Err(Full::Rate),
            Some(_) | None => Ok(place),
        }
    }

    /// How many calls go this way over the trunk now.
    #[must_use]
    pub fn calls(&self, trunk: TrunkId, way: Way) -> u32 {
        self.gate(trunk).map_or(0, |gate| of(way, gate.calls.load(Ordering::Relaxed)))
    }

    /// The gate of a trunk, made with its shelf if it is the first on it.
    fn gate(&self, trunk: TrunkId) -> Option<&Gate> {
        let from_first = u64::from(trunk.0) + u64::from(FIRST);
        let shelf = from_first.ilog2() - FIRST.ilog2();
        let size = u64::from(FIRST) << shelf;
        let gates = self.shelves.get(shelf as usize)?;
        let gates = gates.get_or_init(|| (0..size).map(|_| Gate::default()).collect());
        gates.get(usize::try_from(from_first - size).ok()?)
    }
}

impl Gate {
    fn count(&self, way: Way, most: Most) -> Result<(), Full> {
        let one_more = |calls: u64| {
            let ways = u64::from(of(Way::In, calls)) + u64::from(of(Way::Out, calls));
            let full = most.calls.is_some_and(|most| of(way, calls) >= most)
                || most.both_ways.is_some_and(|most| ways >= u64::from(most));
            (!full).then(|| calls + one(way))
        };
        let counted = self.calls.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        counted.map(|_| ()).map_err(|_| Full::Calls)
    }

    /// Each call fills the bucket by its share of a second; a second's worth fits in.
    fn passes(&self, way: Way, rate: u32, now: Mono) -> bool {
        let share = SECOND / u64::from(rate.max(1));
        let now = now.0.saturating_mul(1000);
        let fill = |empty_at: u64| {
            let filled = empty_at.max(now).saturating_add(share);
            (filled - now <= SECOND).then_some(filled)
        };
        let [from, to] = &self.empty_at;
        let empty_at = match way {
            Way::In => from,
            Way::Out => to,
        };
        empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fill).is_ok()
    }
}

/// What one call adds to the count.
fn one(way: Way) -> u64 {
    match way {
        Way::In => 1,
        Way::Out => 1 << 32,
    }
}

/// The calls of one way in the count.
fn of(way: Way, calls: u64) -> u32 {
    match way {
        Way::In => calls as u32,
        Way::Out => (calls >> 32) as u32,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(gate) = self.gates.gate(self.trunk) {
            gate.calls.fetch_sub(one(self.way), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUNK: TrunkId = TrunkId(1);

    fn at(ms: u64) -> Mono {
        Mono(ms * 1000)
    }

    fn calls(calls: u32) -> Most {
        Most { calls: Some(calls), ..Most::default() }
    }

    fn a_second(rate: u32) -> Most {
        Most { per_second: Some(rate), ..Most::default() }
    }

    #[test]
    fn calls_at_a_time_are_counted_by_trunk_and_a_place_is_free_again() {
        let gates = Arc::new(Gates::default());
        let enter = |trunk, ms| gates.enter(trunk, Way::In, calls(2), at(ms));
        let first = enter(TRUNK, 0).unwrap();
        let _second = enter(TRUNK, 0).unwrap();
        assert_eq!(enter(TRUNK, 0).err(), Some(Full::Calls));
        assert!(enter(TrunkId(2), 0).is_ok(), "another trunk has its own");
        drop(first);
        assert_eq!(gates.calls(TRUNK, Way::In), 1);
        let _third = enter(TRUNK, 0).unwrap();
        assert_eq!(enter(TRUNK, 60_000).err(), Some(Full::Calls), "time alone frees no place");
    }

    #[test]
    fn each_way_has_its_own_count_and_both_may_have_one_together() {
        let gates = Arc::new(Gates::default());
        let most = Most { calls: Some(2), both_ways: Some(3), per_second: None };
        let enter = |way| gates.enter(TRUNK, way, most, at(0));
        let inwards: Vec<Place> = (0..3).filter_map(|_| enter(Way::In).ok()).collect();
        assert_eq!(inwards.len(), 2);
        let _out = enter(Way::Out).unwrap();
        assert_eq!(enter(Way::Out).err(), Some(Full::Calls), "three in all");
        drop(inwards);
        let _out = enter(Way::Out).unwrap();
        assert_eq!(enter(Way::Out).err(), Some(Full::Calls), "two this way");
        assert_eq!((gates.calls(TRUNK, Way::In), gates.calls(TRUNK, Way::Out)), (0, 2));
    }

    #[test]
    fn new_calls_a_second_are_let_in_at_that_rate() {
        for rate in [1, 3, 10, 7_777, 1_000_000] {
            let gates = Arc::new(Gates::default());
            let enter = |ms| gates.enter(TRUNK, Way::In, a_second(rate), at(ms));
            let let_in = |ms| std::iter::from_fn(|| enter(ms).ok()).count();
            assert_eq!(let_in(5000), rate as usize, "a second's worth at once");
            assert_eq!(enter(5000).err(), Some(Full::Rate));
            assert_eq!(gates.calls(TRUNK, Way::In), 0, "who is not let in has no place");
            assert_eq!(let_in(5000 + 1000), rate as usize);
            assert_eq!(let_in(3_600_000), rate as usize, "and no more after an hour");
            assert!(gates.enter(TRUNK, Way::Out, a_second(rate), at(3_600_000)).is_ok());
        }
        let gates = Arc::new(Gates::default());
        let enter = |ms| gates.enter(TRUNK, Way::In, a_second(10), at(ms));
        let let_in = |ms| std::iter::from_fn(|| enter(ms).ok()).count();
        assert_eq!([let_in(0), let_in(99), let_in(100), let_in(600)], [10, 0, 1, 5]);
        // Another worker's clock may be a little behind.
        assert_eq!([let_in(1600), let_in(1599), let_in(1700)], [10, 0, 1]);
    }

    #[test]
    fn every_trunk_has_a_gate_of_its_own() {
        let gates = Arc::new(Gates::default());
        for id in [0, 1, 15, 16, 17, 47, 48, 1000, 65_535] {
            let place = gates.enter(TrunkId(id), Way::In, calls(1), at(0));
            assert!(place.is_ok(), "{id}");
            assert!(gates.enter(TrunkId(id), Way::In, calls(1), at(0)).is_err(), "{id}");
        }
        let last = u64::from(u32::MAX) + u64::from(FIRST);
        assert!(((last.ilog2() - FIRST.ilog2()) as usize) < SHELVES);
    }
}

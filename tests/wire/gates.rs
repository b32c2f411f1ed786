//! Trunks' gates with workers on real threads: one count, however they race.

use centralino::base::gates::{Gates, Most, Place, Way};
use centralino::base::{Mono, TrunkId};
use std::sync::Arc;

const TRUNK: TrunkId = TrunkId(1);

/// OVL-01: never more than the limit, no place is lost, and the rate is one for all.
#[test]
fn ovl_01_many_workers_have_one_count() {
    let gates = Arc::new(Gates::default());
    let three = Most { calls: Some(3), ..Most::default() };
    let hundred = Most { per_second: Some(100), ..Most::default() };
    let enter = |way, most| gates.enter(TRUNK, way, most, Mono(0)).ok();
    let work = || {
        let mut most_seen = 0;
        for _ in 0..2000 {
            let place = enter(Way::In, three);
            most_seen = most_seen.max(gates.calls(TRUNK, Way::In));
            drop(place);
        }
        let passed: Vec<Place> = (0..20).filter_map(|_| enter(Way::Out, hundred)).collect();
        (most_seen, passed.len())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let (most_seen, passed) = worker.join().unwrap_or_default();
            assert!((1..=3).contains(&most_seen), "{most_seen}");
            assert_eq!(passed, 20);
        }
    });
    assert_eq!(gates.calls(TRUNK, Way::In), 0);
    assert_eq!(gates.calls(TRUNK, Way::Out), 0);
    let left = std::iter::from_fn(|| enter(Way::Out, hundred)).count();
    assert_eq!(left, 20, "a hundred in this second, of which eighty went");
}

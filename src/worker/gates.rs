//! The limits of trunks: calls at a time, and new calls a second, for calls that come from them.
//!
//! Each worker holds its share of a limit, rounded up, so that no worker has to ask another: a trunk
//! whose calls all fall to one of several workers may get no more than that share.

use super::Refusal;
use crate::base::{Mono, TrunkId};
use crate::plan::TrunkLimits;
use std::collections::BTreeMap;

/// Tokens are counted in millionths, one a call.
const TOKEN: u64 = 1_000_000;

/// What is known of one trunk.
#[derive(Debug)]
struct Gate {
    calls: u32,
    /// A bucket of one second's calls, filled at that rate (RFC 2697's, without the excess).
    tokens: u64,
    filled_at: Mono,
}

/// All trunks.
#[derive(Debug, Default)]
pub(super) struct Gates {
    gates: BTreeMap<TrunkId, Gate>,
}

impl Gates {
    /// Whether the trunk may begin one more call; if so it is counted. If not, which limit says so.
    pub(super) fn enter(
        &mut self,
        trunk: TrunkId,
        limits: TrunkLimits,
        workers: u8,
        now: Mono,
    ) -> Result<(), Refusal> {
        let share = |limit: u32| limit.div_ceil(u32::from(workers.max(1)));
        let full = limits.per_second.map(|rate| u64::from(share(rate)) * TOKEN);
        let tokens = full.unwrap_or_default();
        let gate = self.gates.entry(trunk).or_insert(Gate { calls: 0, tokens, filled_at: now });
        if limits.calls.is_some_and(|most| gate.calls >= share(most)) {
            return Err(Refusal::TrunkCalls);
        }
        if let Some(full) = full {
            let passed = u64::try_from(now.since(gate.filled_at).as_micros()).unwrap_or(u64::MAX);
            // A microsecond brings as many millionths as calls a second are allowed.
            let brought = passed.saturating_mul(full / TOKEN);
            gate.tokens = gate.tokens.saturating_add(brought).min(full);
            gate.filled_at = now;
            if gate.tokens < TOKEN {
                return Err(Refusal::TrunkRate);
            }
            gate.tokens -= TOKEN;
        }
        gate.calls += 1;
        Ok(())
    }

    /// A call of the trunk is gone.
    pub(super) fn leave(&mut self, trunk: TrunkId) {
        if let Some(gate) = self.gates.get_mut(&trunk) {
            gate.calls = gate.calls.saturating_sub(1);
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

    #[test]
    fn calls_at_a_time_are_counted_by_trunk_and_a_place_is_free_again() {
        let mut gates = Gates::default();
        let limits = TrunkLimits { calls: Some(2), per_second: None };
        let full = Err(Refusal::TrunkCalls);
        assert_eq!(gates.enter(TRUNK, limits, 1, at(0)), Ok(()));
        assert_eq!(gates.enter(TRUNK, limits, 1, at(0)), Ok(()));
        assert_eq!(gates.enter(TRUNK, limits, 1, at(0)), full);
        assert_eq!(gates.enter(TrunkId(2), limits, 1, at(0)), Ok(()), "another trunk has its own");
        gates.leave(TRUNK);
        assert_eq!(gates.enter(TRUNK, limits, 1, at(0)), Ok(()));
        assert_eq!(gates.enter(TRUNK, limits, 1, at(60_000)), full, "time alone frees no place");
    }

    #[test]
    fn new_calls_a_second_are_let_in_at_that_rate() {
        let mut gates = Gates::default();
        let limits = TrunkLimits { calls: None, per_second: Some(10) };
        let let_in = |gates: &mut Gates, ms| {
            (0..100).filter(|_| gates.enter(TRUNK, limits, 1, at(ms)).is_ok()).count()
        };
        assert_eq!(let_in(&mut gates, 0), 10, "a second's worth at once");
        assert_eq!(let_in(&mut gates, 99), 0);
        assert_eq!(gates.enter(TRUNK, limits, 1, at(99)), Err(Refusal::TrunkRate));
        assert_eq!(let_in(&mut gates, 100), 1);
        assert_eq!(let_in(&mut gates, 600), 5);
        assert_eq!(let_in(&mut gates, 3_600_000), 10, "and no more after an hour");
    }

    #[test]
    fn each_worker_has_its_share_rounded_up_and_without_limits_all_may_enter() {
        let mut gates = Gates::default();
        let limits = TrunkLimits { calls: Some(5), per_second: None };
        let entered = (0..9).filter(|_| gates.enter(TRUNK, limits, 2, at(0)).is_ok()).count();
        assert_eq!(entered, 3);
        let free = TrunkLimits { calls: None, per_second: None };
        assert!((0..1000).all(|_| gates.enter(TrunkId(3), free, 1, at(0)).is_ok()));
    }
}

//! New calls that were not taken, by trunk and reason: what a supervisor asks when callers hear 503.

use crate::base::TrunkId;
use crate::base::gates::Full;
use std::collections::BTreeMap;

/// Why a new call of a trunk got 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// We drain.
    Draining,
    /// Its record could not be kept.
    Record,
    /// It waited too long for its turn.
    Late,
    /// The node has as many calls as it may.
    Full,
    /// The trunk has as many calls as its own limit lets it.
    TrunkCalls,
    /// The trunk began as many calls in this second as its own limit lets it.
    TrunkRate,
}

impl Refusal {
    /// All reasons.
    pub const ALL: [Refusal; 6] = [
        Refusal::Draining,
        Refusal::Record,
        Refusal::Late,
        Refusal::Full,
        Refusal::TrunkCalls,
        Refusal::TrunkRate,
    ];

    /// As it stands in the figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::Draining => "draining",
            Refusal::Record => "record",
            Refusal::Late => "late",
            Refusal::Full => "full",
            Refusal::TrunkCalls => "trunk_calls",
            Refusal::TrunkRate => "trunk_rate",
        }
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Refusal {
        match full {
            Full::Calls => Refusal::TrunkCalls,
            Full::Rate => Refusal::TrunkRate,
        }
    }
}

/// How many there were since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    counts: BTreeMap<(TrunkId, Refusal), u64>,
    total: u64,
}

impl Refusals {
    /// One more.
    pub(super) fn count(&mut self, trunk: TrunkId, why: Refusal) {
        *self.counts.entry((trunk, why)).or_default() += 1;
        self.total += 1;
    }

    /// New calls of this trunk that were not taken for this reason.
    #[must_use]
    pub fn of(&self, trunk: TrunkId, why: Refusal) -> u64 {
        self.counts.get(&(trunk, why)).copied().unwrap_or_default()
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

//! Plans in force: the one that new calls begin under, and one that is tried on a share of them.
//!
//! A call keeps the edition it began with for its life. Which one a new call begins under is decided
//! by a hash of the caller's number, so that a caller who calls again during a trial meets the same
//! menu; the hash of the plan on trial is part of it, so that other callers try the next one.

use crate::call;
use crate::media::PromptBook;
use crate::plan::{Plan, Trunk};
use crate::sip::Message;
use std::net::IpAddr;
use std::sync::Arc;

/// A share of all: 10,000 parts of 10,000.
pub const PERMYRIAD: u16 = 10_000;

/// A plan with its prompts.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Its prompts.
    pub prompts: Arc<PromptBook>,
}

/// A plan that is tried on some of the new calls.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The plan.
    pub edition: Edition,
    /// How many of 10,000 new calls begin under it.
    pub share: u16,
}

/// What new calls begin under.
#[derive(Clone, Debug)]
pub struct Editions {
    /// The plan in force.
    pub current: Edition,
    /// The one on trial.
    pub trial: Option<Trial>,
}

impl Editions {
    /// What an INVITE from this address begins under, and the trunk that it belongs to; none if no
    /// trunk of the plan in force names the address.
    pub(super) fn of(&self, invite: &Message, source: IpAddr) -> Option<(&Edition, &Arc<Trunk>)> {
        let trunk = self.current.plan.trunk_from(source)?;
        let tried = self.trial.as_ref().and_then(|trial| {
            let theirs = trial.edition.plan.trunk_from(source)?;
            let caller = call::caller_of(invite, trunk).0;
            // Who calls without a number is somebody else each time.
            let who = if caller.is_empty() { invite.call_id() } else { caller.as_bytes() };
            let falls = falls_to_trial(who, &trial.edition.plan.hash, trial.share);
            falls.then_some((&trial.edition, theirs))
        });
        Some(tried.unwrap_or((&self.current, trunk)))
    }
}

/// Whether this caller tries the plan with this hash.
#[must_use]
pub fn falls_to_trial(caller: &[u8], plan: &str, share: u16) -> bool {
    // FNV-1a, then the finalizer of MurmurHash3: short numbers that differ in their last digit are
    // spread over all parts.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in plan.as_bytes().iter().chain(caller) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (hash ^ (hash >> 33)) % u64::from(PERMYRIAD) < u64::from(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fallen(plan: &str, share: u16) -> Vec<u32> {
        let falls = |n: &u32| falls_to_trial(format!("+3933300{n:05}").as_bytes(), plan, share);
        (0..20_000).filter(falls).collect()
    }

    #[test]
    fn about_its_share_of_the_callers_try_a_plan_and_always_the_same() {
        for (share, about) in [(0, 0), (1, 2), (500, 1000), (5000, 10_000), (10_000, 20_000)] {
            let count = fallen("abc", share).len();
            let off = count.abs_diff(about);
            assert!(off * off <= 16 * about.max(1), "{share}: {count}, not about {about}");
            assert_eq!(fallen("abc", share), fallen("abc", share));
        }
        assert_eq!(fallen("abc", PERMYRIAD).len(), 20_000);
    }

    #[test]
    fn a_larger_share_keeps_who_tried_before_and_another_plan_meets_others() {
        let (few, more) = (fallen("abc", 500), fallen("abc", 1000));
        assert!(few.iter().all(|n| more.contains(n)));
        let others = fallen("abd", 500);
        let both = few.iter().filter(|n| others.contains(n)).count();
        assert!(both < few.len() / 5, "{both} of {}", few.len());
    }
}

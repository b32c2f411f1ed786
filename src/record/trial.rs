//! A plan on trial: how calls under it end, held against those under the plan in force.

use super::cdr::Cdr;
use crate::base::Cause;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How finished calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Calls that ended.
    pub calls: u64,
    /// Of these: ended by us, and not because the flow came to its end.
    pub failed: u64,
    /// Of these: the caller gave up before talking with anybody.
    pub abandoned: u64,
}

impl Outcomes {
    /// Counts a call.
    pub fn count(&mut self, cdr: &Cdr) {
        let by_caller = cdr.ended_by == "caller";
        let as_meant = [Cause::FlowEnded, Cause::NormalClearing, Cause::Draining, Cause::Lost];
        let failed = cdr.ended_by == "system" && as_meant.iter().all(|c| c.as_str() != cdr.cause);
        self.calls += 1;
        self.failed += u64::from(failed);
        self.abandoned += u64::from(by_caller && cdr.talks.is_empty());
    }

    /// A part of the calls, in percent; 0 while there are none.
    #[expect(clippy::cast_precision_loss, reason = "calls of one trial")]
    fn percent(&self, part: u64) -> f64 {
        part as f64 * 100.0 / self.calls.max(1) as f64
    }
}

/// What a trial may cost, and how long it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// So many calls must have ended under the new plan before it is judged.
    pub at_least: u64,
    /// By how many percentage points the share of failed or of abandoned calls may be above the old
    /// plan's.
    pub points: f64,
    /// After so long it is taken for good; none: only when somebody says so.
    pub promote_after: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { at_least: 20, points: 10.0, promote_after: None }
    }
}

/// What becomes of a plan on trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    GoesOn,
    /// It is taken for good.
    Promote,
    /// It is taken back, because of this.
    RollBack(String),
}

/// Judges a trial that has gone on for `age`.
#[must_use]
pub fn judge(old: &Outcomes, new: &Outcomes, limits: &Limits, age: Duration) -> Verdict {
    if new.calls < limits.at_least.max(1) {
        return Verdict::GoesOn;
    }
    let parts = [("failed", old.failed, new.failed), ("abandoned", old.abandoned, new.abandoned)];
    for (what, was, is) in parts {
        let (was, is) = (old.percent(was), new.percent(is));
        if is > was + limits.points {
            let calls = new.calls;
            return Verdict::RollBack(format!(
                "{is:.0} % of its {calls} calls {what}, {was:.0} % of the old plan's: more than {} \
                 points above",
                limits.points
            ));
        }
    }
    match limits.promote_after {
        Some(after) if age >= after => Verdict::Promote,
        Some(_) | None => Verdict::GoesOn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Opened;
    use crate::record::cdr::Talk;

    fn outcomes(calls: u64, failed: u64, abandoned: u64) -> Outcomes {
        Outcomes { calls, failed, abandoned }
    }

    #[test]
    fn the_judge_looks_at_both_shares_once_there_are_enough_calls() {
        let limits = Limits { promote_after: Some(Duration::from_secs(600)), ..Limits::default() };
        for (old, new, seconds, expected) in [
            (outcomes(100, 0, 0), outcomes(19, 19, 19), 1, "goes on"),
            (outcomes(100, 0, 0), outcomes(20, 2, 2), 1, "goes on"),
            (outcomes(100, 0, 0), outcomes(20, 3, 0), 1, "failed"),
            (outcomes(100, 0, 0), outcomes(20, 0, 3), 1, "abandoned"),
            (outcomes(100, 10, 0), outcomes(20, 4, 0), 1, "goes on"),
            (outcomes(100, 10, 0), outcomes(20, 5, 0), 1, "failed"),
            (outcomes(100, 50, 50), outcomes(40, 0, 0), 1, "goes on"),
            (outcomes(0, 0, 0), outcomes(20, 3, 0), 1, "failed"),
            (outcomes(0, 0, 0), outcomes(20, 2, 0), 600, "promote"),
            (outcomes(100, 0, 0), outcomes(20, 2, 2), 599, "goes on"),
            (outcomes(100, 0, 0), outcomes(20, 3, 0), 600, "failed"),
            (outcomes(100, 0, 0), outcomes(19, 0, 0), 6000, "goes on"),
        ] {
            let verdict = judge(&old, &new, &limits, Duration::from_secs(seconds));
            let is = match &verdict {
                Verdict::GoesOn => "goes on",
                Verdict::Promote => "promote",
                Verdict::RollBack(why) if why.contains("failed") => "failed",
                Verdict::RollBack(_) => "abandoned",
            };
            assert_eq!(is, expected, "{old:?} {new:?} {seconds} s: {verdict:?}");
        }
        let forever = Limits::default();
        let verdict = judge(&outcomes(1, 0, 0), &outcomes(99, 0, 0), &forever, Duration::MAX);
        assert_eq!(verdict, Verdict::GoesOn, "nobody said how long");
    }

    #[test]
    fn what_fails_and_what_is_abandoned() {
        let talk = Talk { at_ms: 1, leg: 1, with: "anna".to_owned(), talk_ms: 1, hold_ms: 0 };
        for (by, cause, talked, failed, abandoned) in [
            ("system", "flow_ended", false, 0, 0),
            ("system", "draining", false, 0, 0),
            ("system", "not_found", false, 1, 0),
            ("system", "internal", true, 1, 0),
            ("system", "busy", false, 1, 0),
            ("caller", "cancelled", false, 0, 1),
            ("caller", "normal_clearing", false, 0, 1),
            ("caller", "normal_clearing", true, 0, 0),
            ("agent", "normal_clearing", true, 0, 0),
        ] {
            let opened = Opened {
                call: "ab".to_owned(),
                plan: "p".to_owned(),
                trunk: "t".to_owned(),
                caller: String::new(),
                caller_withheld: false,
                called: "1".to_owned(),
                sip_call_id: "c".to_owned(),
                began_ms: 0,
            };
            let mut cdr = Cdr::lost(opened, 0);
            cdr.ended_by = by.to_owned();
            cdr.cause = cause.to_owned();
            cdr.talks = if talked { vec![talk.clone()] } else { Vec::new() };
            let mut counted = Outcomes::default();
            counted.count(&cdr);
            assert_eq!(counted, outcomes(1, failed, abandoned), "{by} {cause} {talked}");
        }
    }
}

//! A plan on trial: begun for a share of the new calls, watched, then taken for good or taken back.

use super::standing::{By, OnTrial, Standing, Taken};
use super::{Done, Fit, Reloader, answer, lock};
use crate::io::http::{DeskError, PlanRefused, TrialAsk};
use crate::plan::Names;
use crate::record::trial::{Verdict, judge};
use serde_json::Value;
use std::time::Duration;

impl Reloader {
    /// Begins a trial.
    pub(super) fn try_out(
        &self,
        fit: Fit,
        source: String,
        ask: &TrialAsk,
        names: &mut Names,
    ) -> Done {
        let standing = self.standing();
        let (old, new) = (&standing.current.plan().hash, &fit.edition.plan.hash);
        if old == new {
            let same = "the files hold the running plan: there is nothing to try".to_owned();
            return Err(PlanRefused::Not(DeskError::Conflict(same)));
        }
        let taken_ms = self.clock.now().wall_ms;
        self.ledger.trial().begin(old.clone(), new.clone(), taken_ms);
        let plan =
            Taken { edition: fit.edition, sources: fit.sources, taken_ms, source, by: By::Tried };
        let answer = answer::tried(&plan, old, &fit.diff, ask);
        // The ids that its agents and queues have now stay theirs, however it comes out.
        *names = fit.names;
        let trial = OnTrial { plan, share: ask.share, limits: ask.limits };
        self.keep(&trial.plan);
        self.stand(Standing { trial: Some(trial), ..(*standing).clone() });
        Ok(answer)
    }

    /// Takes the plan on trial for good.
    pub(in crate::io::run) fn promote(&self, by: By) -> Done {
        let _turn = lock(&self.names);
        let done = self.promote_now();
        self.tell(by, done)
    }

    fn promote_now(&self) -> Done {
        let standing = self.standing();
        let Some(trial) = standing.trial.clone() else {
            let none = "no plan is on trial".to_owned();
            return Err(PlanRefused::Not(DeskError::Conflict(none)));
        };
        let was = standing.current.plan().hash.clone();
        let taken_ms = self.clock.now().wall_ms;
        let current = Taken { taken_ms, by: By::Trial, ..trial.plan };
        let answer = answer::promoted(&current, &was);
        self.ledger.trial().end();
        let told = format!("{} was promoted", current.plan().hash);
        self.stand(Standing { last_trial: Some(told), ..Standing::new(current) });
        self.keep(&self.standing().current);
        Ok(answer)
    }

    /// Ends the trial, the plan in force stays; none if there is no trial. Queues that only the other
    /// plan has drain, its agents finish.
    pub(super) fn end_trial(&self, why: &str) -> Option<Value> {
        let standing = self.standing();
        let trial = standing.trial.as_ref()?;
        let hash = trial.plan.plan().hash.clone();
        self.ledger.trial().end();
        let last_trial = Some(format!("{hash} was taken back: {why}"));
        let back = Standing { trial: None, last_trial, ..(*standing).clone() };
        let answer = answer::taken_back(&back.current, &hash, why);
        self.stand(back);
        Some(answer)
    }

    /// Judges the trial by what has come of its calls so far.
    pub(super) fn judge_trial(&self) {
        let _turn = lock(&self.names);
        let standing = self.standing();
        let (Some(trial), Some(sides)) = (&standing.trial, self.ledger.trial().sides()) else {
            return;
        };
        let age = u64::try_from(self.clock.now().wall_ms - trial.plan.taken_ms).unwrap_or(0);
        let age = Duration::from_millis(age);
        match judge(&sides.of_old, &sides.of_new, &trial.limits, age) {
            Verdict::GoesOn => {}
            Verdict::Promote => {
                let done = self.promote_now();
                // What became of it is in the log and in the API's view of the plan.
                let _ = self.tell(By::Trial, done);
            }
            Verdict::RollBack(why) => {
                self.end_trial(&why);
                let hash = &trial.plan.plan().hash;
                tracing::warn!(plan = %hash, "the plan on trial is taken back: {why}");
            }
        }
    }
}

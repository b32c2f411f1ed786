//! A plan on trial: begun for a share of the new calls, watched, then taken for good or taken back.

use super::standing::{By, LastTrial, OnTrial, Standing, Taken};
use super::{Done, Fit, Reloader, Settled, answer, conflict, lock};
use crate::io::http::{Patience, PlanRefused, TrialAsk};
use crate::plan::Names;
use crate::record::trial::{Verdict, judge};
use serde_json::Value;
use std::sync::Arc;

impl Reloader {
    /// Begins a trial.
    pub(super) fn try_out(
        &self,
        fit: Fit,
        source: String,
        ask: &TrialAsk,
        names: &mut Names,
    ) -> Result<Settled, PlanRefused> {
        let standing = self.standing();
        let (old, new) = (&standing.current.plan().hash, &fit.edition.plan.hash);
        if old == new {
            let same = "the files hold the running plan: there is nothing to try".to_owned();
            return Err(conflict(same));
        }
        let now = self.clock.now();
        let taken_ms = now.wall_ms;
        self.ledger.trial().begin(old.clone(), new.clone(), taken_ms);
        let plan =
            Taken { edition: fit.edition, sources: fit.sources, taken_ms, source, by: By::Tried };
        let answer = answer::tried(&plan, old, &fit.diff, &fit.warnings, ask);
        // The ids that its agents and queues have now stay theirs, however it comes out.
        *names = fit.names;
        let trial = OnTrial { plan, share: ask.share, limits: ask.limits, begun: now.mono };
        let ticket = Some(self.promise(&trial.plan));
        self.stand(Standing { trial: Some(trial), ..(*standing).clone() });
        Ok(Settled { answer, ticket })
    }

    /// Takes the plan on trial for good.
    #[cfg(test)]
    pub(in crate::io::run) fn promote(&self, by: By) -> Done {
        self.promote_for(by, &Patience::default())
    }

    /// The same for somebody who waits so long and no longer.
    pub(in crate::io::run) fn promote_for(&self, by: By, patience: &Patience) -> Done {
        let standing = self.standing();
        let done = self.settle(&standing, patience, |_| self.promote_now());
        self.tell(by, done)
    }

    fn promote_now(&self) -> Result<Settled, PlanRefused> {
        let standing = self.standing();
        let Some(trial) = standing.trial.clone() else {
            return Err(conflict("no plan is on trial".to_owned()));
        };
        let was = standing.current.plan().hash.clone();
        let taken_ms = self.clock.now().wall_ms;
        let current = Taken { taken_ms, by: By::Trial, ..trial.plan };
        let answer = answer::promoted(&current, &was);
        self.ledger.trial().end();
        let told = format!("{} was promoted", current.plan().hash);
        let last_trial = Some(LastTrial { told, unasked: false });
        self.stand(Standing { last_trial, ..Standing::new(current) });
        Ok(Settled { answer, ticket: Some(self.promise(&self.standing().current)) })
    }

    /// Ends the trial, the plan in force stays; none if there is no trial. Queues that only the other
    /// plan has drain, its agents finish.
    pub(super) fn end_trial(&self, why: &str, unasked: bool) -> Option<Value> {
        let standing = self.standing();
        let trial = standing.trial.as_ref()?;
        let hash = trial.plan.plan().hash.clone();
        self.ledger.trial().end();
        let told = format!("{hash} was taken back: {why}");
        let last_trial = Some(LastTrial { told, unasked });
        let back = Standing { trial: None, last_trial, ..(*standing).clone() };
        let answer = answer::taken_back(&back.current, &hash, why);
        self.stand(back);
        Some(answer)
    }

    /// Judges the trial by what has come of its calls so far.
    pub(super) fn judge_trial(&self) {
        let standing = self.standing();
        let (Some(trial), Some(sides)) = (&standing.trial, self.ledger.trial().sides()) else {
            return;
        };
        let age = self.clock.mono().since(trial.begun);
        match judge(&sides.of_old, &sides.of_new, &trial.limits, age) {
            Verdict::GoesOn => {}
            Verdict::Promote => {
                let promote = |_: &mut Names| self.promote_now();
                let done = self.settle(&standing, &Patience::default(), promote);
                // What became of it is in the log and in the API's view of the plan.
                let _ = self.tell(By::Trial, done);
            }
            Verdict::RollBack(why) => {
                let _turn = lock(&self.names);
                // Somebody may have decided a moment ago.
                if !Arc::ptr_eq(&standing, &self.standing()) {
                    return;
                }
                self.end_trial(&why, true);
                let hash = &trial.plan.plan().hash;
                tracing::warn!(plan = %hash, "the plan on trial is taken back: {why}");
            }
        }
    }
}

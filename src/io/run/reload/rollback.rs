//! Back to a plan that was taken before: its texts from the database, its prompts as they are now.

use super::standing::{By, Standing};
use super::{Done, Reloader, Settled, conflict};
use crate::dialplan::Source;
use crate::io::http::{DeskError, Patience, PlanRefused};
use crate::io::store::{PlanTake, Reader, StoreError};
use crate::plan::Names;
use serde_json::{Value, json};
use std::sync::Arc;

/// The texts of a plan as they are stored.
pub(super) fn as_text(sources: &[Source]) -> String {
    let files: Vec<Value> =
        sources.iter().map(|s| json!({ "name": s.name, "text": s.text })).collect();
    Value::from(files).to_string()
}

/// And back; none if it is no such text.
fn from_text(text: &str) -> Option<Vec<Source>> {
    let files: Vec<Value> = serde_json::from_str(text).ok()?;
    let file = |file: &Value| {
        let part = |name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Source { name: part("name")?, text: part("text")? })
    };
    files.iter().map(file).collect()
}

/// Who wants to end a trial that has just been taken back by itself does not want the plan before the
/// running one: that needs to be said.
fn over_already(standing: &Standing) -> Option<PlanRefused> {
    let last = standing.last_trial.as_ref().filter(|last| last.unasked)?;
    let running = standing.current.hash();
    Some(conflict(format!(
        "the trial is over already: {}; the running plan is {running}: give a hash to go further back \
         (`centralino plans` lists them)",
        last.told
    )))
}

impl Reloader {
    /// Ends a trial, or takes the plan before this one again, or the named one.
    #[cfg(test)]
    pub(in crate::io::run) fn roll_back(&self, hash: Option<&str>) -> Done {
        self.roll_back_for(hash, &Patience::default())
    }

    /// The same for somebody who waits so long and no longer.
    pub(in crate::io::run) fn roll_back_for(
        &self,
        hash: Option<&str>,
        patience: &Patience,
    ) -> Done {
        let (names, standing) = self.now();
        let done = match hash {
            None if standing.trial.is_some() => self.settle(&standing, patience, |_| {
                let ended = self.end_trial("somebody asked for it", false);
                let answer = ended.ok_or_else(|| conflict("no plan is on trial".to_owned()))?;
                Ok(Settled { answer, ticket: None })
            }),
            None => match over_already(&standing) {
                Some(refused) => Err(refused),
                None => self.take_back(None, names, &standing, patience),
            },
            Some(hash) => self.take_back(Some(hash), names, &standing, patience),
        };
        self.tell(By::RollBack, done)
    }

    fn take_back(
        &self,
        hash: Option<&str>,
        names: Names,
        standing: &Arc<Standing>,
        patience: &Patience,
    ) -> Done {
        let (sources, source) = self.stored(hash)?;
        // It was in force before: its own tests are not what keeps us from it now.
        let fit = self.look(sources, names, standing, None)?;
        let take = |names: &mut Names| Ok(self.take(fit, source, By::RollBack, names));
        self.settle(standing, patience, take)
    }

    /// The texts of a stored plan and where they came from.
    fn stored(&self, hash: Option<&str>) -> Result<(Vec<Source>, String), PlanRefused> {
        let not_found = |text: String| PlanRefused::Not(DeskError::NotFound(text));
        let unavailable = |e: StoreError| PlanRefused::Not(DeskError::Unavailable(e.to_string()));
        let reader = Reader::open(&self.database).map_err(unavailable)?;
        let takes = reader.plan_takes().map_err(unavailable)?;
        let running = self.standing().current.plan().hash.clone();
        let wanted = match hash {
            None => {
                // What was only tried was never in force.
                let was_taken = |take: &&PlanTake| take.by != By::Tried.word();
                let mut taken = takes.iter().filter(was_taken);
                let before = taken.find(|take| *take.hash != *running);
                let none = || not_found("no other plan was taken before this one".to_owned());
                before.ok_or_else(none)?.hash.clone()
            }
            Some(prefix) => {
                let found = reader.plan_hashes(prefix).map_err(unavailable)?;
                match found.as_slice() {
                    [one] => one.clone(),
                    [] => return Err(not_found(format!("no plan {prefix} is kept"))),
                    [_, ..] => {
                        let many = format!("several plans begin with {prefix}");
                        return Err(conflict(many));
                    }
                }
            }
        };
        if *wanted == *running {
            let same = format!("{wanted} is the running plan");
            return Err(conflict(same));
        }
        let text = reader.plan(&wanted).map_err(unavailable)?;
        let sources = text.as_deref().and_then(from_text);
        let sources = sources.ok_or_else(|| not_found(format!("no text of {wanted} is kept")))?;
        let source = takes.into_iter().find(|take| take.hash == wanted).map(|take| take.source);
        Ok((sources, source.unwrap_or_default()))
    }
}

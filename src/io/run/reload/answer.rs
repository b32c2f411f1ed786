//! What is answered to whoever asked for a plan, or asks which one runs.

use super::Reloader;
use super::standing::Taken;
use crate::dialplan::Diff;
use crate::dialplan::diff::{Alive, AliveCall};
use crate::io::http::TrialAsk;
use crate::media::PromptBook;
use crate::plan::PromptFile;
use crate::worker::{Edition, PERMYRIAD};
use serde_json::{Value, json};

pub(super) fn taken(now: &Taken, was: &str, diff: &Diff, warnings: &[String]) -> Value {
    json!({
        "did": "the plan is taken",
        "hash": now.hash(),
        "was": was,
        "summary": summary(diff),
        "changes": diff.changes,
        "warnings": warnings,
    })
}

pub(super) fn tried(
    new: &Taken,
    was: &str,
    diff: &Diff,
    warnings: &[String],
    ask: &TrialAsk,
) -> Value {
    json!({
        "did": "the plan is on trial",
        "hash": new.hash(),
        "was": was,
        "share_percent": percent(ask.share),
        "summary": summary(diff),
        "changes": diff.changes,
        "warnings": warnings,
    })
}

pub(super) fn promoted(now: &Taken, was: &str) -> Value {
    json!({
        "did": "the plan on trial is taken",
        "hash": now.hash(),
        "was": was,
        "summary": "all new calls begin with it",
        "changes": [],
        "warnings": [],
    })
}

pub(super) fn taken_back(stays: &Taken, was: &str, why: &str) -> Value {
    json!({
        "did": "the plan on trial is taken back",
        "hash": stays.hash(),
        "was": was,
        "summary": why,
        "changes": [],
        "warnings": [],
    })
}

fn summary(diff: &Diff) -> String {
    let said = diff.summary();
    if diff.is_empty() { "nothing changed".to_owned() } else { said }
}

fn percent(share: u16) -> f64 {
    f64::from(share) * 100.0 / f64::from(PERMYRIAD)
}

/// Notes prompts whose file has the same name and another sound.
pub(super) fn add_recordings(diff: &mut Diff, old: &Edition, new: &Edition) {
    let sound = |book: &PromptBook, prompt: &PromptFile| book.get(prompt.id).cloned();
    let told = |samples: usize| format!("{:.1} s", samples as f64 / 8_000.0);
    for prompt in new.plan.script.prompts.values() {
        let (was, is) = (sound(&old.prompts, prompt), sound(&new.prompts, prompt));
        let (Some(was), Some(is)) = (was, is) else { continue };
        let same_file =
            old.plan.script.prompts.get(&prompt.id).is_some_and(|o| o.path == prompt.path);
        if same_file && was.pcma != is.pcma {
            diff.add_recording(&prompt.name, told(was.pcma.len()), told(is.pcma.len()));
        }
    }
}

impl Reloader {
    /// What lives under the running plan.
    pub(super) fn alive(&self) -> Alive {
        let calls = self.ledger.live(false, usize::MAX).into_iter().map(|call| AliveCall {
            state: call.state,
            trunk: call.trunk,
            queue: call.queue,
            agent: call.agent,
        });
        let now = self.clock.mono();
        let agents = self.desk.look(|router| router.agents_view(now));
        let agents = agents.iter().map(|a| (a.name.to_string(), a.activity.as_str().to_owned()));
        Alive { calls: calls.collect(), agents: agents.collect() }
    }

    /// The plan in force, and the one on trial; with their texts if `text`.
    pub(in crate::io::run) fn view(&self, text: bool) -> Value {
        let standing = self.standing();
        let current = &standing.current;
        let trial = standing.trial.as_ref().map(|trial| {
            let sides = self.ledger.trial().sides();
            json!({
                "hash": trial.plan.hash(),
                "since_ms": trial.plan.taken_ms,
                "share_percent": percent(trial.share),
                "at_least": trial.limits.at_least,
                "points": trial.limits.points,
                "promote_after_s": trial.limits.promote_after.map(|after| after.as_secs()),
                "old": sides.as_ref().map(|s| s.of_old),
                "new": sides.as_ref().map(|s| s.of_new),
            })
        });
        let mut view = json!({
            "hash": current.hash(),
            "taken_ms": current.taken_ms,
            "source": current.source,
            "by": current.by.word(),
            "trial": trial,
            "last_trial": standing.last_trial.as_ref().map(|trial| &trial.told),
        });
        if let (true, Some(fields)) = (text, view.as_object_mut()) {
            let files = current.sources.iter();
            let files = files.map(|s| json!({ "name": s.name, "text": s.text }));
            fields.insert("files".to_owned(), files.collect());
        }
        view
    }
}

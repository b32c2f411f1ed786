//! Which plan is in force since when, and which one is tried beside it.

use crate::base::Mono;
use crate::dialplan::Source;
use crate::plan::Plan;
use crate::record::trial::Limits;
use crate::router::Roster;
use crate::worker::{Edition, Trial};
use std::sync::Arc;

/// What took a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::io::run) enum By {
    /// The start of the process.
    Start,
    /// SIGHUP.
    Signal,
    /// The API, the command line behind it.
    Api,
    /// A file that changed.
    Change,
    /// A rollback.
    RollBack,
    /// A trial that came out well.
    Trial,
    /// Nothing yet: it is on trial. Its calls' records name it, so its texts are kept as well.
    Tried,
}

impl By {
    /// The word in the database, the API and the log.
    pub(in crate::io::run) fn word(self) -> &'static str {
        match self {
            By::Start => "start",
            By::Signal => "SIGHUP",
            By::Api => "API",
            By::Change => "change",
            By::RollBack => "rollback",
            By::Trial => "trial",
            By::Tried => "tried",
        }
    }
}

/// A plan that was taken.
#[derive(Clone, Debug)]
pub(in crate::io::run) struct Taken {
    pub(in crate::io::run) edition: Edition,
    /// Its texts; none for a plan that the program made.
    pub(in crate::io::run) sources: Arc<[Source]>,
    pub(in crate::io::run) taken_ms: i64,
    /// Where it came from.
    pub(in crate::io::run) source: String,
    pub(in crate::io::run) by: By,
}

impl Taken {
    pub(in crate::io::run) fn plan(&self) -> &Plan {
        &self.edition.plan
    }

    pub(in crate::io::run) fn hash(&self) -> &str {
        &self.edition.plan.hash
    }
}

/// A plan on trial.
#[derive(Clone, Debug)]
pub(super) struct OnTrial {
    pub(super) plan: Taken,
    /// How many of 10,000 new calls.
    pub(super) share: u16,
    pub(super) limits: Limits,
    /// By the clock that nobody sets.
    pub(super) begun: Mono,
}

/// How a trial came out.
#[derive(Clone, Debug)]
pub(super) struct LastTrial {
    /// In one line.
    pub(super) told: String,
    /// It was taken back and nobody had asked for it: who ends it now cannot know.
    pub(super) unasked: bool,
}

impl OnTrial {
    pub(super) fn of_worker(&self) -> Trial {
        Trial { edition: self.plan.edition.clone(), share: self.share }
    }
}

/// How it stands.
#[derive(Clone, Debug)]
pub(in crate::io::run) struct Standing {
    pub(in crate::io::run) current: Taken,
    pub(super) trial: Option<OnTrial>,
    /// How the last trial came out, until another plan is taken.
    pub(super) last_trial: Option<LastTrial>,
}

impl Standing {
    pub(super) fn new(current: Taken) -> Standing {
        Standing { current, trial: None, last_trial: None }
    }

    /// The roster in force: during a trial also what is new in the plan that is tried. Nothing is
    /// taken away or changed for calls under the old plan before the trial has come out well.
    pub(super) fn roster(&self) -> Arc<Roster> {
        let current = &self.current.plan().roster;
        match &self.trial {
            None => current.clone(),
            Some(trial) => Arc::new(current.with_new(&trial.plan.plan().roster)),
        }
    }
}

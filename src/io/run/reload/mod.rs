//! Another plan under running calls: read, compiled, checked, and only then taken.
//!
//! All of that happens on the thread of whoever asks, never on a worker's. A plan is looked at without
//! holding anybody up, and put in force only if nothing else was meanwhile. What is taken goes to the router (the roster, for all at once) and to the workers (script and prompts,
//! for new calls). A plan that is refused leaves everything as it was.

mod answer;
#[cfg(test)]
mod crossings;
mod fixed;
mod outcomes;
mod rollback;
mod standing;
#[cfg(test)]
mod tests;
mod trial;
mod watch;

pub(super) use outcomes::Watched;
pub(super) use standing::{By, Taken};
pub(super) use watch::{Wake, run as watch};

use super::desk::Desk;
use super::ledger::Ledger;
use super::plans::Origin;
use crate::base::{TrunkId, WorkerId};
use crate::dialplan::{self, Diff, Loaded, Source};
use crate::io::clock::Clock;
use crate::io::http::{DeskError, Patience, PlanRefused, TrialAsk};
use crate::io::sip::{Connections, Inboxes, Peers};
use crate::io::store::{Ticket, Write};
use crate::media::PromptBook;
use crate::plan::{Names, Plan};
use crate::router::{self, Roster};
use crate::worker::{self, Edition, Editions};
use fixed::Fixed;
use serde_json::Value;
use standing::Standing;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How long a plan that was taken may take to reach the disk; whoever asked waits for that as well.
const KEPT: Duration = crate::io::http::KEPT;

/// What else must hold before a plan is taken, such as its own tests: its findings, none if it may.
pub type Gate = fn(&Plan, &[Source], &PromptBook, &Origin) -> Vec<String>;

/// Takes plans.
#[derive(Debug)]
pub(super) struct Reloader {
    pub(super) origin: Origin,
    pub(super) database: PathBuf,
    pub(super) gate: Option<Gate>,
    fixed: Fixed,
    desk: Arc<Desk>,
    inboxes: Inboxes,
    ledger: Arc<Ledger>,
    connections: Connections,
    clock: Clock,
    /// The ids of everything that was ever named. Held while a plan is put in force, not while it is
    /// looked at.
    names: Mutex<Names>,
    /// Held by whoever reads the files and looks at what is in them.
    looking: Mutex<()>,
    /// The files as they were when a plan was last taken or refused.
    read: Mutex<watch::Print>,
    standing: Mutex<Arc<Standing>>,
    /// Every trunk that there ever was: what was counted of one that is gone stays counted.
    trunks: Mutex<BTreeMap<TrunkId, Arc<str>>>,
    /// Wakes the thread that watches files and trials.
    wake: Sender<Wake>,
    taken: AtomicU64,
    refused: AtomicU64,
}

/// What a reloader needs of its node.
#[derive(Debug)]
pub(super) struct House {
    pub(super) desk: Arc<Desk>,
    pub(super) inboxes: Inboxes,
    pub(super) ledger: Arc<Ledger>,
    pub(super) connections: Connections,
    pub(super) clock: Clock,
}

/// A plan that may be taken.
struct Fit {
    edition: Edition,
    sources: Arc<[Source]>,
    names: Names,
    diff: Diff,
    warnings: Vec<String>,
}

/// What was done, and when it is kept; no ticket if there is nothing to be kept.
struct Settled {
    answer: Value,
    ticket: Option<Option<Ticket>>,
}

type Done = Result<Value, PlanRefused>;

impl Reloader {
    /// With the plan that the node starts with, `written` as it stands in its files.
    pub(super) fn new(
        origin: Origin,
        database: PathBuf,
        gate: Option<Gate>,
        written: &Plan,
        first: Taken,
        house: House,
        wake: Sender<Wake>,
    ) -> Reloader {
        let House { desk, inboxes, ledger, connections, clock } = house;
        let names = Names::of(&first.edition.plan);
        let read = watch::print_of(&origin, &first.sources);
        let reloader = Reloader {
            origin,
            database,
            gate,
            fixed: Fixed::of(written),
            desk,
            inboxes,
            ledger,
            connections,
            clock,
            names: Mutex::new(names),
            looking: Mutex::new(()),
            read: Mutex::new(read),
            trunks: Mutex::new(trunks(&first.edition.plan).collect()),
            standing: Mutex::new(Arc::new(Standing::new(first))),
            wake,
            taken: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        let standing = reloader.standing();
        if !standing.current.sources.is_empty() {
            // Nobody waits for this one.
            reloader.promise(&standing.current);
        }
        reloader
    }

    /// What is in force, and what is tried.
    pub(super) fn standing(&self) -> Arc<Standing> {
        lock(&self.standing).clone()
    }

    /// The roster in force.
    pub(super) fn roster(&self) -> Arc<Roster> {
        self.standing().roster()
    }

    /// Every trunk that there was since the start.
    pub(super) fn trunks(&self) -> Vec<(TrunkId, Arc<str>)> {
        lock(&self.trunks).iter().map(|(id, name)| (*id, name.clone())).collect()
    }

    /// Plans taken and refused since the start.
    pub(super) fn figures(&self) -> (u64, u64) {
        (self.taken.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Reads the plan's files anew and takes what is in them, for all new calls or for some.
    pub(super) fn reload(&self, by: By, trial: Option<TrialAsk>) -> Done {
        self.reload_for(by, trial, &Patience::default())
    }

    /// The same for somebody who waits so long and no longer. Only one plan at a time is looked at in
    /// this way, and nothing else waits for it: what is asked meanwhile goes first, and this has to be
    /// asked again.
    pub(super) fn reload_for(&self, by: By, trial: Option<TrialAsk>, patience: &Patience) -> Done {
        let looking = match by {
            // Nobody is there to ask again.
            By::Signal | By::Change => Some(lock(&self.looking)),
            By::Start | By::Api | By::RollBack | By::Trial | By::Tried => try_lock(&self.looking),
        };
        let Some(_looking) = looking else {
            let busy = "another plan is being looked at: ask again when that is through";
            return self.tell(by, Err(conflict(busy.to_owned())));
        };
        let (names, standing) = self.now();
        // Before the files are read: what is written from here on is another edit.
        let print = watch::print(&self.origin);
        let source = self.origin.to_string();
        let sources = self.origin.read().map_err(|findings| PlanRefused::Wrong(told(&findings)));
        let fit = sources.and_then(|sources| self.look(sources, names, &standing, self.gate));
        let done = fit.and_then(|fit| {
            self.settle(&standing, patience, |names| match trial {
                None => Ok(self.take(fit, source, by, names)),
                Some(ask) => self.try_out(fit, source, &ask, names),
            })
        });
        if !matches!(done, Err(PlanRefused::Not(_))) {
            *lock(&self.read) = print;
        }
        self.tell(by, done)
    }

    /// The files as they were when a plan was last taken or refused.
    fn last_read(&self) -> watch::Print {
        lock(&self.read).clone()
    }

    /// The names and how it stands, of one moment.
    fn now(&self) -> (Names, Arc<Standing>) {
        let names = lock(&self.names);
        (names.clone(), self.standing())
    }

    /// Looks whether a plan may be taken: compiles it, holds it against what cannot change, reads
    /// its prompts, and asks the gate. `names` is a copy: those of a plan that is refused are forgotten.
    fn look(
        &self,
        sources: Vec<Source>,
        mut names: Names,
        standing: &Standing,
        gate: Option<Gate>,
    ) -> Result<Fit, PlanRefused> {
        if standing.current.sources.is_empty() {
            let made = "this plan was made by the program itself: there is nothing to read";
            return Err(conflict(made.to_owned()));
        }
        if standing.trial.is_some() {
            let tried = "a plan is on trial: promote it or roll it back first";
            return Err(conflict(tried.to_owned()));
        }
        let compiled = dialplan::compile(&sources, &self.origin, &mut names);
        let Loaded { plan, warnings } =
            compiled.map_err(|findings| PlanRefused::Wrong(told(&findings)))?;
        let fixed = self.fixed.changed(&plan);
        if !fixed.is_empty() {
            return Err(PlanRefused::Wrong(fixed));
        }
        let prompts = super::load_prompts(&plan, &self.origin).map_err(PlanRefused::Wrong)?;
        let ask = |gate: Gate| gate(&plan, &sources, &prompts, &self.origin);
        let findings = gate.map(ask).unwrap_or_default();
        if !findings.is_empty() {
            return Err(PlanRefused::Wrong(findings));
        }
        let mut diff = Diff::of(&standing.current.sources, &sources);
        let edition = Edition { plan: Arc::new(plan), prompts: Arc::new(prompts) };
        answer::add_recordings(&mut diff, &standing.current.edition, &edition);
        diff.touch(&self.alive());
        let warnings = told(&warnings);
        Ok(Fit { edition, sources: sources.into(), names, diff, warnings })
    }

    /// Does what was looked at while it stood so, if it still does and somebody still waits; then
    /// waits for the disk, holding nobody up.
    fn settle(
        &self,
        standing: &Arc<Standing>,
        patience: &Patience,
        act: impl FnOnce(&mut Names) -> Result<Settled, PlanRefused>,
    ) -> Done {
        let mut names = lock(&self.names);
        if !Arc::ptr_eq(standing, &self.standing()) {
            let changed = "the running plan changed while this one was looked at: ask again";
            return Err(conflict(changed.to_owned()));
        }
        if !patience.settle() {
            let late = "whoever asked for it has been told that it took too long".to_owned();
            return Err(PlanRefused::Not(DeskError::Unavailable(late)));
        }
        let settled = act(&mut names)?;
        drop(names);
        Ok(self.wait_kept(settled))
    }

    /// Puts a plan in force for all new calls.
    fn take(&self, fit: Fit, source: String, by: By, names: &mut Names) -> Settled {
        let was = self.standing().current.edition.plan.hash.clone();
        let taken_ms = self.clock.now().wall_ms;
        let current = Taken { edition: fit.edition, sources: fit.sources, taken_ms, source, by };
        *names = fit.names;
        let answer = answer::taken(&current, &was, &fit.diff, &fit.warnings);
        self.stand(Standing::new(current));
        Settled { answer, ticket: Some(self.promise(&self.standing().current)) }
    }

    /// From now on it stands so: the roster first, for a new call may want a new queue.
    fn stand(&self, standing: Standing) {
        let roster = standing.roster();
        let editions = Arc::new(Editions {
            current: standing.current.edition.clone(),
            trial: standing.trial.as_ref().map(standing::OnTrial::of_worker),
        });
        let peers = Peers::new(standing.current.edition.plan.clone()).with(&roster);
        self.connections.set_peers(peers);
        let tried = standing.trial.as_ref().map(|trial| trial.plan.plan());
        let plans = tried.into_iter().chain([standing.current.plan()]);
        lock(&self.trunks).extend(plans.flat_map(trunks));
        *lock(&self.standing) = Arc::new(standing);
        self.desk.post(router::Input::Roster(roster), None, &mut VecDeque::new());
        self.inboxes.post_all(|| worker::Input::Editions(editions.clone()));
        // The router's next deadline may have moved: a worker has to see it.
        self.inboxes.post(WorkerId(0), worker::Input::Timeout);
        // It fails only where nobody watches: in tests, and at the end.
        let _ = self.wake.send(Wake::Look);
    }

    /// A plan that was taken is kept, with its texts, before it is told that it was: a rollback shall
    /// find it. A disk that does not keep up changes nothing about the plan being in force.
    fn wait_kept(&self, settled: Settled) -> Value {
        let Settled { answer, ticket } = settled;
        let is_kept = |ticket: Option<Ticket>| {
            ticket.is_some_and(|ticket| self.ledger.store().wait(ticket, KEPT))
        };
        if !ticket.is_none_or(is_kept) {
            let plan = answer.get("hash").and_then(Value::as_str).unwrap_or_default();
            tracing::warn!(plan, "the plan is taken, and its texts are not kept yet");
        }
        answer
    }

    fn promise(&self, taken: &Taken) -> Option<Ticket> {
        self.ledger.store().promise(Write::Plan {
            hash: taken.hash().to_owned(),
            text: rollback::as_text(&taken.sources),
            taken_ms: taken.taken_ms,
            source: taken.source.clone(),
            by: taken.by.word(),
        })
    }

    /// Counts and logs what became of it.
    fn tell(&self, by: By, done: Done) -> Done {
        let by = by.word();
        match &done {
            Ok(answer) => {
                self.taken.fetch_add(1, Ordering::Relaxed);
                let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or("");
                tracing::info!(by, plan = text("hash"), "{}: {}", text("did"), text("summary"));
                let warnings = answer.get("warnings").and_then(Value::as_array);
                // The first line of each says what and where.
                let lines = warnings.into_iter().flatten().filter_map(Value::as_str);
                for line in lines.filter_map(|warning| warning.lines().next()).take(10) {
                    tracing::warn!(by, "{line}");
                }
            }
            Err(refused) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(by, "the plan is not taken, the running one stays: {refused}");
            }
        }
        done
    }
}

/// The prompts of a plan, or what is wrong with any of them.
pub(super) fn all_or_wrong(
    prompts: impl Iterator<Item = Result<crate::media::Prompt, String>>,
) -> Result<PromptBook, Vec<String>> {
    let (mut book, mut wrong) = (PromptBook::default(), Vec::new());
    for prompt in prompts {
        match prompt {
            Ok(prompt) => book.insert(prompt),
            Err(line) => wrong.push(line),
        }
    }
    if wrong.is_empty() { Ok(book) } else { Err(wrong) }
}

fn trunks(plan: &Plan) -> impl Iterator<Item = (TrunkId, Arc<str>)> + '_ {
    plan.trunks.iter().map(|trunk| (trunk.id, trunk.name.clone()))
}

fn told(findings: &[dialplan::Finding]) -> Vec<String> {
    findings.iter().map(dialplan::Finding::render).collect()
}

fn conflict(text: String) -> PlanRefused {
    PlanRefused::Not(DeskError::Conflict(text))
}

/// None if somebody else has it.
fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

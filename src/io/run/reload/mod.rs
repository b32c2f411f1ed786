//! Another plan under running calls: read, compiled, checked, and only then taken.
//!
//! All of that happens on the thread of whoever asks, never on a worker's; one after the other. What
//! is taken goes to the router (the roster, for all at once) and to the workers (script and prompts,
//! for new calls). A plan that is refused leaves everything as it was.

mod answer;
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
use crate::dialplan::{self, Diff, Source};
use crate::io::clock::Clock;
use crate::io::http::{DeskError, PlanRefused, TrialAsk};
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a plan that was taken may take to reach the disk; below the limit of a request.
const KEPT: Duration = Duration::from_secs(5);

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
    /// The ids of everything that was ever named. Held by whoever takes a plan: one at a time.
    names: Mutex<Names>,
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
        let mut names = lock(&self.names);
        let source = self.origin.to_string();
        let sources = self.origin.read().map_err(|findings| PlanRefused::Wrong(told(&findings)));
        let done = sources.and_then(|sources| {
            let fit = self.look(sources, &names, self.gate)?;
            Ok(match trial {
                None => self.take(fit, source, by, &mut names),
                Some(ask) => self.try_out(fit, source, &ask, &mut names)?,
            })
        });
        self.tell(by, done)
    }

    /// Looks whether a plan may be taken: compiles it, holds it against what cannot change, reads
    /// its prompts, and asks the gate.
    fn look(
        &self,
        sources: Vec<Source>,
        names: &Names,
        gate: Option<Gate>,
    ) -> Result<Fit, PlanRefused> {
        let standing = self.standing();
        let conflict = |text: &str| Err(PlanRefused::Not(DeskError::Conflict(text.to_owned())));
        if standing.current.sources.is_empty() {
            return conflict("this plan was made by the program itself: there is nothing to read");
        }
        if standing.trial.is_some() {
            return conflict("a plan is on trial: promote it or roll it back first");
        }
        // On a copy: the names of a plan that is refused are forgotten.
        let mut names = names.clone();
        let compiled = dialplan::compile(&sources, &self.origin, &mut names);
        let plan = compiled.map_err(|findings| PlanRefused::Wrong(told(&findings)))?.plan;
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
        Ok(Fit { edition, sources: sources.into(), names, diff })
    }

    /// Puts a plan in force for all new calls.
    fn take(&self, fit: Fit, source: String, by: By, names: &mut Names) -> Value {
        let was = self.standing().current.edition.plan.hash.clone();
        let taken_ms = self.clock.now().wall_ms;
        let current = Taken { edition: fit.edition, sources: fit.sources, taken_ms, source, by };
        *names = fit.names;
        let answer = answer::taken(&current, &was, &fit.diff);
        self.stand(Standing::new(current));
        self.keep(&self.standing().current);
        answer
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

    /// Keeps a plan that was taken, with its texts, before it is told that it was: a rollback shall
    /// find it. A disk that does not keep up changes nothing about the plan being in force.
    fn keep(&self, taken: &Taken) {
        let ticket = self.promise(taken);
        if !ticket.is_some_and(|ticket| self.ledger.store().wait(ticket, KEPT)) {
            tracing::warn!(
                plan = taken.hash(),
                "the plan is taken, and its texts are not kept yet"
            );
        }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The record's way from the workers to the store: events are folded where they arise, one fold a
//! worker, and only begun and finished calls go on to the store.

use super::reload::Watched;
use crate::base::WorkerId;
use crate::io::store::Store;
use crate::record::figures::Totals;
use crate::record::{Event, Figures, Happened, Live, LiveCall, Posted, Records};
use crate::router::Decision;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The last decisions kept for those who look on.
const DECISIONS: usize = 64;

/// The folds of one worker's calls.
#[derive(Debug, Default)]
struct Fold {
    records: Records,
    live: Live,
    figures: Figures,
}

/// All folds, and the store behind them.
#[derive(Debug)]
pub struct Ledger {
    folds: Vec<Mutex<Fold>>,
    decisions: Mutex<VecDeque<Arc<Decision>>>,
    trial: Watched,
    store: Store,
    /// New calls are refused because their records could not be kept: told once in the log.
    refusing: AtomicBool,
}

impl Ledger {
    /// A ledger for so many workers.
    #[must_use]
    pub fn new(workers: u8, store: Store) -> Ledger {
        let folds = (0..workers.max(1)).map(|_| Mutex::default()).collect();
        let (decisions, trial) = (Mutex::default(), Watched::default());
        Ledger { folds, decisions, trial, store, refusing: AtomicBool::default() }
    }

    /// Takes an event of a worker's call. The worker is the only one who posts here, so the lock is
    /// free but for a look from the API.
    pub fn post(&self, worker: WorkerId, event: &Event) {
        if let Happened::Decided(decision) = &event.what {
            let mut last = lock(&self.decisions);
            if last.len() == DECISIONS {
                last.pop_front();
            }
            last.push_back(decision.clone());
        }
        let Some(fold) = self.folds.get(worker.index()) else { return };
        let mut fold = lock(fold);
        fold.live.apply(event);
        fold.figures.apply(event);
        if let Some(posted) = fold.records.apply(event) {
            drop(fold);
            if let Posted::End(cdr) = &posted {
                self.trial.count(cdr);
            }
            self.store.post(posted);
        }
    }

    /// Whether the record of a new call can be kept.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        let keeps = self.store.keeps();
        let refusing = self.refusing.swap(keeps.is_err(), Ordering::Relaxed);
        match &keeps {
            Err(why) if !refusing => tracing::error!(%why, "new calls are refused"),
            Ok(()) if refusing => tracing::info!("new calls are taken again"),
            Err(_) | Ok(()) => {}
        }
        keeps.is_ok()
    }

    /// What is counted of a plan on trial.
    pub(super) fn trial(&self) -> &Watched {
        &self.trial
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Calls in progress, at most so many.
    #[must_use]
    pub fn live(&self, reveal: bool, limit: usize) -> Vec<LiveCall> {
        let mut calls = Vec::new();
        for fold in &self.folds {
            calls.extend(lock(fold).live.calls(reveal, limit.saturating_sub(calls.len())));
        }
        calls
    }

    /// The last decisions of the router, oldest first.
    #[must_use]
    pub fn decisions(&self) -> Vec<Arc<Decision>> {
        lock(&self.decisions).iter().cloned().collect()
    }

    /// The figures of all workers together.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut sum = Totals::default();
        for fold in &self.folds {
            sum.add(lock(fold).figures.totals());
        }
        sum
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

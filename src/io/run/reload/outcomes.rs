//! How the calls of a trial come out: counted where records are finished.

use super::lock;
use crate::record::Cdr;
use crate::record::trial::Outcomes;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The two plans of a trial and what was counted of each.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) old: Arc<str>,
    pub(super) new: Arc<str>,
    /// Calls that began before this are not of the trial.
    pub(super) since_ms: i64,
    pub(super) of_old: Outcomes,
    pub(super) of_new: Outcomes,
}

/// The trial that goes on, if one does. Without one a finished call costs a look at a flag.
#[derive(Debug, Default)]
pub(in crate::io::run) struct Watched {
    is_on: AtomicBool,
    sides: Mutex<Option<Sides>>,
}

impl Watched {
    /// Counts a finished call.
    pub(in crate::io::run) fn count(&self, cdr: &Cdr) {
        if !self.is_on.load(Ordering::Relaxed) {
            return;
        }
        let mut sides = lock(&self.sides);
        let Some(sides) = sides.as_mut().filter(|s| cdr.opened.began_ms >= s.since_ms) else {
            return;
        };
        if cdr.opened.plan == *sides.new {
            sides.of_new.count(cdr);
        } else if cdr.opened.plan == *sides.old {
            sides.of_old.count(cdr);
        }
    }

    pub(super) fn begin(&self, old: Arc<str>, new: Arc<str>, since_ms: i64) {
        let (of_old, of_new) = (Outcomes::default(), Outcomes::default());
        *lock(&self.sides) = Some(Sides { old, new, since_ms, of_old, of_new });
        self.is_on.store(true, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.is_on.store(false, Ordering::Relaxed);
        *lock(&self.sides) = None;
    }

    pub(super) fn sides(&self) -> Option<Sides> {
        lock(&self.sides).clone()
    }
}

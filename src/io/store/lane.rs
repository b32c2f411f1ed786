//! The bounded queue between those who post and the writer, with its three marks: how far it was
//! posted, written and synced.
//!
//! Records are numbered from 1 in the order of posting. A waiting writer is woken once per batch,
//! never per record.

use super::{STALLED, WRITE_WINDOW, Write};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The store's own figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreFigures {
    /// Records taken in.
    pub posted: u64,
    /// Of these, written (safe from `kill -9`).
    pub written: u64,
    /// Of these, synced (safe from loss of power).
    pub synced: u64,
    /// Records turned away because the queue was full, or given up at the end.
    pub refused: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed and were tried again.
    pub failures: u64,
    /// Syncs.
    pub syncs: u64,
    /// Commits whose oldest record had waited for longer than the published window.
    pub late_commits: u64,
    /// Longest time from post to written, microseconds.
    pub slowest_write_us: u64,
    /// Longest sync, microseconds.
    pub slowest_sync_us: u64,
}

#[derive(Debug, Default)]
pub(super) struct Marks {
    queue: VecDeque<(Instant, Write)>,
    pub(super) figures: StoreFigures,
    /// Somebody waits for this record's sync.
    pub(super) wanted: u64,
    /// When the first commit came that is not synced yet.
    pub(super) unsynced_since: Option<Instant>,
    /// When the oldest record that is being written was posted.
    writing_since: Option<Instant>,
    writer_waits: bool,
    pub(super) closing: bool,
    /// The writer has ended; nothing more will be written.
    pub(super) writer_done: bool,
    /// What the disk said last, while it goes on saying it.
    pub(super) fault: Option<String>,
    /// A sync failed: what the kernel held is in doubt until the process starts anew.
    pub(super) in_doubt: bool,
}

impl Marks {
    /// What is being written was posted too long ago.
    fn is_stalled(&self, now: Instant) -> bool {
        self.writing_since.is_some_and(|at| now.saturating_duration_since(at) > STALLED)
    }
}

#[derive(Debug)]
pub(super) struct Lane {
    marks: Mutex<Marks>,
    /// There is work for the writer.
    pub(super) work: Condvar,
    /// A mark moved.
    pub(super) moved: Condvar,
    spill: usize,
}

impl Lane {
    pub(super) fn new(spill: usize) -> Lane {
        Lane {
            marks: Mutex::default(),
            work: Condvar::new(),
            moved: Condvar::new(),
            spill: spill.max(4),
        }
    }

    /// The marks; a panic elsewhere does not spoil them, for each change is whole.
    pub(super) fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record into the queue and returns its number; none if there is no room. The last
    /// quarter is for ends, so that calls in progress are recorded when new ones are turned away.
    pub(super) fn post(&self, write: Write) -> Option<u64> {
        let room = match write {
            Write::Begin(_) => self.spill - self.spill / 4,
            Write::End(_) | Write::Plan { .. } => self.spill,
        };
        let mut marks = self.marks();
        if marks.closing || marks.queue.len() >= room {
            marks.figures.refused += 1;
            return None;
        }
        marks.queue.push_back((Instant::now(), write));
        marks.figures.posted += 1;
        let number = marks.figures.posted;
        if std::mem::take(&mut marks.writer_waits) {
            drop(marks);
            self.work.notify_one();
        }
        Some(number)
    }

    /// Waits for work and says whether there is any; none means that the lane is closed.
    pub(super) fn wait_for_work(&self) -> bool {
        let mut marks = self.marks();
        while marks.queue.is_empty() && !marks.closing {
            marks.writer_waits = true;
            marks = self.work.wait(marks).unwrap_or_else(PoisonError::into_inner);
        }
        marks.writer_waits = false;
        !marks.queue.is_empty()
    }

    /// Takes up to `most` records, in order, with the time at which the oldest was posted.
    pub(super) fn take(&self, most: usize) -> (Option<Instant>, Vec<Write>) {
        let mut marks = self.marks();
        let many = marks.queue.len().min(most);
        marks.writing_since = marks.queue.front().map(|(at, _)| *at);
        let batch = marks.queue.drain(..many).map(|(_, write)| write).collect();
        (marks.writing_since, batch)
    }

    /// The batch is committed.
    pub(super) fn written(&self, oldest: Option<Instant>, many: usize, refused: u64) {
        let now = Instant::now();
        let mut marks = self.marks();
        let lag = oldest.map_or(Duration::ZERO, |at| now.duration_since(at));
        let figures = &mut marks.figures;
        figures.written += many as u64;
        figures.refused += refused;
        figures.commits += 1;
        figures.late_commits += u64::from(lag > WRITE_WINDOW);
        figures.slowest_write_us = figures.slowest_write_us.max(micros(lag));
        // The syncer knows already when the commits that went before are due: it is woken for the
        // first one after a sync, and for one that somebody waits for.
        let first = marks.unsynced_since.is_none();
        let hurried = marks.wanted > marks.figures.synced || marks.closing;
        marks.unsynced_since.get_or_insert(now);
        marks.writing_since = None;
        marks.fault = None;
        drop(marks);
        if first || hurried {
            self.moved.notify_all();
        }
    }

    /// The commit failed and will be tried again after a pause, or never if the lane closes.
    pub(super) fn failed(&self, why: String, pause: Duration) -> bool {
        let mut marks = self.marks();
        marks.figures.failures += 1;
        marks.fault = Some(why);
        let waited = self.work.wait_timeout(marks, pause);
        let (marks, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !marks.closing
    }

    /// Everything up to `through` is on the disk.
    pub(super) fn synced(&self, through: u64, took: Duration) {
        let mut marks = self.marks();
        let figures = &mut marks.figures;
        figures.synced = through;
        figures.syncs += 1;
        figures.slowest_sync_us = figures.slowest_sync_us.max(micros(took));
        drop(marks);
        self.moved.notify_all();
    }

    /// Waits until record `number` is synced; false if that did not happen in time.
    pub(super) fn wait_synced(&self, number: u64, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut marks = self.marks();
        marks.wanted = marks.wanted.max(number);
        self.moved.notify_all();
        while marks.figures.synced < number && !marks.in_doubt {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.moved.wait_timeout(marks, left);
            marks = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !marks.in_doubt
    }

    /// Whether the record of a new call can be kept: not while the disk says no for longer than
    /// [`STALLED`], nor with half of the memory used. One that is only slow takes them in the end.
    pub(super) fn keeps(&self, now: Instant) -> Result<(), String> {
        let marks = self.marks();
        if marks.in_doubt {
            return Err("records: a sync to disk failed; restart to be sure of it".to_owned());
        }
        if marks.queue.len() > self.spill / 2 {
            let waiting = marks.queue.len();
            return Err(format!("records: {waiting} wait for the disk"));
        }
        match &marks.fault {
            Some(fault) if marks.is_stalled(now) => Err(format!("records: {fault}")),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a node with this store is one to send calls to.
    pub(super) fn ready(&self, now: Instant) -> Result<(), String> {
        self.keeps(now)?;
        if self.marks().is_stalled(now) {
            return Err("records: the disk is slow".to_owned());
        }
        Ok(())
    }

    /// What waits in memory.
    pub(super) fn backlog(&self) -> usize {
        self.marks().queue.len()
    }

    /// Nothing more is taken; what is there is written if the disk lets it.
    pub(super) fn close(&self) {
        self.marks().closing = true;
        self.work.notify_all();
        self.moved.notify_all();
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

//! The store's two threads and the handle to them.

use super::lane::{Lane, StoreFigures};
use super::write::{Write, commit};
use super::{
    BATCH, CHECKPOINT_RECORDS, GATHER, RETRY, SPILL, SYNC_AFTER, StoreError, WAL_FRAMES, schema,
};
use crate::record::{Cdr, Opened};
use rusqlite::Connection;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where the store is and how much it may hold in memory.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The database file; `-wal`, `-shm` and `.lock` lie beside it.
    pub path: PathBuf,
    /// Records that may wait in memory; [`SPILL`] unless a test wants less.
    pub spill: usize,
}

impl StoreConfig {
    /// The usual settings.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> StoreConfig {
        StoreConfig { path: path.into(), spill: SPILL }
    }
}

/// What was found at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Calls that were open when the last process died, now closed as `lost`.
    pub lost: usize,
}

/// The number of a posted record, to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// The handle: posts never block and touch no file. Dropping it writes what waits, if the disk
/// lets it, and ends the threads.
#[derive(Debug)]
pub struct Store {
    lane: Arc<Lane>,
    threads: Vec<JoinHandle<()>>,
    /// Held for as long as the store is open.
    _lock: File,
}

impl Store {
    /// Opens the store, closes what a dead process left open, and starts the threads.
    pub fn open(config: &StoreConfig) -> Result<(Store, Recovered), StoreError> {
        let lock = lock_beside(&config.path)?;
        let mut connection = schema::open_for_writing(&config.path)?;
        let lost = close_lost(&mut connection)?;
        // Made before the first record, so that the WAL exists and is never another file.
        let checkpointer = schema::open_for_writing(&config.path)?;
        checkpointer.query_row("SELECT count(*) FROM plans", [], |_| Ok(()))?;
        let wal_path = wal_of(&config.path);
        let wal = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&wal_path)
            .map_err(|source| StoreError::File { path: wal_path, source })?;
        let lane = Arc::new(Lane::new(config.spill));
        let for_writer = lane.clone();
        let for_syncer = lane.clone();
        let threads = vec![
            spawn("store-write", move || write_loop(&for_writer, &mut connection))?,
            spawn("store-sync", move || sync_loop(&for_syncer, &wal, &checkpointer))?,
        ];
        Ok((Store { lane, threads, _lock: lock }, Recovered { lost }))
    }

    /// Posts a record; false says that it was turned away and counted, because the disk has not
    /// kept up for long. Never blocks.
    pub fn post(&self, write: impl Into<Write>) -> bool {
        self.lane.post(write.into()).is_some()
    }

    /// Posts a record that somebody will be told is safe; see [`Store::wait`].
    pub fn promise(&self, write: impl Into<Write>) -> Option<Ticket> {
        self.lane.post(write.into()).map(Ticket)
    }

    /// Waits until the record is on the disk, and hurries the sync. False: not in time, or the
    /// sync failed. Blocks, so it is nothing for a worker's loop.
    #[must_use]
    pub fn wait(&self, ticket: Ticket, at_most: Duration) -> bool {
        self.lane.wait_synced(ticket.0, at_most)
    }

    /// Waits until all that was posted so far is on the disk.
    #[must_use]
    pub fn flush(&self, at_most: Duration) -> bool {
        let posted = self.lane.marks().figures.posted;
        self.lane.wait_synced(posted, at_most)
    }

    /// Whether the record of a new call can be kept; the text says why not.
    pub fn keeps(&self) -> Result<(), String> {
        self.lane.keeps(Instant::now())
    }

    /// Whether this is a node to send calls to: one with a slow disk still keeps records, but others
    /// are better. The text says why not.
    pub fn ready(&self) -> Result<(), String> {
        self.lane.ready(Instant::now())
    }

    /// The store's figures.
    #[must_use]
    pub fn figures(&self) -> StoreFigures {
        self.lane.marks().figures
    }

    /// Records that wait in memory.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.lane.backlog()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.lane.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked");
            }
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map_err(|source| StoreError::File { path: PathBuf::from(name), source })
}

/// Takes the lock that says: this process writes here. The kernel drops it with the process.
fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let lock_path = beside(path, ".lock");
    let file = File::create(&lock_path)
        .map_err(|source| StoreError::File { path: lock_path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path: lock_path, source }),
    }
}

fn wal_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Turns rows with a begin and no end into records with the cause `lost`. They ended, for all that
/// is known, when the last thing was written.
fn close_lost(connection: &mut Connection) -> Result<usize, StoreError> {
    let last_ms: Option<i64> = connection.query_row(
        "SELECT max(coalesce((SELECT max(began_ms) FROM calls), 0),
                    coalesce((SELECT max(ended_ms) FROM calls), 0))",
        [],
        |row| row.get(0),
    )?;
    let open: Vec<(String, String)> = connection
        .prepare("SELECT id, record FROM calls WHERE ended_ms IS NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut closed = Vec::new();
    for (call, record) in open {
        let opened: Opened = serde_json::from_str(&record)
            .map_err(|error| StoreError::Record { call, why: error.to_string() })?;
        closed.push(Write::End(Box::new(Cdr::lost(opened, last_ms.unwrap_or(0)))));
    }
    for batch in closed.chunks(BATCH) {
        commit(connection, batch)?;
    }
    Ok(closed.len())
}

/// The writer: waits, gathers, commits, and tries again for as long as the disk says no.
fn write_loop(lane: &Lane, connection: &mut Connection) {
    while lane.wait_for_work() {
        if lane.backlog() < BATCH && !lane.marks().closing {
            std::thread::sleep(GATHER);
        }
        let (oldest, batch) = lane.take(BATCH);
        loop {
            match commit(connection, &batch) {
                Ok(refused) => {
                    lane.written(oldest, batch.len(), refused);
                    break;
                }
                Err(error) => {
                    let known = lane.marks().fault.is_some();
                    if !known {
                        tracing::error!(%error, records = batch.len(), "records not written yet");
                    }
                    if !lane.failed(error.to_string(), RETRY) {
                        give_up(lane, batch.len());
                        return;
                    }
                }
            }
        }
    }
    lane.marks().writer_done = true;
    lane.moved.notify_all();
}

/// The process ends and the disk still says no.
fn give_up(lane: &Lane, in_hand: usize) {
    let waiting = lane.backlog() + in_hand;
    tracing::error!(records = waiting, "records given up at the end");
    let mut marks = lane.marks();
    marks.figures.refused += waiting as u64;
    marks.writer_done = true;
    drop(marks);
    lane.moved.notify_all();
}

/// The syncer: after a commit it waits a little for more, unless somebody waits for it, then syncs
/// the WAL file and, when that has grown, copies it into the database.
fn sync_loop(lane: &Lane, wal: &File, checkpointer: &Connection) {
    let mut checkpointed = 0;
    while let Some(through) = wait_for_commit(lane) {
        let began = Instant::now();
        if let Err(error) = wal.sync_data() {
            // What the kernel held may be gone from its memory and not on the disk: a second
            // sync that succeeds would prove nothing.
            tracing::error!(%error, "records not synced");
            lane.marks().in_doubt = true;
            lane.moved.notify_all();
            return;
        }
        lane.synced(through, began.elapsed());
        if through - checkpointed >= CHECKPOINT_RECORDS {
            checkpoint(checkpointer);
            checkpointed = through;
        }
    }
}

/// Waits until it is time to sync and says through which record; none when all is over.
fn wait_for_commit(lane: &Lane) -> Option<u64> {
    let mut marks = lane.marks();
    loop {
        let unsynced = marks.figures.written > marks.figures.synced;
        if !unsynced && marks.writer_done {
            return None;
        }
        let due = marks.unsynced_since.filter(|_| unsynced).map(|at| at + SYNC_AFTER);
        let hurry = marks.wanted > marks.figures.synced || marks.closing;
        marks = match due {
            None => lane.moved.wait(marks).unwrap_or_else(PoisonError::into_inner),
            Some(due) => {
                let left = due.saturating_duration_since(Instant::now());
                if hurry || left.is_zero() {
                    marks.unsynced_since = None;
                    return Some(marks.figures.written);
                }
                let waited = lane.moved.wait_timeout(marks, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

/// Copies the WAL into the database without holding up the writer. A writer that never pauses
/// keeps the WAL from starting over, so at some size it is made to wait.
fn checkpoint(connection: &Connection) {
    let frames = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    let done = frames.and_then(|frames: i64| {
        if frames > WAL_FRAMES {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    });
    if let Err(error) = done {
        tracing::warn!(%error, "checkpoint not done");
    }
}

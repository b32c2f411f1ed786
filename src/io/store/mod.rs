//! The durable records: SQLite in WAL mode, written by one thread, synced by another.
//!
//! What "durable" means here, and how it is kept:
//!
//! - *Posted* records (a call's begin and end) go into a bounded queue in memory. The writer
//!   thread gathers what comes within [`GATHER`] and commits it with `synchronous = NORMAL`: the
//!   commit is a write to the WAL, so it is in the kernel's hands and survives `kill -9` of the
//!   process. The published window is [`WRITE_WINDOW`].
//! - A second thread syncs the WAL file to the disk within [`SYNC_WINDOW`] of a commit, so that
//!   loss of power costs no more. It works on its own file handle, so a slow sync does not hold up
//!   the commits. Checkpoints run there too.
//! - *Promised* records wait for that sync: [`Store::promise`] and [`Store::wait`].
//! - A call has one row, its key. A begin makes it (`insert or ignore`), the first end fills it,
//!   anything later changes nothing.
//! - At start, rows that have a begin and no end belong to a process that died: they become
//!   records with the cause `lost`. A lock file keeps a second process from doing that to ours.
//! - A disk that is slow or full blocks nobody: the queue fills, [`Store::ready`] says no, begins
//!   are refused before ends, and what is refused is counted.
//!
//! Measured figures stand in `docs/records.md`.

pub mod cli;
mod error;
mod export;
mod lane;
mod plans;
mod query;
mod schema;
mod shell;
mod write;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use export::{Format, export, mask};
pub use lane::StoreFigures;
pub use plans::PlanTake;
pub use query::{Filter, Found, LIST_LIMIT, Reader, Row};
pub use shell::{Recovered, Store, StoreConfig, Ticket};
pub use write::Write;

use std::time::Duration;

/// A posted record is in the kernel's hands within this time, on a machine that is not starved.
pub const WRITE_WINDOW: Duration = Duration::from_millis(5);
/// A committed record is on the disk within this time, where the disk syncs in half of it.
pub const SYNC_WINDOW: Duration = Duration::from_millis(100);
/// How long the writer gathers records into one commit.
pub const GATHER: Duration = Duration::from_millis(3);
/// How long commits are gathered into one sync; the rest of the window is for the sync itself.
const SYNC_AFTER: Duration = Duration::from_millis(50);
/// Records in one commit.
const BATCH: usize = 512;
/// Records that may wait in memory: more than half a minute of 200 calls a second, some 60 MB.
pub const SPILL: usize = 16_384;
/// A commit that is tried or a record that waits for longer than this makes the store not ready.
const STALLED: Duration = Duration::from_secs(1);
/// Pause before a commit that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// How long a connection waits for another's lock inside one try.
const BUSY: Duration = Duration::from_millis(500);
/// The WAL is copied into the database after so many records.
const CHECKPOINT_RECORDS: u64 = 2_048;
/// The WAL may grow to so many pages of 4 KiB before the writer is made to wait for a checkpoint.
const WAL_FRAMES: i64 = 16_384;

//! The tables, their version, and how a connection is set up.
//!
//! `user_version` counts the steps of [`STEPS`] that a database has taken; a step is never
//! changed, only followed by another.

use super::{BUSY, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The steps from an empty database to today's.
const STEPS: &[&str] = &[
    "
    CREATE TABLE calls (
        id         TEXT PRIMARY KEY NOT NULL,  -- the call's key, 16 hex digits
        began_ms   INTEGER NOT NULL,           -- milliseconds since 1970
        ended_ms   INTEGER,                    -- NULL while the call is open
        trunk      TEXT NOT NULL,
        caller     TEXT NOT NULL,              -- empty if unknown or withheld
        called     TEXT NOT NULL,
        agent      TEXT,                       -- the last one joined
        queue      TEXT,                       -- the last one waited in
        cause      TEXT,
        record     TEXT NOT NULL               -- the whole record as JSON
    ) STRICT;
    CREATE INDEX calls_by_time ON calls (began_ms);
    CREATE INDEX calls_by_caller ON calls (caller, began_ms);
    CREATE INDEX calls_by_agent ON calls (agent, began_ms);
    CREATE INDEX calls_open ON calls (id) WHERE ended_ms IS NULL;
    CREATE TABLE plans (
        hash       TEXT PRIMARY KEY NOT NULL,
        text       TEXT NOT NULL
    ) STRICT;
",
    // 2: when each plan was taken, from where, by what.
    "
    CREATE TABLE plan_takes (
        number     INTEGER PRIMARY KEY,        -- in the order in which they were taken
        hash       TEXT NOT NULL,
        taken_ms   INTEGER NOT NULL,           -- milliseconds since 1970
        source     TEXT NOT NULL,              -- the file or folder, or `demo`
        by         TEXT NOT NULL               -- start, SIGHUP, API, change, rollback, trial, tried
    ) STRICT;
",
];

/// Opens the database for writing, made and brought up to date as needed.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    make_private(path)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens an existing database for reading, also beside a process that writes to it.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    let found = version(&connection)?;
    if found > known() {
        return Err(StoreError::TooNew { found, known: known() });
    }
    Ok(connection)
}

/// Makes the file for its owner only, for there are people's numbers in it; SQLite gives the files
/// beside it the same mode. An existing file keeps the mode that its owner gave it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let made = File::options().create_new(true).write(true).mode(0o600).open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::File { path: path.to_owned(), source }),
    }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > known() {
        return Err(StoreError::TooNew { found, known: known() });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (step, number) in STEPS.iter().zip(1_i64..).skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

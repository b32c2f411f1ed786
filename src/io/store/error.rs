//! What can go wrong with the store, in words for an operator.

use std::fmt;
use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the store open for writing.
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// A newer version of the program wrote it.
    TooNew {
        /// The schema version found.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no such database (reading does not make one).
    Missing {
        /// The database.
        path: PathBuf,
    },
    /// A file could not be opened, locked or synced.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite said no.
    Sqlite(rusqlite::Error),
    /// A stored record cannot be read.
    Record {
        /// The call.
        call: String,
        /// Why.
        why: String,
    },
    /// The output could not be written.
    Output(std::io::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::InUse { path } => {
                let path = path.display();
                write!(
                    f,
                    "{path}: another process writes to it; end that one, or use another database \
                     with `record: path:` in the plan or --db"
                )
            }
            StoreError::TooNew { found, known } => write!(
                f,
                "the database has schema version {found}, this program knows up to {known}: use \
                 the program that wrote it or a newer one"
            ),
            StoreError::Missing { path } => write!(f, "{}: no such database", path.display()),
            StoreError::File { path, source } => {
                write!(f, "cannot use {}: {source}", path.display())
            }
            StoreError::Sqlite(source) => write!(f, "database: {source}"),
            StoreError::Record { call, why } => write!(f, "the record of call {call}: {why}"),
            StoreError::Output(source) => write!(f, "output: {source}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::File { source, .. } | StoreError::Output(source) => Some(source),
            StoreError::Sqlite(source) => Some(source),
            StoreError::InUse { .. }
            | StoreError::TooNew { .. }
            | StoreError::Missing { .. }
            | StoreError::Record { .. } => None,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite(source)
    }
}

impl From<std::io::Error> for StoreError {
    fn from(source: std::io::Error) -> StoreError {
        StoreError::Output(source)
    }
}

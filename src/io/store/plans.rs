//! Plans that were taken: their texts by hash, and when each was taken, from where, by what.

use super::{Reader, StoreError};
use rusqlite::OptionalExtension;
use serde::Serialize;

/// Most that are listed.
const LISTED: usize = 1_000;

/// A plan that was taken once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanTake {
    /// Its hash.
    pub hash: String,
    /// When: milliseconds since 1970.
    pub taken_ms: i64,
    /// The file or folder that it came from.
    pub source: String,
    /// What took it: `start`, `SIGHUP`, `API`, `change`, `rollback`, `trial`; `tried` if
    /// it was only begun with.
    pub by: String,
}

impl Reader {
    /// The text of a plan by its hash: JSON, a list of `name` and `text`.
    pub fn plan(&self, hash: &str) -> Result<Option<String>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT text FROM plans WHERE hash = ?1")?;
        Ok(statement.query_row([hash], |row| row.get(0)).optional()?)
    }

    /// Plans as they were taken, the last one first.
    pub fn plan_takes(&self) -> Result<Vec<PlanTake>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT hash, taken_ms, source, by FROM plan_takes ORDER BY number DESC LIMIT ?1",
        )?;
        let takes = statement.query_map([LISTED as i64], |row| {
            Ok(PlanTake {
                hash: row.get(0)?,
                taken_ms: row.get(1)?,
                source: row.get(2)?,
                by: row.get(3)?,
            })
        })?;
        Ok(takes.collect::<Result<_, _>>()?)
    }

    /// The whole hashes that begin so, each once.
    pub fn plan_hashes(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash FROM plans WHERE substr(hash, 1, ?2) = ?1 LIMIT 10")?;
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let hashes = statement.query_map(rusqlite::params![prefix, length], |row| row.get(0))?;
        Ok(hashes.collect::<Result<_, _>>()?)
    }
}

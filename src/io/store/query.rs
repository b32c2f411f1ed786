//! Reading records: one by its call, or many by what they have in common, newest first.

use super::export::mask;
use super::{StoreError, schema};
use crate::record::{Cdr, Opened, masked};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde::Serialize;
use std::path::Path;

/// The most that one list gives.
pub const LIST_LIMIT: usize = 1_000;

/// Which records. An empty filter means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Calls that began at or after this: milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Calls that began before this.
    pub until_ms: Option<i64>,
    /// The call's cause, as [`crate::base::Cause::as_str`] has it.
    pub cause: Option<String>,
    /// The agent joined last.
    pub agent: Option<String>,
    /// The caller's whole number.
    pub caller: Option<String>,
    /// At most so many; a list never gives more than [`LIST_LIMIT`].
    pub limit: Option<usize>,
}

/// A record in a list: what is asked for most.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The call's key.
    pub call: String,
    /// When it began: milliseconds since 1970.
    pub began_ms: i64,
    /// When it ended.
    pub ended_ms: i64,
    /// The trunk.
    pub trunk: String,
    /// The caller; empty if unknown or withheld.
    pub caller: String,
    /// The called number.
    pub called: String,
    /// The agent joined last.
    pub agent: Option<String>,
    /// The queue waited in last.
    pub queue: Option<String>,
    /// Why it ended.
    pub cause: String,
}

/// What is stored of a call.
#[derive(Debug)]
pub enum Found {
    /// It is over.
    Ended(Box<Cdr>),
    /// It has begun; what is known of that.
    Open(Opened),
}

impl Row {
    /// The row as it may be shown: the caller's number masked unless `numbers`.
    #[must_use]
    pub fn shown(mut self, numbers: bool) -> Row {
        if !numbers {
            self.caller = masked(&self.caller);
        }
        self
    }
}

impl Found {
    /// The record as it may be shown: the caller's number and digits masked unless `numbers`.
    #[must_use]
    pub fn shown(mut self, numbers: bool) -> Found {
        match &mut self {
            Found::Ended(cdr) => mask(cdr, numbers),
            Found::Open(opened) if !numbers => opened.caller = masked(&opened.caller),
            Found::Open(_) => {}
        }
        self
    }

    /// The record as JSON; one that is not closed yet has `"open": true`.
    pub fn json(&self) -> Result<serde_json::Value, StoreError> {
        let value = match self {
            Found::Ended(cdr) => serde_json::to_value(cdr),
            Found::Open(opened) => serde_json::to_value(opened).map(|mut value| {
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("open".to_owned(), true.into());
                }
                value
            }),
        };
        Ok(value.map_err(std::io::Error::from)?)
    }
}

/// A connection for reading.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
}

impl Reader {
    /// Opens an existing database; also while a process writes to it.
    pub fn open(path: &Path) -> Result<Reader, StoreError> {
        Ok(Reader { connection: schema::open_for_reading(path)? })
    }

    /// Finished calls, newest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Row>, StoreError> {
        let limit = filter.limit.unwrap_or(LIST_LIMIT).min(LIST_LIMIT);
        let (sql, values) = select(
            "id, began_ms, ended_ms, trunk, caller, called, agent, queue, cause",
            filter,
            Some(limit),
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| {
            Ok(Row {
                call: row.get(0)?,
                began_ms: row.get(1)?,
                ended_ms: row.get(2)?,
                trunk: row.get(3)?,
                caller: row.get(4)?,
                called: row.get(5)?,
                agent: row.get(6)?,
                queue: row.get(7)?,
                cause: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One call by its key.
    pub fn get(&self, call: &str) -> Result<Option<Found>, StoreError> {
        let row: Option<(bool, String)> = self
            .connection
            .prepare_cached("SELECT ended_ms IS NOT NULL, record FROM calls WHERE id = ?1")?
            .query_row([call], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((ended, record)) = row else { return Ok(None) };
        let broken = |error: serde_json::Error| StoreError::Record {
            call: call.to_owned(),
            why: error.to_string(),
        };
        Ok(Some(if ended {
            Found::Ended(Box::new(serde_json::from_str(&record).map_err(broken)?))
        } else {
            Found::Open(serde_json::from_str(&record).map_err(broken)?)
        }))
    }

    /// Finished calls, newest first, one at a time, whole, without a limit but the filter's own.
    pub fn each(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Cdr) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let (sql, values) = select("id, record", filter, filter.limit);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let record: String = row.get(1)?;
            let cdr = serde_json::from_str(&record).map_err(|error| StoreError::Record {
                call: row.get(0).unwrap_or_default(),
                why: error.to_string(),
            })?;
            take(cdr)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Only the conditions that are asked for, so that an index can serve them.
fn select(columns: &str, filter: &Filter, limit: Option<usize>) -> (String, Vec<Value>) {
    let mut sql = format!("SELECT {columns} FROM calls WHERE ended_ms IS NOT NULL");
    let mut values = Vec::new();
    let text = |value: &Option<String>| value.clone().map(Value::Text);
    for (condition, value) in [
        (" AND began_ms >= ?", filter.since_ms.map(Value::Integer)),
        (" AND began_ms < ?", filter.until_ms.map(Value::Integer)),
        (" AND cause = ?", text(&filter.cause)),
        (" AND agent = ?", text(&filter.agent)),
        (" AND caller = ?", text(&filter.caller)),
    ] {
        if let Some(value) = value {
            sql.push_str(condition);
            values.push(value);
        }
    }
    sql.push_str(" ORDER BY began_ms DESC, id DESC");
    if let Some(limit) = limit {
        sql.push_str(" LIMIT ?");
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    }
    (sql, values)
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({} {})", self.call, self.cause)
    }
}

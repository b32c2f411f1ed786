//! What is written, and how each becomes a row.

use crate::record::{Cdr, Opened, Posted};
use rusqlite::{Connection, ErrorCode, params};

/// One record to be written.
#[derive(Clone, Debug)]
pub enum Write {
    /// A call began.
    Begin(Opened),
    /// A call is over.
    End(Box<Cdr>),
    /// A plan that was taken, so that a decision taken under it can be understood later.
    Plan {
        /// Hash of its texts.
        hash: String,
        /// Its texts: JSON, a list of `name` and `text`.
        text: String,
        /// When it was taken.
        taken_ms: i64,
        /// The file or folder that it came from.
        source: String,
        /// What took it.
        by: &'static str,
    },
}

impl From<Posted> for Write {
    fn from(posted: Posted) -> Write {
        match posted {
            Posted::Begin(opened) => Write::Begin(opened),
            Posted::End(cdr) => Write::End(cdr),
        }
    }
}

const BEGIN: &str = "
    INSERT OR IGNORE INTO calls (id, began_ms, trunk, caller, called, record)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The first end fills the row; a later one finds it filled and changes nothing. What the begin wrote
/// is the same in the end: to write it again would move the row in every index.
const END: &str = "
    INSERT INTO calls
        (id, began_ms, ended_ms, trunk, caller, called, agent, queue, cause, record)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (id) DO UPDATE SET
        ended_ms = excluded.ended_ms, agent = excluded.agent, queue = excluded.queue,
        cause = excluded.cause, record = excluded.record
    WHERE calls.ended_ms IS NULL";

const PLAN: &str = "INSERT OR IGNORE INTO plans (hash, text) VALUES (?1, ?2)";

const TAKE: &str = "INSERT INTO plan_takes (hash, taken_ms, source, by) VALUES (?1, ?2, ?3, ?4)";

/// Writes all of them in one transaction and says how many were refused as records (by a
/// constraint, by size), which no second try would mend. An error means that nothing was written.
pub(super) fn commit(connection: &mut Connection, batch: &[Write]) -> rusqlite::Result<u64> {
    let transaction = connection.transaction()?;
    let mut refused = 0;
    for write in batch {
        match apply(&transaction, write) {
            Ok(()) => {}
            Err(error) if is_of_the_record(&error) => {
                tracing::error!(%error, "a record cannot be written");
                refused += 1;
            }
            Err(error) => return Err(error),
        }
    }
    transaction.commit()?;
    Ok(refused)
}

fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Begin(opened) => connection.prepare_cached(BEGIN)?.execute(params![
            opened.call,
            opened.began_ms,
            opened.trunk,
            opened.caller,
            opened.called,
            json(opened)?,
        ])?,
        Write::End(cdr) => connection.prepare_cached(END)?.execute(params![
            cdr.opened.call,
            cdr.opened.began_ms,
            cdr.ended_ms,
            cdr.opened.trunk,
            cdr.opened.caller,
            cdr.opened.called,
            cdr.agent,
            cdr.queue,
            cdr.cause,
            json(cdr)?,
        ])?,
        Write::Plan { hash, text, taken_ms, source, by } => {
            connection.prepare_cached(PLAN)?.execute(params![hash, text])?;
            connection.prepare_cached(TAKE)?.execute(params![hash, taken_ms, source, by])?
        }
    };
    Ok(())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Whether the record is at fault and not the disk.
fn is_of_the_record(error: &rusqlite::Error) -> bool {
    if let rusqlite::Error::ToSqlConversionFailure(_) = error {
        return true;
    }
    let code = error.sqlite_error_code();
    [ErrorCode::ConstraintViolation, ErrorCode::TooBig, ErrorCode::TypeMismatch]
        .into_iter()
        .any(|of_the_record| code == Some(of_the_record))
}

//! Records out to other programs, one at a time, so that millions fit through.

use super::{Filter, Reader, StoreError};
use crate::record::{Cdr, masked};
use jiff::Timestamp;
use std::io::Write;

/// How records are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One line a call under a line of names; for spreadsheets.
    Csv,
    /// The whole record as one JSON object a line (JSON Lines).
    Json,
}

const COLUMNS: [&str; 20] = [
    "call",
    "began",
    "answered",
    "ended",
    "trunk",
    "caller",
    "withheld",
    "called",
    "queue",
    "agent",
    "ended_by",
    "cause",
    "sip_status",
    "q850",
    "setup_ms",
    "ring_ms",
    "wait_ms",
    "talk_ms",
    "hold_ms",
    "total_ms",
];

/// Writes the finished calls that the filter lets through, newest first, and says how many.
/// Callers' numbers and digits are masked unless `numbers`.
pub fn export(
    reader: &Reader,
    filter: &Filter,
    format: Format,
    numbers: bool,
    out: &mut dyn Write,
) -> Result<u64, StoreError> {
    match format {
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(COLUMNS).map_err(csv_error)?;
            let count = reader.each(filter, |mut cdr| {
                mask(&mut cdr, numbers);
                csv.write_record(line(&cdr)).map_err(csv_error)
            })?;
            csv.flush()?;
            Ok(count)
        }
        Format::Json => reader.each(filter, |mut cdr| {
            mask(&mut cdr, numbers);
            serde_json::to_writer(&mut *out, &cdr).map_err(std::io::Error::from)?;
            Ok(out.write_all(b"\n")?)
        }),
    }
}

/// Masks what belongs to the caller, unless it was asked for.
pub fn mask(cdr: &mut Cdr, numbers: bool) {
    if !numbers {
        cdr.opened.caller = masked(&cdr.opened.caller);
        for entered in &mut cdr.digits {
            entered.digits = masked(&entered.digits);
        }
    }
}

/// The time as RFC 3339 in UTC; empty for a time that no calendar has.
pub(super) fn utc(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

fn line(cdr: &Cdr) -> [String; COLUMNS.len()] {
    let text = |value: &str| harmless(value);
    let d = &cdr.durations;
    [
        cdr.opened.call.clone(),
        utc(cdr.opened.began_ms),
        cdr.answered_ms.map(utc).unwrap_or_default(),
        utc(cdr.ended_ms),
        text(&cdr.opened.trunk),
        text(&cdr.opened.caller),
        cdr.opened.caller_withheld.to_string(),
        text(&cdr.opened.called),
        text(cdr.queue.as_deref().unwrap_or_default()),
        text(cdr.agent.as_deref().unwrap_or_default()),
        cdr.ended_by.clone(),
        cdr.cause.clone(),
        cdr.sip_status.to_string(),
        cdr.q850.to_string(),
        d.setup_ms.to_string(),
        d.ring_ms.to_string(),
        d.wait_ms.to_string(),
        d.talk_ms.to_string(),
        d.hold_ms.to_string(),
        d.total_ms.to_string(),
    ]
}

/// What came from the network must not become a formula in somebody's spreadsheet: such a value
/// gets a quote before it. A plus sign before a digit is a number and stays.
fn harmless(value: &str) -> String {
    let mut chars = value.chars();
    let formula = match chars.next() {
        Some('=' | '@' | '-' | '\t' | '\r') => true,
        Some('+') => !chars.all(|c| c.is_ascii_digit()),
        Some(_) | None => false,
    };
    if formula { format!("'{value}") } else { value.to_owned() }
}

fn csv_error(error: csv::Error) -> StoreError {
    StoreError::Output(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_value_from_the_network_is_no_formula() {
        for (value, written) in [
            ("+390212345", "+390212345"),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("@x", "'@x"),
            ("anna", "anna"),
            ("", ""),
        ] {
            assert_eq!(harmless(value), written);
        }
    }
}

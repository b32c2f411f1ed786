//! `centralino cdr list|show|export`: records as a person or a program reads them.
//!
//! `main` reads the arguments and gives a [`Write`]; results go there and nowhere else. Callers'
//! numbers and digits are masked unless asked for.

use super::export::utc;
use super::{Filter, Format, Found, Reader, Row, StoreError};
use crate::record::cdr::{DecisionRecord, OfferOutcome};
use crate::record::{Cdr, Opened};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::Write;

/// How results are shown.
#[derive(Clone, Debug)]
pub struct Show {
    /// Callers' numbers and digits in clear.
    pub numbers: bool,
    /// JSON instead of a table or a story.
    pub json: bool,
    /// The zone of the times in tables and stories; JSON and CSV are in UTC.
    pub zone: TimeZone,
}

/// A table of finished calls, newest first. The number of calls comes back.
pub fn list(
    reader: &Reader,
    filter: &Filter,
    show: &Show,
    out: &mut dyn Write,
) -> Result<usize, StoreError> {
    let rows: Vec<Row> =
        reader.list(filter)?.into_iter().map(|row| row.shown(show.numbers)).collect();
    if show.json {
        serde_json::to_writer_pretty(&mut *out, &rows).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(rows.len());
    }
    let mut table = vec![
        ["CALL", "BEGAN", "LASTED", "CALLER", "CALLED", "QUEUE", "AGENT", "CAUSE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for row in &rows {
        table.push(vec![
            row.call.clone(),
            local(row.began_ms, &show.zone),
            lasted(u64::try_from(row.ended_ms - row.began_ms).unwrap_or(0)),
            or_dash(&row.caller),
            printable(&row.called),
            or_dash(row.queue.as_deref().unwrap_or_default()),
            or_dash(row.agent.as_deref().unwrap_or_default()),
            row.cause.clone(),
        ]);
    }
    write_table(&table, out)?;
    Ok(rows.len())
}

/// One call in full; false if there is none of that key.
pub fn show(
    reader: &Reader,
    call: &str,
    how: &Show,
    out: &mut dyn Write,
) -> Result<bool, StoreError> {
    let Some(found) = reader.get(call)? else { return Ok(false) };
    let found = found.shown(how.numbers);
    if how.json {
        serde_json::to_writer_pretty(&mut *out, &found.json()?).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(true);
    }
    match found {
        Found::Ended(cdr) => tell(&cdr, how, out)?,
        Found::Open(opened) => {
            writeln!(out, "call {}: in progress, or not closed yet", opened.call)?;
            writeln!(out, "  from    {}", caller(&opened))?;
            writeln!(out, "  to      {}", printable(&opened.called))?;
            writeln!(out, "  began   {}", local(opened.began_ms, &how.zone))?;
        }
    }
    Ok(true)
}

/// Finished calls as CSV or JSON Lines; see [`super::export()`].
pub fn export(
    reader: &Reader,
    filter: &Filter,
    format: Format,
    numbers: bool,
    out: &mut dyn Write,
) -> Result<u64, StoreError> {
    super::export(reader, filter, format, numbers, out)
}

/// The call as a story: who, how long, then what happened in order.
fn tell(cdr: &Cdr, how: &Show, out: &mut dyn Write) -> Result<(), StoreError> {
    let d = cdr.durations;
    writeln!(out, "call {}", cdr.opened.call)?;
    writeln!(out, "  from    {}", caller(&cdr.opened))?;
    writeln!(out, "  to      {}", printable(&cdr.opened.called))?;
    writeln!(
        out,
        "  began   {}  ({})",
        local(cdr.opened.began_ms, &how.zone),
        utc(cdr.opened.began_ms)
    )?;
    writeln!(
        out,
        "  lasted  {}: setup {}, ring {}, wait {}, talk {} (hold {})",
        lasted(d.total_ms),
        lasted(d.setup_ms),
        lasted(d.ring_ms),
        lasted(d.wait_ms),
        lasted(d.talk_ms),
        lasted(d.hold_ms),
    )?;
    writeln!(
        out,
        "  ended   by {}: {} (SIP {}, Q.850 {})",
        cdr.ended_by, cdr.cause, cdr.sip_status, cdr.q850
    )?;
    writeln!(out, "  plan    {}", printable(&cdr.opened.plan))?;
    for (at_ms, line) in timeline(cdr) {
        writeln!(out, "  {:>9}  {line}", format!("+{:.3}", at_ms as f64 / 1_000.0))?;
    }
    for leg in &cdr.legs {
        write!(out, "  leg {:<3} {}", leg.leg, printable(&leg.sip_call_id))?;
        if let Some(media) = leg.media {
            write!(
                out,
                "  rtp in {} out {} lost {} dropped {} jitter {:.1} ms",
                media.packets_received,
                media.packets_sent,
                media.packets_lost,
                media.packets_dropped,
                f64::from(media.jitter_us) / 1_000.0
            )?;
        }
        writeln!(out)?;
    }
    for decision in &cdr.decisions {
        tell_decision(decision, out)?;
    }
    Ok(())
}

fn caller(opened: &Opened) -> String {
    let who = match (opened.caller_withheld, opened.caller.as_str()) {
        (true, _) => "withheld".to_owned(),
        (false, "") => "unknown".to_owned(),
        (false, number) => printable(number),
    };
    format!("{who} by trunk {}", printable(&opened.trunk))
}

fn timeline(cdr: &Cdr) -> Vec<(u64, String)> {
    let mut lines = Vec::new();
    for visited in &cdr.states {
        lines.push((visited.at_ms, format!("state {}", printable(&visited.state))));
    }
    for entered in &cdr.digits {
        lines.push((entered.at_ms, format!("digits {}", printable(&entered.digits))));
    }
    for stay in &cdr.queues {
        let (queue, wait) = (printable(&stay.queue), lasted(stay.wait_ms));
        lines.push((stay.at_ms, format!("queue {queue}: {} after {wait}", stay.outcome)));
    }
    for taken in &cdr.routes {
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
        let (route, trunk) = (name(&taken.route), name(&taken.trunk));
        let (route, trunk) = (printable(&route), printable(&trunk));
        lines.push((taken.at_ms, format!("route {route}, trunk {trunk}: {}", taken.outcome)));
    }
    for offer in &cdr.offers {
        let (to, rang) = (printable(&offer.to), lasted(offer.ring_ms));
        let end = match &offer.outcome {
            OfferOutcome::Joined => "joined".to_owned(),
            OfferOutcome::Ended { cause, status: None } => cause.clone(),
            OfferOutcome::Ended { cause, status: Some(status) } => format!("{cause} {status}"),
            OfferOutcome::Open => "taken back at the end".to_owned(),
        };
        lines
            .push((offer.at_ms, format!("offer to {to} on leg {}: rang {rang}, {end}", offer.leg)));
    }
    for talk in &cdr.talks {
        let (with, talked, held) =
            (printable(&talk.with), lasted(talk.talk_ms), lasted(talk.hold_ms));
        lines.push((talk.at_ms, format!("talk with {with}: {talked}, on hold {held}")));
    }
    lines.sort_by_key(|&(at_ms, _)| at_ms);
    lines
}

fn tell_decision(decision: &DecisionRecord, out: &mut dyn Write) -> Result<(), StoreError> {
    let winner = decision.winner.as_deref().unwrap_or("nobody");
    writeln!(
        out,
        "  decision in {} step {} after {}: {} — {}",
        or_dash(&decision.queue),
        decision.step,
        lasted(decision.waited_ms),
        printable(winner),
        printable(&decision.reason),
    )?;
    for candidate in &decision.candidates {
        let terms: Vec<String> = candidate
            .terms
            .iter()
            .map(|(term, value)| match value {
                Some(value) => format!("{term} {value}"),
                None => format!("{term} unbounded"),
            })
            .collect();
        let name = printable(&candidate.agent);
        match &candidate.ruled_out {
            Some(rule) => writeln!(out, "    {name}: ruled out by {}", printable(rule))?,
            None => writeln!(out, "    {name}: {}", terms.join(", "))?,
        }
    }
    Ok(())
}

/// The time in the reader's zone, to the second.
fn local(ms: i64, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// `12.3s`, `4m05s`, `1h02m03s`.
fn lasted(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{}.{}s", seconds, ms % 1_000 / 100),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600.. => format!("{}h{:02}m{:02}s", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}

fn or_dash(value: &str) -> String {
    if value.is_empty() { "-".to_owned() } else { printable(value) }
}

/// What came from the network must not steer a terminal: control characters become `?`.
fn printable(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn write_table(table: &[Vec<String>], out: &mut dyn Write) -> Result<(), StoreError> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| {
        table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in table {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

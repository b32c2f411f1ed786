//! A test as SIPp scenarios: the same calls on real sockets, against a router that runs.
//!
//! The test is played on virtual time first. What its phones said there, with the same pauses, is
//! what SIPp says; what they heard is what SIPp waits for. The plan comes along at loopback
//! addresses, its hours open or closed as they are at the time of the test, and so does the record
//! that each call must leave. Agents say ready or not over the API. Nothing is written for a test that cannot be said so: it is told why.

mod pcap;
mod place;
mod scenario;
mod shell;
mod sides;
#[cfg(test)]
mod tests;
mod text;

pub use pcap::recorded_digits;
pub use place::WIRE_PORTS;

use super::{Outcome, Rehearsal};
use crate::dialplan::{Case, Moves, Source, World, moved};
use crate::record::cdr::Cdr;
use place::Places;
use serde_json::{Value, json};
use sides::Side;
use std::net::SocketAddr;
use std::time::Duration;

/// How it is to be written.
#[derive(Clone, Debug)]
pub struct WireOptions {
    /// Where the router will listen; the phones are at the addresses that follow.
    pub at: SocketAddr,
    /// Digits go by INFO and not by RFC 4733: SIPp plays recordings through a raw socket only.
    pub by_info: bool,
    /// The plan's folder.
    pub folder: String,
    /// The plan as it was named, for the comments.
    pub plan: String,
}

/// A test that was written.
#[derive(Debug)]
pub struct Written {
    /// File names and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// How long it lasts.
    pub lasts: Duration,
}

/// The name of the folder for a test.
#[must_use]
pub fn folder_of(case: &Case) -> String {
    sides::fit(&case.name)
}

/// Writes a test that was played.
///
/// # Errors
/// Why it cannot be played on real sockets.
pub fn scenarios(
    rehearsal: &Rehearsal,
    case: &Case,
    outcome: &Outcome,
    sources: &[Source],
    world: &dyn World,
    options: &WireOptions,
) -> Result<Written, String> {
    fits(outcome)?;
    let stage = &rehearsal.stage;
    let sides = sides::sides(&outcome.world, stage.us(), &outcome.stories)?;
    let homes = stage.sites.iter().map(super::stage::Site::socket);
    let places = Places::new(options.at, homes, &sides, &stage.plan)?;
    let lasts = outcome.lasted();
    let mut files = Vec::new();
    for side in &sides {
        if !places.phones.contains_key(&side.home) {
            return Err(format!("{} is dialled, which the plan works out", side.home));
        }
        let scenario = scenario::scenario(side, &case.name, options.by_info)?;
        files.push((format!("{}.xml", side.name), scenario.xml.into_bytes()));
        files.extend(scenario.recordings);
    }
    let moves = Moves {
        listen: places.us,
        http: places.http(),
        media: places.media(),
        phones: places.phones.clone(),
        accept_from: places.accept_from.clone(),
        at: (case.wall_ms.unwrap_or(stage.first_wall_ms), lasts),
        folder: options.folder.clone(),
    };
    let plan = moved(sources, &stage.plan, &moves, world)?;
    let head = format!(
        "# {} for the test {}: at loopback addresses, opening hours open or\n\
         # closed for good as they are at the time of the test (closed: every day is a holiday).\n",
        options.plan, case.name
    );
    files.push(("plan.yaml".to_owned(), (head + &plan).into_bytes()));
    let expected = format!("{:#}\n", expected(case, outcome, &places));
    files.push(("expected.json".to_owned(), expected.into_bytes()));
    let run = shell::run(case, &sides, &places, outcome);
    files.push((shell::NAME.to_owned(), run.into_bytes()));
    Ok(Written { files, lasts })
}

/// What no phone can say.
fn fits(outcome: &Outcome) -> Result<(), String> {
    if !outcome.passed() {
        return Err("it fails on virtual time".to_owned());
    }
    if outcome.stories.is_empty() {
        return Err("nobody calls".to_owned());
    }
    Ok(())
}

/// The record that each call left on virtual time, at the addresses of the wire.
fn expected(case: &Case, outcome: &Outcome, places: &Places) -> Value {
    let call = |story: &super::Story| {
        json!({
            "by": &*story.by,
            "refused": story.refused,
            "record": story.cdr.as_ref().map(|cdr| renamed(cdr, places)),
        })
    };
    let calls: Vec<Value> = outcome.stories.iter().map(call).collect();
    json!({ "test": &*case.name, "calls": calls })
}

fn renamed(cdr: &Cdr, places: &Places) -> Cdr {
    let mut cdr = cdr.clone();
    let talks = cdr.talks.iter_mut().map(|talk| &mut talk.with);
    let offers = cdr.offers.iter_mut().map(|offer| &mut offer.to);
    for name in talks.chain(offers).chain(&mut cdr.agent) {
        if let Some(host) = places.renamed(name) {
            *name = host;
        }
    }
    cdr
}

/// Sides in the order in which they are called; none if nobody is, or if phones are called for
/// different callers at about the same time.
fn order(sides: &[Side]) -> Option<Vec<&str>> {
    /// What two calls may be apart in time without one being sure to come first.
    const APART: Duration = Duration::from_millis(300);
    let one_caller = sides.iter().filter(|side| side.calls_us).count() == 1;
    let called = sides.iter().filter(|side| !side.calls_us);
    let mut begun: Vec<_> = called
        .flat_map(|side| {
            let begins = side.calls.iter().filter_map(|call| call.lines.first());
            begins.map(|line| (line.at, side.name.as_str()))
        })
        .collect();
    begun.sort();
    let mut pairs = begun.iter().zip(begun.iter().skip(1));
    let sure = one_caller || pairs.all(|(a, b)| a.1 == b.1 || b.0.since(a.0) >= APART);
    (sure && !begun.is_empty()).then(|| begun.into_iter().map(|(_, name)| name).collect())
}

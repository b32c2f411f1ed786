//! What is told at the end: what happened, and whether all of it was right.

use super::cast::{Temper, Way};
use super::verify::{Check, Evidence};
use crate::record::Cdr;
use crate::record::cdr::OfferOutcome;
use crate::sim::Ended;
use std::fmt;
use std::time::Duration;

/// Phones that are later than this are told of: the ear and the jitter buffers of others notice it.
const LATE: Duration = Duration::from_millis(100);

/// What the demo itself counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) seed: u64,
    pub(super) ran: Duration,
    /// Read and sent by the router.
    pub(super) packets: (u64, u64),
    pub(super) not_placed: u64,
    pub(super) unsent: u64,
    pub(super) latest: Duration,
    pub(super) left_alive: usize,
}

/// The end of a demo.
#[derive(Clone, Debug)]
pub struct Summary {
    rows: Vec<(&'static str, String)>,
    checks: Vec<Check>,
}

impl Summary {
    /// Whether everything held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(Check::holds)
    }

    /// What was looked at.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }
}

pub(super) fn summary(evidence: &Evidence, figures: Figures, checks: Vec<Check>) -> Summary {
    let Evidence { callers, agents, cdrs, .. } = evidence;
    let ended = |e: fn(&Option<Ended>) -> bool| callers.iter().filter(|c| e(&c.seen.ended)).count();
    let answered = callers.iter().filter(|c| c.seen.confirmed).count();
    let by_way = |way| {
        let of_way = callers.iter().filter(|c| c.caller.way == way);
        of_way.flat_map(|c| &c.caller.entries).map(String::len).sum::<usize>()
    };
    let talks = cdrs.iter().map(|c| c.talks.len()).sum::<usize>();
    let talked = Duration::from_millis(cdrs.iter().map(|c| c.durations.talk_ms).sum());
    let offers = cdrs.iter().flat_map(|c| &c.offers);
    let refused =
        offers.clone().filter(|o| matches!(o.outcome, OfferOutcome::Ended { .. })).count();
    let tempered = |temper| agents.iter().filter(|a| a.temper == temper).count();
    let waited = cdrs.iter().filter(|c| !c.queues.is_empty());
    let abandoned = |c: &Cdr| c.queues.last().is_some_and(|q| q.outcome == "abandoned");
    let lost: u64 = callers.iter().map(|c| c.seen.lost).sum::<u64>()
        + agents.iter().map(|a| a.seen.lost).sum::<u64>();
    let (got, sent) = figures.packets;
    let cut = callers.iter().filter(|c| c.cut_short).count();
    let mut rows = vec![
        ("ran", format!("{:.0} s, seed {}", figures.ran.as_secs_f64(), figures.seed)),
        (
            "calls",
            format!(
                "{} placed, {answered} answered, {} refused, {} cancelled, {cut} cut short by the end",
                callers.len(),
                ended(|e| matches!(e, Some(Ended::Refused(_)))),
                ended(|e| matches!(e, Some(Ended::Cancelled))),
            ),
        ),
        (
            "queues",
            format!(
                "{} calls waited, {} of them gave up; the longest wait {}",
                waited.clone().count(),
                waited.filter(|c| abandoned(c)).count(),
                seconds(cdrs.iter().map(|c| c.durations.wait_ms).max().unwrap_or(0)),
            ),
        ),
        (
            "offers",
            format!(
                "{}, of which {refused} came to nothing; phones: {} busy, {} declined, {} let it ring",
                offers.count(),
                tempered(Temper::Busy),
                tempered(Temper::Declines),
                tempered(Temper::NoAnswer),
            ),
        ),
        ("talks", format!("{talks}, {:.0} s in all", talked.as_secs_f64())),
        ("digits", format!("{} by RFC 4733, {} by INFO", by_way(Way::Events), by_way(Way::Info))),
        ("media", format!("{got} packets in, {sent} out, {lost} missing at the phones")),
    ];
    rows.extend(troubles(&figures).map(|what| ("phones", what)));
    Summary { rows, checks }
}

/// What was wrong with the demo itself, if anything was.
fn troubles(figures: &Figures) -> Option<String> {
    let rows = [
        (figures.not_placed > 0, format!("{} calls not placed: no free line", figures.not_placed)),
        (figures.unsent > 0, format!("{} packets not sent", figures.unsent)),
        (figures.left_alive > 0, format!("{} calls left to the router", figures.left_alive)),
        (
            figures.latest > LATE,
            format!(
                "up to {} ms behind their time: this machine is busy, or too slow for that rate",
                figures.latest.as_millis()
            ),
        ),
    ];
    let told: Vec<String> = rows.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", Duration::from_millis(ms).as_secs_f64())
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, what) in &self.rows {
            writeln!(f, "{name:>8}  {what}")?;
        }
        writeln!(f)?;
        for check in &self.checks {
            let word = if check.holds() { "PASS" } else { "FAIL" };
            let held = check.of.saturating_sub(check.failed);
            writeln!(f, "{word}  {:<64} {held:>6} of {}", check.what, check.of)?;
            for why in &check.told {
                writeln!(f, "      {why}")?;
            }
            if check.failed > check.told.len() {
                writeln!(f, "      and {} more", check.failed - check.told.len())?;
            }
        }
        Ok(())
    }
}

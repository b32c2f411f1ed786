//! Opening hours: `hours:` at the top by name, and in a state in place.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::tree::Node;
use crate::ivr::calendar::{Calendar, Range, parse_days, parse_holiday, parse_range};
use crate::plan::Defaults;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Minutes of a day and of a week.
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// Most times of one calendar that are held against one another.
const TIMES: usize = 100;

/// Calendars by name.
pub(super) fn calendars(
    cx: &mut Checker<'_>,
    node: Option<&Node>,
    defaults: &Defaults,
) -> BTreeMap<String, Arc<Calendar>> {
    let Some(node) = node else { return BTreeMap::new() };
    let entries = cx.entries(node, "opening hours by name");
    entries
        .into_iter()
        .filter_map(|(key, node)| Some((key.text.clone(), calendar(cx, node, defaults)?)))
        .collect()
}

/// One calendar: `zone`, `open`, `holidays`.
pub(super) fn calendar(
    cx: &mut Checker<'_>,
    node: &Node,
    defaults: &Defaults,
) -> Option<Arc<Calendar>> {
    let mut fields = cx.fields(node, "opening hours");
    let zone = fields.take("zone").and_then(|node| super::settings::zone(cx, node));
    let mut calendar = Calendar::new(zone.as_deref().unwrap_or(&defaults.zone))?;
    let errors = cx.errors();
    let mut times: Vec<Opened> = Vec::new();
    if let Some(node) = fields.need("open", cx) {
        for (key, ranges) in cx.entries(node, "days and times") {
            let Some(days) = parse_days(&key.text) else {
                cx.tell(
                    codes::BAD_DAYS,
                    key.at,
                    format!("found `{}`", super::tree::shortened(&key.text)),
                )
                .expected("days such as mon, mon-fri or daily");
                continue;
            };
            for item in cx.items(ranges) {
                let Some(range) = item.scalar().and_then(parse_range) else {
                    cx.tell(codes::BAD_TIMES, item.at, format!("found {}", item.described()))
                        .expected("times such as \"09:00-18:30\"");
                    continue;
                };
                for day in &days {
                    opened(cx, &mut times, Opened { day: *day, range, at: item.at });
                    calendar.open(*day, range);
                }
            }
        }
        if times.is_empty() && cx.errors() == errors {
            cx.tell(codes::NEVER_OPEN, node.at, "these hours never open")
                .expected("open: { mon-fri: [\"09:00-18:00\"] }");
        }
    }
    if let Some(node) = fields.take("holidays") {
        for item in cx.items(node) {
            match item.scalar().and_then(parse_holiday) {
                Some(holiday) => calendar.close(holiday),
                None => {
                    cx.tell(codes::BAD_DATE, item.at, format!("found {}", item.described()))
                        .expected("a date such as \"2026-12-25\", or \"12-25\" for every year");
                }
            }
        }
    }
    fields.finish(cx);
    Some(Arc::new(calendar))
}

/// A range and where it is written.
struct Opened {
    day: usize,
    range: Range,
    at: At,
}

impl Opened {
    /// First minute of the week, and how many.
    fn minutes(&self) -> (u32, u32) {
        let (from, to) = (u32::from(self.range.from), u32::from(self.range.to));
        let begin = u32::try_from(self.day).unwrap_or(0) * DAY + from;
        (begin, if to > from { to - from } else { DAY - from + to })
    }

    /// Whether some minute is in both; the week goes round.
    fn shares(&self, other: &Opened) -> bool {
        let ((begin, len), (other_begin, other_len)) = (self.minutes(), other.minutes());
        (other_begin + WEEK - begin) % WEEK < len || (begin + WEEK - other_begin) % WEEK < other_len
    }
}

/// Tells a time that was open already, once for each place.
fn opened(cx: &mut Checker<'_>, times: &mut Vec<Opened>, new: Opened) {
    if times.len() >= TIMES {
        return;
    }
    let known = times.iter().find(|time| time.shares(&new)).map(|time| time.at.line);
    if let Some(line) = known
        && times.iter().all(|time| time.at != new.at)
    {
        cx.tell(codes::HOURS_OVERLAP, new.at, format!("overlaps with a time of line {line}"))
            .expected("times that follow one another");
    }
    times.push(new);
}

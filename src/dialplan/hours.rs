//! Opening hours: `hours:` at the top by name, and in a state in place.

use super::check::Checker;
use super::tree::Node;
use crate::ivr::calendar::{Calendar, parse_days, parse_holiday, parse_range};
use crate::plan::Defaults;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    if let Some(node) = fields.need("open", cx) {
        for (key, ranges) in cx.entries(node, "days and times") {
            let Some(days) = parse_days(&key.text) else {
                cx.error(key.at, format!("found `{}`", super::tree::shortened(&key.text)))
                    .expected("days such as mon, mon-fri or daily");
                continue;
            };
            for item in cx.items(ranges) {
                let Some(range) = item.scalar().and_then(parse_range) else {
                    cx.error(item.at, format!("found {}", item.described()))
                        .expected("times such as \"09:00-18:30\"");
                    continue;
                };
                days.iter().for_each(|day| calendar.open(*day, range));
            }
        }
    }
    if let Some(node) = fields.take("holidays") {
        for item in cx.items(node) {
            match item.scalar().and_then(parse_holiday) {
                Some(holiday) => calendar.close(holiday),
                None => {
                    cx.error(item.at, format!("found {}", item.described()))
                        .expected("a date such as \"2026-12-25\", or \"12-25\" for every year");
                }
            }
        }
    }
    fields.finish(cx);
    Some(Arc::new(calendar))
}

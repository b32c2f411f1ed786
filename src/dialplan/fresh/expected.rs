//! The tests that a new plan begins with: a call by day reaches the first queue, one by night is told
//! that nobody is there.

use super::{Answers, text};
use crate::ivr::calendar::{Calendar, parse_days, parse_range};
use std::fmt::Write;

/// Monday 12 January 2026, 00:00 UTC, in milliseconds since 1970.
const MONDAY_MS: i64 = 1_768_176_000_000;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES: u16 = 24 * 60;

/// Writes the section `tests`.
pub(super) fn tests(out: &mut String, answers: &Answers, hours: &[(String, Vec<String>)]) {
    let week = Week::new(hours);
    let (Some(queue), Some(open)) = (answers.queues.first(), week.first(true)) else { return };
    let number = answers.numbers.first().map_or_else(|| "1000".to_owned(), |n| fitting(n));
    let number = super::quoted(&number);
    let press = if answers.queues.len() == 1 { "" } else { "\n    press: \"1\"" };
    let _ = writeln!(
        out,
        "\n# What is expected of all this: `centralino test plan.yaml` plays it without a phone or a network.\n\
         tests:\n  \
         a-call-by-day-is-answered:\n    \
         at: {open}\n    \
         call: {number}{press}\n    \
         expect: {{ queue: {}, answered: true, cause: normal_clearing }}",
        text(queue)
    );
    if let Some(closed) = week.first(false) {
        let _ = writeln!(
            out,
            "  nobody-is-there-by-night:\n    \
             at: {closed}\n    \
             call: {number}\n    \
             expect: {{ states: [open, closed, ...], agent: none }}"
        );
    }
}

/// A number that the pattern fits; what only separates its digits does not count.
fn fitting(pattern: &str) -> String {
    pattern.replace("...", "1").replace(['x', 'X'], "1").replace([' ', '-', '.', '/', '(', ')'], "")
}

/// The hours of a week, on a clock without summer time.
struct Week(Option<Calendar>);

impl Week {
    fn new(hours: &[(String, Vec<String>)]) -> Week {
        let mut calendar = Calendar::new("UTC");
        for (days, ranges) in hours {
            for day in parse_days(days).unwrap_or_default() {
                for range in ranges.iter().filter_map(|range| parse_range(range)) {
                    if let Some(calendar) = &mut calendar {
                        calendar.open(day, range);
                    }
                }
            }
        }
        Week(calendar)
    }

    /// The first quarter of an hour that is, with the next one, open or closed: `mon 09:15`.
    fn first(&self, open: bool) -> Option<String> {
        let calendar = self.0.as_ref()?;
        let is = |day: i64, minute: i64| {
            calendar.is_open(MONDAY_MS + (day * i64::from(MINUTES) + minute) * 60_000) == open
        };
        (0i64..).zip(DAYS).find_map(|(day, name)| {
            let mut quarters = (0..i64::from(MINUTES) - 15).step_by(15);
            let minute = quarters.find(|&minute| is(day, minute) && is(day, minute + 15))?;
            Some(format!("{name} {:02}:{:02}", minute / 60, minute % 60))
        })
    }
}

//! Opening hours: days and times in a time zone, ranges over midnight, holidays.
//!
//! Times are compared as the clock on the wall shows them, so that a change to summer time moves
//! nothing. A range belongs to the day on which it begins: what begins on the eve of a holiday
//! goes on past midnight, and what would begin on a holiday does not begin.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// When somebody is there.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The name of the time zone (IANA).
    pub zone_name: Arc<str>,
    /// The time zone.
    zone: TimeZone,
    /// Monday to Sunday.
    week: [Vec<Range>; 7],
    /// Days on which nothing begins.
    holidays: Vec<Holiday>,
}

/// From a minute of the day to another, 0 to 1440; where the end is not behind the beginning, it
/// lies on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first minute that is open.
    pub from: u16,
    /// The first minute that is closed again.
    pub to: u16,
}

impl Range {
    fn crosses_midnight(self) -> bool {
        self.to <= self.from
    }

    /// Open at this minute of the day on which the range begins.
    fn holds_today(self, minute: u16) -> bool {
        minute >= self.from && (self.crosses_midnight() || minute < self.to)
    }

    /// Open at this minute of the day after.
    fn holds_tomorrow(self, minute: u16) -> bool {
        self.crosses_midnight() && minute < self.to
    }
}

/// A day of one year or of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// None: every year.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

impl Calendar {
    /// An always closed calendar of this zone; none if no such zone is known.
    #[must_use]
    pub fn new(zone_name: &str) -> Option<Calendar> {
        let zone = TimeZone::get(zone_name).ok()?;
        let week = [const { Vec::new() }; 7];
        Some(Calendar { zone_name: zone_name.into(), zone, week, holidays: Vec::new() })
    }

    /// Opens a range on a weekday, 0 (Monday) to 6 (Sunday).
    pub fn open(&mut self, weekday: usize, range: Range) {
        if let Some(day) = self.week.get_mut(weekday) {
            day.push(range);
        }
    }

    /// Closes a day.
    pub fn close(&mut self, holiday: Holiday) {
        self.holidays.push(holiday);
    }

    /// Whether it is open at this wall clock time, milliseconds since 1970. A time that no
    /// calendar knows is closed.
    #[must_use]
    pub fn is_open(&self, wall_ms: i64) -> bool {
        let Ok(instant) = jiff::Timestamp::from_millisecond(wall_ms) else { return false };
        let local = self.zone.to_datetime(instant);
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = local.date();
        if self.ranges(today).iter().any(|range| range.holds_today(minute)) {
            return true;
        }
        let Ok(yesterday) = today.yesterday() else { return false };
        self.ranges(yesterday).iter().any(|range| range.holds_tomorrow(minute))
    }

    /// The ranges that begin on a day.
    fn ranges(&self, date: Date) -> &[Range] {
        let is_holiday = self.holidays.iter().any(|holiday| {
            holiday.month == date.month()
                && holiday.day == date.day()
                && holiday.year.is_none_or(|year| year == date.year())
        });
        if is_holiday {
            return &[];
        }
        let index = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.week.get(index).map_or(&[], Vec::as_slice)
    }
}

/// Reads `09:00-13:00`; `24:00` is the end of the day.
#[must_use]
pub fn parse_range(text: &str) -> Option<Range> {
    let (from, to) = text.split_once('-')?;
    let range = Range { from: parse_time(from)?, to: parse_time(to)? };
    (range.from < DAY).then_some(range)
}

fn parse_time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    if hours.is_empty() || hours.len() > 2 || minutes.len() != 2 {
        return None;
    }
    if !hours.bytes().chain(minutes.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}

/// Reads `mon`, `mon-fri`, `sat-mon` (over the end of the week) or `daily` as days from 0 (Monday).
#[must_use]
pub fn parse_days(text: &str) -> Option<Vec<usize>> {
    let text = text.trim();
    if text == "daily" {
        return Some((0..7).collect());
    }
    match text.split_once('-') {
        None => Some(vec![parse_day(text)?]),
        Some((first, last)) => {
            let (first, last) = (parse_day(first)?, parse_day(last)?);
            let days = (last + 7 - first) % 7;
            Some((0..=days).map(|n| (first + n) % 7).collect())
        }
    }
}

fn parse_day(text: &str) -> Option<usize> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    names.iter().position(|name| *name == text.trim().to_ascii_lowercase())
}

/// Reads `2026-12-25` or, for every year, `12-25`.
#[must_use]
pub fn parse_holiday(text: &str) -> Option<Holiday> {
    let parts: Vec<&str> = text.trim().split('-').collect();
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if digits(year, 4) => (Some(year.parse().ok()?), month, day),
        [month, day] => (None, month, day),
        _ => return None,
    };
    if !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let holiday = Holiday { year, month: month.parse().ok()?, day: day.parse().ok()? };
    // A leap year stands for "every year", so that 02-29 is a date.
    Date::new(year.unwrap_or(2024), holiday.month, holiday.day).ok().map(|_| holiday)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Calendar {
        let mut office = Calendar::new("Europe/Rome").unwrap();
        for day in parse_days("mon-fri").unwrap() {
            office.open(day, parse_range("09:00-13:00").unwrap());
            office.open(day, parse_range("14:00-18:30").unwrap());
        }
        office.open(5, parse_range("22:00-02:00").unwrap());
        office.close(parse_holiday("12-25").unwrap());
        office.close(parse_holiday("2026-06-02").unwrap());
        office
    }

    fn wall(rome: &str) -> i64 {
        let zone = TimeZone::get("Europe/Rome").unwrap();
        let civil: jiff::civil::DateTime = rome.parse().unwrap();
        civil.to_zoned(zone).unwrap().timestamp().as_millisecond()
    }

    #[test]
    fn open_and_closed_by_the_clock_on_the_wall() {
        for (rome, open) in [
            ("2026-11-23T08:59:59", false), // Monday
            ("2026-11-23T09:00:00", true),
            ("2026-11-23T12:59:59", true),
            ("2026-11-23T13:00:00", false),
            ("2026-11-23T14:00:00", true),
            ("2026-11-23T18:29:59", true),
            ("2026-11-23T18:30:00", false),
            ("2026-07-20T09:00:00", true),  // summer time
            ("2026-11-28T10:00:00", false), // Saturday
            ("2026-11-28T22:00:00", true),
            ("2026-11-29T01:59:59", true), // Sunday, begun on Saturday
            ("2026-11-29T02:00:00", false),
            ("2026-11-30T01:00:00", false), // Monday: nothing began on Sunday
            ("2026-12-25T10:00:00", false), // every year's holiday, a Friday
            ("2026-06-02T10:00:00", false), // this year's, a Tuesday
            ("2027-06-02T10:00:00", true),  // next year not
        ] {
            assert_eq!(office().is_open(wall(rome)), open, "{rome}");
        }
    }

    #[test]
    fn a_holiday_ends_no_night_that_began_before_it() {
        let mut bar = Calendar::new("Europe/Rome").unwrap();
        for day in 0..7 {
            bar.open(day, parse_range("20:00-04:00").unwrap());
        }
        bar.close(parse_holiday("12-25").unwrap());
        assert!(bar.is_open(wall("2026-12-25T03:00:00")));
        assert!(!bar.is_open(wall("2026-12-25T21:00:00")));
        assert!(!bar.is_open(wall("2026-12-26T03:00:00")));
        assert!(bar.is_open(wall("2026-12-26T20:00:00")));
    }

    #[test]
    fn the_whole_day_is_two_writings() {
        for text in ["00:00-24:00", "00:00-00:00"] {
            let mut always = Calendar::new("UTC").unwrap();
            always.open(0, parse_range(text).unwrap());
            assert!(always.is_open(1_764_547_200_000), "{text}"); // Monday 2025-12-01T00:00Z
            assert!(always.is_open(1_764_547_200_000 + 86_399_000), "{text}");
            assert!(!always.is_open(1_764_547_200_000 + 86_400_000), "{text}");
        }
    }

    #[test]
    fn days_times_and_dates_are_read_or_refused() {
        assert_eq!(parse_days("fri-mon"), Some(vec![4, 5, 6, 0]));
        assert_eq!(parse_days("Sun"), Some(vec![6]));
        for text in ["", "monday", "mon-", "mon-fri-sat", "1-5"] {
            assert_eq!(parse_days(text), None, "{text}");
        }
        for text in ["", "9-13", "09:00", "24:00-01:00", "09:60-10:00", "09:00-25:00", "-1:00-2:00"]
        {
            assert_eq!(parse_range(text), None, "{text}");
        }
        for text in ["", "12", "2026-13-01", "02-30", "2026-02-29", "26-12-25", "12-5"] {
            assert_eq!(parse_holiday(text), None, "{text}");
        }
        assert!(parse_holiday("02-29").is_some());
        assert!(Calendar::new("Europe/Atlantis").is_none());
    }

    #[test]
    fn no_wall_clock_value_panics() {
        for wall_ms in [i64::MIN, -1, 0, i64::MAX] {
            let _ = office().is_open(wall_ms);
        }
    }
}

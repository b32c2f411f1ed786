//! What was expected against what came of it: every difference, with its place in the plan and the
//! moment at which it can be seen.

use super::story::{Story, is_state, outcome_word};
use crate::base::Mono;
use crate::dialplan::{At, Case, Expect, Expected, Item, Measure};
use crate::record::cdr::Cdr;
use crate::router::Decision;
use std::fmt::Write as _;

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where the expectation stands.
    pub at: At,
    /// What it is about: `states`, `offers`, `wait`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// When it was seen; none: at the end.
    pub when: Option<Mono>,
}

/// One thing that was found in a list, and when.
type Found = (Mono, String);

pub(super) fn compare(case: &Case, stories: &[Story]) -> Vec<Difference> {
    case.expect.iter().filter_map(|expected| one(expected, stories)).collect()
}

fn one(expected: &Expected, stories: &[Story]) -> Option<Difference> {
    let word = expected.what.word();
    let Some(story) = stories.iter().find(|story| story.by == expected.by) else {
        let found = format!("{} never called", expected.by);
        return Some(difference(expected, word, "a call".into(), found, None));
    };
    match &expected.what {
        Expect::States(wanted) => {
            let found = story.states.iter().map(|(at, name)| (*at, name.to_string()));
            list(expected, wanted, &found.collect::<Vec<_>>(), story, |item, name| {
                is_state(name, &item.name)
            })
        }
        Expect::Hears(wanted) => {
            let found = story.heard.iter().map(|(at, name)| (*at, name.to_string()));
            list(expected, wanted, &found.collect::<Vec<_>>(), story, is_item)
        }
        Expect::Digits(wanted) => {
            let found = of_record(story, |cdr| {
                cdr.digits.iter().map(|d| (d.at_ms, d.digits.clone())).collect()
            });
            list(expected, wanted, &found, story, is_item)
        }
        Expect::Queues(wanted) => {
            let found = of_record(story, |cdr| {
                cdr.queues.iter().map(|q| (q.at_ms, q.queue.clone())).collect()
            });
            list(expected, wanted, &found, story, is_item)
        }
        Expect::Offers(wanted) => {
            let found = of_record(story, |cdr| {
                let offers = cdr.offers.iter();
                offers
                    .map(|o| (o.at_ms, format!("{}: {}", o.to, outcome_word(&o.outcome))))
                    .collect()
            });
            list(expected, wanted, &found, story, |item, found| {
                let (to, outcome) = found.rsplit_once(": ").unwrap_or((found, ""));
                *item.name == *to && item.outcome.as_deref().is_none_or(|o| o == outcome)
            })
        }
        Expect::Agent(wanted) => {
            let found = story.cdr.as_ref().and_then(|cdr| cdr.agent.as_deref());
            (found != wanted.as_deref()).then(|| {
                let wanted = wanted.as_deref().unwrap_or("none").to_owned();
                let joined = story.cdr.as_ref().and_then(|cdr| cdr.talks.last());
                let when = joined.map(|talk| story.at_ms(talk.at_ms)).or(story.ended);
                let found = found.unwrap_or("none").to_owned();
                difference(expected, word, wanted, found, when)
            })
        }
        Expect::Lasts(..)
        | Expect::Cause(_)
        | Expect::Status(_)
        | Expect::EndedBy(_)
        | Expect::Answered(_)
        | Expect::Record(..) => {
            let (wanted, found) = plain(&expected.what, story)?;
            Some(difference(expected, word, wanted, found, story.ended))
        }
        Expect::Why(agent, wanted) => why(expected, word, agent, wanted, story),
    }
}

/// What is one value of the record: what was wanted and what is there, if they differ.
fn plain(what: &Expect, story: &Story) -> Option<(String, String)> {
    let refused = story.refused;
    let Some(cdr) = &story.cdr else {
        // A call that was refused before it was one has a status and nothing else.
        if let (Expect::Status(wanted), Some(status)) = (what, refused) {
            return (*wanted != status).then(|| (wanted.to_string(), status.to_string()));
        }
        let found = match refused {
            Some(status) => format!("no record: refused with {status}"),
            None => "no record".to_owned(),
        };
        return Some((what.word(), found));
    };
    let (wanted, found, same) = match what {
        Expect::Lasts(measure, span) => {
            let ms = lasted(cdr, *measure);
            let found = format!("{}.{:03}s", ms / 1000, ms % 1000);
            (span.text.to_string(), found, span.holds(ms))
        }
        Expect::Cause(wanted) => {
            let same = **wanted == *cdr.cause || **wanted == *cdr.q850.to_string();
            (wanted.to_string(), format!("{} ({})", cdr.q850, cdr.cause), same)
        }
        Expect::Status(wanted) => {
            let found = refused.unwrap_or(cdr.sip_status);
            (wanted.to_string(), found.to_string(), found == *wanted)
        }
        Expect::EndedBy(wanted) => {
            (wanted.to_string(), cdr.ended_by.clone(), **wanted == *cdr.ended_by)
        }
        Expect::Answered(wanted) => {
            let found = cdr.answered_ms.is_some();
            (wanted.to_string(), found.to_string(), found == *wanted)
        }
        Expect::Record(path, wanted) => {
            let found = field(cdr, path).unwrap_or_else(|| "no such field".to_owned());
            (wanted.to_string(), found.clone(), **wanted == *found)
        }
        Expect::States(_)
        | Expect::Hears(_)
        | Expect::Digits(_)
        | Expect::Queues(_)
        | Expect::Offers(_)
        | Expect::Agent(_)
        | Expect::Why(..) => return None,
    };
    (!same).then_some((wanted, found))
}

fn lasted(cdr: &Cdr, measure: Measure) -> u64 {
    match measure {
        Measure::Wait => cdr.durations.wait_ms,
        Measure::Ring => cdr.durations.ring_ms,
        Measure::Talk => cdr.durations.talk_ms,
        Measure::Hold => cdr.durations.hold_ms,
        Measure::Total => cdr.durations.total_ms,
    }
}

/// A field of the record by its path, such as `durations.wait_ms` or `offers.0.to`.
fn field(cdr: &Cdr, path: &str) -> Option<String> {
    let record = serde_json::to_value(cdr).ok()?;
    let mut value = &record;
    for part in path.split('.') {
        value = match part.parse::<usize>() {
            Ok(index) => value.get(index)?,
            Err(_) => value.get(part)?,
        };
    }
    Some(match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    })
}

/// What the last decision that chose somebody (else the last one) says of an agent.
fn why(
    expected: &Expected,
    word: String,
    agent: &str,
    wanted: &str,
    story: &Story,
) -> Option<Difference> {
    let chose = story.decisions.iter().rfind(|(_, decision)| decision.winner.is_some());
    let Some((when, decision)) = chose.or(story.decisions.last()) else {
        let found = "the router decided nothing".to_owned();
        return Some(difference(expected, word, wanted.to_owned(), found, story.ended));
    };
    let found = said_of(decision, agent);
    let same = found.contains(wanted);
    (!same).then(|| difference(expected, word, wanted.to_owned(), found, Some(*when)))
}

/// `chosen: …`, `ruled out: …`, or `free: …` with the terms that were looked at.
#[must_use]
pub fn said_of(decision: &Decision, agent: &str) -> String {
    let Some(candidate) = decision.candidates.iter().find(|c| *c.name == *agent) else {
        return "not looked at".to_owned();
    };
    if let Some(rule) = &candidate.ruled_out {
        return format!("ruled out: {rule}");
    }
    let mut text = match decision.winner == Some(candidate.agent) {
        true => format!("chosen: {}", decision.reason),
        false => "free".to_owned(),
    };
    for (term, value) in &candidate.terms {
        let _ = write!(text, "; {term} {value:.0}");
    }
    text
}

fn is_item(item: &Item, found: &str) -> bool {
    *item.name == *found
}

fn of_record(story: &Story, read: impl Fn(&Cdr) -> Vec<(u64, String)>) -> Vec<Found> {
    let found = story.cdr.as_ref().map(read).unwrap_or_default();
    found.into_iter().map(|(ms, text)| (story.at_ms(ms), text)).collect()
}

/// Compares lists; `...` among those wanted stands for any number of others.
fn list(
    expected: &Expected,
    wanted: &[Item],
    found: &[Found],
    story: &Story,
    fits: impl Fn(&Item, &str) -> bool,
) -> Option<Difference> {
    let Misfit { item, place } = misfit(wanted, found, fits)?;
    let here = found.get(place);
    let what = format!("{} {}", expected.what.word(), place + 1);
    let wanted_text = item.map_or_else(|| "nothing more".to_owned(), ToString::to_string);
    let mut found_text = here.map_or_else(|| "nothing more".to_owned(), |(_, text)| text.clone());
    if found.is_empty() {
        found_text = "none at all".to_owned();
    } else if found.len() > 1 || here.is_none() {
        let all: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        let _ = write!(found_text, " (in all: {})", all.join(", "));
    }
    let when = here.map(|(at, _)| *at).or(story.ended);
    let at = item.map_or(expected.at, |item| item.at);
    Some(Difference { at, what, expected: wanted_text, found: found_text, when })
}

/// Where two lists part: the item that was wanted (none: nothing more), the place in what was found.
struct Misfit<'w> {
    item: Option<&'w Item>,
    place: usize,
}

fn misfit<'w>(
    wanted: &'w [Item],
    found: &[Found],
    fits: impl Fn(&Item, &str) -> bool,
) -> Option<Misfit<'w>> {
    let run_at = |run: &'w [Item], start: usize| -> Option<Misfit<'w>> {
        let differs = |(n, item): (usize, &'w Item)| {
            let here = found.get(start + n);
            let same = here.is_some_and(|(_, text)| fits(item, text));
            (!same).then_some(Misfit { item: Some(item), place: start + n })
        };
        run.iter().enumerate().find_map(differs)
    };
    let mut runs = wanted.split(Item::is_gap);
    let first = runs.next().unwrap_or_default();
    if let Some(misfit) = run_at(first, 0) {
        return Some(misfit);
    }
    let mut at = first.len();
    let mut runs = runs.peekable();
    if runs.peek().is_none() {
        return (found.len() > at).then_some(Misfit { item: None, place: at });
    }
    while let Some(run) = runs.next() {
        let is_last = runs.peek().is_none();
        if is_last {
            // The last run stands at the end.
            let start = found.len().checked_sub(run.len()).filter(|start| *start >= at);
            return run_at(run, start.unwrap_or(at));
        }
        let starts = at..=found.len().saturating_sub(run.len()).max(at);
        match starts.into_iter().find(|start| run_at(run, *start).is_none()) {
            Some(start) => at = start + run.len(),
            None => return Some(Misfit { item: run.first(), place: found.len() }),
        }
    }
    None
}

fn difference(
    expected: &Expected,
    what: String,
    wanted: String,
    found: String,
    when: Option<Mono>,
) -> Difference {
    Difference { at: expected.at, what, expected: wanted, found, when }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(wanted: &str, found: &str) -> String {
        let at = At { file: 0, line: 1, column: 1, len: 1, via: 0 };
        let item = |name: &str| Item { at, name: name.into(), outcome: None };
        let wanted: Vec<Item> = wanted.split_whitespace().map(item).collect();
        let found: Vec<Found> =
            found.split_whitespace().map(|name| (Mono(0), name.to_owned())).collect();
        match misfit(&wanted, &found, is_item) {
            None => "same".to_owned(),
            Some(Misfit { item, place }) => {
                let item = item.map_or("nothing more", |item| &item.name);
                format!("{item} at {place}")
            }
        }
    }

    #[test]
    fn lists_with_gaps_part_at_their_first_difference() {
        for (wanted, found, result) in [
            ("a b", "a b", "same"),
            ("", "", "same"),
            ("a b", "a c", "b at 1"),
            ("a b", "a", "b at 1"),
            ("a", "a b", "nothing more at 1"),
            ("", "a", "nothing more at 0"),
            ("a ...", "a b c", "same"),
            ("... c", "a b c", "same"),
            ("... c", "a b", "c at 1"),
            ("a ... c", "a c", "same"),
            ("a ... c", "a", "c at 1"),
            ("a ... b c ... d", "a x b y b c z d", "same"),
            ("a ... b c ... d", "a x b y z d", "b at 6"),
            ("...", "", "same"),
            ("... b ... b", "a b", "b at 2"),
        ] {
            assert_eq!(lists(wanted, found), result, "{wanted} | {found}");
        }
    }
}

//! For tests: tables of what a machine does in every state with every input.
//!
//! A table is text. A line at the left edge names a state. Each line below it is a row: inputs that
//! do the same there, joined by ` / `, then ` -> ` and what they do, or `nothing`. A pair that cannot happen says
//! `never: ` and why; where it can be brought about all the same it must change nothing. Every
//! pair has exactly one row. Lines that begin with `//` say why.

use std::collections::BTreeMap;

const NEVER: &str = "never: ";

/// A state and an input.
type Pair<'t> = (&'t str, &'t str);

/// The rows of a table, by pair: as many as name the pair.
fn read(table: &str) -> BTreeMap<Pair<'_>, Vec<&str>> {
    let mut rows = BTreeMap::<Pair<'_>, Vec<&str>>::new();
    let mut state = "";
    for line in table.lines().filter(|line| !line.trim_start().starts_with("//")) {
        if let Some((inputs, effect)) = line.split_once(" -> ") {
            for input in inputs.trim_start().split(" / ") {
                rows.entry((state, input)).or_default().push(effect);
            }
        } else if !line.trim().is_empty() {
            state = line;
        }
    }
    rows
}

/// Whether a row's words are `never: ` and a reason.
fn is_never(effect: &str) -> bool {
    effect.strip_prefix(NEVER).is_some_and(|why| !why.trim_matches(['?', ' ']).is_empty())
}

/// The rows of a state as they are now, grouped by what they do.
fn grouped(state: &str, inputs: &[&str], effects: &BTreeMap<Pair<'_>, String>) -> String {
    let mut groups = Vec::<(&str, Vec<&str>)>::new();
    for input in inputs {
        let Some(effect) = effects.get(&(state, *input)) else { continue };
        match groups.iter_mut().find(|(known, _)| known == effect) {
            Some((_, inputs)) => inputs.push(input),
            None => groups.push((effect, vec![input])),
        }
    }
    let row =
        |(effect, inputs): &(&str, Vec<&str>)| format!("{} -> {effect}\n", inputs.join(" / "));
    format!("{state}\n{}", groups.iter().map(row).collect::<String>())
}

/// Holds a table against a machine: `run` says what an input does in a state, or nothing where it
/// cannot be brought about; `idle` what it looks like if nothing at all is done there.
///
/// # Panics
/// If a pair has no row or several, if a row says something else than what happens, or names a
/// pair that is none. Says the rows of the states concerned as they are now.
pub(crate) fn check(
    table: &str,
    states: &[&str],
    inputs: &[&str],
    run: impl Fn(&str, &str) -> Option<String>,
    idle: impl Fn(&str) -> String,
) {
    let rows = read(table);
    let (mut wrong, mut now) = (Vec::new(), String::new());
    for state in states {
        let (idle, before) = (idle(state), wrong.len());
        let mut effects = BTreeMap::new();
        for input in inputs {
            let found = run(state, input);
            let nothing = found.as_ref().is_none_or(|found| *found == idle);
            let said = rows.get(&(*state, *input)).map_or([].as_slice(), Vec::as_slice);
            let shown = match found {
                Some(_) if nothing => "nothing".to_owned(),
                Some(effect) => effect,
                None => format!("{NEVER}?"),
            };
            match said {
                [never] if is_never(never) && nothing => {
                    effects.insert((*state, *input), (*never).to_owned());
                    continue;
                }
                [row] if *row == shown && !shown.starts_with(NEVER) => {}
                [row] => wrong.push(format!("{state} + {input}: {shown}; the table says {row}")),
                rows => wrong.push(format!("{state} + {input}: {} rows", rows.len())),
            }
            effects.insert((*state, *input), shown);
        }
        if wrong.len() > before {
            now.push_str(&grouped(state, inputs, &effects));
        }
    }
    for (state, input) in rows.keys().filter(|(s, i)| !states.contains(s) || !inputs.contains(i)) {
        wrong.push(format!("{state} + {input}: a row for a pair that is none"));
    }
    assert!(wrong.is_empty(), "\n{}\n\nAs it is now:\n{now}", wrong.join("\n"));
}

/// The same for a machine in which every input can be brought about and says `=` where it does nothing.
///
/// # Panics
/// As [`check`].
pub(crate) fn check_said(
    table: &str,
    states: &[&str],
    inputs: &[&str],
    run: impl Fn(&str, &str) -> String,
) {
    check(table, states, inputs, |state, input| Some(run(state, input)), |_| "=".to_owned());
}

/// Holds how often each input met each state against a table of the pairs that cannot meet: every
/// other pair was met.
///
/// # Panics
/// If a pair was never met and is not in the table, or was met and is.
pub(crate) fn check_met(
    table: &str,
    states: &[&str],
    inputs: &[&str],
    met: &BTreeMap<(String, String), usize>,
) {
    let rows = read(table);
    let mut wrong = Vec::new();
    for state in states {
        for input in inputs {
            let times = met.get(&((*state).to_owned(), (*input).to_owned())).copied().unwrap_or(0);
            let said = rows.get(&(*state, *input)).map_or([].as_slice(), Vec::as_slice);
            match (times, said) {
                (0, [never]) if is_never(never) => {}
                (1.., []) => {}
                (_, said) => wrong.push(format!("{state} + {input}: met {times} times; {said:?}")),
            }
        }
    }
    let known = |s: &str, i: &str| states.contains(&s) && inputs.contains(&i);
    for (state, input) in met.keys().filter(|(s, i)| !known(s, i)) {
        wrong.push(format!("{state} + {input}: met, and no pair of the machine"));
    }
    for (state, input) in rows.keys().filter(|(s, i)| !known(s, i)) {
        wrong.push(format!("{state} + {input}: a row for a pair that is none"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::{check, check_met};
    use std::collections::BTreeMap;
    use std::panic::catch_unwind;

    /// A lamp: pressing turns it, dark is when nobody can look.
    fn lamp(state: &str, input: &str) -> Option<String> {
        match (state, input) {
            ("off", "press") => Some("on".to_owned()),
            ("on", "press") => Some("off".to_owned()),
            ("off", "look") => None,
            (state, _) => Some(state.to_owned()),
        }
    }

    fn holds(table: &str) -> bool {
        let table = table.to_owned();
        let run = move || check(&table, &["off", "on"], &["press", "look"], lamp, str::to_owned);
        catch_unwind(run).is_ok()
    }

    #[test]
    fn a_table_says_everything_once_and_truly() {
        assert!(holds(
            "off\npress -> on\nlook -> never: dark\n\non\n  press -> off\nlook -> nothing"
        ));
        assert!(holds("off\npress -> on\nlook -> never: dark\non\npress -> off\nlook -> never: x"));
        for wrong in [
            "off\npress -> on\nlook -> never: dark\non\npress -> off",
            "off\npress -> on\nlook -> never: dark\non\npress / look -> off\nlook -> nothing",
            "off\npress -> on\nlook -> never: dark\non\npress -> on\nlook -> nothing",
            "off\npress -> on\nlook -> never: ?\non\npress -> off\nlook -> nothing",
            "off\npress -> on\nlook -> off\non\npress -> off\nlook -> nothing",
            "off\npress -> never: stuck\nlook -> never: dark\non\npress -> off\nlook -> nothing",
            "off\npress -> on\nlook -> never: dark\non\npress -> off\nlook / kick -> on",
        ] {
            assert!(!holds(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_pair_is_met_or_cannot_meet() {
        let pair = |state: &str, input: &str| (state.to_owned(), input.to_owned());
        let met = BTreeMap::from([(pair("off", "press"), 2), (pair("on", "press"), 1)]);
        let holds = |table: &'static str, inputs: &'static [&str]| {
            let met = met.clone();
            catch_unwind(move || check_met(table, &["off", "on"], inputs, &met)).is_ok()
        };
        assert!(holds("", &["press"]));
        assert!(holds("off\nlook -> never: dark\non\nlook -> never: bright", &["press", "look"]));
        assert!(!holds("off\nlook -> never: dark", &["press", "look"]), "never met");
        assert!(!holds("off\npress -> never: stuck", &["press"]), "met all the same");
        assert!(!holds("", &["look"]), "met, and not known");
        assert!(!holds("off\nkick -> never: no foot", &["press"]), "no such pair");
    }
}

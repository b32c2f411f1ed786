//! Routes: by which trunks a dialled number goes out, as what, and who may send it there.
//!
//! The plan's own rule for numbers holds here too: of all patterns the most specific one counts,
//! wherever it stands. Only then it is asked whether the caller's trunk may use the route: one that
//! bars a number is not got around by a wider pattern of another route.

use crate::base::TrunkId;
use crate::expr::Template;
use crate::number::{self, NumberTable, Pattern};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name in the plan.
    pub name: Arc<str>,
    /// By which trunks, in this order.
    pub trunks: Vec<TrunkId>,
    /// The numbers are not called: whoever dials one gets this status.
    pub refuse: Option<u16>,
    /// So many characters are left out at the number's beginning; a `+` is one.
    pub strip: u16,
    /// What is put there.
    pub prefix: Box<str>,
    /// The number that is shown to the called side; none: the caller's.
    pub caller: Option<Template>,
    /// The trunks whose callers may use it; none: all.
    pub from: Option<Vec<TrunkId>>,
    /// No limit and no drain keeps its calls.
    pub emergency: bool,
}

impl Route {
    /// Whether calls from this trunk may use it.
    #[must_use]
    pub fn lets(&self, from: TrunkId) -> bool {
        self.from.as_ref().is_none_or(|trunks| trunks.contains(&from))
    }

    /// The number as the trunks are told it; none if nothing is left of it.
    #[must_use]
    pub fn sent(&self, number: &str) -> Option<String> {
        let rest: String = number.chars().skip(usize::from(self.strip)).collect();
        let sent = format!("{}{rest}", self.prefix);
        number::is_number(&sent).then_some(sent)
    }
}

/// What becomes of a number that is dialled.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// It goes out by this route, or is refused by it.
    Route(&'a Arc<Route>),
    /// Its route is not for calls from this trunk.
    Barred(&'a Arc<Route>),
    /// No route has it.
    None,
}

/// All routes.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    list: Vec<Arc<Route>>,
    /// Which of them, in the plan's order: several may have the same pattern for different callers.
    numbers: NumberTable<Vec<usize>>,
    /// The same, to be gone through.
    patterns: Vec<(Pattern, Vec<usize>)>,
    has_emergency: bool,
}

impl Routes {
    /// Routes with their patterns; a route without one has all numbers that no other has.
    #[must_use]
    pub fn new(routes: Vec<(Route, Vec<Option<Pattern>>)>) -> Routes {
        let mut by_pattern: BTreeMap<String, (Option<Pattern>, Vec<usize>)> = BTreeMap::new();
        for (at, pattern) in
            routes.iter().enumerate().flat_map(|(at, (_, all))| all.iter().map(move |p| (at, p)))
        {
            let key = pattern.as_ref().map_or_else(|| "default".to_owned(), Pattern::to_string);
            by_pattern.entry(key).or_insert_with(|| (pattern.clone(), Vec::new())).1.push(at);
        }
        let (mut numbers, mut patterns) = (NumberTable::default(), Vec::new());
        for (pattern, list) in by_pattern.into_values() {
            match pattern {
                // Each pattern is there once.
                Some(pattern) => {
                    patterns.push((pattern.clone(), list.clone()));
                    let _ = numbers.insert(pattern, list);
                }
                None => numbers.set_default(list),
            }
        }
        let list: Vec<Arc<Route>> = routes.into_iter().map(|(route, _)| Arc::new(route)).collect();
        let has_emergency = list.iter().any(|route| route.emergency);
        Routes { list, numbers, patterns, has_emergency }
    }

    /// The route of a (normalised) number for a call from this trunk.
    #[must_use]
    pub fn choose(&self, number: &str, from: TrunkId) -> Choice<'_> {
        let all = || self.fitting(number);
        match (all().find(|route| route.lets(from)), all().next()) {
            (Some(route), _) => Choice::Route(route),
            (None, Some(route)) => Choice::Barred(route),
            (None, None) => Choice::None,
        }
    }

    /// The routes whose pattern is the most specific one for this number.
    pub fn fitting(&self, number: &str) -> impl Iterator<Item = &Arc<Route>> {
        let found = self.numbers.find(number).map(|(list, _)| list.as_slice());
        found.unwrap_or_default().iter().filter_map(|at| self.list.get(*at))
    }

    /// All patterns, each with the first route that has it.
    pub fn patterns(&self) -> impl Iterator<Item = (&Pattern, &Arc<Route>)> {
        let first = |list: &Vec<usize>| self.list.get(*list.first()?);
        self.patterns.iter().filter_map(move |(pattern, list)| Some((pattern, first(list)?)))
    }

    /// Whether a call to this number from this trunk is an emergency call.
    #[must_use]
    pub fn is_emergency(&self, number: &str, from: TrunkId) -> bool {
        let goes = |number| matches!(self.choose(number, from), Choice::Route(r) if r.emergency);
        self.has_emergency && goes(number)
    }

    /// Whether some route is for emergency calls: if not, nobody has to look.
    #[must_use]
    pub fn has_emergency(&self) -> bool {
        self.has_emergency
    }

    /// All, in the plan's order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.list.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(name: &str, from: Option<&[u32]>) -> Route {
        Route {
            name: name.into(),
            trunks: vec![TrunkId(7)],
            refuse: None,
            strip: 0,
            prefix: "".into(),
            caller: None,
            from: from.map(|ids| ids.iter().copied().map(TrunkId).collect()),
            emergency: name == "emergency",
        }
    }

    fn patterns(list: &[&str]) -> Vec<Option<Pattern>> {
        list.iter().map(|text| Pattern::parse(text).ok()).collect()
    }

    #[test]
    fn the_most_specific_pattern_counts_and_then_who_may_use_its_route() {
        let routes = Routes::new(vec![
            (route("italy", None), patterns(&["+39..."])),
            (route("premium", Some(&[2])), patterns(&["+39899..."])),
            (route("one", Some(&[1])), patterns(&["+44..."])),
            (route("two", Some(&[2])), patterns(&["+44..."])),
            (route("emergency", None), patterns(&["112"])),
            (route("rest", Some(&[3])), vec![None]),
        ]);
        let chosen = |number, from| match routes.choose(number, TrunkId(from)) {
            Choice::Route(route) => route.name.to_string(),
            Choice::Barred(route) => format!("not {}", route.name),
            Choice::None => "none".to_owned(),
        };
        for (number, from, wanted) in [
            ("+39333", 1, "italy"),
            ("+39899", 1, "not premium"),
            ("+39899", 2, "premium"),
            ("+44", 1, "one"),
            ("+44", 2, "two"),
            ("+44", 3, "not one"),
            ("112", 1, "emergency"),
            ("113", 1, "not rest"),
            ("113", 3, "rest"),
        ] {
            assert_eq!(chosen(number, from), wanted, "{number} from {from}");
        }
        assert!(routes.is_emergency("112", TrunkId(1)) && !routes.is_emergency("113", TrunkId(3)));
        assert!(matches!(Routes::default().choose("1", TrunkId(1)), Choice::None));
    }

    #[test]
    fn a_number_is_sent_without_its_beginning_and_with_a_prefix() {
        for (strip, prefix, number, sent) in [
            (0, "", "+39333", Some("+39333")),
            (1, "00", "+39333", Some("0039333")),
            (2, "+", "0039333", Some("+39333")),
            (0, "9", "*21#", Some("9*21#")),
            (6, "", "+39333", None),
            (9, "1", "+39333", Some("1")),
            (0, "1", "+39333", None),
        ] {
            let route = Route { strip, prefix: prefix.into(), ..route("a", None) };
            assert_eq!(route.sent(number).as_deref(), sent, "{strip} {prefix} {number}");
        }
    }
}

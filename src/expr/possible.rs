//! Whether a condition can hold at all: found by writing it as ways to be true, each a row of
//! comparisons, and looking for a way whose comparisons do not contradict one another.
//!
//! What is not understood is taken as possible: a "no" is certain, a "yes" is not.

use super::node::{Function, Kind, Node, Operator};
use super::value::Value;
use super::{Facts, eval};
use std::collections::{BTreeMap, BTreeSet};

/// Most ways that are looked at; a condition with more is taken as possible.
const WAYS: usize = 64;
/// Levels of a skill, which the roster bounds.
const LEVELS: (f64, f64) = (0.0, 10.0);

/// One comparison, or the opposite of it.
type Atom<'a> = (&'a Node, bool);

pub(super) fn can_hold(node: &Node) -> bool {
    if count(node, true) > WAYS {
        return true;
    }
    match ways(node, true) {
        Some(ways) => ways.iter().any(|way| fits(way)),
        None => true,
    }
}

/// How many ways there are, before any is written down.
fn count(node: &Node, truth: bool) -> usize {
    match (&node.kind, truth) {
        (Kind::Not(inner), _) => count(inner, !truth),
        (Kind::Binary(Operator::And, left, right), true)
        | (Kind::Binary(Operator::Or, left, right), false) => {
            count(left, truth).saturating_mul(count(right, truth))
        }
        (Kind::Binary(Operator::Or, left, right), true)
        | (Kind::Binary(Operator::And, left, right), false) => {
            count(left, truth).saturating_add(count(right, truth))
        }
        (_, _) => 1,
    }
}

/// The ways in which the node has this truth; none if there are too many.
fn ways(node: &Node, truth: bool) -> Option<Vec<Vec<Atom<'_>>>> {
    match (&node.kind, truth) {
        (Kind::Not(inner), _) => ways(inner, !truth),
        (Kind::Binary(Operator::And, left, right), true)
        | (Kind::Binary(Operator::Or, left, right), false) => {
            let (left, right) = (ways(left, truth)?, ways(right, truth)?);
            if left.len() * right.len() > WAYS {
                return None;
            }
            let both = |l: &Vec<_>| right.iter().map(|r| [l.as_slice(), r].concat()).collect();
            Some(left.iter().flat_map(|l| -> Vec<Vec<_>> { both(l) }).collect())
        }
        (Kind::Binary(Operator::Or, left, right), true)
        | (Kind::Binary(Operator::And, left, right), false) => {
            let mut all = ways(left, truth)?;
            all.extend(ways(right, truth)?);
            (all.len() <= WAYS).then_some(all)
        }
        (_, _) => Some(vec![vec![(node, truth)]]),
    }
}

/// What is known of one name on one way.
#[derive(Debug, Default)]
struct Known<'a> {
    least: Option<f64>,
    most: Option<f64>,
    /// Bounds that are not reached.
    above: Option<f64>,
    below: Option<f64>,
    is: Option<&'a str>,
    is_not: BTreeSet<&'a str>,
    begins: Vec<&'a str>,
    holds: BTreeSet<&'a str>,
    lacks: BTreeSet<&'a str>,
}

struct Nothing;

impl Facts for Nothing {
    fn value(&self, _name: &str) -> Option<Value> {
        None
    }
}

fn fits(way: &[Atom<'_>]) -> bool {
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for (node, truth) in way {
        let mut names = Vec::new();
        node.collect_names(&mut names);
        if names.is_empty() {
            let value = eval::eval(node, &Nothing);
            if value.is_ok_and(|value| value.truth() != *truth) {
                return false;
            }
            continue;
        }
        if !learn(&mut known, node, *truth) {
            return false;
        }
    }
    known.iter().all(|(name, known)| known.fits(name.starts_with("skill.")))
}

/// Takes one comparison in; false if it contradicts itself or what two texts say already.
fn learn<'a>(known: &mut BTreeMap<&'a str, Known<'a>>, node: &'a Node, truth: bool) -> bool {
    match &node.kind {
        Kind::Binary(operator, left, right) => {
            let (name, value, operator) = match (&left.kind, &right.kind) {
                (Kind::Literal(value), Kind::Name(list)) if *operator == Operator::In => {
                    return known.entry(list).or_default().member(value, truth);
                }
                (Kind::Name(name), Kind::Literal(value)) => (name, value, *operator),
                (Kind::Literal(value), Kind::Name(name)) => (name, value, flipped(*operator)),
                (_, _) => return true,
            };
            known.entry(name).or_default().compare(name, operator, value, truth)
        }
        Kind::Call(Function::StartsWith, arguments) => {
            let [text, start] = arguments.as_slice() else { return true };
            if let (Kind::Name(name), Kind::Literal(Value::Text(start)), true) =
                (&text.kind, &start.kind, truth)
            {
                known.entry(name).or_default().begins.push(start);
            }
            true
        }
        Kind::Literal(_)
        | Kind::Name(_)
        | Kind::List(_)
        | Kind::Not(_)
        | Kind::Negate(_)
        | Kind::If(_)
        | Kind::Call(..) => true,
    }
}

fn flipped(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::More,
        Operator::AtMost => Operator::AtLeast,
        Operator::More => Operator::Less,
        Operator::AtLeast => Operator::AtMost,
        Operator::Or
        | Operator::And
        | Operator::Equal
        | Operator::Unequal
        | Operator::In
        | Operator::Plus
        | Operator::Minus
        | Operator::Times
        | Operator::Over
        | Operator::Remainder => operator,
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::AtLeast,
        Operator::AtMost => Operator::More,
        Operator::More => Operator::AtMost,
        Operator::AtLeast => Operator::Less,
        Operator::Equal => Operator::Unequal,
        Operator::Unequal => Operator::Equal,
        Operator::Or
        | Operator::And
        | Operator::In
        | Operator::Plus
        | Operator::Minus
        | Operator::Times
        | Operator::Over
        | Operator::Remainder => operator,
    }
}

impl<'a> Known<'a> {
    fn member(&mut self, value: &'a Value, truth: bool) -> bool {
        let Value::Text(text) = value else { return true };
        let (into, other) =
            if truth { (&mut self.holds, &self.lacks) } else { (&mut self.lacks, &self.holds) };
        into.insert(text);
        !other.contains(&**text)
    }

    fn compare(&mut self, name: &str, operator: Operator, value: &'a Value, truth: bool) -> bool {
        if let Value::Text(text) = value {
            let operator = if truth { operator } else { opposite(operator) };
            return self.compare_text(operator, text);
        }
        // A text that reads as no number fails every comparison but `!=`, so that the opposite of
        // a comparison says nothing about a variable. A skill is always a number.
        let operator = match (truth, name.starts_with("skill.")) {
            (true, _) => operator,
            (false, true) => opposite(operator),
            (false, false) => return true,
        };
        let Some(number) = value.number().map(super::value::Number::float) else { return true };
        let larger = |old: Option<f64>| Some(old.map_or(number, |old| old.max(number)));
        let smaller = |old: Option<f64>| Some(old.map_or(number, |old| old.min(number)));
        match operator {
            Operator::Less => self.below = smaller(self.below),
            Operator::AtMost => self.most = smaller(self.most),
            Operator::More => self.above = larger(self.above),
            Operator::AtLeast => self.least = larger(self.least),
            Operator::Equal => {
                self.least = larger(self.least);
                self.most = smaller(self.most);
            }
            Operator::Unequal
            | Operator::Or
            | Operator::And
            | Operator::In
            | Operator::Plus
            | Operator::Minus
            | Operator::Times
            | Operator::Over
            | Operator::Remainder => {}
        }
        true
    }

    fn compare_text(&mut self, operator: Operator, text: &'a str) -> bool {
        if operator == Operator::Equal {
            let same = self.is.is_none_or(|known| known == text);
            self.is = Some(text);
            return same;
        }
        if operator == Operator::Unequal {
            self.is_not.insert(text);
        }
        true
    }

    /// Whether all of it can be so at once.
    fn fits(&self, is_skill: bool) -> bool {
        let (lowest, highest) = if is_skill { LEVELS } else { (f64::MIN, f64::MAX) };
        // Levels are whole: above 4 is from 5 on.
        let (above, below) = if is_skill {
            (self.above.map(|n| n.floor() + 1.0), self.below.map(|n| n.ceil() - 1.0))
        } else {
            (self.above, self.below)
        };
        let least = self.least.unwrap_or(lowest).max(above.unwrap_or(lowest)).max(lowest);
        let most = self.most.unwrap_or(highest).min(below.unwrap_or(highest)).min(highest);
        let open = !is_skill && (self.above == Some(least) || self.below == Some(most));
        let numbers = least < most || (least == most && !open);
        let Some(is) = self.is else { return numbers && self.beginnings_fit() };
        numbers && !self.is_not.contains(is) && self.begins.iter().all(|b| is.starts_with(b))
    }

    fn beginnings_fit(&self) -> bool {
        let longest = self.begins.iter().max_by_key(|begin| begin.len()).copied().unwrap_or("");
        self.begins.iter().all(|begin| longest.starts_with(begin))
    }
}

#[cfg(test)]
mod tests {
    use crate::expr::Expr;

    #[test]
    fn contradictions_are_found_and_nothing_else() {
        for (text, can) in [
            ("true", true),
            ("false", false),
            ("1 > 2", false),
            ("1 < 2 && !(3 == 4)", true),
            ("skill.a >= 8 && skill.a < 5", false),
            ("skill.a >= 5 && skill.a <= 5", true),
            ("skill.a > 4 && skill.a < 5", false),
            ("skill.a > 10", false),
            ("skill.a < 0", false),
            ("10 < skill.a", false),
            ("10 <= skill.a", true),
            ("!(skill.a <= 10)", false),
            ("skill.a > 10 || skill.b > 3", true),
            ("account >= 100 && account < 50", false),
            ("account > 4 && account < 5", true),
            ("account > 5 && account <= 5", false),
            // The empty text is neither.
            ("!(account >= 100) && !(account < 100)", true),
            ("site == \"a\" && site == \"b\"", false),
            ("site == \"a\" && site != \"a\"", false),
            ("site == \"a\" || site == \"b\"", true),
            ("!(site == \"a\" || site != \"a\")", false),
            ("n.startsWith(\"+39\") && n.startsWith(\"+44\")", false),
            ("n.startsWith(\"+39\") && n.startsWith(\"+3902\")", true),
            ("n == \"+441\" && n.startsWith(\"+39\")", false),
            ("\"x\" in groups && !(\"x\" in groups)", false),
            ("\"x\" in groups && \"y\" in groups", true),
            ("size(n) > 3 && n != \"\"", true),
        ] {
            assert_eq!(Expr::parse(text).unwrap().can_hold(), can, "{text}");
        }
    }

    #[test]
    fn a_condition_with_very_many_ways_is_taken_as_possible() {
        let parts: Vec<String> = (0..20).map(|n| format!("(a == {n} || b == {n})")).collect();
        assert!(Expr::parse(&parts.join(" && ")).unwrap().can_hold());
    }
}

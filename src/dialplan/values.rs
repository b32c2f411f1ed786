//! Values with their ranges and units, lists and maps of names: what most keys of a plan hold.

use super::check::Checker;
use super::codes::{self, Code};
use super::traps;
use super::tree::{Key, Kind, Node, shortened};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Longest name of anything.
const NAME_CHARS: usize = 100;
/// Longest time that a plan may name.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Checker<'_> {
    /// A text that is not empty and stays on one line: it may end up in a header or a log.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.scalar().map(str::trim) {
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => {
                traps::scalar(self, node);
                Some(text)
            }
            scalar => {
                let code = scalar.map_or(codes::WRONG_KIND, |_| codes::WRONG_VALUE);
                self.tell(code, node.at, format!("found {}", node.described())).expected(what);
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Option<bool> {
        self.one_of(codes::NOT_A_BOOLEAN, node, &[("true", true), ("false", false)])
    }

    pub(super) fn integer(&mut self, node: &Node, range: RangeInclusive<i64>) -> Option<i64> {
        let number = node.scalar().and_then(|text| text.parse().ok());
        if let Some(number) = number.filter(|n| range.contains(n)) {
            traps::scalar(self, node);
            return Some(number);
        }
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.tell(codes::OUT_OF_RANGE, node.at, format!("found {}", node.described()))
            .expected(expected);
        None
    }

    pub(super) fn small(&mut self, node: &Node, range: RangeInclusive<u16>) -> Option<u16> {
        let wide = i64::from(*range.start())..=i64::from(*range.end());
        self.integer(node, wide).and_then(|n| u16::try_from(n).ok())
    }

    /// `500ms`, `20s`, `2m`, `1h`, or `0`.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let text = node.scalar().map(str::trim);
        if let Some(time) = text.and_then(parse_duration) {
            return Some(time);
        }
        let bare = text.filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()));
        let expected = match bare {
            Some(number) => format!("a time with its unit, such as {number}s or {number}ms"),
            None => "a time such as 500ms, 20s, 2m or 1h, at most 24h".to_string(),
        };
        self.tell(codes::NO_TIME, node.at, format!("found {}", node.described()))
            .expected(expected);
        None
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        self.one_of(codes::NOT_A_CHOICE, node, words)
    }

    fn one_of<T: Copy>(
        &mut self,
        code: &'static Code,
        node: &Node,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = node.scalar().unwrap_or("");
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let finding = self.tell(code, node.at, format!("found {}", node.described()));
        finding.expected(format!("one of {}", list.join(", "))).among(text, list.iter().copied());
        // What other YAML readers would have taken it for.
        let meant = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" => "true",
            "no" | "off" => "false",
            _ => return None,
        };
        if list.contains(&meant) {
            finding.nearest = Some(meant.to_string());
        }
        None
    }

    /// A list, or one item in place of a list of one.
    pub(super) fn items<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => items,
            Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(node),
            Kind::Null => {
                self.tell(codes::WRONG_KIND, node.at, "found nothing").expected("a list");
                &[]
            }
        }
    }

    /// The entries of a map from names to something; names given twice are told.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Key, &'n Node)> {
        match &node.kind {
            Kind::Map(entries) => self.named(entries),
            Kind::Null => Vec::new(),
            Kind::Scalar { .. } | Kind::List(_) => {
                self.tell(codes::WRONG_KIND, node.at, format!("found {}", node.described()))
                    .expected(format!("a map of {what}"));
                Vec::new()
            }
        }
    }

    fn named<'n>(&mut self, entries: &'n [(Key, Node)]) -> Vec<(&'n Key, &'n Node)> {
        let mut kept: Vec<(&Key, &Node)> = Vec::with_capacity(entries.len());
        let mut seen = BTreeMap::new();
        for (key, value) in entries {
            if !is_name(&key.text) {
                let name = shortened(&key.text);
                self.tell(codes::BAD_NAME, key.at, format!("`{name}` is no name"))
                    .expected(format!("1 to {NAME_CHARS} characters on one line"));
            }
            traps::key(self, key);
            match seen.get(key.text.as_str()) {
                None => {
                    seen.insert(key.text.as_str(), key.at);
                    kept.push((key, value));
                }
                Some(first) => self.twice(key, *first),
            }
        }
        kept
    }
}

/// `500ms`, `20s`, `2m`, `1h`, `0`; at most a day.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text.get(..split)?.parse().ok()?;
    let time = match text.get(split..)? {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    (time <= LONGEST).then_some(time)
}

fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS).contains(&text.chars().count()) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, ms) in [
            ("0", Some(0)),
            ("500ms", Some(500)),
            ("20s", Some(20_000)),
            ("2m", Some(120_000)),
            ("24h", Some(86_400_000)),
            ("25h", None),
            ("20", None),
            ("1.5s", None),
            ("s", None),
            ("-1s", None),
            ("20 s", None),
            ("99999999999999999999s", None),
            ("18446744073709551615h", None),
        ] {
            assert_eq!(parse_duration(text), ms.map(Duration::from_millis), "{text}");
        }
    }
}

//! The means of all checks: findings, maps whose keys are known, values with units.

use super::finding::{At, Finding, Severity};
use super::source::{Source, World};
use super::tree::{Key, Kind, Node};
use crate::expr::{Expr, ExprError, Scope, Template, Type};
use crate::plan::Names;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most findings that are told; a plan with more is not read to its end by anybody.
pub(super) const FINDINGS: usize = 200;
/// Longest name of anything.
const NAME_CHARS: usize = 100;
/// Longest time that a plan may name.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What all checks share.
pub(super) struct Checker<'a> {
    pub(super) sources: &'a [Source],
    pub(super) world: &'a dyn World,
    pub(super) names: &'a mut Names,
    findings: Vec<Finding>,
    /// Takes what is beyond the limit.
    spare: Finding,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        sources: &'a [Source],
        world: &'a dyn World,
        names: &'a mut Names,
    ) -> Checker<'a> {
        let nowhere = At { file: 0, line: 1, column: 1, len: 1 };
        let spare = Finding::error(nowhere, "");
        Checker { sources, world, names, findings: Vec::new(), spare }
    }

    pub(super) fn error(&mut self, at: At, message: impl Into<String>) -> &mut Finding {
        self.tell(Finding::error(at, message))
    }

    pub(super) fn warning(&mut self, at: At, message: impl Into<String>) -> &mut Finding {
        self.tell(Finding::warning(at, message))
    }

    pub(super) fn tell(&mut self, finding: Finding) -> &mut Finding {
        if self.findings.len() >= FINDINGS {
            self.spare = finding;
            return &mut self.spare;
        }
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        // The one just pushed.
        self.findings.get_mut(last).unwrap_or(&mut self.spare)
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.findings.iter().filter(|f| f.severity == Severity::Error).count()
    }

    /// All findings by place, each once, with their lines.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.sort_by_key(|finding| finding.at);
        findings.dedup();
        findings.into_iter().map(|finding| finding.placed(self.sources)).collect()
    }

    /// The error of an expression or template, at its place within the scalar.
    pub(super) fn expression_error(&mut self, node: &Node, error: ExprError) {
        let mut at = node.at;
        if let Kind::Scalar { text, shift } = &node.kind {
            let before = text.get(..error.offset).unwrap_or("").chars().count();
            // In a text of several lines the column would be wrong: its beginning is told.
            if !text.contains('\n') {
                at.column += shift + u32::try_from(before).unwrap_or(0);
                at.len = u32::try_from(error.len).unwrap_or(1).max(1);
            }
        }
        self.error(at, error.message).hint = error.hint;
    }

    // Values.

    /// A text that is not empty and stays on one line: it may end up in a header or a log.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.scalar().map(str::trim) {
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => Some(text),
            Some(_) | None => {
                self.error(node.at, format!("found {}", node.described())).expected(what);
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Option<bool> {
        self.choice(node, &[("true", true), ("false", false)])
    }

    pub(super) fn integer(&mut self, node: &Node, range: RangeInclusive<i64>) -> Option<i64> {
        let number = node.scalar().and_then(|text| text.parse().ok());
        if let Some(number) = number.filter(|n| range.contains(n)) {
            return Some(number);
        }
        self.error(node.at, format!("found {}", node.described())).expected(format!(
            "a whole number from {} to {}",
            range.start(),
            range.end()
        ));
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
        self.error(node.at, format!("found {}", node.described())).expected(expected);
        None
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = node.scalar().unwrap_or("");
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.error(node.at, format!("found {}", node.described()))
            .expected(format!("one of {}", list.join(", ")))
            .among(text, list.iter().copied());
        None
    }

    /// A list, or one item in place of a list of one.
    pub(super) fn items<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => items,
            Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(node),
            Kind::Null => {
                self.error(node.at, "found nothing").expected("a list");
                &[]
            }
        }
    }

    /// The entries of a map from names to something; names given twice are told.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Key, &'n Node)> {
        match &node.kind {
            Kind::Map(entries) => {
                let mut kept: Vec<(&Key, &Node)> = Vec::with_capacity(entries.len());
                let mut seen = std::collections::BTreeMap::new();
                for (key, value) in entries {
                    if !is_name(&key.text) {
                        let name = super::tree::shortened(&key.text);
                        self.error(key.at, format!("`{name}` is no name"))
                            .expected(format!("1 to {NAME_CHARS} characters on one line"));
                    }
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
            Kind::Null => Vec::new(),
            Kind::Scalar { .. } | Kind::List(_) => {
                self.error(node.at, format!("found {}", node.described()))
                    .expected(format!("a map of {what}"));
                Vec::new()
            }
        }
    }

    pub(super) fn twice(&mut self, key: &Key, first: At) {
        let place = match self.sources.get(usize::from(first.file)) {
            Some(source) if first.file != key.at.file => format!("{}:{}", source.name, first.line),
            Some(_) | None => format!("line {}", first.line),
        };
        let name = super::tree::shortened(&key.text);
        self.error(key.at, format!("`{name}` is already at {place}")).expected("each name once");
    }

    /// A map whose keys are known.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &'static str) -> Fields<'n> {
        let entries = self.entries(node, what);
        Fields { at: node.at, what, entries, known: Vec::new() }
    }

    // Expressions.

    pub(super) fn condition(&mut self, node: &Node, scope: &dyn Scope) -> Option<Expr> {
        let Some(text) = node.scalar() else {
            self.error(node.at, format!("found {}", node.described()))
                .expected("a condition such as caller.number != \"\"");
            return None;
        };
        let checked = Expr::parse(text).and_then(|expr| Ok((expr.check(scope)?, expr)));
        match checked {
            Ok((Type::Bool, expr)) => Some(expr),
            Ok((other, _)) => {
                self.error(node.at, format!("this is of the type {other}"))
                    .expected("a condition, true or false");
                None
            }
            Err(error) => {
                self.expression_error(node, error);
                None
            }
        }
    }

    pub(super) fn template(&mut self, node: &Node, scope: &dyn Scope) -> Option<Template> {
        let Some(text) = node.scalar() else {
            self.error(node.at, format!("found {}", node.described())).expected("a text");
            return None;
        };
        match Template::parse(text).and_then(|template| Ok((template.check(scope)?, template))) {
            Ok(((), template)) => Some(template),
            Err(error) => {
                self.expression_error(node, error);
                None
            }
        }
    }

    /// A text for which `${env.NAME}` stands for a variable of the environment.
    pub(super) fn secret(&mut self, node: &Node) -> Option<String> {
        let mut rest = self.text(node, "a text, or ${env.NAME}")?;
        let mut value = String::new();
        while let Some((before, after)) = rest.split_once("${env.") {
            value.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                self.error(node.at, "`${env.` without its `}`");
                return None;
            };
            let Some(found) = self.world.env(name) else {
                self.error(node.at, format!("there is no environment variable `{name}`"));
                return None;
            };
            value.push_str(&found);
            rest = behind;
        }
        value.push_str(rest);
        Some(value)
    }
}

/// The entries of a map, each taken once by a check; what nobody took is unknown.
pub(super) struct Fields<'n> {
    /// Where the map is.
    pub(super) at: At,
    what: &'static str,
    entries: Vec<(&'n Key, &'n Node)>,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// A key's value, where it is there. `null` is as if the key were not there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.take_any(key).filter(|node| !matches!(node.kind, Kind::Null))
    }

    /// A key's value, also `null`.
    pub(super) fn take_any(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| *node)
    }

    /// Like [`Fields::take`]; its absence is an error.
    pub(super) fn need(&mut self, key: &'static str, cx: &mut Checker<'_>) -> Option<&'n Node> {
        let node = self.take(key);
        if node.is_none() {
            cx.error(self.at, format!("`{key}` is missing")).expected(format!("{key}: …"));
        }
        node
    }

    /// Tells the keys that nobody took.
    pub(super) fn finish(self, cx: &mut Checker<'_>) {
        for (key, _) in &self.entries {
            if !self.known.contains(&key.text.as_str()) {
                let name = super::tree::shortened(&key.text);
                cx.error(key.at, format!("unknown key `{name}` among {}", self.what))
                    .expected(format!("one of {}", self.known.join(", ")))
                    .among(&key.text, self.known.iter().copied());
            }
        }
    }
}

/// `500ms`, `20s`, `2m`, `1h`, `0`; at most a day.
fn parse_duration(text: &str) -> Option<Duration> {
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

/// Whether the text can be the name of a variable: a letter or `_`, then letters, digits, `_`, and
/// no word of the language and no fact.
pub(super) fn is_variable(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let reserved = ["true", "false", "null", "in", "int", "string", "size", "caller", "called"];
    text.chars().all(word)
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !reserved.contains(&text)
}

/// Whether the text looks like a `sip:` URI with a host. What else may be wrong with it is found
/// when it is dialled.
pub(super) fn is_sip_uri(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("sip:").or_else(|| lower.strip_prefix("sips:")) else {
        return false;
    };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let good = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',');
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && rest.chars().all(good)
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

    #[test]
    fn a_sip_uri_has_a_scheme_and_a_host() {
        for (text, good) in [
            ("sip:198.51.100.7:5060", true),
            ("SIP:anna@example.com;transport=tcp", true),
            ("sips:[2001:db8::1]", true),
            ("sip:", false),
            ("sip:anna@", false),
            ("anna@example.com", false),
            ("tel:+39021234", false),
            ("sip:anna bianchi@example.com", false),
            ("sip:a@b\r\nX: y", false),
        ] {
            assert_eq!(is_sip_uri(text), good, "{text}");
        }
    }
}

//! YAML as a tree of our own, each node with its place: what the checks read.
//!
//! A typed parse would stop at its first error; a tree lets the checks tell all findings at once.
//! The parser's budgets bound what a hostile file can cost; equal keys are kept for the checks to
//! tell. Merge keys (`<<`) are not understood.

use super::codes;
use super::finding::{At, Finding};
use super::snippet::hidden;
use super::traps;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_yaml::{Error, Spanned};
use std::fmt;

/// Largest plan file, bytes.
pub(super) const FILE_BYTES: usize = 1_048_576;
/// Deepest nesting in a plan file.
pub(super) const DEPTH: usize = 48;
/// Most nodes in a plan, aliases expanded.
pub(super) const NODES: usize = 100_000;

/// In the place of a shift: something was put into the text, so that places in it are not known.
pub(super) const PUT_IN: u32 = u32::MAX;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) kind: Kind,
}

/// What a node is. Scalars keep the text that was written: what they mean is known by whoever
/// reads them.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Nothing: an empty value, `~`, `null`.
    Null,
    /// A text, number or boolean.
    Scalar {
        text: String,
        /// How many columns the text begins behind the node's place: 1 within quotes.
        shift: u32,
    },
    List(Vec<Node>),
    /// In the order written; equal keys are still there.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and its place.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) at: At,
    pub(super) text: String,
    /// Not within quotes.
    pub(super) plain: bool,
}

impl Node {
    /// How many nodes there are in it, itself among them.
    pub(super) fn count(&self) -> usize {
        match &self.kind {
            Kind::Null | Kind::Scalar { .. } => 1,
            Kind::List(items) => 1 + items.iter().map(Node::count).sum::<usize>(),
            Kind::Map(entries) => {
                1 + entries.iter().map(|(_, node)| 1 + node.count()).sum::<usize>()
            }
        }
    }

    /// What it is, in words for a message.
    pub(super) fn described(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_string(),
            Kind::Scalar { text, .. } => format!("`{}`", hidden(&shortened(text))),
            Kind::List(_) => "a list".to_string(),
            Kind::Map(_) => "a map".to_string(),
        }
    }

    /// The items of a list, or the node itself in place of a list of one.
    pub(super) fn each(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Scalar { .. } | Kind::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            Kind::Null | Kind::Scalar { .. } | Kind::List(_) => &[],
        }
    }

    /// The value of a key, if this is a map that has it.
    pub(super) fn key(&self, name: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => {
                entries.iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
            }
            Kind::Null | Kind::Scalar { .. } | Kind::List(_) => None,
        }
    }

    /// The text of a scalar.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

/// A text fit for a message: 40 characters, no line ends.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String =
        text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 40 {
        short.push('…');
    }
    short
}

/// Reads one file, which may have so many nodes. An empty one is an empty map.
pub(super) fn parse(file: u16, text: &str, nodes: usize) -> Result<Node, Box<Finding>> {
    let start = At::start(file);
    if text.len() > FILE_BYTES {
        let message = format!("the file has more than {FILE_BYTES} bytes");
        return Err(Box::new(Finding::new(codes::BUDGET, start, message)));
    }
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEPTH,
            flow_nesting_limit: DEPTH,
            max_nodes: nodes,
            max_events: nodes.saturating_mul(4),
            // A second one is found by the parser, with its place.
            max_documents: 2,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: nodes },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        ignore_binary_tag_for_string: true,
    };
    match serde_yaml::from_str_with_options::<Option<Spanned<Raw>>>(text, options) {
        Ok(Some(raw)) => Ok(node(file, text, raw)),
        Ok(None) => Ok(Node { at: start, kind: Kind::Null }),
        Err(error) => Err(Box::new(refused(file, text, error.without_snippet()))),
    }
}

/// Why a file was not read: the trap that was walked into where one is seen, else what the parser
/// says, at its place.
fn refused(file: u16, text: &str, error: &Error) -> Finding {
    let start = At::start(file);
    let place = error.location().map_or(start, |location| at(file, location));
    if matches!(error, Error::MultipleDocuments { .. }) {
        let mut finding = Finding::new(codes::DOCUMENTS, place, "a second document begins here");
        finding.expected("one document; several files in a folder are one plan");
        return finding;
    }
    if matches!(error, Error::MergeKeyNotAllowed { .. }) {
        let mut finding = Finding::new(codes::MERGE_KEY, place, "merge keys are not understood");
        finding.expected("the keys themselves");
        return finding;
    }
    if is_limit(error) {
        let message = format!("too large, too deep or too many aliases: {}", message(error));
        return Finding::new(codes::BUDGET, place, message);
    }
    let trap = traps::bare_hash(file, text)
        .or_else(|| traps::bare_star(file, text))
        .or_else(|| traps::tab(file, text));
    trap.unwrap_or_else(|| {
        Finding::new(codes::NOT_YAML, place, format!("this is no YAML: {}", message(error)))
    })
}

/// Whether a bound of the parser was reached.
fn is_limit(error: &Error) -> bool {
    if let Error::AliasError { error, .. } = error {
        return is_limit(error.without_snippet());
    }
    // The nesting has no variant of its own.
    let deep = || error.to_string().starts_with("recursion limit exceeded");
    matches!(
        error,
        Error::Budget { .. }
            | Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
    ) || deep()
}

/// The parser's own words, without the place: that is told by the finding.
fn message(error: &Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("");
    let bare = first.rsplit_once(" at line ").map_or(first, |(before, _)| before);
    bare.chars().take(200).collect()
}

fn at(file: u16, location: serde_yaml::Location) -> At {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    At {
        file,
        line: small(location.line()).max(1),
        column: small(location.column()).max(1),
        len: small(location.span().len()).max(1),
        via: 0,
    }
}

fn node(file: u16, text: &str, raw: Spanned<Raw>) -> Node {
    let exactly = || written(text, raw.defined);
    let scalar = |text: String| {
        let quoted = exactly().is_some_and(|w| w.starts_with(['"', '\'']));
        Kind::Scalar { text, shift: u32::from(quoted) }
    };
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Text(value) => scalar(value),
        // `007` and `1e3` mean what is written, not what a number would be printed as.
        Raw::Other(value) => {
            let exact = exactly().map(str::trim).filter(|w| !w.is_empty() && !w.starts_with('!'));
            scalar(exact.map_or(value, str::to_string))
        }
        Raw::List(items) => {
            Kind::List(items.into_iter().map(|item| node(file, text, item)).collect())
        }
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let quoted = written(text, key.defined);
                    let plain = !quoted.is_some_and(|w| w.starts_with(['"', '\'']));
                    let key = Key { at: at(file, key.referenced), text: key.value, plain };
                    (key, node(file, text, value))
                })
                .collect(),
        ),
    };
    Node { at: at(file, raw.referenced), kind }
}

/// What stands in the file at a place.
fn written(text: &str, location: serde_yaml::Location) -> Option<&str> {
    let span = location.span();
    let from = usize::try_from(span.byte_offset()?).ok()?;
    let len = usize::try_from(span.byte_len()?).ok()?;
    text.get(from..from.checked_add(len)?)
}

/// What the parser gives.
enum Raw {
    Null,
    Text(String),
    /// A number or boolean.
    Other(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_string()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Other(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(node: &Node) -> String {
        let place = format!("{}:{}", node.at.line, node.at.column);
        match &node.kind {
            Kind::Null => format!("{place} null"),
            Kind::Scalar { text, shift } => format!("{place}+{shift} {text}"),
            Kind::List(items) => {
                format!("{place} [{}]", items.iter().map(shape).collect::<Vec<_>>().join(", "))
            }
            Kind::Map(entries) => {
                let entry = |(key, node): &(Key, Node)| {
                    format!("{}:{} {} = {}", key.at.line, key.at.column, key.text, shape(node))
                };
                format!("{place} {{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn read(text: &str) -> String {
        match parse(0, text, NODES) {
            Ok(node) => shape(&node),
            Err(finding) => {
                format!("{}:{} {}", finding.at.line, finding.at.column, finding.message)
            }
        }
    }

    #[test]
    fn scalars_keep_their_writing_and_their_place() {
        assert_eq!(
            read("a: 007\nb: \"x y\"\nc: 1e3\nd: yes\n1: true\ne: ~\nf:\n"),
            "1:1 {1:1 a = 1:4+0 007, 2:1 b = 2:4+1 x y, 3:1 c = 3:4+0 1e3, 4:1 d = 4:4+0 yes, \
             5:1 1 = 5:4+0 true, 6:1 e = 6:4 null, 7:1 f = 7:2 null}"
        );
    }

    #[test]
    fn lists_maps_and_columns_after_wide_characters() {
        assert_eq!(
            read("é: [1, {b: 0x1F}]\n"),
            "1:1 {1:1 é = 1:4 [1:5+0 1, 1:8 {1:9 b = 1:12+0 0x1F}]}"
        );
    }

    #[test]
    fn equal_keys_are_kept_for_the_checks() {
        assert_eq!(read("a: 1\na: 2\n"), "1:1 {1:1 a = 1:4+0 1, 2:1 a = 2:4+0 2}");
    }

    #[test]
    fn empty_files_are_nothing() {
        for text in ["", "\n", "# only a comment\n", "---\n"] {
            assert!(matches!(parse(0, text, NODES).map(|n| n.kind), Ok(Kind::Null)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_yaml_names_its_place() {
        for text in ["a: [1, 2\nb: 3\n", "a: \"x\n", "a: b: c\n", "? [a]\n: b\n"] {
            assert!(parse(0, text, NODES).is_err(), "{text:?}");
        }
    }
}

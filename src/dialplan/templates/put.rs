//! Copies of a template's tree, with values in the place of `${with.NAME}`.

use super::super::check::Checker;
use super::super::codes;
use super::super::finding::At;
use super::super::tree::{Key, Kind, Node, PUT_IN, shortened};
use std::collections::BTreeMap;

/// What begins the place of a value.
pub(super) const OPEN: &str = "${with.";

/// Values by name.
pub(super) type Values<'v> = BTreeMap<&'v str, &'v Node>;

/// A place of a value within a text: where it begins, which value, where it ends.
pub(super) type Gap<'t> = (usize, &'t str, usize);

/// Longest name of a value.
pub(super) const NAME: usize = 64;

/// Whether a name may have this character.
pub(super) fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-".contains(c)
}

/// The places of values in a text, in bytes. A name ends where it cannot go on: looking for its `}`
/// as far as the text goes would cost too much where there are many without one.
pub(super) fn gaps(text: &str) -> Vec<Gap<'_>> {
    let found = text.match_indices(OPEN).map(|(from, _)| {
        let rest = text.get(from + OPEN.len()..).unwrap_or("");
        // All of them are ASCII: as many bytes.
        let len = rest.chars().take(NAME).take_while(|c| in_name(*c)).count();
        let (name, behind) = rest.split_at_checked(len).unwrap_or((rest, ""));
        let end = from + OPEN.len() + name.len() + usize::from(behind.starts_with('}'));
        (from, name, end)
    });
    found.collect()
}

/// Whether the name of a gap has its `}`.
pub(super) fn is_closed(text: &str, (_, _, to): Gap<'_>) -> bool {
    text.get(..to).is_some_and(|text| text.ends_with('}'))
}

/// The value that a text is nothing but the place of.
pub(super) fn whole(text: &str) -> Option<&str> {
    text.trim().strip_prefix(OPEN)?.strip_suffix('}').filter(|name| !name.contains('}'))
}

/// The place of a gap within a text that stands at this place.
pub(super) fn within(at: At, kind: &Kind, (from, _, to): Gap<'_>) -> At {
    let Kind::Scalar { text, shift } = kind else { return at };
    if text.contains('\n') || *shift == PUT_IN {
        return at;
    }
    let chars = |range: &str| u32::try_from(range.chars().count()).unwrap_or(0);
    let before = chars(text.get(..from).unwrap_or(""));
    let len = chars(text.get(from..to).unwrap_or("")).max(1);
    At { column: at.column.saturating_add(shift + before), len, ..at }
}

/// Calls this with every text of a tree, keys among them, and its place.
pub(super) fn each_text<'n>(node: &'n Node, told: &mut dyn FnMut(At, &'n str, Option<&'n Node>)) {
    match &node.kind {
        Kind::Null => {}
        Kind::Scalar { text, .. } => told(node.at, text, Some(node)),
        Kind::List(items) => items.iter().for_each(|item| each_text(item, told)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                told(key.at, &key.text, None);
                each_text(value, told);
            }
        }
    }
}

/// Tells the places of values where no template is.
pub(super) fn outside(cx: &mut Checker<'_>, tree: &Node) {
    each_text(tree, &mut |at, text, node| {
        if cx.is_full() {
            return;
        }
        for gap in gaps(text) {
            if cx.is_full() {
                return;
            }
            let at = node.map_or(at, |node| within(at, &node.kind, gap));
            let message = format!("`{OPEN}{}}}` outside a template of flows", shortened(gap.1));
            cx.tell(codes::WITH_OUTSIDE, at, message)
                .expected("a fact or a variable, such as ${caller.number}");
        }
    });
}

/// Copies trees as long as there is room.
pub(super) struct Copier {
    /// The number of the copy, for its places.
    pub(super) via: u32,
    /// How many nodes there may still be.
    pub(super) nodes: usize,
    /// How many bytes of text there may still be.
    pub(super) bytes: usize,
    /// There was not enough room, and it was told.
    pub(super) full: bool,
}

impl Copier {
    /// Whether there was not enough room; says so once.
    pub(super) fn overrun(&mut self) -> bool {
        let over = (self.nodes == 0 || self.bytes == 0) && !self.full;
        self.full |= over;
        over
    }

    fn room(&mut self, nodes: usize, bytes: usize) -> bool {
        self.nodes = self.nodes.saturating_sub(nodes);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.nodes > 0 && self.bytes > 0
    }

    fn at(&self, at: At) -> At {
        At { via: self.via, ..at }
    }

    pub(super) fn copied(&mut self, node: &Node, values: &Values<'_>) -> Node {
        let at = self.at(node.at);
        let nothing = Node { at, kind: Kind::Null };
        if !self.room(1, 0) {
            return nothing;
        }
        let kind = match &node.kind {
            Kind::Null => Kind::Null,
            Kind::Scalar { text, shift } => {
                let value = whole(text).and_then(|name| values.get(name));
                if let Some(value) = value {
                    // The value stands where it was given, and so do findings about it.
                    return self.copied(value, &Values::default());
                }
                match self.filled(text, values) {
                    Some(text) => Kind::Scalar { text, shift: PUT_IN },
                    None if self.room(0, text.len()) => {
                        Kind::Scalar { text: text.clone(), shift: *shift }
                    }
                    None => return nothing,
                }
            }
            Kind::List(items) => {
                Kind::List(items.iter().map(|item| self.copied(item, values)).collect())
            }
            Kind::Map(entries) => {
                let entry = |(key, value): &(Key, Node)| {
                    (self.key(key, values), self.copied(value, values))
                };
                Kind::Map(entries.iter().map(entry).collect())
            }
        };
        Node { at, kind }
    }

    fn key(&mut self, key: &Key, values: &Values<'_>) -> Key {
        let at = self.at(key.at);
        match self.filled(&key.text, values) {
            Some(text) => Key { at, text, plain: false },
            None if self.room(1, key.text.len()) => Key { at, ..key.clone() },
            None => Key { at, text: String::new(), plain: false },
        }
    }

    /// A text with its values; none if it has no place for one.
    fn filled(&mut self, text: &str, values: &Values<'_>) -> Option<String> {
        let gaps = gaps(text);
        if gaps.is_empty() || values.is_empty() {
            return None;
        }
        let (mut filled, mut done) = (String::new(), 0);
        for (from, name, to) in gaps {
            let value = values.get(name).and_then(|node| node.scalar()).unwrap_or("");
            let before = text.get(done..from).unwrap_or("");
            if !self.room(0, before.len() + value.len()) {
                return Some(String::new());
            }
            filled.push_str(before);
            filled.push_str(value);
            done = to;
        }
        let rest = text.get(done..).unwrap_or("");
        if self.room(0, rest.len()) {
            filled.push_str(rest);
        }
        Some(filled)
    }
}

//! What a flow knows of its call: facts fixed when it began, variables, digits typed ahead.

use crate::base::limits;
use crate::expr;
use std::collections::BTreeMap;
use std::fmt;

/// Longest value that a variable keeps, in characters; the rest is cut off.
const VALUE_CHARS: usize = 256;

/// Facts and variables of a call, by name; all are texts. Names with a dot are facts
/// (`caller.number`), the others are the plan's variables.
#[derive(Clone, Default)]
pub struct Memory {
    values: BTreeMap<String, String>,
}

/// The fact that says which recordings the caller hears.
pub(super) const LANGUAGE: &str = "call.language";

/// The facts that expressions and templates of a flow may use, besides the plan's variables.
pub const FACTS: &[(&str, &str)] = &[
    ("caller", "the same as caller.number"),
    ("called", "the same as called.number"),
    ("caller.number", "the caller's number or user part, empty if unknown"),
    ("caller.name", "the caller's display name, empty if unknown"),
    ("called.number", "the number that was called"),
    ("called.rest", "the digits that stood for `x` or `...` of the number's pattern"),
    ("trunk.name", "the trunk that the call came from"),
    (LANGUAGE, "the language of the call, such as `it`; in flows and queues"),
    ("dial.cause", "why the last `dial` failed: busy, no_answer, declined, …; empty before"),
];

impl Memory {
    /// From facts such as `caller.number`.
    #[must_use]
    pub fn new(mut values: BTreeMap<String, String>) -> Memory {
        for (short, whole) in [("caller", "caller.number"), ("called", "called.number")] {
            if let Some(value) = values.get(whole).cloned() {
                values.insert(short.to_string(), value);
            }
        }
        Memory { values }
    }

    /// A value; empty if never set.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Sets a value, cut to 256 characters.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = value.chars().take(VALUE_CHARS).collect();
        self.values.insert(name.to_string(), value);
    }

    /// The call's language; empty before its flow begins.
    #[must_use]
    pub fn language(&self) -> &str {
        self.text(LANGUAGE)
    }

    /// All values, for the router.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, String> {
        self.values.clone()
    }
}

impl expr::Facts for Memory {
    /// A variable that was never set is an empty text: the names were checked with the plan.
    fn value(&self, name: &str) -> Option<expr::Value> {
        Some(expr::Value::Text(self.text(name).into()))
    }
}

/// Values are personal data: `Debug` shows the names.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Digits in the order in which they were typed; `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Digits(String);

impl Digits {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps a digit; one too many is lost.
    pub(super) fn push(&mut self, digit: char) {
        if self.0.len() < limits::TYPED_AHEAD {
            self.0.push(digit);
        }
    }

    pub(super) fn first(&self) -> Option<char> {
        self.0.chars().next()
    }

    pub(super) fn take_first(&mut self) -> Option<char> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} digits", self.0.len())
    }
}

//! The expression language of the dialplan: parse, check against a scope, evaluate over facts.
//!
//! A small subset of CEL's syntax. No loops, no regular expressions, no side effects; the text, the
//! number of nodes and the nesting are bounded, so an evaluation is bounded too. What was left out
//! on purpose: maps, macros (`exists`, `all`), regular expressions, bytes, timestamps.
//!
//! | written | meaning |
//! | --- | --- |
//! | `1` `2.5` `"a"` `'a'` `true` `[1, 2]` | int (64 bit), float, text, bool, list |
//! | `account` `skill.billing` `skill["two words"]` | a name; dotted names are one name |
//! | `!a` `-a` `a * b` `a / b` `a % b` `a + b` `a - b` | as in CEL; `+` also joins two texts |
//! | `a < b` `<=` `>` `>=` `==` `!=` `a in list` | comparison; one only, `a < b < c` is refused |
//! | `a && b` `a \|\| b` `c ? a : b` | the right side is looked at only if needed |
//! | `t.startsWith(u)` `t.endsWith(u)` `t.contains(u)` | bool |
//! | `t.first(n)` `t.last(n)` `t.substring(a, b)` | a part, in characters; what lies outside is cut off |
//! | `size(x)` `x.size()` `int(x)` `string(x)` | characters or elements; conversions |
//!
//! # What happens to facts that are missing or are not what they were declared
//!
//! Facts travel from the call to the router as text, and a caller may type anything. So:
//!
//! 1. A name that the facts do not have is the empty text `""`.
//! 2. Text beside a number in a comparison is read as a number. If it does not read as one, then
//!    `!=` is true and every other comparison is false: `account >= 100` is false for `""`.
//! 3. Text where arithmetic needs a number is read as one; if it does not read as one the
//!    evaluation ends in [`EvalError::NotANumber`].
//! 4. Text where a bool is needed is true if it is `true`, else false.
//! 5. Two texts are compared as texts, also if both look like numbers (`"10" < "9"` is true); write
//!    `int(a) < int(b)` to compare numbers.
//!
//! Callers of [`Expr::eval`] take an error as "no": a rule that cannot be evaluated does not hold.

mod check;
mod eval;
mod lexer;
mod node;
mod parser;
mod possible;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use eval::EvalError;
pub use template::Template;
pub use value::{Type, Value};

use std::fmt;
use std::sync::Arc;

/// Longest text of one expression, in bytes: a page of text is no rule any more.
pub const MAX_TEXT: usize = 4_096;
/// Most nodes of one expression; bounds the time of an evaluation and the depth of its tree.
pub const MAX_NODES: usize = 256;
/// Deepest nesting of parentheses, lists, calls, `?:` and signs; bounds the parser's stack.
pub const MAX_NESTING: usize = 32;

/// Longest name for which a nearest one is looked for.
const LONGEST_NAME: usize = 100;

/// What names mean at load: the types of names, and the names themselves for "did you mean".
pub trait Scope {
    /// The type of this name (whole, with its dots), or none if there is no such name.
    fn type_of(&self, name: &str) -> Option<Type>;
    /// Every name that could be meant, for the hint of an error.
    fn names(&self) -> Vec<String>;
}

/// What names stand for when an expression is evaluated.
pub trait Facts {
    /// The value of this name (whole, with its dots), or none if it is not known.
    fn value(&self, name: &str) -> Option<Value>;
}

/// A parsed expression. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Expr {
    source: Arc<str>,
    root: Arc<node::Node>,
}

impl Expr {
    /// Parses `text`; the error's place is in bytes from its beginning.
    ///
    /// # Errors
    /// The first thing that is no expression, or one of the bounds.
    pub fn parse(text: &str) -> Result<Expr, ExprError> {
        let root = parser::parse(text)?;
        Ok(Expr { source: Arc::from(text), root: Arc::new(root) })
    }

    /// The type of the expression, if all its names exist and all its parts fit together.
    ///
    /// # Errors
    /// The first name that does not exist, with the nearest that does, or the first misfit.
    pub fn check(&self, scope: &dyn Scope) -> Result<Type, ExprError> {
        check::check(&self.root, scope)
    }

    /// The value over these facts.
    ///
    /// # Errors
    /// Where arithmetic has no result; see [`EvalError`].
    pub fn eval(&self, facts: &dyn Facts) -> Result<Value, EvalError> {
        eval::eval(&self.root, facts)
    }

    /// Whether the expression holds: its value taken as a bool, an error taken as no.
    #[must_use]
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        self.eval(facts).is_ok_and(|value| value.truth())
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source
    }

    /// Every name the expression looks at, in order, with repeats.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.collect_names(&mut names);
        names
    }

    /// Whether it can be true at all: a "no" is certain, a "yes" is not.
    #[must_use]
    pub fn can_hold(&self) -> bool {
        possible::can_hold(&self.root)
    }

    /// Every text written in it.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        self.root.collect_texts(&mut texts);
        texts
    }

    /// The parts that are joined by `&&` at the top, each as an expression of its own: whichever is
    /// the first that does not hold explains why the whole does not.
    #[must_use]
    pub fn conjuncts(&self) -> Vec<Expr> {
        let mut nodes = Vec::new();
        self.root.conjuncts(&mut nodes);
        let part = |node: &node::Node| {
            let text = self.source.get(node.span.offset..node.span.offset + node.span.len);
            Expr { source: Arc::from(text.unwrap_or_default()), root: Arc::new(node.clone()) }
        };
        nodes.into_iter().map(part).collect()
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expr").field(&self.source).finish()
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprError {
    /// Where it begins, in bytes from the beginning of the text that was parsed.
    pub offset: usize,
    /// How many bytes it covers; 0 at the end of the text.
    pub len: usize,
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// The name that nothing has, if that is what is wrong.
    pub unknown: Option<String>,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExprError {}

/// The name nearest to `found`, if one is near enough to be a slip of the finger.
#[must_use]
pub fn nearest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let len = found.chars().count();
    let far = len / 3 + 1;
    // Comparing takes the product of both lengths, and what is that long is no slip of the finger.
    if len > LONGEST_NAME {
        return None;
    }
    let close = |name: &&str| name.chars().take(len + far + 1).count().abs_diff(len) <= far;
    let near = |name: &'a str| (strsim::damerau_levenshtein(found, name), name);
    names.into_iter().filter(close).map(near).filter(|(d, _)| *d <= far).min().map(|(_, name)| name)
}

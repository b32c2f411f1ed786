//! The values of the expression language and their types.

use std::fmt;
use std::sync::Arc;

/// The type of an expression, known at load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A number with a fraction.
    Float,
    /// Text.
    Text,
    /// A list of any of these.
    List,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Float => "float",
            Type::Text => "text",
            Type::List => "list",
        })
    }
}

/// A value. Its `Debug` shows the length of a text, not the text: it may be somebody's number.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Value]>),
}

impl Value {
    /// What a name stands for that nobody knows: the empty text.
    #[must_use]
    pub fn missing() -> Value {
        Value::Text(Arc::from(""))
    }

    /// The value's type.
    #[must_use]
    pub fn type_of(&self) -> Type {
        match self {
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::List(_) => Type::List,
        }
    }

    /// The value where a bool is needed: `true`, or the text `true`; a number or a list is no.
    #[must_use]
    pub fn truth(&self) -> bool {
        match self {
            Value::Bool(b) => *b,
            Value::Text(text) => &**text == "true",
            Value::Int(_) | Value::Float(_) | Value::List(_) => false,
        }
    }

    /// The value where a number is needed: a number, or text that reads as one.
    #[must_use]
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Value::Int(n) => Some(Number::Int(*n)),
            Value::Float(x) => Some(Number::Float(*x)),
            Value::Text(text) => Number::read(text),
            Value::Bool(_) | Value::List(_) => None,
        }
    }
}

/// A number of either kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// Reads digits with an optional sign and fraction; no exponents, `inf` or `nan`.
    fn read(text: &str) -> Option<Number> {
        let text = text.trim();
        if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')) {
            return None;
        }
        match text.parse::<i64>() {
            Ok(n) => Some(Number::Int(n)),
            Err(_) => text.parse::<f64>().ok().map(Number::Float),
        }
    }

    /// The number as a float; ints beyond 2^53 lose their last digits.
    #[expect(clippy::cast_precision_loss, reason = "said in the doc")]
    pub(super) fn float(self) -> f64 {
        match self {
            Number::Int(n) => n as f64,
            Number::Float(x) => x,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "Bool({b})"),
            Value::Int(n) => write!(f, "Int({n})"),
            Value::Float(x) => write!(f, "Float({x})"),
            Value::Text(text) => write!(f, "Text({} characters)", text.chars().count()),
            Value::List(items) => f.debug_list().entries(items.iter()).finish(),
        }
    }
}

/// As a template shows it; the items of a list are joined by commas.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(x) => write!(f, "{x}"),
            Value::Text(text) => f.write_str(text),
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma}{item}")?;
                }
                Ok(())
            }
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Int(n)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Value {
        Value::Float(x)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(Arc::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Arc::from(text))
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Value {
        Value::List(items.into_iter().collect())
    }
}

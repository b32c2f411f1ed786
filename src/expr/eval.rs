//! Evaluation over facts. The rules for facts that are missing or of another type than declared
//! are in the header of this folder.

use super::Facts;
use super::node::{Function, Kind, Node, Operator};
use super::value::{Number, Value};
use std::cmp::Ordering;
use std::fmt;

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalError {
    /// Arithmetic or `int(…)` on something that does not read as a number.
    NotANumber,
    /// A result beyond 64 bits.
    Overflow,
    /// `/` or `%` by zero.
    DivisionByZero,
    /// `in` on something that is no list, or `size` of a bool.
    WrongType,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EvalError::NotANumber => "not a number",
            EvalError::Overflow => "a number too large",
            EvalError::DivisionByZero => "division by zero",
            EvalError::WrongType => "a value of the wrong type",
        })
    }
}

impl std::error::Error for EvalError {}

pub(super) fn eval(node: &Node, facts: &dyn Facts) -> Result<Value, EvalError> {
    match &node.kind {
        Kind::Literal(value) => Ok(value.clone()),
        Kind::Name(name) => Ok(facts.value(name).unwrap_or_else(Value::missing)),
        Kind::List(items) => items.iter().map(|item| eval(item, facts)).collect(),
        Kind::Not(inner) => Ok(Value::Bool(!eval(inner, facts)?.truth())),
        Kind::Negate(inner) => match eval(inner, facts)?.number().ok_or(EvalError::NotANumber)? {
            Number::Int(n) => n.checked_neg().map(Value::Int).ok_or(EvalError::Overflow),
            Number::Float(x) => Ok(Value::Float(-x)),
        },
        Kind::Binary(operator, left, right) => binary(*operator, left, right, facts),
        Kind::If(parts) => {
            let [condition, then, other] = &**parts;
            eval(if eval(condition, facts)?.truth() { then } else { other }, facts)
        }
        Kind::Call(function, arguments) => call(*function, arguments, facts),
    }
}

fn binary(
    operator: Operator,
    left: &Node,
    right: &Node,
    facts: &dyn Facts,
) -> Result<Value, EvalError> {
    let left = eval(left, facts)?;
    match operator {
        Operator::Or if left.truth() => return Ok(Value::Bool(true)),
        Operator::And if !left.truth() => return Ok(Value::Bool(false)),
        Operator::Or | Operator::And => return Ok(Value::Bool(eval(right, facts)?.truth())),
        Operator::Less
        | Operator::AtMost
        | Operator::More
        | Operator::AtLeast
        | Operator::Equal
        | Operator::Unequal
        | Operator::In
        | Operator::Plus
        | Operator::Minus
        | Operator::Times
        | Operator::Over
        | Operator::Remainder => {}
    }
    let right = eval(right, facts)?;
    let order = || compare(&left, &right);
    match operator {
        Operator::Less => Ok(Value::Bool(order() == Some(Ordering::Less))),
        Operator::More => Ok(Value::Bool(order() == Some(Ordering::Greater))),
        Operator::AtMost => Ok(Value::Bool(order().is_some_and(Ordering::is_le))),
        Operator::AtLeast => Ok(Value::Bool(order().is_some_and(Ordering::is_ge))),
        Operator::Equal => Ok(Value::Bool(equal(&left, &right))),
        Operator::Unequal => Ok(Value::Bool(!equal(&left, &right))),
        Operator::In => match right {
            Value::List(items) => Ok(Value::Bool(items.iter().any(|item| equal(&left, item)))),
            // A list that is not known is an empty one.
            Value::Text(text) if text.is_empty() => Ok(Value::Bool(false)),
            Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                Err(EvalError::WrongType)
            }
        },
        Operator::Plus => match (&left, &right) {
            (Value::Text(a), Value::Text(b)) => Ok(Value::from(format!("{a}{b}"))),
            _ => arithmetic(operator, &left, &right),
        },
        Operator::Or
        | Operator::And
        | Operator::Minus
        | Operator::Times
        | Operator::Over
        | Operator::Remainder => arithmetic(operator, &left, &right),
    }
}

/// Rules 2 and 5 of the folder's header: two texts as texts, text beside a number as a number.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Text(a), Value::Text(b)) = (left, right) {
        return Some(a.cmp(b));
    }
    match (left.number()?, right.number()?) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (a, b) => a.float().partial_cmp(&b.float()),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Bool(b), other) | (other, Value::Bool(b)) => match other {
            Value::Bool(other) => b == other,
            Value::Text(_) => *b == other.truth(),
            Value::Int(_) | Value::Float(_) | Value::List(_) => false,
        },
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        _ => compare(left, right) == Some(Ordering::Equal),
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, EvalError> {
    let left = left.number().ok_or(EvalError::NotANumber)?;
    let right = right.number().ok_or(EvalError::NotANumber)?;
    if let (Number::Int(a), Number::Int(b)) = (left, right) {
        if b == 0 && matches!(operator, Operator::Over | Operator::Remainder) {
            return Err(EvalError::DivisionByZero);
        }
        let result = match operator {
            Operator::Plus => a.checked_add(b),
            Operator::Minus => a.checked_sub(b),
            Operator::Times => a.checked_mul(b),
            Operator::Over => a.checked_div(b),
            Operator::Remainder => a.checked_rem(b),
            Operator::Or
            | Operator::And
            | Operator::Less
            | Operator::AtMost
            | Operator::More
            | Operator::AtLeast
            | Operator::Equal
            | Operator::Unequal
            | Operator::In => None,
        };
        return result.map(Value::Int).ok_or(EvalError::Overflow);
    }
    let (a, b) = (left.float(), right.float());
    if b == 0.0 && matches!(operator, Operator::Over | Operator::Remainder) {
        return Err(EvalError::DivisionByZero);
    }
    let result = match operator {
        Operator::Plus => a + b,
        Operator::Minus => a - b,
        Operator::Times => a * b,
        Operator::Over => a / b,
        Operator::Remainder => a % b,
        Operator::Or
        | Operator::And
        | Operator::Less
        | Operator::AtMost
        | Operator::More
        | Operator::AtLeast
        | Operator::Equal
        | Operator::Unequal
        | Operator::In => f64::NAN,
    };
    if result.is_finite() { Ok(Value::Float(result)) } else { Err(EvalError::Overflow) }
}

fn call(function: Function, arguments: &[Node], facts: &dyn Facts) -> Result<Value, EvalError> {
    let argument = |i: usize| match arguments.get(i) {
        Some(node) => eval(node, facts),
        None => Ok(Value::missing()),
    };
    let first = argument(0)?;
    match function {
        Function::StartsWith => {
            Ok(Value::Bool(first.to_string().starts_with(&argument(1)?.to_string())))
        }
        Function::EndsWith => {
            Ok(Value::Bool(first.to_string().ends_with(&argument(1)?.to_string())))
        }
        Function::Contains => {
            Ok(Value::Bool(first.to_string().contains(&argument(1)?.to_string())))
        }
        Function::Size => match &first {
            Value::List(items) => Ok(Value::Int(length(items.len()))),
            Value::Text(text) => Ok(Value::Int(length(text.chars().count()))),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => Err(EvalError::WrongType),
        },
        Function::First => Ok(part(&first, 0, index(&argument(1)?)?)),
        Function::Last => {
            let size = first.to_string().chars().count();
            Ok(part(&first, size.saturating_sub(index(&argument(1)?)?), size))
        }
        Function::Substring => {
            let end = if arguments.len() > 2 { index(&argument(2)?)? } else { usize::MAX };
            Ok(part(&first, index(&argument(1)?)?, end))
        }
        Function::Int => whole(&first).map(Value::Int),
        Function::Text => Ok(Value::from(first.to_string())),
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A position in a text: below zero is zero.
fn index(value: &Value) -> Result<usize, EvalError> {
    whole(value).map(|n| usize::try_from(n.max(0)).unwrap_or(usize::MAX))
}

/// Towards zero, as CEL's `int()`.
fn whole(value: &Value) -> Result<i64, EvalError> {
    match value.number().ok_or(EvalError::NotANumber)? {
        Number::Int(n) => Ok(n),
        Number::Float(x) => {
            // 2^63 itself is the first float that does not fit.
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            if (-LIMIT..LIMIT).contains(&x) { Ok(x as i64) } else { Err(EvalError::Overflow) }
        }
    }
}

/// Characters `from` up to `to`; what lies outside is cut off.
fn part(value: &Value, from: usize, to: usize) -> Value {
    let text = value.to_string();
    Value::from(text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
}

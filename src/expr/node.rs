//! The tree of an expression. Every node knows its place in the text, for errors at load.

use super::value::Value;
use std::sync::Arc;

/// A place in the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: usize,
    pub(super) len: usize,
}

impl Span {
    /// From the beginning of this to the end of `end`.
    pub(super) fn to(self, end: Span) -> Span {
        Span { offset: self.offset, len: (end.offset + end.len).saturating_sub(self.offset) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Literal(Value),
    /// A name with its dots.
    Name(Arc<str>),
    List(Vec<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// Condition, then, else.
    If(Box<[Node; 3]>),
    /// A function or method; a method's receiver is its first argument.
    Call(Function, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
    In,
    Plus,
    Minus,
    Times,
    Over,
    Remainder,
}

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Operator::Or => "||",
            Operator::And => "&&",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::More => ">",
            Operator::AtLeast => ">=",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::In => "in",
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Times => "*",
            Operator::Over => "/",
            Operator::Remainder => "%",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    StartsWith,
    EndsWith,
    Contains,
    Size,
    First,
    Last,
    Substring,
    Int,
    Text,
}

impl Function {
    /// Those written after a dot.
    pub(super) const METHODS: [Function; 7] = [
        Function::StartsWith,
        Function::EndsWith,
        Function::Contains,
        Function::Size,
        Function::First,
        Function::Last,
        Function::Substring,
    ];
    /// Those written with their argument in parentheses.
    pub(super) const FREE: [Function; 3] = [Function::Size, Function::Int, Function::Text];

    pub(super) fn name(self) -> &'static str {
        match self {
            Function::StartsWith => "startsWith",
            Function::EndsWith => "endsWith",
            Function::Contains => "contains",
            Function::Size => "size",
            Function::First => "first",
            Function::Last => "last",
            Function::Substring => "substring",
            Function::Int => "int",
            Function::Text => "string",
        }
    }

    /// Fewest and most arguments, the receiver counted.
    pub(super) fn arguments(self) -> (usize, usize) {
        match self {
            Function::Size | Function::Int | Function::Text => (1, 1),
            Function::StartsWith
            | Function::EndsWith
            | Function::Contains
            | Function::First
            | Function::Last => (2, 2),
            Function::Substring => (2, 3),
        }
    }
}

impl Node {
    pub(super) fn collect_names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Name(name) => names.push(name),
            Kind::List(items) | Kind::Call(_, items) => {
                items.iter().for_each(|item| item.collect_names(names));
            }
            Kind::Not(inner) | Kind::Negate(inner) => inner.collect_names(names),
            Kind::Binary(_, left, right) => {
                left.collect_names(names);
                right.collect_names(names);
            }
            Kind::If(parts) => parts.iter().for_each(|part| part.collect_names(names)),
        }
    }

    pub(super) fn collect_texts<'a>(&'a self, texts: &mut Vec<&'a str>) {
        match &self.kind {
            Kind::Literal(Value::Text(text)) => texts.push(text),
            Kind::Literal(_) | Kind::Name(_) => {}
            Kind::List(items) | Kind::Call(_, items) => {
                items.iter().for_each(|item| item.collect_texts(texts));
            }
            Kind::Not(inner) | Kind::Negate(inner) => inner.collect_texts(texts),
            Kind::Binary(_, left, right) => {
                left.collect_texts(texts);
                right.collect_texts(texts);
            }
            Kind::If(parts) => parts.iter().for_each(|part| part.collect_texts(texts)),
        }
    }

    pub(super) fn conjuncts<'a>(&'a self, parts: &mut Vec<&'a Node>) {
        match &self.kind {
            Kind::Binary(Operator::And, left, right) => {
                left.conjuncts(parts);
                right.conjuncts(parts);
            }
            Kind::Binary(..)
            | Kind::Literal(_)
            | Kind::Name(_)
            | Kind::List(_)
            | Kind::Call(..)
            | Kind::Not(_)
            | Kind::Negate(_)
            | Kind::If(_) => parts.push(self),
        }
    }
}

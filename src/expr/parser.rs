//! Tokens to tree, by recursive descent; precedence is CEL's, from `?:` (weakest) to calls.

use super::lexer::{Token, error, tokens};
use super::node::{Function, Kind, Node, Operator, Span};
use super::value::Value;
use super::{ExprError, MAX_NESTING, MAX_NODES, nearest};
use std::sync::Arc;

pub(super) fn parse(text: &str) -> Result<Node, ExprError> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, nodes: 0, nesting: 0 };
    let root = parser.choice()?;
    match parser.peek() {
        (Token::End, _) => Ok(root),
        (found, span) => Err(error(*span, unexpected(found, "an operator or the end"), cel(found))),
    }
}

struct Parser {
    /// Ends in [`Token::End`].
    tokens: Vec<(Token, Span)>,
    at: usize,
    nodes: usize,
    nesting: usize,
}

const NOTHING: (Token, Span) = (Token::End, Span { offset: 0, len: 0 });

fn unexpected(found: &Token, expected: &str) -> String {
    match found {
        Token::Int(n) => format!("found `{n}`, expected {expected}"),
        Token::Float(x) => format!("found `{x}`, expected {expected}"),
        Token::Text(_) => format!("found a text, expected {expected}"),
        Token::Word(word) => format!("found `{word}`, expected {expected}"),
        Token::Sign(sign) => format!("found `{sign}`, expected {expected}"),
        Token::End => format!("the expression ends here, expected {expected}"),
    }
}

/// Words of other languages, and what is written here.
fn cel(found: &Token) -> Option<String> {
    let Token::Word(word) = found else { return None };
    let sign = match word.as_str() {
        "and" | "AND" => "&&",
        "or" | "OR" => "||",
        "is" => "==",
        "not" => "!",
        _ => return None,
    };
    Some(format!("write `{sign}`"))
}

fn comparison(token: &Token) -> Option<Operator> {
    const COMPARISONS: [Operator; 7] = [
        Operator::Less,
        Operator::AtMost,
        Operator::More,
        Operator::AtLeast,
        Operator::Equal,
        Operator::Unequal,
        Operator::In,
    ];
    let written = match token {
        Token::Sign(sign) => sign,
        Token::Word(word) => word.as_str(),
        Token::Int(_) | Token::Float(_) | Token::Text(_) | Token::End => return None,
    };
    COMPARISONS.into_iter().find(|operator| operator.sign() == written)
}

impl Parser {
    fn peek(&self) -> &(Token, Span) {
        self.tokens.get(self.at).unwrap_or(&NOTHING)
    }

    fn next(&mut self) -> (Token, Span) {
        let found = self.peek().clone();
        self.at += 1;
        found
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), (Token::Sign(found), _) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<Span, ExprError> {
        let (found, span) = self.next();
        if matches!(found, Token::Sign(is) if is == sign) {
            return Ok(span);
        }
        Err(error(span, unexpected(&found, &format!("`{sign}`")), cel(&found)))
    }

    fn node(&mut self, span: Span, kind: Kind) -> Result<Node, ExprError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(error(span, format!("more than {MAX_NODES} parts"), None));
        }
        Ok(Node { span, kind })
    }

    /// One level deeper; the bound that keeps the stack of this parser small.
    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Parser) -> Result<T, ExprError>,
    ) -> Result<T, ExprError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(error(self.peek().1, format!("nested deeper than {MAX_NESTING}"), None));
        }
        let found = inner(self);
        self.nesting -= 1;
        found
    }

    /// `a ? b : c`, right to left.
    fn choice(&mut self) -> Result<Node, ExprError> {
        let condition = self.or()?;
        if !self.take("?") {
            return Ok(condition);
        }
        let then = self.deeper(Parser::choice)?;
        self.expect(":")?;
        let other = self.deeper(Parser::choice)?;
        let span = condition.span.to(other.span);
        self.node(span, Kind::If(Box::new([condition, then, other])))
    }

    /// A chain of operators of one precedence, left to right.
    fn chain(
        &mut self,
        operators: &[Operator],
        inner: fn(&mut Parser) -> Result<Node, ExprError>,
    ) -> Result<Node, ExprError> {
        let mut left = inner(self)?;
        while let Some(operator) = operators.iter().find(|o| self.is(o.sign())) {
            self.at += 1;
            let right = inner(self)?;
            let span = left.span.to(right.span);
            let kind = Kind::Binary(*operator, Box::new(left), Box::new(right));
            left = self.node(span, kind)?;
        }
        Ok(left)
    }

    fn or(&mut self) -> Result<Node, ExprError> {
        self.chain(&[Operator::Or], Parser::and)
    }

    fn and(&mut self) -> Result<Node, ExprError> {
        self.chain(&[Operator::And], Parser::compare)
    }

    fn compare(&mut self) -> Result<Node, ExprError> {
        let left = self.sum()?;
        let Some(operator) = comparison(&self.peek().0) else { return Ok(left) };
        self.at += 1;
        let right = self.sum()?;
        if comparison(&self.peek().0).is_some() {
            let hint = "join two comparisons with `&&`".to_owned();
            return Err(error(self.peek().1, "one comparison after another", Some(hint)));
        }
        let span = left.span.to(right.span);
        self.node(span, Kind::Binary(operator, Box::new(left), Box::new(right)))
    }

    fn sum(&mut self) -> Result<Node, ExprError> {
        self.chain(&[Operator::Plus, Operator::Minus], Parser::product)
    }

    fn product(&mut self) -> Result<Node, ExprError> {
        self.chain(&[Operator::Times, Operator::Over, Operator::Remainder], Parser::unary)
    }

    fn unary(&mut self) -> Result<Node, ExprError> {
        let span = self.peek().1;
        if self.take("!") {
            let inner = self.deeper(Parser::unary)?;
            return self.node(span.to(inner.span), Kind::Not(Box::new(inner)));
        }
        if self.take("-") {
            let inner = self.deeper(Parser::unary)?;
            return self.node(span.to(inner.span), Kind::Negate(Box::new(inner)));
        }
        self.postfix()
    }

    /// Something, and the methods called on it.
    fn postfix(&mut self) -> Result<Node, ExprError> {
        let mut receiver = self.primary()?;
        while self.take(".") {
            let (found, span) = self.next();
            let Token::Word(name) = found else {
                return Err(error(span, unexpected(&found, "a method"), None));
            };
            if !self.is("(") {
                let message = format!("`{name}` is no method and `.` follows no name");
                return Err(error(span, message, None));
            }
            let begin = receiver.span;
            receiver = self.call(&name, begin.to(span), span, Some(receiver))?;
        }
        Ok(receiver)
    }

    fn primary(&mut self) -> Result<Node, ExprError> {
        let (found, span) = self.next();
        match found {
            Token::Int(n) => self.node(span, Kind::Literal(Value::Int(n))),
            Token::Float(x) => self.node(span, Kind::Literal(Value::Float(x))),
            Token::Text(text) => self.node(span, Kind::Literal(Value::from(text))),
            Token::Word(word) => self.word(word, span),
            Token::Sign("(") => {
                let mut inner = self.deeper(Parser::choice)?;
                inner.span = span.to(self.expect(")")?);
                Ok(inner)
            }
            Token::Sign("[") => {
                let (items, end) = self.deeper(|parser| parser.items("]"))?;
                self.node(span.to(end), Kind::List(items))
            }
            Token::Sign(_) | Token::End => {
                Err(error(span, unexpected(&found, "a value, a name or `(`"), None))
            }
        }
    }

    /// A constant, a function or a name with its dots.
    fn word(&mut self, word: String, span: Span) -> Result<Node, ExprError> {
        match word.as_str() {
            "true" => return self.node(span, Kind::Literal(Value::Bool(true))),
            "false" => return self.node(span, Kind::Literal(Value::Bool(false))),
            "in" | "null" => {
                return Err(error(span, format!("`{word}` cannot be a name"), None));
            }
            "not" if !matches!(self.peek().0, Token::End | Token::Sign(_)) => {
                return Err(error(span, "`not` is no operator", Some("write `!`".to_owned())));
            }
            _ => {}
        }
        if self.is("(") {
            return self.call(&word, span, span, None);
        }
        let mut name = word;
        let mut whole = span;
        loop {
            if let Some((part, end)) = self.dotted().or_else(|| self.indexed()) {
                name.push('.');
                name.push_str(&part);
                whole = whole.to(end);
            } else {
                return self.node(whole, Kind::Name(Arc::from(name)));
            }
        }
    }

    fn ahead(&self, by: usize) -> Option<&Token> {
        self.tokens.get(self.at + by).map(|(token, _)| token)
    }

    /// `.part`, unless a call follows: then it is a method.
    fn dotted(&mut self) -> Option<(String, Span)> {
        if !self.is(".") || self.ahead(2) == Some(&Token::Sign("(")) {
            return None;
        }
        let (Token::Word(part), span) = self.tokens.get(self.at + 1)?.clone() else { return None };
        self.at += 2;
        Some((part, span))
    }

    /// `["part"]`: a part of a name that is no word.
    fn indexed(&mut self) -> Option<(String, Span)> {
        if !self.is("[") || self.ahead(2) != Some(&Token::Sign("]")) {
            return None;
        }
        let Token::Text(part) = self.ahead(1)?.clone() else { return None };
        let end = self.tokens.get(self.at + 2)?.1;
        self.at += 3;
        Some((part, end))
    }

    /// Items up to `end`, separated by commas.
    fn items(&mut self, end: &str) -> Result<(Vec<Node>, Span), ExprError> {
        let mut items = Vec::new();
        if !self.is(end) {
            items.push(self.choice()?);
            while self.take(",") {
                items.push(self.choice()?);
            }
        }
        Ok((items, self.expect(end)?))
    }

    /// A call: `begin` is where the whole begins, `named` where the name stands.
    fn call(
        &mut self,
        name: &str,
        begin: Span,
        named: Span,
        receiver: Option<Node>,
    ) -> Result<Node, ExprError> {
        let is_method = receiver.is_some();
        let known: &[Function] = if is_method { &Function::METHODS } else { &Function::FREE };
        let Some(function) = known.iter().copied().find(|f| f.name() == name) else {
            let kind = if is_method { "method" } else { "function" };
            let near = nearest(name, known.iter().map(|f| f.name()));
            let list = || {
                let names: Vec<&str> = known.iter().map(|f| f.name()).collect();
                format!("there are {}", names.join(", "))
            };
            let hint = near.map_or_else(list, |near| format!("did you mean `{near}`?"));
            return Err(error(named, format!("no {kind} `{name}`"), Some(hint)));
        };
        self.expect("(")?;
        let (items, end) = self.deeper(|parser| parser.items(")"))?;
        let arguments: Vec<Node> = receiver.into_iter().chain(items).collect();
        let (least, most) = function.arguments();
        if arguments.len() < least || arguments.len() > most {
            let own = usize::from(is_method);
            let count = if least == most {
                (least - own).to_string()
            } else {
                format!("{} or {}", least - own, most - own)
            };
            let found = arguments.len() - own;
            let message = format!("`{name}` takes {count} argument(s), found {found}");
            return Err(error(named.to(end), message, None));
        }
        self.node(begin.to(end), Kind::Call(function, arguments))
    }
}

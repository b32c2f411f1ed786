//! Types at load: every name exists, every operator gets what it can work with.

use super::lexer::error;
use super::node::{Function, Kind, Node, Operator};
use super::value::Type;
use super::{ExprError, Scope, nearest};

pub(super) fn check(node: &Node, scope: &dyn Scope) -> Result<Type, ExprError> {
    match &node.kind {
        Kind::Literal(value) => Ok(value.type_of()),
        Kind::Name(name) => scope.type_of(name).ok_or_else(|| unknown(node, name, scope)),
        Kind::List(items) => {
            for item in items {
                check(item, scope)?;
            }
            Ok(Type::List)
        }
        Kind::Not(inner) => need(inner, scope, Type::Bool, "`!`"),
        Kind::Negate(inner) => number(inner, scope, "`-`"),
        Kind::Binary(operator, left, right) => binary(*operator, node, left, right, scope),
        Kind::If(parts) => {
            let [condition, then, other] = &**parts;
            need(condition, scope, Type::Bool, "`?`")?;
            let types = (check(then, scope)?, check(other, scope)?);
            match types {
                (a, b) if a == b => Ok(a),
                (Type::Int, Type::Float) | (Type::Float, Type::Int) => Ok(Type::Float),
                (a, b) => Err(error(node.span, format!("one way is {a}, the other is {b}"), None)),
            }
        }
        Kind::Call(function, arguments) => call(*function, node, arguments, scope),
    }
}

fn unknown(node: &Node, name: &str, scope: &dyn Scope) -> ExprError {
    let names = scope.names();
    let hint = nearest(name, names.iter().map(String::as_str))
        .map(|near| format!("did you mean `{near}`?"));
    let mut error = error(node.span, format!("nothing is named `{name}`"), hint);
    error.unknown = Some(name.to_owned());
    error
}

fn need(node: &Node, scope: &dyn Scope, want: Type, whom: &str) -> Result<Type, ExprError> {
    let found = check(node, scope)?;
    if found == want {
        return Ok(found);
    }
    let hint = match (want, found) {
        (Type::Text, Type::Int | Type::Float | Type::Bool) => Some("write `string(…)` around it"),
        (Type::Int, Type::Text | Type::Float) => Some("write `int(…)` around it"),
        (Type::Bool, Type::Text) => Some("compare it: `… != \"\"`"),
        (Type::Bool, Type::Int | Type::Float) => Some("compare it: `… > 0`"),
        (Type::Bool | Type::Int | Type::Float | Type::Text | Type::List, _) => None,
    };
    let message = format!("{whom} needs {want}, found {found}");
    Err(error(node.span, message, hint.map(str::to_owned)))
}

fn number(node: &Node, scope: &dyn Scope, whom: &str) -> Result<Type, ExprError> {
    match check(node, scope)? {
        found @ (Type::Int | Type::Float) => Ok(found),
        Type::Text => {
            let hint = Some("write `int(…)` around it".to_owned());
            Err(error(node.span, format!("{whom} needs a number, found text"), hint))
        }
        found @ (Type::Bool | Type::List) => {
            Err(error(node.span, format!("{whom} needs a number, found {found}"), None))
        }
    }
}

fn binary(
    operator: Operator,
    node: &Node,
    left: &Node,
    right: &Node,
    scope: &dyn Scope,
) -> Result<Type, ExprError> {
    let whom = format!("`{}`", operator.sign());
    match operator {
        Operator::Or | Operator::And => {
            need(left, scope, Type::Bool, &whom)?;
            need(right, scope, Type::Bool, &whom)
        }
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
            compared(node, check(left, scope)?, check(right, scope)?, operator, false)
        }
        Operator::Equal | Operator::Unequal => {
            compared(node, check(left, scope)?, check(right, scope)?, operator, true)
        }
        Operator::In => {
            check(left, scope)?;
            match check(right, scope)? {
                Type::List => Ok(Type::Bool),
                Type::Text => {
                    let hint = Some("write `text.contains(part)`".to_owned());
                    Err(error(right.span, "`in` needs list, found text", hint))
                }
                found @ (Type::Bool | Type::Int | Type::Float) => {
                    Err(error(right.span, format!("`in` needs list, found {found}"), None))
                }
            }
        }
        Operator::Plus => match check(left, scope)? {
            Type::Text => need(right, scope, Type::Text, "text `+`"),
            Type::Bool | Type::Int | Type::Float | Type::List => {
                Ok(arithmetic(number(left, scope, &whom)?, number(right, scope, &whom)?))
            }
        },
        Operator::Minus | Operator::Times | Operator::Over => {
            Ok(arithmetic(number(left, scope, &whom)?, number(right, scope, &whom)?))
        }
        Operator::Remainder => {
            need(left, scope, Type::Int, &whom)?;
            need(right, scope, Type::Int, &whom)
        }
    }
}

fn arithmetic(left: Type, right: Type) -> Type {
    if left == Type::Int && right == Type::Int { Type::Int } else { Type::Float }
}

/// Numbers with numbers, text with text or numbers, and for equality also bools and lists.
fn compared(
    node: &Node,
    left: Type,
    right: Type,
    operator: Operator,
    equality: bool,
) -> Result<Type, ExprError> {
    let ordered = |t: Type| matches!(t, Type::Int | Type::Float | Type::Text);
    if (ordered(left) && ordered(right)) || (equality && left == right) {
        return Ok(Type::Bool);
    }
    let message = format!("`{}` cannot compare {left} with {right}", operator.sign());
    Err(error(node.span, message, None))
}

fn call(
    function: Function,
    node: &Node,
    arguments: &[Node],
    scope: &dyn Scope,
) -> Result<Type, ExprError> {
    let whom = format!("`{}`", function.name());
    let (Some(first), rest) = (arguments.first(), arguments.get(1..).unwrap_or_default()) else {
        return Err(error(node.span, format!("{whom} needs an argument"), None));
    };
    match function {
        Function::StartsWith | Function::EndsWith | Function::Contains => {
            need(first, scope, Type::Text, &whom)?;
            for argument in rest {
                need(argument, scope, Type::Text, &whom)?;
            }
            Ok(Type::Bool)
        }
        Function::First | Function::Last | Function::Substring => {
            need(first, scope, Type::Text, &whom)?;
            for argument in rest {
                need(argument, scope, Type::Int, &whom)?;
            }
            Ok(Type::Text)
        }
        Function::Size => match check(first, scope)? {
            Type::Text | Type::List => Ok(Type::Int),
            found @ (Type::Bool | Type::Int | Type::Float) => {
                let message = format!("{whom} needs text or list, found {found}");
                Err(error(first.span, message, None))
            }
        },
        Function::Int => match check(first, scope)? {
            Type::Text | Type::Int | Type::Float => Ok(Type::Int),
            found @ (Type::Bool | Type::List) => {
                let message = format!("{whom} needs text or a number, found {found}");
                Err(error(first.span, message, None))
            }
        },
        Function::Text => check(first, scope).map(|_| Type::Text),
    }
}

//! Text with `${expression}` in it, such as `sip:${called.last(2)}@10.0.0.5`.
//!
//! `$${` stands for a `${` that is meant as text. A lone `$` is text.

use super::{Expr, ExprError, Facts, MAX_TEXT, Scope};
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;

/// A parsed template. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Template {
    source: Arc<str>,
    parts: Arc<[Part]>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Expr {
        /// Where the expression begins in the template, in bytes.
        offset: usize,
        expr: Expr,
    },
}

impl Template {
    /// Parses `text`; places in errors are in bytes from the beginning of `text`.
    ///
    /// # Errors
    /// A `${` without its `}`, or whatever is wrong with an expression.
    pub fn parse(text: &str) -> Result<Template, ExprError> {
        if text.len() > MAX_TEXT {
            let message = format!("{} bytes long, at most {MAX_TEXT} are read", text.len());
            let (offset, len) = (0, text.len());
            return Err(ExprError { offset, len, message, hint: None, unknown: None });
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")).map(|i| at + i) {
            let before = text.get(at..found).unwrap_or_default();
            if let Some(before) = before.strip_suffix('$') {
                plain.push_str(before);
                plain.push_str("${");
                at = found + 2;
                continue;
            }
            plain.push_str(before);
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let offset = found + 2;
            let inside = text.get(offset..).unwrap_or_default();
            let Some(len) = closing(inside) else {
                let hint = Some("write `$${` for a `${` that is text".to_owned());
                let message = "`${` without its `}`".to_owned();
                let (offset, len) = (found, text.len() - found);
                return Err(ExprError { offset, len, message, hint, unknown: None });
            };
            let expr = Expr::parse(inside.get(..len).unwrap_or_default());
            parts.push(Part::Expr { offset, expr: expr.map_err(|e| moved(e, offset))? });
            at = offset + len + 1;
        }
        plain.push_str(text.get(at..).unwrap_or_default());
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Template { source: Arc::from(text), parts: Arc::from(parts) })
    }

    /// Checks every expression in it; any type will do, as each is shown as text.
    ///
    /// # Errors
    /// The first that does not fit, with its place in the template.
    pub fn check(&self, scope: &dyn Scope) -> Result<(), ExprError> {
        for part in self.parts.iter() {
            match part {
                Part::Text(_) => {}
                Part::Expr { offset, expr } => {
                    expr.check(scope).map_err(|e| moved(e, *offset))?;
                }
            }
        }
        Ok(())
    }

    /// The text with every expression replaced by its value; one without a value is left out.
    #[must_use]
    pub fn render(&self, facts: &dyn Facts) -> String {
        let mut text = String::with_capacity(self.source.len());
        for part in self.parts.iter() {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Expr { expr, .. } => {
                    if let Ok(value) = expr.eval(facts) {
                        // Writing to a String cannot fail.
                        let _ = write!(text, "{value}");
                    }
                }
            }
        }
        text
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source
    }

    /// The text, if there is no expression in it.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match &*self.parts {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            [Part::Text(_) | Part::Expr { .. }, ..] => None,
        }
    }

    /// Every name its expressions look at, in order, with repeats.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let names = |part| match part {
            &Part::Text(_) => Vec::new(),
            Part::Expr { expr, .. } => expr.names(),
        };
        self.parts.iter().flat_map(names).collect()
    }
}

fn moved(mut error: ExprError, by: usize) -> ExprError {
    error.offset += by;
    error
}

/// Where the `}` is that is not inside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(at),
            (Some(_) | None, _) => {}
        }
    }
    None
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.source).finish()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

//! The means of all checks: findings, maps whose keys are known, expressions.

use super::codes::{self, Code};
use super::finding::{At, Finding, Severity};
use super::scope::Brief;
use super::source::{Source, World};
use super::templates::{self, Use};
use super::traps;
use super::tree::{Key, Kind, Node, PUT_IN};
use crate::expr::{Expr, ExprError, Scope, Template, Type};
use crate::plan::Names;
use std::collections::BTreeMap;

/// Most findings that are told; a plan with more is not read to its end by anybody.
pub(super) const FINDINGS: usize = 200;

/// A name that an expression looks at.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// The expression.
    pub(super) at: At,
    pub(super) name: String,
}

/// So many findings get a nearest name out of many; whoever has more needs other help first.
const HINTS: usize = 20;

/// What all checks share.
pub(super) struct Checker<'a> {
    pub(super) sources: &'a [Source],
    pub(super) world: &'a dyn World,
    pub(super) names: &'a mut Names,
    /// The names that expressions have looked at since somebody took them, and where.
    pub(super) looks: Vec<Look>,
    /// The numbers that are dialled, as the plan writes them behind `tel:`, and where.
    pub(super) dialled: Vec<(At, String)>,
    /// The copies of templates that places are in.
    pub(super) uses: Vec<Use>,
    /// The templates of flows that are made from one.
    pub(super) made: BTreeMap<String, String>,
    findings: Vec<Finding>,
    /// Findings in further copies of a template are errors as well, and told with the first.
    merged: usize,
    /// Takes what is beyond the limit.
    spare: Finding,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        sources: &'a [Source],
        world: &'a dyn World,
        names: &'a mut Names,
    ) -> Checker<'a> {
        let nowhere = At::start(0);
        let spare = Finding::new(codes::NOT_YAML, nowhere, "");
        let (looks, dialled, uses, findings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let made = BTreeMap::new();
        Checker { sources, world, names, looks, dialled, uses, made, findings, merged: 0, spare }
    }

    pub(super) fn tell(
        &mut self,
        code: &'static Code,
        at: At,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(Finding::new(code, at, message))
    }

    pub(super) fn add(&mut self, finding: Finding) -> &mut Finding {
        if self.is_full() {
            self.spare = finding.untold();
            return &mut self.spare;
        }
        let via = finding.at.via;
        let same = |known: &&mut Finding| {
            known.code == finding.code && known.at.is_at(finding.at) && !known.vias.contains(&via)
        };
        if via != 0
            && let Some(known) = self.findings.iter_mut().find(same)
        {
            known.vias.push(via);
            self.merged += usize::from(finding.severity() == Severity::Error);
            self.spare = finding.untold();
            return &mut self.spare;
        }
        let finding = if self.findings.len() < HINTS { finding } else { finding.brief() };
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        // The one just pushed.
        self.findings.get_mut(last).unwrap_or(&mut self.spare)
    }

    /// Nothing that is found now would be told, so that what is dear to find is not looked for.
    pub(super) fn is_full(&self) -> bool {
        self.findings.len() >= FINDINGS
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        let told = self.findings.iter().filter(|f| f.severity() == Severity::Error).count();
        told + self.merged
    }

    /// All findings by place, each once, with their lines.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for finding in &mut findings {
            let of = templates::told(&self.uses, &finding.vias);
            finding.hint = match (finding.hint.take(), of) {
                (Some(hint), Some(of)) => Some(format!("{hint}; {of}")),
                (hint, of) => hint.or(of),
            };
        }
        findings.sort_by_key(|finding| finding.at);
        findings.dedup();
        findings.into_iter().map(|finding| finding.placed(self.sources)).collect()
    }

    /// The error of an expression or template, at its place within the scalar.
    pub(super) fn expression_error(&mut self, node: &Node, error: ExprError) {
        let mut at = node.at;
        if let Kind::Scalar { text, shift } = &node.kind {
            let before = text.get(..error.offset).unwrap_or("").chars().count();
            // In a text of several lines the column would be wrong: its beginning is told.
            if !text.contains('\n') && *shift != PUT_IN {
                at.column += shift + u32::try_from(before).unwrap_or(0);
                at.len = u32::try_from(error.len).unwrap_or(1).max(1);
            }
        }
        let code = match &error.unknown {
            Some(name) if name.starts_with("skill.") => codes::NO_SUCH_SKILL,
            Some(_) => codes::UNKNOWN_NAME,
            None => codes::BAD_EXPRESSION,
        };
        self.tell(code, at, error.message).hint = error.hint;
    }

    pub(super) fn twice(&mut self, key: &Key, first: At) {
        if self.is_full() {
            return;
        }
        let place = match self.sources.get(usize::from(first.file)) {
            Some(source) if first.file != key.at.file => format!("{}:{}", source.name, first.line),
            Some(_) | None => format!("line {}", first.line),
        };
        let name = super::tree::shortened(&key.text);
        self.tell(codes::TWICE, key.at, format!("`{name}` is already at {place}"))
            .expected("each name once");
    }

    /// A map whose keys are known.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &'static str) -> Fields<'n> {
        let entries = self.entries(node, what);
        Fields { at: node.at, what, entries, known: Vec::new() }
    }

    // Expressions.

    pub(super) fn condition(&mut self, node: &Node, scope: &dyn Scope) -> Option<Expr> {
        let Some(text) = node.scalar() else {
            self.tell(codes::WRONG_KIND, node.at, format!("found {}", node.described()))
                .expected("a condition such as caller.number != \"\"");
            return None;
        };
        if self.is_full() {
            return None;
        }
        let brief = Brief(scope);
        let scope = if self.findings.len() < HINTS { scope } else { &brief };
        let checked = Expr::parse(text).and_then(|expr| Ok((expr.check(scope)?, expr)));
        match checked {
            Ok((Type::Bool, expr)) => {
                self.looked(node.at, &expr.names());
                if !expr.can_hold() {
                    self.tell(codes::NEVER_TRUE, node.at, "this condition can never hold")
                        .expected("parts that do not contradict one another");
                }
                Some(expr)
            }
            Ok((other, _)) => {
                self.tell(codes::NOT_A_CONDITION, node.at, format!("this is of the type {other}"))
                    .expected("a condition, true or false");
                None
            }
            Err(error) => {
                self.expression_error(node, error);
                None
            }
        }
    }

    pub(super) fn template(&mut self, node: &Node, scope: &dyn Scope) -> Option<Template> {
        let Some(text) = node.scalar() else {
            self.tell(codes::WRONG_KIND, node.at, format!("found {}", node.described()))
                .expected("a text");
            return None;
        };
        if self.is_full() {
            return None;
        }
        traps::scalar(self, node);
        let brief = Brief(scope);
        let scope = if self.findings.len() < HINTS { scope } else { &brief };
        match Template::parse(text).and_then(|template| Ok((template.check(scope)?, template))) {
            Ok(((), template)) => {
                self.looked(node.at, &template.names());
                Some(template)
            }
            Err(error) => {
                self.expression_error(node, error);
                None
            }
        }
    }

    fn looked(&mut self, at: At, names: &[&str]) {
        self.looks.extend(names.iter().map(|name| Look { at, name: (*name).to_string() }));
    }

    /// A text for which `${env.NAME}` stands for a variable of the environment.
    pub(super) fn secret(&mut self, node: &Node) -> Option<String> {
        let text = node.scalar().map(str::trim);
        let text = text.filter(|text| !text.is_empty() && !text.contains(char::is_control));
        let Some(mut rest) = text else {
            // Whatever is there is not shown.
            let code = node.scalar().map_or(codes::WRONG_KIND, |_| codes::WRONG_VALUE);
            self.tell(code, node.at, "no text on one line").expected("a text, or ${env.NAME}");
            return None;
        };
        let mut value = String::new();
        while let Some((before, after)) = rest.split_once("${env.") {
            value.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                self.tell(codes::NO_ENVIRONMENT, node.at, "`${env.` without its `}`");
                return None;
            };
            let Some(found) = self.world.env(name) else {
                self.tell(
                    codes::NO_ENVIRONMENT,
                    node.at,
                    format!("there is no environment variable `{name}`"),
                );
                return None;
            };
            value.push_str(&found);
            rest = behind;
        }
        value.push_str(rest);
        Some(value)
    }
}

/// The entries of a map, each taken once by a check; what nobody took is unknown.
pub(super) struct Fields<'n> {
    /// Where the map is.
    pub(super) at: At,
    what: &'static str,
    entries: Vec<(&'n Key, &'n Node)>,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// A key's value, where it is there. `null` is as if the key were not there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.take_any(key).filter(|node| !matches!(node.kind, Kind::Null))
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(k, _)| k.text == key)
    }

    /// A key's value, also `null`.
    pub(super) fn take_any(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| *node)
    }

    /// Like [`Fields::take`]; its absence is an error.
    pub(super) fn need(&mut self, key: &'static str, cx: &mut Checker<'_>) -> Option<&'n Node> {
        let node = self.take(key);
        if node.is_none() {
            cx.tell(codes::MISSING_KEY, self.at, format!("`{key}` is missing"))
                .expected(format!("{key}: …"));
        }
        node
    }

    /// Tells the keys that nobody took.
    pub(super) fn finish(self, cx: &mut Checker<'_>) {
        for (key, _) in &self.entries {
            if cx.is_full() {
                return;
            }
            if !self.known.contains(&key.text.as_str()) {
                let name = super::tree::shortened(&key.text);
                cx.tell(
                    codes::UNKNOWN_KEY,
                    key.at,
                    format!("unknown key `{name}` among {}", self.what),
                )
                .expected(format!("one of {}", self.known.join(", ")))
                .among(&key.text, self.known.iter().copied());
            }
        }
    }
}

/// Whether the text can be the name of a variable: a letter or `_`, then letters, digits, `_`, and
/// no word of the language and no fact.
pub(super) fn is_variable(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let reserved = ["true", "false", "null", "in", "int", "string", "size", "caller", "called"];
    text.chars().all(word)
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !reserved.contains(&text)
}

/// Whether the text looks like a `sip:` URI with a host. What else may be wrong with it is found
/// when it is dialled.
pub(super) fn is_sip_uri(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("sip:").or_else(|| lower.strip_prefix("sips:")) else {
        return false;
    };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let good = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',');
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && rest.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_uri_has_a_scheme_and_a_host() {
        for (text, good) in [
            ("sip:198.51.100.7:5060", true),
            ("SIP:anna@example.com;transport=tcp", true),
            ("sips:[2001:db8::1]", true),
            ("sip:", false),
            ("sip:anna@", false),
            ("anna@example.com", false),
            ("tel:+39021234", false),
            ("sip:anna bianchi@example.com", false),
            ("sip:a@b\r\nX: y", false),
        ] {
            assert_eq!(is_sip_uri(text), good, "{text}");
        }
    }
}

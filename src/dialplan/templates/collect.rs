//! The templates of a plan by kind and name, and what is wrong with them by themselves.

use super::super::check::Checker;
use super::super::codes;
use super::super::finding::At;
use super::super::tree::{Kind, Node, shortened};
use super::put::{NAME, Values, each_text, gaps, in_name, is_closed, outside, whole, within};
use super::{KINDS, USE};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One template.
pub(super) struct Template<'t> {
    pub(super) name: &'t str,
    at: At,
    /// What it asks for, and where it says so.
    pub(super) with: Vec<(&'t str, At)>,
    /// Keys of an agent or a queue, or states.
    pub(super) body: &'t Node,
    /// What it puts into longer texts or into keys: that is to be a text.
    texts: BTreeSet<&'t str>,
}

/// All of them, by kind and name.
#[derive(Default)]
pub(super) struct Templates<'t> {
    known: BTreeMap<(&'static str, &'t str), Rc<Template<'t>>>,
    used: BTreeSet<(&'static str, &'t str)>,
}

impl<'t> Templates<'t> {
    /// Reads the sections of all files.
    pub(super) fn collect(cx: &mut Checker<'_>, sections: &'t [Node]) -> Templates<'t> {
        let mut templates = Templates::default();
        for section in sections {
            let mut fields = cx.fields(section, "kinds of templates");
            let found = KINDS.map(|(section, kind)| (kind, fields.take(section)));
            fields.finish(cx);
            for (kind, node) in found {
                let entries = node.map(|node| cx.entries(node, "templates by name"));
                for (key, node) in entries.unwrap_or_default() {
                    if let Some(first) = templates.known.get(&(kind, key.text.as_str())) {
                        cx.twice(key, first.at);
                        continue;
                    }
                    let template = if kind == "flow" {
                        of_flows(cx, &key.text, key.at, node)
                    } else {
                        of_settings(cx, &key.text, key.at, node)
                    };
                    templates.known.insert((kind, &key.text), Rc::new(template));
                }
            }
        }
        templates
    }

    /// The template of this name, which is used from now on.
    pub(super) fn find(
        &mut self,
        cx: &mut Checker<'_>,
        kind: &'static str,
        name: &str,
        at: At,
    ) -> Option<Rc<Template<'t>>> {
        if let Some(template) = self.known.get(&(kind, name)) {
            self.used.insert((kind, template.name));
            return Some(Rc::clone(template));
        }
        let message = format!("there is no template `{}` of {kind}s", shortened(name));
        let names = self.known.keys().filter(|(of, _)| *of == kind).map(|(_, name)| *name);
        cx.tell(codes::NO_TEMPLATE, at, message).among(name, names);
        None
    }

    pub(super) fn tell_unused(&self, cx: &mut Checker<'_>) {
        for (key, template) in &self.known {
            if !self.used.contains(key) {
                let (kind, name) = (key.0, shortened(template.name));
                let message = format!("no {kind} uses the template `{name}`");
                cx.tell(codes::UNUSED_TEMPLATE, template.at, message);
            }
        }
    }
}

impl<'t> Template<'t> {
    pub(super) fn asks_for(&self, name: &str) -> bool {
        self.with.iter().any(|(known, _)| *known == name)
    }

    /// Whether each value that goes into a longer text is one.
    pub(super) fn suits(&self, cx: &mut Checker<'_>, values: &Values<'_>) -> bool {
        let mut suits = true;
        for name in &self.texts {
            let Some(node) = values.get(name).filter(|node| node.scalar().is_none()) else {
                continue;
            };
            suits = false;
            let message = format!("found {}, which is put into a text", node.described());
            cx.tell(codes::WRONG_KIND, node.at, message).expected("a text");
        }
        suits
    }
}

/// A template of agents or queues: their own keys.
fn of_settings<'t>(cx: &mut Checker<'_>, name: &'t str, at: At, node: &'t Node) -> Template<'t> {
    for (key, _) in cx.entries(node, "settings") {
        if key.text == USE {
            nested(cx, key.at);
        }
    }
    outside(cx, node);
    Template { name, at, with: Vec::new(), body: node, texts: BTreeSet::new() }
}

/// A template of flows: what it asks for, and states.
fn of_flows<'t>(cx: &mut Checker<'_>, name: &'t str, at: At, node: &'t Node) -> Template<'t> {
    let mut fields = cx.fields(node, "keys of a template of flows");
    let asked = fields.take("with");
    let body = fields.need("states", cx).unwrap_or(node);
    fields.finish(cx);
    if let Some(named) = body.key(USE)
        && !matches!(named.kind, Kind::Map(_))
    {
        nested(cx, named.at);
    }
    let mut template = Template { name, at, with: Vec::new(), body, texts: BTreeSet::new() };
    for item in asked.map(|node| cx.items(node)).unwrap_or_default() {
        if cx.is_full() {
            break;
        }
        let expected = "a name of at most 64 letters, digits, `_` and `-`";
        let Some(asked) = cx.text(item, expected) else { continue };
        if !asked.chars().all(in_name) || asked.len() > NAME {
            cx.tell(codes::BAD_NAME, item.at, format!("`{}` is no name", shortened(asked)))
                .expected(expected);
        } else if template.asks_for(asked) {
            let message = format!("`{}` is asked for twice", shortened(asked));
            cx.tell(codes::TWICE, item.at, message).expected("each name once");
        } else {
            template.with.push((asked, item.at));
        }
    }
    let known: BTreeSet<&str> = template.with.iter().map(|(name, _)| *name).collect();
    let mut put = BTreeSet::new();
    each_text(body, &mut |at, text, node| {
        if cx.is_full() {
            return;
        }
        for gap in gaps(text) {
            if cx.is_full() {
                return;
            }
            put.insert(gap.1);
            if node.is_none() || whole(text).is_none() {
                template.texts.insert(gap.1);
            }
            let is_closed = is_closed(text, gap);
            if !is_closed || !known.contains(gap.1) {
                let at = node.map_or(at, |node| within(at, &node.kind, gap));
                let name = shortened(gap.1);
                let message = if is_closed {
                    format!("the template does not ask for `{name}`")
                } else {
                    format!("the name `{name}` does not end with `}}`")
                };
                cx.tell(codes::WITH_UNASKED, at, message)
                    .expected("a name of its `with`, and `}` behind it")
                    .among(gap.1, template.with.iter().map(|(name, _)| *name));
            }
        }
    });
    for (asked, at) in &template.with {
        if cx.is_full() {
            break;
        }
        if !put.contains(asked) {
            let message =
                format!("the template asks for `{}` and never puts it in", shortened(asked));
            cx.tell(codes::WITH_UNUSED, *at, message);
        }
    }
    template
}

fn nested(cx: &mut Checker<'_>, at: At) {
    cx.tell(codes::NESTED_TEMPLATE, at, "a template that is made from a template").expected(
        "what is common written in each; an agent or a queue may use several: template: [ONE, OTHER]",
    );
}

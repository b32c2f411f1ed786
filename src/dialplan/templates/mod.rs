//! `templates:`: what agents, queues and flows are made from. Files go in as trees, and come out as
//! if everything had been written out; whoever reads them sees no template.
//!
//! Each copy of a template has a number in its places, `via` of an `At`: a finding in it is told at
//! the template's own place, once, with those who use it.

mod collect;
mod put;

use super::check::Checker;
use super::codes;
use super::source::{PLAN_BYTES, PromptFault, Source, World};
use super::tree::{self, Key, Kind, Node, shortened};
use crate::plan::Names;
use collect::{Template, Templates};
use put::{Copier, Values};
use std::rc::Rc;

/// The section.
pub(super) const KEY: &str = "templates";
/// The key of whoever uses one.
const USE: &str = "template";
/// The sections whose entries may use one, each with the word for one of them.
const KINDS: [(&str, &str); 3] = [("agents", "agent"), ("queues", "queue"), ("flows", "flow")];
/// Maps that are put together from the template's and one's own entries. Others are one thing:
/// half a state or half a list of steps is none.
const PUT_TOGETHER: [&str; 4] = ["skills", "refusal", "service_level", "while_waiting"];
/// Two writings of one key.
const PHONES: [&str; 2] = ["contact", "contacts"];

/// Who uses which template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// `agent`, `queue`, `flow`.
    kind: &'static str,
    template: String,
    by: String,
}

/// Where all findings of one place come from, in words.
pub(super) fn told(uses: &[Use], vias: &[u32]) -> Option<String> {
    let find = |via: &u32| uses.get(usize::try_from(*via).ok()?.checked_sub(1)?);
    let mut found: Vec<&Use> = vias.iter().filter_map(find).collect();
    let Use { kind, template, by } = *found.first()?;
    let same = |other: &&Use| other.kind == *kind && other.template == *template;
    found.retain(same);
    let all = uses.iter().filter(same).count();
    let template = shortened(template);
    Some(match found.len() {
        many if many == all && many > 1 => format!("in every use of the template `{template}`"),
        1 => format!("in the template `{template}`, used by the {kind} `{}`", shortened(by)),
        many => {
            let (by, more) = (shortened(by), many - 1);
            format!("in the template `{template}`, used by the {kind} `{by}` and {more} more")
        }
    })
}

/// The trees of a plan with every template put in, for those who only look; what is wrong with the
/// templates is told by whoever compiles.
pub(super) fn trees(sources: &[Source]) -> Vec<Node> {
    let numbered = sources.iter().zip(0_u16..);
    let parsed = |(source, file): (&Source, u16)| tree::parse(file, &source.text, tree::NODES).ok();
    let mut names = Names::default();
    let mut cx = Checker::new(sources, &Nowhere, &mut names);
    expand(&mut cx, numbered.filter_map(parsed).collect(), tree::NODES)
}

/// Puts every template in; `room` is how many nodes there may be more.
pub(super) fn expand(cx: &mut Checker<'_>, mut trees: Vec<Node>, room: usize) -> Vec<Node> {
    let has = |source: &Source| source.text.contains(USE) || source.text.contains(put::OPEN);
    if !cx.sources.iter().any(has) {
        return trees;
    }
    let sections: Vec<Node> = trees.iter_mut().flat_map(|tree| taken(tree, KEY)).collect();
    trees.iter().for_each(|tree| put::outside(cx, tree));
    let templates = Templates::collect(cx, &sections);
    let mut maker =
        Maker { templates, copier: Copier { via: 0, nodes: room, bytes: PLAN_BYTES, full: false } };
    for tree in &mut trees {
        let Kind::Map(entries) = &mut tree.kind else { continue };
        for (key, section) in entries {
            let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == key.text) else {
                continue;
            };
            let Kind::Map(things) = &mut section.kind else { continue };
            for (key, thing) in things {
                if let Some(made) = maker.made(cx, kind, key, thing) {
                    *thing = made;
                }
            }
        }
    }
    maker.templates.tell_unused(cx);
    trees
}

/// The values of a key, which are not there any more after that.
fn taken(tree: &mut Node, name: &str) -> Vec<Node> {
    let Kind::Map(entries) = &mut tree.kind else { return Vec::new() };
    let found = entries.iter_mut().filter(|(key, _)| key.text == name);
    let take = |(_, node): &mut (Key, Node)| {
        let nothing = Node { at: node.at, kind: Kind::Null };
        std::mem::replace(node, nothing)
    };
    found.map(take).collect()
}

struct Maker<'t> {
    templates: Templates<'t>,
    copier: Copier,
}

impl<'t> Maker<'t> {
    /// The thing as if it had been written out; none if it uses no template.
    fn made(
        &mut self,
        cx: &mut Checker<'_>,
        kind: &'static str,
        key: &Key,
        thing: &Node,
    ) -> Option<Node> {
        let named = thing.key(USE)?;
        // A flow may have a state of this name; no state is a text.
        if kind == "flow" && matches!(named.kind, Kind::Map(_) | Kind::Null) {
            return None;
        }
        let made = if kind == "flow" {
            self.flow(cx, key, thing)
        } else {
            Some(self.filled(cx, kind, key, thing))
        };
        if self.copier.overrun() {
            let message = "with its templates put in the plan is too large";
            cx.tell(codes::BUDGET, named.at, message)
                .expected(format!("at most {} nodes and {PLAN_BYTES} bytes", tree::NODES));
        }
        made
    }

    fn named(
        &mut self,
        cx: &mut Checker<'_>,
        kind: &'static str,
        by: &Key,
        node: &Node,
    ) -> Option<Rc<Template<'t>>> {
        let name = cx.text(node, "the name of a template")?;
        let template = self.templates.find(cx, kind, name, node.at)?;
        cx.uses.push(Use { kind, template: name.to_string(), by: by.text.clone() });
        self.copier.via = u32::try_from(cx.uses.len()).unwrap_or(u32::MAX);
        Some(template)
    }

    /// An agent or a queue: what it does not say itself is its templates', of which the later wins.
    fn filled(&mut self, cx: &mut Checker<'_>, kind: &'static str, by: &Key, thing: &Node) -> Node {
        let (used, own): (Vec<_>, Vec<_>) =
            cx.entries(thing, "settings").into_iter().partition(|(key, _)| key.text == USE);
        let mut made: Vec<(Key, Node)> =
            own.into_iter().map(|(key, node)| (key.clone(), node.clone())).collect();
        let mut layers = Vec::new();
        for name in used.iter().flat_map(|(_, names)| names.each()) {
            if let Some(template) = self.named(cx, kind, by, name) {
                layers.push(self.copier.copied(template.body, &Values::default()));
            }
        }
        for layer in layers.into_iter().rev() {
            put_under(&mut made, layer);
        }
        Node { at: thing.at, kind: Kind::Map(made) }
    }

    fn flow(&mut self, cx: &mut Checker<'_>, by: &Key, thing: &Node) -> Option<Node> {
        let mut fields = cx.fields(thing, "keys of a flow that is made from a template");
        let (named, with) = (fields.take(USE)?, fields.take("with"));
        fields.finish(cx);
        let template = self.named(cx, "flow", by, named)?;
        let entries = with.map(|node| cx.entries(node, "names and values")).unwrap_or_default();
        let mut sound = true;
        for (key, _) in &entries {
            if !template.asks_for(&key.text) {
                sound = false;
                let (name, of) = (shortened(&key.text), shortened(template.name));
                cx.tell(
                    codes::WITH_SURPLUS,
                    key.at,
                    format!("the template `{of}` does not ask for `{name}`"),
                )
                .among(&key.text, template.with.iter().map(|(name, _)| *name));
            }
        }
        for (name, _) in &template.with {
            if !entries.iter().any(|(key, _)| key.text == *name) {
                sound = false;
                let (name, of) = (shortened(name), shortened(template.name));
                let at = with.map_or(named.at, |with| with.at);
                let message = format!("the template `{of}` asks for `{name}`, which is missing");
                cx.tell(codes::WITH_MISSING, at, message)
                    .expected(format!("with: {{ {name}: … }}"));
            }
        }
        let values: Values<'_> =
            entries.into_iter().map(|(key, node)| (key.text.as_str(), node)).collect();
        sound &= template.suits(cx, &values);
        cx.made.insert(by.text.clone(), template.name.to_string());
        sound.then(|| self.copier.copied(template.body, &values))
    }
}

/// Adds what is not there yet.
fn put_under(made: &mut Vec<(Key, Node)>, layer: Node) {
    let Kind::Map(layer) = layer.kind else { return };
    let before = made.len();
    for (key, value) in layer {
        let phone = |name: &str| PHONES.contains(&name);
        let known = |name: &str| name == key.text || phone(name) && phone(&key.text);
        match made.iter_mut().take(before).find(|(own, _)| known(&own.text)) {
            None => made.push((key, value)),
            Some((own, node)) if PUT_TOGETHER.contains(&own.text.as_str()) => {
                let (Kind::Map(own), Kind::Map(more)) = (&mut node.kind, value.kind) else {
                    continue;
                };
                let names: Vec<String> = own.iter().map(|(key, _)| key.text.clone()).collect();
                own.extend(more.into_iter().filter(|(key, _)| !names.contains(&key.text)));
            }
            Some(_) => {}
        }
    }
}

/// A world that is asked nothing.
struct Nowhere;

impl World for Nowhere {
    fn list(&self, _path: &str) -> Result<Option<Vec<String>>, String> {
        Ok(None)
    }

    fn read(&self, _path: &str) -> Result<String, String> {
        Err(String::new())
    }

    fn prompt_exists(&self, _path: &str) -> bool {
        true
    }

    fn prompt_fault(&self, _path: &str) -> Option<PromptFault> {
        None
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

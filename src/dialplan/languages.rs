//! Languages: which there are, what is recorded in each, and the verb that sets a call's.

use super::check::{Checker, Fields};
use super::codes;
use super::finding::At;
use super::flows::Builder;
use super::heard::Heard;
use super::prompts::{Prompts, fault};
use super::tree::{Node, shortened};
use super::verbs::exit;
use crate::base::PromptId;
use crate::ivr::Verb;
use crate::ivr::program::Recordings;
use crate::ivr::verbs::Language;
use crate::plan::PromptFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most languages of a plan.
const LANGUAGES: usize = 32;
/// Prompts around places and waits, which no state names.
const AROUND: [&str; 7] = [
    "position-before",
    "position-after",
    "position-next",
    "wait-before",
    "wait-less",
    "wait-minute",
    "wait-minutes",
];

/// The name of a language: two or three letters, and what belongs to them.
pub(super) fn named<'n>(cx: &mut Checker<'_>, at: At, text: &'n str) -> Option<&'n str> {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    let lower = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase());
    let more = |part: &str| {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (1..=8).contains(&part.len()) && part.bytes().all(good)
    };
    if (2..=3).contains(&first.len()) && lower(first) && text.len() <= 16 && parts.all(more) {
        return Some(text);
    }
    cx.tell(codes::BAD_LANGUAGE, at, format!("`{}` is no language", shortened(text)))
        .expected("small letters such as en, it, de-at");
    None
}

/// Files of one prompt by language.
pub(super) fn paths(cx: &mut Checker<'_>, node: &Node) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    for (key, value) in cx.entries(node, "files by language") {
        let language = named(cx, key.at, &key.text);
        let path = cx.text(value, "the path of a WAV file");
        if let (Some(language), Some(path)) = (language, path) {
            paths.insert(language.to_string(), path.to_string());
        }
    }
    paths
}

/// `language: it`, or `language: "${expression}"` with `among`, the languages that may come of it.
pub(super) fn verb(
    cx: &mut Checker<'_>,
    b: &mut Builder<'_, '_, '_>,
    name: &str,
    fields: &mut Fields<'_>,
) -> Option<Verb> {
    let node = fields.need("language", cx)?;
    let (among, next) = (fields.take("among"), exit(cx, b, fields, name, "next"));
    let language = cx.template(node, b.shared.scope)?;
    let mut languages: Vec<(&str, At)> = Vec::new();
    if language.names().is_empty() {
        languages.push((node.scalar().unwrap_or("").trim(), node.at));
    } else if among.is_none() {
        cx.tell(codes::NO_AMONG, node.at, "which languages may come of this is not said")
            .expected("among: [en, it]");
    }
    for item in among.map(|node| cx.items(node)).unwrap_or_default() {
        languages.extend(cx.text(item, "a language").map(|text| (text, item.at)));
    }
    let mut known: Vec<Arc<str>> = Vec::new();
    for (text, at) in languages {
        if let Some(language) = named(cx, at, text) {
            b.shared.prompts.speaks(cx, language, at);
            known.push(language.into());
        }
    }
    Some(Verb::Language(Language { language, among: known, next }))
}

impl Prompts {
    /// Some state sets this language.
    fn speaks(&mut self, cx: &mut Checker<'_>, language: &str, at: At) {
        if language == self.language || self.spoken.contains(language) {
            return;
        }
        if self.spoken.len() >= LANGUAGES {
            cx.tell(codes::TOO_MANY, at, format!("more than {LANGUAGES} languages"));
            return;
        }
        self.spoken.insert(language.to_string());
    }

    /// What is recorded in the languages that states set, of what is `heard` in them. What is not is
    /// told, and heard in the first language.
    pub(super) fn languages(
        &mut self,
        cx: &mut Checker<'_>,
        heard: &BTreeMap<Arc<str>, Heard>,
    ) -> BTreeMap<Arc<str>, Recordings> {
        let mut found = BTreeMap::new();
        let mut missing: BTreeMap<PromptId, Vec<&str>> = BTreeMap::new();
        let around: Vec<PromptId> = self
            .used
            .values()
            .filter(|file| AROUND.contains(&&*file.name))
            .map(|file| file.id)
            .collect();
        let nothing = Heard::default();
        let first = self.language.clone();
        let spoken = self.spoken.clone();
        for language in &spoken {
            let heard = heard.get(language.as_str()).unwrap_or(&nothing);
            let words = self.words_in(cx, language, heard.digits, heard.numbers);
            let mut prompts = BTreeMap::new();
            let around = around.iter().filter(|_| heard.around);
            for id in heard.prompts.iter().chain(around) {
                let Some(name) = self.used.get(id).map(|file| Arc::clone(&file.name)) else {
                    continue;
                };
                match self.variant(cx, language, &name, self.said.get(id).copied()) {
                    Some(variant) => {
                        prompts.insert(*id, variant);
                    }
                    None => missing.entry(*id).or_default().push(language),
                }
            }
            found.insert(language.as_str().into(), Recordings { words, prompts });
        }
        for (name, paths) in &self.localized {
            let id = cx.names.prompt(name);
            if self.said.contains_key(&id) && !paths.contains_key(&first) {
                missing.entry(id).or_default().insert(0, &first);
            }
        }
        for (id, languages) in missing {
            let at = self.said.get(&id).copied().or(self.said_at());
            let (Some(file), Some(at)) = (self.used.get(&id), at) else { continue };
            let (name, list) = (&file.name, languages.join(", "));
            let file = format!(
                "{}/{}/{name}.wav",
                self.folder,
                languages.first().copied().unwrap_or_default()
            );
            let message = format!("the prompt `{name}` is not recorded in {list}");
            cx.tell(codes::NOT_IN_LANGUAGE, at, message).expected(format!("a file {file}"));
        }
        found
    }

    /// A prompt in another language than the first, if it is recorded.
    pub(super) fn variant(
        &mut self,
        cx: &mut Checker<'_>,
        language: &str,
        name: &str,
        at: Option<At>,
    ) -> Option<PromptId> {
        let given = self.localized.get(name).and_then(|paths| paths.get(language));
        let path = match given {
            Some(path) => path.clone(),
            None => format!("{}/{language}/{name}.wav", self.folder),
        };
        if !cx.world.prompt_exists(&path) {
            return None;
        }
        let name = format!("{language}/{name}");
        let id = cx.names.prompt(&name);
        if let (Some(at), false) = (at.or(self.said_at()), self.used.contains_key(&id)) {
            fault(cx, at, &path);
        }
        self.used.insert(id, PromptFile { id, name: name.into(), path: path.into() });
        Some(id)
    }
}

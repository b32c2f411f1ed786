//! `prompts:` and every place where a prompt is named.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::languages;
use super::source::PromptFault;
use super::tree::{Kind, Node};
use crate::base::PromptId;
use crate::ivr::numbers::Grammar;
use crate::ivr::prompt::Piece;
use crate::ivr::spoken::{Word, Words};
use crate::plan::{Around, PromptFile};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most pieces in one prompt list.
const PIECES: usize = 64;
/// The name that stands for a tone, not for a file.
const BEEP: &str = "beep";

/// The prompts that a plan names.
pub(super) struct Prompts {
    pub(super) folder: String,
    /// The language that calls begin in.
    pub(super) language: String,
    /// The others that some state sets.
    pub(super) spoken: BTreeSet<String>,
    /// Paths by name, where the plan gives them.
    paths: BTreeMap<String, String>,
    /// Paths by name and language.
    pub(super) localized: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) used: BTreeMap<PromptId, PromptFile>,
    /// Prompts with words in them, and where they are named first; music has none.
    pub(super) said: BTreeMap<PromptId, At>,
    /// Where digits and numbers are spoken first.
    digits_at: Option<At>,
    pub(super) numbers_at: Option<At>,
    /// Whether places or waits are said.
    around: bool,
}

impl Prompts {
    /// Reads `prompts:`, names and paths of files that are not `<folder>/<name>.wav`.
    pub(super) fn new(
        cx: &mut Checker<'_>,
        folder: &str,
        language: &str,
        node: Option<&Node>,
    ) -> Prompts {
        let mut prompts = Prompts {
            folder: folder.to_string(),
            language: language.to_string(),
            spoken: BTreeSet::new(),
            paths: BTreeMap::new(),
            localized: BTreeMap::new(),
            used: BTreeMap::new(),
            said: BTreeMap::new(),
            digits_at: None,
            numbers_at: None,
            around: false,
        };
        let Some(node) = node else { return prompts };
        for (key, value) in cx.entries(node, "prompts and their files") {
            if let Kind::Map(_) = value.kind {
                let paths = languages::paths(cx, value);
                if !paths.is_empty() {
                    prompts.localized.insert(key.text.clone(), paths);
                    prompts.named(cx, value.at, &key.text);
                }
            } else if let Some(path) = cx.text(value, "the path of a WAV file, or one by language")
            {
                prompts.paths.insert(key.text.clone(), path.to_string());
                prompts.named(cx, value.at, &key.text);
            }
        }
        prompts
    }

    /// The file that is heard in the first language.
    fn path(&self, cx: &Checker<'_>, name: &str) -> String {
        if let Some(paths) = self.localized.get(name) {
            // Without one in the first language another is better than none.
            let path = paths.get(&self.language).or_else(|| paths.values().next());
            return path.cloned().unwrap_or_default();
        }
        if let Some(path) = self.paths.get(name) {
            return path.clone();
        }
        let own = format!("{}/{}/{name}.wav", self.folder, self.language);
        if cx.world.prompt_exists(&own) { own } else { format!("{}/{name}.wav", self.folder) }
    }

    /// A prompt that is named at this place; that it is not there is told once.
    fn named(&mut self, cx: &mut Checker<'_>, at: At, name: &str) -> PromptId {
        let id = cx.names.prompt(name);
        if self.used.contains_key(&id) {
            return id;
        }
        let path = self.path(cx, name);
        let good = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        if name.is_empty() || !name.chars().all(good) || name.split('/').any(|part| part == "..") {
            cx.tell(codes::BAD_PROMPT_NAME, at, format!("`{name}` is no name of a prompt"))
                .expected("letters, digits, `.`, `_`, `-`, `/`");
        } else if !cx.world.prompt_exists(&path) {
            let names: Vec<String> = self.used.values().map(|p| p.name.to_string()).collect();
            cx.tell(codes::NO_PROMPT, at, format!("there is no prompt `{name}`: no file `{path}`"))
                .among(name, names.iter().map(String::as_str));
        } else {
            fault(cx, at, &path);
        }
        self.used.insert(id, PromptFile { id, name: name.into(), path: path.into() });
        id
    }

    /// One prompt by its name.
    pub(super) fn one(&mut self, cx: &mut Checker<'_>, node: &Node) -> Option<PromptId> {
        let name = cx.text(node, "the name of a prompt")?;
        Some(self.named(cx, node.at, name))
    }

    /// The same, of a prompt with words in it.
    pub(super) fn said(&mut self, cx: &mut Checker<'_>, node: &Node) -> Option<PromptId> {
        let id = self.one(cx, node)?;
        self.said.entry(id).or_insert(node.at);
        Some(id)
    }

    /// What is heard: a prompt, `beep`, `{ pause: 500ms }`, `{ digits: "…" }`, `{ number: "…" }`,
    /// or a list of these.
    pub(super) fn pieces(
        &mut self,
        cx: &mut Checker<'_>,
        node: &Node,
        scope: &dyn crate::expr::Scope,
    ) -> Vec<Piece> {
        let items = cx.items(node);
        if items.len() > PIECES {
            cx.tell(
                codes::TOO_MANY,
                node.at,
                format!("{} pieces, at most {PIECES} are played", items.len()),
            );
        }
        items.iter().take(PIECES).filter_map(|item| self.piece(cx, item, scope)).collect()
    }

    fn piece(
        &mut self,
        cx: &mut Checker<'_>,
        node: &Node,
        scope: &dyn crate::expr::Scope,
    ) -> Option<Piece> {
        if let Kind::Scalar { text, .. } = &node.kind
            && text == BEEP
        {
            return Some(Piece::Beep);
        }
        let Kind::Map(_) = &node.kind else {
            return self.said(cx, node).map(Piece::Prompt);
        };
        let mut fields = cx.fields(node, "pieces of a prompt");
        let (pause, digits, number) =
            (fields.take("pause"), fields.take("digits"), fields.take("number"));
        fields.finish(cx);
        match (pause, digits, number) {
            (Some(node), None, None) => {
                let time = cx.duration(node)?.min(Duration::from_secs(60));
                Some(Piece::Silence(u32::try_from(time.as_millis()).unwrap_or(60_000)))
            }
            (None, Some(node), None) => {
                self.digits_at.get_or_insert(node.at);
                cx.template(node, scope).map(Piece::Digits)
            }
            (None, None, Some(node)) => {
                self.numbers_at.get_or_insert(node.at);
                cx.template(node, scope).map(Piece::Number)
            }
            _ => {
                cx.tell(codes::ONE_OF, node.at, "found none or several of pause, digits, number")
                    .expected("one of pause, digits, number");
                None
            }
        }
    }

    /// A queue says places or waits.
    pub(super) fn needs_numbers(&mut self, at: At) {
        self.numbers_at.get_or_insert(at);
        self.around = true;
    }

    /// The words around a place or a wait, as far as they are recorded.
    pub(super) fn around(&mut self, cx: &mut Checker<'_>) -> Around {
        if !self.around {
            return Around::default();
        }
        let mut find = |name: &str| self.there(cx, name);
        Around {
            position_before: find("position-before"),
            position_after: find("position-after"),
            position_next: find("position-next"),
            wait_before: find("wait-before"),
            wait_less: find("wait-less"),
            wait_minute: find("wait-minute"),
            wait_minutes: find("wait-minutes"),
        }
    }

    /// The recorded words, as many as the plan needs.
    pub(super) fn words(&mut self, cx: &mut Checker<'_>) -> Words {
        let language = self.language.clone();
        self.words_in(cx, &language, self.digits_at.is_some(), self.numbers_at.is_some())
    }

    /// The same in one of the plan's languages.
    pub(super) fn words_in(
        &mut self,
        cx: &mut Checker<'_>,
        language: &str,
        digits: bool,
        numbers: bool,
    ) -> Words {
        let grammar = Grammar::of(language);
        let mut words = Words::new(grammar);
        let mut missing = Vec::new();
        let needed: Vec<Word> = match (digits, numbers) {
            (_, true) => grammar.words(),
            (true, false) => Word::DIGITS.to_vec(),
            (false, false) => Vec::new(),
        };
        if let (Some(at), true, Grammar::Digits) = (self.numbers_at, numbers, grammar) {
            let message = format!("numbers are said digit by digit in `{language}`");
            cx.tell(codes::NO_GRAMMAR, at, message).expected("one of en, it, de, fr, es");
        }
        for word in needed {
            match self.recorded(cx, language, word) {
                Some(id) => words.insert(word, id),
                None => missing.push(word.prompt_name()),
            }
        }
        let Some(at) = self.said_at().filter(|_| digits || numbers) else { return words };
        for word in [Word::Plus, Word::Star, Word::Hash] {
            if let Some(id) = self.recorded(cx, language, word) {
                words.insert(word, id);
            }
        }
        let other = language != self.language;
        let of = if other { format!(" in `{language}`") } else { String::new() };
        if !missing.is_empty() {
            cx.tell(
                codes::WORDS_MISSING,
                at,
                format!("words are not recorded{of}: {}", missing.join(", ")),
            )
            .expected(format!(
                "a file for each, such as {}",
                missing_file(self, language, &missing)
            ));
        }
        words
    }

    fn recorded(&mut self, cx: &mut Checker<'_>, language: &str, word: Word) -> Option<PromptId> {
        if language != self.language {
            return self.variant(cx, language, &word.prompt_name(), None);
        }
        let in_figures = self.there(cx, &word.prompt_name());
        in_figures.or_else(|| self.there(cx, word.spelled()?))
    }

    /// Where words are needed first.
    pub(super) fn said_at(&self) -> Option<At> {
        self.numbers_at.or(self.digits_at)
    }

    /// A prompt that is used if it is there.
    fn there(&mut self, cx: &mut Checker<'_>, name: &str) -> Option<PromptId> {
        let path = self.path(cx, name);
        if !cx.world.prompt_exists(&path) {
            return None;
        }
        let id = cx.names.prompt(name);
        if let (Some(at), false) = (self.said_at(), self.used.contains_key(&id)) {
            fault(cx, at, &path);
        }
        self.used.insert(id, PromptFile { id, name: name.into(), path: path.into() });
        Some(id)
    }

    pub(super) fn finish(self) -> BTreeMap<PromptId, PromptFile> {
        self.used
    }
}

/// Where the first of the missing words belongs.
fn missing_file(prompts: &Prompts, language: &str, missing: &[String]) -> String {
    let name = missing.first().map_or("", String::as_str);
    let Prompts { folder, language: first, .. } = prompts;
    if language == first {
        return format!("{folder}/{name}.wav");
    }
    format!("{folder}/{language}/{name}.wav")
}

/// Tells a prompt file that is there and cannot be played.
pub(super) fn fault(cx: &mut Checker<'_>, at: At, path: &str) {
    let path_shown = super::tree::shortened(path);
    match cx.world.prompt_fault(path) {
        None => {}
        Some(PromptFault::Unreadable(why)) => {
            cx.tell(codes::PROMPT_UNREADABLE, at, format!("the prompt `{path_shown}`: {why}"));
        }
        Some(PromptFault::Unplayable(why)) => {
            cx.tell(codes::PROMPT_FORMAT, at, format!("the prompt `{path_shown}`: {why}"))
                .expected("a WAV file: sox FILE -r 8000 -c 1 NAME.wav");
        }
    }
}

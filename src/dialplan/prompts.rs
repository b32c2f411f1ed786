//! `prompts:` and every place where a prompt is named.

use super::check::Checker;
use super::codes;
use super::finding::At;
use super::source::PromptFault;
use super::tree::{Kind, Node};
use crate::base::PromptId;
use crate::ivr::prompt::Piece;
use crate::ivr::spoken::{Word, Words};
use crate::plan::{Around, PromptFile};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most pieces in one prompt list.
const PIECES: usize = 64;
/// The name that stands for a tone, not for a file.
const BEEP: &str = "beep";

/// The prompts that a plan names.
pub(super) struct Prompts {
    folder: String,
    /// Paths by name, where the plan gives them.
    paths: BTreeMap<String, String>,
    used: BTreeMap<PromptId, PromptFile>,
    /// Where digits and numbers are spoken first.
    digits_at: Option<At>,
    numbers_at: Option<At>,
    /// Whether places or waits are said.
    around: bool,
}

impl Prompts {
    /// Reads `prompts:`, names and paths of files that are not `<folder>/<name>.wav`.
    pub(super) fn new(cx: &mut Checker<'_>, folder: &str, node: Option<&Node>) -> Prompts {
        let mut prompts = Prompts {
            folder: folder.to_string(),
            paths: BTreeMap::new(),
            used: BTreeMap::new(),
            digits_at: None,
            numbers_at: None,
            around: false,
        };
        let Some(node) = node else { return prompts };
        for (key, value) in cx.entries(node, "prompts and their files") {
            if let Some(path) = cx.text(value, "the path of a WAV file") {
                prompts.paths.insert(key.text.clone(), path.to_string());
                prompts.named(cx, value.at, &key.text);
            }
        }
        prompts
    }

    fn path(&self, name: &str) -> String {
        match self.paths.get(name) {
            Some(path) => path.clone(),
            None => format!("{}/{name}.wav", self.folder),
        }
    }

    /// A prompt that is named at this place; that it is not there is told once.
    fn named(&mut self, cx: &mut Checker<'_>, at: At, name: &str) -> PromptId {
        let id = cx.names.prompt(name);
        if self.used.contains_key(&id) {
            return id;
        }
        let path = self.path(name);
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
            return self.one(cx, node).map(Piece::Prompt);
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
        let mut words = Words::default();
        let mut missing = Vec::new();
        let needed: Vec<Word> = match (self.digits_at, self.numbers_at) {
            (_, Some(_)) => Word::all_of_numbers(),
            (Some(_), None) => Word::DIGITS.to_vec(),
            (None, None) => Vec::new(),
        };
        for word in needed {
            match self.recorded(cx, word) {
                Some(id) => words.insert(word, id),
                None => missing.push(word.prompt_name()),
            }
        }
        let Some(at) = self.said_at() else { return words };
        for word in [Word::Plus, Word::Star, Word::Hash] {
            if let Some(id) = self.recorded(cx, word) {
                words.insert(word, id);
            }
        }
        if !missing.is_empty() {
            cx.tell(
                codes::WORDS_MISSING,
                at,
                format!("words are not recorded: {}", missing.join(", ")),
            )
            .expected(format!(
                "a file for each, such as {}",
                missing.first().map_or(String::new(), |name| self.path(name))
            ));
        }
        words
    }

    fn recorded(&mut self, cx: &mut Checker<'_>, word: Word) -> Option<PromptId> {
        let in_figures = self.there(cx, &word.prompt_name());
        in_figures.or_else(|| self.there(cx, word.spelled()?))
    }

    /// Where words are needed first.
    fn said_at(&self) -> Option<At> {
        self.numbers_at.or(self.digits_at)
    }

    /// A prompt that is used if it is there.
    fn there(&mut self, cx: &mut Checker<'_>, name: &str) -> Option<PromptId> {
        let path = self.path(name);
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

/// Tells a prompt file that is there and cannot be played.
fn fault(cx: &mut Checker<'_>, at: At, path: &str) {
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

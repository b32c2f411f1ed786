//! A script's flows as the interpreter runs them: compiled, checked, immutable.
//!
//! State 0 of a flow is where it begins. Every index and id in here was checked when the plan was
//! compiled; one that is out of range all the same ends the call as a fault, never the process.

use super::prompt::Piece;
use super::spoken::Words;
use super::verbs::{
    Answer, Collect, Dial, Goto, HangUp, Hours, Language, Menu, Play, Queue, Refuse, Ring, Say,
    Set, When,
};
use super::words::Say as Said;
use crate::base::{FlowId, PromptId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All flows of a script, and what they share.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// By id; ids of flows of other scripts are not in here.
    pub flows: BTreeMap<FlowId, Arc<Flow>>,
    /// The recorded words that numbers are put together from.
    pub words: Words,
    /// The language that calls begin in, and of `words`.
    pub language: Arc<str>,
    /// The other languages that some state sets.
    pub languages: BTreeMap<Arc<str>, Recordings>,
}

/// What is recorded in another language than the first.
#[derive(Clone, Debug, Default)]
pub struct Recordings {
    /// The words of numbers.
    pub words: Words,
    /// Prompts by those of the first language; what is not here is heard in the first.
    pub prompts: BTreeMap<PromptId, PromptId>,
}

impl Program {
    /// A flow by its id.
    #[must_use]
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(&id).map(Arc::as_ref)
    }

    /// The words of a language; of the first one where it has none of its own.
    #[must_use]
    pub fn words_in(&self, language: &str) -> &Words {
        self.languages.get(language).map_or(&self.words, |recordings| &recordings.words)
    }

    /// Puts the recordings of a language in the place of the first one's.
    pub fn translate(&self, language: &str, items: &mut [Said]) {
        let Some(recordings) = self.languages.get(language) else { return };
        for item in items {
            if let Said::Prompt(prompt) = item {
                *prompt = recordings.prompts.get(prompt).copied().unwrap_or(*prompt);
            }
        }
    }

    /// The names of a flow and of one of its states, for the record and the live view.
    #[must_use]
    pub fn names(&self, flow: FlowId, state: u16) -> Option<(Arc<str>, Arc<str>)> {
        let flow = self.flow(flow)?;
        let state = flow.states.get(usize::from(state))?;
        Some((flow.name.clone(), state.name.clone()))
    }
}

/// An IVR state machine.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name in the plan.
    pub name: Arc<str>,
    /// The template that it was made from.
    pub template: Option<Arc<str>>,
    /// In the plan's order; states written in place come last, named after what they hang on.
    pub states: Vec<State>,
}

/// One state: one verb and the ways out of it.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name in the plan.
    pub name: Arc<str>,
    /// What is done in it.
    pub verb: Verb,
}

/// Where a state leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// To the state with this index in the same flow.
    State(u16),
    /// Nowhere: the call is ended.
    End,
}

/// What a state does: one file each in `verbs/`.
#[derive(Clone, Debug)]
pub enum Verb {
    /// Answer the call.
    Answer(Answer),
    /// Let it ring.
    Ring(Ring),
    /// Play prompts.
    Play(Play),
    /// Play prompts and let the caller choose by keys.
    Menu(Menu),
    /// Play prompts and take digits.
    Collect(Collect),
    /// Say digits and numbers.
    Say(Say),
    /// Give variables a value.
    Set(Set),
    /// Set the call's language.
    Language(Language),
    /// Go by conditions.
    When(When),
    /// Go by the time of day.
    Hours(Hours),
    /// Wait for an agent.
    Queue(Queue),
    /// Call a target.
    Dial(Dial),
    /// Refuse the call.
    Refuse(Refuse),
    /// End the call.
    HangUp(HangUp),
    /// Go on in another flow.
    Goto(Goto),
}

impl Verb {
    /// The verb as written in a plan.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Verb::Answer(_) => "answer",
            Verb::Ring(_) => "ring",
            Verb::Play(_) => "play",
            Verb::Menu(_) => "menu",
            Verb::Collect(_) => "collect",
            Verb::Say(_) => "say",
            Verb::Set(_) => "set",
            Verb::Language(_) => "language",
            Verb::When(_) => "when",
            Verb::Hours(_) => "hours",
            Verb::Queue(_) => "queue",
            Verb::Dial(_) => "dial",
            Verb::Refuse(_) => "refuse",
            Verb::HangUp(_) => "hang_up",
            Verb::Goto(_) => "goto",
        }
    }

    /// Whether the call is answered before the verb begins: what plays or waits does so unless
    /// told `early: true`.
    #[must_use]
    pub fn needs_answer(&self) -> bool {
        match self {
            Verb::Answer(_) => true,
            Verb::Play(play) => !play.early,
            Verb::Say(say) => !say.early,
            Verb::Menu(menu) => !menu.asking.early,
            Verb::Collect(collect) => !collect.asking.early,
            Verb::Queue(queue) => !queue.early,
            Verb::Ring(_)
            | Verb::Set(_)
            | Verb::Language(_)
            | Verb::When(_)
            | Verb::Hours(_)
            | Verb::Dial(_)
            | Verb::Refuse(_)
            | Verb::HangUp(_)
            | Verb::Goto(_) => false,
        }
    }

    /// All that is heard in it.
    #[must_use]
    pub fn pieces(&self) -> [&[Piece]; 3] {
        match self {
            Verb::Play(v) => [&v.pieces, &[], &[]],
            Verb::Say(v) => [&v.pieces, &[], &[]],
            Verb::Menu(v) => [&v.asking.prompt, &v.asking.invalid, &v.asking.timeout],
            Verb::Collect(v) => [&v.asking.prompt, &v.asking.invalid, &v.asking.timeout],
            Verb::Answer(_)
            | Verb::Ring(_)
            | Verb::Set(_)
            | Verb::Language(_)
            | Verb::When(_)
            | Verb::Hours(_)
            | Verb::Queue(_)
            | Verb::Dial(_)
            | Verb::Refuse(_)
            | Verb::HangUp(_)
            | Verb::Goto(_) => [&[], &[], &[]],
        }
    }

    /// All ways out, for checks and pictures: what they are called and where they lead.
    #[must_use]
    pub fn exits(&self) -> Vec<(String, Next)> {
        let one = |name: &str, next: Next| vec![(name.to_string(), next)];
        match self {
            Verb::Answer(v) => one("next", v.next),
            Verb::Ring(v) => one("next", v.next),
            Verb::Play(v) => one("next", v.next),
            Verb::Say(v) => one("next", v.next),
            Verb::Set(v) => one("next", v.next),
            Verb::Language(v) => one("next", v.next),
            Verb::Menu(v) => {
                let keys = v.keys.iter().map(|(key, next)| (key.to_string(), *next));
                keys.chain([("failed".to_string(), v.failed)]).collect()
            }
            Verb::Collect(v) => {
                vec![("next".to_string(), v.next), ("failed".to_string(), v.failed)]
            }
            Verb::When(v) => {
                let branches = v.branches.iter().map(|(_, next)| ("then".to_string(), *next));
                branches.chain([("else".to_string(), v.otherwise)]).collect()
            }
            Verb::Hours(v) => {
                vec![("next".to_string(), v.next), ("closed".to_string(), v.closed)]
            }
            Verb::Queue(v) => {
                vec![("next".to_string(), v.next), ("otherwise".to_string(), v.otherwise)]
            }
            Verb::Dial(v) => {
                let failed = v.failed.map(|next| ("failed".to_string(), next));
                [("next".to_string(), v.next)].into_iter().chain(failed).collect()
            }
            Verb::Refuse(_) | Verb::HangUp(_) | Verb::Goto(_) => Vec::new(),
        }
    }
}

//! What a caller may hear in each language: forward from the states that set it, through all flows,
//! up to those that set another.

use super::ways::{Chart, Charted};
use crate::base::{PromptId, QueueId};
use crate::ivr::Verb;
use crate::ivr::prompt::Piece;
use crate::plan::{Announce, Treatment};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is heard in a language.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) prompts: BTreeSet<PromptId>,
    pub(super) digits: bool,
    pub(super) numbers: bool,
    /// Places and waits, with what is said around them.
    pub(super) around: bool,
}

/// By language, as states set it.
pub(super) fn heard(
    flows: &[Charted],
    treatments: &BTreeMap<QueueId, &Treatment>,
) -> BTreeMap<Arc<str>, Heard> {
    let chart = Chart::new(flows);
    let mut begins: BTreeMap<&Arc<str>, Vec<usize>> = BTreeMap::new();
    for (n, (state, _, _)) in chart.states.iter().enumerate() {
        if let Verb::Language(verb) = &state.verb {
            for language in &verb.among {
                begins.entry(language).or_default().extend(chart.target(n, verb.next));
            }
        }
    }
    let of = |(language, begins): (&Arc<str>, Vec<usize>)| {
        (Arc::clone(language), from(&chart, begins, treatments))
    };
    begins.into_iter().map(of).collect()
}

fn from(
    chart: &Chart<'_>,
    mut open: Vec<usize>,
    treatments: &BTreeMap<QueueId, &Treatment>,
) -> Heard {
    let mut heard = Heard::default();
    let mut seen = vec![false; chart.states.len()];
    while let Some(n) = open.pop() {
        let (Some(mark), Some((state, _, _))) = (seen.get_mut(n), chart.states.get(n)) else {
            continue;
        };
        if std::mem::replace(mark, true) {
            continue;
        }
        state.verb.pieces().into_iter().flatten().for_each(|piece| heard.piece(piece));
        if let Verb::Language(verb) = &state.verb
            && verb.is_certain()
        {
            // Behind it another language is heard.
            continue;
        }
        if let Verb::Goto(goto) = &state.verb {
            open.extend(chart.first.get(&goto.flow));
        }
        if let Verb::Queue(queue) = &state.verb {
            let said = treatments.get(&queue.queue).into_iter().flat_map(|t| &t.say);
            said.for_each(|announce| heard.announce(*announce));
        }
        let exits = state.verb.exits().into_iter();
        open.extend(exits.filter_map(|(_, next)| chart.target(n, next)));
    }
    heard
}

impl Heard {
    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Prompt(id) => {
                self.prompts.insert(*id);
            }
            Piece::Digits(_) => self.digits = true,
            Piece::Number(_) => self.numbers = true,
            Piece::Beep | Piece::Silence(_) => {}
        }
    }

    fn announce(&mut self, announce: Announce) {
        match announce {
            Announce::Prompt(id) => {
                self.prompts.insert(id);
            }
            Announce::Position | Announce::Wait => (self.numbers, self.around) = (true, true),
        }
    }
}

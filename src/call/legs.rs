//! All legs of a call, and the events that their dialogs raised and nobody handled yet.

use super::leg::Leg;
use super::turn::{Out, Turn};
use crate::base::{LegNo, Mono, limits};
use crate::dialog::{self, Command};
use std::collections::VecDeque;

/// The legs in the order in which they began; the caller's is the first while it lives.
#[derive(Debug, Default)]
pub(super) struct Legs {
    list: Vec<Leg>,
    events: VecDeque<(LegNo, dialog::Event)>,
    next: u16,
    /// Offers begun, however many legs each took.
    offers: u16,
}

impl Legs {
    /// The number for a new leg; none when a call has had as many as it may.
    pub(super) fn next_no(&mut self) -> Option<LegNo> {
        let no = self.next;
        if no >= limits::LEGS {
            return None;
        }
        self.next += 1;
        Some(LegNo(no))
    }

    /// The call has had as many offers as it may.
    pub(super) fn is_full(&self) -> bool {
        self.offers >= limits::OFFERS
    }

    /// Counts a new offer. What fails over to another address is the same offer still.
    pub(super) fn count_offer(&mut self) {
        self.offers += 1;
    }

    pub(super) fn add(&mut self, leg: Leg, turn: &mut Turn<'_, '_>) {
        turn.out.push(Out::LegBegan(leg.key, leg.dialog_key.clone()));
        self.list.push(leg);
    }

    pub(super) fn get(&self, no: LegNo) -> Option<&Leg> {
        self.list.iter().find(|l| l.no() == no)
    }

    pub(super) fn get_mut(&mut self, no: LegNo) -> Option<&mut Leg> {
        self.list.iter_mut().find(|l| l.no() == no)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.list.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Leg> {
        self.list.iter_mut()
    }

    /// Drops a leg that is gone and whose figures came.
    pub(super) fn remove(&mut self, no: LegNo) {
        self.list.retain(|l| l.no() != no);
    }

    /// Hands an input to a leg's dialog. What it says goes down at once; what it tells waits for
    /// [`Legs::next_event`], so that one event is handled at a time.
    pub(super) fn dialog(&mut self, no: LegNo, input: dialog::Input, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.list.iter_mut().find(|l| l.no() == no) else { return };
        let mut said = Vec::new();
        let cx = &mut *turn.cx;
        let mut context = dialog::Context { now: cx.now, mint: cx.mint, listeners: cx.listeners };
        leg.dialog.handle(input, &mut context, &mut said);
        self.hand_on(no, said, turn);
    }

    /// A command to a leg's dialog.
    pub(super) fn command(&mut self, no: LegNo, command: Command, turn: &mut Turn<'_, '_>) {
        self.dialog(no, dialog::Input::Do(command), turn);
    }

    /// Sorts what a dialog said: down to the transactions, up to the call.
    pub(super) fn hand_on(
        &mut self,
        no: LegNo,
        said: Vec<dialog::Output>,
        turn: &mut Turn<'_, '_>,
    ) {
        for output in said {
            match output {
                dialog::Output::Transact(input) => turn.out.push(Out::Transact(input)),
                dialog::Output::Event(event) => self.events.push_back((no, event)),
            }
        }
    }

    pub(super) fn next_event(&mut self) -> Option<(LegNo, dialog::Event)> {
        self.events.pop_front()
    }

    /// Legs whose dialog's deadline has come.
    pub(super) fn due(&self, now: Mono) -> Vec<LegNo> {
        let due = |l: &&Leg| l.dialog.next_deadline().is_some_and(|d| d <= now);
        self.list.iter().filter(due).map(Leg::no).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let due = |l: &Leg| [l.dialog.next_deadline(), l.plays_at()].into_iter().flatten().min();
        self.list.iter().filter_map(due).min()
    }
}

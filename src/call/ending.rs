//! Ending: what the end of a leg means for the call, and the end of the call.
//!
//! The record is posted as soon as the caller is gone and the streams told their figures; an
//! agent's leg whose CANCEL or BYE nobody answers lingers without holding it up.

use super::leg::{Role, State, Stream};
use super::negotiate::Session;
use super::turn::{Out, Turn};
use super::{Call, Ending, Stage};
use crate::base::{Cause, EndedBy, LegNo};
use crate::dialog::{self, Command};
use crate::record::Happened;
use crate::router;
use crate::transaction;
use std::time::Duration;

/// How long the record waits for the figures of the streams.
const FIGURES: Duration = Duration::from_millis(500);

impl Call {
    /// A leg began to end, by the far end's doing or because it failed.
    pub(super) fn on_ending(&mut self, no: LegNo, ending: dialog::Ending, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let before = leg.state;
        if matches!(before, State::Ending(_) | State::Gone) {
            return;
        }
        let cause = cause_of(&ending, before);
        leg.ends(cause);
        turn.note(self.key, Happened::LegEnded { leg: no, cause });
        if no == LegNo::CALLER {
            let by = match ending {
                dialog::Ending::Bye { .. } | dialog::Ending::Cancel { .. } => EndedBy::Caller,
                dialog::Ending::Failure { .. }
                | dialog::Ending::NoAck
                | dialog::Ending::OfferUnanswered
                | dialog::Ending::SessionExpired
                | dialog::Ending::DialogLost
                | dialog::Ending::Ours => EndedBy::System,
            };
            self.finish(by, cause, reason_of(ending, cause), turn);
            return;
        }
        self.note_failure(no, &ending, turn);
        if self.goes_on(no, before, &ending, turn) {
            return turn.note(self.key, Happened::OfferEnded { leg: no, cause });
        }
        self.other_leg_ended(no, before, cause, reason_of(ending, cause), turn);
    }

    /// A leg is gone for good: its agent is free, its transactions live on alone.
    pub(super) fn on_gone(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let call = self.key;
        let Some(leg) = self.legs.get_mut(no) else { return };
        if leg.state == State::Gone {
            return;
        }
        leg.state = State::Gone;
        leg.place = None;
        leg.close(turn);
        let odd = leg.session.as_ref().map_or(0, Session::oddities);
        if odd > 0 {
            turn.out.push(Out::Odd(odd));
        }
        turn.out.push(Out::Transact(transaction::Input::Disown { owner: leg.key }));
        turn.out.push(Out::LegGone(leg.key, leg.dialog_key.clone()));
        if let Role::Agent { lease, .. } = leg.role {
            turn.out.push(Out::Route(router::Input::LegEnded { contact: call, lease }));
        }
    }

    /// Ends the call: every leg in the way that is right for it. Once.
    pub(super) fn finish(
        &mut self,
        by: EndedBy,
        cause: Cause,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        self.finish_with(by, cause, cause.status(), reason, turn);
    }

    /// The same with the status for a caller that was not answered.
    pub(super) fn finish_with(
        &mut self,
        by: EndedBy,
        cause: Cause,
        status: u16,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        if self.is_over() {
            return;
        }
        if let Stage::Queued(_) = self.stage {
            turn.note(self.key, Happened::Dequeued { why: "abandoned" });
            turn.out.push(Out::Route(router::Input::Gone { contact: self.key }));
        }
        let until = turn.cx.now.after(FIGURES);
        // The caller's INVITE had one final response: the 2xx, if it was answered.
        let answered = self.legs.get(LegNo::CALLER).is_some_and(|l| l.was_answered);
        let final_status = if answered { 200 } else { status };
        let ending = Ending { by, cause, status: final_status, until, posted: false, over: false };
        self.stage = Stage::Ending(ending);
        self.flow_inputs.clear();
        let alive: Vec<LegNo> =
            self.legs.iter().filter(|l| l.is_alive()).map(super::leg::Leg::no).collect();
        for no in alive {
            let answered = self.legs.get(no).is_some_and(super::leg::Leg::is_answered);
            match (no, answered) {
                (LegNo::CALLER, _) => self.end_leg_with(no, cause, status, reason.clone(), turn),
                (_, true) => self.end_leg(no, Cause::NormalClearing, reason.clone(), turn),
                (_, false) => self.end_leg(no, Cause::Cancelled, reason.clone(), turn),
            }
        }
        for leg in self.legs.iter_mut() {
            leg.close(turn);
        }
    }

    /// Ends one leg by our own wish.
    pub(super) fn end_leg(
        &mut self,
        no: LegNo,
        cause: Cause,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        self.end_leg_with(no, cause, cause.status(), reason, turn);
    }

    fn end_leg_with(
        &mut self,
        no: LegNo,
        cause: Cause,
        status: u16,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        if !leg.is_alive() {
            return;
        }
        let was_offer = no != LegNo::CALLER && !leg.joined;
        leg.ends(cause);
        turn.note(self.key, Happened::LegEnded { leg: no, cause });
        if was_offer {
            turn.note(self.key, Happened::OfferEnded { leg: no, cause });
        }
        let reason = reason.or_else(|| Some(q850_reason(cause)));
        self.legs.command(no, Command::End { status, reason }, turn);
    }

    /// After each turn: post the record when it is time, drop legs that are done, say that the call is
    /// over when none is left.
    pub(super) fn sweep(&mut self, turn: &mut Turn<'_, '_>) {
        let done: Vec<LegNo> = self
            .legs
            .iter()
            .filter(|l| l.state == State::Gone && l.stream == Stream::Closed)
            .map(super::leg::Leg::no)
            .collect();
        for no in done {
            self.legs.remove(no);
        }
        let Stage::Ending(ending) = &mut self.stage else { return };
        let silent = self.legs.iter().all(|l| matches!(l.stream, Stream::None | Stream::Closed));
        let late = turn.cx.now.mono >= ending.until;
        if !ending.posted && (silent || late) {
            ending.posted = true;
            let Ending { by, cause, status, .. } = *ending;
            let ended = Happened::Ended { by, cause, sip_status: status, q850: cause.q850() };
            turn.note(self.key, ended);
        }
        let gone = self.legs.iter().all(|l| l.state == State::Gone);
        if ending.posted && gone && (silent || late) && !ending.over {
            ending.over = true;
            turn.out.push(Out::Over);
        }
    }
}

/// The cause in the project's words. Before an answer, what a target answered says it; after one,
/// the Reason header may.
fn cause_of(ending: &dialog::Ending, before: State) -> Cause {
    match ending {
        dialog::Ending::Bye { .. } => Cause::NormalClearing,
        dialog::Ending::Cancel { .. } => Cause::Cancelled,
        dialog::Ending::Failure { status: 408, unreachable: false, rang: true, .. } => {
            Cause::NoAnswer
        }
        dialog::Ending::Failure { unreachable: true, .. } => Cause::Unreachable,
        dialog::Ending::Failure { status, .. } => Cause::from_status(*status),
        dialog::Ending::NoAck => Cause::NoAck,
        dialog::Ending::OfferUnanswered => Cause::OfferUnanswered,
        dialog::Ending::SessionExpired => Cause::SessionExpired,
        dialog::Ending::DialogLost => Cause::Unreachable,
        dialog::Ending::Ours => match before {
            State::Answered => Cause::NormalClearing,
            State::Unanswered { .. } | State::Ending(_) | State::Gone => Cause::Cancelled,
        },
    }
}

/// BYE-07: the Reason that the one side gave is carried to the other; where it gave none, the
/// Q.850 value of the cause is said.
fn reason_of(ending: dialog::Ending, cause: Cause) -> Option<Box<str>> {
    let given = match ending {
        dialog::Ending::Bye { reason }
        | dialog::Ending::Cancel { reason }
        | dialog::Ending::Failure { reason, .. } => reason,
        dialog::Ending::NoAck
        | dialog::Ending::OfferUnanswered
        | dialog::Ending::SessionExpired
        | dialog::Ending::DialogLost
        | dialog::Ending::Ours => None,
    };
    let given = given.and_then(|r| String::from_utf8(r.into_vec()).ok());
    Some(given.map_or_else(|| q850_reason(cause), String::into_boxed_str))
}

/// `Q.850;cause=16` (RFC 3326, RFC 6432).
pub(super) fn q850_reason(cause: Cause) -> Box<str> {
    format!("Q.850;cause={}", cause.q850()).into_boxed_str()
}

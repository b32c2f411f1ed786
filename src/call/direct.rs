//! `direct_media`: RTP between the parties, without us (RFC 3725 gives the flows).
//!
//! Once both legs are answered and acknowledged, the caller is re-INVITEd with the other party's
//! address and payload numbers, and what it answers is offered to the other party. Each change that
//! one side makes later is shown to the other in the same way, until nothing is new. When the other
//! party is gone and the flow goes on, the caller's media is brought back to us.
//!
//! Two phones that both change their description with every answer would never come to that: after a
//! row of showings without a pause the media of both comes back to us and stays, since our own
//! description does not change with theirs.

use super::leg::Leg;
use super::negotiate::{Session, is_hold};
use super::turn::Turn;
use super::{Call, Stage};
use crate::base::{Cause, EndedBy, LegNo, Mono};
use crate::dialog::Command;
use crate::record::Happened;
use crate::sip::sdp::Direction;
use std::time::Duration;

/// Showings in a row before media comes home: two join a call, one or two carry a hold across, and no
/// phone needs to move three times at once.
const MOST_IN_A_ROW: u32 = 8;
/// What ends a row. Rounds slower than this are no load, however many.
const PAUSE: Duration = Duration::from_secs(2);

/// How often the parties were shown each other without a pause.
#[derive(Debug, Default)]
pub(super) struct Row {
    showings: u32,
    last: Mono,
}

impl Row {
    /// One more; false if it is one too many.
    fn one_more(&mut self, now: Mono) -> bool {
        if now.since(self.last) >= PAUSE {
            self.showings = 0;
        }
        self.last = now;
        self.showings += 1;
        self.showings <= MOST_IN_A_ROW
    }
}

/// How often the caller refused to have its media back with us.
const MOST_REFUSALS: u8 = 5;
/// It is asked again so long after a refusal: longer than an offer of its own takes.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The way of the caller's media back to us, where the caller refused it.
#[derive(Debug, Default)]
pub(super) struct Homeward {
    refusals: u8,
    again_at: Option<Mono>,
}

impl Homeward {
    /// When the caller is asked again.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.again_at
    }
}

impl Call {
    /// The caller refused an offer: if it was one that brought its media home, it is asked again later.
    pub(super) fn note_refusal(&mut self, no: LegNo, turn: &Turn<'_, '_>) {
        let apart = matches!(self.stage, Stage::Talking(_) | Stage::Ending(_));
        // What is owed is offered at once, in place of what was refused.
        let refused = |leg: &&Leg| no == LegNo::CALLER && !apart && !leg.owed;
        let leg = self.legs.get(no).filter(refused);
        if leg.and_then(|leg| leg.session.as_ref()).is_some_and(Session::is_direct) {
            self.homeward.refusals += 1;
            self.homeward.again_at = Some(turn.cx.now.after(ASK_AGAIN));
        }
    }

    /// Shows each leg the other's media, where the plan wants it so and there is something new.
    pub(super) fn go_direct(&mut self, turn: &mut Turn<'_, '_>) {
        let Stage::Talking(agent) = self.stage else { return };
        if !self.direct || !self.both_settled(agent) {
            return;
        }
        // One at a time: the answer to the first offer is what the second one says.
        if !self.show_party(LegNo::CALLER, agent, turn) {
            self.show_party(agent, LegNo::CALLER, turn);
        }
    }

    fn both_settled(&self, agent: LegNo) -> bool {
        let caller = self.legs.get(LegNo::CALLER).is_some_and(|l| l.is_answered() && l.acked);
        caller && self.legs.get(agent).is_some_and(super::leg::Leg::is_answered)
    }

    /// True if there was something new to say.
    fn show_party(&mut self, to: LegNo, of: LegNo, turn: &mut Turn<'_, '_>) -> bool {
        let Some(party) = self.legs.get(of) else { return false };
        let direction = party.asked;
        let agreed = party.session.as_ref().and_then(Session::agreed).cloned();
        let (Some(party), Some(leg)) = (agreed, self.legs.get_mut(to)) else { return false };
        if leg.put_off() {
            return true;
        }
        let turned = leg.want != direction;
        leg.want = direction;
        let Some(session) = leg.session.as_mut() else { return false };
        if session.shows(&party) && !turned {
            return false;
        }
        if !self.row.one_more(turn.cx.now.mono) {
            self.stay_home([to, of], turn);
            return true;
        }
        let Some(leg) = self.legs.get_mut(to) else { return false };
        let offer = leg.make_offer(|session| session.offer_party(&party, direction));
        let Some(sdp) = offer else { return false };
        self.legs.command(to, Command::Offer { sdp: Some(sdp) }, turn);
        true
    }

    /// From now on this call's media goes by us.
    fn stay_home(&mut self, parties: [LegNo; 2], turn: &mut Turn<'_, '_>) {
        self.direct = false;
        turn.note(self.key, Happened::BroughtHome);
        for no in parties {
            let session = self.legs.get(no).and_then(|leg| leg.session.as_ref());
            if session.is_some_and(Session::is_direct) {
                self.offer_own(no, turn);
            }
        }
    }

    /// Whether this leg is shown the other party, and not us.
    pub(super) fn is_shown_directly(&self, no: LegNo) -> bool {
        let Stage::Talking(agent) = self.stage else { return false };
        self.direct && (no == LegNo::CALLER || no == agent) && self.both_settled(agent)
    }

    /// The caller's media comes back to us when nobody else is there any more, and a hold by who is
    /// gone ends: the flow and the next agent are to be heard, and the caller by them. A caller who
    /// will not have that hears nothing, so the call ends; true then.
    pub(super) fn come_home(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        if matches!(self.stage, Stage::Talking(_) | Stage::Ending(_)) {
            self.homeward = Homeward::default();
            return false;
        }
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return false };
        if !caller.session.as_ref().is_some_and(Session::is_direct) || !caller.is_answered() {
            self.homeward.again_at = None;
            self.show_direction(LegNo::CALLER, Direction::SendRecv, turn);
            return false;
        }
        if self.homeward.again_at.is_some_and(|at| at > turn.cx.now.mono) {
            return false;
        }
        if self.homeward.refusals >= MOST_REFUSALS {
            self.finish(EndedBy::System, Cause::NoCodec, None, turn);
            return true;
        }
        self.homeward.again_at = None;
        caller.want = Direction::SendRecv;
        self.offer_own(LegNo::CALLER, turn);
        false
    }

    /// A side began or ended hold, or moved: the other is shown it.
    pub(super) fn carry_direct(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let held = self.legs.get(no).is_some_and(|l| is_hold(l.asked));
        self.note_hold(no, held, turn);
        self.go_direct(turn);
    }
}

//! `direct_media`: RTP between the parties, without us (RFC 3725 gives the flows).
//!
//! Once both legs are answered and acknowledged, the caller is re-INVITEd with the other party's
//! address and payload numbers, and what it answers is offered to the other party. Each change that
//! one side makes later is shown to the other in the same way, until nothing is new. When the other
//! party is gone and the flow goes on, the caller's media is brought back to us.

use super::negotiate::{Session, is_hold};
use super::turn::Turn;
use super::{Call, Stage};
use crate::base::LegNo;
use crate::dialog::Command;
use crate::sip::sdp::Direction;

impl Call {
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
        let turned = leg.want != direction;
        leg.want = direction;
        let Some(session) = leg.session.as_mut() else { return false };
        let Some(sdp) = session.offer_party(&party, direction, turned) else { return false };
        self.legs.command(to, Command::Offer { sdp: Some(sdp) }, turn);
        true
    }

    /// The caller's media comes back to us when nobody else is there any more, and a hold by who is
    /// gone ends: the flow and the next agent are to be heard, and the caller by them.
    pub(super) fn come_home(&mut self, turn: &mut Turn<'_, '_>) {
        if matches!(self.stage, Stage::Talking(_) | Stage::Ending(_)) {
            return;
        }
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return };
        if !caller.session.as_ref().is_some_and(Session::is_direct) || !caller.is_answered() {
            return self.show_direction(LegNo::CALLER, Direction::SendRecv, turn);
        }
        caller.want = Direction::SendRecv;
        let offer = caller.session.as_mut().and_then(|s| s.offer_home(Direction::SendRecv));
        self.legs.command(LegNo::CALLER, Command::Offer { sdp: offer }, turn);
    }

    /// A side began or ended hold, or moved: the other is shown it.
    pub(super) fn carry_direct(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let held = self.legs.get(no).is_some_and(|l| is_hold(l.asked));
        self.note_hold(no, held, turn);
        self.go_direct(turn);
    }
}

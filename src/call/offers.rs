//! Our offers inside a call: one at a time on each leg (RFC 3264 §4, RFC 6337 §2).
//!
//! What we want of a leg may change faster than its far end answers. An offer that is out is waited
//! for; what changes meanwhile is only remembered, and the offer is made when its turn has come, of what
//! is wanted then. One that waits in the dialog (for an ACK, or after a glare, RFC 3261 §14.1) is taken
//! back and the newer one waits in its place. So there is never more than one description that is
//! neither agreed nor refused, and a refusal always leads back to what was agreed (SDP-07).

use super::Call;
use super::leg::Leg;
use super::negotiate::Session;
use super::turn::Turn;
use crate::base::LegNo;
use crate::dialog::{Command, OurOffer};
use bytes::Bytes;

impl Leg {
    /// Whether an offer of ours is out. If so, what is wanted now is looked at again when it has its
    /// answer.
    pub(super) fn put_off(&mut self) -> bool {
        let out = self.dialog.our_offer() == OurOffer::Out;
        self.owed |= out;
        out
    }

    /// Makes an offer that takes the place of one that waits. Only when none is out.
    pub(super) fn make_offer(
        &mut self,
        make: impl FnOnce(&mut Session) -> Option<Bytes>,
    ) -> Option<Bytes> {
        let session = self.session.as_mut()?;
        match self.dialog.our_offer() {
            OurOffer::Waits { seen: true } => session.offer_failed(),
            OurOffer::Waits { seen: false } => session.withdraw(),
            OurOffer::None | OurOffer::Out => {}
        }
        make(session)
    }
}

impl Call {
    /// Offers a leg what we want of it now, with its media at us.
    pub(super) fn offer_own(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        if leg.put_off() {
            return;
        }
        let want = leg.want;
        let own = |session: &mut Session| {
            let home = session.offer_home(want);
            Some(home.unwrap_or_else(|| session.offer(want, None)))
        };
        if let Some(sdp) = leg.make_offer(own) {
            self.legs.command(no, Command::Offer { sdp: Some(sdp) }, turn);
        }
    }

    /// A leg whose offer has been answered while something else was wanted: it is offered that. True if
    /// there was one.
    pub(super) fn offer_owed(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let due = |leg: &&mut Leg| leg.owed && leg.dialog.our_offer() != OurOffer::Out;
        let Some(leg) = self.legs.iter_mut().find(due) else { return false };
        leg.owed = false;
        let (no, want) = (leg.no(), leg.want);
        if !leg.is_answered() {
            return true;
        }
        let said = leg.session.as_ref().map(|session| (session.is_direct(), session.direction()));
        if self.is_shown_directly(no) {
            self.go_direct(turn);
            return true;
        }
        if said != Some((false, Some(want))) {
            self.offer_own(no, turn);
        }
        true
    }
}

//! Two legs joined: who hears whom, hold and resume carried across, offers answered where they come
//! in.
//!
//! Every offer is answered by us at once from what its own leg knows, so that two parties who offer at
//! the same time never wait for each other through us (SDP-08 stays within one leg). Only the direction
//! crosses: what one side wrote about itself is what we then write about ourselves to the other
//! (SDP-05), unless the plan plays music to the party on hold.

use super::leg::{Role, State};
use super::negotiate::{Session, Unusable, is_hold};
use super::turn::Turn;
use super::{Call, Description, FlowState, Stage};
use crate::base::{Cause, EndedBy, LegKey, LegNo};
use crate::dialog::{Command, Headers};
use crate::ivr::{DialOutcome, Input as FlowInput, QueueOutcome};
use crate::media::{self, BargeIn, PlayId, PlayItem};
use crate::record::Happened;
use crate::sip::sdp::Direction;
use bytes::Bytes;

impl Call {
    /// Joins the caller and this leg; what was heard until now stops, other legs of ours end.
    pub(super) fn talk(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        self.stage = Stage::Talking(no);
        let others = |l: &&super::leg::Leg| l.no() != no && l.no() != LegNo::CALLER && l.is_alive();
        let others: Vec<LegNo> = self.legs.iter().filter(others).map(super::leg::Leg::no).collect();
        for other in others {
            self.end_leg(other, Cause::CompletedElsewhere, None, turn);
        }
        if let Some(leg) = self.legs.get_mut(no) {
            leg.joined = true;
        }
        let b = LegKey { call: self.key, leg: no };
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.stop_playing(turn);
            caller.media(media::Command::Join { a: caller.key, b }, turn);
        }
        turn.note(self.key, Happened::Joined { leg: no });
        self.answer_caller(turn);
        self.go_direct(turn);
    }

    /// The 2xx to the caller, once. False while a late offer's answer is not here yet.
    pub(super) fn answer_caller(&mut self, turn: &mut Turn<'_, '_>) -> bool {
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return false };
        if !matches!(caller.state, State::Unanswered { .. }) {
            return caller.is_answered();
        }
        let from = caller.dialog.flow().remote.ip();
        caller.answered();
        let (sdp, settled) = match &self.description {
            Description::Answer(sdp) => (Some(sdp.clone()), true),
            // By a reliable 180 and its PRACK already.
            Description::Late if caller.session.as_ref().is_some_and(|s| s.agreed().is_some()) => {
                (None, true)
            }
            Description::Late => {
                let offer = |s: &mut Session| s.offer(Direction::SendRecv, None);
                (caller.session.as_mut().map(offer), false)
            }
        };
        if settled {
            caller.update_stream(Some(from), turn);
        }
        turn.note(self.key, Happened::Answered);
        let answer = Command::Answer { sdp, headers: Headers::new() };
        self.legs.command(LegNo::CALLER, answer, turn);
        settled
    }

    /// The ACK of our 2xx. With a late offer it carries the answer, without which there is no call
    /// (SDP-02).
    pub(super) fn on_acked(&mut self, no: LegNo, sdp: Option<Bytes>, turn: &mut Turn<'_, '_>) {
        let late = no == LegNo::CALLER && self.description == Description::Late;
        if let Some(leg) = self.legs.get_mut(no) {
            leg.acked = true;
        }
        let settled = self
            .legs
            .get(no)
            .is_some_and(|l| l.session.as_ref().is_some_and(|session| session.agreed().is_some()));
        match sdp {
            Some(sdp) => self.on_answer(no, &sdp, turn),
            None if late && !settled => {
                self.finish(EndedBy::System, Cause::NoCodec, None, turn);
            }
            None => {}
        }
        self.go_direct(turn);
    }

    /// The answer to an offer of ours.
    pub(super) fn on_answer(&mut self, no: LegNo, sdp: &Bytes, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let from = leg.dialog.flow().remote.ip();
        let Some(session) = leg.session.as_mut() else { return };
        let first = session.agreed().is_none();
        match session.take_answer(sdp) {
            Ok(_) => leg.update_stream(Some(from), turn),
            Err(_) if first => self.finish(EndedBy::System, Cause::NoCodec, None, turn),
            // RFC 3264 §8: the session stays as it was, as after a refusal.
            Err(_) => {
                session.offer_failed();
                self.note_refusal(no, turn);
            }
        }
        if first && self.answering {
            self.answering = false;
            self.flow_inputs.push_back(FlowInput::Answered);
        }
        self.go_direct(turn);
    }

    /// The far end refreshed the session and nothing in it changed. Behind a NAT it may come from
    /// another address than before, and so may its media (MED-07).
    pub(super) fn on_refreshed(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let from = leg.dialog.flow().remote.ip();
        leg.update_stream(Some(from), turn);
    }

    /// SDP-07: our offer was refused; the session stays. What the other side's hold would have
    /// changed here is media's to keep: nothing is sent to a leg whose other side does not send.
    pub(super) fn on_offer_failed(&mut self, no: LegNo, status: u16, turn: &Turn<'_, '_>) {
        tracing::debug!(call = %self.key, leg = no.0, status, "our offer was refused");
        if let Some(session) = self.legs.get_mut(no).and_then(|l| l.session.as_mut()) {
            session.offer_failed();
        }
        self.note_refusal(no, turn);
    }

    /// The far end offers: answered at once, or refused with the session as it was.
    pub(super) fn on_offer(&mut self, no: LegNo, sdp: &Bytes, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let (want, from) = (leg.want, leg.dialog.flow().remote.ip());
        let answer = leg.session.as_mut().map(|session| session.answer(sdp, want));
        let command = match answer {
            Some(Ok(sdp)) => {
                leg.update_stream(Some(from), turn);
                Command::AnswerOffer { sdp }
            }
            Some(Err(why)) => Command::RefuseOffer { status: 488, headers: vec![warning(why)] },
            None => Command::RefuseOffer { status: 488, headers: Headers::new() },
        };
        let answered = matches!(command, Command::AnswerOffer { .. });
        self.legs.command(no, command, turn);
        if answered {
            self.carry_hold(no, turn);
        }
    }

    /// REAL-10: a re-INVITE without an offer gets all that we have.
    pub(super) fn on_offer_wanted(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let want = leg.want;
        let Some(session) = leg.session.as_mut() else { return };
        let sdp = session.offer(want, None);
        self.legs.command(no, Command::GiveOffer { sdp }, turn);
    }

    /// SDP-05: a side began or ended hold; the other is shown it, or hears music.
    fn carry_hold(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let Stage::Talking(agent) = self.stage else { return };
        let other = if no == LegNo::CALLER { agent } else { LegNo::CALLER };
        let Some(leg) = self.legs.get_mut(no) else { return };
        let Some(theirs) = leg.session.as_ref().and_then(Session::agreed) else { return };
        let theirs = theirs.remote_direction;
        leg.asked = theirs;
        let (held, before) = (is_hold(theirs), leg.holds);
        if self.direct {
            return self.carry_direct(no, turn);
        }
        self.note_hold(no, held, turn);
        let music = self.plan.media.hold_music.and_then(|id| self.prompts.get(id).cloned());
        match music {
            Some(prompt) if held != before => self.play_hold_music(other, prompt, held, turn),
            Some(_) => {}
            None => self.show_direction(other, theirs, turn),
        }
    }

    /// For the record: a side holds, or took the call back.
    pub(super) fn note_hold(&mut self, no: LegNo, held: bool, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        if leg.holds != held {
            leg.holds = held;
            let what =
                if held { Happened::Held { leg: no } } else { Happened::Resumed { leg: no } };
            turn.note(self.key, what);
        }
    }

    pub(super) fn show_direction(
        &mut self,
        to: LegNo,
        direction: Direction,
        turn: &mut Turn<'_, '_>,
    ) {
        let Some(leg) = self.legs.get_mut(to) else { return };
        if leg.want == direction || !leg.is_answered() {
            return;
        }
        leg.want = direction;
        self.offer_own(to, turn);
    }

    fn play_hold_music(
        &mut self,
        to: LegNo,
        prompt: std::sync::Arc<media::Prompt>,
        held: bool,
        turn: &mut Turn<'_, '_>,
    ) {
        self.plays += 1;
        let id = PlayId(self.plays | super::ring::OWN_PLAY);
        let Some(leg) = self.legs.get_mut(to) else { return };
        if held {
            leg.play(id, vec![PlayItem::Prompt(prompt)], true, BargeIn::No, turn);
        } else {
            leg.stop_playing(turn);
        }
    }

    /// The other party hung up, or its leg was lost. Before the grant came it is only an offer that
    /// came to nothing, and the router hears of it when the leg is gone.
    pub(super) fn talk_ended(
        &mut self,
        no: LegNo,
        cause: Cause,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        let joined = matches!(self.stage, Stage::Talking(with) if with == no);
        if !joined {
            turn.note(self.key, Happened::OfferEnded { leg: no, cause });
            return self.silence_early_media(no, turn);
        }
        let Some(leg) = self.legs.get_mut(no) else { return };
        let role = leg.role.clone();
        leg.media(media::Command::Part { stream: leg.key }, turn);
        leg.close(turn);
        let by = if cause == Cause::NormalClearing { EndedBy::Agent } else { EndedBy::System };
        self.hung_up = Some((by, cause, reason));
        // The music of a hold ends with it; `come_home` ends the hold itself.
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.stop_playing(turn);
        }
        match (&self.flow, role) {
            (FlowState::Running(_), Role::Agent { .. }) => {
                self.stage = Stage::Flow;
                self.flow_inputs.push_back(FlowInput::Queue(QueueOutcome::Ended));
            }
            (FlowState::None | FlowState::Running(_), _) => {
                self.dial_over(DialOutcome::Ended, turn);
            }
        }
    }
}

/// A Warning for a description that cannot be used (RFC 3261 §20.43: 304, 305, 399).
pub(super) fn warning(why: Unusable) -> (Box<str>, Box<[u8]>) {
    let text: &[u8] = match why {
        Unusable::NoCodec => b"304 centralino \"No audio line with PCMA or PCMU over RTP/AVP\"",
        Unusable::Broken => b"399 centralino \"The session description cannot be read\"",
        Unusable::Mismatch => b"305 centralino \"The answer does not fit the offer\"",
    };
    ("Warning".into(), text.into())
}

//! What the caller hears while somebody rings: ring-back, queue music, early media (REAL-07).
//!
//! One rule for each case, so that there is neither a gap nor a double tone. «Ours» is what the flow or
//! the queue plays.
//!
//! | the far leg says | caller not answered, nothing of ours plays | caller not answered, ours plays | caller answered |
//! | --- | --- | --- | --- |
//! | 180 without SDP | 180 is passed on: the caller's own phone makes the ring-back | nothing: ours goes on | queue: ours goes on; dial: we play ring-back |
//! | 180 without SDP, early media was open before (a prompt, another target) | dial: we play ring-back | nothing: ours goes on | as above |
//! | 183 without SDP | nothing | nothing | nothing |
//! | 180 or 183 with SDP | passed on with our SDP, early media is joined | ours stops, early media is joined | ours stops, early media is joined |
//! | the same, and the caller's INVITE had no offer | 180 if it had none: it cannot hear early media | – | as above |
//! | 180 without SDP after one with | nothing: early media goes on | the same | the same |
//! | several early dialogs with SDP | the one that spoke last is heard | the same | the same |
//! | it fails after early media | parted; the queue's treatment begins again | the same | the same, ring-back for the next target |
//! | 200 | joined; what was heard until then stops in the same tick | the same | the same |

use super::leg::State;
use super::negotiate::Session;
use super::turn::{Out, Turn};
use super::{Call, Description, FlowState, Stage};
use crate::base::{LegNo, Mono};
use crate::dialog::Command;
use crate::media::{self, BargeIn, PlayId, PlayItem, Tone};
use crate::plan::Announce;
use crate::record::Happened;
use crate::router;
use crate::sip::sdp::Direction;
use bytes::Bytes;
use std::net::IpAddr;
use std::time::Duration;

/// How often a waiting caller is spoken to where the plan does not say, and at most.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(30);
const ANNOUNCE_LEAST: Duration = Duration::from_secs(1);

/// Plays that the call itself begins have this bit, those of the interpreter have not.
pub(super) const OWN_PLAY: u32 = 1 << 31;

impl Call {
    /// A provisional from a leg of ours.
    pub(super) fn on_progress(
        &mut self,
        no: LegNo,
        status: u16,
        sdp: Option<Bytes>,
        from: IpAddr,
        turn: &mut Turn<'_, '_>,
    ) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let State::Unanswered { early_media, ringing, until } = leg.state else { return };
        let rings = status == 180;
        if rings && !ringing {
            turn.note(self.key, Happened::Ringing { leg: no });
        }
        let usable = sdp.as_ref().is_some_and(|sdp| {
            let session = leg.session.as_mut();
            session.is_some_and(|s| s.take_answer(sdp).is_ok())
        });
        if usable {
            leg.update_stream(Some(from), turn);
        }
        leg.state = State::Unanswered {
            until,
            early_media: early_media || usable,
            ringing: ringing || rings,
        };
        if usable {
            self.hear_early_media(no, status, turn);
        } else if rings && !early_media {
            self.hear_ringing(turn);
        }
    }

    /// SDP-11: what the far end sends is heard by the caller, and ours stops.
    fn hear_early_media(&mut self, no: LegNo, status: u16, turn: &mut Turn<'_, '_>) {
        if self.is_over() {
            return;
        }
        if !self.show_early_media(status, turn) {
            return self.ring_caller(turn);
        }
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.stop_playing(turn);
            let join = media::Command::Join {
                a: caller.key,
                b: crate::base::LegKey { call: self.key, leg: no },
            };
            caller.media(join, turn);
        }
    }

    /// A provisional with our description to an unanswered caller, so that early media can flow.
    /// A caller without an offer hears nothing before the answer.
    pub(super) fn show_early_media(&mut self, status: u16, turn: &mut Turn<'_, '_>) -> bool {
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return false };
        let State::Unanswered { early_media, .. } = caller.state else {
            return caller.is_answered();
        };
        let settled = caller.session.as_ref().is_some_and(|s| s.agreed().is_some());
        let sdp = match &self.description {
            Description::Answer(sdp) => Some(sdp.clone()),
            // Offer and answer went by a reliable 180 and its PRACK.
            Description::Late if settled => None,
            Description::Late => return false,
        };
        if !early_media {
            caller.state = State::Unanswered { until: None, early_media: true, ringing: true };
            let from = caller.dialog.flow().remote.ip();
            caller.update_stream(Some(from), turn);
            let progress = Command::Progress { status, sdp, headers: Vec::new() };
            self.legs.command(LegNo::CALLER, progress, turn);
        }
        true
    }

    /// The far end rings and sends no media of its own.
    fn hear_ringing(&mut self, turn: &mut Turn<'_, '_>) {
        let answered = self.caller_answered();
        match (&self.stage, answered) {
            // Its phone makes no ring-back any more where early media was opened.
            (Stage::Dialling, false) if self.caller_hears() => {
                let silent = self.legs.get(LegNo::CALLER).is_some_and(|l| l.playing.is_none());
                if silent {
                    self.play_ring_back(turn);
                }
            }
            (Stage::Queued(_) | Stage::Dialling, false) => self.ring_caller(turn),
            (Stage::Dialling, true) => self.play_ring_back(turn),
            (Stage::Queued(_), true) => {
                let silent = self.legs.get(LegNo::CALLER).is_some_and(|l| l.playing.is_none());
                if silent {
                    self.play_ring_back(turn);
                }
            }
            (Stage::Flow | Stage::Talking(_) | Stage::Ending(_), _) => {}
        }
    }

    /// 180 to a caller that has had none and hears nothing of ours yet; a caller that is answered
    /// hears our ring-back instead (SDP-12).
    pub(super) fn ring_caller(&mut self, turn: &mut Turn<'_, '_>) {
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return };
        match caller.state {
            State::Unanswered { ringing: false, early_media: false, .. } => {
                caller.state = State::Unanswered { until: None, early_media: false, ringing: true };
                // The first reliable response to an INVITE without offer has ours (RFC 3261
                // §13.2.1; SDP-02). Where it goes plain the dialog leaves it out.
                let offer = |s: &mut Session| s.offer(Direction::SendRecv, None);
                let sdp = match self.description {
                    Description::Answer(_) => None,
                    Description::Late => caller.session.as_mut().map(offer),
                };
                let progress = Command::Progress { status: 180, sdp, headers: Vec::new() };
                self.legs.command(LegNo::CALLER, progress, turn);
            }
            State::Answered => self.play_ring_back(turn),
            State::Unanswered { .. } | State::Ending(_) | State::Gone => {}
        }
    }

    fn play_ring_back(&mut self, turn: &mut Turn<'_, '_>) {
        self.play_own(vec![PlayItem::Tone(Tone::RingBack)], true, turn);
    }

    /// Plays to the caller by the call's own wish.
    fn play_own(&mut self, items: Vec<PlayItem>, repeat: bool, turn: &mut Turn<'_, '_>) {
        self.plays += 1;
        let id = PlayId(self.plays | OWN_PLAY);
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.play(id, items, repeat, BargeIn::No, turn);
        }
    }

    /// What a waiting caller hears, from its beginning: the queue's music, or ring-back. An
    /// unanswered caller's phone rings.
    pub(super) fn begin_treatment(&mut self, turn: &mut Turn<'_, '_>) {
        let Stage::Queued(treatment) = &self.stage else { return };
        let waiting = self.plan.script.treatment(treatment.queue);
        let music = waiting.and_then(|w| w.music).and_then(|id| self.prompts.get(id).cloned());
        let early = self.caller_hears();
        match (music, early) {
            (Some(prompt), true) => self.play_own(vec![PlayItem::Prompt(prompt)], true, turn),
            (None, true) => self.play_ring_back(turn),
            (Some(_) | None, false) => self.ring_caller(turn),
        }
    }

    /// The next announcement to a waiting caller, when it is due and nobody's early media is heard.
    pub(super) fn announce_due(&mut self, turn: &mut Turn<'_, '_>) {
        let now = turn.cx.now;
        let Stage::Queued(treatment) = &mut self.stage else { return };
        if treatment.announce_at.is_none_or(|at| at > now.mono) {
            return;
        }
        let script = self.plan.script.clone();
        let Some(waiting) = script.treatment(treatment.queue) else { return };
        let every = waiting.every.unwrap_or(ANNOUNCE_EVERY).max(ANNOUNCE_LEAST);
        treatment.announce_at = Some(now.after(every));
        let asks = |a: &Announce| matches!(a, Announce::Position | Announce::Wait);
        if waiting.say.iter().any(asks) {
            turn.out.push(Out::Route(router::Input::Ask { contact: self.key }));
        } else {
            self.announce(None, None, turn);
        }
    }

    /// Tells a waiting caller what the queue says now and then, with its place where that is known.
    pub(super) fn announce(
        &mut self,
        position: Option<u32>,
        wait: Option<Duration>,
        turn: &mut Turn<'_, '_>,
    ) {
        let Stage::Queued(treatment) = &self.stage else { return };
        let script = self.plan.script.clone();
        let Some(waiting) = script.treatment(treatment.queue) else { return };
        let language = match &self.flow {
            FlowState::Running(run) => run.memory().language(),
            FlowState::None => "",
        };
        let said = waiting.say.iter();
        let said = said.flat_map(|a| script.announcement(*a, position, wait, language));
        let items: Vec<PlayItem> =
            said.filter_map(|say| super::flow::item(say, &self.prompts)).collect();
        if !items.is_empty() && self.caller_hears() && !self.early_media_is_heard() {
            self.play_own(items, false, turn);
        }
    }

    /// A play of the call's own ended by itself: music goes on after an announcement.
    pub(super) fn own_play_done(&mut self, turn: &mut Turn<'_, '_>) {
        if matches!(self.stage, Stage::Queued(_)) && !self.early_media_is_heard() {
            self.begin_treatment(turn);
        }
    }

    /// The caller hears what we play: answered, or early media was opened.
    pub(super) fn caller_hears(&self) -> bool {
        self.legs.get(LegNo::CALLER).is_some_and(|l| match l.state {
            State::Answered => true,
            State::Unanswered { early_media, .. } => early_media,
            State::Ending(_) | State::Gone => false,
        })
    }

    pub(super) fn caller_answered(&self) -> bool {
        self.legs.get(LegNo::CALLER).is_some_and(super::leg::Leg::is_answered)
    }

    fn early_media_is_heard(&self) -> bool {
        self.legs.iter().any(|l| {
            l.no() != LegNo::CALLER
                && matches!(l.state, State::Unanswered { early_media: true, .. })
        })
    }

    /// When the first of the ringing legs has rung for long enough.
    pub(super) fn ring_deadline(&self) -> Option<Mono> {
        let until = |l: &super::leg::Leg| match l.state {
            State::Unanswered { until, .. } => until,
            State::Answered | State::Ending(_) | State::Gone => None,
        };
        self.legs.iter().filter_map(until).min()
    }

    /// Whether a flow runs this call (else its number leads straight to a target).
    pub(super) fn has_flow(&self) -> bool {
        matches!(self.flow, FlowState::Running(_))
    }
}

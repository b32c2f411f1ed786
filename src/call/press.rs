//! What media and INFO tell of a leg: digits to the flow or across to the other leg (MED-06), plays
//! that ended, figures.

use super::digits::{Said, Way, read_info, relay_body};
use super::leg::Stream;
use super::negotiate::Session;
use super::ring::OWN_PLAY;
use super::turn::Turn;
use super::{Call, Stage};
use crate::base::LegNo;
use crate::dialog::Command;
use crate::ivr::{Input as FlowInput, PlayNo};
use crate::media::{self, BargeIn, Digit, PlayEnd, PlayId};
use crate::record::Happened;
use crate::sip::{Message, Name};
use crate::transaction::ServerTx;
use bytes::Bytes;

impl Call {
    pub(super) fn on_media(&mut self, event: media::Event, turn: &mut Turn<'_, '_>) {
        let no = event.stream().leg;
        match event {
            media::Event::Digit { digit, .. } => self.on_digit(no, digit, Way::Rtp, turn),
            media::Event::PlayDone { play, end, .. } => self.on_play_done(no, play, end, turn),
            media::Event::Latched { .. } => {}
            media::Event::Closed { figures, .. } => {
                if let Some(leg) = self.legs.get_mut(no) {
                    leg.stream = Stream::Closed;
                    if !self.is_posted() {
                        turn.note(self.key, Happened::Media { leg: no, figures });
                    }
                }
            }
        }
    }

    /// INFO: a digit, or nothing we know; the call goes on in every case (MED-03).
    pub(super) fn on_info(
        &mut self,
        no: LegNo,
        tx: ServerTx,
        message: &Message,
        turn: &mut Turn<'_, '_>,
    ) {
        let package = message.header(Name::InfoPackage);
        let said = read_info(package, message.header(Name::ContentType), message.body());
        let status = match said {
            Said::Digit(_) | Said::Nothing => 200,
            Said::Refuse(status) => status,
        };
        self.legs.command(no, Command::AnswerInfo { tx, status }, turn);
        if let Said::Digit(digit) = said {
            self.on_digit(no, digit, Way::Info, turn);
        }
    }

    fn on_digit(&mut self, no: LegNo, digit: Digit, way: Way, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        if !leg.twins.is_new(digit, way, turn.cx.now.mono) {
            return;
        }
        match self.stage {
            Stage::Talking(agent) if no == agent || no == LegNo::CALLER => {
                let to = if no == agent { LegNo::CALLER } else { agent };
                self.pass_digit(to, digit, way, turn);
            }
            Stage::Flow | Stage::Queued(_) | Stage::Dialling if no == LegNo::CALLER => {
                self.give_digit(digit, way, turn);
            }
            Stage::Flow
            | Stage::Queued(_)
            | Stage::Dialling
            | Stage::Talking(_)
            | Stage::Ending(_) => {}
        }
    }

    /// MED-06: to the other leg in the way that it understands. What came by RTP was relayed by media
    /// already where that leg takes events.
    fn pass_digit(&mut self, to: LegNo, digit: Digit, way: Way, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get(to) else { return };
        let agreed = leg.session.as_ref().and_then(Session::agreed);
        let events = agreed.is_some_and(|a| a.spec.event_send.is_some());
        match (way, events) {
            (Way::Rtp, true) => {}
            (Way::Info, true) => {
                leg.media(media::Command::SendDigit { stream: leg.key, digit }, turn);
            }
            (Way::Rtp | Way::Info, false) => {
                let info = Command::Info {
                    content_type: "application/dtmf-relay",
                    body: Bytes::from(relay_body(digit)),
                };
                self.legs.command(to, info, turn);
            }
        }
    }

    /// To the flow. Media stops a play by itself for what comes by RTP; for INFO we say so.
    fn give_digit(&mut self, digit: Digit, way: Way, turn: &mut Turn<'_, '_>) {
        self.flow_inputs.push_back(FlowInput::Digit(digit.as_char()));
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return };
        let barged = caller.playing.filter(|p| p.barge_in == BargeIn::Any);
        if let (Way::Info, Some(playing)) = (way, barged) {
            caller.stop_playing(turn);
            self.flow_play_done(playing.id, true);
        }
    }

    fn on_play_done(&mut self, no: LegNo, play: PlayId, end: PlayEnd, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        let current = leg.playing.is_some_and(|p| p.id == play);
        if current {
            leg.playing = None;
        }
        if no != LegNo::CALLER {
            return;
        }
        match end {
            PlayEnd::Finished if current && play.0 & OWN_PLAY != 0 => self.own_play_done(turn),
            PlayEnd::Finished | PlayEnd::Stopped | PlayEnd::BargedIn => {
                self.flow_play_done(play, end == PlayEnd::BargedIn);
            }
        }
    }

    fn flow_play_done(&mut self, play: PlayId, by_digit: bool) {
        if play.0 & OWN_PLAY == 0 && !self.is_over() {
            let play = PlayNo(play.0);
            self.flow_inputs.push_back(FlowInput::PlayDone { play, by_digit });
        }
    }
}

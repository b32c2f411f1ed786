//! What the call says, as the bench hears it: each command, input of the router and event of the
//! record in a few words; media and the layer do what they are told.

use super::{Bench, Out, Work, variant};
use crate::base::{LegKey, LegNo};
use crate::media::{self, PlayEnd, PlayId};
use crate::record::Happened;
use crate::router;

impl Bench {
    pub(super) fn on_out(&mut self, out: Out) {
        let fits = !self.over || matches!(out, Out::Transact(_));
        self.hold(fits, || format!("after the end: {out:?}"));
        match out {
            Out::Transact(input) => self.layer_input(input),
            Out::Media(_, command) => self.on_media(command),
            Out::Route(input) => self.on_route(input),
            Out::Record(event) => self.on_record(&event.what),
            Out::Odd(_) => {}
            Out::LegBegan(leg, dialog) => {
                self.dialogs.insert(dialog, leg);
            }
            Out::LegGone(_, dialog) => {
                let known = self.dialogs.remove(&dialog).is_some();
                self.hold(known, || "a leg went twice".to_owned());
            }
            Out::Over => {
                self.over = true;
                let none = self.dialogs.is_empty();
                self.hold(none, || "it is over and has legs".to_owned());
            }
        }
    }

    fn on_record(&mut self, what: &Happened) {
        let open = self.records == 0;
        self.hold(open, || format!("after the record: {what:?}"));
        let side = |leg: &LegNo| if *leg == LegNo::CALLER { 'a' } else { 'b' };
        let text = match what {
            Happened::Ended { by, cause, .. } => {
                self.records += 1;
                format!("Ended by {} {cause}", by.as_str())
            }
            Happened::Began { .. } | Happened::State { .. } | Happened::Media { .. } => return,
            Happened::Digits(digits) => format!("Digits {digits}"),
            Happened::Dequeued { why } => format!("Dequeued {why}"),
            Happened::OfferEnded { leg, cause } => {
                self.told.push((*leg, "OfferEnded"));
                format!("OfferEnded {cause}")
            }
            Happened::LegEnded { leg, cause } => {
                self.told.push((*leg, "LegEnded"));
                format!("LegEnded {} {cause}", side(leg))
            }
            Happened::Held { leg } => format!("Held by {}", side(leg)),
            Happened::Resumed { leg } => format!("Resumed by {}", side(leg)),
            Happened::Answered => "Answered".to_owned(),
            Happened::Queued { .. } => "Queued".to_owned(),
            Happened::Offered { leg, .. } => {
                self.told.push((*leg, "Offered"));
                "Offered".to_owned()
            }
            Happened::Routed { what, .. } => format!("Routed {}", what.as_str()),
            Happened::Ringing { .. } => "Ringing".to_owned(),
            Happened::Joined { leg } => {
                self.told.push((*leg, "Joined"));
                "Joined".to_owned()
            }
            Happened::Decided(_) => "Decided".to_owned(),
            Happened::BroughtHome => "BroughtHome".to_owned(),
        };
        self.said.push(format!("#{text}"));
    }

    fn on_route(&mut self, input: router::Input) {
        let mut why = String::new();
        match &input {
            router::Input::LegEnded { lease, .. } => {
                let open = self.offers.iter_mut().find(|offer| offer.lease == *lease).unwrap();
                open.ended += 1;
            }
            router::Input::Enqueue { facts, priority, .. } => {
                self.enqueued = Some((facts.clone(), *priority));
            }
            router::Input::Refused { cause, .. } => why = format!(" {cause}"),
            router::Input::Accepted { .. }
            | router::Input::Gone { .. }
            | router::Input::Ask { .. }
            | router::Input::SetAgent { .. }
            | router::Input::Roster(_)
            | router::Input::Timeout => {}
        }
        self.said.push(format!("?{}{why}", variant(&input)));
    }

    fn on_media(&mut self, command: media::Command) {
        use media::Command;
        let who = |leg: LegKey| if leg.leg == LegNo::CALLER { 'a' } else { 'b' };
        let stream = command.stream();
        let said = match &command {
            Command::Open { .. } => {
                self.streams.insert(stream, None);
                return;
            }
            Command::Update { spec, .. } => {
                let ways = [(spec.may_send, "send"), (spec.may_receive, "receive")];
                let ways = ways.iter().filter(|(may, _)| *may).map(|(_, way)| *way);
                format!("update {} {}", who(stream), ways.collect::<Vec<_>>().join("+"))
            }
            Command::Close { .. } => {
                self.streams.remove(&stream);
                self.closing.push(stream);
                if self.figures {
                    self.tell_figures();
                }
                format!("close {}", who(stream))
            }
            Command::Play { play, repeat, .. } => {
                self.stop(stream, None);
                self.streams.insert(stream, Some((*play, *repeat)));
                format!("play {}{}", who(stream), if *repeat { " on and on" } else { "" })
            }
            Command::Stop { play, .. } => {
                self.stop(stream, Some(*play));
                format!("stop {}", who(stream))
            }
            Command::Join { .. } => "join".to_owned(),
            Command::Part { .. } => format!("part {}", who(stream)),
            Command::SendDigit { .. } => format!("digit {}", who(stream)),
        };
        self.said.push(said);
    }

    /// What plays is stopped, if it is this one.
    fn stop(&mut self, stream: LegKey, wanted: Option<PlayId>) {
        let Some(Some((play, _))) = self.streams.get(&stream).copied() else { return };
        if wanted.is_none_or(|wanted| wanted == play) {
            self.streams.insert(stream, None);
            let end = PlayEnd::Stopped;
            self.work.push_back(Work::Media(media::Event::PlayDone { stream, play, end }));
        }
    }

    /// Media tells the figures of what was closed.
    pub(super) fn tell_figures(&mut self) {
        for stream in std::mem::take(&mut self.closing) {
            let figures = media::StreamFigures::default();
            self.work.push_back(Work::Media(media::Event::Closed { stream, figures }));
        }
    }
}

//! The flow: what the interpreter asks is done with the caller's leg, the media engine, the router.

use super::leg::Role;
use super::policy::TOO_MANY_HOPS;
use super::turn::{Out, Turn};
use super::{Call, Description, FlowState, Stage, Treatment};
use crate::base::{Cause, EndedBy, LegNo, QueueId};
use crate::ivr::{DialOutcome, Input as FlowInput, Output, PlayNo, Say};
use crate::media::{BargeIn, PlayId, PlayItem, PromptBook, Tone};
use crate::record::Happened;
use crate::router;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Call {
    /// One input to the interpreter, and all that it asks for.
    pub(super) fn run_flow(&mut self, input: FlowInput, turn: &mut Turn<'_, '_>) {
        if self.is_over() {
            return;
        }
        let FlowState::Running(run) = &mut self.flow else { return };
        let mut said = Vec::new();
        run.handle(input, &self.plan.script.program, turn.cx.now, &mut said);
        for output in said {
            self.obey(output, turn);
        }
    }

    fn obey(&mut self, output: Output, turn: &mut Turn<'_, '_>) {
        match output {
            Output::Entered { flow, state } => {
                if let Some((flow_name, name)) = self.plan.script.program.names(flow, state) {
                    let name: Arc<str> = format!("{flow_name}.{name}").into();
                    turn.note(self.key, Happened::State { flow, name });
                }
            }
            Output::Ring => self.ring_caller(turn),
            Output::Answer => self.answer_for_flow(turn),
            Output::Play { play, items, barge_in, repeat } => {
                self.play_for_flow(play, &items, barge_in, repeat, turn);
            }
            Output::StopPlay(play) => self.stop_play(play, turn),
            Output::Collected { digits, masked } => {
                let kept = if masked { "*".repeat(digits.len()) } else { digits };
                turn.note(self.key, Happened::Digits(kept));
            }
            Output::Enqueue { queue, reason: _, variables, priority } => {
                self.enqueue(queue, variables, priority, turn);
            }
            Output::Dial { target, ring_ms, direct_media } => {
                let ring = Duration::from_millis(u64::from(ring_ms));
                self.dial(&target, ring, direct_media, turn);
            }
            Output::Refuse(status) => {
                self.finish_with(EndedBy::System, Cause::FlowEnded, status, None, turn);
            }
            Output::HangUp { status } => match self.hung_up.take() {
                Some((by, cause, reason)) => self.finish(by, cause, reason, turn),
                None => self.finish_with(EndedBy::System, Cause::FlowEnded, status, None, turn),
            },
            Output::Fault(what) => {
                tracing::error!(call = %self.key, what, "the flow cannot go on");
                self.finish(EndedBy::System, Cause::Internal, None, turn);
            }
        }
    }

    fn answer_for_flow(&mut self, turn: &mut Turn<'_, '_>) {
        let was_answered = self.caller_answered();
        if self.answer_caller(turn) || was_answered {
            self.flow_inputs.push_back(FlowInput::Answered);
        } else {
            self.answering = self.description == Description::Late;
        }
    }

    /// Before the answer the prompt is early media by 183. A caller who can hear nothing yet (no offer
    /// in its INVITE) is not kept waiting for it.
    fn play_for_flow(
        &mut self,
        play: PlayNo,
        items: &[Say],
        barge_in: bool,
        repeat: bool,
        turn: &mut Turn<'_, '_>,
    ) {
        if !self.caller_answered() {
            self.show_early_media(183, turn);
        }
        let items: Vec<PlayItem> =
            items.iter().filter_map(|say| item(*say, &self.prompts)).collect();
        if items.is_empty() || !self.caller_hears() {
            self.flow_inputs.push_back(FlowInput::PlayDone { play, by_digit: false });
            return;
        }
        let barge_in = if barge_in { BargeIn::Any } else { BargeIn::No };
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.play(PlayId(play.0), items, repeat, barge_in, turn);
        }
    }

    fn stop_play(&mut self, play: PlayNo, turn: &mut Turn<'_, '_>) {
        let Some(caller) = self.legs.get_mut(LegNo::CALLER) else { return };
        if caller.playing.is_some_and(|p| p.id.0 == play.0) {
            caller.stop_playing(turn);
        }
    }

    fn enqueue(
        &mut self,
        queue: QueueId,
        variables: BTreeMap<String, String>,
        priority: i32,
        turn: &mut Turn<'_, '_>,
    ) {
        if self.parties.may_not_go_on() {
            return self.finish(EndedBy::System, TOO_MANY_HOPS, None, turn);
        }
        let name = self.plan.script.queue_names.get(&queue).cloned().unwrap_or_else(|| "?".into());
        turn.note(self.key, Happened::Queued { queue, name });
        let treatment = self.plan.script.treatment(queue).filter(|t| !t.say.is_empty());
        let announce_at = treatment.and_then(|t| t.every).map(|every| turn.cx.now.after(every));
        self.hung_up = None;
        let since = turn.cx.now.mono;
        let waiting = Treatment { queue, variables, priority, since, announce_at };
        self.direct = false;
        self.stage = Stage::Queued(waiting);
        self.begin_treatment(turn);
        self.post_contact(turn);
    }

    /// Hands the waiting caller to the router; one that comes back has its wait as head start.
    pub(super) fn post_contact(&mut self, turn: &mut Turn<'_, '_>) {
        let Stage::Queued(waiting) = &self.stage else { return };
        let waited = turn.cx.now.mono.since(waiting.since).as_secs();
        let waited = i32::try_from(waited).unwrap_or(i32::MAX);
        turn.out.push(Out::Route(router::Input::Enqueue {
            contact: self.key,
            queue: waiting.queue,
            facts: self.parties.facts(waiting.variables.clone()),
            priority: waiting.priority.saturating_add(waited),
        }));
    }

    /// Calls a target for the flow (or for a number that leads straight to one).
    pub(super) fn dial(
        &mut self,
        target: &str,
        ring: Duration,
        direct_media: bool,
        turn: &mut Turn<'_, '_>,
    ) {
        self.stage = Stage::Dialling;
        self.direct = direct_media;
        self.hung_up = None;
        let begun = match super::route::dialled_number(target) {
            Some(number) => self.begin_route(&number, ring, turn),
            None => {
                let name = super::policy::host_of(target);
                self.begin_leg(Role::Target, target, name, ring, turn)
            }
        };
        if let Err(cause) = begun {
            self.dial_over(DialOutcome::Failed(cause), turn);
        }
    }
}

/// What the media engine plays for it; nothing for a prompt that is not there.
pub(super) fn item(say: Say, prompts: &PromptBook) -> Option<PlayItem> {
    match say {
        Say::Prompt(id) => prompts.get(id).cloned().map(PlayItem::Prompt),
        Say::Beep => Some(PlayItem::Tone(Tone::Beep)),
        Say::Silence(ms) => Some(PlayItem::Silence(ms)),
    }
}

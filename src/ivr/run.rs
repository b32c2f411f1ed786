//! The machine: which state a call is in and what it waits for there.

use super::ask::{self, Asks, Question};
use super::memory::{Digits, LANGUAGE, Memory};
use super::program::{Next, Program, Verb};
use super::prompt::{self, Piece};
use super::words::{DialOutcome, Input, Output, PlayNo, QueueOutcome, Say};
use crate::base::{FlowId, Mono, Now, limits};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Status of an unanswered call whose flow just ended: temporarily unavailable.
pub(super) const ENDED_STATUS: u16 = 480;

/// A call's way through its flows. Outputs must be carried out in their order before the next
/// input.
#[derive(Debug)]
pub struct Run {
    flow: FlowId,
    state: u16,
    doing: Doing,
    answered: bool,
    plays: u32,
    steps: u32,
    stepped_at: Mono,
    pub(super) memory: Memory,
    pub(super) ahead: Digits,
    /// Keys that mean nothing until this time if one comes first: a `#` typed behind an entry that
    /// was full without it.
    pub(super) trailing: Option<(Arc<str>, Mono)>,
}

/// What the state waits for.
#[derive(Debug)]
enum Doing {
    /// [`Input::Start`].
    Beginning,
    /// [`Input::Answered`], to begin with the state's verb then.
    Answering,
    /// The end of the time that it shall ring.
    Ringing { until: Mono, next: Next },
    /// The end of a play.
    Playing { play: PlayNo, barge_in: bool, next: Next },
    /// Digits.
    Asking(Question),
    /// The queue.
    Queued,
    /// The dialled leg.
    Dialling,
    /// Nothing: the flow is over.
    Over,
}

/// What a verb may look at and write to.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) program: &'a Program,
    pub(super) now: Now,
    pub(super) out: &'a mut Vec<Output>,
}

/// What follows a verb or an input.
#[derive(Debug)]
pub(super) enum Move {
    /// Wait.
    Stay,
    /// On to there.
    To(Next),
    /// On to the first state of another flow.
    Flow(FlowId),
    /// The flow is over with this last word.
    Over(Output),
}

impl Run {
    /// A run that waits for [`Input::Start`]. `facts` are the call's, by the names in
    /// `caller.number`, `caller.name`, `called.number`, `called.rest`, `trunk.name`.
    #[must_use]
    pub fn new(flow: FlowId, facts: BTreeMap<String, String>) -> Run {
        Run {
            flow,
            state: 0,
            doing: Doing::Beginning,
            answered: false,
            plays: 0,
            steps: 0,
            stepped_at: Mono::default(),
            memory: Memory::new(facts),
            ahead: Digits::default(),
            trailing: None,
        }
    }

    /// Takes an input. `program` is the one that the call is pinned to, the same for all its life.
    /// What does not fit the state is a no-op.
    pub fn handle(&mut self, input: Input, program: &Program, now: Now, out: &mut Vec<Output>) {
        self.count_from(now, &input);
        if self.memory.language().is_empty() && !program.language.is_empty() {
            self.memory.set(LANGUAGE, &program.language);
        }
        let mut cx = Context { program, now, out };
        let first = match input {
            Input::Start => self.start(),
            Input::Answered => self.on_answered(&mut cx),
            Input::Digit(digit) => self.on_digit(digit, &mut cx),
            Input::PlayDone { play, by_digit: _ } => self.on_play_done(play, &mut cx),
            Input::Queue(outcome) => self.on_queue(outcome, &cx),
            Input::Dial(outcome) => self.on_dial(outcome, &cx),
            Input::Timeout => self.on_timeout(&mut cx),
        };
        self.follow(first, &mut cx);
    }

    /// When [`Input::Timeout`] is wanted.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        match &self.doing {
            Doing::Ringing { until, .. } => Some(*until),
            Doing::Asking(question) => question.deadline(),
            Doing::Beginning
            | Doing::Answering
            | Doing::Playing { .. }
            | Doing::Queued
            | Doing::Dialling
            | Doing::Over => None,
        }
    }

    /// Where the call is.
    #[must_use]
    pub fn place(&self) -> (FlowId, u16) {
        (self.flow, self.state)
    }

    /// Whether the flow is over: it asks for nothing any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.doing, Doing::Over)
    }

    /// The call's facts and variables.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Steps are counted anew when time has passed or somebody did something.
    fn count_from(&mut self, now: Now, input: &Input) {
        let somebody_acted = match input {
            Input::Digit(_) | Input::Queue(_) | Input::Dial(_) => true,
            Input::Start | Input::Answered | Input::PlayDone { .. } | Input::Timeout => false,
        };
        if somebody_acted || now.mono != self.stepped_at {
            self.steps = 0;
            self.stepped_at = now.mono;
        }
    }

    fn follow(&mut self, first: Move, cx: &mut Context<'_>) {
        let mut pending = first;
        loop {
            pending = match pending {
                Move::Stay => return,
                Move::To(Next::State(state)) => {
                    self.state = state;
                    self.enter(cx)
                }
                Move::Flow(flow) => {
                    self.flow = flow;
                    self.state = 0;
                    self.enter(cx)
                }
                Move::To(Next::End) => Move::Over(Output::HangUp { status: ENDED_STATUS }),
                Move::Over(last) => {
                    self.doing = Doing::Over;
                    cx.out.push(last);
                    return;
                }
            };
        }
    }

    fn enter(&mut self, cx: &mut Context<'_>) -> Move {
        let Some(verb) = self.verb(cx.program) else {
            return Move::Over(Output::Fault("the flow has no such state"));
        };
        self.steps += 1;
        if self.steps > limits::FLOW_STEPS {
            return Move::Over(Output::Fault("the flow runs in a circle"));
        }
        cx.out.push(Output::Entered { flow: self.flow, state: self.state });
        if verb.needs_answer() && !self.answered {
            self.doing = Doing::Answering;
            cx.out.push(Output::Answer);
            return Move::Stay;
        }
        self.perform(verb, cx)
    }

    fn perform(&mut self, verb: &Verb, cx: &mut Context<'_>) -> Move {
        match verb {
            Verb::Answer(verb) => Move::To(verb.next),
            Verb::Ring(verb) => verb.enter(self, cx),
            Verb::Play(verb) => verb.enter(self, cx),
            Verb::Say(verb) => verb.enter(self, cx),
            Verb::Menu(verb) => ask::begin(verb, self, cx),
            Verb::Collect(verb) => ask::begin(verb, self, cx),
            Verb::Set(verb) => verb.enter(self),
            Verb::Language(verb) => verb.enter(self),
            Verb::When(verb) => verb.enter(self),
            Verb::Hours(verb) => verb.enter(cx),
            Verb::Queue(verb) => verb.enter(self, cx),
            Verb::Dial(verb) => verb.enter(self, cx),
            Verb::Refuse(verb) => verb.enter(),
            Verb::HangUp(verb) => verb.enter(),
            Verb::Goto(verb) => verb.enter(),
        }
    }

    fn verb<'p>(&self, program: &'p Program) -> Option<&'p Verb> {
        let flow = program.flow(self.flow)?;
        flow.states.get(usize::from(self.state)).map(|state| &state.verb)
    }

    fn start(&mut self) -> Move {
        match self.doing {
            Doing::Beginning => Move::Flow(self.flow),
            Doing::Answering
            | Doing::Ringing { .. }
            | Doing::Playing { .. }
            | Doing::Asking(_)
            | Doing::Queued
            | Doing::Dialling
            | Doing::Over => Move::Stay,
        }
    }

    fn on_answered(&mut self, cx: &mut Context<'_>) -> Move {
        self.answered = true;
        match (&self.doing, self.verb(cx.program)) {
            (Doing::Answering, Some(verb)) => self.perform(verb, cx),
            (
                Doing::Answering
                | Doing::Beginning
                | Doing::Ringing { .. }
                | Doing::Playing { .. }
                | Doing::Asking(_)
                | Doing::Queued
                | Doing::Dialling
                | Doing::Over,
                _,
            ) => Move::Stay,
        }
    }

    fn on_digit(&mut self, digit: char, cx: &mut Context<'_>) -> Move {
        if let Some((keys, until)) = self.trailing.take()
            && cx.now.mono < until
            && keys.contains(digit)
        {
            return Move::Stay;
        }
        match &self.doing {
            Doing::Playing { play, barge_in: true, next } => {
                let (play, next) = (*play, *next);
                self.ahead.push(digit);
                cx.out.push(Output::StopPlay(play));
                Move::To(next)
            }
            Doing::Playing { barge_in: false, .. } | Doing::Answering | Doing::Ringing { .. } => {
                self.ahead.push(digit);
                Move::Stay
            }
            Doing::Asking(question) => {
                let question = question.clone();
                self.with_asker(cx, |verb, run, cx| ask::digit(verb, question, digit, run, cx))
            }
            Doing::Beginning | Doing::Queued | Doing::Dialling | Doing::Over => Move::Stay,
        }
    }

    fn on_play_done(&mut self, done: PlayNo, cx: &mut Context<'_>) -> Move {
        match &self.doing {
            Doing::Playing { play, next, .. } if *play == done => Move::To(*next),
            Doing::Asking(question) => {
                let question = question.clone();
                self.with_asker(cx, |verb, run, cx| ask::play_done(verb, question, done, run, cx))
            }
            Doing::Playing { .. }
            | Doing::Beginning
            | Doing::Answering
            | Doing::Ringing { .. }
            | Doing::Queued
            | Doing::Dialling
            | Doing::Over => Move::Stay,
        }
    }

    fn on_queue(&mut self, outcome: QueueOutcome, cx: &Context<'_>) -> Move {
        let (Doing::Queued, Some(Verb::Queue(verb))) = (&self.doing, self.verb(cx.program)) else {
            return Move::Stay;
        };
        self.ahead.clear();
        match outcome {
            QueueOutcome::Overflow => Move::To(verb.otherwise),
            QueueOutcome::Ended => {
                self.answered = true;
                Move::To(verb.next)
            }
        }
    }

    fn on_dial(&mut self, outcome: DialOutcome, cx: &Context<'_>) -> Move {
        let (Doing::Dialling, Some(Verb::Dial(verb))) = (&self.doing, self.verb(cx.program)) else {
            return Move::Stay;
        };
        self.ahead.clear();
        match outcome {
            DialOutcome::Ended => {
                self.answered = true;
                Move::To(verb.next)
            }
            DialOutcome::Failed(cause) => {
                self.memory.set("dial.cause", cause.as_str());
                match verb.failed {
                    Some(next) => Move::To(next),
                    None => Move::Over(Output::HangUp { status: cause.status() }),
                }
            }
        }
    }

    fn on_timeout(&mut self, cx: &mut Context<'_>) -> Move {
        if self.next_deadline().is_none_or(|deadline| cx.now.mono < deadline) {
            return Move::Stay;
        }
        match &self.doing {
            Doing::Ringing { next, .. } => Move::To(*next),
            Doing::Asking(question) => {
                let question = question.clone();
                self.with_asker(cx, |verb, run, cx| ask::timeout(verb, question, run, cx))
            }
            Doing::Beginning
            | Doing::Answering
            | Doing::Playing { .. }
            | Doing::Queued
            | Doing::Dialling
            | Doing::Over => Move::Stay,
        }
    }

    /// Runs `deed` with the menu or collect that the call is in.
    fn with_asker(
        &mut self,
        cx: &mut Context<'_>,
        deed: impl FnOnce(&dyn Asks, &mut Run, &mut Context<'_>) -> Move,
    ) -> Move {
        let verb = self.verb(cx.program);
        if let Some(Verb::Menu(verb)) = verb {
            deed(verb, self, cx)
        } else if let Some(Verb::Collect(verb)) = verb {
            deed(verb, self, cx)
        } else {
            Move::Stay
        }
    }

    /// Starts a play of all these pieces; none if there is nothing to hear.
    pub(super) fn play(
        &mut self,
        parts: &[&[Piece]],
        barge_in: bool,
        cx: &mut Context<'_>,
    ) -> Option<PlayNo> {
        let mut items: Vec<Say> = Vec::new();
        for pieces in parts {
            let words = cx.program.words_in(self.memory.language());
            prompt::render(pieces, words, &self.memory, &mut items);
        }
        cx.program.translate(self.memory.language(), &mut items);
        if items.is_empty() {
            return None;
        }
        self.plays = self.plays.wrapping_add(1);
        let play = PlayNo(self.plays);
        cx.out.push(Output::Play { play, items, barge_in, repeat: false });
        Some(play)
    }

    pub(super) fn ask(&mut self, question: Question) {
        self.doing = Doing::Asking(question);
    }

    pub(super) fn playing(&mut self, play: PlayNo, barge_in: bool, next: Next) {
        self.doing = Doing::Playing { play, barge_in, next };
    }

    pub(super) fn ringing(&mut self, until: Mono, next: Next) {
        self.doing = Doing::Ringing { until, next };
    }

    pub(super) fn queued(&mut self) {
        self.ahead.clear();
        self.doing = Doing::Queued;
    }

    pub(super) fn dialling(&mut self) {
        self.ahead.clear();
        self.doing = Doing::Dialling;
    }
}

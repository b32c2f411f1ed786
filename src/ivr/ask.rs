//! What `menu` and `collect` share: prompt, barge-in, digits with their times, tries.
//!
//! One try is: prompt, then at most `wait` until the first digit, at most `between` from digit to
//! digit. The verb judges what was typed; a try that brought nothing or nothing valid is told by
//! the `timeout` or `invalid` prompt in front of the next one.

use super::memory::Digits;
use super::program::Next;
use super::prompt::Piece;
use super::run::{Context, Move, Run};
use super::words::{Output, PlayNo};
use crate::base::Mono;
use std::sync::Arc;
use std::time::Duration;

/// How digits are asked for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Played at each try.
    pub prompt: Vec<Piece>,
    /// Played before the prompt after a try with wrong digits.
    pub invalid: Vec<Piece>,
    /// Played before the prompt after a try without digits.
    pub timeout: Vec<Piece>,
    /// From the prompt's end to the first digit.
    pub wait: Duration,
    /// From one digit to the next.
    pub between: Duration,
    /// How often it is asked, at least once.
    pub tries: u8,
    /// A digit ends the prompt.
    pub barge_in: bool,
    /// What was typed before the question is thrown away.
    pub flush: bool,
    /// Ask without answering the call.
    pub early: bool,
    /// Digits are not kept in records.
    pub masked: bool,
}

impl Default for Asking {
    fn default() -> Asking {
        Asking {
            prompt: Vec::new(),
            invalid: Vec::new(),
            timeout: Vec::new(),
            wait: Duration::from_secs(5),
            between: Duration::from_secs(3),
            tries: 3,
            barge_in: true,
            flush: false,
            early: false,
            masked: false,
        }
    }
}

/// What a verb says to what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// More digits may come.
    More,
    /// This is no valid entry and cannot become one.
    Invalid,
    /// Taken.
    Taken(Taken),
}

/// A valid entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The digits, without the key that ended them.
    pub(super) digits: String,
    /// The variable that keeps them.
    pub(super) into: Option<Arc<str>>,
    /// A key that may still follow and means nothing then: the entry was full before it was ended.
    pub(super) trailing: Option<Arc<str>>,
    /// Where to go.
    pub(super) next: Next,
}

/// A verb that asks for digits.
pub(super) trait Asks {
    fn asking(&self) -> &Asking;
    /// After a digit.
    fn judge(&self, typed: &str) -> Verdict;
    /// When no further digit came in time; `typed` is not empty.
    fn judge_pause(&self, typed: &str) -> Verdict;
    fn failed(&self) -> Next;
}

/// A question that is being asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// From 1.
    attempt: u8,
    typed: Digits,
    phase: Phase,
}

/// Where a try stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The prompt plays.
    Prompt(PlayNo),
    /// Nothing typed yet.
    First { until: Mono },
    /// Something typed.
    Between { until: Mono },
}

impl Question {
    pub(super) fn deadline(&self) -> Option<Mono> {
        match self.phase {
            Phase::Prompt(_) => None,
            Phase::First { until } | Phase::Between { until } => Some(until),
        }
    }
}

/// Which prompt goes before a repeated question.
#[derive(Clone, Copy)]
enum Lead {
    None,
    Invalid,
    Timeout,
}

/// The question is asked for the first time.
pub(super) fn begin(verb: &dyn Asks, run: &mut Run, cx: &mut Context<'_>) -> Move {
    if verb.asking().flush {
        run.ahead.clear();
    }
    attempt(verb, 1, Lead::None, run, cx)
}

fn attempt(verb: &dyn Asks, number: u8, lead: Lead, run: &mut Run, cx: &mut Context<'_>) -> Move {
    let asking = verb.asking();
    let mut question =
        Question { attempt: number, typed: Digits::default(), phase: waiting(asking, cx) };
    let typed_ahead = asking.barge_in && !run.ahead.is_empty();
    if !typed_ahead {
        let lead = match lead {
            Lead::None => [].as_slice(),
            Lead::Invalid => &asking.invalid,
            Lead::Timeout => &asking.timeout,
        };
        if let Some(play) = run.play(&[lead, &asking.prompt], asking.barge_in, cx) {
            question.phase = Phase::Prompt(play);
            run.ask(question);
            return Move::Stay;
        }
    }
    take_ahead(verb, question, run, cx)
}

fn waiting(asking: &Asking, cx: &Context<'_>) -> Phase {
    Phase::First { until: cx.now.after(asking.wait) }
}

/// Takes what was typed ahead, digit by digit.
fn take_ahead(
    verb: &dyn Asks,
    mut question: Question,
    run: &mut Run,
    cx: &mut Context<'_>,
) -> Move {
    while let Some(digit) = run.ahead.take_first() {
        question.typed.push(digit);
        match verb.judge(question.typed.as_str()) {
            Verdict::More => {
                question.phase = Phase::Between { until: cx.now.after(verb.asking().between) };
            }
            Verdict::Invalid => return again(verb, question.attempt, Lead::Invalid, run, cx),
            Verdict::Taken(taken) => return take(verb, taken, run, cx),
        }
    }
    run.ask(question);
    Move::Stay
}

/// A digit was typed.
pub(super) fn digit(
    verb: &dyn Asks,
    question: Question,
    digit: char,
    run: &mut Run,
    cx: &mut Context<'_>,
) -> Move {
    let asking = verb.asking();
    match question.phase {
        Phase::Prompt(_) if !asking.barge_in => {
            if !asking.flush {
                run.ahead.push(digit);
            }
            run.ask(question);
            return Move::Stay;
        }
        // Media stops the play by itself for the digits that it hears; those of SIP INFO it does
        // not hear. To stop it twice does no harm.
        Phase::Prompt(play) => cx.out.push(Output::StopPlay(play)),
        Phase::First { .. } | Phase::Between { .. } => {}
    }
    run.ahead.push(digit);
    take_ahead(verb, question, run, cx)
}

/// A play ended.
pub(super) fn play_done(
    verb: &dyn Asks,
    mut question: Question,
    play: PlayNo,
    run: &mut Run,
    cx: &mut Context<'_>,
) -> Move {
    if question.phase == Phase::Prompt(play) {
        question.phase = waiting(verb.asking(), cx);
        return take_ahead(verb, question, run, cx);
    }
    run.ask(question);
    Move::Stay
}

/// The deadline came.
pub(super) fn timeout(
    verb: &dyn Asks,
    question: Question,
    run: &mut Run,
    cx: &mut Context<'_>,
) -> Move {
    match question.phase {
        Phase::Prompt(_) => {
            run.ask(question);
            Move::Stay
        }
        Phase::First { .. } => again(verb, question.attempt, Lead::Timeout, run, cx),
        Phase::Between { .. } => match verb.judge_pause(question.typed.as_str()) {
            Verdict::Taken(taken) => take(verb, taken, run, cx),
            Verdict::More | Verdict::Invalid => {
                again(verb, question.attempt, Lead::Invalid, run, cx)
            }
        },
    }
}

/// A try was for nothing: what else was typed ahead was meant for something that did not come.
fn again(verb: &dyn Asks, attempts: u8, lead: Lead, run: &mut Run, cx: &mut Context<'_>) -> Move {
    run.ahead.clear();
    if attempts >= verb.asking().tries {
        return Move::To(verb.failed());
    }
    attempt(verb, attempts.saturating_add(1), lead, run, cx)
}

fn take(verb: &dyn Asks, taken: Taken, run: &mut Run, cx: &mut Context<'_>) -> Move {
    if let Some(name) = &taken.into {
        run.memory.set(name, &taken.digits);
    }
    if let Some(keys) = taken.trailing {
        match run.ahead.first() {
            // It may still come.
            None => run.trailing = Some((keys, cx.now.after(verb.asking().between))),
            // It was typed ahead with the entry.
            Some(first) if keys.contains(first) => {
                run.ahead.take_first();
            }
            Some(_) => {}
        }
    }
    cx.out.push(Output::Collected { digits: taken.digits, masked: verb.asking().masked });
    Move::To(taken.next)
}

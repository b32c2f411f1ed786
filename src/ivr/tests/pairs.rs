//! Every state of a run with every input: what is asked of the call, and what is waited for then.
//!
//! The effect is what the run waits for afterwards and what it says, as the other tests write it.
//! In these flows state 1 hangs up with 481, state 2 with 482 and state 3 with 483.

use super::*;
use crate::base::pairs::check;

const STATES: [&str; 14] = [
    "Beginning",
    "Answering",
    "Ringing",
    "Playing",
    "Playing, barge-in",
    "Asking, prompt",
    "Asking, prompt without barge-in",
    "Asking, first digit",
    "Asking, last try",
    "Asking, between digits",
    "Queued",
    "Dialling",
    "Dialling, no way out",
    "Over",
];

const INPUTS: [&str; 13] = [
    "Start",
    "Answered",
    "Digit: a key",
    "Digit: half a key",
    "Digit: no key",
    "PlayDone: its play",
    "PlayDone: another play",
    "Queue: Overflow",
    "Queue: Ended",
    "Dial: Ended",
    "Dial: Failed",
    "Timeout: too early",
    "Timeout: its deadline",
];

/// What is waited for: the variant's name.
fn state(call: &Call) -> String {
    let text = format!("{:?}", call.run);
    let doing = text.split("doing: ").nth(1).unwrap();
    doing.split([' ', '(', ',']).next().unwrap().to_owned()
}

/// The same with the time that is left, and what is typed ahead.
fn waits(call: &Call) -> String {
    let mut waits = state(call);
    if let Some(deadline) = call.run.next_deadline() {
        waits += &format!(" {} ms", deadline.since(call.now.mono).as_millis());
    }
    match call.run.ahead.as_str() {
        "" => waits,
        typed => format!("{waits}, {typed} typed"),
    }
}

/// A run that has come there.
fn run_at(name: &str) -> Call {
    let with = |verb: Verb| vec![verb, hang_up(481), hang_up(482), hang_up(483)];
    let early = |barge_in| ask::Asking { early: true, barge_in, ..asking() };
    let keys = [("1", 1), ("23", 2)];
    let failed = (name != "Dialling, no way out").then_some(at(2));
    let verb = match name {
        "Beginning" | "Answering" => Verb::Answer(Answer { next: at(1) }),
        "Ringing" => Verb::Ring(Ring { time: Duration::from_secs(3), next: at(1) }),
        "Playing" | "Playing, barge-in" => {
            let barge_in = name.ends_with("barge-in");
            let pieces = vec![Piece::Prompt(PromptId(5))];
            Verb::Play(Play { pieces, barge_in, early: true, next: at(1) })
        }
        "Asking, prompt without barge-in" => menu(early(false), &keys),
        "Queued" => Verb::Queue(Queue {
            queue: QueueId(4),
            reason: template(""),
            priority: 0,
            early: true,
            next: at(1),
            otherwise: at(2),
        }),
        "Dialling" | "Dialling, no way out" => Verb::Dial(Dial {
            target: template("sip:b@192.0.2.1"),
            ring: Duration::from_secs(9),
            direct_media: false,
            next: at(1),
            failed,
        }),
        "Over" => hang_up(480),
        _ => menu(early(true), &keys),
    };
    let mut call = Call::new(with(verb));
    if name != "Beginning" {
        call.hear(Input::Start);
    }
    match name {
        "Asking, first digit" => drop(call.done(1)),
        "Asking, last try" => {
            call.press("9");
            call.done(2);
        }
        "Asking, between digits" => drop(call.press("2")),
        _ => {}
    }
    call.now.mono = call.now.mono + Duration::from_millis(1);
    assert!(name.starts_with(&state(&call)), "{name}: {}", state(&call));
    call
}

/// The input of this name; of its own play if the state began one.
fn input(name: &str, state: &str) -> Input {
    let own = if state == "Asking, last try" { PlayNo(2) } else { PlayNo(1) };
    let input = match name {
        "Start" => Input::Start,
        "Answered" => Input::Answered,
        "Digit: a key" => Input::Digit('1'),
        "Digit: half a key" => Input::Digit('2'),
        "Digit: no key" => Input::Digit('9'),
        "PlayDone: its play" => Input::PlayDone { play: own, by_digit: false },
        "PlayDone: another play" => Input::PlayDone { play: PlayNo(77), by_digit: false },
        "Queue: Overflow" => Input::Queue(QueueOutcome::Overflow),
        "Queue: Ended" => Input::Queue(QueueOutcome::Ended),
        "Dial: Ended" => Input::Dial(DialOutcome::Ended),
        "Dial: Failed" => Input::Dial(DialOutcome::Failed(Cause::Busy)),
        _ => Input::Timeout,
    };
    assert_eq!(name.split(':').next(), Some(kind(&input)));
    input
}

/// A new input does not compile before it has a name, and rows, here.
fn kind(input: &Input) -> &'static str {
    match input {
        Input::Start => "Start",
        Input::Answered => "Answered",
        Input::Digit(_) => "Digit",
        Input::PlayDone { .. } => "PlayDone",
        Input::Queue(QueueOutcome::Overflow | QueueOutcome::Ended) => "Queue",
        Input::Dial(DialOutcome::Ended | DialOutcome::Failed(_)) => "Dial",
        Input::Timeout => "Timeout",
    }
}

/// What an input does: what is waited for then, and what is said.
fn effect(name: &str, what: &str) -> String {
    let mut call = run_at(name);
    if what == "Timeout: its deadline" {
        call.now.mono = call.run.next_deadline().unwrap_or(call.now.mono);
    }
    let said = call.hear(input(what, name));
    let (state, waits) = (state(&call), waits(&call));
    assert!(STATES.iter().any(|known| known.starts_with(&state)), "{state} is not in the table");
    if said.is_empty() { waits } else { format!("{waits}, {said}") }
}

/// Each pair does what its row says; see `base::pairs`.
#[test]
fn every_pair_of_a_run() {
    check(
        TABLE,
        &STATES,
        &INPUTS,
        |state, input| Some(effect(state, input)),
        |name| waits(&run_at(name)),
    );
}

const TABLE: &str = "
Beginning
    Start -> Answering, @0, answer
    Answered / Digit: a key / Digit: half a key / Digit: no key / PlayDone: its play -> never: it starts in the turn that made it
    PlayDone: another play / Queue: Overflow / Queue: Ended / Dial: Ended / Dial: Failed -> never: it starts in the turn that made it
    Timeout: too early / Timeout: its deadline -> never: it starts in the turn that made it

Answering
    Answered -> Over, @1, hang_up 481
    Digit: a key -> Answering, 1 typed
    Digit: half a key -> Answering, 2 typed
    Digit: no key -> Answering, 9 typed
    PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    PlayDone: its play -> never: it plays nothing
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Ringing
    Digit: a key -> Ringing 2999 ms, 1 typed
    Digit: half a key -> Ringing 2999 ms, 2 typed
    Digit: no key -> Ringing 2999 ms, 9 typed
    Timeout: its deadline -> Over, @1, hang_up 481
    PlayDone: another play / Timeout: too early -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    PlayDone: its play -> never: it plays nothing
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody

Playing
    Digit: a key -> Playing, 1 typed
    Digit: half a key -> Playing, 2 typed
    Digit: no key -> Playing, 9 typed
    PlayDone: its play -> Over, @1, hang_up 481
    PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Playing, barge-in
    Digit: a key -> Over, 1 typed, stop1, @1, hang_up 481
    Digit: half a key -> Over, 2 typed, stop1, @1, hang_up 481
    Digit: no key -> Over, 9 typed, stop1, @1, hang_up 481
    PlayDone: its play -> Over, @1, hang_up 481
    PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Asking, prompt
    Digit: a key -> Over, stop1, got 1, @1, hang_up 481
    Digit: half a key -> Asking 3000 ms, stop1
    Digit: no key -> Asking, stop1, play2? [2 1]
    PlayDone: its play -> Asking 5000 ms
    PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Asking, prompt without barge-in
    Digit: a key -> Asking, 1 typed
    Digit: half a key -> Asking, 2 typed
    Digit: no key -> Asking, 9 typed
    PlayDone: its play -> Asking 5000 ms
    PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Asking, first digit
    Digit: a key -> Over, got 1, @1, hang_up 481
    Digit: half a key -> Asking 3000 ms
    Digit: no key -> Asking, play2? [2 1]
    Timeout: its deadline -> Asking, play2? [3 1]
    PlayDone: its play / PlayDone: another play / Timeout: too early -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody

Asking, last try
    Digit: a key -> Over, got 1, @1, hang_up 481
    Digit: half a key -> Asking 3000 ms
    Digit: no key / Timeout: its deadline -> Over, hang_up 480
    PlayDone: its play / PlayDone: another play / Timeout: too early -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody

Asking, between digits
    Digit: a key / Digit: half a key / Digit: no key / Timeout: its deadline -> Asking, play2? [2 1]
    PlayDone: its play / PlayDone: another play / Timeout: too early -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Dial: Ended / Dial: Failed -> never: it dials nobody

Queued
    Queue: Overflow -> Over, @2, hang_up 482
    Queue: Ended -> Over, @1, hang_up 481
    Digit: a key / Digit: half a key / Digit: no key / PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    PlayDone: its play -> never: it plays nothing
    Dial: Ended / Dial: Failed -> never: it dials nobody
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Dialling
    Dial: Ended -> Over, @1, hang_up 481
    Dial: Failed -> Over, @2, hang_up 482
    Digit: a key / Digit: half a key / Digit: no key / PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    PlayDone: its play -> never: it plays nothing
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Dialling, no way out
    Dial: Ended -> Over, @1, hang_up 481
    Dial: Failed -> Over, hang_up 486
    Digit: a key / Digit: half a key / Digit: no key / PlayDone: another play -> nothing
    Start -> never: said once, at the beginning
    Answered -> never: it did not ask for the answer
    PlayDone: its play -> never: it plays nothing
    Queue: Overflow / Queue: Ended -> never: it is in no queue
    Timeout: too early / Timeout: its deadline -> never: it has no deadline

Over
    Start / Answered / Digit: a key / Digit: half a key / Digit: no key / PlayDone: its play -> never: its call is over too
    PlayDone: another play / Queue: Overflow / Queue: Ended / Dial: Ended / Dial: Failed -> never: its call is over too
    Timeout: too early / Timeout: its deadline -> never: its call is over too
";

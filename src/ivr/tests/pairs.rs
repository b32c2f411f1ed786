//! Every state of a run with every input: what is asked of the call, and what is waited for then.

use super::*;
use std::collections::BTreeMap;

const STATES: [&str; 12] = [
    "Beginning",
    "Answering",
    "Ringing",
    "Playing",
    "Playing, barge-in",
    "Asking, prompt",
    "Asking, prompt without barge-in",
    "Asking, first digit",
    "Asking, between digits",
    "Queued",
    "Dialling",
    "Over",
];

const INPUTS: [&str; 12] = [
    "Start",
    "Answered",
    "a key",
    "no key",
    "its play ends",
    "another play ends",
    "Queue(Overflow)",
    "Queue(Ended)",
    "Dial(Ended)",
    "Dial(Failed)",
    "Timeout too early",
    "Timeout",
];

fn state(call: &Call) -> String {
    let text = format!("{:?}", call.run);
    let doing = text.split("doing: ").nth(1).unwrap();
    doing.split([' ', '(', ',']).next().unwrap().to_owned()
}

/// A run that has come there. State 1 hangs up with 481, 2 with 482, 3 with 483.
fn at(name: &str) -> Call {
    let ends = [hang_up(481), hang_up(482), hang_up(483)];
    let with = |verb: Verb| [vec![verb], ends.to_vec()].concat();
    let early = |barge_in| ask::Asking { early: true, barge_in, ..asking() };
    let keys = [("1", 1), ("23", 2)];
    let verb = match name {
        "Beginning" | "Answering" => Verb::Answer(Answer { next: at_state(1) }),
        "Ringing" => Verb::Ring(Ring { time: Duration::from_secs(3), next: at_state(1) }),
        "Playing" | "Playing, barge-in" => {
            let barge_in = name.ends_with("barge-in");
            let pieces = vec![Piece::Prompt(PromptId(5))];
            Verb::Play(Play { pieces, barge_in, early: true, next: at_state(1) })
        }
        "Asking, prompt without barge-in" => menu(early(false), &keys),
        "Queued" => Verb::Queue(Queue {
            queue: QueueId(4),
            reason: template(""),
            priority: 0,
            early: true,
            next: at_state(1),
            otherwise: at_state(2),
        }),
        "Dialling" => Verb::Dial(Dial {
            target: template("sip:b@192.0.2.1"),
            ring: Duration::from_secs(9),
            direct_media: false,
            next: at_state(1),
            failed: Some(at_state(2)),
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
        "Asking, between digits" => drop(call.press("2")),
        _ => {}
    }
    call.now.mono = call.now.mono + Duration::from_millis(1);
    assert!(name.starts_with(&state(&call)), "{name}: {}", state(&call));
    call
}

fn at_state(n: u16) -> Next {
    super::at(n)
}

/// What an input does: what is waited for then, and what is said.
fn effect(call: &mut Call, input: &str) -> String {
    let said = match input {
        "Start" => call.hear(Input::Start),
        "Answered" => call.hear(Input::Answered),
        "a key" => call.press("1"),
        "no key" => call.press("9"),
        "its play ends" => call.done(1),
        "another play ends" => call.done(77),
        "Queue(Overflow)" => call.hear(Input::Queue(QueueOutcome::Overflow)),
        "Queue(Ended)" => call.hear(Input::Queue(QueueOutcome::Ended)),
        "Dial(Ended)" => call.hear(Input::Dial(DialOutcome::Ended)),
        "Dial(Failed)" => call.hear(Input::Dial(DialOutcome::Failed(Cause::Busy))),
        "Timeout too early" => call.hear(Input::Timeout),
        _ => {
            call.now.mono = call.run.next_deadline().unwrap_or(call.now.mono);
            call.hear(Input::Timeout)
        }
    };
    let waits = state(call);
    if said.is_empty() { waits } else { format!("{waits}, {said}") }
}

#[test]
fn print() {
    for state in STATES {
        let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for input in INPUTS {
            rows.entry(effect(&mut at(state), input)).or_default().push(input);
        }
        for (effect, inputs) in rows {
            println!("ROW (\"{state}\", \"{}\", \"{effect}\"),", inputs.join("/"));
        }
    }
}

//! Flows as ladders: inputs and time in, outputs out. The call that all of them use is here.

mod asking;
mod pairs;
mod verbs;

use super::calendar::{Calendar, parse_range};
use super::prompt::Piece;
use super::spoken::Word;
use super::verbs::{
    Answer, Collect, Dial, Goto, HangUp, Hours, Menu, Play, Queue, Refuse, Ring, Set, When,
};
use super::*;
use crate::base::{Cause, FlowId, Mono, Now, PromptId, QueueId};
use crate::expr::{Expr, Template};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const MAIN: FlowId = FlowId(0);
const OTHER: FlowId = FlowId(7);

/// Prompts by what they are for.
const ASK: PromptId = PromptId(1);
const WRONG: PromptId = PromptId(2);
const SILENT: PromptId = PromptId(3);

fn at(n: u16) -> Next {
    Next::State(n)
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn play(prompt: u32, next: Next) -> Verb {
    let pieces = vec![Piece::Prompt(PromptId(prompt))];
    Verb::Play(Play { pieces, barge_in: false, early: false, next })
}

fn asking() -> ask::Asking {
    ask::Asking {
        prompt: vec![Piece::Prompt(ASK)],
        invalid: vec![Piece::Prompt(WRONG)],
        timeout: vec![Piece::Prompt(SILENT)],
        wait: Duration::from_secs(5),
        between: Duration::from_secs(3),
        tries: 2,
        ..ask::Asking::default()
    }
}

fn menu(asking: ask::Asking, keys: &[(&str, u16)]) -> Verb {
    let keys = keys.iter().map(|(key, n)| ((*key).into(), at(*n))).collect();
    Verb::Menu(Menu { asking, keys, failed: Next::End })
}

fn collect(least: usize, most: usize, end: &str) -> Verb {
    Verb::Collect(Collect {
        asking: asking(),
        least,
        most,
        end: end.into(),
        into: "account".into(),
        next: at(1),
        failed: Next::End,
    })
}

fn hang_up(status: u16) -> Verb {
    Verb::HangUp(HangUp { status })
}

/// A call in a flow, with what it says written short.
struct Call {
    run: Run,
    program: Program,
    now: Now,
}

impl Call {
    fn new(verbs: Vec<Verb>) -> Call {
        let states = verbs.into_iter().enumerate();
        let states = states.map(|(n, verb)| State { name: n.to_string().into(), verb }).collect();
        let mut program = Program::default();
        program.flows.insert(MAIN, Arc::new(Flow { name: "main".into(), template: None, states }));
        let facts = [("caller.number", "+39333111"), ("called.number", "100")];
        let facts = facts.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let now = Now { mono: Mono(1_000_000), wall_ms: 0 };
        Call { run: Run::new(MAIN, facts), program, now }
    }

    /// A call that is answered at once, as calls do.
    fn answered(verbs: Vec<Verb>) -> (Call, String) {
        let mut call = Call::new(verbs);
        let first = call.hear(Input::Start);
        assert!(first.ends_with("answer"), "{first}");
        let then = call.hear(Input::Answered);
        (call, then)
    }

    fn hear(&mut self, input: Input) -> String {
        let mut out = Vec::new();
        self.run.handle(input, &self.program, self.now, &mut out);
        out.iter().map(short).collect::<Vec<_>>().join(", ")
    }

    fn press(&mut self, digits: &str) -> String {
        let said: Vec<String> = digits.chars().map(|c| self.hear(Input::Digit(c))).collect();
        said.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn done(&mut self, play: u32) -> String {
        self.hear(Input::PlayDone { play: PlayNo(play), by_digit: false })
    }

    /// Lets time pass; the deadline that comes up is told.
    fn pass(&mut self, ms: u64) -> String {
        self.now.mono = self.now.mono + Duration::from_millis(ms);
        match self.run.next_deadline() {
            Some(deadline) if deadline <= self.now.mono => self.hear(Input::Timeout),
            Some(_) | None => "nothing".to_string(),
        }
    }
}

fn short(output: &Output) -> String {
    match output {
        Output::Entered { flow, state } if *flow == MAIN => format!("@{state}"),
        Output::Entered { flow, state } => format!("@{}:{state}", flow.0),
        Output::Ring => "ring".to_string(),
        Output::Answer => "answer".to_string(),
        Output::Play { play, items, barge_in, .. } => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match item {
                    Say::Prompt(id) => id.0.to_string(),
                    Say::Beep => "beep".to_string(),
                    Say::Silence(ms) => format!("{ms}ms"),
                })
                .collect();
            let mark = if *barge_in { "?" } else { "" };
            format!("play{}{mark} [{}]", play.0, items.join(" "))
        }
        Output::StopPlay(play) => format!("stop{}", play.0),
        Output::Collected { digits, masked } => {
            format!("got {digits}{}", if *masked { " masked" } else { "" })
        }
        Output::Enqueue { queue, reason, priority, .. } => {
            format!("enqueue {} {reason:?} {priority}", queue.0)
        }
        Output::Dial { target, ring_ms, direct_media } => {
            format!("dial {target} {ring_ms}{}", if *direct_media { " direct" } else { "" })
        }
        Output::Refuse(status) => format!("refuse {status}"),
        Output::HangUp { status } => format!("hang_up {status}"),
        Output::Fault(why) => format!("fault: {why}"),
    }
}

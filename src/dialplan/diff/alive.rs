//! Whom of the living a change touches, and what becomes of them.

use super::{Change, What};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A call in progress, as far as a change may touch it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct AliveCall {
    /// `flow.state`, as records have it; empty without a flow.
    pub state: String,
    /// The trunk it came from.
    pub trunk: String,
    /// The queue it waits in.
    pub queue: Option<String>,
    /// Who is rung or talks with it.
    pub agent: Option<String>,
}

/// What lives under the running plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alive {
    /// Calls in progress.
    pub calls: Vec<AliveCall>,
    /// What each agent does, by name, in the API's word.
    pub agents: BTreeMap<String, String>,
}

impl Alive {
    pub(super) fn touched_by(&self, change: &Change) -> Vec<String> {
        let name = change.name.as_str();
        let count = |is: &dyn Fn(&AliveCall) -> bool| self.calls.iter().filter(|c| is(c)).count();
        match (change.thing.as_str(), change.what) {
            (_, What::Added) => Vec::new(),
            ("agent", what) => self.agent(name, what, count(&|c| c.agent.as_deref() == Some(name))),
            ("queue", what) => {
                let becomes = match what {
                    What::Removed => "the queue drains by its last definition",
                    What::Added | What::Changed => "with their place and their clock",
                };
                told(count(&|c| c.queue.as_deref() == Some(name)), "waiting", becomes)
            }
            ("flow", _) => {
                let inside =
                    |c: &AliveCall| c.state.split_once('.').is_some_and(|(f, _)| f == name);
                told(count(&inside), "in it", "they go on by the script they began with")
            }
            ("state", _) => told(
                count(&|c| c.state == name),
                "in it",
                "they go on by the script they began with",
            ),
            ("trunk", _) => {
                let becomes = "they go on by the settings they began with";
                told(count(&|c| c.trunk == name), "from it", becomes)
            }
            (_, _) => Vec::new(),
        }
    }

    fn agent(&self, name: &str, what: What, calls: usize) -> Vec<String> {
        let does = match self.agents.get(name).map(String::as_str) {
            Some("busy") => "talking now",
            Some("ringing") => "being rung now",
            Some("wrap_up") => "in wrap-up now",
            Some("ready") if what == What::Removed => "ready now",
            Some(_) | None if calls > 0 => "in a call now",
            Some(_) | None => return Vec::new(),
        };
        let calls = match calls {
            0 => String::new(),
            1 => " (1 call)".to_owned(),
            more => format!(" ({more} calls)"),
        };
        let becomes = match what {
            What::Removed => "finishes it and gets no more",
            What::Added | What::Changed => "the new definition counts from the next offer on",
        };
        vec![if calls.is_empty() && what == What::Removed {
            format!("{does}: gets no more")
        } else {
            format!("{does}{calls}: {becomes}")
        }]
    }
}

fn told(count: usize, how: &str, becomes: &str) -> Vec<String> {
    match count {
        0 => Vec::new(),
        1 => vec![format!("1 call {how}: {becomes}")],
        more => vec![format!("{more} calls {how}: {becomes}")],
    }
}

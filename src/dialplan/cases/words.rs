//! What a test is made of, read and looked up.

use crate::dialplan::finding::At;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One imagined call, or several.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: Arc<str>,
    /// Where its name stands.
    pub at: At,
    /// When it begins: milliseconds since 1970; none: the runner's own morning.
    pub wall_ms: Option<i64>,
    /// The trunk that calls come from unless they say; none: the plan's first that accepts any.
    pub trunk: Option<Arc<str>>,
    /// The caller's number unless a call says its own.
    pub from: Option<Arc<str>>,
    /// How agents behave, by name.
    pub agents: BTreeMap<Arc<str>, Mood>,
    /// How dialled targets behave, by the user part or the host of their URI.
    pub targets: BTreeMap<Arc<str>, Mood>,
    /// What happens, one behind the other.
    pub steps: Vec<Step>,
    /// What is to come of it.
    pub expect: Vec<Expected>,
}

/// An agent or a target in a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mood {
    /// Whether an agent is ready; none: as the plan says.
    pub ready: Option<bool>,
    /// How calls are taken, one behind the other, the last one from then on; empty: the usual way.
    pub takes: Vec<TakesCalls>,
}

/// How one call is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakesCalls {
    /// How the ringing ends.
    pub how: How,
    /// After so long a talk the phone hangs up.
    pub talks: Option<Duration>,
}

/// How a phone's ringing ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is answered after so long.
    Answers(Duration),
    /// It is refused with this status.
    Refuses(u16),
    /// It rings until somebody does something.
    Rings,
    /// Nothing at all comes back.
    Silent,
}

/// Something that is done.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub at: At,
    /// Who does it: the name of a caller.
    pub by: Arc<str>,
    /// What.
    pub deed: Deed,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Calls a number.
    Call {
        /// Which.
        number: Arc<str>,
        /// The caller's own number.
        from: Option<Arc<str>>,
        /// The trunk that the call comes from.
        trunk: Option<Arc<str>>,
    },
    /// Presses keys as soon as the flow asks for them.
    Press(Arc<str>),
    /// Presses keys at once.
    Type(Arc<str>),
    /// Time goes by.
    Wait(Duration),
    /// Time goes by until this is so.
    Until(Until),
    /// The caller must hear this prompt now or before anything else is done.
    Hears(Arc<str>),
    /// The caller hangs up.
    HangUp,
    /// An agent does something.
    Agent(Arc<str>, Act),
}

/// What can be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// The call waits in a queue.
    Waiting,
    /// A phone rings for it.
    Ringing,
    /// It is joined with somebody.
    Talking,
    /// It is over.
    Ended,
    /// It has come to this state of the flow.
    State(Arc<str>),
}

/// What an agent can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says ready, or not.
    Ready(bool),
    /// Answers what rings.
    Answers,
    /// Refuses what rings with this status.
    Refuses(u16),
    /// Hangs up.
    HangsUp,
    /// Puts the caller on hold.
    Holds,
    /// Takes the caller back.
    Resumes,
}

/// One expectation.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Where it stands.
    pub at: At,
    /// Whose call it is about.
    pub by: Arc<str>,
    /// What is expected.
    pub what: Expect,
}

/// What can be expected of a call. A list may have `...` in it for any number of others.
#[derive(Clone, Debug)]
pub enum Expect {
    /// States of the flow, in order.
    States(Vec<Item>),
    /// Prompts that the caller heard, in order.
    Hears(Vec<Item>),
    /// Digits that the flow took, in order.
    Digits(Vec<Item>),
    /// Queues that it waited in, in order.
    Queues(Vec<Item>),
    /// Offers to agents and dialled targets, in order.
    Offers(Vec<Item>),
    /// Who talked with the caller last; none: nobody.
    Agent(Option<Arc<str>>),
    /// A time of the record.
    Lasts(Measure, Span),
    /// Why it ended: the Q.850 number or our word.
    Cause(Arc<str>),
    /// The SIP status of the end.
    Status(u16),
    /// Who ended it.
    EndedBy(Arc<str>),
    /// Whether the caller's leg was answered.
    Answered(bool),
    /// What the last decision says of an agent.
    Why(Arc<str>, Arc<str>),
    /// Any field of the record, by its path.
    Record(Arc<str>, Arc<str>),
}

impl Expect {
    /// As it is called in a plan.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Expect::States(_) => "states".into(),
            Expect::Hears(_) => "hears".into(),
            Expect::Digits(_) => "digits".into(),
            Expect::Queues(_) => "queue".into(),
            Expect::Offers(_) => "offers".into(),
            Expect::Agent(_) => "agent".into(),
            Expect::Lasts(measure, _) => measure.word().into(),
            Expect::Cause(_) => "cause".into(),
            Expect::Status(_) => "status".into(),
            Expect::EndedBy(_) => "ended_by".into(),
            Expect::Answered(_) => "answered".into(),
            Expect::Why(agent, _) => format!("why {agent}"),
            Expect::Record(path, _) => format!("cdr {path}"),
        }
    }
}

/// One item of an expected list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it stands.
    pub at: At,
    /// Its name; `...` for any number of others.
    pub name: Arc<str>,
    /// How an offer ended: `joined` or a cause.
    pub outcome: Option<Arc<str>>,
}

impl Item {
    /// What stands for any number of others.
    pub const GAP: &str = "...";

    /// Whether this is it.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        &*self.name == Item::GAP
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Some(outcome) => write!(f, "{}: {outcome}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The times of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// In queues.
    Wait,
    /// While a phone rang.
    Ring,
    /// Joined with somebody.
    Talk,
    /// On hold.
    Hold,
    /// From the INVITE to the end.
    Total,
}

impl Measure {
    /// As it is called in a plan.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Measure::Wait => "wait",
            Measure::Ring => "ring",
            Measure::Talk => "talk",
            Measure::Hold => "hold",
            Measure::Total => "total",
        }
    }
}

/// From so many milliseconds to so many, both included, and how that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The least.
    pub from_ms: u64,
    /// The most.
    pub to_ms: u64,
    /// As written.
    pub text: Arc<str>,
}

impl Span {
    /// Whether a time lies within.
    #[must_use]
    pub fn holds(&self, ms: u64) -> bool {
        (self.from_ms..=self.to_ms).contains(&ms)
    }
}

//! What the HTTP interface asks of the node, and the shapes in which it shows the answers.

use crate::record::LiveCall;
use crate::record::trial::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// The node, as seen from here. All but [`Desk::cdrs`], [`Desk::cdr`] and [`Desk::change_plan`] are
/// called on the HTTP thread and are to be snapshots or short locks; those may read a disk and get a
/// thread.
pub trait Desk: Send + Sync + 'static {
    /// Whether new calls are taken on; the text says why not.
    fn ready(&self) -> Result<(), String>;

    /// All figures in the text format of Prometheus; see [`super::metrics::render`].
    fn metrics(&self) -> String;

    /// At most `limit` calls in progress; numbers are in clear only if `reveal`.
    fn calls(&self, reveal: bool, limit: usize) -> Vec<LiveCall>;

    /// The roster's agents, by name.
    fn agents(&self) -> Vec<AgentView>;

    /// The roster's queues, by name.
    fn queues(&self) -> Vec<QueueView>;

    /// Makes an agent ready or not. The answer is true when it is given: the change is in force
    /// and kept as far as the node keeps it at all.
    fn set_agent(&self, name: &str, change: &AgentChange) -> Result<AgentView, DeskError>;

    /// The plan in force and the one on trial; with its texts if `text`.
    fn plan(&self, text: bool) -> Value;

    /// Another plan for new calls. The answer is true when it is given. May read disks.
    /// Once it cannot be undone any more it settles `patience`, or leaves it if that has run out.
    fn change_plan(&self, ask: PlanAsk, patience: &Patience) -> Result<Value, PlanRefused>;

    /// Finished calls, newest first.
    fn cdrs(&self, query: &CdrQuery) -> Result<Vec<Value>, DeskError>;

    /// One call's record; none if there is no such call.
    fn cdr(&self, call: &str, reveal: bool) -> Result<Option<Value>, DeskError>;
}

/// What an agent is doing, in the router's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Waits for a contact.
    Ready,
    /// A phone rings, or the last ring is on its way out.
    Ringing,
    /// Talks.
    Busy,
    /// Rests after a contact.
    WrapUp,
    /// Is left alone after a refusal.
    BackingOff,
    /// Did not answer several times in a row; somebody has to say ready.
    Paused,
    /// On a break.
    NotReady,
    /// Not there.
    SignedOut,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentView {
    /// The agent's name in the plan.
    pub name: String,
    /// What the agent is doing.
    pub state: AgentState,
    /// Why not ready; empty otherwise.
    pub reason: String,
    /// Since when: milliseconds since 1970.
    pub since_ms: i64,
    /// The call offered or talked with.
    pub call: Option<String>,
    /// Skills by name.
    pub skills: BTreeMap<String, u8>,
    /// Groups.
    pub groups: Vec<String>,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// The queue's name in the plan.
    pub name: String,
    /// Contacts that wait, those being offered included.
    pub waiting: usize,
    /// How long the oldest has waited, milliseconds.
    pub longest_wait_ms: u64,
    /// Agents that could take a contact of this queue and are ready.
    pub agents_ready: usize,
    /// Agents that could take one and are signed in at all.
    pub agents_signed_in: usize,
}

/// A wish for an agent's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentChange {
    /// Ready or not.
    pub ready: bool,
    /// Why not; empty for ready.
    pub reason: String,
}

/// Which records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CdrQuery {
    /// Calls that began at or after this: milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Calls that began before this.
    pub until_ms: Option<i64>,
    /// The cause's word.
    pub cause: Option<String>,
    /// The agent joined last.
    pub agent: Option<String>,
    /// The caller's whole number.
    pub caller: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// Callers' numbers in clear.
    pub reveal: bool,
}

/// Why the node did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskError {
    /// There is no such thing; the text names it.
    NotFound(String),
    /// It cannot be done as things are (an agent in a call, …).
    Conflict(String),
    /// Not now: the store or the router does not answer.
    Unavailable(String),
}

impl fmt::Display for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeskError::NotFound(text)
            | DeskError::Conflict(text)
            | DeskError::Unavailable(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for DeskError {}

/// A plan that is to be tried on some of the new calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialAsk {
    /// On how many of 10,000.
    pub share: u16,
    /// What it may cost, and for how long.
    pub limits: Limits,
}

/// A wish for another plan.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanAsk {
    /// What the plan's files hold now, for all new calls or on trial.
    Reload(Option<TrialAsk>),
    /// The plan on trial, for all new calls.
    Promote,
    /// Ends a trial; without one the plan before this one, or the one with this hash.
    RollBack(Option<String>),
}

/// Between whoever asks for another plan and who takes it: either it is taken, or whoever asked is
/// told that it was not, never both.
#[derive(Debug, Default)]
pub struct Patience {
    state: AtomicU8,
}

const WAITING: u8 = 0;
const SETTLED: u8 = 1;
const RUN_OUT: u8 = 2;

impl Patience {
    /// It is taken now. False if that comes too late: then it is not to be taken.
    #[must_use]
    pub fn settle(&self) -> bool {
        self.turn(SETTLED)
    }

    /// Nobody waits any more. False if that comes too late: it is taken, and the answer will come.
    #[must_use]
    pub fn run_out(&self) -> bool {
        self.turn(RUN_OUT)
    }

    fn turn(&self, state: u8) -> bool {
        self.state.compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Why there is no other plan. The running one stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanRefused {
    /// There is something wrong with it; one finding a text.
    Wrong(Vec<String>),
    /// It cannot be done as things are.
    Not(DeskError),
}

impl fmt::Display for PlanRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanRefused::Wrong(findings) => {
                let plural = if findings.len() == 1 { "" } else { "s" };
                write!(f, "{} finding{plural}", findings.len())?;
                // The first line of each says what and where; the rest shows the text.
                let lines = findings.iter().filter_map(|finding| finding.lines().next());
                lines.take(10).try_for_each(|line| write!(f, "; {line}"))
            }
            PlanRefused::Not(why) => why.fmt(f),
        }
    }
}

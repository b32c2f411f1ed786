//! The roster: agents, queues and their steps, as the plan compiles them. Immutable; a reload
//! makes a new one and hands it to the router as an input.

use crate::base::{AgentId, QueueId};
use crate::expr::{Expr, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Everything the router needs to know of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    /// The hash of the plan it came with: decisions carry it.
    pub plan: Arc<str>,
    /// The agents; of two with the same id the later counts.
    pub agents: Vec<Agent>,
    /// The queues; of two with the same id the later counts.
    pub queues: Vec<Queue>,
}

/// Somebody who takes contacts.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// The interned id.
    pub id: AgentId,
    /// The name in the plan: `agent.name` in expressions.
    pub name: Arc<str>,
    /// The name for people.
    pub display: Arc<str>,
    /// `sip:` URIs of the agent's phones, the first to try first. Without any the agent gets
    /// nothing.
    pub contacts: Vec<Arc<str>>,
    /// Proficiency by skill, 0 (none) to 10: `skill.NAME` in expressions.
    pub skills: BTreeMap<String, u8>,
    /// `agent.groups` in expressions.
    pub groups: BTreeSet<String>,
    /// Other facts of the plan: `agent.NAME` in expressions.
    pub attributes: BTreeMap<String, Value>,
    /// Contacts at a time; 1 for voice.
    pub capacity: u8,
    /// How long the agent rests after each joined leg.
    pub wrap_up: Duration,
    /// Ready from the start; otherwise signed out until somebody says ready.
    pub initially_ready: bool,
}

/// Where contacts wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// The interned id.
    pub id: QueueId,
    /// The name in the plan.
    pub name: Arc<str>,
    /// Who may take a contact, and from when on. Each step adds to the ones before it.
    pub steps: Vec<Step>,
    /// How long one offer may ring.
    pub ring: Duration,
    /// Longest wait before the contact overflows.
    pub max_wait: Option<Duration>,
    /// Most contacts waiting or ringing at a time.
    pub max_length: Option<u32>,
    /// How fast the index grows with the wait, 0 to 1000; 1 is a second for a second.
    pub slope: f64,
    /// What happens where nobody is there.
    pub nobody: Nobody,
    /// What a refusal costs.
    pub refusal: RefusalPolicy,
    /// An answer within this time counts for the service level.
    pub service_level: Duration,
}

/// One widening of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Whom this step adds: a bool over `skill.*`, `agent.*`, the contact's facts. One that looks
    /// at `skill.*` and `agent.*` only is worked out once for all contacts.
    pub want: Expr,
    /// Whom to choose when several are free.
    pub best: Best,
    /// How long until the next step; none stays.
    pub for_: Option<Duration>,
}

/// Whom to choose among free agents. Ties go to the longest idle, then to the lower id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Best {
    /// Whose last handled contact (wrap-up included) ended first. Missed calls, breaks and signing
    /// in again do not touch this clock.
    #[default]
    LongestIdle,
    /// The highest mean proficiency in the skills that the step names.
    HighestProficiency,
    /// The fewest contacts answered within the last hour.
    FewestCalls,
    /// The smallest share of work (ringing, talk, wrap-up) in the last hour of ready time, in whole
    /// percents.
    LeastOccupied,
}

/// What happens where nobody is there who could take a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Nobody {
    /// Wait all the same.
    Wait,
    /// Skip a step for which nobody is signed in (a break is signed in); overflow if that is so at
    /// every step.
    #[default]
    NoneStaffed,
    /// The same, but only agents who are set to ready count, be they busy or free.
    NoneReady,
}

/// What a refusal costs; the meaning of each cause is the table in [`crate::router::refusal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalPolicy {
    /// How long an agent who refused a contact is not shown it again.
    pub exclude: Duration,
    /// How long a busy agent is left alone.
    pub busy: Duration,
    /// How long an agent who did not answer is left alone.
    pub no_answer: Duration,
    /// After so many unanswered offers in a row the agent is paused; 0 never.
    pub pause_after: u8,
    /// How long an agent none of whose phones is reachable is left alone the first time; doubles.
    pub unreachable: Duration,
    /// Longest of these.
    pub unreachable_max: Duration,
}

impl Default for RefusalPolicy {
    fn default() -> RefusalPolicy {
        RefusalPolicy {
            exclude: Duration::from_secs(30),
            busy: Duration::from_secs(10),
            no_answer: Duration::from_secs(30),
            pause_after: 3,
            unreachable: Duration::from_secs(5),
            unreachable_max: Duration::from_secs(300),
        }
    }
}

impl Roster {
    /// This roster and what is new in another: agents and queues that it has are kept as they are,
    /// nothing is taken away. So a plan can be tried beside the one in force.
    #[must_use]
    pub fn with_new(&self, other: &Roster) -> Roster {
        let mut both = self.clone();
        let new = other.agents.iter().filter(|new| self.agents.iter().all(|a| a.id != new.id));
        both.agents.extend(new.cloned());
        let new = other.queues.iter().filter(|new| self.queues.iter().all(|q| q.id != new.id));
        both.queues.extend(new.cloned());
        both
    }
}

impl Agent {
    /// An agent with one phone, no skills, capacity 1, no wrap-up, ready from the start.
    #[must_use]
    pub fn new(id: AgentId, name: &str, contact: &str) -> Agent {
        Agent {
            id,
            name: Arc::from(name),
            display: Arc::from(name),
            contacts: vec![Arc::from(contact)],
            skills: BTreeMap::new(),
            groups: BTreeSet::new(),
            attributes: BTreeMap::new(),
            capacity: 1,
            wrap_up: Duration::ZERO,
            initially_ready: true,
        }
    }
}

impl Queue {
    /// A queue with these steps that rings for 15 s and has no limits.
    #[must_use]
    pub fn new(id: QueueId, name: &str, steps: Vec<Step>) -> Queue {
        Queue {
            id,
            name: Arc::from(name),
            steps,
            ring: Duration::from_secs(15),
            max_wait: None,
            max_length: None,
            slope: 1.0,
            nobody: Nobody::default(),
            refusal: RefusalPolicy::default(),
            service_level: Duration::from_secs(20),
        }
    }
}

//! The lease protocol between workers and the router: who says what.
//!
//! A worker says Enqueue, Accepted, Refused, Gone, LegEnded; the router says Offer, Granted,
//! Revoke, Widened, Overflow. Every Offer that a worker takes up ends in exactly one LegEnded for
//! its lease, whatever else is said before. A message with a stale lease is a no-op.

use super::roster::Roster;
use crate::base::{AgentId, CallKey, Cause, QueueId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The lease of one offer: a number never used again, and the epoch of the contact it was made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease {
    /// The offer.
    pub id: u64,
    /// Counts the contact's offers and revocations up; an answer from an earlier epoch is stale.
    pub epoch: u32,
}

/// What the router hears. The contact's id is its call's key.
#[derive(Clone)]
pub enum Input {
    /// A contact wants an agent.
    Enqueue {
        /// The contact.
        contact: CallKey,
        /// Where it waits.
        queue: QueueId,
        /// Frozen facts for expressions: the flow's variables, `caller.number`, `called.number`.
        facts: BTreeMap<String, String>,
        /// Head start in seconds.
        priority: i32,
    },
    /// The agent's leg was answered: may we join?
    Accepted {
        /// The contact.
        contact: CallKey,
        /// The offer.
        lease: Lease,
    },
    /// The agent's leg ended without an answer. `LegEnded` follows for the same lease.
    Refused {
        /// The contact.
        contact: CallKey,
        /// The offer.
        lease: Lease,
        /// What the refusal means for agent and contact.
        cause: Cause,
    },
    /// The contact is gone: hung up, cancelled, or taken out by its flow.
    Gone {
        /// The contact.
        contact: CallKey,
    },
    /// The leg of this offer is gone for good: the agent's phone is free (wrap-up begins if they
    /// were joined).
    LegEnded {
        /// The contact.
        contact: CallKey,
        /// The offer.
        lease: Lease,
    },
    /// A waiting caller is to be told its place; answered by [`Output::Place`], or by nothing if the
    /// contact does not wait any more.
    Ask {
        /// The contact.
        contact: CallKey,
    },
    /// Somebody (API, plan) sets an agent's state.
    SetAgent {
        /// The agent.
        agent: AgentId,
        /// ready, or not.
        ready: bool,
        /// Why not, for the live view.
        reason: Arc<str>,
    },
    /// A reload: this roster is in force from now on.
    Roster(Arc<Roster>),
    /// The deadline that the router named has come.
    Timeout,
}

/// The facts are left out: they hold the caller's number and what the caller typed.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Enqueue { contact, queue, facts, priority } => {
                let facts = facts.len();
                write!(f, "Enqueue({contact:?}, {queue:?}, {facts} facts, priority {priority})")
            }
            Input::Accepted { contact, lease } => write!(f, "Accepted({contact:?}, {lease:?})"),
            Input::Refused { contact, lease, cause } => {
                write!(f, "Refused({contact:?}, {lease:?}, {cause})")
            }
            Input::Gone { contact } => write!(f, "Gone({contact:?})"),
            Input::LegEnded { contact, lease } => write!(f, "LegEnded({contact:?}, {lease:?})"),
            Input::SetAgent { agent, ready, reason } => {
                write!(f, "SetAgent({agent:?}, ready: {ready}, {reason})")
            }
            Input::Roster(roster) => {
                let (agents, queues) = (roster.agents.len(), roster.queues.len());
                write!(f, "Roster({agents} agents, {queues} queues)")
            }
            Input::Ask { contact } => write!(f, "Ask({contact:?})"),
            Input::Timeout => f.write_str("Timeout"),
        }
    }
}

/// What the router says to the worker that owns the contact.
#[derive(Clone, Debug)]
pub enum Output {
    /// Ring this agent. The contact stays in its queue until Granted.
    Offer {
        /// The contact.
        contact: CallKey,
        /// The lease.
        lease: Lease,
        /// Whom.
        agent: AgentId,
        /// Where the agent's phone is: a `sip:` URI.
        target: Arc<str>,
        /// The agent's name for the record.
        name: Arc<str>,
        /// How long it may ring.
        ring: Duration,
    },
    /// Join them. The contact has left the queue.
    Granted {
        /// The contact.
        contact: CallKey,
        /// The lease.
        lease: Lease,
    },
    /// Take the offer back: CANCEL, or ACK and BYE if the answer crossed.
    Revoke {
        /// The contact.
        contact: CallKey,
        /// The lease.
        lease: Lease,
    },
    /// The contact's search widened to this step (from 0).
    Widened {
        /// The contact.
        contact: CallKey,
        /// The step.
        step: u16,
    },
    /// Where the contact stands now.
    Place {
        /// The contact.
        contact: CallKey,
        /// Its place among those that wait in its queue, from 1.
        position: u32,
        /// What it may still have to wait, by the wait of whoever was answered last; none while
        /// nobody was, or where the contact has waited longer already (a number that grows again
        /// is worse than none).
        wait: Option<Duration>,
    },
    /// The queue gives the contact back: its `otherwise`.
    Overflow {
        /// The contact.
        contact: CallKey,
        /// Why.
        why: OverflowReason,
    },
    /// A choice was made (also when nobody was found at a step): for the record.
    Decided(Arc<Decision>),
}

impl Output {
    /// The contact that it is about: its call's worker is to hear it.
    #[must_use]
    pub fn contact(&self) -> CallKey {
        match self {
            Output::Offer { contact, .. }
            | Output::Granted { contact, .. }
            | Output::Revoke { contact, .. }
            | Output::Widened { contact, .. }
            | Output::Place { contact, .. }
            | Output::Overflow { contact, .. } => *contact,
            Output::Decided(decision) => decision.contact,
        }
    }
}

impl fmt::Display for OverflowReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OverflowReason::Full => "full",
            OverflowReason::TooLong => "waited too long",
            OverflowReason::NobodySignedIn => "nobody signed in",
            OverflowReason::NoSuchQueue => "no such queue",
        })
    }
}

/// Why a queue gave a contact back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverflowReason {
    /// The queue's length limit.
    Full,
    /// The longest wait.
    TooLong,
    /// Nobody signed in who could ever take it.
    NobodySignedIn,
    /// The queue is not in the plan any more, or is unknown.
    NoSuchQueue,
}

/// Why a contact went where it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The contact.
    pub contact: CallKey,
    /// The queue.
    pub queue: QueueId,
    /// The hash of the plan whose roster was in force: a call that waits through a reload is chosen
    /// for by the new one.
    pub plan: Arc<str>,
    /// The lease, where an offer came of it.
    pub lease: Option<Lease>,
    /// Wall clock, milliseconds.
    pub wall_ms: i64,
    /// The queue's step in force, from 0.
    pub step: u16,
    /// How long the contact had waited, milliseconds.
    pub waited_ms: u64,
    /// The contact's index V = head start + slope · wait, in seconds.
    pub index: f64,
    /// Everybody looked at, winner first.
    pub candidates: Vec<Candidate>,
    /// The winner.
    pub winner: Option<AgentId>,
    /// Why the winner won, in one line.
    pub reason: String,
}

/// One agent in a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The agent.
    pub agent: AgentId,
    /// The agent's name.
    pub name: Arc<str>,
    /// The first rule that ruled the agent out; none for those that could have been chosen.
    pub ruled_out: Option<Arc<str>>,
    /// Score terms: name and value, those that the ordering looked at in order.
    pub terms: Vec<(&'static str, f64)>,
}

//! The router: contacts, agents, queues, offers, scoring, decisions. One pure machine a node.

pub mod words;

pub use words::{Candidate, Decision, Input, Lease, Output, OverflowReason};
pub mod roster;
pub use roster::*;

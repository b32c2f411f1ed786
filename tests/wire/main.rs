//! Calls on real sockets, with SIPp as the caller and the agents. Needs `sipp` (Debian: sip-tester).
//!
//! What is said on the wire is in `tests/sipp`, one file a side. `pairs` lets the two sides of a
//! case talk to each other first: a scenario that fails there says nothing about the router.
//! `rehearsed` plays the tests of the example plans, with the scenarios that `centralino test --sipp`
//! writes.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

mod calls;
mod crowd;
mod gates;
#[path = "../ground/mod.rs"]
mod ground;
mod pairs;
mod rehearsed;
mod sipp;

//! Calls on real sockets, with SIPp as the caller and the agents. Needs `sipp` (Debian: sip-tester).
//!
//! What is said on the wire is in `tests/sipp`, one file a side. `pairs` lets the two sides of a
//! case talk to each other first: a scenario that fails there says nothing about the router.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

mod calls;
mod crowd;
mod gates;
#[path = "../ground/mod.rs"]
mod ground;
mod pairs;
mod pcap;
mod sipp;

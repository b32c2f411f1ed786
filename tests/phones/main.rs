//! Calls with real phones: baresip as the caller and as the agents (Debian: baresip-core).
//!
//! Every phone speaks with a tone of its own and records what it hears, so that the recordings prove who
//! heard whom. Nothing is timed: a test waits until a phone hears what it should, then goes on.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

#[path = "../ground/mod.rs"]
mod ground;
mod phone;
mod recording;
mod talks;

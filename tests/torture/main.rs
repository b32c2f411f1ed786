//! Torture: the messages of RFC 4475 and RFC 5118, mutations of good ones, and everything else that a
//! hostile or broken peer can send. Afterwards nothing may be left over, and a normal call must work.
//!
//! `memory` feeds the whole node on a virtual clock, so that every timer runs out; `wire` feeds the
//! real binary on sockets, inside a network namespace of its own: hostile messages name addresses of
//! others, and the router may answer to them.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

#[expect(dead_code, reason = "the wire tests need more of it")]
#[path = "../ground/mod.rs"]
mod ground;
mod hostile;
mod log;
mod memory;
mod peer;
mod phone;
mod wire;

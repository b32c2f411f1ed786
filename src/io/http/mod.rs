//! The HTTP interface: health, metrics and `/api/v1`, on a thread of its own.
//!
//! It knows the rest of the node only by the trait [`Desk`], which `io/run` implements with
//! snapshots. What keeps strangers out (see [`guard`]): only our own host names are answered, so a
//! web page cannot reach us by rebinding a name to 127.0.0.1; a request from a page of another
//! origin is refused; writes need the bearer token on any address, reads need it on any address
//! but loopback. What keeps it bounded: connections, idle time, time for a request, size of a
//! body, length of a list.

mod api;
pub mod client;
pub mod desk;
pub mod guard;
mod listen;
pub mod metrics;
mod plan;
mod reply;
mod server;

#[cfg(test)]
mod tests;

pub use desk::{
    AgentChange, AgentState, AgentView, CdrQuery, Desk, DeskError, Patience, PlanAsk, PlanRefused,
    QueueView, TrialAsk,
};
pub use server::{Http, HttpConfig, HttpError};

use std::time::Duration;

/// Connections served at once; more wait in the kernel's backlog.
const CONNECTIONS: usize = 64;
/// A connection on which nothing moves for this long is closed.
const IDLE: Duration = Duration::from_secs(30);
/// A request that takes longer is answered 504.
const REQUEST: Duration = Duration::from_secs(10);
/// Another plan has so long to be looked at, from the request's first byte on; one that has not been
/// taken by then is not taken.
const LOOK: Duration = Duration::from_secs(9);
/// Of a plan that is taken so much more is waited for its texts to be kept.
pub(crate) const KEPT: Duration = Duration::from_secs(4);
/// A request for another plan that takes longer is answered 504: nothing in it may. Our own client
/// waits longer.
const CHANGE: Duration = Duration::from_millis(14_500);
/// How long requests in progress may go on after the stop was asked for.
const STOP: Duration = Duration::from_secs(2);
/// The largest body; the API's bodies are a few words.
const BODY_BYTES: usize = 16 * 1024;
/// The most that one list gives, and what it gives unless asked.
const LIST_LIMIT: usize = 1_000;
/// Records in a list unless asked for more.
const LIST_USUAL: usize = 100;
/// The longest reason for not being ready, in characters.
const REASON_CHARS: usize = 64;

//! SIP sockets and the threads of the workers.
//!
//! Each worker is an OS thread with a single-threaded tokio runtime: it drains its inbox and its
//! sockets, lets the pure [`crate::worker::Worker`] handle what came, carries out what it says, and
//! sleeps until the next deadline, message or wake. Every worker has its own socket on every UDP
//! listener (SO_REUSEPORT); what the kernel gives to the wrong one is forwarded.

mod icmp;
mod inbox;
mod listen;
mod order;
mod tcp;
mod turn;
mod udp;

pub use inbox::{Inbox, Inboxes};
pub use listen::{BindError, Bound, bind};
pub use tcp::{Connections, MOST_CONNECTIONS, Peers};
pub use turn::{House, Seat, run};

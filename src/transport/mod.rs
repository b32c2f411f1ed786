//! The pure half of the transports: flows, Via and rport, stream framing, next hop, owner keys.
//!
//! RFC 3261 §18, RFC 3581. Sockets are in `io/sip`.

mod flow;
mod framer;
mod head;
mod listeners;
mod next_hop;
mod owner;
mod via;

pub use flow::{ConnectionId, Flow, ListenerId, Transport};
pub use framer::{Frame, Framer};
pub use listeners::{DEFAULT_PORT, Listener, Listeners};
pub use next_hop::next_hop;
pub use owner::{is_outside_dialog, owner_of, owner_of_datagram};
pub use via::{response_flow, stamp_received};

//! `Debug` for what carries whole messages: their text has numbers of people in it, so it is not
//! shown.

use super::{Input, Output};
use bytes::Bytes;
use std::fmt;

/// A message of which only the length is shown.
struct Hidden<'a>(&'a Bytes);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Received { message, flow } => {
                f.debug_tuple("Received").field(message).field(flow).finish()
            }
            Input::Within { message, flow } => {
                f.debug_tuple("Within").field(message).field(flow).finish()
            }
            Input::Request { tx, owner, flow, bytes } => f
                .debug_tuple("Request")
                .field(tx)
                .field(owner)
                .field(flow)
                .field(&Hidden(bytes))
                .finish(),
            Input::Respond { tx, status, bytes } => {
                f.debug_tuple("Respond").field(tx).field(status).field(&Hidden(bytes)).finish()
            }
            Input::Send { flow, bytes } => {
                f.debug_tuple("Send").field(flow).field(&Hidden(bytes)).finish()
            }
            Input::Own { tx, owner } => f.debug_tuple("Own").field(tx).field(owner).finish(),
            Input::Disown { owner } => f.debug_tuple("Disown").field(owner).finish(),
            Input::TransportFailed { flow } => {
                f.debug_tuple("TransportFailed").field(flow).finish()
            }
            Input::Timeout => f.write_str("Timeout"),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Send { flow, bytes } => {
                f.debug_tuple("Send").field(flow).field(&Hidden(bytes)).finish()
            }
            Output::Request { tx, message, flow } => {
                f.debug_tuple("Request").field(tx).field(message).field(flow).finish()
            }
            Output::Cancelled { tx, owner, message } => {
                f.debug_tuple("Cancelled").field(tx).field(owner).field(message).finish()
            }
            Output::Ack { message, flow } => {
                f.debug_tuple("Ack").field(message).field(flow).finish()
            }
            Output::Response { tx, owner, message, flow } => {
                f.debug_tuple("Response").field(tx).field(owner).field(message).field(flow).finish()
            }
            Output::Proceeding { tx, owner } => {
                f.debug_tuple("Proceeding").field(tx).field(owner).finish()
            }
            Output::Failed { tx, owner, why } => {
                f.debug_tuple("Failed").field(tx).field(owner).field(why).finish()
            }
            Output::NoAck { owner } => f.debug_tuple("NoAck").field(owner).finish(),
            Output::StrayAnswer { message, flow } => {
                f.debug_tuple("StrayAnswer").field(message).field(flow).finish()
            }
            Output::Dropped => f.write_str("Dropped"),
        }
    }
}

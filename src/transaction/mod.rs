//! Transactions: RFC 3261 §17 with RFC 6026's Accepted state, RFC 4320, one file a machine.
//!
//! One [`Layer`] a worker. It gives the transaction user each request once, each response that the
//! user must see, and repeats, absorbs and times out by itself. 2xx to INVITE and its ACK are the
//! dialog's.

mod client;
mod client_invite;
mod client_other;
mod compose;
mod debug;
mod layer;
mod matching;
mod server;
mod server_invite;
mod server_other;
mod table;
#[cfg(test)]
mod tests;
mod timers;

#[cfg(test)]
use layer::FORGET_GRAIN;
pub use layer::Layer;

use crate::base::{LegKey, Token};
use crate::sip::{Message, Method};
use crate::transport::Flow;
use bytes::Bytes;

/// A server transaction of this worker: a slab index and a generation, so a stale one matches
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerTx {
    /// Index into the table.
    pub index: u32,
    /// Counts the slot's reuse.
    pub generation: u32,
}

/// A client transaction: our branch and the method (a CANCEL has its INVITE's branch).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientTx {
    /// The branch that we minted.
    pub branch: Token,
    /// The request's method.
    pub method: Method,
}

/// What the layer is given. `Debug` shows how long a message is, never its text.
#[derive(Clone)]
pub enum Input {
    /// A scanned and checked message from the network; requests already carry received/rport.
    Received {
        /// The message.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// The same, and it is a request within a dialog of ours: there is room for more of these.
    Within {
        /// The request.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// Send a request in a new client transaction. Never an ACK.
    Request {
        /// Its key; the bytes carry the same branch.
        tx: ClientTx,
        /// Whose: responses are told under it. None: nobody wants to know (BYE of an ended call).
        owner: Option<LegKey>,
        /// Where to.
        flow: Flow,
        /// The whole request.
        bytes: Bytes,
    },
    /// Send a response in a server transaction. Provisional ones are repeated to a repeated
    /// request, finals by the machine; a 2xx to INVITE is repeated by the dialog
    /// (send it again with this same input).
    Respond {
        /// The transaction; an unknown one is a no-op.
        tx: ServerTx,
        /// The status, 100 to 699.
        status: u16,
        /// The whole response.
        bytes: Bytes,
    },
    /// Send bytes outside any transaction: the ACK of a 2xx, a stateless answer.
    Send {
        /// Where to.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// Remember a server INVITE transaction's owner, so that its CANCEL and repeats can be told.
    Own {
        /// The transaction.
        tx: ServerTx,
        /// The leg.
        owner: LegKey,
    },
    /// The owner is gone: its transactions live on alone. A 2xx that comes to a client INVITE
    /// transaction without owner is told as [`Output::StrayAnswer`].
    Disown {
        /// The leg.
        owner: LegKey,
    },
    /// The transport could not deliver to this flow (ICMP, connection refused or lost while a
    /// request was outstanding): TXN-18.
    TransportFailed {
        /// The flow as it was given in `Output::Send`.
        flow: Flow,
    },
    /// The deadline has come.
    Timeout,
}

/// Why a client transaction ended without a final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Timer B or F: treated as 408.
    TimedOut,
    /// The transport failed: treated as 503.
    Transport,
}

/// What the layer says, in order. `Debug` shows how long a message is, never its text.
#[derive(Clone)]
pub enum Output {
    /// Bytes for the network.
    Send {
        /// Where to.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// A new request (never ACK, never a CANCEL that matches).
    Request {
        /// Its server transaction, to be answered.
        tx: ServerTx,
        /// The request.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// A CANCEL that matched an INVITE transaction. The layer has answered it with 200 itself;
    /// told only while the INVITE has no final response.
    Cancelled {
        /// The INVITE's transaction.
        tx: ServerTx,
        /// Its owner.
        owner: Option<LegKey>,
        /// The CANCEL (its Reason header).
        message: Message,
    },
    /// An ACK that belongs to no non-2xx final: for a dialog.
    Ack {
        /// The ACK.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// A response to a request of ours. For INVITE: every provisional but 100, the first final,
    /// and then each further 2xx, repeated or forked (RFC 6026). Else provisional (not 100) and
    /// final.
    Response {
        /// The transaction.
        tx: ClientTx,
        /// The owner.
        owner: LegKey,
        /// The response.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// The first 100 or other provisional of an INVITE of ours was heard, even if it is absorbed
    /// (a held-back CANCEL may go now).
    Proceeding {
        /// The transaction.
        tx: ClientTx,
        /// The owner.
        owner: LegKey,
    },
    /// A request of ours failed. Told once, and instead of a final response.
    Failed {
        /// The transaction.
        tx: ClientTx,
        /// The owner.
        owner: LegKey,
        /// Why.
        why: Failure,
    },
    /// A server INVITE transaction of this owner timed out waiting for the ACK of a non-2xx
    /// (timer H): for figures only.
    NoAck {
        /// The owner.
        owner: Option<LegKey>,
    },
    /// A 2xx to an INVITE of ours whose owner is gone: to be ACKed and BYEd (TXN-10, CAN-05).
    StrayAnswer {
        /// The response.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// A response that matches nothing: dropped, counted.
    Dropped,
}

//! The pure half of the transports: flows, Via and rport, stream framing, next hop, owner keys.
//!
//! RFC 3261 §18, RFC 3581. Sockets are in `io/sip`.

use crate::sip::{Message, Uri, Via};
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams; what is lost is repeated by the transactions.
    Udp,
    /// A stream; nothing is repeated but the 2xx to INVITE.
    Tcp,
}

impl Transport {
    /// As written in a Via.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// Whether the transport delivers what it is given or says that it cannot.
    #[must_use]
    pub fn is_reliable(self) -> bool {
        self == Transport::Tcp
    }
}

/// Which of our listeners, as an index into [`Listeners`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u16);

/// Where a message came from and where its answer goes: our listener and the far address; for a
/// stream the connection, or none to open (or find) one to `remote`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Our end.
    pub listener: ListenerId,
    /// How.
    pub transport: Transport,
    /// The far end.
    pub remote: SocketAddr,
    /// The stream, if one is meant.
    pub connection: Option<ConnectionId>,
}

/// A TCP connection while it lives; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// One of our listening addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// How.
    pub transport: Transport,
    /// What it is bound to.
    pub local: SocketAddr,
}

/// All our listeners and what they call themselves towards each network (REAL-01).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listeners {
    /// In the plan's order.
    pub list: Vec<Listener>,
    /// Networks (address, prefix length) and the address by which they reach us, most specific
    /// first.
    pub advertise: Vec<(IpAddr, u8, IpAddr)>,
    /// The address for all other networks of that family; else what the listener is bound to.
    pub advertise_default: Vec<IpAddr>,
}

impl Listeners {
    /// The listener for a new flow to `remote`: same transport, same address family, first in
    /// order. None if we have no such listener.
    #[must_use]
    pub fn towards(&self, _transport: Transport, _remote: SocketAddr) -> Option<ListenerId> {
        todo!("transport helper")
    }

    /// The address and port by which `remote` reaches this listener: for Via, Contact and SDP.
    #[must_use]
    pub fn advertised(&self, _listener: ListenerId, _remote: IpAddr) -> SocketAddr {
        todo!("transport helper")
    }
}

/// Where a URI leads, without DNS: a literal address (maddr first), the port or 5060, and
/// `;transport=`. None for a host name, a scheme we cannot call, or an unknown transport.
#[must_use]
pub fn next_hop(_uri: &Uri<'_>) -> Option<(Transport, SocketAddr)> {
    todo!("transport helper")
}

/// Where a response to this request goes (RFC 3261 §18.2.2, RFC 3581 §4): on a stream back on its
/// connection; else received and rport, or received and sent-by's port; `maddr` is not followed.
#[must_use]
pub fn response_flow(_via: &Via<'_>, _came: Flow, _force_rport: bool) -> Flow {
    todo!("transport helper")
}

/// Fills `received` and `rport` into the top Via of a request (RFC 3261 §18.2.1, RFC 3581 §4) and
/// scans the result; the message itself if nothing has to be added.
#[must_use]
pub fn stamp_received(message: Message, _came: Flow, _force_rport: bool) -> Message {
    message
}

/// Cuts a byte stream into messages (TRN-01, TRN-02): Content-Length is mandatory, CRLF CRLF
/// between messages is a ping.
#[derive(Debug, Default)]
pub struct Framer {
    _buffer: Vec<u8>,
}

/// What the framer found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, still to be scanned.
    Message(Bytes),
    /// A keep-alive ping (RFC 5626 §3.5.1): answer with CRLF.
    Ping,
    /// The stream cannot be understood any more: answer with this status if a request's head can
    /// be read from these bytes, and close the connection.
    Broken {
        /// 400 or 513.
        status: u16,
        /// The head as far as it is known.
        head: Bytes,
    },
}

impl Framer {
    /// Takes what was read and appends the frames found, in order.
    pub fn feed(&mut self, _bytes: &[u8], _frames: &mut Vec<Frame>) {
        todo!("transport helper")
    }
}

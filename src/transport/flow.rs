//! Flows: where a message came from and where its answer goes (RFC 3261 §18).

use std::net::SocketAddr;

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

/// Which of our listeners, as an index into [`super::Listeners`].
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

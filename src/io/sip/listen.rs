//! Binding the listeners: one UDP socket a worker and listener, one TCP listener each.

use crate::transport::{Listener, Listeners, Transport};
use socket2::{Domain, Protocol, Socket, Type};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// Bytes of socket buffer asked for in each direction: some 2,000 messages of 1 kB with the
/// kernel's own overhead.
const BUFFER_BYTES: usize = 4 << 20;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A listener that cannot be bound.
#[derive(Debug)]
pub struct BindError {
    /// Which.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
    /// Why.
    pub error: io::Error,
}

/// What to do about the usual reasons.
const ADVICE: [(io::ErrorKind, &str); 3] = [
    (
        io::ErrorKind::AddrInUse,
        "the port is in use; stop the other program, or listen elsewhere (`sip: listen:`, --listen)",
    ),
    (
        io::ErrorKind::AddrNotAvailable,
        "this machine has no such address; use one of its own, or 0.0.0.0 for all",
    ),
    (
        io::ErrorKind::PermissionDenied,
        "not permitted; ports below 1024 need the capability CAP_NET_BIND_SERVICE",
    ),
];

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = self.transport.as_str().to_ascii_lowercase();
        write!(f, "cannot listen on {transport}://{}: ", self.address)?;
        let advice = ADVICE.iter().find(|(kind, _)| *kind == self.error.kind());
        match advice {
            Some((_, advice)) => f.write_str(advice),
            None => write!(f, "{}", self.error),
        }
    }
}

/// Bound sockets, before any thread has begun.
#[derive(Debug)]
pub struct Bound {
    /// What was bound, with the ports that the system chose.
    pub listeners: Listeners,
    /// By worker, then by listener: its UDP socket; none for a TCP listener.
    pub udp: Vec<Vec<Option<UdpSocket>>>,
    /// By listener: its TCP listener.
    pub tcp: Vec<Option<TcpListener>>,
}

/// Binds every listener, or nothing.
///
/// # Errors
/// The first listener that cannot be bound.
pub fn bind(mut listeners: Listeners, workers: u8) -> Result<Bound, BindError> {
    let mut udp: Vec<Vec<Option<UdpSocket>>> = (0..workers.max(1)).map(|_| Vec::new()).collect();
    let mut tcp = Vec::new();
    for listener in &mut listeners.list {
        let fail =
            |error| BindError { transport: listener.transport, address: listener.local, error };
        match listener.transport {
            Transport::Udp => {
                tcp.push(None);
                let sockets = bind_udp(listener.local, workers.max(1)).map_err(fail)?;
                listener.local = local_of(&sockets, listener);
                for (sockets_of_worker, socket) in udp.iter_mut().zip(sockets) {
                    sockets_of_worker.push(Some(socket));
                }
            }
            Transport::Tcp => {
                let socket = bind_tcp(listener.local).map_err(fail)?;
                listener.local = socket.local_addr().map_err(fail)?;
                tcp.push(Some(socket));
                udp.iter_mut().for_each(|sockets| sockets.push(None));
            }
        }
    }
    Ok(Bound { listeners, udp, tcp })
}

fn local_of(sockets: &[UdpSocket], listener: &Listener) -> SocketAddr {
    sockets.first().and_then(|s| s.local_addr().ok()).unwrap_or(listener.local)
}

/// SO_REUSEPORT lets several sockets share a port, which would let two instances share it unseen as
/// well; so a first socket without it proves that nobody else is there.
fn bind_udp(address: SocketAddr, workers: u8) -> io::Result<Vec<UdpSocket>> {
    let probe = UdpSocket::bind(address)?;
    let address = probe.local_addr()?;
    drop(probe);
    (0..workers)
        .map(|_| {
            let socket =
                Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
            if address.is_ipv6() {
                socket.set_only_v6(true)?;
            }
            socket.set_reuse_port(true)?;
            socket.set_recv_buffer_size(BUFFER_BYTES)?;
            socket.set_send_buffer_size(BUFFER_BYTES)?;
            socket.set_nonblocking(true)?;
            socket.bind(&address.into())?;
            super::icmp::ask_for_errors(&socket, address)?;
            Ok(socket.into())
        })
        .collect()
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

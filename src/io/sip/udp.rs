//! The UDP sockets of one worker: drained in bursts, written at once.

use super::icmp;
use crate::transport::{Flow, ListenerId, Transport};
use bytes::Bytes;
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use tokio::net::UdpSocket;

/// Datagrams taken from one socket before the others and the inbox have their turn.
const BURST: usize = 64;
/// Nothing longer fits a UDP datagram.
const LONGEST: usize = 65_535;
/// A datagram this short is a keep-alive (RFC 5626 §4.4 uses 4 bytes of CRLF; NAT helpers send 1).
const KEEP_ALIVE: usize = 4;

/// The sockets, by listener.
#[derive(Debug)]
pub(super) struct Udp {
    sockets: Vec<Option<UdpSocket>>,
    buffer: Vec<u8>,
    /// Some call failed: the error queues are worth a look.
    troubled: Cell<bool>,
}

impl Udp {
    /// Takes over bound sockets; to be called inside the worker's runtime.
    pub(super) fn new(sockets: Vec<Option<std::net::UdpSocket>>) -> io::Result<Udp> {
        let sockets: io::Result<Vec<_>> =
            sockets.into_iter().map(|s| s.map(UdpSocket::from_std).transpose()).collect();
        Ok(Udp { sockets: sockets?, buffer: vec![0; LONGEST], troubled: Cell::new(false) })
    }

    /// Takes what has come, a burst from each socket; true if there may be more.
    pub(super) fn drain(&mut self, mut take: impl FnMut(Flow, Bytes)) -> bool {
        let mut more = false;
        for (index, socket) in self.sockets.iter().enumerate() {
            let Some(socket) = socket else { continue };
            let listener = ListenerId(index as u16);
            more |= drain_one(socket, listener, &mut self.buffer, &self.troubled, &mut take);
        }
        more
    }

    /// Where datagrams of ours could not be delivered.
    pub(super) fn take_errors(&self, mut failed: impl FnMut(Flow)) {
        if !self.troubled.take() {
            return;
        }
        let mut unreachable = Vec::new();
        for (index, socket) in self.sockets.iter().enumerate() {
            let Some(socket) = socket else { continue };
            icmp::take_errors(socket, &mut unreachable);
            for remote in unreachable.drain(..) {
                let listener = ListenerId(index as u16);
                failed(Flow { listener, transport: Transport::Udp, remote, connection: None });
            }
        }
    }

    /// Sends one datagram. A full socket buffer drops it, as the network would.
    ///
    /// # Errors
    /// The far end cannot be reached.
    pub(super) fn send(&self, flow: Flow, bytes: &[u8]) -> io::Result<()> {
        let socket = self.sockets.get(usize::from(flow.listener.0)).and_then(Option::as_ref);
        let Some(socket) = socket else { return Err(io::ErrorKind::NotConnected.into()) };
        match socket.try_send_to(bytes, flow.remote) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(()),
            // A queued ICMP error of an earlier datagram is told by the next call; this one was not
            // sent yet.
            Err(_) => {
                self.troubled.set(true);
                match socket.try_send_to(bytes, flow.remote) {
                    Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
                    Ok(_) | Err(_) => Ok(()),
                }
            }
        }
    }

    /// Ready as soon as one socket has something.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let ready = self.sockets.iter().flatten().any(|s| s.poll_recv_ready(cx).is_ready());
        if ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn drain_one(
    socket: &UdpSocket,
    listener: ListenerId,
    buffer: &mut [u8],
    troubled: &Cell<bool>,
    take: &mut impl FnMut(Flow, Bytes),
) -> bool {
    for _ in 0..BURST {
        match socket.try_recv_from(buffer) {
            Ok((length, remote)) if length > KEEP_ALIVE => {
                let flow = flow_from(listener, remote);
                take(flow, Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()));
            }
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
            // An ICMP error: its datagram is in the error queue.
            Err(_) => troubled.set(true),
        }
    }
    true
}

fn flow_from(listener: ListenerId, remote: SocketAddr) -> Flow {
    Flow { listener, transport: Transport::Udp, remote, connection: None }
}

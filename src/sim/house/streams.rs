//! TCP between the house and those around it, as `io/sip/tcp` does it: connections by the far end's
//! address, frames cut by the product's own framer, and a loss that is told to every worker.
//!
//! A datagram to or from a TCP listener's address is a segment. Whoever sends one there has a
//! connection; whoever is sent one gets one, unless nobody listens there ([`House::set_listening`]).
//! A TCP listener needs a port that no UDP listener of the plan has.

use super::{House, Letter, Place};
use crate::base::{Now, WorkerId};
use crate::endpoint;
use crate::sim::world::Datagram;
use crate::transport::{ConnectionId, Flow, Frame, Framer, ListenerId, Transport};
use crate::worker::Input;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// All connections, and who would not take one.
#[derive(Debug, Default)]
pub(super) struct Streams {
    next: u64,
    open: BTreeMap<(ListenerId, SocketAddr), Stream>,
    closed: BTreeSet<SocketAddr>,
}

#[derive(Debug)]
struct Stream {
    id: ConnectionId,
    framer: Framer,
}

impl Streams {
    fn begin(&mut self, listener: ListenerId, remote: SocketAddr) -> &mut Stream {
        let next = &mut self.next;
        self.open.entry((listener, remote)).or_insert_with(|| {
            *next += 1;
            Stream { id: ConnectionId(*next), framer: Framer::default() }
        })
    }

    /// Where what is for this flow goes: on its connection, on another one to the same address, or on
    /// a new one. None if nobody takes it there.
    fn way(&mut self, flow: Flow) -> Option<SocketAddr> {
        let is_its = |(key, stream): (&(ListenerId, SocketAddr), &Stream)| {
            (Some(stream.id) == flow.connection).then_some(key.1)
        };
        if let Some(remote) = self.open.iter().find_map(is_its) {
            return Some(remote);
        }
        let is_open = self.open.contains_key(&(flow.listener, flow.remote));
        if !is_open && self.closed.contains(&flow.remote) {
            return None;
        }
        self.begin(flow.listener, flow.remote);
        Some(flow.remote)
    }
}

impl House {
    /// Whether somebody takes new connections at this address; at first everybody does everywhere.
    pub fn set_listening(&mut self, remote: SocketAddr, listening: bool) {
        if listening {
            self.streams.closed.remove(&remote);
        } else {
            self.streams.closed.insert(remote);
        }
    }

    /// The connections from or to this address are lost.
    pub fn lose_connection(&mut self, remote: SocketAddr, now: Now, out: &mut Vec<Datagram>) {
        let keys = self.streams.open.keys().copied();
        let lost: Vec<_> = keys.filter(|(_, at)| *at == remote).collect();
        for (listener, remote) in lost {
            self.close(listener, remote, now);
        }
        self.work(now, out);
    }

    /// Connections that are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.streams.open.len()
    }

    /// What is written to a stream.
    pub(super) fn send_stream(
        &mut self,
        flow: Flow,
        local: SocketAddr,
        bytes: Bytes,
        now: Now,
    ) -> Option<Datagram> {
        let way = self.streams.way(flow);
        if way.is_none() {
            self.tell_lost(flow, now);
        }
        way.map(|remote| Datagram { local, remote, bytes })
    }

    /// A segment came.
    pub(super) fn segment(
        &mut self,
        ends: (ListenerId, SocketAddr),
        bytes: &[u8],
        now: Now,
        out: &mut Vec<Datagram>,
    ) {
        let (listener, remote) = ends;
        let local = self.listeners.list.get(usize::from(listener.0)).map(|l| l.local);
        let Some(local) = local else { return };
        let stream = self.streams.begin(listener, remote);
        let connection = Some(stream.id);
        let mut frames = Vec::new();
        stream.framer.feed(bytes, &mut frames);
        for frame in frames {
            match frame {
                Frame::Message(bytes) => {
                    let flow = Flow { listener, transport: Transport::Tcp, remote, connection };
                    self.message(flow, bytes, now, out);
                }
                Frame::Ping => {
                    out.push(Datagram { local, remote, bytes: Bytes::from_static(b"\r\n") });
                }
                Frame::Broken { status, head } => {
                    let answer = endpoint::refuse_stream(head, status);
                    out.extend(answer.map(|bytes| Datagram { local, remote, bytes }));
                    self.close(listener, remote, now);
                }
            }
        }
    }

    fn close(&mut self, listener: ListenerId, remote: SocketAddr, now: Now) {
        let Some(stream) = self.streams.open.remove(&(listener, remote)) else { return };
        let connection = Some(stream.id);
        let flow = Flow { listener, transport: Transport::Tcp, remote, connection };
        self.tell_lost(flow, now);
    }

    fn tell_lost(&mut self, flow: Flow, now: Now) {
        for index in 0..self.workers.len() {
            let id = WorkerId(index as u8);
            for flow in [flow, Flow { connection: None, ..flow }] {
                let letter = Letter::Worker(id, Input::TransportFailed(flow));
                self.post.put(Place::Outside, Place::Worker(id), letter, now.mono);
            }
        }
    }
}

//! The sockets of one media thread, and where its engine's outputs go.

use super::shelf::Shelf;
use super::socket::{Binder, Pair};
use super::{MediaConfig, ThreadFigures, count};
use crate::base::Mono;
use crate::media::{Event, Family, MediaPort, PacketKind, Sink};
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

/// Pairs bound in one turn at most: about 30 µs each, while streams wait.
const BIND_AT_ONCE: usize = 16;
/// Old packets thrown away when a port is used again; the kernel keeps about 300 for a socket.
const DRAIN: usize = 1024;
/// The end of a rest is rounded up to this: ports go back by the handful, not with a wake for each.
const REST_GRAIN: Duration = Duration::from_millis(500);
/// After an error, binding is tried again so much later: no descriptors now, maybe then.
const BIND_AGAIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Slot {
    port: MediaPort,
    pair: Pair,
}

pub(super) struct Net {
    pub(super) epoll: Epoll,
    thread: u8,
    slots: Vec<Slot>,
    /// By local RTP address; for look-up only.
    by_port: HashMap<SocketAddr, usize>,
    binders: Vec<Binder>,
    shelf: Arc<Shelf>,
    ahead: usize,
    rest: Duration,
    /// Ports of closed streams, with the time at which they are free again.
    resting: VecDeque<(Mono, usize)>,
    /// More ports are wanted, or binding failed: look then.
    bind_at: Option<Mono>,
    figures: Arc<ThreadFigures>,
    events: Arc<dyn Fn(Event) + Send + Sync>,
    /// The time of this turn.
    pub(super) now: Mono,
}

impl Net {
    pub(super) fn new(
        thread: u8,
        config: &MediaConfig,
        epoll: Epoll,
        shelf: Arc<Shelf>,
        figures: Arc<ThreadFigures>,
        events: Arc<dyn Fn(Event) + Send + Sync>,
    ) -> Net {
        let binder = |ip| Binder::new(ip, config.ports, thread, config.threads);
        Net {
            epoll,
            thread,
            slots: Vec::new(),
            by_port: HashMap::new(),
            binders: config.bind.iter().copied().map(binder).collect(),
            shelf,
            ahead: config.ahead.max(1),
            rest: config.rest,
            resting: VecDeque::new(),
            bind_at: None,
            figures,
            events,
            now: Mono::default(),
        }
    }

    /// Binds pairs until every family has enough bound ahead, `most` at most. True if there are.
    pub(super) fn bind_ahead(&mut self, most: usize) -> io::Result<bool> {
        let mut left = most;
        for binder in &mut self.binders {
            let family = if binder.is_ipv4() { Family::V4 } else { Family::V6 };
            while self.shelf.count(family) < self.ahead {
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
                let Some(pair) = binder.bind()? else { break };
                let port = MediaPort { thread: self.thread, local: pair.local };
                self.by_port.insert(port.local, self.slots.len());
                self.slots.push(Slot { port, pair });
                self.shelf.put(port);
            }
        }
        Ok(true)
    }

    /// Ports that have rested go back to the shelf; more are bound if it ran low.
    pub(super) fn keep_house(&mut self) {
        while let Some((free, at)) = self.resting.front().copied()
            && free <= self.now
        {
            self.resting.pop_front();
            if let Some(slot) = self.slots.get(at) {
                self.shelf.put(slot.port);
            }
        }
        if self.shelf.ran_low() {
            self.bind_at = Some(self.now);
        }
        if self.bind_at.is_some_and(|at| at <= self.now) {
            self.bind_at = match self.bind_ahead(BIND_AT_ONCE) {
                Ok(true) => None,
                Ok(false) => Some(self.now),
                Err(error) => {
                    tracing::warn!(%error, "media ports cannot be bound");
                    Some(self.now + BIND_AGAIN)
                }
            };
        }
    }

    /// When [`Net::keep_house`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let rested = self.resting.front().map(|(free, _)| *free);
        rested.into_iter().chain(self.bind_at).min()
    }

    /// A stream begins on a port: what came before is not for it. A far end cannot know the port
    /// before the call has said it, and the call opens the stream before it says it (MED-12).
    pub(super) fn open(&mut self, port: MediaPort) {
        let Some(at) = self.by_port.get(&port.local).copied() else { return };
        let Some(slot) = self.slots.get(at) else { return };
        for (socket, token) in [(&slot.pair.rtp, at << 1), (&slot.pair.rtcp, at << 1 | 1)] {
            drain(socket);
            let event = EpollEvent::new(EpollFlags::EPOLLIN, token as u64);
            if let Err(error) = self.epoll.add(socket, event) {
                tracing::error!(%error, "a media socket cannot be watched");
            }
        }
    }

    /// Reads one packet from the socket that an epoll token stands for.
    pub(super) fn receive(
        &self,
        token: u64,
        buffer: &mut [u8],
    ) -> Option<(MediaPort, PacketKind, SocketAddr, usize)> {
        let slot = self.slots.get(usize::try_from(token >> 1).ok()?)?;
        let (socket, kind) = match token & 1 {
            0 => (&slot.pair.rtp, PacketKind::Rtp),
            _ => (&slot.pair.rtcp, PacketKind::Rtcp),
        };
        // An error is an ICMP message or a packet with a bad checksum: neither is for us.
        let (len, from) = socket.recv_from(buffer).ok()?;
        count(&self.figures.received, 1);
        Some((slot.port, kind, from, len))
    }
}

fn drain(socket: &UdpSocket) {
    let mut nothing = [0; 1];
    for _ in 0..DRAIN {
        if socket.recv_from(&mut nothing).is_err() {
            break;
        }
    }
}

impl Sink for Net {
    fn send(&mut self, port: MediaPort, kind: PacketKind, to: SocketAddr, bytes: &[u8]) {
        let slot = self.by_port.get(&port.local).and_then(|at| self.slots.get(*at));
        let Some(Slot { pair, .. }) = slot else { return };
        let socket = match kind {
            PacketKind::Rtp => &pair.rtp,
            PacketKind::Rtcp => &pair.rtcp,
        };
        // A packet that the system does not take is one lost packet.
        match socket.send_to(bytes, to) {
            Ok(_) => count(&self.figures.sent, 1),
            Err(_) => count(&self.figures.send_errors, 1),
        }
    }

    fn event(&mut self, event: Event) {
        (self.events)(event);
    }

    fn release(&mut self, port: MediaPort) {
        let Some(at) = self.by_port.get(&port.local).copied() else { return };
        let Some(slot) = self.slots.get(at) else { return };
        for socket in [&slot.pair.rtp, &slot.pair.rtcp] {
            // It fails only if it was never watched.
            self.epoll.delete(socket).ok();
        }
        let Mono(free) = self.now + self.rest;
        let grain = REST_GRAIN.as_micros() as u64;
        self.resting.push_back((Mono(free.div_ceil(grain).saturating_mul(grain)), at));
    }
}

//! The engine: all streams of one media thread, by leg and by port.
//!
//! Commands, packets and time come in; packets and events go out through a [`Sink`], in the order
//! in which they came about. A relayed packet allocates nothing and changes no queue. Deadlines
//! are kept in a heap that may wake a stream too early, never too late.

use crate::base::{LegKey, Mint, Mono, Now};
use crate::media::rtp::{self, Wire};
use crate::media::stream::{Stream, Tools};
use crate::media::{Command, Event, MediaPort, StreamFigures, StreamSpec};
use slab::Slab;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;

/// Which of a port's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketKind {
    /// The even port: RTP, and RTCP too with rtcp-mux (RFC 5761).
    Rtp,
    /// The odd port above: RTCP.
    Rtcp,
}

/// Where the engine's outputs go. All are to be dealt with at once and in order.
pub trait Sink {
    /// Send these bytes from this port's socket.
    fn send(&mut self, port: MediaPort, kind: PacketKind, to: SocketAddr, bytes: &[u8]);
    /// Tell the call.
    fn event(&mut self, event: Event);
    /// The port of a closed stream is free; to be rested before it is lent again.
    fn release(&mut self, port: MediaPort);
}

/// All streams of one media thread.
#[derive(Debug)]
pub struct Engine {
    streams: Slab<Stream>,
    /// For look-up only.
    by_leg: HashMap<LegKey, usize>,
    /// By local RTP address; for look-up only.
    by_port: HashMap<SocketAddr, usize>,
    due: BinaryHeap<Reverse<(Mono, usize)>>,
    wire: Wire,
    mint: Mint,
}

impl Engine {
    /// An engine without streams. The mint gives SSRCs, first sequence numbers and timestamps.
    #[must_use]
    pub fn new(mint: Mint) -> Engine {
        Engine {
            streams: Slab::new(),
            by_leg: HashMap::new(),
            by_port: HashMap::new(),
            due: BinaryHeap::new(),
            wire: Wire::new(),
            mint,
        }
    }

    /// How many streams there are.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// A stream's figures up to now, for live views.
    #[must_use]
    pub fn figures(&self, stream: LegKey) -> Option<StreamFigures> {
        Some(self.streams.get(*self.by_leg.get(&stream)?)?.figures())
    }

    /// When [`Engine::tick`] must be called, at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Obeys a command. One for an unknown stream is a late one and does nothing.
    pub fn handle_command(&mut self, command: Command, now: Now, sink: &mut dyn Sink) {
        let leg = command.stream();
        let at = self.by_leg.get(&leg).copied();
        match command {
            Command::Open { port, spec, .. } => self.open(leg, port, spec, now, sink),
            Command::Close { .. } => self.close(leg, now, sink),
            Command::Join { b, .. } => self.join(at, self.by_leg.get(&b).copied(), now),
            Command::Part { .. } => self.part(at, now),
            Command::Update { spec, .. } => self.with(at, |s| s.update(spec, now.mono)),
            Command::Play { play, items, repeat, barge_in, .. } => {
                self.with(at, |s| s.play(play, items, repeat, barge_in, now.mono, sink));
            }
            Command::Stop { play, .. } => self.with(at, |s| s.stop(play, sink)),
            Command::SendDigit { digit, .. } => self.with(at, |s| s.send_digit(digit, now.mono)),
        }
    }

    /// Takes a packet that came in on a port.
    pub fn handle_packet(
        &mut self,
        port: MediaPort,
        kind: PacketKind,
        from: SocketAddr,
        bytes: &[u8],
        now: Now,
        sink: &mut dyn Sink,
    ) {
        let Some(at) = self.by_port.get(&port.local).copied() else { return };
        let Some(stream) = self.streams.get_mut(at) else { return };
        if kind == PacketKind::Rtcp || stream.spec.rtcp_mux && rtp::is_rtcp(bytes) {
            stream.receive_rtcp(from, bytes, now);
            return;
        }
        let Some((packet, carried)) = stream.receive(from, bytes, now.mono, sink) else { return };
        let partner = stream.partner;
        if stream.quicken(now.mono) {
            self.schedule(at);
        }
        let Some(other_at) = partner else { return };
        let Some(other) = self.streams.get_mut(other_at) else { return };
        let kept_alive = other.only_keeps_alive(now.mono);
        other.carry(&packet, carried, now.mono, &mut self.wire, sink);
        if kept_alive {
            // The pause after the last relayed packet comes sooner than the next of ours would have.
            self.schedule(other_at);
        }
    }

    /// Sends all that is due.
    pub fn tick(&mut self, now: Now, sink: &mut dyn Sink) {
        while let Some(Reverse((due, at))) = self.due.peek().copied()
            && due <= now.mono
        {
            self.due.pop();
            let Some(stream) = self.streams.get_mut(at) else { continue };
            if stream.queued != Some(due) {
                continue;
            }
            stream.queued = None;
            stream.run(now, &mut Tools { wire: &mut self.wire, mint: &mut self.mint }, sink);
            self.schedule(at);
        }
        self.forget_stale();
    }

    /// Drops what stands first in the queue for streams that are closed or were queued anew: nobody
    /// is to wake for it.
    fn forget_stale(&mut self) {
        while let Some(Reverse((due, at))) = self.due.peek().copied()
            && self.streams.get(at).is_none_or(|stream| stream.queued != Some(due))
        {
            self.due.pop();
        }
    }

    fn open(
        &mut self,
        leg: LegKey,
        port: MediaPort,
        spec: StreamSpec,
        now: Now,
        sink: &mut dyn Sink,
    ) {
        // A leg has one stream: a second Open would be a fault of the call.
        self.close(leg, now, sink);
        let stream = Stream::new(leg, port, spec, &mut self.mint, now.mono);
        let at = self.streams.insert(stream);
        self.by_leg.insert(leg, at);
        self.by_port.insert(port.local, at);
        self.schedule(at);
    }

    /// Ends a stream with BYE. A play under way ends with it, untold: nobody waits for it.
    fn close(&mut self, leg: LegKey, now: Now, sink: &mut dyn Sink) {
        let Some(at) = self.by_leg.remove(&leg) else { return };
        self.part(Some(at), now);
        let Some(mut stream) = self.streams.try_remove(at) else { return };
        if self.by_port.get(&stream.port.local) == Some(&at) {
            self.by_port.remove(&stream.port.local);
        }
        stream.report(true, now, &mut Tools { wire: &mut self.wire, mint: &mut self.mint }, sink);
        sink.event(Event::Closed { stream: leg, figures: stream.figures() });
        sink.release(stream.port);
    }

    fn join(&mut self, a: Option<usize>, b: Option<usize>, now: Now) {
        let (Some(a), Some(b)) = (a, b) else { return };
        if a == b {
            return;
        }
        for (at, other) in [(a, b), (b, a)] {
            if self.streams.get(at).is_some_and(|s| s.partner != Some(other)) {
                self.part(Some(at), now);
            }
        }
        for (at, other) in [(a, b), (b, a)] {
            self.with(Some(at), |stream| stream.partner = Some(other));
        }
    }

    fn part(&mut self, at: Option<usize>, now: Now) {
        let other = at.and_then(|at| self.streams.get(at)).and_then(|stream| stream.partner);
        if other.is_some() {
            self.with(at, |stream| stream.part(now.mono));
            self.with(other, |stream| stream.part(now.mono));
        }
    }

    /// Does something to a stream that is there, and looks at its deadline again.
    fn with(&mut self, at: Option<usize>, change: impl FnOnce(&mut Stream)) {
        let Some(at) = at else { return };
        let Some(stream) = self.streams.get_mut(at) else { return };
        change(stream);
        self.schedule(at);
    }

    /// Puts a stream into the queue, unless it stands there early enough already.
    fn schedule(&mut self, at: usize) {
        let Some(stream) = self.streams.get_mut(at) else { return };
        let Some(due) = stream.next_due() else { return };
        if stream.queued.is_none_or(|queued| due < queued) {
            stream.queued = Some(due);
            self.due.push(Reverse((due, at)));
        }
    }
}

#[cfg(test)]
mod tests;

//! The house: a whole node in memory as a [`Node`]: workers, router, media engines and the record,
//! with everything between them handed on in order.
//!
//! It does what `io/run` does with threads and sockets. What one part says to another is posted and
//! taken first come first served; with a delay, each way from one part to another keeps its order
//! while different ways overtake each other, as threads do. No part is a stand-in: whoever looks
//! at a run looks at the product.

mod build;
mod look;
mod post;
mod reload;
mod sound;
mod streams;

pub use build::HouseConfig;
pub use look::Remains;
pub use sound::{Piece, Sound};

use super::net::is_sip;
use super::world::{Datagram, Node};
use crate::base::{CallKey, LegKey, Mono, Now, WorkerId};
use crate::media::{self, Engine, Family, MediaPort, PacketKind, Sink, Want};
use crate::plan::Plan;
use crate::record::{Cdr, Event, Live, Posted, Records};
use crate::router::{self, Decision, Router};
use crate::transport::{Flow, ListenerId, Listeners, Transport};
use crate::worker::{self, Trial, Worker};
use bytes::Bytes;
use post::{Place, Post};
use sound::Sounds;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use streams::Streams;

/// Events kept for tests to look at; a run that posts more keeps the first ones.
const EVENTS: usize = 100_000;

/// What one part says to another.
#[derive(Debug)]
enum Letter {
    Worker(WorkerId, worker::Input),
    Router(router::Input),
    Media(u8, media::Command),
}

/// One media thread: its engine and the ports that it may lend.
#[derive(Debug)]
struct Room {
    engine: Engine,
    shelf: VecDeque<MediaPort>,
}

impl Room {
    /// The first that fit, as far as there are any.
    fn lend(&mut self, want: Want) -> Vec<MediaPort> {
        let mut lent = Vec::new();
        self.shelf.retain(|port| {
            let fits = lent.len() < want.count && Family::of(*port) == want.family;
            if fits {
                lent.push(*port);
            }
            !fits
        });
        lent
    }
}

/// A whole node.
#[derive(Debug)]
pub struct House {
    plan: Arc<Plan>,
    /// The plan that some of the new calls try.
    trial: Option<Trial>,
    listeners: Arc<Listeners>,
    workers: Vec<Worker>,
    router: Router,
    rooms: Vec<Room>,
    ports: BTreeMap<SocketAddr, MediaPort>,
    post: Post<Letter>,
    /// Whose socket the next message comes in on: any worker's.
    turn: usize,
    records: Records,
    live: Live,
    cdrs: Vec<Cdr>,
    events: Vec<Event>,
    said: Vec<worker::Output>,
    told: Vec<router::Output>,
    sounds: Sounds,
    unheard: bool,
    streams: Streams,
}

impl House {
    /// Posts an input of the router's from outside: an agent who says ready, a reload.
    pub fn tell_router(&mut self, input: router::Input, now: Now, out: &mut Vec<Datagram>) {
        self.post.put(Place::Outside, Place::Router, Letter::Router(input), now.mono);
        self.work(now, out);
    }

    /// Sets an agent's state by name; false if nobody is called so.
    pub fn set_agent(
        &mut self,
        name: &str,
        ready: bool,
        now: Now,
        out: &mut Vec<Datagram>,
    ) -> bool {
        let found = self.plan.roster.agents.iter().find(|a| &*a.name == name).map(|a| a.id);
        let Some(agent) = found else { return false };
        let reason = if ready { "" } else { "break" }.into();
        self.tell_router(router::Input::SetAgent { agent, ready, reason }, now, out);
        true
    }

    /// Tells every worker that no new calls are taken.
    pub fn drain(&mut self, now: Now, out: &mut Vec<Datagram>) {
        self.tell_workers(|| worker::Input::Drain, now, out);
    }

    /// Tells every worker whether the records of new calls can be kept.
    pub fn set_recording(&mut self, can: bool, now: Now, out: &mut Vec<Datagram>) {
        self.tell_workers(|| worker::Input::Recording(can), now, out);
    }

    /// Tells every worker to end what is left.
    pub fn end_all(&mut self, now: Now, out: &mut Vec<Datagram>) {
        self.tell_workers(|| worker::Input::EndAll, now, out);
    }

    /// Tells every worker that nothing can be sent to this address over UDP (ICMP unreachable).
    pub fn unreachable(&mut self, remote: SocketAddr, now: Now, out: &mut Vec<Datagram>) {
        let listener = ListenerId(0);
        let flow = Flow { listener, transport: Transport::Udp, remote, connection: None };
        self.tell_workers(|| worker::Input::TransportFailed(flow), now, out);
    }

    fn tell_workers(
        &mut self,
        input: impl Fn() -> worker::Input,
        now: Now,
        out: &mut Vec<Datagram>,
    ) {
        for index in 0..self.workers.len() {
            let id = WorkerId(index as u8);
            let letter = Letter::Worker(id, input());
            self.post.put(Place::Outside, Place::Worker(id), letter, now.mono);
        }
        self.work(now, out);
    }

    /// Hands on what is due until nothing is.
    fn work(&mut self, now: Now, out: &mut Vec<Datagram>) {
        while let Some(letter) = self.post.take(now.mono) {
            match letter {
                Letter::Worker(id, input) => self.worker(id, input, now, out),
                Letter::Router(input) => self.router(input, now),
                Letter::Media(thread, command) => {
                    self.sounds.command(&command, now.mono);
                    self.media(thread, now, out, |engine, sink| {
                        engine.handle_command(command, now, sink);
                    });
                }
            }
        }
    }

    fn worker(&mut self, id: WorkerId, input: worker::Input, now: Now, out: &mut Vec<Datagram>) {
        let mut said = std::mem::take(&mut self.said);
        if let Some(worker) = self.workers.get_mut(id.index()) {
            worker.handle(input, now, &mut said);
        }
        let from = Place::Worker(id);
        for output in said.drain(..) {
            match output {
                worker::Output::Send { flow, bytes } => self.send(flow, bytes, now, out),
                worker::Output::Forward { to, flow, bytes } => {
                    let letter = Letter::Worker(to, worker::Input::Forwarded { flow, bytes });
                    self.post.put(from, Place::Worker(to), letter, now.mono);
                }
                // There are no connections here.
                worker::Output::InUse(_) => {}
                worker::Output::Media(thread, command) => {
                    let letter = Letter::Media(thread, command);
                    self.post.put(from, Place::Media(thread), letter, now.mono);
                }
                worker::Output::Route(input) => {
                    self.post.put(from, Place::Router, Letter::Router(input), now.mono);
                }
                worker::Output::Record(event) => self.record(event),
                worker::Output::WantPorts => self.lend(id, now),
            }
        }
        self.said = said;
    }

    fn send(&mut self, flow: Flow, bytes: Bytes, now: Now, out: &mut Vec<Datagram>) {
        let listener = self.listeners.list.get(usize::from(flow.listener.0));
        let Some(local) = listener.map(|listener| listener.local) else { return };
        match flow.transport {
            Transport::Udp => out.push(Datagram { local, remote: flow.remote, bytes }),
            Transport::Tcp => out.extend(self.send_stream(flow, local, bytes, now)),
        }
    }

    /// A message came on some worker's socket.
    fn message(&mut self, flow: Flow, bytes: Bytes, now: Now, out: &mut Vec<Datagram>) {
        let id = WorkerId((self.turn % self.workers.len().max(1)) as u8);
        self.turn += 1;
        self.worker(id, worker::Input::Message { flow, bytes }, now, out);
    }

    fn router(&mut self, input: router::Input, now: Now) {
        let mut told = std::mem::take(&mut self.told);
        self.router.handle(input, now, &mut told);
        for output in told.drain(..) {
            let id = output.contact().worker();
            let letter = Letter::Worker(id, worker::Input::Router(output));
            self.post.put(Place::Router, Place::Worker(id), letter, now.mono);
        }
        self.told = told;
    }

    fn media(
        &mut self,
        thread: u8,
        now: Now,
        out: &mut Vec<Datagram>,
        act: impl FnOnce(&mut Engine, &mut dyn Sink),
    ) {
        let Some(room) = self.rooms.get_mut(usize::from(thread)) else { return };
        let out = (!self.unheard).then_some(out);
        let mut collected = Collected { out, events: Vec::new(), released: Vec::new() };
        act(&mut room.engine, &mut collected);
        let Collected { events, released, .. } = collected;
        room.shelf.extend(released);
        for event in events {
            self.sounds.event(&event, now.mono);
            let id = event.stream().call.worker();
            let letter = Letter::Worker(id, worker::Input::Media(event));
            self.post.put(Place::Media(thread), Place::Worker(id), letter, now.mono);
        }
    }

    /// Lends what a worker wants, as far as there is.
    fn lend(&mut self, id: WorkerId, now: Now) {
        let Some(worker) = self.workers.get(id.index()) else { return };
        let mut lent = Vec::new();
        for want in worker.wanted_ports() {
            let Some(room) = self.rooms.get_mut(usize::from(want.thread)) else { continue };
            lent.extend(room.lend(want));
        }
        let letter = Letter::Worker(id, worker::Input::Ports(lent));
        self.post.put(Place::Outside, Place::Worker(id), letter, now.mono);
    }

    fn record(&mut self, event: Event) {
        self.live.apply(&event);
        if let Some(Posted::End(cdr)) = self.records.apply(&event) {
            self.cdrs.push(*cdr);
        }
        if self.events.len() < EVENTS {
            self.events.push(event);
        }
    }
}

impl Node for House {
    fn datagram(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
        now: Now,
        out: &mut Vec<Datagram>,
    ) {
        let heard = |l: &crate::transport::Listener| l.local == local;
        let position = self.listeners.list.iter().position(heard);
        let listener =
            position.and_then(|at| Some((ListenerId(at as u16), self.listeners.list.get(at)?)));
        if let Some((listener, Transport::Tcp)) = listener.map(|(id, l)| (id, l.transport)) {
            self.segment((listener, remote), bytes, now, out);
        } else if is_sip(bytes) {
            if let Some((listener, _)) = listener {
                let flow = Flow { listener, transport: Transport::Udp, remote, connection: None };
                self.message(flow, Bytes::copy_from_slice(bytes), now, out);
            }
        } else {
            let (even, kind) = match local.port() % 2 {
                0 => (local, PacketKind::Rtp),
                _ => (SocketAddr::new(local.ip(), local.port() - 1), PacketKind::Rtcp),
            };
            if let Some(port) = self.ports.get(&even).copied() {
                self.media(port.thread, now, out, |engine, sink| {
                    engine.handle_packet(port, kind, remote, bytes, now, sink);
                });
            }
        }
        self.work(now, out);
    }

    fn timeout(&mut self, now: Now, out: &mut Vec<Datagram>) {
        self.work(now, out);
        let due = |deadline: Option<Mono>| deadline.is_some_and(|at| at <= now.mono);
        for index in 0..self.workers.len() {
            if self.workers.get(index).is_some_and(|w| due(w.next_deadline())) {
                self.worker(WorkerId(index as u8), worker::Input::Timeout, now, out);
            }
        }
        if due(self.router.next_deadline()) {
            self.router(router::Input::Timeout, now);
        }
        for thread in 0..self.rooms.len() as u8 {
            if self.rooms.get(usize::from(thread)).is_some_and(|r| due(r.engine.next_deadline())) {
                self.media(thread, now, out, |engine, sink| engine.tick(now, sink));
            }
        }
        self.work(now, out);
    }

    fn next_deadline(&self) -> Option<Mono> {
        let workers = self.workers.iter().filter_map(Worker::next_deadline);
        let rooms = self.rooms.iter().filter_map(|r| r.engine.next_deadline());
        let others = [self.router.next_deadline(), self.post.next()].into_iter().flatten();
        workers.chain(rooms).chain(others).min()
    }
}

/// What an engine says in one turn.
struct Collected<'a> {
    /// None where nothing that is sent is heard.
    out: Option<&'a mut Vec<Datagram>>,
    events: Vec<media::Event>,
    released: Vec<MediaPort>,
}

impl Sink for Collected<'_> {
    fn send(&mut self, port: MediaPort, kind: PacketKind, to: SocketAddr, bytes: &[u8]) {
        let Some(out) = &mut self.out else { return };
        let number = match kind {
            PacketKind::Rtp => port.local.port(),
            PacketKind::Rtcp => port.local.port() + 1,
        };
        let local = SocketAddr::new(port.local.ip(), number);
        out.push(Datagram { local, remote: to, bytes: Bytes::copy_from_slice(bytes) });
    }

    fn event(&mut self, event: media::Event) {
        self.events.push(event);
    }

    fn release(&mut self, port: MediaPort) {
        self.released.push(port);
    }
}

//! One media thread: its turns.
//!
//! Measured on a small machine: waking for each packet costs more than handling it. So while
//! streams run a turn begins a millisecond after the last one at the earliest; what came meanwhile
//! is handled together. Packets wait a millisecond at most, and deadlines are absolute, so lateness
//! does not add up.

use super::net::Net;
use super::shelf::{Doorbell, Shelf};
use super::{MediaConfig, ThreadFigures, count};
use crate::base::{Mint, Mono, Now};
use crate::media::{Command, Engine, Event};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The least time from one turn to the next while streams run.
const TURN: Duration = Duration::from_millis(1);
/// Sockets read in one turn; the kernel hands out the others first in the next.
const READY: usize = 1024;
/// Commands obeyed in one turn, so that a flood of them does not hold up the packets.
const COMMANDS: usize = 1024;
/// One byte more than the engine takes would do; what is cut short is oversized anyway.
const PACKET: usize = 2048;
/// The doorbell's token; ports have smaller ones.
const BELL: u64 = u64::MAX;

/// What a thread is made of.
pub(super) struct Parts {
    pub(super) number: u8,
    pub(super) mint: Mint,
    pub(super) config: MediaConfig,
    pub(super) queue: Receiver<Command>,
    pub(super) doorbell: Arc<Doorbell>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) figures: Arc<ThreadFigures>,
    pub(super) events: Arc<dyn Fn(Event) + Send + Sync>,
}

pub(super) struct Thread {
    engine: Engine,
    net: Net,
    queue: Receiver<Command>,
    doorbell: Arc<Doorbell>,
    shelf: Arc<Shelf>,
    figures: Arc<ThreadFigures>,
    epoch: Instant,
}

impl Thread {
    /// A thread with its first ports bound, not yet running.
    pub(super) fn new(parts: Parts) -> io::Result<Thread> {
        let Parts { number, mint, config, queue, doorbell, shelf, figures, events } = parts;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&*doorbell, EpollEvent::new(EpollFlags::EPOLLIN, BELL))?;
        let mut net = Net::new(number, &config, epoll, shelf.clone(), figures.clone(), events);
        let bound = net.bind_ahead(usize::MAX);
        for family in config.families() {
            if shelf.count(family) == 0 {
                bound?;
                let what = format!("no free media port for thread {number} in {:?}", config.ports);
                return Err(io::Error::new(io::ErrorKind::AddrInUse, what));
            }
        }
        let (engine, epoch) = (Engine::new(mint), config.epoch);
        Ok(Thread { engine, net, queue, doorbell, shelf, figures, epoch })
    }

    /// Takes turns until the doorbell is closed.
    pub(super) fn run(mut self) {
        let mut ready = vec![EpollEvent::empty(); READY];
        let mut crowded = false;
        let mut packets = 0;
        while !self.doorbell.is_closed() {
            let began = Instant::now();
            let now = self.now();
            self.net.now = now.mono;
            let obeyed = self.obey(now);
            self.engine.tick(now, &mut self.net);
            self.net.keep_house();
            self.figures.streams.store(self.engine.streams(), Ordering::Relaxed);
            count(&self.figures.turns, 1);

            let busy = crowded || obeyed == COMMANDS;
            // A turn's length gathers packets; after a command or a deadline there is nothing to gather.
            if packets > 0 && !busy {
                std::thread::sleep(TURN.saturating_sub(began.elapsed()));
            }
            let count = self.wait(&mut ready, busy);
            crowded = count == ready.len();
            packets = self.read(ready.get(..count).unwrap_or_default());
        }
    }

    fn now(&self) -> Now {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mono = Mono(self.epoch.elapsed().as_micros() as u64);
        Now { mono, wall_ms: since.as_millis() as i64 }
    }

    /// Obeys what was commanded, and returns how much that was.
    fn obey(&mut self, now: Now) -> usize {
        for obeyed in 0..COMMANDS {
            let Ok(command) = self.queue.try_recv() else { return obeyed };
            self.obey_one(command, now);
        }
        COMMANDS
    }

    fn obey_one(&mut self, command: Command, now: Now) {
        if let Command::Open { port, .. } = &command {
            self.net.open(*port);
        }
        self.engine.handle_command(command, now, &mut self.net);
    }

    /// Waits for a packet, a command or the next deadline; returns how many sockets are ready.
    fn wait(&mut self, ready: &mut [EpollEvent], busy: bool) -> usize {
        self.doorbell.wait();
        let timeout = match self.queue.try_recv() {
            Ok(command) => {
                let now = self.now();
                self.net.now = now.mono;
                self.obey_one(command, now);
                EpollTimeout::ZERO
            }
            Err(_) if busy || self.shelf.is_low() => EpollTimeout::ZERO,
            Err(_) => self.timeout(),
        };
        // An interrupted wait is a short one.
        let count = self.net.epoll.wait(ready, timeout).unwrap_or(0);
        self.doorbell.awake();
        count
    }

    fn timeout(&self) -> EpollTimeout {
        let deadlines = self.engine.next_deadline().into_iter().chain(self.net.next_deadline());
        let Some(at) = deadlines.min() else { return EpollTimeout::NONE };
        let now = Mono(self.epoch.elapsed().as_micros() as u64);
        // Rounded up: waking too early would be a wake for nothing.
        let ms = (at - now).as_micros().div_ceil(1000).min(60_000);
        EpollTimeout::from(ms as u16)
    }

    /// Reads every ready socket once, and returns how many there were; what has more is ready again in
    /// the next turn.
    fn read(&mut self, ready: &[EpollEvent]) -> usize {
        let mut sockets = 0;
        let mut buffer = [0; PACKET];
        let now = self.now();
        self.net.now = now.mono;
        for event in ready {
            if event.data() == BELL {
                self.doorbell.heard();
                continue;
            }
            sockets += 1;
            let Some((port, kind, from, len)) = self.net.receive(event.data(), &mut buffer) else {
                continue;
            };
            let bytes = buffer.get(..len).unwrap_or_default();
            self.engine.handle_packet(port, kind, from, bytes, now, &mut self.net);
        }
        sockets
    }
}

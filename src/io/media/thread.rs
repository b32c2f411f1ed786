//! One media thread: its turns.
//!
//! Measured on a small machine: waking for each packet costs more than handling it. So while
//! streams run a turn begins a millisecond after the last one at the earliest; what came meanwhile
//! is handled together. Packets wait a millisecond at most, and deadlines are absolute, so lateness
//! does not add up.
//!
//! A socket is read once a turn: with a turn a millisecond there is one packet at most, and to look
//! for a second would be a system call for each packet that finds nothing. After a turn that came
//! late there may be more: then the sockets are read in rounds until they have nothing left.

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
/// A turn that begins so long after the last one may find several packets in a socket: the least that
/// phones put between two.
const LATE: Duration = Duration::from_millis(10);
/// Packets read of one socket in such a turn: a third of a second of voice.
const ROUNDS: usize = 16;
/// Rounds end after so long, for what is to be sent is due as well; the next turn goes on with them.
const ROUNDS_LAST: Duration = Duration::from_millis(5);
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
    /// Sockets that may have more after a round: kept for its room.
    again: Vec<u64>,
}

/// What was read in one turn.
#[derive(Clone, Copy, Debug, Default)]
struct Read {
    /// Sockets that were ready.
    sockets: usize,
    /// Some of them may have more.
    left_over: bool,
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
        let again = Vec::new();
        Ok(Thread { engine, net, queue, doorbell, shelf, figures, epoch, again })
    }

    /// Takes turns until the doorbell is closed.
    pub(super) fn run(mut self) {
        let mut ready = vec![EpollEvent::empty(); READY];
        let mut crowded = false;
        let mut last = Read::default();
        let mut last_read = Instant::now();
        while !self.doorbell.is_closed() {
            let began = Instant::now();
            let now = self.now();
            self.net.now = now.mono;
            let obeyed = self.obey(now);
            self.engine.tick(now, &mut self.net);
            self.net.keep_house();
            self.figures.streams.store(self.engine.streams(), Ordering::Relaxed);
            count(&self.figures.turns, 1);

            let busy = crowded || last.left_over || obeyed == COMMANDS;
            // A turn's length gathers packets; after a command or a deadline there is nothing to gather.
            if last.sockets > 0 && !busy {
                std::thread::sleep(TURN.saturating_sub(began.elapsed()));
            }
            let count = self.wait(&mut ready, busy);
            crowded = count == ready.len();
            let begins = Instant::now();
            let late = last.left_over || begins.duration_since(last_read) > LATE;
            let rounds = if late { ROUNDS } else { 1 };
            last = self.read(ready.get(..count).unwrap_or_default(), rounds, begins);
            last_read = begins;
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

    /// Reads every ready socket once, and in further rounds those that had something, so that none
    /// waits for another's backlog. What is left is ready again in the next turn.
    fn read(&mut self, ready: &[EpollEvent], rounds: usize, began: Instant) -> Read {
        let mut read = Read::default();
        let mut buffer = [0; PACKET];
        let now = self.now();
        self.net.now = now.mono;
        let mut again = std::mem::take(&mut self.again);
        again.clear();
        for event in ready {
            if event.data() == BELL {
                self.doorbell.heard();
                continue;
            }
            read.sockets += 1;
            if self.read_one(event.data(), &mut buffer, now) && rounds > 1 {
                again.push(event.data());
            }
        }
        for _ in 1..rounds {
            if again.is_empty() || began.elapsed() > ROUNDS_LAST {
                break;
            }
            again.retain(|token| self.read_one(*token, &mut buffer, now));
        }
        read.left_over = !again.is_empty();
        self.again = again;
        read
    }

    /// Hands on one packet of a socket; false if there was none.
    fn read_one(&mut self, token: u64, buffer: &mut [u8; PACKET], now: Now) -> bool {
        let Some((port, kind, from, len)) = self.net.receive(token, buffer) else { return false };
        let bytes = buffer.get(..len).unwrap_or_default();
        self.engine.handle_packet(port, kind, from, bytes, now, &mut self.net);
        true
    }
}

//! The media threads: sockets, clock and wakes around [`crate::media::Engine`].
//!
//! Each thread owns an engine and port pairs bound ahead (RTP even, RTCP odd). Workers take ports
//! in blocks from a shelf ([`MediaHandle::lend`]) and send commands through a bounded queue; events
//! go to a function that `io/run` gives. While streams run a thread takes one turn a millisecond at
//! most: it reads every ready socket once (after a late turn until it has nothing left), obeys what
//! was commanded, sends what is due. With nothing to do it sleeps.

mod net;
mod shelf;
mod socket;
mod thread;
pub mod wav;

pub use socket::PortRange;

use crate::base::{Mint, NodeId, WorkerId};
use crate::media::{Command, Event, Family, MediaPort, PortSupply, Want};
use shelf::{Doorbell, Shelf};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fmt, io};

/// Commands that may wait for one thread: a second of 200 calls set up and torn down at once. When
/// it is full the worker gets its command back.
const COMMANDS: usize = 8192;

/// How the media threads are to run.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// How many threads, 1 to 255.
    pub threads: u8,
    /// The ports that may be used; split among the threads.
    pub ports: PortRange,
    /// The addresses to bind, at most one of each family.
    pub bind: Vec<IpAddr>,
    /// Pairs that each thread keeps bound and unused, of each family.
    pub ahead: usize,
    /// How long a closed stream's port rests, so that its former far end is not heard on it.
    pub rest: Duration,
    /// When [`crate::base::Mono`] began: the same for the whole process.
    pub epoch: Instant,
    /// For SSRCs, first sequence numbers and timestamps: from the system's randomness.
    pub seed: [u8; 32],
}

impl MediaConfig {
    /// The usual figures, on these ports and addresses.
    #[must_use]
    pub fn new(ports: PortRange, bind: Vec<IpAddr>, epoch: Instant, seed: [u8; 32]) -> MediaConfig {
        let (ahead, rest) = (128, Duration::from_secs(5));
        MediaConfig { threads: 1, ports, bind, ahead, rest, epoch, seed }
    }

    /// The families of the bound addresses.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        let family = |ip: &IpAddr| if ip.is_ipv4() { Family::V4 } else { Family::V6 };
        self.bind.iter().map(family).collect()
    }
}

/// What is told of one thread.
#[derive(Debug, Default)]
pub struct ThreadFigures {
    /// Streams now.
    pub streams: AtomicUsize,
    /// Packets read.
    pub received: AtomicU64,
    /// Packets sent.
    pub sent: AtomicU64,
    /// Packets that the system refused to send.
    pub send_errors: AtomicU64,
    /// Turns taken: wakes of the thread.
    pub turns: AtomicU64,
}

/// What a worker holds of one thread.
#[derive(Clone)]
struct Line {
    commands: SyncSender<Command>,
    doorbell: Arc<Doorbell>,
    shelf: Arc<Shelf>,
    figures: Arc<ThreadFigures>,
}

/// A worker's way to the media threads; cheap to clone.
#[derive(Clone)]
pub struct MediaHandle {
    lines: Vec<Line>,
}

impl fmt::Debug for MediaHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaHandle").field("threads", &self.lines.len()).finish()
    }
}

/// A command that a thread could not take: its queue is full, or it is gone.
#[derive(Debug)]
pub struct Refused(pub Box<Command>);

impl MediaHandle {
    /// Sends a command to the thread of a leg's port. Commands of one sender keep their order.
    ///
    /// # Errors
    /// If the thread's queue is full or the thread is gone: the command comes back.
    pub fn send(&self, thread: u8, command: Command) -> Result<(), Refused> {
        let Some(line) = self.lines.get(usize::from(thread)) else {
            return Err(Refused(Box::new(command)));
        };
        line.commands.try_send(command).map_err(|refused| match refused {
            TrySendError::Full(command) | TrySendError::Disconnected(command) => {
                Refused(Box::new(command))
            }
        })?;
        line.doorbell.ring();
        Ok(())
    }

    /// Lends a block of ports, or as many as there are.
    #[must_use]
    pub fn lend(&self, want: Want) -> Vec<MediaPort> {
        let Some(line) = self.lines.get(usize::from(want.thread)) else { return Vec::new() };
        let (ports, is_low) = line.shelf.take(want.family, want.count);
        if is_low {
            line.doorbell.ring();
        }
        ports
    }

    /// Fills up a worker's supply where it runs low.
    pub fn top_up(&self, supply: &mut PortSupply) {
        let wants: Vec<Want> = supply.wants_more().collect();
        for want in wants {
            supply.refill(self.lend(want));
        }
    }

    /// How many threads there are.
    #[must_use]
    pub fn threads(&self) -> u8 {
        self.lines.len() as u8
    }

    /// The figures of each thread.
    pub fn figures(&self) -> impl Iterator<Item = &ThreadFigures> {
        self.lines.iter().map(|line| &*line.figures)
    }
}

/// The running threads.
#[derive(Debug)]
pub struct MediaThreads {
    handle: MediaHandle,
    running: Vec<JoinHandle<()>>,
}

impl MediaThreads {
    /// Binds ports and starts the threads. `events` is called on them and must not block.
    ///
    /// # Errors
    /// If not one port pair can be bound, or a thread cannot be had.
    pub fn start(
        config: &MediaConfig,
        events: Arc<dyn Fn(Event) + Send + Sync>,
    ) -> io::Result<MediaThreads> {
        let mut threads =
            MediaThreads { handle: MediaHandle { lines: Vec::new() }, running: Vec::new() };
        for number in 0..config.threads.max(1) {
            let (commands, queue) = sync_channel(COMMANDS);
            let doorbell = Arc::new(Doorbell::new()?);
            let shelf = Arc::new(Shelf::new(config.ahead));
            let figures = Arc::new(ThreadFigures::default());
            let mut seed = config.seed;
            seed[0] ^= number;
            let thread = thread::Thread::new(thread::Parts {
                number,
                mint: Mint::new(seed, NodeId(0), WorkerId(number)),
                config: config.clone(),
                queue,
                doorbell: doorbell.clone(),
                shelf: shelf.clone(),
                figures: figures.clone(),
                events: events.clone(),
            })?;
            let builder = std::thread::Builder::new().name(format!("media-{number}"));
            threads.running.push(builder.spawn(move || thread.run())?);
            threads.handle.lines.push(Line { commands, doorbell, shelf, figures });
        }
        Ok(threads)
    }

    /// The way to the threads, for each worker.
    #[must_use]
    pub fn handle(&self) -> MediaHandle {
        self.handle.clone()
    }

    /// Ends the threads at once; streams still open end without a word.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        for line in &self.handle.lines {
            line.doorbell.close();
        }
        for thread in self.running.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a media thread had died");
            }
        }
    }
}

impl Drop for MediaThreads {
    fn drop(&mut self) {
        self.end();
    }
}

/// Adds to a figure.
fn count(figure: &AtomicU64, by: u64) {
    figure.fetch_add(by, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;

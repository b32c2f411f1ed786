//! Wiring: sockets, threads, router, record and web server of one node, started whole or not at all.

mod addresses;
mod desk;
mod embedded;
mod house;
mod ledger;
mod limits;
mod plans;
mod reload;
mod web;

pub use desk::Desk;
pub use embedded::built_in_prompts;
pub use ledger::Ledger;
pub use limits::make_room;
pub use plans::{Examined, Origin};
pub use reload::Gate;

use crate::base::{Gates, Mint, Mono, NodeId, WorkerId};
use crate::dialplan::Source;
use crate::io::clock::Clock;
use crate::io::http::{Http, HttpConfig};
use crate::io::media::{MediaConfig, MediaHandle, MediaThreads, PortRange, wav};
use crate::io::sip::{self, Bound, Inbox, Inboxes, Seat};
use crate::io::store::{Store, StoreConfig};
use crate::media::{PortSupply, Prompt, PromptBook};
use crate::plan::{Listen, ListenTransport, Plan, PromptFile};
use crate::router::Router;
use crate::transport::{Listener, Listeners, Transport};
use crate::worker::{Config, Edition, Input, Worker};
use house::{Room, Shown};
use reload::{By, Reloader, Taken, Wake};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a node is to run.
#[derive(Debug)]
pub struct Options {
    /// The plan.
    pub plan: Plan,
    /// Its texts, for the record and for comparisons; none for a plan that cannot be read anew.
    pub sources: Vec<Source>,
    /// Where it and its prompts are.
    pub origin: Origin,
    /// Listeners in place of the plan's; none: the plan's.
    pub listen: Vec<Listen>,
    /// What must hold of a plan before a reload takes it; none: nothing more.
    pub gate: Option<Gate>,
    /// Workers, 1 to 64.
    pub workers: u8,
    /// Media threads, 1 to 16.
    pub media_threads: u8,
    /// The database.
    pub database: PathBuf,
    /// The web server's address; none: no web server.
    pub http: Option<SocketAddr>,
    /// The token that writes over HTTP need.
    pub token: String,
    /// Calls at a time.
    pub most_calls: usize,
}

/// `media: ports:` of a plan that takes whatever ports the system gives. No plan can be written so:
/// it is for the demo and for tests.
pub const ANY_PORTS: (u16, u16) = (0, 0);
/// Ports for which room is made then.
const ANY_PORTS_ROOM: u32 = 3000;

/// A running node.
#[derive(Debug)]
pub struct Node {
    listeners: Arc<Listeners>,
    inboxes: Inboxes,
    shown: Vec<Arc<Shown>>,
    desk: Arc<Desk>,
    ledger: Arc<Ledger>,
    wake: mpsc::Sender<Wake>,
    watch: Option<JoinHandle<()>>,
    draining: Arc<AtomicBool>,
    closing: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    media: Option<MediaThreads>,
    http: Option<Http>,
    clock: Clock,
}

/// Starts a node. Nothing is left running if any part cannot be had.
///
/// # Errors
/// One line for the admin.
pub fn start(options: Options) -> Result<Node, String> {
    let Options { mut plan, origin, workers, media_threads, .. } = options;
    let written = plan.clone();
    if !options.listen.is_empty() {
        plan.sip.listen = options.listen;
    }
    let workers = workers.max(1);
    let clock = Clock::new();
    let connections = make_room(ports_of(&plan))?;
    let prompts = load_prompts(&plan, &origin).map_err(|wrong| wrong.join("\n"))?;
    let bound = sip::bind(listeners_of(&plan), workers).map_err(|e| e.to_string())?;
    let store = StoreConfig::new(&options.database);
    let (store, recovered) = Store::open(&store).map_err(|e| e.to_string())?;
    if recovered.lost > 0 {
        tracing::warn!(calls = recovered.lost, "calls of a process that died are closed as lost");
    }
    let (inboxes, waiting) = Inboxes::new(workers);
    let media = start_media(&plan, media_threads, &inboxes, clock)?;
    let edition = Edition { plan: Arc::new(plan), prompts: Arc::new(prompts) };
    let shown: Vec<Arc<Shown>> = (0..workers).map(|_| Arc::default()).collect();
    let router = Router::new(&edition.plan.roster, clock.now());
    let (wake, wakes) = mpsc::channel();
    let mut node = Node {
        listeners: Arc::new(bound.listeners.clone()),
        desk: Arc::new(Desk::new(router, inboxes.clone(), clock)),
        ledger: Arc::new(Ledger::new(workers, store)),
        inboxes,
        shown,
        wake: wake.clone(),
        watch: None,
        draining: Arc::default(),
        closing: Arc::default(),
        threads: Vec::new(),
        http: None,
        clock,
        media: Some(media),
    };
    let handle = node.media.as_ref().map(MediaThreads::handle);
    let media = handle.ok_or("no media threads")?;
    let peers = sip::Peers::new(edition.plan.clone());
    let connections = sip::Connections::new(node.inboxes.clone(), peers, connections);
    let first = Taken {
        edition: edition.clone(),
        sources: options.sources.into(),
        taken_ms: clock.now().wall_ms,
        source: origin.to_string(),
        by: By::Start,
    };
    let parts = reload::House {
        desk: node.desk.clone(),
        inboxes: node.inboxes.clone(),
        ledger: node.ledger.clone(),
        connections: connections.clone(),
        clock,
    };
    let database = options.database;
    let reloader =
        Reloader::new(origin, database.clone(), options.gate, &written, first, parts, wake);
    let reloader = Arc::new(reloader);
    if let Some(listen) = options.http {
        let web = web::Web {
            desk: node.desk.clone(),
            ledger: node.ledger.clone(),
            shown: node.shown.clone(),
            draining: node.draining.clone(),
            inboxes: node.inboxes.clone(),
            connections: connections.clone(),
            reloader: reloader.clone(),
            database,
            clock,
        };
        let config = HttpConfig { listen, names: Vec::new(), token: options.token };
        let http = Http::start(&config, Arc::new(web)).map_err(|e| e.to_string())?;
        node.http = Some(http);
    }
    let watch = std::thread::Builder::new().name("plans".to_owned());
    let watch = watch.spawn(move || reload::watch(&reloader, &wakes));
    node.watch = Some(watch.map_err(|e| format!("cannot start a thread: {e}"))?);
    let most_calls = options.most_calls;
    let house = Common { edition, media, clock, workers, most_calls, connections };
    house.seat_workers(&mut node, bound, waiting)?;
    Ok(node)
}

/// What all workers share.
struct Common {
    edition: Edition,
    media: MediaHandle,
    clock: Clock,
    workers: u8,
    most_calls: usize,
    connections: sip::Connections,
}

impl Common {
    fn seat_workers(
        self,
        node: &mut Node,
        bound: Bound,
        waiting: Vec<Inbox>,
    ) -> Result<(), String> {
        let mut seed = seed()?;
        let loop_mark: Arc<str> = Mint::new(seed, NodeId(0), WorkerId(0)).tag().to_string().into();
        let gates = Arc::new(Gates::default());
        // Worker 0 accepts; a connection's frames find their owner from there.
        let mut tcp = Some(bound.tcp);
        for (index, (udp, inbox)) in bound.udp.into_iter().zip(waiting).enumerate() {
            let id = WorkerId(index as u8);
            seed = self::seed()?;
            let families = media_families(&self.edition.plan);
            let worker = Worker::new(Config {
                id,
                workers: self.workers,
                mint: Mint::new(seed, NodeId(0), id),
                listeners: node.listeners.clone(),
                gates: gates.clone(),
                edition: self.edition.clone(),
                ports: PortSupply::new(self.media.threads(), &families),
                loop_mark: loop_mark.clone(),
                most_calls: self.most_calls.div_ceil(usize::from(self.workers)),
            });
            let seat = Seat {
                id,
                worker,
                inbox,
                inboxes: node.inboxes.clone(),
                listeners: node.listeners.clone(),
                udp,
                tcp: tcp.take().unwrap_or_default(),
                connections: self.connections.clone(),
                clock: self.clock,
            };
            let mut room = Room {
                id,
                media: self.media.clone(),
                waiting: VecDeque::new(),
                hold_until: None,
                clock: self.clock,
                desk: node.desk.clone(),
                ledger: node.ledger.clone(),
                shown: node.shown.get(index).cloned().unwrap_or_default(),
                recording: (true, Mono::default()),
                closing: node.closing.clone(),
            };
            let thread = std::thread::Builder::new().name(format!("worker-{index}"));
            let thread = thread.spawn(move || {
                if let Err(error) = sip::run(seat, &mut room) {
                    tracing::error!(worker = index, %error, "a worker could not begin");
                }
            });
            node.threads.push(thread.map_err(|e| format!("cannot start a worker: {e}"))?);
        }
        // A first input lets each worker ask for its media ports before the first call.
        node.inboxes.post_all(|| Input::Timeout);
        Ok(())
    }
}

impl Node {
    /// The addresses that SIP is heard on, with the ports that the system chose.
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners.list
    }

    /// The web server's address.
    #[must_use]
    pub fn http(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(Http::address)
    }

    /// The addresses by which networks reach us that no listener of its own says, with the networks;
    /// none for all others.
    pub fn advertised(&self) -> impl Iterator<Item = (Option<(IpAddr, u8)>, IpAddr)> + '_ {
        let networks = self.listeners.advertise.iter();
        let others = self.listeners.advertise_default.iter();
        networks
            .map(|&(network, bits, ours)| (Some((network, bits)), ours))
            .chain(others.map(|&ours| (None, ours)))
    }

    /// Calls alive.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shown.iter().map(|s| s.calls.load(Ordering::Relaxed)).sum()
    }

    /// The record's folds and the store.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The node's clocks, read now: the time in which the router's views are told.
    #[must_use]
    pub fn now(&self) -> crate::base::Now {
        self.clock.now()
    }

    /// The router's desk, for views.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// RTP and RTCP packets read and sent since the start.
    #[must_use]
    pub fn packets(&self) -> (u64, u64) {
        let read = |o: &std::sync::atomic::AtomicU64| o.load(Ordering::Relaxed);
        let handle = self.media.as_ref().map(MediaThreads::handle);
        let threads = handle.iter().flat_map(MediaHandle::figures);
        threads.fold((0, 0), |(got, sent), f| (got + read(&f.received), sent + read(&f.sent)))
    }

    /// Reads the plan anew and takes it, if it may be taken; what became of it is logged.
    pub fn reload(&self) {
        // It fails only when the node ends.
        let _ = self.wake.send(Wake::Reload);
    }

    /// From now on new calls get 503.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.inboxes.post_all(|| Input::Drain);
    }

    /// Ends what is left: BYE, CANCEL and refusals go out.
    pub fn end_all(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.inboxes.post_all(|| Input::EndAll);
    }

    /// Waits until no call is alive, at most so long; true if none is.
    #[must_use]
    pub fn wait_empty(&self, at_most: Duration) -> bool {
        let begun = Instant::now();
        while self.calls() > 0 {
            if begun.elapsed() >= at_most {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Ends the threads and writes every record.
    pub fn stop(mut self) {
        self.http.take();
        let _ = self.wake.send(Wake::End);
        if self.watch.take().is_some_and(|watch| watch.join().is_err()) {
            tracing::error!("the thread that watches plans had died");
        }
        self.closing.store(true, Ordering::Relaxed);
        self.inboxes.post_all(|| Input::Timeout);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a worker had died");
            }
        }
        self.media.take();
        if !self.ledger.store().flush(Duration::from_secs(10)) {
            tracing::error!("not every record could be written");
        }
    }
}

fn listeners_of(plan: &Plan) -> Listeners {
    let listener = |l: &crate::plan::Listen| Listener {
        transport: match l.transport {
            ListenTransport::Udp => Transport::Udp,
            ListenTransport::Tcp => Transport::Tcp,
        },
        local: l.address,
    };
    let advertised = addresses::advertised(plan);
    Listeners {
        list: plan.sip.listen.iter().map(listener).collect(),
        advertise: advertised.networks,
        advertise_default: advertised.others,
    }
}

fn ports_of(plan: &Plan) -> u32 {
    let (first, last) = plan.media.ports;
    if (first, last) == ANY_PORTS {
        return ANY_PORTS_ROOM;
    }
    u32::from(last).saturating_sub(u32::from(first)) + 1
}

/// The addresses that media is bound to: the plan's, and the like of the other family where SIP is
/// heard on both (TRN-06).
fn media_addresses(plan: &Plan) -> Vec<IpAddr> {
    let own = plan.media.address;
    let mut addresses = vec![own];
    let other = plan.sip.listen.iter().find(|l| l.address.is_ipv4() != own.is_ipv4());
    if let Some(listen) = other {
        let any: IpAddr = match listen.address.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        addresses.push(if own.is_unspecified() { any } else { listen.address.ip() });
    }
    addresses
}

fn media_families(plan: &Plan) -> Vec<crate::media::Family> {
    let family = |ip: &IpAddr| {
        if ip.is_ipv4() { crate::media::Family::V4 } else { crate::media::Family::V6 }
    };
    media_addresses(plan).iter().map(family).collect()
}

fn start_media(
    plan: &Plan,
    threads: u8,
    inboxes: &Inboxes,
    clock: Clock,
) -> Result<MediaThreads, String> {
    let (first, last) = plan.media.ports;
    let range =
        if (first, last) == ANY_PORTS { PortRange::Any } else { PortRange::Between(first, last) };
    let mut config = MediaConfig::new(range, media_addresses(plan), clock.epoch(), seed()?);
    config.threads = threads.max(1);
    let inboxes = inboxes.clone();
    let events = move |event: crate::media::Event| {
        inboxes.post(event.stream().call.worker(), Input::Media(event));
    };
    MediaThreads::start(&config, Arc::new(events))
        .map_err(|e| format!("cannot bind media ports on {}: {e}", plan.media.address))
}

/// All prompts of a plan.
///
/// # Errors
/// What is wrong with them, one line each, in words for the admin.
pub fn load_prompts(plan: &Plan, origin: &Origin) -> Result<PromptBook, Vec<String>> {
    let prompts = plan.script.prompts.values();
    reload::all_or_wrong(prompts.map(|prompt| load_prompt(prompt, origin)))
}

fn load_prompt(prompt: &PromptFile, origin: &Origin) -> Result<Prompt, String> {
    let bytes = origin.prompt(&prompt.path)?;
    wav::parse(&bytes, prompt.id).map_err(|e| format!("prompt {}: {e}", prompt.path))
}

/// 32 bytes of the system's randomness.
fn seed() -> Result<[u8; 32], String> {
    use std::io::Read;
    let mut seed = [0; 32];
    let mut source = std::fs::File::open("/dev/urandom").map_err(|e| e.to_string())?;
    source.read_exact(&mut seed).map_err(|e| format!("no randomness from the system: {e}"))?;
    Ok(seed)
}

/// A token for writes over HTTP.
///
/// # Errors
/// The system gives no randomness.
pub fn new_token() -> Result<String, String> {
    let bytes = seed()?;
    Ok(bytes.iter().take(16).map(|b| format!("{b:02x}")).collect())
}

/// Keeps the token in a file that only its owner can read.
///
/// # Errors
/// The file cannot be written.
pub fn keep_token(path: &std::path::Path, token: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    // Made anew, so that an older file's wider mode is not kept.
    let _ = std::fs::remove_file(path);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(token.as_bytes())
}

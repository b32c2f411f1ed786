//! `centralino demo`: the real node with simulated callers and agents that speak SIP and RTP to it
//! over loopback.
//!
//! [`start`] binds the phones, puts their addresses into the demo plan, starts the node and raises
//! the curtain. Whoever looks on takes a [`Picture`] now and then. [`Demo::finish`] lets the running
//! calls end, stops the node and reckons what the phones saw against what was recorded.
//!
//! | file | what |
//! | --- | --- |
//! | `plan` | the demo plan with the phones' addresses |
//! | `cast`, `dice` | what callers want and how agents take it, from a seed |
//! | `crowd`, `staff` | the callers' and the agents' plays |
//! | `booth` | the phones' sockets |
//! | `seen` | what a phone saw of a call |
//! | `picture`, `screen`, `canvas`, `terminal`, `cpu`, `view` | the live view |
//! | `verify`, `summary` | the end |

mod booth;
mod canvas;
mod cast;
mod cpu;
mod crowd;
mod dice;
mod picture;
mod plan;
mod screen;
mod seen;
mod staff;
mod stage;
mod summary;
mod terminal;
mod verify;
mod view;

pub use picture::Picture;
pub use summary::Summary;
pub use verify::Check;
pub use view::View;

use crate::dialplan::Finding;
use crate::io::clock::Clock;
use crate::io::run::{self, Node, Origin};
use crate::io::store::{Filter, Reader};
use crate::router::{Agent, Roster};
use crate::transport::Transport;
use booth::{Booth, Play, Troubles};
use crowd::Crowd;
use dice::Dice;
use plan::Places;
use staff::Staff;
use stage::{Act, Stage, read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use verify::Evidence;

/// The highest rate of calls, a second.
pub const MOST_RATE: f64 = 50.0;
/// The most agents: each has a phone with sockets of its own.
pub const MOST_AGENTS: usize = 400;
/// Agents for one call a second: most calls want one, for some ten seconds with ringing and wrap-up,
/// and some agents are let alone after they refused one.
const AGENTS_PER_RATE: f64 = 12.0;
/// Agents at least: those of the plan.
const LEAST_AGENTS: usize = 8;
/// Lines of an agent's phone. One talks; the others wait for the timers of calls that ended.
const AGENT_LINES: usize = 8;
/// Lines of the callers for one call a second: a call lasts some 25 s and its timers 33 s more.
const CALLER_LINES_PER_RATE: f64 = 65.0;
/// Lines of the dialled phones for one call a second.
const DIALLED_LINES_PER_RATE: f64 = 6.0;
/// Lines at least.
const LEAST_LINES: usize = 32;
/// How long running calls may go on at the end.
const FINISH: Duration = Duration::from_secs(15);
/// How long the last BYEs are given to be answered.
const FAREWELL: Duration = Duration::from_secs(3);
/// The demo's streams of chance.
const CALLERS: u64 = 1;
const AGENTS: u64 = 2;

/// How the demo is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Calls a second, above 0 and up to [`MOST_RATE`].
    pub rate: f64,
    /// Agents, up to [`MOST_AGENTS`]; none: as many as the rate needs.
    pub agents: Option<usize>,
    /// Where all chance comes from.
    pub seed: u64,
    /// Workers, 1 to 64.
    pub workers: u8,
    /// The web server's address; none: no web server.
    pub http: Option<SocketAddr>,
    /// The database; it must not hold calls of others.
    pub database: PathBuf,
}

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    options: Options,
    node: Node,
    stage: Arc<Stage>,
    roster: Arc<Roster>,
    sip: SocketAddr,
    crowd: JoinHandle<(Crowd, Troubles)>,
    staff: JoinHandle<(Staff, Troubles)>,
    began: Instant,
    began_ms: i64,
}

/// Binds the phones, starts the node and lets callers call.
///
/// # Errors
/// One line for whoever started it.
pub fn start(options: Options) -> Result<Demo, String> {
    let agents = options.agents.unwrap_or_else(|| agents_for(options.rate));
    let agents = agents.clamp(1, MOST_AGENTS);
    let caller_lines = lines(options.rate, CALLER_LINES_PER_RATE);
    let dialled_lines = lines(options.rate, DIALLED_LINES_PER_RATE);
    make_room(agents, caller_lines, dialled_lines)?;
    let failed = |e: std::io::Error| format!("cannot bind the phones: {e}");
    let clock = Clock::new();
    let stage = Arc::new(Stage::default());

    let mut callers = Booth::new(clock).map_err(failed)?;
    let mut dice = Dice::new(options.seed, CALLERS);
    let carrier = callers
        .add("carrier", caller_lines, crate::sim::Behaviour::default(), dice.seed())
        .map_err(failed)?;
    let mut desks = Booth::new(clock).map_err(failed)?;
    let mut staff = Staff::new(Dice::new(options.seed, AGENTS), stage.clone());
    let mut phone = |booth: &mut Booth, name: &str, lines, dialled| {
        let number = staff.add(booth, name, lines, dialled).map_err(failed)?;
        booth.sip(number).ok_or_else(|| format!("{name} has no phone"))
    };
    let places = Places {
        carrier: callers.sip(carrier).ok_or("the carrier has no phone")?,
        reception: phone(&mut desks, "reception", dialled_lines, true)?,
        desks: phone(&mut desks, "desks", dialled_lines, true)?,
    };
    let told = |findings: Vec<Finding>| {
        findings.iter().map(Finding::render).collect::<Vec<_>>().join("\n")
    };
    let mut plan = plan::load(places).map_err(told)?.plan;
    let mut crew = Vec::new();
    for number in 0..agents {
        let agent = plan::agent(&plan.roster, number).ok_or("the demo plan has no agents")?;
        let at = phone(&mut desks, &agent.name, AGENT_LINES, false)?;
        let contact = format!("sip:{}@{at}", agent.name).into();
        crew.push(Agent { contacts: vec![contact], ..agent });
    }
    plan::staff(&mut plan, crew);
    let roster = plan.roster.clone();

    let node = run::start(run::Options {
        plan,
        // Made of the demo plan, with other agents at other addresses: no file says so.
        sources: Vec::new(),
        origin: Origin::Demo,
        listen: Vec::new(),
        gate: None,
        workers: options.workers,
        media_threads: 1,
        database: options.database.clone(),
        http: options.http,
        token: run::new_token()?,
        most_calls: 5_000,
    })?;
    let udp = node.listeners().iter().find(|l| l.transport == Transport::Udp);
    let sip = udp.map(|l| l.local).ok_or("the demo plan has no UDP listener")?;
    let now = clock.now();
    let crowd = Crowd::new(carrier, sip, options.rate, dice, stage.clone(), now.mono);
    let crowd = thread("callers", callers, crowd);
    let staff = thread("agents", desks, staff);
    let (crowd, staff) = match (crowd, staff) {
        (Ok(crowd), Ok(staff)) => (crowd, staff),
        (Err(error), _) | (_, Err(error)) => {
            stage.set(Act::Over);
            node.stop();
            return Err(format!("cannot start the phones: {error}"));
        }
    };
    let (began, began_ms) = (Instant::now(), now.wall_ms);
    Ok(Demo { options, node, stage, roster, sip, crowd, staff, began, began_ms })
}

fn thread<P: Play>(
    name: &str,
    mut booth: Booth,
    mut play: P,
) -> std::io::Result<JoinHandle<(P, Troubles)>> {
    let builder = std::thread::Builder::new().name(format!("phones-{name}"));
    builder.spawn(move || {
        booth.run(&mut play);
        (play, booth.troubles())
    })
}

fn agents_for(rate: f64) -> usize {
    LEAST_AGENTS.max((rate * AGENTS_PER_RATE).ceil() as usize)
}

fn lines(rate: f64, per_rate: f64) -> usize {
    LEAST_LINES + (rate * per_rate).ceil() as usize
}

/// Room for the descriptors of phones and media ports.
fn make_room(agents: usize, caller_lines: usize, dialled_lines: usize) -> Result<(), String> {
    let phones = agents * Booth::descriptors(AGENT_LINES)
        + Booth::descriptors(caller_lines)
        + 2 * Booth::descriptors(dialled_lines);
    let legs = caller_lines + agents + 2 * dialled_lines;
    run::make_room(u32::try_from(phones + 2 * legs).unwrap_or(u32::MAX)).map(|_| ())
}

impl Demo {
    /// The node.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// How long it has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// No new calls from now on.
    pub fn stop_placing(&self) {
        self.stage.set(Act::Finishing);
    }

    /// The callers hang up what is left.
    pub fn hang_up(&self) {
        self.stage.set(Act::HangingUp);
    }

    /// Whether no call is alive any more, neither for the phones nor for the router.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        read(&self.stage.going) == 0
            && read(&self.stage.agents_going) == 0
            && self.node.calls() == 0
    }

    /// How long calls may go on after [`Demo::stop_placing`], and after [`Demo::hang_up`].
    #[must_use]
    pub fn patience(&self) -> (Duration, Duration) {
        (FINISH, FAREWELL)
    }

    /// Stops everything and reckons.
    ///
    /// # Errors
    /// The records cannot be read, or a thread died.
    pub fn finish(self) -> Result<Summary, String> {
        let ran = self.began.elapsed();
        let left = self.node.calls();
        if left > 0 {
            self.node.end_all();
            let _ = self.node.wait_empty(FAREWELL);
        }
        self.stage.set(Act::Over);
        let died = |_| "the phones' thread died".to_owned();
        let (crowd, of_callers) = self.crowd.join().map_err(died)?;
        let (staff, of_agents) = self.staff.join().map_err(died)?;
        let packets = self.node.packets();
        self.node.stop();
        let reader = Reader::open(&self.options.database).map_err(|e| e.to_string())?;
        let mut cdrs = Vec::new();
        let ours = Filter { since_ms: Some(self.began_ms), ..Filter::default() };
        let each = reader.each(&ours, |cdr| {
            cdrs.push(cdr);
            Ok(())
        });
        each.map_err(|e| e.to_string())?;
        let evidence = Evidence {
            callers: crowd.into_seen(),
            agents: staff.into_seen(),
            cdrs,
            may_take: plan::may_take(&self.roster),
        };
        let checks = verify::verify(&evidence);
        let figures = summary::Figures {
            seed: self.options.seed,
            ran,
            packets,
            not_placed: read(&self.stage.not_placed),
            unsent: of_callers.unsent + of_agents.unsent,
            latest: of_callers.latest.max(of_agents.latest),
            left_alive: left,
        };
        Ok(summary::summary(&evidence, figures, checks))
    }
}

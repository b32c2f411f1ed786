//! Callers and agents for `scripts/load.sh calls`: simulated phones on real sockets of loopback.
//!
//! Each call: INVITE, a prompt, one digit by RFC 4733, a wait for an agent, two-way RTP for some
//! seconds, BYE from a random side. The phones are those of `sim`, which share no machine with the
//! router, so what they count is an independent account: packets sent and taken, holes in the
//! sequence, broken rules. One thread takes a turn a millisecond, as the router's media thread does.
//!
//! `calls ROUTER FIRST_AGENT_PORT AGENTS RATE SECONDS TALK_SECONDS SEED` prints `side what number`, a line each. Agents
//! are `agent0`, `agent1`, … at ports from FIRST_AGENT_PORT in steps of two.

#![expect(clippy::print_stdout, reason = "its result goes to stdout")]

use bytes::Bytes;
use centralino::base::Mono;
use centralino::io::clock::Clock;
use centralino::sim::{
    Action, Answer, Behaviour, CallNo, Datagram, Ended, Input, Phone, PhoneConfig, PlaceCall,
    Report,
};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use socket2::SockRef;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// The least time from one turn to the next.
const TURN: Duration = Duration::from_millis(1);
/// How often calls are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Calls that one calling phone has at a time.
const LINES: usize = 100;
/// Calls that one agent's phone has at a time, and remembers for `MEMORY`.
const AGENT_LINES: usize = 40;
/// A phone's line is free again so long after its call: 64·T1, and a little.
const MEMORY: Duration = Duration::from_secs(34);
/// The digit is pressed so long after the answer, into the prompt.
const PRESS: Duration = Duration::from_millis(700);
/// Agents let it ring so long.
const RING: Duration = Duration::from_millis(100);
/// An agent's tone that was heard for so long is an agent.
const HEARD: Duration = Duration::from_millis(150);
/// What agents and callers send, in Hz; no prompt has it.
const AGENT_HZ: u16 = 1_000;
const CALLER_HZ: u16 = 600;
/// After the last call was placed, all must be over within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Receive buffer asked for.
const BUFFER: usize = 4 << 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [router, first, agents, rate, seconds, talk, seed] = arguments.as_slice() else {
        return Err("usage: calls ROUTER FIRST_PORT AGENTS RATE SECONDS TALK_SECONDS SEED".into());
    };
    let (rate, seconds): (u32, u32) = (rate.parse()?, seconds.parse()?);
    let talk = Duration::from_secs_f64(talk.parse()?);
    let mut load = Load::new(router.parse()?, talk, seed.parse()?)?;
    load.add_phones(first.parse()?, agents.parse()?, rate)?;
    load.run(rate, rate * seconds)?;
    println!("{}", load.account());
    Ok(())
}

struct Line {
    phone: usize,
    local: SocketAddr,
    socket: UdpSocket,
    /// Bound so that nobody else gets it; RTCP is not read.
    _rtcp: Option<UdpSocket>,
}

/// A call as its caller sees it.
struct Going {
    phone: usize,
    call: CallNo,
    hang_up_at: Option<Mono>,
}

/// What is added up of all calls of one side.
#[derive(Default)]
struct Sum {
    calls: u64,
    sent: u64,
    received: u64,
    lost: u64,
    misplaced: u64,
    /// Calls whose packets are fewer than the time from the first to the last had room for.
    thin: u64,
    bye_sent: u64,
    longest_gap: Duration,
    /// How calls ended other than by a BYE after an answer, and rules that were broken.
    wrong: BTreeMap<String, u64>,
}

struct Load {
    router: SocketAddr,
    talk: Duration,
    rng: ChaCha8Rng,
    seed: u64,
    clock: Clock,
    epoll: Epoll,
    phones: Vec<Phone>,
    agents: usize,
    lines: Vec<Line>,
    /// For look-up only.
    by_local: HashMap<SocketAddr, usize>,
    out: Vec<Datagram>,
    going: Vec<Going>,
    last_call: Vec<Option<CallNo>>,
    callers: Sum,
    unsent: u64,
    latest: Duration,
}

impl Load {
    fn new(router: SocketAddr, talk: Duration, seed: u64) -> Result<Load> {
        Ok(Load {
            router,
            talk,
            rng: ChaCha8Rng::seed_from_u64(seed),
            seed,
            clock: Clock::new(),
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            phones: Vec::new(),
            agents: 0,
            lines: Vec::new(),
            by_local: HashMap::new(),
            out: Vec::new(),
            going: Vec::new(),
            last_call: Vec::new(),
            callers: Sum::default(),
            unsent: 0,
            latest: Duration::ZERO,
        })
    }

    fn add_phones(&mut self, first: u16, agents: u16, rate: u32) -> Result<()> {
        let agent = Behaviour::answering(Answer::After(RING)).with_tone(AGENT_HZ);
        for number in 0..agents {
            let name = format!("agent{number}");
            self.add_phone(&name, first + 2 * number, AGENT_LINES, agent.clone())?;
        }
        self.agents = usize::from(agents);
        // Calls at a time: prompt, ring and talk, with room for a machine that is slow, and the
        // lines that are not free yet.
        let at_a_time =
            f64::from(rate) * (self.talk + MEMORY).as_secs_f64() + f64::from(rate) * 6.0;
        for number in 0..(at_a_time / LINES as f64).ceil() as usize {
            self.add_phone(&format!("caller{number}"), 0, LINES, Behaviour::default())?;
        }
        self.last_call = vec![None; self.agents];
        for agent in 0..self.agents {
            self.decide_next(agent);
        }
        Ok(())
    }

    fn add_phone(&mut self, name: &str, port: u16, lines: usize, b: Behaviour) -> Result<()> {
        let phone = self.phones.len();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
        let sip = self.watch(phone, socket, None)?;
        let mut rtp = Vec::new();
        for _ in 0..lines {
            let (even, odd) = bind_pair()?;
            rtp.push(self.watch(phone, even, Some(odd))?);
        }
        let seed = self.rng.next_u64();
        let config = PhoneConfig { name: name.into(), sip, rtp, behaviour: b, seed };
        self.phones.push(Phone::new(config));
        Ok(())
    }

    fn watch(
        &mut self,
        phone: usize,
        socket: UdpSocket,
        rtcp: Option<UdpSocket>,
    ) -> Result<SocketAddr> {
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let token = self.lines.len();
        self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, token as u64))?;
        self.by_local.insert(local, token);
        self.lines.push(Line { phone, local, socket, _rtcp: rtcp });
        Ok(local)
    }

    /// Half of the agents' next calls end with their BYE.
    fn decide_next(&mut self, agent: usize) {
        let hangs_up = self.rng.next_u32() & 1 == 0;
        let behaviour = Behaviour::answering(Answer::After(RING)).with_tone(AGENT_HZ);
        let talk = hangs_up.then_some(self.talk);
        if let Some(phone) = self.phones.get_mut(agent) {
            phone.set_behaviour(Behaviour { talk, ..behaviour });
        }
    }

    fn run(&mut self, rate: u32, calls: u32) -> Result<()> {
        let mut ready = vec![EpollEvent::empty(); 1024];
        let mut buffer = vec![0; 65_535];
        let gap = Duration::from_secs(1) / rate;
        let (mut placed, mut next_call, mut next_look) = (0, self.clock.mono(), self.clock.mono());
        let mut last_placed = next_call;
        loop {
            let now = self.clock.mono();
            while placed < calls && next_call <= now {
                self.place(placed);
                (placed, next_call, last_placed) = (placed + 1, next_call + gap, now);
            }
            if next_look <= now {
                next_look = now + LOOK;
                self.look(now);
                let over = placed == calls && self.going.is_empty();
                if over || now.since(last_placed) > PATIENCE {
                    return Ok(());
                }
            }
            self.wake();
            std::thread::sleep(TURN.saturating_sub(self.clock.mono().since(now)));
            let next = next_call.min(next_look).max(self.clock.mono());
            let deadline = self.phones.iter().filter_map(Phone::next_deadline).min();
            let until = self.clock.until(deadline.map_or(next, |at| at.min(next)));
            let timeout = EpollTimeout::from(until.as_micros().div_ceil(1000).min(50) as u16);
            let count = self.epoll.wait(&mut ready, timeout).unwrap_or(0);
            for event in ready.iter().take(count) {
                self.read(event.data(), &mut buffer);
            }
        }
    }

    fn place(&mut self, number: u32) {
        let callers = self.phones.len() - self.agents;
        let phone = self.agents + number as usize % callers;
        let behaviour =
            Behaviour::default().with_tone(CALLER_HZ).then(PRESS, Action::Digits("1".into()));
        let mut call = PlaceCall::new("1000", self.router, behaviour);
        call.from = Some(format!("+39333{number:06}"));
        let before = self.phones.get(phone).and_then(Phone::last_call);
        self.tell(phone, Input::Place(Box::new(call)));
        match self.phones.get(phone).and_then(Phone::last_call) {
            Some(call) if Some(call) != before => {
                self.going.push(Going { phone, call, hang_up_at: None });
            }
            Some(_) | None => *self.callers.wrong.entry("not placed".into()).or_default() += 1,
        }
    }

    fn look(&mut self, now: Mono) {
        for agent in 0..self.agents {
            let last = self.phones.get(agent).and_then(Phone::last_call);
            if self.last_call.get(agent) != Some(&last) {
                if let Some(known) = self.last_call.get_mut(agent) {
                    *known = last;
                }
                self.decide_next(agent);
            }
        }
        let mut to_hang_up = Vec::new();
        let (phones, callers, talk) = (&self.phones, &mut self.callers, self.talk);
        self.going.retain_mut(|going| {
            let Some(report) = phones.get(going.phone).and_then(|p| p.report(going.call)) else {
                return true;
            };
            if report.ended_at.is_some() {
                callers.add(report);
                return false;
            }
            if going.hang_up_at.is_none() && report.heard_for(AGENT_HZ) >= HEARD {
                going.hang_up_at = Some(now + talk);
            }
            if going.hang_up_at.is_some_and(|at| at <= now) {
                going.hang_up_at = Some(now + PATIENCE);
                to_hang_up.push((going.phone, going.call));
            }
            true
        });
        for (phone, call) in to_hang_up {
            self.tell(phone, Input::Do { call, action: Action::HangUp });
        }
    }

    fn tell(&mut self, phone: usize, input: Input) {
        let now = self.clock.now();
        if let Some(phone) = self.phones.get_mut(phone) {
            phone.handle(input, now, &mut self.out);
        }
        self.send();
    }

    fn wake(&mut self) {
        let now = self.clock.now();
        for phone in &mut self.phones {
            if let Some(at) = phone.next_deadline().filter(|at| *at <= now.mono) {
                self.latest = self.latest.max(now.mono.since(at));
                phone.handle(Input::Timeout, now, &mut self.out);
            }
        }
        self.send();
    }

    fn send(&mut self) {
        for datagram in self.out.drain(..) {
            let line = self.by_local.get(&datagram.local).and_then(|at| self.lines.get(*at));
            let Some(line) = line else { continue };
            if line.socket.send_to(&datagram.bytes, datagram.remote).is_err() {
                self.unsent += 1;
            }
        }
    }

    fn read(&mut self, token: u64, buffer: &mut [u8]) {
        let line = usize::try_from(token).ok().and_then(|at| self.lines.get(at));
        let Some(Line { phone, local, socket, .. }) = line else { return };
        let Ok((len, remote)) = socket.recv_from(buffer) else { return };
        let bytes = Bytes::copy_from_slice(buffer.get(..len).unwrap_or_default());
        let (phone, local) = (*phone, *local);
        self.tell(phone, Input::Datagram { local, remote, bytes });
    }

    /// The whole account.
    fn account(&mut self) -> String {
        for going in std::mem::take(&mut self.going) {
            let report = self.phones.get(going.phone).and_then(|p| p.report(going.call));
            report.into_iter().for_each(|report| self.callers.add(report));
        }
        let mut agents = Sum::default();
        for phone in self.phones.iter().take(self.agents) {
            for (_, report) in phone.reports() {
                agents.add(report);
            }
        }
        let mut text = self.callers.lines("callers") + &agents.lines("agents");
        let (seed, dropped, late) = (self.seed, self.dropped_here(), self.latest.as_millis());
        text += &format!("phones seed {seed}\nphones unsent {}\n", self.unsent);
        text + &format!("phones dropped {dropped}\nphones latest_ms {late}")
    }

    /// Datagrams for the phones that found their socket's buffer full: the generator was too slow.
    fn dropped_here(&self) -> u64 {
        let table = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
        let mut dropped = 0;
        for row in table.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let port = columns.get(1).and_then(|local| local.split(':').nth(1));
            let port = port.and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or(0);
            let local = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if self.by_local.contains_key(&local) {
                dropped += columns.last().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            }
        }
        dropped
    }
}

impl Sum {
    fn add(&mut self, report: &Report) {
        let rtp = &report.rtp;
        self.calls += 1;
        self.sent += rtp.sent;
        self.received += rtp.received;
        self.lost += rtp.lost;
        self.misplaced += rtp.misplaced;
        self.longest_gap = self.longest_gap.max(rtp.longest_gap);
        if let (Some(first), Some(last)) = (rtp.first, rtp.last) {
            let room = last.since(first).as_millis() as u64 / 20;
            self.thin += u64::from(rtp.received + 2 < room);
        }
        match report.ended {
            Some(Ended::ByUs) => self.bye_sent += 1,
            Some(Ended::ByPeer) => {}
            other => *self.wrong.entry(format!("{other:?}")).or_default() += 1,
        }
        for noticed in &report.noticed {
            *self.wrong.entry(noticed.to_string()).or_default() += 1;
        }
    }

    /// `side what number`, a line each; for what went wrong its text follows.
    fn lines(&self, side: &str) -> String {
        let figures = [
            ("calls", self.calls),
            ("sent", self.sent),
            ("received", self.received),
            ("lost", self.lost),
            ("misplaced", self.misplaced),
            ("thin", self.thin),
            ("byes", self.bye_sent),
            ("longest_gap_ms", self.longest_gap.as_millis() as u64),
        ];
        let figures = figures.iter().map(|(what, number)| format!("{side} {what} {number}\n"));
        let wrong = self.wrong.iter().map(|(what, n)| format!("{side} wrong {n} {what}\n"));
        figures.chain(wrong).collect()
    }
}

/// An even port and the odd one above it.
fn bind_pair() -> Result<(UdpSocket, UdpSocket)> {
    for _ in 0..64 {
        let one = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = one.local_addr()?.port();
        if let Ok(other) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port ^ 1)) {
            return Ok(if port % 2 == 0 { (one, other) } else { (other, one) });
        }
    }
    Err("no even port with a free neighbour".into())
}

//! Caller and callee of all signalling parts, in one thread with one clock.
//!
//! It places calls at a steady rate whatever becomes of them, answers them at its other socket, and
//! ends each as soon as the callee has seen the ACK. It knows at every moment what was asked of the
//! server and what came of it, so it counts failures, retransmissions on any side, the time from
//! INVITE to INVITE, and how late it was itself. Retransmissions follow RFC 3261 with T1 of 500 ms.
//! It looks at its sockets without pause: so calls begin when they should, and no server pays for
//! waking it, which on a network it would not do either.

use crate::Result;
use crate::host;
use crate::stats::percentile;
use crate::wire::{self, Dialog, Ends, Text};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// RFC 3261 T1.
const T1: Duration = Duration::from_millis(500);
/// A call that is not through after this has failed.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often calls are looked at for retransmissions.
const LOOK: Duration = Duration::from_millis(50);
const BUFFER: usize = 4 << 20;
/// A generator whose calls began later than this is starved.
const LATE_US: f64 = 20_000.0;
/// Of the asked rate, what must have been reached.
const REACHED: f64 = 0.99;

/// What the calls of a run are like.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// The user part that is called.
    pub(crate) called: String,
    /// Held calls stay up when the run is over.
    pub(crate) hold: bool,
    /// Waits for prompt packets on `Generator::rtp`, then presses a digit, before the second leg.
    pub(crate) prompt: u32,
    /// The run is given up when more calls than this have failed or were retransmitted.
    pub(crate) most_bad: Option<u64>,
}

impl Shape {
    pub(crate) fn plain(called: &str) -> Shape {
        Shape { called: called.to_owned(), hold: false, prompt: 0, most_bad: None }
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) placed: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    /// Calls in which anything was sent twice, by us or by the server.
    pub(crate) retransmitted: u64,
    /// INVITE in to INVITE out, microseconds, sorted.
    pub(crate) delays: Vec<u32>,
    /// Prompt packets that came.
    pub(crate) prompt_packets: u64,
    pub(crate) reasons: BTreeMap<String, u64>,
    /// How late calls began, 99 %, microseconds.
    pub(crate) late: f64,
    /// Calls a second that were begun.
    pub(crate) reached: f64,
    /// From the beginning of the last call until all were through.
    pub(crate) tail: Duration,
    asked: f64,
}

impl Outcome {
    /// The generator did not do its work in time, so the run says nothing.
    pub(crate) fn starved(&self) -> Option<String> {
        let slow = self.reached < self.asked * REACHED;
        (slow || self.late > LATE_US).then(|| {
            format!(
                "the generator was late ({:.0} us at 99 %, {:.0} of {:.0} calls/s)",
                self.late, self.reached, self.asked
            )
        })
    }

    /// Not one call failed.
    pub(crate) fn fault(&self, name: &str) -> Option<String> {
        (self.completed != self.placed).then(|| {
            format!(
                "{name}: {} of {} calls completed: {:?}",
                self.completed, self.placed, self.reasons
            )
        })
    }

    /// The share of calls that failed or were retransmitted.
    pub(crate) fn bad_share(&self) -> f64 {
        (self.failed + self.retransmitted) as f64 / self.placed.max(1) as f64
    }
}

/// A call as both of its ends see it.
#[derive(Debug)]
struct Call {
    ends: Ends,
    called: String,
    begun: Instant,
    /// What would be sent again, and when: the caller's request, the callee's 200.
    request: Option<Again>,
    answer: Option<Again>,
    provisional: bool,
    dialog: Option<Dialog>,
    acked: bool,
    leaving: bool,
    callee_left: bool,
    hold: bool,
    again: bool,
    /// Prompt packets still wanted before the digit.
    prompt: u32,
    /// Where the server wants the caller's and the callee's RTP.
    media: (Option<SocketAddr>, Option<SocketAddr>),
}

#[derive(Debug)]
struct Again {
    text: String,
    to: SocketAddr,
    at: Instant,
    gap: Duration,
}

/// A call that is up: where the server takes the RTP of its two ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Up {
    pub(crate) caller: SocketAddr,
    pub(crate) callee: SocketAddr,
}

pub(crate) struct Generator {
    caller: UdpSocket,
    callee: UdpSocket,
    rtp: UdpSocket,
    epoll: Epoll,
    caller_at: SocketAddr,
    callee_at: SocketAddr,
    rtp_at: SocketAddr,
    /// Sleeps while there is nothing to do, in place of looking at its sockets all the time.
    sleeps: bool,
    next: u64,
    calls: BTreeMap<u64, Call>,
    held: BTreeMap<u64, Call>,
    /// Which call a port of the server's belongs to, for look-up only.
    prompts: HashMap<SocketAddr, u64>,
    outcome: Outcome,
    /// Gives the RTP addresses that a call names.
    lines: Box<dyn Fn(u64) -> Option<(SocketAddr, SocketAddr)>>,
    buffer: Vec<u8>,
}

fn socket(at: SocketAddr) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(at).map_err(|e| format!("cannot bind {at}: {e}"))?;
    socket.set_nonblocking(true)?;
    host::widen(&socket, BUFFER);
    Ok(socket)
}

impl Generator {
    pub(crate) fn new(
        caller: SocketAddr,
        callee: SocketAddr,
        rtp: SocketAddr,
        sleeps: bool,
    ) -> Result<Generator> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let generator = Generator {
            caller: socket(caller)?,
            callee: socket(callee)?,
            rtp: socket(rtp)?,
            epoll,
            caller_at: caller,
            callee_at: callee,
            rtp_at: rtp,
            sleeps,
            next: 1,
            calls: BTreeMap::new(),
            held: BTreeMap::new(),
            prompts: HashMap::new(),
            outcome: Outcome::default(),
            lines: Box::new(|_| None),
            buffer: vec![0; 65_535],
        };
        for socket in [&generator.caller, &generator.callee, &generator.rtp] {
            generator.epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        }
        Ok(generator)
    }

    /// Where calls are answered.
    pub(crate) fn callee_at(&self) -> SocketAddr {
        self.callee_at
    }

    /// From now on calls name these RTP addresses, by the order of calls from now on.
    pub(crate) fn use_lines(&mut self, lines: Vec<(SocketAddr, SocketAddr)>) {
        let first = self.next;
        self.lines = Box::new(move |call| {
            lines.get(usize::try_from(call - first).ok()? % lines.len()).copied()
        });
    }

    /// The calls of this server that are up.
    pub(crate) fn up(&self, server: SocketAddr) -> Vec<Up> {
        let here = self.held.values().filter(|call| call.ends.server == server);
        here.filter_map(|call| Some(Up { caller: call.media.0?, callee: call.media.1? })).collect()
    }

    /// Places calls for so long, and sees them through.
    pub(crate) fn run(
        &mut self,
        server: SocketAddr,
        rate: f64,
        calls: u64,
        shape: &Shape,
    ) -> Outcome {
        self.outcome = Outcome { asked: rate, ..Outcome::default() };
        let begun = Instant::now();
        let due = |number: u64| begun + Duration::from_secs_f64(number as f64 / rate);
        let mut late = Vec::with_capacity(usize::try_from(calls).unwrap_or(0));
        let mut next_look = begun + LOOK;
        let mut last = begun;
        while self.outcome.placed < calls || !self.calls.is_empty() {
            let now = Instant::now();
            while self.outcome.placed < calls && due(self.outcome.placed) <= now {
                let waited = now.saturating_duration_since(due(self.outcome.placed));
                late.push(u32::try_from(waited.as_micros()).unwrap_or(u32::MAX));
                last = now;
                self.place(server, shape);
            }
            if next_look <= now {
                next_look = now + LOOK;
                self.look(now);
                if shape.most_bad.is_some_and(|most| self.bad() > most) {
                    self.give_up();
                    break;
                }
            }
            let next =
                if self.outcome.placed < calls { due(self.outcome.placed) } else { next_look };
            if self.sleeps {
                self.sleep(next.min(next_look));
            }
            self.read();
        }
        late.sort_unstable();
        let mut outcome = std::mem::take(&mut self.outcome);
        outcome.late = if late.is_empty() { 0.0 } else { percentile(&late, 0.99) };
        // One gap is in front of the first call.
        let took = last.duration_since(begun).as_secs_f64() + 1.0 / rate;
        outcome.reached = outcome.placed as f64 / took;
        outcome.tail = last.elapsed();
        outcome.delays.sort_unstable();
        outcome
    }

    /// Calls so far that failed or in which something was sent twice.
    fn bad(&self) -> u64 {
        let going = self.calls.values().filter(|call| call.again).count() as u64;
        self.outcome.failed + self.outcome.retransmitted + going
    }

    /// All calls that are not through have failed.
    fn give_up(&mut self) {
        let going: Vec<u64> = self.calls.keys().copied().collect();
        for number in going {
            self.end(number, Err("given up"));
        }
    }

    /// Hangs up all held calls of this server.
    pub(crate) fn release(&mut self, server: SocketAddr, rate: f64) -> Outcome {
        let here = |call: &&Call| call.ends.server == server;
        self.outcome = Outcome::default();
        while self.held.values().any(|call| call.ends.server == server) {
            let number = self.held.iter().find(|(_, call)| here(call)).map(|(number, _)| *number);
            let Some((number, mut call)) = number.and_then(|n| self.held.remove_entry(&n)) else {
                break;
            };
            self.outcome.placed += 1;
            (call.hold, call.begun) = (false, Instant::now());
            self.calls.insert(number, call);
            self.leave(number);
            let until = Instant::now() + Duration::from_secs_f64(1.0 / rate);
            while Instant::now() < until {
                self.sleep(until);
                self.read();
            }
        }
        while !self.calls.is_empty() {
            self.look(Instant::now());
            self.sleep(Instant::now() + LOOK);
            self.read();
        }
        std::mem::take(&mut self.outcome)
    }

    /// Sleeps until something comes, or nearly until then: epoll counts in milliseconds.
    fn sleep(&self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now()).as_millis();
        if left > 0 {
            let mut ready = [EpollEvent::empty(); 4];
            let timeout = EpollTimeout::from(u16::try_from(left).unwrap_or(50));
            self.epoll.wait(&mut ready, timeout).ok();
        }
    }

    fn place(&mut self, server: SocketAddr, shape: &Shape) {
        let number = self.next;
        self.next += 1;
        self.outcome.placed += 1;
        let ends = Ends { server, caller: self.caller_at };
        let rtp = (self.lines)(number).map_or(self.rtp_at, |(caller, _)| caller);
        let text = wire::invite(&ends, number, &shape.called, rtp);
        let now = Instant::now();
        self.caller.send_to(text.as_bytes(), server).ok();
        let call = Call {
            ends,
            called: shape.called.clone(),
            begun: now,
            request: Some(Again { text, to: server, at: now + T1, gap: T1 }),
            answer: None,
            provisional: false,
            dialog: None,
            acked: false,
            leaving: false,
            callee_left: false,
            hold: shape.hold,
            again: false,
            prompt: shape.prompt,
            media: (None, None),
        };
        self.calls.insert(number, call);
    }

    /// Sends again what was not answered, and gives up what takes too long.
    fn look(&mut self, now: Instant) {
        let mut lost = Vec::new();
        for (number, call) in &mut self.calls {
            if now.duration_since(call.begun) > PATIENCE {
                lost.push(*number);
            }
            let pairs = [(&mut call.request, &self.caller), (&mut call.answer, &self.callee)];
            for (again, socket) in pairs {
                if let Some(again) = again.as_mut().filter(|again| again.at <= now) {
                    socket.send_to(again.text.as_bytes(), again.to).ok();
                    again.gap *= 2;
                    again.at = now + again.gap;
                    call.again = true;
                }
            }
        }
        for number in lost {
            self.end(number, Err("not through in time"));
        }
    }

    fn read(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        loop {
            let mut came = false;
            if let Ok((length, from)) = self.callee.recv_from(&mut buffer) {
                came = true;
                let at = Instant::now();
                if let Some(text) = Text::cut(buffer.get(..length).unwrap_or_default()) {
                    self.on_callee(&text, from, at);
                }
            }
            if let Ok((length, _)) = self.caller.recv_from(&mut buffer) {
                came = true;
                if let Some(text) = Text::cut(buffer.get(..length).unwrap_or_default()) {
                    self.on_caller(&text);
                }
            }
            if let Ok((_, from)) = self.rtp.recv_from(&mut buffer) {
                came = true;
                self.on_prompt(from);
            }
            if !came {
                break;
            }
        }
        self.buffer = buffer;
    }

    fn on_callee(&mut self, text: &Text<'_>, from: SocketAddr, at: Instant) {
        let Some(number) = text.call() else { return };
        let method = text.method();
        if text.status().is_some() {
            return;
        }
        let line = (self.lines)(number).map_or(self.rtp_at, |(_, callee)| callee);
        let call = self.calls.get_mut(&number);
        match (method, call) {
            ("INVITE", Some(call)) if call.answer.is_some() => {
                call.again = true;
                if let Some(again) = &call.answer {
                    self.callee.send_to(again.text.as_bytes(), again.to).ok();
                }
            }
            ("INVITE", Some(call)) if !call.acked => {
                if self.outcome.delays.len() < self.outcome.delays.capacity().max(1 << 20) {
                    let delay = at.duration_since(call.begun).as_micros();
                    self.outcome.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
                }
                let ringing = wire::answer(text, "180 Ringing", self.callee_at, None);
                self.callee.send_to(ringing.as_bytes(), from).ok();
                let ok = wire::answer(text, "200 OK", self.callee_at, Some(line));
                self.callee.send_to(ok.as_bytes(), from).ok();
                call.answer = Some(Again { text: ok, to: from, at: at + T1, gap: T1 });
                call.media.1 = text.media();
            }
            ("ACK", Some(call)) => {
                call.answer = None;
                call.acked = true;
                self.leave(number);
            }
            ("BYE", call) => {
                let ok = wire::answer(text, "200 OK", self.callee_at, None);
                self.callee.send_to(ok.as_bytes(), from).ok();
                if let Some(call) = call {
                    call.again |= call.callee_left;
                    call.callee_left = true;
                    self.end_if_over(number);
                }
            }
            _ => {}
        }
    }

    fn on_caller(&mut self, text: &Text<'_>) {
        let (Some(number), Some(status)) = (text.call(), text.status()) else { return };
        let Some(call) = self.calls.get_mut(&number) else { return };
        match (text.method(), status) {
            ("INVITE", 100..=199) => {
                call.provisional = true;
                call.request = None;
            }
            ("INVITE", 200..=299) => {
                // A second 200 means that ours ACK was lost or late.
                call.again |= call.dialog.is_some();
                let dialog = Dialog::of(text);
                let ack = dialog.request("ACK", 1, &call.ends, number);
                self.caller.send_to(ack.as_bytes(), call.ends.server).ok();
                if call.dialog.is_none() {
                    (call.dialog, call.request) = (Some(dialog), None);
                    call.media.0 = text.media();
                    if let Some(at) = call.media.0.filter(|_| call.prompt > 0) {
                        self.prompts.insert(at, number);
                    }
                    self.leave(number);
                }
            }
            ("INVITE", 300..) => {
                let ack = wire::ack_failure(&call.ends, number, &call.called, text);
                self.caller.send_to(ack.as_bytes(), call.ends.server).ok();
                self.end(number, Err(text.first));
            }
            ("BYE", 200..) if call.leaving => {
                call.request = None;
                self.end_if_over(number);
            }
            _ => {}
        }
    }

    /// A prompt packet; after the last one the digit is pressed.
    fn on_prompt(&mut self, from: SocketAddr) {
        self.outcome.prompt_packets += 1;
        let number = self.prompts.get(&from).copied();
        let Some((number, call)) = number.and_then(|n| Some((n, self.calls.get_mut(&n)?))) else {
            return;
        };
        if call.prompt > 0 {
            call.prompt -= 1;
            if call.prompt == 0 {
                self.press(number, from);
            }
        }
    }

    /// One digit of 60 ms by RFC 4733: begin, middle and three ends, as one burst.
    fn press(&self, number: u64, to: SocketAddr) {
        for (sequence, (end, duration)) in
            (1u16..).zip([(0u8, 160u16), (0, 320), (0x80, 480), (0x80, 480), (0x80, 480)])
        {
            let marker = if sequence == 1 { 0x80 } else { 0 };
            let mut packet = vec![0x80, marker | 101];
            packet.extend(sequence.to_be_bytes());
            packet.extend(8000u32.to_be_bytes());
            packet.extend(u32::try_from(number & 0xffff_ffff).unwrap_or(1).to_be_bytes());
            packet.extend([1, end | 10]);
            packet.extend(duration.to_be_bytes());
            self.rtp.send_to(&packet, to).ok();
        }
    }

    /// Both ends know that the call is up: it is held, or ended by the caller.
    fn leave(&mut self, number: u64) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        let Some(dialog) = call.dialog.as_ref().filter(|_| call.acked && !call.leaving) else {
            return;
        };
        if call.hold {
            if let Some(call) = self.calls.remove(&number) {
                self.outcome.completed += 1;
                self.outcome.retransmitted += u64::from(call.again);
                self.held.insert(number, call);
            }
            return;
        }
        call.leaving = true;
        let (text, to) = (dialog.request("BYE", 2, &call.ends, number), call.ends.server);
        self.caller.send_to(text.as_bytes(), to).ok();
        call.request = Some(Again { text, to, at: Instant::now() + T1, gap: T1 });
    }

    fn end_if_over(&mut self, number: u64) {
        let over = |call: &Call| call.leaving && call.callee_left && call.request.is_none();
        if self.calls.get(&number).is_some_and(over) {
            self.end(number, Ok(()));
        }
    }

    fn end(&mut self, number: u64, how: std::result::Result<(), &str>) {
        let Some(call) = self.calls.remove(&number) else { return };
        if let Some(at) = call.media.0 {
            self.prompts.remove(&at);
        }
        self.outcome.retransmitted += u64::from(call.again && how.is_ok());
        match how {
            Ok(()) => self.outcome.completed += 1,
            Err(why) => {
                self.outcome.failed += 1;
                *self.outcome.reasons.entry(why.to_owned()).or_default() += 1;
            }
        }
    }
}

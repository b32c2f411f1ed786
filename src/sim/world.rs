//! The world: phones, a network, a clock and at most one system under test, stepped to the
//! earliest deadline.
//!
//! At one instant arrivals come first, in the order in which they were sent; then deadlines, the
//! system's before the phones', the phones in the order in which they were added.

use super::clock::Clock;
use super::ladder::Ladder;
use super::net::{Fate, Net, is_sip};
use super::phone::{Action, Behaviour, CallNo, Input, Phone, PlaceCall, Report};
use super::tap::Tap;
use crate::base::{Mono, Now};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// One datagram as its sender sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The sender's address.
    pub local: SocketAddr,
    /// The receiver's address.
    pub remote: SocketAddr,
    /// What is in it.
    pub bytes: Bytes,
}

/// Something that lives on datagrams and time: the system under test.
pub trait Node {
    /// A datagram came to `local` from `remote`. What is to be sent is appended to `out`.
    fn datagram(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
        now: Now,
        out: &mut Vec<Datagram>,
    );

    /// The deadline has come.
    fn timeout(&mut self, now: Now, out: &mut Vec<Datagram>);

    /// When [`Node::timeout`] is wanted next.
    fn next_deadline(&self) -> Option<Mono>;
}

/// No system at all: phones call each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Node for Nobody {
    fn datagram(
        &mut self,
        _local: SocketAddr,
        _remote: SocketAddr,
        _bytes: &[u8],
        _now: Now,
        _out: &mut Vec<Datagram>,
    ) {
    }

    fn timeout(&mut self, _now: Now, _out: &mut Vec<Datagram>) {}

    fn next_deadline(&self) -> Option<Mono> {
        None
    }
}

/// Who lives at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    System,
    Phone(usize),
}

/// Phones and a system on one network and one clock.
#[derive(Debug)]
pub struct World<S: Node = Nobody> {
    /// The network: set its weather and rules here.
    pub net: Net,
    /// Every SIP message that was sent.
    pub ladder: Ladder,
    /// Where media was sent.
    pub tap: Tap,
    clock: Clock,
    system: S,
    phones: Vec<Phone>,
    owners: BTreeMap<IpAddr, Member>,
    /// Who lives at one socket address, where several share a host.
    doors: BTreeMap<SocketAddr, Member>,
    /// When the system wants to be woken: with media at every tick.
    system_due: Option<Mono>,
    /// When phones want to be woken.
    agenda: BTreeSet<(Mono, usize)>,
    /// The same by phone.
    planned: Vec<Option<Mono>>,
    out: Vec<Datagram>,
}

impl World<Nobody> {
    /// A world of phones only.
    #[must_use]
    pub fn of_phones(seed: u64) -> World<Nobody> {
        World::new(seed, "nobody", &[], Nobody)
    }
}

impl<S: Node> World<S> {
    /// A world with a system under test that owns these addresses and is called so in ladders.
    #[must_use]
    pub fn new(seed: u64, name: &str, addresses: &[IpAddr], system: S) -> World<S> {
        let mut ladder = Ladder::default();
        let mut owners = BTreeMap::new();
        for ip in addresses {
            ladder.name(*ip, name);
            owners.insert(*ip, Member::System);
        }
        let mut world = World {
            net: Net::new(seed),
            ladder,
            tap: Tap::default(),
            clock: Clock::default(),
            system,
            phones: Vec::new(),
            owners,
            doors: BTreeMap::new(),
            system_due: None,
            agenda: BTreeSet::new(),
            planned: Vec::new(),
            out: Vec::new(),
        };
        world.plan(Member::System);
        world
    }

    /// Sets the wall clock of a world in which nothing has happened yet.
    pub fn begin_at(&mut self, wall_ms: i64) {
        if self.clock.now().mono == Mono(0) {
            self.clock = Clock::starting(wall_ms);
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// The system under test.
    #[must_use]
    pub fn system(&self) -> &S {
        &self.system
    }

    /// Does something to the system (an input that is no datagram); what it sends goes out.
    pub fn with_system<R>(&mut self, act: impl FnOnce(&mut S, Now, &mut Vec<Datagram>) -> R) -> R {
        let now = self.clock.now();
        let mut out = std::mem::take(&mut self.out);
        let result = act(&mut self.system, now, &mut out);
        self.flush(out);
        self.plan(Member::System);
        result
    }

    /// Adds a phone at its SIP address. A phone at an address already taken takes it over.
    pub fn add_phone(&mut self, phone: Phone) {
        let member = Member::Phone(self.phones.len());
        let ip = phone.config().sip.ip();
        self.ladder.name(ip, &phone.config().name);
        self.owners.insert(ip, member);
        self.phones.push(phone);
        self.plan(member);
    }

    /// Adds a phone that shares its host with others: only what goes to its own ports is its own.
    /// In ladders it is called `label`.
    pub fn add_phone_beside(&mut self, phone: Phone, label: &str) {
        let member = Member::Phone(self.phones.len());
        let sip = phone.config().sip;
        self.ladder.name_door(sip, label);
        self.doors.insert(sip, member);
        self.doors.extend(phone.config().rtp.iter().map(|rtp| (*rtp, member)));
        self.phones.push(phone);
        self.plan(member);
    }

    /// A phone by its name.
    #[must_use]
    pub fn phone(&self, name: &str) -> Option<&Phone> {
        self.phones.iter().find(|p| p.config().name == name)
    }

    /// A phone by its name, to be told how to behave.
    pub fn phone_mut(&mut self, name: &str) -> Option<&mut Phone> {
        self.phones.iter_mut().find(|p| p.config().name == name)
    }

    /// How a phone takes calls from now on; false if there is none of this name.
    pub fn behave(&mut self, name: &str, behaviour: Behaviour) -> bool {
        let phone = self.phones.iter_mut().find(|p| p.config().name == name);
        phone.map(|p| p.set_behaviour(behaviour)).is_some()
    }

    /// How a phone takes one call to come, behind those already said.
    pub fn behave_next(&mut self, name: &str, behaviour: Behaviour) -> bool {
        let phone = self.phones.iter_mut().find(|p| p.config().name == name);
        phone.map(|p| p.next_behaviour(behaviour)).is_some()
    }

    /// Lets a phone do something in its last call; false if it has none.
    pub fn act(&mut self, name: &str, action: Action) -> bool {
        let Some(call) = self.phone(name).and_then(Phone::last_call) else { return false };
        self.tell(name, Input::Do { call, action })
    }

    /// Hands an input to a phone; false if there is none of this name.
    pub fn tell(&mut self, name: &str, input: Input) -> bool {
        let Some(i) = self.phones.iter().position(|p| p.config().name == name) else {
            return false;
        };
        self.feed(i, input);
        true
    }

    /// Lets a phone place a call now; none if there is no such phone or it has no line free.
    pub fn place(&mut self, name: &str, call: PlaceCall) -> Option<CallNo> {
        let i = self.phones.iter().position(|p| p.config().name == name)?;
        self.feed(i, Input::Place(Box::new(call)));
        self.phones.get(i).and_then(Phone::last_call)
    }

    /// The report of a phone's last call (placed or taken).
    #[must_use]
    pub fn last_report(&self, name: &str) -> Option<&Report> {
        let phone = self.phone(name)?;
        phone.report(phone.last_call()?)
    }

    /// Runs for so long.
    pub fn run_for(&mut self, d: Duration) {
        self.run_until(self.clock.now().mono + d);
    }

    /// Runs up to and including this instant; the clock then stands on it.
    pub fn run_until(&mut self, until: Mono) {
        while self.next_event().is_some_and(|at| at <= until) {
            self.step();
        }
        self.clock.advance_to(until);
    }

    /// Runs until `done` says so, looking after each step; false if it did not within `limit`.
    pub fn run_until_true(&mut self, limit: Duration, done: impl Fn(&World<S>) -> bool) -> bool {
        let until = self.clock.now().mono + limit;
        while !done(self) {
            if self.next_event().is_none_or(|at| at > until) {
                return false;
            }
            self.step();
        }
        true
    }

    /// Runs until nothing is under way and nobody waits for anything; false if that does not come
    /// within `limit`.
    pub fn run_until_quiet(&mut self, limit: Duration) -> bool {
        self.run_until_true(limit, |w| w.next_event().is_none())
    }

    /// When something happens next.
    #[must_use]
    pub fn next_event(&self) -> Option<Mono> {
        let deadline = self.agenda.first().map(|(at, _)| *at);
        [self.net.next_arrival(), self.system_due, deadline].into_iter().flatten().min()
    }

    /// Does the next thing.
    pub fn step(&mut self) {
        let Some(at) = self.next_event() else { return };
        self.clock.advance_to(at);
        let now = self.clock.now();
        if let Some(datagram) = self.net.arrived(now.mono) {
            self.deliver(datagram);
        } else if self.system_due.is_some_and(|due| due <= at) {
            self.expire(Member::System);
        } else if let Some((_, phone)) = self.agenda.first().copied() {
            self.expire(Member::Phone(phone));
        }
    }

    fn deliver(&mut self, datagram: Datagram) {
        let now = self.clock.now();
        // Seen from the receiver the ends are the other way round.
        let (local, remote, bytes) = (datagram.remote, datagram.local, datagram.bytes);
        let door = self.doors.get(&local);
        match door.or_else(|| self.owners.get(&local.ip())).copied() {
            Some(Member::System) => {
                let mut out = std::mem::take(&mut self.out);
                self.system.datagram(local, remote, &bytes, now, &mut out);
                self.flush(out);
                self.plan(Member::System);
            }
            Some(Member::Phone(i)) => self.feed(i, Input::Datagram { local, remote, bytes }),
            None => {}
        }
    }

    fn expire(&mut self, member: Member) {
        match member {
            Member::System => {
                let now = self.clock.now();
                let mut out = std::mem::take(&mut self.out);
                self.system.timeout(now, &mut out);
                self.flush(out);
                self.plan(Member::System);
            }
            Member::Phone(i) => self.feed(i, Input::Timeout),
        }
    }

    fn feed(&mut self, i: usize, input: Input) {
        let now = self.clock.now();
        let mut out = std::mem::take(&mut self.out);
        if let Some(phone) = self.phones.get_mut(i) {
            phone.handle(input, now, &mut out);
        }
        self.flush(out);
        self.plan(Member::Phone(i));
    }

    /// Sends what was put out, in order, and gives the buffer back.
    fn flush(&mut self, mut out: Vec<Datagram>) {
        let now = self.clock.now().mono;
        for datagram in out.drain(..) {
            if !is_sip(&datagram.bytes) {
                self.tap.add(now, &datagram);
                self.net.send(now, datagram);
                continue;
            }
            let rung = self.ladder.add(now, &datagram);
            let fate = self.net.send(now, datagram);
            if fate != Fate::Delivered {
                self.ladder.set_fate(rung, fate);
            }
        }
        self.out = out;
    }

    /// Looks anew when this member wants to be woken.
    fn plan(&mut self, member: Member) {
        let deadline = match member {
            Member::System => self.system.next_deadline(),
            Member::Phone(i) => self.phones.get(i).and_then(Phone::next_deadline),
        };
        let i = match member {
            Member::System => {
                self.system_due = deadline;
                return;
            }
            Member::Phone(i) => i,
        };
        if self.planned.len() <= i {
            self.planned.resize(i + 1, None);
        }
        let Some(planned) = self.planned.get_mut(i).filter(|planned| **planned != deadline) else {
            return;
        };
        if let Some(old) = std::mem::replace(planned, deadline) {
            self.agenda.remove(&(old, i));
        }
        self.agenda.extend(deadline.map(|at| (at, i)));
    }
}

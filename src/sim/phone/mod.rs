//! One simulated phone with many lines: a small honest SIP user agent of its own.
//!
//! It stands on the scanner and writer of `sip` and on none of our transaction, dialog or media
//! machines, so that it is an independent check of them. It speaks UDP only, keeps RFC 3261's
//! timers, does RFC 3262, 3264, 3311, 4028, 4733 and 6086 as far as tests need them, notes what its
//! peer does wrong in a [`Report`] for each call, and does wrong things itself where its
//! [`Behaviour`] says so. It challenges, and answers a challenge, for INVITE only.

mod behaviour;
mod call;
mod check;
mod digest;
mod incoming;
mod outgoing;
mod repeat;
mod report;
mod session;
mod sound;
mod stream;
mod within;
mod write;

pub use behaviour::{Action, Answer, Behaviour, Codecs, Faults, HoldBy, Ringing};
pub use report::{Ended, InviteSeen, Noticed, Report, RtpSeen};
pub use sound::Heard;

use crate::base::{Mono, Now};
use crate::sim::net::is_sip;
use crate::sim::world::Datagram;
use crate::sip::{Message, Method, Name, Uri};
use bytes::Bytes;
use call::Call;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Reports of ended calls kept by one phone; the oldest go first.
const REPORTS: usize = 10_000;

/// A call of one phone, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallNo(pub u32);

/// Who a phone is.
#[derive(Clone, Debug)]
pub struct PhoneConfig {
    /// Its name in ladders; also the user part of its URI.
    pub name: String,
    /// Where it speaks SIP.
    pub sip: SocketAddr,
    /// Addresses for RTP, one a call: as many as it has lines.
    pub rtp: Vec<SocketAddr>,
    /// How it takes calls, unless [`Phone::next_behaviour`] was told.
    pub behaviour: Behaviour,
    /// Where its tags, branches and SSRCs come from.
    pub seed: u64,
}

impl PhoneConfig {
    /// A phone at port 5060 of this address, with 64 lines.
    #[must_use]
    pub fn new(name: &str, ip: IpAddr, behaviour: Behaviour) -> PhoneConfig {
        let rtp = (0..64).map(|i| SocketAddr::new(ip, 40_000 + 2 * i)).collect();
        let sip = SocketAddr::new(ip, 5060);
        PhoneConfig { sip, rtp, ..PhoneConfig::bare(name, behaviour) }
    }

    /// A phone whose addresses are still to be said.
    #[must_use]
    pub fn bare(name: &str, behaviour: Behaviour) -> PhoneConfig {
        let seed = name.bytes().fold(0, |seed: u64, b| seed.wrapping_mul(257) + u64::from(b));
        let sip = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 5060);
        PhoneConfig { name: name.into(), sip, rtp: Vec::new(), behaviour, seed }
    }
}

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct PlaceCall {
    /// Where the INVITE goes.
    pub to: SocketAddr,
    /// Its Request-URI and To, such as `sip:+390212345@10.0.0.1`.
    pub uri: String,
    /// The user part of From; the phone's name if none.
    pub from: Option<String>,
    /// How the phone behaves in it.
    pub behaviour: Behaviour,
}

impl PlaceCall {
    /// A call to this user at this address.
    #[must_use]
    pub fn new(user: &str, to: SocketAddr, behaviour: Behaviour) -> PlaceCall {
        PlaceCall { to, uri: format!("sip:{user}@{to}"), from: None, behaviour }
    }
}

/// What a phone is given.
#[derive(Clone, Debug)]
pub enum Input {
    /// A datagram came.
    Datagram {
        /// Our address that it came to.
        local: SocketAddr,
        /// Its sender.
        remote: SocketAddr,
        /// What is in it.
        bytes: Bytes,
    },
    /// Place a call; its number is [`Phone::last_call`] then.
    Place(Box<PlaceCall>),
    /// Do something in a call.
    Do {
        /// The call.
        call: CallNo,
        /// What.
        action: Action,
    },
    /// The deadline has come.
    Timeout,
}

/// The phone's names for things, from its seed. None of them looks like an owner key of ours.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    rng: ChaCha8Rng,
}

impl Names {
    pub(crate) fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    pub(crate) fn branch(&mut self) -> String {
        format!("{}-{:016x}", crate::base::mint::MAGIC_COOKIE, self.bits())
    }

    pub(crate) fn tag(&mut self) -> String {
        format!("t-{:08x}", self.bits() as u32)
    }

    pub(crate) fn call_id(&mut self, name: &str) -> String {
        format!("{:012x}-{name}", self.bits() >> 16)
    }
}

/// What a call needs of its phone while it handles one input.
pub(crate) struct Desk<'a> {
    config: &'a PhoneConfig,
    names: &'a mut Names,
    now: Now,
    out: &'a mut Vec<Datagram>,
}

impl Desk<'_> {
    fn send(&mut self, to: SocketAddr, bytes: Bytes, twice: bool) {
        let datagram = Datagram { local: self.config.sip, remote: to, bytes };
        if twice {
            self.out.push(datagram.clone());
        }
        self.out.push(datagram);
    }
}

/// A phone.
#[derive(Debug)]
pub struct Phone {
    config: PhoneConfig,
    names: Names,
    next_behaviours: VecDeque<Behaviour>,
    /// How calls for one user are taken, by the user part of the Request-URI: a PBX has many. The
    /// first of several counts once, the last from then on.
    users: BTreeMap<String, VecDeque<Behaviour>>,
    calls: BTreeMap<CallNo, Call>,
    by_call_id: BTreeMap<Vec<u8>, CallNo>,
    by_rtp: BTreeMap<SocketAddr, CallNo>,
    agenda: BTreeSet<(Mono, CallNo)>,
    reports: BTreeMap<CallNo, Report>,
    last_call: u32,
    not_sip: u64,
}

impl Phone {
    /// A phone without calls.
    #[must_use]
    pub fn new(config: PhoneConfig) -> Phone {
        let names = Names { rng: ChaCha8Rng::seed_from_u64(config.seed) };
        Phone {
            config,
            names,
            next_behaviours: VecDeque::new(),
            users: BTreeMap::new(),
            calls: BTreeMap::new(),
            by_call_id: BTreeMap::new(),
            by_rtp: BTreeMap::new(),
            agenda: BTreeSet::new(),
            reports: BTreeMap::new(),
            last_call: 0,
            not_sip: 0,
        }
    }

    /// Who it is.
    #[must_use]
    pub fn config(&self) -> &PhoneConfig {
        &self.config
    }

    /// Takes calls in this way from now on.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.config.behaviour = behaviour;
    }

    /// Takes one call to come in this way; those told first come first.
    pub fn next_behaviour(&mut self, behaviour: Behaviour) {
        self.next_behaviours.push_back(behaviour);
    }

    /// Takes calls for this user in these ways, one behind the other, the last one from then on.
    pub fn set_user(&mut self, user: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.users.insert(user.to_owned(), behaviours.into_iter().collect());
    }

    /// The last call that came for this user and is not over.
    #[must_use]
    pub fn last_call_of(&self, user: &str) -> Option<CallNo> {
        let is_theirs = |call: &&Call| {
            let invite = call.report.invite.as_ref();
            invite.is_some_and(|i| user_of(i.uri.as_bytes()).as_deref() == Some(user))
        };
        let mut calls = self.calls.values().rev().filter(|call| !call.is_over());
        calls.find(is_theirs).map(|call| call.no)
    }

    /// The number of the last call placed or taken.
    #[must_use]
    pub fn last_call(&self) -> Option<CallNo> {
        (self.last_call > 0).then_some(CallNo(self.last_call))
    }

    /// What was seen of a call, live or ended.
    #[must_use]
    pub fn report(&self, call: CallNo) -> Option<&Report> {
        self.calls.get(&call).map(|c| &c.report).or_else(|| self.reports.get(&call))
    }

    /// All reports kept, in the order of the calls.
    pub fn reports(&self) -> impl Iterator<Item = (CallNo, &Report)> {
        let ended = self.reports.iter().map(|(no, report)| (*no, report));
        ended.chain(self.calls.iter().map(|(no, call)| (*no, &call.report)))
    }

    /// Calls that are not over yet.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        self.calls.values().filter(|c| !c.is_over()).count()
    }

    /// Datagrams that no scanner took.
    #[must_use]
    pub fn not_sip(&self) -> u64 {
        self.not_sip
    }

    /// When [`Input::Timeout`] is wanted next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.agenda.first().map(|(at, _)| *at)
    }

    /// Handles one input; what is to be sent is appended to `out`.
    pub fn handle(&mut self, input: Input, now: Now, out: &mut Vec<Datagram>) {
        match input {
            Input::Datagram { local, remote, bytes } if is_sip(&bytes) => {
                if local == self.config.sip {
                    self.signal(remote, bytes, now, out);
                }
            }
            Input::Datagram { local, bytes, .. } => {
                let call = self.by_rtp.get(&local).copied();
                self.with(call, now, out, |call, desk| call.media(&bytes, desk));
            }
            Input::Place(place) => self.place(&place, now, out),
            Input::Do { call, action } => {
                self.with(Some(call), now, out, |call, desk| call.act(action, desk));
            }
            Input::Timeout => {
                while let Some((_, no)) = self.agenda.first().filter(|(at, _)| *at <= now.mono) {
                    let no = *no;
                    self.with(Some(no), now, out, Call::wake);
                }
            }
        }
    }

    fn place(&mut self, place: &PlaceCall, now: Now, out: &mut Vec<Datagram>) {
        let Some(rtp) = self.free_rtp() else { return };
        let no = self.next_number();
        let mut desk = Desk { config: &self.config, names: &mut self.names, now, out };
        let call = Call::place(no, rtp, place, &mut desk);
        self.insert(call, rtp);
    }

    fn signal(&mut self, remote: SocketAddr, bytes: Bytes, now: Now, out: &mut Vec<Datagram>) {
        let Ok(message) = Message::scan(bytes) else {
            self.not_sip += 1;
            return;
        };
        let known = self.owner_of(&message);
        let Some(method) = message.method() else {
            self.with(known, now, out, |call, desk| call.response(&message, remote, desk));
            return;
        };
        let opens = method == Method::Invite && message.to_tag().is_none();
        let fresh = match known.and_then(|no| self.calls.get(&no)) {
            Some(call) => opens && call.is_over() && !call.knows(&message),
            None => opens,
        };
        match known {
            Some(_) if !fresh => {
                self.with(known, now, out, |call, desk| call.request(&message, remote, desk));
            }
            Some(_) | None if fresh => self.take(&message, remote, now, out),
            Some(_) | None => self.outside(&message, method, remote, now, out),
        }
    }

    /// The call of this Call-ID; the ACK of a refusal finds the attempt that was refused.
    fn owner_of(&self, message: &Message) -> Option<CallNo> {
        let no = self.by_call_id.get(message.call_id()).copied()?;
        let refused = |call: &Call| {
            call.is_over() && call.call_id == message.call_id() && call.awaits_ack(message)
        };
        if message.method() == Some(Method::Ack)
            && self.calls.get(&no).is_none_or(|call| !call.awaits_ack(message))
            && let Some((no, _)) = self.calls.iter().find(|(_, call)| refused(call))
        {
            return Some(*no);
        }
        Some(no)
    }

    /// A new call for us.
    fn take(&mut self, message: &Message, remote: SocketAddr, now: Now, out: &mut Vec<Datagram>) {
        let Some(rtp) = self.free_rtp() else {
            let tag = self.names.tag();
            let bytes = write::response(message, 486, Some(&tag), remote).finish();
            let mut desk = Desk { config: &self.config, names: &mut self.names, now, out };
            desk.send(write::reply_to(message, remote), bytes, false);
            return;
        };
        let no = self.next_number();
        // Another attempt of one call (after a challenge) is taken as the first was to be.
        let before = self.by_call_id.get(message.call_id()).and_then(|no| self.calls.get(no));
        let (behaviour, first) = match before {
            Some(before) => (before.b.clone(), Some(before.invite_cseq)),
            None => {
                let for_user = || {
                    let ways = self.users.get_mut(&message.request_uri().ok()?.user_decoded())?;
                    if ways.len() > 1 { ways.pop_front() } else { ways.front().cloned() }
                };
                let next = self.next_behaviours.pop_front().or_else(for_user);
                (next.unwrap_or_else(|| self.config.behaviour.clone()), None)
            }
        };
        let mut desk = Desk { config: &self.config, names: &mut self.names, now, out };
        let mut call = Call::take(no, rtp, message, remote, behaviour, &mut desk);
        if first.is_some_and(|first| call.invite_cseq != first.wrapping_add(1)) {
            call.report.notice(Noticed::CSeqOrder("INVITE, again".into()));
        }
        self.insert(call, rtp);
    }

    /// A request that belongs to no call.
    fn outside(
        &mut self,
        message: &Message,
        method: Method,
        remote: SocketAddr,
        now: Now,
        out: &mut Vec<Datagram>,
    ) {
        let status = match method {
            Method::Ack => return,
            Method::Options if message.to_tag().is_none() => 200,
            Method::Unknown => 501,
            Method::Register | Method::Subscribe | Method::Publish | Method::Message => 405,
            Method::Invite
            | Method::Bye
            | Method::Cancel
            | Method::Options
            | Method::Prack
            | Method::Update
            | Method::Info
            | Method::Refer
            | Method::Notify => 481,
        };
        let tag = self.names.tag();
        let mut w = write::response(message, status, Some(&tag), remote);
        if matches!(status, 200 | 405) {
            w = w.header("Allow", write::ALLOW).header("Accept", "application/sdp");
        }
        let mut desk = Desk { config: &self.config, names: &mut self.names, now, out };
        desk.send(write::reply_to(message, remote), w.finish(), false);
    }

    /// Lets a call do something, then looks anew when it wants to be woken; an ended call whose
    /// transactions are over leaves its report.
    fn with(
        &mut self,
        no: Option<CallNo>,
        now: Now,
        out: &mut Vec<Datagram>,
        act: impl FnOnce(&mut Call, &mut Desk<'_>),
    ) {
        let Some((no, call)) = no.and_then(|no| Some((no, self.calls.get_mut(&no)?))) else {
            return;
        };
        if let Some(at) = call.planned.take() {
            self.agenda.remove(&(at, no));
        }
        let mut desk = Desk { config: &self.config, names: &mut self.names, now, out };
        act(call, &mut desk);
        call.planned = call.next_deadline();
        if let Some(at) = call.planned {
            self.agenda.insert((at, no));
        } else if call.is_over() {
            self.forget(no);
        }
    }

    fn insert(&mut self, mut call: Call, rtp: SocketAddr) {
        let no = call.no;
        call.planned = call.next_deadline();
        self.agenda.extend(call.planned.map(|at| (at, no)));
        self.by_call_id.insert(call.call_id.clone(), no);
        self.by_rtp.insert(rtp, no);
        self.calls.insert(no, call);
    }

    fn forget(&mut self, no: CallNo) {
        let Some(call) = self.calls.remove(&no) else { return };
        if self.by_call_id.get(&call.call_id) == Some(&no) {
            self.by_call_id.remove(&call.call_id);
        }
        self.by_rtp.remove(&call.rtp());
        self.reports.insert(no, call.report);
        if self.reports.len() > REPORTS {
            self.reports.pop_first();
        }
    }

    fn free_rtp(&self) -> Option<SocketAddr> {
        self.config.rtp.iter().find(|a| !self.by_rtp.contains_key(a)).copied()
    }

    fn next_number(&mut self) -> CallNo {
        self.last_call += 1;
        CallNo(self.last_call)
    }
}

/// The user part of a Request-URI.
fn user_of(uri: &[u8]) -> Option<String> {
    Some(Uri::parse(uri).ok()?.user_decoded())
}

/// The Record-Route values of a message, in order.
fn record_routes(message: &Message) -> Vec<Vec<u8>> {
    let values = message.values(Name::RecordRoute);
    values.take(crate::base::limits::ROUTES).map(<[u8]>::to_vec).collect()
}

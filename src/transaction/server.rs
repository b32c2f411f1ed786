//! The server transactions: the table, matching of requests, CANCEL, merged requests, owners.
//!
//! Stored for each: its key (and, of a request outside a dialog, the key by which a merged copy is
//! known), owner, flow, armed timers, and what its state carries (an INVITE until the first
//! response, then the response to be repeated).

use super::client::places;
use super::matching::{self, Rules};
use super::table::{Place, Table};
use super::timers::{Armed, Context, Env, Side, Timer};
use super::{Output, compose, server_invite, server_other};
use crate::base::LegKey;
use crate::sip::{Message, Method};
use crate::transport::{Flow, response_flow};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What can happen to a server transaction.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The request came again.
    Repeat,
    /// 100 is to be sent.
    Trying(Bytes),
    /// 101 to 199 is to be sent.
    Provisional(Bytes),
    /// A 2xx is to be sent.
    Success(Bytes),
    /// 300 to 699 is to be sent.
    Refusal {
        /// The status.
        status: u16,
        /// The response.
        bytes: Bytes,
    },
    /// The ACK came.
    Ack {
        /// The ACK.
        message: Message,
        /// Where from.
        flow: Flow,
    },
    /// A CANCEL for it came.
    Cancel(Message),
    /// The owner is gone.
    Disowned,
    /// A timer has come.
    Timer(Timer),
}

#[derive(Debug)]
enum Machine {
    Invite(server_invite::State),
    Other(server_other::State),
}

impl Machine {
    fn step(&mut self, event: Event, cx: &mut Context<'_, '_>) {
        match self {
            Machine::Invite(state) => *state = std::mem::take(state).step(event, cx),
            Machine::Other(state) => *state = std::mem::take(state).step(event, cx),
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(
            self,
            Machine::Invite(server_invite::State::Terminated)
                | Machine::Other(server_other::State::Terminated)
        )
    }
}

#[derive(Debug)]
struct Server {
    key: Arc<[u8]>,
    merge: Option<Arc<[u8]>>,
    owner: Option<LegKey>,
    /// Where responses go.
    flow: Flow,
    armed: Armed,
    machine: Machine,
}

impl Server {
    /// Its machine, and what that may touch.
    fn parts<'a, 'e>(
        &'a mut self,
        place: Place,
        env: &'a mut Env<'e>,
    ) -> (&'a mut Machine, Context<'a, 'e>) {
        let Server { owner, flow, armed, machine, .. } = self;
        let (side, flow, cancel) = (Side::Server, *flow, None);
        (machine, Context { env, armed, side, place, flow, owner, cancel })
    }
}

/// Which room a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Anybody's.
    Usual,
    /// That of requests within a dialog of ours, which has to go on while a flood comes.
    OfDialogs,
}

/// All server transactions of a worker.
#[derive(Debug)]
pub(super) struct Servers {
    /// Transactions at a time; twice as many with requests within our dialogs.
    most: usize,
    table: Table<Server>,
    by_key: HashMap<Arc<[u8]>, Place>,
    /// The first copy of each request outside a dialog (§8.2.2.2).
    by_merge: HashMap<Arc<[u8]>, Place>,
    /// So that an owner's end looks at its own only.
    owned: BTreeSet<(LegKey, Place)>,
    /// A key being made; kept for its room.
    key: Vec<u8>,
}

impl Servers {
    /// No transactions yet, and so many at a time.
    pub(super) fn with_bound(most: usize) -> Servers {
        Servers {
            most,
            table: Table::default(),
            by_key: HashMap::new(),
            by_merge: HashMap::new(),
            owned: BTreeSet::new(),
            key: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    fn has(&self, room: Room) -> bool {
        let most = match room {
            Room::Usual => self.most,
            Room::OfDialogs => self.most.saturating_mul(2),
        };
        self.table.len() < most
    }

    /// Whether a request belongs to what is there already: a repeat, or the CANCEL of an INVITE.
    pub(super) fn knows(&mut self, message: &Message) -> bool {
        let cancels = message.method() == Some(Method::Cancel);
        self.find(message, message.method_text(), None).is_some()
            || cancels && self.find(message, Method::Invite.as_str(), None).is_some()
    }

    /// Takes a request of any kind.
    pub(super) fn request(&mut self, message: Message, came: Flow, room: Room, env: &mut Env<'_>) {
        let (Some(method), Some(rules)) = (message.method(), matching::rules(&message)) else {
            env.out.push(Output::Dropped);
            return;
        };
        if method == Method::Ack {
            return self.ack(message, rules, came, env);
        }
        if let Some(place) = self.find(&message, message.method_text(), None) {
            return self.step(place, Event::Repeat, env);
        }
        let Ok(via) = message.via() else { return };
        let flow = response_flow(&via, came, false);
        if method == Method::Cancel {
            return self.cancel(message, flow, env);
        }
        if !self.has(room) {
            // Statelessly: a repeat hears the same, or is taken when there is room again.
            let bytes = compose::response(&message, 503);
            env.out.push(Output::Send { flow, bytes });
            return;
        }
        self.new_request(message, method, came, flow, env);
    }

    /// Sends a response in a transaction.
    pub(super) fn respond(&mut self, place: Place, status: u16, bytes: Bytes, env: &mut Env<'_>) {
        let event = match status {
            100 => Event::Trying(bytes),
            101..=199 => Event::Provisional(bytes),
            200..=299 => Event::Success(bytes),
            300..=699 => Event::Refusal { status, bytes },
            _ => return,
        };
        self.step(place, event, env);
    }

    /// Remembers who is told.
    pub(super) fn own(&mut self, place: Place, owner: LegKey) {
        let Some(server) = self.table.get_mut(place) else { return };
        if let Some(former) = server.owner.replace(owner) {
            self.owned.remove(&(former, place));
        }
        self.owned.insert((owner, place));
    }

    /// The owner is gone.
    pub(super) fn disown(&mut self, owner: LegKey, env: &mut Env<'_>) {
        for place in places(&self.owned, owner) {
            self.owned.remove(&(owner, place));
            if let Some(server) = self.table.get_mut(place) {
                server.owner = None;
            }
            self.step(place, Event::Disowned, env);
        }
    }

    /// A timer has come.
    pub(super) fn timer(&mut self, place: Place, timer: Timer, env: &mut Env<'_>) {
        if self.table.get_mut(place).is_some_and(|server| server.armed.fired(timer)) {
            self.step(place, Event::Timer(timer), env);
        }
    }

    /// A request that begins a transaction; a merged copy is refused here (TXN-15).
    fn new_request(
        &mut self,
        message: Message,
        method: Method,
        came: Flow,
        flow: Flow,
        env: &mut Env<'_>,
    ) {
        let can_merge = matching::merge_key(&message, method, &mut self.key);
        let merged = can_merge && self.by_merge.contains_key(self.key.as_slice());
        let merge = (can_merge && !merged).then(|| Arc::from(self.key.as_slice()));
        let place = self.begin(&message, flow, merge, env);
        if merged {
            let bytes = compose::response(&message, 482);
            return self.step(place, Event::Refusal { status: 482, bytes }, env);
        }
        env.out.push(Output::Request { tx: place.into(), message, flow: came });
    }

    /// A CANCEL that is no repeat: answered here, and told while the INVITE has no final (§9.2).
    fn cancel(&mut self, message: Message, flow: Flow, env: &mut Env<'_>) {
        let Some(invite) = self.find(&message, Method::Invite.as_str(), None) else {
            // CAN-03; statelessly: a repeat finds as little.
            let bytes = compose::response(&message, 481);
            env.out.push(Output::Send { flow, bytes });
            return;
        };
        // §9.2: the same To tag as in the INVITE's responses, where one was said already.
        let said = self.table.get(invite).and_then(|server| match &server.machine {
            Machine::Invite(state) => compose::to_tag(state.stored()?),
            Machine::Other(_) => None,
        });
        let bytes = match said {
            Some(tag) => compose::response_tagged(&message, 200, &tag),
            None => compose::response(&message, 200),
        };
        let place = self.begin(&message, flow, None, env);
        self.step(place, Event::Success(bytes), env);
        self.step(invite, Event::Cancel(message), env);
    }

    /// An ACK: for the refusal of an INVITE here, else the dialog's.
    fn ack(&mut self, message: Message, rules: Rules, came: Flow, env: &mut Env<'_>) {
        let invite = Method::Invite.as_str();
        let found = match rules {
            Rules::Rfc3261 => self.find(&message, invite, None),
            // The To tag of the ACK is the response's; the INVITE had none, or, inside a dialog,
            // the same (§17.2.3).
            Rules::Rfc2543 => self
                .find(&message, invite, Some(b""))
                .or_else(|| self.find(&message, invite, None))
                .filter(|place| self.is_acked_by(*place, &message)),
        };
        match found {
            Some(place) => self.step(place, Event::Ack { message, flow: came }, env),
            None => env.out.push(Output::Ack { message, flow: came }),
        }
    }

    /// Whether an RFC 2543 ACK has the To tag of the refusal that waits for one.
    fn is_acked_by(&self, place: Place, ack: &Message) -> bool {
        let Some(server) = self.table.get(place) else { return false };
        match &server.machine {
            Machine::Invite(state) if state.awaits_ack() => {
                state.stored().and_then(compose::to_tag).as_deref() == ack.to_tag()
            }
            Machine::Invite(_) | Machine::Other(_) => true,
        }
    }

    /// The transaction that a request of this method with these keys would have.
    fn find(&mut self, message: &Message, method: &str, to_tag: Option<&[u8]>) -> Option<Place> {
        let to_tag = to_tag.or(message.to_tag()).unwrap_or_default();
        matching::server_key(message, method, to_tag, &mut self.key);
        self.by_key.get(self.key.as_slice()).copied()
    }

    /// Makes a transaction and files it.
    fn begin(
        &mut self,
        message: &Message,
        flow: Flow,
        merge: Option<Arc<[u8]>>,
        env: &mut Env<'_>,
    ) -> Place {
        let to_tag = message.to_tag().unwrap_or_default();
        matching::server_key(message, message.method_text(), to_tag, &mut self.key);
        let key: Arc<[u8]> = Arc::from(self.key.as_slice());
        let is_invite = message.method() == Some(Method::Invite);
        let machine = match is_invite {
            true => Machine::Invite(server_invite::State::default()),
            false => Machine::Other(server_other::State::default()),
        };
        let (armed, owner) = (Armed::default(), None);
        let server = Server { key: key.clone(), merge: merge.clone(), owner, flow, armed, machine };
        let place = self.table.insert(server);
        self.by_key.insert(key, place);
        self.by_merge.extend(merge.map(|merge| (merge, place)));
        if let Some(server) = self.table.get_mut(place) {
            let (machine, cx) = &mut server.parts(place, env);
            let request = message.raw().clone();
            **machine = match is_invite {
                true => Machine::Invite(server_invite::State::start(request, cx)),
                false => Machine::Other(server_other::State::start(cx)),
            };
        }
        place
    }

    /// One step of one machine; afterwards the indexes say what is true.
    fn step(&mut self, place: Place, event: Event, env: &mut Env<'_>) {
        let Some(server) = self.table.get_mut(place) else { return };
        let (machine, mut cx) = server.parts(place, env);
        machine.step(event, &mut cx);
        if !machine.is_terminated() {
            return;
        }
        cx.disarm_all();
        let Some(server) = self.table.remove(place) else { return };
        self.by_key.remove(&server.key);
        if let Some(merge) = server.merge {
            self.by_merge.remove(&merge);
        }
        if let Some(owner) = server.owner {
            self.owned.remove(&(owner, place));
        }
    }
}

#[cfg(test)]
impl Servers {
    /// Entries of all indexes: none where there is no transaction.
    pub(super) fn filed(&self) -> usize {
        self.by_key.len() + self.by_merge.len() + self.owned.len()
    }
}

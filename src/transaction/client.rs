//! Our client transactions: the table, matching of responses, owners and flows.
//!
//! Stored for each: its key, owner, flow, armed timers, and what its state carries (the request
//! while it may be repeated or acknowledged, then the ACK, then nothing).

use super::table::{Place, Table};
use super::timers::{Armed, Context, Env, Side, Timer};
use super::{ClientTx, Failure, Output, client_invite, client_other, matching};
use crate::base::{LegKey, limits};
use crate::sip::{Message, Method};
use crate::transport::Flow;
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap};

/// A response and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) message: Message,
    pub(super) flow: Flow,
}

impl Heard {
    /// Tells the owner, if there is one.
    pub(super) fn tell(self, tx: ClientTx, cx: &mut Context<'_, '_>) {
        if let Some(owner) = *cx.owner {
            let Heard { message, flow } = self;
            cx.env.out.push(Output::Response { tx, owner, message, flow });
        }
    }

    /// Tells a 2xx to an INVITE, which somebody has to acknowledge even if the owner is gone. Takes
    /// and gives how many were told as strays.
    pub(super) fn tell_answer(
        self,
        strays: usize,
        tx: ClientTx,
        cx: &mut Context<'_, '_>,
    ) -> usize {
        match cx.owner {
            Some(_) => {
                self.tell(tx, cx);
                strays
            }
            None => self.tell_stray(strays, cx),
        }
    }

    /// Tells a 2xx that nobody waits for, unless the INVITE has set off too many ACKs and BYEs already:
    /// nobody forks so widely, and a peer that does it on purpose shall not have us send for it.
    pub(super) fn tell_stray(self, strays: usize, cx: &mut Context<'_, '_>) -> usize {
        if strays >= limits::FORKS {
            cx.env.out.push(Output::Dropped);
            return strays;
        }
        cx.env.out.push(Output::StrayAnswer { message: self.message, flow: self.flow });
        strays + 1
    }
}

/// Tells that a request of ours failed, once.
pub(super) fn tell_failure(why: Failure, tx: ClientTx, cx: &mut Context<'_, '_>) {
    if let Some(owner) = cx.owner.take() {
        cx.env.out.push(Output::Failed { tx, owner, why });
    }
}

/// What can happen to a client transaction.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// 100.
    Trying,
    /// 101 to 199.
    Provisional(Heard),
    /// 2xx.
    Success(Heard),
    /// 300 to 699.
    Refusal(Heard),
    /// The transport could not deliver.
    TransportFailed,
    /// A CANCEL with its branch is being sent.
    Cancelling,
    /// The owner is gone.
    Disowned,
    /// A timer has come.
    Timer(Timer),
}

#[derive(Debug)]
enum Machine {
    Invite(client_invite::State),
    Other(client_other::State),
}

impl Machine {
    fn step(&mut self, event: Event, key: ClientTx, cx: &mut Context<'_, '_>) {
        match self {
            Machine::Invite(state) => *state = std::mem::take(state).step(event, key, cx),
            Machine::Other(state) => *state = std::mem::take(state).step(event, key, cx),
        }
    }

    fn is_waiting(&self) -> bool {
        match self {
            Machine::Invite(state) => state.is_waiting(),
            Machine::Other(state) => state.is_waiting(),
        }
    }

    fn is_terminated(&self) -> bool {
        matches!(
            self,
            Machine::Invite(client_invite::State::Terminated)
                | Machine::Other(client_other::State::Terminated)
        )
    }
}

#[derive(Debug)]
struct Client {
    key: ClientTx,
    owner: Option<LegKey>,
    flow: Flow,
    armed: Armed,
    machine: Machine,
}

impl Client {
    /// Its machine, and what that may touch.
    fn parts<'a, 'e>(
        &'a mut self,
        place: Place,
        env: &'a mut Env<'e>,
    ) -> (&'a mut Machine, Context<'a, 'e>) {
        let Client { owner, flow, armed, machine, .. } = self;
        let (side, flow, cancel) = (Side::Client, *flow, None);
        (machine, Context { env, armed, side, place, flow, owner, cancel })
    }
}

/// All client transactions of a worker.
#[derive(Debug, Default)]
pub(super) struct Clients {
    table: Table<Client>,
    by_key: HashMap<ClientTx, Place>,
    /// So that an owner's end looks at its own only.
    owned: BTreeSet<(LegKey, Place)>,
    /// Those that a failure of the flow would end.
    waiting: BTreeSet<(Flow, Place)>,
}

impl Clients {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Sends a request in a new transaction.
    pub(super) fn request(
        &mut self,
        key: ClientTx,
        owner: Option<LegKey>,
        flow: Flow,
        bytes: Bytes,
        env: &mut Env<'_>,
    ) {
        if self.by_key.contains_key(&key) {
            // Branches are minted, so this is a fault of ours; nobody is left waiting for it.
            env.out.extend(owner.map(|owner| Output::Failed {
                tx: key,
                owner,
                why: Failure::Transport,
            }));
            return;
        }
        let machine = match key.method == Method::Invite {
            true => Machine::Invite(client_invite::State::default()),
            false => Machine::Other(client_other::State::default()),
        };
        let armed = Armed::default();
        let place = self.table.insert(Client { key, owner, flow, armed, machine });
        self.by_key.insert(key, place);
        self.waiting.insert((flow, place));
        self.owned.extend(owner.map(|owner| (owner, place)));
        if let Some(client) = self.table.get_mut(place) {
            let (machine, cx) = &mut client.parts(place, env);
            **machine = match machine {
                Machine::Invite(_) => Machine::Invite(client_invite::State::start(bytes, cx)),
                Machine::Other(_) => Machine::Other(client_other::State::start(bytes, cx)),
            };
        }
        if key.method == Method::Cancel {
            // RFC 3261 §9.1: without a final 64·T1 from now the INVITE counts as cancelled.
            let invite = ClientTx { method: Method::Invite, ..key };
            if let Some(place) = self.by_key.get(&invite).copied() {
                self.step(place, Event::Cancelling, env);
            }
        }
    }

    /// Takes a response.
    pub(super) fn response(&mut self, message: Message, flow: Flow, env: &mut Env<'_>) {
        let key = matching::client_key(&message);
        let place = key.and_then(|key| self.by_key.get(&key).copied());
        let (Some(place), Some(status)) = (place, message.status()) else {
            env.out.push(Output::Dropped);
            return;
        };
        let heard = Heard { message, flow };
        let event = match status {
            ..=100 => Event::Trying,
            101..=199 => Event::Provisional(heard),
            200..=299 => Event::Success(heard),
            300.. => Event::Refusal(heard),
        };
        self.step(place, event, env);
    }

    /// The owner is gone.
    pub(super) fn disown(&mut self, owner: LegKey, env: &mut Env<'_>) {
        for place in places(&self.owned, owner) {
            self.owned.remove(&(owner, place));
            if let Some(client) = self.table.get_mut(place) {
                client.owner = None;
            }
            self.step(place, Event::Disowned, env);
        }
    }

    /// A flow could not be used.
    pub(super) fn transport_failed(&mut self, flow: Flow, env: &mut Env<'_>) {
        for place in places(&self.waiting, flow) {
            self.step(place, Event::TransportFailed, env);
        }
    }

    /// A timer has come.
    pub(super) fn timer(&mut self, place: Place, timer: Timer, env: &mut Env<'_>) {
        if self.table.get_mut(place).is_some_and(|client| client.armed.fired(timer)) {
            self.step(place, Event::Timer(timer), env);
        }
    }

    /// One step of one machine; afterwards the indexes say what is true.
    fn step(&mut self, place: Place, event: Event, env: &mut Env<'_>) {
        let Some(client) = self.table.get_mut(place) else { return };
        let (key, flow, told) = (client.key, client.flow, client.owner);
        let (machine, mut cx) = client.parts(place, env);
        machine.step(event, key, &mut cx);
        let (is_waiting, is_terminated) = (machine.is_waiting(), machine.is_terminated());
        if is_terminated {
            cx.disarm_all();
        }
        let (cancel, is_owned) = (cx.cancel, cx.owner.is_some());
        if let Some(told) = told
            && (is_terminated || !is_owned)
        {
            self.owned.remove(&(told, place));
        }
        if !is_waiting {
            self.waiting.remove(&(flow, place));
        }
        if is_terminated {
            self.by_key.remove(&key);
            self.table.remove(place);
        }
        if let Some(bytes) = cancel {
            let key = ClientTx { method: Method::Cancel, ..key };
            self.request(key, None, flow, bytes, env);
        }
    }
}

#[cfg(test)]
impl Clients {
    /// Entries of all indexes: none where there is no transaction.
    pub(super) fn filed(&self) -> usize {
        self.by_key.len() + self.owned.len() + self.waiting.len()
    }
}

/// All places filed under one key.
pub(super) fn places<K: Ord + Copy>(index: &BTreeSet<(K, Place)>, key: K) -> Vec<Place> {
    let first = Place { index: 0, generation: 0 };
    let last = Place { index: u32::MAX, generation: u32::MAX };
    index.range((key, first)..=(key, last)).map(|(_, place)| *place).collect()
}

//! The layer: hands each input to the side it is for, and keeps the timers.

use super::client::Clients;
use super::server::{Room, Servers};
use super::timers::{Due, Env, Side, Wheels};
use super::{Input, Output};
use crate::base::{Mono, Now, limits};
use crate::sip::{Message, Method};
use std::fmt;
use std::time::Duration;

/// How much later than due a transaction may be forgotten: all of a quarter second in one wake.
pub(super) const FORGET_GRAIN: Duration = Duration::from_millis(250);

/// All transactions of one worker. `Debug` shows how many.
pub struct Layer {
    clients: Clients,
    servers: Servers,
    wheels: Wheels,
    /// What has come due; kept for its room.
    due: Vec<Due>,
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (servers, clients) = self.len();
        write!(f, "Layer({servers} server, {clients} client transactions)")
    }
}

impl Default for Layer {
    /// With room for as many server transactions as a worker may have.
    fn default() -> Layer {
        Layer::with_bound(limits::SERVER_TRANSACTIONS)
    }
}

impl Layer {
    /// No transactions yet, and so many server transactions at a time.
    #[must_use]
    pub fn with_bound(server_transactions: usize) -> Layer {
        Layer {
            clients: Clients::default(),
            servers: Servers::with_bound(server_transactions),
            wheels: Wheels::default(),
            due: Vec::new(),
        }
    }

    /// Whether a request is a repeat, or the CANCEL of an INVITE that is being served.
    pub fn knows(&mut self, request: &Message) -> bool {
        self.servers.knows(request)
    }

    /// Handles one input; what is to be done is appended to `out`.
    pub fn handle(&mut self, input: Input, now: Now, out: &mut Vec<Output>) {
        let env = &mut Env { now: now.mono, wheels: &mut self.wheels, out };
        match input {
            Input::Received { message, flow } => match message.status() {
                Some(_) => self.clients.response(message, flow, env),
                None => self.servers.request(message, flow, Room::Usual, env),
            },
            Input::Within { message, flow } => {
                self.servers.request(message, flow, Room::OfDialogs, env);
            }
            Input::Request { tx, owner, flow, bytes } => match tx.method == Method::Ack {
                // An ACK has no transaction; it is not to come this way, but it is not held back.
                true => env.out.push(Output::Send { flow, bytes }),
                false => self.clients.request(tx, owner, flow, bytes, env),
            },
            Input::Respond { tx, status, bytes } => {
                self.servers.respond(tx.into(), status, bytes, env);
            }
            Input::Send { flow, bytes } => env.out.push(Output::Send { flow, bytes }),
            Input::Own { tx, owner } => self.servers.own(tx.into(), owner),
            Input::Disown { owner } => {
                self.servers.disown(owner, env);
                self.clients.disown(owner, env);
            }
            Input::TransportFailed { flow } => self.clients.transport_failed(flow, env),
            Input::Timeout => self.timeout(now, out),
        }
    }

    /// When [`Input::Timeout`] is wanted next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        self.wheels.next_deadline()
    }

    /// When a thread should wake for [`Input::Timeout`]: that deadline, but for transactions that are
    /// only to be forgotten later by `FORGET_GRAIN` at most. On the wire nothing depends on them,
    /// and a wake for each would cost more than all the rest of its transaction.
    #[must_use]
    pub fn next_wake(&self) -> Option<Mono> {
        self.wheels.next_wake(FORGET_GRAIN)
    }

    /// Transactions alive, server and client; zero after 64·T1 of silence.
    #[must_use]
    pub fn len(&self) -> (usize, usize) {
        (self.servers.len(), self.clients.len())
    }

    fn timeout(&mut self, now: Now, out: &mut Vec<Output>) {
        let mut due = std::mem::take(&mut self.due);
        self.wheels.expire(now.mono, &mut due);
        let env = &mut Env { now: now.mono, wheels: &mut self.wheels, out };
        for Due { side, place, timer } in due.drain(..) {
            match side {
                Side::Client => self.clients.timer(place, timer, env),
                Side::Server => self.servers.timer(place, timer, env),
            }
        }
        self.due = due;
    }
}

#[cfg(test)]
impl Layer {
    /// Whether nothing at all is kept: no transaction, no index entry, no timer.
    pub(super) fn is_clean(&self) -> bool {
        self.len() == (0, 0)
            && self.clients.filed() + self.servers.filed() == 0
            && self.wheels.len() == 0
    }
}

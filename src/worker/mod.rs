//! A worker: owns its calls, both legs of each, their transactions and one timer wheel.
//!
//! It is the one place where the rooms are put together, and decides nothing about a call: bytes go to
//! the transactions, what these say goes to a call or to `endpoint`, what a call says goes down to the
//! transactions or out. Pure like all it owns; `io/sip` runs it on a thread, `sim` on a virtual clock.

mod calls;
mod dispatch;
mod editions;
mod figures;
mod refusals;
#[cfg(test)]
pub(crate) mod tests;

pub use editions::{Edition, Editions, PERMYRIAD, Trial, falls_to_trial};
pub use figures::Figures;
pub use refusals::{Refusal, Refusals};

use crate::base::{CallKey, Gates, Mint, Mono, Now, WorkerId};
use crate::call;
use crate::media::{self, Family, MediaPort, PortSupply, Want};
use crate::record;
use crate::router;
use crate::transaction::{self, Layer};
use crate::transport::{Flow, Listeners};
use bytes::Bytes;
use calls::Calls;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// What a worker is made with.
#[derive(Debug)]
pub struct Config {
    /// Which of the node's workers.
    pub id: WorkerId,
    /// How many there are.
    pub workers: u8,
    /// Source of names and random numbers.
    pub mint: Mint,
    /// Our addresses.
    pub listeners: Arc<Listeners>,
    /// How many calls each trunk has: the same for all workers.
    pub gates: Arc<Gates>,
    /// The plan in force, with its prompts.
    pub edition: Edition,
    /// Its media ports, to be filled by [`Input::Ports`].
    pub ports: PortSupply,
    /// This instance's mark against loops.
    pub loop_mark: Arc<str>,
    /// Calls at a time; more get 503.
    pub most_calls: usize,
}

/// What a worker hears.
#[derive(Debug)]
pub enum Input {
    /// A message from the network, on any worker's socket.
    Message {
        /// Where it came from.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// A message that another worker received and that is ours.
    Forwarded {
        /// Where it came from.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Either of these, and it waited so long for its turn that no call is to begin with it.
    Late {
        /// Where it came from.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Nothing came over this connection for long: does a call go over it?
    IsUsed(Flow),
    /// Nothing can be sent over this flow.
    TransportFailed(Flow),
    /// From the media engine.
    Media(media::Event),
    /// From the router.
    Router(router::Output),
    /// Ports lent by the media threads.
    Ports(Vec<MediaPort>),
    /// Whether the records of new calls can be kept. While they cannot, new calls get 503.
    Recording(bool),
    /// New calls begin under these from now on; calls in progress keep what they began with.
    Editions(Arc<Editions>),
    /// No new calls: they get 503 (SIGTERM).
    Drain,
    /// End what is left.
    EndAll,
    /// The deadline has come.
    Timeout,
}

/// What a worker says, in order.
#[derive(Debug)]
pub enum Output {
    /// For the network.
    Send {
        /// Where to.
        flow: Flow,
        /// One message.
        bytes: Bytes,
    },
    /// For the worker that owns it.
    Forward {
        /// Which.
        to: WorkerId,
        /// Where it came from.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// A call goes over this connection.
    InUse(Flow),
    /// For a media thread.
    Media(u8, media::Command),
    /// For the router.
    Route(router::Input),
    /// For the record.
    Record(record::Event),
    /// Ports run low.
    WantPorts,
}

/// How long a message waited for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    InTime,
    /// Too long to begin a call.
    Late,
}

/// Work that one input set off.
#[derive(Debug)]
enum Work {
    Transaction(transaction::Output),
    Call(CallKey, call::Out),
}

/// One worker.
#[derive(Debug)]
pub struct Worker {
    id: WorkerId,
    workers: u8,
    mint: Mint,
    listeners: Arc<Listeners>,
    editions: Arc<Editions>,
    loop_mark: Arc<str>,
    most_calls: usize,
    ports: PortSupply,
    layer: Layer,
    calls: Calls,
    gates: Arc<Gates>,
    peers: call::Peers,
    draining: bool,
    recording: bool,
    figures: Figures,
    refusals: Refusals,
    work: VecDeque<Work>,
    said: Vec<transaction::Output>,
    outs: Vec<call::Out>,
    ports_wanted: bool,
    /// When ports are asked for again that could not be lent.
    ports_again: Option<Mono>,
}

/// How long ports that could not be lent are not asked for again, unless something else happens.
const PORTS_AGAIN: Duration = Duration::from_secs(1);

impl Worker {
    /// A worker without calls and without ports.
    #[must_use]
    pub fn new(config: Config) -> Worker {
        Worker {
            id: config.id,
            workers: config.workers.max(1),
            mint: config.mint,
            listeners: config.listeners,
            editions: Arc::new(Editions { current: config.edition, trial: None }),
            loop_mark: config.loop_mark,
            most_calls: config.most_calls,
            ports: config.ports,
            layer: Layer::default(),
            calls: Calls::default(),
            gates: config.gates,
            peers: call::Peers::default(),
            draining: false,
            recording: true,
            figures: Figures::default(),
            refusals: Refusals::default(),
            work: VecDeque::new(),
            said: Vec::new(),
            outs: Vec::new(),
            ports_wanted: false,
            ports_again: None,
        }
    }

    /// Handles one input and all that follows from it; what is to be done is appended to `out`.
    pub fn handle(&mut self, input: Input, now: Now, out: &mut Vec<Output>) {
        // What was lent is not asked for again in the same breath: there may be nothing to lend.
        let lent = matches!(input, Input::Ports(_));
        match input {
            Input::Message { flow, bytes } => {
                self.on_message(flow, bytes, Turn::InTime, now, out);
            }
            Input::Forwarded { flow, bytes } => {
                self.on_own_message(flow, bytes, Turn::InTime, now, out);
            }
            Input::Late { flow, bytes } => self.on_message(flow, bytes, Turn::Late, now, out),
            Input::IsUsed(flow) => {
                out.extend(self.calls.go_over(flow).then_some(Output::InUse(flow)))
            }
            Input::TransportFailed(flow) => {
                self.transact(transaction::Input::TransportFailed { flow }, now);
            }
            Input::Media(event) => {
                let call = event.stream().call;
                self.call(call, call::Input::Media(event), now);
            }
            Input::Router(output) => self.on_router(output, now, out),
            Input::Ports(ports) => {
                self.ports_wanted = false;
                self.ports.refill(ports);
                self.ports_again = self.ports.lacks_some().then(|| now.after(PORTS_AGAIN));
            }
            Input::Recording(can) => self.recording = can,
            Input::Editions(editions) => self.editions = editions,
            Input::Drain => self.draining = true,
            Input::EndAll => {
                self.draining = true;
                for call in self.calls.keys() {
                    self.call(call, call::Input::Drain, now);
                }
            }
            Input::Timeout => self.on_timeout(now),
        }
        self.pump(now, out);
        if !lent && !self.ports_wanted && self.ports.wants_more().next().is_some() {
            self.ports_wanted = true;
            self.ports_again = None;
            out.push(Output::WantPorts);
        }
    }

    /// When [`Input::Timeout`] is wanted next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        let own = [self.layer.next_wake(), self.calls.next_deadline(), self.ports_again];
        own.into_iter().flatten().min()
    }

    /// Calls alive.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Everything that must be empty when all is quiet: calls, dialogs, transactions, timers.
    #[must_use]
    pub fn remains(&self) -> [usize; 4] {
        let (server, client) = self.layer.len();
        [self.calls.len(), self.calls.dialogs(), server + client, self.calls.timers()]
    }

    /// The blocks of ports that should be lent; answered by [`Input::Ports`], be it with none.
    #[must_use]
    pub fn wanted_ports(&self) -> Vec<Want> {
        self.ports.wants_more().collect()
    }

    /// Media ports in hand, of both families.
    #[must_use]
    pub fn ports_in_hand(&self) -> usize {
        [Family::V4, Family::V6].iter().map(|family| self.ports.in_hand(*family)).sum()
    }

    /// Counters since the start.
    #[must_use]
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// New calls that were not taken, since the start.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    fn on_timeout(&mut self, now: Now) {
        if self.layer.next_deadline().is_some_and(|d| d <= now.mono) {
            self.transact(transaction::Input::Timeout, now);
        }
        for call in self.calls.due(now.mono) {
            self.call(call, call::Input::Timeout, now);
        }
    }

    /// An offer for a call that is gone is over before it began.
    fn on_router(&mut self, output: router::Output, now: Now, out: &mut Vec<Output>) {
        let contact = output.contact();
        if self.calls.holds(contact) {
            self.call(contact, call::Input::Router(output), now);
        } else if let router::Output::Offer { contact, lease, .. } = output {
            out.push(Output::Route(router::Input::LegEnded { contact, lease }));
        }
    }

    /// Carries out what was set off, first come first served, until nothing is left.
    fn pump(&mut self, now: Now, out: &mut Vec<Output>) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Transaction(output) => self.on_transaction(output, now, out),
                Work::Call(key, output) => self.on_call(key, output, now, out),
            }
        }
    }

    fn on_call(&mut self, key: CallKey, output: call::Out, now: Now, out: &mut Vec<Output>) {
        match output {
            call::Out::Transact(input) => self.transact(input, now),
            call::Out::Media(thread, command) => out.push(Output::Media(thread, command)),
            call::Out::Route(input) => out.push(Output::Route(input)),
            call::Out::Record(event) => {
                // The caller is gone: what is left of the call, such as an agent whose BYE nobody
                // answers, is no call of the trunk's.
                if matches!(event.what, record::Happened::Ended { .. }) {
                    self.calls.leave_trunk(key);
                }
                out.push(Output::Record(event));
            }
            call::Out::Odd(count) => self.figures.odd_descriptions += u64::from(count),
            call::Out::LegBegan(leg, dialog) => self.calls.add_dialog(leg, dialog),
            call::Out::LegGone(_, dialog) => self.calls.remove_dialog(&dialog),
            call::Out::Over => self.calls.remove(key),
        }
    }

    fn transact(&mut self, input: transaction::Input, now: Now) {
        self.layer.handle(input, now, &mut self.said);
        self.work.extend(self.said.drain(..).map(Work::Transaction));
    }

    /// Hands an input to a call; one that is not there any more hears nothing.
    fn call(&mut self, key: CallKey, input: call::Input, now: Now) {
        let Some(call) = self.calls.get_mut(key) else { return };
        let editions = self.editions.clone();
        let mut context = call::Context {
            now,
            mint: &mut self.mint,
            listeners: &self.listeners,
            gates: &self.gates,
            peers: &mut self.peers,
            ports: &mut self.ports,
            prompts: &editions.current.prompts,
            loop_mark: &self.loop_mark,
        };
        call.handle(input, &mut context, &mut self.outs);
        self.calls.rearm(key);
        self.work.extend(self.outs.drain(..).map(|out| Work::Call(key, out)));
    }
}

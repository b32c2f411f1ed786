//! The loop of a worker's thread: drain, handle, carry out, sleep.

#[cfg(test)]
mod tests;

use super::inbox::{Inbox, Inboxes, Posted};
use super::order::{Came, Next, Order};
use super::tcp::Connections;
use super::udp::Udp;
use crate::base::{Mono, WorkerId};
use crate::io::clock::Clock;
use crate::media;
use crate::record;
use crate::router;
use crate::transport::{Flow, ListenerId, Listeners, Transport};
use crate::worker::{Input, Output, Worker};
use bytes::Bytes;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// Inputs taken from the inbox before the sockets have their turn.
const BURST: usize = 256;
/// Requests that may begin a call handled before running calls have their turn again.
const NEW_BURST: usize = 64;
/// So many bursts of each socket are read in a turn: 4,096 datagrams.
const DRAINS: usize = 64;
/// The longest sleep: nothing is polled, this only bounds what a clock step could do.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Where a worker's outputs go that are not SIP. `io/run` gives one to each worker.
pub trait House: Send {
    /// A command for a media thread. To be held until [`House::flush`] where that saves a wake.
    fn media(&mut self, thread: u8, command: media::Command);
    /// An input for the router. What it says to this worker is appended to `own`.
    fn route(&mut self, input: router::Input, own: &mut VecDeque<Input>);
    /// An event for the record.
    fn record(&mut self, event: record::Event);
    /// Whether the record of a new call can be kept. Asked in every turn.
    fn is_recording(&mut self) -> bool;
    /// The worker's ports run low; what is lent is appended to `own`.
    fn want_ports(&mut self, worker: &Worker, own: &mut VecDeque<Input>);
    /// The turn is over.
    fn flush(&mut self, worker: &Worker);
    /// When the house wants [`House::on_deadline`] on some worker's thread.
    fn next_deadline(&self) -> Option<Mono>;
    /// The deadline has come.
    fn on_deadline(&mut self, own: &mut VecDeque<Input>);
    /// Whether this worker's thread shall end now.
    fn is_closing(&self) -> bool;
}

/// What one worker's thread is given.
#[derive(Debug)]
pub struct Seat {
    /// Which worker.
    pub id: WorkerId,
    /// The machine.
    pub worker: Worker,
    /// Its inbox.
    pub inbox: Inbox,
    /// Everybody's inboxes.
    pub inboxes: Inboxes,
    /// The addresses it speaks from.
    pub listeners: Arc<Listeners>,
    /// Its UDP sockets, by listener.
    pub udp: Vec<Option<UdpSocket>>,
    /// TCP listeners that it accepts on, by listener.
    pub tcp: Vec<Option<TcpListener>>,
    /// All connections.
    pub connections: Connections,
    /// The clock.
    pub clock: Clock,
}

/// Runs a worker until its house closes. To be called on a thread of its own.
///
/// # Errors
/// The runtime or a socket cannot be set up.
pub fn run(seat: Seat, house: &mut dyn House) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let Seat { id, worker, inbox, inboxes, listeners, udp, tcp, connections, clock } = seat;
        for (index, listener) in tcp.into_iter().enumerate() {
            let Some(listener) = listener else { continue };
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let accept = connections.clone().accept(listener, ListenerId(index as u16), id);
            tokio::spawn(accept);
        }
        let udp = Udp::new(udp)?;
        let mut desk = Desk {
            id,
            worker,
            inboxes,
            listeners,
            udp,
            connections,
            clock,
            own: VecDeque::new(),
            said: Vec::new(),
            order: Order::default(),
            awake: Instant::now(),
            came_at: None,
            recording: true,
        };
        desk.run(inbox, house).await;
        Ok(())
    })
}

struct Desk {
    id: WorkerId,
    worker: Worker,
    inboxes: Inboxes,
    listeners: Arc<Listeners>,
    udp: Udp,
    connections: Connections,
    clock: Clock,
    /// Inputs that this worker's own outputs set off.
    own: VecDeque<Input>,
    said: Vec<Output>,
    /// What came and waits for its turn.
    order: Order,
    /// Since when the thread does not sleep.
    awake: Instant,
    /// When the message that is being handled came.
    came_at: Option<Instant>,
    /// What the worker was last told of the record.
    recording: bool,
}

impl Desk {
    async fn run(&mut self, mut inbox: Inbox, house: &mut dyn House) {
        loop {
            self.look_at_record(house);
            let mut busy = self.drain_inbox(&mut inbox, house);
            busy |= self.drain_sockets(house);
            busy |= self.handle_messages(&inbox, house);
            busy |= self.meet_deadlines(house);
            house.flush(&self.worker);
            if house.is_closing() {
                return;
            }
            if busy {
                // Connections live on this runtime as well.
                tokio::task::yield_now().await;
            } else {
                let posted = self.sleep(&mut inbox, house).await;
                self.awake = Instant::now();
                if let Some(posted) = posted {
                    // After a long sleep what was known of the record is old.
                    self.look_at_record(house);
                    self.take(posted, house);
                }
            }
        }
    }

    fn look_at_record(&mut self, house: &mut dyn House) {
        let can = house.is_recording();
        if can != self.recording {
            self.recording = can;
            self.handle(Input::Recording(can), house);
        }
    }

    fn drain_inbox(&mut self, inbox: &mut Inbox, house: &mut dyn House) -> bool {
        for _ in 0..BURST {
            let Ok(posted) = inbox.channel.try_recv() else { return false };
            self.take(posted, house);
        }
        true
    }

    /// What comes from within is handled at once, what comes from the network in its turn.
    fn take(&mut self, posted: Posted, house: &mut dyn House) {
        let Posted { input, at } = posted;
        let (flow, bytes, forwarded) = match input {
            Input::Message { flow, bytes } | Input::Late { flow, bytes } => (flow, bytes, false),
            Input::Forwarded { flow, bytes } => (flow, bytes, true),
            within @ (Input::IsUsed(_)
            | Input::TransportFailed(_)
            | Input::Media(_)
            | Input::Router(_)
            | Input::Ports(_)
            | Input::Recording(_)
            | Input::Editions(_)
            | Input::Drain
            | Input::EndAll
            | Input::Timeout) => return self.handle(within, house),
        };
        self.order.push(Came { at, flow, bytes, forwarded, of_inbox: true });
    }

    /// All that belongs to calls, and some of what may begin one; true if there is more.
    fn handle_messages(&mut self, inbox: &Inbox, house: &mut dyn House) -> bool {
        while let Some(next) = self.order.next_of_calls() {
            self.handle_next(next, inbox, house);
        }
        for _ in 0..NEW_BURST {
            let Some(next) = self.order.next_new(self.awake, Instant::now()) else { return false };
            self.handle_next(next, inbox, house);
        }
        !self.order.is_empty()
    }

    fn handle_next(&mut self, next: Next, inbox: &Inbox, house: &mut dyn House) {
        if let Some(length) = next.of_inbox {
            inbox.took(length);
        }
        self.came_at = Some(next.at);
        self.handle(next.input, house);
        self.came_at = None;
    }

    /// True if there may be more. If not, the sleep that follows ends as soon as something comes.
    fn drain_sockets(&mut self, house: &mut dyn House) -> bool {
        let at = Instant::now();
        let order = &mut self.order;
        // Nearly all that waits is read before anything is handled: what belongs to a call would wait
        // in the kernel's buffer behind the new calls that came before it, and how long they waited
        // there would not be seen.
        let mut more = true;
        let mut left = DRAINS;
        while more && left > 0 && order.has_room() {
            more = self.udp.drain(|flow, bytes| {
                order.push(Came { at, flow, bytes, forwarded: false, of_inbox: false });
            });
            left -= 1;
        }
        let mut failed = Vec::new();
        self.udp.take_errors(|flow| failed.push(flow));
        for flow in failed {
            self.handle(Input::TransportFailed(flow), house);
        }
        more
    }

    fn meet_deadlines(&mut self, house: &mut dyn House) -> bool {
        let now = self.clock.mono();
        if house.next_deadline().is_some_and(|d| d <= now) {
            house.on_deadline(&mut self.own);
            self.handle_own(house);
        }
        if self.worker.next_deadline().is_some_and(|d| d <= now) {
            self.handle(Input::Timeout, house);
            return true;
        }
        false
    }

    fn handle(&mut self, input: Input, house: &mut dyn House) {
        self.own.push_back(input);
        self.handle_own(house);
    }

    fn handle_own(&mut self, house: &mut dyn House) {
        while let Some(input) = self.own.pop_front() {
            let mut said = std::mem::take(&mut self.said);
            self.worker.handle(input, self.clock.now(), &mut said);
            for output in said.drain(..) {
                self.carry_out(output, house);
            }
            self.said = said;
        }
    }

    fn carry_out(&mut self, output: Output, house: &mut dyn House) {
        match output {
            Output::Send { flow, bytes } => self.send(flow, bytes),
            Output::Forward { to, flow, bytes } => {
                let at = self.came_at.unwrap_or_else(Instant::now);
                self.inboxes.post_since(to, Input::Forwarded { flow, bytes }, at);
            }
            Output::InUse(flow) => self.connections.in_use(flow),
            Output::Media(thread, command) => house.media(thread, command),
            Output::Route(input) => house.route(input, &mut self.own),
            Output::Record(event) => house.record(event),
            Output::WantPorts => house.want_ports(&self.worker, &mut self.own),
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        let sent = match flow.transport {
            Transport::Udp => self.udp.send(flow, &bytes).is_ok(),
            Transport::Tcp => {
                let listener = self.listeners.list.get(usize::from(flow.listener.0));
                listener.is_some_and(|l| self.connections.send(flow, l.local, bytes, self.id))
            }
        };
        if !sent {
            self.own.push_back(Input::TransportFailed(flow));
        }
    }

    /// Sleeps until something comes or a deadline does.
    async fn sleep(&self, inbox: &mut Inbox, house: &dyn House) -> Option<Posted> {
        let deadline = [self.worker.next_deadline(), house.next_deadline()].into_iter().flatten();
        let until = deadline.min().map_or(LONGEST_SLEEP, |d| self.clock.until(d));
        let mut timer = pin!(tokio::time::sleep(until.min(LONGEST_SLEEP)));
        poll_fn(|cx| {
            if let Poll::Ready(posted) = inbox.channel.poll_recv(cx) {
                return Poll::Ready(posted);
            }
            if self.udp.poll_readable(cx).is_ready() || timer.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            Poll::Pending
        })
        .await
    }
}

//! The ways into a worker from other threads.

use crate::base::WorkerId;
use crate::worker::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Messages from the network that may wait in one inbox; more are dropped, as a full socket buffer
/// would have done. What comes from media and router is bounded by the calls themselves.
const MOST_MESSAGES: usize = 16_384;

/// Bytes of such messages in one inbox: some 60,000 of the usual kilobyte, or 1,000 of the largest.
const MOST_BYTES: usize = 64 << 20;

/// All workers' inboxes.
#[derive(Clone, Debug)]
pub struct Inboxes {
    list: Arc<[Sender]>,
}

#[derive(Debug)]
struct Sender {
    channel: mpsc::UnboundedSender<Posted>,
    filling: Arc<Filling>,
}

/// An input, and since when it waits.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) input: Input,
    pub(super) at: Instant,
}

/// The reading end, owned by one worker's thread.
#[derive(Debug)]
pub struct Inbox {
    pub(super) channel: mpsc::UnboundedReceiver<Posted>,
    filling: Arc<Filling>,
}

/// What waits in an inbox of the network's messages, and how many found no room.
#[derive(Debug, Default)]
struct Filling {
    messages: AtomicUsize,
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Filling {
    /// Makes room for a message of this length; false, and counted, if there is none.
    fn add(&self, length: usize) -> bool {
        let messages = self.messages.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(length, Ordering::Relaxed);
        let fits = messages < MOST_MESSAGES && bytes.saturating_add(length) <= MOST_BYTES;
        if !fits {
            self.take(length);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    fn take(&self, length: usize) {
        self.messages.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(length, Ordering::Relaxed);
    }
}

/// The length of a message from the network; none for what comes from within.
fn length(input: &Input) -> Option<usize> {
    match input {
        Input::Message { bytes, .. }
        | Input::Forwarded { bytes, .. }
        | Input::Late { bytes, .. } => Some(bytes.len()),
        Input::TransportFailed(_)
        | Input::IsUsed(_)
        | Input::Media(_)
        | Input::Router(_)
        | Input::Ports(_)
        | Input::Recording(_)
        | Input::Editions(_)
        | Input::Drain
        | Input::EndAll
        | Input::Timeout => None,
    }
}

impl Inboxes {
    /// An inbox for each of so many workers.
    #[must_use]
    pub fn new(workers: u8) -> (Inboxes, Vec<Inbox>) {
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..workers.max(1))
            .map(|_| {
                let (sender, receiver) = mpsc::unbounded_channel();
                let filling = Arc::<Filling>::default();
                let inbox = Inbox { channel: receiver, filling: filling.clone() };
                (Sender { channel: sender, filling }, inbox)
            })
            .unzip();
        (Inboxes { list: senders.into() }, inboxes)
    }

    /// How many workers there are.
    #[must_use]
    pub fn workers(&self) -> u8 {
        u8::try_from(self.list.len()).unwrap_or(u8::MAX)
    }

    /// Posts an input. False if it was dropped: a message to a full inbox, a worker that is gone.
    pub fn post(&self, to: WorkerId, input: Input) -> bool {
        self.post_since(to, input, Instant::now())
    }

    /// The same for what waits since then.
    pub(super) fn post_since(&self, to: WorkerId, input: Input, at: Instant) -> bool {
        let Some(sender) = self.list.get(to.index()) else { return false };
        if length(&input).is_some_and(|length| !sender.filling.add(length)) {
            return false;
        }
        sender.channel.send(Posted { input, at }).is_ok()
    }

    /// Messages that were dropped because an inbox was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.list.iter().map(|s| s.filling.dropped.load(Ordering::Relaxed)).sum()
    }

    /// Posts an input to every worker.
    pub fn post_all(&self, input: impl Fn() -> Input) {
        for index in 0..self.workers() {
            self.post(WorkerId(index), input());
        }
    }
}

impl Inbox {
    /// Whether nothing waits in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.channel.is_empty()
    }

    /// What waits, taken out; for tests without a worker's thread.
    #[cfg(test)]
    pub(crate) fn take_all(&mut self) -> Vec<Input> {
        let mut taken = Vec::new();
        while let Ok(posted) = self.channel.try_recv() {
            taken.push(posted.input);
        }
        taken
    }

    /// Notes that a message of this length, which was taken out, does not wait any more.
    pub(super) fn took(&self, length: usize) {
        self.filling.take(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Flow, ListenerId, Transport};
    use bytes::Bytes;

    fn message(bytes: &Bytes) -> Input {
        let remote = ([192, 0, 2, 1], 5060).into();
        let flow =
            Flow { listener: ListenerId(0), transport: Transport::Udp, remote, connection: None };
        Input::Message { flow, bytes: bytes.clone() }
    }

    /// What waits is bounded by number and by bytes; what finds no room is counted, inputs from within
    /// always do, and what is taken out makes room again.
    #[test]
    fn an_inbox_is_bounded_by_number_and_by_bytes() {
        for (size, fit) in [(10, MOST_MESSAGES), (65_535, MOST_BYTES / 65_535)] {
            let (inboxes, mut waiting) = Inboxes::new(2);
            let mut inbox = waiting.remove(0);
            let bytes = Bytes::from(vec![b'x'; size]);
            for n in 0..fit + 7 {
                assert_eq!(inboxes.post(WorkerId(0), message(&bytes)), n < fit, "{n} of {size}");
            }
            assert_eq!(inboxes.dropped(), 7);
            assert!(inboxes.post(WorkerId(0), Input::Timeout));
            assert!(inboxes.post(WorkerId(1), message(&bytes)), "another's has room");
            let taken = inbox.channel.try_recv().unwrap();
            inbox.took(length(&taken.input).unwrap());
            assert!(inboxes.post(WorkerId(0), message(&bytes)));
            assert!(!inboxes.post(WorkerId(0), message(&bytes)));
        }
    }
}

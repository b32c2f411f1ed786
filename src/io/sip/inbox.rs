//! The ways into a worker from other threads.

use crate::base::WorkerId;
use crate::worker::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// Messages from the network that may wait in one inbox; more are dropped, as a full socket buffer
/// would have done. What comes from media and router is bounded by the calls themselves.
const MOST_MESSAGES: usize = 16_384;

/// All workers' inboxes.
#[derive(Clone, Debug)]
pub struct Inboxes {
    list: Arc<[Sender]>,
}

#[derive(Debug)]
struct Sender {
    channel: mpsc::UnboundedSender<Input>,
    messages: Arc<AtomicUsize>,
}

/// The reading end, owned by one worker's thread.
#[derive(Debug)]
pub struct Inbox {
    pub(super) channel: mpsc::UnboundedReceiver<Input>,
    messages: Arc<AtomicUsize>,
}

impl Inboxes {
    /// An inbox for each of so many workers.
    #[must_use]
    pub fn new(workers: u8) -> (Inboxes, Vec<Inbox>) {
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..workers.max(1))
            .map(|_| {
                let (sender, receiver) = mpsc::unbounded_channel();
                let messages = Arc::new(AtomicUsize::new(0));
                let inbox = Inbox { channel: receiver, messages: messages.clone() };
                (Sender { channel: sender, messages }, inbox)
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
        let Some(sender) = self.list.get(to.index()) else { return false };
        let is_message = matches!(input, Input::Message { .. } | Input::Forwarded { .. });
        if is_message && sender.messages.fetch_add(1, Ordering::Relaxed) >= MOST_MESSAGES {
            sender.messages.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        sender.channel.send(input).is_ok()
    }

    /// Posts an input to every worker.
    pub fn post_all(&self, input: impl Fn() -> Input) {
        for index in 0..self.workers() {
            self.post(WorkerId(index), input());
        }
    }
}

impl Inbox {
    /// Notes that an input was taken out.
    pub(super) fn took(&self, input: &Input) {
        if matches!(input, Input::Message { .. } | Input::Forwarded { .. }) {
            self.messages.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

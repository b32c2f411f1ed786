//! What came from the network and waits for its turn: what belongs to a call goes first, what may begin
//! one comes behind it, each in the order in which it came.
//!
//! A request without a To tag begins something (an INVITE, and the CANCEL that has to find it). All
//! else is of a call or of nothing. So under a flood of new calls the running ones are heard, and a new
//! one that would be answered late is refused early.

use crate::transport::{Flow, is_outside_dialog};
use crate::worker::Input;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Requests that begin something and wait here before the sockets are left alone; their kernel's
/// buffers hold some more, and drop what is beyond.
const MOST_WAITING: usize = 4_096;

/// A new call that waited longer for its turn is refused: its caller's T1 is 500 ms, and who waits is
/// behind many others.
const LATE: Duration = Duration::from_millis(50);

/// A message and since when it waits.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) at: Instant,
    pub(super) flow: Flow,
    pub(super) bytes: Bytes,
    /// Another worker received it.
    pub(super) forwarded: bool,
    /// It counts as waiting in the inbox.
    pub(super) of_inbox: bool,
}

/// A message whose turn it is.
#[derive(Debug)]
pub(super) struct Next {
    /// As the worker is to hear it.
    pub(super) input: Input,
    pub(super) at: Instant,
    /// So many of its bytes waited in the inbox.
    pub(super) of_inbox: Option<usize>,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Order {
    of_calls: VecDeque<Came>,
    new: VecDeque<Came>,
}

impl Order {
    /// A message came.
    pub(super) fn push(&mut self, came: Came) {
        match is_outside_dialog(&came.bytes) {
            true => self.new.push_back(came),
            false => self.of_calls.push_back(came),
        }
    }

    /// The next one that belongs to a call.
    pub(super) fn next_of_calls(&mut self) -> Option<Next> {
        self.of_calls.pop_front().map(|came| came.next(false))
    }

    /// The next one that may begin one. `awake` is since when the worker does not sleep: the time in
    /// which it slept is no lag of its own.
    pub(super) fn next_new(&mut self, awake: Instant, now: Instant) -> Option<Next> {
        let came = self.new.pop_front()?;
        let waited = now.saturating_duration_since(came.at.max(awake));
        Some(came.next(waited > LATE))
    }

    /// Whether the sockets may be read.
    pub(super) fn has_room(&self) -> bool {
        self.new.len() < MOST_WAITING
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.of_calls.is_empty() && self.new.is_empty()
    }
}

impl Came {
    fn next(self, is_late: bool) -> Next {
        let Came { at, flow, bytes, forwarded, of_inbox } = self;
        let of_inbox = of_inbox.then_some(bytes.len());
        let input = match (is_late, forwarded) {
            (true, _) => Input::Late { flow, bytes },
            (false, true) => Input::Forwarded { flow, bytes },
            (false, false) => Input::Message { flow, bytes },
        };
        Next { input, at, of_inbox }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{ListenerId, Transport};

    fn came(at: Instant, start: &str, to: &str, n: u8) -> Came {
        let text = format!("{start}\r\nTo: <sip:a@192.0.2.1>{to}\r\nCSeq: {n}\r\n\r\n");
        let remote = ([192, 0, 2, 1], 5060).into();
        let flow =
            Flow { listener: ListenerId(0), transport: Transport::Udp, remote, connection: None };
        Came { at, flow, bytes: text.into(), forwarded: n.is_multiple_of(2), of_inbox: n == 3 }
    }

    fn told(next: &Next) -> String {
        let (word, bytes) = if let Input::Late { bytes, .. } = &next.input {
            ("late ", bytes)
        } else if let Input::Forwarded { bytes, .. } = &next.input {
            ("forwarded ", bytes)
        } else if let Input::Message { bytes, .. } = &next.input {
            ("", bytes)
        } else {
            panic!("{:?}", next.input);
        };
        let text = String::from_utf8_lossy(bytes);
        format!("{word}{}", text.split([' ', '/']).next().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn calls_go_first_and_who_waited_too_long_is_late() {
        let (mut order, begun) = (Order::default(), Instant::now());
        for (n, (start, to)) in [
            ("INVITE sip:a SIP/2.0", ""),
            ("BYE sip:a SIP/2.0", ";tag=1"),
            ("CANCEL sip:a SIP/2.0", ""),
            ("SIP/2.0 200 OK", ""),
            ("INVITE sip:a SIP/2.0", ";tag=1"),
            ("INVITE sip:b SIP/2.0", ""),
        ]
        .into_iter()
        .enumerate()
        {
            order.push(came(begun, start, to, n as u8));
        }
        let mut first = Vec::new();
        let mut of_inbox = 0;
        while let Some(next) = order.next_of_calls() {
            of_inbox += next.of_inbox.unwrap_or_default();
            first.push(told(&next));
        }
        assert_eq!(first, ["BYE", "SIP", "forwarded INVITE"]);
        assert_eq!(of_inbox, "SIP/2.0 200 OK\r\nTo: <sip:a@192.0.2.1>\r\nCSeq: 3\r\n\r\n".len());
        let mut new = |awake, after: u64| {
            let now = begun + Duration::from_millis(after);
            order.next_new(awake, now).map(|next| told(&next))
        };
        assert_eq!(new(begun, 50).as_deref(), Some("forwarded INVITE"));
        let woke = begun + Duration::from_millis(40);
        assert_eq!(new(woke, 90).as_deref(), Some("forwarded CANCEL"), "it slept until then");
        assert_eq!(new(begun, 51).as_deref(), Some("late INVITE"));
        assert_eq!(new(begun, 51), None);
        assert!(order.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_sockets_are_left_alone_while_too_many_wait() {
        let mut order = Order::default();
        for _ in 0..MOST_WAITING {
            assert!(order.has_room());
            order.push(came(Instant::now(), "INVITE sip:a SIP/2.0", "", 1));
            order.push(came(Instant::now(), "BYE sip:a SIP/2.0", ";tag=1", 1));
        }
        assert!(!order.has_room());
        order.next_new(Instant::now(), Instant::now());
        assert!(order.has_room());
    }
}

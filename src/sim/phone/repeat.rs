//! Repeats and waiting of a phone: what RFC 3261 §17 asks of transactions, in two short tables.

use crate::base::Mono;
use crate::base::limits::{T1, T1_64, T2, T4};
use crate::sip::{Message, Method};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// Repeats of one message at growing gaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resend {
    pub(super) at: Mono,
    gap: Duration,
    longest: Duration,
}

impl Resend {
    /// Gaps of T1, doubling up to T2 (timers E and G, and the 2xx of §13.3.1.4).
    pub(super) fn up_to_t2(now: Mono) -> Resend {
        Resend { at: now + T1, gap: T1, longest: T2 }
    }

    /// Gaps of T1, doubling without end (timer A, and reliable provisionals of RFC 3262 §3).
    pub(super) fn doubling(now: Mono) -> Resend {
        Resend { at: now + T1, gap: T1, longest: T1_64 }
    }

    /// Whether it is due; then the next one is set.
    pub(super) fn due(&mut self, now: Mono) -> bool {
        if self.at > now {
            return false;
        }
        self.gap = (self.gap * 2).min(self.longest);
        self.at = now + self.gap;
        true
    }

    /// A provisional response slows a request down to T2 (timer E in Proceeding).
    pub(super) fn slow_down(&mut self) {
        self.gap = T2;
    }
}

/// Why a request was sent, for what its response means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Invite,
    Reinvite,
    Update,
    Prack,
    Cancel,
    Bye,
    /// The BYE of a forked dialog that is not wanted.
    ForkBye,
    Info,
    Refer,
}

/// A request of ours until it is over.
#[derive(Clone, Debug)]
pub(super) struct ClientTx {
    pub(super) branch: String,
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) why: Why,
    pub(super) bytes: Bytes,
    pub(super) to: SocketAddr,
    pub(super) resend: Option<Resend>,
    /// Timer B or F while nothing final came, timer D or K after; none for an INVITE that rings.
    pub(super) until: Option<Mono>,
    /// The final status.
    pub(super) status: Option<u16>,
    /// A provisional was heard.
    pub(super) proceeding: bool,
    /// The ACK of a final other than 2xx.
    pub(super) ack: Option<Bytes>,
}

impl ClientTx {
    pub(super) fn is_open(&self) -> bool {
        self.status.is_none()
    }

    /// A provisional came.
    pub(super) fn proceed(&mut self) {
        if !self.is_open() {
            return;
        }
        self.proceeding = true;
        if self.method == Method::Invite {
            self.resend = None;
            self.until = None;
        } else if let Some(resend) = &mut self.resend {
            resend.slow_down();
        }
    }

    /// A final came; repeats are answered until timer D, or absorbed until timer K.
    pub(super) fn finish(&mut self, status: u16, now: Mono) {
        self.status = Some(status);
        self.resend = None;
        let wait = if self.method == Method::Invite { T1_64 } else { T4 };
        self.until = Some(now + wait);
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.resend.map(|r| r.at).into_iter().chain(self.until).min()
    }
}

/// A request of the peer until it is over.
#[derive(Clone, Debug)]
pub(super) struct ServerTx {
    pub(super) branch: Vec<u8>,
    pub(super) method: Method,
    pub(super) cseq: u32,
    pub(super) request: Message,
    pub(super) remote: SocketAddr,
    pub(super) last: Option<Bytes>,
    pub(super) status: Option<u16>,
    pub(super) resend: Option<Resend>,
    pub(super) until: Option<Mono>,
    pub(super) acked: bool,
}

impl ServerTx {
    pub(super) fn is_open(&self) -> bool {
        self.status.is_none()
    }

    /// A response was sent.
    pub(super) fn respond(&mut self, status: u16, bytes: Bytes, now: Mono) {
        self.last = Some(bytes);
        if status < 200 {
            return;
        }
        self.status = Some(status);
        self.until = Some(now + T1_64);
        if self.method == Method::Invite {
            self.resend = Some(Resend::up_to_t2(now));
        }
    }

    /// The ACK came.
    pub(super) fn acknowledge(&mut self, now: Mono) {
        self.acked = true;
        self.resend = None;
        self.until = Some(now + T4);
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.resend.map(|r| r.at).into_iter().chain(self.until).min()
    }
}

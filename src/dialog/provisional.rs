//! Our provisional responses, plain and reliable (RFC 3262 §3, RFC 3261 §13.3.1.1; PRK-01, SDP-02).

use super::hand::{Hand, earlier};
use super::incoming::Incoming;
use super::offer::{Ours, Owed, Theirs, Turn};
use super::respond;
use super::words::Headers;
use crate::base::{Mono, limits};
use crate::sip::Name;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// Reliable provisionals that may wait for the one before them.
const QUEUE: usize = 8;
/// How often a plain provisional is repeated while nothing else is said, so that no proxy on the
/// way lets the INVITE run out (RFC 3261 §13.3.1.1).
const REPEAT: Duration = Duration::from_secs(60);

/// A provisional that the call wants sent.
#[derive(Clone)]
pub(super) struct Provisional {
    /// 101 to 199.
    pub(super) status: u16,
    /// The description.
    pub(super) sdp: Option<Bytes>,
    /// More headers.
    pub(super) headers: Headers,
}

/// A reliable provisional that waits for its PRACK.
pub(super) struct Open {
    /// Its RSeq.
    pub(super) rseq: u32,
    /// It carries a description: the 2xx waits for its PRACK.
    pub(super) has_sdp: bool,
    status: u16,
    bytes: Bytes,
    interval: Duration,
    resend_at: Mono,
    give_up_at: Mono,
}

/// The provisionals of one INVITE.
pub(super) struct Provisionals {
    next_rseq: u32,
    /// The reliable one that is not acknowledged.
    pub(super) open: Option<Open>,
    queue: VecDeque<Provisional>,
    last: Option<(u16, Bytes, Mono)>,
    /// One was sent, so that the peer knows our tag: there is an early dialog (RFC 3261 §12.1).
    pub(super) said: bool,
}

impl Provisionals {
    /// `first_rseq` is random, 1 to 2³¹ − 1 (RFC 3262 §3).
    pub(super) fn new(first_rseq: u32) -> Provisionals {
        let queue = VecDeque::new();
        Provisionals { next_rseq: first_rseq, open: None, queue, last: None, said: false }
    }

    /// When something has to be sent again or given up.
    pub(super) fn deadline(&self) -> Option<Mono> {
        let open = self.open.as_ref().map(|open| open.resend_at.min(open.give_up_at));
        earlier(open, self.last.as_ref().map(|(_, _, at)| *at))
    }

    /// Whether a 2xx has to wait for a PRACK (§3: the offer or answer in it is not settled).
    pub(super) fn blocks_answer(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.has_sdp)
    }

    /// Drops what still waits; the last description among it, if any.
    pub(super) fn drop_queue(&mut self) -> Option<Bytes> {
        self.queue.drain(..).filter_map(|provisional| provisional.sdp).next_back()
    }
}

/// Sends a provisional, now or after the reliable ones before it.
pub(super) fn progress(hand: &mut Hand<'_, '_>, incoming: &mut Incoming, what: Provisional) {
    if !(101..200).contains(&what.status) || incoming.answer.is_some() {
        hand.ignore("provisional out of place");
        return;
    }
    let required = incoming.invite.has_token(Name::Require, "100rel");
    let wished = hand.local.policy.prefer_100rel && incoming.usage.peer.reliable;
    if !required && !wished {
        send_plain(hand, incoming, what);
    } else if incoming.provisionals.open.is_none() {
        send_reliable(hand, incoming, what);
    } else if incoming.provisionals.queue.len() < QUEUE {
        incoming.provisionals.queue.push_back(what);
    } else {
        hand.ignore("too many provisionals wait");
    }
}

fn send_plain(hand: &mut Hand<'_, '_>, incoming: &mut Incoming, what: Provisional) {
    // Only a preview of the answer may stand in an unreliable response; an offer may not.
    let sdp = match &incoming.usage.turn {
        Turn::Theirs(Theirs::Invite) => what.sdp,
        Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_) => None,
    };
    if sdp.is_some() {
        incoming.preview.clone_from(&sdp);
    }
    let writer = respond::dialog_response(hand, &incoming.invite, what.status, &what.headers);
    let bytes = respond::with_sdp(writer, sdp.as_ref());
    hand.respond(incoming.tx, what.status, bytes.clone());
    incoming.provisionals.said = true;
    incoming.provisionals.last = Some((what.status, bytes, hand.after(REPEAT)));
}

fn send_reliable(hand: &mut Hand<'_, '_>, incoming: &mut Incoming, what: Provisional) {
    let usage = &mut incoming.usage;
    let sdp = match (&usage.turn, what.sdp) {
        (Turn::Theirs(Theirs::Invite), Some(sdp)) => {
            usage.turn = Turn::Idle;
            usage.local_sdp = Some(sdp.clone());
            usage.remote_sdp = incoming.invite.sdp();
            Some(sdp)
        }
        (Turn::Owed(Owed::Invite), Some(sdp)) => {
            usage.turn = Turn::Ours(Ours::Reliable);
            usage.local_sdp = Some(sdp.clone());
            Some(sdp)
        }
        // Settled or not ours to say now: a description here would be none.
        (Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_), _) => None,
    };
    let provisionals = &mut incoming.provisionals;
    let rseq = provisionals.next_rseq;
    provisionals.next_rseq = rseq.wrapping_add(1);
    let writer = respond::dialog_response(hand, &incoming.invite, what.status, &what.headers)
        .header("Require", "100rel")
        .header("RSeq", rseq.to_string());
    let bytes = respond::with_sdp(writer, sdp.as_ref());
    hand.respond(incoming.tx, what.status, bytes.clone());
    provisionals.said = true;
    provisionals.last = None;
    provisionals.open = Some(Open {
        rseq,
        has_sdp: sdp.is_some(),
        status: what.status,
        bytes,
        interval: limits::T1,
        resend_at: hand.after(limits::T1),
        give_up_at: hand.after(limits::T1_64),
    });
}

/// The PRACK came: the next one in the queue goes.
pub(super) fn send_next(hand: &mut Hand<'_, '_>, incoming: &mut Incoming) {
    if incoming.provisionals.open.is_some() || incoming.answer.is_some() {
        return;
    }
    if let Some(next) = incoming.provisionals.queue.pop_front() {
        send_reliable(hand, incoming, next);
    }
}

/// Sends again what is due; whether a reliable one has waited 64·T1 for its PRACK.
pub(super) fn on_timeout(hand: &mut Hand<'_, '_>, incoming: &mut Incoming) -> bool {
    let now = hand.now();
    if let Some(open) = &mut incoming.provisionals.open {
        if open.give_up_at <= now {
            return true;
        }
        if open.resend_at <= now {
            open.interval *= 2;
            open.resend_at = now + open.interval;
            hand.respond(incoming.tx, open.status, open.bytes.clone());
        }
    }
    if let Some((status, bytes, at)) = &mut incoming.provisionals.last
        && *at <= now
    {
        *at = now + REPEAT;
        hand.respond(incoming.tx, *status, bytes.clone());
    }
    false
}

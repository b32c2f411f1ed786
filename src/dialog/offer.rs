//! Whose turn it is in offer and answer (RFC 3264, 3261 §13 and §14, 3311, 3262, summed up in
//! RFC 6337 §2): one offer at a time, and which message must carry the answer.

use super::auth::Auth;
use super::usage::Asked;
use crate::base::Mono;
use bytes::Bytes;

/// Whose turn it is.
pub(super) enum Turn {
    /// No offer is open.
    Idle,
    /// Ours is out (or asked for), the answer is awaited.
    Ours(Ours),
    /// The peer's is in; the call owes the answer.
    Theirs(Theirs),
    /// The peer asked us for an offer by an INVITE without one; the call owes it.
    Owed(Owed),
}

/// How our offer went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ours {
    /// In our INVITE or re-INVITE: answered in a reliable 1xx or the 2xx.
    Invite,
    /// In our UPDATE: answered in its 200.
    Update,
    /// In our reliable 1xx: answered in its PRACK.
    Reliable,
    /// In our 2xx: answered in its ACK.
    Final,
}

/// What must carry our answer.
pub(super) enum Theirs {
    /// The first INVITE: a reliable 1xx or the 2xx.
    Invite,
    /// A re-INVITE: its 2xx.
    Reinvite(Asked),
    /// An UPDATE: its 200.
    Update(Asked),
    /// A PRACK: its 200.
    Prack(Asked),
    /// A reliable 1xx to our INVITE: the PRACK, which waits with this RSeq.
    Reliable {
        /// RSeq to be acknowledged.
        rseq: u32,
        /// The INVITE's number.
        cseq: u32,
    },
    /// A 2xx to our INVITE without offer: the ACK, which waits.
    Final {
        /// The INVITE's number.
        cseq: u32,
        /// The INVITE's credentials.
        auth: Auth,
    },
}

/// What must carry our offer.
pub(super) enum Owed {
    /// The first INVITE: a reliable 1xx or the 2xx.
    Invite,
    /// A re-INVITE: its 2xx.
    Reinvite(Asked),
}

impl Turn {
    /// What a new offer of the peer's has to be refused with, if it has (RFC 3311 §5.2,
    /// RFC 3261 §14.2; SDP-08, SDP-09).
    pub(super) fn refusal(&self) -> Option<u16> {
        match self {
            Turn::Idle => None,
            Turn::Ours(_) => Some(491),
            Turn::Theirs(_) | Turn::Owed(_) => Some(500),
        }
    }

    /// Whether no offer is open.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Turn::Idle)
    }

    /// Takes the turn, leaving it idle.
    pub(super) fn take(&mut self) -> Turn {
        std::mem::replace(self, Turn::Idle)
    }
}

/// An offer of ours (or a refresh) that waits for its time.
#[derive(Clone)]
pub(super) struct Wanted {
    /// The description; none for a re-INVITE without offer.
    pub(super) sdp: Option<Bytes>,
    /// It only refreshes the session: nothing is told to the call.
    pub(super) refresh: bool,
    /// The peer had it once, and answered 491.
    pub(super) seen: bool,
    /// Not before this (§14.1); none: as soon as no offer or INVITE is open.
    pub(super) not_before: Option<Mono>,
    /// How often it met glare.
    pub(super) glares: u8,
}

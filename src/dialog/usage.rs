//! The state of one dialog towards one far end (RFC 3261 §12, the "invite usage" of RFC 5057):
//! its tag, target, route set, sequence numbers, and whose turn it is to offer.
//!
//! A leg that we call may have several while it is early; an answered leg has one.

use super::ack::{AckSent, Unacked};
use super::offer::{Turn, Wanted};
use super::request::Pending;
use super::route::{self, Routes};
use super::session_timer::Timer;
use crate::sip::{Message, Method, Name};
use crate::transaction::ServerTx;
use bytes::Bytes;

/// ACKs kept: the last INVITE's and the one before it, whose 2xx may still be on its way.
const ACKS: usize = 2;

/// What the peer said that it can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// Its Allow names UPDATE.
    pub(super) update: bool,
    /// Its Supported (or Require) names 100rel.
    pub(super) reliable: bool,
    /// Its Supported (or Require) names timer.
    pub(super) timer: bool,
}

impl Abilities {
    /// Reads Allow, Supported and Require; what a message does not speak of stays as it was.
    pub(super) fn learn(&mut self, message: &Message) {
        if message.header(Name::Allow).is_some() {
            self.update = message.has_token(Name::Allow, "UPDATE");
        }
        if message.header(Name::Supported).is_some() || message.header(Name::Require).is_some() {
            let has = |option| {
                message.has_token(Name::Supported, option)
                    || message.has_token(Name::Require, option)
            };
            self.reliable = has("100rel");
            self.timer = has("timer");
        }
    }
}

/// A request of the peer that waits for the call's word.
pub(super) struct Asked {
    /// To be answered.
    pub(super) tx: ServerTx,
    /// The request, in bytes of our own.
    pub(super) message: Message,
}

/// One dialog with one far end.
pub(super) struct Usage {
    /// The peer's tag; empty for a peer that has none (RFC 2543).
    pub(super) remote_tag: Box<[u8]>,
    /// The peer's To (or From) value with its tag, as our requests carry it.
    pub(super) remote_address: Box<[u8]>,
    /// Remote target: the Request-URI.
    pub(super) target: Box<[u8]>,
    /// Route set.
    pub(super) routes: Routes,
    /// Number of our last request.
    pub(super) local_cseq: u32,
    /// Number of the peer's last request; none until it sent one.
    pub(super) remote_cseq: Option<u32>,
    /// What the peer can do.
    pub(super) peer: Abilities,
    /// Whose turn in offer and answer.
    pub(super) turn: Turn,
    /// Our offer that has to wait (glare, an INVITE in progress).
    pub(super) wanted: Option<Wanted>,
    /// Our last description sent: for refreshes.
    pub(super) local_sdp: Option<Bytes>,
    /// The peer's last description: an offer equal to it is a refresh (SDP-06).
    pub(super) remote_sdp: Option<Bytes>,
    /// Our requests that have no final response yet.
    pub(super) pending: Vec<Pending>,
    /// INFOs that the call has not answered yet.
    pub(super) infos: Vec<Asked>,
    /// 2xx of ours that wait for their ACK.
    pub(super) unacked: Vec<Unacked>,
    /// The ACKs that we sent last, for repeats of their 2xx.
    pub(super) acks: Vec<AckSent>,
    /// Last RSeq taken from the peer (RFC 3262 §4).
    pub(super) rseq: Option<u32>,
    /// Session timer.
    pub(super) timer: Timer,
}

impl Usage {
    fn new(remote_tag: &[u8], remote_address: &[u8], target: Box<[u8]>, routes: Routes) -> Usage {
        Usage {
            remote_tag: remote_tag.into(),
            remote_address: remote_address.into(),
            target,
            routes,
            local_cseq: 0,
            remote_cseq: None,
            peer: Abilities::default(),
            turn: Turn::Idle,
            wanted: None,
            local_sdp: None,
            remote_sdp: None,
            pending: Vec::new(),
            infos: Vec::new(),
            unacked: Vec::new(),
            acks: Vec::new(),
            rseq: None,
            timer: Timer::Off,
        }
    }

    /// The UAS side, from the INVITE (§12.1.1). `first_cseq` is one less than our first request's.
    pub(super) fn from_invite(invite: &Message, first_cseq: u32) -> Usage {
        let (tag, from) = (invite.from_tag().unwrap_or_default(), invite.header(Name::From));
        let fallback = || {
            let uri = invite.from().map(|from| from.uri.text).unwrap_or_default();
            route::request_uri(uri).into()
        };
        let target = route::target(invite).unwrap_or_else(fallback);
        let mut usage =
            Usage::new(tag, from.unwrap_or_default(), target, route::from_request(invite));
        usage.local_cseq = first_cseq;
        usage.remote_cseq = invite.cseq().ok().map(|cseq| cseq.number);
        usage.peer.learn(invite);
        usage
    }

    /// The UAC side, from a response to our INVITE (§12.1.2). Without a Contact the INVITE's
    /// target stays (REAL-24).
    pub(super) fn from_response(response: &Message, invite_target: &[u8], cseq: u32) -> Usage {
        let tag = response.to_tag().unwrap_or_default();
        let to = response.header(Name::To).unwrap_or_default();
        let target = route::target(response).unwrap_or_else(|| invite_target.into());
        let mut usage = Usage::new(tag, to, target, route::from_response(response));
        usage.local_cseq = cseq;
        usage.peer.learn(response);
        usage
    }

    /// A target refresh (§12.2): the Contact of an INVITE, UPDATE or a 2xx to one of these.
    pub(super) fn refresh_target(&mut self, message: &Message) {
        if let Some(target) = route::target(message) {
            self.target = target;
        }
    }

    /// Keeps an ACK as long as a repeat of its 2xx may come.
    pub(super) fn keep_ack(&mut self, ack: AckSent) {
        if self.acks.len() >= ACKS {
            self.acks.remove(0);
        }
        self.acks.push(ack);
    }

    /// Whether an INVITE of ours is under way inside this dialog.
    pub(super) fn is_inviting(&self) -> bool {
        self.pending.iter().any(|pending| pending.tx.method == Method::Invite)
    }
}

/// A copy of a message in bytes of our own: nothing kept may hold on to a receive buffer.
pub(super) fn own_copy(message: &Message) -> Message {
    let copy = Bytes::copy_from_slice(message.raw());
    Message::scan(copy).unwrap_or_else(|_| message.clone())
}

/// A body in bytes of our own.
pub(super) fn own_bytes(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

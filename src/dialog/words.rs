//! The words between a dialog and its neighbours: what a call asks, what it is told, and how a leg
//! may end. No behaviour here.

use crate::base::{Mint, Now};
use crate::sip::Message;
use crate::sip::auth::Credentials;
use crate::transaction::{self, ClientTx, Failure, ServerTx};
use crate::transport::{Flow, Listeners};
use bytes::Bytes;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Headers to be carried as they are: name and value.
pub type Headers = Vec<(Box<str>, Box<[u8]>)>;

/// What a dialog may look at while it handles an input.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Now,
    /// Names for branches, tags, Call-IDs, and the random wait of §14.1.
    pub mint: &'a mut Mint,
    /// Our addresses by network, for Via and Contact.
    pub listeners: &'a Listeners,
}

/// How a leg is to behave, by plan and trunk.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Session timer we ask for (RFC 4028); none: only what the peer asks for.
    pub session_expires: Option<Duration>,
    /// Smallest session interval we take, at least 90 s.
    pub min_se: Duration,
    /// Send our own provisionals reliably where the peer supports 100rel (it is always done where
    /// required).
    pub prefer_100rel: bool,
    /// In-dialog requests go where the peer's packets come from, whatever its Contact says.
    pub symmetric_signalling: bool,
    /// An INVITE too large for a datagram goes over TCP, as the peer hears there too (TXN-17).
    pub large_over_tcp: bool,
    /// For 401 and 407 on our INVITE.
    pub credentials: Option<Arc<Credentials>>,
    /// The whole time until some provisional must be heard (REAL-15); none: timer B alone.
    pub first_response: Option<Duration>,
}

/// What is needed to call somebody.
#[derive(Clone)]
pub struct Invite {
    /// Request-URI, and remote target until told otherwise.
    pub target: Box<[u8]>,
    /// Where the INVITE goes.
    pub flow: Flow,
    /// From without tag: `"Display" <sip:…>`.
    pub from: Box<[u8]>,
    /// To without tag.
    pub to: Box<[u8]>,
    /// Max-Forwards to write, already lessened (DLG-01).
    pub max_forwards: u32,
    /// Headers carried by policy, the loop mark among them.
    pub headers: Headers,
    /// Our offer; none for an INVITE without one.
    pub offer: Option<Bytes>,
}

/// What the call asks of a leg. A command that does not fit the state is a no-op told by
/// [`Event::Ignored`] (a race, not a fault).
#[derive(Clone)]
pub enum Command {
    /// UAS: a provisional 101–199, with SDP or without (the answer, or our offer where the INVITE
    /// had none and the 1xx goes reliably). Sent reliably as [`Policy`] and the INVITE say.
    Progress {
        /// 180, 181, 182, 183.
        status: u16,
        /// A description.
        sdp: Option<Bytes>,
        /// More headers.
        headers: Headers,
    },
    /// UAS: the 2xx. Waits by itself while a reliable 1xx with SDP is not PRACKed. `sdp` is the
    /// answer, or the offer where the INVITE had none; may be empty where a reliable 1xx settled it.
    Answer {
        /// The description.
        sdp: Option<Bytes>,
        /// More headers.
        headers: Headers,
    },
    /// UAS: refuse the INVITE, 300 to 699.
    Refuse {
        /// The status.
        status: u16,
        /// More headers (Warning, Retry-After, Reason, …).
        headers: Headers,
    },
    /// End the leg in whatever way is right now: UAS unanswered: `status`; UAC unanswered: CANCEL
    /// when allowed; confirmed: BYE, which waits for the ACK of our 2xx. [`Event::Ended`] comes when
    /// the leg is gone for good.
    End {
        /// Status for an unanswered UAS leg.
        status: u16,
        /// Reason header value to carry, if any (RFC 3326).
        reason: Option<Box<str>>,
    },
    /// Our offer in a re-INVITE (or UPDATE where that is allowed and better); none: a re-INVITE
    /// without offer. Answered by [`Event::Answer`] or [`Event::OfferFailed`].
    /// Glare is retried by the dialog itself (§14.1).
    Offer {
        /// Our offer.
        sdp: Option<Bytes>,
    },
    /// Our answer to [`Event::Offer`], or the answer in the ACK to a 2xx that carried an offer.
    AnswerOffer {
        /// The answer.
        sdp: Bytes,
    },
    /// Our offer where the peer asked for one by [`Event::OfferWanted`].
    GiveOffer {
        /// The offer.
        sdp: Bytes,
    },
    /// The peer's offer is refused: 488 and its like; the session stays.
    RefuseOffer {
        /// The status.
        status: u16,
        /// Warning and its like.
        headers: Headers,
    },
    /// INFO with this body (DTMF by INFO).
    Info {
        /// `application/dtmf-relay`.
        content_type: &'static str,
        /// The body.
        body: Bytes,
    },
    /// The response to [`Event::Info`].
    AnswerInfo {
        /// The transaction told with it.
        tx: ServerTx,
        /// 200, 400, 415, 469.
        status: u16,
    },
}

/// How far an offer of ours is that the call made by [`Command::Offer`] or [`Command::GiveOffer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OurOffer {
    /// There is none.
    None,
    /// It waits for its time; `seen`: the peer had it already and answered 491.
    Waits {
        /// Whether it was sent once.
        seen: bool,
    },
    /// It was sent, and its answer is awaited.
    Out,
}

/// How a leg ended, by the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The peer sent BYE.
    Bye {
        /// Its Reason header.
        reason: Option<Box<[u8]>>,
    },
    /// UAS: the caller cancelled.
    Cancel {
        /// Its Reason header.
        reason: Option<Box<[u8]>>,
    },
    /// UAC: a final failure, 300 to 699; a time-out counts as 408, a transport failure as 503.
    Failure {
        /// The status.
        status: u16,
        /// Retry-After in seconds, if it came.
        retry_after: Option<u32>,
        /// The Reason header.
        reason: Option<Box<[u8]>>,
        /// Nothing at all was heard (timer B, [`Policy::first_response`]) or it could not be sent.
        unreachable: bool,
        /// A 18x had been heard.
        rang: bool,
    },
    /// UAS: our 2xx was never acknowledged (TXN-07).
    NoAck,
    /// Our offer in a 2xx or a reliable 1xx got no answer in its ACK or PRACK (SDP-02).
    OfferUnanswered,
    /// The peer did not refresh (TIM-04).
    SessionExpired,
    /// A request inside the dialog got 481, 408 or nothing (SDP-07).
    DialogLost,
    /// We asked for it ([`Command::End`], [`Command::Refuse`]).
    Ours,
}

/// What a leg tells its call, in order.
#[derive(Clone)]
pub enum Event {
    /// UAC: 101–199. SDP is told as it comes; the same description again is told too.
    Progress {
        /// The status.
        status: u16,
        /// The description: the answer to our offer (or an offer, for an INVITE without one).
        sdp: Option<Bytes>,
        /// Which early dialog, counted from 0 (DLG-07).
        early: u8,
        /// Where it came from.
        from: IpAddr,
    },
    /// UAC: the 2xx; the ACK is sent (or waits for [`Command::AnswerOffer`] where the 2xx has the
    /// offer).
    Answered {
        /// The description in the 2xx.
        sdp: Option<Bytes>,
        /// The early dialog it confirms, if that existed.
        early: Option<u8>,
        /// Where it came from.
        from: IpAddr,
    },
    /// UAS: the ACK of our 2xx came, with the answer if our 2xx had the offer.
    Acked {
        /// The answer.
        sdp: Option<Bytes>,
    },
    /// The answer to our offer, in a PRACK, 2xx or ACK.
    Answer {
        /// The answer.
        sdp: Bytes,
    },
    /// Our offer was refused with this status; the session stays as it was (SDP-07).
    OfferFailed {
        /// The status.
        status: u16,
    },
    /// The peer offers, by re-INVITE, UPDATE or PRACK: answer or refuse.
    Offer {
        /// The offer.
        sdp: Bytes,
    },
    /// A re-INVITE without an offer (REAL-10): give one.
    OfferWanted,
    /// The peer refreshed the session by a re-INVITE or UPDATE that changes no description; it is
    /// answered. The peer may be reached elsewhere now: its media is looked for anew (MED-07).
    Refreshed,
    /// INFO came; answer it.
    Info {
        /// To be answered by [`Command::AnswerInfo`].
        tx: ServerTx,
        /// The message: Content-Type, Info-Package, body.
        message: Message,
    },
    /// Something fit no state: dropped and counted. The word says what.
    Ignored(&'static str),
    /// The peer or we ended the leg; it is not gone yet (a CANCEL waits for its final, a BYE for
    /// the ACK). Told once, so that the other leg can be ended at once.
    Ending(Ending),
    /// The leg is gone for good; nothing follows. The ending is told by `Ending` before it.
    Ended,
}

/// What a dialog is given.
#[derive(Clone, Debug)]
pub enum Input {
    /// From the call.
    Do(Command),
    /// A request inside the dialog (or a further INVITE without To tag is never one).
    Request {
        /// To be answered.
        tx: ServerTx,
        /// The request.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// An ACK for this dialog.
    Ack {
        /// The ACK.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// CANCEL of our unanswered server INVITE.
    Cancelled {
        /// The CANCEL.
        message: Message,
    },
    /// A response.
    Response {
        /// To which request.
        tx: ClientTx,
        /// The response.
        message: Message,
        /// Where it came from.
        flow: Flow,
    },
    /// Some provisional was heard on our INVITE.
    Proceeding {
        /// The INVITE's transaction.
        tx: ClientTx,
    },
    /// A request of ours failed.
    Failed {
        /// Which.
        tx: ClientTx,
        /// Why.
        why: Failure,
    },
    /// The deadline has come.
    Timeout,
}

/// What a dialog says, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// For the transaction layer.
    Transact(transaction::Input),
    /// For the call.
    Event(Event),
}

/// How others find this dialog in a request: Call-ID and our own tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogKey {
    /// Call-ID, as sent or received.
    pub call_id: Box<[u8]>,
    /// Our tag.
    pub local_tag: Box<[u8]>,
}

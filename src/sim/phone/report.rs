//! What a phone saw of one call, and what it found wrong with its peer.

use super::sound::Heard;
use crate::base::Mono;
use crate::sip::Method;
use std::fmt;
use std::time::Duration;

/// NOTIFYs kept of one call.
pub(super) const NOTIFIED: usize = 50;
/// Complaints kept of one call.
const NOTICED: usize = 200;

/// How a call ended for this phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// We sent the BYE.
    ByUs,
    /// The peer sent the BYE.
    ByPeer,
    /// The INVITE that we sent was refused with this status.
    Refused(u16),
    /// We refused with this status.
    WeRefused(u16),
    /// The INVITE was cancelled before an answer (by us as a caller, by the peer as a callee).
    Cancelled,
    /// A request of ours had no answer for 64·T1.
    TimedOut,
    /// Our 2xx was never acknowledged.
    NoAck,
    /// The session was not refreshed in time (RFC 4028 §10).
    NotRefreshed,
    /// The offer or answer could not be used.
    BadSession,
}

/// A rule that the peer broke. Each names its rule; the text in it says where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// No scanner takes these bytes.
    NotSip,
    /// A mandatory header is missing or cannot be read (RFC 3261 §8.1.1).
    Header(&'static str, String),
    /// A branch without the magic cookie (RFC 3261 §8.1.1.7).
    BranchCookie(String),
    /// A branch used for a second transaction (RFC 3261 §8.1.1.7).
    BranchReused(String),
    /// CSeq of an in-dialog request not higher than the last (RFC 3261 §12.2.1.1).
    CSeqOrder(String),
    /// The ACK's CSeq number is not its INVITE's (RFC 3261 §13.2.2.4, §17.1.1.3).
    AckCSeq(u32),
    /// A final response was not acknowledged within 64·T1.
    AckMissing(u16),
    /// Content-Length missing or not the body's (RFC 3261 §20.14).
    ContentLength(String),
    /// A response above 100 without a To tag, or a request without a From tag.
    NoTag(String),
    /// INVITE, UPDATE or a 2xx to them without Contact (RFC 3261 §8.1.1.8, §12.1.1).
    NoContact(String),
    /// CANCEL that does not copy its INVITE as RFC 3261 §9.1 says.
    CancelDiffers(&'static str),
    /// A response to no request of ours.
    StrayResponse(String),
    /// A request in this dialog without our tag.
    WrongTag(String),
    /// The SDP cannot be read.
    BadSdp(&'static str),
    /// The answer has not as many m= lines as the offer, or a later one fewer than before
    /// (RFC 3264 §6, §8).
    MediaLines {
        /// Lines before.
        before: usize,
        /// Lines now.
        now: usize,
    },
    /// o= did not keep its id, or its version did not go up by one with the content
    /// (RFC 3264 §8).
    OriginVersion {
        /// Version before.
        before: u64,
        /// Version now.
        now: u64,
    },
    /// Direction of an answer that the offer does not allow (RFC 3264 §6.1).
    AnswerDirection,
    /// An SDP that has no business there (RFC 3264 §4: an offer while one is open).
    OfferOutOfPlace(String),
    /// RSeq skipped or repeated with other content (RFC 3262 §4).
    RSeqOrder(u32),
    /// The same RTP source jumped in its timestamps without a marker (RFC 3550 §5.1).
    RtpTimestamp,
    /// RTP of a payload number that was not agreed.
    RtpPayload(u8),
    /// Another synchronisation source in the middle of a stream.
    RtpSource,
    /// RTP while we had said that we take none.
    RtpUnwanted,
}

impl fmt::Display for Noticed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What RTP a call brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpSeen {
    /// Packets sent.
    pub sent: u64,
    /// Packets taken, events included.
    pub received: u64,
    /// Packets missing by sequence number.
    pub lost: u64,
    /// Packets that came out of order or twice.
    pub misplaced: u64,
    /// Places where more than two packet times passed between two packets.
    pub gaps: u64,
    /// The longest time between two packets.
    pub longest_gap: Duration,
    /// When the first packet came.
    pub first: Option<Mono>,
    /// When the last packet came.
    pub last: Option<Mono>,
}

/// What a phone saw of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Call-ID of the leg.
    pub call_id: String,
    /// Responses to our INVITE and other requests: method by CSeq and status, repeats included.
    pub statuses: Vec<(Method, u16)>,
    /// Requests received, repeats of known transactions left out, ACK included.
    pub requests: Vec<Method>,
    /// Requests that came again.
    pub repeats: u32,
    /// ACKs of a 2xx received, repeats included.
    pub acks: u32,
    /// ACKs sent for a 2xx, repeats included.
    pub acks_sent: u32,
    /// Dialogs confirmed by a 2xx, sent or received.
    pub dialogs: u32,
    /// Forked 200s of ours that were acknowledged / ended by a BYE.
    pub forks_ended: (u32, u32),
    /// When the INVITE was first sent, or came.
    pub began_at: Option<Mono>,
    /// The call is or was up: ACK sent or received.
    pub confirmed_at: Option<Mono>,
    /// The call is over.
    pub ended_at: Option<Mono>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// A BYE was received.
    pub bye_seen: bool,
    /// A CANCEL was received.
    pub cancel_seen: bool,
    /// Session refreshes received, by UPDATE or re-INVITE.
    pub refreshes: u32,
    /// What NOTIFYs said of a transfer: the first line of each sipfrag (RFC 3515 §2.4.5).
    pub notified: Vec<String>,
    /// The Request-URI, From and To of the INVITE as this phone got it.
    pub invite: Option<InviteSeen>,
    /// Tones heard, in order.
    pub tones: Vec<Heard>,
    /// Sound heard that was neither silence nor one steady tone: speech, music.
    pub speech: Duration,
    /// Digits heard by RFC 4733.
    pub digits: String,
    /// Digits heard by INFO.
    pub info_digits: String,
    /// RTP.
    pub rtp: RtpSeen,
    /// The direction that the peer last asked for held us.
    pub held: bool,
    /// What the peer did wrong.
    pub noticed: Vec<Noticed>,
}

/// The caller's side as the callee saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InviteSeen {
    /// Request-URI.
    pub uri: String,
    /// From, whole.
    pub from: String,
    /// To, whole.
    pub to: String,
    /// Max-Forwards.
    pub max_forwards: Option<u32>,
    /// The whole message, for headers that a test looks at.
    pub bytes: bytes::Bytes,
}

impl Report {
    /// Whether a tone within 10 Hz of this was heard for at least 100 ms in all.
    #[must_use]
    pub fn heard(&self, hz: u16) -> bool {
        self.heard_for(hz) >= Duration::from_millis(100)
    }

    /// How long a tone within 10 Hz of this was heard.
    #[must_use]
    pub fn heard_for(&self, hz: u16) -> Duration {
        let near = |h: &&Heard| h.hz.abs_diff(hz) <= 10;
        self.tones.iter().filter(near).map(|h| h.lasted).sum()
    }

    /// The statuses that came to requests of this method, repeats included.
    #[must_use]
    pub fn statuses_of(&self, method: Method) -> Vec<u16> {
        self.statuses.iter().filter(|(m, _)| *m == method).map(|(_, s)| *s).collect()
    }

    /// Notes a complaint, once per kind and text.
    pub(super) fn notice(&mut self, noticed: Noticed) {
        if self.noticed.len() < NOTICED && !self.noticed.contains(&noticed) {
            self.noticed.push(noticed);
        }
    }
}

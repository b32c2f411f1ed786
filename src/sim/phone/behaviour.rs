//! How a phone behaves in a call: what it does by itself, what it is told to do, what it does wrong.

use crate::media::Codec;
use crate::sip::auth::Credentials;
use std::net::SocketAddr;
use std::time::Duration;

/// How a called phone ends its ringing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200 so long after the INVITE.
    After(Duration),
    /// This status so long after the INVITE; 302 and its like name this Contact.
    Refuse {
        /// How long after the INVITE.
        after: Duration,
        /// 300 to 699.
        status: u16,
        /// Headers added, such as `Retry-After` or `Contact`.
        headers: Vec<(String, String)>,
    },
    /// It rings until the caller gives up.
    Never,
    /// Not one byte is answered, not even to CANCEL.
    Silent,
}

impl Answer {
    /// 486 at once.
    #[must_use]
    pub fn busy() -> Answer {
        Answer::refuse(486)
    }

    /// This status at once.
    #[must_use]
    pub fn refuse(status: u16) -> Answer {
        Answer::Refuse { after: Duration::ZERO, status, headers: Vec::new() }
    }
}

/// What the provisional response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ringing {
    /// 180 without SDP.
    Bare,
    /// 180 with SDP.
    WithSdp,
    /// 183 with SDP, and the tone at once.
    EarlyMedia,
}

/// How a phone says hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldBy {
    /// `a=sendonly` (RFC 3264 §8.4); the tone goes on, as music would.
    SendOnly,
    /// `a=inactive`.
    Inactive,
    /// `c=0.0.0.0` (RFC 2543).
    Address,
}

/// Codecs in order of preference with the payload numbers that this phone gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codecs {
    /// Codec and payload number, the wanted one first.
    pub list: Vec<(Codec, u8)>,
    /// Payload number of telephone-event; none without RFC 4733.
    pub event: Option<u8>,
    /// Answer with our own numbers too, not with the offer's: each side may choose what it
    /// receives (RFC 3264 §5.1).
    pub own_numbers: bool,
}

impl Default for Codecs {
    fn default() -> Codecs {
        let list = vec![(Codec::Pcma, 8), (Codec::Pcmu, 0)];
        Codecs { list, event: Some(101), own_numbers: false }
    }
}

/// What a phone can be told to do, at once or by its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send the provisional response again or now.
    Ring,
    /// Answer the call.
    Answer,
    /// Refuse the call with this status.
    Refuse(u16),
    /// CANCEL the INVITE that we sent.
    Cancel,
    /// End the call: CANCEL, refusal or BYE, whichever fits.
    HangUp,
    /// BYE now, whatever the state (in an early dialog too, RFC 3261 §15).
    Bye,
    /// re-INVITE that puts the peer on hold.
    Hold,
    /// re-INVITE that takes it back.
    Resume,
    /// re-INVITE with the same session.
    Reinvite,
    /// re-INVITE without an offer.
    ReinviteLate,
    /// UPDATE with the session as it is.
    Update,
    /// UPDATE without a body: a session refresh.
    UpdateBare,
    /// Digits by RFC 4733, one behind the other.
    Digits(String),
    /// One digit by INFO, `application/dtmf-relay`.
    Info(char),
    /// REFER to this URI.
    Refer(String),
    /// Send this tone from now on, or silence.
    Tone(Option<u16>),
    /// Stop sending RTP, or begin again.
    Media(bool),
}

/// What a phone does wrong, for the cases where the peer is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// So many ACKs of a 2xx are not sent.
    pub drop_acks: u32,
    /// The ACK of a 2xx is sent so much later.
    pub ack_after: Option<Duration>,
    /// As a callee: the 200 to INVITE is sent although CANCEL came.
    pub answer_crosses_cancel: bool,
    /// As a callee: CANCEL is not answered and stops nothing.
    pub ignore_cancel: bool,
    /// BYE is not answered.
    pub ignore_bye: bool,
    /// As a callee: so many more 200s, each with a To tag of its own, as from a forking proxy.
    pub forked_answers: u8,
    /// As a callee: RTP goes to the offer's address while it still rings.
    pub rtp_before_answer: bool,
    /// The SDP is cut in the middle of a line.
    pub bad_sdp: bool,
    /// Contact names this address, as a phone behind a NAT does.
    pub private_contact: Option<SocketAddr>,
    /// 200 to INVITE without a Contact.
    pub no_contact: bool,
    /// o= keeps its version when the content changes.
    pub version_stuck: bool,
    /// o= version goes up by this much with every SDP, changed or not.
    pub version_jumps: u64,
    /// Every message is sent twice.
    pub everything_twice: bool,
    /// Each answer gives telephone-event another payload number.
    pub renumbers_events: bool,
    /// re-INVITE and UPDATE are refused with this status.
    pub refuse_reinvite: Option<u16>,
    /// Each RFC 4733 event packet is followed by no end packets.
    pub no_event_end: bool,
}

/// How a phone behaves in one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// As a callee: how the ringing ends.
    pub answer: Answer,
    /// As a callee: 180 or 183 so long after the INVITE; none sends no provisional but 100.
    pub ring_after: Option<Duration>,
    /// As a callee: which provisional.
    pub ringing: Ringing,
    /// As a callee: the provisional is reliable where the caller supports it (RFC 3262).
    pub reliable: bool,
    /// As a caller: 100rel is supported.
    pub supports_100rel: bool,
    /// As a caller: 100rel is required.
    pub requires_100rel: bool,
    /// As a caller: INVITE without SDP.
    pub late_offer: bool,
    /// As a caller: CANCEL so long after the INVITE if it is not answered.
    pub give_up_after: Option<Duration>,
    /// BYE so long after the answer.
    pub talk: Option<Duration>,
    /// What is done so long after the call was answered.
    pub script: Vec<(Duration, Action)>,
    /// What is done so long after the INVITE, answered or not.
    pub early_script: Vec<(Duration, Action)>,
    /// As a caller: Session-Expires in seconds. As a callee: the most that is agreed to.
    pub session_expires: Option<u32>,
    /// Whether this side takes on the refreshing where it may choose.
    pub refresher: bool,
    /// As a caller: one challenge is answered with these.
    pub credentials: Option<Credentials>,
    /// As a callee: an INVITE that does not prove these is challenged with 407.
    pub challenge: Option<Credentials>,
    /// How hold is said.
    pub hold_by: HoldBy,
    /// Codecs and their numbers.
    pub codecs: Codecs,
    /// Milliseconds of sound in a packet: 10 to 60.
    pub ptime_ms: u8,
    /// The steady tone that is sent, in Hz; none sends silence.
    pub tone_hz: Option<u16>,
    /// RTP is sent at all.
    pub media: bool,
    /// Headers added to our INVITE.
    pub headers: Vec<(String, String)>,
    /// What is done wrong.
    pub faults: Faults,
}

impl Default for Behaviour {
    /// Rings at once, answers after a second, talks until told otherwise, sends 425 Hz.
    fn default() -> Behaviour {
        Behaviour {
            answer: Answer::After(Duration::from_secs(1)),
            ring_after: Some(Duration::ZERO),
            ringing: Ringing::Bare,
            reliable: false,
            supports_100rel: false,
            requires_100rel: false,
            late_offer: false,
            give_up_after: None,
            talk: None,
            script: Vec::new(),
            early_script: Vec::new(),
            session_expires: None,
            refresher: false,
            credentials: None,
            challenge: None,
            hold_by: HoldBy::SendOnly,
            codecs: Codecs::default(),
            ptime_ms: 20,
            tone_hz: Some(425),
            media: true,
            headers: Vec::new(),
            faults: Faults::default(),
        }
    }
}

impl Behaviour {
    /// Refuses or ignores as said, else as by default.
    #[must_use]
    pub fn answering(answer: Answer) -> Behaviour {
        Behaviour { answer, ..Behaviour::default() }
    }

    /// The same with this tone.
    #[must_use]
    pub fn with_tone(self, hz: u16) -> Behaviour {
        Behaviour { tone_hz: Some(hz), ..self }
    }

    /// The same with a BYE so long after the answer.
    #[must_use]
    pub fn talking(self, talk: Duration) -> Behaviour {
        Behaviour { talk: Some(talk), ..self }
    }

    /// The same with one thing more done so long after the answer.
    #[must_use]
    pub fn then(mut self, after_answer: Duration, action: Action) -> Behaviour {
        self.script.push((after_answer, action));
        self
    }
}

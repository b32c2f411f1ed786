//! The CDR: the one durable record of a finished call, and what is known of one that began.
//!
//! These are plain values with stable field names: they are stored as JSON and read by other
//! programs. Durations are milliseconds on the monotonic clock; wall times are the begin's wall
//! time plus a duration, so that a step of the clock during a call makes no duration negative.
//! A number that the caller withheld is not in here at all.

use crate::base::{Cause, EndedBy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// States kept in one record; a flow that loops for hours is cut, and `truncated` says so.
pub const STATES_KEPT: usize = 512;
/// Digit entries kept in one record.
pub const DIGITS_KEPT: usize = 128;
/// Queue stays and talks kept in one record.
pub const STAYS_KEPT: usize = 128;
/// Most routes kept.
pub const ROUTES_KEPT: usize = 128;
/// Decisions kept in one record: the first ones, which explain most.
pub const DECISIONS_KEPT: usize = 128;
/// Candidates kept of one decision, winner first.
pub const CANDIDATES_KEPT: usize = 64;

/// A call that has begun: written at once, so that a call is known even if the process dies.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The call's key, 16 hex digits.
    pub call: String,
    /// Hash of the plan text that the call is pinned to.
    pub plan: String,
    /// Name of the trunk it came from.
    pub trunk: String,
    /// The caller's number; empty if unknown or withheld.
    pub caller: String,
    /// The caller asked not to be shown.
    pub caller_withheld: bool,
    /// The number that was called.
    pub called: String,
    /// Call-ID of the caller's leg.
    pub sip_call_id: String,
    /// When the INVITE came: milliseconds since 1970.
    pub began_ms: i64,
}

/// One finished call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Cdr {
    /// What was known when it began.
    #[serde(flatten)]
    pub opened: Opened,
    /// When the caller's leg was answered: milliseconds since 1970.
    pub answered_ms: Option<i64>,
    /// When the last leg ended: milliseconds since 1970.
    pub ended_ms: i64,
    /// How long each part took.
    pub durations: Durations,
    /// Name of the last agent or target that was joined.
    pub agent: Option<String>,
    /// Name of the last queue it waited in.
    pub queue: Option<String>,
    /// Who ended it: `caller`, `agent` or `system`.
    pub ended_by: String,
    /// Why, in the project's words ([`Cause::as_str`]).
    pub cause: String,
    /// SIP status on the wire; 0 if none.
    pub sip_status: u16,
    /// Q.850 cause value.
    pub q850: u8,
    /// The flow's states, in order.
    pub states: Vec<Visited>,
    /// Digits taken, in order, masked where the plan says so.
    pub digits: Vec<Entered>,
    /// Stays in queues.
    pub queues: Vec<QueueStay>,
    /// Offers to agents and dialled targets.
    pub offers: Vec<Offer>,
    /// Where dialled numbers went by the plan's routes.
    #[serde(default)]
    pub routes: Vec<RouteTaken>,
    /// Who talked with the caller.
    pub talks: Vec<Talk>,
    /// The call's legs.
    pub legs: Vec<LegRecord>,
    /// Why the router chose as it did.
    pub decisions: Vec<DecisionRecord>,
    /// Entries left out because a list was full.
    pub truncated: u32,
}

/// Milliseconds, each from the monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// From the INVITE to our answer, or to the end if there was none.
    pub setup_ms: u64,
    /// While at least one agent or target was ringing.
    pub ring_ms: u64,
    /// In queues.
    pub wait_ms: u64,
    /// Joined with somebody, hold included.
    pub talk_ms: u64,
    /// The part of the talk in which one side held the other.
    pub hold_ms: u64,
    /// From the INVITE to the end.
    pub total_ms: u64,
}

/// A state of a flow that was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// Its name.
    pub state: String,
}

/// Digits that the flow took.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// The digits, or `***`.
    pub digits: String,
}

/// One stay in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStay {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// The queue.
    pub queue: String,
    /// How long.
    pub wait_ms: u64,
    /// `joined`, `abandoned`, `overflow`, …
    pub outcome: String,
}

/// One offer to an agent, or one dialled target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// The leg it was made on.
    pub leg: u16,
    /// Agent's name, or the target's host.
    pub to: String,
    /// Whether `to` is an agent of the roster.
    pub agent: bool,
    /// How long the far end rang.
    pub ring_ms: u64,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: OfferOutcome,
}

/// How an offer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OfferOutcome {
    /// Caller and target were joined.
    Joined,
    /// It ended without a join.
    Ended {
        /// Why, in the project's words.
        cause: String,
        /// The SIP status, where the cause has no word of its own.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        status: Option<u16>,
    },
    /// The call ended first.
    Open,
}

impl OfferOutcome {
    /// The outcome of an offer that ended for this cause.
    #[must_use]
    pub fn ended(cause: Cause) -> OfferOutcome {
        let status = if let Cause::Rejected(status) = cause { Some(status) } else { None };
        OfferOutcome::Ended { cause: cause.as_str().to_owned(), status }
    }
}

/// Where a number that was dialled went, or why it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTaken {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// The route; none if no route has the number.
    pub route: Option<String>,
    /// The trunk, if it came to one.
    pub trunk: Option<String>,
    /// The leg that was begun.
    pub leg: Option<u16>,
    /// `tried`, `no_route`, `not_allowed`, `refused`, `full`.
    pub outcome: String,
}

/// One stretch of talk with one agent or target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// The leg.
    pub leg: u16,
    /// Agent's name, or the target's host.
    pub with: String,
    /// How long, hold included.
    pub talk_ms: u64,
    /// The part on hold.
    pub hold_ms: u64,
}

/// One leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRecord {
    /// Its number: 0 is the caller's.
    pub leg: u16,
    /// Its SIP Call-ID, to find it in a trace.
    pub sip_call_id: String,
    /// Milliseconds since the call began.
    pub began_ms: u64,
    /// When it ended, milliseconds since the call began; none if its end was not seen.
    pub ended_ms: Option<u64>,
    /// Why it ended.
    pub cause: Option<String>,
    /// What its stream carried; none if it had none.
    pub media: Option<MediaRecord>,
}

/// What a leg's stream carried (RFC 3550 figures, see [`crate::media::StreamFigures`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// RTP packets taken.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets missing by sequence number.
    pub packets_lost: u64,
    /// Packets thrown away.
    pub packets_dropped: u64,
    /// Interarrival jitter at the end, microseconds.
    pub jitter_us: u32,
    /// Loss that the far end reported, in 1/256.
    pub remote_fraction_lost: u8,
    /// Round trip, microseconds; 0 if never known.
    pub round_trip_us: u32,
    /// Digits heard.
    pub digits: u32,
}

/// One choice of the router.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// When: milliseconds since 1970.
    pub wall_ms: i64,
    /// The queue; empty if the record never saw it entered.
    pub queue: String,
    /// The hash of the plan whose roster was in force; empty in records of older versions.
    #[serde(default)]
    pub plan: String,
    /// The queue's step in force, from 0.
    pub step: u16,
    /// How long the contact had waited, milliseconds.
    pub waited_ms: u64,
    /// The contact's index, seconds.
    pub index: Option<f64>,
    /// The winner's name.
    pub winner: Option<String>,
    /// Why, in one line.
    pub reason: String,
    /// How many were looked at.
    pub looked_at: u32,
    /// They, winner first; at most [`CANDIDATES_KEPT`].
    pub candidates: Vec<CandidateRecord>,
}

/// One agent in a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateRecord {
    /// The agent.
    pub agent: String,
    /// The first rule that ruled the agent out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ruled_out: Option<String>,
    /// Score terms in the order they were looked at; a value that is no number is `null`.
    pub terms: Vec<(String, Option<f64>)>,
}

impl Cdr {
    /// The record of a call that was open when the process died: ended, for all that is known, when
    /// the node was last seen alive.
    #[must_use]
    pub fn lost(opened: Opened, last_alive_ms: i64) -> Cdr {
        let ended_ms = last_alive_ms.max(opened.began_ms);
        let total_ms = u64::try_from(ended_ms.saturating_sub(opened.began_ms)).unwrap_or(0);
        Cdr {
            answered_ms: None,
            ended_ms,
            durations: Durations { setup_ms: total_ms, total_ms, ..Durations::default() },
            agent: None,
            queue: None,
            ended_by: EndedBy::System.as_str().to_owned(),
            cause: Cause::Lost.as_str().to_owned(),
            sip_status: 0,
            q850: Cause::Lost.q850(),
            states: Vec::new(),
            digits: Vec::new(),
            queues: Vec::new(),
            offers: Vec::new(),
            routes: Vec::new(),
            talks: Vec::new(),
            legs: Vec::new(),
            decisions: Vec::new(),
            truncated: 0,
            opened,
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} from {})", self.call, self.trunk)
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entered({} digits at {} ms)", self.digits.len(), self.at_ms)
    }
}

impl fmt::Debug for Cdr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cdr")
            .field("call", &self.opened.call)
            .field("trunk", &self.opened.trunk)
            .field("agent", &self.agent)
            .field("durations", &self.durations)
            .field("ended_by", &self.ended_by)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

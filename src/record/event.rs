//! The events of a call and of the node, as the call, the worker and the router post them.
//!
//! Contract of the poster: all events of one call carry the same monotonic clock, `Media` of every
//! leg comes before `Ended`, and `Ended` is the last event. The folds take any order without harm
//! (see [`super::build`]), but what comes after `Ended` is only counted.

use crate::base::{AgentId, CallKey, Cause, EndedBy, FlowId, LegNo, QueueId, TrunkId};
use crate::media::StreamFigures;
use crate::router::Decision;
use std::fmt;
use std::sync::Arc;

/// One event: what, about which call, when.
#[derive(Clone, Debug)]
pub struct Event {
    /// The call.
    pub call: CallKey,
    /// Wall clock in milliseconds since 1970.
    pub wall_ms: i64,
    /// Monotonic microseconds, for durations.
    pub mono_us: u64,
    /// What happened.
    pub what: Happened,
}

/// What can happen. Its `Debug` shows no number and no digit: both belong to people.
#[derive(Clone)]
pub enum Happened {
    /// An INVITE from a known trunk became a call.
    Began {
        /// The trunk.
        trunk: TrunkId,
        /// Its name.
        trunk_name: Arc<str>,
        /// Caller's number or user part; empty if unknown.
        from: String,
        /// The caller asked not to be shown (Privacy, anonymous): never displayed or logged.
        withheld: bool,
        /// The called number.
        to: String,
        /// Call-ID of the caller's leg.
        sip_call_id: String,
        /// Hash of the plan text that the call is pinned to.
        plan: Arc<str>,
    },
    /// A state of a flow was entered.
    State {
        /// The flow.
        flow: FlowId,
        /// Names for the record.
        name: Arc<str>,
    },
    /// Digits were taken by the flow, masked (`***`) where the plan says so.
    Digits(String),
    /// The caller's leg was answered.
    Answered,
    /// The contact entered a queue.
    Queued {
        /// The queue.
        queue: QueueId,
        /// Its name.
        name: Arc<str>,
    },
    /// The contact left the queue other than by a join.
    Dequeued {
        /// `abandoned`, `overflow`, …
        why: &'static str,
    },
    /// A leg towards an agent or target was begun.
    Offered {
        /// The leg.
        leg: LegNo,
        /// The agent; none for a plain dial.
        agent: Option<AgentId>,
        /// Agent's name, or the target URI's host part.
        name: Arc<str>,
        /// The leg's Call-ID.
        sip_call_id: String,
    },
    /// A number was dialled: where it went, or why it did not.
    Routed {
        /// The route; none if no route has the number.
        route: Option<Arc<str>>,
        /// The trunk, if it came to one.
        trunk: Option<Arc<str>>,
        /// The leg that was begun.
        leg: Option<LegNo>,
        /// What became of it.
        what: Routing,
    },
    /// The far end rings.
    Ringing {
        /// The leg.
        leg: LegNo,
    },
    /// An offer ended without a join.
    OfferEnded {
        /// The leg.
        leg: LegNo,
        /// Why.
        cause: Cause,
    },
    /// Caller and agent were joined.
    Joined {
        /// The agent's leg.
        leg: LegNo,
    },
    /// A side put the other on hold.
    Held {
        /// The side that holds.
        leg: LegNo,
    },
    /// And took it back.
    Resumed {
        /// The side.
        leg: LegNo,
    },
    /// Media that went between the parties goes by us again: they changed it without end.
    BroughtHome,
    /// A leg ended.
    LegEnded {
        /// The leg.
        leg: LegNo,
        /// Why.
        cause: Cause,
    },
    /// Media figures of a leg, when its stream closed.
    Media {
        /// The leg.
        leg: LegNo,
        /// The figures.
        figures: StreamFigures,
    },
    /// The router chose (posted beside the call's own events).
    Decided(Arc<Decision>),
    /// The call is over: nothing follows. Exactly one a call.
    Ended {
        /// Who.
        by: EndedBy,
        /// Why.
        cause: Cause,
        /// SIP status or Q.850 that the wire carried, if it did: the SIP status (0 if none).
        sip_status: u16,
        /// Q.850 value, 1 to 127.
        q850: u8,
    },
}

impl fmt::Debug for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happened::Began { trunk_name, withheld, sip_call_id, plan, .. } => f
                .debug_struct("Began")
                .field("trunk", trunk_name)
                .field("withheld", withheld)
                .field("sip_call_id", sip_call_id)
                .field("plan", plan)
                .finish_non_exhaustive(),
            Happened::State { flow, name } => write!(f, "State({}/{name})", flow.0),
            Happened::Digits(digits) => write!(f, "Digits({} masked)", digits.len()),
            Happened::Answered => f.write_str("Answered"),
            Happened::Queued { name, .. } => write!(f, "Queued({name})"),
            Happened::Dequeued { why } => write!(f, "Dequeued({why})"),
            Happened::Offered { leg, name, .. } => write!(f, "Offered(leg {}, {name})", leg.0),
            Happened::Routed { route, trunk, what, .. } => {
                let name = |name: &Option<Arc<str>>| name.clone().unwrap_or_else(|| "none".into());
                write!(f, "Routed({} {} {})", name(route), name(trunk), what.as_str())
            }
            Happened::Ringing { leg } => write!(f, "Ringing(leg {})", leg.0),
            Happened::OfferEnded { leg, cause } => write!(f, "OfferEnded(leg {}, {cause})", leg.0),
            Happened::Joined { leg } => write!(f, "Joined(leg {})", leg.0),
            Happened::Held { leg } => write!(f, "Held(leg {})", leg.0),
            Happened::Resumed { leg } => write!(f, "Resumed(leg {})", leg.0),
            Happened::BroughtHome => f.write_str("BroughtHome"),
            Happened::LegEnded { leg, cause } => write!(f, "LegEnded(leg {}, {cause})", leg.0),
            Happened::Media { leg, figures } => write!(f, "Media(leg {}, {figures:?})", leg.0),
            Happened::Decided(decision) => write!(f, "Decided({})", decision.reason),
            Happened::Ended { by, cause, sip_status, q850 } => {
                write!(f, "Ended({} {cause} {sip_status} q850 {q850})", by.as_str())
            }
        }
    }
}

/// What became of a number that was dialled, as far as its route goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// A leg was begun over the trunk.
    Tried,
    /// No route has the number.
    NoRoute,
    /// The route is not for calls from this caller's trunk.
    NotAllowed,
    /// The route says that the number is not called.
    Refused,
    /// The trunk has as many calls as its limits let it.
    Full,
}

impl Routing {
    /// As it stands in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Routing::Tried => "tried",
            Routing::NoRoute => "no_route",
            Routing::NotAllowed => "not_allowed",
            Routing::Refused => "refused",
            Routing::Full => "full",
        }
    }
}

//! The events of a call and of the node, as the call, the worker and the router post them.

use crate::base::{AgentId, CallKey, Cause, EndedBy, FlowId, LegNo, QueueId, TrunkId};
use crate::media::StreamFigures;
use crate::router::Decision;
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

/// What can happen.
#[derive(Clone, Debug)]
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

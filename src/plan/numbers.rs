//! What a called number leads to.

use crate::base::FlowId;
use crate::expr::Template;
use std::time::Duration;

/// What a called number leads to.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A flow, at its first state.
    Flow(FlowId),
    /// Straight to a target: a B2BUA without a flow. A target that does not answer ends the call
    /// with its cause.
    Dial {
        /// A `sip:` URI, or `tel:` and a number; may use the facts of [`crate::ivr::FACTS`].
        target: Template,
        /// How long it may ring.
        ring: Duration,
        /// RTP goes between the parties.
        direct_media: bool,
    },
    /// Refused with this status, 300 to 699.
    Refuse(u16),
}

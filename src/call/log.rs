//! What a call logs: derived from the events that it posts for its record, so that no event is told
//! twice and none in other words.
//!
//! Call start, answer, join and end are `info`, all else is `debug`. Fields carry the call's key, as in
//! the record, and the leg's number. People's numbers, digits and names as the network told them are
//! in none of them.

use crate::base::CallKey;
use crate::record::Happened;

/// Logs one event of a call.
pub(super) fn log(call: CallKey, what: &Happened) {
    match what {
        Happened::Began { trunk_name, .. } => {
            tracing::info!(%call, trunk = %trunk_name, "call began");
        }
        Happened::Answered => tracing::info!(%call, leg = 0, "call answered"),
        Happened::Joined { leg } => tracing::info!(%call, leg = leg.0, "legs joined"),
        Happened::Ended { by, cause, sip_status, .. } => {
            tracing::info!(%call, by = by.as_str(), %cause, status = sip_status, "call ended");
        }
        Happened::Offered { leg, agent: Some(_), name, .. } => {
            tracing::debug!(%call, leg = leg.0, agent = %name, "offer begins");
        }
        Happened::Offered { leg, agent: None, name: host, .. } => {
            tracing::debug!(%call, leg = leg.0, %host, "dial begins");
        }
        Happened::Routed { route, trunk, what, .. } => {
            let (route, trunk) = (route.as_deref(), trunk.as_deref());
            tracing::debug!(%call, route, trunk, what = what.as_str(), "number routed");
        }
        Happened::OfferEnded { leg, cause } => {
            tracing::debug!(%call, leg = leg.0, %cause, "offer ended");
        }
        Happened::LegEnded { leg, cause } => {
            tracing::debug!(%call, leg = leg.0, %cause, "leg ended");
        }
        Happened::Ringing { leg } => tracing::debug!(%call, leg = leg.0, "rings"),
        Happened::Held { leg } => tracing::debug!(%call, leg = leg.0, "holds"),
        Happened::Resumed { leg } => tracing::debug!(%call, leg = leg.0, "resumes"),
        Happened::BroughtHome => tracing::info!(%call, "direct media changes without end: relayed"),
        Happened::Queued { name, .. } => tracing::debug!(%call, queue = %name, "queued"),
        Happened::Dequeued { why } => tracing::debug!(%call, why, "left the queue"),
        Happened::State { name, .. } => tracing::debug!(%call, state = %name, "state"),
        Happened::Digits(_) => tracing::debug!(%call, "digits taken"),
        Happened::Media { leg, figures } => {
            tracing::debug!(%call, leg = leg.0, ?figures, "media ended");
        }
        Happened::Decided(decision) => {
            let winner = decision.candidates.first().filter(|_| decision.winner.is_some());
            let agent = winner.map_or("nobody", |candidate| &*candidate.name);
            tracing::debug!(%call, agent, step = decision.step, "decided");
        }
    }
}

//! What an offer that was not taken means, by its cause.
//!
//! | cause | for this contact | for the agent |
//! | --- | --- | --- |
//! | `busy` | not to this agent for `exclude` | left alone for `busy`; a phone was reached |
//! | `no_answer`, `unavailable` (480) | not to this agent for `exclude`, then only while nobody else is there | left alone for `no_answer`; after `pause_after` in a row paused until somebody says ready |
//! | `declined` (603) | as above | stays ready |
//! | `unreachable`, `not_found`, any other refusal or fault | nothing | the next of the agent's phones at once; when none is left, left alone for `unreachable`, doubled each round, then the first phone again |
//! | `cancelled`, `completed_elsewhere`, `normal_clearing`, `flow_ended`, `overload` (no port, too many legs), `draining`, `internal` | not to this agent for `exclude` | nothing: it was our doing |
//!
//! "Nobody else is there": no other agent is set to ready (free or not) whom the step in force wants
//! and who has not refused this contact too. So the only agent of a queue gets a contact again after `exclude`,
//! and no refusal leads to the same offer at once. The contact keeps its place and its clock.

use crate::base::Cause;

/// What a refusal means for the contact and this agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForContact {
    /// The same agent may be tried at once (on the next phone).
    Nothing,
    /// Not to this agent for a while.
    Exclude,
    /// Not to this agent for a while, and then only if there is nobody else.
    LastResort,
}

/// What a refusal means for the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForAgent {
    /// Nothing: our doing.
    Nothing,
    /// Said no; somebody is there.
    Declined,
    /// On another call.
    Busy,
    /// Did not answer.
    Missed,
    /// The phone was not reached.
    NextPhone,
}

/// The table above.
pub(super) fn meaning(cause: Cause) -> (ForContact, ForAgent) {
    match cause {
        Cause::Busy => (ForContact::Exclude, ForAgent::Busy),
        Cause::NoAnswer | Cause::Unavailable => (ForContact::LastResort, ForAgent::Missed),
        Cause::Declined => (ForContact::LastResort, ForAgent::Declined),
        Cause::Unreachable
        | Cause::NotFound
        | Cause::Rejected(_)
        | Cause::NoCodec
        | Cause::Forbidden
        | Cause::BadRequest
        | Cause::Loop
        | Cause::SessionExpired
        | Cause::NoAck
        | Cause::OfferUnanswered => (ForContact::Nothing, ForAgent::NextPhone),
        Cause::NormalClearing
        | Cause::Cancelled
        | Cause::CompletedElsewhere
        | Cause::FlowEnded
        | Cause::Overload
        | Cause::Draining
        | Cause::Lost
        | Cause::Internal => (ForContact::Exclude, ForAgent::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cause_leads_to_the_same_offer_at_once() {
        for status in 300..700 {
            let (contact, agent) = meaning(Cause::from_status(status));
            let another_phone = agent == ForAgent::NextPhone;
            assert!(contact != ForContact::Nothing || another_phone, "{status}");
        }
    }

    /// TGT-04: each final response of an agent's phone has its own meaning.
    #[test]
    fn tgt_04_each_status_has_its_meaning() {
        for (status, expected) in [
            (486, (ForContact::Exclude, ForAgent::Busy)),
            (600, (ForContact::Exclude, ForAgent::Busy)),
            (480, (ForContact::LastResort, ForAgent::Missed)),
            (603, (ForContact::LastResort, ForAgent::Declined)),
            (404, (ForContact::Nothing, ForAgent::NextPhone)),
            (408, (ForContact::Nothing, ForAgent::NextPhone)),
            (503, (ForContact::Nothing, ForAgent::NextPhone)),
            (500, (ForContact::Nothing, ForAgent::NextPhone)),
        ] {
            assert_eq!(meaning(Cause::from_status(status)), expected, "{status}");
        }
    }
}

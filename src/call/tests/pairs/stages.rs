//! Every input of the machine in every stage: it was met while all deeds were done in all places,
//! or it cannot come there and is listed with the reason.

use super::*;

const STAGES: [&str; 5] = ["Flow", "Queued", "Dialling", "Talking", "Ending"];

/// What a leg's dialog tells, of the caller's leg (a) and of ours (b); what media tells of their
/// streams; what the router says; and the call's own.
const OF_LEGS: [&str; 16] = [
    "Progress",
    "Answered",
    "Acked",
    "Answer",
    "OfferFailed",
    "Offer",
    "OfferWanted",
    "Refreshed",
    "Info",
    "Ignored",
    "Ending",
    "Ended",
    "media Digit",
    "media PlayDone",
    "media Latched",
    "media Closed",
];
const OTHERS: [&str; 9] = [
    "router Offer",
    "router Granted",
    "router Revoke",
    "router Widened",
    "router Place",
    "router Overflow",
    "router Decided",
    "Timeout",
    "Drain",
];

#[test]
fn every_input_met_every_stage() {
    let mut met = BTreeMap::new();
    for (place, ..) in PLACES {
        for deed in DEEDS {
            let mut bench = at(place);
            bench.deed(deed);
            for (pair, times) in bench.met {
                *met.entry(pair).or_default() += times;
            }
        }
    }
    let of_legs = ["a", "b"].map(|who| OF_LEGS.map(|kind| format!("{kind} {who}")));
    let inputs = of_legs.iter().flatten().map(String::as_str).chain(OTHERS);
    check_met(NEVER, &STAGES, &inputs.collect::<Vec<_>>(), &met);
}

const NEVER: &str = "
Flow
    Progress a / Answered a -> never: the caller calls us
    Acked b -> never: an ACK of a re-INVITE is its dialog's own affair
    Progress b / Answered b / Answer b / OfferFailed b / Offer b / OfferWanted b / Refreshed b / Info b -> never: every leg of ours is ending
    Ended a / media Closed a -> never: the call ends with the caller's leg

Queued
    Progress a / Answered a -> never: the caller calls us
    Acked b -> never: an ACK of a re-INVITE is its dialog's own affair
    OfferFailed b -> never: a leg is offered nothing anew before it is joined
    Ended a / media Closed a -> never: the call ends with the caller's leg

Dialling
    Progress a / Answered a -> never: the caller calls us
    Acked b -> never: an ACK of a re-INVITE is its dialog's own affair
    Answer b / OfferFailed b -> never: a leg is offered nothing anew before it is joined
    Offer b / OfferWanted b -> never: a target is joined in the turn of its answer
    Ended a / media Closed a -> never: the call ends with the caller's leg

Talking
    Progress a / Answered a -> never: the caller calls us
    Acked b -> never: an ACK of a re-INVITE is its dialog's own affair
    Progress b / Answered b -> never: the one is joined, and every other is ending
    Ended a / media Closed a -> never: the call ends with the caller's leg

Ending
    Progress a / Answered a -> never: the caller calls us
    Progress b / Answered b -> never: the leg is ending, and its dialog tells only of its end
    Acked a / Answer a / OfferFailed a / Offer a / OfferWanted a / Refreshed a / Info a -> never: the leg is ending, and its dialog tells only of its end
    Acked b / Answer b / OfferFailed b / Offer b / OfferWanted b / Refreshed b / Info b -> never: the leg is ending, and its dialog tells only of its end
";

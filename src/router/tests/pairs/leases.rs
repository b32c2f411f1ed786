//! A lease of agent 1 and contact 1 in every state with every input: the lease, the agent, and what
//! is said. Nobody else waits; agent 2 is there only where the contact went on to that one.

use super::*;
use crate::base::pairs::check;

const STATES: [&str; 6] = ["ringing", "joined", "refused", "gone", "offered elsewhere", "unknown"];

const INPUTS: [&str; 14] = [
    "Enqueue",
    "Accepted",
    "Accepted in another epoch",
    "Accepted for another contact",
    "Refused",
    "Refused in another epoch",
    "Refused for another contact",
    "LegEnded",
    "LegEnded in another epoch",
    "LegEnded for another contact",
    "Gone",
    "Ask",
    "Roster",
    "Timeout",
];

fn roster(state: &str) -> Roster {
    let mut roster = plain(if state == "offered elsewhere" { 2 } else { 1 });
    roster.queues[0].nobody = Nobody::Wait;
    roster.agents[0].wrap_up = secs(10);
    roster
}

fn lease(state: &str) -> (Floor, Offered) {
    let mut floor = Floor::new(&roster(state));
    let mut offer = floor.enqueue(1).unwrap();
    match state {
        "ringing" => {}
        "joined" => floor.accept(&offer),
        "refused" | "offered elsewhere" => floor.refuse(&offer, Cause::NoAnswer),
        "gone" => floor.gone(1),
        _ => offer.lease.id = 99,
    }
    floor.said.clear();
    (floor, offer)
}

fn tell(floor: &Floor, lease: Lease) -> String {
    let agent = floor.activity(1).as_str().to_owned();
    let mut parts = vec![lease_stage(floor, lease).to_owned(), agent];
    parts.extend(said(floor));
    parts.join(", ")
}

fn effect(state: &str, name: &str) -> String {
    let (mut floor, offer) = lease(state);
    let Offered { mut contact, mut lease, .. } = offer;
    if name.ends_with("another epoch") {
        lease.epoch += 7;
    }
    if name.ends_with("another contact") {
        contact = call(5);
    }
    let cause = Cause::Busy;
    let input = match name.split(' ').next().unwrap() {
        "Enqueue" => {
            let facts = BTreeMap::new();
            Input::Enqueue { contact, queue: QueueId(0), facts, priority: 0 }
        }
        "Accepted" => Input::Accepted { contact, lease },
        "Refused" => Input::Refused { contact, lease, cause },
        "LegEnded" => Input::LegEnded { contact, lease },
        "Gone" => Input::Gone { contact },
        "Ask" => Input::Ask { contact },
        "Roster" => Input::Roster(Arc::new(roster(state))),
        _ => Input::Timeout,
    };
    say(&mut floor, name, input);
    tell(&floor, offer.lease)
}

fn idle(state: &str) -> String {
    let (floor, offer) = lease(state);
    tell(&floor, offer.lease)
}

/// Each pair does what its row says; see `base::pairs`.
#[test]
fn every_pair_of_a_lease() {
    check(TABLE, &STATES, &INPUTS, |state, input| Some(effect(state, input)), idle);
}

const TABLE: &str = "
ringing
    Enqueue -> ending, ringing, Revoke, Decided: nobody
    Accepted -> joined, busy, Granted
    Accepted in another epoch / Accepted for another contact -> ringing, ringing, Revoke
    Refused -> ending, ringing, Decided: nobody
    LegEnded -> unknown, backing_off, Decided: nobody
    Gone -> ending, ringing, Revoke
    Ask -> ringing, ringing, Place 1
    Refused in another epoch / Refused for another contact / LegEnded in another epoch -> nothing
    LegEnded for another contact / Roster / Timeout -> nothing

joined
    Enqueue -> joined, busy, Decided: nobody
    Accepted for another contact -> joined, busy, Revoke
    LegEnded -> unknown, wrap_up
    Accepted / Accepted in another epoch / Refused / Refused in another epoch -> nothing
    Refused for another contact / LegEnded in another epoch / LegEnded for another contact / Gone / Ask -> nothing
    Roster / Timeout -> nothing

refused
    Enqueue -> ending, ringing, Decided: nobody
    Accepted / Accepted in another epoch / Accepted for another contact -> ending, ringing, Revoke
    LegEnded -> unknown, backing_off
    Ask -> ending, ringing, Place 1
    Refused / Refused in another epoch / Refused for another contact / LegEnded in another epoch -> nothing
    LegEnded for another contact / Gone / Roster / Timeout -> nothing

gone
    Enqueue -> ending, ringing, Decided: nobody
    Accepted / Accepted in another epoch / Accepted for another contact -> ending, ringing, Revoke
    LegEnded -> unknown, ready
    Refused / Refused in another epoch / Refused for another contact / LegEnded in another epoch -> nothing
    LegEnded for another contact / Gone / Ask / Roster / Timeout -> nothing

offered elsewhere
    Enqueue -> ending, ringing, Revoke, Decided: nobody
    Accepted / Accepted in another epoch / Accepted for another contact / Gone -> ending, ringing, Revoke
    LegEnded -> unknown, backing_off
    Ask -> ending, ringing, Place 1
    Refused / Refused in another epoch / Refused for another contact / LegEnded in another epoch -> nothing
    LegEnded for another contact / Roster / Timeout -> nothing

unknown
    Enqueue -> unknown, ringing, Revoke, Decided: nobody
    Accepted / Accepted in another epoch / Accepted for another contact / Gone -> unknown, ringing, Revoke
    Ask -> unknown, ringing, Place 1
    Refused / Refused in another epoch / Refused for another contact / LegEnded -> nothing
    LegEnded in another epoch / LegEnded for another contact / Roster / Timeout -> nothing
";

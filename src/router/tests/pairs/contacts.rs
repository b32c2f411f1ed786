//! Contact 1 in every state with every input: where it is, its lease if it ever had one, and what is
//! said. Queue 0 wants agent 1 for 10 s and then agent 2 too, for a minute in all, and gives back
//! when everybody has signed out. Queue 1 wants nobody who is there, and waits all the same.

use super::*;
use crate::base::pairs::check;

const STATES: [&str; 7] =
    ["unknown", "waiting", "waiting, widened", "offered", "joined", "refused", "gone"];

const INPUTS: [&str; 17] = [
    "Enqueue",
    "Enqueue in another queue",
    "Enqueue in no queue",
    "Accepted",
    "Refused",
    "LegEnded",
    "Gone",
    "Ask",
    "SetAgent: 1 is ready",
    "SetAgent: 2 is ready",
    "SetAgent: 1 signs out",
    "Roster",
    "Roster without its queue",
    "Roster without agents",
    "Timeout: too early",
    "Timeout: a step ends",
    "Timeout: the longest wait ends",
];

fn roster() -> Roster {
    let mut first = queue(0, vec![want_for("skill.a >= 5", 10), want("true")]);
    first.nobody = Nobody::NoneStaffed;
    first.max_wait = Some(secs(60));
    let mut second = queue(1, vec![want("skill.b >= 5")]);
    second.nobody = Nobody::Wait;
    let agents = vec![agent(1, &[("a", 9)]), agent(2, &[])];
    Roster { agents, queues: vec![first, second], ..Roster::default() }
}

/// Agent 1 is there and on a break where nothing is offered; agent 2 has signed out.
fn floor(state: &str) -> (Floor, Lease) {
    let mut floor = Floor::new(&roster());
    floor.set(2, false, SIGNED_OUT);
    if ["unknown", "waiting", "waiting, widened"].contains(&state) {
        floor.set(1, false, "lunch");
    }
    let offer = if state == "unknown" { None } else { floor.enqueue(1) };
    match (state, &offer) {
        ("waiting, widened", None) => floor.wait(10),
        ("joined", Some(offer)) => floor.accept(offer),
        ("refused", Some(offer)) => floor.refuse(offer, Cause::Busy),
        ("gone", Some(_)) => floor.gone(1),
        ("unknown" | "waiting", None) | ("offered", Some(_)) => {}
        _ => panic!("{state}: {offer:?}"),
    }
    floor.said.clear();
    (floor, offer.map_or(Lease { id: 99, epoch: 1 }, |offer| offer.lease))
}

fn tell(floor: &Floor, lease: Lease) -> String {
    let contact = floor.router.contacts.get(&call(1)).map(|contact| {
        let stage = if contact.stage == Stage::Waiting { "waits" } else { "offered" };
        format!("{stage} in {} at step {}", contact.queue.0, contact.step)
    });
    let lease = match lease_stage(floor, lease) {
        "unknown" => String::new(),
        stage => format!(" (lease {stage})"),
    };
    let mut parts = vec![contact.unwrap_or("out".to_owned()) + &lease];
    parts.extend(said(floor));
    parts.join(", ")
}

fn effect(state: &str, name: &str) -> String {
    let (mut floor, lease) = floor(state);
    let contact = call(1);
    let set = |agent, ready, reason: &str| Input::SetAgent {
        agent: AgentId(agent),
        ready,
        reason: reason.into(),
    };
    let enqueue = |queue| {
        let facts = BTreeMap::new();
        Input::Enqueue { contact, queue: QueueId(queue), facts, priority: 0 }
    };
    let begun = Mono(1_000_000_000);
    let input = match name {
        "Enqueue" => enqueue(0),
        "Enqueue in another queue" => enqueue(1),
        "Enqueue in no queue" => enqueue(7),
        "Accepted" => Input::Accepted { contact, lease },
        "Refused" => Input::Refused { contact, lease, cause: Cause::Busy },
        "LegEnded" => Input::LegEnded { contact, lease },
        "Gone" => Input::Gone { contact },
        "Ask" => Input::Ask { contact },
        "SetAgent: 1 is ready" => set(1, true, ""),
        "SetAgent: 2 is ready" => set(2, true, ""),
        "SetAgent: 1 signs out" => set(1, false, SIGNED_OUT),
        "Roster" => Input::Roster(Arc::new(roster())),
        "Roster without its queue" => {
            let mut roster = roster();
            roster.queues.remove(0);
            Input::Roster(Arc::new(roster))
        }
        "Roster without agents" => Input::Roster(without_agents(&roster())),
        "Timeout: too early" => Input::Timeout,
        "Timeout: a step ends" => {
            floor.now.mono = floor.now.mono.max(begun + secs(10));
            Input::Timeout
        }
        _ => {
            floor.now.mono = begun + secs(60);
            Input::Timeout
        }
    };
    say(&mut floor, name, input);
    tell(&floor, lease)
}

/// Each pair does what its row says; see `base::pairs`.
#[test]
fn every_pair_of_a_contact() {
    let idle = |state: &str| {
        let (floor, lease) = floor(state);
        tell(&floor, lease)
    };
    check(TABLE, &STATES, &INPUTS, |state, input| Some(effect(state, input)), idle);
}

const TABLE: &str = "
unknown
    Enqueue -> waits in 0 at step 0, Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0, Decided: nobody
    Enqueue in no queue -> out, Overflow: no such queue
    Accepted -> out, Revoke
    Refused / LegEnded / Gone / Ask / SetAgent: 1 is ready / SetAgent: 2 is ready -> nothing
    SetAgent: 1 signs out / Roster / Roster without its queue / Roster without agents -> nothing
    Timeout: too early -> nothing
    Timeout: a step ends / Timeout: the longest wait ends -> never: it does not wait

waiting
    Enqueue -> waits in 0 at step 0, Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0, Decided: nobody
    Enqueue in no queue -> out, Overflow: no such queue
    Accepted -> waits in 0 at step 0, Revoke
    Gone -> out
    Ask -> waits in 0 at step 0, Place 1
    SetAgent: 1 is ready -> offered in 0 at step 0, Offer of 1 to 1
    SetAgent: 1 signs out / Roster without agents -> out, Decided: nobody, Overflow: nobody signed in
    Timeout: a step ends -> waits in 0 at step 1, Widened to 1, Decided: nobody
    Timeout: the longest wait ends -> out, Decided: nobody, Overflow: waited too long
    Refused / LegEnded / SetAgent: 2 is ready / Roster / Roster without its queue / Timeout: too early -> nothing

waiting, widened
    Enqueue -> waits in 0 at step 0, Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0, Decided: nobody
    Enqueue in no queue -> out, Overflow: no such queue
    Accepted -> waits in 0 at step 1, Revoke
    Gone -> out
    Ask -> waits in 0 at step 1, Place 1
    SetAgent: 1 is ready -> offered in 0 at step 1, Offer of 1 to 1
    SetAgent: 2 is ready -> offered in 0 at step 1, Offer of 1 to 2
    SetAgent: 1 signs out / Roster without agents -> out, Decided: nobody, Overflow: nobody signed in
    Timeout: the longest wait ends -> out, Decided: nobody, Overflow: waited too long
    Refused / LegEnded / Roster / Roster without its queue / Timeout: too early -> nothing
    Timeout: a step ends -> never: it was the last step

offered
    Enqueue -> waits in 0 at step 0 (lease ending), Revoke, Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0 (lease ending), Revoke, Decided: nobody
    Enqueue in no queue -> out (lease ending), Revoke, Overflow: no such queue
    Accepted -> out (lease joined), Granted
    Refused -> waits in 0 at step 0 (lease ending), Decided: nobody
    LegEnded -> waits in 0 at step 0, Decided: nobody
    Gone -> out (lease ending), Revoke
    Ask -> offered in 0 at step 0 (lease ringing), Place 1
    SetAgent: 1 is ready / SetAgent: 2 is ready / SetAgent: 1 signs out / Roster -> nothing
    Roster without its queue / Roster without agents / Timeout: too early / Timeout: a step ends -> nothing
    Timeout: the longest wait ends -> nothing

joined
    Enqueue -> waits in 0 at step 0 (lease joined), Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0 (lease joined), Decided: nobody
    Enqueue in no queue -> out (lease joined), Overflow: no such queue
    LegEnded -> out
    Accepted / Refused / Gone / Ask / SetAgent: 1 is ready / SetAgent: 2 is ready -> nothing
    SetAgent: 1 signs out / Roster / Roster without its queue / Roster without agents -> nothing
    Timeout: too early -> nothing
    Timeout: a step ends / Timeout: the longest wait ends -> never: it does not wait

refused
    Enqueue -> waits in 0 at step 0 (lease ending), Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0 (lease ending), Decided: nobody
    Enqueue in no queue -> out (lease ending), Overflow: no such queue
    Accepted -> waits in 0 at step 0 (lease ending), Revoke
    LegEnded -> waits in 0 at step 0
    Gone -> out (lease ending)
    Ask -> waits in 0 at step 0 (lease ending), Place 1
    SetAgent: 1 signs out / Roster without agents -> out (lease ending), Decided: nobody, Overflow: nobody signed in
    Timeout: a step ends -> waits in 0 at step 1 (lease ending), Widened to 1, Decided: nobody
    Timeout: the longest wait ends -> out (lease ending), Decided: nobody, Overflow: waited too long
    Refused / SetAgent: 1 is ready / SetAgent: 2 is ready / Roster / Roster without its queue -> nothing
    Timeout: too early -> nothing

gone
    Enqueue -> waits in 0 at step 0 (lease ending), Decided: nobody
    Enqueue in another queue -> waits in 1 at step 0 (lease ending), Decided: nobody
    Enqueue in no queue -> out (lease ending), Overflow: no such queue
    Accepted -> out (lease ending), Revoke
    LegEnded -> out
    Refused / Gone / Ask / SetAgent: 1 is ready / SetAgent: 2 is ready / SetAgent: 1 signs out / Roster -> nothing
    Roster without its queue / Roster without agents / Timeout: too early -> nothing
    Timeout: a step ends / Timeout: the longest wait ends -> never: it does not wait
";

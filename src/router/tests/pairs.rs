//! Every state of a lease, and every activity of an agent, with every input: what the router says
//! and what becomes of lease and agent. The lease table is the one in the folder's header.

use super::*;
use std::collections::BTreeMap;

/// What was said, in short, without decisions.
fn said(floor: &Floor) -> Vec<String> {
    let short = |output: &Output| match output {
        Output::Offer { agent, contact, .. } => {
            Some(format!("Offer of {} to {}", number(*contact), agent.0))
        }
        Output::Granted { .. } => Some("Granted".to_owned()),
        Output::Revoke { .. } => Some("Revoke".to_owned()),
        Output::Widened { .. } => Some("Widened".to_owned()),
        Output::Place { position, .. } => Some(format!("Place {position}")),
        Output::Overflow { why, .. } => Some(format!("Overflow: {why}")),
        Output::Decided(_) => None,
    };
    floor.said.iter().filter_map(short).collect()
}

fn number(contact: CallKey) -> u64 {
    (1..9).find(|n| call(*n) == contact).unwrap()
}

const LEASES: [&str; 6] = ["ringing", "joined", "refused", "gone", "offered elsewhere", "unknown"];

const TO_LEASES: [&str; 7] =
    ["Accepted", "Refused", "LegEnded", "Gone", "Enqueue", "another epoch", "another contact"];

/// A lease of agent 1 in that state; agent 2 is free only where the contact goes on to him.
fn lease(name: &str) -> (Floor, Offered) {
    let agents = if name == "offered elsewhere" { 2 } else { 1 };
    let mut roster = plain(agents);
    roster.queues[0].nobody = Nobody::Wait;
    roster.agents[0].wrap_up = secs(10);
    let mut floor = Floor::new(&roster);
    let mut offer = floor.enqueue(1).unwrap();
    match name {
        "ringing" => {}
        "joined" => floor.accept(&offer),
        "refused" | "offered elsewhere" => floor.refuse(&offer, Cause::NoAnswer),
        "gone" => floor.gone(1),
        _ => offer.lease.id = 99,
    }
    (floor, offer)
}

fn lease_stage(floor: &Floor, offer: &Offered) -> &'static str {
    use crate::router::lease::LeaseStage;
    match floor.router.leases.get(&offer.lease.id).map(|lease| lease.stage) {
        Some(LeaseStage::Ringing) => "ringing",
        Some(LeaseStage::Joined { .. }) => "joined",
        Some(LeaseStage::Ending) => "ending",
        None => "unknown",
    }
}

fn lease_effect(state: &str, input: &str) -> String {
    let (mut floor, mut offer) = lease(state);
    let kept = offer.clone();
    match input {
        "Accepted" => floor.accept(&offer),
        "Refused" => floor.refuse(&offer, Cause::Busy),
        "LegEnded" => floor.ended(&offer),
        "Gone" => floor.gone(1),
        "Enqueue" => drop(floor.enqueue(1)),
        "another epoch" => {
            offer.lease.epoch += 7;
            floor.ended(&offer);
            let mut said = std::mem::take(&mut floor.said);
            floor.accept(&offer);
            said.append(&mut floor.said);
            floor.said = said;
        }
        _ => {
            offer.contact = call(5);
            floor.ended(&offer);
            let mut said = std::mem::take(&mut floor.said);
            floor.accept(&offer);
            said.append(&mut floor.said);
            floor.said = said;
        }
    }
    let activity = floor.activity(1).as_str();
    let mut parts = vec![lease_stage(&floor, &kept).to_owned(), activity.to_owned()];
    parts.extend(said(&floor).into_iter().map(|s| s.replace("of 1 to", "to")));
    parts.join(", ")
}

const ACTIVITIES: [&str; 9] = [
    "ready",
    "ringing",
    "busy",
    "wrap_up",
    "backing_off",
    "paused",
    "not_ready",
    "signed_out",
    "removed",
];

const TO_AGENTS: [&str; 14] = [
    "Enqueue",
    "Accepted",
    "Refused busy",
    "Refused no_answer",
    "Refused declined",
    "Refused unreachable",
    "LegEnded",
    "Gone",
    "SetAgent ready",
    "SetAgent break",
    "SetAgent signed out",
    "Roster",
    "Roster without",
    "the rest ends",
];

fn one() -> Roster {
    let mut roster = plain(1);
    roster.queues[0].nobody = Nobody::Wait;
    roster.queues[0].refusal.pause_after = 2;
    roster.agents[0].wrap_up = secs(10);
    roster
}

/// Agent 1 in that state, and the last offer that was made to it; call 1 is its, call 2 waits
/// where the agent takes no more.
fn floor(name: &str) -> (Floor, Offered) {
    let mut floor = Floor::new(&one());
    let offer = floor.enqueue(1).unwrap();
    match name {
        "ringing" => {}
        "busy" => floor.accept(&offer),
        "wrap_up" => floor.talk(&offer, 5),
        "backing_off" => floor.refuse_and_end(&offer, Cause::Busy),
        "paused" => {
            floor.refuse_and_end(&offer, Cause::NoAnswer);
            floor.wait(30);
            let again = floor.offer();
            floor.refuse_and_end(&again, Cause::NoAnswer);
        }
        "removed" => {
            floor.accept(&offer);
            let mut roster = one();
            roster.agents.clear();
            floor.hear(Input::Roster(Arc::new(roster)));
        }
        _ => {
            floor.gone(1);
            floor.ended(&offer);
        }
    }
    match name {
        "not_ready" => floor.set(1, false, "lunch"),
        "signed_out" => floor.set(1, false, SIGNED_OUT),
        _ => {}
    }
    if name != "ready" {
        floor.enqueue(2);
    }
    assert_eq!(agent_state(&floor), name.replace("removed", "busy"));
    (floor, offer)
}

fn agent_state(floor: &Floor) -> String {
    let views = floor.router.agents_view(floor.now.mono);
    views.first().map_or("forgotten", |view| view.activity.as_str()).to_owned()
}

fn agent_effect(state: &str, input: &str) -> String {
    let (mut floor, offer) = floor(state);
    match input {
        "Enqueue" => drop(floor.enqueue(3)),
        "Accepted" => floor.accept(&offer),
        "Refused busy" => floor.refuse(&offer, Cause::Busy),
        "Refused no_answer" => floor.refuse(&offer, Cause::NoAnswer),
        "Refused declined" => floor.refuse(&offer, Cause::Declined),
        "Refused unreachable" => floor.refuse(&offer, Cause::Unreachable),
        "LegEnded" => floor.ended(&offer),
        "Gone" => floor.gone(1),
        "SetAgent ready" => floor.set(1, true, ""),
        "SetAgent break" => floor.set(1, false, "lunch"),
        "SetAgent signed out" => floor.set(1, false, SIGNED_OUT),
        "Roster" => floor.hear(Input::Roster(Arc::new(one()))),
        "Roster without" => {
            let mut roster = one();
            roster.agents.clear();
            floor.hear(Input::Roster(Arc::new(roster)));
        }
        _ => {
            let rests = floor.router.agents.values().next().and_then(|agent| agent.rest_until());
            floor.now.mono = rests.unwrap_or(floor.now.mono);
            floor.hear(Input::Timeout);
        }
    }
    let mut parts = vec![agent_state(&floor)];
    parts.extend(said(&floor));
    parts.join(", ")
}

fn print_all(
    name: &str,
    states: &[&str],
    inputs: &[&'static str],
    effect: impl Fn(&str, &str) -> String,
) {
    for state in states {
        let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for input in inputs {
            rows.entry(effect(state, input)).or_default().push(input);
        }
        for (effect, inputs) in rows {
            println!("ROW{name} (\"{state}\", \"{}\", \"{effect}\"),", inputs.join("/"));
        }
    }
}

#[test]
fn print() {
    print_all("L", &LEASES, &TO_LEASES, lease_effect);
    print_all("A", &ACTIVITIES, &TO_AGENTS, agent_effect);
}

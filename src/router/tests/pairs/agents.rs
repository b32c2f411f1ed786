//! Agent 1 in every state with every input: the agent, and what is said. Contact 1 is the agent's;
//! contact 2 waits where the agent takes no more.

use super::*;
use crate::base::pairs::check;

const STATES: [&str; 9] = [
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

const INPUTS: [&str; 17] = [
    "Enqueue",
    "Accepted",
    "Refused: busy",
    "Refused: no answer",
    "Refused: declined",
    "Refused: unreachable",
    "Refused: overload",
    "LegEnded",
    "Gone",
    "Ask",
    "SetAgent: ready",
    "SetAgent: a break",
    "SetAgent: signed out",
    "Roster",
    "Roster without the agent",
    "Timeout: too early",
    "Timeout: the rest ends",
];

fn roster() -> Roster {
    let mut roster = plain(1);
    roster.queues[0].nobody = Nobody::Wait;
    roster.queues[0].refusal.pause_after = 2;
    roster.agents[0].wrap_up = secs(10);
    roster
}

/// That state, and the offer of contact 1.
fn floor(state: &str) -> (Floor, Offered) {
    let mut floor = Floor::new(&roster());
    let offer = floor.enqueue(1).unwrap();
    match state {
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
            floor.hear(Input::Roster(without_agents(&roster())));
        }
        _ => {
            floor.gone(1);
            floor.ended(&offer);
        }
    }
    match state {
        "not_ready" => floor.set(1, false, "lunch"),
        "signed_out" => floor.set(1, false, SIGNED_OUT),
        _ => {}
    }
    if state != "ready" {
        floor.enqueue(2);
    }
    let activity = if state == "removed" { "busy" } else { state };
    assert_eq!(activity_of(&floor), activity);
    floor.said.clear();
    (floor, offer)
}

fn activity_of(floor: &Floor) -> &'static str {
    let views = floor.router.agents_view(floor.now.mono);
    views.first().map_or("forgotten", |view| view.activity.as_str())
}

fn tell(floor: &Floor) -> String {
    let mut parts = vec![activity_of(floor).to_owned()];
    parts.extend(said(floor));
    parts.join(", ")
}

fn effect(state: &str, name: &str) -> String {
    let (mut floor, Offered { contact, lease, .. }) = floor(state);
    let set = |ready, reason| {
        let reason = Arc::from(reason);
        Input::SetAgent { agent: AgentId(1), ready, reason }
    };
    let refused = |cause| Input::Refused { contact, lease, cause };
    let input = match name {
        "Enqueue" => {
            let (contact, facts) = (call(3), BTreeMap::new());
            Input::Enqueue { contact, queue: QueueId(0), facts, priority: 0 }
        }
        "Accepted" => Input::Accepted { contact, lease },
        "Refused: busy" => refused(Cause::Busy),
        "Refused: no answer" => refused(Cause::NoAnswer),
        "Refused: declined" => refused(Cause::Declined),
        "Refused: unreachable" => refused(Cause::Unreachable),
        "Refused: overload" => refused(Cause::Overload),
        "LegEnded" => Input::LegEnded { contact, lease },
        "Gone" => Input::Gone { contact },
        "Ask" => Input::Ask { contact },
        "SetAgent: ready" => set(true, ""),
        "SetAgent: a break" => set(false, "lunch"),
        "SetAgent: signed out" => set(false, SIGNED_OUT),
        "Roster" => Input::Roster(Arc::new(roster())),
        "Roster without the agent" => Input::Roster(without_agents(&roster())),
        "Timeout: too early" => Input::Timeout,
        _ => {
            let rests = floor.router.agents.values().next().and_then(|agent| agent.rest_until());
            floor.now.mono = rests.unwrap_or(floor.now.mono);
            Input::Timeout
        }
    };
    say(&mut floor, name, input);
    tell(&floor)
}

/// Each pair does what its row says; see `base::pairs`.
#[test]
fn every_pair_of_an_agent() {
    let idle = |state: &str| tell(&floor(state).0);
    check(TABLE, &STATES, &INPUTS, |state, input| Some(effect(state, input)), idle);
}

const TABLE: &str = "
ready
    Enqueue -> ringing, Offer of 3 to 1
    Accepted -> ready, Revoke
    SetAgent: a break -> not_ready
    SetAgent: signed out -> signed_out
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Ask / SetAgent: ready / Roster / Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest

ringing
    Enqueue / Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable -> ringing, Decided: nobody
    Refused: overload -> ringing, Decided: nobody
    Accepted -> busy, Granted
    LegEnded -> backing_off, Decided: nobody
    Gone -> ringing, Revoke
    Ask -> ringing, Place 1
    SetAgent: ready / SetAgent: a break / SetAgent: signed out / Roster / Roster without the agent -> nothing
    Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest

busy
    Enqueue -> busy, Decided: nobody
    LegEnded -> wrap_up
    Accepted / Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable -> nothing
    Refused: overload / Gone / Ask / SetAgent: ready / SetAgent: a break / SetAgent: signed out / Roster -> nothing
    Roster without the agent / Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest

wrap_up
    Enqueue -> wrap_up, Decided: nobody
    Accepted -> wrap_up, Revoke
    SetAgent: ready / Timeout: the rest ends -> ringing, Offer of 2 to 1
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Ask / SetAgent: a break / SetAgent: signed out / Roster / Timeout: too early -> nothing

backing_off
    Enqueue -> backing_off, Decided: nobody
    Accepted -> backing_off, Revoke
    Ask -> backing_off, Place 1
    SetAgent: ready / Timeout: the rest ends -> ringing, Offer of 2 to 1
    SetAgent: a break -> not_ready
    SetAgent: signed out -> signed_out
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Roster / Timeout: too early -> nothing

paused
    Enqueue -> paused, Decided: nobody
    Accepted -> paused, Revoke
    Ask -> paused, Place 1
    SetAgent: ready -> ringing, Offer of 2 to 1
    SetAgent: a break -> not_ready
    SetAgent: signed out -> signed_out
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Roster / Timeout: too early / Timeout: the rest ends -> nothing

not_ready
    Enqueue -> not_ready, Decided: nobody
    Accepted -> not_ready, Revoke
    SetAgent: ready -> ringing, Offer of 2 to 1
    SetAgent: signed out -> signed_out
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Ask / SetAgent: a break / Roster / Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest

signed_out
    Enqueue -> signed_out, Decided: nobody
    Accepted -> signed_out, Revoke
    SetAgent: ready -> ringing, Offer of 2 to 1
    SetAgent: a break -> not_ready
    Roster without the agent -> forgotten
    Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable / Refused: overload -> nothing
    LegEnded / Gone / Ask / SetAgent: signed out / Roster / Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest

removed
    Enqueue -> busy, Decided: nobody
    LegEnded -> forgotten
    Accepted / Refused: busy / Refused: no answer / Refused: declined / Refused: unreachable -> nothing
    Refused: overload / Gone / Ask / SetAgent: ready / SetAgent: a break / SetAgent: signed out / Roster -> nothing
    Roster without the agent / Timeout: too early -> nothing
    Timeout: the rest ends -> never: it does not rest
";

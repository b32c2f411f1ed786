//! Every state of a lease, of an agent and of a contact with every input: what the router says and
//! what becomes of them. The lease table is the one in the folder's header.

mod agents;
mod contacts;
mod leases;

use super::*;

/// What was said, in short. Of decisions only those that led to no offer.
fn said(floor: &Floor) -> Vec<String> {
    let short = |output: &Output| match output {
        Output::Offer { agent, contact, .. } => {
            Some(format!("Offer of {} to {}", number(*contact), agent.0))
        }
        Output::Granted { .. } => Some("Granted".to_owned()),
        Output::Revoke { .. } => Some("Revoke".to_owned()),
        Output::Widened { step, .. } => Some(format!("Widened to {step}")),
        Output::Place { position, .. } => Some(format!("Place {position}")),
        Output::Overflow { why, .. } => Some(format!("Overflow: {why}")),
        Output::Decided(decision) if decision.winner.is_some() => None,
        Output::Decided(_) => Some("Decided: nobody".to_owned()),
    };
    floor.said.iter().filter_map(short).collect()
}

fn number(contact: CallKey) -> u64 {
    (1..9).find(|n| call(*n) == contact).unwrap()
}

/// A new input does not compile before it has a name, and rows, here.
fn kind(input: &Input) -> &'static str {
    match input {
        Input::Enqueue { .. } => "Enqueue",
        Input::Accepted { .. } => "Accepted",
        Input::Refused { .. } => "Refused",
        Input::Gone { .. } => "Gone",
        Input::LegEnded { .. } => "LegEnded",
        Input::Ask { .. } => "Ask",
        Input::SetAgent { .. } => "SetAgent",
        Input::Roster(_) => "Roster",
        Input::Timeout => "Timeout",
    }
}

/// Says the input to the router; its name in the table begins with its kind.
fn say(floor: &mut Floor, name: &str, input: Input) {
    assert!(name.starts_with(kind(&input)), "{name}: {input:?}");
    floor.hear(input);
}

fn lease_stage(floor: &Floor, lease: Lease) -> &'static str {
    use crate::router::lease::LeaseStage;
    match floor.router.leases.get(&lease.id).map(|lease| lease.stage) {
        Some(LeaseStage::Ringing) => "ringing",
        Some(LeaseStage::Joined { .. }) => "joined",
        Some(LeaseStage::Ending) => "ending",
        None => "unknown",
    }
}

fn without_agents(roster: &Roster) -> Arc<Roster> {
    Arc::new(Roster { agents: Vec::new(), ..roster.clone() })
}

//! The demo plan with the demo's own addresses, and with as many agents as the rate of calls needs.

use crate::dialplan::{self, Finding, Loaded, Source};
use crate::io::run::{ANY_PORTS, Origin};
use crate::plan::{Names, Plan};
use crate::router::{Agent, Roster};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// What `dialplans/demo.yaml` says, and whose phone takes its place.
const OPERATOR: &str = "dial: \"sip:hugo@127.0.0.1:5088\"";
const DESKS: &str = "@127.0.0.1:5090";
const CARRIER: &str = "sip:127.0.0.1:5070";

/// Given names for agents beyond those of the plan; then they are numbered.
const NAMES: &[&str] = &[
    "irene", "luca", "marta", "nino", "olga", "paolo", "rita", "sara", "tito", "ugo", "vera",
    "aldo", "bice", "ciro", "dina", "elio", "flora", "gino", "ida", "lea", "mario", "nora",
    "oreste", "pia", "rocco", "silvia", "tina", "valeria", "zeno", "agata", "biagio", "clara",
    "dante", "emma", "franca", "guido", "ilaria", "livio", "mina", "nestore", "ornella", "piero",
    "remo", "sofia",
];

/// Phones that the plan names apart from the agents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) carrier: SocketAddr,
    pub(super) reception: SocketAddr,
    pub(super) desks: SocketAddr,
}

/// The demo plan with these addresses and with ports that the system chooses.
pub(super) fn load(places: Places) -> Result<Loaded, Vec<Finding>> {
    let text = dialplan::DEMO
        .replace(OPERATOR, &format!("dial: \"sip:reception@{}\"", places.reception))
        .replace(DESKS, &format!("@{}", places.desks))
        .replace(CARRIER, &format!("sip:{}", places.carrier));
    let sources = [Source { name: "demo.yaml".to_owned(), text }];
    let mut loaded = dialplan::compile(&sources, &Origin::Demo, &mut Names::default())?;
    let plan = &mut loaded.plan;
    for listen in &mut plan.sip.listen {
        listen.address.set_port(0);
    }
    plan.media.ports = ANY_PORTS;
    Ok(loaded)
}

/// The agent with this number: one of the plan's, or somebody with the same skills.
pub(super) fn agent(roster: &Roster, number: usize) -> Option<Agent> {
    let known = roster.agents.len();
    let like = roster.agents.get(number.checked_rem(known)?)?;
    if number < known {
        return Some(like.clone());
    }
    let more = number - known;
    let given = NAMES.get(more % NAMES.len())?;
    let name = match more / NAMES.len() {
        0 => (*given).to_owned(),
        round => format!("{given}-{}", round + 1),
    };
    let id = crate::base::AgentId(u32::try_from(number).ok()?);
    Some(Agent { id, display: name.as_str().into(), name: name.into(), ..like.clone() })
}

/// Puts these agents in the place of the plan's.
pub(super) fn staff(plan: &mut Plan, agents: Vec<Agent>) {
    plan.roster = Arc::new(Roster { agents, ..(*plan.roster).clone() });
}

/// The queues that each agent may be given calls of, by the last step of each queue.
pub(super) fn may_take(roster: &Roster) -> BTreeMap<String, BTreeSet<String>> {
    let queues_of = |agent: &Agent| {
        let senior = agent.groups.contains("seniors");
        let skilled = |skill: &str| agent.skills.get(skill).copied().unwrap_or(0);
        let rows = [
            ("sales", skilled("sales") >= 1),
            ("support", skilled("support") >= 3),
            ("billing", skilled("billing") >= 5 || senior),
        ];
        rows.into_iter().filter(|(_, may)| *may).map(|(queue, _)| queue.to_owned()).collect()
    };
    roster.agents.iter().map(|agent| (agent.name.to_string(), queues_of(agent))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_has_no_fixed_port_left() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let places = Places { carrier: at(1), reception: at(2), desks: at(3) };
        let loaded = load(places).expect("the demo plan compiles");
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert!(loaded.plan.sip.listen.iter().all(|l| l.address.port() == 0));
        let script = format!("{:?}", loaded.plan.script);
        for port in ["5060", "5070", "5088", "5090"] {
            assert!(!script.contains(port), "port {port} is still in the script");
        }
        for port in [":2", ":3"] {
            assert!(script.contains(port), "{port} is not in the script");
        }
        assert!(format!("{:?}", loaded.plan.trunks).contains(":1"));
    }

    #[test]
    fn agents_beyond_the_plans_have_names_and_ids_of_their_own() {
        let at = SocketAddr::from(([127, 0, 0, 1], 1));
        let places = Places { carrier: at, reception: at, desks: at };
        let roster = load(places).expect("the demo plan compiles").plan.roster;
        let agents: Vec<Agent> = (0..200).filter_map(|i| agent(&roster, i)).collect();
        let names: BTreeSet<_> = agents.iter().map(|a| a.name.clone()).collect();
        let ids: BTreeSet<_> = agents.iter().map(|a| a.id).collect();
        assert_eq!((agents.len(), names.len(), ids.len()), (200, 200, 200));
        assert!(agents.iter().zip(agents.iter().skip(8)).all(|(a, b)| a.skills == b.skills));
    }

    #[test]
    fn who_may_take_what() {
        let at = SocketAddr::from(([127, 0, 0, 1], 1));
        let places = Places { carrier: at, reception: at, desks: at };
        let may = may_take(&load(places).expect("the demo plan compiles").plan.roster);
        let of = |name: &str| may[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(of("anna"), ["sales", "support"]);
        assert_eq!(of("gaia"), ["billing"]);
        assert_eq!(of("hugo"), ["billing", "sales", "support"]);
    }
}

//! A hundred reloads under calls, half of them of plans that are refused: no call notices.

use crate::node::Node;
use crate::phones::{Phone, free_port};
use crate::{Folder, wait_until};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;

const CALLS: u32 = 1000;
const RATE: u32 = 50;
const RELOADS: u32 = 100;
/// More agents than calls at a time.
const AGENTS: usize = 80;

/// The `n`th plan: its flow has a state of its own, its agents a skill of another level.
fn plan(n: u32, agents: SocketAddr) -> String {
    let mut plan = String::from(
        "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\n\
         media: { address: 127.0.0.1, ports: 26000-28399 }\ndefaults: { wrap_up: 0 }\n\
         trunks: { carrier: { accept_from: [127.0.0.0/8] } }\nagents:\n",
    );
    let level = 1 + n % 9;
    for agent in 0..AGENTS {
        let _ = writeln!(
            plan,
            "  a{agent}: {{ contact: \"sip:a{agent}@{agents}\", skills: {{ sales: {level} }} }}"
        );
    }
    let _ = write!(
        plan,
        "queues: {{ sales: {{ steps: [{{ want: skill.sales >= 1 }}], otherwise: {{ hang_up: 480 }} }} }}\n\
         numbers: {{ default: main }}\nflows: {{ main: {{ wait-{n}: {{ queue: sales, early: true }} }} }}\n"
    );
    plan
}

fn counter(node: &Node, name: &str) -> u64 {
    let (_, figures) = node.ask("GET /metrics", "", "");
    let line = figures.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|value| value.trim().parse::<f64>().ok());
    value.unwrap_or_else(|| panic!("{name}\n{figures}")) as u64
}

/// All counters, by name and labels.
fn counters(node: &Node) -> BTreeMap<String, f64> {
    let (_, figures) = node.ask("GET /metrics", "", "");
    let lines = figures.lines().filter(|line| !line.starts_with('#'));
    let read = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        let is_counter = name.split('{').next()?.ends_with("_total");
        Some((name.to_owned(), value.parse().ok()?)).filter(|_| is_counter)
    };
    lines.filter_map(read).collect()
}

/// No counter has gone back or away since, and nobody was signed out.
fn hold_on(node: &Node, before: &mut BTreeMap<String, f64>) {
    let now = counters(node);
    assert!(!now.is_empty());
    for (name, was) in &*before {
        let is = now.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        assert!(is >= was, "{name} went back from {was} to {is}");
    }
    *before = now;
    let listed = node.get("/api/v1/agents");
    let listed = listed["agents"].as_array().expect("a list");
    let there =
        |agent: &&Value| !["signed_out", "not_ready"].map(Value::from).contains(&agent["state"]);
    assert_eq!(listed.iter().filter(there).count(), AGENTS, "{listed:#?}");
}

#[test]
fn a_hundred_reloads_under_load_and_no_call_notices() {
    let phones = free_port();
    let folder = Folder::new();
    folder.write("plan.yaml", &plan(0, phones));
    let node = Node::start_in(folder, &["plan.yaml", "--http", "127.0.0.1:0", "--workers", "2"]);
    let token = format!("Authorization: Bearer {}\r\n", node.token());
    let agents = Phone::crowd("uas_basic", phones, None, (CALLS, RATE), 100);
    let router = Some((node.sip, "100"));
    let callers = Phone::crowd("uac_basic", free_port(), router, (CALLS, RATE), 400);

    // Which state belongs to which plan.
    let mut states = BTreeMap::new();
    let hash = |node: &Node| node.get("/api/v1/plan")["hash"].as_str().unwrap_or("").to_owned();
    states.insert(hash(&node), "main.wait-0".to_owned());
    let (mut began, mut before) = (0, counters(&node));
    for n in 1..=RELOADS {
        let due = u64::from(n * (CALLS - 50) / RELOADS);
        wait_until("calls begin", || {
            let now = counter(&node, "centralino_calls_began_total");
            assert!(now >= began, "the counter went back from {began} to {now}");
            began = now;
            now >= due
        });
        let is_good = n % 2 == 0;
        let text = plan(n, phones);
        let text = if is_good { text } else { text.replace("queue: sales", "queue: sells") };
        node.folder.write("plan.yaml", &text);
        let (status, answer) = node.ask("POST /api/v1/reload", &token, "");
        assert_eq!(status, if is_good { 200 } else { 422 }, "{answer}");
        hold_on(&node, &mut before);
        if is_good {
            states.insert(hash(&node), format!("main.wait-{n}"));
        }
    }
    callers.succeed();
    agents.succeed();
    wait_until("no call is left", || counter(&node, "centralino_calls ") == 0);

    let reloads =
        |result| counter(&node, &format!("centralino_plan_reloads_total{{result=\"{result}\"}}"));
    assert_eq!((reloads("taken"), reloads("refused")), (50, 50));
    assert_eq!(counter(&node, "centralino_calls_began_total"), u64::from(CALLS));
    assert_eq!(counter(&node, "centralino_joins_total"), u64::from(CALLS));
    let listed = node.get("/api/v1/agents");
    let listed = listed["agents"].as_array().expect("a list");
    assert_eq!(listed.len(), AGENTS);
    assert!(listed.iter().all(|agent| agent["state"] == "ready"), "{listed:#?}");
    let mut seen = BTreeSet::new();
    let records = node.get("/api/v1/cdrs?limit=1000")["cdrs"].as_array().cloned().expect("a list");
    assert_eq!(records.len(), CALLS as usize);
    for record in &records {
        let call = record["call"].as_str().expect("a key");
        let cdr: Value = node.get(&format!("/api/v1/cdrs/{call}"));
        assert_eq!(
            (&cdr["cause"], &cdr["ended_by"]),
            (&"normal_clearing".into(), &"caller".into())
        );
        let plan = cdr["plan"].as_str().expect("a hash");
        let expected = states.get(plan).unwrap_or_else(|| panic!("no plan {plan}"));
        assert_eq!(cdr["states"][0]["state"], expected.as_str(), "its own plan's state");
        seen.insert(plan.to_owned());
    }
    assert!(seen.len() > 20, "calls began under {} plans", seen.len());
}

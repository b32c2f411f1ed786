//! The web server of a running node: health, figures, agents, the guard.

use crate::node::Node;
use crate::phones::Phone;
use crate::wait_until;
use std::os::unix::fs::PermissionsExt;

const PLAN: &str = "\
agents: { anna: { contact: \"sip:anna@127.0.0.1:9\", skills: { sales: 5 } } }
queues: { sales: { steps: [{ want: skill.sales >= 1 }], otherwise: { hang_up: 480 } } }
numbers: { default: main }
flows: { main: { wait: { queue: sales } } }
";

#[test]
fn health_and_figures_are_served() {
    let node = Node::start(PLAN, &[]);
    assert_eq!(node.get("/healthz")["alive"], true);
    assert_eq!(node.get("/readyz")["ready"], true);
    let (status, text) = node.ask("GET /metrics", "", "");
    assert_eq!(status, 200);
    assert!(text.contains("centralino_calls 0"), "{text}");
    assert!(text.trim_end().ends_with("# EOF"), "OpenMetrics");
    assert_eq!(node.get("/api/v1/queues")["queues"][0]["name"], "sales");
    assert_eq!(node.ask("GET /api/v1/nothing", "", "").0, 404);
}

#[test]
fn an_agents_state_is_changed_with_the_token_of_the_file() {
    let node = Node::start(PLAN, &[]);
    let mode = node.folder.0.join("centralino.token").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(node.get("/api/v1/agents")["agents"][0]["state"], "ready");
    let put = "PUT /api/v1/agents/anna/state";
    let body = r#"{"state": "not_ready", "reason": "lunch"}"#;
    let json = "Content-Type: application/json\r\n";
    assert_eq!(node.ask(put, json, body).0, 401, "no token");
    let wrong = format!("{json}Authorization: Bearer {}\r\n", "0".repeat(32));
    assert_eq!(node.ask(put, &wrong, body).0, 401, "another token");
    let right = format!("{json}Authorization: Bearer {}\r\n", node.token());
    let (status, answer) = node.ask(put, &right, body);
    assert_eq!(status, 200, "{answer}");
    let anna = node.get("/api/v1/agents/anna");
    assert_eq!((&anna["state"], &anna["reason"]), (&"not_ready".into(), &"lunch".into()));
    assert_eq!(node.get("/api/v1/queues")["queues"][0]["agents_ready"], 0);
    assert_eq!(node.ask(put, &right, r#"{"state": "ready"}"#).0, 200);
    assert_eq!(node.get("/api/v1/agents/anna")["state"], "ready");
    let nobody = "PUT /api/v1/agents/nobody/state";
    assert_eq!(node.ask(nobody, &right, body).0, 404);
    assert_eq!(node.ask(put, &right, r#"{"state": "asleep"}"#).0, 422);
}

#[test]
fn a_request_under_another_name_is_misdirected() {
    let node = Node::start(PLAN, &[]);
    for path in ["/api/v1/agents", "/metrics"] {
        let line = format!("GET {path}");
        assert_eq!(node.ask(&line, "Host: evil.example\r\n", "").0, 421, "{path}");
        assert_eq!(node.ask(&line, "Host: localhost\r\n", "").0, 200, "{path}");
    }
    let page = "Origin: http://evil.example\r\n";
    assert_eq!(node.ask("GET /api/v1/agents", page, "").0, 403);
}

#[test]
fn numbers_in_clear_need_the_token() {
    let node = Node::start(PLAN, &[]);
    assert_eq!(node.ask("GET /api/v1/cdrs?numbers=true", "", "").0, 401);
    let token = format!("Authorization: Bearer {}\r\n", node.token());
    assert_eq!(node.ask("GET /api/v1/cdrs?numbers=true", &token, "").0, 200);
}

/// `limits: { calls: … }` of a trunk: one more call gets 503, and a place is free again after.
#[test]
fn a_trunk_gets_no_more_calls_than_its_limit() {
    let folder = crate::Folder::new();
    let plan = format!(
        "{}numbers: {{ default: main }}\nflows: {{ main: {{ a: {{ play: {{ pause: 60s }} }} }} }}\n",
        crate::node::HEAD.replace("127.0.0.0/8] }", "127.0.0.0/8], limits: { calls: 1 } }")
    );
    folder.write("plan.yaml", &plan);
    let node = Node::start_in(folder, &["plan.yaml", "--http", "127.0.0.1:0"]);
    let talker = Phone::caller("uac_basic", node.sip, "100", 2000);
    node.wait_calls(1);
    Phone::caller("uac_refused_503", node.sip, "100", 0).succeed();
    talker.succeed();
    node.wait_records(1);
    wait_until("the place is free", || {
        node.ask("GET /metrics", "", "").1.contains("\ncentralino_calls 0")
    });
    Phone::caller("uac_basic", node.sip, "100", 100).succeed();
    node.wait_records(2);
    let (_, figures) = node.ask("GET /metrics", "", "");
    for (reason, count) in [("trunk_calls", "1.0"), ("trunk_rate", "0.0"), ("full", "0.0")] {
        let line = format!(
            "centralino_sip_refused_total{{trunk=\"carrier\",reason=\"{reason}\"}} {count}"
        );
        assert!(figures.lines().any(|found| found == line), "no {line} in\n{figures}");
    }
}

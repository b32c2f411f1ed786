//! SIGTERM: no new calls, running ones may finish within a limit, every record is written.

use crate::node::Node;
use crate::phones::Phone;
use crate::{centralino, stdout, wait_until};

/// A call that lasts as long as the caller wants.
const LONG: &str = "\
numbers: { default: main }
flows: { main: { a: { play: [{ pause: 60s }], next: a } } }
";

fn causes(node: &Node) -> Vec<String> {
    let output = centralino(&node.folder, &["cdr", "list", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&stdout(&output)).expect("JSON");
    let mut causes: Vec<String> =
        rows.iter().map(|row| row["cause"].as_str().unwrap_or_default().to_owned()).collect();
    causes.sort();
    causes
}

#[test]
fn while_it_drains_new_calls_get_503_and_running_ones_finish() {
    let mut node = Node::start(LONG, &["--drain", "30"]);
    assert_eq!(node.ask("GET /readyz", "", "").0, 200);
    let talker = Phone::caller("uac_basic", node.sip, "100", 3000);
    node.wait_calls(1);
    node.signal("TERM");
    wait_until("it drains", || node.ask("GET /readyz", "", "").0 == 503);
    assert_eq!(node.ask("GET /healthz", "", "").0, 200, "alive all the same");
    Phone::caller("uac_refused_503", node.sip, "100", 0).succeed();
    talker.succeed();
    assert!(node.wait().success());
    assert!(causes(&node).contains(&"normal_clearing".to_owned()), "{:?}", causes(&node));
}

#[test]
fn after_the_limit_what_is_left_gets_a_bye_and_its_record() {
    let mut node = Node::start(LONG, &["--drain", "1"]);
    let talker = Phone::caller("uac_hung_up_on", node.sip, "100", 0);
    node.wait_calls(1);
    node.signal("TERM");
    talker.succeed();
    assert!(node.wait().success());
    assert_eq!(causes(&node), ["draining"]);
}

#[test]
fn a_second_signal_ends_at_once() {
    for second in ["TERM", "INT"] {
        let mut node = Node::start(LONG, &["--drain", "3600"]);
        let talker = Phone::caller("uac_hung_up_on", node.sip, "100", 0);
        node.wait_calls(1);
        node.signal("TERM");
        wait_until("it drains", || node.log().contains("draining"));
        node.signal(second);
        talker.succeed();
        assert!(node.wait().success());
        assert_eq!(causes(&node), ["draining"]);
    }
}

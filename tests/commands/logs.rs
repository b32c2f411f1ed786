//! Logs: a call's start, answer, join and end at info, with its key; nothing of people at any call.

use crate::node::{HEAD, Node};
use crate::phones::{Phone, free_port};
use crate::{Folder, centralino, stderr};
use serde_json::Value;

/// A flow that takes SIPp's digits `12#`, then rings an agent.
fn plan(phone: std::net::SocketAddr) -> String {
    format!(
        "agents: {{ anna: {{ contact: \"sip:anna@{phone}\", skills: {{ sales: 5 }} }} }}\n\
         queues: {{ sales: {{ steps: [{{ want: skill.sales >= 1 }}], otherwise: {{ hang_up: 480 }} }} }}\n\
         numbers: {{ \"7654321\": main }}\n\
         flows:\n  main:\n    \
         ask: {{ collect: {{ digits: 1-8, end: \"#\", wait: 10s, into: account }}, next: wait }}\n    \
         wait: {{ queue: sales, reason: \"${{account}}\" }}\n"
    )
}

fn call(arguments: &[&str]) -> Node {
    let phone = free_port();
    let mut node = Node::start(&plan(phone), arguments);
    let anna = Phone::agent("uas_basic", phone, 100);
    Phone::caller("uac_dtmf_info", node.sip, "7654321", 1000).succeed();
    anna.succeed();
    let records = node.wait_records(1);
    let key = records[0]["call"].as_str().unwrap_or_default().to_owned();
    node.signal("TERM");
    assert!(node.wait().success());
    assert!(node.log().contains(&key), "the call's key is in the log:\n{}", node.log());
    node
}

#[test]
fn at_info_a_call_is_four_lines_and_says_nothing_of_people() {
    let node = call(&[]);
    let log = node.log();
    for (words, times) in [
        ("call began", 1),
        ("call answered", 1),
        ("legs joined", 1),
        ("call ended", 1),
        ("trunk=carrier", 1),
        ("cause=normal_clearing", 1),
    ] {
        assert_eq!(log.matches(words).count(), times, "{words}:\n{log}");
    }
    no_people(&log);
}

#[test]
fn debug_says_more_and_no_number_and_no_digit_either() {
    let node = call(&["--log", "debug"]);
    let log = node.log();
    for words in ["offer begins", "agent=anna", "digits taken", "queued", "state=main.ask"] {
        assert!(log.contains(words), "no `{words}` in\n{log}");
    }
    no_people(&log);
}

#[track_caller]
fn no_people(log: &str) {
    // Who called, who was called, and what was pressed where it could be told from other figures.
    for secret in ["39333111", "7654321", "Caller", "\"12\"", "12#", "account=12"] {
        assert!(!log.contains(secret), "`{secret}` is in the log:\n{log}");
    }
}

#[test]
fn json_logs_are_one_object_a_line_with_fields() {
    let node = call(&["--log-format", "json"]);
    let log = node.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let ended = lines.iter().find(|line| line["fields"]["message"] == "call ended");
    let ended = ended.unwrap_or_else(|| panic!("no end:\n{log}"));
    assert_eq!(ended["level"], "INFO");
    assert_eq!(ended["fields"]["cause"], "normal_clearing");
    assert_eq!(ended["fields"]["call"].as_str().map(str::len), Some(16));
    let joined = lines.iter().find(|line| line["fields"]["message"] == "legs joined");
    assert_eq!(joined.map(|line| &line["fields"]["leg"]), Some(&1.into()));
}

/// A start that fails says so in the same form, for whoever reads the logs wants to know just that.
#[test]
fn a_failed_start_is_told_in_json_too() {
    let folder = Folder::new();
    folder.write("plan.yaml", &format!("{HEAD}numbers: {{ default: {{ refuse: 404 }} }}\n"));
    folder.write("wrong.yaml", &format!("{HEAD}numbers: {{ default: nowhere }}\n"));
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let listen = format!("udp://{}", taken.local_addr().expect("an address"));
    for (arguments, code, words) in [
        (&["run", "plan.yaml", "--listen", &listen][..], 2, "in use"),
        (&["run", "plan.yaml", "--log", "off", "--listen", &listen], 2, "in use"),
        (&["run", "plan.yaml", "--log", "loud=="], 2, "--log loud=="),
        (&["run", "nowhere.yaml"], 2, "there is no plan nowhere.yaml"),
        (&["run", "wrong.yaml"], 1, "nothing was started"),
        (&["check", "nowhere.yaml"], 2, "there is no plan nowhere.yaml"),
        (&["cdr", "list"], 2, "--db FILE"),
    ] {
        let output = centralino(&folder, &[arguments, &["--log-format", "json"]].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        let lines: Vec<Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect();
        let last = lines.last().unwrap_or_else(|| panic!("{arguments:?}: nothing was said"));
        assert_eq!(last["level"], "ERROR", "{said}");
        assert!(last["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{said}");
        let message = last["fields"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{words}: {said}");
    }
}

//! `centralino cdr` after a call: masked unless asked for, also while the router runs.

use crate::node::Node;
use crate::phones::{Phone, free_port};
use crate::{Folder, centralino, stderr, stdout};

/// The number that SIPp's scenarios call from, and its last digits, which a mask may leave.
const CALLER: &str = "39333111";

#[test]
fn a_call_is_listed_shown_and_exported_and_its_number_masked() {
    let phone = free_port();
    let plan = format!(
        "agents: {{ anna: {{ contact: \"sip:anna@{phone}\", skills: {{ sales: 5 }} }} }}\n\
         queues: {{ sales: {{ steps: [{{ want: skill.sales >= 1 }}], otherwise: {{ hang_up: 480 }} }} }}\n\
         numbers: {{ \"100\": main }}\n\
         flows: {{ main: {{ wait: {{ queue: sales }} }} }}\n"
    );
    let node = Node::start(&plan, &[]);
    let anna = Phone::agent("uas_basic", phone, 100);
    Phone::caller("uac_basic", node.sip, "100", 500).succeed();
    anna.succeed();
    node.wait_records(1);

    let tell = |arguments: &[&str]| {
        let output = centralino(&node.folder, &[&["cdr"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    let list = tell(&["list"]);
    let row = list.lines().nth(1).unwrap_or_default().to_owned();
    let call = row.split(' ').next().unwrap_or_default();
    assert_eq!(call.len(), 16, "{list}");
    assert!(row.contains("sales") && row.contains("anna"), "{list}");
    assert!(row.contains("normal_clearing"), "{list}");

    let show = tell(&["show", call]);
    for words in ["state main.wait", "offer to anna", "talk with anna", "decision in sales"] {
        assert!(show.contains(words), "no `{words}` in\n{show}");
    }
    let csv = tell(&["export", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.starts_with("call,began,"), "{csv}");
    let json = tell(&["export", "--format", "json"]);
    let record: serde_json::Value = serde_json::from_str(json.trim()).expect("one JSON line");
    assert_eq!(record["call"], call);
    assert_eq!(record["agent"], "anna");

    // Masked everywhere, and in clear where it is asked for, wherever the option stands.
    for masked in [
        vec!["list"],
        vec!["list", "--json"],
        vec!["show", call],
        vec!["show", call, "--json"],
        vec!["export", "--format", "csv"],
        vec!["export", "--format", "json"],
    ] {
        assert!(!tell(&masked).contains(CALLER), "{masked:?}");
        assert!(tell(&[&masked[..], &["--numbers"]].concat()).contains(CALLER), "{masked:?}");
        assert!(tell(&[&["--numbers"], &masked[..]].concat()).contains(CALLER), "{masked:?}");
    }
    // Filters.
    for (filter, rows) in [
        (["--agent", "anna"], 1),
        (["--agent", "bruno"], 0),
        (["--cause", "no_answer"], 0),
        (["--caller", "+39333111"], 1),
        (["--caller", "+39333112"], 0),
        (["--since", "2020-01-01"], 1),
        (["--until", "2020-01-01T08:00"], 0),
        (["--since", "2100-01-01T08:00:00Z"], 0),
        (["--limit", "0"], 0),
    ] {
        let list = tell(&[&["list"], &filter[..]].concat());
        assert_eq!(list.lines().count(), 1 + rows, "{filter:?}\n{list}");
    }
    let output = centralino(&node.folder, &["cdr", "show", "0000000000000000"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "centralino: there is no such call\n");
}

#[test]
fn without_a_database_it_says_how_to_name_one() {
    let folder = Folder::new();
    for command in [&["cdr", "list"][..], &["cdr", "show", "1"], &["cdr", "export"]] {
        let output = centralino(&folder, command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(stderr(&output).contains("--db FILE"), "{}", stderr(&output));
    }
    // Reading makes none.
    assert_eq!(folder.names(), [""; 0]);
    folder.write("centralino.db", "this is no database");
    let output = centralino(&folder, &["cdr", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
}

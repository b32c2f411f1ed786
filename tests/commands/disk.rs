//! A disk that takes no more: new calls get 503, running ones go on, and nothing that was noted is lost.

use crate::node::{HEAD, Node};
use crate::phones::Phone;
use crate::{Folder, wait_until};
use std::process::Command;

/// A call that lasts as long as the caller wants.
const LONG: &str = "\
numbers: { default: main }
flows: { main: { a: { play: [{ pause: 60s }], next: a } } }
";

/// A router whose files may be bounded while it runs (RLIMIT_FSIZE): a write beyond is an error then,
/// since the signal that comes with it is ignored from the start.
fn start() -> Node {
    let folder = Folder::new();
    folder.write("plan.yaml", &format!("{HEAD}{LONG}"));
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" run plan.yaml --http 127.0.0.1:0"])
        .arg(env!("CARGO_BIN_EXE_centralino"));
    Node::start_as(folder, command)
}

/// No file of the router's may be longer than this.
#[track_caller]
fn bound_files(node: &Node, bytes: &str) {
    let bound = Command::new("prlimit")
        .arg(format!("--pid={}", node.id()))
        .arg(format!("--fsize={bytes}:"))
        .status();
    assert!(bound.is_ok_and(|status| status.success()), "prlimit (Debian: util-linux)");
}

fn refused(node: &Node) -> String {
    let (_, figures) = node.ask("GET /metrics", "", "");
    let is_it =
        |line: &&str| line.starts_with("centralino_sip_refused") && line.contains("\"record\"");
    figures.lines().find(is_it).unwrap_or_default().to_owned()
}

#[test]
fn while_the_disk_takes_nothing_new_calls_get_503_and_no_record_is_lost() {
    let node = start();
    let talker = Phone::caller("uac_basic", node.sip, "100", 5000);
    node.wait_calls(1);
    bound_files(&node, "0");
    // What fails first is not known before: this call is taken, and its record waits in memory.
    Phone::caller("uac_basic", node.sip, "100", 0).succeed();
    wait_until("it is noticed", || node.ask("GET /readyz", "", "").0 == 503);
    let (_, why) = node.ask("GET /readyz", "", "");
    assert!(why.contains("records: "), "{why}");
    Phone::caller("uac_refused_503", node.sip, "100", 0).succeed();
    talker.succeed();
    assert!(refused(&node).ends_with(" 1.0"), "{}", refused(&node));
    wait_until("it is told", || node.log().contains("new calls are refused"));

    bound_files(&node, "unlimited");
    wait_until("the disk is back", || node.ask("GET /readyz", "", "").0 == 200);
    Phone::caller("uac_basic", node.sip, "100", 0).succeed();
    let records = node.wait_records(3);
    assert!(records.iter().all(|r| r["cause"] == "normal_clearing"), "{records:?}");
    wait_until("it is told", || node.log().contains("new calls are taken again"));
    assert_eq!(node.log().matches("new calls are refused").count(), 1, "{}", node.log());
}

//! What cannot begin: one clear line each, exit 1 or 2, nothing half-started; and what can.

use crate::node::{HEAD, Node};
use crate::{Folder, centralino, stderr, stdout, wait_until};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;

const FLOW: &str = "numbers: { default: main }\nflows: { main: { a: { play: beep } } }\n";

fn plan() -> Folder {
    let folder = Folder::new();
    folder.write("plan.yaml", &format!("{HEAD}{FLOW}"));
    folder
}

/// Runs it, and holds that it ended with `code`, with one line that has `words`, and left no token.
#[track_caller]
fn cannot_begin(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) {
    let output = centralino(folder, &[&["run"], arguments].concat());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in words {
        assert!(said.contains(word), "no `{word}` in: {said}");
    }
    assert_eq!(stdout(&output), "");
    assert!(!folder.names().contains(&"centralino.token".to_owned()));
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let folder = plan();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("udp://{address}");
    let words = [listen.as_str(), "in use", "--listen"];
    cannot_begin(&folder, &["plan.yaml", "--listen", &listen], 2, &words);
    // The demo plan as well.
    cannot_begin(&folder, &["--listen", &listen], 2, &words);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("tcp://{address}");
    let words = [listen.as_str(), "in use", "--listen"];
    cannot_begin(&folder, &["plan.yaml", "--listen", &listen], 2, &words);
    let http = address.to_string();
    let words = [http.as_str(), "in use", "--http"];
    cannot_begin(&folder, &["plan.yaml", "--http", &http], 2, &words);
}

/// 203.0.113.0/24 is for documentation (RFC 5737): no machine has an address of it.
#[test]
fn an_address_that_is_not_ours_is_named() {
    let folder = plan();
    let listen = "udp://203.0.113.9:5060";
    let words = ["203.0.113.9:5060", "no such address"];
    cannot_begin(&folder, &["plan.yaml", "--listen", listen], 2, &words);
    let http = "203.0.113.9:8080";
    cannot_begin(&folder, &["plan.yaml", "--http", http], 2, &[http, "no such address"]);
    let media = format!("{HEAD}{FLOW}").replace("address: 127.0.0.1", "address: 203.0.113.9");
    folder.write("media.yaml", &media);
    let arguments = ["media.yaml", "--http", "127.0.0.1:0"];
    cannot_begin(&folder, &arguments, 2, &["media", "203.0.113.9"]);
}

#[test]
fn a_plan_with_errors_is_not_begun() {
    let folder = Folder::new();
    folder.write("plan.yaml", &format!("{HEAD}{FLOW}").replace("play: beep", "play: bleep"));
    let output = centralino(&folder, &["run", "plan.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("plan.yaml:7:"), "{said}");
    assert!(said.ends_with("centralino: the plan has 1 error; nothing was started\n"), "{said}");
    assert_eq!(folder.names(), ["plan.yaml"]);
    cannot_begin(&folder, &["nowhere.yaml"], 2, &["there is no plan nowhere.yaml"]);
}

#[test]
fn a_database_that_cannot_be_had_is_named() {
    let folder = plan();
    let arguments = ["plan.yaml", "--http", "127.0.0.1:0", "--db", "nowhere/calls.db"];
    cannot_begin(&folder, &arguments, 2, &["nowhere/calls.db", "No such file"]);
    let node = Node::start(FLOW, &[]);
    let theirs = node.folder.0.join("centralino.db");
    let theirs = theirs.to_string_lossy();
    let arguments = ["plan.yaml", "--http", "127.0.0.1:0", "--db", &theirs];
    cannot_begin(&folder, &arguments, 2, &[&theirs, "another process", "--db"]);
}

#[test]
fn too_few_descriptors_for_the_media_ports_are_told_before_anything_starts() {
    let folder = plan();
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 500; exec \"$0\" run plan.yaml", env!("CARGO_BIN_EXE_centralino")])
        .current_dir(&folder.0)
        .output()
        .expect("sh runs");
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("1000 file descriptors") && said.contains("LimitNOFILE"), "{said}");
    assert_eq!(folder.names(), ["plan.yaml"]);
}

#[test]
fn wrong_arguments_end_with_2() {
    let folder = plan();
    for wrong in [
        &["run", "--listen", "5060"][..],
        &["run", "--workers", "0"],
        &["run", "--log", "loud=="],
        &["check"],
        &["cdr", "list", "--since", "yesterday"],
        &["nothing"],
        &[],
    ] {
        let output = centralino(&folder, wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{wrong:?}");
    }
}

#[test]
fn without_a_plan_it_says_what_to_dial() {
    let folder = Folder::new();
    let arguments = ["--listen", "udp://127.0.0.1:0", "--http", "127.0.0.1:0"];
    let mut node = Node::start_in(folder, &arguments);
    let dial = format!("sip:1000@{}", node.sip);
    wait_until("it says what to dial", || node.log().contains(&dial));
    assert!(node.log().contains("8 agents"), "{}", node.log());
    node.signal("INT");
    assert!(node.wait().success());
}

/// Every command and every option says what it is for.
#[test]
fn help_is_complete() {
    let folder = Folder::new();
    for command in [
        &[][..],
        &["run"],
        &["demo"],
        &["check"],
        &["diff"],
        &["reload"],
        &["plans"],
        &["rollback"],
        &["cdr"],
        &["cdr", "list"],
        &["cdr", "show"],
        &["cdr", "export"],
    ] {
        let output = centralino(&folder, &[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        let help = stdout(&output);
        let lines: Vec<&str> = help.lines().collect();
        let mut seen = 0;
        for (at, line) in lines.iter().enumerate() {
            let text = line.trim_start();
            let is_entry = text.starts_with('-') || text.starts_with('[') || text.starts_with('<');
            if !line.starts_with(' ') || !is_entry || text.starts_with("[default") {
                continue;
            }
            if text.starts_with("[env") || text.starts_with("[possible") || text.starts_with("- ") {
                continue;
            }
            seen += 1;
            // Beside it, two blanks away, or on the next line.
            let beside = text.trim_end().contains("  ");
            let below = lines.get(at + 1).is_some_and(|next| {
                let next = next.trim_start();
                next.starts_with(|c: char| c.is_ascii_alphanumeric())
            });
            assert!(beside || below, "{command:?}: nothing is said of `{text}`");
        }
        assert!(seen >= 3, "{command:?}:\n{help}");
        let commands = lines.iter().skip_while(|l| **l != "Commands:").skip(1);
        for line in commands.take_while(|l| !l.is_empty()) {
            assert!(line.trim().contains("  "), "{command:?}: nothing is said of `{line}`");
        }
    }
}

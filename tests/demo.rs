//! The demo as a person runs it: the binary, a few seconds, its word that everything was right.

use std::process::Command;

/// What the demo must have seen to hold.
const CHECKS: [&str; 6] = [
    "every call has exactly one CDR",
    "callers heard the agent they talked with, by tone",
    "agents heard their caller and nobody else, by tone",
    "digits arrived as they were pressed",
    "records say what the phones saw",
    "phones found no fault with the router's SIP and RTP",
];

#[test]
fn the_demo_runs_and_finds_everything_right() {
    let demo = Command::new(env!("CARGO_BIN_EXE_centralino"))
        .args(["demo", "--for", "6s", "--plain", "--rate", "5", "--seed", "11"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&demo.stdout);
    let logged = String::from_utf8_lossy(&demo.stderr);
    assert_eq!(demo.status.code(), Some(0), "{told}\n{logged}");
    for check in CHECKS {
        let line = told.lines().find(|line| line.contains(check)).unwrap_or_default();
        assert!(line.starts_with("PASS") && !line.ends_with(" 0 of 0"), "{check}: {told}");
    }
    assert!(told.contains("seed 11"), "{told}");
}

#[test]
fn what_makes_no_sense_is_refused_with_2() {
    let rows: [&[&str]; 5] = [
        &["--rate", "0"],
        &["--rate", "nan"],
        &["--for", "soon"],
        &["--for", "0s"],
        &["--agents", "100000"],
    ];
    for arguments in rows {
        let demo = Command::new(env!("CARGO_BIN_EXE_centralino"))
            .arg("demo")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(demo.status.code(), Some(2), "{arguments:?}");
    }
}

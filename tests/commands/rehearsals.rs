//! `centralino test` and `centralino try`: every plan of ours passes its own tests; what a failed one
//! shows; exit codes and JSON.

use crate::{Folder, centralino, stderr, stdout};
use std::path::{Path, PathBuf};

fn dialplans() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dialplans")
}

/// The arguments that run a plan of ours with its tests, wherever they are.
fn with_tests(plan: &Path) -> Vec<String> {
    let mut arguments = vec!["test".to_owned(), plan.to_string_lossy().into_owned()];
    let beside = dialplans().join("tests").join(plan.file_name().unwrap_or_default());
    if beside.is_file() {
        arguments.extend(["--tests".to_owned(), beside.to_string_lossy().into_owned()]);
    }
    arguments
}

fn plans() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dialplans()).into_iter().flatten().flatten();
    let entries = entries.map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect()
}

fn run(folder: &Folder, arguments: &[String]) -> std::process::Output {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    centralino(folder, &arguments)
}

#[test]
fn every_plan_of_ours_passes_its_own_tests() {
    let folder = Folder::new();
    let mut seen = 0;
    for plan in plans() {
        let output = run(&folder, &with_tests(&plan));
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
        let passed = said.lines().filter(|line| line.starts_with("ok   ")).count();
        assert!(passed > 0, "no tests: {said}");
        assert!(said.lines().last().unwrap().contains(&format!(": {passed} passed in ")), "{said}");
        assert_eq!(stderr(&output), "");
        seen += 1;
    }
    assert!(seen >= 4);
}

/// What our own tests leave out of our own plans: nothing but what is named here.
#[test]
fn the_tests_of_our_plans_take_every_state() {
    let folder = Folder::new();
    for plan in plans() {
        let mut arguments = with_tests(&plan);
        arguments.extend(["--coverage".to_owned(), "--json".to_owned()]);
        let output = run(&folder, &arguments);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let states = &json["coverage"]["states"];
        assert_eq!(states["taken"], states["all"], "{:#}", json["coverage"]);
        assert_eq!(json["failed"], 0);
        assert_eq!(json["hash"].as_str().map(str::len), Some(64));
    }
}

const FAILS: &str = "\
tests:
  right: { call: \"1999\", expect: { status: 486 } }
  wrong:
    call: \"1000\"
    press: \"1\"
    expect: { agent: hugo, hears: [welcome, ...], offers: [bruno] }
";

#[test]
fn a_wrong_expectation_fails_with_the_first_difference_marked_in_the_ladder() {
    let folder = Folder::new();
    folder.write("tests.yaml", FAILS);
    let demo = dialplans().join("demo.yaml");
    let demo = demo.to_string_lossy();
    let output = centralino(&folder, &["test", &demo, "--tests", "tests.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("ok   right\nFAIL wrong (tests.yaml:3:3)\n"), "{said}");
    assert!(said.contains("tests.yaml:6:60: offers 1\n"), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|line| *line == ">> expected  offers 1: bruno").expect(&said);
    assert!(lines[at - 1].contains("centralino -> anna INVITE"), "{said}");
    assert_eq!(lines[at + 1], ">> found     anna: joined");
    assert!(lines[at + 2].contains("anna -> centralino 180 INVITE"), "{said}");

    assert!(lines.last().unwrap().contains(": 1 passed, 1 failed in "), "{said}");
}

#[test]
fn tests_can_be_listed_and_chosen() {
    let folder = Folder::new();
    folder.write("tests.yaml", FAILS);
    let demo = dialplans().join("demo.yaml");
    let demo = demo.to_string_lossy();
    let base = ["test", &demo, "--tests", "tests.yaml"];
    let with = |more: &[&str]| centralino(&folder, &[base.as_slice(), more].concat());
    let output = with(&["--list"]);
    assert_eq!(stdout(&output), "right  tests.yaml:2:3\nwrong  tests.yaml:3:3\n");
    let output = with(&["--filter", "igh"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let output = with(&["--filter", "rigth"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean `right`?"), "{}", stderr(&output));
    let output = with(&["--json", "--jobs", "1"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((json["passed"].as_u64(), json["failed"].as_u64()), (Some(1), Some(1)));
    let differences = json["tests"][1]["differences"].as_array().unwrap();
    assert_eq!(differences[0]["what"], "offers 1");
    assert_eq!(differences[0]["place"], "tests.yaml:6:60");
    assert!(json["tests"][1]["timeline"].as_array().is_some_and(|lines| lines.len() > 10));
    assert!(json["tests"][0]["timeline"].is_null());
}

#[test]
fn wrong_tests_are_findings_and_keep_nothing_from_running() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("prompts")).unwrap();
    let plan = std::fs::read_to_string(dialplans().join("by-number.yaml")).unwrap();
    let plan = plan.replace("targets: { \"101\": busy }", "targets: { \"101\": bussy }");
    folder.write("plan.yaml", &plan);
    let output = centralino(&folder, &["test", "plan.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("plan.yaml:") && said.contains("did you mean `busy`?"), "{said}");
    assert!(said.contains("the tests have 1 error; none was run"), "{said}");
    let output = centralino(&folder, &["check", "plan.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    assert!(
        said.contains("did you mean `busy`?") && said.contains("plan.yaml: 1 error in 1 file; "),
        "{said}"
    );
    // The plan itself is none the worse.
    let output = centralino(&folder, &["try", "plan.yaml", "--call", "101"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = centralino(&folder, &["test", "nowhere.yaml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn try_tells_one_call_from_its_states_to_its_end() {
    let folder = Folder::new();
    let demo = dialplans().join("demo.yaml");
    let demo = demo.to_string_lossy();
    let base = ["try", &demo, "--call", "1000", "--from", "+39333111", "--press", "1"];
    let with = |more: &[&str]| centralino(&folder, &[base.as_slice(), more].concat());
    let more = ["--agent", "anna=busy", "--agent", "hugo=not ready", "--at", "2026-11-23 10:00"];
    let output = with(&more);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
    for part in [
        "States\n  @0.001     main.hello\n",
        "Heard\n  @0.001     welcome\n",
        "anna is the longest idle of 2 free\n      anna         chosen: ",
        "carla        ruled out: step 1: skill.sales >= 7\n",
        "anna -> centralino 486 INVITE\n",
        "        offer to anna ended: busy\n",
        "        joined with bruno\n",
        "Ended: by caller, normal_clearing (Q.850 16, SIP 200)\n",
        "  queue sales; offers anna (busy), bruno (joined); talked with bruno\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let output = with(&["--json", "--agent", "anna=busy"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["calls"][0]["cdr"]["agent"], "bruno");
    assert_eq!(json["calls"][0]["cdr"]["caller"], "+39333111");
    assert_eq!(json["calls"][0]["states"][2]["name"], "main.sell");
    let output = with(&["--press", "1"]);
    assert_eq!(output.status.code(), Some(1), "nobody asks a second time");
    assert!(stdout(&output).starts_with("press: expected a menu or collect that takes 1; "));
    let output = with(&["--agent", "ana=busy"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("did you mean `anna`?"), "{}", stderr(&output));
    assert_eq!(with(&["--agent", "anna"]).status.code(), Some(2));
}

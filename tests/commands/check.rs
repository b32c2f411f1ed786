//! `centralino check`: findings, their places, exit codes.

use crate::{Folder, centralino, stderr, stdout};
use std::path::Path;

#[test]
fn every_plan_of_ours_is_fine() {
    let folder = Folder::new();
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialplans");
    let mut seen = 0;
    for entry in std::fs::read_dir(&plans).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        seen += 1;
        let output = centralino(&folder, &["check", &path.to_string_lossy()]);
        let said = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 1, "no findings, one line: {said}");
        assert!(said.contains(": no errors; ") && said.contains(" flow"), "{said}");
        assert_eq!(stderr(&output), "");
    }
    assert!(seen >= 4);
}

const BROKEN: &str = "\
version: 1
sip: { listen: [udp://127.0.0.1:5060], port: 5060 }
trunks: { carrier: { accept_from: [127.0.0.0/8], limits: { calls: many } } }
agents: { anna: { contact: \"sip:anna@10.0.0.21\", skills: { sales: 11 } } }
queues: { sales: { steps: [{ want: skil.sales >= 1 }] } }
numbers: { \"100\": mian }
flows:
  main:
    hello: { play: beep, next: chose }
    choose: { queue: sales }
";

#[test]
fn all_findings_of_a_broken_plan_come_at_once_with_their_places() {
    let folder = Folder::new();
    folder.write("plan.yaml", BROKEN);
    let output = centralino(&folder, &["check", "plan.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for (line, word) in [
        (2, "`port`"),
        (3, "many"),
        (4, "11"),
        (5, "did you mean `skill.sales`?"),
        (6, "did you mean `main`?"),
        (9, "did you mean `choose`?"),
        (10, "`otherwise`"),
    ] {
        let place = format!("plan.yaml:{line}:");
        let found = said.split("\n\n").any(|f| f.starts_with(&place) && f.contains(word));
        assert!(found, "nothing about {word} at {place}\n{said}");
    }
    assert!(said.ends_with("plan.yaml: 7 errors in 1 file\n"), "{said}");
    assert!(!said.contains('\x1b'), "no colours where nobody looks: {said}");
    // A caret stands under the word.
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|l| l.starts_with("plan.yaml:6:")).unwrap();
    let (text, caret) = (lines[at + 1], lines[at + 2]);
    assert_eq!(text.find("mian"), caret.find('^'), "{text}\n{caret}");
}

#[test]
fn a_prompt_that_cannot_be_played_is_an_error() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("prompts")).unwrap();
    folder.write("prompts/hello.wav", "not audio at all");
    let plan = "version: 1\nsip: { listen: [udp://127.0.0.1:5060] }\nnumbers: { default: main }\n\
                flows: { main: { a: { play: hello } } }\n";
    folder.write("plan.yaml", plan);
    let output = centralino(&folder, &["check", "plan.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("plan.yaml:4:29: error[E0703]: "), "{said}");
    assert!(said.contains("`prompts/hello.wav`"), "{said}");
    assert!(said.ends_with("plan.yaml: 1 error in 1 file\n"), "{said}");
}

#[test]
fn warnings_are_told_and_the_plan_is_fine() {
    let folder = Folder::new();
    folder.write(
        "plan.yaml",
        "version: 1\nsip: { listen: [udp://127.0.0.1:5060] }\nflows: { main: { a: { play: beep } } }\n",
    );
    let output = centralino(&folder, &["check", "plan.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("warning[W0604]: "), "{said}");
    assert!(said.contains("plan.yaml: no errors, 2 warnings in 1 file; "), "{said}");
    for option in ["--strict", "--deny-warnings"] {
        let output = centralino(&folder, &["check", "plan.yaml", option]);
        assert_eq!(output.status.code(), Some(1), "{option}");
    }
}

#[test]
fn a_folder_is_one_plan_and_nothing_is_2() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("plan")).unwrap();
    folder.write("plan/10-base.yaml", "version: 1\nsip: { listen: [udp://127.0.0.1:5060] }\n");
    folder.write("plan/20-numbers.yaml", "numbers: { default: { refuse: 404 } }\n");
    let output = centralino(&folder, &["check", "plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let output = centralino(&folder, &["check", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "centralino: there is no plan nowhere\n");
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_code_is_explained_and_an_unknown_one_is_2() {
    let folder = Folder::new();
    let output = centralino(&folder, &["check", "--explain", "e0301"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("E0301: there is no such state\n"), "{said}");
    assert!(said.contains("\nWrong:\n\n    ") && said.contains("\nRight:\n\n    "), "{said}");
    let output = centralino(&folder, &["check", "--explain", "E9999"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no code E9999"));
    // Neither a plan nor a code: used wrongly.
    assert_eq!(centralino(&folder, &["check"]).status.code(), Some(2));
}

#[test]
fn programs_read_one_object() {
    let folder = Folder::new();
    folder.write("plan.yaml", BROKEN);
    for arguments in
        [&["check", "plan.yaml", "--json"][..], &["check", "--format", "json", "plan.yaml"]]
    {
        let output = centralino(&folder, arguments);
        assert_eq!(output.status.code(), Some(1));
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&object["errors"], &object["warnings"]), (&7.into(), &0.into()), "{object}");
        assert_eq!(object["hash"].as_str().map(str::len), Some(64));
        assert_eq!(object["loadable"], false);
        let flow = object["findings"].as_array().unwrap().iter().find(|f| f["code"] == "E0302");
        let expected = serde_json::json!({
            "code": "E0302", "title": "there is no such flow", "severity": "error",
            "file": "plan.yaml", "line": 6, "column": 19, "end_column": 23,
            "message": "there is no flow `mian`", "help": "did you mean `main`?",
        });
        assert_eq!(flow, Some(&expected));
    }
}

#[test]
fn github_shows_findings_beside_their_lines() {
    let folder = Folder::new();
    folder.write("plan.yaml", BROKEN);
    let output = centralino(&folder, &["check", "plan.yaml", "--format", "github"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 7, "{said}");
    let line = "::error file=plan.yaml,line=6,col=19,endColumn=23,title=E0302 there is no such flow::\
                there is no flow `mian`; did you mean `main`?";
    assert!(said.lines().any(|found| found == line), "{said}");
}

#[test]
fn what_cannot_be_read_is_2() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("plan.yaml"), b"version: 1\nx: \xff\n").unwrap();
    let output = centralino(&folder, &["check", "plan.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("plan.yaml:1:1: error[E0108]: line 2 is no UTF-8\n"), "{said}");
}

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
        (5, "skil"),
        (6, "did you mean `main`?"),
        (9, "did you mean `choose`?"),
        (10, "`otherwise`"),
    ] {
        let place = format!("plan.yaml:{line}:");
        let found = said.split("\n\n").any(|f| f.starts_with(&place) && f.contains(word));
        assert!(found, "nothing about {word} at {place}\n{said}");
    }
    assert!(said.ends_with("plan.yaml: 7 errors\n"), "{said}");
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
    assert!(said.starts_with("prompt prompts/hello.wav: "), "{said}");
    assert!(said.contains("plan.yaml: 1 error; "), "{said}");
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
    assert!(said.contains("warning: ") && said.contains("plan.yaml: no errors, "), "{said}");
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

//! The plans in the documents load as they stand.

use crate::{Folder, centralino, stdout};
use std::path::Path;

/// The blocks of YAML in a document that are whole plans, and the lines they begin at.
fn plans(text: &str) -> Vec<(usize, String)> {
    let mut plans = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line.trim() == "```yaml" {
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            plans.push((at + 2, block.join("\n") + "\n"));
        }
    }
    plans.retain(|(_, block)| block.starts_with("version: 1"));
    plans
}

/// The prompts of the examples are those that come with the project, and some that only they have.
fn prompts(root: &Path, folder: &Path) {
    let ours = root.join("dialplans/prompts");
    std::fs::create_dir(folder.join("prompts")).expect("a folder");
    for file in std::fs::read_dir(&ours).expect("the prompts").flatten() {
        std::os::unix::fs::symlink(file.path(), folder.join("prompts").join(file.file_name()))
            .expect("a link");
    }
    for name in [
        "prompts/welcome-milano.wav",
        "prompts/welcome-roma.wav",
        "prompts/one-for-english.wav",
        "prompts/two-for-italian.wav",
        "welcome.wav",
        "benvenuto.wav",
    ] {
        std::os::unix::fs::symlink(ours.join("beep.wav"), folder.join(name)).expect("a link");
    }
}

#[test]
fn every_plan_in_the_documents_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (document, least) in [("docs/guide.md", 6), ("docs/dialplan.md", 1), ("README.md", 1)] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document");
        let plans = plans(&text);
        assert!(plans.len() >= least, "{document} has {} plans", plans.len());
        for (line, plan) in plans {
            let folder = Folder::new();
            prompts(root, &folder.0);
            folder.write("plan.yaml", &plan);
            let output = centralino(&folder, &["check", "plan.yaml"]);
            let said = stdout(&output);
            assert_eq!(output.status.code(), Some(0), "{document}:{line}:\n{said}");
            assert_eq!(said.lines().count(), 1, "{document}:{line} has warnings:\n{said}");
        }
    }
}

/// What the guide tells to type is what the program understands.
#[test]
fn every_option_in_the_documents_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::new();
    let help: String = [
        "run",
        "demo",
        "check",
        "graph",
        "new",
        "test",
        "try",
        "diff",
        "reload",
        "plans",
        "rollback",
        "cdr list",
        "cdr export",
    ]
    .iter()
    .map(|command| {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        stdout(&centralino(&folder, &words))
    })
    .collect();
    for document in ["docs/guide.md", "README.md", "docs/records.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document");
        for line in text.lines() {
            let Some((_, after)) = line.split_once("centralino ") else { continue };
            for word in after.split_whitespace().filter(|w| w.starts_with("--") && w.len() > 2) {
                let option = word.trim_matches(|c: char| !c.is_ascii_alphabetic() && c != '-');
                assert!(help.contains(option), "{document}: no option `{option}`: {line}");
            }
        }
    }
}

//! `centralino graph`: where the picture goes, what is refused.

use crate::{Folder, centralino, stderr, stdout};
use std::path::Path;

fn example() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("dialplans/call-center.yaml").to_string_lossy().into_owned()
}

#[test]
fn a_plan_is_drawn_in_three_languages_to_stdout_or_a_file() {
    let folder = Folder::new();
    let plan = example();
    for (format, begins) in [
        ("svg", "<svg xmlns="),
        ("mermaid", "---\ntitle: \"call-center.yaml\"\n"),
        ("dot", "digraph plan {"),
    ] {
        let output = centralino(&folder, &["graph", &plan, "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let picture = stdout(&output);
        assert!(picture.starts_with(begins), "{picture}");
        let output = centralino(&folder, &["graph", &plan, "--format", format, "-o", "out"]);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(0), ""));
        assert_eq!(std::fs::read_to_string(folder.0.join("out")).unwrap(), picture);
    }
}

#[test]
fn counts_flows_and_plans_that_are_wrong_are_told() {
    let folder = Folder::new();
    let plan = example();
    folder.write("counts.json", "{\"main/choose/1\": 400, \"main/choose/7\": 1}");
    let output = centralino(&folder, &["graph", &plan, "--counts", "counts.json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("×400"));
    assert!(stderr(&output).contains("`main/choose/7` names no way"), "{}", stderr(&output));

    folder.write("counts.json", "[1]");
    let output = centralino(&folder, &["graph", &plan, "--counts", "counts.json"]);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""));

    let output = centralino(&folder, &["graph", &plan, "--flow", "mian"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there are: main, night"), "{}", stderr(&output));

    folder.write("broken.yaml", "version: 1\n");
    let output = centralino(&folder, &["graph", "broken.yaml"]);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(1), ""));
}

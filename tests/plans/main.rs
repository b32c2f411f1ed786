//! The corpus of broken plans: each says in its own comments what is to be found in it and where.
//!
//! `# expect: E0301 7:31` stands for a finding with this code at this line and column of the same
//! file; what is found beyond that, or not found, is a failure. The world is the disk, with a
//! machine and an environment that do not change.
#![expect(clippy::expect_used, reason = "helpers of tests may panic")]

mod budget;

use centralino::dialplan::{self, Code, Finding, Machine, PromptFault, World};
use centralino::io::run::{Examined, Origin};
use centralino::rehearse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The disk, on a small machine.
struct Shelf(Examined);

impl World for Shelf {
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String> {
        self.0.list(path)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.0.read(path)
    }

    fn prompt_exists(&self, path: &str) -> bool {
        self.0.prompt_exists(path)
    }

    fn prompt_fault(&self, path: &str) -> Option<PromptFault> {
        // Rights cannot be taken from whoever runs the tests as root.
        if path.ends_with("locked.wav") {
            return Some(PromptFault::Unreadable("permission denied".to_owned()));
        }
        self.0.prompt_fault(path)
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }

    fn machine(&self) -> Machine {
        Machine {
            media_ports: Some(10_000),
            lowest_port: Some(1024),
            addresses: Some(vec!["127.0.0.1".parse().expect("an address")]),
        }
    }
}

fn findings(plan: &Path) -> Vec<Finding> {
    let shelf = Shelf(Examined(Origin::Path(plan.to_owned())));
    let name = plan.to_string_lossy();
    let mut checked = dialplan::check(&name, &shelf);
    if let (Some(plan), Ok(sources)) = (&checked.plan, dialplan::read(&name, &shelf)) {
        let tests = dialplan::cases(&sources, 0, plan, &rehearse::record_fields(), &shelf);
        checked.findings.extend(tests.err().unwrap_or_default());
    }
    checked.findings
}

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/broken");
    let entries = std::fs::read_dir(folder).expect("the corpus").flatten();
    let mut plans: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| !path.ends_with("prompts")).collect();
    plans.sort();
    plans
}

/// `FILE: CODE LINE:COLUMN`, sorted, as the comments of a plan say.
fn expected(plan: &Path) -> Vec<String> {
    let files: Vec<PathBuf> = if plan.is_dir() {
        std::fs::read_dir(plan).expect("a folder").flatten().map(|entry| entry.path()).collect()
    } else {
        vec![plan.to_owned()]
    };
    let mut lines = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a plan");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let marks = text.lines().filter_map(|line| line.strip_prefix("# expect: "));
        lines.extend(marks.map(|mark| format!("{}: {}", file.display(), mark.trim())));
    }
    lines.sort();
    lines
}

fn found(plan: &Path) -> Vec<String> {
    let line = |f: &Finding| format!("{}: {} {}:{}", f.file, f.code.id, f.at.line, f.at.column);
    let mut lines: Vec<String> = findings(plan).iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn every_broken_plan_yields_what_it_says_and_nothing_else() {
    let plans = corpus();
    assert!(plans.len() >= 80, "{} plans", plans.len());
    let mut wrong = String::new();
    for plan in plans {
        let (expected, found) = (expected(&plan), found(&plan));
        if expected.is_empty() || expected != found {
            let shown: Vec<String> = findings(&plan).iter().map(ToString::to_string).collect();
            wrong.push_str(&format!("expected {expected:#?}\nfound {shown:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_code_is_yielded_by_some_plan() {
    let seen: BTreeSet<&str> =
        corpus().iter().flat_map(|plan| findings(plan)).map(|finding| finding.code.id).collect();
    let unseen: Vec<&str> =
        Code::all().map(|code| code.id).filter(|code| !seen.contains(code)).collect();
    assert!(unseen.is_empty(), "no plan of the corpus has {unseen:?}");
}

#[test]
fn twelve_faults_of_twelve_kinds_are_twelve_findings() {
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/broken/twelve.yaml");
    let codes: BTreeSet<&str> = findings(&plan).iter().map(|finding| finding.code.id).collect();
    assert_eq!((codes.len(), findings(&plan).len()), (12, 12));
}

#[test]
fn every_example_is_clean() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialplans");
    let entries = std::fs::read_dir(folder).expect("the examples").flatten();
    let plans = entries.map(|entry| entry.path()).filter(|path| path.is_file());
    let mut count = 0;
    for plan in plans {
        assert_eq!(findings(&plan), [], "{}", plan.display());
        count += 1;
    }
    assert!(count >= 4, "{count} examples");
}

#[test]
fn every_finding_shows_its_place_and_no_password() {
    for plan in corpus() {
        for finding in findings(&plan) {
            let text = finding.render();
            assert!(!text.contains("hunter2"), "{text}");
            let headline = format!("{}[{}]: ", finding.severity().word(), finding.code.id);
            assert!(text.contains(&headline) && !finding.message.is_empty(), "{text}");
            assert!(finding.end_column() > finding.at.column, "{text}");
        }
    }
}

#[test]
fn the_list_of_codes_is_in_order_and_each_is_explained() {
    let ids: Vec<&str> = Code::all().map(|code| code.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for code in Code::all() {
        let (letter, digits) = code.id.split_at(1);
        assert!(["E", "W"].contains(&letter), "{}", code.id);
        assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{}", code.id);
        for text in [code.title, code.means, code.matters, code.wrong, code.right] {
            assert!(!text.trim().is_empty(), "{}", code.id);
        }
        assert_ne!(code.wrong, code.right, "{}", code.id);
        assert_eq!(Code::find(&code.id.to_lowercase()), Some(code));
    }
}

/// A document that is made from the code. Run with `CENTRALINO_WRITE=1` to write it anew.
fn is_current(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("CENTRALINO_WRITE").is_some() {
        std::fs::write(&path, made).expect("the document is written");
    }
    let text = std::fs::read_to_string(&path).expect("the document");
    assert!(text == made, "docs/{name} is not what the code says: CENTRALINO_WRITE=1");
}

#[test]
fn the_document_of_findings_is_current() {
    is_current("findings.md", &dialplan::document());
}

#[test]
fn the_reference_is_current() {
    let made = dialplan::reference().unwrap_or_else(|line| panic!("no such key: {line}"));
    is_current("dialplan.md", &made);
}

//! Plans that load, findings at their exact place, hostile files.

use super::*;
use crate::plan::Entry;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A world in a map: files, prompts, environment.
#[derive(Default)]
struct Paper {
    files: BTreeMap<String, String>,
    missing_prompts: Vec<&'static str>,
    env: BTreeMap<&'static str, &'static str>,
}

impl World for Paper {
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String> {
        if self.files.contains_key(path) {
            return Ok(None);
        }
        let within = format!("{path}/");
        let files: Vec<String> =
            self.files.keys().filter(|name| name.starts_with(&within)).cloned().collect();
        if files.is_empty() { Err("no such file or folder".to_string()) } else { Ok(Some(files)) }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| "no such file".to_string())
    }

    fn prompt_exists(&self, path: &str) -> bool {
        !self.missing_prompts.contains(&path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).map(|value| (*value).to_string())
    }
}

fn compiled(text: &str) -> Result<Loaded, Vec<Finding>> {
    let source = Source { name: "plan.yaml".to_string(), text: text.to_string() };
    compile(&[source], &Paper::default(), &mut Names::default())
}

/// The findings of a plan, each on one line.
fn findings(text: &str) -> Vec<String> {
    match compiled(text) {
        Ok(loaded) => loaded.warnings.iter().map(ToString::to_string).collect(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_plans_that_come_with_the_program_have_no_finding() {
    for (name, text) in [
        ("minimal.yaml", include_str!("../../dialplans/minimal.yaml")),
        ("by-number.yaml", include_str!("../../dialplans/by-number.yaml")),
        ("call-center.yaml", include_str!("../../dialplans/call-center.yaml")),
        ("demo.yaml", DEMO),
    ] {
        assert_eq!(findings(text), Vec::<String>::new(), "{name}");
        assert!(text.lines().count() < 90, "{name}");
    }
}

#[test]
fn the_minimal_plan_compiles_to_a_flow_behind_every_number() {
    let plan = compiled(include_str!("../../dialplans/minimal.yaml")).unwrap().plan;
    let (entry, _) = plan.script.entry("+39 02 12345").unwrap();
    let Entry::Flow(flow) = entry else { panic!("{entry:?}") };
    assert_eq!(plan.script.flow_name(*flow).as_deref(), Some("main"));
    assert_eq!(plan.script.prompt("welcome").map(|p| &*p.path), Some("prompts/welcome.wav"));
    assert_eq!(plan.trunk_from("192.0.2.9".parse().unwrap()).map(|t| &*t.name), Some("pbx"));
    assert!(plan.trunk_from("192.0.3.9".parse().unwrap()).is_none());
    assert_eq!(plan.hash.len(), 64);
}

proptest! {
    /// Whatever the bytes are: findings or a plan, never a panic.
    #[test]
    fn arbitrary_text_never_panics(text in ".{0,400}") {
        let _ = compiled(&text);
    }
}

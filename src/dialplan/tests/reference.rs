//! The reference for admins: it names every key that the checks take, and its plans load.

use super::findings::with;
use super::*;

const REFERENCE: &str = include_str!("../../../docs/dialplan.md");

/// The keys that are listed where one is unknown.
pub(super) fn known_keys(more: &str) -> Vec<String> {
    keys_told(with(more))
}

/// The keys that the finding of an unknown one lists.
pub(super) fn keys_told(findings: Vec<String>) -> Vec<String> {
    let told = findings.iter().find(|finding| finding.contains("unknown"));
    let found = told.unwrap_or_else(|| panic!("no key was unknown: {findings:#?}"));
    let (_, list) = found.split_once("expected one of ").unwrap();
    let list = list.split(';').next().unwrap();
    list.split(", ").map(str::to_string).collect()
}

#[test]
fn the_reference_names_every_key() {
    for more in [
        "zz: 1",
        "trunks: { a: { zz: 1 } }",
        "trunks: { a: { limits: { zz: 1 } } }",
        "trunks: { a: { credentials: { zz: 1 } } }",
        "routes: { r: { zz: 1 } }",
        "agents: { a: { zz: 1 } }",
        "queues: { q: { zz: 1 } }",
        "queues: { q: { steps: { zz: 1 } } }",
        "queues: { q: { refusal: { zz: 1 } } }",
        "queues: { q: { service_level: { zz: 1 } } }",
        "queues: { q: { while_waiting: { zz: 1 } } }",
        "hours: { h: { zz: 1 } }",
        "templates: { zz: 1 }",
        "templates: { flows: { t: { zz: 1 } } }",
        "flows: { main: { template: t, zz: 1 } }",
        "defaults: { zz: 1 }",
        "flows: { main: { a: { play: [{ zz: 1 }] } } }",
        "flows: { main: { a: { play: x, zz: 1 } } }",
        "flows: { main: { a: { menu: { zz: 1 } } } }",
        "flows: { main: { a: { collect: { zz: 1, into: x } } } }",
        "flows: { main: { a: { set: {}, zz: 1 } } }",
        "flows: { main: { a: { language: it, zz: 1 } } }",
        "flows: { main: { a: { when: 'true', then: a, zz: 1 } } }",
        "flows: { main: { a: { when: [{ if: 'true', then: a, zz: 1 }] } } }",
        "flows: { main: { a: { hours: { open: {} }, zz: 1 } } }",
        "flows: { main: { a: { queue: x, zz: 1 } } }",
        "flows: { main: { a: { dial: 'sip:x', zz: 1 } } }",
    ] {
        for key in known_keys(more) {
            let named = [format!("`{key}`"), format!("{key}:"), format!("`{key} ")];
            assert!(named.iter().any(|name| REFERENCE.contains(name)), "`{key}` of {more}");
        }
    }
    for section in ["media", "http", "record"] {
        for key in known_keys(&format!("{section}: {{ zz: 1 }}")) {
            assert!(REFERENCE.contains(&format!("`{section}.{key}`")), "{section}.{key}");
        }
    }
    for (fact, _) in crate::ivr::FACTS {
        assert!(REFERENCE.contains(&format!("`{fact}`")), "{fact}");
    }
}

#[test]
fn the_plans_in_the_reference_load() {
    let blocks: Vec<&str> = REFERENCE
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| block.starts_with("version: 1"))
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert_eq!(findings(block), Vec::<String>::new(), "{block}");
    }
}

//! The schema of plans: an independent validator takes every example, refuses what is broken, and
//! its keys are those that the checks take.

use super::reference::{keys_told, known_keys};
use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

const NAME: &str = "file:///plan.schema.json";

/// What the validator says of a plan; nothing if it fits.
pub(super) fn refused(text: &str) -> Option<String> {
    let plan: Value = serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.set_default_draft(boon::Draft::V2020_12);
    compiler.add_resource(NAME, schema()).unwrap();
    let index = compiler.compile(NAME, &mut schemas).unwrap_or_else(|e| panic!("{e:#}"));
    schemas.validate(&plan, index).err().map(|error| format!("{error:#}"))
}

fn blocks(document: &'static str) -> impl Iterator<Item = &'static str> {
    let blocks = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.starts_with("version: 1"))
}

#[test]
fn every_example_fits_the_schema() {
    let examples = [
        include_str!("../../../dialplans/minimal.yaml"),
        include_str!("../../../dialplans/by-number.yaml"),
        include_str!("../../../dialplans/outbound.yaml"),
        include_str!("../../../dialplans/call-center.yaml"),
        DEMO,
    ];
    let mut seen = 0;
    let guides = blocks(include_str!("../../../docs/guide.md"));
    let documents = guides.chain(blocks(include_str!("../../../docs/dialplan.md")));
    for text in examples.into_iter().chain(documents) {
        assert_eq!(refused(text), None, "{text}");
        seen += 1;
    }
    assert!(seen >= 11, "only {seen}");
    let new = fresh(&Answers::default()).unwrap();
    assert_eq!(refused(&new), None, "{new}");
}

#[test]
fn broken_plans_do_not_fit() {
    const GOOD: &str = "version: 1\nsip: { listen: [udp://127.0.0.1:5060] }\n";
    assert_eq!(refused(GOOD), None);
    assert!(refused("sip: { listen: [udp://127.0.0.1:5060] }").is_some());
    assert!(refused("version: 2\nsip: { listen: [udp://127.0.0.1:5060] }").is_some());
    assert!(refused("version: 1\nsip: { listen: [http://127.0.0.1:5060] }").is_some());
    for more in [
        "flow: {}",
        "trunks: { a: {} }",
        "trunks: { a: { accept_from: [example.com] } }",
        "trunks: { a: { accept_from: [10.0.0.1], limits: { calls: 0 } } }",
        "trunks: { a: { accept_from: [10.0.0.1], dtmf: inband } }",
        "trunks: { a: { accept_from: [10.0.0.1], trusted: maybe } }",
        "agents: { a: { skills: { x: 3 } } }",
        "agents: { a: { contact: 'anna@10.0.0.1' } }",
        "agents: { a: { contact: 'sip:a@10.0.0.1', skills: { x: 11 } } }",
        "agents: { a: { contact: 'sip:a@10.0.0.1', capacity: 0 } }",
        "queues: { q: { max_wait: 10m } }",
        "queues: { q: { steps: [] } }",
        "queues: { q: { steps: [{ want: 'true', best: cheapest }] } }",
        "queues: { q: { steps: [{ want: 'true' }], max_wait: 600 } }",
        "queues: { q: { steps: [{ want: 'true' }], service_level: { answer: 80, within: 20s } } }",
        "hours: { h: { open: { weekdays: '09:00-18:00' } } }",
        "hours: { h: { open: { mon: '9-18' } } }",
        "numbers: { '100': { refuse: 200 } }",
        "numbers: { '100': { dial: 'sip:a@10.0.0.1', refuse: 404 } }",
        "routes: { r: { numbers: '1', from: any } }",
        "routes: { r: { numbers: '1', trunks: t, refuse: 403 } }",
        "routes: { r: { numbers: '1', refuse: 403, strip: 33 } }",
        "routes: { r: { numbers: '1', refuse: 403, prefix: plus } }",
        "flows: { main: {} }",
        "flows: { main: { a: {} } }",
        "flows: { main: { a: { plai: beep } } }",
        "flows: { main: { a: { play: beep, failed: b } } }",
        "flows: { main: { a: { play: beep, hang_up: 480 } } }",
        "flows: { main: { a: { menu: { prompt: beep } } } }",
        "flows: { main: { a: { menu: { keys: { x: a } } } } }",
        "flows: { main: { a: { menu: { keys: { '1': a }, tries: 21 } } } }",
        "flows: { main: { a: { collect: { digits: 6-8 } } } }",
        "flows: { main: { a: { collect: { into: 9a } } } }",
        "flows: { main: { a: { when: 'true' } } }",
        "flows: { main: { a: { dial: 'fax:+39' } } }",
        "flows: { main: { a: { play: beep, next: { refuse: 700 } } } }",
        "flows: { main: { a: { play: [{ pause: 3 }] } } }",
    ] {
        let text = format!("{GOOD}{more}\n");
        assert!(refused(&text).is_some(), "{more} fits");
        // What the schema refuses, the checks refuse: it gives no false alarm.
        assert!(compiled(&text).is_err(), "the checks take {more}");
    }
}

/// All sets of keys of maps with known keys in a schema.
fn keys(value: &Value, found: &mut BTreeSet<BTreeSet<String>>) {
    if let Some(properties) = value.get("properties").and_then(Value::as_object) {
        found.insert(properties.keys().cloned().collect());
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| keys(value, found)),
        Value::Array(items) => items.iter().for_each(|value| keys(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_schema_has_the_keys_that_the_checks_take() {
    let mut found = BTreeSet::new();
    keys(&schema(), &mut found);
    for more in [
        "zz: 1",
        "media: { zz: 1 }",
        "http: { zz: 1 }",
        "record: { zz: 1 }",
        "defaults: { zz: 1 }",
        "trunks: { a: { zz: 1 } }",
        "trunks: { a: { limits: { zz: 1 } } }",
        "trunks: { a: { credentials: { zz: 1 } } }",
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
        "flows: { main: { a: { answer: true, zz: 1 } } }",
        "flows: { main: { a: { ring: 1s, zz: 1 } } }",
        "flows: { main: { a: { play: x, zz: 1 } } }",
        "flows: { main: { a: { say: x, zz: 1 } } }",
        "flows: { main: { a: { menu: { zz: 1 } } } }",
        "flows: { main: { a: { menu: { keys: { '1': a } }, zz: 1 } } }",
        "flows: { main: { a: { collect: { zz: 1, into: x } } } }",
        "flows: { main: { a: { collect: { into: x }, zz: 1 } } }",
        "flows: { main: { a: { set: {}, zz: 1 } } }",
        "flows: { main: { a: { language: it, zz: 1 } } }",
        "flows: { main: { a: { when: 'true', then: a, zz: 1 } } }",
        "flows: { main: { a: { when: [{ if: 'true', then: a, zz: 1 }] } } }",
        "flows: { main: { a: { when: [], zz: 1 } } }",
        "flows: { main: { a: { hours: { open: {} }, zz: 1 } } }",
        "flows: { main: { a: { queue: x, zz: 1 } } }",
        "flows: { main: { a: { dial: 'sip:x', zz: 1 } } }",
        "flows: { main: { a: { refuse: 404, zz: 1 } } }",
        "flows: { main: { a: { hang_up: 480, zz: 1 } } }",
        "flows: { main: { a: { goto: main, zz: 1 } } }",
    ] {
        let known: BTreeSet<String> = known_keys(more).into_iter().collect();
        assert!(found.contains(&known), "no map of the schema has the keys of {more}: {known:?}");
    }
    let sip = keys_told(findings("version: 1\nsip: { listen: [], zz: 1 }"));
    assert!(found.contains(&sip.into_iter().collect()));
}

#[test]
fn every_key_of_the_schema_says_what_it_means() {
    fn silent(value: &Value, path: &str, found: &mut Vec<String>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (key, value) in properties {
                if value.get("description").and_then(Value::as_str).unwrap_or("").is_empty() {
                    found.push(format!("{path}.{key}"));
                }
            }
        }
        if let Value::Object(map) = value {
            map.iter().for_each(|(key, value)| silent(value, &format!("{path}.{key}"), found));
        }
    }
    let mut found = Vec::new();
    silent(&schema(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
}

//! The JSON Schema (draft 2020-12) of a plan, for completion and hover text in editors.
//!
//! It says of every key what the checks say of it as far as a schema can: type, range, words,
//! pattern. Names that lead nowhere, conditions and prompts are for the checks alone. A test holds
//! its keys against those that the checks take, and an independent validator against the examples.

mod flows;
mod reference;
mod sections;
mod templates;

pub use reference::reference;

use serde_json::{Map, Value, json};

/// The names of a map's keys in the order in which the code has them, for the reference; it is no word
/// of JSON Schema, and taken out of what editors get.
const ORDER: &str = "x-order";

/// What many keys take, in the words of the reference.
const TITLES: &[(&str, &str)] = &[
    ("text", "text"),
    ("time", "time"),
    ("address", "IP address"),
    ("network", "address or network"),
    ("uri", "`sip:` URI"),
    ("target", "`sip:` URI, or `tel:` and a number (template)"),
    ("status", "status 300 to 699"),
    ("condition", "condition"),
    ("hours", "hours"),
    ("exit", "state"),
    ("state", "state"),
    ("pieces", "pieces"),
];

/// A value with its own words for the reference.
fn titled(mut value: Value, title: &str) -> Value {
    if let Some(value) = value.as_object_mut() {
        value.insert("title".to_owned(), json!(title));
    }
    value
}

/// The schema of a plan.
#[must_use]
pub fn schema() -> Value {
    let mut schema = full();
    without_order(&mut schema);
    schema
}

fn without_order(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove(ORDER);
            map.values_mut().for_each(without_order);
        }
        Value::Array(values) => values.iter_mut().for_each(without_order),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schema with the order of its keys.
fn full() -> Value {
    let mut defs = Map::new();
    for (name, mut def) in basics().into_iter().chain(flows::defs()) {
        if let (Some(def), Some((_, title))) =
            (def.as_object_mut(), TITLES.iter().find(|(titled, _)| *titled == name))
        {
            def.insert("title".to_owned(), json!(title));
        }
        defs.insert(name.to_owned(), def);
    }
    let mut schema = map("A plan of Centralino.", sections::all(), &["version", "sip"]);
    if let Value::Object(schema) = &mut schema {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".to_owned(), json!("Centralino plan"));
        schema.insert("$defs".to_owned(), Value::Object(defs));
    }
    schema
}

/// One key of a map: its name, what may stand there, what it means.
type Key = (&'static str, Value, &'static str);

/// A map whose keys are known.
fn map(what: &str, keys: Vec<Key>, needed: &[&str]) -> Value {
    let mut properties = Map::new();
    let order: Vec<&str> = keys.iter().map(|(name, _, _)| *name).collect();
    for (name, value, meaning) in keys {
        let mut value = value;
        if let Value::Object(value) = &mut value {
            value.insert("description".to_owned(), json!(meaning));
        }
        properties.insert(name.to_owned(), value);
    }
    json!({
        "description": what,
        "type": "object",
        "properties": properties,
        ORDER: order,
        "required": needed,
        "additionalProperties": false,
    })
}

/// A map from names to something; an empty section may stand there as well.
fn named(value: &Value) -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": { "minLength": 1, "maxLength": 100 },
        "additionalProperties": value,
    })
}

fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A list, or one item in place of a list of one.
fn list(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item }] })
}

fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn pattern(pattern: &str, example: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "examples": [example] })
}

fn whole(least: i64, most: i64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

fn boolean(default: bool) -> Value {
    json!({ "type": "boolean", "default": default })
}

/// What many keys take.
fn basics() -> Vec<(&'static str, Value)> {
    let day = "([Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])";
    let time = "[0-9]{1,2}:[0-5][0-9]";
    let opened = list(&pattern(&format!("^ *{time} *- *{time} *$"), "09:00-18:30"));
    let hours = map(
        "Opening hours.",
        vec![
            (
                "zone",
                of("text"),
                "The clock that counts (IANA), such as Europe/Rome; defaults.zone without it.",
            ),
            (
                "open",
                json!({
                    "title": "map from days to times",
                    "type": "object",
                    "patternProperties": { format!("^ *(daily|{day}( *- *{day})?) *$"): opened },
                    "additionalProperties": false,
                }),
                "Days (mon, mon-fri, sat-mon, daily) and their times.",
            ),
            (
                "holidays",
                list(&pattern("^ *([0-9]{4}-)?[0-9]{2}-[0-9]{2} *$", "12-25")),
                "Days on which nothing begins: \"2026-12-25\", or \"12-25\" for every year.",
            ),
        ],
        &["open"],
    );
    vec![
        ("text", json!({ "type": ["string", "number"] })),
        (
            "time",
            json!({
                "anyOf": [pattern("^ *([0-9]+(ms|s|m|h)|0) *$", "20s"), { "const": 0 }],
                "examples": ["500ms", "20s", "2m", "1h"],
            }),
        ),
        ("address", pattern("^[0-9a-fA-F:.]+$", "192.0.2.10")),
        ("network", pattern("^ *[0-9a-fA-F:.]+(/[0-9]{1,3})? *$", "198.51.100.0/24")),
        ("uri", pattern("^ *[Ss][Ii][Pp][Ss]?:[^ <>\",]+ *$", "sip:anna@10.0.0.21")),
        (
            "target",
            pattern("^ *([Ss][Ii][Pp][Ss]?:|[Tt][Ee][Ll]:|\\$\\{)", "sip:reception@10.0.0.9"),
        ),
        ("status", whole(300, 699)),
        (
            "condition",
            json!({ "type": ["string", "boolean"], "examples": ["caller.number != \"\""] }),
        ),
        ("hours", hours),
    ]
}

//! Templates, and the flows that are made from them.
//!
//! Of the states of a template a schema can say little: `${with.NAME}` may stand where a number or a
//! word is wanted.

use super::{list, map, named, sections};
use serde_json::{Value, json};

pub(super) fn section() -> Value {
    let agents = named(&map("What agents are made from.", sections::agent_keys(), &[]));
    let queues = named(&map("What queues are made from.", sections::queue_keys(), &[]));
    let states = json!({ "type": "object", "minProperties": 1, "maxProperties": 1000 });
    let flows = named(&map(
        "What flows are made from.",
        vec![
            (
                "with",
                list(&json!({ "type": "string", "pattern": "^ *[0-9A-Za-z_-]+ *$" })),
                "Names of what every flow that uses it has to give.",
            ),
            ("states", states, "States by name, with ${with.NAME} where a value is put in."),
        ],
        &["states"],
    ));
    map(
        "",
        vec![
            ("agents", agents, "Templates of agents by name."),
            ("queues", queues, "Templates of queues by name."),
            ("flows", flows, "Templates of flows by name."),
        ],
        &[],
    )
}

/// A flow that is made from a template.
pub(super) fn flow() -> Value {
    map(
        "A flow that is made from a template.",
        vec![
            ("template", json!({ "type": "string" }), "The template."),
            ("with", named(&json!({})), "What it asks for: names and values."),
        ],
        &["template"],
    )
}

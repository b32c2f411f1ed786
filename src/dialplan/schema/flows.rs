//! Flows: a state is one of its verbs with what belongs to it.

use super::{Key, boolean, list, map, named, of, templates, whole};
use serde_json::{Value, json};

pub(super) fn defs() -> Vec<(&'static str, Value)> {
    let states: Vec<Value> = VERBS.iter().map(|verb| state(verb)).collect();
    let flow = json!({
        "description": "States by name; a call begins at the first.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1000,
        "propertyNames": { "minLength": 1, "maxLength": 100 },
        "additionalProperties": of("state"),
    });
    let flow = json!({ "anyOf": [flow, templates::flow()] });
    vec![
        ("flow", flow),
        (
            "state",
            json!({ "description": "One verb, its options, the ways out.", "oneOf": states }),
        ),
        (
            "exit",
            json!({ "description": "A state's name, or a state in place.", "anyOf": [of("text"), of("state")] }),
        ),
        ("pieces", list(&json!({ "anyOf": [of("text"), of("piece")] }))),
        ("piece", json!({ "oneOf": pieces() })),
    ]
}

/// The verbs, as the checks know them.
const VERBS: &[&str] = &[
    "answer", "ring", "play", "say", "menu", "collect", "set", "language", "when", "hours",
    "queue", "dial", "refuse", "hang_up", "goto",
];

fn pieces() -> Vec<Value> {
    vec![
        map("Silence.", vec![("pause", of("time"), "How long, a minute at most.")], &["pause"]),
        map(
            "Spoken digits.",
            vec![("digits", of("text"), "A text with ${expression}, said digit by digit.")],
            &["digits"],
        ),
        map(
            "A spoken number.",
            vec![("number", of("text"), "A text with ${expression}, said as a number.")],
            &["number"],
        ),
    ]
}

fn exit(name: &'static str, meaning: &'static str) -> Key {
    (name, of("exit"), meaning)
}

fn next() -> Key {
    exit("next", "What comes then; without it the call ends.")
}

fn early() -> Key {
    ("early", boolean(false), "Before the answer: early media (183), a queue rings.")
}

/// A state with this verb.
fn state(verb: &'static str) -> Value {
    let (value, meaning, mut options): (Value, &'static str, Vec<Key>) = match verb {
        "answer" => {
            let nothing = json!({ "anyOf": [{ "const": true }, { "type": "null" }, { "type": "object", "maxProperties": 0 }] });
            (nothing, "Answers the call.", vec![next()])
        }
        "ring" => {
            let time = json!({ "anyOf": [of("time"), { "type": "null" }] });
            (time, "180 Ringing for that long.", vec![next()])
        }
        "play" | "say" => {
            let barge_in = ("barge_in", boolean(false), "A digit ends it.");
            let meaning = if verb == "play" {
                "Plays prompts."
            } else {
                "Says what is put together from words."
            };
            (of("pieces"), meaning, vec![barge_in, early(), next()])
        }
        "menu" => {
            let failed = exit("failed", "After the last try.");
            (menu(), "The caller chooses by keys.", vec![early(), failed])
        }
        "collect" => {
            let failed = exit("failed", "After the last try.");
            (collect(), "Takes digits.", vec![early(), next(), failed])
        }
        "set" => {
            let texts = json!({
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
                "additionalProperties": of("text"),
            });
            (texts, "Gives variables a value: texts with ${expression}.", vec![next()])
        }
        "language" => (
            of("text"),
            "Sets the call's language: en, it; or a text with ${expression}.",
            vec![
                ("among", list(&of("text")), "The languages that may come of the expression."),
                next(),
            ],
        ),
        "when" => return when(),
        "hours" => {
            let known = json!({ "anyOf": [of("text"), of("hours")] });
            let open = exit("next", "While open.");
            (
                known,
                "Goes by the time of day: a name of hours, or hours in place.",
                vec![open, exit("closed", "While closed.")],
            )
        }
        "queue" => (
            of("text"),
            "Waits in this queue for an agent.",
            vec![
                ("reason", of("text"), "Why, for the record: a text with ${expression}."),
                ("priority", whole(-86_400, 86_400), "Seconds of head start."),
                early(),
                exit("next", "After the talk."),
                exit(
                    "otherwise",
                    "Where calls go that the queue gives back; before the queue's own.",
                ),
            ],
        ),
        "dial" => (
            of("target"),
            "Calls a target: a sip: URI, with ${expression} where wanted.",
            vec![
                ("ring", of("time"), "How long it may ring; defaults.ring without it."),
                ("direct_media", boolean(false), "RTP goes between the parties."),
                exit("next", "After the talk."),
                exit(
                    "failed",
                    "If it does not answer; without it the caller gets the target's cause.",
                ),
            ],
        ),
        "refuse" => (of("status"), "Refuses the call with this status.", Vec::new()),
        "hang_up" => {
            let status = json!({ "anyOf": [of("status"), { "type": "null" }] });
            (
                status,
                "Ends the call; the status is for one still unanswered, 480 without it.",
                Vec::new(),
            )
        }
        _ => (of("text"), "Goes on in another flow; there is no way back.", Vec::new()),
    };
    options.insert(0, (verb, value, meaning));
    map(meaning, options, &[verb])
}

/// One condition with `then`, or a list of conditions.
fn when() -> Value {
    let branch = map(
        "A condition and where it leads.",
        vec![("if", of("condition"), "A condition."), exit("then", "Where it leads.")],
        &["if", "then"],
    );
    let one = map(
        "Goes by a condition.",
        vec![
            ("when", of("condition"), "A condition."),
            exit("then", "Where to, if it holds."),
            exit("else", "Where to, if not."),
        ],
        &["when", "then"],
    );
    let several = map(
        "Goes by the first condition that holds.",
        vec![
            (
                "when",
                json!({ "type": "array", "items": branch }),
                "Conditions, the first that holds.",
            ),
            exit("else", "Where to, if none holds."),
        ],
        &["when"],
    );
    json!({ "oneOf": [one, several] })
}

/// What menu and collect share.
fn asking() -> Vec<Key> {
    vec![
        ("prompt", of("pieces"), "At each try."),
        ("invalid", of("pieces"), "Before the prompt after wrong digits."),
        ("timeout", of("pieces"), "Before the prompt after no digits."),
        ("wait", of("time"), "From the end of the prompt to the first digit; 5s."),
        ("between", of("time"), "From one digit to the next; 3s."),
        ("tries", whole(1, 20), "Then failed; 3."),
        ("barge_in", boolean(true), "A digit ends the prompt."),
        ("flush", boolean(false), "Digits typed before are thrown away."),
        ("masked", boolean(false), "The digits are not kept in records."),
    ]
}

fn menu() -> Value {
    let mut keys = named(&of("exit"));
    if let Some(keys) = keys.as_object_mut() {
        keys.insert("type".to_owned(), json!("object"));
        keys.insert("minProperties".to_owned(), json!(1));
        keys.insert("propertyNames".to_owned(), json!({ "pattern": "^[0-9*#ABCD]{1,32}$" }));
    }
    let mut options = asking();
    options.push(("keys", keys, "Keys, best quoted, and where they lead."));
    map("A menu.", options, &["keys"])
}

fn collect() -> Value {
    let mut options = asking();
    let many = json!({
        "anyOf": [whole(1, 32), super::pattern("^ *[0-9]{1,2} *(- *[0-9]{1,2} *)?$", "6-8")],
    });
    options.extend([
        ("digits", many, "How many: 6 or 6-8; 1-32 without it."),
        (
            "end",
            json!({ "anyOf": [{ "type": "string", "pattern": "^[0-9*#ABCD]*$" }, whole(0, 9), { "type": "null" }] }),
            "Keys that end the entry; \"#\" without it, \"\" for none.",
        ),
        ("into", super::pattern("^[A-Za-z_][A-Za-z0-9_]*$", "account"), "The variable that keeps the digits."),
    ]);
    map("Digits into a variable.", options, &["into"])
}

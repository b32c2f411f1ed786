//! The sections of a plan but its flows.

use super::{Key, boolean, list, map, named, of, pattern, templates, titled, whole, words};
use serde_json::json;

pub(super) fn all() -> Vec<Key> {
    vec![
        ("version", json!({ "enum": [1, "1"] }), "The grammar: 1."),
        ("sip", sip(), "Listeners and addresses."),
        ("media", media(), "Ports, codecs, where prompts are."),
        (
            "http",
            map(
                "",
                vec![(
                    "listen",
                    titled(
                        json!({ "anyOf": [words(&["off"]), pattern("^[^ ]+:[0-9]+$", "127.0.0.1:8080")] }),
                        "`ADDRESS:PORT`, `off`",
                    ),
                    "ADDRESS:PORT of the web server, or off.",
                )],
                &[],
            ),
            "The web server.",
        ),
        (
            "record",
            map("", vec![("path", of("text"), "The path of the database.")], &[]),
            "The database.",
        ),
        ("defaults", defaults(), "Values that apply where nothing else is said."),
        (
            "prompts",
            named(&json!({ "anyOf": [of("text"), named(&of("text"))] })),
            "Prompts whose file is not FOLDER/LANGUAGE/NAME.wav or FOLDER/NAME.wav: names and paths, or paths by language.",
        ),
        ("hours", named(&of("hours")), "Opening hours by name."),
        ("trunks", named(&trunk()), "Who calls come from and go to, by name."),
        ("agents", named(&agent()), "Who answers, by name."),
        ("queues", named(&queue()), "Where callers wait, by name."),
        (
            "numbers",
            named(&number()),
            "Called numbers and what they lead to: digits, x for any digit, ... at the end for any rest, default.",
        ),
        (
            "routes",
            named(&route()),
            "By which trunks numbers go out that are dialled as tel:NUMBER.",
        ),
        ("flows", named(&of("flow")), "What happens to a call, by name."),
        ("templates", templates::section(), "What agents, queues and flows are made from."),
        ("tests", json!({}), "The plan's own tests."),
        (
            "include",
            list(&of("text")),
            "Other files of the plan, or folders of them: paths relative to this file, within the plan's folder.",
        ),
        (
            "reload",
            words(&["on_request", "on_change"]),
            "When the plan is read anew: when somebody asks, or also when a file of it has changed.",
        ),
    ]
}

fn sip() -> serde_json::Value {
    let addresses = list(&of("address"));
    let by_network = json!({
        "type": "object",
        "propertyNames": { "pattern": "^(default|[0-9a-fA-F:.]+(/[0-9]{1,3})?)$" },
        "additionalProperties": addresses,
    });
    map(
        "",
        vec![
            (
                "listen",
                list(&titled(
                    pattern("^(udp|tcp)://.+:[0-9]+$", "udp://0.0.0.0:5060"),
                    "`udp://ADDRESS:PORT`, `tcp://ADDRESS:PORT`",
                )),
                "What SIP is heard on: udp://ADDRESS:PORT, tcp://ADDRESS:PORT.",
            ),
            (
                "advertise",
                titled(
                    json!({ "anyOf": [addresses, by_network] }),
                    "IP address, or a map from networks to addresses with `default`",
                ),
                "The address by which each network reaches us: one, or by network with default.",
            ),
            (
                "unknown",
                words(&["refuse", "ignore"]),
                "An INVITE from an address of no trunk: 403 (refuse), or no answer at all.",
            ),
        ],
        &["listen"],
    )
}

fn media() -> serde_json::Value {
    map(
        "",
        vec![
            (
                "ports",
                titled(
                    pattern("^ *[0-9]+ *- *[0-9]+ *$", "20000-29999"),
                    "`first-last`, first even, from 1024 up",
                ),
                "Ports for RTP and RTCP: first-last, first even, from 1024 up.",
            ),
            (
                "hold_music",
                of("text"),
                "The prompt that a party on hold hears; else its phone is shown the hold.",
            ),
            ("codecs", list(&words(&["pcma", "pcmu"])), "In the order in which they are offered."),
            ("address", of("address"), "What the ports are bound to; 0.0.0.0 without it."),
            (
                "prompts",
                of("text"),
                "The folder of the prompts, relative to the plan's; prompts without it.",
            ),
        ],
        &[],
    )
}

fn defaults() -> serde_json::Value {
    map(
        "",
        vec![
            (
                "language",
                pattern("^ *[a-z]{2,3}(-[a-z0-9]{1,8})* *$", "it"),
                "Language that calls begin in: of prompts, digits and numbers; en without it.",
            ),
            ("ring", of("time"), "How long a target or an agent's phone rings; 15s without it."),
            (
                "wrap_up",
                of("time"),
                "How long an agent is left alone after a call; 10s without it.",
            ),
            ("zone", of("text"), "Time zone (IANA) of opening hours; UTC without it."),
        ],
        &[],
    )
}

fn trunk() -> serde_json::Value {
    let limits = map(
        "",
        vec![
            ("calls", whole(1, 1_000_000), "Calls from it at a time."),
            ("per_second", whole(1, 1_000_000), "New calls from it a second."),
            ("outbound_calls", whole(1, 1_000_000), "Calls to it at a time."),
            ("outbound_per_second", whole(1, 1_000_000), "New calls to it a second."),
            ("channels", whole(1, 1_000_000), "Calls of both ways at a time."),
        ],
        &[],
    );
    let credentials = map(
        "",
        vec![
            ("user", of("text"), "The user name."),
            (
                "password",
                of("text"),
                "The password: best ${env.NAME}, a variable of the environment.",
            ),
        ],
        &["user", "password"],
    );
    let mut trunk = map(
        "A trunk: accept_from, peers, or both.",
        vec![
            (
                "accept_from",
                list(&of("network")),
                "Addresses and networks whose calls are its calls.",
            ),
            ("peers", list(&of("uri")), "Where calls to it go, in this order."),
            ("limits", limits, "Most calls."),
            ("credentials", credentials, "For its 401 and 407."),
            (
                "number_from",
                list(&words(&["request-uri", "to", "p-called-party-id", "diversion"])),
                "Where the called number is looked for.",
            ),
            (
                "caller_from",
                list(&words(&["p-asserted-identity", "remote-party-id", "from"])),
                "Where the caller is looked for; the first two only if trusted.",
            ),
            ("trusted", boolean(false), "Identities are believed and told (RFC 3325)."),
            ("dtmf", words(&["auto", "rfc4733", "info"]), "How digits travel."),
            (
                "session_timer",
                titled(json!({ "anyOf": [words(&["off"]), of("time")] }), "time from `90s`, `off`"),
                "The session timer that we ask for (RFC 4028): from 90s, or off.",
            ),
            (
                "prefer_100rel",
                boolean(false),
                "Our provisionals go reliably where it can (RFC 3262).",
            ),
            (
                "first_response",
                of("time"),
                "How soon it must say something before the next peer is tried.",
            ),
            ("large_over_tcp", boolean(false), "INVITEs over 1300 bytes go over TCP."),
            ("symmetric", boolean(false), "Requests and answers go where its packets come from."),
            (
                "carry",
                list(&pattern("^[A-Za-z0-9.!%_+`'~-]+\\*?$", "X-*")),
                "Headers carried over to the other leg.",
            ),
            (
                "numbers",
                named(&number()),
                "What called numbers lead to in calls from it: as numbers, and looked at first.",
            ),
            ("country", of("text"), "Not used yet."),
        ],
        &[],
    );
    if let Some(trunk) = trunk.as_object_mut() {
        let one = json!([{ "required": ["accept_from"] }, { "required": ["peers"] }]);
        trunk.insert("anyOf".to_owned(), one);
    }
    trunk
}

fn agent() -> serde_json::Value {
    let mut keys = agent_keys();
    keys.push(used("agents"));
    let mut agent = map("An agent.", keys, &[]);
    if let Some(agent) = agent.as_object_mut() {
        let one = json!([{ "required": ["contact"] }, { "required": ["contacts"] }]);
        let any = json!([{ "oneOf": one }, { "required": ["template"] }]);
        agent.insert("anyOf".to_owned(), any);
    }
    agent
}

/// What an agent or its template says.
pub(super) fn agent_keys() -> Vec<Key> {
    vec![
        ("name", of("text"), "The name for people; the key without it."),
        ("contact", list(&of("uri")), "The agent's phone."),
        ("contacts", list(&of("uri")), "The agent's phones, the first to try first."),
        ("skills", named(&whole(0, 10)), "Skills and levels from 0 to 10: skill.NAME in a step."),
        ("groups", list(&of("text")), "agent.groups in a step."),
        ("site", of("text"), "agent.site in a step."),
        ("capacity", whole(1, 50), "Calls at a time; 1 without it."),
        ("wrap_up", of("time"), "Left alone after a call; defaults.wrap_up without it."),
        ("ready", boolean(true), "Ready from the start."),
    ]
}

fn used(kind: &str) -> Key {
    let template = list(&json!({ "type": "string", "$comment": format!("templates.{kind}") }));
    ("template", template, "Templates: what is not said here is theirs, of the later first.")
}

fn queue() -> serde_json::Value {
    let mut keys = queue_keys();
    keys.push(used("queues"));
    let mut queue = map("A queue.", keys, &[]);
    if let Some(queue) = queue.as_object_mut() {
        let any = json!([{ "required": ["steps"] }, { "required": ["template"] }]);
        queue.insert("anyOf".to_owned(), any);
    }
    queue
}

/// What a queue or its template says.
pub(super) fn queue_keys() -> Vec<Key> {
    let step = map(
        "A step: whom it adds, and when the next one comes.",
        vec![
            (
                "want",
                of("condition"),
                "Whom it adds: a condition over skill.NAME, agent.groups, agent.site, facts of the call.",
            ),
            (
                "best",
                words(&["longest-idle", "highest-proficiency", "fewest-calls", "least-occupied"]),
                "Whom to choose when several are free; longest-idle without it.",
            ),
            ("for", of("time"), "How long until the next step; not at the last one."),
        ],
        &["want"],
    );
    let steps = json!({ "anyOf": [step, { "type": "array", "items": step, "minItems": 1, "maxItems": 32 }] });
    let refusal = map(
        "",
        vec![
            (
                "exclude",
                of("time"),
                "How long an agent who refused a call is not shown it again; 30s.",
            ),
            ("busy", of("time"), "How long a busy agent is left alone; 10s."),
            ("no_answer", of("time"), "How long an agent who did not answer is left alone; 30s."),
            (
                "pause_after",
                whole(0, 100),
                "After so many unanswered offers in a row the agent is paused; 3, 0 for never.",
            ),
            (
                "unreachable",
                of("time"),
                "How long an agent whose phone is not reachable is left alone first; 5s, doubles.",
            ),
            ("unreachable_max", of("time"), "Longest of these; 5m."),
        ],
        &[],
    );
    let service_level = map(
        "",
        vec![
            ("answer", pattern("^([1-9][0-9]?|100)%$", "80%"), "The share to be reached."),
            ("within", of("time"), "An answer within this time counts."),
        ],
        &["within"],
    );
    let waiting = map(
        "",
        vec![
            ("music", of("text"), "A prompt played over and over; ring-back without it."),
            ("every", of("time"), "How often it is interrupted by say, at least 5s."),
            (
                "say",
                list(&json!({ "type": ["string", "number"], "examples": ["position", "wait"] })),
                "What is said then: prompts, position, wait.",
            ),
        ],
        &[],
    );
    vec![
        (
            "steps",
            steps,
            "Who may take a call, and from when on; each step adds to the ones before.",
        ),
        ("ring", of("time"), "How long one offer rings; defaults.ring without it."),
        ("max_wait", of("time"), "Then the call goes to otherwise."),
        (
            "max_length",
            whole(0, 1_000_000),
            "With so many waiting a new call goes to otherwise at once.",
        ),
        (
            "slope",
            json!({ "type": "number", "minimum": 0, "maximum": 1000 }),
            "How fast a call's claim grows with its wait, against other queues; 1 without it.",
        ),
        (
            "nobody",
            words(&["wait", "none-staffed", "none-ready"]),
            "What counts as nobody there; none-staffed without it.",
        ),
        ("service_level", service_level, "For the figures."),
        ("refusal", refusal, "What an offer that was not taken costs the agent."),
        ("while_waiting", waiting, "What callers hear."),
        (
            "otherwise",
            of("exit"),
            "Where calls go that the queue gives back: a state of the flow that the call is in, or one in place.",
        ),
    ]
}

fn route() -> serde_json::Value {
    let mut route = map(
        "A route: trunks or refuse.",
        vec![
            (
                "numbers",
                list(&of("text")),
                "The numbers that it is for: patterns as in numbers, or default.",
            ),
            ("trunks", list(&of("text")), "The trunks by which they go out, in this order."),
            ("refuse", of("status"), "These numbers are not called: the status for who dials one."),
            ("strip", whole(0, 32), "Characters left out at the number's beginning; + is one."),
            ("prefix", pattern("^[+]?[0-9*#]*$", "00"), "What is put there."),
            ("caller", of("text"), "The number that is shown; the caller's without it."),
            (
                "from",
                list(&of("text")),
                "The trunks whose callers may use it, or any; needed but for emergency and refuse.",
            ),
            ("emergency", boolean(false), "No limit of a trunk and no drain keeps its calls."),
        ],
        &["numbers"],
    );
    if let Some(route) = route.as_object_mut() {
        let one = json!([{ "required": ["trunks"] }, { "required": ["refuse"] }]);
        route.insert("oneOf".to_owned(), one);
    }
    route
}

fn number() -> serde_json::Value {
    let flow = map("To a flow.", vec![("flow", of("text"), "The flow.")], &["flow"]);
    let dial = map(
        "Straight to a target.",
        vec![
            (
                "dial",
                of("target"),
                "A sip: URI, or tel: and a number by the routes; with ${expression} where wanted.",
            ),
            ("ring", of("time"), "How long it may ring."),
            ("direct_media", boolean(false), "RTP goes between the parties."),
        ],
        &["dial"],
    );
    let refuse = map("Refused.", vec![("refuse", of("status"), "The status.")], &["refuse"]);
    json!({ "anyOf": [of("text"), flow, dial, refuse] })
}

//! E02xx: values and keys of the wrong shape.

super::codes! {
    WRONG_KIND = "E0201", "a value of the wrong kind":
        "A text, a list or a map is wanted here and something else was found, or nothing.",
        "The plan is not loaded: what was meant cannot be guessed.",
        "trunks: [carrier]" => "trunks: { carrier: { accept_from: [198.51.100.0/24] } }";
    WRONG_VALUE = "E0202", "a value that cannot be read":
        "The value is a text, as wanted, but not of the form that is wanted. The finding says which.",
        "The plan is not loaded.",
        "service_level: { answer: 80, within: 20s }" => "service_level: { answer: 80%, within: 20s }";
    OUT_OF_RANGE = "E0203", "no whole number, or one out of range":
        "A whole number between two bounds is wanted here. The finding says which.",
        "The plan is not loaded. A refusal with 200 would answer a call that is to be refused.",
        "refuse: 200" => "refuse: 480";
    NO_TIME = "E0204", "no time with its unit":
        "A time is a whole number with `ms`, `s`, `m` or `h` behind it, at most 24 hours. A bare number is refused, for nobody can see whether seconds or milliseconds are meant.",
        "A phone that rings for 20 ms is never answered.",
        "ring: 20" => "ring: 20s";
    NOT_A_CHOICE = "E0205", "none of the words that are understood here":
        "One of a few words is wanted here. The finding lists them.",
        "The plan is not loaded.",
        "dtmf: inband" => "dtmf: auto";
    NOT_A_BOOLEAN = "E0206", "neither `true` nor `false`":
        "Only `true` and `false` are booleans. `yes`, `no`, `on` and `off` are texts, for YAML readers do not agree on them.",
        "The plan is not loaded: an agent who is `ready: no` must not be ready in one tool and away in another.",
        "ready: no" => "ready: false";
    MISSING_KEY = "E0207", "a key is missing":
        "This map cannot do without this key.",
        "The plan is not loaded.",
        "credentials: { user: us }" => "credentials: { user: us, password: \"${env.CARRIER_PASSWORD}\" }";
    UNKNOWN_KEY = "E0208", "an unknown key":
        "Nothing is called so in this place: mistyped, or belonging elsewhere. It is refused because a setting that is passed over in silence is worse than none.",
        "A mistyped `max_wiat` would let callers wait without end.",
        "sales: { max_wiat: 5m, steps: [{ want: skill.sales >= 1 }], otherwise: sorry }" => "sales: { max_wait: 5m, steps: [{ want: skill.sales >= 1 }], otherwise: sorry }";
    UNKNOWN_SECTION = "E0209", "an unknown section":
        "At the top of a plan there are the sections that are listed, and nothing else.",
        "The plan is not loaded.",
        "trunk: { carrier: { accept_from: [198.51.100.0/24] } }" => "trunks: { carrier: { accept_from: [198.51.100.0/24] } }";
    FILES_DIFFER = "E0210", "two files of a plan that contradict each other":
        "A folder is one plan. Maps and lists of several files are put together; a single value may stand in several files only if it is the same.",
        "The plan is not loaded: which value counts would hang on the names of the files.",
        "# a.yaml\nversion: 1\n# b.yaml\nversion: 2" => "# a.yaml\nversion: 1\n# b.yaml\nversion: 1";
    BAD_NAME = "E0211", "no name":
        "A name has 1 to 100 characters and no line ends or other control characters. It comes into logs and records.",
        "The plan is not loaded.",
        "agents: { \"\": { contact: \"sip:anna@10.0.0.21\" } }" => "agents: { anna: { contact: \"sip:anna@10.0.0.21\" } }";
    ONE_OF = "E0212", "none or several of keys of which one is wanted":
        "These keys exclude one another, and one of them is needed.",
        "The plan is not loaded: a number cannot both ring a phone and be refused.",
        "\"100\": { dial: \"sip:a@10.0.0.9\", refuse: 404 }" => "\"100\": { dial: \"sip:a@10.0.0.9\" }";
    VERSION = "E0213", "no version of the grammar that is known":
        "A plan says by which grammar it is written. There is one so far.",
        "The plan is not loaded: it may mean something else than this release understands.",
        "version: 2" => "version: 1";
    TOO_MANY = "E0214", "more than are taken":
        "Everything has a bound, so that one plan cannot eat a machine: 1,000 states a flow, 64 pieces of a prompt, 10,000 patterns, 256 files.",
        "The plan is not loaded.",
        "# a flow with 1,200 states" => "# two flows with 600 states each, joined by `goto`";
    NO_VERB = "E0215", "a state without a verb":
        "A state does one thing, and none of its keys says which.",
        "The plan is not loaded: a call in that state would have nothing to do.",
        "hello: { paly: welcome, next: choose }" => "hello: { play: welcome, next: choose }";
    SEVERAL_VERBS = "E0216", "a state with several verbs":
        "A state does one thing. What comes after it is another state.",
        "The plan is not loaded: it is not said which comes first.",
        "hello: { answer: true, play: welcome }" => "hello: { answer: true, next: { play: welcome } }";
}

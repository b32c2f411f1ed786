//! What is wrong with a plan is told at its exact place.

use super::*;

// Findings at their place. The sections before `more` take the lines 1 to 4.

pub(super) fn with(more: &str) -> Vec<String> {
    let base = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nnumbers: { default: main }\n";
    let flows =
        if more.contains("flows:") { "" } else { "flows: { main: { a: { refuse: 480 } } }" };
    findings(&format!("{base}{flows}\n{more}"))
}

/// Each row: what is added from line 5 on, and the findings.
fn rows(rows: &[(&str, &[&str])]) {
    let mut wrong = String::new();
    for (more, expected) in rows {
        let found = with(more);
        if found != *expected {
            wrong.push_str(&format!("--- {more}\n    found {found:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn findings_come_all_at_once_at_their_place() {
    rows(&[
        (
            "trunk: {}",
            &[
                "plan.yaml:5:1: error: unknown section `trunk`; expected one of version, sip, media, http, record, defaults, prompts, hours, trunks, agents, queues, numbers, routes, flows, tests, reload, include, templates; did you mean `trunks`?",
            ],
        ),
        (
            "trunks: { a: { accept_form: [10.0.0.0/8] } }",
            &[
                "plan.yaml:5:16: error: unknown key `accept_form` among trunk settings; expected one of accept_from, peers, limits, credentials, number_from, caller_from, trusted, dtmf, session_timer, prefer_100rel, first_response, large_over_tcp, symmetric, carry, country, numbers; did you mean `accept_from`?",
            ],
        ),
        (
            "trunks: { a: { accept_from: [10.0.0.0/33, x], peers: [\"anna@x\"] } }",
            &[
                "plan.yaml:5:30: error: found `10.0.0.0/33`; expected an address or network such as 198.51.100.0/24",
                "plan.yaml:5:43: error: found `x`; expected an address or network such as 198.51.100.0/24",
                "plan.yaml:5:55: error: found `anna@x`; expected a URI such as sip:anna@198.51.100.7:5060",
            ],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1, limits: { calls: 0, per_second: ten, x: 1 } } }",
            &[
                "plan.yaml:5:54: error: found `0`; expected a whole number from 1 to 1000000",
                "plan.yaml:5:69: error: found `ten`; expected a whole number from 1 to 1000000",
                "plan.yaml:5:74: error: unknown key `x` among limits; expected one of calls, per_second, outbound_calls, outbound_per_second, channels",
            ],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1, credentials: { user: a } } }",
            &["plan.yaml:5:50: error: `password` is missing; expected password: …"],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1, credentials: { user: a, password: \"${env.NO}\" } } }",
            &["plan.yaml:5:71: error: there is no environment variable `NO`"],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1, dtmf: inband, session_timer: 30s, carry: [Via, \"a b\"] } }",
            &[
                "plan.yaml:5:43: error: found `inband`; expected one of auto, rfc4733, info",
                "plan.yaml:5:66: error: found `30s`; expected at least 90s, or off",
                "plan.yaml:5:79: error: `Via` is never carried over: each leg has its own",
                "plan.yaml:5:84: error: found `a b`; expected the name of a header, such as User-to-User or X-*",
            ],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1, number_from: [to, form], first_response: 4, trusted: yes, country: IT } }",
            &[
                "plan.yaml:5:55: error: found `form`; expected one of request-uri, to, p-called-party-id, diversion",
                "plan.yaml:5:78: error: found `4`; expected a time with its unit, such as 4s or 4ms",
                "plan.yaml:5:90: error: found `yes`; expected one of true, false; did you mean `true`?",
                "plan.yaml:5:104: warning: `country` is not used yet: numbers are taken as they come",
            ],
        ),
        (
            "trunks: { a: { peers: sip:10.0.0.1 }, a: { peers: sip:10.0.0.2 } }",
            &["plan.yaml:5:39: error: `a` is already at line 5; expected each name once"],
        ),
        ("trunks: []", &["plan.yaml:5:9: error: found a list; expected a map of trunks by name"]),
        (
            "agents: { a: { skills: { x: 11 } } }",
            &[
                "plan.yaml:5:11: error: agent `a` has no phone; expected contact: \"sip:…\"",
                "plan.yaml:5:29: error: found `11`; expected a whole number from 0 to 10",
            ],
        ),
        (
            "agents: { a: { contact: 5, contacts: 6 } }",
            &[
                "plan.yaml:5:38: error: `contact` and `contacts` are both there; expected one of them",
            ],
        ),
        (
            "queues: { q: { steps: [] } }",
            &["plan.yaml:5:23: error: 0 steps; expected 1 to 32 steps"],
        ),
        (
            "queues: { q: { steps: [{ want: skill.x > 1 }], slope: -1, service_level: { answer: 80 } } }",
            &[
                "plan.yaml:5:32: error: nothing is named `skill.x`",
                "plan.yaml:5:55: error: found `-1`; expected a number from 0 to 1000, such as 1.5",
                "plan.yaml:5:74: error: `within` is missing; expected within: …",
                "plan.yaml:5:84: error: found `80`; expected a share such as 80%",
            ],
        ),
        (
            "queues: { q: { steps: [{ want: \"1 + 1\" }, { want: \"true\", for: 5s }] } }",
            &[
                "plan.yaml:5:24: error: a step with others behind it has no end; expected for: 20s",
                "plan.yaml:5:32: error: this is of the type int; expected a condition, true or false",
                "plan.yaml:5:64: warning: `for` means nothing here: the last step stays",
            ],
        ),
        (
            "queues: { q: { steps: [{ want: \"true\" }], while_waiting: { every: 1s, say: [position] } } }",
            &["plan.yaml:5:67: error: announced more often than every 5s"],
        ),
        (
            "flows:\n  main:\n    a: { play: welcome, next: b }\n",
            &["plan.yaml:7:31: error: there is no state `b` in flow `main`; did you mean `a`?"],
        ),
        (
            "flows:\n  main:\n    hello: { play: welcome, next: helo }\n    b: { hang_up: }\n",
            &[
                "plan.yaml:7:35: error: there is no state `helo` in flow `main`; did you mean `hello`?",
            ],
        ),
        (
            "flows:\n  main:\n    a: { paly: welcome }\n    b: { play: x, menu: {} }\n    c: 5\n",
            &[
                "plan.yaml:7:10: error: this state has no verb; expected one of answer, ring, play, say, menu, collect, set, language, when, hours, queue, dial, refuse, hang_up, goto; did you mean `play`?",
                "plan.yaml:8:8: error: this state has several verbs: play, menu; expected one verb; more states for more verbs",
                "plan.yaml:9:8: error: found `5`; expected a state, such as { play: welcome, next: choose }",
            ],
        ),
        (
            "flows:\n  main:\n    a: { menu: { prompt: m, keys: { \"1\": z, x: a }, tires: 3 } }\n",
            &[
                "plan.yaml:7:42: error: there is no state `z` in flow `main`; did you mean `a`?",
                "plan.yaml:7:45: error: `x` cannot be typed; expected keys such as \"1\", \"42\", \"*\" or \"#\"",
                "plan.yaml:7:53: error: unknown key `tires` among keys of a menu; expected one of prompt, invalid, timeout, wait, between, tries, barge_in, flush, masked, keys; did you mean `tries`?",
            ],
        ),
        (
            "flows:\n  main:\n    a: { collect: { digits: 8-6, end: x } }\n",
            &[
                "plan.yaml:7:19: error: `into` is missing; expected into: …",
                "plan.yaml:7:29: error: found `8-6`; expected how many, such as 6 or 6-8, at most 32",
                "plan.yaml:7:39: error: found `x`; expected the keys that end the entry, such as \"#\" or \"*#\"",
            ],
        ),
        (
            "flows:\n  main:\n    a: { collect: { digits: 4, into: a-b, wait: 0 } }\n",
            &[
                "plan.yaml:7:38: error: found `a-b`; expected the name of a variable: letters, digits, `_`",
                "plan.yaml:7:49: error: no time at all; expected at least 1ms",
            ],
        ),
        (
            "flows:\n  main:\n    a: { when: \"caller.numer == 1\", then: a }\n",
            &[
                "plan.yaml:7:17: error: nothing is named `caller.numer`; did you mean `caller.number`?",
            ],
        ),
        (
            "flows:\n  main:\n    a: { when: [{ if: 'caller.number', then: a }, { then: a }] }\n",
            &[
                "plan.yaml:7:23: error: this is of the type text; expected a condition, true or false",
                "plan.yaml:7:51: error: `if` is missing; expected if: …",
            ],
        ),
        (
            "flows:\n  main:\n    a: { set: { a-b: 1, c: \"${d\" } }\n",
            &[
                "plan.yaml:7:17: error: `a-b` is no name of a variable; expected letters, digits, `_`",
                "plan.yaml:7:29: error: `${` without its `}`; write `$${` for a `${` that is text",
            ],
        ),
        (
            "flows:\n  main:\n    a: { queue: nobody }\n",
            &["plan.yaml:7:17: error: there is no queue `nobody`"],
        ),
        (
            "flows:\n  main:\n    a: { dial: anna, ring: 20 }\n",
            &[
                "plan.yaml:7:16: error: found `anna`; expected a URI such as sip:anna@198.51.100.7:5060, or tel:+390212345 by the routes",
                "plan.yaml:7:28: error: found `20`; expected a time with its unit, such as 20s or 20ms",
            ],
        ),
        (
            "flows:\n  main:\n    a: { hours: office }\n    b: { goto: mian }\n",
            &[
                "plan.yaml:7:17: error: there are no hours `office`",
                "plan.yaml:8:16: error: there is no flow `mian`; did you mean `main`?",
            ],
        ),
        (
            "flows:\n  main:\n    a: { hours: { zone: Mars, open: { someday: 1, mon: 9-5 }, holidays: [x] } }\n",
            &[
                "plan.yaml:7:25: error: there is no time zone `Mars`; expected a time zone such as Europe/Rome or UTC",
                "plan.yaml:7:39: error: found `someday`; expected days such as mon, mon-fri or daily",
                "plan.yaml:7:56: error: found `9-5`; expected times such as \"09:00-18:30\"",
                "plan.yaml:7:74: error: found `x`; expected a date such as \"2026-12-25\", or \"12-25\" for every year",
            ],
        ),
        (
            "flows:\n  main:\n    a: { refuse: 200 }\n  lonely:\n    a: { refuse: 480 }\n",
            &["plan.yaml:7:18: error: found `200`; expected a whole number from 300 to 699"],
        ),
        (
            "flows:\n  main:\n    a: { say: { digits: \"${x}\", pause: 1s } }\n",
            &[
                "plan.yaml:7:15: error: found none or several of pause, digits, number; expected one of pause, digits, number",
            ],
        ),
        (
            "flows:\n  main:\n    a: { menu: { keys: { \"1\": a } }, early: true }\n",
            &["plan.yaml:7:45: warning: digits before the answer: many trunks send none then"],
        ),
        (
            "flows:\n  main:\n    a: { refuse: 480 }\n    a: { refuse: 486 }\n",
            &["plan.yaml:8:5: error: `a` is already at line 7; expected each name once"],
        ),
        ("flows:\n  main: {}\n", &["plan.yaml:6:9: error: flow `main` has no state"]),
        (
            "flows:\n  main: []\n",
            &["plan.yaml:6:9: error: found a list; expected a map of states by name"],
        ),
        (
            "media: { ports: 5-4, codecs: [g729], address: x }\nhttp: { listen: 8080 }\ndefaults: { zone: X, ring: 1d, language: Italian }",
            &[
                "plan.yaml:5:17: error: found `5-4`; expected first-last such as 20000-29999: from 1024 up, at least two, the first even",
                "plan.yaml:5:30: error: there is no codec left; expected [pcma, pcmu]",
                "plan.yaml:5:31: error: found `g729`; expected one of pcma, pcmu",
                "plan.yaml:5:47: error: found `x`; expected an IP address such as 192.0.2.10",
                "plan.yaml:6:17: error: found `8080`; expected an address such as 127.0.0.1:8080, or off",
                "plan.yaml:7:19: error: there is no time zone `X`; expected a time zone such as Europe/Rome or UTC",
                "plan.yaml:7:28: error: found `1d`; expected a time such as 500ms, 20s, 2m or 1h, at most 24h",
                "plan.yaml:7:42: error: `Italian` is no language; expected small letters such as en, it, de-at",
            ],
        ),
        (
            "queues: { q: { ring: 20s, steps: [{ want: \"true\", for: 19s }, { want: \"true\" }] } }",
            &[
                "plan.yaml:5:11: warning: no state leads to the queue `q`; expected a state with `queue:` and this name",
                "plan.yaml:5:43: warning: this step adds nobody: nobody fits it; expected a wider condition than that of the steps before",
                "plan.yaml:5:56: warning: over before one offer has rung for its 20000 ms; expected a step at least as long as the queue's ring",
                "plan.yaml:5:71: warning: this step adds nobody: nobody fits it; expected a wider condition than that of the steps before",
            ],
        ),
        (
            "numbers: {}",
            &["plan.yaml:5:1: error: `numbers` is already at line 3; expected each name once"],
        ),
        (
            "agents: { \"a\\nb\": { contact: 'sip:a', name: \"x\\ty\" } }",
            &[
                "plan.yaml:5:11: error: `a b` is no name; expected 1 to 100 characters on one line",
                "plan.yaml:5:45: error: found `x y`; expected a name",
            ],
        ),
        (
            "flows:\n  main:\n    a:\n      dial: \"sip:a${1}\\r\\nX: y\"\n",
            &[
                "plan.yaml:8:13: error: found `sip:a${1}  X: y`; expected a URI such as sip:anna@198.51.100.7:5060, or tel:+390212345 by the routes",
            ],
        ),
        ("tests: [{ anything: goes }]\nrecord: { path: a.db }\nhttp: { listen: off }", &[]),
    ]);
}

#[test]
fn a_missing_section_or_version_is_told() {
    assert_eq!(
        findings("flows: {}\nversion: 2\n"),
        [
            "plan.yaml:1:1: error: `sip` is missing; expected sip: { listen: [udp://0.0.0.0:5060] }",
            "plan.yaml:2:10: error: found `2`; expected version: 1",
        ]
    );
    assert!(findings("")[0].contains("`version` is missing"));
    assert!(findings("- a\n")[0].starts_with("plan.yaml:1:1: error: found a list"));
}

#[test]
fn a_finding_shows_its_line_with_carets_under_the_place() {
    let text =
        "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nnumbers: { \"é1\": main, x: 1 }\n";
    let found = compiled(text).unwrap_err();
    assert_eq!(
        found[0].render(),
        "plan.yaml:3:18: error[E0302]: there is no flow `main`\n\
         \x20 3 | numbers: { \"é1\": main, x: 1 }\n\
         \x20   |                  ^^^^\n"
    );
    assert_eq!((found[0].at.line, found[0].at.column, found[0].at.len), (3, 18, 4));
    let long = text.replace("main", &"m".repeat(500));
    let shown = compiled(&long).unwrap_err()[0].render();
    assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
}

#[test]
fn what_is_no_yaml_is_one_finding_at_its_place() {
    let found = findings("version: 1\nsip: { listen: [udp://127.0.0.1:0]\nflows: 1\n");
    assert!(
        found.iter().any(|f| f.starts_with("plan.yaml:3:") && f.contains("no YAML")),
        "{found:?}"
    );
}

#[test]
fn a_prompt_without_a_file_is_told_once_and_words_are_needed_to_speak() {
    let text = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nnumbers: { default: main }\n\
                media: { prompts: /sounds/ }\nprompts: { extra: other/extra.wav }\nflows:\n  main:\n\
                \x20   a: { play: [welcome, beep, extra, welcom, welcom], next: b }\n\
                \x20   b: { say: { number: \"${called.number}\" } }\n";
    let source = [Source { name: "plan.yaml".to_string(), text: text.to_string() }];
    let missing_prompts =
        vec!["/sounds/welcom.wav", "/sounds/hundred.wav", "/sounds/7.wav", "/sounds/seven.wav"];
    let world = Paper { missing_prompts, ..Paper::default() };
    let found = compile(&source, &world, &mut Names::default()).unwrap_err();
    let found: Vec<String> = found.iter().map(bare).collect();
    assert_eq!(
        found,
        [
            "plan.yaml:8:39: error: there is no prompt `welcom`: no file `/sounds/welcom.wav`; \
             did you mean `welcome`?",
            "plan.yaml:9:25: error: words are not recorded: 7, hundred; expected a file for each, \
             such as /sounds/7.wav",
        ]
    );
}

//! The comparison of two plans, and whom it touches, in tables.

use super::*;

const PLAN: &str = r#"
version: 1
sip: { listen: [udp://0.0.0.0:5060] }
defaults: { ring: 15s }
trunks: { carrier: { accept_from: [198.51.100.0/24], credentials: { user: us, password: first } } }
agents:
  anna: { contact: "sip:anna@10.0.0.21", skills: { billing: 9, sales: 2 } }
  bruno: { contact: "sip:bruno@10.0.0.22" }
queues:
  sales: { steps: [{ want: skill.sales >= 1, for: 20s }, { want: "true" }], otherwise: main }
prompts: { hello: hello.wav }
hours: { open: { mon-fri: 9:00-18:00 } }
numbers: { "100": main, default: { refuse: 404 } }
flows:
  main:
    hello: { play: hello, next: sell }
    sell: { queue: sales }
"#;

fn plan(text: &str) -> Vec<Source> {
    vec![Source { name: "plan.yaml".to_owned(), text: text.to_owned() }]
}

/// The text of the differences after `from` was replaced by `to`.
#[track_caller]
fn told(from: &str, to: &str) -> String {
    assert!(PLAN.contains(from), "{from}");
    Diff::of(&plan(PLAN), &plan(&PLAN.replace(from, to))).text()
}

#[test]
fn every_section_is_told_in_its_words() {
    for (from, to, expected) in [
        ("ring: 15s", "ring: 20s", "changed  setting defaults.ring\n15s → 20s\n"),
        ("defaults: { ring: 15s }", "", "removed  setting defaults.ring\n"),
        (
            "numbers: { \"100\"",
            "routes: { uk: { numbers: \"+44...\", trunks: carrier, from: any } }\nnumbers: { \"100\"",
            "added    route uk\n",
        ),
        (
            "accept_from: [198.51.100.0/24],",
            "accept_from: [198.51.100.0/24], numbers: { \"7\": main },",
            "changed  trunk carrier\nnumbers: { 7: main } (new)\n",
        ),
        (
            "[udp://0.0.0.0:5060]",
            "[udp://0.0.0.0:5060, tcp://0.0.0.0:5060]",
            "changed  setting sip.listen\n\
             [udp://0.0.0.0:5060] → [udp://0.0.0.0:5060, tcp://0.0.0.0:5060]\n",
        ),
        ("billing: 9, ", "billing: 7, ", "changed  agent anna\nskills billing: 9 → 7\n"),
        ("billing: 9, ", "", "changed  agent anna\nskills billing: 9 (gone)\n"),
        (", sales: 2", ", sales: 2, it: 3", "changed  agent anna\nskills it: 3 (new)\n"),
        ("  bruno: { contact: \"sip:bruno@10.0.0.22\" }\n", "", "removed  agent bruno\n"),
        ("  bruno:", "  carla:", "removed  agent bruno\nadded    agent carla\n"),
        ("for: 20s", "for: 40s", "changed  queue sales\nstep 1 for: 20s → 40s\n"),
        (", { want: \"true\" }", "", "changed  queue sales\nstep 2: { want: true } (gone)\n"),
        ("otherwise: main", "otherwise: sell", "changed  queue sales\notherwise: main → sell\n"),
        ("hello.wav", "hi.wav", "changed  prompt hello\nhello.wav → hi.wav\n"),
        ("9:00-18:00", "8:00-18:00", "changed  hours open\nmon-fri: 9:00-18:00 → 8:00-18:00\n"),
        ("\"100\": main", "\"101\": main", "removed  number 100\nadded    number 101\n"),
        (
            "\"100\": main",
            "\"100\": { refuse: 486 }",
            "changed  number 100\nmain → { refuse: 486 }\n",
        ),
        ("next: sell", "next: end", "changed  state main.hello\nnext: sell → end\n"),
        (
            "    hello: {",
            "    greet: { answer: }\n    hello: {",
            "changed  flow main\nbegins with: hello → greet\nadded    state main.greet\n",
        ),
        ("flows:\n", "flows:\n  other: { a: { hang_up: 480 } }\n", "added    flow other\n"),
        (
            "password: first",
            "password: second",
            "changed  trunk carrier\ncredentials password: *** → ***\n",
        ),
        (
            "password: first",
            "password: \"${env.CARRIER}\"",
            "changed  trunk carrier\ncredentials password: *** → ${env.CARRIER}\n",
        ),
        (
            "sip:bruno@",
            "sip:bruno:hush@",
            "changed  agent bruno\ncontact: sip:bruno@10.0.0.22 → sip:bruno:***@10.0.0.22\n",
        ),
        ("skills: { billing: 9, sales: 2 }", "skills: { sales: 2, billing: 9 }", ""),
        ("mon-fri: 9:00-18:00", "\"mon-fri\": '9:00-18:00'", ""),
    ] {
        let lines = told(from, to);
        let lines: String = lines.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        assert_eq!(lines, expected, "{from} → {to}");
    }
}

#[test]
fn the_same_plan_differs_in_nothing_and_two_files_are_one_plan() {
    let diff = Diff::of(&plan(PLAN), &plan(PLAN));
    assert!(diff.is_empty());
    assert_eq!((diff.summary().as_str(), diff.text().as_str()), ("nothing", ""));
    let (first, second) = PLAN.split_once("queues:").unwrap();
    let files = [first.to_owned(), format!("version: 1\nqueues:{second}")];
    let files = files.map(|text| Source { name: "part.yaml".to_owned(), text });
    assert_eq!(Diff::of(&plan(PLAN), &files), Diff::default());
}

#[test]
fn the_summary_counts_by_thing() {
    let new = PLAN.replace("  bruno:", "  carla:").replace("anna:", "dora:").replace("20s", "9s");
    let diff = Diff::of(&plan(PLAN), &plan(&new));
    assert_eq!(diff.summary(), "1 queue changed, 2 agents removed, 2 agents added");
}

#[test]
fn another_recording_in_the_same_file_is_told() {
    let mut diff = Diff::default();
    diff.add_recording("hello", "3.2 s".to_owned(), "4.0 s".to_owned());
    assert!(diff.text().contains("changed  prompt hello\n"), "{}", diff.text());
    assert!(diff.text().contains("recording: 3.2 s → 4.0 s"), "{}", diff.text());
}

/// What is said of the living for each thing that is removed or changed.
#[test]
fn the_living_whom_a_change_touches_are_named() {
    let call = |state: &str, queue: Option<&str>, agent: Option<&str>| AliveCall {
        state: state.to_owned(),
        trunk: "carrier".to_owned(),
        queue: queue.map(str::to_owned),
        agent: agent.map(str::to_owned),
    };
    let alive = Alive {
        calls: vec![
            call("main.hello", None, None),
            call("main.sell", Some("sales"), None),
            call("main.sell", Some("sales"), None),
            call("main.sell", None, Some("anna")),
        ],
        agents: [("anna", "busy"), ("bruno", "ready")]
            .map(|(name, does)| (name.to_owned(), does.to_owned()))
            .into(),
    };
    for (thing, name, what, expected) in [
        ("agent", "anna", What::Removed, "talking now (1 call): finishes it and gets no more"),
        (
            "agent",
            "anna",
            What::Changed,
            "talking now (1 call): the new definition counts from the next offer on",
        ),
        ("agent", "bruno", What::Removed, "ready now: gets no more"),
        ("agent", "bruno", What::Changed, ""),
        ("agent", "carla", What::Added, ""),
        (
            "queue",
            "sales",
            What::Removed,
            "2 calls waiting: the queue drains by its last definition",
        ),
        ("queue", "sales", What::Changed, "2 calls waiting: with their place and their clock"),
        ("queue", "other", What::Removed, ""),
        ("flow", "main", What::Removed, "4 calls in it: they go on by the script they began with"),
        (
            "state",
            "main.hello",
            What::Changed,
            "1 call in it: they go on by the script they began with",
        ),
        (
            "trunk",
            "carrier",
            What::Changed,
            "4 calls from it: they go on by the settings they began with",
        ),
        ("setting", "defaults.ring", What::Changed, ""),
    ] {
        let mut diff = Diff::default();
        diff.push(thing, name.to_owned(), what, Vec::new());
        diff.touch(&alive);
        assert_eq!(diff.changes[0].touches.join("|"), expected, "{thing} {name} {what:?}");
    }
}

//! What agents, queues and flows are made from.

use super::findings::with;
use super::*;
use crate::ivr::Verb;
use crate::router::roster::{Agent, Queue};

const HEAD: &str = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\n";

fn plan(text: &str) -> Plan {
    let text = format!("{HEAD}{text}");
    match compiled(&text) {
        Ok(loaded) => loaded.plan,
        Err(findings) => panic!("{:#?}", findings.iter().map(bare).collect::<Vec<_>>()),
    }
}

fn agent<'p>(plan: &'p Plan, name: &str) -> &'p Agent {
    plan.roster.agents.iter().find(|agent| &*agent.name == name).unwrap()
}

fn queue<'p>(plan: &'p Plan, name: &str) -> &'p Queue {
    plan.roster.queues.iter().find(|queue| &*queue.name == name).unwrap()
}

#[test]
fn an_agent_has_what_it_says_and_then_what_its_templates_say_the_later_first() {
    let plan = plan(
        "numbers: { default: { refuse: 404 } }
templates:
  agents:
    senior: { skills: { a: 8, b: 5 }, groups: [old, x], wrap_up: 5s, contact: 'sip:s@10.0.0.1' }
    milano: { site: milano, skills: { b: 6, c: 3 }, wrap_up: 7s }
agents:
  anna: { template: [senior, milano], contacts: ['sip:a@10.0.0.1', 'sip:b@10.0.0.1'], skills: { a: 9 } }
  bruno: { template: senior, groups: y, wrap_up: }
",
    );
    let anna = agent(&plan, "anna");
    let skills = [("a", 9), ("b", 6), ("c", 3)].map(|(name, level)| (name.to_string(), level));
    assert_eq!(anna.skills, BTreeMap::from(skills));
    assert_eq!((anna.wrap_up, anna.contacts.len()), (Duration::from_secs(7), 2));
    assert!(anna.groups.contains("old") && anna.attributes.contains_key("site"));
    let bruno = agent(&plan, "bruno");
    assert_eq!(bruno.groups.iter().collect::<Vec<_>>(), ["y"]);
    assert_eq!(bruno.wrap_up, plan.defaults.wrap_up, "a key without a value takes it away");
    assert_eq!(bruno.contacts.len(), 1);
}

#[test]
fn a_queue_takes_whole_what_is_one_thing() {
    let plan = plan(
        "numbers: { default: main }
agents: { anna: { contact: 'sip:a@10.0.0.1' } }
templates:
  queues:
    usual: { ring: 9s, refusal: { busy: 1s, no_answer: 2s }, otherwise: { play: beep }, steps: [{ want: 'true', for: 20s }, { want: 'true' }] }
queues:
  q: { template: usual, refusal: { busy: 3s }, otherwise: { hang_up: 486 }, steps: [{ want: 'true' }] }
flows: { main: { s: { queue: q } } }
",
    );
    let queue = queue(&plan, "q");
    assert_eq!((queue.ring, queue.steps.len()), (Duration::from_secs(9), 1));
    let policy = &queue.refusal;
    assert_eq!((policy.busy.as_secs(), policy.no_answer.as_secs()), (3, 2));
}

const OFFICE: &str = "
templates:
  flows:
    office:
      with: [greeting, queue, key]
      states:
        hello: { play: '${with.greeting}', next: choose }
        choose: { menu: { keys: { '${with.key}': wait, '0': '${with.key}-x' } } }
        wait: { queue: '${with.queue}' }
        '${with.key}-x': { dial: 'sip:${with.key}${called.rest}@10.0.0.1', failed: { refuse: 404 } }
queues: { a: { steps: [{ want: 'true' }], otherwise: { hang_up: 480 } } }
agents: { anna: { contact: 'sip:a@10.0.0.1' } }
numbers: { default: milano, '1': roma }
flows:
  milano: { template: office, with: { greeting: beep, queue: a, key: 1 } }
  roma: { template: office, with: { greeting: [welcome, { digits: '${caller.number}' }], queue: a, key: 2 } }
";

#[test]
fn a_flow_has_its_values_in_texts_names_and_keys() {
    let plan = plan(OFFICE);
    for (name, key, pieces) in [("milano", "1", 1), ("roma", "2", 2)] {
        let flow = plan.script.program.flows.values().find(|flow| &*flow.name == name).unwrap();
        assert_eq!(flow.template.as_deref(), Some("office"));
        let states: Vec<&str> = flow.states.iter().map(|state| &*state.name).collect();
        let x = format!("{key}-x");
        let failed = format!("{x}.failed");
        assert_eq!(
            states,
            ["hello", "choose", "wait", x.as_str(), "wait.otherwise", failed.as_str()]
        );
        let Verb::Play(play) = &flow.states[0].verb else { panic!() };
        assert_eq!(play.pieces.len(), pieces);
        let Verb::Dial(dial) = &flow.states[3].verb else { panic!() };
        assert_eq!(dial.target.text(), format!("sip:{key}${{called.rest}}@10.0.0.1"));
    }
}

#[test]
fn a_finding_is_told_once_with_who_uses_the_template() {
    let text = OFFICE.replace("next: choose", "next: chose");
    let all: Vec<String> = findings(&format!("{HEAD}{text}"));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].starts_with("plan.yaml:9:50: error: there is no state `chose`"), "{all:?}");
    assert!(all[0].ends_with("in every use of the template `office`"), "{all:?}");
    // What only one of them gives is told where it is given.
    let text = OFFICE.replace("queue: a, key: 2", "queue: b, key: 2");
    let one = findings(&format!("{HEAD}{text}"));
    assert_eq!(one.len(), 1, "{one:#?}");
    assert!(one[0].starts_with("plan.yaml:18:97: error: there is no queue `b`"), "{one:?}");
    assert!(one[0].ends_with("in the template `office`, used by the flow `roma`"), "{one:?}");
    // A value that makes a text of the template wrong is told in the template.
    let text = OFFICE.replace("key: 2 }", "key: x }");
    let one = findings(&format!("{HEAD}{text}"));
    assert_eq!(one.len(), 1, "{one:#?}");
    assert!(one[0].starts_with("plan.yaml:10:") && one[0].contains("used by the flow `roma`"));
}

#[test]
fn templates_do_not_blow_a_plan_up() {
    let states: String = (0..400).map(|n| format!("s{n}: {{ refuse: 404 }}, ")).collect();
    let uses: String = (0..2_000).map(|n| format!("f{n}: {{ template: t }}, ")).collect();
    let told = with(&format!(
        "templates: {{ flows: {{ t: {{ states: {{ {states} }} }} }} }}\nflows: {{ {uses} }}"
    ));
    assert!(told.len() == 1 && told[0].contains("too large"), "{told:#?}");
    let long = "x".repeat(100_000);
    let many = "${with.a}".repeat(1_000);
    let told = with(&format!(
        "templates: {{ flows: {{ t: {{ with: a, states: {{ s: {{ play: '{many}' }} }} }} }} }}\n\
         flows: {{ main: {{ template: t, with: {{ a: {long} }} }} }}"
    ));
    assert!(told.len() == 1 && told[0].contains("too large"), "{:.300}", told[0]);
}

#[test]
fn a_template_that_changes_changes_those_who_use_it() {
    let texts = |text: &str| vec![Source { name: "p.yaml".into(), text: format!("{HEAD}{text}") }];
    let other = OFFICE.replace("next: choose", "next: wait");
    let diff = Diff::of(&texts(OFFICE), &texts(&other));
    let names: Vec<&str> = diff.changes.iter().map(|change| &*change.name).collect();
    assert_eq!(names, ["milano.hello", "roma.hello"]);
    let places = places(&texts(OFFICE));
    let hello: Vec<(&str, u32)> = places
        .states
        .iter()
        .filter(|state| state.name.ends_with(".hello"))
        .map(|state| (&*state.name, state.at.line))
        .collect();
    assert_eq!(hello, [("milano.hello", 9), ("roma.hello", 9)]);
}

/// Files of templates are included like any other.
#[test]
fn templates_of_several_files_are_put_together() {
    let files = [
        (
            "p.yaml",
            "include: [a.yaml, b.yaml]\nnumbers: { default: main }\nflows: { main: { template: x } }\n",
        ),
        ("a.yaml", "templates: { flows: { x: { states: { s: { refuse: 404 } } } } }\n"),
        (
            "b.yaml",
            "agents: { a: { template: y } }\ntemplates: { agents: { y: { contact: 'sip:a@10.0.0.1' } } }\n",
        ),
    ];
    let file = |(name, text): (&str, &str)| {
        let head = if name == "p.yaml" { HEAD } else { "" };
        (name.to_string(), format!("{head}{text}"))
    };
    let mut world = Paper { files: files.into_iter().map(file).collect(), ..Paper::default() };
    assert_eq!(load("p.yaml", &world, &mut Names::default()).unwrap().warnings, []);
    let again = "templates: { flows: { x: { states: {} } } }\ninclude: c.yaml".to_string();
    world.files.insert("b.yaml".to_string(), again);
    world.files.insert("c.yaml".to_string(), String::new());
    let found = load("p.yaml", &world, &mut Names::default()).unwrap_err();
    assert_eq!(
        bare(&found[0]),
        "b.yaml:1:23: error: `x` is already at a.yaml:1; expected each name once"
    );
}

/// Who names a template twice hears it: only the first would count.
#[test]
fn a_template_is_named_once() {
    for (section, what) in [("agents", "contact: 'sip:a@10.0.0.1'"), ("queues", "ring: 5s")] {
        let told = with(&format!(
            "templates: {{ {section}: {{ a: {{ {what} }}, b: {{ {what} }} }} }}\n\
             {section}: {{ x: {{ template: a, template: b }} }}"
        ));
        let twice = "error: `template` is already at line 6; expected each name once";
        assert!(told.iter().any(|told| told.ends_with(twice)), "{told:#?}");
    }
}

#[test]
fn the_place_of_a_value_ends_with_its_name() {
    let long = "x".repeat(65);
    for (text, why) in [
        ("${with.a b}", "the name `a` does not end with `}`"),
        ("${with.a", "the name `a` does not end with `}`"),
        ("x ${with.a${with.a}", "the name `a` does not end with `}`"),
        (&format!("${{with.{long}}}"), "xxx…` does not end with `}`"),
    ] {
        let told = with(&format!(
            "templates: {{ flows: {{ t: {{ with: a, states: {{ s: {{ play: '{text}' }}, r: {{ play: '${{with.a}}' }} }} }} }} }}\n\
             flows: {{ main: {{ template: t, with: {{ a: beep }} }} }}"
        ));
        assert!(told.iter().any(|told| told.contains(why)), "{text}: {told:#?}");
    }
}

//! Plans that load and what they compile to.

mod findings;
mod fresh;
mod hostile;
mod include;
mod languages;
mod reference;
mod schema;
mod templates;

use super::*;
use crate::plan::Entry;
use std::collections::BTreeMap;
use std::time::Duration;

/// A world in a map: files, prompts, environment.
#[derive(Default)]
pub(super) struct Paper {
    files: BTreeMap<String, String>,
    /// What paths of prompts in folders of languages begin with; others are all there.
    recorded: Vec<&'static str>,
    missing_prompts: Vec<&'static str>,
    env: BTreeMap<&'static str, &'static str>,
}

impl Paper {
    /// One in which every prompt is there in every language, and nothing else is.
    pub(super) fn with_all_prompts() -> Paper {
        Paper { recorded: vec![""], ..Paper::default() }
    }
}

impl World for Paper {
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String> {
        if self.files.contains_key(path) {
            return Ok(None);
        }
        let within = format!("{path}/");
        let files: Vec<String> =
            self.files.keys().filter(|name| name.starts_with(&within)).cloned().collect();
        if files.is_empty() { Err("no such file or folder".to_string()) } else { Ok(Some(files)) }
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| "no such file".to_string())
    }

    fn prompt_exists(&self, path: &str) -> bool {
        let of_language = ["/en/", "/it/", "/nl/"].iter().any(|folder| path.contains(folder));
        let recorded = self.recorded.iter().any(|begin| path.starts_with(begin));
        !self.missing_prompts.contains(&path) && (recorded || !of_language)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).map(|value| (*value).to_string())
    }
}

fn compiled(text: &str) -> Result<Loaded, Vec<Finding>> {
    let source = Source { name: "plan.yaml".to_string(), text: text.to_string() };
    compile(&[source], &Paper::default(), &mut Names::default())
}

/// The findings of a plan, each on one line; their codes are held by `tests/plans`.
fn findings(text: &str) -> Vec<String> {
    let findings = match compiled(text) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    findings.iter().map(bare).collect()
}

/// A finding on one line without its code.
fn bare(finding: &Finding) -> String {
    finding.to_string().replacen(&format!("[{}]", finding.code.id), "", 1)
}

#[test]
fn the_plans_that_come_with_the_program_have_no_finding() {
    for (name, text) in [
        ("minimal.yaml", include_str!("../../dialplans/minimal.yaml")),
        ("by-number.yaml", include_str!("../../dialplans/by-number.yaml")),
        ("outbound.yaml", include_str!("../../dialplans/outbound.yaml")),
        ("call-center.yaml", include_str!("../../dialplans/call-center.yaml")),
        ("demo.yaml", DEMO),
    ] {
        assert_eq!(findings(text), Vec::<String>::new(), "{name}");
        assert!(text.lines().count() < 90, "{name}");
    }
}

#[test]
fn the_minimal_plan_compiles_to_a_flow_behind_every_number() {
    let plan = compiled(include_str!("../../dialplans/minimal.yaml")).unwrap().plan;
    let (entry, _) = plan.script.entry("+39 02 12345").unwrap();
    let Entry::Flow(flow) = entry else { panic!("{entry:?}") };
    assert_eq!(plan.script.flow_name(*flow).as_deref(), Some("main"));
    assert_eq!(plan.script.prompt("welcome").map(|p| &*p.path), Some("prompts/welcome.wav"));
    assert_eq!(plan.trunk_from("192.0.2.9".parse().unwrap()).map(|t| &*t.name), Some("pbx"));
    assert!(plan.trunk_from("192.0.3.9".parse().unwrap()).is_none());
    assert_eq!(plan.hash.len(), 64);
}

#[test]
fn a_folder_is_one_plan_and_a_name_is_given_once_in_it() {
    let head = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nnumbers: { default: main }\n";
    let mut world = Paper::default();
    let mut file = |name: &str, text: &str| world.files.insert(name.to_string(), text.to_string());
    file("plan/a.yaml", head);
    file("plan/b.yaml", "version: 1\nflows: { main: { a: { goto: other } } }\n");
    file("plan/c.yml", "flows: { other: { a: { refuse: 480 } } }\n");
    file("plan/notes.txt", "{ no plan");
    let loaded = load("plan", &world, &mut Names::default()).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.plan.script.program.flows.len(), 2);

    world
        .files
        .insert("plan/d.yaml".to_string(), "flows: { main: { b: { answer: } } }".to_string());
    let found = load("plan", &world, &mut Names::default()).unwrap_err();
    assert_eq!(
        found.iter().map(bare).collect::<Vec<_>>(),
        ["plan/d.yaml:1:10: error: `main` is already at plan/b.yaml:2; expected each name once"]
    );
    assert_eq!(
        bare(&load("nowhere", &world, &mut Names::default()).unwrap_err()[0]),
        "nowhere:1:1: error: no such file or folder"
    );
}

#[test]
fn a_password_comes_from_the_environment_and_is_shown_by_no_debug() {
    let text = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\n\
                numbers: { default: { refuse: 404 } }\ntrunks:\n  a:\n    peers: sip:192.0.2.1\n\
                \x20   credentials: { user: us, password: \"x-${env.SECRET}-y\" }\n";
    let source = [Source { name: "plan.yaml".to_string(), text: text.to_string() }];
    let world = Paper { env: [("SECRET", "hunter2")].into(), ..Paper::default() };
    let plan = compile(&source, &world, &mut Names::default()).unwrap().plan;
    let credentials = plan.trunks[0].credentials.clone().unwrap();
    assert_eq!(credentials.password, "x-hunter2-y");
    assert!(!format!("{plan:?}").contains("hunter2"));
}

#[test]
fn the_call_center_compiles_to_what_it_says() {
    let mut names = Names::default();
    let text = include_str!("../../dialplans/call-center.yaml").to_string();
    let source = [Source { name: "plan.yaml".to_string(), text }];
    let plan = compile(&source, &Paper::default(), &mut names).unwrap().plan;
    let again = compile(&source, &Paper::default(), &mut names).unwrap().plan;
    assert_eq!(plan.hash, again.hash);
    assert_eq!(plan.roster, again.roster, "the same names have the same ids");

    let billing = &plan.roster.queues[0];
    assert_eq!(&*billing.name, "billing");
    assert_eq!(billing.steps.len(), 3);
    assert_eq!(billing.steps[1].for_, Some(Duration::from_secs(40)));
    assert_eq!(billing.max_wait, Some(Duration::from_secs(600)));
    assert_eq!(billing.ring, Duration::from_secs(15));
    let treatment = plan.script.treatment(billing.id).unwrap();
    assert_eq!(treatment.every, Some(Duration::from_secs(30)));
    assert_eq!(treatment.say.len(), 2);
    // "You are number", "2", "in the queue."
    assert_eq!(plan.script.announcement(treatment.say[1], Some(2), None, "en").len(), 3);
    let anna = &plan.roster.agents[0];
    assert_eq!((&*anna.name, &*anna.display), ("anna", "Anna Bianchi"));
    assert_eq!(anna.skills.get("billing"), Some(&9));
    assert_eq!(anna.wrap_up, Duration::from_secs(10));

    // What is written in place becomes a state of its own.
    let Some((Entry::Flow(main), _)) = plan.script.entry("+39 02 12345") else { panic!() };
    let flow = plan.script.program.flow(*main).unwrap();
    let states: Vec<&str> = flow.states.iter().map(|state| &*state.name).collect();
    assert!(states.contains(&"open.closed") && states.contains(&"sorry.next"), "{states:?}");
}

#[test]
fn by_number_dials_with_the_digits_that_stood_for_the_wildcards() {
    let plan = compiled(include_str!("../../dialplans/by-number.yaml")).unwrap().plan;
    for (number, target) in [
        ("+390212345678", "sip:reception@10.0.0.9"),
        ("+39 02 1234 5699", "sip:99@10.0.0.9"),
        ("+393331", "sip:+393331@198.51.100.7"),
        ("101", "sip:101@10.0.0.9"),
    ] {
        let Some((Entry::Dial { target: template, .. }, rest)) = plan.script.entry(number) else {
            panic!("{number}")
        };
        let facts = [("called.number", crate::number::normalise(number)), ("called.rest", rest)];
        let facts = facts.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
        assert_eq!(template.render(&crate::ivr::Memory::new(facts)), target, "{number}");
    }
    assert!(matches!(plan.script.entry("+398991"), Some((Entry::Refuse(403), _))));
    assert!(matches!(plan.script.entry("0"), Some((Entry::Refuse(404), _))));
    assert_eq!(plan.sip.advertise.len(), 1);
    assert!(plan.trunks[0].carries("x-anything"));
}

/// The demo's menu, walked through by a caller who presses 3, an account and a hash.
#[test]
fn a_caller_walks_through_the_demo() {
    use crate::base::{Mono, Now};
    use crate::ivr::{Input, Output, Run};
    let plan = demo(&Paper::default(), &mut Names::default()).unwrap().plan;
    let Some((Entry::Flow(main), _)) = plan.script.entry("1000") else { panic!() };
    let mut run = Run::new(*main, BTreeMap::new());
    let now = Now { mono: Mono(1), wall_ms: 0 };
    let mut states = Vec::new();
    let mut last = None;
    let mut inputs = vec![Input::Start, Input::Answered];
    inputs.extend("3123456#".chars().map(Input::Digit));
    // The account is read back; a key cuts that short.
    inputs.push(Input::Digit('5'));
    for input in inputs {
        let mut out = Vec::new();
        run.handle(input, &plan.script.program, now, &mut out);
        for output in out {
            if let Output::Entered { flow, state } = &output {
                states.push(plan.script.program.names(*flow, *state).unwrap().1.to_string());
            }
            last = Some(output);
        }
    }
    assert_eq!(states, ["hello", "choose", "account", "read-back", "bill"]);
    let Some(Output::Enqueue { queue, reason, variables, priority }) = last else { panic!() };
    assert_eq!(plan.script.queue_names.get(&queue).map(|n| &**n), Some("billing"));
    assert_eq!((reason.as_str(), priority), ("billing", 10));
    assert_eq!(variables.get("account").map(String::as_str), Some("123456"));
}

#[test]
fn music_for_callers_on_hold_is_a_prompt_of_the_plan() {
    let text = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\nmedia: { hold_music: waltz }\n\
                numbers: { default: { refuse: 404 } }\n";
    let plan = compiled(text).unwrap().plan;
    let waltz = plan.script.prompt("waltz").unwrap();
    assert_eq!((plan.media.hold_music, &*waltz.path), (Some(waltz.id), "prompts/waltz.wav"));
    assert_eq!(
        compiled(&text.replace("hold_music: waltz", "")).unwrap().plan.media.hold_music,
        None
    );
}

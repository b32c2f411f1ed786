//! Prompts and numbers in several languages.

use super::*;
use crate::base::{Mono, Now};
use crate::ivr::{Input, Output, Run, Say};
use crate::plan::Announce;

const PLAN: &str = "version: 1
sip: { listen: [udp://127.0.0.1:0] }
defaults: { language: en }
prompts: { welcome: { en: a/en/b.wav, it: a/it/b.wav } }
agents: { anna: { contact: 'sip:anna@10.0.0.1' } }
queues:
  sales:
    steps: [{ want: 'true' }]
    while_waiting: { music: waltz, every: 30s, say: [please-hold, position] }
    otherwise: { hang_up: 480 }
numbers: { default: main }
flows:
  main:
    hello: { play: welcome, next: ask }
    ask: { menu: { prompt: press, keys: { '1': here, '2': there, '3': count } }, failed: count }
    here: { set: { wish: IT }, next: speak }
    there: { set: { wish: nl }, next: speak }
    speak: { language: '${wish}', among: [en, it], next: count }
    count: { say: [welcome, { number: '21' }], next: which }
    which: { when: 'call.language == \"it\"', then: wait, else: { hang_up: 480 } }
    wait: { queue: sales }
";

fn loaded(recorded: &[&'static str]) -> Loaded {
    let source = Source { name: "plan.yaml".to_string(), text: PLAN.to_string() };
    let recorded = [&["a/"], recorded].concat();
    let world = Paper { recorded, ..Paper::default() };
    compile(&[source], &world, &mut Names::default())
        .unwrap_or_else(|findings| panic!("{:#?}", findings.iter().map(bare).collect::<Vec<_>>()))
}

/// The files of what is played after these keys, in order, and where the call ends.
fn heard(plan: &Plan, keys: &str) -> (Vec<String>, Option<Output>) {
    let Some((Entry::Flow(main), _)) = plan.script.entry("1000") else { panic!() };
    let mut run = Run::new(*main, BTreeMap::new());
    let now = Now { mono: Mono(1), wall_ms: 0 };
    let (mut files, mut last) = (Vec::new(), None);
    let mut inputs: std::collections::VecDeque<Input> = [Input::Start, Input::Answered].into();
    let mut keys = keys.chars();
    while let Some(input) = inputs.pop_front() {
        let mut out = Vec::new();
        run.handle(input, &plan.script.program, now, &mut out);
        for output in out {
            if let Output::Play { play, items, .. } = &output {
                for item in items {
                    let Say::Prompt(id) = item else { panic!() };
                    files.push(plan.script.prompts[id].path.to_string());
                }
                inputs.push_back(Input::PlayDone { play: *play, by_digit: false });
                if files.last().is_some_and(|file| file.contains("press")) {
                    inputs.extend(keys.by_ref().map(Input::Digit));
                }
            }
            last = Some(output);
        }
    }
    (files, last)
}

#[test]
fn a_call_hears_the_language_that_its_flow_has_set() {
    let loaded = loaded(&["prompts/it/", "prompts/en/press"]);
    assert_eq!(loaded.warnings, []);
    let plan = loaded.plan;
    let (files, last) = heard(&plan, "1");
    // "ventuno" is one word, "twenty one" are two.
    assert_eq!(files, ["a/en/b.wav", "prompts/en/press.wav", "a/it/b.wav", "prompts/it/21.wav"]);
    let Some(Output::Enqueue { variables, .. }) = last else { panic!("{last:?}") };
    assert_eq!(variables.get("call.language").map(String::as_str), Some("it"));
    for keys in ["2", "3"] {
        let (files, last) = heard(&plan, keys);
        assert_eq!(files[2..], ["a/en/b.wav", "prompts/20.wav", "prompts/1.wav"], "{keys}");
        assert_eq!(last, Some(Output::HangUp { status: 480 }), "{keys}: a language of no plan");
    }
}

#[test]
fn a_queue_speaks_the_callers_language_and_music_has_none() {
    let plan = loaded(&["prompts/it/"]).plan;
    let queue = plan.roster.queues[0].id;
    let treatment = plan.script.treatment(queue).unwrap();
    let file = |say: &Say| match say {
        Say::Prompt(id) => plan.script.prompts[id].path.to_string(),
        Say::Beep | Say::Silence(_) => String::new(),
    };
    let said = |announce: Announce, language: &str| -> Vec<String> {
        plan.script.announcement(announce, Some(28), None, language).iter().map(file).collect()
    };
    let around = |folder: &str, words: &[&str]| -> Vec<String> {
        let words = ["position-before"].iter().chain(words).chain(&["position-after"]);
        words.map(|word| format!("prompts/{folder}{word}.wav")).collect()
    };
    assert_eq!(said(Announce::Position, "en"), around("", &["20", "8"]));
    assert_eq!(said(Announce::Position, "it"), around("it/", &["28"]));
    assert_eq!(said(treatment.say[0], "it"), ["prompts/it/please-hold.wav"]);
    assert_eq!(said(treatment.say[0], "nl"), ["prompts/please-hold.wav"]);
    let music = treatment.music.map(|id| plan.script.prompts[&id].path.to_string());
    assert_eq!(music.as_deref(), Some("prompts/waltz.wav"));
}

#[test]
fn what_is_missing_in_a_language_is_told() {
    let source = Source { name: "plan.yaml".to_string(), text: PLAN.to_string() };
    let world = Paper { recorded: vec!["a/en/", "prompts/it/1"], ..Paper::default() };
    let found = compile(&[source], &world, &mut Names::default()).unwrap_err();
    let found: Vec<String> = found.iter().map(bare).collect();
    let about = |text: &str| found.iter().filter(|line| line.contains(text)).count();
    assert_eq!(about("the prompt `welcome` is not recorded in it"), 1, "{found:#?}");
    assert_eq!(about("the prompt `please-hold` is not recorded in it"), 1, "{found:#?}");
    assert_eq!(about("`press`") + about("`waltz`"), 0, "{found:#?}");
    let words = found.iter().find(|line| line.contains("words are not recorded in `it`: 0, 2, 3"));
    assert!(words.is_some_and(|line| line.contains("such as prompts/it/0.wav")), "{found:#?}");
}

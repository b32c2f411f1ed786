//! Whole rehearsals: what a test of a plan passes and fails on, where its first difference is, what
//! was taken.

use super::*;
use crate::dialplan::{self, Finding, Loaded, Source, World as Outside};
use crate::media::prompt::from_pcm;
use crate::plan::Names;

/// A small plan: a menu, an entry, a queue of two steps, a reception.
const PLAN: &str = "\
version: 1
sip: { listen: [udp://0.0.0.0:5060] }
defaults: { ring: 10s, wrap_up: 5s }
trunks: { pbx: { accept_from: [192.0.2.0/24], peers: \"sip:192.0.2.7\" } }
agents:
  anna: { contact: \"sip:anna@10.0.0.1\", skills: { sales: 9 } }
  bob: { contact: \"sip:bob@10.0.0.1\", skills: { sales: 9 } }
  carl: { contact: \"sip:carl@10.0.0.3:5070\", skills: { sales: 3 } }
queues:
  sales:
    steps: [{ want: skill.sales >= 5, for: 20s }, { want: skill.sales >= 1 }]
    otherwise: { hang_up: 480 }
numbers: { \"1000\": main, \"1001\": { dial: \"sip:front@10.0.0.9\" }, default: { refuse: 404 } }
flows:
  main:
    hello: { play: welcome, next: choose }
    choose: { menu: { prompt: [menu, number], tries: 2, keys: { \"1\": sell, \"2\": ask, \"3\": sell } }, failed: bye }
    ask: { collect: { prompt: number, digits: 4, into: n }, next: sell, failed: sell }
    sell: { queue: sales, next: bye }
    bye: { play: sorry }
";

pub(super) struct Paper;

impl Outside for Paper {
    fn list(&self, _path: &str) -> Result<Option<Vec<String>>, String> {
        Ok(None)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("no {path}"))
    }

    fn prompt_exists(&self, _path: &str) -> bool {
        true
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

/// A plan and its tests, as one file.
pub(super) struct Set {
    pub(super) sources: Vec<Source>,
    pub(super) plan: Plan,
    pub(super) rehearsal: Rehearsal,
    pub(super) cases: Vec<Case>,
}

pub(super) fn set(tests: &str) -> Set {
    set_of(PLAN, tests)
}

pub(super) fn set_of(plan: &str, tests: &str) -> Set {
    let text = format!("{plan}tests:\n{tests}");
    let sources = vec![Source { name: "plan.yaml".into(), text }];
    let loaded = dialplan::compile(&sources, &Paper, &mut Names::default());
    let Loaded { plan, .. } = loaded.unwrap();
    let cases = dialplan::cases(&sources, 0, &plan, &record_fields(), &Paper);
    let cases = cases.unwrap_or_else(|found| {
        panic!("{:#?}", found.iter().map(Finding::render).collect::<Vec<_>>())
    });
    // Every prompt is a second of silence.
    let prompts = plan.script.prompts.keys().map(|id| from_pcm(*id, &[0; 8000], 8000, 1).unwrap());
    let rehearsal = Rehearsal::new(&plan, prompts.collect()).unwrap();
    Set { sources, plan, rehearsal, cases }
}

/// One test, `{ … }`.
fn run(test: &str) -> (Set, Outcome) {
    let set = set(&format!("  t: {test}\n"));
    let outcome = set.rehearsal.run(&set.cases[0]);
    (set, outcome)
}

/// What differs, `what: expected | found` each.
fn differences(test: &str) -> Vec<String> {
    let (_, outcome) = run(test);
    let text = |d: &Difference| format!("{}: {} | {}", d.what, d.expected, d.found);
    outcome.differences.iter().map(text).collect()
}

#[test]
fn what_is_expected_and_comes_passes() {
    for test in [
        "{ call: '1000', press: '1', expect: { states: [hello, choose, main.sell], agent: anna } }",
        "{ call: '1000', press: '1', expect: { hears: [welcome, menu, ring-back], cause: 16, wait: 2s } }",
        "{ call: '1000', press: ['2', '1234'], expect: { digits: ['2', '1234'], answered: true } }",
        "{ call: '1000', press: '1', agents: { anna: busy }, expect: { offers: [{ anna: busy }, bob] } }",
        "{ call: '1000', press: '1', agents: { anna: [busy, answers], bob: no answer, carl: not ready }, \
           expect: { offers: [anna, { bob: no_answer }, { anna: joined }] } }",
        "{ call: '1000', press: '1', agents: { anna: refuses 480, bob: unreachable }, \
           expect: { offers: [{ anna: unavailable }, { bob: unreachable }, ...] } }",
        "{ call: '1000', press: '1', agents: { anna: not ready, bob: not ready }, \
           expect: { agent: carl, wait: 22s, why: { anna: not ready, carl: chosen } } }",
        "{ call: '1000', press: '1', agents: { anna: 'answers after 1s, talks 30s' }, \
           expect: { talk: 30s, ended_by: agent, states: [..., bye], hears: [..., sorry] } }",
        "{ call: '1000', press: ['9', '8'], expect: { states: [hello, choose, bye], queue: none } }",
        "{ call: '1001', from: '+39', expect: { agent: 10.0.0.9, cdr: { caller: '+39', called: '1001' } } }",
        "{ call: '1001', targets: { front: busy }, expect: { status: 486, cause: busy, agent: none } }",
        "{ call: '1001', targets: { 10.0.0.9: busy }, expect: { status: 486 } }",
        "{ call: '7', expect: { status: 404, offers: none } }",
        "{ call: '7', steps: [until: ended], expect: { status: 404 } }",
    ] {
        assert_eq!(differences(test), Vec::<String>::new(), "{test}");
    }
}

/// Whoever waits for a test may break it off in its middle, be it in a step or behind the last one.
#[test]
fn a_test_can_be_broken_off() {
    let set = set("  long: { steps: [call: '1000', wait: 10h] }\n  \
         end: { call: '1000', agents: { anna: 'answers after 1s, talks 10m' }, press: '1' }\n");
    for case in &set.cases {
        let most = std::cell::Cell::new(0);
        let asked = std::cell::Cell::new(0);
        let goes_on = || {
            asked.set(asked.get() + 1);
            asked.get() < most.get()
        };
        most.set(u32::MAX);
        let whole = set.rehearsal.run_while(case, &goes_on).unwrap();
        assert_eq!(whole.passed(), set.rehearsal.run(case).passed());
        let in_all = asked.replace(0);
        assert!(in_all > 20, "{in_all}");
        for part in [1, 10, in_all] {
            most.set(part);
            asked.set(0);
            assert!(set.rehearsal.run_while(case, &goes_on).is_none(), "after {part}");
            assert_eq!(asked.get(), part, "it ends at once");
        }
    }
}

#[test]
fn steps_are_played_in_their_order() {
    let test = "{ agents: { bob: not ready, carl: not ready }, steps: [
        call: '1000', hears: welcome, press: '1', until: ringing, anna: answers, until: talking,
        anna: holds, wait: 3s, anna: resumes, wait: 1s,
        { call: '1000', by: second, from: '+392' }, type: '1', until: waiting,
        { hang_up: true, by: caller }, until: talking, anna: hangs up, until: ended],
      expect: { hold: 3s, ended_by: caller, agent: anna,
        second: { agent: anna, ended_by: agent, hears: [..., sorry], cdr: { caller: '+392' } } } }";
    // Anna does not answer by herself in time: the default comes after 2 s, she is told at once.
    assert_eq!(differences(&test.replace('\n', " ")), Vec::<String>::new());
}

/// A caller who is through keeps nobody from hanging up after the usual talk.
#[test]
fn callers_behind_one_who_is_through_do_not_talk_on() {
    let test = "{ agents: { bob: not ready, carl: not ready }, steps: [
        call: '1000', press: '1', until: talking, { call: '1000', by: second }, press: '1',
        anna: hangs up, { until: talking, by: second }],
      expect: { ended_by: agent, second: { agent: anna, talk: 5s, ended_by: caller } } }";
    assert_eq!(differences(&test.replace('\n', " ")), Vec::<String>::new());
}

#[test]
fn each_expectation_can_fail() {
    for (expect, said) in [
        (
            "states: [hello, bye]",
            "states 2: bye | main.choose (in all: main.hello, main.choose, main.sell)",
        ),
        (
            "states: [hello]",
            "states 2: nothing more | main.choose (in all: main.hello, main.choose, main.sell)",
        ),
        ("hears: [menu, ...]", "hears 1: menu | welcome (in all: welcome, menu, ring-back)"),
        ("digits: '2'", "digits 1: 2 | 1"),
        ("queue: none", "queue 1: nothing more | sales"),
        ("offers: [bob, anna]", "offers 1: bob | anna: joined"),
        ("offers: [{ anna: busy }]", "offers 1: anna: busy | anna: joined"),
        ("agent: bob", "agent: bob | anna"),
        ("agent: none", "agent: none | anna"),
        ("wait: 5s", "wait: 5s | 2.002s"),
        ("ring: 9s", "ring: 9s | 2.000s"),
        ("talk: under 1s", "talk: under 1s | 5.001s"),
        ("hold: 1s", "hold: 1s | 0.000s"),
        ("total: over 1h", "total: over 1h | "),
        ("cause: 17", "cause: 17 | 16 (normal_clearing)"),
        ("status: 486", "status: 486 | 200"),
        ("ended_by: agent", "ended_by: agent | caller"),
        ("answered: false", "answered: false | true"),
        ("why: { bob: chosen }", "why bob: chosen | free"),
        ("why: { carl: busy }", "why carl: busy | ruled out: step 1: skill.sales >= 5"),
        ("cdr: { trunk: other }", "cdr trunk: other | pbx"),
        ("cdr: { durations.x_ms: 5 }", "cdr durations.x_ms: 5 | no such field"),
    ] {
        let found = differences(&format!("{{ call: '1000', press: '1', expect: {{ {expect} }} }}"));
        assert_eq!(found.len(), 1, "{expect}: {found:?}");
        assert!(found[0].starts_with(said), "{expect}: {found:?}");
    }
}

#[test]
fn what_cannot_be_done_is_told_with_where_the_call_was() {
    for (test, said) in [
        ("{ call: '1001', press: '1' }", "press: a menu or collect that takes 1 | "),
        ("{ call: '7', steps: [until: talking] }", "until: talking | the call is over"),
        (
            "{ call: '1000', press: '1', steps: [hears: sorry] }",
            "hears: sorry | the caller talks, the last state was main.sell",
        ),
        ("{ call: '7', steps: [anna: answers] }", "anna: a phone that rings | nobody called anna"),
        (
            "{ call: '1000', press: '1', targets: { 10.0.0.3: busy } }",
            "targets: a target that the plan dials | the plan never dials `10.0.0.3`",
        ),
        (
            "{ call: '1000', press: '1', targets: { nobody: busy } }",
            "targets: a target that the plan",
        ),
    ] {
        let found = differences(test);
        assert!(found.iter().any(|f| f.starts_with(said)), "{test}: {found:?}");
    }
}

/// The first difference in time stands first, at its moment in the ladder.
#[test]
fn a_failed_test_shows_the_ladder_with_the_first_difference_marked() {
    let (set, outcome) = run(
        "{ call: '1000', press: '1', expect: { cause: 17, offers: [bob], hears: [welcome, ...] } }",
    );
    assert!(!outcome.passed());
    let text = failed(&set.cases[0], &outcome, &set.sources);
    let line = PLAN.lines().count() + 2;
    assert!(text.starts_with(&format!("FAIL t (plan.yaml:{line}:3)\nplan.yaml:{line}:")), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|l| l.starts_with(">> expected")).unwrap();
    assert_eq!(lines[at], ">> expected  offers 1: bob");
    assert_eq!(lines[at + 1], ">> found     anna: joined");
    assert!(lines[at - 1].ends_with("centralino -> 10.0.0.1 INVITE (sdp)"), "{text}");
    assert!(lines[at + 2].ends_with("10.0.0.1 -> centralino 180 INVITE"), "{text}");
    // A caret stands under the word.
    let caret = lines.iter().position(|l| l.contains('^')).unwrap();
    assert_eq!(lines[caret].find('^'), lines[caret - 1].find("bob"), "{text}");
    assert!(lines.iter().any(|l| l.contains("over: caller normal_clearing (16)")), "{text}");
}

#[test]
fn the_same_test_goes_the_same_way_each_time() {
    let test = "{ call: '1000', press: '1', agents: { anna: busy } }";
    let lines = || run(test).1.timeline();
    assert_eq!(lines(), lines());
}

#[test]
fn the_hour_of_a_test_is_the_plans_and_the_first_one_is_a_monday() {
    let (_, outcome) = run("{ call: '7' }");
    assert_eq!(outcome.stories[0].cdr.as_ref().unwrap().opened.began_ms, 1_768_212_000_001);
    let (_, outcome) = run("{ at: 2026-11-23 10:00, call: '7' }");
    assert_eq!(outcome.stories[0].cdr.as_ref().unwrap().opened.began_ms, 1_795_428_000_001);
}

#[test]
fn coverage_tells_ways_apart_and_names_what_was_never_taken() {
    let set =
        set("  a: { call: '1000', press: '3' }\n  b: { call: '1000', press: ['2', '1234'] }\n");
    let places = dialplan::places(&set.sources);
    let mut taken = Taken::default();
    for case in &set.cases {
        taken.add(&Taken::of(&set.rehearsal.run(case), &places, &set.plan));
    }
    let text = taken.told(&places, &set.sources);
    let wanted = "\
coverage: 4 of 6 states, 4 of 9 ways out, 1 of 2 queue steps
never taken:
  plan.yaml:11:50  step 2 of queue sales
  plan.yaml:12:16  state main.sell.otherwise
  plan.yaml:17:60  1 of main.choose
  plan.yaml:17:96  failed of main.choose
  plan.yaml:18:68  failed of main.ask
";
    println!("{text}");
    assert!(text.starts_with(wanted.lines().next().unwrap()), "{text}");
    for line in wanted.lines().skip(1) {
        let what = line.trim().split_once("  ").map_or(line, |(_, what)| what);
        assert!(text.contains(what), "{line}\n{text}");
    }
    assert!(!text.contains("3 of main.choose") && !text.contains("next of main.ask"), "{text}");
}

#[test]
fn a_flow_that_is_made_from_a_template_is_played_and_counted() {
    let plan = "version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { carrier: { accept_from: [127.0.0.0/8] } }
numbers: { '1': milano, '2': roma }
templates:
  flows:
    office:
      with: greeting
      states:
        hello: { play: '${with.greeting}', next: choose }
        choose: { menu: { keys: { '1': bye, '2': hello } }, failed: bye }
        bye: { play: sorry }
flows:
  milano: { template: office, with: { greeting: ciao } }
  roma: { template: office, with: { greeting: salve } }
";
    let set = set_of(
        plan,
        "  a: { call: '1', press: '1', expect: { states: [milano.hello, choose, bye], hears: [ciao, sorry] } }\n",
    );
    let outcome = set.rehearsal.run(&set.cases[0]);
    assert!(outcome.differences.is_empty(), "{:?}", outcome.differences);
    let places = dialplan::places(&set.sources);
    let text = Taken::of(&outcome, &places, &set.plan).told(&places, &set.sources);
    assert!(text.starts_with("coverage: 3 of 6 states, "), "{text}");
    for line in ["plan.yaml:11:45  2 of milano.choose", "plan.yaml:10:9  state roma.hello"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_test_hears_the_language_of_the_call() {
    let plan = "version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { carrier: { accept_from: [127.0.0.0/8] } }
numbers: { default: main }
flows:
  main:
    hello: { play: welcome, next: ask }
    ask: { menu: { keys: { '1': speak, '2': bye } }, failed: bye }
    speak: { language: it, next: bye }
    bye: { say: [sorry, { number: '21' }] }
";
    let set = set_of(
        plan,
        "  a: { call: '1', press: '1', expect: { states: [..., speak, bye], hears: [welcome, it/sorry, it/21] } }\n  \
           b: { call: '1', press: '2', expect: { hears: [welcome, sorry, '20', '1'] } }\n",
    );
    for case in &set.cases {
        let outcome = set.rehearsal.run(case);
        assert!(outcome.differences.is_empty(), "{:?}", outcome.differences);
    }
}

//! Tests of plans as they are read: what they compile to, what is found wrong in them and where.

use super::*;
use crate::dialplan::tests::Paper;
use crate::dialplan::{Loaded, compile};
use std::time::Duration;

const REFERENCE: &str = include_str!("../../../docs/dialplan.md");

/// The demo plan with these tests in a file of their own.
fn read(tests: &str) -> Result<Vec<Case>, Vec<Finding>> {
    let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
    let plan = source("demo.yaml", crate::dialplan::DEMO);
    let loaded =
        compile(std::slice::from_ref(&plan), &Paper::with_all_prompts(), &mut Names::default());
    let Loaded { plan: compiled, .. } = loaded.unwrap();
    let record = ["trunk".to_owned(), "durations".to_owned()];
    cases(&[plan, source("tests.yaml", tests)], 1, &compiled, &record, &Paper::with_all_prompts())
}

fn one(test: &str) -> Case {
    read(&format!("tests:\n  t: {test}\n")).unwrap().remove(0)
}

/// The findings of one test, without the place of the file.
fn found(test: &str) -> Vec<String> {
    let findings = read(&format!("tests:\n  t: {test}\n")).err().unwrap_or_default();
    let text = |f: &Finding| {
        let text = f.to_string().replace(&format!("[{}]", f.code.id), "");
        text.trim_start_matches("tests.yaml:2:").to_owned()
    };
    findings.iter().map(text).collect()
}

#[test]
fn the_short_form_is_a_call_and_its_keys() {
    let case = one("{ call: '1000', press: ['3', '12 34#'], expect: { agent: none } }");
    let deeds: Vec<&Deed> = case.steps.iter().map(|step| &step.deed).collect();
    let call = Deed::Call { number: "1000".into(), from: None, trunk: None };
    assert_eq!(deeds, [&call, &Deed::Press("3".into()), &Deed::Press("1234#".into())]);
    assert!(matches!(&case.expect[0].what, Expect::Agent(None)));
    assert_eq!((case.at.line, case.at.column, &*case.name), (2, 3, "t"));
}

#[test]
fn steps_belong_to_whoever_called_last_unless_said() {
    let case = one("{ steps: [call: '1000', { call: '1001', by: second, from: '+39' }, \
                    wait: 3s, { press: '1', by: caller }, until: talking, anna: not ready, hang up] }");
    let by: Vec<&str> = case.steps.iter().map(|step| &*step.by).collect();
    assert_eq!(by, ["caller", "second", "second", "caller", "second", "second", "second"]);
    assert_eq!(case.steps[2].deed, Deed::Wait(Duration::from_secs(3)));
    assert_eq!(case.steps[5].deed, Deed::Agent("anna".into(), Act::Ready(false)));
    assert_eq!(case.steps[6].deed, Deed::HangUp);
}

#[test]
fn moods_are_read_as_they_are_said() {
    let answers = |s| How::Answers(Duration::from_secs(s));
    for (text, how, talks) in [
        ("answers", answers(2), None),
        ("answers after 3s", answers(3), None),
        ("answers at once", answers(0), None),
        ("answers after 3s, talks 10s", answers(3), Some(10)),
        ("answers talks 1m", answers(2), Some(60)),
        ("busy", How::Refuses(486), None),
        ("refuses", How::Refuses(603), None),
        ("refuses with 480", How::Refuses(480), None),
        ("refuses 404", How::Refuses(404), None),
        ("no answer", How::Rings, None),
        ("unreachable", How::Silent, None),
    ] {
        let case = one(&format!("{{ call: '1', agents: {{ anna: '{text}' }} }}"));
        let mood = &case.agents["anna"];
        let talks = talks.map(Duration::from_secs);
        assert_eq!(mood, &Mood { ready: None, takes: vec![TakesCalls { how, talks }] }, "{text}");
    }
    let case = one("{ call: '1', agents: { anna: [ready, busy, answers] } }");
    assert_eq!(case.agents["anna"].ready, Some(true));
    assert_eq!(case.agents["anna"].takes.len(), 2);
}

#[test]
fn times_are_spans() {
    for (text, from, to) in [
        ("5s", 4500, 5499),
        ("500ms", 500, 500),
        ("2m", 90_000, 149_999),
        ("< 20s", 0, 19_999),
        ("under 20s", 0, 19_999),
        ("at most 20s", 0, 20_000),
        ("over 3s", 3001, u64::MAX),
        ("at least 3s", 3000, u64::MAX),
        ("<= 20s", 0, 20_000),
        ("> 3s", 3001, u64::MAX),
        (">= 3s", 3000, u64::MAX),
        ("3s-5s", 3000, 5000),
        ("3s - 5s", 3000, 5000),
    ] {
        let case = one(&format!("{{ call: '1', expect: {{ wait: '{text}' }} }}"));
        let Expect::Lasts(Measure::Wait, span) = &case.expect[0].what else { panic!("{text}") };
        assert_eq!((span.from_ms, span.to_ms), (from, to), "{text}");
    }
}

/// The demo's zone is UTC.
#[test]
fn an_hour_is_a_date_or_a_weekday() {
    for (text, ms) in [
        ("2026-11-23 10:00", 1_795_428_000_000),
        ("mon 10:00", 1_768_212_000_000),
        ("sun 00:30", 1_768_212_000_000 + 6 * 86_400_000 - 34_200_000),
    ] {
        assert_eq!(one(&format!("{{ at: {text}, call: '1' }}")).wall_ms, Some(ms), "{text}");
    }
}

#[test]
fn what_is_wrong_names_its_place_and_the_nearest_name() {
    for (test, said) in [
        ("{ cal: '1' }", "nobody calls in the test `t`"),
        ("{ cal: '1' }", "8: error: unknown key `cal` among keys of a test"),
        ("hello", "6: error: found `hello`; expected a test such as"),
        ("{ call: '1', history: [] }", "`history` cannot be given in a test yet"),
        ("{ call: '1', lookups: {} }", "`lookups` cannot be given in a test yet"),
        ("{ call: '1', at: noon }", "23: error: found `noon`; expected a time such as 2026-11-23"),
        ("{ call: '1', trunk: carier }", "no trunk `carier`; did you mean `carrier`?"),
        (
            "{ call: '1', agents: { ana: busy } }",
            "error: there is no agent `ana`; did you mean `anna`?",
        ),
        ("{ call: '1', agents: { anna: buzy } }", "error: found `buzy`; expected one of answers"),
        ("{ call: '1', targets: { x: not ready } }", "only agents are ready or not"),
        ("{ call: '1 2' }", "expected a number such as"),
        ("{ call: '1', press: 'x' }", "found `x`; expected 1 to 32 keys"),
        ("{ steps: [dance] }", "error: found `dance`; expected a step"),
        ("{ steps: [call: '1', ana: ready] }", "did you mean `anna`?"),
        ("{ steps: [call: '1', { press: '1', by: seccond }] }", "nobody called `seccond`"),
        ("{ steps: [call: '1', { press: '1', from: '2' }] }", "unknown key `from` of a step"),
        ("{ steps: [call: '1', anna: sleeps] }", "expected one of ready, not ready, answers"),
        ("{ steps: [call: '1', wait: 5] }", "such as 5s"),
        ("{ steps: [call: '1', until: helo] }", "no state `helo`; did you mean `hello`?"),
        ("{ steps: [call: '1', hears: welcom] }", "no prompt `welcom`; did you mean `welcome`?"),
        ("{ call: '1', expect: { queu: sales } }", "`queu` cannot be expected"),
        ("{ call: '1', expect: { queue: sale } }", "no queue `sale`; did you mean `sales`?"),
        ("{ call: '1', expect: { states: [helo] } }", "no state `helo`; did you mean `hello`?"),
        ("{ call: '1', expect: { hears: [welcom] } }", "no prompt `welcom`"),
        ("{ call: '1', expect: { offers: [ana] } }", "no agent `ana`"),
        ("{ call: '1', expect: { offers: [{ anna: bussy }] } }", "did you mean `busy`?"),
        ("{ call: '1', expect: { agent: brun } }", "did you mean `bruno`?"),
        ("{ call: '1', expect: { wait: soon } }", "expected a time such as 5s, under 20s"),
        ("{ call: '1', expect: { wait: 5s-3s } }", "expected a time such as 5s, under 20s"),
        ("{ call: '1', expect: { cause: 200 } }", "expected a Q.850 cause, 1 to 127"),
        ("{ call: '1', expect: { cause: normal } }", "expected a Q.850 cause"),
        ("{ call: '1', expect: { status: 99 } }", "from 100 to 699"),
        ("{ call: '1', expect: { ended_by: me } }", "one of caller, agent, system"),
        ("{ call: '1', expect: { answered: yes } }", "one of true, false"),
        ("{ call: '1', expect: { why: { ana: chosen } } }", "no agent `ana`"),
        (
            "{ call: '1', expect: { cdr: { trnk: x } } }",
            "a record has no `trnk`; did you mean `trunk`?",
        ),
    ] {
        let found = found(test);
        assert!(found.iter().any(|f| f.contains(said)), "{test}: {found:#?}");
    }
}

#[test]
fn a_name_is_given_once_and_a_file_of_tests_holds_nothing_else() {
    let twice = "tests: { a: { call: '1' }, a: { call: '2' } }\nflows: {}\n";
    let findings = read(twice).unwrap_err();
    let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(text[0].contains("`a` is already at line 1"), "{text:?}");
    assert!(
        text[1].contains("tests.yaml:2:1: error[E1001]: found the section `flows`"),
        "{text:?}"
    );
    assert_eq!(read("").unwrap().len(), 0);
}

#[test]
fn the_tests_in_the_reference_are_right() {
    let blocks = REFERENCE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = blocks.filter(|block| block.starts_with("tests:")).collect();
    assert!(blocks.len() >= 2, "{}", blocks.len());
    for block in blocks {
        assert!(read(block).is_ok(), "{block}\n{:#?}", read(block));
    }
}

/// What the checks take is named in the reference.
#[test]
fn the_reference_names_every_word() {
    for test in ["{ zz: 1 }", "{ call: '1', expect: { zz: 1 } }", "{ steps: [zz] }"] {
        let found = found(test);
        let list = found.iter().filter(|f| f.contains("zz")).find_map(|f| f.split_once("one of "));
        let (_, list) = list.unwrap_or_else(|| panic!("{test}: {found:?}"));
        let words = list.split(';').next().unwrap_or_default().split(", ");
        for word in words.filter(|word| !word.contains("name")) {
            assert!(REFERENCE.contains(&format!("`{word}`")), "`{word}` of {test}");
        }
    }
}

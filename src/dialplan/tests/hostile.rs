//! Hostile and damaged files: bounded findings, never a panic.

use super::findings::with;
use super::*;
use proptest::prelude::*;

// Hostile files.

#[test]
fn bombs_and_depths_are_findings_not_floods() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string();
    for n in 1..12 {
        let from = format!("*a{}", n - 1);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [from.as_str(); 10].join(", ")));
    }
    let deep_flow = format!("flows: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let mut deep_block = String::new();
    for n in 0..200 {
        deep_block.push_str(&format!("{}a:\n", " ".repeat(n)));
    }
    let inside = "{ a: ".repeat(40) + "1" + &" }".repeat(40);
    let deep_states = format!(
        "version: 1\nflows: {{ main: {{ a: {} 1 {} }} }}",
        "{ answer: true, next: ".repeat(30),
        "}".repeat(30)
    );
    let wide = format!(
        "flows: {{ {} }}",
        (0..50_000).map(|n| format!("f{n}: {{}}, ")).collect::<String>()
    );
    let big = "# x\n".repeat(400_000);
    for (name, text) in [
        ("bomb", bomb),
        ("deep flow", deep_flow),
        ("deep block", deep_block),
        ("deep maps", inside),
        ("deep states", deep_states),
        ("wide", wide),
        ("big", big),
        ("merge", "a: &a { b: 1 }\nc: { <<: *a }\n".to_string()),
        ("two documents", "version: 1\n---\nversion: 1\n".to_string()),
        ("self", "a: &a [*a]\n".to_string()),
        ("nul", "version: \0\n".to_string()),
        ("tag", "version: !!binary 1\nsip: !!python/object x\n".to_string()),
    ] {
        let found = compiled(&text).unwrap_err();
        assert!(!found.is_empty() && found.len() <= 200, "{name}: {}", found.len());
    }
}

#[test]
fn many_states_and_findings_are_bounded() {
    let states: String = (0..2_000).map(|n| format!("s{n}: {{ refuse: 1 }}, ")).collect();
    let found = with(&format!("flows: {{ main: {{ {states} }} }}"));
    assert_eq!(found.len(), 1, "{found:?}");
    let states: String = (0..900).map(|n| format!("s{n}: {{ refuse: 1 }}, ")).collect();
    let found = with(&format!("flows: {{ main: {{ {states} }} }}"));
    assert_eq!(found.len(), 200);
}

proptest! {
    /// Whatever the bytes are: findings or a plan, never a panic.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = compiled(&String::from_utf8_lossy(&bytes));
    }

    /// A plan with a piece of it replaced or cut out: findings at a place of the file, or a plan.
    #[test]
    fn a_damaged_plan_never_panics(
        which in 0..3_usize,
        from in 0..3_000_usize,
        len in 0..60_usize,
        with in "[ -~\n\u{e9}]{0,20}",
    ) {
        let plans = [
            DEMO,
            include_str!("../../../dialplans/call-center.yaml"),
            include_str!("../../../dialplans/by-number.yaml"),
        ];
        let chars: Vec<char> = plans[which].chars().collect();
        let from = from.min(chars.len());
        let to = (from + len).min(chars.len());
        let text: String =
            chars[..from].iter().chain(with.chars().collect::<Vec<_>>().iter()).chain(&chars[to..]).collect();
        if let Err(found) = compiled(&text) {
            for finding in found {
                let lines = text.lines().count().max(1) + 1;
                prop_assert!((1..=lines).contains(&(finding.at.line as usize)), "{finding}");
                let _ = finding.render();
            }
        }
    }
}

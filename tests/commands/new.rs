//! `centralino new`: whatever is asked for, the plan has no finding and its tests pass.

use crate::{Folder, centralino, stderr, stdout};

#[test]
fn flags_of_all_kinds_give_a_plan_without_a_finding() {
    // Each flag left out, once, and in its odd forms.
    let trunks: &[&[&str]] = &[
        &[],
        &["--trunk", "198.51.100.7"],
        &["--trunk", "10.0.0.0/8"],
        &["--trunk", "2001:db8::7"],
    ];
    let numbers: &[&[&str]] = &[
        &[],
        &["--number", "+390212345"],
        &["--number", "+39 02 1234-5", "--number", "+3902123456xx", "--number", "1..."],
    ];
    let queues: &[&[&str]] = &[
        &[],
        &["--queue", "billing"],
        &[
            "--queue",
            "on",
            "--queue",
            "Back Office",
            "--queue",
            "42",
            "--queue",
            "sorry",
            "--queue",
            "né-è",
        ],
    ];
    let agents: &[&[&str]] = &[
        &[],
        &["--agent", "anna=sip:anna@10.0.0.21"],
        &["--agent", "null=10.0.0.22", "--agent", "Anna B=sips:a@[2001:db8::1];transport=tcp"],
    ];
    let hours: &[&[&str]] = &[
        &[],
        &["--hours", "always"],
        &["--hours", "mon-fri 9-13 14-18:30, sat 9:30-13", "--zone", "Europe/Rome"],
    ];
    let mut made = 0;
    let longest = [trunks, numbers, queues, agents, hours].iter().map(|f| f.len()).max().unwrap();
    // All mixtures are tried within the library; these go through the program and its prompts.
    for n in 0..longest * longest {
        let (a, b) = (n % longest, n / longest);
        let mut arguments = vec!["new", "made", "--yes"];
        for (at, forms) in [trunks, numbers, queues, agents, hours].iter().enumerate() {
            arguments.extend(forms[(a + at * b) % forms.len()]);
        }
        let folder = Folder::new();
        let output = centralino(&folder, &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        let checked = centralino(&folder, &["check", "made/plan.yaml"]);
        let said = stdout(&checked);
        assert_eq!(checked.status.code(), Some(0), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?} has warnings: {said}");
        assert!(said.contains(": no errors; "), "{said}");
        let tested = centralino(&folder, &["test", "made/plan.yaml"]);
        let said = stdout(&tested);
        assert_eq!(tested.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(said.contains(" passed in "), "{arguments:?} has no test: {said}");
        made += 1;
    }
    assert_eq!(made, 16);
}

#[test]
fn what_cannot_be_a_plan_is_refused_and_nothing_is_written() {
    for (arguments, why) in [
        (&["--queue", "a\"b"][..], "no name of a queue"),
        (&["--queue", "a", "--queue", "a"], "named twice"),
        (&["--hours", "weekdays"], "hours are such as"),
        (&["--hours", "mon-fri 9-25"], "hours are such as"),
        (&["--hours", "mon 9-12, mon 14-18"], "named twice"),
        (&["--trunk", "carrier"], "an address or network"),
        (&["--zone", "Mars/Olympus"], "time zone"),
        (
            &["--number", "01234567890123456789012345678901234567890123456789012345678901234"],
            "digits with `x`",
        ),
        (&["--number", "default"], "default"),
        (&["--agent", "anna=mailto:anna"], "a URI such as"),
        (&["--agent", "anna"], "an agent such as"),
    ] {
        let folder = Folder::new();
        let output = centralino(&folder, &[&["new", "made", "--yes"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        assert!(stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
        assert_eq!(folder.names(), Vec::<String>::new(), "{arguments:?}");
    }
}

#[test]
fn a_plan_that_is_there_stays() {
    let folder = Folder::new();
    folder.write("plan.yaml", "mine");
    let output = centralino(&folder, &["new", "--yes"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains("already there"));
    assert_eq!(std::fs::read_to_string(folder.0.join("plan.yaml")).unwrap(), "mine");
    assert_eq!(folder.names(), ["plan.yaml"]);
}

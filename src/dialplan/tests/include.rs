//! Plans of several files that include one another.

use super::*;

const HEAD: &str = "version: 1\nsip: { listen: [udp://127.0.0.1:0] }\n";
const NUMBERS: &str = "numbers: { default: main }\n";

fn world(files: &[(&str, &str)]) -> Paper {
    let file = |(name, text): &(&str, &str)| ((*name).to_string(), (*text).to_string());
    Paper { files: files.iter().map(file).collect(), ..Paper::default() }
}

/// What is found in the plan `p/plan.yaml` with these files beside it.
fn found(head: &str, files: &[(&str, &str)]) -> Vec<String> {
    let plan = format!("{HEAD}{head}");
    let all: Vec<(&str, &str)> =
        files.iter().copied().chain([("p/plan.yaml", plan.as_str())]).collect();
    match load("p/plan.yaml", &world(&all), &mut Names::default()) {
        Ok(loaded) => loaded.warnings.iter().map(bare).collect(),
        Err(findings) => findings.iter().map(bare).collect(),
    }
}

#[test]
fn files_and_folders_are_read_once_and_put_together() {
    let plan = format!("{HEAD}{NUMBERS}include: [sites, ./hours/../common.yaml]\n");
    let world = world(&[
        ("p/plan.yaml", &plan),
        ("p/common.yaml", "flows: { main: { a: { goto: milano } } }\n"),
        ("p/sites/b.yml", "include: ../common.yaml\nflows: { roma: { a: { refuse: 480 } } }\n"),
        ("p/sites/a.yaml", "include: [b.yml]\nflows: { milano: { a: { goto: roma } } }\n"),
        ("p/sites/notes.txt", "{ no plan"),
    ]);
    let loaded = load("p/plan.yaml", &world, &mut Names::default()).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.plan.script.program.flows.len(), 3);
    let sources = read("p/plan.yaml", &world).unwrap();
    let names: Vec<&str> = sources.iter().map(|source| &*source.name).collect();
    // A file before those that it includes, each once.
    assert_eq!(names, ["p/plan.yaml", "p/sites/a.yaml", "p/sites/b.yml", "p/common.yaml"]);
    let again = compile(&sources, &Paper::default(), &mut Names::default()).unwrap();
    assert_eq!(again.plan.hash, loaded.plan.hash, "the texts are the whole plan");
    let watched = files("p/plan.yaml", &world);
    assert!(
        ["p/plan.yaml", "p/sites", "p/common.yaml"]
            .iter()
            .all(|f| watched.contains(&(*f).to_string()))
    );
}

#[test]
fn findings_show_the_place_in_the_file_that_has_it() {
    let flow = "flows:\n  main:\n    a: { goto: nigth }\n";
    assert_eq!(
        found("numbers: { default: main }\ninclude: x/f.yaml\n", &[("p/x/f.yaml", flow)]),
        ["p/x/f.yaml:3:16: error: there is no flow `nigth`; expected one of main"]
    );
    let twice =
        "numbers: { default: main }\nflows: { main: { a: { refuse: 404 } } }\ninclude: f.yaml\n";
    assert_eq!(
        found(twice, &[("p/f.yaml", flow)]),
        ["p/f.yaml:2:3: error: `main` is already at p/plan.yaml:4; expected each name once"]
    );
    assert_eq!(
        found("include: gone.yaml\n", &[]),
        ["p/plan.yaml:3:10: error: `gone.yaml`: no such file or folder; \
          expected a file or a folder, relative to this file"]
    );
}

#[test]
fn rings_ways_out_and_bounds_are_findings() {
    let ring = found(
        "include: a.yaml\n",
        &[("p/a.yaml", "include: b.yaml"), ("p/b.yaml", "include: a.yaml")],
    );
    assert_eq!(ring.len(), 1);
    assert!(
        ring[0].contains("p/b.yaml:1:10: ") && ring[0].contains("p/a.yaml → p/b.yaml → p/a.yaml"),
        "{ring:?}"
    );
    for outside in ["/p/a.yaml", "../a.yaml", "x/../../p2/a.yaml", "../p/../a.yaml"] {
        let told = found(&format!("include: {outside}\n"), &[("a.yaml", ""), ("p2/a.yaml", "")]);
        assert!(told.len() == 1 && told[0].contains("outside the plan's folder"), "{told:?}");
    }
    // What leaves the folder and comes back is inside.
    let refused = "numbers: { default: { refuse: 404 } }\n";
    assert_eq!(found("include: ../p/a.yaml\n", &[("p/a.yaml", refused)]), Vec::<String>::new());

    let chain: Vec<(String, String)> =
        (0..20).map(|n| (format!("p/{n}.yaml"), format!("include: {}.yaml\n", n + 1))).collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let told = found("include: 0.yaml\n", &chain);
    assert!(
        told.len() == 1
            && told[0].starts_with("p/14.yaml:1:10: ")
            && told[0].contains("more than 16 files"),
        "{told:?}"
    );

    let many: Vec<String> = (0..300).map(|n| format!("p/x/{n}.yaml")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    let told = found("include: x\n", &many);
    assert!(told.len() == 1 && told[0].contains("more than 256 files"), "{told:?}");

    let big = "#".repeat(1 << 20);
    let big: Vec<(&str, &str)> = ["p/x/1.yaml", "p/x/2.yaml", "p/x/3.yaml", "p/x/4.yaml"]
        .map(|name| (name, big.as_str()))
        .into();
    let told = found("include: x\n", &big);
    assert!(told.len() == 1 && told[0].contains("more than 4194304 bytes"), "{told:?}");
}

#[test]
fn a_thing_that_moves_into_another_file_has_not_changed() {
    let whole =
        world(&[("p.yaml", &format!("{HEAD}agents: {{ a: {{ contact: 'sip:a@10.0.0.1' }} }}\n"))]);
    let parts = world(&[
        ("p.yaml", &format!("{HEAD}include: a.yaml\n")),
        ("a.yaml", "agents: { a: { contact: 'sip:a@10.0.0.1' } }\n"),
    ]);
    let texts = |world: &Paper| read("p.yaml", world).unwrap();
    assert_eq!(Diff::of(&texts(&whole), &texts(&parts)), Diff::default());
}

#[test]
fn what_is_wrong_with_many_includes_is_told_up_to_a_bound() {
    let names: String = (0..1_000).map(|n| format!("x{n}.yaml, ")).collect();
    let found = found(&format!("{NUMBERS}include: [{names}]\n"), &[]);
    assert!((1..=200).contains(&found.len()), "{}", found.len());
}

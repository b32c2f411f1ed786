//! No bytes make the check take over a second of work or over 256 MB, or panic.
//!
//! Time is that of the thread on the processor, so that a busy machine fails no test.

use centralino::dialplan::{self, World};
use proptest::prelude::*;
use std::path::Path;

/// What a plan may cost.
const MEMORY: u64 = 256 << 20;
const TIME_MS: u64 = 1000;

/// Files of these names and bytes, and a prompt for every name.
struct Files(Given);

impl World for Files {
    fn list(&self, _path: &str) -> Result<Option<Vec<String>>, String> {
        Ok(Some(self.0.iter().map(|(name, _)| name.clone()).collect()))
    }

    /// As the disk does it: no more than one byte beyond the largest file is read.
    fn read(&self, path: &str) -> Result<String, String> {
        let (_, bytes) = self.0.iter().find(|(name, _)| name == path).ok_or("no such file")?;
        let most = bytes.len().min((1 << 20) + 1);
        Ok(String::from_utf8_lossy(&bytes[..most]).into_owned())
    }

    fn prompt_exists(&self, _path: &str) -> bool {
        true
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Milliseconds that this thread has been on the processor.
fn worked_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = stat.split(' ').next().and_then(|n| n.parse::<u64>().ok());
    nanoseconds.expect("a figure") / 1_000_000
}

/// Checks a plan of these files; its findings, and what it cost: milliseconds, bytes at most.
fn cost(files: Given) -> (usize, u64, u64) {
    let files = Files(files);
    let (mut count, mut time) = (0, 0);
    let memory = allocation_counter::measure(|| {
        let began = worked_ms();
        let checked = dialplan::check("plan", &files);
        count = checked.findings.len();
        checked.findings.iter().for_each(|finding| assert!(!finding.render().is_empty()));
        time = worked_ms() - began;
    });
    (count, time, memory.bytes_max)
}

fn one(text: &str) -> Given {
    vec![("plan.yaml".to_owned(), text.as_bytes().to_vec())]
}

/// Names and bytes of files.
type Given = Vec<(String, Vec<u8>)>;

/// Plans made to cost much, each in its own way.
fn hostile() -> Vec<(&'static str, Given)> {
    let repeat =
        |count: usize, item: &dyn Fn(usize) -> String| -> String { (0..count).map(item).collect() };
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let from = format!("*a{}", n - 1);
        laughs.push_str(&format!("a{n}: &a{n} [{}]\n", [from.as_str(); 10].join(", ")));
    }
    let flow = |states: &str| format!("flows: {{ main: {{ {states} }} }}");
    let keys = repeat(20_000, &|n| format!("\"{n}\": stat-{n}, "));
    let states = repeat(900, &|n| format!("state-{n}: {{ refuse: 480 }}, "));
    let long = "n".repeat(400_000);
    let opened = "${with.".repeat(140_000);
    vec![
        ("laughs", one(&laughs)),
        ("50 MB of blanks", vec![("plan.yaml".to_owned(), vec![b' '; 50 << 20])]),
        ("50 MB of zeros", vec![("plan.yaml".to_owned(), vec![0; 50 << 20])]),
        ("100,000 levels of lists", one(&"[".repeat(100_000))),
        ("100,000 levels of maps", one(&"{a: ".repeat(100_000))),
        ("100,000 levels of dashes", one(&"- ".repeat(100_000))),
        ("deep block", one(&repeat(1_400, &|n| format!("{}a:\n", " ".repeat(n))))),
        ("1 MB of one line", one(&format!("version: {}", "1".repeat(1_000_000)))),
        ("1 MB of quotes", one(&"\"".repeat(1_000_000))),
        ("1 MB of colons", one(&"a: ".repeat(330_000))),
        ("1 MB of hashes", one(&"# * ".repeat(260_000))),
        ("anchors", one(&repeat(60_000, &|n| format!("a{n}: &a{n} 1\n")))),
        ("unknown sections", one(&repeat(60_000, &|n| format!("s{n}: 1\n")))),
        ("equal keys", one(&flow(&"a: { refuse: 480 }, ".repeat(12_000)))),
        (
            "unknown states",
            one(&flow(&format!("{states} a: {{ menu: {{ keys: {{ {keys} }} }} }}"))),
        ),
        ("long names", one(&flow(&format!("{long}: {{ play: beep, next: {long}x }}")))),
        (
            "unknown names",
            one(&flow(&format!(
                "a: {{ set: {{ {} }} }}",
                repeat(20_000, &|n| format!("v{n}: \"${{w{n}}}\", "))
            ))),
        ),
        (
            "variables everywhere",
            one(&flow(&repeat(999, &|n| {
                format!("s{n}: {{ set: {{ v{n}: \"1\" }}, next: s{} }}, ", (n * 7 + 1) % 999)
            }))),
        ),
        (
            "circles",
            one(&flow(&repeat(999, &|n| {
                format!(
                    "s{n}: {{ menu: {{ keys: {{ \"1\": s0, \"2\": s{}, \"3\": s998 }} }} }}, ",
                    n / 2
                )
            }))),
        ),
        (
            "patterns",
            one(&format!(
                "version: 1\nnumbers: {{ {} }}",
                repeat(20_000, &|n| format!("\"{n}xx\": {{ refuse: 404 }}, "))
            )),
        ),
        (
            "claims",
            one(&format!(
                "version: 1\nnumbers: {{ {} }}",
                repeat(200, &|n| format!("\"{n:03}xxx\": {{ refuse: 404 }}, "))
            )),
        ),
        (
            "agents and steps",
            one(&format!(
                "version: 1\nagents: {{ {} }}\nqueues: {{ {} }}",
                repeat(8_000, &|n| format!("a{n}: {{ contact: \"sip:a@10.0.0.1\" }}, ")),
                repeat(3_000, &|n| format!(
                    "q{n}: {{ steps: {{ want: \"'a' in agent.groups\" }} }}, "
                ))
            )),
        ),
        (
            "hours",
            one(&format!(
                "version: 1\nhours: {{ h: {{ open: {{ daily: [{}] }} }} }}",
                "\"09:00-10:00\", ".repeat(40_000)
            )),
        ),
        (
            "conditions",
            one(&flow(&repeat(999, &|n| {
                let parts: Vec<String> = (0..20)
                    .map(|m| format!("(caller == \\\"{m}\\\" || called == \\\"{m}\\\")"))
                    .collect();
                format!("s{n}: {{ when: \"{}\", then: s0, else: s0 }}, ", parts.join(" && "))
            }))),
        ),
        ("places without an end", one(&flow(&format!("a: {{ play: '{opened}' }}")))),
        (
            "places without an end in a template",
            one(&format!(
                "templates: {{ flows: {{ t: {{ with: a, states: {{ s: {{ play: '{opened}' }} }} }} }} }}"
            )),
        ),
        (
            "places of many values",
            one(&format!(
                "templates: {{ flows: {{ t: {{ with: [{}], states: {{ s: {{ play: '{}' }} }} }} }} }}",
                repeat(10_000, &|n| format!("a{n}, ")),
                "${with.a9999}".repeat(60_000)
            )),
        ),
        (
            "256 files of 1 MB",
            (0..256).map(|n| (format!("{n}.yaml"), b"a: [1, 2, 3]\n".repeat(80_000))).collect(),
        ),
        (
            "4 files of many nodes",
            (0..4)
                .map(|n| (format!("{n}.yaml"), b"- [1,1,1,1,1,1,1,1]\n".repeat(11_000)))
                .collect(),
        ),
    ]
}

#[test]
fn hostile_plans_are_refused_within_the_budget() {
    let mut dear = String::new();
    for (name, files) in hostile() {
        let (count, time, memory) = cost(files);
        assert!((1..=200).contains(&count), "{name}: {count} findings");
        if time > TIME_MS || memory > MEMORY {
            dear.push_str(&format!("{name}: {time} ms, {} MB\n", memory >> 20));
        }
    }
    assert!(dear.is_empty(), "{dear}");
}

#[test]
fn a_file_on_the_disk_of_50_mb_is_not_read_to_its_end() {
    let path = std::env::temp_dir().join(format!("centralino-large-{}.yaml", std::process::id()));
    std::fs::write(&path, vec![b'#'; 50 << 20]).expect("a file");
    let origin = centralino::io::run::Origin::Path(path.clone());
    let mut codes = Vec::new();
    let memory = allocation_counter::measure(|| {
        let checked = dialplan::check(&path.to_string_lossy(), &origin);
        codes.extend(checked.findings.iter().map(|finding| finding.code.id));
    });
    std::fs::remove_file(&path).expect("the file goes");
    assert_eq!(codes, ["E0107"]);
    assert!(memory.bytes_max < 32 << 20, "{} bytes", memory.bytes_max);
}

/// Pieces that plans and attacks on parsers are made of.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "version: 1\n",
        "sip: { listen: [udp://127.0.0.1:0] }\n",
        "numbers: ",
        "{ default: main }\n",
        "flows:\n",
        "  main:\n",
        "    a: ",
        "{ play: beep, next: a }\n",
        "{ queue: q }\n",
        "queues: ",
        "{ q: { steps: [",
        "{ want: skill.a > 1 }",
        "] } }\n",
        "&a ",
        "*a",
        "<<: ",
        "!!binary ",
        "---\n",
        "? ",
        "- ",
        "|\n",
        ">\n",
        "\t",
        "\"",
        "'",
        "#",
        "[",
        "]",
        "{",
        "}",
        ": ",
        ", ",
        "\n",
        "${",
        "&&",
        "\u{feff}",
        "\u{2028}",
        "é",
    ]);
    let word = words.prop_map(|word| word.as_bytes().to_vec());
    let bytes = prop::collection::vec(any::<u8>(), 0..8);
    let piece = prop_oneof![4 => word, 1 => bytes];
    // Once in a while the same piece very often: that is where budgets are needed.
    let often = prop_oneof![9 => Just(1_usize), 1 => 1..3_000_usize];
    let pieces = prop::collection::vec((piece, often), 0..40);
    pieces.prop_map(|pieces| pieces.into_iter().flat_map(|(p, n)| p.repeat(n)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_bytes_make_the_check_panic_or_cost_too_much(bytes in pieces()) {
        let (_, time, memory) = cost(vec![("plan.yaml".to_owned(), bytes)]);
        prop_assert!(time <= TIME_MS && memory <= MEMORY, "{time} ms, {memory} bytes");
    }

    /// A broken plan of the corpus, broken once more.
    #[test]
    fn broken_plans_broken_again_stay_within_the_budget(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in pieces(),
    ) {
        let plans = super::corpus();
        let plan: &Path = plans.get(which.index(plans.len())).expect("a plan");
        let mut bytes = std::fs::read(plan).unwrap_or_default();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, with);
        let (_, time, memory) = cost(vec![("plan.yaml".to_owned(), bytes)]);
        prop_assert!(time <= TIME_MS && memory <= MEMORY, "{time} ms, {memory} bytes");
    }
}

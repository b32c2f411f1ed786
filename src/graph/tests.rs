//! Pictures of plans: nothing touches, nothing is left out, no name breaks them.

use super::layout::{Layout, Point, Size, Wire, layout};
use super::{Asked, Counts, Graph, Lead, dot, mermaid, of_plan, svg};
use crate::dialplan::{self, Source, World};
use crate::plan::{Names, Plan};
use std::collections::BTreeSet;

/// Every prompt is there.
struct Paper;

impl World for Paper {
    fn list(&self, _: &str) -> Result<Option<Vec<String>>, String> {
        Ok(None)
    }

    fn read(&self, _: &str) -> Result<String, String> {
        Err("nothing is read".to_string())
    }

    fn prompt_exists(&self, _: &str) -> bool {
        true
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }
}

const PLANS: &[(&str, &str)] = &[
    ("minimal", include_str!("../../dialplans/minimal.yaml")),
    ("by-number", include_str!("../../dialplans/by-number.yaml")),
    ("call-center", include_str!("../../dialplans/call-center.yaml")),
    ("demo", dialplan::DEMO),
    ("outbound", include_str!("../../dialplans/outbound.yaml")),
];

fn plan(text: &str) -> Plan {
    let source = Source { name: "plan.yaml".to_string(), text: text.to_string() };
    match dialplan::compile(&[source], &Paper, &mut Names::default()) {
        Ok(loaded) => loaded.plan,
        Err(findings) => panic!("{text}\n{findings:#?}"),
    }
}

fn graph(title: &str, text: &str) -> Graph {
    of_plan(&plan(text), &Asked { title, flow: None }).unwrap()
}

/// `KEY -> BOX` or `KEY: what happens`, one line a way.
fn ways(graph: &Graph) -> Vec<String> {
    let mut ways = Vec::new();
    for row in graph.nodes.iter().flat_map(|node| &node.rows) {
        match &row.lead {
            Lead::Ends(what) => ways.push(format!("{}: {what}", row.key)),
            Lead::To(boxes) => ways.extend(boxes.iter().map(|at| {
                let node = &graph.nodes[*at];
                format!("{} -> {}", row.key, [&*node.word, &node.title].join(" ").trim())
            })),
        }
    }
    ways
}

#[test]
fn every_way_of_a_plan_is_there() {
    let text = r#"
version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { lab: { accept_from: [127.0.0.0/8] } }
agents:
  anna: { contact: "sip:anna@10.0.0.1", skills: { billing: 9 } }
  bruno: { contact: "sip:bruno@10.0.0.2", skills: { billing: 5 } }
  carla: { contact: "sip:carla@10.0.0.3" }
queues:
  billing:
    steps:
      - { want: skill.billing >= 8 && caller.number != "", for: 20s }
      - { want: skill.billing >= 5 }
    otherwise: sorry
numbers: { "100": main, "2...": { dial: "sip:${called.rest}@10.0.0.9" }, "+39x": { refuse: 486 }, default: main }
flows:
  main:
    open: { hours: { open: { daily: "08:00-18:00" } }, next: ask, closed: { goto: night } }
    ask: { menu: { prompt: beep, keys: { "1": wait, "2": { hang_up: 480 }, "9": ask } }, failed: who }
    who: { when: [{ if: 'caller.number == "1"', then: { goto: night } }, { if: 'caller.name == ""', then: ring }], else: wait }
    wait: { queue: billing }
    ring: { dial: "sip:desk@10.0.0.9", next: sorry }
    sorry: { play: beep, next: { refuse: 480 } }
  night:
    tell: { play: beep }
"#;
    let graph = graph("plan", text);
    assert_eq!(
        ways(&graph),
        [
            "numbers/100 -> hours open",
            "numbers/default -> hours open",
            "numbers/+39x: refuse 486",
            "numbers/2... -> sip:${called.rest}@10.0.0.9",
            "main/open/next -> menu ask",
            "main/open/closed -> play tell",
            "main/ask/1 -> queue wait",
            "main/ask/2: hang_up 480",
            "main/ask/9 -> menu ask",
            "main/ask/failed -> when who",
            "main/who/then1 -> play tell",
            "main/who/then2 -> dial ring",
            "main/who/else -> queue wait",
            "main/wait/queue -> queue billing",
            "main/wait/next: ends",
            "main/wait/otherwise -> play sorry",
            "main/ring/dial -> sip:desk@10.0.0.9",
            "main/ring/next -> play sorry",
            "main/ring/failed: ends, the target's cause",
            "main/sorry/next: refuse 480",
            "night/tell/next: ends",
            "queues/billing/1 -> 1 agent",
            "queues/billing/2 -> 1 agent",
        ]
    );
    let idle = graph.nodes.iter().find(|node| node.word == "in no queue").unwrap();
    assert_eq!(idle.details, ["carla"]);
}

#[test]
fn one_flow_alone_tells_where_it_leaves() {
    let plan = plan(PLANS[2].1);
    let asked = |flow| Asked { title: "plan", flow: Some(flow) };
    let night = of_plan(&plan, &asked("night")).unwrap();
    assert_eq!(ways(&night), ["numbers/+390212346 -> play tell", "night/tell/next: refuse 480"]);
    let main = of_plan(&plan, &asked("main")).unwrap();
    assert!(ways(&main).contains(&"main/open/closed: flow night".to_string()), "{main:#?}");
    assert_eq!(of_plan(&plan, &asked("nigth")).unwrap_err().flows, ["main", "night"]);
}

// Layout.

/// Small random numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn index(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(u64::try_from(sides).unwrap())).unwrap()
    }

    fn pixels(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.roll(u64::try_from(to - from).unwrap())).unwrap()
    }
}

fn random(seed: u64) -> (Vec<Size>, Vec<Wire>) {
    let mut dice = Dice(seed);
    let boxes = 1 + dice.index(60);
    let sizes = (0..boxes).map(|_| Size {
        width: dice.pixels(90, 300),
        height: dice.pixels(26, 200),
        inlet: 13,
    });
    let sizes: Vec<Size> = sizes.collect();
    let wires = (0..dice.index(boxes * 3)).map(|_| {
        let from = dice.index(boxes);
        let outlet = dice.pixels(13, sizes[from].height);
        Wire { from, outlet, to: dice.index(boxes), kind: dice.index(4) }
    });
    let wires = wires.collect();
    (sizes, wires)
}

/// Whether a piece of a line touches the inside of a box.
fn touches(a: Point, b: Point, at: Point, size: Size) -> bool {
    let (left, right) = (a.x.min(b.x), a.x.max(b.x));
    let (top, bottom) = (a.y.min(b.y), a.y.max(b.y));
    right > at.x && left < at.x + size.width && bottom > at.y && top < at.y + size.height
}

fn faults(sizes: &[Size], wires: &[Wire], layout: &Layout) -> Vec<String> {
    let mut faults = Vec::new();
    let placed: Vec<(Point, Size)> =
        layout.boxes.iter().copied().zip(sizes.iter().copied()).collect();
    for (n, (at, size)) in placed.iter().enumerate() {
        if at.x < 0
            || at.y < 0
            || at.x + size.width > layout.width
            || at.y + size.height > layout.height
        {
            faults.push(format!("box {n} is outside"));
        }
        for (m, (other, its)) in placed.iter().enumerate().skip(n + 1) {
            let corner = Point { x: at.x + size.width, y: at.y + size.height };
            if touches(*at, corner, *other, *its) {
                faults.push(format!("boxes {n} and {m} overlap"));
            }
        }
    }
    for (n, (wire, points)) in wires.iter().zip(&layout.wires).enumerate() {
        let (from, its) = placed[wire.from];
        let (to, size) = placed[wire.to];
        let (first, last) = (points[0], points[points.len() - 1]);
        let sides = |at: Point, size: Size| [at.x, at.x + size.width];
        if first.y != from.y + wire.outlet || !sides(from, its).contains(&first.x) {
            faults.push(format!("line {n} does not begin at its row"));
        }
        if last.y != to.y + size.inlet || !sides(to, size).contains(&last.x) {
            faults.push(format!("line {n} does not end at its box"));
        }
        for pair in points.windows(2) {
            for (m, (at, size)) in placed.iter().enumerate() {
                if wire.from != wire.to && touches(pair[0], pair[1], *at, *size) {
                    faults.push(format!("line {n} goes behind box {m}"));
                }
            }
        }
    }
    faults
}

#[test]
fn no_box_and_no_line_runs_into_a_box() {
    for seed in 0..300 {
        let (sizes, wires) = random(seed);
        let layout = layout(&sizes, &wires);
        assert_eq!(layout.wires.len(), wires.len(), "seed {seed}");
        assert_eq!(faults(&sizes, &wires, &layout), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_chain_of_a_thousand_and_a_star_of_a_thousand_are_laid_out() {
    let size = Size { width: 100, height: 40, inlet: 13 };
    let wire = |from, to| Wire { from, outlet: 30, to, kind: 0 };
    let chain: Vec<Wire> = (0..999).map(|n| wire(n, n + 1)).collect();
    let star: Vec<Wire> = (1..1000).map(|n| wire(0, n)).collect();
    for wires in [chain, star] {
        let sizes = vec![size; 1000];
        let layout = layout(&sizes, &wires);
        assert_eq!(layout.boxes.iter().map(|p| (p.x, p.y)).collect::<BTreeSet<_>>().len(), 1000);
    }
}

// SVG.

/// Left, top, right, bottom of every text.
fn texts(document: &roxmltree::Document<'_>) -> Vec<(i64, i64, i64, i64, String)> {
    let number = |node: &roxmltree::Node<'_, '_>, name: &str| -> i64 {
        node.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let of = |node: roxmltree::Node<'_, '_>| {
        let (x, y) = (number(&node, "x"), number(&node, "y"));
        let text = node.text().unwrap_or("").to_string();
        (x, y - 11, x + number(&node, "textLength"), y + 3, text)
    };
    document.descendants().filter(|node| node.has_tag_name("text")).map(of).collect()
}

fn check_svg(graph: &Graph, name: &str) {
    let picture = svg(graph);
    let document = roxmltree::Document::parse(&picture).unwrap_or_else(|e| panic!("{name}: {e}"));
    let lines = document.descendants().filter(|node| node.attribute("class") == Some("e"));
    assert_eq!(lines.count(), graph.edges().len(), "{name}");
    let all = texts(&document);
    assert!(all.iter().all(|text| text.0 < text.2), "{name}: a text without width");
    for (n, a) in all.iter().enumerate() {
        for b in all.iter().skip(n + 1) {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(apart, "{name}: `{}` and `{}` overlap", a.4, b.4);
        }
    }
    // Names and rows are there to be read, cut short at the most.
    for node in &graph.nodes {
        let head: String = super::text::clean(&node.title).chars().take(10).collect();
        assert!(all.iter().any(|text| text.4.starts_with(&head)), "{name}: {head}");
    }
    assert_eq!(picture, svg(graph), "{name}");
}

#[test]
fn pictures_of_the_examples_are_well_formed_and_no_text_covers_another() {
    for (name, text) in PLANS {
        let first = graph(name, text);
        check_svg(&first, name);
        assert_eq!(first, graph(name, text), "{name}: the same plan, the same picture");
    }
}

/// A menu tree of more than forty states, with ways back.
fn forty() -> String {
    let mut text = String::from(
        "version: 1\nsip: { listen: [udp://127.0.0.1:5060] }\n\
         trunks: { lab: { accept_from: [127.0.0.0/8] } }\nnumbers: { default: main }\n\
         flows:\n  main:\n    top: { menu: { prompt: beep, keys: { \"1\": m1, \"2\": m2, \"3\": m3, \
         \"4\": m4, \"5\": m5, \"6\": m6, \"7\": m7, \"8\": m8 } }, failed: sorry }\n",
    );
    for n in 1..=8 {
        text.push_str(&format!(
            "    m{n}: {{ menu: {{ prompt: beep, keys: {{ \"1\": n{n}, \"2\": w{n}, \"9\": top }} }}, failed: p{n} }}\n    \
             n{n}: {{ collect: {{ prompt: beep, into: v{n} }}, next: w{n}, failed: p{n} }}\n    \
             w{n}: {{ when: 'v{n}.startsWith(\"12\")', then: p{n}, else: m{n} }}\n    \
             p{n}: {{ dial: \"sip:desk{n}@10.0.0.9\", next: sorry, failed: d{n} }}\n    \
             d{n}: {{ play: [beep, beep], next: sorry }}\n"
        ));
    }
    text.push_str("    sorry: { play: beep, next: { hang_up: 480 } }\n");
    text
}

#[test]
fn forty_states_stay_readable() {
    let graph = graph("forty", &forty());
    assert!(graph.nodes.len() >= 42);
    check_svg(&graph, "forty");
}

#[test]
fn names_cannot_break_out_of_a_picture() {
    let text = r#"
version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { lab: { accept_from: [127.0.0.0/8] } }
numbers: { default: '<script>"&' }
flows:
  '<script>"&':
    '"]; evil -> n0 [x="': { play: beep, next: ']]></title><script>alert(1)</script>' }
    ']]></title><script>alert(1)</script>': { play: beep, next: "\u202Eمرحبا\u202E 東京 \\\" #quot; |x|" }
    "\u202Eمرحبا\u202E 東京 \\\" #quot; |x|": { when: '"<b>" == "&amp;"', then: end }
    end: { play: beep }
"#;
    let graph = graph("</title><script>", text);
    check_svg(&graph, "hostile");
    let picture = svg(&graph);
    let document = roxmltree::Document::parse(&picture).unwrap();
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    let mermaid = mermaid(&graph);
    for line in mermaid.lines().filter(|line| line.starts_with("  n")) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
        assert!(!line.contains("<script"), "{line}");
    }
    let dot = dot(&graph);
    for line in dot.lines().filter(|line| line.starts_with("  n")) {
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert!(bare.matches('"').count() % 2 == 0 && line.ends_with("];"), "{line}");
    }
}

#[test]
fn mermaid_and_dot_tell_every_line() {
    for (name, text) in PLANS {
        let graph = graph(name, text);
        let (mermaid, dot) = (mermaid(&graph), dot(&graph));
        for edge in graph.edges() {
            let label = &graph.row(edge).unwrap().label;
            let ends =
                format!("  n{} -> n{} [label=\"{}", edge.from, edge.to, label.replace('"', "\\\""));
            assert!(dot.contains(&ends), "{name}: {ends}\n{dot}");
            let lines = mermaid.lines().filter(|line| {
                line.starts_with(&format!("  n{} -", edge.from))
                    && line.ends_with(&format!(" n{}", edge.to))
            });
            assert!(lines.count() >= 1, "{name}: {edge:?}\n{mermaid}");
        }
    }
}

#[test]
fn lines_are_as_wide_as_they_were_taken_often() {
    let mut graph = graph("demo", dialplan::DEMO);
    let counts: Counts = [
        ("main/choose/1", 400u64),
        ("main/choose/2", 100),
        ("numbers/1000", 1),
        ("main/choose/8", 3),
    ]
    .map(|(key, count)| (key.to_string(), count))
    .into();
    assert_eq!(graph.count(&counts), ["main/choose/8"]);
    let picture = svg(&graph);
    let width = |key: &str| -> f64 {
        let line = picture.lines().find(|line| line.contains(&format!("<title>{key} ×"))).unwrap();
        let width = line.split("stroke-width=\"").nth(1).unwrap().split('"').next().unwrap();
        width.parse().unwrap()
    };
    let widths = ["main/choose/1", "main/choose/2", "numbers/1000", "main/choose/3"].map(width);
    assert_eq!(widths, [7.5, 4.5, 1.8, 1.0]);
    check_svg(&graph, "counted");
}

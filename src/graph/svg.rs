//! The picture as SVG.
//!
//! Every text stands on a light ground of its own and every line has a middling tone, so that the
//! picture can be read on a white page and on a black one.

use super::layout::{self, Layout, Point, Size, Wire};
use super::model::{Edge, Graph, Kind, Lead, Node, Row, Way};
use super::text::{short, width, xml};
use std::fmt::Write;

const MARGIN: i64 = 24;
const LINE: i64 = 17;
const PAD: i64 = 9;
/// Height of a box's head.
const HEAD: i64 = 26;
/// Most columns of a text in a box.
const COLUMNS: usize = 40;
/// Height of the band with title and legend.
const BAND: i64 = 84;
const FONT: &str = "DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace";

/// Fill of a box's head and its border.
fn colours(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Number => ("#dfe3e8", "#68727d"),
        Kind::Voice => ("#d3e5fa", "#3f78b5"),
        Kind::Keys => ("#e4dbf8", "#7657bd"),
        Kind::Choice => ("#faecc2", "#a17a16"),
        Kind::Queue => ("#d0efd8", "#2f8a51"),
        Kind::Target => ("#cdeeee", "#1f8585"),
        Kind::Agents => ("#f9dcea", "#b6487f"),
        Kind::End => ("#f6d9d4", "#b4523f"),
    }
}

/// Tones of a line, one by one for the boxes that lines lead to, and its dashes.
fn strokes(way: Way) -> ([&'static str; 3], &'static str) {
    match way {
        Way::On => (["#5f7890", "#3f78b5", "#7b7f86"], ""),
        Way::Key => (["#8b62cf", "#a653b0", "#6a6ad1"], ""),
        Way::Apart => (["#c2603a", "#b8762a", "#c4565f"], "6 3"),
        Way::Reach => (["#2f9257", "#1f8f8a", "#6a8f2c"], ""),
    }
}

/// Draws it.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let sizes: Vec<Size> = graph.nodes.iter().map(size).collect();
    let edges = graph.edges();
    let wires: Vec<Wire> = edges.iter().map(|edge| wire(graph, *edge)).collect();
    let mut layout = layout::layout(&sizes, &wires);
    shift(&mut layout);
    let title = short(&graph.title, 100);
    let wide = layout.width.max(legend_width()).max(width(&title) * 4 / 3) + 2 * MARGIN;
    let high = layout.height + 2 * MARGIN + BAND;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\" font-family=\"{FONT}\" font-size=\"12\">"
    );
    let _ = writeln!(out, "<title>{}</title>", xml(&graph.title));
    out.push_str(
        "<style>.e path{fill:none}.e:hover path{stroke-width:5;opacity:1}text{fill:#20262d}\
         .d{fill:#5a636d}</style>\n",
    );
    arrows(&mut out);
    band(&mut out, &title, wide - 2 * MARGIN);
    let most = graph.most();
    for (edge, points) in edges.iter().zip(&layout.wires) {
        line(&mut out, graph, *edge, points, most);
    }
    for ((node, size), at) in graph.nodes.iter().zip(&sizes).zip(&layout.boxes) {
        draw(&mut out, node, *size, *at);
    }
    out.push_str("</svg>\n");
    out
}

fn shift(layout: &mut Layout) {
    let points = layout.wires.iter_mut().flatten();
    for point in layout.boxes.iter_mut().chain(points) {
        point.x += MARGIN;
        point.y += MARGIN + BAND;
    }
}

// Boxes.

fn title(node: &Node) -> String {
    short(&node.title, COLUMNS - 8)
}

fn word(node: &Node) -> String {
    short(&node.word, 20)
}

fn lines(node: &Node) -> impl Iterator<Item = String> {
    node.details.iter().map(|text| short(text, COLUMNS))
}

/// What stands at the left and at the right of a row.
fn row_texts(row: &Row) -> (String, String) {
    let mut right = match &row.lead {
        Lead::Ends(what) => short(what, 26),
        Lead::To(_) => String::new(),
    };
    if let Some(count) = row.count {
        let gap = if right.is_empty() { "" } else { "  " };
        right.push_str(&format!("{gap}×{count}"));
    }
    let room = COLUMNS.saturating_sub(right.chars().count() / 2);
    (short(&row.label, room), right)
}

fn size(node: &Node) -> Size {
    let head = width(&title(node)) * 13 / 12 + 14 + width(&word(node));
    let details = lines(node).map(|text| width(&text));
    let rows = node.rows.iter().map(|row| {
        let (left, right) = row_texts(row);
        width(&left) + if right.is_empty() { 0 } else { 14 + width(&right) }
    });
    let widest = details.chain(rows).chain([head, 90]).max().unwrap_or(90);
    let below = i64::try_from(node.details.len() + node.rows.len()).unwrap_or(0);
    let pad = if below == 0 { 0 } else { 8 };
    Size { width: widest + 2 * PAD + 4, height: HEAD + below * LINE + pad, inlet: HEAD / 2 }
}

/// How far below the top of its box a row goes out.
fn outlet(node: &Node, row: usize) -> i64 {
    let above = i64::try_from(node.details.len() + row).unwrap_or(0);
    HEAD + 4 + above * LINE + LINE / 2
}

fn wire(graph: &Graph, edge: Edge) -> Wire {
    let outlet = graph.nodes.get(edge.from).map_or(0, |node| outlet(node, edge.row));
    let way = graph.row(edge).map_or(Way::On, |row| row.way);
    let kind = Way::ALL.iter().position(|(known, _)| *known == way).unwrap_or(0);
    Wire { from: edge.from, outlet, to: edge.to, kind }
}

/// A text at its place; its width is said as well, so that no font makes it wider.
fn put(out: &mut String, x: i64, y: i64, text: &str, class: &str) {
    if text.is_empty() {
        return;
    }
    let wide = width(text);
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\"{class}>{}</text>",
        xml(text)
    );
}

fn draw(out: &mut String, node: &Node, size: Size, at: Point) {
    let (head, border) = colours(node.kind);
    let Point { x, y } = at;
    let Size { width: wide, height: high, .. } = size;
    out.push_str("<g>");
    let _ = writeln!(out, "<title>{}</title>", xml(&told(node)));
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" rx=\"5\" fill=\"#fcfcfd\" stroke=\"{border}\"/>\
         <path d=\"M{x} {b}v-{v}a5 5 0 0 1 5-5h{h}a5 5 0 0 1 5 5v{v}z\" fill=\"{head}\" stroke=\"{border}\"/>",
        b = y + HEAD,
        v = HEAD - 5,
        h = wide - 10,
    );
    put(out, x + PAD, y + 17, &title(node), " font-weight=\"bold\"");
    let word = word(node);
    put(out, x + wide - PAD - width(&word), y + 17, &word, " class=\"d\"");
    let mut base = y + HEAD + 4 + 13;
    for text in lines(node) {
        put(out, x + PAD, base, &text, " class=\"d\"");
        base += LINE;
    }
    for row in &node.rows {
        let (left, right) = row_texts(row);
        put(out, x + PAD, base, &left, "");
        put(out, x + wide - PAD - width(&right), base, &right, " class=\"d\"");
        base += LINE;
    }
    out.push_str("</g>\n");
}

/// All of a box in full, for the pointer.
fn told(node: &Node) -> String {
    let mut parts = vec![format!("{} {}", node.word, node.title).trim().to_owned()];
    parts.extend(node.details.iter().cloned());
    parts.extend(node.rows.iter().map(|row| row.label.clone()));
    parts.join(" · ")
}

// Lines.

fn arrows(out: &mut String) {
    out.push_str("<defs>");
    for (way, _) in Way::ALL {
        for colour in strokes(way).0 {
            let _ = write!(
                out,
                "<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"9\" \
                 markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
                 <path d=\"M0 0.5L8 4L0 7.5z\" fill=\"{colour}\"/></marker>",
                arrow(colour)
            );
        }
    }
    out.push_str("</defs>\n");
}

fn arrow(colour: &str) -> String {
    colour.replace('#', "a")
}

fn line(out: &mut String, graph: &Graph, edge: Edge, points: &[Point], most: u64) {
    let Some(row) = graph.row(edge) else { return };
    let (tones, dashes) = strokes(row.way);
    let colour = tones.get(edge.to % tones.len()).copied().unwrap_or("#777777");
    let (thick, faint) = thickness(row.count, most);
    let dashes = match (dashes, faint) {
        (_, true) => " stroke-dasharray=\"2 4\"".to_owned(),
        ("", _) => String::new(),
        (dashes, _) => format!(" stroke-dasharray=\"{dashes}\""),
    };
    let count = row.count.map(|count| format!(" ×{count}")).unwrap_or_default();
    let to = graph.nodes.get(edge.to).map_or("", |node| &node.title);
    let _ = writeln!(
        out,
        "<g class=\"e\"><title>{}{count} → {}</title><path d=\"{}\" fill=\"none\" stroke=\"{colour}\" \
         stroke-width=\"{thick}\"{dashes} marker-end=\"url(#{})\"/></g>",
        xml(&row.key),
        xml(to),
        bent(points, edge.from == edge.to),
        arrow(colour),
    );
}

/// The width of a line by its share of the largest count, the area of a pipe for the stream; and
/// whether it was never taken.
fn thickness(count: Option<u64>, most: u64) -> (String, bool) {
    match count {
        None => ("1.5".to_owned(), false),
        Some(0) => ("1".to_owned(), true),
        Some(count) => {
            // Only the picture's precision is lost.
            #[expect(clippy::cast_precision_loss, reason = "a width of some pixels")]
            let share = (count as f64 / most.max(1) as f64).sqrt();
            (format!("{:.1}", 1.5 + 6.0 * share), false)
        }
    }
}

/// Level pieces with bends between them.
fn bent(points: &[Point], own: bool) -> String {
    let mut path = String::new();
    if let (true, [from, .., to]) = (own, points) {
        let out = from.x + 30;
        let _ = write!(
            path,
            "M{} {}C{out} {} {out} {} {} {}",
            from.x, from.y, from.y, to.y, to.x, to.y
        );
        return path;
    }
    let mut before: Option<Point> = None;
    for (n, point) in points.iter().enumerate() {
        let Point { x, y } = *point;
        match before {
            None => {
                let _ = write!(path, "M{x} {y}");
            }
            Some(last) if last == *point => {}
            Some(last) if n % 2 == 0 && last.y != y => {
                let middle = (last.x + x) / 2;
                let _ = write!(path, "C{middle} {} {middle} {y} {x} {y}", last.y);
            }
            Some(_) => {
                let _ = write!(path, "H{x}");
            }
        }
        before = Some(*point);
    }
    path
}

// Title and legend.

/// Ground of the band, so that its text can be read on any page.
fn band(out: &mut String, title: &str, wide: i64) {
    let _ = writeln!(
        out,
        "<rect x=\"{MARGIN}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" rx=\"5\" fill=\"#fcfcfd\" stroke=\"#9aa3ad\"/>",
        y = MARGIN / 2,
        high = BAND,
    );
    let x = MARGIN + 12;
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"16\" font-weight=\"bold\" textLength=\"{}\" \
         lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        width(title) * 4 / 3,
        xml(title),
        y = MARGIN / 2 + 24,
    );
    let y = MARGIN / 2 + 48;
    let mut at = x;
    for (kind, word) in Kind::ALL {
        let (fill, border) = colours(kind);
        let _ = writeln!(
            out,
            "<rect x=\"{at}\" y=\"{}\" width=\"14\" height=\"12\" rx=\"2\" fill=\"{fill}\" stroke=\"{border}\"/>",
            y - 10
        );
        put(out, at + 20, y, word, "");
        at += width(word) + 40;
    }
    let y = y + 22;
    let mut at = x;
    for (way, word) in Way::ALL {
        let (tones, dashes) = strokes(way);
        let colour = tones.first().copied().unwrap_or("#777777");
        let _ = writeln!(
            out,
            "<path d=\"M{at} {}h30\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{}\" marker-end=\"url(#{})\"/>",
            y - 4,
            if dashes.is_empty() { "none" } else { dashes },
            arrow(colour),
        );
        put(out, at + 38, y, word, "");
        at += width(word) + 60;
    }
}

fn legend_width() -> i64 {
    let kinds: i64 = Kind::ALL.iter().map(|(_, word)| width(word) + 40).sum();
    let ways: i64 = Way::ALL.iter().map(|(_, word)| width(word) + 60).sum();
    kinds.max(ways) + 24
}

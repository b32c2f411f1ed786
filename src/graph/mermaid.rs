//! The picture as a Mermaid flowchart, which many wikis and code hosts draw by themselves.

use super::model::{Graph, Kind, Lead, Way};
use super::text::clean;
use std::fmt::Write;

/// Told as Mermaid.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "---\ntitle: \"{}\"\n---\nflowchart LR", quoted(&graph.title));
    for (at, node) in graph.nodes.iter().enumerate() {
        let mut lines = vec![format!("{} {}", node.word, node.title).trim().to_owned()];
        lines.extend(node.details.iter().cloned());
        for row in &node.rows {
            if let Lead::Ends(what) = &row.lead {
                lines.push(format!("{}: {what}", row.label));
            }
        }
        let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        let _ = writeln!(out, "  n{at}[\"{}\"]:::{}", lines.join("<br/>"), class(node.kind));
    }
    for edge in graph.edges() {
        let Some(row) = graph.row(edge) else { continue };
        let line = if row.way == Way::Apart { "-.->" } else { "-->" };
        let count = row.count.map(|count| format!(" ×{count}")).unwrap_or_default();
        let (from, to, label) = (edge.from, edge.to, quoted(&row.label));
        let _ = writeln!(out, "  n{from} {line}|\"{label}{count}\"| n{to}");
    }
    for (kind, fill) in FILLS {
        let _ =
            writeln!(out, "  classDef {} fill:{fill},stroke:#68727d,color:#20262d", class(*kind));
    }
    out
}

const FILLS: &[(Kind, &str)] = &[
    (Kind::Number, "#dfe3e8"),
    (Kind::Voice, "#d3e5fa"),
    (Kind::Keys, "#e4dbf8"),
    (Kind::Choice, "#faecc2"),
    (Kind::Queue, "#d0efd8"),
    (Kind::Target, "#cdeeee"),
    (Kind::Agents, "#f9dcea"),
    (Kind::End, "#f6d9d4"),
];

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "number",
        Kind::Voice => "voice",
        Kind::Keys => "keys",
        Kind::Choice => "choice",
        Kind::Queue => "queue",
        Kind::Target => "target",
        Kind::Agents => "agents",
        Kind::End => "ends",
    }
}

/// Within double quotes: whatever Mermaid or HTML might take for its own is told by its number.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        if c.is_alphanumeric() || " .,:-_/+=@×…".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    // An empty label is no label.
    if out.is_empty() { " ".to_owned() } else { out }
}

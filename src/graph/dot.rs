//! The picture in DOT, for Graphviz and what reads its language.

use super::model::{Graph, Kind, Lead, Way};
use super::text::clean;
use std::fmt::Write;

/// Told in DOT.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "digraph plan {{\n  rankdir=LR; labelloc=t; label=\"{}\";\n  node [shape=box, style=\"rounded,filled\", \
         fontname=\"monospace\", fontsize=11];\n  edge [fontname=\"monospace\", fontsize=10];",
        quoted(&graph.title)
    );
    for (at, node) in graph.nodes.iter().enumerate() {
        let mut lines = vec![format!("{} {}", node.word, node.title).trim().to_owned()];
        lines.extend(node.details.iter().cloned());
        for row in &node.rows {
            if let Lead::Ends(what) = &row.lead {
                lines.push(format!("{}: {what}", row.label));
            }
        }
        let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        let label = lines.join("\\n");
        let _ = writeln!(out, "  n{at} [label=\"{label}\", fillcolor=\"{}\"];", fill(node.kind));
    }
    for edge in graph.edges() {
        let Some(row) = graph.row(edge) else { continue };
        let style = if row.way == Way::Apart { ", style=dashed" } else { "" };
        let count = row.count.map(|count| format!(" ×{count}")).unwrap_or_default();
        let width = row.count.map(|count| width(count, graph.most())).unwrap_or_default();
        let label = quoted(&row.label);
        let _ = writeln!(
            out,
            "  n{} -> n{} [label=\"{label}{count}\"{style}{width}];",
            edge.from, edge.to
        );
    }
    out.push_str("}\n");
    out
}

/// In tenths, from 1 to 6.
fn width(count: u64, most: u64) -> String {
    let tenths = 10 + u128::from(count) * 50 / u128::from(most.max(1));
    format!(", penwidth={}.{}", tenths / 10, tenths % 10)
}

fn fill(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "#dfe3e8",
        Kind::Voice => "#d3e5fa",
        Kind::Keys => "#e4dbf8",
        Kind::Choice => "#faecc2",
        Kind::Queue => "#d0efd8",
        Kind::Target => "#cdeeee",
        Kind::Agents => "#f9dcea",
        Kind::End => "#f6d9d4",
    }
}

/// Within double quotes.
fn quoted(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('"', "\\\"")
}

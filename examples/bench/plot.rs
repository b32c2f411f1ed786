//! Draws what `--json` gave: one SVG a part, a bar a row with its spread, grouped by unit.

use crate::Result;
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const WIDTH: f64 = 720.0;
/// Of a letter, about.
const LETTER: f64 = 7.3;
const RIGHT: f64 = 90.0;
const LINE: f64 = 24.0;
const BAR: f64 = 14.0;

struct Bar<'a> {
    name: &'a str,
    unit: &'a str,
    median: f64,
    low: f64,
    high: f64,
}

/// Writes `performance-PART.svg` for each file.
///
/// # Errors
/// A file cannot be read or is not of ours.
pub(crate) fn draw(into: &Path, files: &[PathBuf]) -> Result<()> {
    for file in files {
        let value: Value = serde_json::from_str(&fs::read_to_string(file)?)
            .map_err(|e| format!("{}: {e}", file.display()))?;
        let part = value["part"].as_str().ok_or_else(|| format!("{}: no part", file.display()))?;
        let picture = into.join(format!("performance-{part}.svg"));
        fs::write(&picture, svg(part, &value))?;
        crate::progress(&format!("wrote {}", picture.display()));
    }
    Ok(())
}

fn bars<'a>(value: &'a Value) -> Vec<Bar<'a>> {
    let rows = value["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bar = |row: &'a Value| {
        let number = |key: &str| row[key].as_f64();
        Some(Bar {
            name: row["name"].as_str()?,
            unit: row["unit"].as_str()?,
            median: number("median")?,
            low: number("low")?,
            high: number("high")?,
        })
    };
    rows.iter().filter_map(bar).collect()
}

fn svg(part: &str, value: &Value) -> String {
    let bars = bars(value);
    let mut units: Vec<&str> = Vec::new();
    for bar in &bars {
        if !units.contains(&bar.unit) {
            units.push(bar.unit);
        }
    }
    let longest = bars.iter().map(|bar| bar.name.len()).max().unwrap_or(0);
    let left = 20.0 + longest as f64 * LETTER;
    let mut body = String::new();
    let mut y = 30.0;
    for unit in units {
        let group: Vec<&Bar<'_>> = bars.iter().filter(|bar| bar.unit == unit).collect();
        let most = group.iter().map(|bar| bar.high).fold(f64::MIN_POSITIVE, f64::max);
        y += 20.0;
        writeln!(body, "<text class=\"unit\" x=\"10\" y=\"{y:.0}\">{}</text>", escape(unit)).ok();
        y += 8.0;
        for bar in group {
            draw_bar(&mut body, bar, (left, most), y);
            y += LINE;
        }
    }
    y += 6.0;
    for ratio in value["ratios"].as_array().into_iter().flatten() {
        y += 18.0;
        let (name, median) = (ratio["name"].as_str().unwrap_or_default(), ratio["median"].as_f64());
        let median = median.unwrap_or(f64::NAN);
        writeln!(
            body,
            "<text x=\"10\" y=\"{y:.0}\">{} = <tspan class=\"ratio\">{median:.2}</tspan></text>",
            escape(name)
        )
        .ok();
    }
    let height = y + 14.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH:.0} {height:.0}\">\n<style>\ntext {{ font: 13px sans-serif; fill: #222 }}\n\
         .title {{ font-size: 16px; font-weight: bold }}\n.unit {{ fill: #666; font-style: italic }}\n\
         .ratio {{ font-weight: bold }}\n.ours {{ fill: #2b6cb0 }}\n.peer {{ fill: #a0aec0 }}\n\
         .spread {{ stroke: #222; stroke-width: 1 }}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text class=\"title\" x=\"10\" y=\"24\">{}</text>\n{body}</svg>\n",
        escape(part)
    )
}

/// Bars begin at `left`; `most` is as wide as there is room.
fn draw_bar(body: &mut String, bar: &Bar<'_>, (left, most): (f64, f64), y: f64) {
    let room = WIDTH - left - RIGHT;
    let x = |value: f64| left + (value / most).clamp(0.0, 1.0) * room;
    let peer = ["kamailio", "rtpengine", "floor", "plain", "sender"];
    let class = if peer.iter().any(|p| bar.name.starts_with(p)) { "peer" } else { "ours" };
    let middle = y + BAR / 2.0;
    writeln!(
        body,
        "<text x=\"10\" y=\"{:.0}\">{}</text>\
         <rect class=\"{class}\" x=\"{left:.0}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{BAR:.0}\"/>\
         <line class=\"spread\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>\
         <text x=\"{:.1}\" y=\"{:.0}\">{}</text>",
        y + 12.0,
        escape(bar.name),
        x(bar.median) - left,
        x(bar.low),
        x(bar.high),
        x(bar.high.max(bar.median)) + 6.0,
        y + 12.0,
        figure(bar.median)
    )
    .ok();
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

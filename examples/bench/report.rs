//! What a part found: rows with median and spread, ratios of pairs, remarks, and what did not hold.
//! As a table for people, or as JSON.

use crate::host;
use crate::stats::{ratios, spread};
use serde_json::{Value, json};
use std::fmt::Write;

/// One thing that was measured in each round.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) values: Vec<f64>,
}

/// Ours by theirs, by round.
#[derive(Debug)]
pub(crate) struct Ratio {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) part: &'static str,
    pub(crate) rows: Vec<Row>,
    pub(crate) ratios: Vec<Ratio>,
    /// What one must know to read the figures.
    pub(crate) remarks: Vec<String>,
    /// Rounds that were thrown away, with the reason.
    pub(crate) thrown: Vec<String>,
    /// Calls or packets that did not arrive; the exit code is 1 if there is one.
    pub(crate) failures: Vec<String>,
}

impl Report {
    pub(crate) fn new(part: &'static str) -> Report {
        let (rows, ratios) = (Vec::new(), Vec::new());
        Report { part, rows, ratios, remarks: Vec::new(), thrown: Vec::new(), failures: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: impl Into<String>, unit: &'static str, values: Vec<f64>) {
        self.rows.push(Row { name: name.into(), unit, values });
    }

    /// A ratio of two rows, if both are there.
    pub(crate) fn ratio_of(&mut self, ours: &str, theirs: &str, unit: &str) {
        let find = |name: &str| self.rows.iter().find(|r| r.name == name && r.unit == unit);
        if let (Some(one), Some(other)) = (find(ours), find(theirs)) {
            let values = ratios(&one.values, &other.values);
            self.ratios.push(Ratio { name: format!("{ours} / {theirs}"), values });
        }
    }

    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let wide = self.rows.iter().map(|r| r.name.len()).max().unwrap_or(0).max(4);
        writeln!(out, "{:wide$}  {:>10} {:>10} {:>10}  unit", self.part, "median", "low", "high")
            .ok();
        for row in &self.rows {
            let s = spread(&row.values);
            writeln!(
                out,
                "{:wide$}  {:>10.2} {:>10.2} {:>10.2}  {}",
                row.name, s.median, s.low, s.high, row.unit
            )
            .ok();
        }
        for ratio in &self.ratios {
            let s = spread(&ratio.values);
            writeln!(out, "ratio: {:.2}  {} ({:.2} to {:.2})", s.median, ratio.name, s.low, s.high)
                .ok();
        }
        for remark in &self.remarks {
            writeln!(out, "note: {remark}").ok();
        }
        for thrown in &self.thrown {
            writeln!(out, "disturbed: {thrown}").ok();
        }
        out
    }

    pub(crate) fn json(&self) -> Value {
        let stats = |values: &[f64]| {
            let s = spread(values);
            json!({ "median": s.median, "low": s.low, "high": s.high, "values": values })
        };
        let rows = self.rows.iter().map(|row| {
            let mut value = stats(&row.values);
            value["name"] = json!(row.name);
            value["unit"] = json!(row.unit);
            value
        });
        let ratios = self.ratios.iter().map(|ratio| {
            let mut value = stats(&ratio.values);
            value["name"] = json!(ratio.name);
            value
        });
        json!({
            "part": self.part,
            "machine": host::machine(),
            "rows": rows.collect::<Vec<Value>>(),
            "ratios": ratios.collect::<Vec<Value>>(),
            "remarks": self.remarks,
            "thrown_away": self.thrown,
            "failures": self.failures,
        })
    }
}

//! The figures in the text format of Prometheus (OpenMetrics 1.0).
//!
//! `io/run` brings the calls' totals and any other reading of the node; every name begins with
//! `centralino_`. Labels come from closed lists or from the plan.

use crate::record::{Histogram, Totals};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt::Error;

/// Whether a reading only rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises; its name gets `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// One family of readings of any part of the node.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Name without the prefix, in snake case, the unit last.
    pub name: &'static str,
    /// One line of help without a full stop.
    pub help: &'static str,
    /// Whether it only rises.
    pub kind: Kind,
    /// Values by their labels; one with no labels for a plain reading.
    pub values: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Reading {
    /// A reading without labels.
    #[must_use]
    pub fn plain(name: &'static str, help: &'static str, kind: Kind, value: f64) -> Reading {
        Reading { name, help, kind, values: vec![(Vec::new(), value)] }
    }
}

/// The text for `/metrics`.
#[must_use]
pub fn render(totals: &Totals, readings: Vec<Reading>) -> String {
    let mut registry = Registry::with_prefix("centralino");
    registry.register_collector(Box::new(Calls(totals.clone())));
    registry.register_collector(Box::new(Others(readings)));
    let mut out = String::new();
    match encode(&mut out, &registry) {
        Ok(()) => out,
        // Writing into a String does not fail; what was written would be cut short.
        Err(Error) => String::new(),
    }
}

#[derive(Debug)]
struct Others(Vec<Reading>);

impl Collector for Others {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        for reading in &self.0 {
            write_family(&mut encoder, reading)?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Calls(Totals);

impl Collector for Calls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        for reading in counters(&self.0) {
            write_family(&mut encoder, &reading)?;
        }
        let totals = &self.0;
        for (name, help, histogram) in [
            ("call_setup_seconds", "From the INVITE to our answer", &totals.setup),
            ("offer_answer_seconds", "From an offer to its join", &totals.offer_answer),
            ("queue_wait_seconds", "Waits that ended in a join", &totals.wait),
            ("talk_seconds", "Talks, hold included", &totals.talk),
        ] {
            write_histogram(&mut encoder, name, help, histogram)?;
        }
        Ok(())
    }
}

fn counters(totals: &Totals) -> Vec<Reading> {
    let plain = |name, help, value: u64| Reading::plain(name, help, Kind::Counter, value as f64);
    let family = |name, help, values| Reading { name, help, kind: Kind::Counter, values };
    let word = |word: &str| word.to_owned();
    let [without, with] = totals.decisions;
    let media = &totals.media;
    vec![
        plain("calls_began", "Calls that began", totals.calls_began),
        plain("calls_answered", "Calls whose caller was answered", totals.calls_answered),
        family(
            "calls_ended",
            "Calls that ended, by cause and by whom",
            totals
                .calls_ended
                .iter()
                .map(|(&(cause, by), &count)| {
                    (vec![("cause", word(cause)), ("by", word(by))], count as f64)
                })
                .collect(),
        ),
        plain("joins", "Callers joined with an agent or target", totals.joins),
        plain(
            "direct_media_ended",
            "Calls whose direct media was brought back because it changed without end",
            totals.brought_home,
        ),
        plain("offers_made", "Offers to agents and targets", totals.offers_made),
        family(
            "offers_ended",
            "Offers that ended without a join, by cause",
            totals
                .offers_ended
                .iter()
                .map(|(&cause, &count)| (vec![("cause", word(cause))], count as f64))
                .collect(),
        ),
        family(
            "queue_stays",
            "Stays in queues that ended, by queue and outcome",
            totals
                .queue_stays
                .iter()
                .map(|((queue, outcome), &count)| {
                    (vec![("queue", word(queue)), ("outcome", word(outcome))], count as f64)
                })
                .collect(),
        ),
        family(
            "decisions",
            "Choices of the router, with and without a winner",
            vec![
                (vec![("winner", word("no"))], without as f64),
                (vec![("winner", word("yes"))], with as f64),
            ],
        ),
        plain("dtmf_digits", "Digits heard in media", totals.digits_heard),
        plain("rtp_packets_received", "RTP packets taken", media.packets_received),
        plain("rtp_packets_sent", "RTP packets sent", media.packets_sent),
        plain("rtp_packets_lost", "RTP packets missing", media.packets_lost),
        plain("rtp_packets_dropped", "RTP packets thrown away", media.packets_dropped),
    ]
}

fn write_family(encoder: &mut DescriptorEncoder<'_>, reading: &Reading) -> Result<(), Error> {
    let kind = match reading.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
    };
    let mut family = encoder.encode_descriptor(reading.name, reading.help, None, kind)?;
    for (labels, value) in &reading.values {
        if labels.is_empty() {
            // `encode_family` would write empty braces; one plain value is all there can be.
            return write_value(reading.kind, *value, family);
        }
        write_value(reading.kind, *value, family.encode_family(labels)?)?;
    }
    Ok(())
}

fn write_value(kind: Kind, value: f64, metric: MetricEncoder<'_>) -> Result<(), Error> {
    match kind {
        Kind::Counter => ConstCounter::new(value).encode(metric),
        Kind::Gauge => ConstGauge::new(value).encode(metric),
    }
}

fn write_histogram(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    histogram: &Histogram,
) -> Result<(), Error> {
    let buckets: Vec<(f64, u64)> = histogram.buckets().collect();
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    metric.encode_histogram::<NoLabelSet>(
        histogram.sum_seconds(),
        histogram.count(),
        &buckets,
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Figures;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut totals = Figures::new().totals().clone();
        totals.calls_ended.insert(("busy", "system"), 3);
        totals.setup.observe_us(60_000);
        let agents = vec![(vec![("state", "ready".to_owned())], 2.0)];
        let readings = vec![
            Reading { name: "agents", help: "Agents", kind: Kind::Gauge, values: agents },
            Reading::plain("records_written", "Records written", Kind::Counter, 7.0),
        ];
        let text = render(&totals, readings);
        for line in [
            "# TYPE centralino_calls_ended counter",
            "centralino_calls_ended_total{cause=\"busy\",by=\"system\"} 3.0",
            "centralino_decisions_total{winner=\"no\"} 0.0",
            "centralino_call_setup_seconds_bucket{le=\"0.05\"} 0",
            "centralino_call_setup_seconds_bucket{le=\"0.1\"} 1",
            "centralino_call_setup_seconds_bucket{le=\"+Inf\"} 1",
            "centralino_call_setup_seconds_sum 0.06",
            "centralino_agents{state=\"ready\"} 2.0",
            "centralino_records_written_total 7.0",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}

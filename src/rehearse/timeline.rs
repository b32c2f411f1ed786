//! A test as it went: messages, states, prompts and decisions in the order of time.

use super::stage::seconds;
use super::story::{Story, outcome_word};
use super::compare::Difference;
use crate::base::Mono;
use crate::record::Happened;
use crate::sim::{House, World};
use std::fmt::Write as _;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Mono,
    /// A SIP message; otherwise something of ours.
    pub is_message: bool,
    /// `caller -> centralino INVITE (sdp)`, `state main.hello`.
    pub text: String,
}

impl Line {
    /// The line with its time; what is no message is set in.
    #[must_use]
    pub fn rendered(&self) -> String {
        let indent = if self.is_message { "" } else { "    " };
        format!("@{:<9} {indent}{}", seconds(self.at), self.text)
    }
}

pub(super) fn timeline(world: &World<House>, stories: &[Story]) -> Vec<Line> {
    let mut lines = Vec::new();
    for story in stories {
        let whose = if stories.len() > 1 { format!(" [{}]", story.by) } else { String::new() };
        let mut add = |at: Mono, text: String| {
            lines.push(Line { at, is_message: false, text: text + &whose });
        };
        for (at, name) in &story.heard {
            add(*at, format!("hears {name}"));
        }
        for event in &story.events {
            if let Some(text) = said(&event.what) {
                add(Mono(event.mono_us), text);
            }
        }
    }
    for rung in world.ladder.without_repeats().rungs() {
        lines.push(Line { at: rung.at, is_message: true, text: rung.to_string() });
    }
    // What is decided at an instant comes before what is sent at it.
    lines.sort_by_key(|line| (line.at, line.is_message));
    lines
}

fn said(what: &Happened) -> Option<String> {
    Some(match what {
        Happened::State { name, .. } => format!("state {name}"),
        Happened::Digits(digits) => format!("digits {digits}"),
        Happened::Queued { name, .. } => format!("queue {name}"),
        Happened::Dequeued { why } => format!("left the queue: {why}"),
        Happened::Decided(decision) => format!("decision: {}", decision.reason),
        Happened::Joined { leg } => format!("joined with leg {}", leg.0),
        Happened::OfferEnded { leg, cause } => format!("leg {} ended: {cause}", leg.0),
        Happened::Ended { by, cause, q850, .. } => {
            format!("over: {} {cause} ({q850})", by.as_str())
        }
        Happened::Held { leg } => format!("leg {} holds", leg.0),
        Happened::Resumed { leg } => format!("leg {} resumes", leg.0),
        Happened::Began { .. }
        | Happened::Answered
        | Happened::Offered { .. }
        | Happened::Ringing { .. }
        | Happened::LegEnded { .. }
        | Happened::Media { .. } => return None,
    })
}

/// All lines, with the first difference at its moment.
#[must_use]
pub fn marked(lines: &[Line], first: &Difference) -> String {
    let mut text = String::new();
    let place = match first.when {
        Some(when) => lines.iter().position(|line| line.at > when).unwrap_or(lines.len()),
        None => lines.len(),
    };
    let (before, behind) = lines.split_at(place);
    for line in before {
        let _ = writeln!(text, "  {}", line.rendered());
    }
    let _ = writeln!(text, ">> expected  {}: {}", first.what, first.expected);
    let _ = writeln!(text, ">> found     {}", first.found);
    for line in behind {
        let _ = writeln!(text, "  {}", line.rendered());
    }
    text
}

/// The offers of a call on one line, for summaries.
#[must_use]
pub fn offers(story: &Story) -> String {
    let offers = story.cdr.iter().flat_map(|cdr| &cdr.offers);
    let told: Vec<String> =
        offers.map(|o| format!("{} ({})", o.to, outcome_word(&o.outcome))).collect();
    told.join(", ")
}

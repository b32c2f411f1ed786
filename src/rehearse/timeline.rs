//! A test as it went: messages, states, prompts and decisions in the order of time.

use super::compare::Difference;
use super::stage::seconds;
use super::story::Story;
use crate::base::{LegNo, Mono};
use crate::record::Happened;
use crate::sim::{House, World};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

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
        let mut names = BTreeMap::new();
        for event in &story.events {
            if let Happened::Offered { leg, name, .. } = &event.what {
                names.insert(*leg, name.clone());
            }
            if let Some(text) = said(&event.what, &names) {
                add(Mono(event.mono_us), text);
            }
        }
        for (at, name) in &story.heard {
            add(*at, format!("hears {name}"));
        }
    }
    for rung in world.ladder.without_repeats().rungs() {
        lines.push(Line { at: rung.at, is_message: true, text: rung.to_string() });
    }
    // What is decided at an instant comes before what is sent at it.
    lines.sort_by_key(|line| (line.at, line.is_message));
    lines
}

/// Whom each leg leads to.
type Names = BTreeMap<LegNo, Arc<str>>;

fn said(what: &Happened, names: &Names) -> Option<String> {
    let who = |leg: &LegNo| match names.get(leg) {
        Some(name) => name.to_string(),
        None => "the caller".to_owned(),
    };
    Some(match what {
        Happened::State { name, .. } => format!("state {name}"),
        Happened::Digits(digits) => format!("digits {digits}"),
        Happened::Queued { name, .. } => format!("queue {name}"),
        Happened::Dequeued { why } => format!("left the queue: {why}"),
        Happened::Decided(decision) => format!("decision: {}", decision.reason),
        Happened::Routed { route, trunk, what, .. } => {
            let name = |name: &Option<Arc<str>>| name.clone().unwrap_or_else(|| "none".into());
            format!("route {}, trunk {}: {}", name(route), name(trunk), what.as_str())
        }
        Happened::Joined { leg } => format!("joined with {}", who(leg)),
        Happened::OfferEnded { leg, cause } => format!("offer to {} ended: {cause}", who(leg)),
        Happened::Ended { by, cause, q850, .. } => {
            format!("over: {} {cause} ({q850})", by.as_str())
        }
        Happened::Held { leg } => format!("{} holds", who(leg)),
        Happened::Resumed { leg } => format!("{} resumes", who(leg)),
        Happened::BroughtHome => "the media comes home".to_owned(),
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

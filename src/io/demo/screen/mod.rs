//! The live view: one picture as lines for a screen of some size. Pure.

use super::canvas::{Line, Style};
use super::picture::Picture;
use crate::record::LiveCall;
use crate::record::live::Phase;
use crate::router::views::{AgentView, QueueView};
use crate::router::{AgentActivity, Decision};
use std::time::Duration;

/// Columns of one agent.
const AGENT: usize = 27;
/// Columns of the progress bar.
const BAR: usize = 20;
/// A screen with fewer rows has no blank lines.
const ROOMY: usize = 32;

/// What is seen beside the picture.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// How long calls are placed in all, if that is known.
    pub(super) length: Option<Duration>,
    /// No more calls are placed; running ones may go on for so long.
    pub(super) finishing: Option<Duration>,
    /// RTP and RTCP packets a second, in and out.
    pub(super) packets: (u64, u64),
    /// CPU in percent of one core: the router, the phones.
    pub(super) cpu: (u32, u32),
}

/// Draws a picture for so many columns and rows.
pub(super) fn draw(picture: &Picture, around: &Around, size: (usize, usize)) -> Vec<Line> {
    let (columns, rows) = size;
    let roomy = rows >= ROOMY;
    let mut lines = vec![title(picture, around, columns)];
    let gap = |lines: &mut Vec<Line>| {
        if roomy {
            lines.push(Line::default());
        }
    };
    gap(&mut lines);
    lines.push(figures(picture));
    lines.push(costs(picture, around));
    gap(&mut lines);
    lines.extend(queues(&picture.queues));
    gap(&mut lines);
    let left = rows.saturating_sub(lines.len());
    lines.extend(agents(picture, columns, left / 4));
    gap(&mut lines);
    let left = rows.saturating_sub(lines.len());
    lines.extend(decisions(picture, (left / 2).saturating_sub(1)));
    gap(&mut lines);
    let left = rows.saturating_sub(lines.len());
    lines.extend(calls(picture, left.saturating_sub(1)));
    lines
}

fn title(picture: &Picture, around: &Around, columns: usize) -> Line {
    let mut line = Line::default()
        .put(Style::Bar, " centralino demo ")
        .put(Style::Bar, format!(" sip {} ", picture.sip));
    if let Some(http) = picture.http {
        line = line.put(Style::Bar, format!(" http://{http} "));
    }
    line = line.put(Style::Bar, format!(" {} calls/s  seed {} ", picture.rate, picture.seed));
    let clock = match (around.finishing, around.length) {
        (Some(left), _) => format!("finishing, {} s at most ", left.as_secs()),
        (None, Some(length)) => progress(picture.elapsed, length),
        (None, None) => format!("{}  Ctrl-C ends it ", clock(picture.elapsed)),
    };
    let column = columns.saturating_sub(clock.chars().count());
    line.to(column, Style::Bar).put(Style::Bar, clock)
}

fn progress(elapsed: Duration, length: Duration) -> String {
    let done = (elapsed.as_secs_f64() / length.as_secs_f64()).clamp(0.0, 1.0);
    let full = (done * BAR as f64).round() as usize;
    let bar = "█".repeat(full) + &"░".repeat(BAR - full);
    let left = length.saturating_sub(elapsed);
    format!("{} {bar} {} left ", clock(elapsed), clock(left))
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds / 3600 {
        0 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

fn figure(line: Line, name: &str, value: impl std::fmt::Display, style: Style) -> Line {
    line.put(style, format!(" {value}")).put(Style::Plain, format!(" {name}  "))
}

fn figures(picture: &Picture) -> Line {
    let talking = picture.in_phase(Phase::Talking) + picture.in_phase(Phase::Held);
    let rows = [
        ("placed", picture.placed, Style::Bold),
        ("alive", picture.alive as u64, Style::Bold),
        ("in menus", picture.in_phase(Phase::Flow) as u64, Style::Blue),
        ("waiting", picture.in_phase(Phase::Waiting) as u64, Style::Yellow),
        ("ringing", picture.in_phase(Phase::Ringing) as u64, Style::Cyan),
        ("talking", talking as u64, Style::Green),
        ("joined", picture.joined, Style::Bold),
        ("gave up", picture.gave_up, Style::Bold),
        ("records", picture.ended, Style::Bold),
    ];
    let put = |line, (name, value, style)| figure(line, name, value, style);
    rows.into_iter().fold(Line::default(), put)
}

fn costs(picture: &Picture, around: &Around) -> Line {
    let line = figure(Line::default(), "packets/s in", around.packets.0, Style::Bold);
    let line = figure(line, "out", around.packets.1, Style::Bold);
    let line = figure(line, "answered", picture.answered, Style::Bold);
    let line = figure(line, "cpu of the router", format!("{} %", around.cpu.0), Style::Bold);
    figure(line, "of the phones", format!("{} %", around.cpu.1), Style::Bold)
}

fn heading(text: &str) -> Line {
    Line::default().put(Style::Bold, text)
}

fn queues(queues: &[QueueView]) -> Vec<Line> {
    let head = Line::default()
        .cell(Style::Bold, 12, "QUEUES")
        .right(Style::Dim, 9, "waiting")
        .right(Style::Dim, 9, "ringing")
        .right(Style::Dim, 9, "longest")
        .right(Style::Dim, 10, "answered")
        .right(Style::Dim, 9, "gave up")
        .right(Style::Dim, 9, "overflow")
        .right(Style::Dim, 9, "in time")
        .right(Style::Dim, 12, "free agents");
    let row = |queue: &QueueView| {
        let level = queue.service_level.map(|level| (level * 100.0).round() as u32);
        let level_style = match level {
            Some(80..) => Style::Green,
            Some(50..80) => Style::Yellow,
            Some(..50) => Style::Red,
            None => Style::Dim,
        };
        let waiting_style = if queue.waiting > 0 { Style::Yellow } else { Style::Dim };
        let figures = &queue.figures;
        Line::default()
            .cell(Style::Plain, 12, format!("  {}", queue.name))
            .right(waiting_style, 9, queue.waiting.to_string())
            .right(Style::Cyan, 9, queue.ringing.to_string())
            .right(Style::Plain, 9, format!("{:.1} s", queue.longest_wait.as_secs_f64()))
            .right(Style::Plain, 10, figures.answered.to_string())
            .right(Style::Plain, 9, figures.abandoned.to_string())
            .right(Style::Plain, 9, figures.overflowed.to_string())
            .right(level_style, 9, level.map_or_else(|| "-".to_owned(), |l| format!("{l} %")))
            .right(Style::Plain, 12, format!("{} of {}", queue.free, queue.signed_in))
            .put(Style::Yellow, format!("  {}", "▪".repeat(queue.waiting.min(60))))
    };
    std::iter::once(head).chain(queues.iter().map(row)).collect()
}

fn look_of(activity: AgentActivity) -> (Style, &'static str) {
    match activity {
        AgentActivity::Ready => (Style::Dim, "ready"),
        AgentActivity::Ringing => (Style::Cyan, "rings"),
        AgentActivity::Busy => (Style::Green, "talks"),
        AgentActivity::WrapUp => (Style::Blue, "wraps up"),
        AgentActivity::BackingOff => (Style::Magenta, "let alone"),
        AgentActivity::Paused => (Style::Red, "paused"),
        AgentActivity::NotReady => (Style::Red, "not ready"),
        AgentActivity::SignedOut => (Style::Red, "away"),
    }
}

fn agents(picture: &Picture, columns: usize, rows: usize) -> Vec<Line> {
    let counted = |activity| picture.agents.iter().filter(|a| a.activity == activity).count();
    let mut head = heading("AGENTS    ");
    for activity in [
        AgentActivity::Ready,
        AgentActivity::Ringing,
        AgentActivity::Busy,
        AgentActivity::WrapUp,
        AgentActivity::BackingOff,
        AgentActivity::Paused,
    ] {
        let (style, word) = look_of(activity);
        head = head.put(style, format!("{} {word}   ", counted(activity)));
    }
    let across = (columns / AGENT).max(1);
    let room = across * rows.max(1);
    if picture.agents.len() > room {
        let more = picture.agents.len() - room;
        head = head.put(Style::Dim, format!("({more} more than fit)"));
    }
    let shown: Vec<&AgentView> = picture.agents.iter().take(room).collect();
    let grid = shown.chunks(across).map(|row| {
        row.iter().fold(Line::default(), |line, agent| {
            let (style, word) = look_of(agent.activity);
            let since = picture.now.since(agent.since).as_secs();
            line.put(style, "  ● ")
                .cell(Style::Plain, 10, &*agent.name)
                .cell(style, 9, word)
                .put(Style::Dim, format!("{since:>3} "))
        })
    });
    std::iter::once(head).chain(grid).collect()
}

fn decisions(picture: &Picture, rows: usize) -> Vec<Line> {
    let head = heading("DECISIONS").put(Style::Dim, "  the last ones, and why");
    // What is the same as the line above it is only counted.
    let mut told: Vec<(&Decision, usize)> = Vec::new();
    for decision in picture.decisions.iter().rev() {
        match told.last_mut() {
            Some((last, count)) if is_like(last, decision) => *count += 1,
            Some(_) | None => told.push((decision, 1)),
        }
    }
    let last = told.iter().take(rows).map(|(d, count)| decision(picture, d, *count));
    std::iter::once(head).chain(last).collect()
}

/// Both found nobody, in the same queue at the same step.
fn is_like(a: &Decision, b: &Decision) -> bool {
    a.winner.is_none() && b.winner.is_none() && (a.queue, a.step) == (b.queue, b.step)
}

fn decision(picture: &Picture, decision: &Decision, count: usize) -> Line {
    let ago = picture.wall_ms.saturating_sub(decision.wall_ms).max(0) / 1000;
    let queue = picture.queues.iter().find(|q| q.id == decision.queue);
    let queue = queue.map_or_else(String::new, |q| q.name.to_string());
    let winner = decision.winner.and_then(|id| {
        let candidate = decision.candidates.iter().find(|c| c.agent == id)?;
        Some(candidate.name.to_string())
    });
    let (style, winner) = match winner {
        Some(winner) => (Style::Green, winner),
        None => (Style::Yellow, "nobody".to_owned()),
    };
    let waited = Duration::from_millis(decision.waited_ms).as_secs_f64();
    let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
    Line::default()
        .right(Style::Dim, 5, format!("{ago} s"))
        .put(Style::Plain, "  ")
        .cell(Style::Plain, 8, queue)
        .put(Style::Plain, " → ")
        .cell(style, 10, winner)
        .put(Style::Dim, format!(" step {}, waited {waited:.1} s: ", decision.step + 1))
        .put(Style::Plain, &decision.reason)
        .put(Style::Dim, times)
}

fn calls(picture: &Picture, rows: usize) -> Vec<Line> {
    let head = Line::default()
        .cell(Style::Bold, 18, "CALLS")
        .cell(Style::Dim, 8, "to")
        .cell(Style::Dim, 11, "doing")
        .right(Style::Dim, 6, "for")
        .put(Style::Plain, "  ")
        .cell(Style::Dim, 22, "state")
        .cell(Style::Dim, 10, "queue")
        .put(Style::Dim, "with");
    let mut calls: Vec<&LiveCall> = picture.calls.iter().collect();
    // What changed last stands first.
    calls.sort_by_key(|call| std::cmp::Reverse((call.phase_since_ms, call.since_ms)));
    let row = |call: &&LiveCall| {
        let (style, doing) = match call.phase {
            Phase::Flow => (Style::Blue, "in menu"),
            Phase::Waiting => (Style::Yellow, "waiting"),
            Phase::Ringing => (Style::Cyan, "ringing"),
            Phase::Talking => (Style::Green, "talking"),
            Phase::Held => (Style::Magenta, "on hold"),
        };
        let since = picture.wall_ms.saturating_sub(call.phase_since_ms).max(0) / 1000;
        Line::default()
            .cell(Style::Plain, 18, format!("  {}", call.caller))
            .cell(Style::Plain, 8, &call.called)
            .cell(style, 11, doing)
            .right(Style::Dim, 6, format!("{since} s"))
            .put(Style::Plain, "  ")
            .cell(Style::Dim, 22, &call.state)
            .cell(Style::Plain, 10, call.queue.as_deref().unwrap_or_default())
            .put(style, call.agent.as_deref().unwrap_or_default())
    };
    std::iter::once(head).chain(calls.iter().take(rows).map(row)).collect()
}

#[cfg(test)]
mod tests;

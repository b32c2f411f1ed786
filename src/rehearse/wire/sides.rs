//! The sides of a test: what each phone said and heard in each of its calls, told from the ladder.

use super::super::story::Story;
use crate::base::Mono;
use crate::sim::{House, Rung, World};
use crate::sip::Message;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a message is under way in the simulated network.
const UNDER_WAY: Duration = Duration::from_millis(1);

/// One phone and its calls.
#[derive(Debug)]
pub(super) struct Side {
    /// Its name in ladders, fit for a file.
    pub(super) name: String,
    /// Where the plan has it.
    pub(super) home: SocketAddr,
    /// It calls us.
    pub(super) calls_us: bool,
    /// Its calls, in order.
    pub(super) calls: Vec<Call>,
}

/// One call of a phone.
#[derive(Debug)]
pub(super) struct Call {
    call_id: Vec<u8>,
    /// What was said and heard, in order.
    pub(super) lines: Vec<Line>,
    /// When the last message of it was sent, repeats included.
    pub(super) until: Mono,
}

/// One thing that happens at a phone.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) at: Mono,
    pub(super) what: What,
}

/// What happens.
#[derive(Debug)]
pub(super) enum What {
    Sends(Message),
    Hears(Message),
    /// Keys by RFC 4733.
    Presses(String),
}

/// All sides, callers first, each in the order in which they came into the test.
pub(super) fn sides(
    world: &World<House>,
    us: SocketAddr,
    stories: &[Story],
) -> Result<Vec<Side>, String> {
    let mut found: Vec<Side> = Vec::new();
    for rung in world.ladder.without_repeats().rungs() {
        let message = Message::scan(rung.bytes.clone()).map_err(|_| "a message is no SIP")?;
        let (from, to) = rung.between;
        let (home, name) = if from == us { (to, &rung.to) } else { (from, &rung.from) };
        let call_id = message.call_id().to_vec();
        let line = if from == us {
            Line { at: rung.at + UNDER_WAY, what: What::Hears(message) }
        } else {
            Line { at: rung.at, what: What::Sends(message) }
        };
        let side = match found.iter().position(|side| side.home == home) {
            Some(place) => place,
            None => {
                let calls_us = from != us;
                let name = fit(name);
                found.push(Side { name, home, calls_us, calls: Vec::new() });
                found.len() - 1
            }
        };
        let Some(side) = found.get_mut(side) else { continue };
        match side.calls.iter_mut().find(|call| call.call_id == call_id) {
            Some(call) => call.lines.push(line),
            None => side.calls.push(Call { call_id, until: line.at, lines: vec![line] }),
        }
    }
    for call in found.iter_mut().flat_map(|side| &mut side.calls) {
        press(call, stories);
        call.lines.sort_by_key(|line| line.at);
        call.until = last_sent(world.ladder.rungs(), &call.call_id).max(call.until);
    }
    name_apart(&mut found);
    found.sort_by_key(|side| !side.calls_us);
    Ok(found)
}

/// Adds the keys that the caller of this call pressed.
fn press(call: &mut Call, stories: &[Story]) {
    let is_own = |story: &&Story| story.sip_call_id.as_bytes() == call.call_id;
    let Some(story) = stories.iter().find(is_own) else { return };
    let presses = story.pressed.iter();
    call.lines
        .extend(presses.map(|(at, keys)| Line { at: *at, what: What::Presses(keys.clone()) }));
}

fn last_sent(rungs: &[Rung], call_id: &[u8]) -> Mono {
    let is_its = |rung: &&Rung| {
        Message::scan(rung.bytes.clone()).is_ok_and(|message| message.call_id() == call_id)
    };
    rungs.iter().rev().find(is_its).map(|rung| rung.at).unwrap_or_default()
}

/// Phones of one name get a number.
fn name_apart(sides: &mut [Side]) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for side in sides {
        let count = counts.entry(side.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            side.name = format!("{}.{count}", side.name);
        }
    }
}

/// A name as a file, and a shell, can bear it.
pub(super) fn fit(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphanumeric() => name,
        _ => format!("x{name}"),
    }
}

/// The direction of a session, if it is not both ways: `sendonly`, `recvonly`, `inactive`.
pub(super) fn direction(body: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(body);
    ["sendonly", "recvonly", "inactive"]
        .into_iter()
        .find(|word| text.lines().any(|line| line.strip_prefix("a=") == Some(*word)))
}

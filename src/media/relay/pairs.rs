//! Every state of a relay with every packet of its source.
//!
//! The source's packets are numbered by one and timed by 160; so is what is sent. An effect is the
//! number and the timestamp, counted from the first packet sent (`+0@+0`; `marker`), or that nothing
//! goes out, then the next state. `new run`: the packet belongs to none, and a relay begins anew.
//! Pauses are shorter than the second after which the stream sends silence of its own.

use super::*;
use crate::base::{Mint, WorkerId, pairs};
use crate::media::rtp::Header;
use std::collections::BTreeSet;

const STATES: [&str; 5] = ["none", "running", "running, 1 lost", "after noise", "in an event"];

const INPUTS: [&str; 19] = [
    "next",
    "next, marked",
    "repeated",
    "one back",
    "the lost one",
    "from before it began",
    "50 ahead",
    "5000 ahead",
    "next, its clock 10 s ahead",
    "next, its clock 10 s back",
    "next, its clock stopped in the pause",
    "next, its clock ran on in the pause",
    "other SSRC",
    "comfort noise",
    "event starts",
    "event goes on",
    "rest of an event from before it began",
    "not for the other leg",
    "not for the other leg, then next",
];

const FIRST: u16 = 65_534;
const BEGAN: Mono = Mono(10_000_000);

struct Case {
    out: Outbound,
    relay: Option<Relay>,
    now: Mono,
    /// Of the first packet sent.
    sequence: u16,
    timestamp: u32,
    /// The numbers that were sent.
    sent: BTreeSet<i16>,
}

fn audio(number: i32) -> Packet<'static> {
    Packet {
        payload_type: 8,
        marker: false,
        sequence: FIRST.wrapping_add(number as u16),
        timestamp: 5000u32.wrapping_add((number * 160) as u32),
        ssrc: 7,
        payload: &[],
    }
}

const SOUND: Extent = Extent::Audio(160);

impl Case {
    /// What the stream does with a packet.
    fn carry(&mut self, packet: &Packet<'_>, extent: Extent) -> String {
        let follows = self.relay.is_some_and(|relay| relay.follows(packet, extent, self.now));
        if !follows {
            let Some(relay) = Relay::begin(&self.out, packet, extent, self.now) else {
                return "not sent, no run".to_owned();
            };
            self.relay = Some(relay);
        }
        let run = if follows { "" } else { "new run, " };
        let place = self.relay.as_mut().unwrap().place(packet, extent, self.now);
        let Some(place) = place else { return format!("{run}not sent") };
        let header = Header {
            payload_type: 8,
            marker: place.marker,
            sequence: place.sequence,
            timestamp: place.timestamp,
            ssrc: self.out.ssrc,
        };
        self.out.sent(&header, 160, place.until);
        let number = place.sequence.wrapping_sub(self.sequence) as i16;
        let timestamp = place.timestamp.wrapping_sub(self.timestamp) as i32;
        self.sent.insert(number);
        let marker = if place.marker { ", marker" } else { "" };
        format!("{run}{number:+}@{timestamp:+}{marker}")
    }

    fn leave_out(&mut self, packet: &Packet<'_>) {
        if let Some(relay) = &mut self.relay {
            relay.leave_out(packet);
        }
    }

    fn newest(&self) -> i32 {
        self.relay.map_or(-1, |relay| i32::from(relay.highest.wrapping_sub(FIRST) as i16))
    }

    fn state(&self) -> String {
        let Some(relay) = &self.relay else { return "none".to_owned() };
        assert!(!relay.fresh, "whatever begins a run is sent");
        let name = match (relay.after_noise, relay.event_began) {
            (true, _) => "after noise",
            (_, true) => "in an event",
            _ => "running",
        };
        let span = usize::from(self.out.next_sequence().wrapping_sub(self.sequence));
        match span - self.sent.len() {
            0 => name.to_owned(),
            lost => format!("{name}, {lost} lost"),
        }
    }
}

/// Packets 0 to 2 were carried on, every 20 ms; or 0, 1 and 3.
fn case(state: &str) -> Case {
    let out = Outbound::new(&mut Mint::seeded(3, WorkerId(0)), Mono(0));
    let (timestamp, _) = out.next_timestamp(BEGAN);
    let sequence = out.next_sequence();
    let sent = BTreeSet::new();
    let mut case = Case { out, relay: None, now: BEGAN, sequence, timestamp, sent };
    let carried: &[i32] = match state {
        "none" => &[],
        "running, 1 lost" => &[0, 1, 3],
        "after noise" | "in an event" => &[0, 1],
        _ => &[0, 1, 2],
    };
    for number in carried {
        case.now = BEGAN + Duration::from_millis(*number as u64 * 20);
        case.carry(&audio(*number), SOUND);
    }
    let Some(third) = third(state) else { return case };
    case.now = BEGAN + Duration::from_millis(40);
    case.carry(&audio(2), third);
    case
}

/// What the third packet is, if not sound.
fn third(state: &str) -> Option<Extent> {
    match state {
        "after noise" => Some(Extent::Noise),
        "in an event" => Some(Extent::Event { duration: 160, starts: true }),
        _ => None,
    }
}

fn carry(case: &mut Case, state: &str, input: &str) -> String {
    let newest = case.newest();
    let next = newest + 1;
    if newest >= 0 {
        case.now = case.now + Duration::from_millis(20);
    }
    let clock = |samples: i32| {
        let packet = audio(next);
        Packet { timestamp: packet.timestamp.wrapping_add(samples as u32), ..packet }
    };
    let event = |duration, starts| Extent::Event { duration, starts };
    match input {
        "next" => case.carry(&audio(next), SOUND),
        "next, marked" => case.carry(&Packet { marker: true, ..audio(next) }, SOUND),
        "repeated" => case.carry(&audio(newest), third(state).unwrap_or(SOUND)),
        "one back" => case.carry(&audio(newest - 1), SOUND),
        "the lost one" => case.carry(&audio(2), SOUND),
        "from before it began" => case.carry(&audio(-2), SOUND),
        "50 ahead" => case.carry(&audio(next + 50), SOUND),
        "5000 ahead" => case.carry(&audio(next + 5000), SOUND),
        "next, its clock 10 s ahead" => case.carry(&clock(80_000), SOUND),
        "next, its clock 10 s back" => case.carry(&clock(-80_000), SOUND),
        "next, its clock stopped in the pause" => {
            case.now = case.now + Duration::from_millis(900);
            case.carry(&audio(next), SOUND)
        }
        "next, its clock ran on in the pause" => {
            case.now = case.now + Duration::from_millis(900);
            case.carry(&clock(7200), SOUND)
        }
        "other SSRC" => case.carry(&Packet { ssrc: 8, ..audio(20_000) }, SOUND),
        "comfort noise" => case.carry(&audio(next), Extent::Noise),
        "event starts" => case.carry(&audio(next), event(160, true)),
        // The timestamp of an event is that of its start.
        "event goes on" => case.carry(&clock(-160), event(320, false)),
        "rest of an event from before it began" => {
            let packet = Packet { timestamp: audio(-1).timestamp, ..audio(next) };
            case.carry(&packet, event(800, false))
        }
        "not for the other leg" => {
            case.leave_out(&audio(next));
            "not sent".to_owned()
        }
        _ => {
            case.leave_out(&audio(next));
            case.carry(&audio(next + 1), SOUND)
        }
    }
}

#[test]
fn every_pair_of_a_relay() {
    pairs::check_said(include_str!("pairs.txt"), &STATES, &INPUTS, |state, input| {
        let mut case = case(state);
        assert_eq!(case.state(), state);
        let done = carry(&mut case, state, input);
        let after = case.state();
        if after == state { format!("{done}, =") } else { format!("{done}, {after}") }
    });
}

/// After eleven minutes half of all numbers have gone by, and none of the new ones is taken for one
/// from before the relay began.
#[test]
fn a_long_run_loses_nothing() {
    let mut case = case("running");
    for number in 3..140_000 {
        case.now = case.now + Duration::from_millis(20);
        let said = case.carry(&audio(number), SOUND);
        assert_eq!(said, format!("{:+}@{:+}", number as i16, number * 160), "packet {number}");
    }
}

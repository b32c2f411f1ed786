//! Every state of the receiver with every event packet, and of the sender with every call.
//!
//! The receiver's states are told by the press that it followed last, a 5; an effect is what the
//! packet was (a digit: a new press of it), then the next state.

use super::*;
use crate::base::pairs;

const HEARING: [&str; 5] =
    ["idle", "in a press", "in a press, segment full", "press ended", "press ended, 1 s ago"];

/// Packets of the press that was heard, and of others. `lost start`: without its marker, since its
/// first packets are missing; `back`: before the press in the stream's time.
const PACKETS: [&str; 17] = [
    "goes on",
    "repeated",
    "ends",
    "out of order",
    "same timestamp, new marker",
    "same timestamp, another digit",
    "next segment",
    "moved timestamp, grown",
    "moved timestamp, shrunk",
    "again",
    "again, lost start",
    "another digit",
    "another digit, lost start",
    "back, older number",
    "back, newer number",
    "other SSRC",
    "flash",
];

fn packet(ssrc: u32, sequence: u16, timestamp: u32, marker: bool) -> Packet<'static> {
    Packet { payload_type: 101, marker, sequence, timestamp, ssrc, payload: &[] }
}

fn event(number: u8, duration: u16, end: bool) -> EventPayload {
    EventPayload { event: EventCode(number), end, duration }
}

/// A receiver in that state, and the time.
fn hearing(state: &str) -> (EventReceiver, Mono) {
    let mut receiver = EventReceiver::default();
    if state == "idle" {
        return (receiver, Mono(0));
    }
    for n in 1..=3u16 {
        receiver.hear(&packet(7, 99 + n, 50_000, n == 1), event(5, n * 160, false), Mono(0));
    }
    match state {
        "in a press, segment full" => {
            receiver.hear(&packet(7, 102, 50_000, false), event(5, 0xffff, false), Mono(0));
        }
        "press ended" | "press ended, 1 s ago" => {
            receiver.hear(&packet(7, 102, 50_000, false), event(5, 480, true), Mono(0));
        }
        _ => {}
    }
    (receiver, Mono(if state.ends_with("1 s ago") { 1_000_000 } else { 20_000 }))
}

fn heard_state(receiver: &EventReceiver, now: Mono) -> String {
    let Some(current) = &receiver.current else { return "idle".to_owned() };
    let of = match (current.event.0, current.timestamp) {
        (5, 50_000) => String::new(),
        (event, _) => match Digit::from_event(event) {
            Some(digit) => format!(" of {}", digit.as_char()),
            None => " of no digit".to_owned(),
        },
    };
    match (current.ended, now - current.last >= STUCK_TIMESTAMP) {
        (true, true) => format!("press{of} ended, 1 s ago"),
        (true, false) => format!("press{of} ended"),
        (false, _) if current.duration == 0xffff => format!("in a press{of}, segment full"),
        (false, _) => format!("in a press{of}"),
    }
}

#[test]
fn every_pair_of_the_receiver() {
    pairs::check_said(include_str!("receiver.txt"), &HEARING, &PACKETS, |state, input| {
        let (mut receiver, now) = hearing(state);
        assert_eq!(heard_state(&receiver, now), state);
        let (packet, event) = match input {
            "goes on" => (packet(7, 103, 50_000, false), event(5, 640, false)),
            "repeated" => (packet(7, 102, 50_000, false), event(5, 480, false)),
            "ends" => (packet(7, 103, 50_000, false), event(5, 640, true)),
            "out of order" => (packet(7, 101, 50_000, false), event(5, 320, false)),
            "same timestamp, new marker" => (packet(7, 103, 50_000, true), event(5, 160, false)),
            "same timestamp, another digit" => (packet(7, 103, 50_000, true), event(6, 160, false)),
            "next segment" => (packet(7, 103, 50_000 + 0xffff, false), event(5, 160, false)),
            "moved timestamp, grown" => (packet(7, 103, 50_160, false), event(5, 640, false)),
            "moved timestamp, shrunk" => (packet(7, 103, 50_640, false), event(5, 160, false)),
            "again" => (packet(7, 110, 52_000, true), event(5, 160, false)),
            "again, lost start" => (packet(7, 112, 52_000, false), event(5, 320, false)),
            "another digit" => (packet(7, 110, 52_000, true), event(6, 160, false)),
            "another digit, lost start" => (packet(7, 112, 52_000, false), event(6, 320, false)),
            "back, older number" => (packet(7, 90, 49_000, false), event(4, 640, true)),
            "back, newer number" => (packet(7, 110, 49_000, true), event(4, 160, false)),
            "other SSRC" => (packet(8, 9000, 700_000, true), event(5, 160, false)),
            _ => (packet(7, 110, 52_000, true), event(16, 160, false)),
        };
        let heard = match receiver.hear(&packet, event, now) {
            Heard::Start(Some(digit)) => digit.as_char().to_string(),
            Heard::Start(None) => "no digit".to_owned(),
            Heard::More => "more".to_owned(),
            Heard::Late => "late".to_owned(),
        };
        let after = heard_state(&receiver, now);
        let after = if after == state { "=".to_owned() } else { after };
        format!("{heard}, {after}")
    });
}

const SENDING: [&str; 9] = [
    "nothing",
    "nothing, 1 waits",
    "nothing, 32 wait",
    "sound, 320 sent",
    "sound, 720 sent",
    "sound, 320 sent, 1 waits",
    "end, 2 left",
    "end, 1 left",
    "gap, 320 left, 1 waits",
];

const CALLS: [&str; 5] = ["digit", "10 ms", "20 ms", "60 ms", "clear"];

fn sending(state: &str) -> EventSender {
    let five = Digit::from_event(5).unwrap();
    let sent = |state| EventSender { queue: VecDeque::new(), state };
    let mut sender = match state.split(", ").take(2).collect::<Vec<_>>()[..] {
        ["sound", "320 sent"] => sent(Sending::Sound { digit: five, timestamp: 1000, sent: 320 }),
        ["sound", _] => sent(Sending::Sound { digit: five, timestamp: 1000, sent: 720 }),
        ["end", "2 left"] => sent(Sending::End { digit: five, timestamp: 1000, left: 2 }),
        ["end", _] => sent(Sending::End { digit: five, timestamp: 1000, left: 1 }),
        ["gap", _] => sent(Sending::Gap { left: 320 }),
        _ => EventSender::default(),
    };
    let waits = if state.ends_with("32 wait") { 32 } else { u8::from(state.ends_with("1 waits")) };
    (0..waits).for_each(|_| sender.push(five));
    sender
}

fn sending_state(sender: &EventSender) -> String {
    let doing = match sender.state {
        Sending::Nothing => "nothing".to_owned(),
        Sending::Sound { sent, .. } => format!("sound, {sent} sent"),
        Sending::End { left, .. } => format!("end, {left} left"),
        Sending::Gap { left } => format!("gap, {left} left"),
    };
    match sender.queue.len() {
        0 => doing,
        1 => format!("{doing}, 1 waits"),
        more => format!("{doing}, {more} wait"),
    }
}

#[test]
fn every_pair_of_the_sender() {
    pairs::check_said(include_str!("sender.txt"), &SENDING, &CALLS, |state, input| {
        let mut sender = sending(state);
        assert_eq!(sending_state(&sender), state);
        let turn = match input {
            "digit" => {
                sender.push(Digit::from_event(6).unwrap());
                None
            }
            "clear" => {
                sender.clear();
                None
            }
            "10 ms" => Some(sender.turn(5000, 80)),
            "20 ms" => Some(sender.turn(5000, 160)),
            _ => Some(sender.turn(5000, 480)),
        };
        let said = match turn {
            None => String::new(),
            Some(Turn::Audio) => "audio, ".to_owned(),
            Some(Turn::Pause) => "pause, ".to_owned(),
            Some(Turn::Event { payload, timestamp, first }) => {
                let event = EventPayload::read(&payload).unwrap();
                let first = if first { "first " } else { "" };
                let end = if event.end { " end" } else { "" };
                format!("{first}{timestamp}+{}{end}, ", event.duration)
            }
        };
        let after = sending_state(&sender);
        let after = if after == state { "=".to_owned() } else { after };
        format!("{said}{after}")
    });
}

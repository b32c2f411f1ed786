//! Digits through the engine: told once, barge-in, sent, relayed (MED-01, MED-05, MED-06, MED-10).

use super::*;
use crate::media::{Digit, Tone, tone};

fn event(sequence: u16, timestamp: u32, marker: bool) -> Header {
    Header { payload_type: 101, marker, sequence, timestamp, ssrc: 0xfa5 }
}

/// The far end of a leg presses a digit for 100 ms.
fn press(bench: &mut Bench, number: u8, sequence: u16, timestamp: u32, digit: u8) {
    for n in 0..7u16 {
        let end = if n >= 4 { 0x8a } else { 0x0a };
        let [d0, d1] = ((n + 1) * 160).min(800).to_be_bytes();
        let header = event(sequence.wrapping_add(n), timestamp, n == 0);
        bench.far_sends(number, header, &[digit, end, d0, d1]);
        bench.pass(20);
    }
}

/// MED-01: one press, one digit, counted once.
#[test]
fn med_01_a_press_is_told_once() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    press(&mut bench, 0, 100, 5000, 10);
    press(&mut bench, 0, 107, 6120, 10);
    assert_eq!(bench.told(), ["0 digit *", "0 digit *"]);
    assert_eq!(bench.engine.figures(leg(0)).unwrap().digits, 2);
}

/// MED-10: a digit stops the play at once, and says which one.
#[test]
fn med_10_barge_in_stops_within_40_ms() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 9, vec![PlayItem::Tone(Tone::Steady(500))], true);
    bench.pass(333);
    bench.rtp_to(0);
    press(&mut bench, 0, 100, 5000, 1);
    assert_eq!(bench.told(), ["0 digit 1 stopped 9", "0 play 9 BargedIn"]);
    let sent = bench.rtp_to(0);
    assert_eq!(sent.len(), 7);
    assert!(tone::is_silence(&heard(&sent, Codec::Pcma)));
}

#[test]
fn med_10_a_play_without_barge_in_goes_on() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 9, vec![PlayItem::Tone(Tone::Steady(500))], false);
    press(&mut bench, 0, 100, 5000, 1);
    assert_eq!(bench.told(), ["0 digit 1"]);
    bench.rtp_to(0);
    bench.pass(100);
    assert!(tone::heard(&heard(&bench.rtp_to(0), Codec::Pcma), 500.0));
}

/// MED-06: a digit for a leg goes out as events on its own clock; audio goes on behind it.
#[test]
fn med_06_a_digit_is_sent_as_events() {
    let mut bench = Bench::new();
    bench.open(0, StreamSpec { event_send: Some(96), ..spec(0) });
    bench.pass(100);
    let before = bench.rtp_to(0);
    let digit = Digit::from_char('#').unwrap();
    bench.command(Command::SendDigit { stream: leg(0), digit });
    bench.pass(300);
    let sent = bench.rtp_to(0);
    let events: Vec<_> = sent.iter().filter(|s| s.rtp().payload_type == 96).collect();
    assert_eq!(events.len(), 7);
    let start = before.last().unwrap().rtp().timestamp.wrapping_add(160);
    assert!(events.iter().all(|s| s.rtp().timestamp == start && s.rtp().payload[0] == 11));
    let markers: Vec<bool> = events.iter().map(|s| s.rtp().marker).collect();
    assert_eq!(markers, [true, false, false, false, false, false, false]);
    let after = sent.iter().find(|s| s.rtp().payload_type == 8).unwrap().rtp();
    assert_eq!(after.timestamp, start.wrapping_add(7 * 160));
    assert!(after.marker);
    for pair in sent.windows(2) {
        assert_eq!(pair[1].rtp().sequence, pair[0].rtp().sequence.wrapping_add(1));
    }
}

/// MED-06: a leg that takes no events gets none: the call sends INFO instead.
#[test]
fn med_06_no_events_to_a_leg_that_takes_none() {
    let mut bench = Bench::joined(spec(0), StreamSpec { event_send: None, ..spec(1) });
    bench.command(Command::SendDigit { stream: leg(1), digit: Digit::from_char('1').unwrap() });
    bench.far_sends(0, audio(99, 4840), &[0x11; 160]);
    bench.rtp_to(1);
    press(&mut bench, 0, 100, 5000, 1);
    assert_eq!(bench.told(), ["0 digit 1"]);
    bench.far_sends(0, audio(107, 6120), &[0x11; 160]);
    let sent = bench.rtp_to(1);
    assert_eq!(sent.len(), 1, "nothing but the audio behind the digit");
}

/// MED-06: events are relayed under the other leg's number, on the same clock as the audio.
#[test]
fn med_06_events_are_relayed_with_their_own_timestamps() {
    let mut bench = Bench::joined(spec(0), StreamSpec { event_send: Some(97), ..spec(1) });
    bench.far_sends(0, audio(99, 4840), &[0x11; 160]);
    let base = bench.rtp_to(1).last().unwrap().rtp().timestamp;
    press(&mut bench, 0, 100, 5000, 3);
    bench.far_sends(0, audio(107, 6120), &[0x11; 160]);
    let sent = bench.rtp_to(1);
    assert_eq!(sent.len(), 8);
    for (n, packet) in sent[..7].iter().map(Sent::rtp).enumerate() {
        assert_eq!((packet.payload_type, packet.timestamp), (97, base.wrapping_add(160)));
        assert_eq!(packet.marker, n == 0);
    }
    assert_eq!(sent[7].rtp().timestamp, base.wrapping_add(1280));
    assert_eq!(bench.told(), ["0 digit 3"]);
}

/// MED-06: the tail of a digit that began before the join is not for the other party, wherever the
/// audio that a phone sends beside it stands; the next digit is.
#[test]
fn med_06_the_rest_of_an_earlier_digit_is_not_relayed() {
    for beside in [1000, 660, 500] {
        let mut bench = Bench::new();
        bench.open(0, spec(0));
        bench.open(1, spec(1));
        bench.far_sends(0, event(1, 500, true), &[2, 10, 0, 160]);
        bench.command(Command::Join { a: leg(0), b: leg(1) });
        bench.far_sends(0, event(2, 500, false), &[2, 10, 1, 64]);
        bench.far_sends(0, audio(3, beside), &[0x11; 160]);
        bench.far_sends(0, event(4, 500, false), &[2, 0x8a, 3, 32]);
        let types: Vec<u8> = bench.rtp_to(1).iter().map(|s| s.rtp().payload_type).collect();
        assert_eq!(types, [8], "audio at {beside}");
        press(&mut bench, 0, 5, 3000, 7);
        assert_eq!(bench.rtp_to(1).len(), 7, "audio at {beside}");
    }
}

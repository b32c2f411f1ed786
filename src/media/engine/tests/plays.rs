//! Plays, silence and pacing (MED-10, SDP-14, REAL-09).

use super::*;
use crate::media::{Tone, tone};

/// MED-10: thirty minutes of packets, each at its own absolute time, ticks late by up to a
/// millisecond: no drift, no packet too many, timestamps right.
#[test]
fn med_10_thirty_minutes_do_not_drift() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 1, vec![PlayItem::Silence(1_900_000)], false);
    let start = bench.now_us;
    let mut last: Option<(u16, u32)> = None;
    let mut count = 0u64;
    while bench.now_us < start + 1_800_000_000 {
        // Ticks are neither even nor on the grid.
        bench.now_us += 700 + (bench.now_us * 31) % 600;
        bench.tick();
        for sent in bench.rtp_to(0) {
            let due = start + count * 20_000;
            assert!((due..due + 1_300).contains(&sent.at_us), "packet {count} at {}", sent.at_us);
            let packet = sent.rtp();
            if let Some((sequence, timestamp)) = last {
                assert_eq!(packet.sequence, sequence.wrapping_add(1));
                assert_eq!(packet.timestamp, timestamp.wrapping_add(160));
            }
            last = Some((packet.sequence, packet.timestamp));
            count += 1;
        }
    }
    assert_eq!(count, 90_000 + 1);
}

/// MED-10: one stream of numbers and timestamps over silence, a tone, a pause and silence again.
#[test]
fn med_10_timestamps_go_on_over_plays_and_silence() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.pass(200);
    let items =
        vec![PlayItem::Tone(Tone::Beep), PlayItem::Silence(100), PlayItem::Tone(Tone::Beep)];
    bench.play(0, 1, items, false);
    bench.pass(1000);
    assert_eq!(bench.told(), ["0 play 1 Finished"]);
    let sent = bench.rtp_to(0);
    assert_continuous(&sent, 160);
    let heard = heard(&sent, Codec::Pcma);
    assert!(tone::is_silence(&heard[..1500]));
    assert!(tone::heard(&heard[1800..3000], 1000.0));
    assert!(tone::is_silence(&heard[3360..3840]));
    assert!(tone::heard(&heard[4200..5500], 1000.0));
    assert!(tone::is_silence(&heard[6400..]));
}

/// SDP-14: what we send is cut as the far end asked.
#[test]
fn sdp_14_ptime_10_30_40_and_60_are_honoured() {
    for (asked, ptime) in [(10, 10), (20, 20), (30, 30), (40, 40), (60, 60), (0, 10), (200, 60)] {
        let mut bench = Bench::new();
        bench.open(0, StreamSpec { ptime_ms: asked, ..spec(0) });
        bench.play(0, 1, vec![PlayItem::Tone(Tone::Steady(500))], false);
        bench.tick();
        bench.pass(1199);
        let sent = bench.rtp_to(0);
        assert_eq!(sent.len(), 1200 / ptime as usize, "{asked}");
        assert_continuous(&sent, ptime * 8);
        assert!(sent.iter().all(|s| s.rtp().payload.len() == ptime as usize * 8));
        assert!(tone::share(&heard(&sent, Codec::Pcma), 500.0) > 0.95, "{asked}");
    }
}

/// MED-10: a stopped play is not heard 40 ms later.
#[test]
fn med_10_stop_is_heard_within_40_ms() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 4, vec![PlayItem::Tone(Tone::Steady(500))], false);
    bench.pass(507);
    bench.rtp_to(0);
    bench.command(Command::Stop { stream: leg(0), play: PlayId(3) });
    assert!(bench.told().is_empty(), "another play's stop does nothing");
    bench.command(Command::Stop { stream: leg(0), play: PlayId(4) });
    assert_eq!(bench.told(), ["0 play 4 Stopped"]);
    bench.pass(100);
    let sent = bench.rtp_to(0);
    assert!(tone::is_silence(&heard(&sent, Codec::Pcma)));
    assert_continuous(&sent, 160);
}

#[test]
fn a_play_takes_the_place_of_another() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 1, vec![PlayItem::Tone(Tone::Steady(500))], false);
    bench.pass(100);
    bench.play(0, 2, vec![PlayItem::Tone(Tone::Steady(900))], false);
    assert_eq!(bench.told(), ["0 play 1 Stopped"]);
    bench.rtp_to(0);
    bench.pass(200);
    assert!(tone::heard(&heard(&bench.rtp_to(0), Codec::Pcma), 900.0));
}

/// REAL-09: silence goes out at once, before anything was heard, and while on hold towards us.
#[test]
fn real_09_we_send_at_once_and_always() {
    let mut bench = Bench::new();
    bench.open(0, StreamSpec { send: Some((Codec::Pcmu, 0)), ..spec(0) });
    bench.tick();
    let first = bench.rtp_to(0);
    assert_eq!(first.len(), 1, "at once");
    assert_eq!(first[0].to, far(0));
    assert!(first[0].rtp().marker);
    assert!(first[0].rtp().payload.iter().all(|b| *b == g711::SILENCE_PCMU));
    bench.pass(1000);
    assert_eq!(bench.rtp_to(0).len(), 50);
}

/// REAL-09: to who sends nothing silence goes now and then after a second, and at the full rate again
/// as soon as they send or something plays.
#[test]
fn real_09_who_is_not_heard_is_kept_alive() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.pass(1000);
    assert!((50..=51).contains(&bench.rtp_to(0).len()));
    bench.pass(20_000);
    let kept = bench.rtp_to(0);
    assert!((3..=5).contains(&kept.len()), "{}", kept.len());
    assert!(kept.iter().skip(1).all(|sent| sent.rtp().marker), "a pause lies before each");
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    bench.pass(500);
    assert_continuous(&bench.rtp_to(0), 160);
    bench.far_sends(0, audio(2, 160), &[0x11; 160]);
    bench.pass(900);
    assert!((44..=46).contains(&bench.rtp_to(0).len()));
    bench.pass(10_000);
    bench.rtp_to(0);
    bench.play(0, 1, vec![PlayItem::Tone(Tone::Steady(900))], false);
    bench.pass(200);
    assert!((10..=11).contains(&bench.rtp_to(0).len()));
}

/// REAL-12: on hold we send nothing, a play still comes to its end, and then we go on.
#[test]
fn real_12_hold_sends_nothing_and_plays_go_on() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.pass(100);
    let held = StreamSpec { may_send: false, ..spec(0) };
    bench.command(Command::Update { stream: leg(0), spec: held });
    bench.rtp_to(0);
    bench.play(0, 1, vec![PlayItem::Silence(300)], false);
    bench.pass(1000);
    assert_eq!(bench.told(), ["0 play 1 Finished"]);
    assert_eq!(bench.rtp_to(0).len(), 0);
    bench.command(Command::Update { stream: leg(0), spec: spec(0) });
    bench.pass(99);
    let sent = bench.rtp_to(0);
    assert_eq!(sent.len(), 5);
    assert!(sent[0].rtp().marker, "a new spurt");
    assert_continuous(&sent, 160);
}

/// MED-10: after a stall there is no burst; the time is skipped, the prompt is not.
#[test]
fn med_10_a_stall_makes_no_burst() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.play(0, 1, vec![PlayItem::Silence(10_000)], false);
    bench.pass(100);
    bench.rtp_to(0);
    bench.now_us += 2_000_000;
    bench.tick();
    let sent = bench.rtp_to(0);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].rtp().marker);
    bench.pass(100);
    assert_eq!(bench.rtp_to(0).len(), 5);
}

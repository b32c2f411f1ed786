//! Relay between joined legs (MED-08, MED-09, REAL-09, REAL-12).

use super::*;
use crate::media::{Tone, tone};
use proptest::prelude::*;

/// Sends rows of (number, timestamp, ms after the last) from leg 0, and gives what leg 1 heard as
/// (number, timestamp, marker) from the first one.
fn relay(rows: &[(u16, u32, u64)]) -> Vec<(u16, u32, bool)> {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.pass(100);
    bench.rtp_to(1);
    for (sequence, timestamp, ms) in rows {
        bench.pass(*ms);
        bench.far_sends(0, audio(*sequence, *timestamp), &[0x11; 160]);
    }
    let sent = bench.rtp_to(1);
    let relayed: Vec<_> = sent.iter().filter(|s| s.rtp().payload[0] == 0x11).collect();
    let (sequence, timestamp) =
        relayed.first().map(|s| (s.rtp().sequence, s.rtp().timestamp)).unwrap();
    let row = |s: &&Sent| {
        let packet = s.rtp();
        let (sequence, timestamp) =
            (packet.sequence.wrapping_sub(sequence), packet.timestamp.wrapping_sub(timestamp));
        (sequence, timestamp, packet.marker)
    };
    relayed.iter().map(row).collect()
}

/// MED-08: loss, duplicates, reordering and wrap-around are shown to the other leg as they are.
#[test]
fn med_08_a_gap_stays_a_gap() {
    for (what, rows, expected) in [
        (
            "loss",
            &[(10u16, 0u32, 1u64), (11, 160, 20), (14, 640, 60)][..],
            &[(0u16, 0u32), (1, 160), (4, 640)][..],
        ),
        (
            "duplicate",
            &[(10, 0, 1), (11, 160, 20), (11, 160, 1), (12, 320, 19)],
            &[(0, 0), (1, 160), (1, 160), (2, 320)],
        ),
        (
            "reordering",
            &[(10, 0, 1), (12, 320, 20), (11, 160, 1), (13, 480, 39)],
            &[(0, 0), (2, 320), (1, 160), (3, 480)],
        ),
        (
            "wrap-around",
            &[(65534, u32::MAX - 200, 1), (65535, u32::MAX - 40, 20), (0, 119, 20)],
            &[(0, 0), (1, 160), (2, 320)],
        ),
    ] {
        let heard: Vec<(u16, u32)> = relay(rows).iter().map(|(s, t, _)| (*s, *t)).collect();
        assert_eq!(heard, expected, "{what}");
    }
}

proptest! {
    /// MED-08: whatever the network does to a source's packets, the other leg sees the same.
    #[test]
    fn med_08_what_the_network_does_is_carried_on(
        fates in prop::collection::vec((0u8..5, 0usize..4), 1..200),
        first in any::<u16>(),
        start in any::<u32>(),
    ) {
        let mut rows: Vec<u16> = vec![0];
        for (n, (fate, ahead)) in (1u16..).zip(fates) {
            match fate {
                // Lost.
                0 => {}
                1 => rows.extend([n, n]),
                // Overtaken by up to three before it, but for the first, which sets the base.
                2 => rows.insert(rows.len().saturating_sub(ahead).max(1), n),
                _ => rows.push(n),
            }
        }
        let numbered = |n: &u16| {
            (first.wrapping_add(*n), start.wrapping_add(u32::from(*n) * 160), 20)
        };
        let sent: Vec<(u16, u32, u64)> = rows.iter().map(numbered).collect();
        let heard: Vec<(u16, u32)> = relay(&sent).iter().map(|(s, t, _)| (*s, *t)).collect();
        let expected: Vec<(u16, u32)> =
            rows.iter().map(|n| (*n, u32::from(*n) * 160)).collect();
        prop_assert_eq!(heard, expected);
    }
}

/// MED-08: a jump of the source's numbers or clock is closed by the time that has really gone by.
#[test]
fn med_08_a_jump_is_no_burst_and_no_hole() {
    for (what, sequence, timestamp) in
        [("number", 30_000, 320), ("clock ahead", 12, 900_000), ("clock back", 12, 4_000_000_000)]
    {
        let heard = relay(&[(10, 0, 1), (11, 160, 20), (sequence, timestamp, 20)]);
        assert_eq!(heard, [(0, 0, true), (1, 160, false), (2, 320, true)], "{what}");
    }
}

/// MED-08: one SSRC of ours over silence, relay, a new SSRC of the source, a play, and relay again.
#[test]
fn med_08_our_stream_is_one_over_every_change() {
    let mut bench = Bench::joined(spec(0), spec(1));
    let mut number = 0u16;
    let mut sent = vec![];
    for step in 0..200u32 {
        if (20..80).contains(&step) || step >= 110 {
            number += 1;
            let ssrc = if step < 50 { 1 } else { 2 };
            let header = Header { ssrc, ..audio(number * step as u16, step * 160 * ssrc) };
            bench.far_sends(0, header, &[0x11; 160]);
        }
        if step == 60 {
            bench.play(1, 1, vec![PlayItem::Tone(Tone::Steady(700))], false);
        }
        if step == 90 {
            bench.command(Command::Stop { stream: leg(1), play: PlayId(1) });
        }
        bench.pass(20);
        sent.extend(bench.rtp_to(1));
    }
    let ssrc = sent[0].rtp().ssrc;
    for pair in sent.windows(2) {
        let (a, b) = (pair[0].rtp(), pair[1].rtp());
        assert_eq!(b.ssrc, ssrc);
        let gap_ms = (pair[1].at_us - pair[0].at_us) / 1000;
        let step = b.timestamp.wrapping_sub(a.timestamp);
        assert!(step >= 160 && u64::from(step) <= gap_ms * 8 + 240, "{step} in {gap_ms} ms");
    }
    assert!(sent.iter().all(|s| s.rtp().payload_type == 8));
}

/// MED-09: what one leg says in A-law the other hears in µ-law under its own number, and back.
#[test]
fn med_09_laws_are_transcoded_both_ways() {
    let mu = StreamSpec {
        send: Some((Codec::Pcmu, 0)),
        receive: smallvec![(0, Codec::Pcmu)],
        ..spec(1)
    };
    let mut bench = Bench::joined(spec(0), mu);
    let samples = |hz| (0..1600).map(move |n| tone::sample(Tone::Steady(hz), n));
    let a: Vec<u8> = samples(600).map(|s| g711::encode(Codec::Pcma, s)).collect();
    let b: Vec<u8> = samples(900).map(|s| g711::encode(Codec::Pcmu, s)).collect();
    let (mut to_a, mut to_b) = (vec![], vec![]);
    for n in 0..10u16 {
        let part = usize::from(n) * 160..usize::from(n + 1) * 160;
        bench.far_sends(0, audio(n, u32::from(n) * 160), &a[part.clone()]);
        let header = Header { payload_type: 0, ..audio(n, u32::from(n) * 160) };
        bench.far_sends(1, header, &b[part]);
        let out = std::mem::take(&mut bench.out.sent);
        to_a.extend(out.iter().filter(|s| s.port == port(0)).cloned());
        to_b.extend(out.iter().filter(|s| s.port == port(1)).cloned());
        bench.pass(20);
        bench.out.sent.retain(|s| s.kind == PacketKind::Rtp);
        assert!(bench.out.sent.is_empty(), "nothing beside the relay");
    }
    assert!(tone::share(&heard(&to_b, Codec::Pcmu), 600.0) > 0.95);
    assert!(tone::share(&heard(&to_a, Codec::Pcma), 900.0) > 0.95);
    assert!(to_b.iter().all(|s| s.rtp().payload_type == 0));
}

/// What the other party says is not mixed into a play.
#[test]
fn a_play_has_the_floor() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.play(1, 1, vec![PlayItem::Tone(Tone::Steady(700))], false);
    for n in 0..20u16 {
        bench.far_sends(0, audio(n, u32::from(n) * 160), &[0x11; 160]);
        bench.pass(20);
    }
    let sent = bench.rtp_to(1);
    assert_eq!(sent.len(), 20 + 1);
    assert_continuous(&sent, 160);
    assert!(tone::heard(&heard(&sent, Codec::Pcma), 700.0));
}

/// REAL-09: a joined leg gets silence while the other party sends nothing.
#[test]
fn real_09_a_joined_leg_is_never_left_without_packets() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.pass(200);
    assert_eq!(bench.rtp_to(1).len(), 10 + 1, "before the other party's first packet");
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    bench.pass(900);
    assert_eq!(bench.rtp_to(1).len(), 1, "relay only");
    bench.pass(1100);
    let sent = bench.rtp_to(1);
    assert!((50..=52).contains(&sent.len()), "{}", sent.len());
    assert_continuous(&sent, 160);
}

/// REAL-09: a relay that begins after a long silence and stops again is followed by silence at once.
#[test]
fn real_09_silence_follows_a_late_relay() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.pass(4000);
    bench.rtp_to(1);
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    assert_eq!(bench.rtp_to(1).len(), 1, "relayed");
    bench.pass(1500);
    let sent = bench.rtp_to(1);
    assert!(sent.len() >= 25, "{}", sent.len());
}

/// REAL-12: comfort noise is no error; it passes if both took it, and leaves no gap if not.
#[test]
fn real_12_comfort_noise_passes_or_is_left_out() {
    let with = |number| StreamSpec { comfort_noise: Some(13), ..spec(number) };
    for (other, types, numbers) in
        [(with(1), &[8u8, 13, 8][..], &[0u16, 1, 2][..]), (spec(1), &[8, 8], &[0, 1])]
    {
        let mut bench = Bench::joined(with(0), other);
        bench.pass(20);
        bench.rtp_to(1);
        bench.far_sends(0, audio(1, 160), &[0x11; 160]);
        bench.far_sends(0, Header { payload_type: 13, ..audio(2, 320) }, &[60]);
        bench.far_sends(0, audio(3, 1600), &[0x11; 160]);
        let sent = bench.rtp_to(1);
        let first = sent[0].rtp().sequence;
        let row = |s: &Sent| (s.rtp().payload_type, s.rtp().sequence.wrapping_sub(first));
        let (is_types, is_numbers): (Vec<u8>, Vec<u16>) = sent.iter().map(row).unzip();
        assert_eq!((&is_types[..], &is_numbers[..]), (types, numbers));
        assert_eq!(bench.engine.figures(leg(0)).unwrap().packets_dropped, 0);
    }
}

#[test]
fn who_is_parted_hears_silence() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    bench.rtp_to(1);
    bench.command(Command::Part { stream: leg(1) });
    bench.far_sends(0, audio(2, 160), &[0x11; 160]);
    bench.pass(100);
    let sent = bench.rtp_to(1);
    assert!(sent.len() >= 5);
    assert!(tone::is_silence(&heard(&sent, Codec::Pcma)));
}

#[test]
fn a_leg_joined_to_another_leaves_the_first() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.open(2, spec(2));
    bench.command(Command::Join { a: leg(0), b: leg(2) });
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    bench.far_sends(1, audio(1, 0), &[0x22; 160]);
    let out = std::mem::take(&mut bench.out.sent);
    let ports: Vec<MediaPort> = out.iter().map(|s| s.port).collect();
    assert_eq!(ports, [port(2)]);
}

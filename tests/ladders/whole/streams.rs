//! Streams packet by packet: what becomes of a bad network's RTP on the other leg, how prompts are paced,
//! and what is no RTP of ours.

use super::desk::*;
use super::probe::*;
use super::set::*;
use super::voice::*;
use crate::stage::*;
use centralino::base::Mono;
use centralino::sim::tap::Packet;
use centralino::sim::{Action, Behaviour};
use std::net::SocketAddr;

/// Where the desk hears, and where the caller's phone does.
fn desk_hears() -> SocketAddr {
    (DESK, 45_000).into()
}

fn caller_hears() -> SocketAddr {
    (CALLER, 40_000).into()
}

const HANGS_UP: &str = "
    probe -> us BYE
    us -> probe 200 BYE
    us -> desk BYE
    desk -> us 200 BYE";

/// What goes to the desk while the probe does this in a talk; then the probe hangs up.
#[track_caller]
fn relayed(deed: impl FnOnce(&mut Set, &mut Voice)) -> Vec<Packet> {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    let mut voice = Voice::new((PROBE, 40_000), &answer);
    voice.speak(&mut set, 50);
    set.world.tap.follow(desk_hears());
    deed(&mut set, &mut voice);
    let packets = set.world.tap.packets(desk_hears()).to_vec();
    let bye = set.inside(&request, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(&[ANSWERED, HANGS_UP].concat());
    packets
}

/// One source, numbers that go up by one, and timestamps that go with the time: what the desk may ask for
/// whatever came. No two packets within 15 ms, none later than 25 ms behind the last.
#[track_caller]
fn assert_even(packets: &[Packet]) {
    for pair in packets.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert_eq!(b.ssrc, a.ssrc);
        assert_eq!(b.sequence.wrapping_sub(a.sequence), 1, "{a:?} {b:?}");
        let took = b.at.since(a.at);
        assert!(took >= ms(15) && took <= ms(25), "{took:?} between {a:?} and {b:?}");
        let samples = b.timestamp.wrapping_sub(a.timestamp);
        assert!(samples.abs_diff(160) <= 40 || b.marker, "{samples} between {a:?} and {b:?}");
    }
}

/// MED-08: the source begins anew with another SSRC, its numbers jump, its clock jumps, its numbers wrap
/// around: the desk hears one even stream.
#[test]
fn med_08_jumps_and_wrap_around_are_not_heard_behind_us() {
    type Jump = fn(&mut Voice);
    let jumps: [Jump; 5] = [
        |voice| {
            voice.ssrc = 99;
            voice.sequence = 30_000;
            voice.timestamp = 4_000_000_000;
        },
        |voice| voice.sequence = voice.sequence.wrapping_add(20_000),
        |voice| voice.timestamp = voice.timestamp.wrapping_add(1_000_000),
        |voice| voice.timestamp = voice.timestamp.wrapping_sub(1_000_000),
        |voice| {
            voice.ssrc = 100;
            voice.sequence = u16::MAX - 20;
            voice.timestamp = u32::MAX - 160 * 30;
        },
    ];
    for (nth, jump) in jumps.iter().enumerate() {
        let packets = relayed(|set, voice| {
            voice.speak(set, 20);
            jump(voice);
            voice.speak(set, 50);
        });
        assert!(packets.len() >= 69, "jump {nth}: {}", packets.len());
        assert_even(&packets);
    }
}

/// MED-08: what is lost stays lost and no more: the desk sees the gap in the numbers, and what comes
/// behind it at once. What comes late or twice is carried on at its own place, in no burst.
#[test]
fn med_08_loss_duplicates_and_reordering_stay_as_they_are() {
    let payload = |n: u8| [n | 0x80; 160];
    let packets = relayed(|set, voice| {
        for n in 1..=30u8 {
            match n {
                10 | 11 => voice.lose(set, 1),
                20 => {
                    // 21 overtakes 20.
                    let (sequence, timestamp) = (voice.sequence, voice.timestamp);
                    voice.sequence += 1;
                    voice.packet(set, PCMA, timestamp + 160, &payload(21));
                    set.run(ms(5));
                    voice.sequence = sequence;
                    voice.packet(set, PCMA, timestamp, &payload(20));
                    set.run(ms(35));
                    voice.sequence = sequence + 2;
                    voice.timestamp = timestamp + 320;
                }
                21 => {}
                25 => {
                    voice.packet(set, PCMA, voice.timestamp, &payload(25));
                    voice.sequence -= 1;
                    voice.say(set, PCMA, &payload(25));
                }
                n => voice.say(set, PCMA, &payload(n)),
            }
        }
    });
    let first = packets[0].clone();
    let mut places: Vec<(u16, u8)> = packets
        .iter()
        .filter(|p| p.payload[0] != 0xd5)
        .map(|p| (p.sequence.wrapping_sub(first.sequence), p.payload[0] & 0x7f))
        .collect();
    places.sort_unstable();
    places.dedup();
    let wanted: Vec<u8> = (1..=30).filter(|n| ![10, 11].contains(n)).collect();
    let heard: Vec<u8> = places.iter().map(|(_, n)| *n).collect();
    assert_eq!(heard, wanted, "in the order of their numbers");
    for pair in places.windows(2) {
        assert_eq!(pair[1].0 - pair[0].0, u16::from(pair[1].1 - pair[0].1), "{pair:?}");
    }
    for packet in &packets {
        let (numbers, samples) = (
            packet.sequence.wrapping_sub(first.sequence),
            packet.timestamp.wrapping_sub(first.timestamp),
        );
        assert_eq!(samples, u32::from(numbers) * 160, "{packet:?}");
    }
    assert!(packets.len() <= 31, "{}", packets.len());
}

/// Packets of one prompt after the other with pauses between: each 20 ms behind the last to the
/// microsecond, numbers by one, timestamps by 160, one source.
#[track_caller]
fn assert_paced(packets: &[Packet]) {
    for pair in packets.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert_eq!(b.at.since(a.at), ms(20), "{a:?} {b:?}");
        assert_eq!(b.sequence.wrapping_sub(a.sequence), 1, "{a:?} {b:?}");
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 160, "{a:?} {b:?}");
        assert_eq!(b.ssrc, a.ssrc);
        assert_eq!(b.payload.len(), 160);
    }
}

fn is_silent(packet: &Packet) -> bool {
    packet.payload.iter().all(|byte| *byte == packet.payload[0])
}

/// MED-10: prompts, the silence behind them and the prompts of the next try are one stream without a
/// seam: 20 ms apart, and the timestamps go on over the silence.
#[test]
fn med_10_prompts_are_paced_without_drift() {
    let mut set = set(idle(), idle());
    set.world.tap.follow(caller_hears());
    set.call("100", Behaviour::default());
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @17.0..17.1 us -> caller BYE
         caller -> us 200 BYE",
    );
    let packets = set.world.tap.packets(caller_hears());
    assert!(packets.len() >= 849, "{}", packets.len());
    assert_paced(packets);
    let sound: Vec<&Packet> = packets.iter().filter(|p| !is_silent(p)).collect();
    assert_eq!(sound.len(), 50 + 150 + 150, "welcome, the menu, and the menu again");
    // A second of welcome, three of the menu, five of silence.
    let silence = sound[200].at.since(sound[199].at);
    assert!(silence >= s(5) && silence <= ms(5_040), "{silence:?}");
}

/// MED-10: music of five minutes for a caller in a queue: not a packet too many or too few, and nothing
/// has drifted at its end.
#[test]
fn med_10_music_does_not_drift() {
    let mut set = set(idle(), idle());
    for agent in ["anna", "bruno"] {
        set.set_agent(agent, false);
    }
    set.world.tap.follow(caller_hears());
    set.call("400", Behaviour::default().talking(s(300)));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         @300.0..300.1 caller -> us BYE
         us -> caller 200 BYE",
    );
    let packets = set.world.tap.packets(caller_hears());
    assert_paced(packets);
    assert!(packets.len().abs_diff(15_000) <= 2, "{}", packets.len());
}

/// MED-10: a digit stops the prompt within 40 ms of its first packet, by RTP and by INFO; the stream goes
/// on without a seam.
#[test]
fn med_10_a_digit_stops_the_prompt_within_40_ms() {
    for press in [Action::Digits("1".into()), Action::Info('1')] {
        let mut set = set_with(&config_with(&[("masked: true", "between: 20s")]), idle(), idle());
        set.world.tap.follow(caller_hears());
        // The key 2 leads to the entry, whose prompt sounds for three seconds.
        let caller = Behaviour::default().then(s(2), Action::Digits("2".into()));
        set.call("100", caller.then(s(4), press.clone()).talking(s(6)));
        set.run(ms(4_002));
        let pressed = Mono(4_002_000);
        set.finish();
        let packets = set.world.tap.packets(caller_hears());
        assert_paced(packets);
        let before = packets.iter().filter(|p| p.at < pressed && p.at.since(Mono(0)) > ms(3_500));
        assert!(before.clone().count() > 20 && before.clone().all(|p| !is_silent(p)));
        // The first packet of a press leaves with the phone's next tick, and is under way for 1 ms.
        let late = pressed + ms(20 + 1 + 40);
        let heard = packets.iter().find(|p| p.at > late && !is_silent(p));
        assert_eq!(heard, None, "{press:?}");
    }
}

/// MED-11: what was not agreed, is no RTP of version 2, is cut short or oversized is dropped and counted;
/// the desk hears nothing of it and the talk goes on.
#[test]
fn med_11_what_is_no_rtp_of_ours_is_dropped_and_counted() {
    let (mut set, request, answer, _) = both_by_hand(&[]);
    let mut voice = Voice::new((PROBE, 40_000), &answer);
    voice.speak(&mut set, 50);
    set.world.tap.follow(desk_hears());
    let head = |first: u8, second: u8| {
        [&[first, second, 0, 99, 0, 0, 9, 9], &40_000u32.to_be_bytes()[..]].concat()
    };
    let with = |head: Vec<u8>, body: usize| [head, vec![0x22; body]].concat();
    let bad = [
        with(head(0x80, 18), 160),
        with(head(0x80, 111), 160),
        // Versions 3; 0 and 1 are what SIP and STUN look like.
        with(head(0xc0, PCMA), 160),
        head(0x80, PCMA)[..11].to_vec(),
        // Sixteen sources, an extension and padding that are longer than the packet.
        with(head(0x8f, PCMA), 20),
        with(head(0x90, PCMA), 4),
        with(head(0xa0, PCMA), 8),
        with(head(0x80, PCMA), 1489),
        // Events that are no event.
        with(head(0x80, EVENT), 3),
    ];
    for bytes in &bad {
        voice.bytes(&mut set, bytes);
        set.run(ms(1));
    }
    voice.timestamp += 160;
    voice.speak(&mut set, 50);
    let packets = set.world.tap.packets(desk_hears()).to_vec();
    assert!(packets.iter().all(is_silent), "{packets:?}");
    assert!(packets.iter().all(|p| p.payload_type == PCMA && p.payload.len() == 160));
    assert!(packets.len() >= 50, "{}", packets.len());
    let bye = set.inside(&request, &answer, "BYE");
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    desk_says_ok(&mut set, "BYE", "", "");
    set.finish_unclean();
    set.assert_ladder(&[ANSWERED, HANGS_UP].concat());
    let media = set.cdr().legs.iter().find(|leg| leg.leg == 0).and_then(|leg| leg.media);
    let media = media.unwrap_or_default();
    assert_eq!((media.packets_dropped, media.packets_received), (bad.len() as u64, 100));
}

//! Streams: latching, what is dropped, RTCP, closing (MED-07, MED-11, MED-12, MED-13, SDP-15).

use super::*;
use proptest::prelude::*;

fn update(bench: &mut Bench, number: u8, spec: StreamSpec) {
    bench.command(Command::Update { stream: leg(number), spec });
}

/// MED-11: what was not agreed is dropped and counted, and nothing else happens.
#[test]
fn med_11_what_was_not_agreed_is_dropped_and_counted() {
    let good = bytes_of(audio(1, 160), &[0x11; 160]);
    let mut other_version = good.clone();
    other_version[0] = 0x40;
    let other_type = bytes_of(Header { payload_type: 18, ..audio(1, 160) }, &[0; 20]);
    let short_event = bytes_of(Header { payload_type: 101, ..audio(1, 160) }, &[1, 2]);
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.tick();
    bench.rtp_to(1);
    let bad = [&other_version[..], &other_type, &short_event, &good[..11], &[0; 1600], &[]];
    for (n, bytes) in bad.into_iter().enumerate() {
        bench.packet(0, far(0), bytes);
        let figures = bench.engine.figures(leg(0)).unwrap();
        assert_eq!((figures.packets_dropped, figures.packets_received), (n as u64 + 1, 0));
    }
    assert!(bench.events().is_empty() && bench.rtp_to(1).is_empty());
    bench.packet(0, far(0), &good);
    assert_eq!(bench.rtp_to(1).len(), 1);
}

/// MED-07: we answer to where the media really comes from, and nobody else is heard.
#[test]
fn med_07_media_goes_back_to_where_it_comes_from() {
    let mut bench = Bench::new();
    let behind_nat: SocketAddr = "198.51.100.4:61000".parse().unwrap();
    bench.open(0, StreamSpec { signalling: Some(behind_nat.ip()), ..spec(0) });
    bench.tick();
    assert_eq!(bench.rtp_to(0)[0].to, far(0));
    bench.packet(0, behind_nat, &bytes_of(audio(1, 160), &[0x11; 160]));
    assert_eq!(bench.events(), [format!("0 latched {behind_nat}")]);
    bench.pass(3000);
    assert!(bench.rtp_to(0).iter().all(|s| s.to == behind_nat));
    bench.packet(0, behind_nat, &bytes_of(audio(2, 320), &[0x11; 160]));
    let thief: SocketAddr = "203.0.113.1:9".parse().unwrap();
    bench.packet(0, thief, &bytes_of(audio(2, 320), &[0x11; 160]));
    assert!(bench.events().is_empty());
    assert_eq!(bench.engine.figures(leg(0)).unwrap().packets_dropped, 1);
}

/// MED-12: packets before the answer are heard; nothing is sent until its place is known.
#[test]
fn med_12_media_before_the_answer_is_heard() {
    let early = StreamSpec { remote_rtp: None, remote_rtcp: None, send: None, ..spec(0) };
    let mut bench = Bench::new();
    bench.open(0, StreamSpec { signalling: Some(far(0).ip()), ..early });
    bench.open(1, spec(1));
    bench.command(Command::Join { a: leg(0), b: leg(1) });
    bench.far_sends(0, audio(1, 160), &[0x11; 160]);
    assert_eq!(bench.rtp_to(1).len(), 1);
    bench.pass(1000);
    assert!(bench.rtp_to(0).is_empty());
    update(&mut bench, 0, spec(0));
    bench.tick();
    assert_eq!(bench.rtp_to(0).len(), 1, "at once with the answer");
}

/// REAL-08: the 200 names another place than the 183: followed at once.
#[test]
fn real_08_the_200_moves_the_media() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.far_sends(0, audio(1, 160), &[0x11; 160]);
    bench.rtp_to(0);
    let elsewhere: SocketAddr = "192.0.2.99:7000".parse().unwrap();
    update(&mut bench, 0, StreamSpec { remote_rtp: Some(elsewhere), ..spec(0) });
    bench.pass(100);
    assert!(bench.rtp_to(0).iter().all(|s| s.to == elsewhere));
    bench.packet(0, elsewhere, &bytes_of(audio(2, 320), &[0x11; 160]));
    assert_eq!(bench.events().last(), Some(&format!("0 latched {elsewhere}")));
}

/// REAL-09: a far end that waits for our first packet gets the full rate from each offer and answer
/// on, not from the first alone: behind a long 183 nothing had reached the place that the 200 names.
#[test]
fn real_09_each_offer_and_answer_begins_anew() {
    let mut bench = Bench::new();
    bench.open(0, spec(0));
    bench.pass(900);
    update(&mut bench, 0, spec(0));
    bench.rtp_to(0);
    bench.pass(1000);
    assert_eq!(bench.rtp_to(0).len(), 50, "a second from the second one on");
    bench.pass(8000);
    let elsewhere: SocketAddr = "192.0.2.99:7000".parse().unwrap();
    bench.rtp_to(0);
    update(&mut bench, 0, StreamSpec { remote_rtp: Some(elsewhere), ..spec(0) });
    bench.pass(999);
    let sent = bench.rtp_to(0);
    assert_eq!(sent.len(), 50, "and from one that comes late");
    assert!(sent.iter().all(|s| s.to == elsewhere));
}

fn reports(bench: &mut Bench, number: u8) -> Vec<Sent> {
    let sent = std::mem::take(&mut bench.out.sent);
    sent.into_iter().filter(|s| s.port == port(number) && rtp::is_rtcp(&s.bytes)).collect()
}

/// SDP-15: RTCP goes where it was negotiated: its own port, a named one, or the RTP port.
#[test]
fn sdp_15_reports_go_where_they_were_negotiated() {
    let named: SocketAddr = "192.0.2.50:9999".parse().unwrap();
    for (spec, kind, to) in [
        (spec(0), PacketKind::Rtcp, Some(SocketAddr::new(far(0).ip(), 4001))),
        (StreamSpec { remote_rtcp: Some(named), ..spec(0) }, PacketKind::Rtcp, Some(named)),
        (StreamSpec { rtcp_mux: true, ..spec(0) }, PacketKind::Rtp, Some(far(0))),
        (StreamSpec { remote_rtcp: None, ..spec(0) }, PacketKind::Rtcp, None),
    ] {
        let mut bench = Bench::new();
        bench.open(0, spec);
        bench.pass(20_000);
        let reports = reports(&mut bench, 0);
        assert!(reports.iter().all(|r| (r.kind, Some(r.to)) == (kind, to)));
        let expected = if to.is_some() { 3..=8 } else { 0..=0 };
        assert!(expected.contains(&reports.len()), "{}", reports.len());
    }
}

/// MED-13: two engines' ends report to each other: loss, jitter and round trip reach the figures.
#[test]
fn med_13_loss_and_round_trip_reach_the_figures() {
    // The two legs of one engine are each other's far end here; the way takes 30 ms.
    let mut bench = Bench::new();
    let toward = |number: u8| StreamSpec {
        remote_rtp: Some(port(number).local),
        remote_rtcp: Some(SocketAddr::new(port(number).local.ip(), port(number).local.port() + 1)),
        ..spec(0)
    };
    bench.open(0, toward(1));
    bench.open(1, toward(0));
    let mut on_the_way: Vec<Sent> = vec![];
    for _ in 0..60_000 {
        bench.pass(1);
        let new = std::mem::take(&mut bench.out.sent);
        // Every tenth packet to leg 0 is lost.
        let lost =
            |s: &Sent| s.kind == PacketKind::Rtp && s.port == port(1) && s.rtp().sequence % 10 == 3;
        on_the_way.extend(new.into_iter().filter(|s| !lost(s)));
        let now_us = bench.now_us;
        for sent in on_the_way.extract_if(.., |s| s.at_us + 30_000 <= now_us) {
            let to = if sent.port == port(0) { port(1) } else { port(0) };
            let up = u16::from(sent.kind == PacketKind::Rtcp);
            let from = SocketAddr::new(sent.port.local.ip(), sent.port.local.port() + up);
            let now = bench.now();
            bench.engine.handle_packet(to, sent.kind, from, &sent.bytes, now, &mut bench.out);
        }
    }
    bench.command(Command::Close { stream: leg(0) });
    bench.command(Command::Close { stream: leg(1) });
    let [a, b] = bench.out.closed[..] else { panic!("two closed") };
    assert!((290..=310).contains(&a.packets_lost), "{a:?}");
    assert_eq!((b.packets_lost, b.packets_dropped), (0, 0));
    assert!((20..=32).contains(&b.remote_fraction_lost), "{b:?}");
    assert_eq!(a.remote_fraction_lost, 0);
    for figures in [a, b] {
        assert!((59_000..=63_000).contains(&figures.round_trip_us), "{figures:?}");
        assert!(figures.jitter_us < 1000);
        assert!((2990..=3010).contains(&figures.packets_sent), "{figures:?}");
    }
}

/// MED-13: a closed stream says goodbye, tells its figures and gives its port back.
#[test]
fn med_13_a_closed_stream_says_bye() {
    let mut bench = Bench::joined(spec(0), spec(1));
    bench.pass(100);
    bench.out.sent.clear();
    bench.command(Command::Close { stream: leg(0) });
    let bye = reports(&mut bench, 0);
    assert_eq!(bye.len(), 1);
    assert!(bye[0].bytes.windows(4).any(|w| w == [0x81, 203, 0, 1]));
    assert_eq!(bench.told(), ["0 closed"]);
    assert_eq!(bench.out.released, [port(0)]);
    assert_eq!(bench.engine.streams(), 1);
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    bench.command(Command::Close { stream: leg(0) });
    assert!(bench.told().is_empty());
    bench.command(Command::Close { stream: leg(1) });
    bench.pass(10_000);
    assert_eq!(bench.engine.next_deadline(), None, "nothing left to wake for");
}

/// REAL-12: RTCP from a held far end is read; RTP towards us is dropped and counted.
#[test]
fn real_12_hold_drops_rtp() {
    let mut bench = Bench::joined(StreamSpec { may_receive: false, ..spec(0) }, spec(1));
    bench.tick();
    bench.rtp_to(1);
    bench.far_sends(0, audio(1, 0), &[0x11; 160]);
    assert!(bench.rtp_to(1).is_empty());
    assert_eq!(bench.engine.figures(leg(0)).unwrap().packets_dropped, 1);
}

proptest! {
    /// MED-11: no bytes make the engine fall, whatever their payload type says.
    #[test]
    fn med_11_arbitrary_packets_never_panic(
        packets in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..80), any::<bool>(), 0u64..100_000, 0u8..6), 0..60
        ),
    ) {
        let mux = StreamSpec { rtcp_mux: true, comfort_noise: Some(13), ..spec(0) };
        let mut bench = Bench::joined(mux, spec(1));
        for (mut bytes, rtcp, wait_us, bend) in packets {
            if bend > 0 && bytes.len() > 12 {
                bytes[0] = bytes[0] & 0x3f | 0x80;
                bytes[1] = [0, 8, 101, 13, 200, 201][usize::from(bend)] | bytes[1] & 0x80;
            }
            let kind = if rtcp { PacketKind::Rtcp } else { PacketKind::Rtp };
            bench.now_us += wait_us;
            let now = bench.now();
            bench.engine.handle_packet(port(0), kind, far(0), &bytes, now, &mut bench.out);
            bench.tick();
        }
        bench.command(Command::Close { stream: leg(0) });
    }
}

//! A packet on its way through the media engine allocates nothing: relayed, transcoded, an event
//! of a digit already told, or made by us. Counted by an allocator that counts this thread's calls.

#[path = "ground/two_legs.rs"]
mod two_legs;

use centralino::base::{Mint, WorkerId};
use centralino::media::{
    BargeIn, Codec, Command, Engine, Event, MediaPort, PacketKind, PlayId, PlayItem, Sink, Tone,
};
use std::net::SocketAddr;
use two_legs::{at, far, leg, port, spec};

/// Counts what comes out and forgets it.
#[derive(Default)]
struct Nowhere {
    sent: u64,
}

impl Sink for Nowhere {
    fn send(&mut self, _: MediaPort, _: PacketKind, _: SocketAddr, _: &[u8]) {
        self.sent += 1;
    }
    fn event(&mut self, _: Event) {}
    fn release(&mut self, _: MediaPort) {}
}

fn packet(payload_type: u8, number: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(number.to_be_bytes());
    bytes.extend((u32::from(number) * 160).to_be_bytes());
    bytes.extend([0, 0, 0, 7]);
    bytes.extend(payload);
    bytes
}

fn joined() -> (Engine, Nowhere) {
    let mut engine = Engine::new(Mint::seeded(5, WorkerId(0)));
    let mut sink = Nowhere::default();
    for (number, codec, payload_type) in [(0, Codec::Pcma, 8), (1, Codec::Pcmu, 0)] {
        let (stream, port) = (leg(number), port(number));
        let spec = spec(number, codec, payload_type);
        engine.handle_command(Command::Open { stream, port, spec }, at(0), &mut sink);
    }
    engine.handle_command(Command::Join { a: leg(0), b: leg(1) }, at(0), &mut sink);
    (engine, sink)
}

#[test]
fn a_relayed_and_transcoded_packet_allocates_nothing() {
    let (mut engine, mut sink) = joined();
    let minute: Vec<Vec<u8>> = (0..3000).map(|n| packet(8, n, &[0x11; 160])).collect();
    let counted = allocation_counter::measure(|| {
        for (n, bytes) in (0u64..).zip(&minute) {
            let now = at(n * 20);
            engine.handle_packet(port(0), PacketKind::Rtp, far(0), bytes, now, &mut sink);
            engine.tick(now, &mut sink);
        }
    });
    assert!(sink.sent > 3000 + 2900, "relayed one way, silence the other: {}", sink.sent);
    assert_eq!(counted.count_total, 0);
}

#[test]
fn digits_and_plays_allocate_nothing_while_they_last() {
    let (mut engine, mut sink) = joined();
    let items = vec![PlayItem::Tone(Tone::RingBack)];
    let (stream, play, barge_in) = (leg(1), PlayId(1), BargeIn::No);
    let command = Command::Play { stream, play, items, repeat: false, barge_in };
    engine.handle_command(command, at(0), &mut sink);
    engine.tick(at(0), &mut sink);
    let press: Vec<Vec<u8>> = (0..50).map(|n| packet(101, n, &[5, 10, 0, n as u8])).collect();
    let before = sink.sent;
    let counted = allocation_counter::measure(|| {
        for (n, bytes) in (1u64..).zip(&press) {
            let now = at(n * 20);
            engine.handle_packet(port(0), PacketKind::Rtp, far(0), bytes, now, &mut sink);
            engine.tick(now, &mut sink);
        }
    });
    assert!(sink.sent >= before + 100);
    assert_eq!(counted.count_total, 0);
}

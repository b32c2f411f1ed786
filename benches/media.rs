//! A packet's way through the media engine, without sockets: relayed as it is, relayed from one law to
//! the other, an event of a digit; and G.711 by itself.
//!
//! `cargo bench --bench media -- --quick`; `benches/relay.rs` measures the same with sockets.
#![expect(missing_docs, reason = "criterion's macros write functions without any")]

#[path = "../tests/ground/two_legs.rs"]
mod two_legs;

use centralino::base::{Mint, WorkerId};
use centralino::media::{Codec, Command, Engine, Event, MediaPort, PacketKind, Sink, g711};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::net::SocketAddr;
use two_legs::{at, far, leg, port, spec};

/// Counts what comes out and forgets it.
#[derive(Default)]
struct Nowhere {
    sent: u64,
    events: u64,
}

impl Sink for Nowhere {
    fn send(&mut self, _: MediaPort, _: PacketKind, _: SocketAddr, bytes: &[u8]) {
        self.sent += 1;
        black_box(bytes);
    }
    fn event(&mut self, _: Event) {
        self.events += 1;
    }
    fn release(&mut self, _: MediaPort) {}
}

/// Two legs that are joined; the first speaks A-law.
fn joined(second: (Codec, u8)) -> (Engine, Nowhere) {
    let mut engine = Engine::new(Mint::seeded(5, WorkerId(0)));
    let mut sink = Nowhere::default();
    for (number, (codec, payload_type)) in [(0, (Codec::Pcma, 8)), (1, second)] {
        let (stream, port) = (leg(number), port(number));
        let spec = spec(number, codec, payload_type);
        engine.handle_command(Command::Open { stream, port, spec }, at(0), &mut sink);
    }
    engine.handle_command(Command::Join { a: leg(0), b: leg(1) }, at(0), &mut sink);
    (engine, sink)
}

/// Header with number, and room for a payload.
fn packet(payload_type: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    bytes.extend(payload);
    bytes
}

fn number_it(bytes: &mut [u8], number: u64, timestamp: u64) {
    if let Some(place) = bytes.get_mut(2..8) {
        let (sequence, time) = place.split_at_mut(2);
        sequence.copy_from_slice(&(number as u16).to_be_bytes());
        time.copy_from_slice(&(timestamp as u32).to_be_bytes());
    }
}

fn relay(c: &mut Criterion) {
    let mut group = c.benchmark_group("a packet through the engine");
    let voice = packet(8, &[0x11; 160]);
    for (name, second) in
        [("relayed as it is", (Codec::Pcma, 8)), ("to the other law", (Codec::Pcmu, 0))]
    {
        let (mut engine, mut sink) = joined(second);
        let (mut bytes, mut n) = (voice.clone(), 0);
        group.bench_function(name, |b| {
            b.iter(|| {
                n += 1;
                number_it(&mut bytes, n, n * 160);
                let now = at(n * 20);
                engine.handle_packet(port(0), PacketKind::Rtp, far(0), &bytes, now, &mut sink);
            });
        });
        assert!(sink.sent >= n, "{} packets of {n} were relayed", sink.sent);
    }
    // Keys of 100 ms, one behind the other: begin, three in between, and the end.
    let (mut engine, mut sink) = joined((Codec::Pcma, 8));
    let mut n = 0u64;
    let mut bytes = packet(101, &[5, 10, 0, 0]);
    group.bench_function("event of a digit", |b| {
        b.iter(|| {
            n += 1;
            let (key, part) = (n / 5, n % 5);
            number_it(&mut bytes, n, key * 2_000);
            let end = if part == 4 { 0x80 } else { 0 };
            if let Some(place) = bytes.get_mut(12..16) {
                place.copy_from_slice(&[(key % 10) as u8, end | 10, (part + 1) as u8, 0]);
            }
            let now = at(n * 20);
            engine.handle_packet(port(0), PacketKind::Rtp, far(0), &bytes, now, &mut sink);
        });
    });
    assert!(sink.events >= n / 10, "{} events of {n} packets", sink.events);
    group.finish();
}

fn codecs(c: &mut Criterion) {
    let mut group = c.benchmark_group("G.711, 20 ms");
    let payload: Vec<u8> = (0..160).collect();
    group.throughput(Throughput::Bytes(160));
    let mut out = [0; 160];
    group.bench_function("A-law to µ-law", |b| {
        b.iter(|| {
            g711::transcode(Codec::Pcma, Codec::Pcmu, black_box(&payload), &mut out);
            black_box(out.first().copied())
        });
    });
    group.bench_function("A-law to linear", |b| {
        b.iter(|| g711::decode_all(Codec::Pcma, black_box(&payload)));
    });
    group.bench_function("linear to A-law", |b| {
        let samples = g711::decode_all(Codec::Pcma, &payload);
        b.iter(|| {
            for (to, sample) in out.iter_mut().zip(black_box(&samples)) {
                *to = g711::encode(Codec::Pcma, *sample);
            }
            black_box(out.first().copied())
        });
    });
    group.finish();
}

criterion_group!(benches, relay, codecs);
criterion_main!(benches);

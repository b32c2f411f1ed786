//! The words of SIP: scanning and writing an INVITE of 1 kB, beside splitting its headers; matching a
//! response to its transaction; reading and writing SDP.
//!
//! `cargo bench --bench sip -- --quick` is enough to see where a change leads.
#![expect(missing_docs, reason = "criterion's macros write functions without any")]
#![expect(clippy::unwrap_used, reason = "a bench ends at the first fault")]

use bytes::Bytes;
use centralino::base::{CallKey, LegKey, LegNo, Mint, Mono, Now, WorkerId};
use centralino::sip::sdp::Sdp;
use centralino::sip::{Message, Method, Writer};
use centralino::transaction::{ClientTx, Input, Layer};
use centralino::transport::{Flow, ListenerId, Transport};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const SDP: &str = "v=0\r\no=trunk 3541 3541 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\n\
    t=0 0\r\nm=audio 24680 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

/// The headers of an INVITE as a trunk sends it.
const HEADERS: [(&str, &str); 14] = [
    ("Via", "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds0bf2c;rport"),
    ("Via", "SIP/2.0/UDP 192.0.2.77:5062;branch=z9hG4bK5a1d94c9;received=192.0.2.77"),
    ("Max-Forwards", "69"),
    ("Record-Route", "<sip:192.0.2.10;lr;ftag=9fxced76sl>"),
    ("From", "\"Anna Rossi\" <sip:+390212345@trunk.example>;tag=9fxced76sl"),
    ("To", "<sip:+390298765@192.0.2.1>"),
    ("Call-ID", "3848276298220188511@192.0.2.77"),
    ("CSeq", "31862 INVITE"),
    ("Contact", "<sip:+390212345@192.0.2.77:5062;transport=udp>"),
    ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"),
    ("Supported", "100rel, timer, replaces"),
    ("Session-Expires", "1800;refresher=uac"),
    ("P-Asserted-Identity", "<sip:+390212345@trunk.example>"),
    ("User-Agent", "Trunk 4.2"),
];

fn write_invite() -> Bytes {
    let writer = Writer::request(Method::Invite, b"sip:+390298765@192.0.2.1:5060");
    let writer = HEADERS.iter().fold(writer, |writer, (name, value)| writer.header(name, value));
    writer.body("application/sdp", SDP.as_bytes())
}

/// Splitting lines and names: what any reader does at least.
fn split(bytes: &[u8]) -> usize {
    let mut found = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            found += black_box(line.split_at(colon)).1.len();
        }
    }
    found
}

fn messages(c: &mut Criterion) {
    let invite = write_invite();
    let mut group = c.benchmark_group("INVITE");
    group.throughput(Throughput::Bytes(invite.len() as u64));
    group.bench_function("splitting its headers", |b| b.iter(|| split(black_box(&invite))));
    group.bench_function("scanning it", |b| {
        b.iter(|| Message::scan(black_box(invite.clone())).unwrap());
    });
    group.bench_function("writing it", |b| b.iter(|| black_box(write_invite())));
    let message = Message::scan(invite.clone()).unwrap();
    group.bench_function("writing its 180", |b| {
        b.iter(|| black_box(Writer::respond(&message, 180, Some(b"tag")).finish()));
    });
    group.finish();
}

fn sdp(c: &mut Criterion) {
    let mut group = c.benchmark_group("SDP");
    group.throughput(Throughput::Bytes(SDP.len() as u64));
    group.bench_function("reading", |b| b.iter(|| Sdp::parse(black_box(SDP.as_bytes())).unwrap()));
    let sdp = Sdp::parse(SDP.as_bytes()).unwrap();
    group.bench_function("writing", |b| b.iter(|| black_box(sdp.to_bytes())));
    group.finish();
}

const NOW: Now = Now { mono: Mono(1_000_000), wall_ms: 0 };

fn flow() -> Flow {
    let remote = "192.0.2.2:5060".parse().unwrap();
    Flow { listener: ListenerId(0), transport: Transport::Udp, remote, connection: None }
}

/// A request of ours in a transaction, and the 180 that comes to it.
fn transaction(layer: &mut Layer, mint: &mut Mint, number: u64) -> Message {
    let tx = ClientTx { branch: mint.branch(), method: Method::Invite };
    let via = [&b"SIP/2.0/UDP 192.0.2.1:5060;branch="[..], tx.branch.as_bytes()];
    let call_id = format!("{number}@192.0.2.1");
    let common = |writer: Writer, to: &str| {
        writer
            .parts("Via", &via)
            .header("From", "<sip:we@192.0.2.1>;tag=we")
            .header("To", to)
            .header("Call-ID", &call_id)
            .header("CSeq", "1 INVITE")
    };
    let request = common(Writer::request(Method::Invite, b"sip:a@192.0.2.2"), "<sip:a@192.0.2.2>");
    let bytes = request.header("Max-Forwards", "70").finish();
    let owner = Some(LegKey { call: CallKey(number), leg: LegNo(1) });
    let mut out = Vec::new();
    layer.handle(Input::Request { tx, owner, flow: flow(), bytes }, NOW, &mut out);
    let ringing = common(Writer::response(180, "Ringing"), "<sip:a@192.0.2.2>;tag=a").finish();
    Message::scan(ringing).unwrap()
}

fn transactions(c: &mut Criterion) {
    let mut group = c.benchmark_group("a response finds its transaction");
    for count in [100u64, 10_000] {
        let (mut layer, mut mint) = (Layer::default(), Mint::seeded(1, WorkerId(0)));
        let ringing: Vec<Message> =
            (0..count).map(|number| transaction(&mut layer, &mut mint, number)).collect();
        let mut out = Vec::new();
        let mut next = ringing.iter().cycle();
        group.bench_function(format!("among {count}"), |b| {
            b.iter_batched(
                || next.next().unwrap().clone(),
                |message| {
                    out.clear();
                    layer.handle(Input::Received { message, flow: flow() }, NOW, &mut out);
                    assert!(!out.is_empty(), "the 180 is told");
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, messages, sdp, transactions);
criterion_main!(benches);

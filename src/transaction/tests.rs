//! Ladders in virtual time for the layer, and the tables of all (state, input) pairs.

mod client;
mod coverage;
mod disorder;
mod server;

use super::*;
use crate::base::{CallKey, LegNo, Mint, Mono, Now, WorkerId, limits};
use crate::sip::Writer;
use crate::transport::{ConnectionId, ListenerId, Transport};
use std::time::Duration;

/// What is logged of inputs, outputs and the layer itself tells nobody's number.
#[test]
fn debug_shows_no_message() {
    let mut bench = Bench::new();
    let tx = ClientTx { branch: bench.mint.branch(), method: Method::Invite };
    let (_, request) = bench.request_in(tx, udp());
    let message = branched(Method::Invite, "1");
    let mut shown = format!("{request:?}");
    for input in [request, Input::Received { message, flow: udp() }, Input::Timeout] {
        shown += &format!("{input:?} {:?} {:?}", bench.outputs(input.clone()), bench.layer);
    }
    assert!(shown.contains(" bytes") && shown.contains("INVITE"), "{shown}");
    assert!(!shown.contains("anna"), "{shown}");
}

/// A layer, a clock, and what the layer said, as text.
struct Bench {
    layer: Layer,
    now: Mono,
    mint: Mint,
}

/// What was said and when, in milliseconds.
type Said = Vec<(u64, String)>;

impl Bench {
    fn new() -> Bench {
        Bench { layer: Layer::default(), now: Mono(7_000), mint: Mint::seeded(42, WorkerId(0)) }
    }

    /// Hands in one input now.
    fn outputs(&mut self, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        self.layer.handle(input, Now { mono: self.now, wall_ms: 0 }, &mut out);
        out
    }

    /// The same, described.
    fn say(&mut self, input: Input) -> Vec<String> {
        self.outputs(input).iter().map(describe).collect()
    }

    fn hear(&mut self, message: &Message, flow: Flow) -> Vec<String> {
        self.say(Input::Received { message: message.clone(), flow })
    }

    fn ms(&self) -> u64 {
        (self.now.0 - 7_000) / 1_000
    }

    /// Lets time pass from deadline to deadline up to `ms` milliseconds after the beginning.
    fn until(&mut self, ms: u64) -> Said {
        let end = Mono(7_000) + Duration::from_millis(ms);
        let mut said = Vec::new();
        while let Some(deadline) = self.layer.next_deadline().filter(|at| *at <= end) {
            assert!(deadline > self.now, "the layer asks to be woken in the past");
            self.now = deadline;
            let at = self.ms();
            said.extend(self.say(Input::Timeout).into_iter().map(|text| (at, text)));
        }
        self.now = end;
        said
    }

    /// A request of ours, and the input that sends it.
    fn request(&mut self, method: Method, flow: Flow) -> (ClientTx, Input) {
        let branch = self.mint.branch();
        self.request_in(ClientTx { branch, method }, flow)
    }

    fn request_in(&self, tx: ClientTx, flow: Flow) -> (ClientTx, Input) {
        let bytes = ours(tx);
        (tx, Input::Request { tx, owner: Some(leg()), flow, bytes })
    }
}

fn leg() -> LegKey {
    LegKey { call: CallKey(77), leg: LegNo(1) }
}

fn udp() -> Flow {
    flow(Transport::Udp, "192.0.2.2:5060")
}

fn tcp() -> Flow {
    flow(Transport::Tcp, "192.0.2.2:40000")
}

fn flow(transport: Transport, remote: &str) -> Flow {
    let connection = transport.is_reliable().then_some(ConnectionId(9));
    Flow { listener: ListenerId(0), transport, remote: remote.parse().unwrap(), connection }
}

/// Our request, with a route so that its copy in the ACK can be seen.
fn ours(tx: ClientTx) -> Bytes {
    Writer::request(tx.method, b"sip:anna@192.0.2.2")
        .parts("Via", &[b"SIP/2.0/UDP 192.0.2.1:5060;rport;branch=", tx.branch.as_bytes()])
        .header("Max-Forwards", "70")
        .header("Route", "<sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>")
        .header("Route", "<sip:192.0.2.52;lr>")
        .header("From", "<sip:we@192.0.2.1>;tag=we")
        .header("To", "<sip:anna@192.0.2.2>")
        .header("Call-ID", "ours")
        .parts("CSeq", &[b"7 ", tx.method.as_str().as_bytes()])
        .finish()
}

/// The peer's response to it.
fn answer(tx: ClientTx, status: u16, to_tag: &str) -> Message {
    let request = Message::scan(ours(tx)).unwrap();
    let tag = Some(to_tag.as_bytes());
    Message::scan(Writer::respond(&request, status, tag).finish()).unwrap()
}

/// A peer's request: method, top Via, To parameters.
fn theirs(method: Method, via: &str, to: &str) -> Message {
    let bytes = Writer::request(method, b"sip:we@192.0.2.1")
        .header("Via", via)
        .header("Max-Forwards", "70")
        .header("From", "<sip:anna@192.0.2.2>;tag=anna")
        .parts("To", &[b"<sip:we@192.0.2.1>", to.as_bytes()])
        .header("Call-ID", "theirs")
        .parts("CSeq", &[b"3 ", method.as_str().replace("UNKNOWN", "FOO").as_bytes()])
        .finish();
    Message::scan(bytes).unwrap()
}

/// A peer's request with a branch of RFC 3261.
fn branched(method: Method, branch: &str) -> Message {
    theirs(method, &format!("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{branch}"), "")
}

/// Our response to a peer's request, as the user makes it.
fn response(request: &Message, status: u16) -> Bytes {
    Writer::respond(request, status, Some(b"ourtag")).finish()
}

/// The transaction that a new request was told with.
fn told(outputs: &[Output]) -> ServerTx {
    match outputs {
        [Output::Request { tx, .. }] => *tx,
        other => panic!("{other:?}"),
    }
}

/// One output as a line: who is sent or told what.
fn describe(output: &Output) -> String {
    match output {
        Output::Send { bytes, .. } => format!("> {}", summary(&scan(bytes))),
        Output::Request { message, .. } => format!("request {}", summary(message)),
        Output::Cancelled { owner, .. } => format!("cancelled {}", owner.is_some()),
        Output::Ack { message, .. } => format!("told {}", summary(message)),
        Output::Response { message, .. } => format!("told {}", summary(message)),
        Output::Proceeding { .. } => "proceeding".to_owned(),
        Output::Failed { why, .. } => format!("failed {why:?}"),
        Output::NoAck { owner } => format!("no ack {}", owner.is_some()),
        Output::StrayAnswer { message, .. } => format!("stray {}", summary(message)),
        Output::Dropped => "dropped".to_owned(),
    }
}

fn scan(bytes: &Bytes) -> Message {
    Message::scan(bytes.clone()).unwrap()
}

/// The method, or status and CSeq method.
fn summary(message: &Message) -> String {
    match message.status() {
        Some(status) => format!("{status} {}", message.cseq().unwrap().method),
        None => message.method_text().to_owned(),
    }
}

/// `said` at these milliseconds, nothing else.
fn at(times: &[u64], said: &str) -> Said {
    times.iter().map(|ms| (*ms, said.to_owned())).collect()
}

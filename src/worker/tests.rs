//! A worker on its own: what waited too long begins nothing, which requests are of our dialogs, and whose
//! connections are in use.

use super::*;
use crate::dialplan::{self, Source};
use crate::io::run::Origin;
use crate::media::PromptBook;
use crate::plan::Names;
use crate::sip::Message;
use crate::transport::{ConnectionId, Listener, ListenerId, Transport};
use std::net::SocketAddr;

const PLAN: &str = "\
version: 1
sip: { listen: [udp://192.0.2.1:5060] }
trunks: { carrier: { accept_from: [192.0.2.2] } }
numbers: { default: main }
flows: { main: { wait: { play: [{ pause: 60s }], next: wait } } }
";

/// The trunk, and somebody else.
const TRUNK: &str = "192.0.2.2:5060";
const STRANGER: &str = "192.0.2.9:5060";

/// A worker with some media ports.
pub(crate) fn worker(edition: Edition) -> Worker {
    let local = |transport| Listener { transport, local: "192.0.2.1:5060".parse().unwrap() };
    let list = vec![local(Transport::Udp), local(Transport::Tcp)];
    let mut worker = Worker::new(Config {
        id: WorkerId(0),
        workers: 1,
        mint: Mint::seeded(7, WorkerId(0)),
        listeners: Arc::new(Listeners { list, ..Listeners::default() }),
        edition,
        ports: PortSupply::new(1, &[Family::V4]),
        loop_mark: "mark".into(),
        most_calls: 100,
        gates: Arc::default(),
    });
    let address = |port| SocketAddr::new([192, 0, 2, 1].into(), port);
    let port = |n: u16| MediaPort { thread: 0, local: address(20_000 + 2 * n) };
    worker.handle(Input::Ports((0..20).map(port).collect()), Now::default(), &mut Vec::new());
    worker
}

/// From this address, over UDP or TCP.
pub(crate) fn flow(from: &str, transport: Transport) -> Flow {
    let (listener, connection) = match transport {
        Transport::Udp => (ListenerId(0), None),
        Transport::Tcp => (ListenerId(1), Some(ConnectionId(5))),
    };
    Flow { listener, transport, remote: from.parse().unwrap(), connection }
}

/// A request of a caller's; the INVITE has an offer.
pub(crate) fn request(method: &str, number: u32, via: &str, to_tag: &str) -> Bytes {
    let body = match method {
        "INVITE" => {
            "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n\
             m=audio 6000 RTP/AVP 8\r\n"
        }
        _ => "",
    };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let length = body.len();
    Bytes::from(format!(
        "{method} sip:100@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/{via} 192.0.2.2;branch=z9hG4bK{number}\r\n\
         From: <sip:+39333{number}@192.0.2.2>;tag=f{number}\r\nTo: <sip:100@192.0.2.1>{to_tag}\r\n\
         Call-ID: c{number}@192.0.2.2\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n\
         Contact: <sip:caller@192.0.2.2>\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    ))
}

fn edition() -> Edition {
    edition_of(PLAN)
}

fn edition_of(text: &str) -> Edition {
    let source = Source { name: "plan.yaml".to_owned(), text: text.to_owned() };
    let loaded = dialplan::compile(&[source], &Origin::Demo, &mut Names::default());
    let plan = loaded.unwrap_or_else(|findings| panic!("{findings:?}")).plan;
    Edition { plan: Arc::new(plan), prompts: Arc::<PromptBook>::default() }
}

/// What it sends: status and Retry-After.
fn sent(worker: &mut Worker, input: Input) -> Vec<(u16, String)> {
    let mut out = Vec::new();
    worker.handle(input, Now::default(), &mut out);
    let said = |output: Output| {
        let Output::Send { bytes, .. } = output else { return None };
        let message = Message::scan(bytes).unwrap();
        let after = message.header(crate::sip::Name::RetryAfter).unwrap_or_default();
        Some((message.status()?, String::from_utf8_lossy(after).into_owned()))
    };
    out.into_iter().filter_map(said).collect()
}

/// OVL-01: a new INVITE that waited too long is refused without a trace; its repeat is taken when we are
/// in time again. What is of a call is handled however late it is.
#[test]
fn ovl_01_what_waited_too_long_begins_no_call() {
    let mut worker = worker(edition());
    let trunk = flow(TRUNK, Transport::Udp);
    let late = |bytes| Input::Late { flow: trunk, bytes };
    let invite = request("INVITE", 1, "UDP", "");
    for _ in 0..2 {
        assert_eq!(sent(&mut worker, late(invite.clone())), [(503, "5".to_owned())]);
    }
    assert_eq!(worker.remains(), [0; 4], "nothing is kept of it");
    let carrier = worker.editions.current.plan.trunks[0].id;
    assert_eq!(worker.refusals().of(carrier, Refusal::Late), 2);
    assert_eq!(sent(&mut worker, late(request("ACK", 1, "UDP", ";tag=s1"))), []);

    let answers = sent(&mut worker, Input::Message { flow: trunk, bytes: invite.clone() });
    assert!(answers.iter().all(|(status, _)| *status < 300), "{answers:?}");
    assert_eq!(worker.calls(), 1);
    let again = sent(&mut worker, late(invite));
    assert!(again.iter().all(|(status, _)| *status < 300), "a repeat is known: {again:?}");
    let cancelled = sent(&mut worker, late(request("CANCEL", 1, "UDP", "")));
    assert!(cancelled.iter().any(|(status, _)| *status == 200), "{cancelled:?}");
    assert_eq!(sent(&mut worker, late(request("OPTIONS", 2, "UDP", ""))), [(200, String::new())]);
}

/// OVL-01: a call for help is taken however late it is.
#[test]
fn ovl_01_an_emergency_call_is_not_refused_for_being_late() {
    let route = "routes: { help: { numbers: \"100\", trunks: far, emergency: true } }\n";
    let far = "trunks: { far: { peers: \"sip:192.0.2.7\" }, carrier";
    let mut worker = worker(edition_of(&(PLAN.replace("trunks: { carrier", far) + route)));
    let invite = request("INVITE", 1, "UDP", "");
    let late = Input::Late { flow: flow(TRUNK, Transport::Udp), bytes: invite };
    let answers = sent(&mut worker, late);
    assert!(answers.iter().all(|(status, _)| *status < 300), "{answers:?}");
    assert_eq!(worker.calls(), 1);
}

/// A request is of a dialog of ours only if its tag and its Call-ID are: what is invented takes no room
/// that is kept for dialogs.
#[test]
fn a_tag_that_is_made_up_is_no_dialog() {
    let mut worker = worker(edition());
    worker.layer = Layer::with_bound(1);
    let stranger = flow(STRANGER, Transport::Udp);
    let bye =
        |n| Input::Message { flow: stranger, bytes: request("BYE", n, "UDP", ";tag=made-up") };
    assert_eq!(sent(&mut worker, bye(1)), [(481, String::new())]);
    assert_eq!(sent(&mut worker, bye(2)), [(503, String::new())], "there is room for one");
}

/// A connection is in use as long as a call goes over it, and no longer; nobody else's is.
#[test]
fn a_call_uses_its_connection() {
    let mut worker = worker(edition());
    let asked = |worker: &mut Worker, flow| {
        let mut out = Vec::new();
        worker.handle(Input::IsUsed(flow), Now::default(), &mut out);
        match out.as_slice() {
            [] => false,
            [Output::InUse(said)] if *said == flow => true,
            other => panic!("{other:?}"),
        }
    };
    let (ours, other) = (flow(TRUNK, Transport::Tcp), flow("192.0.2.2:5061", Transport::Tcp));
    assert!(!asked(&mut worker, ours));
    sent(&mut worker, Input::Message { flow: ours, bytes: request("INVITE", 1, "TCP", "") });
    assert_eq!(worker.calls(), 1);
    assert!(asked(&mut worker, ours));
    assert!(!asked(&mut worker, other) && !asked(&mut worker, flow(TRUNK, Transport::Udp)));
    sent(&mut worker, Input::EndAll);
    let mut now = Now::default();
    while let Some(at) = worker.next_deadline() {
        now.mono = at;
        worker.handle(Input::Timeout, now, &mut Vec::new());
    }
    assert!(!asked(&mut worker, ours));
}

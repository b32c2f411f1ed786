//! One turn of a worker's thread: who goes first, who waited too long, and what makes room again.

use super::*;
use crate::dialplan::{self, Source};
use crate::io::run::Origin;
use crate::plan::{Names, Plan};
use crate::sip::Message;
use crate::worker::Edition;
use crate::worker::tests::{request, worker};
use std::net::{Ipv4Addr, SocketAddr};

/// Callers on loopback are the trunk's.
const PLAN: &str = "\
version: 1
sip: { listen: [udp://127.0.0.1:5060] }
trunks: { carrier: { accept_from: [127.0.0.0/8] } }
numbers: { default: main }
flows: { main: { wait: { play: [{ pause: 60s }], next: wait } } }
";

fn plan() -> Arc<Plan> {
    let source = Source { name: "plan.yaml".to_owned(), text: PLAN.to_owned() };
    let loaded = dialplan::compile(&[source], &Origin::Demo, &mut Names::default());
    Arc::new(loaded.unwrap_or_else(|findings| panic!("{findings:?}")).plan)
}

/// A house in which nothing is done.
struct Empty;

impl House for Empty {
    fn media(&mut self, _: u8, _: media::Command) {}
    fn route(&mut self, _: router::Input, _: &mut VecDeque<Input>) {}
    fn record(&mut self, _: record::Event) {}
    fn is_recording(&mut self) -> bool {
        true
    }
    fn want_ports(&mut self, _: &Worker, _: &mut VecDeque<Input>) {}
    fn flush(&mut self, _: &Worker) {}
    fn next_deadline(&self) -> Option<Mono> {
        None
    }
    fn on_deadline(&mut self, _: &mut VecDeque<Input>) {}
    fn is_closing(&self) -> bool {
        false
    }
}

/// A worker's desk with one socket, and a caller with one.
struct Scene {
    desk: Desk,
    inbox: Inbox,
    caller: UdpSocket,
    /// Where the desk's socket is.
    at: SocketAddr,
}

impl Scene {
    fn new() -> Scene {
        let socket = || {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        let (inboxes, mut waiting) = Inboxes::new(1);
        let plan = plan();
        let ours = socket();
        let at = ours.local_addr().unwrap();
        let peers = crate::io::sip::Peers::new(plan.clone());
        let desk = Desk {
            id: WorkerId(0),
            worker: worker(Edition { plan, prompts: Arc::default() }),
            connections: Connections::new(inboxes.clone(), peers, 8),
            inboxes,
            listeners: Arc::default(),
            udp: Udp::new(vec![Some(ours)]).unwrap(),
            clock: Clock::new(),
            own: VecDeque::new(),
            said: Vec::new(),
            order: Order::default(),
            awake: Instant::now(),
            came_at: None,
            recording: true,
        };
        Scene { desk, inbox: waiting.remove(0), caller: socket(), at }
    }

    /// The caller's request waits in the inbox.
    fn post(&self, bytes: Bytes) -> bool {
        let remote = self.caller.local_addr().unwrap();
        let (listener, transport) = (ListenerId(0), Transport::Udp);
        let flow = Flow { listener, transport, remote, connection: None };
        self.desk.inboxes.post(WorkerId(0), Input::Message { flow, bytes })
    }

    /// A turn; what the caller hears in it.
    fn turn(&mut self) -> Vec<u16> {
        self.desk.drain_inbox(&mut self.inbox, &mut Empty);
        self.desk.handle_messages(&self.inbox, &mut Empty);
        let mut heard = Vec::new();
        let mut buffer = [0; 65_535];
        while let Ok(length) = self.caller.recv(&mut buffer) {
            let message = Message::scan(Bytes::copy_from_slice(&buffer[..length])).unwrap();
            heard.extend(message.status());
        }
        heard
    }
}

/// A request that names the caller's own port, so that answers find it.
fn from(scene: &Scene, method: &str, number: u32, to_tag: &str) -> Bytes {
    let port = scene.caller.local_addr().unwrap().port();
    let bytes = request(method, number, "UDP", to_tag);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Bytes::from(text.replace("192.0.2.2;branch", &format!("127.0.0.1:{port};branch")))
}

/// What belongs to a call, or says so, does not wait behind new calls that came before it.
#[tokio::test(start_paused = true)]
async fn running_calls_go_first() {
    let mut scene = Scene::new();
    for (method, to_tag) in [("OPTIONS", ""), ("BYE", ";tag=other"), ("OPTIONS", "")] {
        let number = 1 + u32::from(method == "BYE");
        assert!(scene.post(from(&scene, method, number, to_tag)));
    }
    // The runtime learns that the socket may be written to.
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(scene.turn(), [481, 200, 200]);
}

/// A new call that waited for more than 50 ms is refused at once, unless the thread slept meanwhile.
#[tokio::test(start_paused = true)]
async fn ovl_01_who_waited_too_long_is_refused() {
    let mut scene = Scene::new();
    let ms = Duration::from_millis;
    assert!(scene.post(from(&scene, "INVITE", 1, "")));
    tokio::time::advance(ms(40)).await;
    assert!(scene.post(from(&scene, "INVITE", 2, "")));
    tokio::time::advance(ms(20)).await;
    let heard = scene.turn();
    assert_eq!(heard.iter().filter(|status| **status == 503).count(), 1, "{heard:?}");
    assert_eq!((scene.desk.worker.calls(), scene.desk.worker.refusals().total()), (1, 1));

    assert!(scene.post(from(&scene, "INVITE", 3, "")));
    tokio::time::advance(ms(60)).await;
    scene.desk.awake = Instant::now();
    scene.turn();
    assert_eq!((scene.desk.worker.calls(), scene.desk.worker.refusals().total()), (2, 1));
}

/// A message counts as waiting in the inbox until its turn has come, wherever it waits.
#[tokio::test(start_paused = true)]
async fn what_waits_for_its_turn_fills_the_inbox() {
    let mut scene = Scene::new();
    let bytes = from(&scene, "OPTIONS", 1, "");
    let mut posted = 0;
    while scene.post(bytes.clone()) {
        posted += 1;
    }
    scene.desk.drain_inbox(&mut scene.inbox, &mut Empty);
    assert!(!scene.desk.order.is_empty());
    assert!(!scene.post(bytes.clone()), "they wait elsewhere, and still wait");
    assert!(scene.desk.handle_messages(&scene.inbox, &mut Empty), "there is more");
    let room = (0..posted).take_while(|_| scene.post(bytes.clone())).count();
    assert_eq!(room, NEW_BURST);
}

/// What belongs to a call does not wait in the socket's buffer behind new calls that came before it,
/// many turns of them.
#[tokio::test]
async fn running_calls_go_first_through_the_socket_too() {
    let mut scene = Scene::new();
    let to = scene.at;
    // More than one burst, and less than a socket's buffer holds by default.
    for number in 0..120 {
        let bytes = from(&scene, "OPTIONS", 1 + number, "");
        scene.caller.send_to(&bytes, to).unwrap();
    }
    let bytes = from(&scene, "BYE", 1_000, ";tag=other");
    scene.caller.send_to(&bytes, to).unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            scene.desk.drain_sockets(&mut Empty);
            let heard = scene.turn();
            if !heard.is_empty() {
                return heard;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(heard.await.unwrap().first(), Some(&481));
}

//! Connections on real sockets: who is let in, and what strangers hear.

use super::*;
use crate::dialplan::{self, Source};
use crate::io::run::Origin;
use crate::plan::Names;
use crate::router::Roster;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Whom `trunk` names may call; `unknown` is what others get.
fn peers(trunk: &str, unknown: &str) -> Peers {
    let text = format!(
        "version: 1\nsip: {{ listen: [\"tcp://127.0.0.1:0\"], unknown: {unknown} }}\n\
         trunks: {{ t: {{ accept_from: [\"{trunk}\"], peers: [\"sip:198.51.100.9\"] }} }}\n\
         agents: {{ anna: {{ contact: \"sip:anna@192.0.2.8;transport=tcp\" }} }}\n\
         numbers: {{ default: {{ refuse: 404 }} }}\n"
    );
    let source = Source { name: "plan.yaml".to_owned(), text };
    match dialplan::compile(&[source], &Origin::Demo, &mut Names::default()) {
        Ok(loaded) => Peers::new(Arc::new(loaded.plan)),
        Err(findings) => panic!("{findings:?}"),
    }
}

/// A request whose body has no length: nobody knows where the next one begins.
const BROKEN: &[u8] = b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n\
    Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\n\
    To: <sip:x@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";

/// Listens, is sent these bytes by a peer, and tells what the peer hears until it is cut off.
async fn answer(peers: Peers, said: &[u8]) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (inboxes, _inbox) = Inboxes::new(1);
    let connections = Connections::new(inboxes, peers, 8);
    tokio::spawn(connections.accept(listener, ListenerId(0), WorkerId(0)));
    let mut peer = TcpStream::connect(address).await.unwrap();
    peer.write_all(said).await.unwrap();
    let mut heard = String::new();
    peer.read_to_string(&mut heard).await.unwrap();
    heard
}

/// TRN-02: a broken stream is answered and closed; with `unknown: ignore` a stranger's is closed
/// without a word, and its ping is not answered either.
#[tokio::test]
async fn a_stranger_who_is_ignored_hears_nothing_of_a_broken_stream() {
    let said = [b"\r\n\r\n", BROKEN].concat();
    for (trunk, unknown, hears) in [
        ("127.0.0.1", "refuse", true),
        ("127.0.0.1", "ignore", true),
        ("192.0.2.1", "refuse", true),
        ("192.0.2.1", "ignore", false),
    ] {
        let heard = answer(peers(trunk, unknown), &said).await;
        let expected = if hears { "\r\nSIP/2.0 400 " } else { "" };
        assert!(heard.starts_with(expected), "{trunk} {unknown}: {heard}");
        assert_eq!(heard.is_empty(), !hears, "{trunk} {unknown}: {heard}");
    }
}

/// Trunks by where they call from and where they are called, agents by their contact.
#[test]
fn the_plan_knows_trunks_and_agents() {
    let peers = peers("203.0.113.0/24", "ignore");
    for (address, peer) in [
        ("203.0.113.77", Peer::Known),
        ("198.51.100.9", Peer::Known),
        ("192.0.2.8", Peer::Known),
        ("::ffff:192.0.2.8", Peer::Known),
        ("192.0.2.9", Peer::Stranger),
    ] {
        let address = address.parse().unwrap();
        assert_eq!(peers.peer(address), peer, "{address}");
        assert_eq!(peers.is_answered(address), peer == Peer::Known, "{address}");
    }
}

/// What has no seat is closed at once; a seat is free again when its connection is lost.
#[tokio::test]
async fn a_connection_without_a_seat_is_closed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (inboxes, mut waiting) = Inboxes::new(1);
    let connections = Connections::new(inboxes, peers("127.0.0.1", "refuse"), 2);
    tokio::spawn(connections.clone().accept(listener, ListenerId(0), WorkerId(0)));
    let is_served = async |peer: &mut TcpStream| {
        let mut pong = [0; 2];
        let asked = peer.write_all(b"\r\n\r\n").await;
        asked.is_ok() && peer.read_exact(&mut pong).await.is_ok()
    };
    let mut first = TcpStream::connect(address).await.unwrap();
    assert!(is_served(&mut first).await);
    let mut second = TcpStream::connect(address).await.unwrap();
    assert!(is_served(&mut second).await);
    let mut third = TcpStream::connect(address).await.unwrap();
    assert!(!is_served(&mut third).await);
    drop(first);
    let lost = waiting.pop().unwrap().channel.recv().await;
    let lost = lost.map(|posted| posted.input);
    assert!(matches!(lost, Some(Input::TransportFailed(_))), "{lost:?}");
    let mut fourth = TcpStream::connect(address).await.unwrap();
    assert!(is_served(&mut fourth).await);
    assert!(is_served(&mut second).await);
}

/// A connection that we open counts as its peer's: a stranger who goes away before each answer does not
/// get more seats by our opening them.
#[tokio::test]
async fn what_we_open_towards_a_stranger_is_its_own() {
    for (trunk, room) in [("192.0.2.1", 3), ("127.0.0.1", 4)] {
        let (inboxes, _inbox) = Inboxes::new(1);
        let connections = Connections::new(inboxes, peers(trunk, "refuse"), 4);
        let send = |port: u16| {
            let remote = (Ipv4Addr::LOCALHOST, port).into();
            let (listener, transport) = (ListenerId(0), Transport::Tcp);
            let flow = Flow { listener, transport, remote, connection: None };
            connections.send(flow, remote, Bytes::from_static(b"x"), WorkerId(0))
        };
        assert_eq!((1..10).filter(|port| send(*port)).count(), room, "{trunk}");
        assert_eq!(connections.figures(), (room, 9 - room as u64));
    }
}

/// A reload changes who is known, and so do the agents of a plan on trial.
#[test]
fn another_plan_in_force_knows_others() {
    let (inboxes, _inbox) = Inboxes::new(1);
    let connections = Connections::new(inboxes, peers("203.0.113.1", "ignore"), 8);
    let known = |address: &str| connections.peers().is_answered(address.parse().unwrap());
    assert!(known("203.0.113.1") && known("192.0.2.8") && !known("203.0.113.2"));
    connections.set_peers(peers("203.0.113.2", "ignore"));
    assert!(known("203.0.113.2") && known("192.0.2.8") && !known("203.0.113.1"));
    let more = crate::router::Agent::new(crate::base::AgentId(7), "carla", "sip:carla@192.0.2.9");
    let roster = Roster { agents: vec![more], ..Roster::default() };
    connections.set_peers(peers("203.0.113.2", "ignore").with(&roster));
    assert!(known("203.0.113.2") && known("192.0.2.8") && known("192.0.2.9"));
}

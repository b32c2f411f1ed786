//! The real binary on sockets: everything at once, and afterwards all is as before.

use crate::ground::{Plan, Router, wait_long, wait_until};
use crate::hostile::{Dice, corpus, mutate};
use crate::peer::{Caller, status};
use crate::phone::{Agent, Line, address, rtp, socket};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Set in a process that is alone in its network namespace.
const APART: &str = "CENTRALINO_TORTURE_APART";
/// Where the numbers come from.
const SEED: u64 = 20_261_122;

/// Hostile messages name foreign addresses, and the router may answer to them: so this test runs
/// itself in a network namespace where there is only loopback. Where that is not permitted, what
/// names foreign addresses is left out.
#[test]
fn msg_02_hostile_traffic_changes_nothing() {
    if std::env::var_os(APART).is_some() {
        return torture(true);
    }
    let may = Command::new("unshare").args(["-n", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!("no network namespace to be had: messages with foreign addresses are left out");
        return torture(false);
    }
    let status = Command::new("unshare")
        .args(["-n", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "wire::msg_02_hostile_traffic_changes_nothing", "--nocapture"])
        .env(APART, "1")
        .status();
    assert!(status.is_ok_and(|status| status.success()), "it failed in its namespace, see above");
}

fn torture(foreign: bool) {
    let agent = Agent::new();
    let router = start(&agent, 2);
    let mut victim = Line::new(router.udp, "300", "victim");
    victim.call();
    // Neither where the caller's SDP points nor where its signalling comes from.
    let stranger = UdpSocket::bind("127.0.0.66:0").expect("a port");
    stranger.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    for sequence in 0..10 {
        talk(&victim, &agent, sequence);
    }
    let mut dice = Dice::new(SEED);
    if foreign {
        torture_messages(&router, &mut dice);
        mutations(&router, &victim.caller, &mut dice);
    }
    noise(&router, &mut dice);
    big_messages(&router);
    hostile_streams(&router, &mut dice);
    hostile_media(&victim, &agent, &stranger, &mut dice);
    // MED-07: the talk went on, and nobody else hears it.
    assert!(hears(&victim, &agent, 1000), "the talk is dead");
    assert!(stranger.recv(&mut [0; 2000]).is_err(), "a stranger got media");
    assert_eq!(victim.ask_within("OPTIONS", 1 << 20), Some(200), "the talk's dialog");
    assert_eq!(victim.ask_within("BYE", (1 << 20) + 1), Some(200), "the talk's end");
    for number in 0..8 {
        let mut line = Line::new(router.udp, "300", &format!("after-{number}"));
        line.call();
        assert_eq!(line.ask_within("BYE", 2), Some(200));
    }
    wait_until("the agent's legs are ended", || agent.byes.load(Ordering::Relaxed) >= 9);
    // Callers who never acknowledge are given 64·T1, and then their BYE is.
    wait_long(Duration::from_secs(100), "no call is left", || {
        metrics(&router).contains("\ncentralino_calls 0.0\n")
    });
    assert_metrics_are_sane(&metrics(&router));
    router.end();
}

/// OVL-01: SIGTERM lets calls go on and takes no new ones; a second one ends them by BYE.
#[test]
fn a_second_sigterm_ends_calls_by_bye() {
    let agent = Agent::new();
    let router = start(&agent, 1);
    let mut line = Line::new(router.udp, "300", "drained");
    line.call();
    router.terminate();
    let late = Line::new(router.udp, "300", "too-late");
    // Each with a number of its own: a repeat would only get the stored answer again.
    let mut number = 1;
    wait_until("new calls are refused", || {
        number += 1;
        status(&late.ask(&late.caller.request("OPTIONS", number, "", None))) == Some(503)
    });
    assert_eq!(status(&late.ask(&late.caller.invite(1))), Some(503));
    assert_eq!(line.ask_within("OPTIONS", 2), Some(200), "the call goes on");
    router.stop();
    assert_eq!(agent.byes.load(Ordering::Relaxed), 1);
    let mut buffer = [0; 2000];
    let bye = std::iter::from_fn(|| line.sip.recv(&mut buffer).ok().map(|n| buffer[..n].to_vec()))
        .any(|message| message.starts_with(b"BYE "));
    assert!(bye, "the caller is told");
}

fn start(agent: &Agent, workers: u8) -> Router {
    let contact = format!("sip:anna@{}", agent.sip);
    Router::start(&Plan {
        ip: Ipv4Addr::LOCALHOST.into(),
        workers,
        trunk: "trusted: true, carry: [\"X-*\", Diversion]",
        rest: format!(
            "agents:\n  anna: {{ contact: \"{contact}\" }}\n\
             numbers:\n  \"300\": {{ dial: \"{contact}\", ring: 4s }}\n  \"500\": closed\n  \
             default: {{ refuse: 404 }}\n\
             flows:\n  closed:\n    tell: {{ play: beep, early: true, next: {{ refuse: 486 }} }}\n"
        ),
    })
}

/// Every torture message over UDP and over TCP, the latter each on a connection of its own.
fn torture_messages(router: &Router, dice: &mut Dice) {
    let udp = socket();
    for (index, (_, bytes)) in corpus().into_iter().enumerate() {
        let _ = udp.send_to(&bytes, router.udp);
        if let Ok(mut tcp) = TcpStream::connect(router.tcp) {
            let _ = tcp.write_all(&bytes);
            let _ = tcp.write_all(&mutate(&bytes, dice));
        }
        for _ in 0..6 {
            let _ = udp.send_to(&mutate(&bytes, dice), router.udp);
        }
        breathe(index);
    }
}

/// Mutations of good requests: to a number that is refused after a prompt, and within the talk.
fn mutations(router: &Router, victim: &Caller, dice: &mut Dice) {
    let udp = socket();
    for index in 0..1200 {
        let caller = Caller::new(address(&udp), router.udp, "500", &format!("mutant-{index}"));
        let bytes = match dice.below(6) {
            0 => caller.request("ACK", 1, "", None),
            1 => caller.request("CANCEL", 1, "", None),
            2 => guessed(victim, dice),
            _ => caller.invite(1),
        };
        let _ = udp.send_to(&mutate(&bytes, dice), router.udp);
        breathe(index);
    }
}

/// A request that would do harm in the talk if its tags were not looked at.
fn guessed(victim: &Caller, dice: &mut Dice) -> Vec<u8> {
    let mut guess = victim.clone();
    match dice.below(3) {
        0 => guess.to_tag = format!("{:x}", dice.next()),
        1 => guess.call_id = "guessed".to_owned(),
        _ => guess.to_tag.clear(),
    }
    let method = *dice.one_of(&["BYE", "INVITE", "CANCEL", "UPDATE", "INFO", "ACK"]);
    guess.request(method, 7 + dice.below(1000) as u32, "", None)
}

/// Random bytes of any length, and of none.
fn noise(router: &Router, dice: &mut Dice) {
    let udp = socket();
    for index in 0..600 {
        let length = dice.below(1500);
        let _ = udp.send_to(&dice.bytes(length), router.udp);
        breathe(index);
    }
    let _ = udp.send_to(&dice.bytes(65_507), router.udp);
}

/// MSG-05: 500 headers, a header of 8 KiB, a datagram of 64 KiB: understood or refused.
fn big_messages(router: &Router) {
    let many = "X-Filler: 1\r\n".repeat(500);
    let long = format!("X-Filler: {}\r\n", "x".repeat(8192));
    let whole = format!("X-Filler: {}\r\n", "x".repeat(64_900));
    for (name, more) in [("many", many), ("long", long), ("whole", whole)] {
        let line = Line::new(router.udp, "404", name);
        let answer = line.ask(&line.caller.request("INVITE", 1, &more, None));
        assert!(matches!(status(&answer), Some(404 | 513)), "{name}: {:?}", status(&answer));
    }
}

/// TRN-01, TRN-02: a request byte by byte; heads without end, bodies that never come, half-open
/// connections; while these stay open, others are served.
fn hostile_streams(router: &Router, dice: &mut Dice) {
    let connect = || TcpStream::connect(router.tcp).expect("a connection");
    let mut open = Vec::new();
    for index in 0..60 {
        let mut tcp = connect();
        let _ = match index % 6 {
            0 => tcp.write_all(b"INVITE sip:300@127.0.0.1 SIP/2.0\r\nVia: "),
            1 => tcp.write_all(b"INVITE sip:3 SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n"),
            2 => tcp.write_all(&dice.bytes(5000)),
            3 => tcp.write_all(&b"\r\n".repeat(3000)),
            4 => tcp.shutdown(std::net::Shutdown::Write),
            _ => tcp.write_all(&b"X: y\r\n".repeat(12_000)),
        };
        open.push(tcp);
    }
    let mut tcp = connect();
    tcp.set_nodelay(true).expect("an option");
    tcp.set_read_timeout(Some(Duration::from_secs(8))).expect("a time-out");
    let mut caller = Caller::new(tcp.local_addr().expect("an address"), router.tcp, "300", "bytes");
    caller.transport = "TCP";
    for byte in caller.request("OPTIONS", 1, "", None) {
        tcp.write_all(&[byte]).expect("a byte");
    }
    let mut answer = [0; 2000];
    let length = tcp.read(&mut answer).expect("an answer");
    assert_eq!(status(answer.get(..length).unwrap_or_default()), Some(200));
}

/// MED-07, MED-11: noise, other versions and good RTP from a stranger to the ports of the talk.
fn hostile_media(victim: &Line, agent: &Agent, stranger: &UdpSocket, dice: &mut Dice) {
    let SocketAddr::V4(port) = victim.router_media else { panic!("not IPv4") };
    let rtcp = SocketAddr::new((*port.ip()).into(), port.port() + 1);
    for sequence in 0..1500 {
        if sequence % 25 == 0 {
            talk(victim, agent, 100 + sequence / 25);
        }
        let length = dice.below(200);
        let mut noise = dice.bytes(length);
        if let (Some(first), true) = (noise.first_mut(), dice.below(2) == 0) {
            *first = 0x80 | *first & 0x1f;
        }
        let _ = stranger.send_to(&noise, port);
        let _ = stranger.send_to(&noise, rtcp);
        let _ = stranger.send_to(&rtp(sequence, 66), port);
        breathe(sequence.into());
    }
}

/// One packet each way.
fn talk(victim: &Line, agent: &Agent, sequence: u16) {
    let _ = victim.media.send_to(&rtp(sequence, 1), victim.router_media);
    let mut buffer = [0; 2000];
    // The router sends from the port at which it hears: the agent answers there.
    if let Ok((_, from)) = agent.media.recv_from(&mut buffer) {
        let _ = agent.media.send_to(&rtp(sequence, 2), from);
    }
}

/// Whether what the agent says reaches the caller.
fn hears(victim: &Line, agent: &Agent, first: u16) -> bool {
    let mut buffer = [0; 2000];
    victim.media.set_nonblocking(true).expect("an option");
    while victim.media.recv(&mut buffer).is_ok() {}
    victim.media.set_nonblocking(false).expect("an option");
    (first..first + 50).any(|sequence| {
        talk(victim, agent, sequence);
        victim.media.recv(&mut buffer).is_ok_and(|length| length > 12)
    })
}

fn metrics(router: &Router) -> String {
    let answer = router.try_get("/metrics");
    answer.map(|(_, text)| format!("\n{text}")).unwrap_or_default()
}

/// Every reading is a number that can be.
#[track_caller]
fn assert_metrics_are_sane(text: &str) {
    let readings = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for line in readings {
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(value.is_some_and(|value| (0.0..1e12).contains(&value)), "{line}");
        assert!(line.starts_with("centralino_"), "{line}");
        count += 1;
    }
    assert!(count > 10, "{text}");
}

/// Lets the router keep up, so that the kernel drops nothing unseen.
fn breathe(index: usize) {
    if index % 20 == 19 {
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

//! The threads on real sockets of the loopback.
//!
//! Here the clock is real, so the tests wait for what must come and say nothing about how soon.

use super::*;
use crate::base::{CallKey, LegKey, LegNo};
use crate::media::{BargeIn, Codec, PlayId, PlayItem, StreamSpec, Tone, g711, tone};
use smallvec::smallvec;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};

const PATIENCE: Duration = Duration::from_secs(10);

struct Bench {
    threads: MediaThreads,
    events: Receiver<Event>,
    supply: PortSupply,
}

impl Bench {
    fn new(threads: u8) -> Bench {
        let (post, events) = channel();
        let bind = vec![Ipv4Addr::LOCALHOST.into()];
        let mut config = MediaConfig::new(PortRange::Any, bind, Instant::now(), [7; 32]);
        (config.threads, config.ahead, config.rest) = (threads, 4, Duration::from_millis(20));
        let post = std::sync::Mutex::new(post);
        let events_to = Arc::new(move |event| post.lock().unwrap().send(event).unwrap());
        let threads = MediaThreads::start(&config, events_to).unwrap();
        let supply = PortSupply::new(config.threads, &config.families());
        Bench { threads, events, supply }
    }

    fn send(&self, port: MediaPort, command: Command) {
        self.threads.handle().send(port.thread, command).unwrap();
    }

    fn open(&mut self, number: u8, far: &UdpSocket, thread: Option<u8>) -> MediaPort {
        self.threads.handle().top_up(&mut self.supply);
        let port = match thread {
            Some(thread) => self.supply.take_on(thread, Family::V4),
            None => self.supply.take(Family::V4),
        };
        let (stream, port, spec) = (leg(number), port.unwrap(), spec(far));
        self.send(port, Command::Open { stream, port, spec });
        port
    }
}

fn leg(number: u8) -> LegKey {
    LegKey { call: CallKey(1), leg: LegNo(number.into()) }
}

fn phone() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn spec(far: &UdpSocket) -> StreamSpec {
    StreamSpec {
        remote_rtp: Some(far.local_addr().unwrap()),
        remote_rtcp: None,
        signalling: None,
        send: Some((Codec::Pcma, 8)),
        receive: smallvec![(8, Codec::Pcma)],
        event_send: None,
        event_receive: None,
        comfort_noise: None,
        ptime_ms: 20,
        may_send: true,
        may_receive: true,
        rtcp_mux: false,
    }
}

/// Reads packets until a tone is heard in one.
fn hears(phone: &UdpSocket, hz: f64) -> SocketAddr {
    let mut buffer = [0; 2000];
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let (len, from) = phone.recv_from(&mut buffer).unwrap();
        if tone::heard(&g711::decode_all(Codec::Pcma, &buffer[12..len]), hz) {
            return from;
        }
    }
    panic!("{hz} Hz was not heard");
}

fn speak(phone: &UdpSocket, to: MediaPort, number: u16, hz: u16) {
    let at = u64::from(number) * 160;
    let mut packet = vec![0x80, 8];
    packet.extend(number.to_be_bytes());
    packet.extend((at as u32).to_be_bytes());
    packet.extend([0, 0, 0, 9]);
    let sample = |n| g711::encode(Codec::Pcma, tone::sample(Tone::Steady(hz), n));
    packet.extend((at..at + 160).map(sample));
    phone.send_to(&packet, to.local).unwrap();
}

#[test]
fn a_play_is_heard_from_the_lent_port() {
    let (mut bench, far) = (Bench::new(1), phone());
    let port = bench.open(0, &far, None);
    assert_eq!(port.local.port() % 2, 0);
    let items = vec![PlayItem::Tone(Tone::Steady(600))];
    let (stream, play, barge_in) = (leg(0), PlayId(1), BargeIn::No);
    bench.send(port, Command::Play { stream, play, items, repeat: false, barge_in });
    assert_eq!(hears(&far, 600.0), port.local);
    bench.send(port, Command::Close { stream });
    let event = bench.events.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(event, Event::Closed { figures, .. } if figures.packets_sent > 0));
}

#[test]
fn two_joined_phones_hear_each_other() {
    let (mut bench, a, b) = (Bench::new(2), phone(), phone());
    let to_a = bench.open(0, &a, None);
    let to_b = bench.open(1, &b, Some(to_a.thread));
    bench.send(to_a, Command::Join { a: leg(0), b: leg(1) });
    hears_silence(&a);
    hears_silence(&b);
    for number in 0..10 {
        speak(&a, to_a, number, 500);
        speak(&b, to_b, number, 900);
    }
    assert_eq!(hears(&b, 500.0), to_b.local);
    assert_eq!(hears(&a, 900.0), to_a.local);
}

fn hears_silence(phone: &UdpSocket) {
    let mut buffer = [0; 2000];
    let (len, _) = phone.recv_from(&mut buffer).unwrap();
    assert!(tone::is_silence(&g711::decode_all(Codec::Pcma, &buffer[12..len])));
}

/// A thread that was kept from its sockets for a while hands on all that came meanwhile in a few
/// turns, not one packet of a socket in each: with a turn longer than the packets' distance the
/// backlog would never end.
#[test]
fn a_late_turn_reads_the_backlog() {
    const BACKLOG: u64 = 96;
    let (post, events) = channel();
    let gate = Arc::new(std::sync::Mutex::new(()));
    let (post, at_gate) = (std::sync::Mutex::new(post), gate.clone());
    // Whoever holds the gate keeps the thread from its turns at the next event.
    let events_to = Arc::new(move |event| {
        post.lock().unwrap().send(event).unwrap();
        drop(at_gate.lock().unwrap());
    });
    let bind = vec![Ipv4Addr::LOCALHOST.into()];
    let config = MediaConfig::new(PortRange::Any, bind, Instant::now(), [7; 32]);
    let threads = MediaThreads::start(&config, events_to).unwrap();
    let supply = PortSupply::new(1, &config.families());
    let mut bench = Bench { threads, events, supply };
    let (far, other) = (phone(), phone());
    let port = bench.open(0, &far, None);
    bench.open(1, &other, Some(0));
    hears_silence(&far);

    let held = gate.lock().unwrap();
    bench.send(port, Command::Close { stream: leg(1) });
    bench.events.recv_timeout(PATIENCE).unwrap();
    let handle = bench.threads.handle();
    let figures = handle.figures().next().unwrap();
    let received = figures.received.load(Ordering::Relaxed);
    let turns = figures.turns.load(Ordering::Relaxed);
    for number in 0..BACKLOG {
        speak(&far, port, number as u16, 500);
    }
    let until = Instant::now() + Duration::from_millis(50);
    while Instant::now() < until {
        std::thread::yield_now();
    }
    drop(held);
    let until = Instant::now() + PATIENCE;
    while figures.received.load(Ordering::Relaxed) < received + BACKLOG {
        assert!(Instant::now() < until, "not all came");
        std::thread::yield_now();
    }
    let taken = figures.turns.load(Ordering::Relaxed) - turns;
    assert!(taken < BACKLOG / 2, "{taken} turns for {BACKLOG} packets");
}

/// A pair is an even port and its neighbour, each thread has its own, and the families do not
/// stand in each other's way. Without IPv6 on this machine only IPv4 is looked at.
#[test]
fn pairs_are_even_and_each_threads_own() {
    let mut seen = std::collections::BTreeSet::new();
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)] {
        let Ok(probe) = UdpSocket::bind((ip, 0)) else { continue };
        let first = probe.local_addr().unwrap().port().min(60_000);
        let range = PortRange::Between(first, first + 200);
        for thread in 0..2 {
            let mut binder = socket::Binder::new(ip, range, thread, 2);
            for _ in 0..5 {
                let pair = binder.bind().unwrap().unwrap();
                assert_eq!(pair.local.port() % 2, 0);
                assert_eq!(pair.rtp.local_addr().unwrap(), pair.local);
                let above = SocketAddr::new(ip, pair.local.port() + 1);
                assert_eq!(pair.rtcp.local_addr().unwrap(), above);
                assert!((first..first + 200).contains(&pair.local.port()));
                // Sockets are closed at once: what is seen twice would be bound twice.
                assert!(seen.insert(pair.local), "{} twice", pair.local);
            }
        }
    }
}

/// MED-14: a range lends what it has, and rested ports come back.
#[test]
fn med_14_a_small_range_is_lent_once_and_ports_come_back() {
    let (post, events) = channel();
    let post = std::sync::Mutex::new(post);
    let events_to = Arc::new(move |event| post.lock().unwrap().send(event).unwrap());
    // A small range that begins where the system says a port is free now.
    let first = phone().local_addr().unwrap().port() & !1;
    let range = PortRange::Between(first, first.saturating_add(400));
    let bind = vec![Ipv4Addr::LOCALHOST.into()];
    let mut config = MediaConfig::new(range, bind, Instant::now(), [7; 32]);
    (config.ahead, config.rest) = (1000, Duration::from_millis(20));
    let threads = MediaThreads::start(&config, events_to).unwrap();
    let handle = threads.handle();
    let want = Want { thread: 0, family: Family::V4, count: 10_000 };
    let lent = handle.lend(want);
    assert!((1..=200).contains(&lent.len()), "{}", lent.len());
    assert!(handle.lend(want).is_empty());
    let (port, far) = (lent[0], phone());
    handle.send(0, Command::Open { stream: leg(0), port, spec: spec(&far) }).unwrap();
    handle.send(0, Command::Close { stream: leg(0) }).unwrap();
    assert!(matches!(events.recv_timeout(PATIENCE), Ok(Event::Closed { .. })));
    let until = Instant::now() + PATIENCE;
    loop {
        let back = handle.lend(want);
        if !back.is_empty() {
            assert_eq!(back, [port]);
            break;
        }
        assert!(Instant::now() < until, "the port never came back");
        std::thread::yield_now();
    }
    threads.stop();
}

/// More is bound as ports are lent, while the thread has nothing else to do.
#[test]
fn a_shelf_that_runs_low_is_filled_again() {
    let bench = Bench::new(1);
    let (handle, want) = (bench.threads.handle(), Want { thread: 0, family: Family::V4, count: 3 });
    let (mut lent, until) = (vec![], Instant::now() + PATIENCE);
    while lent.len() < 40 {
        lent.extend(handle.lend(want).into_iter().map(|port| port.local));
        assert!(Instant::now() < until, "only {} were lent", lent.len());
        std::thread::yield_now();
    }
    let distinct: std::collections::BTreeSet<_> = lent.iter().collect();
    assert_eq!(distinct.len(), lent.len());
}

#[test]
fn a_command_to_no_thread_comes_back() {
    let bench = Bench::new(1);
    let refused = bench.threads.handle().send(9, Command::Close { stream: leg(0) });
    assert!(refused.is_err());
}

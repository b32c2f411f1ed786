//! What a relayed packet costs: calls of two legs, both ways, over real sockets of the loopback.
//!
//! `cargo bench --bench relay -- [CALLS] [SECONDS]` prints the media threads' own CPU time by
//! packet (read from `/proc`, so Linux only), and how long a packet takes through them.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench ends at the first fault")]

use centralino::base::{CallKey, LegKey, LegNo};
use centralino::io::media::{MediaConfig, MediaThreads, PortRange};
use centralino::media::{Codec, Command, Family, MediaPort, PortSupply, StreamSpec};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One leg's far end.
struct Phone {
    socket: UdpSocket,
    port: MediaPort,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<u64>().ok());
    let calls = numbers.next().unwrap_or(100);
    let seconds = numbers.next().unwrap_or(5);
    let bind = vec![Ipv4Addr::LOCALHOST.into()];
    let mut config = MediaConfig::new(PortRange::Any, bind, Instant::now(), [1; 32]);
    config.ahead = 2 * calls as usize + 32;
    let threads = MediaThreads::start(&config, Arc::new(|_| {})).unwrap();
    let phones = open(&threads, calls);

    std::thread::sleep(Duration::from_millis(200));
    let (cpu, began) = (media_cpu(), Instant::now());
    let figures = || {
        let handle = threads.handle();
        handle.figures().fold((0, 0, 0), |(received, sent, turns), f| {
            let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
            (received + read(&f.received), sent + read(&f.sent), turns + read(&f.turns))
        })
    };
    let before = figures();
    let mut delays = talk(&phones, seconds * 50);
    let (received, sent, turns) = figures();
    let (received, sent, turns) = (received - before.0, sent - before.1, turns - before.2);
    let cpu = media_cpu() - cpu;
    let wall = began.elapsed();
    delays.sort_unstable();
    let at = |share: usize| delays.get(delays.len() * share / 100).copied().unwrap_or_default();
    println!("{calls} calls, {} legs, {:.1} s", 2 * calls, wall.as_secs_f64());
    println!("{received} packets in, {sent} out, {turns} turns");
    println!("media CPU {:.1} % of a core", cpu.as_secs_f64() * 100.0 / wall.as_secs_f64());
    println!("CPU by relayed packet {:.2} us", cpu.as_secs_f64() * 1e6 / received as f64);
    println!("through the threads: median {:?}, 99 % {:?}", at(50), at(99));
    threads.stop();
}

fn open(threads: &MediaThreads, calls: u64) -> Vec<Phone> {
    let handle = threads.handle();
    let mut supply = PortSupply::new(handle.threads(), &[Family::V4]);
    let mut phones = Vec::new();
    for call in 0..calls {
        let leg = |leg| LegKey { call: CallKey(call), leg: LegNo(leg) };
        handle.top_up(&mut supply);
        let first = supply.take(Family::V4).unwrap();
        let second = supply.take_on(first.thread, Family::V4).unwrap();
        for (number, port) in [(0, first), (1, second)] {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.connect(port.local).unwrap();
            let spec = spec(&socket);
            handle.send(port.thread, Command::Open { stream: leg(number), port, spec }).unwrap();
            phones.push(Phone { socket, port });
        }
        handle.send(first.thread, Command::Join { a: leg(0), b: leg(1) }).unwrap();
    }
    phones
}

fn spec(far: &UdpSocket) -> StreamSpec {
    StreamSpec {
        remote_rtp: far.local_addr().ok(),
        remote_rtcp: None,
        signalling: None,
        send: Some((Codec::Pcma, 8)),
        receive: [(8, Codec::Pcma)].into_iter().collect(),
        event_send: None,
        event_receive: None,
        comfort_noise: None,
        ptime_ms: 20,
        may_send: true,
        may_receive: true,
        rtcp_mux: false,
    }
}

/// Every phone sends a packet each 20 ms, spread over them; gives the delays that were seen,
/// to a millisecond: that is how often the phones look.
fn talk(phones: &[Phone], packets: u64) -> Vec<Duration> {
    let began = Instant::now();
    let mut delays = Vec::new();
    let mut buffer = [0; 2048];
    let slots = 20;
    for slot in 0..packets * slots {
        let due = began + Duration::from_millis(slot);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let number = (slot / slots) as u16;
        for phone in phones.iter().skip((slot % slots) as usize).step_by(slots as usize) {
            // The payload says when it was sent.
            let mut packet = [0x11; 172];
            packet[..2].copy_from_slice(&[0x80, 8]);
            packet[2..4].copy_from_slice(&number.to_be_bytes());
            packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
            packet[8..12].copy_from_slice(&u32::from(phone.port.local.port()).to_be_bytes());
            let us = began.elapsed().as_micros() as u64;
            packet[12..20].copy_from_slice(&us.to_be_bytes());
            packet[20..24].copy_from_slice(b"time");
            phone.socket.send(&packet).ok();
        }
        for phone in phones {
            while let Ok(len) = phone.socket.recv(&mut buffer) {
                if len == 172 && buffer[20..24] == *b"time" {
                    let us = u64::from_be_bytes(buffer[12..20].try_into().unwrap());
                    delays.push(began.elapsed().saturating_sub(Duration::from_micros(us)));
                }
            }
        }
    }
    delays
}

/// CPU time of all media threads so far.
fn media_cpu() -> Duration {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").starts_with("media-") {
            let first = read("schedstat").split(' ').next().and_then(|ns| ns.parse::<u64>().ok());
            sum += first.unwrap_or(0);
        }
    }
    Duration::from_nanos(sum)
}

//! Bare loops: the least that a program can do for the same packets. They run as children of the
//! benchmark, in a role of the same program.
//!
//! `relay woken|drained CALLS OUT…`: a socket a stream; woken by epoll at each packet, or by the
//! clock each millisecond, taking all that is there. `send COUNT TO`: sends packets evenly, 5,000 a
//! second, as often as it is asked to by a datagram.

use crate::Result;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The first port of a relay's streams, on its own address.
pub(crate) const FIRST: u16 = 10_000;
const PACKET: usize = 172;
const BUFFER: usize = 4 << 20;

pub(crate) fn role(arguments: &[String]) -> Result<()> {
    let [name, at, rest @ ..] = arguments else { return Err("role NAME ADDRESS …".into()) };
    let at: SocketAddr = at.parse()?;
    match (name.as_str(), rest) {
        ("floor-woken" | "floor-drained", [calls, callers, callees, slots]) => relay(
            at,
            name == "floor-drained",
            calls.parse()?,
            (callers.parse()?, callees.parse()?),
            slots.parse()?,
        ),
        ("sender", [to]) => sender(at, to.parse()?),
        _ => Err("no such role".into()),
    }
}

/// Where the relay takes the packets of a call.
pub(crate) fn line(relay: SocketAddr, call: u16) -> (SocketAddr, SocketAddr) {
    let at = |stream: u16| SocketAddr::new(relay.ip(), FIRST + 2 * call + stream);
    (at(0), at(1))
}

/// A socket of a stream, and where what comes at it is sent, out of the socket of the other way.
struct Stream {
    socket: UdpSocket,
    to: SocketAddr,
}

fn relay(
    at: SocketAddr,
    drained: bool,
    calls: u16,
    first: (SocketAddr, SocketAddr),
    slots: u16,
) -> Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut streams = Vec::new();
    for call in 0..calls {
        let (caller_side, callee_side) = line(at, call);
        // The phones' sockets lie two ports apart.
        let far = |first: SocketAddr| SocketAddr::new(first.ip(), first.port() + call % slots * 2);
        for (local, to) in [(caller_side, far(first.1)), (callee_side, far(first.0))] {
            let socket = UdpSocket::bind(local)?;
            socket.set_nonblocking(true)?;
            crate::host::widen(&socket, BUFFER);
            epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, streams.len() as u64))?;
            streams.push(Stream { socket, to });
        }
    }
    let _bound = UdpSocket::bind(at)?;
    writeln!(io::stderr(), "listening")?;
    let mut ready = vec![EpollEvent::empty(); 1024];
    let mut buffer = [0; 2048];
    let mut next = Instant::now();
    loop {
        let timeout = if drained {
            next = (next + Duration::from_millis(1)).max(Instant::now());
            sleep(next.saturating_duration_since(Instant::now()));
            EpollTimeout::ZERO
        } else {
            EpollTimeout::NONE
        };
        let count = epoll.wait(&mut ready, timeout).unwrap_or(0);
        for event in ready.iter().take(count) {
            let index = usize::try_from(event.data()).unwrap_or(usize::MAX);
            let pair = streams.get(index).zip(streams.get(index ^ 1));
            let Some((stream, other)) = pair else { continue };
            // One packet an event: level-triggered, so what else is there comes with the next wait.
            if let Ok(length) = stream.socket.recv(&mut buffer) {
                other.socket.send_to(buffer.get(..length).unwrap_or_default(), stream.to).ok();
            }
        }
    }
}

/// Asked by a datagram with a number, sends so many packets, five each millisecond.
fn sender(at: SocketAddr, to: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(at)?;
    writeln!(io::stderr(), "listening")?;
    let mut buffer = [0; 64];
    let packet = [0x80; PACKET];
    loop {
        let length = socket.recv(&mut buffer)?;
        let asked = std::str::from_utf8(buffer.get(..length).unwrap_or_default())?;
        let mut left: u32 = asked.parse()?;
        let mut next = Instant::now();
        while left > 0 {
            for _ in 0..left.min(5) {
                socket.send_to(&packet, to)?;
            }
            left -= left.min(5);
            next += Duration::from_millis(1);
            sleep(next.saturating_duration_since(Instant::now()));
        }
    }
}

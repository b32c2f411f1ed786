//! Pairs of UDP sockets: RTP on an even port, RTCP one above (RFC 3550 §11).

use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Expedited forwarding (RFC 3246), as voice is marked, in the byte of the IP header.
const VOICE: u32 = 0xb8;
/// How often the system is asked for an even port with a free neighbour.
const TRIES: usize = 64;

/// Which ports may be used for media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortRange {
    /// From the first to the last one, both included.
    Between(u16, u16),
    /// Whatever the system gives: for tests and the demo.
    Any,
}

/// A bound pair.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) local: SocketAddr,
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
}

/// Binds one pair after the other, each port once.
#[derive(Debug)]
pub(super) struct Binder {
    ip: IpAddr,
    /// The next even port to try, and the step to this thread's next one; none for any port.
    next: Option<u32>,
    step: u32,
    last: u32,
}

impl Binder {
    /// For one thread of several: they take turns over the pairs of the range.
    pub(super) fn new(ip: IpAddr, range: PortRange, thread: u8, threads: u8) -> Binder {
        let step = 2 * u32::from(threads.max(1));
        match range {
            PortRange::Any => Binder { ip, next: None, step, last: 0 },
            PortRange::Between(first, last) => {
                let even = u32::from(first).next_multiple_of(2) + 2 * u32::from(thread);
                Binder { ip, next: Some(even), step, last: u32::from(last) }
            }
        }
    }

    pub(super) fn is_ipv4(&self) -> bool {
        self.ip.is_ipv4()
    }

    /// The next pair that can be bound; none if the range is used up.
    pub(super) fn bind(&mut self) -> io::Result<Option<Pair>> {
        let Some(next) = self.next else { return bind_any(self.ip).map(Some) };
        for port in (next..self.last).step_by(self.step as usize) {
            let Ok(number) = u16::try_from(port) else { break };
            match bind_pair(SocketAddr::new(self.ip, number)) {
                Ok(pair) => {
                    self.next = Some(port + self.step);
                    return Ok(Some(pair));
                }
                // Somebody else's port: the next one then.
                Err(e) if e.kind() == ErrorKind::AddrInUse => {}
                Err(e) => return Err(e),
            }
        }
        self.next = Some(self.last);
        Ok(None)
    }
}

fn bind_pair(local: SocketAddr) -> io::Result<Pair> {
    let above = local
        .port()
        .checked_add(1)
        .ok_or_else(|| io::Error::new(ErrorKind::AddrInUse, "no port above the last"))?;
    let rtp = bind_one(local)?;
    Ok(Pair { local, rtp, rtcp: bind_one(SocketAddr::new(local.ip(), above))? })
}

fn bind_any(ip: IpAddr) -> io::Result<Pair> {
    for _ in 0..TRIES {
        let one = bind_one(SocketAddr::new(ip, 0))?;
        let local = one.local_addr()?;
        let even = local.port() & !1;
        let other = if local.port() == even { even + 1 } else { even };
        match bind_one(SocketAddr::new(ip, other)) {
            Ok(other) => {
                let (rtp, rtcp) = if local.port() == even { (one, other) } else { (other, one) };
                return Ok(Pair { local: SocketAddr::new(ip, even), rtp, rtcp });
            }
            Err(e) if e.kind() == ErrorKind::AddrInUse => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::new(ErrorKind::AddrInUse, "no even port with a free neighbour"))
}

fn bind_one(local: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    // Marking is a wish: a system that refuses it still carries voice.
    if local.is_ipv4() {
        socket.set_tos_v4(VOICE).ok();
    } else {
        socket.set_only_v6(true)?;
        socket.set_tclass_v6(VOICE).ok();
    }
    socket.set_nonblocking(true)?;
    socket.bind(&local.into())?;
    Ok(socket.into())
}

//! Simulated phones on real sockets: one thread that reads, lets the phones work, sends and sleeps.
//!
//! As the media threads do, it takes one turn a millisecond at most: each ready socket is read,
//! what is due is done, all that came of it is sent. RTP goes out of even ports whose odd
//! neighbours are bound for RTCP (RFC 3550 §11), so that a peer's reports reach no other phone.

use crate::io::clock::Clock;
use crate::sim::{Action, Behaviour, CallNo, Datagram, Input, Phone, PhoneConfig, Report};
use bytes::Bytes;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Everything is on this machine.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The least time from one turn to the next.
const TURN: Duration = Duration::from_millis(1);
/// The longest sleep: how soon a change of the demo's stage is seen.
const NAP: Duration = Duration::from_millis(20);
/// Sockets read in one turn.
const READY: usize = 1024;
/// Datagrams read from one socket in one turn. All callers share one for SIP: on a busy machine turns
/// are few, and what is left behind in each grows to seconds.
const AT_ONCE: usize = 256;
/// The largest datagram.
const DATAGRAM: usize = 65_535;
/// Receive buffer of a SIP socket: one carrier's messages all come to one.
const SIP_BUFFER: usize = 4 << 20;
/// How often the system is asked for an even port with a free neighbour.
const TRIES: usize = 64;

/// Who tells the phones what to do. What it needs to know it reads from their reports.
pub(super) trait Play: Send + 'static {
    /// Does what is due, and says when it wants to be asked again.
    fn turn(&mut self, booth: &mut Booth) -> Duration;

    /// Nothing more to do: the thread ends.
    fn is_over(&self) -> bool;
}

#[derive(Debug)]
struct Line {
    phone: usize,
    local: SocketAddr,
    socket: UdpSocket,
    /// Bound so that nobody else gets it; RTCP is not read.
    _rtcp: Option<UdpSocket>,
}

/// Phones and their sockets.
#[derive(Debug)]
pub(super) struct Booth {
    phones: Vec<Phone>,
    lines: Vec<Line>,
    /// For look-up only.
    by_local: HashMap<SocketAddr, usize>,
    epoll: Epoll,
    clock: Clock,
    out: Vec<Datagram>,
    troubles: Troubles,
}

/// What went wrong on the phones' own side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Troubles {
    /// Packets that the system did not take.
    pub(super) unsent: u64,
    /// The most that a phone was behind its time: a slow machine, not the router.
    pub(super) latest: Duration,
}

impl Booth {
    pub(super) fn new(clock: Clock) -> io::Result<Booth> {
        Ok(Booth {
            phones: Vec::new(),
            lines: Vec::new(),
            by_local: HashMap::new(),
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            clock,
            out: Vec::new(),
            troubles: Troubles::default(),
        })
    }

    /// Descriptors that a phone with so many lines takes.
    pub(super) fn descriptors(lines: usize) -> usize {
        1 + 2 * lines
    }

    /// Adds a phone with so many lines for calls, on ports that the system chooses; returns its
    /// number.
    pub(super) fn add(
        &mut self,
        name: &str,
        lines: usize,
        behaviour: Behaviour,
        seed: u64,
    ) -> io::Result<usize> {
        let phone = self.phones.len();
        let sip = bind(0)?;
        // Asked for; a system that gives less loses at worst what is sent again.
        socket2::SockRef::from(&sip).set_recv_buffer_size(SIP_BUFFER).ok();
        let sip = self.watch(phone, sip, None)?;
        let mut rtp = Vec::new();
        for _ in 0..lines {
            let (even, odd) = bind_pair()?;
            rtp.push(self.watch(phone, even, Some(odd))?);
        }
        self.phones.push(Phone::new(PhoneConfig { name: name.into(), sip, rtp, behaviour, seed }));
        Ok(phone)
    }

    fn watch(
        &mut self,
        phone: usize,
        socket: UdpSocket,
        rtcp: Option<UdpSocket>,
    ) -> io::Result<SocketAddr> {
        let local = socket.local_addr()?;
        let token = self.lines.len();
        self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, token as u64))?;
        self.lines.push(Line { phone, local, socket, _rtcp: rtcp });
        self.by_local.insert(local, token);
        Ok(local)
    }

    /// Where a phone hears SIP.
    pub(super) fn sip(&self, phone: usize) -> Option<SocketAddr> {
        self.phones.get(phone).map(|p| p.config().sip)
    }

    pub(super) fn phone(&mut self, phone: usize) -> Option<&mut Phone> {
        self.phones.get_mut(phone)
    }

    pub(super) fn report(&self, phone: usize, call: CallNo) -> Option<&Report> {
        self.phones.get(phone)?.report(call)
    }

    pub(super) fn troubles(&self) -> Troubles {
        self.troubles
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Lets a phone do something in a call.
    pub(super) fn act(&mut self, phone: usize, call: CallNo, action: Action) {
        self.tell(phone, Input::Do { call, action });
    }

    /// Hands an input to a phone and sends what comes of it.
    pub(super) fn tell(&mut self, phone: usize, input: Input) {
        let now = self.clock.now();
        if let Some(phone) = self.phones.get_mut(phone) {
            phone.handle(input, now, &mut self.out);
        }
        self.send();
    }

    fn send(&mut self) {
        for datagram in self.out.drain(..) {
            let line = self.by_local.get(&datagram.local).and_then(|at| self.lines.get(*at));
            let Some(line) = line else { continue };
            if line.socket.send_to(&datagram.bytes, datagram.remote).is_err() {
                self.troubles.unsent += 1;
            }
        }
    }

    /// Runs the play to its end.
    pub(super) fn run(&mut self, play: &mut impl Play) {
        let mut ready = vec![EpollEvent::empty(); READY];
        let mut buffer = vec![0; DATAGRAM];
        while !play.is_over() {
            let began = self.clock.mono();
            let next = play.turn(self).min(NAP);
            self.wake();
            std::thread::sleep(TURN.saturating_sub(self.clock.mono().since(began)));
            let timeout = self.timeout(next);
            // An interrupted wait is a short one.
            let count = self.epoll.wait(&mut ready, timeout).unwrap_or(0);
            for event in ready.iter().take(count) {
                self.read(event.data(), &mut buffer);
            }
        }
    }

    /// Every phone whose deadline has come.
    fn wake(&mut self) {
        let now = self.clock.now();
        for phone in &mut self.phones {
            if let Some(at) = phone.next_deadline().filter(|at| *at <= now.mono) {
                self.troubles.latest = self.troubles.latest.max(now.mono.since(at));
                phone.handle(Input::Timeout, now, &mut self.out);
            }
        }
        self.send();
    }

    fn timeout(&self, next: Duration) -> EpollTimeout {
        let deadlines = self.phones.iter().filter_map(Phone::next_deadline);
        let until = deadlines.min().map_or(next, |at| self.clock.until(at).min(next));
        EpollTimeout::from(until.as_micros().div_ceil(1000).min(1000) as u16)
    }

    fn read(&mut self, token: u64, buffer: &mut [u8]) {
        let Ok(at) = usize::try_from(token) else { return };
        for _ in 0..AT_ONCE {
            let Some(Line { phone, local, socket, .. }) = self.lines.get(at) else { return };
            // An error is that nothing is left, or an ICMP message: nothing for a phone.
            let Ok((len, remote)) = socket.recv_from(buffer) else { return };
            let bytes = Bytes::copy_from_slice(buffer.get(..len).unwrap_or_default());
            let (phone, local) = (*phone, *local);
            self.tell(phone, Input::Datagram { local, remote, bytes });
        }
    }
}

fn bind(port: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(LOOPBACK, port).into())?;
    Ok(socket.into())
}

/// An even port and the odd one above it.
fn bind_pair() -> io::Result<(UdpSocket, UdpSocket)> {
    for _ in 0..TRIES {
        let one = bind(0)?;
        let port = one.local_addr()?.port();
        match bind(port ^ 1) {
            Ok(other) if port % 2 == 0 => return Ok((one, other)),
            Ok(other) => return Ok((other, one)),
            Err(e) if e.kind() == ErrorKind::AddrInUse => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::new(ErrorKind::AddrInUse, "no even port with a free neighbour"))
}

//! The far ends of relayed streams: two-way calls of 50 packets a second each way, spread evenly.
//!
//! A packet says which call and which way it goes, so what did not arrive is known. Packets leave one
//! by one at even distances, as those of many phones do: in bursts, nobody would be woken for each.
//! Calls share twenty pairs of sockets, while the servers have a socket a stream. The generator never
//! sleeps, so no server pays for waking it.

use crate::Result;
use crate::host;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Pairs of sockets.
const PAIRS: usize = 20;
/// Between two packets of a stream.
const PTIME: Duration = Duration::from_millis(20);
/// RTP header, and 20 ms of G.711.
const PACKET: usize = 172;
const BUFFER: usize = 4 << 20;
/// What is on its way when the last packet was sent has so long to arrive.
const TAIL: Duration = Duration::from_millis(200);
/// A packet that left later than this is counted as late; more than 1 % of them, and the run is void.
const LATE: Duration = Duration::from_millis(10);
/// A server may fill a silence with packets of its own when its phones pause; until that is over.
const PAUSE: Duration = Duration::from_millis(2500);

/// Where a server takes the packets of a call: from its caller, from its callee.
pub(crate) type Line = (SocketAddr, SocketAddr);

/// An end's socket, and the one for RTCP beside it.
struct End {
    socket: UdpSocket,
    at: SocketAddr,
    /// Read so that nothing waits in it.
    rtcp: UdpSocket,
}

pub(crate) struct Phones {
    callers: Vec<End>,
    callees: Vec<End>,
}

#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) sent: u64,
    pub(crate) came: u64,
    /// Packets that came twice.
    pub(crate) twice: u64,
    /// Packets that the server made by itself, to fill a silence.
    pub(crate) filled: u64,
    pub(crate) starved: Option<String>,
}

impl Heard {
    pub(crate) fn fault(&self, name: &str) -> Option<String> {
        (self.sent != self.came || self.twice > 0).then(|| {
            let (sent, came, twice) = (self.sent, self.came, self.twice);
            format!("{name}: {came} of {sent} packets came, streams with too many: {twice}")
        })
    }
}

impl Phones {
    /// Binds ports of 127.0.0.1 from here on.
    pub(crate) fn new(first: u16) -> Result<Phones> {
        let mut port = first;
        let mut ends = || -> Result<Vec<End>> {
            let mut ends = Vec::new();
            while ends.len() < PAIRS {
                match End::bind(port) {
                    Some(end) => ends.push(end),
                    // They lie side by side, so that a bare loop can be told of them by the first.
                    None => ends.clear(),
                }
                port += 2;
                if port >= 32_700 {
                    return Err("no free ports for the phones".into());
                }
            }
            Ok(ends)
        };
        Ok(Phones { callers: ends()?, callees: ends()? })
    }

    /// What calls name in SDP: caller's and callee's RTP, by the order of calls.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.callers.iter().zip(&self.callees).map(|(a, b)| (a.at, b.at)).collect()
    }

    /// Waits until servers have fallen silent that fill the silence of phones which pause.
    pub(crate) fn rest(&self) {
        self.listen(&mut [], &mut Heard::default(), PAUSE);
    }

    /// Talks both ways through these lines for so long; call `n` uses pair `n % 20`.
    pub(crate) fn talk(&self, lines: &[Line], time: Duration) -> Heard {
        let each = u32::try_from(time.as_millis() / PTIME.as_millis()).unwrap_or(u32::MAX);
        // Of each stream, the packets that came.
        let mut seen = vec![[0u32; 2]; lines.len()];
        let mut heard = Heard::default();
        let streams = 2 * lines.len();
        let gap = PTIME / u32::try_from(streams.max(1)).unwrap_or(u32::MAX);
        let (begun, mut late, mut turn) = (Instant::now(), 0u64, 0u32);
        for number in 0..each {
            for stream in 0..streams {
                let due = begun + gap * turn;
                turn += 1;
                // One end's sockets after the other; each is read some hundred times a second.
                self.drain(turn as usize % PAIRS, &mut seen, &mut heard);
                while Instant::now() < due {
                    std::hint::spin_loop();
                }
                late += u64::from(due.elapsed() > LATE);
                let (call, way) = (stream / 2, stream % 2);
                let ends = if way == 0 { &self.callers } else { &self.callees };
                let Some((end, line)) = ends.get(call % PAIRS).zip(lines.get(call)) else {
                    continue;
                };
                let to = if way == 0 { line.0 } else { line.1 };
                let packet = packet(call, way as u8, number);
                heard.sent += u64::from(end.socket.send_to(&packet, to).is_ok());
            }
        }
        self.listen(&mut seen, &mut heard, TAIL);
        if late * 100 > u64::from(turn) {
            heard.starved = Some(format!("{late} of {turn} packets of the phones were late"));
        }
        heard.twice = seen.iter().flatten().filter(|came| **came > each).count() as u64;
        heard
    }

    fn listen(&self, seen: &mut [[u32; 2]], heard: &mut Heard, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            sleep(Duration::from_millis(1));
            for pair in 0..PAIRS {
                self.drain(pair, seen, heard);
            }
        }
    }

    /// Takes what came at one pair of sockets.
    fn drain(&self, pair: usize, seen: &mut [[u32; 2]], heard: &mut Heard) {
        let mut buffer = [0; 2048];
        // What callees hear was sent by callers.
        for (ends, way) in [(&self.callees, 0u8), (&self.callers, 1)] {
            let Some(end) = ends.get(pair) else { continue };
            while end.rtcp.recv(&mut buffer).is_ok() {}
            while let Ok(length) = end.socket.recv(&mut buffer) {
                let count = stream(buffer.get(..length).unwrap_or_default())
                    .filter(|(_, from)| *from == way)
                    .and_then(|(call, way)| seen.get_mut(call)?.get_mut(usize::from(way)));
                match count {
                    Some(count) => (*count, heard.came) = (*count + 1, heard.came + 1),
                    None => heard.filled += 1,
                }
            }
        }
    }
}

impl End {
    fn bind(port: u16) -> Option<End> {
        let ip = IpAddr::from([127, 0, 0, 1]);
        let socket = UdpSocket::bind((ip, port)).ok()?;
        let rtcp = UdpSocket::bind((ip, port + 1)).ok()?;
        socket.set_nonblocking(true).ok()?;
        rtcp.set_nonblocking(true).ok()?;
        host::widen(&socket, BUFFER);
        Some(End { at: socket.local_addr().ok()?, socket, rtcp })
    }
}

/// RTP with PCMU; the payload begins with call and way.
fn packet(call: usize, way: u8, number: u32) -> [u8; PACKET] {
    let mut bytes = [0x55; PACKET];
    let call = u32::try_from(call).unwrap_or(u32::MAX);
    let fields: [(usize, &[u8]); 7] = [
        (0, &[0x80, 0]),
        (2, &(number as u16).to_be_bytes()),
        (4, &(number * 160).to_be_bytes()),
        (8, &(call * 2 + u32::from(way)).to_be_bytes()),
        (12, b"bnch"),
        (16, &call.to_be_bytes()),
        (20, &[way]),
    ];
    for (at, field) in fields {
        if let Some(place) = bytes.get_mut(at..at + field.len()) {
            place.copy_from_slice(field);
        }
    }
    bytes
}

/// The call and the way of a packet of ours.
fn stream(bytes: &[u8]) -> Option<(usize, u8)> {
    let payload = bytes.get(12..)?.strip_prefix(b"bnch")?;
    let (call, rest) = payload.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_be_bytes(*call)).ok()?, *rest.first()?))
}

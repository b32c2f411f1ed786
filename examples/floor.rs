//! The floor beneath the figures of `scripts/load.sh signalling`: a loop that moves the datagrams of a
//! call and does nothing else.
//!
//! One thread, one UDP socket, blocking: a datagram from the target's address goes on to the caller,
//! any other goes on to the target and its sender is the caller from then on. For a datagram that
//! begins with `INVITE` a provisional answer made by cutting lines goes back as well, so that the
//! number of datagrams in and out is that of a back-to-back user agent: six in, seven out for INVITE,
//! 180, 200, ACK, BYE, 200. It keeps nothing, parses nothing, has no timer and writes no record. Two
//! system calls a datagram are the least there is without batching.
//!
//! `floor LISTEN TARGET`, for example `floor 127.0.0.1:5060 127.0.0.1:5070`; a signal ends it.

use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};

/// Nothing longer fits a UDP datagram.
const LONGEST: usize = 65_535;
/// The headers that an answer repeats (RFC 3261 §8.2.6.2).
const REPEATED: [&[u8]; 5] = [b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:"];

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: floor LISTEN TARGET"));
    };
    let socket = UdpSocket::bind(listen)?;
    let bound = socket.local_addr()?;
    let target: SocketAddr = target.parse().map_err(io::Error::other)?;
    writeln!(io::stderr(), "listening on udp://{bound}")?;
    let mut buffer = vec![0; LONGEST];
    let mut answer = Vec::with_capacity(2048);
    let mut caller = None;
    loop {
        // What the far end's ICMP says is no reason to stop.
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let bytes = buffer.get(..length).unwrap_or_default();
        if from == target {
            if let Some(caller) = caller {
                socket.send_to(bytes, caller).ok();
            }
            continue;
        }
        caller = Some(from);
        if bytes.starts_with(b"INVITE ") {
            trying(bytes, &mut answer);
            socket.send_to(&answer, from).ok();
        }
        socket.send_to(bytes, target).ok();
    }
}

/// A 100 made of the request's own lines.
fn trying(request: &[u8], answer: &mut Vec<u8>) {
    answer.clear();
    answer.extend_from_slice(b"SIP/2.0 100 Trying\r\n");
    for line in request.split_inclusive(|byte| *byte == b'\n') {
        if REPEATED.iter().any(|name| line.starts_with(name)) {
            answer.extend_from_slice(line);
        }
        if line == b"\r\n" {
            break;
        }
    }
    answer.extend_from_slice(b"Content-Length: 0\r\n\r\n");
}

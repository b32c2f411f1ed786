//! Ports for the processes of a test.
//!
//! They lie below the range that the system gives out by itself, so that no socket with port 0 can
//! take one between our look and the bind of the process that it is for.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// First port that is handed out.
const FIRST: u16 = 12_000;
/// The first that is not; the system's own begin at 32768.
const END: u16 = 32_000;
/// How many that makes.
const COUNT: u32 = (END - FIRST) as u32;

/// The first of so many ports in a row that nobody has; it is even.
pub(crate) fn free_ports(ip: IpAddr, count: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let wanted = count.next_multiple_of(2);
    // Another process that runs these tests begins elsewhere.
    let start = std::process::id().wrapping_mul(622) % COUNT / 2 * 2;
    for _ in 0..COUNT / u32::from(wanted) {
        let turn = NEXT.fetch_add(wanted.into(), Ordering::Relaxed);
        let first = FIRST + (start.wrapping_add(turn) % COUNT) as u16;
        let Some(end) = first.checked_add(wanted).filter(|end| *end <= END) else { continue };
        if (first..end).all(|port| is_free(SocketAddr::new(ip, port))) {
            return first;
        }
    }
    panic!("no {count} ports of {ip} in a row are free");
}

fn is_free(address: SocketAddr) -> bool {
    UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
}

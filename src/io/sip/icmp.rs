//! ICMP errors of UDP sockets (TXN-18): the kernel queues them with the address that the lost datagram
//! went to, so that its transaction fails at once instead of after 32 s.

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use socket2::Socket;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

/// Errors taken from the queue at one go.
const MOST: usize = 64;

/// Asks the kernel to queue ICMP errors on this socket (IP_RECVERR, IPV6_RECVERR).
pub(super) fn ask_for_errors(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    match address.ip() {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true)?,
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true)?,
    }
    Ok(())
}

/// Takes what is queued: where each lost datagram went.
pub(super) fn take_errors(socket: &impl AsRawFd, unreachable: &mut Vec<SocketAddr>) {
    let mut control = nix::cmsg_space!([u8; 256]);
    let mut data = [0u8; 64];
    for _ in 0..MOST {
        let mut parts = [IoSliceMut::new(&mut data)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let received =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags);
        let Ok(message) = received else { return };
        let is_error = message.cmsgs().is_ok_and(|mut all| {
            all.any(|c| {
                matches!(
                    c,
                    ControlMessageOwned::Ipv4RecvErr(..) | ControlMessageOwned::Ipv6RecvErr(..)
                )
            })
        });
        if let (true, Some(address)) = (is_error, message.address.and_then(|a| to_std(&a))) {
            unreachable.push(address);
        }
    }
}

fn to_std(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddr::from((v4.ip(), v4.port())));
    }
    address.as_sockaddr_in6().map(|v6| SocketAddr::from((v6.ip(), v6.port())))
}

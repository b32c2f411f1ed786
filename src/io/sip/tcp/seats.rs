//! How many connections there may be, of all and of one address.
//!
//! A stranger may have few, so that it takes many of them to fill the node, and none of them the last
//! quarter of the seats: trunks and agents find room whatever strangers do.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// Connections at a time, of all listeners, where there are descriptors for so many.
pub const MOST_CONNECTIONS: usize = 4096;
/// Connections of one stranger: a site with many phones behind one address, and no more.
pub(super) const OF_A_STRANGER: usize = 64;

/// Whose a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// The plan names its address.
    Known,
    /// Anybody.
    Stranger,
}

/// The seats.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    taken: usize,
    by_address: BTreeMap<IpAddr, usize>,
    refused: u64,
}

impl Seats {
    /// So many, all free.
    pub(super) fn new(most: usize) -> Seats {
        Seats { most, taken: 0, by_address: BTreeMap::new(), refused: 0 }
    }

    /// Takes a seat. False if there is none for such a peer.
    pub(super) fn take(&mut self, address: IpAddr, peer: Peer) -> bool {
        let of_address = self.by_address.get(&site(address)).copied().unwrap_or_default();
        let free = match peer {
            Peer::Known => self.taken < self.most,
            Peer::Stranger => self.taken < self.most - self.most / 4 && of_address < OF_A_STRANGER,
        };
        if free {
            self.taken += 1;
            self.by_address.insert(site(address), of_address + 1);
        } else {
            self.refused += 1;
        }
        free
    }

    /// How many are taken, and how often there was none.
    pub(super) fn figures(&self) -> (usize, u64) {
        (self.taken, self.refused)
    }

    /// Gives back a seat that was taken for this address.
    pub(super) fn leave(&mut self, address: IpAddr) {
        let Some(count) = self.by_address.get_mut(&site(address)) else { return };
        *count -= 1;
        if *count == 0 {
            self.by_address.remove(&site(address));
        }
        self.taken = self.taken.saturating_sub(1);
    }
}

/// What counts as one address: all that one IPv6 network of 64 bits has are one host's to choose.
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_stranger_gets_few_seats_and_its_neighbour_still_some() {
        let mut seats = Seats::new(4096);
        let stranger = address("192.0.2.1");
        let taken = (0..100).filter(|_| seats.take(stranger, Peer::Stranger)).count();
        assert_eq!(taken, OF_A_STRANGER);
        assert_eq!(seats.figures(), (OF_A_STRANGER, 100 - OF_A_STRANGER as u64));
        assert!(seats.take(address("192.0.2.2"), Peer::Stranger));
        assert!(!seats.take(address("::ffff:192.0.2.1"), Peer::Stranger), "the same one");
        assert!(seats.take(stranger, Peer::Known));
        seats.leave(stranger);
        assert!(!seats.take(stranger, Peer::Stranger));
        seats.leave(stranger);
        assert!(seats.take(stranger, Peer::Stranger));
    }

    #[test]
    fn an_ipv6_network_is_one_stranger() {
        let mut seats = Seats::new(4096);
        let host = |n: u16| address(&format!("2001:db8:0:1::{n:x}"));
        let taken = (1..=100).filter(|n| seats.take(host(*n), Peer::Stranger)).count();
        assert_eq!(taken, OF_A_STRANGER);
        assert!(seats.take(address("2001:db8:0:2::1"), Peer::Stranger));
    }

    #[test]
    fn strangers_leave_a_quarter_to_who_is_known() {
        let mut seats = Seats::new(100);
        let many = (1..=200u8).map(|n| IpAddr::from([192, 0, 2, n]));
        assert_eq!(many.filter(|a| seats.take(*a, Peer::Stranger)).count(), 75);
        let trunk = address("198.51.100.1");
        assert_eq!((0..200).filter(|_| seats.take(trunk, Peer::Known)).count(), 25);
        seats.leave(trunk);
        assert!(!seats.take(address("192.0.2.250"), Peer::Stranger));
        assert!(seats.take(trunk, Peer::Known));
    }

    #[test]
    fn a_seat_that_nobody_took_is_not_given_back() {
        let mut seats = Seats::new(1);
        seats.leave(address("192.0.2.1"));
        assert!(seats.take(address("192.0.2.1"), Peer::Known));
        assert!(!seats.take(address("192.0.2.1"), Peer::Known));
        assert_eq!(seats.by_address.len(), 1);
        seats.leave(address("192.0.2.1"));
        assert!(seats.by_address.is_empty());
    }
}

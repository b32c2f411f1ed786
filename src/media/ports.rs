//! The ports that a worker has in hand, lent by the media threads in blocks.
//!
//! A call takes a port without asking anybody. All legs of a call sit on one media thread, so only
//! its first leg chooses one: the threads take turns.

use crate::media::MediaPort;
use std::collections::VecDeque;

/// Ports lent at a time: a wake and a lock for so many legs.
pub const BLOCK: usize = 16;
/// With fewer than this in hand for a thread, more are wanted.
const LOW: usize = 8;

/// The address family of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of a port.
    #[must_use]
    pub fn of(port: MediaPort) -> Family {
        if port.local.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

/// A block of ports that a worker would like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// From this media thread.
    pub thread: u8,
    /// Of this family.
    pub family: Family,
    /// So many.
    pub count: usize,
}

/// The ports in one worker's hand.
#[derive(Debug)]
pub struct PortSupply {
    shelves: Vec<Shelf>,
    /// The shelf at which the next first leg looks first.
    turn: usize,
}

#[derive(Debug)]
struct Shelf {
    thread: u8,
    family: Family,
    ports: VecDeque<MediaPort>,
}

impl PortSupply {
    /// An empty supply for these families on media threads 0 to `threads` − 1.
    #[must_use]
    pub fn new(threads: u8, families: &[Family]) -> PortSupply {
        let of_thread = |thread| {
            families.iter().map(move |f| Shelf { thread, family: *f, ports: VecDeque::new() })
        };
        PortSupply { shelves: (0..threads).flat_map(of_thread).collect(), turn: 0 }
    }

    /// A port for the first leg of a call; the media threads take turns. None: 503 (MED-14).
    pub fn take(&mut self, family: Family) -> Option<MediaPort> {
        let count = self.shelves.len();
        for step in 0..count {
            let at = (self.turn + step) % count;
            let shelf = self.shelves.get_mut(at).filter(|shelf| shelf.family == family);
            if let Some(port) = shelf.and_then(|shelf| shelf.ports.pop_front()) {
                self.turn = (at + 1) % count;
                return Some(port);
            }
        }
        None
    }

    /// A port for a further leg, on the thread of the call's first one.
    pub fn take_on(&mut self, thread: u8, family: Family) -> Option<MediaPort> {
        let mut shelves = self.shelves.iter_mut();
        shelves.find(|s| (s.thread, s.family) == (thread, family))?.ports.pop_front()
    }

    /// Gives back a port that was taken but never opened.
    pub fn put_back(&mut self, port: MediaPort) {
        self.refill([port]);
    }

    /// Puts lent ports on their shelves.
    pub fn refill(&mut self, ports: impl IntoIterator<Item = MediaPort>) {
        for port in ports {
            let place = (port.thread, Family::of(port));
            if let Some(shelf) = self.shelves.iter_mut().find(|s| (s.thread, s.family) == place) {
                shelf.ports.push_back(port);
            }
        }
    }

    /// Whether a shelf is empty: a call that needs it would be refused.
    pub fn lacks_some(&self) -> bool {
        self.shelves.iter().any(|shelf| shelf.ports.is_empty())
    }

    /// The blocks that should be asked for.
    pub fn wants_more(&self) -> impl Iterator<Item = Want> + '_ {
        let low = self.shelves.iter().filter(|shelf| shelf.ports.len() < LOW);
        low.map(|s| Want { thread: s.thread, family: s.family, count: BLOCK })
    }

    /// How many ports of a family are in hand.
    #[must_use]
    pub fn in_hand(&self, family: Family) -> usize {
        let shelves = self.shelves.iter().filter(|shelf| shelf.family == family);
        shelves.map(|shelf| shelf.ports.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    fn port(thread: u8, family: Family, number: u16) -> MediaPort {
        let local = match family {
            Family::V4 => SocketAddr::from((Ipv4Addr::LOCALHOST, number)),
            Family::V6 => SocketAddr::from((Ipv6Addr::LOCALHOST, number)),
        };
        MediaPort { thread, local }
    }

    #[test]
    fn first_legs_take_turns_over_the_threads_and_later_legs_stay() {
        let mut supply = PortSupply::new(2, &[Family::V4, Family::V6]);
        supply.refill((0..4).map(|n| port(n as u8 % 2, Family::V4, 2000 + 2 * n)));
        let threads: Vec<u8> =
            (0..3).filter_map(|_| supply.take(Family::V4)).map(|p| p.thread).collect();
        assert_eq!(threads, [0, 1, 0]);
        assert_eq!(supply.take_on(0, Family::V4), None);
        assert_eq!(supply.take_on(1, Family::V4), Some(port(1, Family::V4, 2006)));
    }

    /// MED-14: an empty shelf gives nothing, and says what it wants.
    #[test]
    fn med_14_an_empty_supply_gives_none_and_wants_more() {
        let mut supply = PortSupply::new(1, &[Family::V4, Family::V6]);
        assert_eq!(supply.take(Family::V6), None);
        assert_eq!(supply.wants_more().count(), 2);
        supply.refill((0..BLOCK as u16).map(|n| port(0, Family::V6, 3000 + 2 * n)));
        let wants: Vec<Want> = supply.wants_more().collect();
        assert_eq!(wants, [Want { thread: 0, family: Family::V4, count: BLOCK }]);
        assert_eq!(supply.take(Family::V4), None, "the families do not mix");
        assert_eq!(supply.in_hand(Family::V6), BLOCK);
    }

    #[test]
    fn a_port_given_back_is_used_again() {
        let mut supply = PortSupply::new(1, &[Family::V4]);
        supply.refill([port(0, Family::V4, 4000)]);
        let taken = supply.take(Family::V4).unwrap();
        assert_eq!(supply.take(Family::V4), None);
        supply.put_back(taken);
        assert_eq!(supply.take(Family::V4), Some(taken));
    }
}

//! Which peers rest, and until when: those that asked for it by 503 with Retry-After (RFC 3261
//! §21.5.4), and those that say nothing.
//!
//! Many carriers answer 503 for one number that they cannot reach, so one such answer only sends its
//! own call on to the next address. A peer that says it several times in a row within a short while
//! is taken at its word and rests. Each worker learns for itself. Nothing here waits for a deadline:
//! a rest is over when somebody asks after its end.
//!
//! A trunk's peer that says nothing, or that nothing can be sent to, costs each caller the time of
//! finding out. It rests at once, for a short time that doubles as long as it stays silent; the call
//! that comes behind a rest finds out whether it is back.

use crate::base::Mono;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// So many 503 with Retry-After make a peer rest (REAL-17).
const SEVERAL: u8 = 3;
/// Within so long of the first of them.
const WINDOW: Duration = Duration::from_secs(30);
/// Longest rest, whatever the peer asks for: nobody wants a day without their only carrier.
const LONGEST_REST: Duration = Duration::from_secs(3600);
/// Most peers remembered. The one that would be forgotten soonest makes room: a plan names few.
const MOST: usize = 256;

/// The first rest of a peer that says nothing: short, for the fault may have been the network's.
const FIRST_SILENCE: Duration = Duration::from_secs(10);
/// The longest: so late at most it is noticed that the peer is back.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);
/// So long after its rest a peer's silence is remembered, in order to make the next rest longer.
const SILENCE_REMEMBERED: Duration = Duration::from_secs(300);

/// What is known of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It said 503 with Retry-After so often; forgotten then.
    Said { times: u8, until: Mono },
    /// It rests until then.
    Rests { until: Mono },
}

impl Known {
    fn until(self) -> Mono {
        match self {
            Known::Said { until, .. } | Known::Rests { until } => until,
        }
    }
}

/// A peer that said nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Silent {
    /// When that was found out first.
    since: Mono,
    /// How long it rests.
    rest: Duration,
    /// Until when.
    until: Mono,
}

/// The peers that said no lately, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    known: BTreeMap<SocketAddr, Known>,
    silent: BTreeMap<SocketAddr, Silent>,
}

impl Peers {
    /// This peer answered 503 with Retry-After.
    pub fn refused(&mut self, peer: SocketAddr, retry_after: Duration, now: Mono) {
        self.known.retain(|_, known| known.until() > now);
        let rest = Known::Rests { until: now + retry_after.min(LONGEST_REST) };
        let next = match self.known.get(&peer) {
            // Its INVITEs of before are still being refused: the longer rest counts.
            Some(Known::Rests { until }) if *until >= rest.until() => return,
            Some(Known::Rests { .. }) => rest,
            Some(Known::Said { times, .. }) if times + 1 >= SEVERAL => rest,
            Some(Known::Said { times, until }) => Known::Said { times: times + 1, until: *until },
            None => Known::Said { times: 1, until: now + WINDOW },
        };
        if self.known.len() >= MOST && !self.known.contains_key(&peer) {
            let soonest = self.known.iter().min_by_key(|(_, known)| known.until());
            if let Some(soonest) = soonest.map(|(peer, _)| *peer) {
                self.known.remove(&soonest);
            }
        }
        self.known.insert(peer, next);
    }

    /// This peer said nothing to an INVITE that was sent then, or nothing can be sent there.
    pub fn silent(&mut self, peer: SocketAddr, sent: Mono, now: Mono) {
        self.silent.retain(|_, silent| silent.until + SILENCE_REMEMBERED > now);
        let next = match self.silent.get(&peer) {
            // It was under way when the rest began and says nothing new: the rest goes on.
            Some(known) if sent <= known.since => {
                Silent { until: known.until.max(now + known.rest), ..*known }
            }
            Some(known) => {
                let rest = known.rest.saturating_mul(2).min(LONGEST_SILENCE);
                Silent { since: now, rest, until: now + rest }
            }
            None => Silent { since: now, rest: FIRST_SILENCE, until: now + FIRST_SILENCE },
        };
        if self.silent.len() >= MOST && !self.silent.contains_key(&peer) {
            let soonest = self.silent.iter().min_by_key(|(_, silent)| silent.until);
            if let Some(soonest) = soonest.map(|(peer, _)| *peer) {
                self.silent.remove(&soonest);
            }
        }
        self.silent.insert(peer, next);
    }

    /// This peer said something: it is there.
    pub fn spoke(&mut self, peer: SocketAddr) {
        self.silent.remove(&peer);
    }

    /// This peer answered a call: its 503 were for single numbers. A rest that has begun is kept.
    pub fn answered(&mut self, peer: SocketAddr) {
        self.spoke(peer);
        if let Some(Known::Said { .. }) = self.known.get(&peer) {
            self.known.remove(&peer);
        }
    }

    /// Until when this peer rests; none if it does not.
    #[must_use]
    pub fn rests(&self, peer: SocketAddr, now: Mono) -> Option<Mono> {
        let asked_for = match self.known.get(&peer) {
            Some(Known::Rests { until }) => Some(*until),
            Some(Known::Said { .. }) | None => None,
        };
        let silent = self.silent.get(&peer).map(|silent| silent.until);
        asked_for.max(silent).filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: usize) -> SocketAddr {
        SocketAddr::from(([10, 0, (n / 256) as u8, (n % 256) as u8], 5060))
    }

    fn at(secs: u64) -> Mono {
        Mono(secs * 1_000_000)
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// REAL-17: each row is when 503 came, the Retry-After of each, and when the rest ends, if any.
    #[test]
    fn real_17_a_peer_rests_after_several_within_the_window() {
        for (times, retry_after, rests) in [
            (&[0][..], 60, None),
            (&[0, 10], 60, None),
            (&[0, 10, 20], 60, Some(80)),
            (&[0, 0, 0], 60, Some(60)),
            (&[0, 10, 29], 60, Some(89)),
            // The first is forgotten at 30.
            (&[0, 10, 30], 60, None),
            (&[0, 29, 31, 32, 33], 60, Some(93)),
            // At most an hour.
            (&[0, 1, 2], 86_400, Some(3602)),
            // No rest at all.
            (&[0, 1, 2], 0, None),
            // Those still under way when the rest began make it longer, not shorter.
            (&[0, 1, 2, 3], 60, Some(63)),
        ] {
            let mut peers = Peers::default();
            for time in times {
                peers.refused(peer(1), secs(retry_after), at(*time));
            }
            let last = at(*times.last().unwrap());
            assert_eq!(peers.rests(peer(1), last), rests.map(at), "{times:?} {retry_after}");
            assert_eq!(peers.rests(peer(2), last), None, "another peer, {times:?}");
            if let Some(end) = rests {
                assert_eq!(peers.rests(peer(1), at(end)), None, "over at its end, {times:?}");
            }
        }
    }

    #[test]
    fn a_shorter_rest_does_not_cut_a_longer_one() {
        let mut peers = Peers::default();
        for retry_after in [60, 60, 60, 5] {
            peers.refused(peer(1), secs(retry_after), at(1));
        }
        assert_eq!(peers.rests(peer(1), at(1)), Some(at(61)));
    }

    #[test]
    fn an_answered_call_clears_what_was_said_but_ends_no_rest() {
        let mut peers = Peers::default();
        for _ in 0..2 {
            peers.refused(peer(1), secs(60), at(1));
        }
        peers.answered(peer(1));
        peers.refused(peer(1), secs(60), at(2));
        assert_eq!(peers.rests(peer(1), at(2)), None);
        for _ in 0..2 {
            peers.refused(peer(1), secs(60), at(3));
        }
        peers.answered(peer(1));
        assert_eq!(peers.rests(peer(1), at(3)), Some(at(63)));
    }

    /// REAL-15: each row is when an INVITE was sent and when its silence was found out, and when the
    /// rest ends then.
    #[test]
    fn real_15_a_silent_peer_rests_longer_and_longer() {
        let mut peers = Peers::default();
        for (sent, found, rests) in [
            (0, 4, 14),
            // Those under way when the first was found out make no longer rest of it.
            (1, 5, 15),
            (3, 35, 45),
            // One sent before the rest that ends sooner does not cut it.
            (2, 34, 45),
            // What was tried behind the rest and found silent again.
            (46, 50, 70),
            (71, 75, 115),
            (115, 119, 199),
            (199, 203, 363),
            (363, 367, 667),
            // At most five minutes.
            (668, 672, 972),
            // Forgotten five minutes after its last rest.
            (1273, 1277, 1287),
        ] {
            peers.silent(peer(1), at(sent), at(found));
            assert_eq!(peers.rests(peer(1), at(found)), Some(at(rests)), "{sent} {found}");
            assert_eq!(peers.rests(peer(1), at(rests)), None, "over at its end");
        }
        peers.spoke(peer(1));
        assert_eq!(peers.rests(peer(1), at(1278)), None, "it is back");
        peers.silent(peer(1), at(1279), at(1280));
        assert_eq!(peers.rests(peer(1), at(1280)), Some(at(1290)), "short again");
        for _ in 0..SEVERAL {
            peers.refused(peer(1), secs(60), at(1281));
        }
        assert_eq!(peers.rests(peer(1), at(1281)), Some(at(1341)), "the longer of the two");
        for n in 1..2000 {
            peers.silent(peer(n), at(2000), at(2000));
            assert!(peers.silent.len() <= MOST);
        }
    }

    /// However many peers say no, memory is bounded, and long rests outlive single words.
    #[test]
    fn what_is_remembered_is_bounded() {
        let mut peers = Peers::default();
        for _ in 0..SEVERAL {
            peers.refused(peer(0), secs(600), at(1));
        }
        for n in 1..2000 {
            peers.refused(peer(n), secs(600), at(1));
            assert!(peers.known.len() <= MOST);
        }
        assert_eq!(peers.rests(peer(0), at(1)), Some(at(601)));
        peers.refused(peer(1), secs(600), at(5000));
        assert_eq!(peers.known.len(), 1, "what is over is forgotten");
    }
}

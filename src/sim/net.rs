//! The network in memory: delay, jitter, loss, duplicates by link, from a seeded generator, and
//! rules that do one thing to one message.
//!
//! It carries datagrams only. Jitter larger than the gap between two datagrams reorders them.

use super::ladder::first_line;
use super::world::Datagram;
use crate::base::Mono;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Datagrams under way at once; more are lost, as in a router whose buffer is full.
const UNDER_WAY: usize = 1_000_000;

/// What happens to the datagrams of one kind on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// One-way delay of every datagram.
    pub delay: Duration,
    /// Up to so much more, uniformly.
    pub jitter: Duration,
    /// Datagrams lost of a thousand.
    pub loss_permille: u32,
    /// Datagrams delivered twice of a thousand.
    pub twice_permille: u32,
}

impl Default for Weather {
    /// One millisecond, nothing lost.
    fn default() -> Weather {
        Weather {
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            loss_permille: 0,
            twice_permille: 0,
        }
    }
}

impl Weather {
    /// So many of a thousand are lost, the rest takes a millisecond.
    #[must_use]
    pub fn losing(loss_permille: u32) -> Weather {
        Weather { loss_permille, ..Weather::default() }
    }
}

/// One direction between two hosts: signalling and media have each their own weather.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// For SIP.
    pub sip: Weather,
    /// For RTP and RTCP.
    pub rtp: Weather,
}

/// What a [`Rule`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Loses the message.
    Lose,
    /// Delivers it twice.
    Twice,
    /// Delivers it so much later.
    Delay(Duration),
}

/// One thing done to chosen SIP messages.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The sender; none for anybody.
    pub from: Option<IpAddr>,
    /// The receiver; none for anybody.
    pub to: Option<IpAddr>,
    /// How the message's line in the ladder begins: `INVITE`, `200 INVITE`, `ACK`.
    pub line: String,
    /// So many that match are let pass first.
    pub skip: u32,
    /// Then it is done to so many.
    pub count: u32,
    /// What is done.
    pub act: Act,
}

impl Rule {
    /// Loses the first message that begins so.
    #[must_use]
    pub fn lose(line: &str) -> Rule {
        Rule { from: None, to: None, line: line.into(), skip: 0, count: 1, act: Act::Lose }
    }
}

/// What became of a datagram that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It will arrive.
    Delivered,
    /// It is lost.
    Lost,
    /// It will arrive twice.
    Twice,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Net {
    seed: u64,
    rng: ChaCha8Rng,
    usual: Link,
    links: BTreeMap<(IpAddr, IpAddr), Link>,
    rules: Vec<Rule>,
    under_way: BTreeMap<(Mono, u64), Datagram>,
    count: u64,
}

impl Net {
    /// A network whose accidents come from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Net {
        Net {
            seed,
            rng: ChaCha8Rng::seed_from_u64(seed),
            usual: Link::default(),
            links: BTreeMap::new(),
            rules: Vec::new(),
            under_way: BTreeMap::new(),
            count: 0,
        }
    }

    /// The seed, to be printed by a test that fails.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets every link that has no weather of its own.
    pub fn set_usual(&mut self, link: Link) {
        self.usual = link;
    }

    /// Sets one direction between two hosts.
    pub fn set_link(&mut self, from: IpAddr, to: IpAddr, link: Link) {
        self.links.insert((from, to), link);
    }

    /// Adds a rule; rules are tried in order and the first that matches acts.
    pub fn add_rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// Takes a datagram as it was sent.
    pub fn send(&mut self, now: Mono, datagram: Datagram) -> Fate {
        let (from, to) = (datagram.local.ip(), datagram.remote.ip());
        let link = self.links.get(&(from, to)).copied().unwrap_or(self.usual);
        let weather = if is_sip(&datagram.bytes) { link.sip } else { link.rtp };
        let act = self.rule_for(&datagram);
        let lost = self.chance(weather.loss_permille) || act == Some(Act::Lose);
        let twice = self.chance(weather.twice_permille) || act == Some(Act::Twice);
        let later = if let Some(Act::Delay(d)) = act { d } else { Duration::ZERO };
        if lost || self.under_way.len() >= UNDER_WAY {
            return Fate::Lost;
        }
        let at = now + weather.delay + later;
        if twice {
            self.put(at, weather.jitter, datagram.clone());
        }
        self.put(at, weather.jitter, datagram);
        if twice { Fate::Twice } else { Fate::Delivered }
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Mono> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// The next datagram that has arrived by `now`.
    pub fn arrived(&mut self, now: Mono) -> Option<Datagram> {
        let entry = self.under_way.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    fn put(&mut self, at: Mono, jitter: Duration, datagram: Datagram) {
        let jitter_us = u64::try_from(jitter.as_micros()).unwrap_or(0);
        let extra = if jitter_us == 0 { 0 } else { self.rng.next_u64() % (jitter_us + 1) };
        self.count += 1;
        self.under_way.insert((at + Duration::from_micros(extra), self.count), datagram);
    }

    /// No number is drawn in fair weather, so a rule changes nothing else about a run.
    fn chance(&mut self, permille: u32) -> bool {
        permille > 0 && self.rng.next_u32() % 1000 < permille
    }

    fn rule_for(&mut self, datagram: &Datagram) -> Option<Act> {
        if self.rules.is_empty() || !is_sip(&datagram.bytes) {
            return None;
        }
        let line = first_line(&datagram.bytes);
        let (from, to) = (datagram.local.ip(), datagram.remote.ip());
        let rule = self.rules.iter_mut().find(|r| {
            r.count > 0
                && r.from.is_none_or(|f| f == from)
                && r.to.is_none_or(|t| t == to)
                && line.starts_with(&r.line)
        })?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.count -= 1;
        Some(rule.act)
    }
}

/// Whether a datagram is SIP and not RTP or RTCP, whose first byte has version 2 in its top bits
/// (RFC 3550 §5.1; RFC 5764 §5.1.2 tells protocols apart in the same way).
#[must_use]
pub fn is_sip(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|b| *b < 128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn datagram(n: u8) -> Datagram {
        let text = format!("OPTIONS sip:{n}@h SIP/2.0\r\nCSeq: {n} OPTIONS\r\n\r\n");
        Datagram {
            local: ([10, 0, 0, 1], 5060).into(),
            remote: ([10, 0, 0, 2], 5060).into(),
            bytes: Bytes::from(text),
        }
    }

    fn run(seed: u64, weather: Weather) -> Vec<(Mono, Bytes)> {
        let mut net = Net::new(seed);
        net.set_usual(Link { sip: weather, rtp: weather });
        for n in 0..100 {
            net.send(Mono(u64::from(n) * 1000), datagram(n));
        }
        let mut got = Vec::new();
        while let Some(at) = net.next_arrival() {
            got.extend(net.arrived(at).map(|d| (at, d.bytes)));
        }
        got
    }

    #[test]
    fn the_same_seed_gives_the_same_accidents() {
        let weather = Weather {
            jitter: Duration::from_millis(10),
            loss_permille: 200,
            twice_permille: 100,
            ..Weather::default()
        };
        assert_eq!(run(7, weather), run(7, weather));
        assert_ne!(run(7, weather), run(8, weather));
        let lost = 100 - run(7, weather).len();
        assert!((1..40).contains(&lost), "seed 7 lost {lost}");
    }

    #[test]
    fn fair_weather_keeps_order_and_delay() {
        let got = run(1, Weather::default());
        assert_eq!(got.len(), 100);
        assert!(got.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(got[0].0, Mono(1000));
    }

    #[test]
    fn a_rule_meets_the_message_it_names_and_no_other() {
        let mut net = Net::new(1);
        net.add_rule(Rule { skip: 1, count: 1, ..Rule::lose("OPTIONS") });
        let fates: Vec<Fate> = (0..4).map(|n| net.send(Mono(0), datagram(n))).collect();
        assert_eq!(fates, [Fate::Delivered, Fate::Lost, Fate::Delivered, Fate::Delivered]);
    }
}

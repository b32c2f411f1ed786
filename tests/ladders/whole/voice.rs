//! A far end's RTP made by hand, and how much of ours goes where meanwhile.

use super::set::*;
use crate::stage::*;
use centralino::sim::Datagram;
use std::net::{IpAddr, SocketAddr};

/// Payload number of PCMA.
pub(crate) const PCMA: u8 = 8;
/// Payload number of telephone-event in what the probe offers.
pub(crate) const EVENT: u8 = 101;
/// 20 ms of silence in PCMA.
pub(crate) const SILENCE: [u8; 160] = [0xd5; 160];
/// Packets in which a press is said: four while it lasts, three that end it.
pub(crate) const PRESS: usize = 7;

/// The port of the first audio line that has one.
pub(crate) fn audio_port(message: &str) -> u16 {
    let mut lines = message.lines().filter_map(|line| line.strip_prefix("m=audio "));
    lines.next().and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// A far end's RTP by hand.
pub(crate) struct Voice {
    from: SocketAddr,
    to: SocketAddr,
    /// The number of the packet that was said last.
    pub(crate) sequence: u16,
    /// The time of the next.
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
}

impl Voice {
    /// What is sent from here to the port that this description of ours names.
    pub(crate) fn new(from: (IpAddr, u16), ours: &str) -> Voice {
        let to = (US, audio_port(ours)).into();
        Voice { from: from.into(), to, sequence: 0, timestamp: 160, ssrc: u32::from(from.1) }
    }

    /// One packet of this payload number, and 20 ms.
    pub(crate) fn say(&mut self, set: &mut Set, payload_type: u8, payload: &[u8]) {
        self.packet(set, payload_type, self.timestamp, payload);
        self.tick(set);
    }

    /// So many packets of silence in PCMA, one every 20 ms.
    pub(crate) fn speak(&mut self, set: &mut Set, packets: u16) {
        for _ in 0..packets {
            self.say(set, PCMA, &SILENCE);
        }
    }

    /// So many packets that the network loses.
    pub(crate) fn lose(&mut self, set: &mut Set, packets: u16) {
        for _ in 0..packets {
            self.sequence = self.sequence.wrapping_add(1);
            self.tick(set);
        }
    }

    /// The next packet, of this time (RFC 3550 §5.1). A payload number above 127 has the marker.
    pub(crate) fn packet(&mut self, set: &mut Set, kind: u8, timestamp: u32, payload: &[u8]) {
        self.sequence = self.sequence.wrapping_add(1);
        let mut bytes = vec![0x80, kind];
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&timestamp.to_be_bytes());
        bytes.extend_from_slice(&self.ssrc.to_be_bytes());
        bytes.extend_from_slice(payload);
        self.bytes(set, &bytes);
    }

    /// These bytes as they are.
    pub(crate) fn bytes(&self, set: &mut Set, bytes: &[u8]) {
        let now = set.world.now().mono;
        let bytes = bytes::Bytes::copy_from_slice(bytes);
        set.world.net.send(now, Datagram { local: self.from, remote: self.to, bytes });
    }

    fn tick(&mut self, set: &mut Set) {
        self.timestamp = self.timestamp.wrapping_add(160);
        set.run(ms(20));
    }

    /// One press of 100 ms by RFC 4733, then a packet of silence. Those of its [`PRESS`] packets whose
    /// place is in `lost` do not come.
    pub(crate) fn press(&mut self, set: &mut Set, key: char, lost: &[usize]) {
        let began = self.timestamp;
        for place in 0..PRESS {
            if lost.contains(&place) {
                self.lose(set, 1);
                continue;
            }
            let end = place >= 4;
            let lasted = if end { 800 } else { 160 * (place as u16 + 1) };
            let kind = if place == 0 { EVENT | 0x80 } else { EVENT };
            self.packet(set, kind, began, &event(key, end, lasted));
            self.tick(set);
        }
        self.speak(set, 1);
    }

    /// A press of so many packets of 20 ms, cut into segments where its duration has no more room (RFC
    /// 4733 §2.5.1.3), and its three ends.
    pub(crate) fn hold(&mut self, set: &mut Set, key: char, packets: u16) {
        let (mut began, mut lasted) = (self.timestamp, 0u16);
        for nth in 0..packets {
            lasted = match lasted.checked_add(160) {
                Some(longer) => longer,
                None => {
                    self.packet(set, EVENT, began, &event(key, false, 0xffff));
                    began = began.wrapping_add(0xffff);
                    (u32::from(lasted) + 160 - 0xffff) as u16
                }
            };
            let kind = if nth == 0 { EVENT | 0x80 } else { EVENT };
            self.packet(set, kind, began, &event(key, false, lasted));
            self.tick(set);
        }
        for _ in 0..3 {
            self.packet(set, EVENT, began, &event(key, true, lasted));
            self.tick(set);
        }
    }
}

/// The payload of an event (RFC 4733 §2.3).
fn event(key: char, end: bool, lasted: u16) -> [u8; 4] {
    let number = "0123456789*#ABCD".find(key).unwrap_or(16) as u8;
    let [high, low] = lasted.to_be_bytes();
    [number, if end { 0x8a } else { 0x0a }, high, low]
}

/// How many RTP packets go to this place while `deed` is done.
pub(crate) fn meanwhile(set: &mut Set, to: (IpAddr, u16), deed: impl FnOnce(&mut Set)) -> u64 {
    let before = set.world.tap.to(to.into()).packets;
    deed(set);
    set.world.tap.to(to.into()).packets - before
}

//! RTCP (RFC 3550 §6): the packets as bytes, and what a stream keeps about its reports.
//!
//! Each of our streams has one sender at either end, so the interval of §6.2 is always the least
//! one: 5 s, times 0.5 to 1.5; no group size is counted. Reports of a leg end with us, they are
//! not relayed: each leg's loss and round trip are its own.

use crate::base::{Mint, Mono, Now, Token};
use crate::media::quality::Reception;
use std::time::Duration;

/// The longest compound packet taken; an ordinary one has about 100 bytes.
pub(crate) const MAX_PACKET: usize = 1500;
/// Our longest: SR with one block (52), SDES (32), BYE (8).
const OURS: usize = 128;
/// Seconds between 1900 (NTP) and 1970.
const NTP_EPOCH: u64 = 2_208_988_800;

const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;

/// What a compound packet says that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A sender's report: the middle 32 bits of its NTP time.
    Sender { ssrc: u32, ntp: u32 },
    /// What somebody hears of a source.
    Block { about: u32, fraction_lost: u8, last_report: u32, delay: u32 },
}

/// Reads a compound packet; false if it is none (MED-11). Items before the fault still count.
pub(crate) fn parse(bytes: &[u8], mut each: impl FnMut(Item)) -> bool {
    if bytes.len() > MAX_PACKET || bytes.is_empty() {
        return false;
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        let [first, kind, l0, l1, ..] = *rest else { return false };
        let length = (usize::from(u16::from_be_bytes([l0, l1])) + 1) * 4;
        if first >> 6 != 2 || length > rest.len() {
            return false;
        }
        let (packet, behind) = rest.split_at(length);
        rest = behind;
        let blocks = match kind {
            SR => {
                let (Some(ssrc), Some(ntp)) = (word(packet, 4), word(packet, 10)) else {
                    return false;
                };
                each(Item::Sender { ssrc, ntp });
                28
            }
            RR => 8,
            // SDES, BYE, APP and feedback say nothing that the engine needs.
            _ => continue,
        };
        for n in 0..usize::from(first & 31) {
            let at = blocks + n * 24;
            let (Some(about), Some(lost)) = (word(packet, at), word(packet, at + 4)) else {
                return false;
            };
            let (Some(last_report), Some(delay)) = (word(packet, at + 16), word(packet, at + 20))
            else {
                return false;
            };
            each(Item::Block { about, fraction_lost: (lost >> 24) as u8, last_report, delay });
        }
    }
    true
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let part: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(part))
}

/// What goes into a report of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) ssrc: u32,
    /// If we sent since the last report or the one before: timestamp of now, packets, octets.
    pub(crate) sender: Option<(u32, u32, u32)>,
    pub(crate) reception: Option<Reception>,
    /// The stream ends with this packet.
    pub(crate) bye: bool,
}

/// What one stream keeps for RTCP.
#[derive(Debug)]
pub(crate) struct Reporter {
    pub(crate) next: Mono,
    cname: Token,
    /// The last two reports we sent as a sender: middle bits of NTP time, and when.
    sent: [Option<(u32, Mono)>; 2],
    /// The far end's last report as a sender: whose, middle bits, when it came.
    heard: Option<(u32, u32, Mono)>,
    /// How many packets had gone at the last report, and at the one before.
    packets_at: [u64; 2],
    reported: bool,
}

impl Reporter {
    pub(crate) fn new(mint: &mut Mint, now: Mono) -> Reporter {
        // RFC 7022: a name that tells nothing, new for each stream.
        let cname = mint.tag();
        // §6.2: the first report comes after half the interval.
        let next = now + interval(mint) / 2;
        Reporter { next, cname, sent: [None; 2], heard: None, packets_at: [0; 2], reported: false }
    }

    /// Sets the time of the next report.
    pub(crate) fn schedule(&mut self, mint: &mut Mint, now: Mono) {
        self.next = now + interval(mint);
    }

    /// Whether a report was ever written.
    pub(crate) fn has_reported(&self) -> bool {
        self.reported
    }

    /// Whether we sent RTP since the last report or the one before it (§6.4), given how many packets
    /// there are now.
    pub(crate) fn is_sender(&mut self, packets: u64) -> bool {
        let [last, before] = self.packets_at;
        self.packets_at = [packets, last];
        packets != before
    }

    /// The far end reported as a sender.
    pub(crate) fn heard_sender(&mut self, ssrc: u32, ntp: u32, now: Mono) {
        self.heard = Some((ssrc, ntp, now));
    }

    /// The round trip in microseconds that a block about us tells (§6.4.1).
    pub(crate) fn round_trip_us(&self, last_report: u32, delay: u32, now: Mono) -> Option<u32> {
        let (_, at) = self.sent.iter().flatten().find(|(ntp, _)| *ntp == last_report)?;
        let away = (now - *at).as_micros() as u64;
        let there = (u64::from(delay) * 1_000_000) >> 16;
        // A far end that counts its delay coarsely may come out below zero.
        u32::try_from(away.saturating_sub(there).max(1)).ok()
    }

    /// Writes a compound packet into `out` and returns its length.
    pub(crate) fn write(&mut self, report: &Report, now: Now, out: &mut [u8]) -> usize {
        self.reported = true;
        let mut writer = Writer { out: [0; OURS], len: 0 };
        let count = u8::from(report.reception.is_some());
        let blocks = u16::from(count) * 6;
        match report.sender {
            Some((timestamp, packets, octets)) => {
                let ntp = ntp(now.wall_ms);
                self.sent = [Some(((ntp >> 16) as u32, now.mono)), self.sent[0]];
                writer.head(count, SR, 6 + blocks);
                let ntp = [(ntp >> 32) as u32, ntp as u32];
                writer.words(&[report.ssrc, ntp[0], ntp[1], timestamp, packets, octets]);
            }
            None => {
                writer.head(count, RR, 1 + blocks);
                writer.words(&[report.ssrc]);
            }
        }
        if let Some(heard) = report.reception {
            let (last, delay) = self.last_report_of(heard.ssrc, now.mono);
            let lost = u32::from(heard.fraction_lost) << 24 | heard.cumulative_lost & 0xff_ffff;
            writer.words(&[heard.ssrc, lost, heard.highest, heard.jitter, last, delay]);
        }
        self.describe(report.ssrc, &mut writer);
        if report.bye {
            writer.head(1, BYE, 1);
            writer.words(&[report.ssrc]);
        }
        out.iter_mut().zip(writer.out.iter().take(writer.len)).for_each(|(to, from)| *to = *from);
        writer.len.min(out.len())
    }

    fn last_report_of(&self, ssrc: u32, now: Mono) -> (u32, u32) {
        match self.heard {
            Some((whose, ntp, at)) if whose == ssrc => {
                (ntp, (((now - at).as_micros() << 16) / 1_000_000) as u32)
            }
            Some(_) | None => (0, 0),
        }
    }

    /// SDES with the CNAME (§6.5.1), ended and padded by zeros.
    fn describe(&self, ssrc: u32, writer: &mut Writer) {
        let name = self.cname.as_bytes();
        let chunk = (2 + name.len()) / 4 * 4 + 4;
        writer.head(1, SDES, 1 + (chunk / 4) as u16);
        writer.words(&[ssrc]);
        writer.bytes(&[1, name.len() as u8]);
        writer.bytes(name);
        writer.bytes([0u8; 4].get(..chunk - 2 - name.len()).unwrap_or_default());
    }
}

fn interval(mint: &mut Mint) -> Duration {
    Duration::from_millis(2500 + u64::from(mint.below(5000)))
}

/// Wall clock as NTP time, 32 bits of seconds and 32 of fraction.
fn ntp(wall_ms: i64) -> u64 {
    let ms = wall_ms.max(0) as u64;
    ((ms / 1000 + NTP_EPOCH) << 32) | (((ms % 1000) << 32) / 1000)
}

/// A small packet under work; it cannot outgrow [`OURS`].
struct Writer {
    out: [u8; OURS],
    len: usize,
}

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) {
        let room = self.out.get_mut(self.len..).unwrap_or_default();
        room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.len = (self.len + bytes.len()).min(OURS);
    }

    fn words(&mut self, words: &[u32]) {
        words.iter().for_each(|word| self.bytes(&word.to_be_bytes()));
    }

    fn head(&mut self, count: u8, kind: u8, length: u16) {
        let [l0, l1] = length.to_be_bytes();
        self.bytes(&[0x80 | count, kind, l0, l1]);
    }
}

#[cfg(test)]
mod tests;

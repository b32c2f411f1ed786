//! DTMF as RTP events (RFC 4733): heard once each, and sent.
//!
//! A digit is told when its first packet comes, whichever that is. Packets of one event share the
//! timestamp of its start (§2.5.1.2), so that is what tells two presses apart.

use crate::base::Mono;
use crate::media::Digit;
use crate::media::rtp::{Packet, RATE};
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// Length of the payload: event, flags and volume, duration.
pub(crate) const PAYLOAD: usize = 4;
/// The longest duration that one segment can say, in samples (§2.5.1.3).
const SEGMENT: u32 = 0xffff;
/// How far from [`SEGMENT`] a next segment may begin: senders cut at a whole packet.
const SEGMENT_SLACK: u32 = 4 * 480;
/// A timestamp this far behind, in samples, is a late packet, not a new event.
const LATE: i32 = 5 * RATE as i32;
/// A sender that never moves its timestamp is told apart by its marker after this long.
const STUCK_TIMESTAMP: Duration = Duration::from_millis(500);

/// An event's number. It may be a digit, so `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventCode(pub(crate) u8);

impl fmt::Debug for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventCode(…)")
    }
}

/// An event packet's payload (§2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventPayload {
    pub(crate) event: EventCode,
    pub(crate) end: bool,
    pub(crate) duration: u16,
}

impl EventPayload {
    /// Reads the first event of a payload.
    pub(crate) fn read(payload: &[u8]) -> Option<EventPayload> {
        let [event, flags, d0, d1, ..] = *payload else { return None };
        let duration = u16::from_be_bytes([d0, d1]);
        Some(EventPayload { event: EventCode(event), end: flags & 0x80 != 0, duration })
    }

    fn write(self) -> [u8; PAYLOAD] {
        let [d0, d1] = self.duration.to_be_bytes();
        // Volume −10 dBm0, as every gateway sends.
        [self.event.0, (if self.end { 0x80 } else { 0 }) | 10, d0, d1]
    }
}

#[derive(Clone, Copy, Debug)]
struct Current {
    ssrc: u32,
    event: EventCode,
    timestamp: u32,
    duration: u16,
    sequence: u16,
    ended: bool,
    last: Mono,
}

/// What an event packet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A new press: of a digit, or of an event that is none (flash).
    Start(Option<Digit>),
    /// More of the present press, or its end again.
    More,
    /// A late packet of an earlier press.
    Late,
}

/// Tells presses from packets.
#[derive(Debug, Default)]
pub(crate) struct EventReceiver {
    current: Option<Current>,
}

impl EventReceiver {
    /// Follows one event packet.
    pub(crate) fn hear(&mut self, packet: &Packet<'_>, event: EventPayload, now: Mono) -> Heard {
        let fresh = Current {
            ssrc: packet.ssrc,
            event: event.event,
            timestamp: packet.timestamp,
            duration: event.duration,
            sequence: packet.sequence,
            ended: event.end,
            last: now,
        };
        let heard = match &self.current {
            None => Heard::Start(Digit::from_event(event.event.0)),
            Some(current) => current.compare(packet, event, now),
        };
        match (heard, &mut self.current) {
            (Heard::Late, _) => {}
            (Heard::More, Some(current)) => {
                // Once ended, always ended: a late packet of the middle does not open it again.
                let same = current.timestamp == fresh.timestamp;
                let ended = fresh.ended || same && current.ended;
                *current = Current { ended, ..fresh };
            }
            (Heard::Start(_) | Heard::More, current) => *current = Some(fresh),
        }
        heard
    }
}

impl Current {
    fn compare(&self, packet: &Packet<'_>, event: EventPayload, now: Mono) -> Heard {
        let start = Heard::Start(Digit::from_event(event.event.0));
        let ahead = packet.timestamp.wrapping_sub(self.timestamp) as i32;
        let same_event = event.event == self.event;
        if ahead == 0 {
            let stuck = self.ended && packet.marker && now - self.last >= STUCK_TIMESTAMP;
            return if same_event && !stuck { Heard::More } else { start };
        }
        if packet.ssrc != self.ssrc {
            return start;
        }
        if ahead < 0 {
            // Late is what was sent before; with a newer number the sender's clock stepped back.
            let newer = packet.sequence.wrapping_sub(self.sequence) as i16 > 0;
            return if ahead > -LATE && !newer { Heard::Late } else { start };
        }
        let goes_on = same_event && !self.ended && !packet.marker;
        if goes_on && (self.next_segment(ahead) || self.moving_timestamp(packet, event)) {
            return Heard::More;
        }
        start
    }

    /// A press longer than a segment goes on with a later timestamp (§2.5.1.3).
    fn next_segment(&self, ahead: i32) -> bool {
        ahead.unsigned_abs().abs_diff(SEGMENT) <= SEGMENT_SLACK
    }

    /// Some senders move the timestamp with every packet of one press. The duration still grows
    /// and no packet is missing between, where a new press would have begun it again.
    fn moving_timestamp(&self, packet: &Packet<'_>, event: EventPayload) -> bool {
        packet.sequence == self.sequence.wrapping_add(1) && event.duration > self.duration
    }
}

/// How long each digit sounds, in samples: 100 ms.
const DIGIT: u16 = 800;
/// Silence between two digits, in samples: 40 ms, the least that receivers must tell apart.
const GAP: u16 = 320;
/// Digits that may wait to be sent.
const QUEUE: usize = 32;
/// The end is sent so often (§2.5.1.4).
const ENDS: u8 = 3;

#[derive(Debug, Default)]
enum Sending {
    #[default]
    Nothing,
    /// So much of the digit was sent; the timestamp of its start.
    Sound { digit: Digit, timestamp: u32, sent: u16 },
    /// The end is to be repeated so often.
    End { digit: Digit, timestamp: u32, left: u8 },
    /// So many samples of silence are left.
    Gap { left: u16 },
}

/// What to send in the next packet time. No `Debug`: the payload is a digit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// No digit: audio.
    Audio,
    /// An event packet with this payload and timestamp.
    Event { payload: [u8; PAYLOAD], timestamp: u32, first: bool },
    /// The pause behind a digit.
    Pause,
}

/// Sends queued digits, one packet a packet time.
#[derive(Debug, Default)]
pub(crate) struct EventSender {
    queue: VecDeque<Digit>,
    state: Sending,
}

impl EventSender {
    /// Queues a digit; one too many is dropped.
    pub(crate) fn push(&mut self, digit: Digit) {
        if self.queue.len() < QUEUE {
            self.queue.push_back(digit);
        }
    }

    /// Whether a digit, or its pause, is still to be sent.
    pub(crate) fn is_busy(&self) -> bool {
        !self.queue.is_empty() || !matches!(self.state, Sending::Nothing)
    }

    /// Forgets everything, when the stream may send events no longer.
    pub(crate) fn clear(&mut self) {
        *self = EventSender::default();
    }

    /// What the packet that begins at `timestamp` and lasts `samples` carries.
    pub(crate) fn turn(&mut self, timestamp: u32, samples: u16) -> Turn {
        match std::mem::take(&mut self.state) {
            Sending::Nothing => match self.queue.pop_front() {
                Some(digit) => self.sound(digit, timestamp, 0, samples),
                None => Turn::Audio,
            },
            Sending::Sound { digit, timestamp, sent } => {
                self.sound(digit, timestamp, sent, samples)
            }
            Sending::End { digit, timestamp, left } => {
                self.state = match left {
                    0 | 1 => Sending::Gap { left: GAP },
                    more => Sending::End { digit, timestamp, left: more - 1 },
                };
                event(digit, timestamp, true, DIGIT, false)
            }
            Sending::Gap { left } => {
                if left > samples {
                    self.state = Sending::Gap { left: left - samples };
                }
                Turn::Pause
            }
        }
    }

    fn sound(&mut self, digit: Digit, timestamp: u32, sent: u16, samples: u16) -> Turn {
        let duration = (sent + samples).min(DIGIT);
        let end = duration == DIGIT;
        self.state = if end {
            Sending::End { digit, timestamp, left: ENDS - 1 }
        } else {
            Sending::Sound { digit, timestamp, sent: duration }
        };
        event(digit, timestamp, end, duration, sent == 0)
    }
}

fn event(digit: Digit, timestamp: u32, end: bool, duration: u16, first: bool) -> Turn {
    let payload = EventPayload { event: EventCode(digit.event()), end, duration }.write();
    Turn::Event { payload, timestamp, first }
}

#[cfg(test)]
mod tests;

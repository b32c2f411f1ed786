//! Where a leg's media really comes from (MED-07): behind NAT it is not where its SDP says.
//!
//! A window opens with the stream and with every offer and answer. The address of the SDP is
//! believed at once; so is another port or the signalling address's host. Anybody else must have
//! sent alone for a while. Once a source is latched nobody else is heard until the next window, or
//! until the source has been silent. One that was believed by waiting alone gives way to the SDP's or
//! the signalling's at any time: had a thief sent while the caller's phone was still quiet, it would
//! keep the call otherwise. We send to what is latched ("symmetric RTP", RFC 4961).

use crate::base::Mono;
use crate::media::StreamSpec;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a new offer and answer lets a believed source take over from the present one.
const WINDOW: Duration = Duration::from_secs(2);
/// A latched source silent for so long may be replaced.
const SILENCE: Duration = Duration::from_secs(3);
/// Within the window the present source must pause so long before a neighbour replaces it: five
/// packets of 20 ms, so two sources that both send do not alternate.
const PAUSE: Duration = Duration::from_millis(100);
/// A stranger must have sent for so long …
const STRANGER_WAIT: Duration = Duration::from_secs(2);
/// … and at least so many packets before it is believed.
const STRANGER_PACKETS: u32 = 20;
/// A stranger that pauses so long begins again, or gives its place to the next one.
const STRANGER_PAUSE: Duration = Duration::from_millis(500);

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is from whom we listen to.
    Take,
    /// The same, and its source was latched by it.
    Latched,
    /// It is from somebody else.
    Drop,
}

/// How far a source may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    /// The very address of the SDP.
    Named,
    /// Another port of the SDP's host, or the host that the signalling comes from.
    Near,
    /// Neither.
    Stranger,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    last: Mono,
    /// Believed by waiting alone: whoever is believed at once takes over.
    on_trial: bool,
}

#[derive(Clone, Copy, Debug)]
struct Stranger {
    address: SocketAddr,
    first: Mono,
    last: Mono,
    packets: u32,
}

/// Whom one stream listens to.
#[derive(Debug)]
pub(crate) struct Latch {
    window_ends: Mono,
    /// The place that an SDP named last; a hold at 0.0.0.0 does not forget it.
    named: Option<SocketAddr>,
    source: Option<Source>,
    /// Whom we listened to before the SDP named another place: still heard until that one sends.
    previous: Option<SocketAddr>,
    stranger: Option<Stranger>,
}

impl Latch {
    pub(crate) fn new(named: Option<SocketAddr>, now: Mono) -> Latch {
        let window_ends = now + WINDOW;
        Latch { window_ends, named, source: None, previous: None, stranger: None }
    }

    /// The latched source, to which we send.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.source.map(|s| s.address)
    }

    /// A new offer and answer was agreed. If it names another place than the last one did, that is
    /// where we send; what was learnt before any place was named stays.
    pub(crate) fn reopen(&mut self, named: Option<SocketAddr>, now: Mono) {
        self.window_ends = now + WINDOW;
        self.stranger = None;
        let Some(is) = named else { return };
        if let Some(source) = self.source.as_mut().filter(|s| s.address == is) {
            source.on_trial = false;
        }
        let moved = self.named.replace(is).is_some_and(|was| was != is);
        if moved && self.source() != Some(is) {
            self.previous = self.source.take().map(|s| s.address).or(self.previous);
        }
    }

    /// Judges a packet that is otherwise good.
    pub(crate) fn judge(&mut self, from: SocketAddr, spec: &StreamSpec, now: Mono) -> Verdict {
        if let Some(source) = self.source.as_mut().filter(|s| s.address == from) {
            source.last = now;
            return Verdict::Take;
        }
        let quiet = self.source.map(|s| now - s.last);
        let on_trial = self.source.is_some_and(|s| s.on_trial);
        let open = now < self.window_ends || quiet.is_none_or(|q| q >= SILENCE);
        if !open && !on_trial {
            return Verdict::Drop;
        }
        match rank(from, spec) {
            Rank::Named => self.latch(from, false, now),
            Rank::Near if self.previous == Some(from) => self.wait(from, now),
            Rank::Near if on_trial || quiet.is_none_or(|q| q >= PAUSE) => {
                self.latch(from, false, now)
            }
            Rank::Near => Verdict::Drop,
            Rank::Stranger if quiet.is_none_or(|q| q >= SILENCE) => self.wait(from, now),
            Rank::Stranger => Verdict::Drop,
        }
    }

    fn latch(&mut self, address: SocketAddr, on_trial: bool, now: Mono) -> Verdict {
        self.source = Some(Source { address, last: now, on_trial });
        self.stranger = None;
        self.previous = None;
        Verdict::Latched
    }

    /// Counts a source that is not believed yet; the former source is heard meanwhile.
    fn wait(&mut self, address: SocketAddr, now: Mono) -> Verdict {
        let refused = if self.previous == Some(address) { Verdict::Take } else { Verdict::Drop };
        match &mut self.stranger {
            Some(stranger)
                if stranger.address == address && now - stranger.last < STRANGER_PAUSE =>
            {
                stranger.last = now;
                stranger.packets = stranger.packets.saturating_add(1);
                if now - stranger.first >= STRANGER_WAIT && stranger.packets >= STRANGER_PACKETS {
                    return self.latch(address, true, now);
                }
            }
            Some(stranger) if now - stranger.last < STRANGER_PAUSE => {}
            Some(_) | None => {
                self.stranger = Some(Stranger { address, first: now, last: now, packets: 1 });
            }
        }
        refused
    }

    /// Whether RTCP from here is believed: from the latched host, or one that the SDP or the
    /// signalling names.
    pub(crate) fn knows(&self, host: IpAddr, spec: &StreamSpec) -> bool {
        let named = [self.source(), spec.remote_rtcp, spec.remote_rtp];
        named.into_iter().flatten().any(|a| a.ip() == host) || spec.signalling == Some(host)
    }
}

fn rank(from: SocketAddr, spec: &StreamSpec) -> Rank {
    match spec.remote_rtp {
        Some(named) if named == from => Rank::Named,
        Some(named) if named.ip() == from.ip() => Rank::Near,
        Some(_) | None if spec.signalling == Some(from.ip()) => Rank::Near,
        Some(_) | None => Rank::Stranger,
    }
}

#[cfg(test)]
mod tests;

//! What a phone saw of one call, kept for the reckoning at the end: small, for there are many.

use super::booth::Booth;
use super::cast::{Caller, TOLERANCE_HZ, Temper};
use crate::base::Mono;
use crate::sim::{CallNo, Ended, Report};
use std::collections::BTreeMap;
use std::time::Duration;

/// A tone that was heard for less is noise.
const LEAST_TONE: Duration = Duration::from_millis(100);
/// Tones kept of one call: the longest ones.
const TONES_KEPT: usize = 6;
/// Complaints kept of one call.
const NOTICED_KEPT: usize = 8;
/// Calls for which a demo remembers what its phones saw.
pub(super) const SEEN: usize = 200_000;
/// How long an ended call's report may still grow: every timer of its transactions (64·T1) is over
/// then.
const SETTLED: Duration = Duration::from_secs(33);

/// One call as one phone saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) call_id: String,
    pub(super) ended: Option<Ended>,
    /// Answered and acknowledged.
    pub(super) confirmed: bool,
    /// From the answer to the end.
    pub(super) up_for: Duration,
    /// Tones by frequency, the longest first.
    pub(super) tones: Vec<(u16, Duration)>,
    /// Speech and music.
    pub(super) speech: Duration,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) lost: u64,
    /// The peer sent a BYE, be it that ours crossed it.
    pub(super) bye_seen: bool,
    pub(super) noticed: Vec<String>,
}

impl Seen {
    pub(super) fn of(report: &Report) -> Seen {
        let mut heard = BTreeMap::<u16, Duration>::new();
        for tone in &report.tones {
            let near = heard.keys().find(|hz| hz.abs_diff(tone.hz) <= TOLERANCE_HZ / 2).copied();
            *heard.entry(near.unwrap_or(tone.hz)).or_default() += tone.lasted;
        }
        let mut tones: Vec<(u16, Duration)> =
            heard.into_iter().filter(|(_, lasted)| *lasted >= LEAST_TONE).collect();
        tones.sort_by_key(|(hz, lasted)| (std::cmp::Reverse(*lasted), *hz));
        tones.truncate(TONES_KEPT);
        let up_for = match (report.confirmed_at, report.ended_at) {
            (Some(from), Some(until)) => until.since(from),
            (_, _) => Duration::ZERO,
        };
        Seen {
            call_id: report.call_id.clone(),
            ended: report.ended,
            confirmed: report.confirmed_at.is_some(),
            up_for,
            tones,
            speech: report.speech,
            sent: report.rtp.sent,
            received: report.rtp.received,
            lost: report.rtp.lost,
            bye_seen: report.bye_seen,
            noticed: report.noticed.iter().take(NOTICED_KEPT).map(ToString::to_string).collect(),
        }
    }

    /// How long this tone was heard.
    pub(super) fn heard(&self, hz: u16) -> Duration {
        let near = |(tone, _): &&(u16, Duration)| tone.abs_diff(hz) <= TOLERANCE_HZ;
        self.tones.iter().filter(near).map(|(_, lasted)| *lasted).sum()
    }
}

/// A call that a caller placed.
#[derive(Clone, Debug)]
pub(super) struct CallerSeen {
    pub(super) caller: Caller,
    pub(super) seen: Seen,
    /// The demo's end hung it up.
    pub(super) cut_short: bool,
}

/// A call that an agent's phone, or a dialled one, took.
#[derive(Clone, Debug)]
pub(super) struct AgentSeen {
    /// The agent's name in the plan, or the phone's.
    pub(super) name: String,
    pub(super) tone: u16,
    pub(super) temper: Temper,
    pub(super) seen: Seen,
}

/// Calls whose reports are not read yet, with what is known of them from elsewhere.
#[derive(Debug)]
pub(super) struct Unread<T> {
    calls: BTreeMap<(usize, CallNo), (Option<Mono>, T)>,
}

impl<T> Unread<T> {
    pub(super) fn new() -> Unread<T> {
        Unread { calls: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, phone: usize, call: CallNo, about: T) {
        self.calls.insert((phone, call), (None, about));
    }

    /// Calls that go on.
    pub(super) fn going(&mut self) -> impl Iterator<Item = (usize, CallNo, &mut T)> {
        let going = self.calls.iter_mut().filter(|(_, (ended, _))| ended.is_none());
        going.map(|((phone, call), (_, about))| (*phone, *call, about))
    }

    /// Those that have ended since the last look.
    pub(super) fn ended(&mut self, booth: &Booth, now: Mono) -> usize {
        let mut count = 0;
        for ((phone, call), (ended, _)) in &mut self.calls {
            let report = booth.report(*phone, *call);
            if ended.is_none() && report.is_none_or(|r| r.ended.is_some()) {
                *ended = Some(now);
                count += 1;
            }
        }
        count
    }

    /// Takes what will not change any more, or at the end all.
    pub(super) fn take(&mut self, booth: &Booth, now: Mono, all: bool) -> Vec<(T, Seen)> {
        let settled = |ended: &Option<Mono>| ended.is_some_and(|at| now.since(at) >= SETTLED);
        let before = std::mem::take(&mut self.calls);
        let (ready, rest) = before.into_iter().partition(|(_, (ended, _))| all || settled(ended));
        self.calls = rest;
        let ready: BTreeMap<(usize, CallNo), (Option<Mono>, T)> = ready;
        let read = ready.into_iter().map(|((phone, call), (_, about))| {
            let seen = booth.report(phone, call).map(Seen::of).unwrap_or_default();
            (about, seen)
        });
        read.collect()
    }
}

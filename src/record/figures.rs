//! Counters and histograms of the node, folded from events: what `/metrics` shows of calls.
//!
//! Labels come from closed lists (causes, outcomes) or from the plan (queues), never from the
//! network, so their number is bounded.

use super::event::{Event, Happened};
use super::records::OPEN_CALLS;
use crate::base::{CallKey, Cause, EndedBy, LegNo};
use crate::media::StreamFigures;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Upper bounds of the setup and ring histograms, milliseconds.
pub const SETUP_BOUNDS_MS: [u64; 12] =
    [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];
/// Upper bounds of the wait and talk histograms, milliseconds: 20 s is the usual service level.
pub const WAIT_BOUNDS_MS: [u64; 12] = [
    1_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 1_800_000,
    3_600_000,
];
/// Queue names counted apart; a plan with more shares one label for the rest.
pub const QUEUES_KEPT: usize = 1_000;

/// A histogram with fixed bounds in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    bounds_ms: &'static [u64],
    counts: Vec<u64>,
    sum_us: u64,
}

impl Histogram {
    /// An empty one; `bounds_ms` rise.
    #[must_use]
    pub fn new(bounds_ms: &'static [u64]) -> Histogram {
        Histogram { bounds_ms, counts: vec![0; bounds_ms.len() + 1], sum_us: 0 }
    }

    /// Adds one value.
    pub fn observe_us(&mut self, us: u64) {
        let at = self.bounds_ms.partition_point(|&bound| bound.saturating_mul(1_000) < us);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.sum_us = self.sum_us.saturating_add(us);
    }

    /// Adds another histogram of the same bounds.
    pub fn add(&mut self, other: &Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
    }

    /// Upper bounds in seconds with their own (not cumulated) counts; the last bound is infinite.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bounds = self.bounds_ms.iter().map(|&ms| ms as f64 / 1_000.0);
        bounds.chain(std::iter::once(f64::INFINITY)).zip(self.counts.iter().copied())
    }

    /// How many values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum in seconds.
    #[must_use]
    pub fn sum_seconds(&self) -> f64 {
        self.sum_us as f64 / 1_000_000.0
    }
}

/// What is kept of a call until it ends.
#[derive(Debug)]
struct Running {
    began_us: u64,
    answered: bool,
    waiting: Option<(Arc<str>, u64)>,
    offered_us: BTreeMap<LegNo, u64>,
    talking: Option<(LegNo, u64)>,
}

/// The fold: what runs, and the totals.
#[derive(Debug, Default)]
pub struct Figures {
    running: BTreeMap<CallKey, Running>,
    queues: BTreeSet<Arc<str>>,
    totals: Totals,
}

/// The node's figures since the process began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Calls that began.
    pub calls_began: u64,
    /// Calls that ended, by cause and by whom.
    pub calls_ended: BTreeMap<(&'static str, &'static str), u64>,
    /// Calls whose caller's leg was answered.
    pub calls_answered: u64,
    /// Joins of a caller with somebody; a call that is passed on counts at each.
    pub joins: u64,
    /// Calls whose direct media was brought back to us because it changed without end.
    pub brought_home: u64,
    /// Offers made.
    pub offers_made: u64,
    /// Offers that ended without a join, by cause.
    pub offers_ended: BTreeMap<&'static str, u64>,
    /// Queue stays that ended, by queue and outcome.
    pub queue_stays: BTreeMap<(Arc<str>, &'static str), u64>,
    /// Digits that media heard.
    pub digits_heard: u64,
    /// Decisions, with and without a winner.
    pub decisions: [u64; 2],
    /// From the INVITE to our answer.
    pub setup: Histogram,
    /// From an offer to its join.
    pub offer_answer: Histogram,
    /// Waits that ended in a join.
    pub wait: Histogram,
    /// Talk, hold included.
    pub talk: Histogram,
    /// Packets and their losses, all legs added up.
    pub media: MediaTotals,
}

/// Sums over all legs' streams that closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaTotals {
    /// RTP packets taken.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets missing by sequence number.
    pub packets_lost: u64,
    /// Packets thrown away.
    pub packets_dropped: u64,
}

impl Totals {
    /// Adds the totals of other calls: each worker folds its own.
    pub fn add(&mut self, other: &Totals) {
        self.calls_began += other.calls_began;
        add_all(&mut self.calls_ended, &other.calls_ended);
        self.calls_answered += other.calls_answered;
        self.joins += other.joins;
        self.brought_home += other.brought_home;
        self.offers_made += other.offers_made;
        add_all(&mut self.offers_ended, &other.offers_ended);
        add_all(&mut self.queue_stays, &other.queue_stays);
        self.digits_heard += other.digits_heard;
        for (mine, more) in self.decisions.iter_mut().zip(other.decisions) {
            *mine += more;
        }
        self.setup.add(&other.setup);
        self.offer_answer.add(&other.offer_answer);
        self.wait.add(&other.wait);
        self.talk.add(&other.talk);
        self.media.packets_received += other.media.packets_received;
        self.media.packets_sent += other.media.packets_sent;
        self.media.packets_lost += other.media.packets_lost;
        self.media.packets_dropped += other.media.packets_dropped;
    }
}

fn add_all<K: Ord + Clone>(mine: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *mine.entry(key.clone()).or_default() += count;
    }
}

impl Default for Totals {
    fn default() -> Totals {
        Totals {
            calls_began: 0,
            calls_ended: BTreeMap::new(),
            calls_answered: 0,
            joins: 0,
            brought_home: 0,
            offers_made: 0,
            offers_ended: BTreeMap::new(),
            queue_stays: BTreeMap::new(),
            digits_heard: 0,
            decisions: [0; 2],
            setup: Histogram::new(&SETUP_BOUNDS_MS),
            offer_answer: Histogram::new(&SETUP_BOUNDS_MS),
            wait: Histogram::new(&WAIT_BOUNDS_MS),
            talk: Histogram::new(&WAIT_BOUNDS_MS),
            media: MediaTotals::default(),
        }
    }
}

impl Figures {
    /// All zero.
    #[must_use]
    pub fn new() -> Figures {
        Figures::default()
    }

    /// The totals so far.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Takes an event of any call. Durations are only taken of calls whose begin was seen.
    pub fn apply(&mut self, event: &Event) {
        let at_us = event.mono_us;
        match &event.what {
            Happened::Began { .. } => self.began(event.call, at_us),
            Happened::Answered => self.answered(event.call, at_us),
            Happened::Queued { name, .. } => {
                if let Some(running) = self.running.get_mut(&event.call) {
                    running.waiting = Some((name.clone(), at_us));
                }
            }
            Happened::Dequeued { why } => {
                self.stay_over(event.call, why, at_us);
            }
            Happened::Offered { leg, .. } => {
                self.totals.offers_made += 1;
                if let Some(running) = self.running.get_mut(&event.call) {
                    running.offered_us.insert(*leg, at_us);
                }
            }
            Happened::OfferEnded { leg, cause } => self.offer_ended(event.call, *leg, *cause),
            Happened::Joined { leg } => self.joined(event.call, *leg, at_us),
            Happened::LegEnded { leg, .. } => self.leg_ended(event.call, *leg, at_us),
            Happened::BroughtHome => self.totals.brought_home += 1,
            Happened::Media { figures, .. } => self.media(figures),
            Happened::Decided(decision) => {
                let [without, with] = &mut self.totals.decisions;
                *(if decision.winner.is_some() { with } else { without }) += 1;
            }
            Happened::Ended { by, cause, .. } => self.ended(event.call, *by, *cause, at_us),
            Happened::State { .. }
            | Happened::Digits(_)
            | Happened::Routed { .. }
            | Happened::Ringing { .. }
            | Happened::Held { .. }
            | Happened::Resumed { .. } => {}
        }
    }

    fn began(&mut self, call: CallKey, at_us: u64) {
        self.totals.calls_began += 1;
        if self.running.len() < OPEN_CALLS {
            self.running.entry(call).or_insert(Running {
                began_us: at_us,
                answered: false,
                waiting: None,
                offered_us: BTreeMap::new(),
                talking: None,
            });
        }
    }

    fn answered(&mut self, call: CallKey, at_us: u64) {
        let Some(running) = self.running.get_mut(&call) else { return };
        if !std::mem::replace(&mut running.answered, true) {
            self.totals.calls_answered += 1;
            self.totals.setup.observe_us(at_us.saturating_sub(running.began_us));
        }
    }

    /// Ends the stay that goes on, if any, and says how long it took in microseconds.
    fn stay_over(&mut self, call: CallKey, outcome: &'static str, at_us: u64) -> Option<u64> {
        let (queue, since_us) = self.running.get_mut(&call)?.waiting.take()?;
        let counted = self.queues.contains(&queue)
            || self.queues.len() < QUEUES_KEPT && self.queues.insert(queue.clone());
        let queue = if counted { queue } else { Arc::from("(other)") };
        *self.totals.queue_stays.entry((queue, outcome)).or_insert(0) += 1;
        Some(at_us.saturating_sub(since_us))
    }

    fn offer_ended(&mut self, call: CallKey, leg: LegNo, cause: Cause) {
        *self.totals.offers_ended.entry(cause.as_str()).or_insert(0) += 1;
        if let Some(running) = self.running.get_mut(&call) {
            running.offered_us.remove(&leg);
        }
    }

    fn joined(&mut self, call: CallKey, leg: LegNo, at_us: u64) {
        self.totals.joins += 1;
        if let Some(waited_us) = self.stay_over(call, "joined", at_us) {
            self.totals.wait.observe_us(waited_us);
        }
        let Some(running) = self.running.get_mut(&call) else { return };
        if let Some(offered_us) = running.offered_us.remove(&leg) {
            self.totals.offer_answer.observe_us(at_us.saturating_sub(offered_us));
        }
        if running.talking.is_none_or(|(talker, _)| talker != leg) {
            self.talk_over(call, at_us);
        }
        if let Some(running) = self.running.get_mut(&call) {
            running.talking.get_or_insert((leg, at_us));
        }
    }

    fn talk_over(&mut self, call: CallKey, at_us: u64) {
        let talk = self.running.get_mut(&call).and_then(|running| running.talking.take());
        if let Some((_, since_us)) = talk {
            self.totals.talk.observe_us(at_us.saturating_sub(since_us));
        }
    }

    fn leg_ended(&mut self, call: CallKey, leg: LegNo, at_us: u64) {
        let talker = self.running.get(&call).and_then(|running| running.talking);
        if talker.is_some_and(|(talker, _)| talker == leg || leg == LegNo::CALLER) {
            self.talk_over(call, at_us);
        }
    }

    fn media(&mut self, figures: &StreamFigures) {
        let digits = &mut self.totals.digits_heard;
        *digits = digits.saturating_add(u64::from(figures.digits));
        let totals = &mut self.totals.media;
        totals.packets_received = totals.packets_received.saturating_add(figures.packets_received);
        totals.packets_sent = totals.packets_sent.saturating_add(figures.packets_sent);
        totals.packets_lost = totals.packets_lost.saturating_add(figures.packets_lost);
        totals.packets_dropped = totals.packets_dropped.saturating_add(figures.packets_dropped);
    }

    fn ended(&mut self, call: CallKey, by: EndedBy, cause: Cause, at_us: u64) {
        let gone = if by == EndedBy::Caller { "abandoned" } else { "ended" };
        self.stay_over(call, gone, at_us);
        *self.totals.calls_ended.entry((cause.as_str(), by.as_str())).or_insert(0) += 1;
        self.talk_over(call, at_us);
        self.running.remove(&call);
    }

    /// Calls in progress.
    #[must_use]
    pub fn in_progress(&self) -> usize {
        self.running.len()
    }
}

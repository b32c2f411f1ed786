//! What a worker's outputs go to that are not SIP: media threads, the router's desk, the record.

use super::desk::Desk;
use super::ledger::Ledger;
use crate::base::{Mono, WorkerId};
use crate::io::clock::Clock;
use crate::io::media::{MediaHandle, Refused};
use crate::io::sip::House;
use crate::media::Command;
use crate::record::Event;
use crate::router;
use crate::worker::{Input, Refusals, Worker};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a worker shows to other threads.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Calls alive.
    pub(super) calls: AtomicUsize,
    /// Messages handled.
    pub(super) messages: AtomicU64,
    /// Messages handed to another worker.
    pub(super) forwarded: AtomicU64,
    /// Messages dropped: unreadable, malformed, unmatched.
    pub(super) dropped: AtomicU64,
    /// INVITEs from strangers.
    pub(super) strangers: AtomicU64,
    /// New calls that were not taken.
    pub(super) refused: AtomicU64,
    /// The same by trunk and reason, written when that figure moves.
    pub(super) refusals: Mutex<Refusals>,
    /// Session descriptions that broke a rule and were obeyed.
    pub(super) odd_descriptions: AtomicU64,
}

/// One worker's house.
#[derive(Debug)]
pub(super) struct Room {
    /// Which worker.
    pub(super) id: WorkerId,
    /// The media threads.
    pub(super) media: MediaHandle,
    /// Commands for the end of the turn, and those that a media thread had no room for.
    pub(super) waiting: VecDeque<(u8, Command)>,
    /// All that waits is the end of streams, which keeps until then.
    pub(super) hold_until: Option<Mono>,
    /// The time.
    pub(super) clock: Clock,
    /// The router.
    pub(super) desk: Arc<Desk>,
    /// The record.
    pub(super) ledger: Arc<Ledger>,
    /// For the figures.
    pub(super) shown: Arc<Shown>,
    /// Whether records can be kept, and when the ledger is asked again.
    pub(super) recording: (bool, Mono),
    /// Set when the threads shall end.
    pub(super) closing: Arc<AtomicBool>,
}

/// How long the end of a stream waits for another command to go with: under load the next call's
/// comes first and saves a wake of the media thread. The record waits as much longer.
const HOLD: Duration = Duration::from_millis(10);
/// How often the ledger is asked whether records can be kept: its lock is the store's.
const ASK: Duration = Duration::from_millis(10);

impl Room {
    /// Nobody hears a stream that is closed a little later; anything else goes at the end of the turn.
    fn may_hold(&mut self) -> bool {
        let only_ends = self.waiting.iter().all(|(_, c)| matches!(c, Command::Close { .. }));
        if self.waiting.is_empty() || !only_ends {
            self.hold_until = None;
            return false;
        }
        let now = self.clock.mono();
        let until = *self.hold_until.get_or_insert(now + HOLD);
        let holds = now < until;
        if !holds {
            self.hold_until = None;
        }
        holds
    }

    fn send_waiting(&mut self) {
        while let Some((thread, command)) = self.waiting.pop_front() {
            if let Err(Refused(command)) = self.media.send(thread, command) {
                self.waiting.push_front((thread, *command));
                return;
            }
        }
    }
}

impl House for Room {
    /// Commands keep their order: while one waits, those behind it do as well.
    fn media(&mut self, thread: u8, command: Command) {
        self.waiting.push_back((thread, command));
    }

    fn route(&mut self, input: router::Input, own: &mut VecDeque<Input>) {
        self.desk.post(input, Some(self.id), own);
    }

    fn record(&mut self, event: Event) {
        self.ledger.post(self.id, &event);
    }

    fn is_recording(&mut self) -> bool {
        let now = self.clock.mono();
        if now >= self.recording.1 {
            self.recording = (self.ledger.is_recording(), now + ASK);
        }
        self.recording.0
    }

    fn want_ports(&mut self, worker: &Worker, own: &mut VecDeque<Input>) {
        let lend = |want| self.media.lend(want);
        own.push_back(Input::Ports(worker.wanted_ports().into_iter().flat_map(lend).collect()));
    }

    fn flush(&mut self, worker: &Worker) {
        if !self.may_hold() {
            self.send_waiting();
        }
        let figures = worker.figures();
        let shown = &self.shown;
        shown.calls.store(worker.calls(), Ordering::Relaxed);
        shown.messages.store(figures.messages, Ordering::Relaxed);
        shown.forwarded.store(figures.forwarded, Ordering::Relaxed);
        let dropped = figures.unreadable + figures.malformed + figures.unmatched;
        shown.dropped.store(dropped, Ordering::Relaxed);
        shown.strangers.store(figures.strangers, Ordering::Relaxed);
        let refused = worker.refusals().total();
        if shown.refused.swap(refused, Ordering::Relaxed) != refused {
            let refusals = worker.refusals().clone();
            *shown.refusals.lock().unwrap_or_else(PoisonError::into_inner) = refusals;
        }
        shown.odd_descriptions.store(figures.odd_descriptions, Ordering::Relaxed);
    }

    fn next_deadline(&self) -> Option<Mono> {
        [self.desk.next_deadline(), self.hold_until].into_iter().flatten().min()
    }

    fn on_deadline(&mut self, own: &mut VecDeque<Input>) {
        // What is held is looked at by `flush`.
        if self.desk.next_deadline().is_some_and(|at| at <= self.clock.mono()) {
            self.desk.on_deadline(self.id, own);
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

//! What a worker's outputs go to that are not SIP: media threads, the router's desk, the record.

use super::desk::Desk;
use super::ledger::Ledger;
use crate::base::{Mono, WorkerId};
use crate::io::media::{MediaHandle, Refused};
use crate::io::sip::House;
use crate::media::Command;
use crate::record::Event;
use crate::router;
use crate::worker::{Input, Worker};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

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
    /// INVITEs refused for a limit.
    pub(super) refused_full: AtomicU64,
}

/// One worker's house.
#[derive(Debug)]
pub(super) struct Room {
    /// Which worker.
    pub(super) id: WorkerId,
    /// The media threads.
    pub(super) media: MediaHandle,
    /// Commands that a media thread had no room for.
    pub(super) waiting: VecDeque<(u8, Command)>,
    /// The router.
    pub(super) desk: Arc<Desk>,
    /// The record.
    pub(super) ledger: Arc<Ledger>,
    /// For the figures.
    pub(super) shown: Arc<Shown>,
    /// Set when the threads shall end.
    pub(super) closing: Arc<AtomicBool>,
}

impl Room {
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
        self.send_waiting();
    }

    fn route(&mut self, input: router::Input, own: &mut VecDeque<Input>) {
        self.desk.post(input, Some(self.id), own);
    }

    fn record(&mut self, event: Event) {
        self.ledger.post(self.id, &event);
    }

    fn want_ports(&mut self, worker: &Worker, own: &mut VecDeque<Input>) {
        let lend = |want| self.media.lend(want);
        own.push_back(Input::Ports(worker.wanted_ports().into_iter().flat_map(lend).collect()));
    }

    fn flush(&mut self, worker: &Worker) {
        self.send_waiting();
        let figures = worker.figures();
        let shown = &self.shown;
        shown.calls.store(worker.calls(), Ordering::Relaxed);
        shown.messages.store(figures.messages, Ordering::Relaxed);
        shown.forwarded.store(figures.forwarded, Ordering::Relaxed);
        let dropped = figures.unreadable + figures.malformed + figures.unmatched;
        shown.dropped.store(dropped, Ordering::Relaxed);
        shown.strangers.store(figures.strangers, Ordering::Relaxed);
        shown.refused_full.store(figures.refused_full, Ordering::Relaxed);
    }

    fn next_deadline(&self) -> Option<Mono> {
        self.desk.next_deadline()
    }

    fn on_deadline(&mut self, own: &mut VecDeque<Input>) {
        self.desk.on_deadline(self.id, own);
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

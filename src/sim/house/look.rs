//! Looking into the house: records, decisions, agents, what is left over.

use super::{CallKey, Cdr, Decision, Event, House, LegKey, Plan, Sound, Worker};
use crate::base::{Mono, WorkerId};
use crate::media::StreamFigures;
use crate::record::{Happened, LiveCall};
use crate::router::{AgentActivity, AgentView, QueueView};
use std::sync::Arc;

/// Everything that must be empty when all is quiet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Calls of all workers.
    pub calls: usize,
    /// Dialogs that requests would find.
    pub dialogs: usize,
    /// Transactions.
    pub transactions: usize,
    /// Timers of calls.
    pub timers: usize,
    /// Contacts that wait or ring.
    pub contacts: usize,
    /// Leases.
    pub leases: usize,
    /// Streams of all media threads.
    pub streams: usize,
    /// Media ports that are neither on a shelf nor in a worker's hand.
    pub ports: usize,
    /// Calls in the record that have not ended.
    pub open_records: usize,
    /// Calls in the live view.
    pub live: usize,
    /// What one part says to another and is not there yet.
    pub letters: usize,
}

impl House {
    /// What is left.
    #[must_use]
    pub fn remains(&self) -> Remains {
        let mut sum = [0; 4];
        for worker in &self.workers {
            for (sum, left) in sum.iter_mut().zip(worker.remains()) {
                *sum += left;
            }
        }
        let [calls, dialogs, transactions, timers] = sum;
        let on_shelves = self.rooms.iter().map(|room| room.shelf.len());
        let in_hand = self.workers.iter().map(Worker::ports_in_hand);
        let here: usize = on_shelves.chain(in_hand).sum();
        Remains {
            calls,
            dialogs,
            transactions,
            timers,
            contacts: self.router.len(),
            leases: self.router.open_leases(),
            ports: self.ports.len().saturating_sub(here),
            streams: self.rooms.iter().map(|r| r.engine.streams()).sum(),
            open_records: self.records.open(),
            live: self.live.calls(true, usize::MAX).len(),
            letters: self.post.len(),
        }
    }

    /// The records of ended calls, in the order in which they ended.
    #[must_use]
    pub fn cdrs(&self) -> &[Cdr] {
        &self.cdrs
    }

    /// All events that were posted, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Events that came for a call whose record was written already.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.records.strays()
    }

    /// What was played to the calls' legs, in the order in which it began.
    #[must_use]
    pub fn sounds(&self) -> &[Sound] {
        self.sounds.all()
    }

    /// What the router decided, in order.
    #[must_use]
    pub fn decisions(&self) -> Vec<Arc<Decision>> {
        let decision = |event: &Event| {
            if let Happened::Decided(decision) = &event.what {
                Some(decision.clone())
            } else {
                None
            }
        };
        self.events.iter().filter_map(decision).collect()
    }

    /// Calls in progress.
    #[must_use]
    pub fn live(&self) -> Vec<LiveCall> {
        self.live.calls(true, usize::MAX)
    }

    /// The keys of calls that have begun, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<CallKey> {
        let began = |e: &&Event| matches!(e.what, Happened::Began { .. });
        self.events.iter().filter(began).map(|e| e.call).collect()
    }

    /// Every agent as the router sees it.
    #[must_use]
    pub fn agents(&self, now: Mono) -> Vec<AgentView> {
        self.router.agents_view(now)
    }

    /// What an agent does; none if nobody is called so.
    #[must_use]
    pub fn agent(&self, name: &str, now: Mono) -> Option<AgentActivity> {
        self.agents(now).into_iter().find(|a| &*a.name == name).map(|a| a.activity)
    }

    /// Every queue as the router sees it.
    #[must_use]
    pub fn queues(&self, now: Mono) -> Vec<QueueView> {
        self.router.queues_view(now)
    }

    /// The figures of a live stream.
    #[must_use]
    pub fn stream(&self, leg: LegKey) -> Option<StreamFigures> {
        self.rooms.iter().find_map(|room| room.engine.figures(leg))
    }

    /// A worker, for its counters.
    #[must_use]
    pub fn worker_at(&self, id: WorkerId) -> Option<&Worker> {
        self.workers.get(id.index())
    }

    /// The plan in force.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

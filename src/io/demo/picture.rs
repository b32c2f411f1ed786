//! One look at a running demo.

use super::Demo;
use super::stage::read;
use crate::base::Mono;
use crate::record::LiveCall;
use crate::record::live::Phase;
use crate::router::Decision;
use crate::router::views::{AgentView, QueueView};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Calls looked at: all that the node takes.
const CALLS: usize = 5_000;

/// Everything that is shown.
#[derive(Clone, Debug)]
pub struct Picture {
    pub(super) elapsed: Duration,
    pub(super) now: Mono,
    pub(super) wall_ms: i64,
    pub(super) sip: SocketAddr,
    pub(super) http: Option<SocketAddr>,
    pub(super) rate: f64,
    pub(super) seed: u64,
    pub(super) calls: Vec<LiveCall>,
    pub(super) queues: Vec<QueueView>,
    pub(super) agents: Vec<AgentView>,
    pub(super) decisions: Vec<Arc<Decision>>,
    pub(super) alive: usize,
    pub(super) placed: u64,
    pub(super) answered: u64,
    pub(super) joined: u64,
    pub(super) gave_up: u64,
    pub(super) ended: u64,
    pub(super) packets: (u64, u64),
}

impl Demo {
    /// Takes a look.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let ledger = self.node.ledger();
        let totals = ledger.totals();
        let now = self.node.now();
        let (agents, queues) = self
            .node
            .desk()
            .look(|router| (router.agents_view(now.mono), router.queues_view(now.mono)));
        Picture {
            elapsed: self.elapsed(),
            now: now.mono,
            wall_ms: now.wall_ms,
            sip: self.sip,
            http: self.node.http(),
            rate: self.options.rate,
            seed: self.options.seed,
            calls: ledger.live(true, CALLS),
            queues,
            agents,
            decisions: ledger.decisions(),
            alive: self.node.calls(),
            placed: read(&self.stage.placed),
            answered: totals.calls_answered,
            joined: totals.joins,
            gave_up: read(&self.stage.gave_up),
            ended: totals.calls_ended.values().sum(),
            packets: self.node.packets(),
        }
    }
}

impl Picture {
    pub(super) fn in_phase(&self, phase: Phase) -> usize {
        self.calls.iter().filter(|call| call.phase == phase).count()
    }

    /// One line, for a log or a pipe.
    #[must_use]
    pub fn line(&self) -> String {
        let waiting: usize = self.queues.iter().map(|q| q.waiting).sum();
        let longest = self.queues.iter().map(|q| q.longest_wait).max().unwrap_or_default();
        format!(
            "{:>4} s  placed {}  alive {}: {} in menus, {} waiting, {} ringing, {} talking  \
             longest wait {:.1} s ({waiting} in queues)  joined {}  gave up {}  CDRs {}  packets {}",
            self.elapsed.as_secs(),
            self.placed,
            self.alive,
            self.in_phase(Phase::Flow),
            self.in_phase(Phase::Waiting),
            self.in_phase(Phase::Ringing),
            self.in_phase(Phase::Talking) + self.in_phase(Phase::Held),
            longest.as_secs_f64(),
            self.joined,
            self.gave_up,
            self.ended,
            self.packets.0 + self.packets.1,
        )
    }
}

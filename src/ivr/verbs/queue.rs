//! `queue`: wait for an agent. What is heard meanwhile is the queue's own affair.

use crate::base::QueueId;
use crate::expr::Template;
use crate::ivr::program::Next;
use crate::ivr::run::{Context, Move, Run};
use crate::ivr::words::Output;

/// Waits in a queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Which.
    pub queue: QueueId,
    /// For history and records.
    pub reason: Template,
    /// Head start in seconds.
    pub priority: i32,
    /// Wait without answering the call: it rings until an agent is there.
    pub early: bool,
    /// Where once caller and agent have talked, if the caller is still there.
    pub next: Next,
    /// Where if the queue gives the call back.
    pub otherwise: Next,
}

impl Queue {
    pub(in crate::ivr) fn enter(&self, run: &mut Run, cx: &mut Context<'_>) -> Move {
        cx.out.push(Output::Enqueue {
            queue: self.queue,
            reason: self.reason.render(&run.memory),
            variables: run.memory.all(),
            priority: self.priority,
        });
        run.queued();
        Move::Stay
    }
}

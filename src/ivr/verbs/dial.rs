//! `dial`: call a target; the caller is answered when the target answers.

use crate::expr::Template;
use crate::ivr::program::Next;
use crate::ivr::run::{Context, Move, Run};
use crate::ivr::words::Output;
use std::time::Duration;

/// Calls a target.
#[derive(Clone, Debug)]
pub struct Dial {
    /// A `sip:` URI.
    pub target: Template,
    /// How long it may ring.
    pub ring: Duration,
    /// RTP goes between the parties.
    pub direct_media: bool,
    /// Where once they have talked, if the caller is still there.
    pub next: Next,
    /// Where if there was no answer (`dial.cause` says why); none: the call ends with the cause's
    /// own status.
    pub failed: Option<Next>,
}

impl Dial {
    pub(in crate::ivr) fn enter(&self, run: &mut Run, cx: &mut Context<'_>) -> Move {
        cx.out.push(Output::Dial {
            target: self.target.render(run.memory()),
            ring_ms: u32::try_from(self.ring.as_millis()).unwrap_or(u32::MAX),
            direct_media: self.direct_media,
        });
        run.dialling();
        Move::Stay
    }
}

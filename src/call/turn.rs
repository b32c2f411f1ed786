//! What a call is given for one turn, and what it says: the ordered list that the worker drains.

use super::peers::Peers;
use crate::base::{CallKey, Gates, LegKey, LegNo, Mint, Now};
use crate::dialog::{self, DialogKey};
use crate::media::{self, PortSupply, PromptBook};
use crate::record::{self, Happened};
use crate::router;
use crate::transaction;
use crate::transport::Listeners;
use std::sync::Arc;

/// What a call may look at and draw from while it handles an input.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Now,
    /// Names and random numbers.
    pub mint: &'a mut Mint,
    /// Our addresses by network.
    pub listeners: &'a Listeners,
    /// How many calls go over each trunk.
    pub gates: &'a Arc<Gates>,
    /// Which peers rest.
    pub peers: &'a mut Peers,
    /// Media ports lent to this worker.
    pub ports: &'a mut PortSupply,
    /// The prompts that a call begins with, and keeps.
    pub prompts: &'a Arc<PromptBook>,
    /// This instance's mark against loops (DLG-08).
    pub loop_mark: &'a str,
}

/// What happened to a call.
#[derive(Debug)]
pub enum Input {
    /// To one leg's dialog.
    Leg(LegNo, dialog::Input),
    /// From the media engine.
    Media(media::Event),
    /// From the router.
    Router(router::Output),
    /// The deadline has come.
    Timeout,
    /// The node is going down: end now.
    Drain,
}

/// What a call says, in order.
#[derive(Debug)]
pub enum Out {
    /// For the transaction layer.
    Transact(transaction::Input),
    /// For the media thread of that number.
    Media(u8, media::Command),
    /// For the router.
    Route(router::Input),
    /// For the record.
    Record(record::Event),
    /// So many descriptions of a leg broke a rule and were obeyed (SDP-06, REAL-08): for figures.
    Odd(u32),
    /// A leg began: its requests are found by this key.
    LegBegan(LegKey, DialogKey),
    /// A leg is gone for good.
    LegGone(LegKey, DialogKey),
    /// The call is gone: nothing follows.
    Over,
}

/// One turn: the context and the list being written.
#[derive(Debug)]
pub(super) struct Turn<'a, 'b> {
    pub(super) cx: &'b mut Context<'a>,
    pub(super) out: &'b mut Vec<Out>,
}

impl Turn<'_, '_> {
    /// Posts an event of this call, and logs it.
    pub(super) fn note(&mut self, call: CallKey, what: Happened) {
        super::log::log(call, &what);
        let Now { mono, wall_ms } = self.cx.now;
        self.out.push(Out::Record(record::Event { call, wall_ms, mono_us: mono.0, what }));
    }
}

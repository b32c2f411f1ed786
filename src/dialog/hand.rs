//! What every verb of a dialog holds in its hand: the leg's own side, the time, and where outputs go.

use super::words::{Context, Ending, Event, Output, Policy};
use crate::base::{LegKey, Mono, Token};
use crate::sip::Method;
use crate::transaction::{self, ClientTx, ServerTx};
use crate::transport::Flow;
use bytes::Bytes;
use std::time::Duration;

/// Our side of a leg: what stays the same through all its early dialogs and states.
pub(super) struct Local {
    /// Whose leg it is; the owner of its transactions.
    pub(super) leg: LegKey,
    /// How it is to behave.
    pub(super) policy: Policy,
    /// Call-ID, ours or the peer's.
    pub(super) call_id: Box<[u8]>,
    /// Our tag.
    pub(super) tag: Token,
    /// Our From (or To) value with the tag, as our requests carry it.
    pub(super) address: Box<[u8]>,
    /// Where the peer was last heard; until then where the INVITE went.
    pub(super) flow: Flow,
    /// We sent the first INVITE, so the Call-ID is ours: the longer wait of RFC 3261 §14.1.
    pub(super) owns_call_id: bool,
    /// [`Event::Ending`] was told; it is told once.
    pub(super) ending_told: bool,
}

/// The own side, the context and the outputs of one input, borrowed together.
pub(super) struct Hand<'a, 'c> {
    /// Our side of the leg.
    pub(super) local: &'a mut Local,
    /// Time, names, addresses.
    pub(super) context: &'a mut Context<'c>,
    /// What is to be done, in order.
    pub(super) out: &'a mut Vec<Output>,
}

impl Hand<'_, '_> {
    /// Now, on the monotonic clock.
    pub(super) fn now(&self) -> Mono {
        self.context.now.mono
    }

    /// The deadline that lies `wait` ahead.
    pub(super) fn after(&self, wait: Duration) -> Mono {
        self.context.now.after(wait)
    }

    /// Tells the call.
    pub(super) fn tell(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    /// Tells that something fit no state.
    pub(super) fn ignore(&mut self, what: &'static str) {
        self.tell(Event::Ignored(what));
    }

    /// Tells why the leg ends, the first time.
    pub(super) fn ending(&mut self, ending: Ending) {
        if !self.local.ending_told {
            self.local.ending_told = true;
            self.tell(Event::Ending(ending));
        }
    }

    /// The leg is gone: its transactions live on alone and nothing follows.
    pub(super) fn ended(&mut self) {
        let owner = self.local.leg;
        self.transact(transaction::Input::Disown { owner });
        self.tell(Event::Ended);
    }

    /// Hands something to the transaction layer.
    pub(super) fn transact(&mut self, input: transaction::Input) {
        self.out.push(Output::Transact(input));
    }

    /// Sends a response.
    pub(super) fn respond(&mut self, tx: ServerTx, status: u16, bytes: Bytes) {
        self.transact(transaction::Input::Respond { tx, status, bytes });
    }

    /// Sends a request whose responses come back to this leg.
    pub(super) fn request(&mut self, tx: ClientTx, flow: Flow, bytes: Bytes) {
        let owner = Some(self.local.leg);
        self.transact(transaction::Input::Request { tx, owner, flow, bytes });
    }

    /// Sends a request whose responses nobody waits for.
    pub(super) fn request_unowned(&mut self, tx: ClientTx, flow: Flow, bytes: Bytes) {
        self.transact(transaction::Input::Request { tx, owner: None, flow, bytes });
    }

    /// Sends bytes outside any transaction: the ACK of a 2xx.
    pub(super) fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.transact(transaction::Input::Send { flow, bytes });
    }

    /// A fresh client transaction key.
    pub(super) fn client_tx(&mut self, method: Method) -> ClientTx {
        ClientTx { branch: self.context.mint.branch(), method }
    }
}

/// The earlier of two deadlines, either of which may not be set.
pub(super) fn earlier(a: Option<Mono>, b: Option<Mono>) -> Option<Mono> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}

/// Whether a deadline is set and has come.
pub(super) fn is_due(deadline: Option<Mono>, now: Mono) -> bool {
    deadline.is_some_and(|d| d <= now)
}

//! From bytes to the call that they are for: owner, scan, transaction, dialog, or a new call.

use super::{Output, Refusal, Turn, Work, Worker};
use crate::base::gates::{Most, Way};
use crate::base::{LegKey, Now, OwnerKey};
use crate::call;
use crate::dialog;
use crate::endpoint::{self, Screened, Screening};
use crate::plan::UnknownSource;
use crate::sip::{Message, Method, Writer};
use crate::transaction::{self, ServerTx};
use crate::transport::{self, Flow};
use bytes::Bytes;

/// Seconds after which a caller may try again when all calls are taken: one ends soon.
const RETRY_AFTER_FULL: u32 = 5;
/// The same when we are behind: a burst is over soon.
const RETRY_AFTER_LATE: u32 = 5;
/// The same while we drain: the carrier has other machines.
const RETRY_AFTER_DRAINING: u32 = 60;
/// The same while no record can be kept: somebody has to make room on the disk first.
const RETRY_AFTER_RECORD: u32 = 10;

impl Worker {
    /// Any worker may receive; the owner handles.
    pub(super) fn on_message(
        &mut self,
        flow: Flow,
        bytes: Bytes,
        turn: Turn,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        if self.workers > 1 {
            let to = transport::owner_of_datagram(&bytes, self.workers);
            if to != self.id {
                self.figures.forwarded += 1;
                out.push(Output::Forward { to, flow, bytes });
                return;
            }
        }
        self.on_own_message(flow, bytes, turn, now, out);
    }

    pub(super) fn on_own_message(
        &mut self,
        flow: Flow,
        bytes: Bytes,
        turn: Turn,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        self.figures.messages += 1;
        let message = match Message::scan(bytes.clone()) {
            Ok(message) => message,
            Err(_) if self.is_ignored(flow) => {
                self.figures.strangers += 1;
                self.figures.unreadable += 1;
                return;
            }
            Err(_) => return self.refuse_broken(flow, bytes, out),
        };
        let message = match message.method() {
            Some(_) => self.stamp(message, flow),
            None => message,
        };
        // A reload may have made a stranger of one whose call is in progress: it is still heard.
        let begins = message.method().is_some() && !is_in_dialog(&message);
        if begins && self.is_ignored(flow) && !self.layer.knows(&message) {
            self.figures.strangers += 1;
            return;
        }
        if message.check().is_err() {
            self.figures.malformed += 1;
            return self.answer_malformed(&message, flow, out);
        }
        let late = turn == Turn::Late && self.would_begin(&message);
        if late && !self.is_emergency(&message, flow) {
            return self.refuse_late(&message, flow, out);
        }
        // A tag that somebody made up takes none of the room that our dialogs have.
        let within = message.method().is_some() && self.leg_of(&message).is_some();
        let input = match within {
            true => transaction::Input::Within { message, flow },
            false => transaction::Input::Received { message, flow },
        };
        self.transact(input, now);
    }

    /// A new INVITE, and no repeat of one that is being served.
    fn would_begin(&mut self, message: &Message) -> bool {
        message.method() == Some(Method::Invite)
            && message.to_tag().is_none()
            && !self.layer.knows(message)
    }

    /// OVL-01: nothing is kept of it, or the answers to a flood would be the next load. A repeat that
    /// finds us less busy becomes a call.
    fn refuse_late(&mut self, message: &Message, flow: Flow, out: &mut Vec<Output>) {
        if let Some(trunk) = self.editions.current.plan.trunk_from(flow.remote.ip()) {
            self.refusals.count(trunk.id, Refusal::Late);
        }
        if let Some(bytes) = endpoint::overload(message, RETRY_AFTER_LATE) {
            let flow = response_flow(message, flow);
            out.push(Output::Send { flow, bytes });
        }
    }

    /// What cannot be scanned is answered only where a request's head can be read (MSG-02).
    fn refuse_broken(&mut self, flow: Flow, bytes: Bytes, out: &mut Vec<Output>) {
        self.figures.unreadable += 1;
        let Some((message, error)) = Message::scan_to_refuse(bytes) else { return };
        let message = self.stamp(message, flow);
        if let Some(bytes) = endpoint::refuse_broken(&message, error) {
            let flow = response_flow(&message, flow);
            out.push(Output::Send { flow, bytes });
        }
    }

    /// TXN-14: where the request came from, written into its Via; a trunk that the plan calls symmetric
    /// is answered there, whether it asks for that by `rport` or not.
    fn stamp(&self, message: Message, flow: Flow) -> Message {
        let asks = message.via().is_ok_and(|via| via.rport.is_some());
        let plan = &self.editions.current.plan;
        let force = !asks && plan.trunk_from(flow.remote.ip()).is_some_and(|t| t.symmetric);
        transport::stamp_received(message, flow, force)
    }

    /// A request that lacks what a transaction needs: 400 without one. Responses are dropped.
    fn answer_malformed(&mut self, message: &Message, flow: Flow, out: &mut Vec<Output>) {
        if message.method().is_none() {
            return;
        }
        if let Screened::Answer { bytes, .. } = self.screen(message, flow) {
            let flow = response_flow(message, flow);
            out.push(Output::Send { flow, bytes });
        }
    }

    fn screen(&mut self, message: &Message, flow: Flow) -> Screened {
        let emergency = self.is_emergency(message, flow);
        let screening = Screening {
            listeners: &self.listeners,
            min_se: call::MIN_SE,
            loop_token: self.loop_mark.as_bytes(),
            keep_away: self.closed().filter(|_| !emergency).map(|(_, seconds)| seconds),
        };
        endpoint::screen(message, flow, &screening, &mut self.mint)
    }

    /// An INVITE for a number that the plan takes out by an emergency route: neither a drain nor a
    /// limit keeps it.
    fn is_emergency(&self, message: &Message, flow: Flow) -> bool {
        let plan = &self.editions.current.plan;
        message.method() == Some(Method::Invite)
            && plan.routes.has_emergency()
            && plan
                .trunk_from(flow.remote.ip())
                .is_some_and(|trunk| call::is_emergency(message, plan, trunk))
    }

    /// Why no trunk may begin a call, and for how many seconds its peer is to keep away.
    fn closed(&self) -> Option<(Refusal, u32)> {
        if self.draining {
            Some((Refusal::Draining, RETRY_AFTER_DRAINING))
        } else if self.recording {
            None
        } else {
            Some((Refusal::Record, RETRY_AFTER_RECORD))
        }
    }

    pub(super) fn on_transaction(
        &mut self,
        output: transaction::Output,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        match output {
            transaction::Output::Send { flow, bytes } => out.push(Output::Send { flow, bytes }),
            transaction::Output::Request { tx, message, flow } => {
                self.on_request(tx, message, flow, now);
            }
            transaction::Output::Cancelled { owner, message, .. } => {
                if let Some(leg) = owner {
                    self.leg(leg, dialog::Input::Cancelled { message }, now);
                }
            }
            transaction::Output::Ack { message, flow } => match self.leg_of(&message) {
                Some(leg) => self.leg(leg, dialog::Input::Ack { message, flow }, now),
                None => self.figures.unmatched += 1,
            },
            transaction::Output::Response { tx, owner, message, flow } => {
                self.leg(owner, dialog::Input::Response { tx, message, flow }, now);
            }
            transaction::Output::Proceeding { tx, owner } => {
                self.leg(owner, dialog::Input::Proceeding { tx }, now);
            }
            transaction::Output::Failed { tx, owner, why } => {
                self.leg(owner, dialog::Input::Failed { tx, why }, now);
            }
            transaction::Output::NoAck { .. } => self.figures.no_ack += 1,
            transaction::Output::StrayAnswer { message, flow } => {
                self.dismiss(&message, flow, now);
            }
            transaction::Output::Dropped => self.figures.unmatched += 1,
        }
    }

    fn leg(&mut self, leg: LegKey, input: dialog::Input, now: Now) {
        self.call(leg.call, call::Input::Leg(leg.leg, input), now);
    }

    /// The leg of a request inside a dialog: our tag is its To tag.
    fn leg_of(&self, message: &Message) -> Option<LegKey> {
        self.calls.leg(message.call_id(), message.to_tag()?)
    }

    fn on_request(&mut self, tx: ServerTx, message: Message, flow: Flow, now: Now) {
        if let Some(leg) = self.leg_of(&message) {
            self.leg(leg, dialog::Input::Request { tx, message, flow }, now);
            return;
        }
        match self.screen(&message, flow) {
            Screened::Call => self.on_invite(tx, message, flow, now),
            Screened::Answer { status, bytes } => {
                self.figures.answered_here += 1;
                if status == 503 && message.method() == Some(Method::Invite) {
                    self.count_closed(flow);
                }
                self.transact(transaction::Input::Respond { tx, status, bytes }, now);
            }
            Screened::Drop => self.figures.unmatched += 1,
        }
    }

    /// A trunk's INVITE was refused because none is taken.
    fn count_closed(&mut self, flow: Flow) {
        let plan = &self.editions.current.plan;
        let trunk = plan.trunk_from(flow.remote.ip()).map(|trunk| trunk.id);
        if let (Some((why, _)), Some(trunk)) = (self.closed(), trunk) {
            self.refusals.count(trunk, why);
        }
    }

    /// An INVITE that is good in itself: from a trunk, and within the limits, it becomes a call.
    fn on_invite(&mut self, tx: ServerTx, message: Message, flow: Flow, now: Now) {
        let editions = self.editions.clone();
        let Some((edition, trunk)) = editions.of(&message, flow.remote.ip()) else {
            self.figures.strangers += 1;
            let bytes = Writer::respond(&message, 403, Some(self.mint.tag().as_bytes())).finish();
            self.transact(transaction::Input::Respond { tx, status: 403, bytes }, now);
            return;
        };
        let emergency = call::is_emergency(&message, &edition.plan, trunk);
        // It is counted all the same.
        let most = if emergency { Most::default() } else { trunk.limits.most(Way::In) };
        let trunk = trunk.id;
        let entered = if self.calls.len() >= self.most_calls && !emergency {
            Err(Refusal::Full)
        } else {
            self.gates.enter(trunk, Way::In, most, now.mono).map_err(Refusal::from)
        };
        let place = match entered {
            Ok(place) => place,
            Err(why) => {
                self.refusals.count(trunk, why);
                if let Some(bytes) = endpoint::overload(&message, RETRY_AFTER_FULL) {
                    self.transact(transaction::Input::Respond { tx, status: 503, bytes }, now);
                }
                return;
            }
        };
        self.figures.calls += 1;
        let key = self.mint.call_key();
        let mut context = call::Context {
            now,
            mint: &mut self.mint,
            listeners: &self.listeners,
            gates: &self.gates,
            peers: &mut self.peers,
            ports: &mut self.ports,
            prompts: &edition.prompts,
            loop_mark: &self.loop_mark,
        };
        let incoming = call::Incoming { tx, message, flow, trunk };
        if let Some(call) = call::begin(key, incoming, &edition.plan, &mut context, &mut self.outs)
        {
            self.calls.add(call, place);
        }
        self.work.extend(self.outs.drain(..).map(|out| Work::Call(key, out)));
    }

    /// An address that no trunk names, where the plan says that strangers hear nothing: not even a
    /// 100 or a 400.
    fn is_ignored(&self, flow: Flow) -> bool {
        let plan = &self.editions.current.plan;
        plan.sip.unknown == UnknownSource::Ignore && plan.trunk_from(flow.remote.ip()).is_none()
    }

    /// TXN-10: an answer that nobody waits for is acknowledged and ended: no agent in dead air.
    fn dismiss(&mut self, message: &Message, flow: Flow, now: Now) {
        self.figures.stray_answers += 1;
        let mut said = Vec::new();
        let mut context = dialog::Context { now, mint: &mut self.mint, listeners: &self.listeners };
        dialog::dismiss_stray_answer(message, flow, &mut context, &mut said);
        for input in said {
            self.transact(input, now);
        }
    }
}

/// Whether a request has a To tag that may be ours: agents' phones are no trunk, and a repeat may
/// come after the leg is gone.
fn is_in_dialog(message: &Message) -> bool {
    message.to_tag().and_then(OwnerKey::decode).is_some()
}

fn response_flow(message: &Message, came: Flow) -> Flow {
    match message.via() {
        Ok(via) => transport::response_flow(&via, came, false),
        Err(_) => came,
    }
}

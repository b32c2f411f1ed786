//! Intake: a good INVITE from a known trunk becomes a call, and takes its first step.

use super::leg::{Leg, Role, take_port};
use super::legs::Legs;
use super::negotiate::Unusable;
use super::policy::{self, Parties};
use super::turn::{Context, Out, Turn};
use super::{Call, Description, FlowState, Stage};
use crate::base::{CallKey, Cause, EndedBy, LegKey, LegNo, TrunkId, limits};
use crate::dialog::{self, Command, Dialog, Headers};
use crate::ivr;
use crate::plan::{Entry, Plan};
use crate::record::Happened;
use crate::sip::Message;
use crate::sip::sdp::Direction;
use crate::transaction::{self, ServerTx};
use crate::transport::Flow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// An INVITE that `endpoint` found good.
#[derive(Debug)]
pub struct Incoming {
    /// Its transaction.
    pub tx: ServerTx,
    /// The request.
    pub message: Message,
    /// Where it came from.
    pub flow: Flow,
    /// From which trunk.
    pub trunk: TrunkId,
}

/// Seconds after which a caller may try again when no media port was free (MED-14).
const RETRY_AFTER: &[u8] = b"5";

/// Begins a call under this plan and its prompts, to which it stays pinned.
#[must_use]
pub fn begin(
    key: CallKey,
    incoming: Incoming,
    plan: &Arc<Plan>,
    cx: &mut Context<'_>,
    out: &mut Vec<Out>,
) -> Option<Call> {
    let trunk = plan.trunk(incoming.trunk)?;
    let parties = Parties::read(&incoming.message, trunk);
    let leg_key = LegKey { call: key, leg: LegNo::CALLER };
    let Incoming { tx, message, flow, .. } = incoming;
    let mut context = dialog::Context { now: cx.now, mint: cx.mint, listeners: cx.listeners };
    let policy = policy::of_trunk(trunk);
    let dialog = Dialog::incoming(leg_key, tx, &message, flow, policy, &mut context);
    let mut turn = Turn { cx, out };
    turn.out.push(Out::Transact(transaction::Input::Own { tx, owner: leg_key }));
    let leg = Leg::new(leg_key, Role::Caller, dialog, None);
    let sip_call_id = String::from_utf8_lossy(message.call_id()).into_owned();
    turn.note(
        key,
        Happened::Began {
            trunk: trunk.id,
            trunk_name: trunk.name.clone(),
            from: parties.caller.clone(),
            withheld: parties.withheld,
            to: parties.called.clone(),
            sip_call_id,
            plan: plan.hash.clone(),
        },
    );
    let mut call = Call {
        key,
        plan: plan.clone(),
        prompts: turn.cx.prompts.clone(),
        parties,
        legs: Legs::default(),
        stage: Stage::Flow,
        flow: FlowState::None,
        description: Description::Late,
        direct: false,
        row: super::direct::Row::default(),
        homeward: super::direct::Homeward::default(),
        answering: false,
        flow_inputs: VecDeque::new(),
        plays: 0,
        answer_by: turn.cx.now.after(limits::UNANSWERED),
        hung_up: None,
        #[cfg(test)]
        seen: Vec::new(),
    };
    call.legs.next_no();
    call.legs.add(leg, &mut turn);
    call.enter(&message, flow, &mut turn);
    call.settle(&mut turn);
    Some(call)
}

impl Call {
    /// The number decides: a flow, a target, or a refusal.
    fn enter(&mut self, invite: &Message, flow: Flow, turn: &mut Turn<'_, '_>) {
        let script = self.plan.script.clone();
        let Some((entry, rest)) = script.entry_from(self.parties.from, &self.parties.called) else {
            return self.finish(EndedBy::System, Cause::NotFound, None, turn);
        };
        match entry {
            Entry::Refuse(status) => {
                let cause = Cause::from_status(*status);
                self.finish_with(EndedBy::System, cause, *status, None, turn);
            }
            Entry::Flow(id) => {
                if self.describe(invite, flow, turn) {
                    let facts = self.facts(rest);
                    self.flow = FlowState::Running(Box::new(ivr::Run::new(*id, facts)));
                    self.flow_inputs.push_back(ivr::Input::Start);
                }
            }
            Entry::Dial { target, ring, direct_media } => {
                if self.describe(invite, flow, turn) {
                    let target = target.render(&ivr::Memory::new(self.facts(rest)));
                    self.dial(&target, *ring, *direct_media, turn);
                }
            }
        }
    }

    /// The facts of the call before its flow adds to them; `rest` is what the number's pattern left
    /// open.
    fn facts(&self, rest: String) -> BTreeMap<String, String> {
        self.parties.facts(BTreeMap::from([("called.rest".to_owned(), rest)]))
    }

    /// A port for the caller's media, and the answer to its offer, before anything rings (SDP-03).
    fn describe(&mut self, invite: &Message, flow: Flow, turn: &mut Turn<'_, '_>) -> bool {
        let codecs = policy::codecs(&self.plan);
        let Some((port, session)) = take_port(flow, None, &codecs, turn) else {
            let retry = ("Retry-After".into(), RETRY_AFTER.into());
            self.refuse(Cause::Overload, vec![retry], turn);
            return false;
        };
        let Some(leg) = self.legs.get_mut(LegNo::CALLER) else { return false };
        leg.open(port, session, turn);
        let Some(offer) = invite.sdp() else { return true };
        let answer = leg.session.as_mut().map(|s| s.answer(&offer, Direction::SendRecv));
        match answer {
            Some(Ok(answer)) => {
                self.description = Description::Answer(answer);
                leg.update_stream(Some(flow.remote.ip()), turn);
                true
            }
            Some(Err(why)) => {
                let cause = match why {
                    Unusable::Broken => Cause::BadRequest,
                    Unusable::NoCodec | Unusable::Mismatch => Cause::NoCodec,
                };
                self.refuse(cause, vec![super::bridge::warning(why)], turn);
                false
            }
            None => false,
        }
    }

    /// Refuses the caller with headers of our own, and ends the call.
    fn refuse(&mut self, cause: Cause, headers: Headers, turn: &mut Turn<'_, '_>) {
        let status = cause.status();
        self.legs.command(LegNo::CALLER, Command::Refuse { status, headers }, turn);
        self.finish(EndedBy::System, cause, None, turn);
    }
}

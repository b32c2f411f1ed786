//! The hunt: ringing agents under leases and targets of the flow, what their answers mean, and when
//! to stop ringing.
//!
//! The router decides who is rung and what a refusal means for agent and contact; here every offer
//! that is taken up ends in exactly one `LegEnded` for its lease, whatever crosses.

use super::failover::{self, Hop, Onward};
use super::leg::{Leg, Role, State, take_port};
use super::policy;
use super::route::ByRoute;
use super::turn::{Out, Turn};
use super::{Call, Stage};
use crate::base::gates::Place;
use crate::base::{Cause, LegKey, LegNo, Mono};
use crate::dialog::{Context, Dialog};
use crate::ivr::{DialOutcome, Input as FlowInput, QueueOutcome};
use crate::media;
use crate::record::{Happened, Routing};
use crate::router;
use crate::sip::sdp::Direction;
use crate::transport::Flow;
use bytes::Bytes;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

impl Call {
    pub(super) fn on_router(&mut self, output: router::Output, turn: &mut Turn<'_, '_>) {
        match output {
            router::Output::Offer { lease, agent, target, name, ring, .. } => {
                self.take_up(Role::Agent { lease, agent }, &target, name, ring, turn);
            }
            router::Output::Granted { lease, .. } => self.on_granted(lease, turn),
            router::Output::Revoke { lease, .. } => self.on_revoke(lease, turn),
            router::Output::Widened { .. } => {}
            router::Output::Place { position, wait, .. } => {
                self.announce(Some(position), wait, turn);
            }
            router::Output::Overflow { .. } => self.on_overflow(turn),
            // It may cross the caller's hang-up.
            router::Output::Decided(_) if self.is_posted() => {}
            router::Output::Decided(decision) => {
                turn.note(self.key, Happened::Decided(decision));
            }
        }
    }

    /// An offer from the router: ring the agent, or say at once that it cannot be done.
    fn take_up(
        &mut self,
        role: Role,
        target: &str,
        name: Arc<str>,
        ring: Duration,
        turn: &mut Turn<'_, '_>,
    ) {
        let Role::Agent { lease, .. } = role else { return };
        let contact = self.key;
        let begun = match self.stage {
            Stage::Queued(_) => self.begin_leg(role, target, name, ring, turn),
            Stage::Flow | Stage::Dialling | Stage::Talking(_) | Stage::Ending(_) => {
                Err(Cause::Cancelled)
            }
        };
        if let Err(cause) = begun {
            turn.out.push(Out::Route(router::Input::Refused { contact, lease, cause }));
            turn.out.push(Out::Route(router::Input::LegEnded { contact, lease }));
        }
        // A call that had as many offers as it may finds no agent any more.
        if begun.is_err() && self.legs.is_full() && matches!(self.stage, Stage::Queued(_)) {
            turn.out.push(Out::Route(router::Input::Gone { contact }));
            self.on_overflow(turn);
        }
    }

    /// Begins a leg of ours: port, offer, INVITE.
    pub(super) fn begin_leg(
        &mut self,
        role: Role,
        target: &str,
        name: Arc<str>,
        ring: Duration,
        turn: &mut Turn<'_, '_>,
    ) -> Result<LegNo, Cause> {
        self.may_begin_offer()?;
        let now = turn.cx.now;
        let hops = failover::hops(target, &self.plan, turn.cx.peers, now.mono);
        let no = self.begin_hops(role, hops, name, now.after(ring), None, turn)?;
        self.legs.count_offer();
        Ok(no)
    }

    /// Whether the call may have another offer. It counts once it is made: what a full trunk does
    /// not take costs the caller nothing.
    pub(super) fn may_begin_offer(&self) -> Result<(), Cause> {
        if self.parties.may_not_go_on() {
            return Err(policy::TOO_MANY_HOPS);
        }
        if self.legs.is_full() { Err(Cause::Overload) } else { Ok(()) }
    }

    /// The same by the first of these addresses that we have a listener for and whose trunk is not
    /// full.
    pub(super) fn begin_hops(
        &mut self,
        role: Role,
        mut hops: VecDeque<Hop>,
        name: Arc<str>,
        until: Mono,
        by: Option<Arc<ByRoute>>,
        turn: &mut Turn<'_, '_>,
    ) -> Result<LegNo, Cause> {
        let (hop, flow, place) = self.next_hop(&mut hops, by.as_deref(), turn)?;
        let Hop { target, trunk, .. } = hop;
        let no = self.legs.next_no().ok_or(Cause::Overload)?;
        let codecs = policy::codecs(&self.plan);
        let thread = self.legs.get(LegNo::CALLER).and_then(Leg::media_thread);
        let (port, mut session) = take_port(flow, thread, &codecs, turn).ok_or(Cause::Overload)?;
        let caller_codec = self.legs.get(LegNo::CALLER).and_then(|l| l.session.as_ref()?.codec());
        let caller = self.legs.get(LegNo::CALLER).and_then(|l| l.session.as_ref()?.agreed());
        if let Some(caller) = caller {
            session.ask_for_packets(caller.spec.ptime_ms);
        }
        let offer = session.offer(Direction::SendRecv, caller_codec);
        let key = LegKey { call: self.key, leg: no };
        let trusted = policy::is_trusted(&self.plan, flow.remote);
        let shown = by.as_ref().and_then(|by| by.shown.as_deref());
        let invite = self.parties.invite(&target, flow, offer, trusted, shown, turn.cx);
        let policy = policy::towards(&self.plan, flow.remote);
        let mut said = Vec::new();
        let cx = &mut *turn.cx;
        let mut context = Context { now: cx.now, mint: cx.mint, listeners: cx.listeners };
        let dialog = Dialog::outgoing(key, invite, policy, &mut context, &mut said);
        let routed = by.as_ref().and(trunk).and_then(|id| self.plan.trunk(id));
        let (agent, name) = match (&role, routed) {
            (Role::Agent { agent, .. }, _) => (Some(*agent), name),
            (Role::Caller | Role::Target | Role::Left, Some(trunk)) => (None, trunk.name.clone()),
            (Role::Caller | Role::Target | Role::Left, None) => (None, policy::host_of(&target)),
        };
        let mut leg = Leg::new(key, role, dialog, Some(until));
        leg.place = place;
        let (remote, began, by_route) = (flow.remote, cx.now.mono, by.clone());
        let onward = Onward { name: name.clone(), remote, began, hops, by: by_route };
        leg.onward = Some(Box::new(onward));
        let call_id = String::from_utf8_lossy(&leg.dialog_key.call_id).into_owned();
        leg.open(port, session, turn);
        self.legs.add(leg, turn);
        self.legs.hand_on(no, said, turn);
        turn.note(self.key, Happened::Offered { leg: no, agent, name, sip_call_id: call_id });
        if let Some(by) = by {
            self.note_route(Some(&by.route), trunk, Some(no), Routing::Tried, turn);
        }
        Ok(no)
    }

    /// The next address that we have a listener for, and a place on its trunk. Where a trunk is full
    /// its other addresses are full too.
    fn next_hop(
        &self,
        hops: &mut VecDeque<Hop>,
        by: Option<&ByRoute>,
        turn: &mut Turn<'_, '_>,
    ) -> Result<(Hop, Flow, Option<Place>), Cause> {
        let mut cause = Cause::Unreachable;
        while let Some(hop) = hops.pop_front() {
            let Some(flow) = flow_towards(&hop, turn) else { continue };
            match self.enter_trunk(&hop, by, turn) {
                Ok(place) => return Ok((hop, flow, place)),
                Err(full) => {
                    cause = full;
                    hops.retain(|other| other.trunk != hop.trunk);
                }
            }
        }
        Err(cause)
    }

    /// The 2xx of a leg of ours.
    pub(super) fn on_answered(
        &mut self,
        no: LegNo,
        sdp: Option<Bytes>,
        from: IpAddr,
        turn: &mut Turn<'_, '_>,
    ) {
        let contact = self.key;
        let Some(leg) = self.legs.get_mut(no) else { return };
        if !leg.is_alive() {
            return;
        }
        let agreed = leg.session.as_mut().is_some_and(|session| match &sdp {
            Some(sdp) => session.take_answer(sdp).is_ok(),
            None => session.agreed().is_some(),
        });
        if !agreed {
            self.end_leg(no, Cause::NoCodec, None, turn);
            self.offer_failed(no, Cause::NoCodec, turn);
            return;
        }
        leg.answered();
        leg.note_answered(turn);
        leg.update_stream(Some(from), turn);
        match leg.role {
            Role::Agent { lease, .. } => {
                turn.out.push(Out::Route(router::Input::Accepted { contact, lease }));
            }
            Role::Target => self.talk(no, turn),
            Role::Caller | Role::Left => {}
        }
    }

    fn on_granted(&mut self, lease: router::Lease, turn: &mut Turn<'_, '_>) {
        let leg = self.legs.iter().find(|l| l.lease() == Some(lease));
        match leg.map(|l| (l.no(), l.state, l.joined)) {
            // Said twice.
            Some((_, _, true)) => {}
            Some((no, State::Answered, false)) if !self.is_over() => self.talk(no, turn),
            // The agent hung up before the grant came, and LegEnded is on its way. The router has
            // taken the caller out of its queue: a caller who still waits goes back to it.
            Some(_) | None => self.post_contact(turn),
        }
    }

    /// CANCEL, or BYE if the answer crossed. For a leg that is gone already the router has been told.
    fn on_revoke(&mut self, lease: router::Lease, turn: &mut Turn<'_, '_>) {
        let leg = self.legs.iter().find(|l| l.lease() == Some(lease));
        // A leg that was granted is nobody's to revoke.
        let offered = leg.filter(|leg| !leg.joined);
        if let Some(no) = offered.map(Leg::no) {
            self.end_leg(no, Cause::CompletedElsewhere, None, turn);
            self.silence_early_media(no, turn);
        }
    }

    fn on_overflow(&mut self, turn: &mut Turn<'_, '_>) {
        if !matches!(self.stage, Stage::Queued(_)) {
            return;
        }
        self.stage = Stage::Flow;
        turn.note(self.key, Happened::Dequeued { why: "overflow" });
        // The router revokes an offer before it gives the contact back. Were one still out, its
        // phone would ring for a caller who is elsewhere.
        let ours = |leg: &&Leg| leg.no() != LegNo::CALLER && leg.is_alive();
        let ours: Vec<LegNo> = self.legs.iter().filter(ours).map(Leg::no).collect();
        for no in ours {
            self.end_leg(no, Cause::CompletedElsewhere, None, turn);
            self.silence_early_media(no, turn);
        }
        if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
            caller.stop_playing(turn);
        }
        self.flow_inputs.push_back(FlowInput::Queue(QueueOutcome::Overflow));
    }

    /// A leg of ours ended by itself, having been in this state before.
    pub(super) fn other_leg_ended(
        &mut self,
        no: LegNo,
        before: State,
        cause: Cause,
        reason: Option<Box<str>>,
        turn: &mut Turn<'_, '_>,
    ) {
        match before {
            State::Unanswered { .. } => {
                turn.note(self.key, Happened::OfferEnded { leg: no, cause });
                self.offer_failed(no, cause, turn);
            }
            State::Answered => self.talk_ended(no, cause, reason, turn),
            State::Ending(_) | State::Gone => {}
        }
    }

    /// An unanswered leg of ours came to nothing.
    fn offer_failed(&mut self, no: LegNo, cause: Cause, turn: &mut Turn<'_, '_>) {
        let contact = self.key;
        self.silence_early_media(no, turn);
        let Some(leg) = self.legs.get(no) else { return };
        match leg.role {
            Role::Agent { lease, .. } => {
                turn.out.push(Out::Route(router::Input::Refused { contact, lease, cause }));
            }
            Role::Target => self.dial_over(DialOutcome::Failed(cause), turn),
            Role::Caller | Role::Left => {}
        }
    }

    /// Early media of this leg is heard no more; what we play begins again.
    pub(super) fn silence_early_media(&mut self, no: LegNo, turn: &mut Turn<'_, '_>) {
        let Some(leg) = self.legs.get_mut(no) else { return };
        leg.media(media::Command::Part { stream: leg.key }, turn);
        leg.close(turn);
        let silent = self.legs.get(LegNo::CALLER).is_some_and(|l| l.playing.is_none());
        if silent {
            self.begin_treatment(turn);
        }
    }

    /// The dialled target is over: the flow goes on, or the call ends where there is none.
    pub(super) fn dial_over(&mut self, outcome: DialOutcome, turn: &mut Turn<'_, '_>) {
        if self.is_over() {
            return;
        }
        self.stage = Stage::Flow;
        if self.has_flow() {
            if let Some(caller) = self.legs.get_mut(LegNo::CALLER) {
                caller.stop_playing(turn);
            }
            self.flow_inputs.push_back(FlowInput::Dial(outcome));
            return;
        }
        let (by, cause, reason) = match (outcome, self.hung_up.take()) {
            (DialOutcome::Failed(cause), _) => (crate::base::EndedBy::System, cause, None),
            (DialOutcome::Ended, Some(hung_up)) => hung_up,
            (DialOutcome::Ended, None) => {
                (crate::base::EndedBy::Agent, Cause::NormalClearing, None)
            }
        };
        self.finish(by, cause, reason, turn);
    }

    /// Legs that have rung for as long as they may.
    pub(super) fn stop_ringing_due(&mut self, turn: &mut Turn<'_, '_>) {
        let now = turn.cx.now.mono;
        let due =
            |l: &&Leg| matches!(l.state, State::Unanswered { until: Some(u), .. } if u <= now);
        let due: Vec<LegNo> = self.legs.iter().filter(due).map(Leg::no).collect();
        for no in due {
            self.end_leg(no, Cause::NoAnswer, None, turn);
            self.offer_failed(no, Cause::NoAnswer, turn);
        }
    }
}

/// How an INVITE gets there: from the listener that speaks the address's family and transport.
fn flow_towards(hop: &Hop, turn: &Turn<'_, '_>) -> Option<Flow> {
    let (transport, remote) = (hop.transport, hop.remote);
    let listener = turn.cx.listeners.towards(transport, remote)?;
    Some(Flow { listener, transport, remote, connection: None })
}

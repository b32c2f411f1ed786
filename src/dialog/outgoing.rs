//! The UAC before the final response: INVITE, challenges, forks, failure, confirmation
//! (RFC 3261 §13.2, §8.1.3; TGT-05, TIM-02, REAL-15, CAN-05).

use super::ack;
use super::answered::{self, Answered};
use super::auth::Auth;
use super::cancel::{self, Cancel};
use super::hand::{Hand, Local, earlier, is_due};
use super::offer::{Ours, Theirs, Turn};
use super::request::{self, SDP};
use super::usage::{Usage, own_bytes};
use super::within::{self, Left};
use super::words::{Command, Context, Ending, Event, Input, Invite, Output, Policy};
use super::{ALLOW, SUPPORTED, State, bye, contact_value, early, info, reinvite, respond, route};
use super::{session_timer, update};
use crate::base::{LegKey, Mono};
use crate::sip::{Message, Method, Name, Writer};
use crate::transaction::{ClientTx, Failure, ServerTx};
use crate::transport::{Flow, Transport};
use bytes::Bytes;

/// Our numbers start at 1 to this (RFC 3261 §8.1.1.5).
const FIRST_CSEQ_BOUND: u32 = 10_000;

/// An INVITE of ours without a final response.
pub(super) struct Outgoing {
    /// What was asked for.
    pub(super) invite: Invite,
    /// The INVITE's transaction; another one after a challenge.
    pub(super) tx: ClientTx,
    /// The INVITE's number.
    pub(super) cseq: u32,
    /// A provisional was heard, so a CANCEL may go.
    pub(super) heard: bool,
    /// Whether the call still wants it.
    pub(super) cancel: Cancel,
    /// The early dialogs, in the order in which they were heard of.
    pub(super) earlies: Vec<Usage>,
    auth: Auth,
    lengthened: bool,
    rang: bool,
    first_response_by: Option<Mono>,
    large: Large,
}

/// What became of an INVITE too large for a datagram (RFC 3261 §18.1.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Large {
    /// It goes as it was told; it may still be moved to TCP.
    AsTold,
    /// It was moved to TCP from this flow.
    OverTcp(Flow),
    /// TCP was refused: it goes by datagram, however large.
    Refused,
}

/// From this many bytes on a request goes over TCP: 200 less than the smallest path MTU in use
/// (RFC 3261 §18.1.1).
const LARGE_BYTES: usize = 1300;

/// Sends the INVITE.
pub(super) fn begin(
    leg: LegKey,
    invite: Invite,
    policy: Policy,
    context: &mut Context<'_>,
    out: &mut Vec<Output>,
) -> (Local, Outgoing) {
    let tag = context.mint.tag();
    let mut address = invite.from.to_vec();
    address.extend_from_slice(b";tag=");
    address.extend_from_slice(tag.as_bytes());
    let mut local = Local {
        leg,
        policy,
        call_id: context.mint.call_id().as_bytes().into(),
        tag,
        address: address.into(),
        flow: invite.flow,
        owns_call_id: true,
        ending_told: false,
    };
    let cseq = context.mint.below(FIRST_CSEQ_BOUND);
    let first_response_by = local.policy.first_response.map(|wait| context.now.after(wait));
    let mut hand = Hand { local: &mut local, context, out };
    let mut outgoing = Outgoing {
        invite,
        tx: hand.client_tx(Method::Invite),
        cseq,
        heard: false,
        cancel: Cancel::No,
        earlies: Vec::new(),
        auth: Auth::default(),
        lengthened: false,
        rang: false,
        first_response_by,
        large: Large::AsTold,
    };
    send_invite(&mut hand, &mut outgoing);
    (local, outgoing)
}

/// Sends the INVITE (again) with the next number and a new branch.
fn send_invite(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) {
    outgoing.tx = hand.client_tx(Method::Invite);
    outgoing.cseq += 1;
    outgoing.heard = false;
    outgoing.earlies.clear();
    let bytes = write_invite(hand, outgoing);
    if bytes.len() > LARGE_BYTES && move_to_tcp(hand, outgoing) {
        let bytes = write_invite(hand, outgoing);
        return hand.request(outgoing.tx, outgoing.invite.flow, bytes);
    }
    hand.request(outgoing.tx, outgoing.invite.flow, bytes);
}

/// TXN-17: a large INVITE to a peer that hears on TCP goes there, from a TCP listener of ours.
fn move_to_tcp(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) -> bool {
    let flow = outgoing.invite.flow;
    let may = hand.local.policy.large_over_tcp && outgoing.large == Large::AsTold;
    if !may || flow.transport.is_reliable() {
        return false;
    }
    let listener = hand.context.listeners.towards(Transport::Tcp, flow.remote);
    let Some(listener) = listener else { return false };
    outgoing.large = Large::OverTcp(flow);
    outgoing.invite.flow =
        Flow { listener, transport: Transport::Tcp, remote: flow.remote, connection: None };
    hand.local.flow = outgoing.invite.flow;
    true
}

/// The TCP connection was refused: the INVITE goes by datagram after all. False if it was not that.
fn back_to_udp(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) -> bool {
    let Large::OverTcp(flow) = outgoing.large else { return false };
    if outgoing.heard || outgoing.cancel.is_wanted() {
        return false;
    }
    outgoing.large = Large::Refused;
    outgoing.invite.flow = flow;
    hand.local.flow = flow;
    send_invite(hand, outgoing);
    true
}

fn write_invite(hand: &mut Hand<'_, '_>, outgoing: &Outgoing) -> Bytes {
    let invite = &outgoing.invite;
    let listeners = hand.context.listeners;
    let writer = Writer::request(Method::Invite, &invite.target);
    let mut writer = request::via(writer, listeners, invite.flow, outgoing.tx.branch)
        .header("Max-Forwards", invite.max_forwards.to_string())
        .header("From", &hand.local.address)
        .header("To", &invite.to)
        .header("Call-ID", &hand.local.call_id)
        .header("CSeq", request::cseq_value(outgoing.cseq, Method::Invite))
        .header("Contact", contact_value(listeners, invite.flow))
        .header("Allow", ALLOW)
        .header("Supported", SUPPORTED);
    for (name, value) in session_timer::ask(&hand.local.policy) {
        writer = writer.header(&name, value);
    }
    for (name, value) in outgoing.auth.headers() {
        writer = writer.header(name, value);
    }
    for (name, value) in &invite.headers {
        writer = writer.header(name, value);
    }
    match &invite.offer {
        Some(offer) => writer.body(SDP, offer),
        None => writer.finish(),
    }
}

impl Outgoing {
    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Mono> {
        earlier(self.first_response_by, self.cancel.deadline())
    }

    /// The early dialog that a command of the call's is meant for: the one whose offer waits, else
    /// the first.
    fn meant(&mut self) -> Option<&mut Usage> {
        let offered = |usage: &Usage| matches!(usage.turn, Turn::Theirs(_) | Turn::Owed(_));
        let index = self.earlies.iter().position(offered).unwrap_or(0);
        self.earlies.get_mut(index)
    }
}

/// One input.
pub(super) fn handle(mut outgoing: Box<Outgoing>, input: Input, hand: &mut Hand<'_, '_>) -> State {
    match input {
        Input::Do(command) => on_command(&mut outgoing, command, hand),
        Input::Proceeding { tx } => {
            if tx == outgoing.tx {
                heard(hand, &mut outgoing);
            }
        }
        Input::Response { tx, message, flow } if tx == outgoing.tx => {
            return on_invite_response(outgoing, &message, flow, hand);
        }
        Input::Response { tx, message, flow } => {
            hand.local.flow = flow;
            for usage in &mut outgoing.earlies {
                if let Some(pending) = request::take_pending(usage, tx) {
                    within::on_response(hand, usage, pending, &message);
                }
            }
        }
        Input::Failed { tx, why } if tx == outgoing.tx => {
            if why == Failure::Transport && back_to_udp(hand, &mut outgoing) {
                return State::Outgoing(outgoing);
            }
            let status = match why {
                Failure::TimedOut => 408,
                Failure::Transport => 503,
            };
            let unreachable = why == Failure::Transport || !outgoing.heard;
            return fail(outgoing, status, unreachable, None, hand);
        }
        Input::Failed { tx, why } => {
            for usage in &mut outgoing.earlies {
                if let Some(pending) = request::take_pending(usage, tx) {
                    within::on_failed(hand, usage, &pending, why);
                }
            }
        }
        Input::Request { tx, message, flow } => {
            on_request(&mut outgoing, tx, &message, flow, hand);
        }
        Input::Timeout => return on_timeout(outgoing, hand),
        Input::Ack { .. } | Input::Cancelled { .. } => {}
    }
    State::Outgoing(outgoing)
}

fn on_timeout(mut outgoing: Box<Outgoing>, hand: &mut Hand<'_, '_>) -> State {
    let now = hand.now();
    if is_due(outgoing.cancel.deadline(), now) {
        abandon_earlies(hand, &mut outgoing);
        hand.ended();
        return State::Ended;
    }
    if is_due(outgoing.first_response_by, now) {
        return fail(outgoing, 408, true, None, hand);
    }
    State::Outgoing(outgoing)
}

fn heard(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) {
    outgoing.heard = true;
    outgoing.first_response_by = None;
    cancel::send_if_due(hand, outgoing);
}

fn on_command(outgoing: &mut Outgoing, command: Command, hand: &mut Hand<'_, '_>) {
    if outgoing.cancel.is_wanted() {
        hand.ignore("the leg is being cancelled");
        return;
    }
    match (command, outgoing.meant()) {
        (Command::End { reason, .. }, _) => {
            hand.ending(Ending::Ours);
            // Until it has a final the INVITE stays ours, however long nothing is heard (CAN-04).
            outgoing.first_response_by = None;
            abandon_earlies(hand, outgoing);
            cancel::want(hand, outgoing, reason);
        }
        (Command::Offer { sdp: Some(sdp) }, Some(usage))
            if usage.turn.is_idle() && usage.peer.update =>
        {
            update::offer(hand, usage, sdp);
        }
        (Command::AnswerOffer { sdp }, Some(usage)) => reinvite::answer(hand, usage, sdp),
        (Command::RefuseOffer { status, headers }, Some(usage)) => {
            reinvite::refuse(hand, usage, status, &headers);
        }
        (Command::Info { content_type, body }, Some(usage)) => {
            info::send(hand, usage, content_type, body);
        }
        (Command::AnswerInfo { tx, status }, _) => {
            let mut earlies = outgoing.earlies.iter_mut();
            match earlies.find(|usage| usage.infos.iter().any(|asked| asked.tx == tx)) {
                Some(usage) => info::answer(hand, usage, tx, status),
                None => hand.ignore("answer to no INFO"),
            }
        }
        (
            Command::Progress { .. }
            | Command::Answer { .. }
            | Command::Refuse { .. }
            | Command::Offer { .. }
            | Command::AnswerOffer { .. }
            | Command::GiveOffer { .. }
            | Command::RefuseOffer { .. }
            | Command::Info { .. },
            _,
        ) => hand.ignore("not before the answer"),
    }
}

/// A request inside one of the early dialogs.
fn on_request(
    outgoing: &mut Outgoing,
    tx: ServerTx,
    message: &Message,
    flow: Flow,
    hand: &mut Hand<'_, '_>,
) {
    let tag = message.from_tag().unwrap_or_default();
    // The call has given the leg up and would answer nothing more: as when a BYE is out.
    let serves = !outgoing.cancel.is_wanted() || message.method() == Some(Method::Bye);
    let mut earlies = outgoing.earlies.iter_mut();
    let Some(usage) = earlies.find(|usage| *usage.remote_tag == *tag).filter(|_| serves) else {
        respond::plain(hand, tx, message, 481, &Vec::new());
        return;
    };
    match within::receive(hand, usage, tx, message, flow) {
        Left::Nothing => {}
        // The callee may not send BYE before its final (RFC 3261 §15); the final ends the leg.
        Left::Bye => respond::plain(hand, tx, message, 200, &Vec::new()),
        Left::Invite => respond::plain(hand, tx, message, 491, &Vec::new()),
        Left::Prack => respond::plain(hand, tx, message, 481, &Vec::new()),
    }
}

fn on_invite_response(
    mut outgoing: Box<Outgoing>,
    response: &Message,
    flow: Flow,
    hand: &mut Hand<'_, '_>,
) -> State {
    hand.local.flow = flow;
    let status = response.status().unwrap_or_default();
    match status {
        0..=100 => heard(hand, &mut outgoing),
        101..=199 => {
            heard(hand, &mut outgoing);
            outgoing.rang |= (180..190).contains(&status);
            early::progress(hand, &mut outgoing, status, response, flow);
        }
        200..=299 => return confirm(outgoing, response, flow, hand),
        _ => {
            if !outgoing.cancel.is_wanted() && try_again(&mut outgoing, response, hand) {
                return State::Outgoing(outgoing);
            }
            return fail(outgoing, status, false, Some(response), hand);
        }
    }
    State::Outgoing(outgoing)
}

/// 401, 407 and 422 are answered with the same INVITE, one number higher.
fn try_again(outgoing: &mut Outgoing, response: &Message, hand: &mut Hand<'_, '_>) -> bool {
    let again = match response.status() {
        Some(401 | 407) => {
            let Outgoing { auth, invite, .. } = outgoing;
            auth.meet(hand, response, Method::Invite, &invite.target)
        }
        Some(422) if !outgoing.lengthened => {
            outgoing.lengthened = true;
            session_timer::lengthen(&mut hand.local.policy, response)
        }
        _ => false,
    };
    if again {
        outgoing.first_response_by = None;
        send_invite(hand, outgoing);
    }
    again
}

/// The leg failed: told with all that the router wants to know.
fn fail(
    mut outgoing: Box<Outgoing>,
    status: u16,
    unreachable: bool,
    response: Option<&Message>,
    hand: &mut Hand<'_, '_>,
) -> State {
    let retry_after = response.and_then(|response| response.number(Name::RetryAfter));
    let reason = response.and_then(bye::reason);
    let rang = outgoing.rang;
    abandon_earlies(hand, &mut outgoing);
    hand.ending(Ending::Failure { status, retry_after, reason, unreachable, rang });
    hand.ended();
    State::Ended
}

/// What the peer asked in early dialogs that are dropped gets its final (§15.1.2).
fn abandon_earlies(hand: &mut Hand<'_, '_>, outgoing: &mut Outgoing) {
    for usage in &mut outgoing.earlies {
        reinvite::abandon(hand, usage);
    }
}

/// The first 2xx: one early dialog is confirmed, the others are dropped (DLG-07). If the call gave
/// the leg up meanwhile it hears nothing of it (CAN-05).
fn confirm(
    mut outgoing: Box<Outgoing>,
    response: &Message,
    flow: Flow,
    hand: &mut Hand<'_, '_>,
) -> State {
    let index = early::find(&outgoing, response);
    let mut usage = match index {
        Some(index) => outgoing.earlies.swap_remove(index),
        None => early::from_response(&outgoing, response),
    };
    abandon_earlies(hand, &mut outgoing);
    usage.routes = route::from_response(response);
    usage.refresh_target(response);
    usage.peer.learn(response);
    session_timer::settle(hand, &mut usage, response);
    let Outgoing { cseq, auth, cancel, .. } = *outgoing;
    let sdp = response.sdp().map(|sdp| own_bytes(&sdp));
    settle(&mut usage, sdp.is_some(), cseq, &auth);
    if sdp.is_some() {
        usage.remote_sdp.clone_from(&sdp);
    }
    if !matches!(usage.turn, Turn::Theirs(Theirs::Final { .. })) {
        let sent = ack::send(hand, &usage, cseq, &auth, None);
        usage.keep_ack(sent);
    }
    let answered = Box::new(Answered::new(usage, None));
    if cancel.is_wanted() {
        return bye::leave(answered, Ending::Ours, None, hand);
    }
    let early = index.and_then(|index| u8::try_from(index).ok());
    hand.tell(Event::Answered { sdp, early, from: flow.remote.ip() });
    answered::go_on(answered, hand)
}

/// Whose turn it is after the 2xx: our offer is settled by it at the latest; for an INVITE without
/// offer the description in it is the offer, unless a reliable 1xx had one.
fn settle(usage: &mut Usage, described: bool, cseq: u32, auth: &Auth) {
    match usage.turn {
        Turn::Ours(Ours::Invite) => usage.turn = Turn::Idle,
        Turn::Idle if described && usage.local_sdp.is_none() && usage.remote_sdp.is_none() => {
            usage.turn = Turn::Theirs(Theirs::Final { cseq, auth: auth.clone() });
        }
        Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_) => {}
    }
}

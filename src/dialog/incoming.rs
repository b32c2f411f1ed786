//! The UAS before its final response: provisionals, answer, refusal, and what the peer may do
//! meanwhile (RFC 3261 §13.3, §12.1.1; SDP-01, SDP-02, BYE-05).

use super::answered::Answered;
use super::hand::{Hand, Local};
use super::offer::{Ours, Owed, Theirs, Turn};
use super::prack::{self, Pracked};
use super::provisional::{self, Provisional, Provisionals};
use super::usage::{Usage, own_copy};
use super::within::{self, Left};
use super::words::{Command, Context, Ending, Headers, Input, Policy};
use super::{State, ack, bye, info, reinvite, request, respond, session_timer, update};
use crate::base::{LegKey, Mono};
use crate::sip::{Message, Name};
use crate::transaction::ServerTx;
use crate::transport::Flow;
use bytes::Bytes;

/// Our numbers start below this, far from where they could run over (RFC 3261 §8.1.1.5).
const FIRST_CSEQ_BOUND: u32 = 10_000;
/// RSeq starts at 1 to 2³¹ − 1 (RFC 3262 §3).
const FIRST_RSEQ_BOUND: u32 = 0x7fff_ffff;

/// An INVITE of the peer's without a final response.
pub(super) struct Incoming {
    /// The early dialog.
    pub(super) usage: Usage,
    /// The INVITE's transaction.
    pub(super) tx: ServerTx,
    /// The INVITE, in bytes of our own.
    pub(super) invite: Message,
    /// What we said so far.
    pub(super) provisionals: Provisionals,
    /// The call's answer, while it waits for a PRACK.
    pub(super) answer: Option<(Option<Bytes>, Headers)>,
    /// The description that went out in a plain 1xx: the 2xx has the same (SDP-02).
    pub(super) preview: Option<Bytes>,
}

/// Makes the early dialog of an INVITE.
pub(super) fn begin(
    leg: LegKey,
    tx: ServerTx,
    invite: &Message,
    flow: Flow,
    policy: Policy,
    context: &mut Context<'_>,
) -> (Local, Incoming) {
    let tag = context.mint.tag();
    let mut address = invite.header(Name::To).unwrap_or_default().to_vec();
    if invite.to_tag().is_none() {
        address.extend_from_slice(b";tag=");
        address.extend_from_slice(tag.as_bytes());
    }
    let mut usage = Usage::from_invite(invite, context.mint.below(FIRST_CSEQ_BOUND));
    usage.turn = if invite.sdp().is_some() {
        Turn::Theirs(Theirs::Invite)
    } else {
        Turn::Owed(Owed::Invite)
    };
    let local = Local {
        leg,
        policy,
        call_id: invite.call_id().into(),
        tag,
        address: address.into(),
        flow,
        owns_call_id: false,
        ending_told: false,
    };
    let provisionals = Provisionals::new(1 + context.mint.below(FIRST_RSEQ_BOUND));
    let invite = own_copy(invite);
    (local, Incoming { usage, tx, invite, provisionals, answer: None, preview: None })
}

impl Incoming {
    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.provisionals.deadline()
    }
}

/// One input.
pub(super) fn handle(mut incoming: Box<Incoming>, input: Input, hand: &mut Hand<'_, '_>) -> State {
    match input {
        Input::Do(command) => return on_command(incoming, command, hand),
        Input::Request { tx, message, flow } => {
            return on_request(incoming, tx, &message, flow, hand);
        }
        Input::Cancelled { message } => {
            let reason = message.header(Name::Reason).map(Box::from);
            return refuse(incoming, 487, &Vec::new(), Ending::Cancel { reason }, hand);
        }
        Input::Response { tx, message, flow } => {
            hand.local.flow = flow;
            if let Some(pending) = request::take_pending(&mut incoming.usage, tx) {
                within::on_response(hand, &mut incoming.usage, pending, &message);
            }
        }
        Input::Failed { tx, why } => {
            if let Some(pending) = request::take_pending(&mut incoming.usage, tx) {
                within::on_failed(hand, &mut incoming.usage, &pending, why);
            }
        }
        Input::Timeout => {
            if provisional::on_timeout(hand, &mut incoming) {
                return refuse(incoming, 504, &Vec::new(), Ending::NoAck, hand);
            }
        }
        Input::Ack { .. } | Input::Proceeding { .. } => {}
    }
    try_answer(incoming, hand)
}

fn on_command(mut incoming: Box<Incoming>, command: Command, hand: &mut Hand<'_, '_>) -> State {
    let usage = &mut incoming.usage;
    match command {
        Command::Progress { status, sdp, headers } => {
            provisional::progress(hand, &mut incoming, Provisional { status, sdp, headers });
        }
        Command::Answer { sdp, headers } => {
            if incoming.answer.is_some() {
                hand.ignore("answered already");
            } else {
                incoming.answer = Some((sdp, headers));
            }
        }
        Command::Refuse { status, headers } => {
            return refuse(incoming, status, &headers, Ending::Ours, hand);
        }
        Command::End { status, reason } => {
            let headers = reason.iter().flat_map(|reason| within::one("Reason", reason)).collect();
            return refuse(incoming, status, &headers, Ending::Ours, hand);
        }
        Command::Offer { sdp } => match sdp {
            // The answer in our 1xx is settled by its PRACK only (RFC 3311 §5.1).
            Some(sdp)
                if usage.turn.is_idle()
                    && usage.peer.update
                    && !incoming.provisionals.blocks_answer() =>
            {
                update::offer(hand, usage, sdp);
            }
            _ => hand.ignore("offer before the answer"),
        },
        Command::AnswerOffer { sdp } => reinvite::answer(hand, usage, sdp),
        Command::GiveOffer { sdp } => reinvite::give(hand, usage, sdp),
        Command::RefuseOffer { status, headers } => reinvite::refuse(hand, usage, status, &headers),
        Command::Info { content_type, body } if incoming.provisionals.said => {
            info::send(hand, usage, content_type, body);
        }
        Command::Info { .. } => hand.ignore("INFO before the peer knows the dialog"),
        Command::AnswerInfo { tx, status } => info::answer(hand, usage, tx, status),
    }
    try_answer(incoming, hand)
}

fn on_request(
    mut incoming: Box<Incoming>,
    tx: ServerTx,
    message: &Message,
    flow: Flow,
    hand: &mut Hand<'_, '_>,
) -> State {
    match within::receive(hand, &mut incoming.usage, tx, message, flow) {
        Left::Nothing => {}
        // A second INVITE before our final (RFC 3261 §14.2; SDP-09).
        Left::Invite => respond::try_later(hand, tx, message),
        Left::Bye => {
            respond::plain(hand, tx, message, 200, &Vec::new());
            let reason = bye::reason(message);
            return refuse(incoming, 487, &Vec::new(), Ending::Bye { reason }, hand);
        }
        Left::Prack => {
            if prack::receive(hand, &mut incoming, tx, message) == Pracked::WithoutAnswer {
                return refuse(incoming, 488, &Vec::new(), Ending::OfferUnanswered, hand);
            }
        }
    }
    try_answer(incoming, hand)
}

/// A final response other than 2xx: the leg is over, its transaction waits for the ACK alone.
fn refuse(
    mut incoming: Box<Incoming>,
    status: u16,
    headers: &Headers,
    ending: Ending,
    hand: &mut Hand<'_, '_>,
) -> State {
    let status = if (300..700).contains(&status) { status } else { 500 };
    reinvite::abandon(hand, &mut incoming.usage);
    respond::plain(hand, incoming.tx, &incoming.invite, status, headers);
    hand.ending(ending);
    hand.ended();
    State::Ended
}

/// Sends the 2xx if the call has answered and no reliable 1xx with a description, nor an offer of
/// the peer's, is still open (RFC 3262 §3; PRK-01).
fn try_answer(mut incoming: Box<Incoming>, hand: &mut Hand<'_, '_>) -> State {
    let offered = matches!(incoming.usage.turn, Turn::Theirs(Theirs::Update(_) | Theirs::Prack(_)));
    if incoming.provisionals.blocks_answer() || offered {
        return State::Incoming(incoming);
    }
    let Some((sdp, mut headers)) = incoming.answer.take() else {
        return State::Incoming(incoming);
    };
    let Incoming { mut usage, tx, invite, mut provisionals, preview, .. } = *incoming;
    let sdp = sdp.or_else(|| provisionals.drop_queue()).or(preview);
    let (sdp, wants_answer) = match usage.turn {
        Turn::Theirs(Theirs::Invite) => {
            usage.turn = Turn::Idle;
            usage.remote_sdp = invite.sdp();
            (sdp, false)
        }
        Turn::Owed(Owed::Invite) => {
            usage.turn = Turn::Ours(Ours::Final);
            (sdp, true)
        }
        // Settled by a reliable 1xx: the 2xx says nothing more (RFC 6337 §2.2).
        Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_) => (None, false),
    };
    if sdp.is_some() {
        usage.local_sdp.clone_from(&sdp);
    }
    headers.extend(session_timer::accept(hand, &mut usage, &invite));
    let writer = respond::dialog_response(hand, &invite, 200, &headers);
    let bytes = respond::with_sdp(writer, sdp.as_ref());
    usage.unacked.push(ack::Unacked::send(hand, tx, &invite, bytes, wants_answer, true));
    let cseq = invite.cseq().map(|cseq| cseq.number).unwrap_or_default();
    let late_rack = provisionals.open.map(|open| (open.rseq, cseq));
    State::Confirmed(Box::new(Answered::new(usage, late_rack)))
}

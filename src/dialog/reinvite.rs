//! Offers inside an answered dialog: re-INVITE both ways, taking turns, glare
//! (RFC 3261 §14, RFC 6141; SDP-06 to SDP-09, REAL-10).

use super::hand::Hand;
use super::offer::{Ours, Owed, Theirs, Turn, Wanted};
use super::request::{self, Draft, Pending, Purpose};
use super::usage::{Asked, Usage, own_bytes, own_copy};
use super::within::{self, Outcome};
use super::words::{Event, Headers, OurOffer};
use super::{ack, prack, respond, session_timer, update};
use crate::base::Mono;
use crate::sip::{Message, Method};
use crate::transaction::{self, ServerTx};
use crate::transport::Flow;
use bytes::Bytes;
use std::time::Duration;

/// Glares after which an offer is given up: the waits overlap less than half of the time, so a
/// peer that still collides has a fault.
const GLARES: u8 = 8;
/// 2xx of ours that may wait for their ACKs: a peer that goes on without them is put off.
const UNACKED: usize = 4;
/// RFC 3261 §14.1 counts the waits in units of 10 ms.
const GLARE_UNIT: Duration = Duration::from_millis(10);

/// The call wants to offer: [`try_wanted`] sends it as soon as nothing else is open.
pub(super) fn want(hand: &mut Hand<'_, '_>, usage: &mut Usage, sdp: Option<Bytes>) {
    if usage.wanted.as_ref().is_some_and(|wanted| !wanted.refresh) {
        hand.ignore("offer while another waits: the newer one counts");
    }
    // The wait of a glare is for the dialog, whatever is offered behind it.
    let waits = usage.wanted.take().map(|wanted| (wanted.not_before, wanted.glares));
    let (not_before, glares) = waits.unwrap_or_default();
    usage.wanted = Some(Wanted { sdp, refresh: false, seen: false, not_before, glares });
}

/// How far an offer of the call's is. A refresh of ours that is out is none: it carries nothing new, and
/// an offer may wait behind it.
pub(super) fn our_offer(usage: &Usage) -> OurOffer {
    let offered = |p: &Pending| matches!(p.draft.purpose, Purpose::Offer { .. });
    let in_answer = matches!(usage.turn, Turn::Ours(Ours::Final));
    if usage.pending.iter().any(offered) || in_answer {
        return OurOffer::Out;
    }
    match &usage.wanted {
        Some(Wanted { refresh: false, seen, .. }) => OurOffer::Waits { seen: *seen },
        Some(Wanted { refresh: true, .. }) | None => OurOffer::None,
    }
}

/// The session has to be refreshed: UPDATE where the peer allows it, else a re-INVITE with our
/// description as it is (TIM-03).
pub(super) fn refresh(hand: &mut Hand<'_, '_>, usage: &mut Usage) {
    if usage.peer.update {
        update::refresh(hand, usage);
    } else if usage.wanted.is_none() {
        usage.wanted =
            Some(Wanted { sdp: None, refresh: true, seen: false, not_before: None, glares: 0 });
    }
}

/// Sends the offer that waits, if its time has come: no offer open, no INVITE in progress in
/// either direction (§14.1), no wait for glare.
pub(super) fn try_wanted(hand: &mut Hand<'_, '_>, usage: &mut Usage) {
    let now = hand.now();
    let waits = usage.wanted.as_ref().and_then(|wanted| wanted.not_before);
    let open = !usage.turn.is_idle() || usage.is_inviting() || !usage.unacked.is_empty();
    if open || waits.is_some_and(|at| at > now) {
        return;
    }
    let Some(wanted) = usage.wanted.take() else { return };
    let (purpose, sdp) = if wanted.refresh {
        (Purpose::Refresh { glares: wanted.glares }, usage.local_sdp.clone())
    } else {
        (Purpose::Offer { glares: wanted.glares }, wanted.sdp)
    };
    let mut draft = Draft::new(Method::Invite, purpose).sdp(sdp);
    draft.headers = session_timer::ask_again(&hand.local.policy, &usage.timer);
    usage.turn = Turn::Ours(Ours::Invite);
    request::send(hand, usage, draft);
}

/// When the offer that waits may go.
pub(super) fn deadline(usage: &Usage) -> Option<Mono> {
    let open = !usage.turn.is_idle() || usage.is_inviting() || !usage.unacked.is_empty();
    usage.wanted.as_ref().filter(|_| !open).and_then(|wanted| wanted.not_before)
}

/// The final response to an offer or refresh of ours.
pub(super) fn on_final(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    pending: &mut Pending,
    glares: u8,
    response: &Message,
) -> Outcome {
    let status = response.status().unwrap_or_default();
    let held_turn = pending.tx.method == Method::Invite || pending.draft.body.is_some();
    if held_turn {
        usage.turn.take();
    }
    if (200..300).contains(&status) {
        accepted(hand, usage, pending, response);
        return Outcome::Stay;
    }
    let refresh = matches!(pending.draft.purpose, Purpose::Refresh { .. });
    if status == 491 && glares < GLARES {
        let not_before = Some(hand.now() + glare_wait(hand));
        // An offer that came to wait behind a refresh refreshes too; a refresh behind an offer is
        // that offer's to do.
        let behind = usage.wanted.take().filter(|wanted| !wanted.refresh);
        let sdp = pending.draft.body.take().map(|(_, sdp)| sdp);
        let wanted = behind.unwrap_or(Wanted { sdp, refresh, seen: true, not_before, glares });
        usage.wanted = Some(Wanted { not_before, glares: glares + 1, ..wanted });
        return Outcome::Stay;
    }
    usage.timer.refused(hand.now());
    if !refresh {
        hand.tell(Event::OfferFailed { status });
    }
    if matches!(status, 408 | 481) { Outcome::Lost } else { Outcome::Stay }
}

/// A 2xx to our re-INVITE or UPDATE: acknowledged, and its description told.
fn accepted(hand: &mut Hand<'_, '_>, usage: &mut Usage, pending: &mut Pending, response: &Message) {
    let sdp = response.sdp().map(|sdp| own_bytes(&sdp));
    let offered = pending.draft.body.take().map(|(_, sdp)| sdp);
    let is_invite = pending.tx.method == Method::Invite;
    let refresh = matches!(pending.draft.purpose, Purpose::Refresh { .. });
    if is_invite
        && offered.is_none()
        && let Some(sdp) = sdp
    {
        let auth = std::mem::take(&mut pending.auth);
        usage.turn = Turn::Theirs(Theirs::Final { cseq: pending.cseq, auth });
        usage.remote_sdp = Some(sdp.clone());
        hand.tell(Event::Offer { sdp });
        return;
    }
    if is_invite {
        let sent = ack::send(hand, usage, pending.cseq, &pending.auth, None);
        usage.keep_ack(sent);
    }
    match (offered, sdp) {
        (Some(offered), Some(sdp)) => {
            usage.local_sdp = Some(offered);
            usage.remote_sdp = Some(sdp.clone());
            hand.tell(Event::Answer { sdp });
        }
        (None, _) if refresh => {}
        (Some(_), None) if refresh => {}
        // An offer without an answer, or a wish for an offer that got none: nothing was agreed.
        (Some(_) | None, _) => hand.tell(Event::OfferFailed { status: 488 }),
    }
}

/// The random wait of RFC 3261 §14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the
/// other.
fn glare_wait(hand: &mut Hand<'_, '_>) -> Duration {
    let units = if hand.local.owns_call_id {
        210 + hand.context.mint.below(191)
    } else {
        hand.context.mint.below(201)
    };
    GLARE_UNIT * units
}

/// A re-INVITE came.
pub(super) fn receive(hand: &mut Hand<'_, '_>, usage: &mut Usage, tx: ServerTx, message: &Message) {
    let owner = hand.local.leg;
    hand.transact(transaction::Input::Own { tx, owner });
    if !may_offer(hand, usage, tx, message) {
        return;
    }
    usage.peer.learn(message);
    let asked = Asked { tx, message: own_copy(message) };
    let Some(sdp) = message.sdp().map(|sdp| own_bytes(&sdp)) else {
        usage.turn = Turn::Owed(Owed::Reinvite(asked));
        overtaken(hand, usage);
        hand.tell(Event::OfferWanted);
        return;
    };
    usage.turn = Turn::Theirs(Theirs::Reinvite(asked));
    offered(hand, usage, sdp);
}

/// Whether an INVITE or UPDATE may be looked at: nothing of ours or theirs is open (SDP-08,
/// SDP-09), and its session interval is long enough (RFC 4028 §9). Else it is refused here.
pub(super) fn may_offer(
    hand: &mut Hand<'_, '_>,
    usage: &Usage,
    tx: ServerTx,
    message: &Message,
) -> bool {
    if usage.unacked.len() >= UNACKED {
        respond::try_later(hand, tx, message);
        return false;
    }
    let inviting = usage.is_inviting() && message.method() == Some(Method::Invite);
    match usage.turn.refusal().or(inviting.then_some(491)) {
        Some(500) => {
            respond::try_later(hand, tx, message);
            return false;
        }
        Some(status) => {
            respond::plain(hand, tx, message, status, &Vec::new());
            return false;
        }
        None => {}
    }
    if let Err(small) = session_timer::check(message, hand.local.policy.min_se) {
        let min_se = within::one("Min-SE", &small.min_se.to_string());
        respond::plain(hand, tx, message, 422, &min_se);
        return false;
    }
    true
}

/// An offer of the peer's is in: the same as before is a refresh and is answered the same
/// (SDP-06); another is the call's to answer.
pub(super) fn offered(hand: &mut Hand<'_, '_>, usage: &mut Usage, sdp: Bytes) {
    let unchanged = usage.remote_sdp.as_ref() == Some(&sdp);
    if let (true, Some(ours)) = (unchanged, usage.local_sdp.clone()) {
        answer(hand, usage, ours);
        hand.tell(Event::Refreshed);
        return;
    }
    overtaken(hand, usage);
    hand.tell(Event::Offer { sdp });
}

/// An offer of ours that still waits was made for a session that now changes: the call makes it
/// anew, with the o= version that will then be right.
fn overtaken(hand: &mut Hand<'_, '_>, usage: &mut Usage) {
    if usage.wanted.as_ref().is_some_and(|wanted| !wanted.refresh) {
        usage.wanted = None;
        hand.tell(Event::OfferFailed { status: 491 });
    }
}

/// The call answers the peer's offer.
pub(super) fn answer(hand: &mut Hand<'_, '_>, usage: &mut Usage, sdp: Bytes) {
    match usage.turn.take() {
        Turn::Theirs(Theirs::Reinvite(asked)) => {
            let bytes = accept(hand, usage, &asked, Some(&sdp));
            settled(usage, &asked, sdp);
            let unacked = ack::Unacked::send(hand, asked.tx, &asked.message, bytes, false, false);
            usage.unacked.push(unacked);
        }
        Turn::Theirs(Theirs::Update(asked)) => {
            let bytes = accept(hand, usage, &asked, Some(&sdp));
            settled(usage, &asked, sdp);
            hand.respond(asked.tx, 200, bytes);
        }
        Turn::Theirs(Theirs::Prack(asked)) => {
            let writer = respond::dialog_response(hand, &asked.message, 200, &Vec::new());
            hand.respond(asked.tx, 200, respond::with_sdp(writer, Some(&sdp)));
            settled(usage, &asked, sdp);
        }
        Turn::Theirs(Theirs::Reliable { rseq, cseq }) => {
            usage.local_sdp = Some(sdp.clone());
            prack::send(hand, usage, rseq, cseq, Some(sdp));
        }
        Turn::Theirs(Theirs::Final { cseq, auth }) => {
            usage.local_sdp = Some(sdp.clone());
            let sent = ack::send(hand, usage, cseq, &auth, Some(sdp));
            usage.keep_ack(sent);
        }
        other @ (Turn::Idle | Turn::Ours(_) | Turn::Owed(_) | Turn::Theirs(Theirs::Invite)) => {
            usage.turn = other;
            hand.ignore("answer to no offer");
        }
    }
}

/// The call gives the offer that a re-INVITE asked for (REAL-10).
pub(super) fn give(hand: &mut Hand<'_, '_>, usage: &mut Usage, sdp: Bytes) {
    match usage.turn.take() {
        Turn::Owed(Owed::Reinvite(asked)) => {
            let bytes = accept(hand, usage, &asked, Some(&sdp));
            usage.local_sdp = Some(sdp);
            usage.turn = Turn::Ours(Ours::Final);
            let unacked = ack::Unacked::send(hand, asked.tx, &asked.message, bytes, true, false);
            usage.unacked.push(unacked);
        }
        other @ (Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(Owed::Invite)) => {
            usage.turn = other;
            hand.ignore("offer that nobody asked for");
        }
    }
}

/// The call refuses the peer's offer; the session stays as it was.
pub(super) fn refuse(hand: &mut Hand<'_, '_>, usage: &mut Usage, status: u16, headers: &Headers) {
    match usage.turn.take() {
        Turn::Theirs(Theirs::Reinvite(asked) | Theirs::Update(asked) | Theirs::Prack(asked))
        | Turn::Owed(Owed::Reinvite(asked)) => {
            respond::plain(hand, asked.tx, &asked.message, status, headers);
        }
        other @ (Turn::Idle
        | Turn::Ours(_)
        | Turn::Owed(Owed::Invite)
        | Turn::Theirs(Theirs::Invite | Theirs::Reliable { .. } | Theirs::Final { .. })) => {
            usage.turn = other;
            hand.ignore("refusal of no offer that can be refused");
        }
    }
}

/// The 200 of a re-INVITE or UPDATE: the target is refreshed and the session timer set.
pub(super) fn accept(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    asked: &Asked,
    sdp: Option<&Bytes>,
) -> Bytes {
    usage.refresh_target(&asked.message);
    let timer = session_timer::accept(hand, usage, &asked.message);
    let writer = respond::dialog_response(hand, &asked.message, 200, &timer);
    respond::with_sdp(writer, sdp)
}

fn settled(usage: &mut Usage, asked: &Asked, ours: Bytes) {
    usage.remote_sdp = asked.message.sdp();
    usage.local_sdp = Some(ours);
}

/// Requests of the peer that were not answered yet get this status: a re-INVITE, UPDATE or INFO
/// when the dialog ends (§15.1.2; BYE-04).
pub(super) fn abandon(hand: &mut Hand<'_, '_>, usage: &mut Usage) {
    match usage.turn.take() {
        Turn::Theirs(Theirs::Reinvite(asked) | Theirs::Update(asked) | Theirs::Prack(asked))
        | Turn::Owed(Owed::Reinvite(asked)) => respond::asked(hand, &asked, 487),
        other @ (Turn::Idle
        | Turn::Ours(_)
        | Turn::Owed(Owed::Invite)
        | Turn::Theirs(Theirs::Invite | Theirs::Reliable { .. } | Theirs::Final { .. })) => {
            usage.turn = other;
        }
    }
    for asked in std::mem::take(&mut usage.infos) {
        respond::asked(hand, &asked, 487);
    }
}

/// CANCEL of a re-INVITE: 487, and the session stays.
pub(super) fn cancelled(hand: &mut Hand<'_, '_>, usage: &mut Usage, cancel: &Message) {
    let number = cancel.cseq().map(|cseq| cseq.number).unwrap_or_default();
    match usage.turn.take() {
        Turn::Theirs(Theirs::Reinvite(asked)) | Turn::Owed(Owed::Reinvite(asked))
            if asked.message.cseq().is_ok_and(|cseq| cseq.number == number) =>
        {
            respond::asked(hand, &asked, 487);
            hand.ignore("re-INVITE cancelled");
        }
        other @ (Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_)) => {
            usage.turn = other;
            hand.ignore("CANCEL of nothing");
        }
    }
}

/// An ACK for one of our 2xx.
pub(super) fn acked(
    hand: &mut Hand<'_, '_>,
    usage: &mut Usage,
    message: &Message,
    flow: Flow,
) -> Acked {
    if message.from_tag().unwrap_or_default() != &*usage.remote_tag {
        return Acked::Fine;
    }
    let Some(answer) = ack::take(&mut usage.unacked, message) else { return Acked::Fine };
    hand.local.flow = flow;
    let sdp = message.sdp().map(|sdp| own_bytes(&sdp));
    let sdp = if answer.wants_answer {
        usage.turn.take();
        usage.remote_sdp.clone_from(&sdp);
        if sdp.is_none() {
            return Acked::WithoutAnswer;
        }
        sdp
    } else {
        None
    };
    match (answer.first, sdp) {
        (true, sdp) => hand.tell(Event::Acked { sdp }),
        (false, Some(sdp)) => hand.tell(Event::Answer { sdp }),
        (false, None) => {}
    }
    Acked::Fine
}

/// What an ACK has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acked {
    /// All is well, or it was a repeat.
    Fine,
    /// Our offer got no answer: the dialog has to end (SDP-02).
    WithoutAnswer,
}

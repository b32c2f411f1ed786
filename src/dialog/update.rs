//! UPDATE, both ways, in early and answered dialogs (RFC 3311; SDP-10, TIM-03).

use super::hand::Hand;
use super::offer::{Ours, Theirs, Turn};
use super::reinvite;
use super::request::{self, Draft, Purpose};
use super::usage::{Asked, Usage, own_bytes, own_copy};
use super::words::Event;
use super::{respond, session_timer, within};
use crate::sip::{Message, Method};
use crate::transaction::ServerTx;
use bytes::Bytes;

/// UPDATE came: without an offer it refreshes and is answered at once.
pub(super) fn receive(hand: &mut Hand<'_, '_>, usage: &mut Usage, tx: ServerTx, message: &Message) {
    // One after the other, offer or not (RFC 3311 §5.2).
    if matches!(usage.turn, Turn::Theirs(Theirs::Update(_))) {
        respond::try_later(hand, tx, message);
        return;
    }
    let Some(sdp) = message.sdp().map(|sdp| own_bytes(&sdp)) else {
        refreshed(hand, usage, tx, message);
        return;
    };
    if !reinvite::may_offer(hand, usage, tx, message) {
        return;
    }
    usage.peer.learn(message);
    usage.turn = Turn::Theirs(Theirs::Update(Asked { tx, message: own_copy(message) }));
    reinvite::offered(hand, usage, sdp);
}

fn refreshed(hand: &mut Hand<'_, '_>, usage: &mut Usage, tx: ServerTx, message: &Message) {
    if let Err(small) = session_timer::check(message, hand.local.policy.min_se) {
        let min_se = within::one("Min-SE", &small.min_se.to_string());
        respond::plain(hand, tx, message, 422, &min_se);
        return;
    }
    usage.peer.learn(message);
    let asked = Asked { tx, message: message.clone() };
    let bytes = reinvite::accept(hand, usage, &asked, None);
    hand.respond(tx, 200, bytes);
    hand.tell(Event::Refreshed);
}

/// Our offer in an UPDATE: the only way to offer in an early dialog, once the first offer is
/// settled there. It takes the place of one that met glare and waits.
pub(super) fn offer(hand: &mut Hand<'_, '_>, usage: &mut Usage, sdp: Bytes) {
    usage.wanted = None;
    let draft = Draft::new(Method::Update, Purpose::Offer { glares: 0 }).sdp(Some(sdp));
    usage.turn = Turn::Ours(Ours::Update);
    request::send(hand, usage, draft);
}

/// An UPDATE without an offer, to refresh the session.
pub(super) fn refresh(hand: &mut Hand<'_, '_>, usage: &mut Usage) {
    let mut draft = Draft::new(Method::Update, Purpose::Refresh { glares: 0 });
    draft.headers = session_timer::ask_again(&hand.local.policy, &usage.timer);
    request::send(hand, usage, draft);
}

//! The early dialogs of an INVITE of ours: one for each To tag that forking brings
//! (RFC 3261 §12.1, §13.2.2.1; DLG-07, PRK-02, PRK-05).

use super::hand::Hand;
use super::offer::{Ours, Theirs, Turn};
use super::outgoing::Outgoing;
use super::prack;
use super::usage::{Usage, own_bytes};
use super::words::Event;
use crate::base::limits;
use crate::sip::Message;
use crate::transport::Flow;

/// PRACKs under way in one early dialog; more reliable 1xx are left to be sent again.
const PRACKS: usize = 16;

/// A new dialog from a response, whose turn it is by whether our INVITE had an offer.
pub(super) fn from_response(outgoing: &Outgoing, response: &Message) -> Usage {
    let mut usage = Usage::from_response(response, &outgoing.invite.target, outgoing.cseq);
    if let Some(offer) = &outgoing.invite.offer {
        usage.turn = Turn::Ours(Ours::Invite);
        usage.local_sdp = Some(offer.clone());
    }
    usage
}

/// The early dialog that a response belongs to.
pub(super) fn find(outgoing: &Outgoing, response: &Message) -> Option<usize> {
    let tag = response.to_tag().unwrap_or_default();
    outgoing.earlies.iter().position(|usage| *usage.remote_tag == *tag)
}

/// A 101 to 199 came.
pub(super) fn progress(
    hand: &mut Hand<'_, '_>,
    outgoing: &mut Outgoing,
    status: u16,
    response: &Message,
    flow: Flow,
) {
    let index = match find(outgoing, response) {
        Some(index) => index,
        None if outgoing.earlies.len() < limits::FORKS => {
            let usage = from_response(outgoing, response);
            outgoing.earlies.push(usage);
            outgoing.earlies.len() - 1
        }
        None => {
            hand.ignore("more early dialogs than we keep");
            return;
        }
    };
    let cseq = outgoing.cseq;
    let Some(usage) = outgoing.earlies.get_mut(index) else { return };
    usage.peer.learn(response);
    let sdp = response.sdp().map(|sdp| own_bytes(&sdp));
    if let Some(rseq) = prack::rseq(response) {
        if !prack::is_next(usage, rseq) || usage.pending.len() >= PRACKS {
            return;
        }
        usage.rseq = Some(rseq);
        // The target of an early dialog may have moved with a reliable response only.
        usage.refresh_target(response);
        let first_offer = usage.turn.is_idle() && usage.remote_sdp.is_none();
        if sdp.is_some() {
            usage.remote_sdp.clone_from(&sdp);
        }
        if first_offer && sdp.is_some() {
            usage.turn = Turn::Theirs(Theirs::Reliable { rseq, cseq });
        } else {
            if sdp.is_some() && matches!(usage.turn, Turn::Ours(Ours::Invite)) {
                usage.turn = Turn::Idle;
            }
            prack::send(hand, usage, rseq, cseq, None);
        }
    }
    if !outgoing.cancel.is_wanted() {
        let early = u8::try_from(index).unwrap_or(u8::MAX);
        hand.tell(Event::Progress { status, sdp, early, from: flow.remote.ip() });
    }
}

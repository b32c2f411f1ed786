//! A 2xx that nobody waits for: by another fork, or to an INVITE that was given up. It is
//! acknowledged and its dialog ended, so that no agent is left in dead air (TXN-10, TXN-11).

use super::ack;
use super::answered::Answered;
use super::auth::Auth;
use super::hand::{Hand, Local};
use super::request::{self, Draft, Number, Purpose};
use super::usage::Usage;
use super::words::{Context, Output, Policy};
use crate::base::{CallKey, LegKey, LegNo, Token, limits};
use crate::sip::{Message, Method, Name};
use crate::transaction;
use crate::transport::Flow;

/// How far beyond its INVITE's number the BYE of such a dialog is numbered. While it was early it may
/// have had PRACKs and UPDATEs of ours, whose numbers went with it; a gap is allowed, a number used
/// twice is not (RFC 3261 §12.2.2).
const BEYOND_EARLY: u32 = 1000;

/// A further 2xx to an INVITE of ours: a repeat gets the same ACK again (TXN-04), another fork's
/// gets ACK and BYE (TXN-11).
pub(super) fn further_answer(
    hand: &mut Hand<'_, '_>,
    answered: &mut Answered,
    response: &Message,
    flow: Flow,
) {
    let known = answered.usage.acks.iter().chain(&answered.strays);
    if let Some(ack) = known.clone().find(|ack| ack::is_for(ack, response)) {
        ack::send_again(hand, &ack.clone());
        return;
    }
    // Our own dialog's, while its ACK waits for the call's answer.
    if response.to_tag().unwrap_or_default() == &*answered.usage.remote_tag {
        return;
    }
    if answered.strays.len() >= limits::FORKS {
        hand.ignore("more answers than we keep");
        return;
    }
    // The fork may be reached another way than the dialog that we keep.
    let kept = std::mem::replace(&mut hand.local.flow, flow);
    let ack = dismiss(hand, response);
    hand.local.flow = kept;
    answered.strays.extend(ack);
}

/// ACK and BYE for the dialog that this 2xx makes.
fn dismiss(hand: &mut Hand<'_, '_>, response: &Message) -> Option<ack::AckSent> {
    let cseq = response.cseq().ok()?.number;
    let fallback = response.to().ok()?.uri.text;
    let mut usage = Usage::from_response(response, fallback, cseq);
    let ack = ack::send(hand, &usage, cseq, &Auth::default(), None);
    usage.local_cseq = cseq.wrapping_add(BEYOND_EARLY) & 0x7fff_ffff;
    let tx = hand.client_tx(Method::Bye);
    let number = Number { cseq: usage.local_cseq, branch: tx.branch };
    let draft = Draft::new(Method::Bye, Purpose::Bye);
    let (flow, bytes) = request::write(hand, &usage, &draft, number, &Auth::default());
    hand.request_unowned(tx, flow, bytes);
    Some(ack)
}

/// The ACK and BYE for a 2xx that nobody waits for any more (TXN-10): both without a dialog kept.
pub fn dismiss_stray_answer(
    response: &Message,
    flow: Flow,
    context: &mut Context<'_>,
    out: &mut Vec<transaction::Input>,
) {
    let Some(tag) = response.from_tag().and_then(Token::read) else { return };
    let mut local = Local {
        // Nobody's: nothing below is owned.
        leg: LegKey { call: CallKey(0), leg: LegNo::CALLER },
        policy: Policy::default(),
        call_id: response.call_id().into(),
        tag,
        address: response.header(Name::From).unwrap_or_default().into(),
        flow,
        owns_call_id: true,
        ending_told: true,
    };
    let mut outputs = Vec::new();
    let mut hand = Hand { local: &mut local, context, out: &mut outputs };
    dismiss(&mut hand, response);
    out.extend(outputs.into_iter().filter_map(|output| match output {
        Output::Transact(input) => Some(input),
        Output::Event(_) => None,
    }));
}

//! One leg's dialog: RFC 3261 §12 to §15, RFC 3262, 3311, 4028, 6026, 6141; one file a verb.
//!
//! A [`Dialog`] is everything SIP about one leg, in either direction: as UAS from the INVITE, as UAC
//! with all the early dialogs that forking may open. It knows that a body is an offer or an answer
//! and whose turn it is, never what is in it. Above it the call speaks in [`Command`]s and hears
//! [`Event`]s; below it are the inputs of [`crate::transaction::Layer`].
//!
//! | state | file | left by |
//! | --- | --- | --- |
//! | `Incoming`: INVITE came, no final of ours | `incoming`, `provisional`, `prack` | answer, refusal, CANCEL, BYE |
//! | `Outgoing`: INVITE sent, no final heard | `outgoing`, `early`, `cancel` | 2xx, failure |
//! | `Confirmed`: answered | `answered`, `reinvite`, `update`, `info` | BYE of either side |
//! | `Leaving`: our BYE waits for an ACK or for its answer | `bye` | that |
//! | `Ended` | here | never |

mod ack;
mod answered;
mod auth;
pub mod body;
mod bye;
mod cancel;
mod early;
mod hand;
mod incoming;
mod info;
mod offer;
mod outgoing;
mod prack;
mod provisional;
mod reinvite;
mod request;
mod respond;
mod route;
pub mod session_timer;
mod stray;
mod update;
mod usage;
mod within;
mod words;
mod words_debug;

#[cfg(test)]
mod tests;

pub use stray::dismiss_stray_answer;
pub use within::unsupported;
pub use words::{
    Command, Context, DialogKey, Ending, Event, Headers, Input, Invite, OurOffer, Output, Policy,
};

use crate::base::{LegKey, Mono};
use crate::sip::Message;
use crate::transaction::ServerTx;
use crate::transport::{Flow, Listeners, Transport};
use hand::{Hand, Local};

/// The methods that we serve.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO";
/// The bodies that we take.
pub const ACCEPT: &str = "application/sdp";
/// The extensions that we have, as Supported says it.
pub const SUPPORTED: &str = "100rel, timer";
/// The same, one by one: what a Require may ask for.
pub const OPTIONS_WE_KNOW: [&str; 2] = ["100rel", "timer"];

/// Our Contact towards a peer: the address by which that peer reaches us.
#[must_use]
pub fn contact_value(listeners: &Listeners, flow: Flow) -> String {
    let address = listeners.advertised(flow.listener, flow.remote.ip());
    match flow.transport {
        Transport::Udp => format!("<sip:{address}>"),
        Transport::Tcp => format!("<sip:{address};transport=tcp>"),
    }
}

/// Where a leg stands.
enum State {
    /// UAS: no final response yet.
    Incoming(Box<incoming::Incoming>),
    /// UAC: no final response yet, or a CANCEL waits for it.
    Outgoing(Box<outgoing::Outgoing>),
    /// Answered.
    Confirmed(Box<answered::Answered>),
    /// Answered and being ended by us.
    Leaving(Box<answered::Answered>, bye::Farewell),
    /// Gone.
    Ended,
}

/// One leg's SIP side.
pub struct Dialog {
    local: Local,
    state: State,
}

impl Dialog {
    /// UAS: a leg from an INVITE that was found good (RFC checks done by `endpoint`). Nothing is
    /// sent yet; the layer sends 100 by itself. Whoever calls this tells the layer whose the
    /// transaction is ([`crate::transaction::Input::Own`]).
    #[must_use]
    pub fn incoming(
        leg: LegKey,
        tx: ServerTx,
        invite: &Message,
        flow: Flow,
        policy: Policy,
        context: &mut Context<'_>,
    ) -> Dialog {
        let (local, incoming) = incoming::begin(leg, tx, invite, flow, policy, context);
        Dialog { local, state: State::Incoming(Box::new(incoming)) }
    }

    /// UAC: sends the INVITE.
    #[must_use]
    pub fn outgoing(
        leg: LegKey,
        invite: Invite,
        policy: Policy,
        context: &mut Context<'_>,
        out: &mut Vec<Output>,
    ) -> Dialog {
        let (local, outgoing) = outgoing::begin(leg, invite, policy, context, out);
        Dialog { local, state: State::Outgoing(Box::new(outgoing)) }
    }

    /// Handles one input; what is to be done is appended to `out`.
    pub fn handle(&mut self, input: Input, context: &mut Context<'_>, out: &mut Vec<Output>) {
        let state = std::mem::replace(&mut self.state, State::Ended);
        let mut hand = Hand { local: &mut self.local, context, out };
        self.state = match state {
            State::Incoming(incoming) => incoming::handle(incoming, input, &mut hand),
            State::Outgoing(outgoing) => outgoing::handle(outgoing, input, &mut hand),
            State::Confirmed(answered) => answered::handle(answered, input, &mut hand),
            State::Leaving(answered, farewell) => bye::handle(answered, farewell, input, &mut hand),
            State::Ended => bye::handle_ended(input, &mut hand),
        };
    }

    /// When [`Input::Timeout`] is wanted next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        match &self.state {
            State::Incoming(incoming) => incoming.deadline(),
            State::Outgoing(outgoing) => outgoing.deadline(),
            State::Confirmed(answered) => answered.deadline(),
            State::Leaving(answered, farewell) => bye::deadline(answered, farewell),
            State::Ended => None,
        }
    }

    /// Under which key in-dialog requests find it.
    #[must_use]
    pub fn key(&self) -> DialogKey {
        DialogKey {
            call_id: self.local.call_id.clone(),
            local_tag: self.local.tag.as_bytes().into(),
        }
    }

    /// Whether the INVITE was answered with 2xx and the leg has not ended.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        matches!(self.state, State::Confirmed(_))
    }

    /// How far our offer is. Before the answer the INVITE's own exchange is under way.
    #[must_use]
    pub fn our_offer(&self) -> OurOffer {
        match &self.state {
            State::Confirmed(answered) => reinvite::our_offer(&answered.usage),
            State::Incoming(_) | State::Outgoing(_) => OurOffer::Out,
            State::Leaving(..) | State::Ended => OurOffer::None,
        }
    }

    /// Where the peer's signalling comes from.
    #[must_use]
    pub fn flow(&self) -> Flow {
        self.local.flow
    }
}

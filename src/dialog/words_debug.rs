//! How the words of a dialog print: by name, with numbers that help and without what people said,
//! dialled or are called. Bodies, headers and addresses stay out of logs.

use super::words::{Command, Event, Invite};
use super::{Dialog, State};
use std::fmt::{Debug, Formatter, Result};

impl Debug for Invite {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Invite")
            .field("flow", &self.flow)
            .field("max_forwards", &self.max_forwards)
            .field("offer", &self.offer.is_some())
            .finish_non_exhaustive()
    }
}

impl Debug for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Command::Progress { status, sdp, .. } => {
                write!(f, "Progress({status}, sdp: {})", sdp.is_some())
            }
            Command::Answer { sdp, .. } => write!(f, "Answer(sdp: {})", sdp.is_some()),
            Command::Refuse { status, .. } => write!(f, "Refuse({status})"),
            Command::End { status, .. } => write!(f, "End({status})"),
            Command::Offer { sdp } => write!(f, "Offer(sdp: {})", sdp.is_some()),
            Command::AnswerOffer { .. } => f.write_str("AnswerOffer"),
            Command::GiveOffer { .. } => f.write_str("GiveOffer"),
            Command::RefuseOffer { status, .. } => write!(f, "RefuseOffer({status})"),
            Command::Info { content_type, .. } => write!(f, "Info({content_type})"),
            Command::AnswerInfo { tx, status } => write!(f, "AnswerInfo({tx:?}, {status})"),
        }
    }
}

impl Debug for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Event::Progress { status, sdp, early, .. } => {
                write!(f, "Progress({status}, sdp: {}, early: {early})", sdp.is_some())
            }
            Event::Answered { sdp, early, .. } => {
                write!(f, "Answered(sdp: {}, early: {early:?})", sdp.is_some())
            }
            Event::Acked { sdp } => write!(f, "Acked(sdp: {})", sdp.is_some()),
            Event::Answer { .. } => f.write_str("Answer"),
            Event::OfferFailed { status } => write!(f, "OfferFailed({status})"),
            Event::Offer { .. } => f.write_str("Offer"),
            Event::OfferWanted => f.write_str("OfferWanted"),
            Event::Refreshed => f.write_str("Refreshed"),
            Event::Info { tx, .. } => write!(f, "Info({tx:?})"),
            Event::Ignored(what) => write!(f, "Ignored({what})"),
            Event::Ending(ending) => write!(f, "Ending({ending:?})"),
            Event::Ended => f.write_str("Ended"),
        }
    }
}

impl Debug for Dialog {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let state = match &self.state {
            State::Incoming(_) => "Incoming",
            State::Outgoing(_) => "Outgoing",
            State::Confirmed(_) => "Confirmed",
            State::Leaving(..) => "Leaving",
            State::Ended => "Ended",
        };
        f.debug_struct("Dialog").field("leg", &self.local.leg).field("state", &state).finish()
    }
}

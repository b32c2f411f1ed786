//! The INVITE server transaction: RFC 3261 §17.2.1 as changed by RFC 6026 §7.1 (Accepted).
//!
//! RFC 3261's Proceeding is two states here: `Silent` until the first response, because only then
//! the request itself is needed (for the 100 of our own), and `Proceeding` with what was said last.

use super::server::Event;
use super::timers::{Context, Timer};
use super::{Output, compose};
use crate::base::limits::{T1_64, T2, T4, TRYING};
use bytes::Bytes;
use std::time::Duration;

/// Where an INVITE to us stands.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Told, nothing said yet: 100 Trying goes out at the timer `Trying`.
    Silent {
        /// The INVITE.
        request: Bytes,
    },
    /// A provisional was said; a repeat gets it again.
    Proceeding {
        /// The last provisional.
        last: Bytes,
    },
    /// Refused: repeated on UDP (G) until the ACK or H.
    Completed {
        /// The refusal.
        response: Bytes,
        /// The time to the next repeat but one.
        gap: Duration,
    },
    /// The refusal was acknowledged, over UDP: repeats are absorbed until I.
    Confirmed,
    /// Answered: the dialog repeats the 2xx, repeats of the INVITE are absorbed until L.
    Accepted,
    /// Gone.
    #[default]
    Terminated,
}

impl State {
    /// Takes an INVITE.
    pub(super) fn start(request: Bytes, cx: &mut Context<'_, '_>) -> State {
        cx.arm(Timer::Trying, TRYING);
        State::Silent { request }
    }

    /// The last response sent that is still stored.
    pub(super) fn stored(&self) -> Option<&Bytes> {
        match self {
            State::Proceeding { last } => Some(last),
            State::Completed { response, .. } => Some(response),
            State::Silent { .. } | State::Confirmed | State::Accepted | State::Terminated => None,
        }
    }

    /// Whether an ACK would be for a stored refusal.
    pub(super) fn awaits_ack(&self) -> bool {
        matches!(self, State::Completed { .. })
    }

    /// One step.
    pub(super) fn step(self, event: Event, cx: &mut Context<'_, '_>) -> State {
        use State::{Accepted, Completed, Confirmed, Proceeding, Silent, Terminated};
        match (self, event) {
            (Silent { .. } | Proceeding { .. }, Event::Trying(last) | Event::Provisional(last)) => {
                cx.disarm(Timer::Trying);
                cx.send(&last);
                Proceeding { last }
            }
            (Silent { .. } | Proceeding { .. }, Event::Success(bytes)) => {
                cx.send(&bytes);
                cx.linger(Timer::L, T1_64);
                Accepted
            }
            (Silent { .. } | Proceeding { .. }, Event::Refusal { bytes, .. }) => refuse(bytes, cx),
            (Accepted, Event::Success(bytes)) => {
                cx.send(&bytes);
                Accepted
            }
            (Proceeding { last }, Event::Repeat) => {
                cx.send(&last);
                Proceeding { last }
            }
            (Completed { response, gap }, Event::Repeat) => {
                cx.send(&response);
                Completed { response, gap }
            }
            (Completed { .. }, Event::Ack { .. }) => {
                if cx.lingers_for_repeats(Timer::I, T4) {
                    Confirmed
                } else {
                    Terminated
                }
            }
            (Accepted, Event::Ack { message, flow }) => {
                cx.env.out.push(Output::Ack { message, flow });
                Accepted
            }
            (state @ (Silent { .. } | Proceeding { .. }), Event::Cancel(message)) => {
                let (tx, owner) = (cx.place.into(), *cx.owner);
                cx.env.out.push(Output::Cancelled { tx, owner, message });
                state
            }
            // Whoever should have answered is gone: not for ever.
            (state @ (Silent { .. } | Proceeding { .. }), Event::Disowned) => {
                cx.arm(Timer::Unanswered, T1_64);
                state
            }
            (state, Event::Timer(timer)) => state.timer(timer, cx),
            (state @ (Silent { .. } | Confirmed | Accepted), Event::Repeat)
            | (state @ (Silent { .. } | Proceeding { .. } | Confirmed), Event::Ack { .. })
            | (
                state @ (Completed { .. } | Confirmed | Accepted),
                Event::Trying(_)
                | Event::Provisional(_)
                | Event::Refusal { .. }
                | Event::Cancel(_)
                | Event::Disowned,
            )
            | (state @ (Completed { .. } | Confirmed), Event::Success(_)) => state,
            (
                Terminated,
                Event::Repeat
                | Event::Trying(_)
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Refusal { .. }
                | Event::Ack { .. }
                | Event::Cancel(_)
                | Event::Disowned,
            ) => Terminated,
        }
    }

    fn timer(self, timer: Timer, cx: &mut Context<'_, '_>) -> State {
        match (self, timer) {
            (State::Silent { request }, Timer::Trying) => match compose::trying(&request) {
                Some(last) => {
                    cx.send(&last);
                    State::Proceeding { last }
                }
                // It was scanned before it came here, so this does not happen.
                None => State::Silent { request },
            },
            (State::Completed { response, gap }, Timer::G) => {
                cx.send(&response);
                cx.arm(Timer::G, gap);
                State::Completed { response, gap: (gap * 2).min(T2) }
            }
            (State::Completed { .. }, Timer::H) => {
                cx.env.out.push(Output::NoAck { owner: *cx.owner });
                State::Terminated
            }
            (State::Silent { .. } | State::Proceeding { .. }, Timer::Unanswered)
            | (State::Confirmed, Timer::I)
            | (State::Accepted, Timer::L) => State::Terminated,
            // A timer is disarmed when its state is left, so no other pair happens.
            (
                state,
                Timer::A
                | Timer::B
                | Timer::AfterCancel
                | Timer::D
                | Timer::M
                | Timer::Late
                | Timer::E
                | Timer::F
                | Timer::K
                | Timer::Trying
                | Timer::Unanswered
                | Timer::G
                | Timer::H
                | Timer::I
                | Timer::L
                | Timer::J,
            ) => state,
        }
    }
}

fn refuse(response: Bytes, cx: &mut Context<'_, '_>) -> State {
    cx.disarm_all();
    let gap = cx.send_until_heard(&response, Timer::G, Timer::H);
    State::Completed { response, gap }
}

//! The non-INVITE server transaction: RFC 3261 §17.2.2 as changed by RFC 4320.
//!
//! RFC 4320 §4.1: no provisional but 100, and on UDP that not before the client's repeats have
//! slowed down to T2. §4.2: 408 is never sent; who cannot answer in time says nothing. That the
//! layer sends such a late 100 by itself is left out on purpose: everything of ours answers at once.

use super::server::Event;
use super::timers::{Context, Timer};
use crate::base::Mono;
use crate::base::limits::{T1, T1_64};
use bytes::Bytes;
use std::time::Duration;

/// When a client's timer E has reached T2: after T1, 2·T1 and 4·T1.
const SLOWED_DOWN: Duration = T1.saturating_mul(7);

/// Where a request to us other than INVITE stands.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Told, nothing said; repeats are absorbed. Dropped unanswered at 64·T1.
    Trying {
        /// When it came.
        since: Mono,
    },
    /// 100 was said; repeats get it again. Dropped unanswered at 64·T1.
    Proceeding {
        /// The 100.
        last: Bytes,
    },
    /// Answered over UDP; repeats get the answer again until J.
    Completed {
        /// The final response.
        response: Bytes,
    },
    /// Given up with a 408 that must not be sent; repeats are absorbed until J.
    GivenUp,
    /// Gone.
    #[default]
    Terminated,
}

impl State {
    /// Takes a request.
    pub(super) fn start(cx: &mut Context<'_, '_>) -> State {
        cx.arm(Timer::Unanswered, T1_64);
        State::Trying { since: cx.env.now }
    }

    /// One step.
    pub(super) fn step(self, event: Event, cx: &mut Context<'_, '_>) -> State {
        use State::{Completed, GivenUp, Proceeding, Terminated, Trying};
        match (self, event) {
            (Trying { since }, Event::Trying(last)) => {
                if !cx.is_reliable() && cx.env.now < since + SLOWED_DOWN {
                    return Trying { since };
                }
                cx.send(&last);
                Proceeding { last }
            }
            (Proceeding { .. }, Event::Trying(last)) => {
                cx.send(&last);
                Proceeding { last }
            }
            (Trying { .. } | Proceeding { .. }, Event::Success(response)) => complete(response, cx),
            (Trying { .. } | Proceeding { .. }, Event::Refusal { status: 408, .. }) => {
                cx.linger(Timer::J, T1_64);
                GivenUp
            }
            (Trying { .. } | Proceeding { .. }, Event::Refusal { bytes, .. }) => {
                complete(bytes, cx)
            }
            (Proceeding { last }, Event::Repeat) => {
                cx.send(&last);
                Proceeding { last }
            }
            (Completed { response }, Event::Repeat) => {
                cx.send(&response);
                Completed { response }
            }
            (state, Event::Timer(timer)) => state.timer(timer),
            (state @ (Trying { .. } | GivenUp), Event::Repeat)
            | (state @ (Trying { .. } | Proceeding { .. }), Event::Provisional(_))
            | (
                state @ (Completed { .. } | GivenUp),
                Event::Trying(_)
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Refusal { .. },
            )
            | (
                state @ (Trying { .. } | Proceeding { .. } | Completed { .. } | GivenUp),
                Event::Disowned,
            ) => state,
            // ACK and CANCEL are only ever matched to an INVITE.
            (state, Event::Ack { .. } | Event::Cancel(_)) => state,
            (
                Terminated,
                Event::Repeat
                | Event::Trying(_)
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Refusal { .. }
                | Event::Disowned,
            ) => Terminated,
        }
    }

    fn timer(self, timer: Timer) -> State {
        match (self, timer) {
            (State::Trying { .. } | State::Proceeding { .. }, Timer::Unanswered)
            | (State::Completed { .. } | State::GivenUp, Timer::J) => State::Terminated,
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

fn complete(response: Bytes, cx: &mut Context<'_, '_>) -> State {
    cx.send(&response);
    match cx.lingers_for_repeats(Timer::J, T1_64) {
        true => State::Completed { response },
        false => State::Terminated,
    }
}

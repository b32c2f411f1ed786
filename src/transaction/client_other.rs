//! The non-INVITE client transaction: RFC 3261 §17.1.2.

use super::client::{Event, tell_failure};
use super::timers::{Context, Timer};
use super::{ClientTx, Failure};
use crate::base::limits::{T2, T4};
use bytes::Bytes;
use std::time::Duration;

/// Where a request of ours other than INVITE stands. The request is kept while it is repeated.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Sent, nothing heard: repeated on UDP (E), given up at F.
    Trying {
        /// The request.
        request: Bytes,
        /// The time to the next repeat but one.
        gap: Duration,
    },
    /// A provisional was heard: repeated each T2 on UDP, given up at F.
    Proceeding {
        /// The request.
        request: Bytes,
    },
    /// Its final came over UDP: repeats of it are absorbed until K.
    Completed,
    /// Gone.
    #[default]
    Terminated,
}

impl State {
    /// Sends the request.
    pub(super) fn start(request: Bytes, cx: &mut Context<'_, '_>) -> State {
        let gap = cx.send_until_heard(&request, Timer::E, Timer::F);
        State::Trying { request, gap }
    }

    /// Whether a failure of the transport may end it.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self, State::Trying { .. } | State::Proceeding { .. })
    }

    /// One step.
    pub(super) fn step(self, event: Event, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
        use State::{Completed, Proceeding, Terminated, Trying};
        match (self, event) {
            (Trying { request, .. } | Proceeding { request }, Event::Trying) => {
                Proceeding { request }
            }
            (Trying { request, .. } | Proceeding { request }, Event::Provisional(heard)) => {
                heard.tell(key, cx);
                Proceeding { request }
            }
            (Trying { .. } | Proceeding { .. }, Event::Success(heard) | Event::Refusal(heard)) => {
                heard.tell(key, cx);
                if cx.lingers_for_repeats(Timer::K, T4) { Completed } else { Terminated }
            }
            (Trying { .. }, Event::TransportFailed) => fail(Failure::Transport, key, cx),
            // An ICMP error of an earlier repeat says nothing about a peer that was heard.
            (Proceeding { request }, Event::TransportFailed) => match cx.is_reliable() {
                true => fail(Failure::Transport, key, cx),
                false => Proceeding { request },
            },
            (state, Event::Timer(timer)) => state.timer(timer, key, cx),
            (
                Completed,
                Event::Trying
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Refusal(_)
                | Event::TransportFailed,
            ) => Completed,
            // Only an INVITE is cancelled; without an owner F bounds the rest.
            (
                state @ (Trying { .. } | Proceeding { .. } | Completed),
                Event::Cancelling | Event::Disowned,
            ) => state,
            (
                Terminated,
                Event::Trying
                | Event::Provisional(_)
                | Event::Success(_)
                | Event::Refusal(_)
                | Event::TransportFailed
                | Event::Cancelling
                | Event::Disowned,
            ) => Terminated,
        }
    }

    fn timer(self, timer: Timer, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
        match (self, timer) {
            (State::Trying { request, gap }, Timer::E) => {
                cx.send(&request);
                cx.arm(Timer::E, gap);
                State::Trying { request, gap: (gap * 2).min(T2) }
            }
            (State::Proceeding { request }, Timer::E) => {
                cx.send(&request);
                cx.arm(Timer::E, T2);
                State::Proceeding { request }
            }
            (State::Trying { .. } | State::Proceeding { .. }, Timer::F) => {
                fail(Failure::TimedOut, key, cx)
            }
            (State::Completed, Timer::K) => State::Terminated,
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

fn fail(why: Failure, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    tell_failure(why, key, cx);
    State::Terminated
}

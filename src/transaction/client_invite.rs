//! The INVITE client transaction: RFC 3261 §17.1.1 as changed by RFC 6026 §7.2 (Accepted).
//!
//! One state is ours: `Failed` follows a time-out or transport error. The owner has been told, but
//! an answer that comes late all the same must be acknowledged and hung up (TXN-10), and a late
//! refusal acknowledged.

use super::client::{Event, Heard};
use super::timers::{Context, Timer};
use super::{ClientTx, Failure, Output, compose};
use crate::base::limits::{T1, T1_64, TIMER_D};
use bytes::Bytes;
use std::time::Duration;

/// Where an INVITE of ours stands. The request is kept as long as an ACK may have to be made of it.
#[derive(Debug, Default)]
pub(super) enum State {
    /// Sent, nothing heard: repeated on UDP (A), given up at B.
    Calling {
        /// The INVITE.
        request: Bytes,
        /// The time to the next repeat but one.
        gap: Duration,
    },
    /// A provisional was heard: nothing is repeated, and the ring time is the dialog's affair.
    Proceeding {
        /// The INVITE.
        request: Bytes,
    },
    /// Refused over UDP: each repeat gets the same ACK until D.
    Completed {
        /// The ACK.
        ack: Bytes,
    },
    /// Answered: further 2xx are told until M.
    Accepted,
    /// Given up: late answers are looked out for until the timer `Late`.
    Failed {
        /// The INVITE.
        request: Bytes,
    },
    /// Gone.
    #[default]
    Terminated,
}

impl State {
    /// Sends the INVITE.
    pub(super) fn start(request: Bytes, cx: &mut Context<'_, '_>) -> State {
        cx.send(&request);
        if !cx.is_reliable() {
            cx.arm(Timer::A, T1);
        }
        cx.arm(Timer::B, T1_64);
        State::Calling { request, gap: T1 * 2 }
    }

    /// Whether a failure of the transport may end it.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self, State::Calling { .. } | State::Proceeding { .. })
    }

    /// One step.
    pub(super) fn step(self, event: Event, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
        use State::{Accepted, Calling, Completed, Failed, Proceeding, Terminated};
        match (self, event) {
            (Calling { request, .. }, Event::Trying) => proceed(request, key, cx),
            (Calling { request, .. }, Event::Provisional(heard)) => {
                let next = proceed(request, key, cx);
                heard.tell(key, cx);
                next
            }
            (Proceeding { request }, Event::Provisional(heard)) => {
                heard.tell(key, cx);
                Proceeding { request }
            }
            (Calling { .. } | Proceeding { .. } | Failed { .. }, Event::Success(heard)) => {
                heard.tell_answer(key, cx);
                cx.disarm_all();
                cx.arm(Timer::M, T1_64);
                Accepted
            }
            (Accepted, Event::Success(heard)) => {
                heard.tell_answer(key, cx);
                Accepted
            }
            // Refused first and answered then, by a peer that forks badly: nobody is left in dead air.
            (Completed { ack }, Event::Success(heard)) => {
                heard.tell_stray(cx);
                Completed { ack }
            }
            (
                Calling { request, .. } | Proceeding { request } | Failed { request },
                Event::Refusal(heard),
            ) => refuse(&request, heard, key, cx),
            (Completed { ack }, Event::Refusal(_)) => {
                cx.send(&ack);
                Completed { ack }
            }
            (Calling { request, .. }, Event::TransportFailed) => {
                fail(request, Failure::Transport, key, cx)
            }
            // An ICMP error of an earlier repeat says nothing about a peer that was heard.
            (Proceeding { request }, Event::TransportFailed) => match cx.is_reliable() {
                true => fail(request, Failure::Transport, key, cx),
                false => Proceeding { request },
            },
            (state @ (Calling { .. } | Proceeding { .. }), Event::Cancelling | Event::Disowned) => {
                if !cx.armed.has(Timer::AfterCancel) {
                    cx.arm(Timer::AfterCancel, T1_64);
                }
                state
            }
            (state, Event::Timer(timer)) => state.timer(timer, key, cx),
            (
                state @ (Proceeding { .. } | Completed { .. } | Accepted | Failed { .. }),
                Event::Trying,
            )
            | (state @ (Completed { .. } | Accepted | Failed { .. }), Event::Provisional(_))
            | (state @ Accepted, Event::Refusal(_))
            | (
                state @ (Completed { .. } | Accepted | Failed { .. }),
                Event::TransportFailed | Event::Cancelling | Event::Disowned,
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
            (State::Calling { request, gap }, Timer::A) => {
                cx.send(&request);
                cx.arm(Timer::A, gap);
                State::Calling { request, gap: gap * 2 }
            }
            (State::Calling { request, .. }, Timer::B | Timer::AfterCancel)
            | (State::Proceeding { request }, Timer::AfterCancel) => {
                fail(request, Failure::TimedOut, key, cx)
            }
            (State::Completed { .. }, Timer::D)
            | (State::Accepted, Timer::M)
            | (State::Failed { .. }, Timer::Late) => State::Terminated,
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

/// The first provisional: the repeating stops, and so does timer B.
fn proceed(request: Bytes, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    cx.disarm(Timer::A);
    cx.disarm(Timer::B);
    match *cx.owner {
        Some(owner) => cx.env.out.push(Output::Proceeding { tx: key, owner }),
        // Nobody watches how long it rings.
        None if !cx.armed.has(Timer::AfterCancel) => cx.arm(Timer::AfterCancel, T1_64),
        None => {}
    }
    State::Proceeding { request }
}

/// Acknowledges a refusal and tells it.
fn refuse(request: &Bytes, heard: Heard, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    cx.disarm_all();
    let ack = compose::ack(request, &heard.message);
    if let Some(ack) = &ack {
        cx.send(ack);
    }
    heard.tell(key, cx);
    match ack {
        Some(ack) if !cx.is_reliable() => {
            cx.arm(Timer::D, TIMER_D);
            State::Completed { ack }
        }
        Some(_) | None => State::Terminated,
    }
}

/// Tells the failure, once, and looks out for what may still come.
fn fail(request: Bytes, why: Failure, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    if let Some(owner) = cx.owner.take() {
        cx.env.out.push(Output::Failed { tx: key, owner, why });
    }
    cx.disarm_all();
    cx.arm(Timer::Late, T1_64);
    State::Failed { request }
}

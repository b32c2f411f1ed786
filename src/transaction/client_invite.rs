//! The INVITE client transaction: RFC 3261 §17.1.1 as changed by RFC 6026 §7.2 (Accepted).
//!
//! One state is ours: `Failed` follows a time-out or transport error. The owner has been told, but
//! an answer that comes late all the same must be acknowledged and hung up (TXN-10), a late refusal
//! acknowledged, and a phone that begins to ring cancelled (CAN-04). So is one whose owner gave it up
//! before it was heard of.

use super::client::{Event, Heard, tell_failure};
use super::timers::{Context, Timer};
use super::{ClientTx, Failure, Output, compose};
use crate::base::limits::{T1_64, TIMER_D};
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
        /// 2xx told as strays.
        strays: usize,
    },
    /// Answered: further 2xx are told until M.
    Accepted {
        /// 2xx told as strays.
        strays: usize,
    },
    /// Given up: late answers are looked out for until the timer `Late`.
    Failed {
        /// The INVITE.
        request: Bytes,
        /// A CANCEL went out for it; one is enough.
        cancelled: bool,
    },
    /// Gone.
    #[default]
    Terminated,
}

impl State {
    /// Sends the INVITE.
    pub(super) fn start(request: Bytes, cx: &mut Context<'_, '_>) -> State {
        let gap = cx.send_until_heard(&request, Timer::A, Timer::B);
        State::Calling { request, gap }
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
                let strays = heard.tell_answer(0, key, cx);
                cx.linger(Timer::M, T1_64);
                Accepted { strays }
            }
            (Accepted { strays }, Event::Success(heard)) => {
                Accepted { strays: heard.tell_answer(strays, key, cx) }
            }
            // Refused first and answered then, by a peer that forks badly: nobody is left in dead air.
            (Completed { ack, strays }, Event::Success(heard)) => {
                Completed { ack, strays: heard.tell_stray(strays, cx) }
            }
            (Failed { request, cancelled: false }, Event::Trying | Event::Provisional(_)) => {
                cx.cancel = compose::cancel(&request);
                Failed { request, cancelled: true }
            }
            (
                Calling { request, .. } | Proceeding { request } | Failed { request, .. },
                Event::Refusal(heard),
            ) => refuse(&request, heard, key, cx),
            (Completed { ack, strays }, Event::Refusal(_)) => {
                cx.send(&ack);
                Completed { ack, strays }
            }
            (Calling { request, .. }, Event::TransportFailed) => {
                fail(Failure::Transport, key, cx);
                Failed { request, cancelled: false }
            }
            // An ICMP error of an earlier repeat says nothing about a peer that was heard, nor does the
            // end of a connection: a response comes over a new one (RFC 3261 §18.2.2), and the ring time
            // bounds the wait.
            (Proceeding { request }, Event::TransportFailed) => Proceeding { request },
            (state @ (Calling { .. } | Proceeding { .. }), Event::Cancelling) => {
                cx.arm(Timer::AfterCancel, T1_64);
                state
            }
            (state @ (Calling { .. } | Proceeding { .. }), Event::Disowned) => {
                if !cx.armed.has(Timer::AfterCancel) {
                    cx.arm(Timer::AfterCancel, T1_64);
                }
                state
            }
            (state, Event::Timer(timer)) => state.timer(timer, key, cx),
            (
                state @ (Proceeding { .. }
                | Completed { .. }
                | Accepted { .. }
                | Failed { cancelled: true, .. }),
                Event::Trying,
            )
            | (
                state @ (Completed { .. } | Accepted { .. } | Failed { cancelled: true, .. }),
                Event::Provisional(_),
            )
            | (state @ Accepted { .. }, Event::Refusal(_))
            | (
                state @ (Completed { .. } | Accepted { .. } | Failed { .. }),
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
            (State::Calling { request, .. }, Timer::B | Timer::AfterCancel) => {
                fail(Failure::TimedOut, key, cx);
                State::Failed { request, cancelled: false }
            }
            // Who is heard of is cancelled before it is waited for no more.
            (State::Proceeding { request }, Timer::AfterCancel) => {
                fail(Failure::TimedOut, key, cx);
                State::Failed { request, cancelled: true }
            }
            (State::Completed { .. }, Timer::D)
            | (State::Accepted { .. }, Timer::M)
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

/// The first provisional: the repeating stops, and so does timer B. What nobody waits for any more is
/// cancelled: before a provisional it could not be (RFC 3261 §9.1).
fn proceed(request: Bytes, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    cx.disarm(Timer::A);
    cx.disarm(Timer::B);
    match *cx.owner {
        Some(owner) => cx.env.out.push(Output::Proceeding { tx: key, owner }),
        None => cx.cancel = compose::cancel(&request),
    }
    State::Proceeding { request }
}

/// Acknowledges a refusal and tells it.
fn refuse(request: &Bytes, heard: Heard, key: ClientTx, cx: &mut Context<'_, '_>) -> State {
    let ack = compose::ack(request, &heard.message);
    if let Some(ack) = &ack {
        cx.send(ack);
    }
    heard.tell(key, cx);
    match ack {
        Some(ack) if cx.lingers_for_repeats(Timer::D, TIMER_D) => {
            State::Completed { ack, strays: 0 }
        }
        Some(_) | None => State::Terminated,
    }
}

/// Tells the failure and looks out for what may still come.
fn fail(why: Failure, key: ClientTx, cx: &mut Context<'_, '_>) {
    tell_failure(why, key, cx);
    cx.linger(Timer::Late, T1_64);
}

//! The timers of RFC 3261 §17 (table 4), RFC 6026 and our own bounds, and what a transaction has
//! armed of them.

use super::Output;
use super::table::Place;
use crate::base::limits::{T1, T1_64};
use crate::base::wheel::{TimerId, Wheel};
use crate::base::{LegKey, Mono};
use crate::transport::Flow;
use bytes::Bytes;
use smallvec::SmallVec;
use std::time::Duration;

/// What can become due, named as in the RFCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Client INVITE: the next repeat, on UDP (§17.1.1.2).
    A,
    /// Client INVITE: nothing heard at all; 64·T1.
    B,
    /// Client INVITE: no final 64·T1 after our CANCEL (§9.1), or after its owner went.
    AfterCancel,
    /// Client INVITE: repeats of a refusal are acknowledged until then, on UDP.
    D,
    /// Client INVITE: further 2xx are told until then (RFC 6026 §7.2).
    M,
    /// Client INVITE that failed: a late answer is noticed until then; 64·T1 (TXN-10).
    Late,
    /// Client non-INVITE: the next repeat, on UDP (§17.1.2.2).
    E,
    /// Client non-INVITE: no final; 64·T1.
    F,
    /// Client non-INVITE: repeats of the final are absorbed until then, on UDP; T4.
    K,
    /// Server INVITE: nothing said yet, so 100 is (§17.2.1); 200 ms.
    Trying,
    /// Server: nobody will answer any more; 64·T1.
    Unanswered,
    /// Server INVITE: the refusal again, on UDP.
    G,
    /// Server INVITE: the refusal was not acknowledged; 64·T1.
    H,
    /// Server INVITE: repeats of the ACK are absorbed until then, on UDP; T4.
    I,
    /// Server INVITE answered: its repeats are absorbed until then; 64·T1 (RFC 6026 §7.1).
    L,
    /// Server non-INVITE: repeats get the stored response until then, on UDP; 64·T1.
    J,
}

impl Timer {
    /// Whether nothing is sent or told when it comes: the transaction is only forgotten.
    fn only_forgets(self) -> bool {
        match self {
            Timer::D | Timer::M | Timer::Late | Timer::K | Timer::I | Timer::L | Timer::J => true,
            Timer::A
            | Timer::B
            | Timer::AfterCancel
            | Timer::E
            | Timer::F
            | Timer::Trying
            | Timer::Unanswered
            | Timer::G
            | Timer::H => false,
        }
    }
}

/// The armed timers: apart those that only forget, for which nobody needs to wake on time.
#[derive(Default)]
pub(super) struct Wheels {
    acting: Wheel<Due>,
    forgetting: Wheel<Due>,
}

impl Wheels {
    fn of(&mut self, timer: Timer) -> &mut Wheel<Due> {
        if timer.only_forgets() { &mut self.forgetting } else { &mut self.acting }
    }

    /// Appends what is due at `now`.
    pub(super) fn expire(&mut self, now: Mono, due: &mut Vec<Due>) {
        self.acting.expire(now, due);
        self.forgetting.expire(now, due);
    }

    /// When the first is due.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let deadlines = [self.acting.next_deadline(), self.forgetting.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// The same, with those that only forget rounded up to `grain`.
    pub(super) fn next_wake(&self, grain: Duration) -> Option<Mono> {
        let grain = (grain.as_micros() as u64).max(1);
        let rounded = |Mono(at): Mono| Mono(at.div_ceil(grain).saturating_mul(grain));
        let forgetting = self.forgetting.next_deadline().map(rounded);
        [self.acting.next_deadline(), forgetting].into_iter().flatten().min()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.acting.len() + self.forgetting.len()
    }
}

/// The wheel's key: which timer of which transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) side: Side,
    pub(super) place: Place,
    pub(super) timer: Timer,
}

/// In which of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// The timers that a transaction has armed: two as a rule, three at most.
#[derive(Debug, Default)]
pub(super) struct Armed(SmallVec<[(Timer, TimerId); 2]>);

impl Armed {
    pub(super) fn has(&self, timer: Timer) -> bool {
        self.0.iter().any(|(armed, _)| *armed == timer)
    }

    /// Takes out a timer that has come; false if it was disarmed in the meantime.
    pub(super) fn fired(&mut self, timer: Timer) -> bool {
        let position = self.0.iter().position(|(armed, _)| *armed == timer);
        position.map(|at| self.0.swap_remove(at)).is_some()
    }
}

/// What all transactions share while one input is handled.
pub(super) struct Env<'a> {
    pub(super) now: Mono,
    pub(super) wheels: &'a mut Wheels,
    pub(super) out: &'a mut Vec<Output>,
}

/// What a machine may touch beside its own state.
pub(super) struct Context<'a, 'e> {
    pub(super) env: &'a mut Env<'e>,
    pub(super) armed: &'a mut Armed,
    pub(super) side: Side,
    pub(super) place: Place,
    /// Where this transaction's messages go.
    pub(super) flow: Flow,
    /// Who is told; a machine clears it when there is nothing left to tell.
    pub(super) owner: &'a mut Option<LegKey>,
    /// A CANCEL that the machine wants sent for its INVITE, in a transaction of its own.
    pub(super) cancel: Option<Bytes>,
}

impl Context<'_, '_> {
    /// Puts bytes out to the transaction's flow; the bytes are shared, not copied.
    pub(super) fn send(&mut self, bytes: &Bytes) {
        self.env.out.push(Output::Send { flow: self.flow, bytes: bytes.clone() });
    }

    /// Arms a timer; one of that name which is armed already is armed anew.
    pub(super) fn arm(&mut self, timer: Timer, after: Duration) {
        self.disarm(timer);
        let due = Due { side: self.side, place: self.place, timer };
        let id = self.env.wheels.of(timer).arm(due, self.env.now + after);
        self.armed.0.push((timer, id));
    }

    pub(super) fn disarm(&mut self, timer: Timer) {
        if let Some(at) = self.armed.0.iter().position(|(armed, _)| *armed == timer) {
            let (_, id) = self.armed.0.swap_remove(at);
            self.env.wheels.of(timer).disarm(id);
        }
    }

    /// Disarms whatever is armed: the state that armed it is left.
    pub(super) fn disarm_all(&mut self) {
        for (timer, id) in self.armed.0.drain(..) {
            self.env.wheels.of(timer).disarm(id);
        }
    }

    /// Sends what goes out again until its peer is heard: over UDP first after T1, by the timer `again`.
    /// At 64·T1 the timer `give_up` comes. Gives the gap behind the first repeat.
    pub(super) fn send_until_heard(
        &mut self,
        bytes: &Bytes,
        again: Timer,
        give_up: Timer,
    ) -> Duration {
        self.send(bytes);
        if !self.is_reliable() {
            self.arm(again, T1);
        }
        self.arm(give_up, T1_64);
        T1 * 2
    }

    /// Nothing is waited for any more but what may still come late, until this timer.
    pub(super) fn linger(&mut self, timer: Timer, wait: Duration) {
        self.disarm_all();
        self.arm(timer, wait);
    }

    /// The same where only repeats may come, which are UDP's: over TCP it is false, and the transaction
    /// can go.
    pub(super) fn lingers_for_repeats(&mut self, timer: Timer, wait: Duration) -> bool {
        if !self.is_reliable() {
            self.linger(timer, wait);
        }
        !self.is_reliable()
    }

    /// Whether the transport repeats nothing.
    pub(super) fn is_reliable(&self) -> bool {
        self.flow.transport.is_reliable()
    }
}

//! The router's desk: one pure machine behind a lock that nobody waits for.
//!
//! A worker posts its input and tries the lock; whoever gets it drains the queue in its order, hands
//! the outputs to their workers, and looks once more. With one worker nothing hops. The queue's order
//! is the router's order of inputs.

use crate::base::{Mono, WorkerId};
use crate::io::clock::Clock;
use crate::io::sip::Inboxes;
use crate::router::{Input, Router};
use crate::worker;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// No deadline.
const NEVER: u64 = u64::MAX;

/// The router of the node and the queue before it. The queue is bounded by what posts: each call has
/// at most a few inputs under way.
#[derive(Debug)]
pub struct Desk {
    queue: Mutex<VecDeque<Input>>,
    router: Mutex<Router>,
    deadline: AtomicU64,
    inboxes: Inboxes,
    clock: Clock,
}

impl Desk {
    /// A desk for this router.
    #[must_use]
    pub fn new(router: Router, inboxes: Inboxes, clock: Clock) -> Desk {
        Desk {
            queue: Mutex::new(VecDeque::new()),
            router: Mutex::new(router),
            deadline: AtomicU64::new(NEVER),
            inboxes,
            clock,
        }
    }

    /// Posts an input from `worker` (none: a thread that is no worker's) and works the queue off if
    /// nobody does. What is for that worker is appended to `own`, the rest goes to the inboxes.
    pub fn post(&self, input: Input, worker: Option<WorkerId>, own: &mut VecDeque<worker::Input>) {
        lock(&self.queue).push_back(input);
        self.attend(worker, own);
    }

    /// Works the queue off unless somebody else is at it.
    fn attend(&self, worker: Option<WorkerId>, own: &mut VecDeque<worker::Input>) {
        loop {
            let mut router = match self.router.try_lock() {
                Ok(router) => router,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Whoever holds it looks into the queue once more before leaving.
                Err(TryLockError::WouldBlock) => return,
            };
            self.work_off(&mut router, worker, own);
            drop(router);
            if lock(&self.queue).is_empty() {
                return;
            }
        }
    }

    fn work_off(
        &self,
        router: &mut Router,
        worker: Option<WorkerId>,
        own: &mut VecDeque<worker::Input>,
    ) {
        let mut said = Vec::new();
        loop {
            let Some(input) = lock(&self.queue).pop_front() else { break };
            router.handle(input, self.clock.now(), &mut said);
            for output in said.drain(..) {
                let to = output.contact().worker();
                let input = worker::Input::Router(output);
                if Some(to) == worker {
                    own.push_back(input);
                } else {
                    self.inboxes.post(to, input);
                }
            }
        }
        let deadline = router.next_deadline().map_or(NEVER, |d| d.0);
        self.deadline.store(deadline, Ordering::Release);
    }

    /// When [`Desk::on_deadline`] is wanted.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        let deadline = self.deadline.load(Ordering::Acquire);
        (deadline != NEVER).then_some(Mono(deadline))
    }

    /// The deadline has come; whichever worker sees it first tells the router.
    pub fn on_deadline(&self, worker: WorkerId, own: &mut VecDeque<worker::Input>) {
        // Taken away first, so that another worker does not tell it as well.
        let due = self.deadline.swap(NEVER, Ordering::AcqRel);
        if due != NEVER {
            self.post(Input::Timeout, Some(worker), own);
        }
    }

    /// Looks at the router, for the API. Waits for whoever is at the desk; what was posted meanwhile
    /// is worked off, since whoever posted it found the desk taken and went away.
    pub fn look<T>(&self, look: impl FnOnce(&Router) -> T) -> T {
        let seen = look(&lock(&self.router));
        if !lock(&self.queue).is_empty() {
            self.attend(None, &mut VecDeque::new());
            // The router's next deadline may have moved: a worker has to see it.
            self.inboxes.post(WorkerId(0), worker::Input::Timeout);
        }
        seen
    }
}

/// A thread that panicked at the desk left the machine between two inputs at worst.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

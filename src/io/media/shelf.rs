//! What workers and a media thread share: the shelf of free ports, and the doorbell.

use crate::media::{Family, MediaPort};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Wakes a thread that waits; one that does not wait costs no system call.
#[derive(Debug)]
pub(super) struct Doorbell {
    waiting: AtomicBool,
    closed: AtomicBool,
    bell: EventFd,
}

impl Doorbell {
    pub(super) fn new() -> io::Result<Doorbell> {
        let bell = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        Ok(Doorbell { waiting: AtomicBool::new(false), closed: AtomicBool::new(false), bell })
    }

    /// To be called after there is something to do.
    pub(super) fn ring(&self) {
        // Together with the fence in `wait`: either the thread sees what there is to do, or we
        // see that it waits.
        fence(Ordering::SeqCst);
        if self.waiting.swap(false, Ordering::SeqCst) {
            // It only fails when the bell rings already.
            self.bell.write(1).ok();
        }
    }

    /// The thread is about to wait; it must look for something to do once more after this.
    pub(super) fn wait(&self) {
        self.waiting.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// The thread waits no longer.
    pub(super) fn awake(&self) {
        self.waiting.store(false, Ordering::SeqCst);
    }

    /// The bell was heard.
    pub(super) fn heard(&self) {
        self.bell.read().ok();
    }

    /// Asks the thread to end.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.bell.write(1).ok();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}

impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

/// The free ports of one thread. The lock is held for a block of ports, never across a call.
#[derive(Debug)]
pub(super) struct Shelf {
    free: Mutex<Free>,
    /// Below this the thread is asked to bind more.
    low: usize,
    is_low: AtomicBool,
}

#[derive(Debug, Default)]
struct Free {
    v4: VecDeque<MediaPort>,
    v6: VecDeque<MediaPort>,
}

impl Free {
    fn of(&mut self, family: Family) -> &mut VecDeque<MediaPort> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

impl Shelf {
    pub(super) fn new(ahead: usize) -> Shelf {
        let free = Mutex::new(Free::default());
        Shelf { free, low: ahead / 2, is_low: AtomicBool::new(false) }
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        // What a thread that died left behind is still a list of ports.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The longest rested ports, and whether the shelf is low now.
    pub(super) fn take(&self, family: Family, count: usize) -> (Vec<MediaPort>, bool) {
        let mut free = self.free();
        let row = free.of(family);
        let ports = row.drain(..count.min(row.len())).collect();
        let low = row.len() < self.low;
        drop(free);
        if low {
            self.is_low.store(true, Ordering::SeqCst);
        }
        (ports, low)
    }

    pub(super) fn put(&self, port: MediaPort) {
        self.free().of(Family::of(port)).push_back(port);
    }

    pub(super) fn count(&self, family: Family) -> usize {
        self.free().of(family).len()
    }

    /// Whether it ran low since [`Shelf::ran_low`] was asked.
    pub(super) fn is_low(&self) -> bool {
        self.is_low.load(Ordering::SeqCst)
    }

    /// The same, and forgets it.
    pub(super) fn ran_low(&self) -> bool {
        self.is_low.swap(false, Ordering::SeqCst)
    }
}

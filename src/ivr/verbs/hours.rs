//! `hours`: open or closed, by the time of day at the calendar's place.

use crate::ivr::calendar::Calendar;
use crate::ivr::program::Next;
use crate::ivr::run::{Context, Move};
use std::sync::Arc;

/// Goes by a calendar.
#[derive(Clone, Debug)]
pub struct Hours {
    /// When it is open.
    pub calendar: Arc<Calendar>,
    /// Where while open.
    pub next: Next,
    /// Where while closed.
    pub closed: Next,
}

impl Hours {
    pub(in crate::ivr) fn enter(&self, cx: &Context<'_>) -> Move {
        Move::To(if self.calendar.is_open(cx.now.wall_ms) { self.next } else { self.closed })
    }
}

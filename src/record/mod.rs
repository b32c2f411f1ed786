//! What happened, as events; the CDR, the figures and the live view are folded from them.

pub mod event;

pub use event::{Event, Happened};

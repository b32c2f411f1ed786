//! What is no call: OPTIONS, strays, refusals, 503, and the way of a new INVITE to a call
//! (RFC 3261 §8.2, §11, §8.2.7).
//!
//! [`screen()`] looks at a request that no dialog took and says what becomes of it: a pure check of
//! one message against what we are. [`stateless`] writes answers that keep nothing.

pub mod screen;
pub mod stateless;

#[cfg(test)]
mod tests;

pub use screen::{LOOP_HEADER, Screened, Screening, screen};
pub use stateless::{overload, refuse_broken, refuse_stream};

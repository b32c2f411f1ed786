//! What happened, as events; the CDR, the figures and the live view are folded from them.
//!
//! All folds are pure: an event goes in, a value changes, at the end of a call one [`Cdr`] comes
//! out. Nothing here reads a clock or writes a file; `io/store` keeps the records and `io/http`
//! shows the rest. [`Records`] is the fold over all calls of the node, [`CdrBuilder`] over one.

pub mod build;
pub mod cdr;
pub mod event;
pub mod figures;
pub mod live;
pub mod mask;
pub mod records;
mod stopwatch;
pub mod trial;

#[cfg(test)]
mod tests;

pub use build::CdrBuilder;
pub use cdr::{Cdr, Opened};
pub use event::{Event, Happened, Routing};
pub use figures::{Figures, Histogram, Totals};
pub use live::{Live, LiveCall};
pub use mask::masked;
pub use records::{Posted, Records};

//! The flow interpreter: a call's way through its dialplan's states; one file a verb.
//!
//! A [`Run`] belongs to one call. It hears [`Input`]s, asks the call for [`Output`]s in order, and
//! names one deadline. It knows nothing of SIP or RTP. The rules that callers can notice:
//!
//! - `play`, `say`, `menu`, `collect` and `queue` answer the call first; with `early: true` they do
//!   not (early media). `dial` never answers: the target does.
//! - Digits that come while nothing asks for them are kept (32 at most, further ones are lost) and
//!   taken by the next `menu` or `collect`; its prompt is then not played. `flush: true` throws them
//!   away. A stay in a queue or a dialled talk throws them away too.
//! - A prompt that may be barged in ends with the first digit; that digit counts.
//! - A key that is also the beginning of a longer key is taken once the time between digits is over.
//! - A flow that takes 200 steps without a digit and without time passing is stopped as a fault.

pub mod ask;
pub mod calendar;
mod memory;
pub mod numbers;
pub mod program;
pub mod prompt;
mod run;
pub mod spoken;
pub mod verbs;
pub mod words;

#[cfg(test)]
mod tests;

pub use memory::{FACTS, Memory};
pub use program::{Flow, Next, Program, State, Verb};
pub use run::Run;
pub use words::{DialOutcome, Input, Output, PlayNo, QueueOutcome, Say};

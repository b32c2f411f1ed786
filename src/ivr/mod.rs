//! The flow interpreter: a call's way through its dialplan's states; one file a verb.

pub mod words;

pub use words::{DialOutcome, Input, Output, PlayNo, QueueOutcome, Say};

//! `answer`: the call is answered; nothing is done if it is already.

use crate::ivr::program::Next;

/// Answers the call and goes on once the 2xx is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where then.
    pub next: Next,
}

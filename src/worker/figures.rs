//! Counters of a worker, for `/metrics`: what came, what was dropped and why.

/// Counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages that were ours.
    pub messages: u64,
    /// Messages handed to another worker.
    pub forwarded: u64,
    /// Bytes that were no SIP message.
    pub unreadable: u64,
    /// Messages that broke the rules and could not be answered.
    pub malformed: u64,
    /// INVITEs that became a call.
    pub calls: u64,
    /// INVITEs from an address that no trunk names.
    pub strangers: u64,
    /// Requests answered without a call: OPTIONS, strays, refusals.
    pub answered_here: u64,
    /// Responses and ACKs that matched nothing.
    pub unmatched: u64,
    /// Answers to INVITEs that nobody waited for any more: acknowledged and ended.
    pub stray_answers: u64,
    /// Session descriptions that broke a rule and were obeyed: changed under their old version, or a
    /// second answer that differs from the first.
    pub odd_descriptions: u64,
    /// Non-2xx finals that were never acknowledged.
    pub no_ack: u64,
}

//! Reason phrases of the registered status codes.

/// The reason phrase of a status (from rsip's vocabulary); a plain word of its class if unknown.
#[must_use]
pub fn reason(_status: u16) -> &'static str {
    todo!()
}

//! x
use crate::base::Mint;
use crate::sip::*;
use bytes::Bytes;
use std::time::Duration;
/// x
pub enum Screened {
    /// x
    Call,
    /// x
    Respond {
        /// x
        status: u16,
        /// x
        bytes: Bytes,
    },
    /// x
    Drop,
}
/// x
pub struct Screen<'a> {
    /// x
    pub draining: bool,
    /// x
    pub loop_mark: &'a str,
    /// x
    pub min_se: Duration,
}
/// x
pub fn screen(m: &Message, _s: &Screen<'_>) -> Screened {
    if m.method() == Some(Method::Invite) && m.to_tag().is_none() {
        Screened::Call
    } else {
        Screened::Respond { status: 200, bytes: Writer::respond(m, 200, None).finish() }
    }
}
/// x
pub fn malformed(_m: &Message, _e: HeaderError) -> Option<Bytes> {
    None
}
/// x
pub fn respond(m: &Message, s: u16, mint: &mut Mint) -> Bytes {
    Writer::respond(m, s, Some(mint.tag().as_ref())).finish()
}
/// x
pub fn overloaded(m: &Message, mint: &mut Mint) -> Bytes {
    respond(m, 503, mint)
}

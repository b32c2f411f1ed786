//! Centralino: a SIP-native intelligent call router.
//!
//! (The tour of the house is written below as rooms are built.)

pub mod base;
pub mod call;
pub mod dialog;
pub mod dialplan;
pub mod endpoint;
pub mod expr;
pub mod io;
pub mod ivr;
pub mod media;
pub mod number;
pub mod plan;
pub mod record;
pub mod router;
pub mod sim;
pub mod sip;
pub mod transaction;
pub mod transport;
pub mod worker;

//! Every bound that the outside can reach, with its reason.

use std::time::Duration;

/// The largest SIP message taken: one UDP datagram (RFC 3261 §18.1.1 asks for 65,535).
pub const MESSAGE_BYTES: usize = 65_535;
/// Headers in one message; RFC 4475 has messages with dozens, nobody needs 500.
pub const HEADERS: usize = 256;
/// Via headers looked through for a loop, and Route or Record-Route entries kept by a dialog.
pub const ROUTES: usize = 32;
/// Largest body taken from a stream before 513.
pub const STREAM_BODY_BYTES: usize = 65_535;
/// Forked early dialogs that one agent leg may open.
pub const FORKS: usize = 8;
/// Offers of one call over its life, to agents and to targets: as many as make sense.
pub const OFFERS: u16 = 63;
/// Addresses tried for one offer: the caller would not wait for more.
pub const ADDRESSES: u16 = 8;
/// Legs of one call over its life: the caller's, and one for each address of each offer.
pub const LEGS: u16 = 1 + OFFERS * ADDRESSES;
/// Longest that a caller is left without an answer. Who is still there is refused: a caller that
/// died without a CANCEL is told from a patient one by nothing else.
pub const UNANSWERED: Duration = Duration::from_secs(15 * 60);
/// Digits kept typed ahead.
pub const TYPED_AHEAD: usize = 32;
/// Steps that a flow may take without input or time passing.
pub const FLOW_STEPS: u32 = 200;

/// Server transactions of one worker. A request outside a dialog lives 32 s at most and a call takes
/// about three, so this is some 2,700 calls a second; what a flood brings beyond it is refused and
/// forgotten. Twice as many with requests within dialogs that there are.
pub const SERVER_TRANSACTIONS: usize = 262_144;

/// RFC 3261 T1: round-trip estimate.
pub const T1: Duration = Duration::from_millis(500);
/// RFC 3261 T2: largest gap between repeats.
pub const T2: Duration = Duration::from_secs(4);
/// RFC 3261 T4: longest a message stays in the network.
pub const T4: Duration = Duration::from_secs(5);
/// 64·T1: how long a transaction waits (timers B, F, H, J, L, M).
pub const T1_64: Duration = Duration::from_secs(32);
/// RFC 3261 timer D: how long a non-2xx final is answered again over UDP.
pub const TIMER_D: Duration = Duration::from_secs(32);
/// How soon an INVITE gets 100 Trying when nothing else was said (RFC 3261 §17.2.1).
pub const TRYING: Duration = Duration::from_millis(200);

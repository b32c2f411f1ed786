//! Why a leg or a call ended: one list for SIP, Q.850, the CDR and the router.
//!
//! The numbers go by RFC 3398 §7.2.4.1 (ISUP to SIP) and §8.2.6.1 (SIP to ISUP).

use std::fmt;

/// Who ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// The party that called in.
    Caller,
    /// The party that answered on our behalf.
    Agent,
    /// We did: the flow, a limit, an error.
    System,
}

impl EndedBy {
    /// The word used in the CDR and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EndedBy::Caller => "caller",
            EndedBy::Agent => "agent",
            EndedBy::System => "system",
        }
    }
}

/// Why it ended, in the project's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Somebody hung up an answered call (Q.850 16).
    NormalClearing,
    /// The caller gave up before an answer (487).
    Cancelled,
    /// The target is busy (486, 600).
    Busy,
    /// The target rang and nobody answered (480, 408 after ringing).
    NoAnswer,
    /// The target said no (603).
    Declined,
    /// The target said it is not available now (480).
    Unavailable,
    /// No such number (404, 604).
    NotFound,
    /// Nothing was heard from the target, or it could not be reached (408, 503, transport).
    Unreachable,
    /// The other side refused with a status that has no word of its own here.
    Rejected(u16),
    /// No codec both sides know (488).
    NoCodec,
    /// Not one of the plan's trunks (403).
    Forbidden,
    /// A request that cannot be served as it is (400 and its like).
    BadRequest,
    /// The call came back to us (482).
    Loop,
    /// The other side did not refresh the session (RFC 4028).
    SessionExpired,
    /// The other side never acknowledged our answer (TXN-07).
    NoAck,
    /// The other side answered or acknowledged, but not the offer that we made it (SDP-02).
    OfferUnanswered,
    /// Somebody else took the call (RFC 3326: "call completed elsewhere").
    CompletedElsewhere,
    /// The flow ended the call.
    FlowEnded,
    /// Too many calls, no port, draining (503).
    Overload,
    /// The node is going down (drain limit reached).
    Draining,
    /// The process died with the call open; found at restart.
    Lost,
    /// A fault of ours (500).
    Internal,
}

impl Cause {
    /// What a final response from a target means.
    #[must_use]
    pub fn from_status(status: u16) -> Cause {
        match status {
            486 | 600 => Cause::Busy,
            480 => Cause::Unavailable,
            408 | 503 => Cause::Unreachable,
            603 => Cause::Declined,
            404 | 410 | 484 | 604 => Cause::NotFound,
            487 => Cause::Cancelled,
            488 | 606 => Cause::NoCodec,
            403 => Cause::Forbidden,
            400 => Cause::BadRequest,
            482 | 483 => Cause::Loop,
            other => Cause::Rejected(other),
        }
    }

    /// The status with which a call that ends for this cause is refused before an answer.
    /// Never one of those that would rest or confuse a carrier (REAL-16).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Cause::NormalClearing | Cause::FlowEnded | Cause::Unavailable | Cause::NoAnswer => 480,
            Cause::Cancelled => 487,
            Cause::Busy => 486,
            Cause::Declined => 603,
            Cause::NotFound => 404,
            Cause::Unreachable => 480,
            Cause::Rejected(code) => match code {
                300..=399 | 401 | 407 | 500..=599 => 480,
                400..=499 | 600..=699 => code,
                _ => 480,
            },
            Cause::NoCodec | Cause::OfferUnanswered => 488,
            Cause::Forbidden => 403,
            Cause::BadRequest => 400,
            Cause::Loop => 482,
            Cause::SessionExpired | Cause::NoAck | Cause::CompletedElsewhere => 480,
            Cause::Overload | Cause::Draining => 503,
            Cause::Lost | Cause::Internal => 500,
        }
    }

    /// The Q.850 cause value, 1 to 127.
    #[must_use]
    pub fn q850(self) -> u8 {
        match self {
            Cause::NormalClearing | Cause::FlowEnded => 16,
            Cause::Cancelled | Cause::Lost => 31,
            Cause::Busy => 17,
            Cause::NoAnswer => 19,
            Cause::Declined | Cause::Forbidden => 21,
            Cause::Unavailable => 18,
            Cause::NotFound => 1,
            Cause::Unreachable => 20,
            Cause::Rejected(code) => q850_from_status(code),
            Cause::NoCodec => 65,
            Cause::BadRequest => 41,
            Cause::Loop => 25,
            Cause::SessionExpired | Cause::NoAck => 102,
            // "Mandatory information element is missing".
            Cause::OfferUnanswered => 96,
            Cause::CompletedElsewhere => 26,
            Cause::Overload => 42,
            Cause::Draining | Cause::Internal => 41,
        }
    }

    /// The word used in the CDR, the API and the metrics; stable.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::NormalClearing => "normal_clearing",
            Cause::Cancelled => "cancelled",
            Cause::Busy => "busy",
            Cause::NoAnswer => "no_answer",
            Cause::Declined => "declined",
            Cause::Unavailable => "unavailable",
            Cause::NotFound => "not_found",
            Cause::Unreachable => "unreachable",
            Cause::Rejected(_) => "rejected",
            Cause::NoCodec => "no_codec",
            Cause::Forbidden => "forbidden",
            Cause::BadRequest => "bad_request",
            Cause::Loop => "loop",
            Cause::SessionExpired => "session_expired",
            Cause::NoAck => "no_ack",
            Cause::OfferUnanswered => "offer_unanswered",
            Cause::CompletedElsewhere => "completed_elsewhere",
            Cause::FlowEnded => "flow_ended",
            Cause::Overload => "overload",
            Cause::Draining => "draining",
            Cause::Lost => "lost",
            Cause::Internal => "internal",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Cause::Rejected(code) = self {
            return write!(f, "rejected_{code}");
        }
        f.write_str(self.as_str())
    }
}

/// The Q.850 cause of a SIP final response, RFC 3398 §8.2.6.1.
#[must_use]
pub fn q850_from_status(status: u16) -> u8 {
    match status {
        400 | 481 | 500 | 503 => 41,
        401 | 402 | 403 | 407 | 603 => 21,
        404 | 485 | 604 => 1,
        405 => 63,
        406 | 415 | 501 | 488 | 606 => 79,
        408 | 504 => 102,
        410 => 22,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        480 => 18,
        482 | 483 => 25,
        484 => 28,
        486 | 600 => 17,
        487 => 31,
        502 => 38,
        _ => 31,
    }
}

/// The SIP status of a Q.850 cause met before an answer, RFC 3398 §7.2.4.1.
#[must_use]
pub fn status_from_q850(cause: u8) -> u16 {
    match cause {
        1..=3 => 404,
        17 => 486,
        18 => 408,
        19 | 20 | 31 => 480,
        21 => 403,
        22 => 410,
        23 => 410,
        26 => 404,
        27 => 502,
        28 => 484,
        29 => 501,
        34 | 38 | 41 | 42 | 47 => 503,
        55 | 57 => 403,
        58 => 503,
        65 | 70 => 488,
        79 => 501,
        87 => 403,
        88 => 503,
        102 => 504,
        111 | 127 => 500,
        _ => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BYE-07: the rows of RFC 3398 that calls meet every day.
    #[test]
    fn byes_07_causes_map_by_rfc_3398() {
        for (status, q850) in [(404, 1), (486, 17), (480, 18), (603, 21), (408, 102), (484, 28)] {
            assert_eq!(q850_from_status(status), q850, "{status}");
        }
        for (q850, status) in [(1, 404), (17, 486), (19, 480), (28, 484), (34, 503), (102, 504)] {
            assert_eq!(status_from_q850(q850), status, "{q850}");
        }
    }

    /// REAL-16: what an agent leg answers never reaches the caller's side as it is.
    #[test]
    fn real_16_an_agents_503_3xx_and_challenges_stay_with_us() {
        for status in [300, 302, 380, 401, 407, 500, 502, 503, 504] {
            assert_eq!(Cause::from_status(status).status(), 480, "{status}");
        }
    }
}

//! What the interpreter hears from a call and asks of it.

use crate::base::{Cause, FlowId, PromptId, QueueId};
use std::collections::BTreeMap;

/// A number for one play, counted up by the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlayNo(pub u32);

/// One piece of what a caller hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// A prompt of the script.
    Prompt(PromptId),
    /// A short beep.
    Beep,
    /// Silence for so many milliseconds.
    Silence(u32),
}

/// How a stay in a queue ended, as the flow sees it. A joined call never comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOutcome {
    /// Full, too long, nobody signed in, or removed: the queue's `otherwise`.
    Overflow,
    /// The agent who took the call hung up first and the flow goes on, or the contact came back.
    Ended,
}

/// How a `dial` ended, as the flow sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialOutcome {
    /// It was answered, they talked, and the target hung up.
    Ended,
    /// It was never answered.
    Failed(Cause),
}

/// What happened to the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Begin at the flow's first state.
    Start,
    /// The answer that was asked for is in force (the 2xx is sent).
    Answered,
    /// A digit, once: `0`–`9`, `*`, `#`, `A`–`D`.
    Digit(char),
    /// A play of ours ended; `by_digit` if a digit cut it short (that digit comes as its own input,
    /// before this one).
    PlayDone {
        /// Which.
        play: PlayNo,
        /// A digit stopped it.
        by_digit: bool,
    },
    /// The queue gave the call back.
    Queue(QueueOutcome),
    /// The dialled leg is over.
    Dial(DialOutcome),
    /// A deadline that the interpreter named has come.
    Timeout,
}

/// What the interpreter asks of the call, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A state was entered (for the record, the live view and tests).
    Entered {
        /// The flow.
        flow: FlowId,
        /// The state's index in the flow.
        state: u16,
    },
    /// Send 180 and, if the leg is answered, play ring-back.
    Ring,
    /// Answer with 2xx; [`Input::Answered`] follows.
    Answer,
    /// Play these; before the answer as early media (183).
    Play {
        /// Its number.
        play: PlayNo,
        /// What.
        items: Vec<Say>,
        /// A digit stops it.
        barge_in: bool,
        /// Over and over.
        repeat: bool,
    },
    /// Stop that play; its `PlayDone` still comes and is a no-op.
    StopPlay(PlayNo),
    /// Digits were collected or a key was chosen: for the record. Masked says that the digits
    /// themselves must not be kept.
    Collected {
        /// The digits.
        digits: String,
        /// The plan asks for masking.
        masked: bool,
    },
    /// Wait in a queue.
    Enqueue {
        /// Which.
        queue: QueueId,
        /// The reason named by the state, for history and records; may be empty.
        reason: String,
        /// The call's variables, frozen for the queue's expressions.
        variables: BTreeMap<String, String>,
        /// Head start in seconds (routing priority), 0 unless the state says so.
        priority: i32,
    },
    /// Call a target.
    Dial {
        /// A `sip:` URI.
        target: String,
        /// How long it may ring, milliseconds.
        ring_ms: u32,
        /// RTP between the parties, by a re-INVITE of the caller.
        direct_media: bool,
    },
    /// Refuse an unanswered call with this status, 300 to 699; an answered one is hung up.
    Refuse(u16),
    /// End the call, with the SIP status that stands for the reason where it is unanswered.
    HangUp {
        /// Status if unanswered.
        status: u16,
    },
    /// The flow broke its own bound (too many steps without input or time) or ran into a fault: the
    /// call ends; the text is for the log and the record.
    Fault(&'static str),
}

//! Names of things inside the node, as small numbers.
//!
//! Ids of the plan (agents, queues, trunks, …) are interned by name and never reused while the
//! process lives, so that a decision taken under an older plan still points at the right thing.

use std::fmt;

macro_rules! plan_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index into the table it was interned in.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

plan_ids! {
    /// An agent of the roster.
    AgentId,
    /// A queue of the roster.
    QueueId,
    /// A trunk of the plan.
    TrunkId,
    /// A prompt of the script.
    PromptId,
    /// A flow of the script.
    FlowId,
    /// A skill named anywhere in the plan.
    SkillId,
    /// A group named anywhere in the plan.
    GroupId,
}

/// This node in a fleet: 0 to 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(pub u16);

/// One single-threaded loop of this node: 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WorkerId(pub u8);

impl WorkerId {
    /// The worker as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The id of a call: 12 bits node, 8 bits worker, 44 random bits; printed as 16 hex digits.
/// It is the key of the CDR and of the contact that the router assigns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u64);

impl CallKey {
    /// Puts the three parts together; only the low 44 bits of `random` count.
    #[must_use]
    pub fn new(node: NodeId, worker: WorkerId, random: u64) -> CallKey {
        let node = u64::from(node.0 & 0x0fff) << 52;
        CallKey(node | u64::from(worker.0) << 44 | random & ((1 << 44) - 1))
    }

    /// The worker that owns the call.
    #[must_use]
    pub fn worker(self) -> WorkerId {
        WorkerId((self.0 >> 44) as u8)
    }

    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<CallKey> {
        (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok().map(CallKey))?
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {self}")
    }
}

/// A leg within its call: 0 is the caller's, agents' legs count up from 1 and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegNo(pub u16);

impl LegNo {
    /// The leg on which the call came in.
    pub const CALLER: LegNo = LegNo(0);
}

/// A leg anywhere on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegKey {
    /// The call it belongs to.
    pub call: CallKey,
    /// Which of its legs.
    pub leg: LegNo,
}

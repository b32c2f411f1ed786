//! What every other folder may use: time as an argument, ids, owner keys, causes, the timer wheel,
//! the counts that workers share.
//!
//! Nothing here reads a clock, a socket or a source of randomness, and nothing here imports
//! another folder of this crate.

pub mod cause;
pub mod gates;
pub mod ids;
pub mod limits;
pub mod mint;
#[cfg(test)]
pub(crate) mod pairs;
pub mod time;
pub mod wheel;

pub use cause::{Cause, EndedBy};
pub use gates::Gates;
pub use ids::{
    AgentId, CallKey, FlowId, GroupId, LegKey, LegNo, NodeId, PromptId, QueueId, SkillId, TrunkId,
    WorkerId,
};
pub use mint::{Mint, OwnerKey, Token};
pub use time::{Mono, Now};

//! Rehearsals: the tests of a plan, played on virtual time in a whole house of our own.
//!
//! A [`Rehearsal`] holds a compiled plan and its prompts; each test gets a fresh [`sim::House`](House)
//! (workers, router, media engines, record: the machines that take live calls) and simulated phones
//! for callers, agents and dialled targets. Only addresses are not the plan's: the house listens on
//! one UDP address of its own, everybody else lives where the plan says. RTP that we send is heard
//! by nobody, since only the time that it takes counts here; digits come as RTP or INFO as they would.
//!
//! What happens is `act`, what came of it `story`, whether it was expected `compare`; `wire` writes it
//! down for SIPp.

mod act;
mod compare;
mod coverage;
mod report;
mod stage;
mod story;
#[cfg(test)]
mod tests;
mod timeline;
mod wire;

pub use compare::{Difference, said_of};
pub use coverage::Taken;
pub use report::{as_json, failed, told, told_json};
pub use stage::Stage;
pub use story::Story;
pub use timeline::{Line, marked};
pub use wire::{WIRE_PORTS, WireOptions, Written, folder_of, recorded_digits, scenarios};

use crate::base::Mono;
use crate::dialplan::Case;
use crate::media::PromptBook;
use crate::plan::Plan;
use crate::record::cdr::{Cdr, Opened};
use crate::sim::{House, World};

/// A plan that is ready to be rehearsed.
#[derive(Debug)]
pub struct Rehearsal {
    stage: Stage,
}

/// What came of one test.
#[derive(Debug)]
pub struct Outcome {
    /// What was not as expected, the first one first; none: the test passed.
    pub differences: Vec<Difference>,
    /// The calls, in the order in which they were placed.
    pub stories: Vec<Story>,
    /// Who said ready or not, and when.
    said_ready: Vec<(Mono, std::sync::Arc<str>, bool)>,
    world: World<House>,
}

impl Rehearsal {
    /// Gets ready.
    ///
    /// # Errors
    /// In words for the admin: nobody could call.
    pub fn new(plan: &Plan, prompts: PromptBook) -> Result<Rehearsal, String> {
        Ok(Rehearsal { stage: Stage::new(plan, prompts)? })
    }

    /// Plays one test.
    #[must_use]
    pub fn run(&self, case: &Case) -> Outcome {
        self.outcome(case, act::act(&self.stage, case, &|| true))
    }

    /// Plays one test for as long as `goes_on` says so, which is asked before each thing that happens;
    /// none if it was broken off.
    #[must_use]
    pub fn run_while(&self, case: &Case, goes_on: &dyn Fn() -> bool) -> Option<Outcome> {
        let acted = act::act(&self.stage, case, goes_on);
        (!acted.broken_off).then(|| self.outcome(case, acted))
    }

    fn outcome(&self, case: &Case, mut acted: act::Acted) -> Outcome {
        let stories = story::stories(&acted);
        let mut differences = std::mem::take(&mut acted.differences);
        differences.extend(compare::compare(case, &stories));
        // The first in time comes first; what has no time is about the end.
        differences.sort_by_key(|difference| difference.when.unwrap_or(Mono(u64::MAX)));
        Outcome { differences, stories, said_ready: acted.said_ready, world: acted.world }
    }
}

impl Outcome {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// Everything that happened, in order: messages, states, prompts, decisions.
    #[must_use]
    pub fn timeline(&self) -> Vec<Line> {
        timeline::timeline(&self.world, &self.stories)
    }

    /// How long it took on the virtual clock.
    #[must_use]
    pub fn lasted(&self) -> std::time::Duration {
        self.world.now().mono.since(Mono(0))
    }
}

/// The names of the fields that a record has, for tests that look at them.
#[must_use]
pub fn record_fields() -> Vec<String> {
    let opened = Opened {
        call: String::new(),
        plan: String::new(),
        trunk: String::new(),
        caller: String::new(),
        caller_withheld: false,
        called: String::new(),
        sip_call_id: String::new(),
        began_ms: 0,
    };
    let record = serde_json::to_value(Cdr::lost(opened, 0)).unwrap_or_default();
    record.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

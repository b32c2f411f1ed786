//! Another plan for a house under calls, as `io/run` does it: the roster to the router, the script to
//! new calls only.

use super::build::{load, prompts};
use super::{House, Letter, Place};
use crate::base::Now;
use crate::plan::Names;
use crate::router;
use crate::sim::world::Datagram;
use crate::worker::{Edition, Editions, Input, Trial};
use std::sync::Arc;

impl House {
    /// Takes another plan.
    ///
    /// # Errors
    /// Its findings; everything is as it was then.
    pub fn reload(&mut self, text: &str, now: Now, out: &mut Vec<Datagram>) -> Result<(), String> {
        let edition = self.edition(text)?;
        self.plan = edition.plan.clone();
        self.trial = None;
        self.tell_roster(edition.plan.roster.clone(), now);
        self.tell_editions(edition, now, out);
        Ok(())
    }

    /// Tries another plan on a share (of 10,000) of the new calls.
    ///
    /// # Errors
    /// Its findings; everything is as it was then.
    pub fn try_out(
        &mut self,
        text: &str,
        share: u16,
        now: Now,
        out: &mut Vec<Datagram>,
    ) -> Result<(), String> {
        let edition = self.edition(text)?;
        let both = self.plan.roster.with_new(&edition.plan.roster);
        self.trial = Some(Trial { edition, share });
        self.tell_roster(Arc::new(both), now);
        let current = self.current()?;
        self.tell_editions(current, now, out);
        Ok(())
    }

    /// The plan on trial is taken back.
    ///
    /// # Errors
    /// A prompt of the plan in force cannot be made.
    pub fn end_trial(&mut self, now: Now, out: &mut Vec<Datagram>) -> Result<(), String> {
        self.trial = None;
        self.tell_roster(self.plan.roster.clone(), now);
        let current = self.current()?;
        self.tell_editions(current, now, out);
        Ok(())
    }

    fn edition(&self, text: &str) -> Result<Edition, String> {
        let plan = load(text, &mut Names::of(&self.plan))?;
        let prompts = Arc::new(prompts(&plan)?);
        Ok(Edition { plan: Arc::new(plan), prompts })
    }

    fn current(&self) -> Result<Edition, String> {
        let prompts = Arc::new(prompts(&self.plan)?);
        Ok(Edition { plan: self.plan.clone(), prompts })
    }

    fn tell_roster(&mut self, roster: Arc<router::Roster>, now: Now) {
        let letter = Letter::Router(router::Input::Roster(roster));
        self.post.put(Place::Outside, Place::Router, letter, now.mono);
    }

    fn tell_editions(&mut self, current: Edition, now: Now, out: &mut Vec<Datagram>) {
        let editions = Arc::new(Editions { current, trial: self.trial.clone() });
        self.tell_workers(|| Input::Editions(editions.clone()), now, out);
    }
}

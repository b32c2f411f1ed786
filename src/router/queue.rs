//! One queue at run time: its steps prepared for matching, its figures.

use super::agent::{AgentState, Presence};
use super::roster::{Agent, Nobody, Queue};
use crate::base::AgentId;
use crate::expr::{Expr, Facts, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The first step (from 0) that wants each agent; agents whom no step wants are not in it.
pub(super) type Levels = BTreeMap<AgentId, u16>;

/// Most steps of one queue that are looked at.
const MAX_STEPS: usize = 64;
/// Most different answers of a queue's steps about contacts that are kept with their levels.
const MAX_KEPT_LEVELS: usize = 128;
/// Largest slope.
const MAX_SLOPE: f64 = 1_000.0;

/// What a queue has seen since the router began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Contacts that came.
    pub offered: u64,
    /// Contacts joined with an agent.
    pub answered: u64,
    /// … of these within the service level's time.
    pub answered_in_time: u64,
    /// Contacts that left by themselves.
    pub abandoned: u64,
    /// Contacts given back.
    pub overflowed: u64,
}

/// A step and what was worked out of it. The parts of its expression that are joined by `&&` are
/// looked at when what they need is known: about the agent at load, about the contact once for each
/// contact, about both for each pair that the others left.
#[derive(Clone, Debug)]
struct Prepared {
    about_agent: Vec<Expr>,
    about_contact: Vec<Expr>,
    about_both: Vec<Expr>,
    /// Agents who meet what is about the agent.
    agents: Vec<AgentId>,
    /// The skills it names, for proficiency.
    skills: Vec<String>,
    /// All its parts in order, with their texts for the record.
    rules: Vec<(Expr, Arc<str>)>,
    /// When it ends, from the contact's arrival.
    ends: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) struct QueueState {
    pub(super) def: Arc<Queue>,
    /// Not in the roster any more: drains by its last definition.
    pub(super) removed: bool,
    pub(super) slope_milli: u32,
    steps: Vec<Prepared>,
    /// Levels by the steps that are open to a contact (a bit each); empty if a step is about both.
    kept: BTreeMap<u64, Arc<Levels>>,
    /// The levels for every contact, if no step looks at the contact.
    pub(super) levels: Option<Arc<Levels>>,
    /// Free agents with their levels, where these are the same for every contact.
    pub(super) free: BTreeSet<(u16, AgentId)>,
    /// The first step with somebody there, for these levels.
    pub(super) floor: Option<u16>,
    /// Contacts waiting or offered.
    pub(super) len: usize,
    pub(super) figures: QueueFigures,
    /// The wait of the contact answered last, for the live view.
    pub(super) last_answered_wait: Duration,
}

/// What an expression of a step sees.
pub(super) struct PairFacts<'a> {
    pub(super) agent: &'a Agent,
    pub(super) contact: Option<&'a BTreeMap<String, String>>,
}

/// What a rule about the contact alone sees.
struct ContactFacts<'a>(&'a BTreeMap<String, String>);

impl Facts for ContactFacts<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).map(|text| Value::from(text.as_str()))
    }
}

/// Skills and facts of the agent, by their names' beginnings.
fn is_about_agent(name: &str) -> bool {
    name.starts_with("skill.") || name.starts_with("agent.")
}

impl Facts for PairFacts<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if let Some(skill) = name.strip_prefix("skill.") {
            let proficiency = self.agent.skills.get(skill).copied().unwrap_or(0);
            return Some(Value::Int(i64::from(proficiency)));
        }
        if let Some(fact) = name.strip_prefix("agent.") {
            return match fact {
                "name" => Some(Value::Text(Arc::clone(&self.agent.name))),
                "groups" => {
                    Some(self.agent.groups.iter().map(|g| Value::from(g.as_str())).collect())
                }
                other => self.agent.attributes.get(other).cloned(),
            };
        }
        self.contact.and_then(|facts| ContactFacts(facts).value(name))
    }
}

impl Prepared {
    fn new(number: usize, want: &Expr, ends: Option<Duration>) -> Prepared {
        let mut step = Prepared {
            about_agent: Vec::new(),
            about_contact: Vec::new(),
            about_both: Vec::new(),
            agents: Vec::new(),
            skills: Vec::new(),
            rules: Vec::new(),
            ends,
        };
        let names = want.names();
        let skills: BTreeSet<&str> =
            names.iter().filter_map(|n| n.strip_prefix("skill.")).collect();
        step.skills = skills.into_iter().map(str::to_owned).collect();
        for rule in want.conjuncts() {
            let text = Arc::from(format!("step {}: {rule}", number + 1));
            step.rules.push((rule.clone(), text));
            let names = rule.names();
            let of_agent = names.iter().filter(|name| is_about_agent(name)).count();
            if of_agent == names.len() {
                step.about_agent.push(rule);
            } else if of_agent == 0 {
                step.about_contact.push(rule);
            } else {
                step.about_both.push(rule);
            }
        }
        step
    }

    fn is_static(&self) -> bool {
        self.about_contact.is_empty() && self.about_both.is_empty()
    }
}

impl QueueState {
    pub(super) fn new(def: Arc<Queue>) -> QueueState {
        let mut clock = Some(Duration::ZERO);
        let mut steps = Vec::new();
        for (number, step) in def.steps.iter().take(MAX_STEPS).enumerate() {
            clock = clock.zip(step.for_).map(|(begun, lasts)| begun + lasts);
            steps.push(Prepared::new(number, &step.want, clock));
        }
        if let Some(last) = steps.last_mut() {
            last.ends = None;
        }
        let slope = if def.slope.is_finite() { def.slope.clamp(0.0, MAX_SLOPE) } else { 1.0 };
        QueueState {
            removed: false,
            // In range by the clamp.
            slope_milli: (slope * 1_000.0).round() as u32,
            steps,
            kept: BTreeMap::new(),
            levels: None,
            free: BTreeSet::new(),
            floor: None,
            len: 0,
            figures: QueueFigures::default(),
            last_answered_wait: Duration::ZERO,
            def,
        }
    }

    /// Works out what is about the agents alone, and the levels if that is all there is.
    pub(super) fn prepare(&mut self, agents: &BTreeMap<AgentId, AgentState>) {
        self.kept.clear();
        self.free.clear();
        for step in &mut self.steps {
            let meets = |agent: &&AgentState| {
                let facts = PairFacts { agent: &agent.def, contact: None };
                !agent.removed && step.about_agent.iter().all(|rule| rule.holds(&facts))
            };
            step.agents = agents.values().filter(meets).map(|agent| agent.def.id).collect();
        }
        let is_static = self.steps.iter().all(Prepared::is_static);
        self.levels = is_static.then(|| self.levels_for(&BTreeMap::new(), agents));
    }

    /// Who is wanted by which step for a contact with these facts.
    pub(super) fn levels_for(
        &mut self,
        contact: &BTreeMap<String, String>,
        agents: &BTreeMap<AgentId, AgentState>,
    ) -> Arc<Levels> {
        let mut open = 0_u64;
        for (number, step) in self.steps.iter().enumerate() {
            if step.about_contact.iter().all(|rule| rule.holds(&ContactFacts(contact))) {
                open |= 1 << number;
            }
        }
        if let Some(levels) = self.kept.get(&open) {
            return Arc::clone(levels);
        }
        let mut levels = Levels::new();
        for (number, step) in (0_u16..).zip(&self.steps).filter(|(n, _)| open & 1 << n != 0) {
            let meets = |id: &&AgentId| {
                step.about_both.is_empty() || {
                    let agent = agents.get(id).map(|agent| &agent.def);
                    agent.is_some_and(|agent| {
                        let facts = PairFacts { agent, contact: Some(contact) };
                        step.about_both.iter().all(|rule| rule.holds(&facts))
                    })
                }
            };
            for id in step.agents.iter().filter(meets) {
                levels.entry(*id).or_insert(number);
            }
        }
        let levels = Arc::new(levels);
        let keep = self.steps.iter().all(|step| step.about_both.is_empty());
        if keep && self.kept.len() < MAX_KEPT_LEVELS {
            self.kept.insert(open, Arc::clone(&levels));
        }
        levels
    }

    /// Whether this agent counts as being there.
    pub(super) fn is_there(&self, agent: &AgentState) -> bool {
        let there = match self.def.nobody {
            Nobody::Wait => true,
            Nobody::NoneStaffed => agent.presence != Presence::SignedOut,
            Nobody::NoneReady => agent.presence == Presence::Ready,
        };
        there && !agent.removed
    }

    /// The first step with somebody there; step 0 where the queue waits all the same.
    pub(super) fn first_step(
        &self,
        levels: &Levels,
        agents: &BTreeMap<AgentId, AgentState>,
    ) -> Option<u16> {
        if self.def.nobody == Nobody::Wait {
            return Some(0);
        }
        let there = |id: &AgentId| agents.get(id).is_some_and(|agent| self.is_there(agent));
        levels.iter().filter(|(id, _)| there(id)).map(|(_, level)| *level).min()
    }

    /// Somebody is there whom one of the steps up to this one wants.
    pub(super) fn is_staffed(
        &self,
        step: u16,
        levels: &Levels,
        agents: &BTreeMap<AgentId, AgentState>,
    ) -> bool {
        let there = |id: &AgentId| agents.get(id).is_some_and(|agent| self.is_there(agent));
        self.def.nobody == Nobody::Wait
            || levels.iter().any(|(id, level)| *level <= step && there(id))
    }

    /// The step in force after this wait.
    pub(super) fn step_at(&self, waited: Duration) -> u16 {
        let over = self.steps.iter().take_while(|s| s.ends.is_some_and(|e| e <= waited)).count();
        u16::try_from(over.min(self.steps.len().saturating_sub(1))).unwrap_or(u16::MAX)
    }

    /// When this step ends, from the contact's arrival.
    pub(super) fn step_ends(&self, step: u16) -> Option<Duration> {
        self.steps.get(usize::from(step)).and_then(|s| s.ends)
    }

    pub(super) fn last_step(&self) -> u16 {
        u16::try_from(self.steps.len().saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// Mean proficiency in the skills that the step names, in thousandths.
    pub(super) fn proficiency_milli(&self, step: u16, agent: &Agent) -> u64 {
        let Some(step) = self.steps.get(usize::from(step)) else { return 0 };
        let own = |skill: &String| u64::from(agent.skills.get(skill).copied().unwrap_or(0));
        let sum: u64 = step.skills.iter().map(own).sum();
        (sum * 1_000).checked_div(step.skills.len() as u64).unwrap_or(0)
    }

    /// The first rule of this step that the agent does not meet.
    pub(super) fn unmet(&self, step: u16, facts: &PairFacts<'_>) -> Option<Arc<str>> {
        let step = self.steps.get(usize::from(step))?;
        step.rules.iter().find(|(rule, _)| !rule.holds(facts)).map(|(_, text)| Arc::clone(text))
    }

    pub(super) fn answered(&mut self, waited: Duration) {
        self.figures.answered += 1;
        self.figures.answered_in_time += u64::from(waited <= self.def.service_level);
        self.last_answered_wait = waited;
    }

    /// Takes over what the old definition had seen.
    pub(super) fn inherit(&mut self, old: &QueueState) {
        self.len = old.len;
        self.figures = old.figures;
        self.last_answered_wait = old.last_answered_wait;
    }
}

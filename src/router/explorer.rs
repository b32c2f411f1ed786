//! Exhaustive exploration of the lease protocol with the real router: two contacts, each with a
//! worker of its own, two agents, one queue, bounded channels both ways. Every order of messages,
//! answers, refusals, hang-ups and timers is tried; messages are reordered only between channels.
//!
//! What holds in every state that can be reached is in [`System::broken`]; a router that believes
//! answers of ended leases breaks it, so the checks can fail.

use super::lease::LeaseStage;
use super::*;
use crate::base::{Cause, NodeId, WorkerId};
use crate::expr::Expr;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

const CALLS: usize = 2;
/// Messages that fit a channel.
const CHANNEL: usize = 4;
/// Most messages for one worker that one input can bring.
const BURST: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    NotYet,
    /// In the queue, as far as the worker knows.
    Waiting,
    Joined,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phone {
    Ringing,
    /// CANCEL is out; 487 or a late 200 will come.
    Cancelled,
    /// Answered; Granted or Revoke will come.
    Asked,
    Joined,
    /// BYE or a final is out.
    Ending,
}

#[derive(Clone, Debug)]
struct Leg {
    lease: Lease,
    agent: AgentId,
    phone: Phone,
}

/// A call as its worker sees it.
#[derive(Clone, Debug)]
struct Call {
    caller: Caller,
    legs: Vec<Leg>,
    /// Refusals that may still happen, so that the exploration ends.
    refusals: u8,
    /// Times that the call may queue again after its agent had hung up.
    returns: u8,
}

#[derive(Clone)]
struct System {
    router: Router,
    now: Now,
    calls: Vec<Call>,
    to_router: Vec<VecDeque<Input>>,
    to_worker: Vec<VecDeque<Output>>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Call(usize),
    HangUp(usize),
    /// What happens to the leg of that number.
    Answer(usize, usize),
    Decline(usize, usize),
    RingsOut(usize, usize),
    Vanishes(usize, usize),
    AgentHangsUp(usize, usize),
    Ends(usize, usize),
    /// The worker takes a message.
    WorkerHears(usize),
    /// The router takes a message of that worker.
    RouterHears(usize),
    Timer,
}

fn key(call: usize) -> CallKey {
    CallKey::new(NodeId(1), WorkerId(u8::try_from(call).unwrap()), 7)
}

fn roster() -> Roster {
    let queue_step =
        QueueStep { want: Expr::parse("true").unwrap(), best: Best::LongestIdle, for_: None };
    let mut queue = Queue::new(QueueId(0), "q", vec![queue_step]);
    queue.nobody = Nobody::Wait;
    queue.refusal.pause_after = 0;
    queue.refusal.exclude = Duration::from_secs(10);
    queue.refusal.no_answer = Duration::from_secs(10);
    let agent = |id, name| {
        let mut agent = Agent::new(AgentId(id), name, "sip:a@127.0.0.1");
        agent.wrap_up = Duration::from_secs(10);
        agent
    };
    let agents = vec![agent(0, "anna"), agent(1, "bruno")];
    Roster { agents, queues: vec![queue], ..Roster::default() }
}

use super::roster::Step as QueueStep;

impl System {
    fn new(trusts_stale_leases: bool, budgets: [(u8, u8); CALLS]) -> System {
        let now = Now { mono: Mono(1_000_000), wall_ms: 0 };
        let mut router = Router::new(&roster(), now);
        router.trusts_stale_leases = trusts_stale_leases;
        let call = |(refusals, returns)| Call {
            caller: Caller::NotYet,
            legs: Vec::new(),
            refusals,
            returns,
        };
        System {
            router,
            now,
            calls: budgets.into_iter().map(call).collect(),
            to_router: vec![VecDeque::new(); CALLS],
            to_worker: vec![VecDeque::new(); CALLS],
        }
    }

    /// Everything that may happen next.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (c, call) in self.calls.iter().enumerate() {
            // Two messages are the most that one step of a worker says.
            let room = self.to_router[c].len() + 2 <= CHANNEL;
            if room {
                match call.caller {
                    Caller::NotYet => steps.push(Step::Call(c)),
                    Caller::Waiting | Caller::Joined => steps.push(Step::HangUp(c)),
                    Caller::Gone => {}
                }
                for (l, leg) in call.legs.iter().enumerate() {
                    match leg.phone {
                        Phone::Ringing => {
                            steps.push(Step::Answer(c, l));
                            if call.refusals > 0 {
                                steps.push(Step::Decline(c, l));
                                steps.push(Step::RingsOut(c, l));
                                steps.push(Step::Vanishes(c, l));
                            }
                        }
                        Phone::Cancelled => {
                            steps.extend([Step::Answer(c, l), Step::Ends(c, l)]);
                        }
                        Phone::Asked | Phone::Joined => steps.push(Step::AgentHangsUp(c, l)),
                        Phone::Ending => steps.push(Step::Ends(c, l)),
                    }
                }
                if !self.to_worker[c].is_empty() {
                    steps.push(Step::WorkerHears(c));
                }
            }
            let all_have_room = self.to_worker.iter().all(|q| q.len() + BURST <= CHANNEL);
            if !self.to_router[c].is_empty() && all_have_room {
                steps.push(Step::RouterHears(c));
            }
        }
        let all_have_room = self.to_worker.iter().all(|q| q.len() + BURST <= CHANNEL);
        if self.router.next_deadline().is_some() && all_have_room {
            steps.push(Step::Timer);
        }
        steps
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Call(c) => {
                self.calls[c].caller = Caller::Waiting;
                self.enqueue(c);
            }
            Step::HangUp(c) => self.hang_up(c),
            Step::Answer(c, l) => {
                let leg = &mut self.calls[c].legs[l];
                leg.phone = Phone::Asked;
                let accepted = Input::Accepted { contact: key(c), lease: leg.lease };
                self.to_router[c].push_back(accepted);
            }
            Step::Decline(c, l) => self.refuse(c, l, Cause::Declined, Phone::Ending),
            Step::RingsOut(c, l) => self.refuse(c, l, Cause::NoAnswer, Phone::Cancelled),
            Step::Vanishes(c, l) => {
                // The worker drops the leg without a word but the one that is promised.
                self.calls[c].refusals -= 1;
                self.leg_ends(c, l);
            }
            Step::AgentHangsUp(c, l) => {
                if self.calls[c].legs[l].phone == Phone::Joined {
                    self.calls[c].caller = Caller::Gone;
                }
                self.leg_ends(c, l);
            }
            Step::Ends(c, l) => self.leg_ends(c, l),
            Step::WorkerHears(c) => self.worker_hears(c),
            Step::RouterHears(c) => {
                let input = self.to_router[c].pop_front().unwrap();
                self.router_hears(input);
            }
            Step::Timer => {
                self.now.mono = self.router.next_deadline().unwrap();
                self.router_hears(Input::Timeout);
            }
        }
    }

    fn enqueue(&mut self, c: usize) {
        let facts = BTreeMap::new();
        let input = Input::Enqueue { contact: key(c), queue: QueueId(0), facts, priority: 0 };
        self.to_router[c].push_back(input);
    }

    fn hang_up(&mut self, c: usize) {
        if self.calls[c].caller == Caller::Waiting {
            self.to_router[c].push_back(Input::Gone { contact: key(c) });
        }
        self.calls[c].caller = Caller::Gone;
        for leg in &mut self.calls[c].legs {
            match leg.phone {
                Phone::Ringing => leg.phone = Phone::Cancelled,
                Phone::Joined => leg.phone = Phone::Ending,
                Phone::Cancelled | Phone::Asked | Phone::Ending => {}
            }
        }
    }

    fn refuse(&mut self, c: usize, l: usize, cause: Cause, then: Phone) {
        self.calls[c].refusals -= 1;
        let leg = &mut self.calls[c].legs[l];
        leg.phone = then;
        let refused = Input::Refused { contact: key(c), lease: leg.lease, cause };
        self.to_router[c].push_back(refused);
    }

    fn leg_ends(&mut self, c: usize, l: usize) {
        let leg = self.calls[c].legs.remove(l);
        self.to_router[c].push_back(Input::LegEnded { contact: key(c), lease: leg.lease });
    }

    fn worker_hears(&mut self, c: usize) {
        let call = &mut self.calls[c];
        match self.to_worker[c].pop_front().unwrap() {
            Output::Offer { lease, agent, .. } => {
                if call.caller == Caller::Waiting {
                    call.legs.push(Leg { lease, agent, phone: Phone::Ringing });
                } else {
                    // No leg was begun, and the agent is waiting to be let go.
                    self.to_router[c].push_back(Input::LegEnded { contact: key(c), lease });
                }
            }
            Output::Granted { lease, .. } => {
                let waits = call.caller == Caller::Waiting;
                let joined = call.caller == Caller::Joined;
                match call.legs.iter_mut().find(|leg| leg.lease == lease) {
                    Some(leg) if waits || joined => {
                        leg.phone = Phone::Joined;
                        call.caller = Caller::Joined;
                    }
                    Some(leg) => leg.phone = Phone::Ending,
                    None if waits && call.returns > 0 => {
                        call.returns -= 1;
                        self.enqueue(c);
                    }
                    None => call.caller = Caller::Gone,
                }
            }
            Output::Revoke { lease, .. } => {
                if let Some(leg) = call.legs.iter_mut().find(|leg| leg.lease == lease) {
                    match leg.phone {
                        Phone::Ringing => leg.phone = Phone::Cancelled,
                        Phone::Asked => leg.phone = Phone::Ending,
                        Phone::Cancelled | Phone::Joined | Phone::Ending => {}
                    }
                }
            }
            Output::Overflow { .. } => call.caller = Caller::Gone,
            Output::Widened { .. } | Output::Place { .. } | Output::Decided(_) => {}
        }
    }

    fn router_hears(&mut self, input: Input) {
        let mut out = Vec::new();
        self.router.handle(input, self.now, &mut out);
        for output in out {
            let contact = match &output {
                Output::Offer { contact, .. }
                | Output::Granted { contact, .. }
                | Output::Revoke { contact, .. }
                | Output::Overflow { contact, .. } => *contact,
                Output::Widened { .. } | Output::Place { .. } | Output::Decided(_) => continue,
            };
            self.to_worker[contact.worker().index()].push_back(output);
        }
    }

    /// The first rule that does not hold in this state.
    fn broken(&self) -> Option<String> {
        let legs = || self.calls.iter().flat_map(|call| &call.legs);
        let offers = |of: AgentId| {
            let messages = self.to_worker.iter().flatten();
            messages.filter(|m| matches!(m, Output::Offer { agent, .. } if *agent == of)).count()
        };
        for id in [AgentId(0), AgentId(1)] {
            let held = legs().filter(|leg| leg.agent == id).count() + offers(id);
            if held > 1 {
                return Some(format!("{id:?} is held by {held} offers"));
            }
        }
        for (c, call) in self.calls.iter().enumerate() {
            let joined = call.legs.iter().filter(|leg| leg.phone == Phone::Joined).count();
            if joined > 1 {
                return Some(format!("call {c} is joined to {joined} agents"));
            }
            if call.caller == Caller::Waiting && !self.is_known(c) {
                return Some(format!("call {c} waits and nobody knows"));
            }
        }
        if self.to_worker.iter().any(|q| q.len() > CHANNEL) {
            return Some("one input brought more than BURST messages".to_owned());
        }
        self.leaked_lease().or_else(|| self.missed_match())
    }

    /// A waiting caller is in the router, or a message that will change that is under way.
    fn is_known(&self, c: usize) -> bool {
        let is_enqueue = |m: &Input| matches!(m, Input::Enqueue { .. });
        let ends = |m: &Output| matches!(m, Output::Granted { .. } | Output::Overflow { .. });
        self.router.contacts.contains_key(&key(c))
            || self.to_router[c].iter().any(is_enqueue)
            || self.to_worker[c].iter().any(ends)
    }

    /// Every lease of the router has a leg, an offer or a LegEnded on its way, and every leg a lease.
    fn leaked_lease(&self) -> Option<String> {
        for (id, open) in &self.router.leases {
            let c = open.contact.worker().index();
            let has_leg = self.calls[c].legs.iter().any(|leg| leg.lease.id == *id);
            let offered = self.to_worker[c]
                .iter()
                .any(|m| matches!(m, Output::Offer { lease, .. } if lease.id == *id));
            let ending = self.to_router[c]
                .iter()
                .any(|m| matches!(m, Input::LegEnded { lease, .. } if lease.id == *id));
            if !has_leg && !offered && !ending {
                return Some(format!("lease {id} holds {:?} for ever", open.agent));
            }
        }
        let known = |leg: &&Leg| !self.router.leases.contains_key(&leg.lease.id);
        let leg = self.calls.iter().flat_map(|call| &call.legs).find(known)?;
        Some(format!("{:?} rings without a lease", leg.agent))
    }

    /// No contact waits while an agent is free whom it may have.
    fn missed_match(&self) -> Option<String> {
        let router = &self.router;
        let now = self.now.mono;
        let pair = |(key, contact): (&CallKey, &Contact)| {
            let free = |id: &&AgentId| router.may_have(contact, **id, now);
            let waits = contact.stage == Stage::Waiting;
            let agent = router.free.iter().find(free).filter(|_| waits)?;
            Some(format!("{key:?} waits and {agent:?} is free"))
        };
        router.contacts.iter().find_map(pair)
    }

    /// No call, no leg, no message: then every agent is free again, at most after a rest.
    fn broken_at_rest(&self) -> Option<String> {
        let calls_over = self.calls.iter().all(|c| c.caller == Caller::Gone && c.legs.is_empty());
        let silent = self.to_router.iter().all(VecDeque::is_empty)
            && self.to_worker.iter().all(VecDeque::is_empty);
        if !calls_over || !silent {
            return None;
        }
        let mut rested = self.clone();
        while rested.router.next_deadline().is_some() {
            rested.apply(Step::Timer);
        }
        let router = &rested.router;
        if router.open_leases() > 0 || !router.is_empty() {
            return Some("all is over and the router holds something".to_owned());
        }
        (router.free.len() != 2).then(|| "an agent does not come back".to_owned())
    }

    /// The state without what only counts up: lease numbers and clocks become ranks and distances.
    fn fingerprint(&self) -> u128 {
        let mut ids: BTreeSet<u64> = self.router.leases.keys().copied().collect();
        ids.extend(self.calls.iter().flat_map(|call| &call.legs).map(|leg| leg.lease.id));
        ids.extend(self.to_router.iter().flatten().filter_map(lease_said));
        ids.extend(self.to_worker.iter().flatten().filter_map(lease_heard));
        let rank = |id: u64| ids.range(..id).count() as u64 + 1;
        let mut state = self.router_state(&rank);
        for (c, call) in self.calls.iter().enumerate() {
            let budget = [u64::from(call.refusals), u64::from(call.returns)];
            state.extend([1_000, call.caller as u64, budget[0], budget[1]]);
            for leg in &call.legs {
                let lease = [rank(leg.lease.id), u64::from(leg.lease.epoch)];
                state.extend([1_001, lease[0], lease[1], u64::from(leg.agent.0), leg.phone as u64]);
            }
            for input in &self.to_router[c] {
                let (kind, detail) = match input {
                    Input::Enqueue { .. } => (1, 0),
                    Input::Accepted { .. } => (2, 0),
                    Input::Refused { cause, .. } => (3, u64::from(cause.q850())),
                    Input::Gone { .. } => (4, 0),
                    Input::LegEnded { .. } => (5, 0),
                    Input::SetAgent { .. }
                    | Input::Roster(_)
                    | Input::Ask { .. }
                    | Input::Timeout => (6, 0),
                };
                state.extend([1_002, kind, detail, lease_said(input).map_or(0, rank)]);
            }
            for output in &self.to_worker[c] {
                let (kind, detail) = match output {
                    Output::Offer { agent, .. } => (1, u64::from(agent.0)),
                    Output::Granted { .. } => (2, 0),
                    Output::Revoke { .. } => (3, 0),
                    Output::Widened { .. } => (4, 0),
                    Output::Overflow { .. } => (5, 0),
                    Output::Place { .. } | Output::Decided(_) => (6, 0),
                };
                state.extend([1_003, kind, detail, lease_heard(output).map_or(0, rank)]);
            }
        }
        let hash = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, &state).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        hash(1) << 64 | hash(2)
    }

    fn router_state(&self, rank: &dyn Fn(u64) -> u64) -> Vec<u64> {
        let mut state = Vec::with_capacity(128);
        let router = &self.router;
        let from_now = |at: Mono| at.0.saturating_sub(self.now.mono.0);
        let mut idle: Vec<_> = router.agents.values().map(|a| (a.idle_since, a.def.id)).collect();
        idle.sort_unstable();
        for (idle_since, id) in idle {
            let agent = &router.agents[&id];
            let same = router.agents.values().filter(|a| a.idle_since == idle_since).count();
            state.extend([2_000, u64::from(id.0), same as u64]);
            state.extend(agent.fingerprint(self.now.mono));
            state.extend(agent.leases.iter().map(|lease| rank(*lease)));
        }
        let mut contacts: Vec<_> = router.contacts.iter().collect();
        contacts.sort_unstable_by_key(|(_, contact)| contact.place);
        for (key, contact) in contacts {
            let stage = match contact.stage {
                Stage::Waiting => 0,
                Stage::Offered(lease) => rank(lease.id),
            };
            state.extend([2_001, key.0, u64::from(contact.epoch), stage]);
            state.push(contact.timer.map_or(0, |at| 1 + from_now(at)));
            for (id, excluded) in &contact.excluded {
                let until = from_now(excluded.until);
                state.extend([2_002, u64::from(id.0), until, u64::from(excluded.last_resort)]);
            }
        }
        for (id, open) in &router.leases {
            let stage = match open.stage {
                LeaseStage::Ringing => 0,
                LeaseStage::Joined { .. } => 1,
                LeaseStage::Ending => 2,
            };
            let (agent, epoch) = (u64::from(open.agent.0), u64::from(open.epoch));
            state.extend([2_003, rank(*id), open.contact.0, agent, epoch, stage]);
        }
        state
    }
}

fn lease_said(input: &Input) -> Option<u64> {
    match input {
        Input::Accepted { lease, .. }
        | Input::Refused { lease, .. }
        | Input::LegEnded { lease, .. } => Some(lease.id),
        Input::Enqueue { .. }
        | Input::Gone { .. }
        | Input::SetAgent { .. }
        | Input::Roster(_)
        | Input::Ask { .. }
        | Input::Timeout => None,
    }
}

fn lease_heard(output: &Output) -> Option<u64> {
    match output {
        Output::Offer { lease, .. }
        | Output::Granted { lease, .. }
        | Output::Revoke { lease, .. } => Some(lease.id),
        Output::Widened { .. }
        | Output::Place { .. }
        | Output::Overflow { .. }
        | Output::Decided(_) => None,
    }
}

/// What an exploration found.
struct Found {
    states: usize,
    /// What is broken, and the steps that lead there.
    broken: Option<String>,
}

/// Breadth first, so that the steps to what is broken are the fewest; no further once `most` states
/// have been seen.
fn explore(start: System, most: usize) -> Found {
    let mut seen = HashSet::from([start.fingerprint()]);
    let mut came_from: Vec<(usize, Option<Step>)> = vec![(0, None)];
    let mut frontier = VecDeque::from([(start, 0_usize)]);
    while let Some((system, at)) = frontier.pop_front() {
        if seen.len() >= most {
            break;
        }
        let broken = system.broken().or_else(|| system.broken_at_rest());
        let steps = system.steps();
        let over = system.calls.iter().all(|c| c.caller == Caller::Gone && c.legs.is_empty());
        let stuck = (steps.is_empty() && !over).then(|| "nothing can happen any more".to_owned());
        if let Some(what) = broken.or(stuck) {
            let mut path = Vec::new();
            let mut at = at;
            while let (before, Some(step)) = came_from[at] {
                path.push(format!("{step:?}"));
                at = before;
            }
            path.reverse();
            let broken = Some(format!("{what}, after {}", path.join(" ")));
            return Found { states: seen.len(), broken };
        }
        for step in steps {
            let mut next = system.clone();
            next.apply(step);
            if seen.insert(next.fingerprint()) {
                came_from.push((at, Some(step)));
                frontier.push_back((next, came_from.len() - 1));
            }
        }
    }
    Found { states: seen.len(), broken: None }
}

/// Explores with these numbers of refusals and returns for each call.
fn holds(budgets: [(u8, u8); CALLS], at_least: usize) {
    holds_within(budgets, at_least, usize::MAX);
}

/// The same in the first `most` states.
fn holds_within(budgets: [(u8, u8); CALLS], at_least: usize, most: usize) {
    let found = explore(System::new(false, budgets), most);
    println!("{} states", found.states);
    assert_eq!(found.broken, None);
    // A model that lost most of its steps would pass for nothing.
    assert!(found.states >= at_least.min(most), "{} states", found.states);
}

/// The invariants hold in every state, whatever crosses what: an agent that refuses, does not
/// answer, vanishes, answers late.
#[test]
fn no_order_of_messages_breaks_the_lease_protocol() {
    holds([(1, 0), (0, 0)], 70_000);
}

/// The same where an agent hangs up before the grant arrives and the call queues again.
#[test]
fn a_grant_for_a_dead_leg_loses_no_call() {
    holds([(0, 1), (0, 1)], 40_000);
}

/// More of both: what can be reached in few steps, or with `CENTRALINO_EXPLORE=wide` (read when the
/// tests are built, for only `io` may look at the environment) every state, which takes minutes.
#[test]
fn the_wide_exploration_holds_too() {
    let wide = option_env!("CENTRALINO_EXPLORE") == Some("wide");
    let most = if wide { usize::MAX } else { NEAR };
    holds_within([(1, 1), (0, 0)], 200_000, most);
    holds_within([(1, 0), (1, 0)], 600_000, most);
}

/// States that are near: a moment's work.
const NEAR: usize = 20_000;

/// A router that believes answers of ended leases: the invariants see it.
#[test]
fn without_the_check_of_the_lease_the_protocol_breaks() {
    let found = explore(System::new(true, [(1, 0), (0, 0)]), usize::MAX);
    let broken = found.broken.expect("the mutant must be found");
    println!("{} states: {broken}", found.states);
    assert!(broken.starts_with("call 0 is joined to 2 agents"), "{broken}");
}

//! The router's behaviour, told with a small floor: agents and queues by number, seconds as time.

mod order;
mod pairs;
mod properties;
mod refusals;
mod reloads;
mod searching;
mod states;

use super::*;
use crate::base::{Cause, NodeId, WorkerId};
use crate::expr::Expr;
use std::time::Duration;

fn secs(s: u64) -> Duration {
    Duration::from_secs(s)
}

fn call(n: u64) -> CallKey {
    CallKey::new(NodeId(1), WorkerId(0), n)
}

fn want(text: &str) -> Step {
    Step { want: Expr::parse(text).unwrap(), best: Best::LongestIdle, for_: None }
}

fn want_for(text: &str, seconds: u64) -> Step {
    Step { for_: Some(secs(seconds)), ..want(text) }
}

fn agent(id: u32, skills: &[(&str, u8)]) -> Agent {
    let name = format!("agent{id}");
    let mut agent = Agent::new(AgentId(id), &name, &format!("sip:{name}@10.0.0.1"));
    agent.skills = skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect();
    agent
}

fn queue(id: u32, steps: Vec<Step>) -> Queue {
    Queue::new(QueueId(id), &format!("queue{id}"), steps)
}

/// Agents 1 to `agents` and one queue 0 that wants everybody.
fn plain(agents: u32) -> Roster {
    let agents = (1..=agents).map(|id| agent(id, &[])).collect();
    Roster { agents, queues: vec![queue(0, vec![want("true")])], ..Roster::default() }
}

/// What an offer says.
#[derive(Clone, Debug, PartialEq)]
struct Offered {
    contact: CallKey,
    lease: Lease,
    agent: u32,
    target: String,
}

/// A router, its clock, and what it said to the last input.
struct Floor {
    router: Router,
    now: Now,
    said: Vec<Output>,
}

impl Floor {
    fn new(roster: &Roster) -> Floor {
        let now = Now { mono: Mono(1_000_000_000), wall_ms: 1_700_000_000_000 };
        Floor { router: Router::new(roster, now), now, said: Vec::new() }
    }

    fn hear(&mut self, input: Input) {
        self.said.clear();
        self.router.handle(input, self.now, &mut self.said);
    }

    /// Lets time pass, deadline by deadline; what is said adds up.
    fn wait(&mut self, seconds: u64) {
        self.said.clear();
        let end = self.now.mono + secs(seconds);
        while let Some(at) = self.router.next_deadline().filter(|at| *at <= end) {
            assert!(at >= self.now.mono, "a deadline in the past");
            self.now.mono = at;
            self.router.handle(Input::Timeout, self.now, &mut self.said);
            assert!(self.router.next_deadline().is_none_or(|next| next > at), "it turns on itself");
        }
        self.now.mono = end;
    }

    fn enqueue(&mut self, n: u64) -> Option<Offered> {
        self.enqueue_at(n, 0, 0, &[])
    }

    fn enqueue_at(
        &mut self,
        n: u64,
        queue: u32,
        priority: i32,
        facts: &[(&str, &str)],
    ) -> Option<Offered> {
        let facts = facts.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.hear(Input::Enqueue { contact: call(n), queue: QueueId(queue), facts, priority });
        self.offers().first().cloned()
    }

    fn offers(&self) -> Vec<Offered> {
        let offered = |output: &Output| {
            let Output::Offer { contact, lease, agent, target, .. } = output else { return None };
            let (agent, target) = (agent.0, target.to_string());
            Some(Offered { contact: *contact, lease: *lease, agent, target })
        };
        self.said.iter().filter_map(offered).collect()
    }

    fn offer(&self) -> Offered {
        let offers = self.offers();
        assert_eq!(offers.len(), 1, "{:?}", self.said);
        offers[0].clone()
    }

    fn decisions(&self) -> Vec<Arc<Decision>> {
        let decided = |output: &Output| {
            let Output::Decided(decision) = output else { return None };
            Some(Arc::clone(decision))
        };
        self.said.iter().filter_map(decided).collect()
    }

    fn overflow(&self) -> Option<OverflowReason> {
        self.said.iter().find_map(|output| {
            let Output::Overflow { why, .. } = output else { return None };
            Some(*why)
        })
    }

    fn widened(&self) -> Vec<u16> {
        let widened = |output: &Output| {
            let Output::Widened { step, .. } = output else { return None };
            Some(*step)
        };
        self.said.iter().filter_map(widened).collect()
    }

    fn granted(&self) -> bool {
        self.said.iter().any(|output| matches!(output, Output::Granted { .. }))
    }

    fn revoked(&self) -> bool {
        self.said.iter().any(|output| matches!(output, Output::Revoke { .. }))
    }

    fn accept(&mut self, offer: &Offered) {
        self.hear(Input::Accepted { contact: offer.contact, lease: offer.lease });
    }

    fn refuse(&mut self, offer: &Offered, cause: Cause) {
        self.hear(Input::Refused { contact: offer.contact, lease: offer.lease, cause });
    }

    fn ended(&mut self, offer: &Offered) {
        self.hear(Input::LegEnded { contact: offer.contact, lease: offer.lease });
    }

    /// Refused, and the leg is over; what is said adds up.
    fn refuse_and_end(&mut self, offer: &Offered, cause: Cause) {
        self.refuse(offer, cause);
        let said = std::mem::take(&mut self.said);
        self.ended(offer);
        self.said.splice(0..0, said);
    }

    /// The agent takes the call, talks and hangs up; what the end brings is in `said`.
    fn talk(&mut self, offer: &Offered, seconds: u64) {
        self.accept(offer);
        assert!(self.granted());
        self.wait(seconds);
        self.ended(offer);
    }

    fn gone(&mut self, n: u64) {
        self.hear(Input::Gone { contact: call(n) });
    }

    fn set(&mut self, agent: u32, ready: bool, reason: &str) {
        self.hear(Input::SetAgent { agent: AgentId(agent), ready, reason: Arc::from(reason) });
    }

    fn activity(&self, agent: u32) -> AgentActivity {
        let views = self.router.agents_view(self.now.mono);
        views.iter().find(|view| view.id == AgentId(agent)).unwrap().activity
    }

    fn queue_view(&self, queue: u32) -> QueueView {
        let views = self.router.queues_view(self.now.mono);
        views.into_iter().find(|view| view.id == QueueId(queue)).unwrap()
    }

    /// Why the last decision ruled this agent out.
    fn ruled_out(&self, agent: u32) -> String {
        let decisions = self.decisions();
        let decision = decisions.last().expect("a decision");
        let found = decision.candidates.iter().find(|c| c.agent == AgentId(agent));
        let rule = found.expect("a candidate").ruled_out.clone();
        rule.map(|rule| rule.to_string()).unwrap_or_default()
    }
}

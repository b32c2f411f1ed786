//! What the HTTP interface sees of the node.

use super::desk::Desk as RouterDesk;
use super::house::Shown;
use super::ledger::Ledger;
use super::reload::{By, Reloader};
use crate::base::{TrunkId, WorkerId};
use crate::io::clock::Clock;
use crate::io::http::metrics::{Kind, Reading, render};
use crate::io::http::{
    AgentChange, AgentState, AgentView, CdrQuery, Desk, DeskError, Patience, PlanAsk, PlanRefused,
    QueueView,
};
use crate::io::sip::{Connections, Inboxes};
use crate::io::store::{Filter, Found, Reader, mask};
use crate::record::{LiveCall, masked};
use crate::router::{self, Agent, AgentActivity, views};
use crate::worker::{self, Refusal};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

/// The node as HTTP sees it.
#[derive(Debug)]
pub(super) struct Web {
    pub(super) desk: Arc<RouterDesk>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) shown: Vec<Arc<Shown>>,
    pub(super) draining: Arc<AtomicBool>,
    pub(super) inboxes: Inboxes,
    pub(super) connections: Connections,
    pub(super) reloader: Arc<Reloader>,
    pub(super) database: PathBuf,
    pub(super) clock: Clock,
}

impl Web {
    fn agent(&self, name: &str) -> Option<AgentView> {
        self.agents().into_iter().find(|a| a.name == name)
    }

    fn show(&self, view: &views::AgentView) -> AgentView {
        let now = self.clock.now();
        let ago = now.mono.since(view.since).as_millis();
        let roster = self.reloader.roster();
        let known = roster.agents.iter().find(|a| a.id == view.id);
        AgentView {
            name: view.name.to_string(),
            state: state_of(view.activity),
            reason: view.reason.to_string(),
            since_ms: now.wall_ms - i64::try_from(ago).unwrap_or(i64::MAX),
            call: view.contacts.first().map(ToString::to_string),
            skills: known.map(skills_of).unwrap_or_default(),
            groups: known.map(groups_of).unwrap_or_default(),
        }
    }

    /// New calls that were not taken, by trunk and reason; also those of which there were none, so
    /// that a rate can be had from the first one on.
    fn refused(&self) -> Reading {
        let sum = |trunk, why| -> u64 {
            let one = |shown: &Arc<Shown>| {
                shown.refusals.lock().unwrap_or_else(PoisonError::into_inner).of(trunk, why)
            };
            self.shown.iter().map(one).sum()
        };
        let labels = |trunk: &str, why: Refusal| {
            vec![("trunk", trunk.to_owned()), ("reason", why.as_str().to_owned())]
        };
        let of_trunk = |(id, name): &(TrunkId, Arc<str>)| {
            Refusal::ALL.map(|why| (labels(name, why), sum(*id, why) as f64))
        };
        Reading {
            name: "sip_refused",
            help: "New calls that got 503, by trunk and reason",
            kind: Kind::Counter,
            values: self.reloader.trunks().iter().flat_map(of_trunk).collect(),
        }
    }

    /// Which plan runs, since when, and how many were taken and refused.
    fn plan_readings(&self) -> [Reading; 3] {
        let standing = self.reloader.standing();
        let plan = &standing.current;
        let age_ms = self.clock.now().wall_ms.saturating_sub(plan.taken_ms).max(0);
        let (taken, refused) = self.reloader.figures();
        let result = |word: &str| vec![("result", word.to_owned())];
        [
            Reading {
                name: "plan_reloads",
                help: "Plans taken and refused since the start",
                kind: Kind::Counter,
                values: vec![(result("taken"), taken as f64), (result("refused"), refused as f64)],
            },
            Reading {
                name: "plan_info",
                help: "The plan that new calls begin under, by its hash",
                kind: Kind::Gauge,
                values: vec![(vec![("hash", plan.plan().hash.to_string())], 1.0)],
            },
            Reading::plain(
                "plan_age_seconds",
                "Since the running plan was taken",
                Kind::Gauge,
                age_ms as f64 / 1_000.0,
            ),
        ]
    }

    fn count(&self, of: impl Fn(&Shown) -> u64) -> f64 {
        self.shown.iter().map(|s| of(s) as f64).sum()
    }
}

impl Desk for Web {
    fn ready(&self) -> Result<(), String> {
        if self.draining.load(Ordering::Relaxed) {
            return Err("draining: no new calls are taken".to_owned());
        }
        self.ledger.store().ready()
    }

    fn metrics(&self) -> String {
        let read = |o: &std::sync::atomic::AtomicU64| o.load(Ordering::Relaxed);
        let counter = |name, help, value| Reading::plain(name, help, Kind::Counter, value);
        let (connections, refused) = self.connections.figures();
        let mut readings = vec![
            Reading::plain(
                "sip_connections",
                "SIP connections over TCP",
                Kind::Gauge,
                connections as f64,
            ),
            counter(
                "sip_connections_refused",
                "SIP connections that found no room, of all or of their address",
                refused as f64,
            ),
            Reading::plain(
                "calls",
                "Calls alive",
                Kind::Gauge,
                self.count(|s| s.calls.load(Ordering::Relaxed) as u64),
            ),
            counter("sip_messages", "SIP messages handled", self.count(|s| read(&s.messages))),
            counter(
                "sip_forwarded",
                "SIP messages handed to another worker",
                self.count(|s| read(&s.forwarded)),
            ),
            counter("sip_dropped", "SIP messages dropped", self.count(|s| read(&s.dropped))),
            counter(
                "sip_dropped_full",
                "SIP messages dropped because a worker had too much to do",
                self.inboxes.dropped() as f64,
            ),
            counter(
                "sip_strangers",
                "INVITEs from addresses that no trunk names",
                self.count(|s| read(&s.strangers)),
            ),
            self.refused(),
            counter(
                "sip_odd_descriptions",
                "Session descriptions that broke a rule and were obeyed",
                self.count(|s| read(&s.odd_descriptions)),
            ),
        ];
        readings.extend(self.plan_readings());
        render(&self.ledger.totals(), readings)
    }

    fn calls(&self, reveal: bool, limit: usize) -> Vec<LiveCall> {
        self.ledger.live(reveal, limit)
    }

    fn agents(&self) -> Vec<AgentView> {
        let now = self.clock.mono();
        let views = self.desk.look(|router| router.agents_view(now));
        views.iter().map(|view| self.show(view)).collect()
    }

    fn queues(&self) -> Vec<QueueView> {
        let now = self.clock.mono();
        let views = self.desk.look(|router| router.queues_view(now));
        let show = |view: views::QueueView| QueueView {
            name: view.name.to_string(),
            waiting: view.waiting + view.ringing,
            longest_wait_ms: u64::try_from(view.longest_wait.as_millis()).unwrap_or(u64::MAX),
            agents_ready: view.free,
            agents_signed_in: view.signed_in,
        };
        views.into_iter().map(show).collect()
    }

    fn set_agent(&self, name: &str, change: &AgentChange) -> Result<AgentView, DeskError> {
        let no_such = || DeskError::NotFound(format!("no agent is called {name}"));
        let now = self.clock.mono();
        let views = self.desk.look(|router| router.agents_view(now));
        let agent = views.iter().find(|v| *v.name == *name).map(|v| v.id).ok_or_else(no_such)?;
        let (ready, reason) = (change.ready, change.reason.as_str().into());
        let mut own = VecDeque::new();
        self.desk.post(router::Input::SetAgent { agent, ready, reason }, None, &mut own);
        // The router's next deadline may have moved: a worker has to see it.
        self.inboxes.post(WorkerId(0), worker::Input::Timeout);
        self.agent(name).ok_or_else(no_such)
    }

    fn plan(&self, text: bool) -> Value {
        self.reloader.view(text)
    }

    fn change_plan(&self, ask: PlanAsk, patience: &Patience) -> Result<Value, PlanRefused> {
        match ask {
            PlanAsk::Reload(trial) => self.reloader.reload_for(By::Api, trial, patience),
            PlanAsk::Promote => self.reloader.promote_for(By::Api, patience),
            PlanAsk::RollBack(hash) => self.reloader.roll_back_for(hash.as_deref(), patience),
        }
    }

    fn cdrs(&self, query: &CdrQuery) -> Result<Vec<Value>, DeskError> {
        let reader = Reader::open(&self.database).map_err(unavailable)?;
        let filter = Filter {
            since_ms: query.since_ms,
            until_ms: query.until_ms,
            cause: query.cause.clone(),
            agent: query.agent.clone(),
            caller: query.caller.clone(),
            limit: Some(query.limit),
        };
        let mut rows = reader.list(&filter).map_err(unavailable)?;
        for row in rows.iter_mut().filter(|_| !query.reveal) {
            row.caller = masked(&row.caller);
        }
        rows.iter().map(|row| serde_json::to_value(row).map_err(unavailable)).collect()
    }

    fn cdr(&self, call: &str, reveal: bool) -> Result<Option<Value>, DeskError> {
        let reader = Reader::open(&self.database).map_err(unavailable)?;
        let found = reader.get(call).map_err(unavailable)?;
        let shown = found.map(|found| match found {
            Found::Ended(mut cdr) => {
                mask(&mut cdr, reveal);
                serde_json::to_value(&*cdr)
            }
            Found::Open(mut opened) => {
                if !reveal {
                    opened.caller = masked(&opened.caller);
                }
                serde_json::to_value(&opened)
            }
        });
        shown.transpose().map_err(unavailable)
    }
}

fn state_of(activity: AgentActivity) -> AgentState {
    match activity {
        AgentActivity::Ready => AgentState::Ready,
        AgentActivity::Ringing => AgentState::Ringing,
        AgentActivity::Busy => AgentState::Busy,
        AgentActivity::WrapUp => AgentState::WrapUp,
        AgentActivity::BackingOff => AgentState::BackingOff,
        AgentActivity::Paused => AgentState::Paused,
        AgentActivity::NotReady => AgentState::NotReady,
        AgentActivity::SignedOut => AgentState::SignedOut,
    }
}

fn skills_of(agent: &Agent) -> BTreeMap<String, u8> {
    agent.skills.iter().map(|(name, level)| (name.to_string(), *level)).collect()
}

fn groups_of(agent: &Agent) -> Vec<String> {
    agent.groups.iter().map(ToString::to_string).collect()
}

fn unavailable(error: impl std::fmt::Display) -> DeskError {
    DeskError::Unavailable(error.to_string())
}

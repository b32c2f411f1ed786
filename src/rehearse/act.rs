//! The steps of a test, played: whoever presses waits until they are asked, an agent who is to answer
//! until the phone rings. What cannot be done is a difference, and the end of the steps.
//!
//! When the steps are over, a caller who talks hangs up after [`TALK`] (unless the test says how long
//! the other side talks), one who is not through after [`PATIENCE`] gives up.

use super::compare::Difference;
use super::stage::{Site, Stage, quiet};
use crate::base::{CallKey, LegKey, LegNo, Mono};
use crate::dialplan::{Act, Case, Deed, Step, Until};
use crate::ivr::Verb;
use crate::plan::{CallerSource, DtmfPolicy, NumberSource, Plan, Trunk};
use crate::record::{Event, Happened};
use crate::sim::{Action, Behaviour, CallNo, House, Input, Piece, PlaceCall, World};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long caller and agent talk when nobody is told to end it.
const TALK: Duration = Duration::from_secs(5);
/// How long a caller waits for anything.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// From a question to the first key.
const REACTION: Duration = Duration::from_millis(500);
/// A digit by RFC 4733 with its pause: 11 packets and one to spare.
const DIGIT: Duration = Duration::from_millis(240);
/// What the last messages need where somebody does not answer: timer B and a bit (RFC 3261 §17).
const FAREWELL: Duration = Duration::from_secs(40);
/// The number of a caller of whom nothing is said.
const NUMBER: &str = "+390000000001";

/// A test that was played.
pub(super) struct Acted {
    pub(super) world: World<House>,
    pub(super) plan: Arc<Plan>,
    pub(super) callers: Vec<Caller>,
    /// Who said ready or not, and when.
    pub(super) said_ready: Vec<(Mono, Arc<str>, bool)>,
    pub(super) differences: Vec<Difference>,
    /// It did not come to its end.
    pub(super) broken_off: bool,
}

/// Somebody who calls, with a phone for this one call.
pub(super) struct Caller {
    pub(super) name: Arc<str>,
    pub(super) key: Option<CallKey>,
    phone: String,
    call: CallNo,
    pub(super) sip_call_id: String,
    by_info: bool,
    /// Keys that were pressed by RFC 4733, and when.
    pub(super) pressed: Vec<(Mono, String)>,
    doing: Doing,
    /// How much of what was heard earlier steps have looked at.
    heard: usize,
}

/// What is going on in a call.
#[derive(Default)]
struct Doing {
    states: Vec<Arc<str>>,
    asked: bool,
    waiting: bool,
    ringing: BTreeSet<LegNo>,
    talking: Option<(LegNo, Mono)>,
    recorded: bool,
}

struct Director<'s> {
    stage: &'s Stage,
    case: &'s Case,
    acted: Acted,
    /// Events that were looked at.
    seen: usize,
    goes_on: &'s dyn Fn() -> bool,
}

pub(super) fn act(stage: &Stage, case: &Case, goes_on: &dyn Fn() -> bool) -> Acted {
    let (world, plan) = (stage.world(case), stage.plan.clone());
    let (callers, said_ready, differences) = (Vec::new(), Vec::new(), Vec::new());
    let acted = Acted { world, plan, callers, said_ready, differences, broken_off: false };
    let mut director = Director { stage, case, acted, seen: 0, goes_on };
    director.play();
    director.acted
}

impl Director<'_> {
    fn play(&mut self) {
        let case = self.case;
        if let Some(target) = self.stage.unknown_target(case) {
            let found = format!("the plan never dials `{target}`");
            self.tell(case.at, "targets", "a target that the plan dials", found);
        }
        for (agent, mood) in &case.agents {
            if let Some(ready) = mood.ready {
                self.set_ready(agent, ready);
            }
        }
        for step in &case.steps {
            if !self.step(step) || self.acted.broken_off {
                break;
            }
        }
        self.finish();
    }

    /// Does a step; false if it cannot be done.
    fn step(&mut self, step: &Step) -> bool {
        match &step.deed {
            Deed::Call { number, from, trunk } => {
                self.call(step, number, from.as_deref(), trunk.as_deref())
            }
            Deed::Wait(time) => {
                self.run_for(*time);
                true
            }
            Deed::Agent(agent, act) => self.agent(step, agent, *act),
            Deed::Press(_) | Deed::Type(_) | Deed::Until(_) | Deed::Hears(_) | Deed::HangUp => {
                let Some(at) = self.acted.callers.iter().position(|c| c.name == step.by) else {
                    self.tell(step.at, "steps", "a call", format!("{} has not called", step.by));
                    return false;
                };
                self.callers_step(step, at)
            }
        }
    }

    fn callers_step(&mut self, step: &Step, at: usize) -> bool {
        match &step.deed {
            Deed::Press(keys) => {
                let asked = self.run_until(|acted| acted.is(at, |c| c.doing.asked));
                if !asked || self.is_over(at) {
                    let found = self.where_is(at);
                    let expected = format!("a menu or collect that takes {keys}");
                    self.tell(step.at, "press", &expected, found);
                    return false;
                }
                self.run_for(REACTION);
                self.press(at, keys);
                true
            }
            Deed::Type(keys) => {
                self.press(at, keys);
                true
            }
            Deed::Until(until) => {
                let met = self.run_until(|acted| acted.is(at, |caller| caller.doing.meets(until)));
                // What was refused before it was a call is over without a record.
                let met = met || *until == Until::Ended && self.is_over(at);
                if !met {
                    let (expected, found) = (until_text(until), self.where_is(at));
                    self.tell(step.at, "until", &expected, found);
                }
                met
            }
            Deed::Hears(prompt) => self.hears(step, at, prompt),
            Deed::HangUp => {
                // One who talks has heard the answer.
                if self.acted.is(at, |caller| caller.doing.talking.is_some()) {
                    self.run_until(|acted| acted.has_heard_answer(at));
                }
                self.act(at, Action::HangUp);
                true
            }
            Deed::Call { .. } | Deed::Wait(_) | Deed::Agent(..) => true,
        }
    }

    fn call(&mut self, step: &Step, number: &str, from: Option<&str>, trunk: Option<&str>) -> bool {
        let count = self.acted.callers.len();
        let name = trunk.or(self.case.trunk.as_deref());
        let (trunk, ip) = match self.stage.trunk(name) {
            Ok(found) => found,
            Err(problem) => {
                self.tell(step.at, "trunk", "a trunk that calls can come from", problem);
                return false;
            }
        };
        let from = from.or(self.case.from.as_deref()).unwrap_or(NUMBER);
        // One who calls again has another line, which must not be taken for the first.
        let again = self.acted.callers.iter().filter(|caller| caller.name == step.by).count();
        let label = match again {
            0 => step.by.to_string(),
            again => format!("{}-{}", step.by, again + 1),
        };
        let phone = format!("caller-{count}");
        self.acted.world.add_phone_beside(self.stage.caller(&phone, count, ip), &label);
        let behaviour = Behaviour { headers: headers(trunk, number, from), ..quiet() };
        let place = PlaceCall {
            from: Some(from.to_owned()),
            ..PlaceCall::new(number, self.stage.us(), behaviour)
        };
        let by_info = trunk.dtmf == DtmfPolicy::Info;
        let Some(call) = self.acted.world.place(&phone, place) else { return false };
        let report = self.acted.world.phone(&phone).and_then(|p| p.report(call));
        let sip_call_id = report.map(|r| r.call_id.clone()).unwrap_or_default();
        let (name, doing) = (step.by.clone(), Doing::default());
        // A step about this caller means the last call.
        let pressed = Vec::new();
        let key = None;
        let caller =
            Caller { name, key, phone, call, sip_call_id, by_info, pressed, doing, heard: 0 };
        if let Some(before) = self.acted.callers.iter_mut().find(|c| c.name == step.by) {
            before.name = format!("{} before", step.by).into();
        }
        self.acted.callers.push(caller);
        true
    }

    /// Keys, one behind the other; returns when the last was let go.
    fn press(&mut self, at: usize, keys: &str) {
        let Some(caller) = self.acted.callers.get(at) else { return };
        if caller.by_info {
            for key in keys.chars() {
                self.act(at, Action::Info(key));
                self.run_for(DIGIT);
            }
            return;
        }
        let now = self.now();
        if let Some(caller) = self.acted.callers.get_mut(at) {
            caller.pressed.push((now, keys.to_owned()));
        }
        self.act(at, Action::Digits(keys.to_owned()));
        self.act(at, Action::Media(true));
        self.run_for(DIGIT * u32::try_from(keys.len()).unwrap_or(1));
        self.act(at, Action::Media(false));
    }

    fn hears(&mut self, step: &Step, at: usize, prompt: &str) -> bool {
        let Some(wanted) = self.acted.plan.script.prompt(prompt).map(|p| p.id) else {
            return false;
        };
        let begun = self.acted.callers.get(at).map_or(0, |caller| caller.heard);
        let place = |acted: &Acted| {
            let heard = acted.heard(at);
            let mut later = heard.iter().enumerate().skip(begun);
            later.find(|(_, (_, piece))| *piece == Piece::Prompt(wanted)).map(|(n, _)| n)
        };
        let found = self.run_until(|acted| place(acted).is_some());
        match place(&self.acted).filter(|_| found) {
            Some(n) => {
                if let Some(caller) = self.acted.callers.get_mut(at) {
                    caller.heard = n + 1;
                }
                true
            }
            None => {
                let found = self.where_is(at);
                self.tell(step.at, "hears", prompt, found);
                false
            }
        }
    }

    fn agent(&mut self, step: &Step, agent: &str, act: Act) -> bool {
        let (action, joined) = match act {
            Act::Ready(ready) => {
                self.set_ready(agent, ready);
                return true;
            }
            Act::Answers => (Action::Answer, false),
            Act::Refuses(status) => (Action::Refuse(status), false),
            Act::HangsUp => (Action::HangUp, true),
            Act::Holds => (Action::Hold, true),
            Act::Resumes => (Action::Resume, true),
        };
        let sites = &self.stage.sites;
        let there = |acted: &Acted| phone_of(sites, acted, agent, joined);
        self.run_until(|acted| there(acted).is_some());
        let Some((phone, call)) = there(&self.acted) else {
            let expected = if joined { "talks" } else { "a phone that rings" };
            let found = format!("nobody called {agent}, or it was over already");
            self.tell(step.at, agent, expected, found);
            return false;
        };
        self.acted.world.tell(&phone, Input::Do { call, action });
        true
    }

    fn set_ready(&mut self, agent: &str, ready: bool) {
        let now = self.now();
        self.acted.said_ready.push((now, agent.into(), ready));
        self.acted.world.with_system(|house, now, out| house.set_agent(agent, ready, now, out));
        self.look();
    }

    /// Everybody comes to an end, and what is still under way arrives.
    fn finish(&mut self) {
        let mut open: Vec<usize> = (0..self.acted.callers.len()).collect();
        loop {
            open.retain(|at| !self.is_over(*at));
            let talks = |acted: &Acted| {
                let talks = |at: &usize| acted.is(*at, |caller| caller.doing.talking.is_some());
                open.iter().copied().find(talks)
            };
            let is_over = |acted: &Acted| open.iter().any(|at| acted.is_over(*at));
            let came = self.run_until(|acted| talks(acted).is_some() || is_over(acted));
            match talks(&self.acted) {
                Some(at) => {
                    self.run_out(at);
                    self.give_up(at);
                    open.retain(|other| *other != at);
                }
                None if came => {}
                None => break,
            }
        }
        open.into_iter().for_each(|at| self.give_up(at));
        let limit = self.now() + FAREWELL;
        while self.acted.is_under_way() && self.goes_on_before(limit) {
            self.advance();
        }
    }

    fn give_up(&mut self, at: usize) {
        if !self.is_over(at) {
            self.act(at, Action::HangUp);
        }
    }

    /// A talk that nobody ends is ended by the caller, unless the other side is to do it.
    fn run_out(&mut self, at: usize) {
        let moods = self.case.agents.values().chain(self.case.targets.values());
        let told = moods.flat_map(|mood| &mood.takes).any(|takes| takes.talks.is_some());
        let until = self.now() + if told { PATIENCE } else { TALK };
        while !self.is_over(at) && self.goes_on_before(until) {
            self.advance();
        }
        if !self.is_over(at) && !self.acted.broken_off {
            self.acted.world.run_until(until);
        }
    }

    fn act(&mut self, at: usize, action: Action) {
        if let Some(Caller { phone, call, .. }) = self.acted.callers.get(at) {
            let (phone, call) = (phone.clone(), *call);
            self.acted.world.tell(&phone, Input::Do { call, action });
        }
    }

    fn now(&self) -> Mono {
        self.acted.world.now().mono
    }

    /// Whether something happens until then, and is still wanted.
    fn goes_on_before(&mut self, limit: Mono) -> bool {
        self.acted.broken_off = self.acted.broken_off || !(self.goes_on)();
        !self.acted.broken_off && self.acted.world.next_event().is_some_and(|at| at <= limit)
    }

    fn run_for(&mut self, time: Duration) {
        let until = self.now() + time;
        while self.goes_on_before(until) {
            self.advance();
        }
        if !self.acted.broken_off {
            self.acted.world.run_until(until);
        }
    }

    /// Runs until it is so; false if every call ends before, or patience does.
    fn run_until(&mut self, met: impl Fn(&Acted) -> bool) -> bool {
        let limit = self.now() + PATIENCE;
        loop {
            if met(&self.acted) {
                return true;
            }
            let over = (0..self.acted.callers.len()).all(|at| self.is_over(at));
            if over || !self.goes_on_before(limit) {
                return false;
            }
            self.advance();
        }
    }

    /// The next thing happens.
    fn advance(&mut self) {
        self.acted.world.step();
        self.look();
    }

    /// Reads what the house has said since.
    fn look(&mut self) {
        let Acted { world, callers, plan, .. } = &mut self.acted;
        let events = world.system().events();
        for event in events.iter().skip(self.seen) {
            if let Happened::Began { sip_call_id, .. } = &event.what
                && let Some(caller) = callers.iter_mut().find(|c| c.sip_call_id == *sip_call_id)
            {
                caller.key = Some(event.call);
            }
            if let Some(caller) = callers.iter_mut().find(|c| c.key == Some(event.call)) {
                caller.doing.apply(event, plan);
            }
        }
        self.seen = events.len();
    }

    fn is_over(&self, at: usize) -> bool {
        self.acted.is_over(at)
    }

    /// Where a call is, in words.
    fn where_is(&self, at: usize) -> String {
        let Some(caller) = self.acted.callers.get(at) else { return String::new() };
        let state = caller.doing.states.last().map_or("no state of a flow", |state| state);
        let doing = match &caller.doing {
            _ if self.is_over(at) => "the call is over, its last state was",
            Doing { talking: Some(_), .. } => "the caller talks, the last state was",
            Doing { waiting: true, .. } => "the caller waits in",
            Doing { .. } => "the call is in",
        };
        format!("{doing} {state}")
    }

    fn tell(&mut self, at: crate::dialplan::At, what: &str, expected: &str, found: String) {
        self.acted.differences.push(Difference {
            at,
            what: what.to_owned(),
            expected: expected.to_owned(),
            found,
            when: Some(self.acted.world.now().mono),
        });
    }
}

impl Acted {
    fn is(&self, at: usize, met: impl Fn(&Caller) -> bool) -> bool {
        self.callers.get(at).is_some_and(met)
    }

    pub(super) fn report(&self, caller: &Caller) -> Option<&crate::sim::Report> {
        self.world.phone(&caller.phone)?.report(caller.call)
    }

    fn has_heard_answer(&self, at: usize) -> bool {
        let report = self.callers.get(at).and_then(|caller| self.report(caller));
        report.is_none_or(|report| report.confirmed_at.is_some())
    }

    fn is_over(&self, at: usize) -> bool {
        let Some(caller) = self.callers.get(at) else { return true };
        self.report(caller).is_none_or(|report| report.ended.is_some())
    }

    /// A call whose record is not there yet, or a phone that is not done.
    fn is_under_way(&self) -> bool {
        let open = |caller: &Caller| {
            caller.key.is_some() && !caller.doing.recorded
                || self.report(caller).is_some_and(|report| report.ended.is_none())
        };
        self.callers.iter().any(open) || self.world.system().remains().calls > 0
    }

    /// What a caller has heard so far.
    pub(super) fn heard(&self, at: usize) -> Vec<(Mono, Piece)> {
        let Some(key) = self.callers.get(at).and_then(|caller| caller.key) else {
            return Vec::new();
        };
        let (leg, now) = (LegKey { call: key, leg: LegNo::CALLER }, self.world.now().mono);
        let sounds = self.world.system().sounds().iter().filter(|sound| sound.leg == leg);
        sounds.flat_map(|sound| sound.reached(now)).collect()
    }
}

impl Doing {
    fn apply(&mut self, event: &Event, plan: &Plan) {
        match &event.what {
            Happened::State { flow, name } => {
                let found = plan.script.program.flow(*flow).and_then(|flow| {
                    let state = name.strip_prefix(&*flow.name)?.strip_prefix('.')?;
                    flow.states.iter().find(|found| *found.name == *state)
                });
                let verb = found.map(|state| &state.verb);
                self.asked = matches!(verb, Some(Verb::Menu(_) | Verb::Collect(_)));
                self.states.push(name.clone());
            }
            Happened::Queued { .. } => self.waiting = true,
            Happened::Dequeued { .. } => self.waiting = false,
            Happened::Ringing { leg } => {
                self.ringing.insert(*leg);
            }
            Happened::Joined { leg } => {
                self.waiting = false;
                self.talking = Some((*leg, Mono(event.mono_us)));
                self.ringing.remove(leg);
            }
            Happened::OfferEnded { leg, .. } | Happened::LegEnded { leg, .. } => {
                self.ringing.remove(leg);
                self.talking = self.talking.filter(|(joined, _)| joined != leg);
            }
            Happened::Ended { .. } => {
                *self = Doing { states: std::mem::take(&mut self.states), ..Doing::default() };
                self.recorded = true;
            }
            Happened::Began { .. }
            | Happened::Digits(_)
            | Happened::Answered
            | Happened::Offered { .. }
            | Happened::Routed { .. }
            | Happened::Held { .. }
            | Happened::Resumed { .. }
            | Happened::BroughtHome
            | Happened::Media { .. }
            | Happened::Decided(_) => {}
        }
    }

    fn meets(&self, until: &Until) -> bool {
        match until {
            Until::Waiting => self.waiting,
            Until::Ringing => !self.ringing.is_empty(),
            Until::Talking => self.talking.is_some(),
            Until::Ended => self.recorded,
            Until::State(name) => {
                let is_it = |state: &Arc<str>| super::story::is_state(state, name);
                self.states.last().is_some_and(is_it)
            }
        }
    }
}

fn until_text(until: &Until) -> String {
    match until {
        Until::Waiting => "waiting".to_owned(),
        Until::Ringing => "ringing".to_owned(),
        Until::Talking => "talking".to_owned(),
        Until::Ended => "ended".to_owned(),
        Until::State(name) => format!("the state {name}"),
    }
}

/// The phone on which an agent has a call now; with `joined`, one that is answered.
fn phone_of(sites: &[Site], acted: &Acted, agent: &str, joined: bool) -> Option<(String, CallNo)> {
    sites.iter().find_map(|site| {
        let phone = acted.world.phone(&site.phone)?;
        let call = phone.last_call_of(site.user_of(agent)?)?;
        let answered = phone.report(call)?.confirmed_at.is_some();
        (answered == joined).then(|| (site.phone.clone(), call))
    })
}

/// What a trunk needs that looks for numbers elsewhere than in Request-URI, To and From.
fn headers(trunk: &Trunk, number: &str, from: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut add = |name: &str, user: &str| {
        headers.push((name.to_owned(), format!("<sip:{user}@caller.invalid>")));
    };
    let usual = [NumberSource::RequestUri, NumberSource::To];
    if !trunk.number_from.iter().any(|source| usual.contains(source)) {
        for source in &trunk.number_from {
            match source {
                NumberSource::PCalledPartyId => add("P-Called-Party-ID", number),
                NumberSource::Diversion => add("Diversion", number),
                NumberSource::RequestUri | NumberSource::To => {}
            }
        }
    }
    if trunk.trusted && !trunk.caller_from.contains(&CallerSource::From) {
        add("P-Asserted-Identity", from);
    }
    headers
}

//! Running a story: the world is built, calls are placed, agents are set, and what must hold at any
//! time is looked at on the way.

use crate::legs::fork_won;
use crate::story::{CALLED, CALLERS, Story, US};
use centralino::base::Mono;
use centralino::base::limits::T1_64;
use centralino::router::AgentActivity;
use centralino::sim::clock::Clock;
use centralino::sim::{
    Behaviour, CallNo, House, Phone, PhoneConfig, PlaceCall, Remains, Report, Rung, World,
};
use centralino::sip::Message;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How often the agents' states are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A run that is not over so long after its last call was placed never will be.
const LIMIT: Duration = Duration::from_secs(400);
/// What the last transaction may wait for beyond 64·T1: T4 (Timer I, K) and the weather.
const SLACK: Duration = Duration::from_secs(6);

/// What is wrong, and the Call-IDs of the legs that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) about: Vec<String>,
}

/// A call that was placed.
pub(crate) struct Placed {
    pub(crate) phone: &'static str,
    pub(crate) no: CallNo,
    pub(crate) behaviour: Behaviour,
}

/// A story and the world that it happened in.
pub(crate) struct Run {
    pub(crate) story: Story,
    pub(crate) world: World<House>,
    pub(crate) placed: Vec<Placed>,
    pub(crate) wrong: Vec<Wrong>,
    /// For so many looks in a row an agent's state was false.
    falsely: BTreeMap<String, u32>,
}

impl Run {
    /// From the first call to the last table.
    pub(crate) fn of(story: Story) -> Run {
        let world = build(&story);
        let mut run =
            Run { story, world, placed: Vec::new(), wrong: Vec::new(), falsely: BTreeMap::new() };
        run.play();
        run.finish();
        run
    }

    pub(crate) fn fault(&mut self, what: String, about: &[&str]) {
        let about = about.iter().map(|a| (*a).to_owned()).collect();
        self.wrong.push(Wrong { what, about });
    }

    pub(crate) fn report(&self, phone: &str, no: CallNo) -> Option<&Report> {
        self.world.phone(phone)?.report(no)
    }

    fn play(&mut self) {
        let (calls, settings) = (self.story.calls.clone(), self.story.settings.clone());
        let mut settings = settings.iter().peekable();
        for call in &calls {
            while let Some(setting) = settings.next_if(|s| s.at <= call.at) {
                self.go_on_to(Mono(0) + setting.at);
                self.world.with_system(|house, now, out| {
                    house.set_agent(setting.agent, setting.ready, now, out)
                });
            }
            self.go_on_to(Mono(0) + call.at);
            let place = PlaceCall {
                from: Some("+39333111".into()),
                ..PlaceCall::new(call.number, (US, 5060).into(), call.behaviour.clone())
            };
            if let Some(no) = self.world.place(call.phone, place) {
                let behaviour = call.behaviour.clone();
                self.placed.push(Placed { phone: call.phone, no, behaviour });
            }
        }
        for setting in settings {
            self.go_on_to(Mono(0) + setting.at);
            self.world.with_system(|house, now, out| {
                house.set_agent(setting.agent, setting.ready, now, out)
            });
        }
    }

    fn go_on_to(&mut self, until: Mono) {
        while self.world.now().mono < until {
            let next = (self.world.now().mono + LOOK).min(until);
            self.world.run_until(next);
            self.look_at_agents();
        }
    }

    /// Until every phone has hung up; then for 64·T1, after which nothing may be left.
    fn finish(&mut self) {
        let until = self.world.now().mono + LIMIT;
        while self.world.now().mono < until && self.is_busy() {
            let next = self.world.now().mono + LOOK;
            self.go_on_to(next);
        }
        self.world.run_for(T1_64 + SLACK);
        let remains = self.world.system().remains();
        if remains != Remains::default() {
            let live = self.world.system().live();
            let about: Vec<String> = live.iter().map(|call| call.call.to_string()).collect();
            self.fault(format!("left over after 64·T1: {remains:?}, calls {about:?}"), &[]);
        }
    }

    fn is_busy(&self) -> bool {
        let open = |(name, _): &(&str, [u8; 4])| {
            self.world.phone(name).is_some_and(|phone| phone.open_calls() > 0)
        };
        self.world.system().remains().calls > 0 || CALLERS.iter().chain(CALLED.iter()).any(open)
    }

    /// Nobody has more contacts than places; nobody is called busy who is not, or free who is not,
    /// for longer than a message may be under way.
    fn look_at_agents(&mut self) {
        let now = self.world.now().mono;
        let patience = if self.story.fair { 3 } else { 70 };
        let agents = self.world.system().agents(now);
        for agent in agents {
            let name: &str = &agent.name;
            if agent.contacts.len() > 1 {
                self.fault(format!("{name} has {} contacts at once", agent.contacts.len()), &[]);
            }
            let phones: &[&str] = if name == "a7" { &["a7", "a8"] } else { &[name] };
            let talks = phones.iter().any(|p| self.talks(p, now));
            let is_false = match agent.activity {
                // A phone that lost to its own fork cannot say whether it talks.
                AgentActivity::Busy => !talks && !phones.iter().any(|p| self.lost_to_its_fork(p)),
                AgentActivity::Ringing => false,
                AgentActivity::Ready
                | AgentActivity::WrapUp
                | AgentActivity::BackingOff
                | AgentActivity::Paused
                | AgentActivity::NotReady
                | AgentActivity::SignedOut => talks,
            };
            let count = self.falsely.entry(name.to_owned()).or_default();
            *count = if is_false { *count + 1 } else { 0 };
            if *count == patience {
                let word = agent.activity.as_str();
                let what = format!("@{now:?} {name} is {word}, but talks: {talks}");
                self.fault(what, &[]);
            }
        }
    }

    /// Whether of several answers of its last call we kept one that the phone does not hold for its own.
    fn lost_to_its_fork(&self, phone: &str) -> bool {
        let reports = self.world.phone(phone).into_iter().flat_map(Phone::reports);
        let Some((_, report)) = reports.last().filter(|(_, r)| r.forks_ended != (0, 0)) else {
            return false;
        };
        let of_leg = |rung: &&Rung| {
            Message::scan(rung.bytes.clone())
                .is_ok_and(|message| message.call_id() == report.call_id.as_bytes())
        };
        let rungs: Vec<&Rung> = self.world.ladder.rungs().iter().filter(of_leg).collect();
        fork_won(&rungs)
    }

    fn talks(&self, phone: &str, now: Mono) -> bool {
        let Some(phone) = self.world.phone(phone) else { return false };
        let mut last = phone.reports().collect::<Vec<_>>();
        last.reverse();
        last.iter()
            .take(6)
            .any(|(_, r)| r.confirmed_at.is_some_and(|at| at <= now) && r.ended_at.is_none())
    }
}

fn build(story: &Story) -> World<House> {
    let house = match House::new(&story.house, Clock::default().now()) {
        Ok(house) => house,
        Err(findings) => panic!("{findings}"),
    };
    let mut world = World::new(story.seed, "us", &[US], house);
    for (name, ip) in CALLERS.iter().chain(CALLED.iter()) {
        let ip = IpAddr::from(*ip);
        let mut config = PhoneConfig::new(name, ip, Behaviour::default());
        config.seed ^= story.seed << 20;
        config.rtp = (0..256).map(|i| SocketAddr::new(ip, 40_000 + 2 * i)).collect();
        world.add_phone(Phone::new(config));
    }
    for (name, ways) in &story.ways {
        for way in ways {
            world.behave_next(name, way.clone());
        }
    }
    for (from, to, link) in &story.links {
        world.net.set_link(*from, *to, *link);
    }
    world
}

//! The set: one plan, a caller, agents; how a call is placed and what must hold when it is over.
#![expect(clippy::panic, reason = "a helper of tests may panic")]

use crate::stage::*;
use centralino::base::Now;
use centralino::record::Cdr;
use centralino::router::AgentActivity;
use centralino::sim::clock::Clock;
use centralino::sim::{
    Behaviour, CallNo, Datagram, House, HouseConfig, Phone, PhoneConfig, PlaceCall, Remains,
    Report, World,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Where the router lives.
pub(crate) const US: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
/// Where Bruno's phone lives.
pub(crate) const BRUNO: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 3));
/// Where hand-made messages come from.
pub(crate) const PROBE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));

/// What is heard of each.
pub(crate) const CALLER_HZ: u16 = 440;
pub(crate) const ANNA_HZ: u16 = 697;
pub(crate) const BRUNO_HZ: u16 = 770;
pub(crate) const WELCOME_HZ: u16 = 1000;
pub(crate) const MENU_HZ: u16 = 1200;
pub(crate) const MUSIC_HZ: u16 = 1400;
pub(crate) const SORRY_HZ: u16 = 1600;
pub(crate) const HOLD_HZ: u16 = 1800;
pub(crate) const NEWS_HZ: u16 = 2000;
pub(crate) const RING_BACK_HZ: u16 = 425;

/// The plan; its head says what each number leads to.
pub(crate) const PLAN: &str = include_str!("plan.yaml");

/// A world with the router, a caller and two agents, who take calls in this way.
pub(crate) struct Set {
    pub(crate) world: World<House>,
}

/// How the router is set up.
pub(crate) fn config() -> HouseConfig {
    HouseConfig::new(PLAN, US)
}

/// The plan with these changes.
#[track_caller]
pub(crate) fn plan_with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(PLAN.to_owned(), |plan, (from, to)| {
        assert!(plan.contains(from), "{from}");
        plan.replace(from, to)
    })
}

/// How the router is set up with these changes of the plan.
#[track_caller]
pub(crate) fn config_with(changes: &[(&str, &str)]) -> HouseConfig {
    HouseConfig { plan: plan_with(changes), ..config() }
}

pub(crate) fn set(anna: Behaviour, bruno: Behaviour) -> Set {
    set_with(&config(), anna, bruno)
}

pub(crate) fn set_with(config: &HouseConfig, anna: Behaviour, bruno: Behaviour) -> Set {
    let now: Now = Clock::default().now();
    let house = match House::new(config, now) {
        Ok(house) => house,
        Err(findings) => panic!("{findings}"),
    };
    let hosts: Vec<IpAddr> = config.addresses().collect();
    let mut world = World::new(config.seed, "us", &hosts, house);
    for (name, ip, behaviour) in [
        ("caller", CALLER, Behaviour::default()),
        ("anna", ANNA, anna.with_tone(ANNA_HZ)),
        ("bruno", BRUNO, bruno.with_tone(BRUNO_HZ)),
    ] {
        world.add_phone(Phone::new(PhoneConfig::new(name, ip, behaviour)));
    }
    world.ladder.name(PROBE, "probe");
    Set { world }
}

/// One call to this number until nothing waits for anything; what must hold after every call is
/// looked at.
#[track_caller]
pub(crate) fn one_whole_call(
    number: &str,
    caller: Behaviour,
    anna: Behaviour,
    bruno: Behaviour,
) -> Set {
    let mut set = set(anna, bruno);
    set.call(number, caller);
    set.finish();
    set
}

impl Set {
    /// The caller calls this number.
    pub(crate) fn call(&mut self, number: &str, caller: Behaviour) -> CallNo {
        let call = PlaceCall {
            from: Some("+39333111".into()),
            ..PlaceCall::new(number, (US, 5060).into(), caller.with_tone(CALLER_HZ))
        };
        match self.world.place("caller", call) {
            Some(call) => call,
            None => panic!("the caller has no line free"),
        }
    }

    /// Runs until all is quiet and looks at what must hold then: nothing is left over, there is one
    /// record a call, every agent is ready, and no phone found a fault.
    #[track_caller]
    pub(crate) fn finish(&mut self) {
        self.finish_unclean();
        self.assert_clean();
    }

    /// The same where the phones were made to complain.
    #[track_caller]
    pub(crate) fn finish_unclean(&mut self) {
        finish(&mut self.world);
        let now = self.world.now().mono;
        let house = self.world.system();
        let ladder = &self.world.ladder;
        assert_eq!(house.remains(), Remains::default(), "something is left over:\n{ladder}");
        let (calls, cdrs) = (house.calls(), house.cdrs());
        assert_eq!(calls.len(), cdrs.len(), "one record a call:\n{ladder}");
        for call in calls {
            let of_call = cdrs.iter().filter(|c| c.opened.call == call.to_string()).count();
            assert_eq!(of_call, 1, "one record of {call}:\n{ladder}");
        }
        assert_eq!(house.strays(), 0, "events behind the record's end:\n{ladder}");
        for agent in house.agents(now) {
            let resting = matches!(
                agent.activity,
                AgentActivity::Ready | AgentActivity::Paused | AgentActivity::NotReady
            );
            assert!(resting, "{} is {:?} in the end:\n{ladder}", agent.name, agent.activity);
        }
        for name in ["caller", "anna", "bruno"] {
            let open = self.world.phone(name).map(Phone::open_calls);
            assert_eq!(open, Some(0), "{name} still has a call:\n{ladder}");
        }
    }

    /// No phone found anything wrong in any of its calls.
    #[track_caller]
    pub(crate) fn assert_clean(&self) {
        for name in ["caller", "anna", "bruno"] {
            let Some(phone) = self.world.phone(name) else { continue };
            for (no, report) in phone.reports() {
                let noticed = &report.noticed;
                let ladder = &self.world.ladder;
                assert!(noticed.is_empty(), "{name}'s {no:?}: {noticed:?}\n{ladder}");
            }
            assert_eq!(phone.not_sip(), 0);
        }
    }

    /// The whole ladder is this and nothing else.
    #[track_caller]
    pub(crate) fn assert_ladder(&self, wanted: &str) {
        assert_ladder(&self.world.ladder, wanted);
    }

    /// What a phone saw of its last call.
    #[track_caller]
    pub(crate) fn saw(&self, name: &str) -> &Report {
        report(&self.world, name)
    }

    /// The record of the only call.
    #[track_caller]
    pub(crate) fn cdr(&self) -> &Cdr {
        match self.world.system().cdrs() {
            [cdr] => cdr,
            cdrs => panic!("{} records\n{}", cdrs.len(), self.world.ladder),
        }
    }

    /// The call ended so: by whom, why.
    #[track_caller]
    pub(crate) fn assert_ended(&self, by: &str, cause: &str) {
        let cdr = self.cdr();
        let ended = (cdr.ended_by.as_str(), cdr.cause.as_str());
        assert_eq!(ended, (by, cause), "\n{}", self.world.ladder);
    }

    /// Outcomes of the offers, in order: to whom, how it ended (`joined`, or the cause).
    #[track_caller]
    pub(crate) fn assert_offers(&self, wanted: &[(&str, &str)]) {
        use centralino::record::cdr::OfferOutcome;
        let outcome = |outcome: &OfferOutcome| match outcome {
            OfferOutcome::Joined => "joined".to_owned(),
            OfferOutcome::Ended { cause, .. } => cause.clone(),
            OfferOutcome::Open => "open".to_owned(),
        };
        let offers = self.cdr().offers.iter();
        let offers: Vec<(String, String)> =
            offers.map(|o| (o.to.clone(), outcome(&o.outcome))).collect();
        let offers: Vec<(&str, &str)> =
            offers.iter().map(|(to, o)| (to.as_str(), o.as_str())).collect();
        assert_eq!(offers, wanted, "\n{}", self.world.ladder);
    }

    /// What an agent does now.
    pub(crate) fn agent(&self, name: &str) -> Option<AgentActivity> {
        self.world.system().agent(name, self.world.now().mono)
    }

    /// Somebody sets an agent's state.
    pub(crate) fn set_agent(&mut self, name: &str, ready: bool) {
        let known =
            self.world.with_system(|house, now, out| house.set_agent(name, ready, now, out));
        assert!(known, "no agent {name}");
    }

    /// Sends a hand-made message; it stands in the ladder.
    pub(crate) fn send_from(&mut self, from: IpAddr, text: &str) {
        let now = self.world.now().mono;
        let text = text.lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
        let (local, remote) = (SocketAddr::new(from, 5060), SocketAddr::new(US, 5060));
        let bytes = bytes::Bytes::from(text + "\r\n\r\n");
        let datagram = Datagram { local, remote, bytes };
        self.world.ladder.add(now, &datagram);
        self.world.net.send(now, datagram);
    }

    /// The statuses that the probe got, repeats left out.
    pub(crate) fn probed(&self) -> Vec<String> {
        let ladder = self.world.ladder.without_repeats();
        let to_probe = ladder.rungs().iter().filter(|r| r.to == "probe");
        to_probe.map(|r| r.what.clone()).collect()
    }

    /// The first message between these two whose line begins so, as text.
    #[track_caller]
    pub(crate) fn message(&self, from: &str, to: &str, what: &str) -> String {
        self.messages(from, to, what).into_iter().next().unwrap_or_else(|| {
            panic!("{from} sent {to} no {what}:\n{}", self.world.ladder);
        })
    }

    /// All messages between these two whose line begins so, as text.
    pub(crate) fn messages(&self, from: &str, to: &str, what: &str) -> Vec<String> {
        let fits =
            |r: &&centralino::sim::Rung| r.from == from && r.to == to && r.what.starts_with(what);
        let text = |r: &centralino::sim::Rung| String::from_utf8_lossy(&r.bytes).into_owned();
        self.world.ladder.rungs().iter().filter(fits).map(text).collect()
    }

    /// Runs for so long.
    pub(crate) fn run(&mut self, d: Duration) {
        self.world.run_for(d);
    }
}

/// The value of a header in a message's text.
pub(crate) fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.split_once("\r\n\r\n").map_or(text, |(head, _)| head);
    head.lines().skip(1).find_map(|line| {
        let (n, value) = line.split_once(':')?;
        n.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A phone that is never called.
pub(crate) fn idle() -> Behaviour {
    Behaviour::default()
}

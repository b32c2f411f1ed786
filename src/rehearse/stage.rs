//! The stage: who lives where. The plan's agents, dialled targets and trunks get a phone each at the
//! address that the plan names; the house gets one of its own.

use crate::base::Mono;
use crate::dialplan::{Case, How, Mood, TakesCalls};
use crate::expr::Template;
use crate::ivr::Verb;
use crate::media::PromptBook;
use crate::plan::{Entry, Listen, ListenTransport, Network, Plan, Trunk, Trunks};
use crate::sim::{Answer, Behaviour, Clock, House, HouseConfig, Phone, PhoneConfig, World};
use crate::sip::Uri;
use crate::transport;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Where the house lives: in a network that is kept for tests (RFC 2544).
const US: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1));
const OUR_PORT: u16 = 5060;
/// Where callers live if their trunk takes calls from anywhere.
const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 9));
/// Callers' phones are at ports that nobody else has.
const CALLERS_PORT: u16 = 6_060;
/// When a test begins that does not say.
const FIRST_DAY: (i16, i8, i8) = (2026, 1, 12);
const FIRST_HOUR: i8 = 10;
/// What the house is called in ladders.
pub(super) const OUR_NAME: &str = "centralino";
/// Lines of a phone.
const LINES: u16 = 8;
const FIRST_RTP: u16 = 30_000;
/// Media ports of the house: more than the calls of any test need.
const PORTS: u16 = 64;
/// How soon a phone answers of which nothing is said.
const ANSWERS_AFTER: Duration = Duration::from_secs(2);
/// Addresses of a network that are tried for a caller.
const HOSTS: u32 = 254;

/// One phone of the plan: an address, and the users whose calls go there.
#[derive(Clone, Debug)]
pub(super) struct Site {
    socket: SocketAddr,
    /// The phone's name, unique and fit for a URI.
    pub(super) phone: String,
    /// What it is called in ladders.
    label: String,
    rtp: Vec<SocketAddr>,
    /// User parts and whose they are.
    users: Vec<(String, Whose)>,
}

/// Whose phone it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whose {
    Agent(Arc<str>),
    Target,
    Trunk,
}

/// A plan and its people, ready for any number of tests.
#[derive(Debug)]
pub struct Stage {
    pub(super) plan: Arc<Plan>,
    prompts: Arc<PromptBook>,
    pub(super) sites: Vec<Site>,
    pub(super) first_wall_ms: i64,
}

impl Stage {
    pub(super) fn new(plan: &Plan, prompts: PromptBook) -> Result<Stage, String> {
        let sites = sites(plan);
        let mut plan = plan.clone();
        plan.trunks = Trunks::new(plan.trunks.iter().enumerate().map(stand_in).collect());
        let address = SocketAddr::new(US, OUR_PORT);
        plan.sip.listen = vec![Listen { transport: ListenTransport::Udp, address }];
        plan.sip.advertise.clear();
        plan.sip.advertise_default.clear();
        let first_wall_ms = first_wall_ms(&plan).ok_or("there is no such time zone")?;
        let (plan, prompts) = (Arc::new(plan), Arc::new(prompts));
        Ok(Stage { plan, prompts, sites, first_wall_ms })
    }

    /// A fresh world for one test, without callers.
    pub(super) fn world(&self, case: &Case) -> World<House> {
        let wall_ms = case.wall_ms.unwrap_or(self.first_wall_ms);
        let config = HouseConfig { ports: PORTS, unheard: true, ..HouseConfig::new("", US) };
        let now = Clock::starting(wall_ms).now();
        let house = House::of(self.plan.clone(), self.prompts.clone(), &config, now);
        let mut world = World::new(config.seed, OUR_NAME, &[US], house);
        world.begin_at(wall_ms);
        for site in &self.sites {
            world.add_phone_beside(self.phone(site, case), &site.label);
        }
        world
    }

    /// A target of the test that the plan never dials.
    pub(super) fn unknown_target<'c>(&self, case: &'c Case) -> Option<&'c str> {
        let mut names = case.targets.keys().map(|name| &**name);
        names.find(|name| !self.sites.iter().any(|site| site.is_target(name)))
    }

    fn phone(&self, site: &Site, case: &Case) -> Phone {
        let host = case.targets.get(site.socket.ip().to_string().as_str());
        let usual = host.map(ways).and_then(|ways| ways.into_iter().last());
        let mut phone = Phone::new(PhoneConfig {
            rtp: site.rtp.clone(),
            sip: site.socket,
            ..PhoneConfig::bare(&site.phone, usual.unwrap_or_else(|| taking(None)))
        });
        for (user, whose) in &site.users {
            let mood = match whose {
                Whose::Agent(name) => case.agents.get(name),
                Whose::Target | Whose::Trunk => case.targets.get(user.as_str()),
            };
            if let Some(mood) = mood.filter(|mood| !mood.takes.is_empty()) {
                phone.set_user(user, ways(mood));
            }
        }
        // Users of a PBX whose numbers the plan works out.
        if site.takes_targets() {
            for (user, mood) in &case.targets {
                if site.users.iter().all(|(known, _)| **known != **user) {
                    phone.set_user(user, ways(mood));
                }
            }
        }
        phone
    }

    /// The trunk that a call comes from, and an address there.
    pub(super) fn trunk(&self, name: Option<&str>) -> Result<(&Trunk, IpAddr), String> {
        let accepts = |trunk: &&Arc<Trunk>| {
            name.map_or(!trunk.accept_from.is_empty(), |name| &*trunk.name == name)
        };
        let trunk = self.plan.trunks.iter().find(accepts);
        let trunk = trunk.ok_or("no trunk says whose calls it takes: accept_from is missing")?;
        let hosts = trunk.accept_from.iter().flat_map(|network| match network.address {
            IpAddr::V4(first) => {
                let shift = 32 - u32::from(network.prefix.min(32));
                let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
                let base = u32::from(first) & mask;
                let host = move |n| IpAddr::V4(Ipv4Addr::from(base.wrapping_add(n)));
                let is_wide = shift > 0;
                (u32::from(is_wide)..=if is_wide { HOSTS } else { 0 }).map(host).collect()
            }
            IpAddr::V6(_) => Vec::new(),
        });
        let is_theirs = |ip: &IpAddr| {
            self.plan.trunk_from(*ip).is_some_and(|found| found.id == trunk.id) && *ip != US
        };
        let host = std::iter::once(ANYWHERE).chain(hosts).find(is_theirs);
        let host = host.ok_or(format!("the trunk {} takes calls from no IPv4 address", trunk.name));
        Ok((trunk, host?))
    }

    /// The phone of a caller, the `number`th of the test, at this address.
    pub(super) fn caller(&self, name: &str, number: usize, ip: IpAddr) -> Phone {
        let port = CALLERS_PORT.saturating_add(u16::try_from(number).unwrap_or(u16::MAX) * 2);
        Phone::new(PhoneConfig {
            sip: SocketAddr::new(ip, port),
            rtp: (0..LINES).map(|n| SocketAddr::new(ip, port + 1000 + 2 * n)).collect(),
            ..PhoneConfig::bare(name, quiet())
        })
    }

    /// Where calls go.
    pub(super) fn us(&self) -> SocketAddr {
        SocketAddr::new(US, OUR_PORT)
    }
}

/// A trunk that calls over IPv6 only gets an IPv4 address beside it: the house has no other family.
fn stand_in((at, trunk): (usize, &Arc<Trunk>)) -> Arc<Trunk> {
    let is_v6 = |network: &Network| network.address.is_ipv6();
    let Ok(host) = u8::try_from(at + 1) else { return trunk.clone() };
    if trunk.accept_from.is_empty() || !trunk.accept_from.iter().all(is_v6) {
        return trunk.clone();
    }
    let mut trunk = Trunk::clone(trunk);
    trunk.accept_from.push(Network { address: Ipv4Addr::new(198, 19, 0, host).into(), prefix: 32 });
    Arc::new(trunk)
}

impl Site {
    /// Where it is.
    pub(super) fn socket(&self) -> SocketAddr {
        self.socket
    }

    /// The user part under which calls for this agent come here.
    pub(super) fn user_of(&self, agent: &str) -> Option<&str> {
        let is_theirs = |(_, whose): &&(String, Whose)| match whose {
            Whose::Agent(name) => **name == *agent,
            Whose::Target | Whose::Trunk => false,
        };
        self.users.iter().find(is_theirs).map(|(user, _)| user.as_str())
    }

    /// Whether calls for others than agents come here.
    fn takes_targets(&self) -> bool {
        self.users.iter().any(|(_, whose)| matches!(whose, Whose::Target | Whose::Trunk))
    }

    /// Whether a test may call somebody here so: the host itself, or a user that the plan dials.
    /// Where the plan works out the user it may be any.
    fn is_target(&self, name: &str) -> bool {
        let is_user = |(user, whose): &(String, Whose)| {
            *whose == Whose::Target && (user == name || user.is_empty())
        };
        self.takes_targets()
            && (self.socket.ip().to_string() == name || self.users.iter().any(is_user))
    }
}

/// How a phone takes a call: without sound, since nobody listens.
fn taking(takes: Option<TakesCalls>) -> Behaviour {
    let takes = takes.unwrap_or(TakesCalls { how: How::Answers(ANSWERS_AFTER), talks: None });
    let answer = match takes.how {
        How::Answers(after) => Answer::After(after),
        How::Refuses(status) => Answer::refuse(status),
        How::Rings => Answer::Never,
        How::Silent => Answer::Silent,
    };
    Behaviour { answer, talk: takes.talks, ..quiet() }
}

/// A phone that sends no sound but the digits it is told to press.
pub(super) fn quiet() -> Behaviour {
    Behaviour { media: false, tone_hz: None, ..Behaviour::default() }
}

fn ways(mood: &Mood) -> Vec<Behaviour> {
    mood.takes.iter().map(|takes| taking(Some(*takes))).collect()
}

/// A Monday morning in the plan's own time zone.
fn first_wall_ms(plan: &Plan) -> Option<i64> {
    let (year, month, day) = FIRST_DAY;
    let zone = jiff::tz::TimeZone::get(&plan.defaults.zone).ok()?;
    let morning = jiff::civil::Date::new(year, month, day).ok()?.at(FIRST_HOUR, 0, 0, 0);
    Some(morning.to_zoned(zone).ok()?.timestamp().as_millisecond())
}

/// All phones that the plan can name: by agents, dialled targets, trunks.
fn sites(plan: &Plan) -> Vec<Site> {
    let mut found = Found::default();
    for agent in &plan.roster.agents {
        for contact in &agent.contacts {
            found.add(contact, &agent.name, Whose::Agent(agent.name.clone()));
        }
    }
    for (_, entry) in plan.entries() {
        if let Entry::Dial { target, .. } = entry {
            found.template(target);
        }
    }
    for flow in plan.script.program.flows.values() {
        for state in &flow.states {
            if let Verb::Dial(dial) = &state.verb {
                found.template(&dial.target);
            }
        }
    }
    // What a route sends to a trunk is a number of the caller's, so it may be any.
    let whose = if plan.routes.is_empty() { Whose::Trunk } else { Whose::Target };
    for trunk in &plan.trunks {
        for peer in &trunk.peers {
            found.add(&peer.uri, &trunk.name, whose.clone());
        }
    }
    found.sites()
}

/// Phones by address, while they are looked for.
#[derive(Debug, Default)]
struct Found {
    by_socket: BTreeMap<SocketAddr, Vec<(String, String, Whose)>>,
}

impl Found {
    fn add(&mut self, uri: &str, name: &str, whose: Whose) {
        let Ok(uri) = Uri::parse(uri.as_bytes()) else { return };
        let Some((_, socket)) = transport::next_hop(&uri) else { return };
        let users = self.by_socket.entry(socket).or_default();
        let user = uri.user_decoded();
        if users.iter().all(|(known, ..)| *known != user) {
            users.push((user, name.to_owned(), whose));
        }
    }

    /// A target whose user part may be worked out; one whose host is cannot be foreseen.
    fn template(&mut self, target: &Template) {
        match target.plain() {
            Some(uri) => {
                let user = Uri::parse(uri.as_bytes()).map(|uri| uri.user_decoded());
                self.add(uri, &user.unwrap_or_default(), Whose::Target);
            }
            None => {
                let text = target.text();
                if let Some((_, host)) = text.rsplit_once('@').filter(|(_, h)| !h.contains("${")) {
                    self.add(&format!("sip:{host}"), "", Whose::Target);
                }
            }
        }
    }

    fn sites(self) -> Vec<Site> {
        let mut ports: BTreeMap<IpAddr, u16> = BTreeMap::new();
        let mut names = BTreeMap::new();
        let mut sites = Vec::new();
        for (number, (socket, users)) in self.by_socket.into_iter().enumerate() {
            let next = ports.entry(socket.ip()).or_insert(FIRST_RTP);
            let rtp = (0..LINES).map(|n| SocketAddr::new(socket.ip(), *next + 2 * n)).collect();
            *next = next.saturating_add(2 * LINES).min(u16::MAX - 2 * LINES);
            // One who has the phone alone gives it the name, a second one counts.
            let label = match users.as_slice() {
                [(_, name, _)] if !name.is_empty() => {
                    let count: &mut u32 = names.entry(name.clone()).or_default();
                    *count += 1;
                    if *count == 1 { name.clone() } else { format!("{name}-{count}") }
                }
                _ => socket.ip().to_string(),
            };
            let users = users.into_iter().map(|(user, _, whose)| (user, whose)).collect();
            sites.push(Site { socket, phone: format!("phone-{number}"), label, rtp, users });
        }
        sites
    }
}

/// Milliseconds and microseconds of a time, as in ladders.
pub(super) fn seconds(at: Mono) -> String {
    format!("{}.{:03}", at.0 / 1_000_000, at.0 / 1000 % 1000)
}

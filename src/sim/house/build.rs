//! Building a house from the text of a plan: prompts are tones, ports are made up.

use super::post::Post;
use super::sound::Sounds;
use super::streams::Streams;
use super::{House, Room};
use crate::base::{Gates, Mint, Now, PromptId, WorkerId};
use crate::dialplan::{self, Source};
use crate::media::prompt::from_pcm;
use crate::media::{Engine, Family, MediaPort, PortSupply, PromptBook};
use crate::plan::{ListenTransport, Names, Plan};
use crate::record::{Live, Records};
use crate::router::Router;
use crate::transport::{Listener, Listeners, Transport};
use crate::worker::{Config, Edition, Input, Worker};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The first media port; RTCP is on the next one.
const FIRST_PORT: u16 = 20_000;
/// Level of a prompt's tone: well above what a phone takes for silence, far from clipping.
const AMPLITUDE: f64 = 8_000.0;
/// What a prompt sounds like whose file does not say: 600 Hz for a second.
const USUAL_TONE: (u16, u64) = (600, 1000);

/// What a house is built of.
#[derive(Clone, Debug)]
pub struct HouseConfig {
    /// The plan: YAML. Its listeners must name whole addresses, each another. A prompt whose file is called
    /// `700hz-1500ms.wav` is that tone.
    pub plan: String,
    /// Where names, ports' order and delays come from.
    pub seed: u64,
    /// Workers, at least one.
    pub workers: u8,
    /// Media threads, at least one.
    pub media_threads: u8,
    /// Media ports of each thread.
    pub ports: u16,
    /// Where media lives.
    pub media: IpAddr,
    /// Where it lives too, with as many ports: an address of the other family.
    pub media_beside: Option<IpAddr>,
    /// Calls at a time of each worker.
    pub most_calls: usize,
    /// What one part says to another takes up to so long.
    pub delay: Duration,
    /// What a party on hold hears: the name of a prompt that the plan uses.
    pub hold_music: Option<String>,
    /// RTP that we send reaches nobody: for runs in which only the time that sound takes counts.
    pub unheard: bool,
}

impl HouseConfig {
    /// One worker, one media thread, everything at once.
    #[must_use]
    pub fn new(plan: &str, media: IpAddr) -> HouseConfig {
        HouseConfig {
            plan: plan.to_owned(),
            seed: 1,
            workers: 1,
            media_threads: 1,
            ports: 256,
            media,
            media_beside: None,
            most_calls: 1000,
            delay: Duration::ZERO,
            hold_music: None,
            unheard: false,
        }
    }

    /// The addresses of the house that media is sent to.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        [Some(self.media), self.media_beside].into_iter().flatten()
    }
}

impl House {
    /// Builds it.
    ///
    /// # Errors
    /// The findings of the plan, or a prompt that cannot be made.
    pub fn new(config: &HouseConfig, now: Now) -> Result<House, String> {
        let mut plan = load(&config.plan, &mut Names::default())?;
        if let Some(name) = &config.hold_music {
            plan.media.hold_music = plan.script.prompt(name).map(|p| p.id);
        }
        let prompts = Arc::new(prompts(&plan)?);
        Ok(House::of(Arc::new(plan), prompts, config, now))
    }

    /// Builds it of a plan that is compiled and prompts that are read already; the text of the plan
    /// in `config` counts for nothing.
    #[must_use]
    pub fn of(plan: Arc<Plan>, prompts: Arc<PromptBook>, config: &HouseConfig, now: Now) -> House {
        let listeners = Arc::new(listeners(&plan));
        let threads = config.media_threads.max(1);
        let (rooms, ports) = rooms(config, threads);
        let mint = |number: u8| {
            let seed = config.seed.wrapping_mul(1000).wrapping_add(u64::from(number));
            Mint::seeded(seed, WorkerId(number))
        };
        let families: Vec<Family> = config.addresses().map(family).collect();
        let loop_mark: Arc<str> = mint(255).tag().to_string().into();
        let count = config.workers.max(1);
        let gates = Arc::new(Gates::default());
        let workers = (0..count).map(|number| {
            Worker::new(Config {
                id: WorkerId(number),
                workers: count,
                mint: mint(number),
                listeners: listeners.clone(),
                gates: gates.clone(),
                edition: Edition { plan: plan.clone(), prompts: prompts.clone() },
                ports: PortSupply::new(threads, &families),
                loop_mark: loop_mark.clone(),
                most_calls: config.most_calls,
            })
        });
        let mut house = House {
            router: Router::new(&plan.roster, now),
            workers: workers.collect(),
            plan,
            trial: None,
            listeners,
            rooms,
            ports,
            post: Post::new(config.seed, config.delay),
            turn: 0,
            records: Records::new(),
            live: Live::default(),
            cdrs: Vec::new(),
            events: Vec::new(),
            said: Vec::new(),
            told: Vec::new(),
            sounds: Sounds::default(),
            unheard: config.unheard,
            streams: Streams::default(),
        };
        // As in io/run: a first input lets each worker ask for its ports before the first call.
        house.tell_workers(|| Input::Timeout, now, &mut Vec::new());
        house
    }
}

fn rooms(config: &HouseConfig, threads: u8) -> (Vec<Room>, BTreeMap<SocketAddr, MediaPort>) {
    let mut ports = BTreeMap::new();
    let rooms = (0..threads).map(|thread| {
        let numbers = (0..config.ports)
            .map(|n| FIRST_PORT.saturating_add(2 * (n * u16::from(threads) + u16::from(thread))));
        let at = |number: u16| config.addresses().map(move |ip| SocketAddr::new(ip, number));
        let shelf: VecDeque<MediaPort> =
            numbers.flat_map(at).map(|local| MediaPort { thread, local }).collect();
        ports.extend(shelf.iter().map(|port| (port.local, *port)));
        let seed = config.seed.wrapping_mul(7).wrapping_add(u64::from(thread));
        Room { engine: Engine::new(Mint::seeded(seed, WorkerId(thread))), shelf }
    });
    (rooms.collect(), ports)
}

fn family(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

fn listeners(plan: &Plan) -> Listeners {
    let listener = |l: &crate::plan::Listen| {
        let transport = match l.transport {
            ListenTransport::Udp => Transport::Udp,
            ListenTransport::Tcp => Transport::Tcp,
        };
        Listener { transport, local: l.address }
    };
    Listeners {
        list: plan.sip.listen.iter().map(listener).collect(),
        advertise: plan.sip.advertise.clone(),
        advertise_default: plan.sip.advertise_default.clone(),
    }
}

pub(super) fn load(text: &str, names: &mut Names) -> Result<Plan, String> {
    let source = Source { name: "plan.yaml".to_owned(), text: text.to_owned() };
    let loaded = dialplan::compile(&[source], &AnyPrompt, names);
    loaded.map(|loaded| loaded.plan).map_err(|findings| {
        findings.iter().map(|finding| format!("{finding}\n")).collect::<String>()
    })
}

/// Every prompt is there; nothing else is.
struct AnyPrompt;

impl dialplan::World for AnyPrompt {
    fn list(&self, _path: &str) -> Result<Option<Vec<String>>, String> {
        Ok(None)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("{path}: there are no files here"))
    }

    fn prompt_exists(&self, path: &str) -> bool {
        path.ends_with(".wav")
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

pub(super) fn prompts(plan: &Plan) -> Result<PromptBook, String> {
    let make = |prompt: &crate::plan::PromptFile| {
        let (hz, ms) = tone_of(&prompt.path).unwrap_or(USUAL_TONE);
        tone(prompt.id, hz, ms).map_err(|e| format!("prompt {}: {e}", prompt.name))
    };
    plan.script.prompts.values().map(make).collect()
}

/// `…/700hz-1500ms.wav`: 700 Hz for 1500 ms.
fn tone_of(path: &str) -> Option<(u16, u64)> {
    let name = path.rsplit('/').next()?.strip_suffix(".wav")?;
    let (hz, ms) = name.split_once('-')?;
    Some((hz.strip_suffix("hz")?.parse().ok()?, ms.strip_suffix("ms")?.parse().ok()?))
}

fn tone(id: PromptId, hz: u16, ms: u64) -> Result<crate::media::Prompt, crate::media::PromptError> {
    let turn = std::f64::consts::TAU * f64::from(hz) / 8000.0;
    let samples: Vec<i16> =
        (0..ms * 8).map(|n| ((n as f64 * turn).sin() * AMPLITUDE) as i16).collect();
    from_pcm(id, &samples, 8000, 1)
}

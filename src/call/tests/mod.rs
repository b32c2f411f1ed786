//! One real call over the real transaction layer. The phones, the router and media are played by
//! hand: `phones` speaks for the far ends, `deeds` are what can happen to a call, `places` are the
//! states that it is brought into, and `pairs` holds what every input does in every state.

mod deeds;
mod heard;
mod pairs;
mod phones;
mod places;
mod refreshes;
mod rest;
mod returns;

use super::{Call, Context, Incoming, Input, Out, Stage};
use crate::base::{AgentId, CallKey, Gates, LegKey, LegNo, Mint, Mono, Now, PromptId, WorkerId};
use crate::dialog::{self, DialogKey};
use crate::dialplan;
use crate::media::{self, Family, MediaPort, PlayId, PortSupply, PromptBook};
use crate::plan::{Names, Plan};
use crate::router;
use crate::sip::Message;
use crate::transaction::{self, Layer};
use crate::transport::{Flow, Listener, ListenerId, Listeners, Transport};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// 100 is an early prompt, 200 a menu, 300 a queue that answers, 400 one that rings; after the talk
/// both go back to the menu. 500 dials without a flow, 600 within one, 800 with media between the
/// parties. 700 queues twice, 900 queues and then dials.
const PLAN: &str = r#"
version: 1
sip: { listen: ["udp://192.0.2.10:5060"] }
defaults: { ring: 10s, wrap_up: 2s }
prompts: { welcome: w.wav, choice: c.wav, music: m.wav, news: n.wav }
trunks: { carrier: { accept_from: [192.0.2.1], peers: ["sip:192.0.2.1"] } }
agents: { anna: { contact: "sip:anna@192.0.2.66", skills: { sales: 9 } } }
queues:
  sales:
    steps: [{ want: skill.sales >= 1 }]
    while_waiting: { music: music, every: 10s, say: [news] }
    otherwise: { refuse: 480 }
numbers:
  "100": early
  "200": main
  "300": late
  "400": rings
  "500": { dial: "sip:bob@192.0.2.66", ring: 10s }
  "600": dialled
  "700": twice
  "800": direct
  "900": onwards
flows:
  early: { tell: { play: welcome, early: true, next: { refuse: 480 } } }
  main: { choose: { menu: { prompt: choice, wait: 5s, tries: 2, keys: { "1": bye } }, failed: bye }, bye: { hang_up: 480 } }
  late: { wait: { queue: sales, priority: 7, next: back, otherwise: back }, back: { goto: main } }
  rings: { wait: { queue: sales, early: true, next: back, otherwise: back }, back: { goto: main } }
  twice: { wait: { queue: sales, next: again }, again: { queue: sales, next: back, otherwise: { hang_up: 480 } }, back: { goto: main } }
  direct: { call: { dial: "sip:bob@192.0.2.66", ring: 10s, direct_media: true, next: back, failed: back }, back: { goto: main } }
  onwards: { wait: { queue: sales, next: bob, otherwise: bob }, bob: { dial: "sip:bob@192.0.2.66", ring: 10s }, back: { goto: main } }
  dialled: { call: { dial: "sip:bob@192.0.2.66", ring: 10s, next: back, failed: back }, back: { goto: main } }
"#;

/// The name of a call's stage.
pub(super) fn stage(call: &Call) -> &'static str {
    match call.stage {
        Stage::Flow => "Flow",
        Stage::Queued(_) => "Queued",
        Stage::Dialling => "Dialling",
        Stage::Talking(_) => "Talking",
        Stage::Ending(_) => "Ending",
    }
}

fn media_kind(event: &media::Event) -> &'static str {
    match event {
        media::Event::Digit { .. } => "Digit",
        media::Event::PlayDone { .. } => "PlayDone",
        media::Event::Latched { .. } => "Latched",
        media::Event::Closed { .. } => "Closed",
    }
}

fn router_kind(output: &router::Output) -> &'static str {
    match output {
        router::Output::Offer { .. } => "router Offer",
        router::Output::Granted { .. } => "router Granted",
        router::Output::Revoke { .. } => "router Revoke",
        router::Output::Widened { .. } => "router Widened",
        router::Output::Place { .. } => "router Place",
        router::Output::Overflow { .. } => "router Overflow",
        router::Output::Decided(_) => "router Decided",
    }
}

/// The first word of a `Debug`: the variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// The name of what a dialog told. A new event does not compile before it is in the table of pairs.
pub(super) fn kind(event: &dialog::Event) -> &'static str {
    match event {
        dialog::Event::Progress { .. } => "Progress",
        dialog::Event::Answered { .. } => "Answered",
        dialog::Event::Acked { .. } => "Acked",
        dialog::Event::Answer { .. } => "Answer",
        dialog::Event::OfferFailed { .. } => "OfferFailed",
        dialog::Event::Offer { .. } => "Offer",
        dialog::Event::OfferWanted => "OfferWanted",
        dialog::Event::Refreshed => "Refreshed",
        dialog::Event::Info { .. } => "Info",
        dialog::Event::Ignored(_) => "Ignored",
        dialog::Event::Ending(_) => "Ending",
        dialog::Event::Ended => "Ended",
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

struct AnyPrompt;

impl dialplan::World for AnyPrompt {
    fn list(&self, _path: &str) -> Result<Option<Vec<String>>, String> {
        Ok(None)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        Err(path.to_owned())
    }

    fn prompt_exists(&self, _path: &str) -> bool {
        true
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The plan and its prompts, made once.
fn plan() -> (Arc<Plan>, Arc<PromptBook>) {
    static MADE: OnceLock<(Arc<Plan>, Arc<PromptBook>)> = OnceLock::new();
    let make = || {
        let source = dialplan::Source { name: "plan.yaml".to_owned(), text: PLAN.to_owned() };
        let plan = match dialplan::compile(&[source], &AnyPrompt, &mut Names::default()) {
            Ok(loaded) => loaded.plan,
            Err(findings) => {
                panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>())
            }
        };
        let tone = |id: PromptId| media::prompt::from_pcm(id, &[100; 800], 8000, 1).unwrap();
        let prompts = plan.script.prompts.values().map(|p| tone(p.id)).collect();
        (Arc::new(plan), Arc::new(prompts))
    };
    MADE.get_or_init(make).clone()
}

/// Something that waits for its turn.
enum Work {
    Call(Out),
    Layer(transaction::Output),
    Media(media::Event),
}

/// A lease that was offered: its legs' ends are counted.
#[derive(Clone, Copy, Debug)]
struct Offered {
    lease: router::Lease,
    ended: usize,
}

/// A call on the bench.
struct Bench {
    call: Option<Call>,
    layer: Layer,
    mint: Mint,
    listeners: Listeners,
    plan: Arc<Plan>,
    prompts: Arc<PromptBook>,
    gates: Arc<Gates>,
    peers: super::Peers,
    ports: PortSupply,
    now: Mono,
    work: VecDeque<Work>,
    dialogs: BTreeMap<DialogKey, LegKey>,
    /// What the call had done, in short words, not looked at yet.
    said: Vec<String>,
    /// What each phone got, and whether it has answered that.
    got: Vec<(char, Message, bool)>,
    /// The phones' counters of requests.
    cseq: u32,
    /// Streams of media that are open, and what plays there over and over or once.
    streams: BTreeMap<LegKey, Option<(PlayId, bool)>>,
    /// Media tells the figures of a closed stream at once.
    figures: bool,
    closing: Vec<LegKey>,
    offers: Vec<Offered>,
    /// What the router heard last.
    enqueued: Option<(BTreeMap<String, String>, i32)>,
    /// What the record was told of each leg: `Offered`, `Joined`, `OfferEnded`, `LegEnded`.
    told: Vec<(LegNo, &'static str)>,
    /// Records posted.
    records: usize,
    over: bool,
    /// What must not be and was.
    broken: Vec<String>,
    /// Stage and input, with the number of times that they met.
    met: BTreeMap<(String, String), usize>,
}

impl Bench {
    fn new() -> Bench {
        let (plan, prompts) = plan();
        let mut ports = PortSupply::new(1, &[Family::V4]);
        let port = |n: u16| MediaPort {
            thread: 0,
            local: SocketAddr::from(([192, 0, 2, 10], 20_000 + 2 * n)),
        };
        ports.refill((0..200).map(port));
        let local: SocketAddr = "192.0.2.10:5060".parse().unwrap();
        let list = vec![Listener { transport: Transport::Udp, local }];
        Bench {
            call: None,
            layer: Layer::default(),
            mint: Mint::seeded(11, WorkerId(0)),
            listeners: Listeners { list, ..Listeners::default() },
            plan,
            prompts,
            gates: Arc::default(),
            peers: super::Peers::default(),
            ports,
            now: Mono(1_000_000),
            work: VecDeque::new(),
            dialogs: BTreeMap::new(),
            said: Vec::new(),
            got: Vec::new(),
            cseq: 100,
            streams: BTreeMap::new(),
            figures: true,
            closing: Vec::new(),
            offers: Vec::new(),
            enqueued: None,
            told: Vec::new(),
            records: 0,
            over: false,
            broken: Vec::new(),
            met: BTreeMap::new(),
        }
    }

    /// Notes what does not hold.
    fn hold(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(what());
        }
    }

    fn now(&self) -> Now {
        Now { mono: self.now, wall_ms: 0 }
    }

    fn flow(who: char) -> Flow {
        let remote: SocketAddr = match who {
            'a' => "192.0.2.1:5060",
            _ => "192.0.2.66:5060",
        }
        .parse()
        .unwrap();
        Flow { listener: ListenerId(0), transport: Transport::Udp, remote, connection: None }
    }

    fn key(&self) -> CallKey {
        self.call.as_ref().unwrap().key()
    }

    fn leg_key(&self, who: char) -> LegKey {
        LegKey { call: self.key(), leg: self.leg_no(who) }
    }

    /// `a` is the caller; `b` is our newest leg.
    fn leg_no(&self, who: char) -> LegNo {
        if who == 'a' {
            return LegNo::CALLER;
        }
        let ours = self.dialogs.values().map(|leg| leg.leg).filter(|no| *no != LegNo::CALLER);
        ours.max().unwrap_or(LegNo(1))
    }

    fn stage(&self) -> &'static str {
        self.call.as_ref().map_or("none", stage)
    }

    /// The stage, or that the call is gone, and all that was said since this was asked last.
    fn effect(&mut self) -> String {
        let mut parts = vec![if self.over { "over" } else { self.stage() }.to_owned()];
        parts.append(&mut self.said);
        parts.join(", ")
    }

    fn count(&mut self, name: &str) {
        let stage = self.stage();
        *self.met.entry((stage.to_owned(), name.to_owned())).or_default() += 1;
    }

    /// One input to the call; a call that is over hears nothing, as with a worker.
    fn input(&mut self, input: Input) {
        if self.over {
            return;
        }
        match &input {
            Input::Leg(..) => {}
            Input::Media(event) => {
                let who = if event.stream().leg == LegNo::CALLER { 'a' } else { 'b' };
                self.count(&format!("media {} {who}", media_kind(event)));
            }
            Input::Router(output) => self.count(router_kind(output)),
            Input::Timeout => self.count("Timeout"),
            Input::Drain => self.count("Drain"),
        }
        self.turn(|call, cx, out| call.handle(input, cx, out));
    }

    fn turn(&mut self, deed: impl FnOnce(&mut Call, &mut Context<'_>, &mut Vec<Out>)) {
        let Some(mut call) = self.call.take() else { return };
        let mut out = Vec::new();
        self.with_context(|cx| deed(&mut call, cx, &mut out));
        self.take_seen(&mut call);
        self.call = Some(call);
        self.work.extend(out.into_iter().map(Work::Call));
    }

    fn take_seen(&mut self, call: &mut Call) {
        for (stage, no, kind) in call.seen.drain(..) {
            let who = if no == LegNo::CALLER { 'a' } else { 'b' };
            *self.met.entry((stage.to_owned(), format!("{kind} {who}"))).or_default() += 1;
        }
    }

    fn with_context<T>(&mut self, deed: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let now = self.now();
        deed(&mut Context {
            now,
            mint: &mut self.mint,
            listeners: &self.listeners,
            gates: &self.gates,
            peers: &mut self.peers,
            ports: &mut self.ports,
            prompts: &self.prompts,
            loop_mark: "mark",
        })
    }

    fn layer_input(&mut self, input: transaction::Input) {
        let mut out = Vec::new();
        let now = self.now();
        self.layer.handle(input, now, &mut out);
        self.work.extend(out.into_iter().map(Work::Layer));
    }

    /// A message comes from a phone.
    fn receive(&mut self, who: char, text: String) {
        let message = Message::scan(text.into_bytes().into()).unwrap();
        self.layer_input(transaction::Input::Received { message, flow: Bench::flow(who) });
        self.pump();
    }

    /// An input, and all that follows.
    fn tell(&mut self, input: Input) {
        self.input(input);
        self.pump();
    }

    fn pump(&mut self) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Call(out) => self.on_out(out),
                Work::Layer(output) => self.on_layer(output),
                Work::Media(event) => self.input(Input::Media(event)),
            }
        }
    }

    fn on_layer(&mut self, output: transaction::Output) {
        use transaction::Output as Told;
        match output {
            Told::Send { flow, bytes } => self.on_sent(flow, Message::scan(bytes).unwrap()),
            Told::Request { tx, message, flow } => match self.leg_of(&message) {
                Some(leg) => self.leg(leg, dialog::Input::Request { tx, message, flow }),
                None if self.call.is_none() => self.begin(tx, message, flow),
                None => {
                    let bytes = crate::sip::Writer::respond(&message, 481, Some(b"x")).finish();
                    self.layer_input(transaction::Input::Respond { tx, status: 481, bytes });
                }
            },
            Told::Cancelled { owner, message, .. } => {
                if let Some(leg) = owner {
                    self.leg(leg, dialog::Input::Cancelled { message });
                }
            }
            Told::Ack { message, flow } => {
                if let Some(leg) = self.leg_of(&message) {
                    self.leg(leg, dialog::Input::Ack { message, flow });
                }
            }
            Told::Response { tx, owner, message, flow } => {
                self.leg(owner, dialog::Input::Response { tx, message, flow });
            }
            Told::Proceeding { tx, owner } => self.leg(owner, dialog::Input::Proceeding { tx }),
            Told::Failed { tx, owner, why } => self.leg(owner, dialog::Input::Failed { tx, why }),
            Told::StrayAnswer { message, flow } => {
                let mut inputs = Vec::new();
                let now = self.now();
                let mint = &mut self.mint;
                let mut context = dialog::Context { now, mint, listeners: &self.listeners };
                dialog::dismiss_stray_answer(&message, flow, &mut context, &mut inputs);
                inputs.into_iter().for_each(|input| self.layer_input(input));
            }
            Told::NoAck { .. } | Told::Dropped => {}
        }
    }

    fn leg_of(&self, message: &Message) -> Option<LegKey> {
        let key =
            DialogKey { call_id: message.call_id().into(), local_tag: message.to_tag()?.into() };
        self.dialogs.get(&key).copied()
    }

    fn leg(&mut self, leg: LegKey, input: dialog::Input) {
        self.input(Input::Leg(leg.leg, input));
    }

    fn begin(&mut self, tx: transaction::ServerTx, message: Message, flow: Flow) {
        let trunk = self.plan.trunks[0].id;
        let key = self.mint.call_key();
        let plan = self.plan.clone();
        let incoming = Incoming { tx, message, flow, trunk };
        let mut out = Vec::new();
        let begun = self.with_context(|cx| super::begin(key, incoming, &plan, cx, &mut out));
        let mut call = begun.unwrap();
        self.take_seen(&mut call);
        self.call = Some(call);
        self.work.extend(out.into_iter().map(Work::Call));
    }

    /// Time passes, with all timers.
    fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        loop {
            let call = self.call.as_ref().filter(|_| !self.over).and_then(Call::next_deadline);
            let next = [call, self.layer.next_deadline()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.layer_input(transaction::Input::Timeout);
            self.pump();
            let due = self.call.as_ref().filter(|_| !self.over).and_then(Call::next_deadline);
            if due.is_some_and(|due| due <= self.now) {
                self.tell(Input::Timeout);
            }
        }
        self.now = end;
    }

    /// The router offers the contact to Anna.
    fn offer(&mut self) {
        let id = self.offers.len() as u64 + 1;
        let lease = router::Lease { id, epoch: u32::try_from(id).unwrap() };
        self.offers.push(Offered { lease, ended: 0 });
        let offer = router::Output::Offer {
            contact: self.key(),
            lease,
            agent: AgentId(0),
            target: "sip:anna@192.0.2.66".into(),
            name: "anna".into(),
            ring: secs(10),
        };
        self.tell(Input::Router(offer));
    }

    fn lease(&self) -> Option<router::Lease> {
        self.offers.last().map(|offer| offer.lease)
    }
}

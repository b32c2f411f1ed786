//! Ladders on virtual time: one dialog over the real transaction layer, the peer written by hand.

mod ending;
mod incoming;
mod offers;
mod outgoing;
mod pairs;
mod reliable;
mod route;
mod states;
mod timers;
mod walk;
mod within;

use super::{Command, Context, Dialog, Ending, Event, Headers, Input, Invite, Output, Policy};
use crate::base::{CallKey, LegKey, LegNo, Mint, Mono, Now, WorkerId};
use crate::sip::{Message, Method, Name};
use crate::transaction::{self, Layer, ServerTx};
use crate::transport::{Flow, Listener, ListenerId, Listeners, Transport};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// Every ladder runs from this seed.
const SEED: u64 = 7;
/// The peer's address.
const PEER: &str = "192.0.2.66:5060";
/// A whole, small description; `version` makes it differ.
pub(super) fn sdp(version: u32) -> String {
    format!(
        "v=0\r\no=- 1 {version} IN IP4 192.0.2.66\r\ns=-\r\nc=IN IP4 192.0.2.66\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    )
}

pub(super) fn body(version: u32) -> Bytes {
    Bytes::from(sdp(version))
}

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(super) fn header(name: &str, value: &str) -> (Box<str>, Box<[u8]>) {
    (name.into(), value.as_bytes().into())
}

/// One leg, its layer, and a far end that the test plays.
pub(super) struct Ladder {
    pub(super) dialog: Option<Dialog>,
    pub(super) layer: Layer,
    pub(super) mint: Mint,
    pub(super) listeners: Listeners,
    pub(super) now: Mono,
    pub(super) flow: Flow,
    pub(super) policy: Policy,
    /// What we sent, not looked at yet.
    pub(super) sent: Vec<(Flow, Message)>,
    /// What the call heard, not looked at yet.
    pub(super) events: Vec<Event>,
    /// The number of the peer's last request.
    pub(super) peer_cseq: u32,
    /// The number of its last INVITE.
    pub(super) peer_invite: u32,
    /// The first INVITE of the leg, whoever sent it.
    pub(super) invite: Option<Message>,
}

pub(super) fn flow_to(remote: &str, transport: Transport) -> Flow {
    let listener = ListenerId(if transport == Transport::Udp { 0 } else { 1 });
    Flow { listener, transport, remote: remote.parse().unwrap(), connection: None }
}

pub(super) fn scan(text: impl Into<Vec<u8>>) -> Message {
    Message::scan(Bytes::from(text.into())).unwrap()
}

impl Ladder {
    pub(super) fn new(policy: Policy) -> Ladder {
        let local: SocketAddr = "192.0.2.10:5060".parse().unwrap();
        let list = [Transport::Udp, Transport::Tcp].map(|transport| Listener { transport, local });
        Ladder {
            dialog: None,
            layer: Layer::default(),
            mint: Mint::seeded(SEED, WorkerId(0)),
            listeners: Listeners { list: list.into(), ..Listeners::default() },
            now: Mono(1_000_000),
            flow: flow_to(PEER, Transport::Udp),
            policy,
            sent: Vec::new(),
            events: Vec::new(),
            peer_cseq: 100,
            peer_invite: 0,
            invite: None,
        }
    }

    /// A leg that the peer calls: `extra` is more header lines, each ended by CRLF.
    pub(super) fn called(policy: Policy, extra: &str, body: &str) -> Ladder {
        let mut ladder = Ladder::new(policy);
        let invite = ladder.peer_request("INVITE", None, extra, body);
        ladder.receive(invite);
        ladder
    }

    /// A leg on which we call, with an offer or without.
    pub(super) fn calling(policy: Policy, offer: Option<Bytes>) -> Ladder {
        let mut ladder = Ladder::new(policy);
        let invite = Invite {
            target: Box::from(&b"sip:anna@192.0.2.66"[..]),
            flow: ladder.flow,
            from: Box::from(&b"\"Caller\" <sip:+39333@192.0.2.10>"[..]),
            to: Box::from(&b"<sip:anna@192.0.2.66>"[..]),
            max_forwards: 69,
            headers: vec![header("X-Loop", "mark"), header("Route", "<sip:192.0.2.66;lr>")],
            offer,
        };
        ladder.with_context(|ladder, context, out| {
            let policy = ladder.policy.clone();
            ladder.dialog = Some(Dialog::outgoing(leg(), invite, policy, context, out));
        });
        ladder.invite = ladder.sent.first().map(|(_, message)| message.clone());
        ladder
    }

    /// An answered leg that the peer called; nothing left to look at.
    pub(super) fn answered_uas(policy: Policy, extra: &str) -> Ladder {
        let mut ladder = Ladder::called(policy, extra, &sdp(1));
        ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
        let tag = ladder.our_tag();
        ladder.peer_ack(&tag, "");
        ladder.clear();
        ladder
    }

    /// An answered leg on which we called; nothing left to look at.
    pub(super) fn answered_uac(policy: Policy, extra: &str) -> Ladder {
        let mut ladder = Ladder::calling(policy, Some(body(10)));
        let invite = ladder.take_sent("INVITE");
        ladder.answer(&invite, "200 OK", "peer", extra, &sdp(1));
        ladder.clear();
        ladder
    }

    pub(super) fn clear(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    fn with_context(&mut self, deed: impl FnOnce(&mut Ladder, &mut Context<'_>, &mut Vec<Output>)) {
        let (mut mint, listeners) = (self.mint.clone(), self.listeners.clone());
        let now = Now { mono: self.now, wall_ms: 0 };
        let mut out = Vec::new();
        deed(self, &mut Context { now, mint: &mut mint, listeners: &listeners }, &mut out);
        self.mint = mint;
        for output in out {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Transact(input) => self.layer_input(input),
            }
        }
    }

    pub(super) fn input(&mut self, input: Input) {
        self.with_context(|ladder, context, out| {
            let mut dialog = ladder.dialog.take().unwrap();
            dialog.handle(input, context, out);
            ladder.dialog = Some(dialog);
        });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.input(Input::Do(command));
    }

    pub(super) fn end(&mut self) {
        self.command(Command::End { status: 480, reason: None });
    }

    pub(super) fn layer_input(&mut self, input: transaction::Input) {
        let mut out = Vec::new();
        self.layer.handle(input, Now { mono: self.now, wall_ms: 0 }, &mut out);
        for output in out {
            self.layer_output(output);
        }
    }

    fn layer_output(&mut self, output: transaction::Output) {
        use transaction::Output as Told;
        match output {
            Told::Send { flow, bytes } => self.sent.push((flow, scan(bytes))),
            Told::Request { tx, message, flow } => self.new_request(tx, message, flow),
            Told::Cancelled { message, .. } => self.input(Input::Cancelled { message }),
            Told::Ack { message, flow } => self.input(Input::Ack { message, flow }),
            Told::Response { tx, message, flow, .. } => {
                self.input(Input::Response { tx, message, flow });
            }
            Told::Proceeding { tx, .. } => self.input(Input::Proceeding { tx }),
            Told::Failed { tx, why, .. } => self.input(Input::Failed { tx, why }),
            Told::StrayAnswer { message, flow } => {
                let mut inputs = Vec::new();
                self.with_context(|_, context, _| {
                    super::dismiss_stray_answer(&message, flow, context, &mut inputs);
                });
                inputs.into_iter().for_each(|input| self.layer_input(input));
            }
            Told::NoAck { .. } | Told::Dropped => {}
        }
    }

    fn new_request(&mut self, tx: ServerTx, message: Message, flow: Flow) {
        if self.dialog.is_some() {
            self.input(Input::Request { tx, message, flow });
            return;
        }
        self.invite = Some(message.clone());
        self.with_context(|ladder, context, _| {
            let policy = ladder.policy.clone();
            let dialog = Dialog::incoming(leg(), tx, &message, flow, policy, context);
            ladder.dialog = Some(dialog);
        });
        self.layer_input(transaction::Input::Own { tx, owner: leg() });
    }

    /// Something comes from the peer.
    pub(super) fn receive(&mut self, text: String) {
        let (message, flow) = (scan(text), self.flow);
        self.layer_input(transaction::Input::Received { message, flow });
    }

    /// Time passes, with all timers.
    pub(super) fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        loop {
            let dialog = self.dialog.as_ref().and_then(Dialog::next_deadline);
            let next = [dialog, self.layer.next_deadline()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.layer_input(transaction::Input::Timeout);
            if self.dialog.as_ref().and_then(Dialog::next_deadline).is_some_and(|d| d <= self.now) {
                self.input(Input::Timeout);
            }
        }
        self.now = end;
    }

    /// Our tag on the leg.
    pub(super) fn our_tag(&self) -> String {
        text(&self.dialog.as_ref().unwrap().key().local_tag)
    }

    /// The Call-ID of the leg.
    pub(super) fn call_id(&self) -> String {
        match &self.dialog {
            Some(dialog) => text(&dialog.key().call_id),
            None => "their-call".to_owned(),
        }
    }

    /// A request of the peer's: the first INVITE with `to_tag` none.
    pub(super) fn peer_request(
        &mut self,
        method: &str,
        to_tag: Option<&str>,
        extra: &str,
        body: &str,
    ) -> String {
        self.peer_cseq += 1;
        if method == "INVITE" {
            self.peer_invite = self.peer_cseq;
        }
        self.peer_request_numbered(method, to_tag, self.peer_cseq, extra, body)
    }

    pub(super) fn peer_request_numbered(
        &self,
        method: &str,
        to_tag: Option<&str>,
        cseq: u32,
        extra: &str,
        body: &str,
    ) -> String {
        let to_tag = to_tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let branch = format!("z9hG4bKpeer{cseq}{method}");
        let contact = if extra.contains("Contact:") {
            String::new()
        } else {
            format!("Contact: <sip:peer@{PEER}>\r\n")
        };
        format!(
            "{method} sip:us@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP {PEER};branch={branch};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:peer@192.0.2.66>;tag=peer\r\nTo: <sip:us@192.0.2.10>{to_tag}\r\n\
             Call-ID: {}\r\nCSeq: {cseq} {method}\r\n{contact}{extra}{content}Content-Length: {}\r\n\r\n{body}",
            self.call_id(),
            body.len(),
        )
    }

    /// A request of the peer's inside the dialog arrives.
    pub(super) fn peer_sends(&mut self, method: &str, extra: &str, body: &str) {
        let tag = self.our_tag();
        let request = self.peer_request(method, Some(&tag), extra, body);
        self.receive(request);
    }

    /// The peer acknowledges its INVITE's 2xx, numbered as that INVITE.
    pub(super) fn peer_ack(&mut self, tag: &str, body: &str) {
        let ack = self.peer_request_numbered("ACK", Some(tag), self.peer_invite, "", body);
        self.receive(ack);
    }

    /// The peer cancels its last INVITE.
    pub(super) fn peer_cancels(&mut self, extra: &str) {
        let cancel = self.peer_request_numbered("CANCEL", None, self.peer_invite, extra, "");
        let invite = format!("z9hG4bKpeer{}INVITE", self.peer_invite);
        let cancel = cancel.replace(&format!("z9hG4bKpeer{}CANCEL", self.peer_invite), &invite);
        self.receive(cancel);
    }

    /// The peer answers a request of ours.
    pub(super) fn answer(
        &mut self,
        request: &Message,
        status: &str,
        to_tag: &str,
        extra: &str,
        body: &str,
    ) {
        self.receive(response_text(request, status, to_tag, extra, body));
    }

    /// The first message sent that is this method or status; it is taken out.
    pub(super) fn take_sent(&mut self, what: &str) -> Message {
        let found = self.sent.iter().position(|(_, message)| name(message) == what);
        let index = found.unwrap_or_else(|| panic!("no {what} in {:?}", self.line_up()));
        self.sent.remove(index).1
    }

    /// What was sent, by method or status, and forgets it.
    pub(super) fn drain(&mut self) -> Vec<String> {
        let names = self.line_up();
        self.sent.clear();
        names
    }

    fn line_up(&self) -> Vec<String> {
        self.sent.iter().map(|(_, message)| name(message)).collect()
    }

    /// What the call heard, by name, and forgets it.
    pub(super) fn heard(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| event_name(&event)).collect()
    }
}

/// A response of the peer's.
pub(super) fn response_text(
    request: &Message,
    status: &str,
    to_tag: &str,
    extra: &str,
    body: &str,
) -> String {
    let line = |name: Name| {
        let value = text(request.header(name).unwrap());
        format!("{}: {value}\r\n", name.as_str())
    };
    let to_tag = match request.to_tag().is_some() || to_tag.is_empty() {
        true => String::new(),
        false => format!(";tag={to_tag}"),
    };
    let contact = if extra.contains("Contact:") {
        String::new()
    } else {
        format!("Contact: <sip:{to_tag}@{PEER}>\r\n").replace(";tag=", "")
    };
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let to = line(Name::To);
    format!(
        "SIP/2.0 {status}\r\n{}{}{}{to_tag}\r\n{}{}{contact}{extra}{content}Content-Length: {}\r\n\r\n{body}",
        line(Name::Via),
        line(Name::From),
        to.trim_end(),
        line(Name::CallId),
        line(Name::CSeq),
        body.len(),
    )
}

pub(super) fn leg() -> LegKey {
    LegKey { call: CallKey(1), leg: LegNo(1) }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn value(message: &Message, name: Name) -> String {
    message.header(name).map(text).unwrap_or_default()
}

/// `180`, `INVITE`, `200 BYE` (finals but the INVITE's are told with their method).
fn name(message: &Message) -> String {
    match (message.status(), message.cseq().unwrap().method) {
        (None, _) => message.method_text().to_owned(),
        (Some(status), Method::Invite) => status.to_string(),
        (Some(status), _) => {
            let cseq = value(message, Name::CSeq);
            format!("{status} {}", cseq.split(' ').nth(1).unwrap())
        }
    }
}

fn event_name(event: &Event) -> String {
    let with = |sdp: &Option<Bytes>| if sdp.is_some() { "+sdp" } else { "" };
    match event {
        Event::Progress { status, sdp, early, .. } => {
            format!("progress {status}{} #{early}", with(sdp))
        }
        Event::Answered { sdp, early, .. } => format!("answered{} {early:?}", with(sdp)),
        Event::Acked { sdp } => format!("acked{}", with(sdp)),
        Event::Answer { .. } => "answer".to_owned(),
        Event::OfferFailed { status } => format!("offer failed {status}"),
        Event::Offer { .. } => "offer".to_owned(),
        Event::OfferWanted => "offer wanted".to_owned(),
        Event::Refreshed => "refreshed".to_owned(),
        Event::Info { .. } => "info".to_owned(),
        Event::Ignored(_) => "ignored".to_owned(),
        Event::Ended => "ended".to_owned(),
        Event::Ending(ending) => match ending {
            Ending::Bye { .. } => "ending bye".to_owned(),
            Ending::Cancel { .. } => "ending cancel".to_owned(),
            Ending::Failure { status, .. } => format!("ending failure {status}"),
            Ending::NoAck => "ending no ack".to_owned(),
            Ending::OfferUnanswered => "ending offer unanswered".to_owned(),
            Ending::SessionExpired => "ending session expired".to_owned(),
            Ending::DialogLost => "ending dialog lost".to_owned(),
            Ending::Ours => "ending ours".to_owned(),
        },
    }
}

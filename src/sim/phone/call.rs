//! One call of a phone: its state, its timetable, and the sending of whatever it sends.

use super::behaviour::{Action, Behaviour};
use super::check::Branches;
use super::repeat::{ClientTx, Resend, ServerTx, Why};
use super::report::{Ended, Noticed, Report};
use super::session::Session;
use super::stream::Stream;
use super::write::{self, Dialog, Within};
use super::{CallNo, Desk};
use crate::base::Mono;
use crate::base::limits::T1_64;
use crate::sip::{Message, Method, Writer};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// Things that a call has still to do.
const PLANS: usize = 1000;

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Our INVITE is out; whether it is to be cancelled.
    Calling(Cancel),
    /// The peer's INVITE is here, unanswered.
    Ringing,
    /// We sent a 2xx that is not acknowledged.
    Answered,
    /// Acknowledged.
    Up,
    /// Nothing more but repeats.
    Over,
}

/// CANCEL of our INVITE (RFC 3261 §9.1: it waits for a provisional).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    No,
    Wanted,
    Sent,
}

/// What a call does by itself at a time.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Act(Action),
    /// Refuse with the headers that the behaviour names.
    RefuseAsSet,
    SendAck(Bytes, SocketAddr),
    /// Our side of the session timer: refresh now.
    Refresh,
    /// The peer's side: it did not refresh.
    NotRefreshed,
    /// The re-INVITE that got 491, again.
    ReinviteAgain,
    /// A caller gives up.
    GiveUp,
}

/// A reliable provisional that waits for its PRACK (RFC 3262 §3).
#[derive(Clone, Debug)]
pub(super) struct Reliable {
    pub(super) rseq: u32,
    pub(super) bytes: Bytes,
    pub(super) to: SocketAddr,
    pub(super) resend: Resend,
    pub(super) until: Mono,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) no: CallNo,
    pub(super) report: Report,
    pub(super) planned: Option<Mono>,
    pub(super) call_id: Vec<u8>,
    pub(super) b: Behaviour,
    pub(super) state: State,
    pub(super) tag: String,
    /// From of our requests, without tag.
    pub(super) ours: Vec<u8>,
    /// To of our requests, without tag.
    pub(super) theirs: Vec<u8>,
    pub(super) contact: String,
    /// Where requests go whose next hop is no address.
    pub(super) peer: SocketAddr,
    pub(super) cseq: u32,
    /// CSeq number of the INVITE that opened the call.
    pub(super) invite_cseq: u32,
    pub(super) their_cseq: Option<u32>,
    /// Early and confirmed dialogs; `current` is the one that is spoken in.
    pub(super) dialogs: Vec<Dialog>,
    pub(super) current: usize,
    pub(super) clients: Vec<ClientTx>,
    pub(super) servers: Vec<ServerTx>,
    pub(super) reliable: Option<Reliable>,
    pub(super) rseq: u32,
    /// The answer waits for a PRACK.
    pub(super) answer_waits: bool,
    /// SDP said in a provisional and to be said again in the 2xx.
    pub(super) said: Option<Vec<u8>>,
    pub(super) session: Session,
    pub(super) stream: Stream,
    pub(super) branches: Branches,
    pub(super) fork_tags: Vec<String>,
    /// Session interval in seconds, and whether we refresh.
    pub(super) timer: Option<(u32, bool)>,
    pub(super) acks_to_drop: u32,
    pub(super) uri: Vec<u8>,
    /// Header and value that answer a challenge, in INVITE and the ACK of its 2xx.
    pub(super) credentials: Option<(&'static str, String)>,
    plans: Vec<(Mono, u32, Step)>,
    plan_count: u32,
}

/// What differs between a call placed and a call taken.
pub(super) struct Beginning {
    pub(super) no: CallNo,
    pub(super) rtp: SocketAddr,
    pub(super) b: Behaviour,
    pub(super) state: State,
    pub(super) call_id: Vec<u8>,
    pub(super) ours: Vec<u8>,
    pub(super) theirs: Vec<u8>,
    pub(super) uri: Vec<u8>,
    pub(super) peer: SocketAddr,
}

impl Call {
    pub(super) fn begin(begin: Beginning, desk: &mut Desk<'_>) -> Call {
        let Beginning { no, rtp, b, state, call_id, ours, theirs, uri, peer } = begin;
        let at = b.faults.private_contact.unwrap_or(desk.config.sip);
        let report = Report {
            call_id: String::from_utf8_lossy(&call_id).into_owned(),
            began_at: Some(desk.now.mono),
            ..Report::default()
        };
        let mut call = Call {
            no,
            report,
            planned: None,
            call_id,
            state,
            tag: desk.names.tag(),
            ours,
            theirs,
            contact: format!("<sip:{}@{at}>", desk.config.name),
            peer,
            cseq: desk.names.bits() as u32 % 1000 + 1,
            invite_cseq: 0,
            their_cseq: None,
            dialogs: Vec::new(),
            current: 0,
            clients: Vec::new(),
            servers: Vec::new(),
            reliable: None,
            rseq: desk.names.bits() as u32 % 1000 + 1,
            answer_waits: false,
            said: None,
            session: Session::new(rtp, desk.names.bits(), &b),
            stream: Stream::new(rtp, desk.names.bits() as u32, &b),
            branches: Branches::default(),
            fork_tags: Vec::new(),
            timer: None,
            acks_to_drop: b.faults.drop_acks,
            uri,
            credentials: None,
            plans: Vec::new(),
            plan_count: 0,
            b,
        };
        for (after, action) in call.b.early_script.clone() {
            call.plan(desk.now.after(after), Step::Act(action));
        }
        call
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn rtp(&self) -> SocketAddr {
        self.stream.local
    }

    /// Whether this request is a repeat of one that we know.
    pub(super) fn knows(&self, request: &Message) -> bool {
        self.server_of(request).is_some()
    }

    /// Whether this ACK is that of a refusal of ours.
    pub(super) fn awaits_ack(&self, ack: &Message) -> bool {
        let Ok(via) = ack.via() else { return false };
        let mut invites = self.servers.iter().filter(|tx| tx.method == Method::Invite);
        invites.any(|tx| tx.branch == via.branch)
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let reliable = self.reliable.as_ref().map(|r| r.resend.at.min(r.until));
        let plans = self.plans.iter().map(|(at, _, _)| *at);
        let clients = self.clients.iter().filter_map(ClientTx::next_deadline);
        let servers = self.servers.iter().filter_map(ServerTx::next_deadline);
        let stream = self.stream.next_deadline();
        plans.chain(clients).chain(servers).chain(reliable).chain(stream).min()
    }

    pub(super) fn plan(&mut self, at: Mono, step: Step) {
        if self.plans.len() < PLANS {
            self.plan_count += 1;
            self.plans.push((at, self.plan_count, step));
        }
    }

    pub(super) fn unplan(&mut self, which: impl Fn(&Step) -> bool) {
        self.plans.retain(|(_, _, step)| !which(step));
    }

    /// The deadline has come: does all that is due.
    pub(super) fn wake(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now.mono;
        while let Some((to, packet)) = self.stream.tick(now) {
            self.report.rtp.sent += 1;
            let (local, bytes) = (self.stream.local, Bytes::from(packet));
            desk.out.push(crate::sim::world::Datagram { local, remote: to, bytes });
        }
        self.repeat_requests(desk);
        self.repeat_responses(desk);
        self.repeat_reliable(desk);
        while let Some(i) = self.next_plan(now) {
            let (_, _, step) = self.plans.remove(i);
            self.take_step(step, desk);
        }
    }

    fn next_plan(&self, now: Mono) -> Option<usize> {
        let due = self.plans.iter().enumerate().filter(|(_, (at, _, _))| *at <= now);
        due.min_by_key(|(_, (at, count, _))| (*at, *count)).map(|(i, _)| i)
    }

    fn take_step(&mut self, step: Step, desk: &mut Desk<'_>) {
        match step {
            Step::Act(action) => self.act(action, desk),
            Step::RefuseAsSet => self.refuse_as_set(desk),
            Step::SendAck(bytes, to) => self.put(to, bytes, desk),
            Step::Refresh => self.refresh(desk),
            Step::NotRefreshed => {
                if self.state == State::Up {
                    self.bye(desk);
                    self.over(Ended::NotRefreshed, desk);
                }
            }
            Step::ReinviteAgain => self.reinvite(true, desk),
            Step::GiveUp => {
                if matches!(self.state, State::Calling(_)) {
                    self.cancel(desk);
                }
            }
        }
    }

    /// What a test or a script wants done.
    pub(super) fn act(&mut self, action: Action, desk: &mut Desk<'_>) {
        let up = self.state == State::Up;
        match action {
            Action::Ring => self.ring(desk),
            Action::Answer => self.answer(desk),
            Action::Refuse(status) => self.refuse(status, &[], desk),
            Action::Cancel => self.cancel(desk),
            Action::HangUp => self.hang_up(desk),
            Action::Bye => self.bye_whatever(desk),
            Action::Hold if up => {
                self.session.we_hold = true;
                self.reinvite(true, desk);
            }
            Action::Resume if up => {
                self.session.we_hold = false;
                self.reinvite(true, desk);
            }
            Action::Reinvite if up => self.reinvite(true, desk),
            Action::ReinviteLate if up => self.reinvite(false, desk),
            Action::Update => self.update(true, desk),
            Action::UpdateBare => self.update(false, desk),
            Action::Digits(digits) => self.stream.press(&digits),
            Action::Info(digit) => self.info(digit, desk),
            Action::Refer(to) if up => self.refer(&to, desk),
            Action::Tone(hz) => self.stream.set_tone(hz),
            Action::Media(on) => self.stream.set_silent(!on, desk.now.mono),
            Action::Hold
            | Action::Resume
            | Action::Reinvite
            | Action::ReinviteLate
            | Action::Refer(_) => {}
        }
    }

    fn hang_up(&mut self, desk: &mut Desk<'_>) {
        match self.state {
            State::Calling(_) => self.cancel(desk),
            State::Ringing => self.refuse(603, &[], desk),
            // RFC 3261 §15: the callee's BYE waits for the ACK.
            State::Answered => {
                let soon = desk.now.after(Duration::from_millis(50));
                self.plan(soon, Step::Act(Action::HangUp));
            }
            State::Up => {
                self.bye(desk);
                self.over(Ended::ByUs, desk);
            }
            State::Over => {}
        }
    }

    fn bye_whatever(&mut self, desk: &mut Desk<'_>) {
        if self.state != State::Over && !self.dialogs.is_empty() {
            self.bye(desk);
            if self.state != State::Ringing && !matches!(self.state, State::Calling(_)) {
                self.over(Ended::ByUs, desk);
            }
        }
    }

    /// The call is confirmed: from here the script counts.
    pub(super) fn up(&mut self, desk: &mut Desk<'_>) {
        self.state = State::Up;
        self.report.confirmed_at = Some(desk.now.mono);
        for (after, action) in self.b.script.clone() {
            self.plan(desk.now.after(after), Step::Act(action));
        }
        if let Some(talk) = self.b.talk {
            self.plan(desk.now.after(talk), Step::Act(Action::HangUp));
        }
        self.set_timer(desk);
        self.agree(desk);
    }

    /// The call is over; open transactions live on until their timers end.
    pub(super) fn over(&mut self, ended: Ended, desk: &mut Desk<'_>) {
        if self.state == State::Over {
            return;
        }
        self.state = State::Over;
        self.report.ended = Some(ended);
        self.report.ended_at = Some(desk.now.mono);
        self.reliable = None;
        self.stream.agree(None, desk.now.mono);
        self.unplan(|step| !matches!(step, Step::SendAck(..)));
    }

    /// The stream follows what is settled.
    pub(super) fn agree(&mut self, desk: &mut Desk<'_>) {
        if self.session.is_settled() && self.state != State::Over {
            let agreed = self.session.agreed();
            if agreed.as_ref() != self.stream.agreed() {
                self.stream.agree(agreed, desk.now.mono);
            }
        }
    }

    pub(super) fn media(&mut self, packet: &[u8], desk: &mut Desk<'_>) {
        self.stream.receive(packet, desk.now.mono, &mut self.report);
    }

    pub(super) fn put(&mut self, to: SocketAddr, bytes: Bytes, desk: &mut Desk<'_>) {
        desk.send(to, bytes, self.b.faults.everything_twice);
    }

    pub(super) fn dialog(&self) -> Option<&Dialog> {
        self.dialogs.get(self.current)
    }

    /// Begins a request in a dialog; its branch, and where it goes.
    pub(super) fn within(
        &mut self,
        method: Method,
        cseq: u32,
        dialog: &Dialog,
        desk: &mut Desk<'_>,
    ) -> (Writer, String, SocketAddr) {
        let branch = desk.names.branch();
        let words = Within {
            method,
            cseq,
            branch: &branch,
            sent_by: desk.config.sip,
            call_id: &self.call_id,
            from: (&self.ours, &self.tag),
            to: &self.theirs,
            contact: &self.contact,
        };
        let (w, hop) = words.begin(dialog);
        (w, branch, hop.unwrap_or(self.peer))
    }

    /// Sends a new request in the current dialog.
    pub(super) fn ask(
        &mut self,
        method: Method,
        why: Why,
        desk: &mut Desk<'_>,
        finish: impl FnOnce(Writer) -> Bytes,
    ) {
        let Some(dialog) = self.dialog().cloned() else { return };
        self.ask_in(&dialog, method, why, desk, finish);
    }

    pub(super) fn ask_in(
        &mut self,
        dialog: &Dialog,
        method: Method,
        why: Why,
        desk: &mut Desk<'_>,
        finish: impl FnOnce(Writer) -> Bytes,
    ) {
        self.cseq += 1;
        let (w, branch, to) = self.within(method, self.cseq, dialog, desk);
        let bytes = finish(w);
        self.open_client(method, why, self.cseq, branch, bytes, to, desk);
    }

    #[expect(clippy::too_many_arguments, reason = "each is one fact of the transaction")]
    pub(super) fn open_client(
        &mut self,
        method: Method,
        why: Why,
        cseq: u32,
        branch: String,
        bytes: Bytes,
        to: SocketAddr,
        desk: &mut Desk<'_>,
    ) {
        let now = desk.now.mono;
        let resend =
            if method == Method::Invite { Resend::doubling(now) } else { Resend::up_to_t2(now) };
        self.clients.push(ClientTx {
            branch,
            method,
            cseq,
            why,
            bytes: bytes.clone(),
            to,
            resend: Some(resend),
            until: Some(now + T1_64),
            status: None,
            proceeding: false,
            ack: None,
        });
        self.put(to, bytes, desk);
    }

    fn repeat_requests(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now.mono;
        let mut again = Vec::new();
        let mut failed = Vec::new();
        self.clients.retain_mut(|tx| {
            if tx.resend.as_mut().is_some_and(|r| r.due(now)) {
                again.push((tx.to, tx.bytes.clone()));
            }
            let expired = tx.until.is_some_and(|at| at <= now);
            if expired && tx.is_open() {
                failed.push(tx.why);
            }
            !expired
        });
        for (to, bytes) in again {
            self.put(to, bytes, desk);
        }
        for why in failed {
            self.request_failed(why, desk);
        }
    }

    fn repeat_responses(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now.mono;
        let mut again = Vec::new();
        let mut missing = Vec::new();
        self.servers.retain_mut(|tx| {
            let expired = tx.until.is_some_and(|at| at <= now);
            if expired && tx.method == Method::Invite && !tx.acked {
                missing.extend(tx.status);
            }
            if !expired && tx.resend.as_mut().is_some_and(|r| r.due(now)) {
                let to = write::reply_to(&tx.request, tx.remote);
                again.extend(tx.last.clone().map(|bytes| (to, bytes)));
            }
            !expired
        });
        for (to, bytes) in again {
            self.put(to, bytes, desk);
        }
        for status in missing {
            self.report.notice(Noticed::AckMissing(status));
            // RFC 3261 §13.3.1.4.
            if status < 300 && self.state != State::Over {
                self.bye(desk);
                self.over(Ended::NoAck, desk);
            }
        }
        let silent = self.servers.is_empty() && self.state == State::Ringing;
        if silent && self.reliable.is_none() {
            self.over(Ended::TimedOut, desk);
        }
    }

    fn repeat_reliable(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now.mono;
        let Some(reliable) = &mut self.reliable else { return };
        if reliable.until <= now {
            // RFC 3262 §3: the INVITE is refused.
            self.reliable = None;
            self.answer_waits = false;
            self.refuse(504, &[], desk);
        } else if reliable.resend.due(now) {
            let (to, bytes) = (reliable.to, reliable.bytes.clone());
            self.put(to, bytes, desk);
        }
    }
}

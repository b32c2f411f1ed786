//! A call that a phone takes: ringing, reliable or not, 2xx until the ACK, refusal, CANCEL.

use super::behaviour::{Answer, Behaviour, Ringing};
use super::call::{Beginning, Call, Reliable, State, Step};
use super::repeat::{Resend, ServerTx};
use super::report::{Ended, InviteSeen, Noticed};
use super::session::Open;
use super::write::{self, Dialog};
use super::{Action, CallNo, Desk, check, record_routes};
use crate::base::limits::{T1_64, TRYING};
use crate::sip::{Message, Method, Name, Writer};
use std::net::SocketAddr;
use std::time::Duration;

const SDP: &str = "application/sdp";

impl Call {
    pub(super) fn take(
        no: CallNo,
        rtp: SocketAddr,
        message: &Message,
        remote: SocketAddr,
        b: Behaviour,
        desk: &mut Desk<'_>,
    ) -> Call {
        let begin = Beginning {
            no,
            rtp,
            b,
            state: State::Ringing,
            call_id: message.call_id().to_vec(),
            ours: write::without_tag(message.header(Name::To).unwrap_or_default()),
            theirs: write::without_tag(message.header(Name::From).unwrap_or_default()),
            uri: Vec::new(),
            peer: remote,
        };
        let mut call = Call::begin(begin, desk);
        let text = |name| String::from_utf8_lossy(message.header(name).unwrap_or_default()).into();
        call.report.invite = Some(InviteSeen {
            uri: String::from_utf8_lossy(message.request_uri_text()).into(),
            from: text(Name::From),
            to: text(Name::To),
            max_forwards: message.number(Name::MaxForwards),
            bytes: message.raw().clone(),
        });
        call.dialogs.push(Dialog {
            remote_tag: message.from_tag().unwrap_or_default().to_vec(),
            target: message.contact().map(|c| c.uri.text.to_vec()).unwrap_or_default(),
            routes: record_routes(message),
            confirmed: false,
            rseq: None,
            acks: Vec::new(),
        });
        check::request(message, &mut call.report);
        call.branches.note(message, false, &mut call.report);
        call.report.requests.push(Method::Invite);
        call.open_server(message, remote);
        if let Some(tx) = call.servers.last_mut() {
            call.invite_cseq = tx.cseq;
            call.their_cseq = Some(tx.cseq);
        }
        call.begin_ringing(message, desk);
        call
    }

    fn begin_ringing(&mut self, message: &Message, desk: &mut Desk<'_>) {
        if self.b.answer == Answer::Silent {
            if let Some(tx) = self.servers.last_mut() {
                tx.until = Some(desk.now.after(T1_64));
            }
            return;
        }
        if self.challenge(message, desk) {
            return;
        }
        if let Some(offer) = message.sdp()
            && !(self.session.take_offer(&offer, &mut self.report) && self.session.can_answer())
        {
            self.refuse(488, &[], desk);
            return;
        }
        if self.b.faults.rtp_before_answer {
            let early = self.session.early();
            self.stream.agree(early, desk.now.mono);
        }
        if self.b.ring_after.is_none_or(|after| after > TRYING) {
            self.respond(Method::Invite, 100, None, desk, Writer::finish);
        }
        let mut final_after = None;
        match &self.b.answer {
            Answer::After(after) => {
                final_after = Some(*after);
                self.plan(desk.now.after(*after), Step::Act(Action::Answer));
            }
            Answer::Refuse { after, .. } => {
                final_after = Some(*after);
                self.plan(desk.now.after(*after), Step::RefuseAsSet);
            }
            Answer::Never | Answer::Silent => {}
        }
        // What is refused or answered at once does not ring first.
        match self.b.ring_after {
            Some(Duration::ZERO) if final_after == Some(Duration::ZERO) => {}
            Some(Duration::ZERO) => self.ring(desk),
            Some(after) if final_after.is_none_or(|end| after < end) => {
                self.plan(desk.now.after(after), Step::Act(Action::Ring));
            }
            Some(_) | None => {}
        }
    }

    /// The server transaction that a request repeats.
    pub(super) fn server_of(&self, request: &Message) -> Option<usize> {
        let (Ok(via), method) = (request.via(), request.method()?) else { return None };
        self.servers.iter().position(|tx| tx.branch == via.branch && tx.method == method)
    }

    pub(super) fn open_server(&mut self, request: &Message, remote: SocketAddr) {
        let (Ok(via), Ok(cseq), Some(method)) = (request.via(), request.cseq(), request.method())
        else {
            return;
        };
        self.servers.push(ServerTx {
            branch: via.branch.to_vec(),
            method,
            cseq: cseq.number,
            request: request.clone(),
            remote,
            last: None,
            status: None,
            resend: None,
            until: None,
            acked: false,
        });
    }

    /// Answers the open request of this method.
    pub(super) fn respond(
        &mut self,
        method: Method,
        status: u16,
        tag: Option<&str>,
        desk: &mut Desk<'_>,
        finish: impl FnOnce(Writer) -> bytes::Bytes,
    ) {
        let now = desk.now.mono;
        let Some(tx) = self.servers.iter_mut().rfind(|tx| tx.method == method && tx.is_open())
        else {
            return;
        };
        let w = write::response(&tx.request, status, tag, tx.remote);
        let bytes = finish(w);
        let to = write::reply_to(&tx.request, tx.remote);
        tx.respond(status, bytes.clone(), now);
        self.put(to, bytes, desk);
    }

    /// 180 or 183, reliable where both want it.
    pub(super) fn ring(&mut self, desk: &mut Desk<'_>) {
        if self.state != State::Ringing || self.reliable.is_some() {
            return;
        }
        let Some(invite) = self.open_invite() else { return };
        let wants = invite.has_token(Name::Require, "100rel")
            || self.b.reliable && invite.has_token(Name::Supported, "100rel");
        let status = if self.b.ringing == Ringing::EarlyMedia { 183 } else { 180 };
        let with_sdp = self.b.ringing != Ringing::Bare;
        let sdp = if with_sdp { self.early_description(wants) } else { None };
        let (tag, contact) = (self.tag.clone(), self.contact.clone());
        let rseq = self.rseq;
        self.respond(Method::Invite, status, Some(&tag), desk, |w| {
            let mut w = with_routes(w, &invite).header("Contact", contact);
            if wants {
                w = w.header("Require", "100rel").header("RSeq", rseq.to_string());
            }
            match sdp {
                Some(sdp) => w.body(SDP, &sdp),
                None => w.finish(),
            }
        });
        if wants {
            self.rseq += 1;
            self.await_prack(rseq, desk);
        }
        self.agree(desk);
    }

    /// The SDP of a provisional: the answer, or (reliable only) our offer where none came.
    fn early_description(&mut self, reliable: bool) -> Option<Vec<u8>> {
        if let Some(said) = &self.said {
            return (!reliable).then(|| said.clone());
        }
        match self.session.open {
            Open::Theirs => self.said = self.session.answer(),
            Open::Nobody if reliable => self.said = Some(self.session.offer()),
            Open::Nobody | Open::Ours => {}
        }
        self.said.clone()
    }

    fn await_prack(&mut self, rseq: u32, desk: &mut Desk<'_>) {
        let Some(tx) = self.servers.iter().rfind(|tx| tx.method == Method::Invite) else { return };
        let Some(bytes) = tx.last.clone() else { return };
        self.reliable = Some(Reliable {
            rseq,
            bytes,
            to: write::reply_to(&tx.request, tx.remote),
            resend: Resend::doubling(desk.now.mono),
            until: desk.now.after(T1_64),
        });
    }

    fn open_invite(&self) -> Option<Message> {
        let tx = self.servers.iter().rfind(|tx| tx.method == Method::Invite && tx.is_open())?;
        Some(tx.request.clone())
    }

    /// 200, unless a reliable provisional with SDP waits for its PRACK (RFC 3262 §5).
    pub(super) fn answer(&mut self, desk: &mut Desk<'_>) {
        if self.state != State::Ringing {
            return;
        }
        if self.reliable.is_some() {
            self.answer_waits = true;
            return;
        }
        let Some(invite) = self.open_invite() else { return };
        let prior = self.said.clone().filter(|_| self.rseq_used() == 0);
        let sdp = match (self.session.open, prior) {
            (_, Some(said)) => Some(said),
            (Open::Theirs, None) => match self.session.answer() {
                Some(answer) => Some(answer),
                None => {
                    self.refuse(488, &[], desk);
                    return;
                }
            },
            (Open::Nobody, None) if self.session.is_settled() => None,
            (Open::Nobody | Open::Ours, None) => Some(self.session.offer()),
        };
        self.agree_timer(&invite);
        let tag = self.tag.clone();
        self.send_answer(&invite, &tag, sdp.as_deref(), desk);
        for _ in 0..self.b.faults.forked_answers {
            let tag = desk.names.tag();
            self.send_forked(&invite, &tag, sdp.as_deref(), desk);
            self.fork_tags.push(tag);
        }
        self.state = State::Answered;
        self.report.dialogs += 1;
        self.agree(desk);
    }

    /// Reliable provisionals with SDP settle the session; then the 2xx carries none.
    fn rseq_used(&self) -> u32 {
        u32::from(self.dialogs.first().is_some_and(|d| d.rseq.is_some()))
    }

    fn send_answer(
        &mut self,
        invite: &Message,
        tag: &str,
        sdp: Option<&[u8]>,
        desk: &mut Desk<'_>,
    ) {
        let head = self.answer_headers(invite);
        self.respond(Method::Invite, 200, Some(tag), desk, |w| finish_answer(head(w), sdp));
    }

    fn send_forked(
        &mut self,
        invite: &Message,
        tag: &str,
        sdp: Option<&[u8]>,
        desk: &mut Desk<'_>,
    ) {
        let head = self.answer_headers(invite);
        let w = write::response(invite, 200, Some(tag), self.peer);
        let to = write::reply_to(invite, self.peer);
        self.put(to, finish_answer(head(w), sdp), desk);
    }

    /// Record-Route, Contact, Allow and the session timer of a 2xx.
    pub(super) fn answer_headers(&self, invite: &Message) -> impl FnOnce(Writer) -> Writer + use<> {
        let contact = (!self.b.faults.no_contact).then(|| self.contact.clone());
        let timer = self.timer;
        let invite = invite.clone();
        move |w| {
            let mut w = with_routes(w, &invite).header("Allow", write::ALLOW);
            if let Some(contact) = contact {
                w = w.header("Contact", contact);
            }
            if let Some((seconds, we_refresh)) = timer {
                let who = if we_refresh { "uas" } else { "uac" };
                w = w.header("Session-Expires", format!("{seconds};refresher={who}"));
                if !we_refresh {
                    w = w.header("Require", "timer");
                }
            }
            w
        }
    }

    pub(super) fn refuse_as_set(&mut self, desk: &mut Desk<'_>) {
        if let Answer::Refuse { status, headers, .. } = self.b.answer.clone() {
            self.refuse(status, &headers, desk);
        }
    }

    pub(super) fn refuse(
        &mut self,
        status: u16,
        headers: &[(String, String)],
        desk: &mut Desk<'_>,
    ) {
        if self.state != State::Ringing {
            return;
        }
        let tag = self.tag.clone();
        self.respond(Method::Invite, status, Some(&tag), desk, |mut w| {
            for (name, value) in headers {
                w = w.header(name, value);
            }
            w.finish()
        });
        self.over(Ended::WeRefused(status), desk);
    }

    /// CANCEL came.
    pub(super) fn cancelled(&mut self, cancel: &Message, remote: SocketAddr, desk: &mut Desk<'_>) {
        self.report.cancel_seen = true;
        if self.b.faults.ignore_cancel || self.b.answer == Answer::Silent {
            return;
        }
        let branch = cancel.via().map(|v| v.branch.to_vec()).unwrap_or_default();
        let invite = self
            .servers
            .iter()
            .find(|tx| tx.method == Method::Invite && tx.branch == branch)
            .map(|tx| tx.request.clone());
        self.open_server(cancel, remote);
        let tag = self.tag.clone();
        let status = if invite.is_some() { 200 } else { 481 };
        self.respond(Method::Cancel, status, Some(&tag), desk, Writer::finish);
        let Some(invite) = invite else { return };
        check::cancel(cancel, &invite, &mut self.report);
        if self.state != State::Ringing {
            return;
        }
        if self.b.faults.answer_crosses_cancel {
            self.reliable = None;
            self.answer(desk);
            return;
        }
        self.respond(Method::Invite, 487, Some(&tag), desk, Writer::finish);
        self.over(Ended::Cancelled, desk);
    }

    /// ACK came: of a refusal by its branch, of a 2xx by its CSeq number.
    pub(super) fn acknowledged(&mut self, ack: &Message, desk: &mut Desk<'_>) {
        let (Ok(via), Ok(cseq)) = (ack.via(), ack.cseq()) else { return };
        let to_fork =
            ack.to_tag().is_some_and(|t| self.fork_tags.iter().any(|f| f.as_bytes() == t));
        if to_fork {
            self.report.forks_ended.0 += 1;
            return;
        }
        let now = desk.now.mono;
        let of_ours = |tx: &&mut ServerTx| tx.method == Method::Invite && tx.cseq == cseq.number;
        let Some(tx) = self.servers.iter_mut().rfind(of_ours) else {
            self.report.notice(Noticed::AckCSeq(cseq.number));
            return;
        };
        let Some(status) = tx.status else { return };
        let first = !tx.acked;
        let same_branch = tx.branch == via.branch;
        tx.acknowledge(now);
        self.branches.note(ack, status >= 300 && same_branch, &mut self.report);
        if status >= 300 {
            if !same_branch {
                self.report.notice(Noticed::BranchReused("ACK of a refusal with a new one".into()));
            }
            return;
        }
        self.report.acks += 1;
        self.check_ack_credentials(ack);
        if !first {
            return;
        }
        let mut usable = true;
        if self.session.open == Open::Ours {
            usable = ack.sdp().is_some_and(|sdp| self.session.take_answer(&sdp, &mut self.report));
        }
        if !usable {
            self.bye(desk);
            self.over(Ended::BadSession, desk);
        } else if self.state == State::Answered {
            if let Some(dialog) = self.dialogs.first_mut() {
                dialog.confirmed = true;
            }
            self.up(desk);
        } else {
            self.agree(desk);
        }
    }
}

/// The request's Record-Route, as it came (RFC 3261 §12.1.1).
fn with_routes(mut w: Writer, request: &Message) -> Writer {
    for route in request.lines(Name::RecordRoute) {
        w = w.header("Record-Route", route);
    }
    w
}

fn finish_answer(w: Writer, sdp: Option<&[u8]>) -> bytes::Bytes {
    match sdp {
        Some(sdp) => w.body(SDP, sdp),
        None => w.finish(),
    }
}

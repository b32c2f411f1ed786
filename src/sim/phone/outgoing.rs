//! A call that a phone places: INVITE, provisionals, PRACK, 2xx and ACK, CANCEL, forks.

use super::call::{Beginning, Call, Cancel, State, Step};
use super::repeat::Why;
use super::report::{Ended, Noticed};
use super::session::Open;
use super::write::{self, Dialog, Within};
use super::{CallNo, Desk, PlaceCall, check, record_routes};
use crate::base::limits::FORKS;
use crate::sip::{Message, Method, Name, Writer};
use bytes::Bytes;
use std::net::SocketAddr;

const SDP: &str = "application/sdp";

impl Call {
    pub(super) fn place(
        no: CallNo,
        rtp: SocketAddr,
        place: &PlaceCall,
        desk: &mut Desk<'_>,
    ) -> Call {
        let user = place.from.as_deref().unwrap_or(&desk.config.name);
        let ours = format!("<sip:{user}@{}>", write::host(desk.config.sip.ip())).into_bytes();
        let call_id = desk.names.call_id(&desk.config.name).into_bytes();
        let begin = Beginning {
            no,
            rtp,
            b: place.behaviour.clone(),
            state: State::Calling(Cancel::No),
            call_id,
            ours,
            theirs: format!("<{}>", place.uri).into_bytes(),
            uri: place.uri.clone().into_bytes(),
            peer: place.to,
        };
        let mut call = Call::begin(begin, desk);
        if let Some(after) = call.b.give_up_after {
            call.plan(desk.now.after(after), Step::GiveUp);
        }
        call.invite(desk);
        call
    }

    pub(super) fn invite(&mut self, desk: &mut Desk<'_>) {
        self.cseq += 1;
        self.invite_cseq = self.cseq;
        let branch = desk.names.branch();
        let words = Within {
            method: Method::Invite,
            cseq: self.cseq,
            branch: &branch,
            sent_by: desk.config.sip,
            call_id: &self.call_id,
            from: (&self.ours, &self.tag),
            to: &self.theirs,
            contact: &self.contact,
        };
        let mut w = words.begin_first(&self.uri);
        let mut supported = Vec::new();
        if self.b.supports_100rel || self.b.requires_100rel {
            supported.push("100rel");
        }
        if let Some(seconds) = self.b.session_expires {
            supported.push("timer");
            w = w.header("Session-Expires", seconds.to_string());
        }
        if !supported.is_empty() {
            w = w.header("Supported", supported.join(", "));
        }
        if self.b.requires_100rel {
            w = w.header("Require", "100rel");
        }
        if let Some((name, value)) = &self.credentials {
            w = w.header(name, value);
        }
        for (name, value) in &self.b.headers {
            w = w.header(name, value);
        }
        let bytes = if self.b.late_offer { w.finish() } else { w.body(SDP, &self.session.offer()) };
        let peer = self.peer;
        self.open_client(Method::Invite, Why::Invite, self.cseq, branch, bytes, peer, desk);
    }

    /// A response with our Call-ID.
    pub(super) fn response(&mut self, message: &Message, remote: SocketAddr, desk: &mut Desk<'_>) {
        let (Some(status), Ok(cseq), Ok(via)) = (message.status(), message.cseq(), message.via())
        else {
            return;
        };
        check::response(message, &mut self.report);
        self.report.statuses.push((cseq.method, status));
        let fits = |tx: &&mut super::repeat::ClientTx| {
            tx.branch.as_bytes() == via.branch && tx.method == cseq.method
        };
        let Some(tx) = self.clients.iter_mut().find(fits) else {
            if cseq.method == Method::Invite && (200..300).contains(&status) {
                // A 2xx whose transaction is gone is answered all the same (RFC 6026 §7.2).
                self.answered(message, remote, desk);
            } else {
                self.report.notice(Noticed::StrayResponse(check::line(message)));
            }
            return;
        };
        if status < 200 {
            tx.proceed();
            if tx.why == Why::Invite {
                self.provisional(status, message, desk);
            }
            return;
        }
        let repeat = !tx.is_open();
        let (why, ack) = (tx.why, tx.ack.clone().map(|ack| (tx.to, ack)));
        if !repeat {
            tx.finish(status, desk.now.mono);
        }
        let accepted = (200..300).contains(&status);
        match why {
            Why::Invite if accepted => self.answered(message, remote, desk),
            Why::Reinvite if accepted => self.reinvite_answered(message, repeat, desk),
            Why::Invite | Why::Reinvite if repeat => {
                if let Some((to, ack)) = ack {
                    self.put(to, ack, desk);
                }
            }
            Why::Invite => {
                self.ack_refusal(message, desk);
                self.refused(status, message, desk);
            }
            Why::Reinvite => {
                self.ack_refusal(message, desk);
                self.reinvite_refused(status, desk);
            }
            Why::Update
            | Why::Prack
            | Why::Cancel
            | Why::Bye
            | Why::ForkBye
            | Why::Info
            | Why::Refer => {
                if !repeat {
                    self.finished(why, status, message, desk);
                }
            }
        }
    }

    fn provisional(&mut self, status: u16, message: &Message, desk: &mut Desk<'_>) {
        if self.state == State::Calling(Cancel::Wanted) {
            self.send_cancel(desk);
        }
        if status == 100 || self.state == State::Over {
            return;
        }
        let Some(i) = self.fork(message) else { return };
        let reliable = message.has_token(Name::Require, "100rel");
        let rseq = message.number(Name::RSeq).filter(|_| reliable);
        let mut answer = None;
        if let Some(rseq) = rseq {
            let Some(dialog) = self.dialogs.get_mut(i) else { return };
            match dialog.rseq {
                Some(last) if rseq == last => return,
                Some(last) if rseq != last.wrapping_add(1) => {
                    self.report.notice(Noticed::RSeqOrder(rseq));
                    return;
                }
                Some(_) | None => dialog.rseq = Some(rseq),
            }
        }
        if let Some(sdp) = message.sdp() {
            answer = self.early_sdp(&sdp, rseq.is_some());
        }
        if let Some(rseq) = rseq {
            self.prack(i, rseq, message, answer, desk);
        }
        self.agree(desk);
    }

    /// SDP in a provisional: our answer, or (reliable only) an offer to be answered in PRACK.
    fn early_sdp(&mut self, sdp: &Bytes, reliable: bool) -> Option<Vec<u8>> {
        match self.session.open {
            Open::Ours => {
                self.session.take_answer(sdp, &mut self.report);
                None
            }
            // What an unreliable 183 said is said again.
            Open::Nobody if self.session.is_settled() && !reliable => None,
            Open::Nobody if reliable => {
                self.session.take_offer(sdp, &mut self.report);
                self.session.answer()
            }
            Open::Nobody | Open::Theirs => {
                self.report.notice(Noticed::OfferOutOfPlace("provisional".into()));
                None
            }
        }
    }

    fn prack(
        &mut self,
        i: usize,
        rseq: u32,
        message: &Message,
        answer: Option<Vec<u8>>,
        desk: &mut Desk<'_>,
    ) {
        let Some(dialog) = self.dialogs.get(i).cloned() else { return };
        let Ok(cseq) = message.cseq() else { return };
        let rack = format!("{rseq} {} {}", cseq.number, cseq.method);
        self.ask_in(&dialog, Method::Prack, Why::Prack, desk, |w| {
            let w = w.header("RAck", rack);
            match answer {
                Some(sdp) => w.body(SDP, &sdp),
                None => w.finish(),
            }
        });
    }

    /// The dialog that a response with a To tag belongs to, made if it is new (RFC 3261 §12.1.2).
    fn fork(&mut self, message: &Message) -> Option<usize> {
        let tag = message.to_tag()?;
        let target = message.contact().ok().map(|c| c.uri.text.to_vec());
        if let Some(i) = self.dialogs.iter().position(|d| d.remote_tag == tag) {
            if let (Some(dialog), Some(target)) = (self.dialogs.get_mut(i), target) {
                dialog.target = target;
            }
            return Some(i);
        }
        if self.dialogs.len() >= FORKS {
            return None;
        }
        let mut routes = record_routes(message);
        routes.reverse();
        self.dialogs.push(Dialog {
            remote_tag: tag.to_vec(),
            target: target.unwrap_or_else(|| self.uri.clone()),
            routes,
            confirmed: false,
            rseq: None,
            acks: Vec::new(),
        });
        let i = self.dialogs.len() - 1;
        if matches!(self.state, State::Calling(_)) {
            self.current = i;
        }
        Some(i)
    }

    /// A 2xx to our INVITE: the first, a repeat, a fork's, or one that crossed our CANCEL.
    fn answered(&mut self, message: &Message, _remote: SocketAddr, desk: &mut Desk<'_>) {
        let Some(i) = self.fork(message) else { return };
        let Ok(cseq) = message.cseq() else { return };
        let Some(dialog) = self.dialogs.get_mut(i) else { return };
        if let Some(ack) = dialog.ack(cseq.number) {
            let dialog = dialog.clone();
            self.send_ack(&dialog, ack, desk);
            return;
        }
        dialog.confirmed = true;
        // The route set is computed again at the 2xx (RFC 3261 §13.2.2.4).
        dialog.routes = record_routes(message);
        dialog.routes.reverse();
        self.report.dialogs += 1;
        match self.state {
            State::Calling(cancel) => {
                self.current = i;
                self.read_timer(message);
                let usable = self.take_final_sdp(message, i, desk);
                match (cancel, usable) {
                    (Cancel::No, true) => self.up(desk),
                    (Cancel::No, false) => {
                        self.bye(desk);
                        self.over(Ended::BadSession, desk);
                    }
                    (Cancel::Wanted | Cancel::Sent, _) => {
                        self.bye(desk);
                        self.over(Ended::Cancelled, desk);
                    }
                }
            }
            State::Ringing | State::Answered | State::Up | State::Over => {
                self.make_ack(i, None, desk);
                let Some(dialog) = self.dialogs.get(i).cloned() else { return };
                self.ask_in(&dialog, Method::Bye, Why::ForkBye, desk, Writer::finish);
            }
        }
    }

    /// Takes the SDP of the 2xx and acknowledges; false if there is no session then.
    fn take_final_sdp(&mut self, message: &Message, i: usize, desk: &mut Desk<'_>) -> bool {
        let sdp = message.sdp();
        let mut answer = None;
        let usable = match (self.session.open, sdp) {
            (Open::Ours, Some(sdp)) => self.session.take_answer(&sdp, &mut self.report),
            (Open::Nobody, Some(sdp)) if !self.session.is_settled() => {
                self.session.take_offer(&sdp, &mut self.report);
                answer = self.session.answer();
                answer.is_some()
            }
            // Said again after a 183, or another session (REAL-08): the last word counts.
            (Open::Nobody, Some(sdp)) => {
                self.session.take_answer(&sdp, &mut self.report);
                true
            }
            (Open::Nobody, None) => self.session.is_settled(),
            (Open::Ours | Open::Theirs, _) => false,
        };
        self.make_ack(i, answer, desk);
        usable
    }

    pub(super) fn make_ack(&mut self, i: usize, answer: Option<Vec<u8>>, desk: &mut Desk<'_>) {
        let Some(dialog) = self.dialogs.get(i).cloned() else { return };
        let cseq = self.invite_cseq;
        let ack = self.ack_of(&dialog, cseq, answer, desk);
        if let Some(dialog) = self.dialogs.get_mut(i) {
            dialog.keep_ack(cseq, ack.clone());
        }
        self.send_ack(&dialog, ack, desk);
    }

    pub(super) fn ack_of(
        &mut self,
        dialog: &Dialog,
        cseq: u32,
        answer: Option<Vec<u8>>,
        desk: &mut Desk<'_>,
    ) -> Bytes {
        let (mut w, _, _) = self.within(Method::Ack, cseq, dialog, desk);
        if let Some((name, value)) = &self.credentials {
            w = w.header(name, value);
        }
        match answer {
            Some(sdp) => w.body(SDP, &sdp),
            None => w.finish(),
        }
    }

    /// Sends an ACK of a 2xx, or does not, or later, as the faults say.
    pub(super) fn send_ack(&mut self, dialog: &Dialog, ack: Bytes, desk: &mut Desk<'_>) {
        let hop = dialog.routes.first().map_or(dialog.target.as_slice(), |r| r.as_slice());
        let to = crate::sip::NameAddr::parse(hop)
            .ok()
            .and_then(|n| write::address_of(n.uri.text))
            .or_else(|| write::address_of(hop))
            .unwrap_or(self.peer);
        if self.acks_to_drop > 0 {
            self.acks_to_drop -= 1;
            return;
        }
        self.report.acks_sent += 1;
        match self.b.faults.ack_after {
            Some(after) => self.plan(desk.now.after(after), Step::SendAck(ack, to)),
            None => self.put(to, ack, desk),
        }
    }

    /// The ACK of a final that is no 2xx: same branch, same Request-URI (RFC 3261 §17.1.1.3).
    fn ack_refusal(&mut self, message: &Message, desk: &mut Desk<'_>) {
        let Ok(via) = message.via() else { return };
        let fits = |tx: &&mut super::repeat::ClientTx| {
            tx.branch.as_bytes() == via.branch && tx.method == Method::Invite
        };
        let Some(tx) = self.clients.iter_mut().find(fits) else { return };
        let Ok(invite) = Message::scan(tx.bytes.clone()) else { return };
        let mut w = Writer::request(Method::Ack, invite.request_uri_text());
        w = w.header("Via", invite.header(Name::Via).unwrap_or_default());
        for route in invite.lines(Name::Route) {
            w = w.header("Route", route);
        }
        let ack = w
            .header("Max-Forwards", "70")
            .header("From", invite.header(Name::From).unwrap_or_default())
            .header("To", message.header(Name::To).unwrap_or_default())
            .header("Call-ID", invite.call_id())
            .header("CSeq", format!("{} ACK", tx.cseq))
            .finish();
        tx.ack = Some(ack.clone());
        let to = tx.to;
        self.put(to, ack, desk);
    }

    fn refused(&mut self, status: u16, message: &Message, desk: &mut Desk<'_>) {
        let State::Calling(cancel) = self.state else { return };
        self.session.roll_back();
        // RFC 4028 §7.3: once more with the interval that the peer wants.
        if let (422, Some(wanted), Some(had)) =
            (status, message.number(Name::MinSe), self.b.session_expires)
            && wanted > had
        {
            self.b.session_expires = Some(wanted);
            self.invite(desk);
            return;
        }
        if cancel == Cancel::No && self.answer_challenge(status, message, desk) {
            return;
        }
        match (cancel, status) {
            (Cancel::No, _) => self.over(Ended::Refused(status), desk),
            (Cancel::Wanted | Cancel::Sent, 487) => self.over(Ended::Cancelled, desk),
            (Cancel::Wanted | Cancel::Sent, _) => self.over(Ended::Refused(status), desk),
        }
    }

    /// CANCEL, now or when a provisional has come.
    pub(super) fn cancel(&mut self, desk: &mut Desk<'_>) {
        if self.state != State::Calling(Cancel::No) {
            return;
        }
        let invite = self.clients.iter().rfind(|tx| tx.why == Why::Invite);
        if invite.is_some_and(|tx| tx.proceeding) {
            self.send_cancel(desk);
        } else {
            self.state = State::Calling(Cancel::Wanted);
        }
    }

    fn send_cancel(&mut self, desk: &mut Desk<'_>) {
        self.state = State::Calling(Cancel::Sent);
        let Some(tx) = self.clients.iter_mut().rfind(|tx| tx.why == Why::Invite) else { return };
        // RFC 3261 §9.1: no final within 64·T1 after CANCEL, and the INVITE is over.
        tx.until = Some(desk.now.after(crate::base::limits::T1_64));
        let (to, branch, cseq) = (tx.to, tx.branch.clone(), tx.cseq);
        let Ok(invite) = Message::scan(tx.bytes.clone()) else { return };
        let mut w = Writer::request(Method::Cancel, invite.request_uri_text());
        w = w.header("Via", invite.header(Name::Via).unwrap_or_default());
        for route in invite.lines(Name::Route) {
            w = w.header("Route", route);
        }
        let bytes = w
            .header("Max-Forwards", "70")
            .header("From", invite.header(Name::From).unwrap_or_default())
            .header("To", invite.header(Name::To).unwrap_or_default())
            .header("Call-ID", invite.call_id())
            .header("CSeq", format!("{cseq} CANCEL"))
            .finish();
        self.open_client(Method::Cancel, Why::Cancel, cseq, branch, bytes, to, desk);
    }
}

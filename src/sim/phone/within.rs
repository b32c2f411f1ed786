//! Requests inside a call, both ways: BYE, re-INVITE, UPDATE, PRACK, INFO, REFER, refreshes.

use super::call::{Call, State, Step};
use super::repeat::Why;
use super::report::{Ended, NOTIFIED, Noticed};
use super::session::Open;
use super::{Desk, check, write};
use crate::sip::{Message, Method, Name, Writer};
use std::net::SocketAddr;
use std::time::Duration;

const SDP: &str = "application/sdp";
/// A re-INVITE that has to wait for an ACK tries again after this.
const UNACKED: Duration = Duration::from_millis(200);

impl Call {
    /// A request with our Call-ID.
    pub(super) fn request(&mut self, message: &Message, remote: SocketAddr, desk: &mut Desk<'_>) {
        let Some(method) = message.method() else { return };
        if method == Method::Ack {
            check::request(message, &mut self.report);
            self.report.requests.push(method);
            self.acknowledged(message, desk);
            return;
        }
        if let Some(tx) = self.server_of(message).and_then(|i| self.servers.get(i)) {
            self.report.repeats += 1;
            // A repeated INVITE that has a 2xx is answered by the 2xx's own repeats too.
            let last = tx.last.clone().map(|bytes| (write::reply_to(&tx.request, remote), bytes));
            if let Some((to, bytes)) = last {
                self.put(to, bytes, desk);
            }
            return;
        }
        check::request(message, &mut self.report);
        self.branches.note(message, method == Method::Cancel, &mut self.report);
        self.report.requests.push(method);
        if method == Method::Cancel {
            self.cancelled(message, remote, desk);
            return;
        }
        if !self.is_ours(message) {
            self.answer_stranger(message, method, remote, desk);
            return;
        }
        self.open_server(message, remote);
        // What the BYE overtook finds no dialog any more (RFC 3261 §15.1.2).
        if self.is_over() && method != Method::Bye {
            self.reply(method, 481, desk);
            return;
        }
        if !self.in_sequence(message) {
            if message.sdp().is_some() {
                self.session.refuse_offer();
            }
            self.reply(method, 500, desk);
            return;
        }
        self.dispatch(method, message, desk);
    }

    fn dispatch(&mut self, method: Method, message: &Message, desk: &mut Desk<'_>) {
        match method {
            Method::Bye => self.bye_came(desk),
            Method::Invite => self.reinvite_came(message, desk),
            Method::Update => self.update_came(message, desk),
            Method::Prack => self.prack_came(message, desk),
            Method::Info => self.info_came(message, desk),
            Method::Options => self.reply(method, 200, desk),
            Method::Notify => self.notify_came(message, desk),
            Method::Refer => self.reply(method, 603, desk),
            Method::Ack | Method::Cancel => {}
            Method::Register | Method::Subscribe | Method::Message | Method::Publish => {
                self.reply(method, 405, desk);
            }
            Method::Unknown => self.reply(method, 501, desk),
        }
    }

    fn reply(&mut self, method: Method, status: u16, desk: &mut Desk<'_>) {
        let tag = self.tag.clone();
        self.respond(method, status, Some(&tag), desk, Writer::finish);
    }

    fn is_ours(&self, message: &Message) -> bool {
        message.to_tag() == Some(self.tag.as_bytes())
    }

    /// A request for a fork of ours, a merged INVITE, or one for nobody.
    fn answer_stranger(
        &mut self,
        message: &Message,
        method: Method,
        remote: SocketAddr,
        desk: &mut Desk<'_>,
    ) {
        let tag = message.to_tag().unwrap_or_default();
        let to_fork = self.fork_tags.iter().any(|f| f.as_bytes() == tag);
        let status = if method == Method::Bye && to_fork {
            self.report.forks_ended.1 += 1;
            200
        } else if method == Method::Invite && tag.is_empty() {
            // RFC 3261 §8.2.2.2.
            482
        } else {
            self.report.notice(Noticed::WrongTag(check::line(message)));
            481
        };
        self.open_server(message, remote);
        self.reply(method, status, desk);
    }

    fn in_sequence(&mut self, message: &Message) -> bool {
        let Ok(cseq) = message.cseq() else { return false };
        if self.their_cseq.is_some_and(|last| cseq.number <= last) {
            self.report.notice(Noticed::CSeqOrder(check::line(message)));
            return false;
        }
        self.their_cseq = Some(cseq.number);
        true
    }

    fn placed_by_us(&self) -> bool {
        !self.uri.is_empty()
    }

    fn bye_came(&mut self, desk: &mut Desk<'_>) {
        self.report.bye_seen = true;
        if !self.b.faults.ignore_bye {
            self.reply(Method::Bye, 200, desk);
        }
        let tag = self.tag.clone();
        self.respond(Method::Invite, 487, Some(&tag), desk, Writer::finish);
        self.over(Ended::ByPeer, desk);
    }

    /// BYE in the current dialog.
    pub(super) fn bye(&mut self, desk: &mut Desk<'_>) {
        self.ask(Method::Bye, Why::Bye, desk, Writer::finish);
    }

    fn reinvite_came(&mut self, message: &Message, desk: &mut Desk<'_>) {
        // RFC 3261 §14.2: ours is out: 491; theirs is unanswered: 500.
        let ours_is_out = self
            .clients
            .iter()
            .any(|tx| matches!(tx.why, Why::Reinvite | Why::Update) && tx.is_open());
        let theirs_is_open =
            self.servers.iter().filter(|tx| tx.method == Method::Invite && tx.is_open());
        let refusal = if theirs_is_open.count() > 1 || self.session.open == Open::Theirs {
            Some(500)
        } else if ours_is_out || self.session.open == Open::Ours {
            Some(491)
        } else {
            self.b.faults.refuse_reinvite
        };
        if let Some(status) = refusal {
            self.session.refuse_offer();
            self.reply(Method::Invite, status, desk);
            return;
        }
        self.retarget(message);
        let body = match message.sdp() {
            Some(offer) => {
                let taken = self.session.take_offer(&offer, &mut self.report);
                taken.then(|| self.session.answer()).flatten()
            }
            None => Some(self.session.offer()),
        };
        let Some(sdp) = body else {
            self.session.roll_back();
            self.reply(Method::Invite, 488, desk);
            return;
        };
        self.refreshed(message, desk);
        let head = self.answer_headers(message);
        let tag = self.tag.clone();
        self.respond(Method::Invite, 200, Some(&tag), desk, |w| head(w).body(SDP, &sdp));
        self.agree(desk);
    }

    fn update_came(&mut self, message: &Message, desk: &mut Desk<'_>) {
        let offer = message.sdp();
        // RFC 3311 §5.2.
        let refusal = match (&offer, self.session.open) {
            (Some(_), Open::Ours) => Some(491),
            (Some(_), Open::Theirs) => Some(500),
            (Some(_), Open::Nobody) | (None, _) => self.b.faults.refuse_reinvite,
        };
        if let Some(status) = refusal {
            self.session.refuse_offer();
            self.reply(Method::Update, status, desk);
            return;
        }
        self.retarget(message);
        let mut answer = None;
        if let Some(offer) = offer {
            let taken = self.session.take_offer(&offer, &mut self.report);
            answer = taken.then(|| self.session.answer()).flatten();
            if answer.is_none() {
                self.session.roll_back();
                self.reply(Method::Update, 488, desk);
                return;
            }
        }
        self.refreshed(message, desk);
        let head = self.answer_headers(message);
        let tag = self.tag.clone();
        self.respond(Method::Update, 200, Some(&tag), desk, |w| match answer {
            Some(sdp) => head(w).body(SDP, &sdp),
            None => head(w).finish(),
        });
        self.agree(desk);
    }

    fn prack_came(&mut self, message: &Message, desk: &mut Desk<'_>) {
        let rack = message.header(Name::RAck).unwrap_or_default();
        let rack = String::from_utf8_lossy(rack);
        let mut words = rack.split_whitespace().map(str::to_owned);
        let named = (words.next(), words.next(), words.next());
        let wanted = self.reliable.as_ref().map(|r| {
            let cseq = self.invite_cseq.to_string();
            (Some(r.rseq.to_string()), Some(cseq), Some("INVITE".to_owned()))
        });
        if wanted != Some(named) {
            self.reply(Method::Prack, 481, desk);
            return;
        }
        self.reliable = None;
        if let Some(dialog) = self.dialogs.first_mut() {
            dialog.rseq = Some(self.rseq);
        }
        let mut answer = None;
        match (message.sdp(), self.session.open) {
            (Some(sdp), Open::Ours) => drop(self.session.take_answer(&sdp, &mut self.report)),
            (Some(sdp), Open::Nobody) => {
                self.session.take_offer(&sdp, &mut self.report);
                answer = self.session.answer();
            }
            (Some(_), Open::Theirs) => {
                self.report.notice(Noticed::OfferOutOfPlace("PRACK".into()));
            }
            (None, _) => {}
        }
        let tag = self.tag.clone();
        self.respond(Method::Prack, 200, Some(&tag), desk, |w| match answer {
            Some(sdp) => w.body(SDP, &sdp),
            None => w.finish(),
        });
        self.agree(desk);
        if std::mem::take(&mut self.answer_waits) {
            self.answer(desk);
        }
    }

    fn info_came(&mut self, message: &Message, desk: &mut Desk<'_>) {
        let body = String::from_utf8_lossy(message.body()).into_owned();
        let kind = message.header(Name::ContentType).unwrap_or_default();
        let digit = match kind {
            b"application/dtmf-relay" => body.lines().find_map(|line| {
                line.trim().strip_prefix("Signal")?.trim().strip_prefix('=')?.trim().chars().next()
            }),
            b"application/dtmf" => body.trim().chars().next(),
            _ => None,
        };
        self.report.info_digits.extend(digit);
        self.reply(Method::Info, 200, desk);
    }

    fn notify_came(&mut self, message: &Message, desk: &mut Desk<'_>) {
        let body = String::from_utf8_lossy(message.body());
        let first = body.lines().next().filter(|_| self.report.notified.len() < NOTIFIED);
        self.report.notified.extend(first.map(str::to_owned));
        self.reply(Method::Notify, 200, desk);
    }

    /// The peer's Contact in a target refresh (RFC 3261 §12.2.2).
    fn retarget(&mut self, message: &Message) {
        let Ok(contact) = message.contact() else { return };
        let target = contact.uri.text.to_vec();
        if let Some(dialog) = self.dialogs.get_mut(self.current) {
            dialog.target = target;
        }
    }

    /// re-INVITE, with an offer or without.
    pub(super) fn reinvite(&mut self, with_offer: bool, desk: &mut Desk<'_>) {
        if self.state != State::Up || self.session.open != Open::Nobody {
            return;
        }
        // RFC 3261 §14.1: not while an INVITE of the peer's waits for its ACK.
        if self.servers.iter().any(|tx| tx.method == Method::Invite && !tx.acked) {
            self.plan(desk.now.after(UNACKED), Step::ReinviteAgain);
            return;
        }
        let sdp = with_offer.then(|| self.session.offer());
        self.ask(Method::Invite, Why::Reinvite, desk, |w| match sdp {
            Some(sdp) => w.body(SDP, &sdp),
            None => w.finish(),
        });
    }

    /// The 2xx of our re-INVITE.
    pub(super) fn reinvite_answered(
        &mut self,
        message: &Message,
        repeat: bool,
        desk: &mut Desk<'_>,
    ) {
        let Ok(cseq) = message.cseq() else { return };
        let Some(dialog) = self.dialog().cloned() else { return };
        if repeat {
            if let Some(ack) = dialog.ack(cseq.number) {
                self.send_ack(&dialog, ack, desk);
            }
            return;
        }
        let mut answer = None;
        match (self.session.open, message.sdp()) {
            (Open::Ours, Some(sdp)) => drop(self.session.take_answer(&sdp, &mut self.report)),
            (Open::Nobody, Some(sdp)) => {
                self.session.take_offer(&sdp, &mut self.report);
                answer = self.session.answer();
            }
            (Open::Ours | Open::Nobody | Open::Theirs, _) => self.session.roll_back(),
        }
        self.retarget(message);
        let Some(dialog) = self.dialog().cloned() else { return };
        let ack = self.ack_of(&dialog, cseq.number, answer, desk);
        if let Some(dialog) = self.dialogs.get_mut(self.current) {
            dialog.keep_ack(cseq.number, ack.clone());
        }
        self.send_ack(&dialog, ack, desk);
        self.agree(desk);
    }

    /// Our re-INVITE was refused: all stays, unless the dialog is gone (RFC 3261 §14.1).
    pub(super) fn reinvite_refused(&mut self, status: u16, desk: &mut Desk<'_>) {
        self.session.roll_back();
        match status {
            _ if self.is_over() => {}
            // The owner of the Call-ID waits 2.1 to 4 s, the other less than 2 s.
            491 => {
                let tens = desk.names.bits() % 190;
                let wait = if self.placed_by_us() { 2100 + tens * 10 } else { tens * 10 };
                let at = desk.now.after(Duration::from_millis(wait));
                self.plan(at, Step::ReinviteAgain);
            }
            408 | 481 => {
                self.bye(desk);
                self.over(Ended::TimedOut, desk);
            }
            _ => {}
        }
    }

    pub(super) fn update(&mut self, with_offer: bool, desk: &mut Desk<'_>) {
        if self.is_over() || with_offer && self.session.open != Open::Nobody {
            return;
        }
        let sdp = with_offer.then(|| self.session.offer());
        let timer = self.timer;
        self.ask(Method::Update, Why::Update, desk, |mut w| {
            if let Some((seconds, we_refresh)) = timer {
                let who = if we_refresh { "uac" } else { "uas" };
                w = w.header("Supported", "timer");
                w = w.header("Session-Expires", format!("{seconds};refresher={who}"));
            }
            match sdp {
                Some(sdp) => w.body(SDP, &sdp),
                None => w.finish(),
            }
        });
    }

    pub(super) fn info(&mut self, digit: char, desk: &mut Desk<'_>) {
        let body = format!("Signal={digit}\r\nDuration=160\r\n");
        self.ask(Method::Info, Why::Info, desk, |w| {
            w.body("application/dtmf-relay", body.as_bytes())
        });
    }

    pub(super) fn refer(&mut self, to: &str, desk: &mut Desk<'_>) {
        let ours = self.ours.clone();
        self.ask(Method::Refer, Why::Refer, desk, |w| {
            w.parts("Refer-To", &[b"<", to.as_bytes(), b">"]).header("Referred-By", ours).finish()
        });
    }

    /// The final of a request that is no INVITE.
    pub(super) fn finished(
        &mut self,
        why: Why,
        status: u16,
        message: &Message,
        desk: &mut Desk<'_>,
    ) {
        match why {
            Why::Update if (200..300).contains(&status) => {
                if let (Open::Ours, Some(sdp)) = (self.session.open, message.sdp()) {
                    self.session.take_answer(&sdp, &mut self.report);
                }
                self.retarget(message);
                self.agree(desk);
                self.set_timer(desk);
            }
            Why::Update => self.session.roll_back(),
            Why::Prack => {
                if let (Open::Ours, Some(sdp)) = (self.session.open, message.sdp()) {
                    self.session.take_answer(&sdp, &mut self.report);
                    self.agree(desk);
                }
            }
            Why::Invite
            | Why::Reinvite
            | Why::Cancel
            | Why::Bye
            | Why::ForkBye
            | Why::Info
            | Why::Refer => {}
        }
    }

    /// A request of ours had no final response (timers B and F).
    pub(super) fn request_failed(&mut self, why: Why, desk: &mut Desk<'_>) {
        match why {
            Why::Invite => self.over(Ended::TimedOut, desk),
            Why::Reinvite | Why::Update if self.state == State::Up => {
                self.bye(desk);
                self.over(Ended::TimedOut, desk);
            }
            Why::Reinvite
            | Why::Update
            | Why::Prack
            | Why::Cancel
            | Why::Bye
            | Why::ForkBye
            | Why::Info
            | Why::Refer => {}
        }
    }

    /// As a callee: what we agree to of the caller's session timer (RFC 4028 §9).
    pub(super) fn agree_timer(&mut self, invite: &Message) {
        let wanted = number_before_params(invite.header(Name::SessionExpires));
        let (Some(most), Some(wanted)) = (self.b.session_expires, wanted) else { return };
        let header =
            String::from_utf8_lossy(invite.header(Name::SessionExpires).unwrap_or_default());
        let supported = invite.has_token(Name::Supported, "timer");
        let we_refresh = match header.split_once("refresher=") {
            Some((_, who)) => who.starts_with("uas"),
            None => self.b.refresher || !supported,
        };
        self.timer = Some((wanted.min(most), we_refresh));
    }

    /// As a caller: what the 2xx says of it.
    pub(super) fn read_timer(&mut self, answer: &Message) {
        let header = answer.header(Name::SessionExpires);
        if let Some(seconds) = number_before_params(header) {
            let text = String::from_utf8_lossy(header.unwrap_or_default());
            self.timer = Some((seconds, !text.contains("refresher=uas")));
        }
    }

    /// Sets the clock of the session anew: half for the refresher, the end less a third (at most
    /// 32 s) for the other (RFC 4028 §10).
    pub(super) fn set_timer(&mut self, desk: &mut Desk<'_>) {
        self.unplan(|step| matches!(step, Step::Refresh | Step::NotRefreshed));
        let Some((seconds, we_refresh)) = self.timer else { return };
        let interval = Duration::from_secs(u64::from(seconds));
        let (wait, step) = if we_refresh {
            (interval / 2, Step::Refresh)
        } else {
            (interval - (interval / 3).min(Duration::from_secs(32)), Step::NotRefreshed)
        };
        self.plan(desk.now.after(wait), step);
    }

    pub(super) fn refresh(&mut self, desk: &mut Desk<'_>) {
        if self.state == State::Up {
            self.update(false, desk);
        }
    }

    fn refreshed(&mut self, message: &Message, desk: &mut Desk<'_>) {
        if message.header(Name::SessionExpires).is_some() {
            self.report.refreshes += 1;
            if self.b.session_expires.is_some() {
                self.agree_timer(message);
                self.set_timer(desk);
            }
        }
    }
}

fn number_before_params(header: Option<&[u8]>) -> Option<u32> {
    let text = std::str::from_utf8(header?).ok()?;
    text.split(';').next()?.trim().parse().ok()
}

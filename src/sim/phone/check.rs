//! What a phone checks of every message that its peer sends.

use super::report::{Noticed, Report};
use crate::sip::{Message, Method, Name};
use std::collections::BTreeMap;

/// Branches remembered of one call.
const BRANCHES: usize = 1000;

/// The branches that the peer used, and for what.
#[derive(Clone, Debug, Default)]
pub(super) struct Branches {
    seen: BTreeMap<Vec<u8>, (Method, u32)>,
}

impl Branches {
    /// A request that is no repeat; a CANCEL and the ACK of a non-2xx have their INVITE's branch.
    pub(super) fn note(&mut self, request: &Message, shared: bool, report: &mut Report) {
        let (Ok(via), Ok(cseq)) = (request.via(), request.cseq()) else { return };
        if !via.is_rfc3261() {
            report.notice(Noticed::BranchCookie(line(request)));
        }
        if shared || self.seen.len() >= BRANCHES {
            return;
        }
        let now = (cseq.method, cseq.number);
        let before = self.seen.insert(via.branch.to_vec(), now);
        if before.is_some_and(|before| before != now) {
            report.notice(Noticed::BranchReused(line(request)));
        }
    }
}

/// What holds for every request.
pub(super) fn request(message: &Message, report: &mut Report) {
    if let Err(error) = message.check() {
        report.notice(Noticed::Header(error.header, line(message)));
    }
    if message.number(Name::MaxForwards).is_none() {
        report.notice(Noticed::Header("Max-Forwards", line(message)));
    }
    if message.from_tag().is_none() {
        report.notice(Noticed::NoTag(line(message)));
    }
    if message.cseq().is_ok_and(|c| Some(c.method) != message.method()) {
        report.notice(Noticed::Header("CSeq", line(message)));
    }
    let needs_contact = matches!(message.method(), Some(Method::Invite | Method::Update));
    if needs_contact && message.contact().is_err() {
        report.notice(Noticed::NoContact(line(message)));
    }
    content_length(message, report);
}

/// What holds for every response.
pub(super) fn response(message: &Message, report: &mut Report) {
    if let Err(error) = message.check() {
        report.notice(Noticed::Header(error.header, line(message)));
    }
    let status = message.status().unwrap_or(0);
    if status > 100 && message.to_tag().is_none() {
        report.notice(Noticed::NoTag(line(message)));
    }
    let method = message.cseq().map(|c| c.method).ok();
    let needs_contact = matches!(method, Some(Method::Invite | Method::Update));
    if needs_contact && (200..300).contains(&status) && message.contact().is_err() {
        report.notice(Noticed::NoContact(line(message)));
    }
    content_length(message, report);
}

/// A CANCEL beside the INVITE that it cancels (RFC 3261 §9.1).
pub(super) fn cancel(cancel: &Message, invite: &Message, report: &mut Report) {
    let differs = [
        ("Request-URI", cancel.request_uri_text() != invite.request_uri_text()),
        ("From", cancel.header(Name::From) != invite.header(Name::From)),
        ("To", cancel.header(Name::To) != invite.header(Name::To)),
        ("CSeq", cancel.cseq().map(|c| c.number) != invite.cseq().map(|c| c.number)),
        ("Route", !cancel.lines(Name::Route).eq(invite.lines(Name::Route))),
        ("Require", cancel.header(Name::Require).is_some()),
        ("Proxy-Require", cancel.header(Name::ProxyRequire).is_some()),
        ("Via", cancel.values(Name::Via).count() != 1),
    ];
    for (what, _) in differs.into_iter().filter(|(_, differs)| *differs) {
        report.notice(Noticed::CancelDiffers(what));
    }
}

fn content_length(message: &Message, report: &mut Report) {
    let named = message.number(Name::ContentLength);
    let raw = message.raw();
    let head = raw.windows(4).position(|w| w == b"\r\n\r\n").map_or(raw.len(), |at| at + 4);
    let real = u32::try_from(raw.len() - head).unwrap_or(u32::MAX);
    if named != Some(real) {
        report.notice(Noticed::ContentLength(line(message)));
    }
}

/// A message's short name for a complaint.
pub(super) fn line(message: &Message) -> String {
    crate::sim::ladder::first_line(message.raw())
}

//! The states of a dialog that the tables tell apart: how a leg gets there, and how a state is named.
//!
//! The name is read from the dialog itself, so a leg that is not where the table says is a failure.

use super::super::super::bye::Farewell;
use super::super::super::cancel::Cancel;
use super::super::super::offer::{Ours, Owed, Theirs, Turn};
use super::super::super::session_timer::{Refresher, Timer};
use super::super::super::usage::Usage;
use super::super::super::{State, incoming, outgoing};
use super::*;

pub(super) const INCOMING: [&str; 12] = [
    "Incoming: offer in by INVITE",
    "Incoming: offer in by INVITE, 1xx said",
    "Incoming: unPRACKed",
    "Incoming: unPRACKed, answer held",
    "Incoming",
    "Incoming: offer in by PRACK",
    "Incoming: offer in by UPDATE",
    "Incoming: offer in by UPDATE, answer held",
    "Incoming: offer out by UPDATE",
    "Incoming: offer waits",
    "Incoming: offer owed to INVITE",
    "Incoming: offer out by 1xx, unPRACKed",
];

pub(super) const OUTGOING: [&str; 10] = [
    "Outgoing",
    "Outgoing: proceeding",
    "Outgoing: early, offer out by INVITE",
    "Outgoing: early, PRACK out",
    "Outgoing: early, offer in by 1xx",
    "Outgoing: early, offer out by UPDATE",
    "Outgoing: early, offer in by UPDATE",
    "Outgoing: CANCEL held",
    "Outgoing: proceeding, CANCEL out",
    "Outgoing: early, offer out by INVITE, CANCEL out",
];

pub(super) const CONFIRMED: [&str; 17] = [
    "Confirmed",
    "Confirmed: we called",
    "Confirmed: offer out by INVITE",
    "Confirmed: offer waits",
    "Confirmed: offer in by re-INVITE",
    "Confirmed: offer owed to re-INVITE",
    "Confirmed: offer in by UPDATE",
    "Confirmed: unACKed",
    "Confirmed: unACKed, PRACK late",
    "Confirmed: offer waits, unACKed",
    "Confirmed: offer out by 2xx, unACKed",
    "Confirmed: we called, offer in by 2xx",
    "Confirmed: INFO in",
    "Confirmed: INFO out",
    "Confirmed: we called, we refresh",
    "Confirmed: we called, UPDATE out, we refresh",
    "Confirmed: they refresh",
];

pub(super) const LEAVING: [&str; 4] =
    ["AwaitsAck: unACKed", "AwaitsFinal: BYE out", "AwaitsFinal: BYE out, INVITE out", "Ended"];

/// The state of the ladder's leg, in the tables' words.
pub(super) fn name_of(ladder: &Ladder) -> String {
    let dialog = ladder.dialog.as_ref().unwrap();
    let (name, mut marks) = match &dialog.state {
        State::Incoming(incoming) => ("Incoming", incoming_marks(incoming)),
        State::Outgoing(outgoing) => ("Outgoing", outgoing_marks(outgoing)),
        State::Confirmed(answered) => ("Confirmed", usage_marks(&answered.usage)),
        State::Leaving(left, Farewell::AwaitsAck { .. }) => ("AwaitsAck", usage_marks(&left.usage)),
        State::Leaving(left, Farewell::AwaitsFinal) => ("AwaitsFinal", usage_marks(&left.usage)),
        State::Ended => ("Ended", Vec::new()),
    };
    if let State::Confirmed(answered) = &dialog.state {
        if dialog.local.owns_call_id {
            marks.insert(0, "we called".to_owned());
        }
        marks.extend(answered.late_rack.map(|_| "PRACK late".to_owned()));
    }
    let colon = if marks.is_empty() { "" } else { ": " };
    format!("{name}{colon}{}", marks.join(", "))
}

fn incoming_marks(incoming: &incoming::Incoming) -> Vec<String> {
    let mut marks = usage_marks(&incoming.usage);
    if incoming.provisionals.open.is_some() {
        marks.push("unPRACKed".to_owned());
    } else if incoming.deadline().is_some() {
        marks.push("1xx said".to_owned());
    }
    if incoming.answer.is_some() {
        marks.push("answer held".to_owned());
    }
    marks
}

fn outgoing_marks(outgoing: &outgoing::Outgoing) -> Vec<String> {
    let mut marks = Vec::new();
    match (outgoing.heard, outgoing.earlies.len()) {
        (false, _) => {}
        (true, 0) => marks.push("proceeding".to_owned()),
        (true, 1) => marks.push("early".to_owned()),
        (true, forks) => marks.push(format!("{forks} early")),
    }
    marks.extend(outgoing.earlies.iter().flat_map(usage_marks));
    match outgoing.cancel {
        Cancel::No => {}
        Cancel::Held(_) => marks.push("CANCEL held".to_owned()),
        Cancel::Sent { .. } => marks.push("CANCEL out".to_owned()),
    }
    marks
}

fn usage_marks(usage: &Usage) -> Vec<String> {
    let turn = match &usage.turn {
        Turn::Idle => None,
        Turn::Ours(Ours::Invite) => Some("offer out by INVITE"),
        Turn::Ours(Ours::Update) => Some("offer out by UPDATE"),
        Turn::Ours(Ours::Reliable) => Some("offer out by 1xx"),
        Turn::Ours(Ours::Final) => Some("offer out by 2xx"),
        Turn::Theirs(Theirs::Invite) => Some("offer in by INVITE"),
        Turn::Theirs(Theirs::Reinvite(_)) => Some("offer in by re-INVITE"),
        Turn::Theirs(Theirs::Update(_)) => Some("offer in by UPDATE"),
        Turn::Theirs(Theirs::Prack(_)) => Some("offer in by PRACK"),
        Turn::Theirs(Theirs::Reliable { .. }) => Some("offer in by 1xx"),
        Turn::Theirs(Theirs::Final { .. }) => Some("offer in by 2xx"),
        Turn::Owed(Owed::Invite) => Some("offer owed to INVITE"),
        Turn::Owed(Owed::Reinvite(_)) => Some("offer owed to re-INVITE"),
    };
    let mut marks: Vec<String> = turn.into_iter().map(str::to_owned).collect();
    let with_offer = |method| match &usage.turn {
        Turn::Ours(Ours::Invite) => method == Method::Invite,
        Turn::Ours(Ours::Update) => method == Method::Update,
        Turn::Idle | Turn::Ours(_) | Turn::Theirs(_) | Turn::Owed(_) => false,
    };
    let plain = usage.pending.iter().filter(|pending| !with_offer(pending.tx.method));
    let mut plain: Vec<String> =
        plain.map(|pending| format!("{} out", pending.tx.method)).collect();
    plain.sort();
    marks.extend(plain);
    if let Some(wanted) = &usage.wanted {
        marks.push(if wanted.refresh { "refresh waits" } else { "offer waits" }.to_owned());
    }
    if !usage.unacked.is_empty() {
        marks.push("unACKed".to_owned());
    }
    if !usage.infos.is_empty() {
        marks.push("INFO in".to_owned());
    }
    match usage.timer {
        Timer::Off => {}
        Timer::On { refresher: Refresher::Us, .. } => marks.push("we refresh".to_owned()),
        Timer::On { refresher: Refresher::Peer, .. } => marks.push("they refresh".to_owned()),
    }
    marks
}

/// A leg in the state of that name, and what of ours waits for the peer: requests without a final
/// response, or a 1xx without a PRACK.
pub(super) fn at(name: &str) -> (Ladder, Vec<Message>) {
    let (kind, _) = name.split_once(':').unwrap_or((name, ""));
    let mut ladder = match kind {
        "Incoming" => incoming(name),
        "Outgoing" => outgoing(name),
        "Confirmed" => confirmed(name),
        _ => leaving(name),
    };
    assert_eq!(name_of(&ladder), name);
    let waits = |m: &&Message| match m.method() {
        Some(method) => !matches!(method, Method::Cancel | Method::Ack),
        None => m.header(Name::RSeq).is_some(),
    };
    let out = ladder.sent.iter().map(|(_, message)| message).filter(waits).cloned().collect();
    ladder.clear();
    (ladder, out)
}

fn progress(ladder: &mut Ladder, status: u16, sdp: Option<Bytes>) {
    ladder.command(Command::Progress { status, sdp, headers: Headers::new() });
}

fn answer(ladder: &mut Ladder) {
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
}

/// The peer acknowledges our reliable 1xx.
fn prack(ladder: &mut Ladder, body: &str) {
    let open = ladder.take_sent("183");
    let rack = format!("RAck: {} 101 INVITE\r\n", open.number(Name::RSeq).unwrap());
    ladder.peer_sends("PRACK", &rack, body);
}

fn incoming(name: &str) -> Ladder {
    const RELIABLE: &str = "Require: 100rel\r\nAllow: INVITE, UPDATE\r\n";
    let called = |extra: &str, body: &str| Ladder::called(Policy::default(), extra, body);
    let unpracked = || {
        let mut ladder = called(RELIABLE, &sdp(1));
        progress(&mut ladder, 183, Some(body(10)));
        ladder
    };
    let pracked = || {
        let mut ladder = unpracked();
        prack(&mut ladder, "");
        ladder.sent.clear();
        ladder
    };
    let mut ladder = match name {
        "Incoming: offer in by INVITE" | "Incoming: offer in by INVITE, 1xx said" => {
            called("", &sdp(1))
        }
        "Incoming: offer owed to INVITE" => called("", ""),
        "Incoming: offer out by 1xx, unPRACKed" => called(RELIABLE, ""),
        "Incoming: unPRACKed" | "Incoming: unPRACKed, answer held" => unpracked(),
        "Incoming: offer in by PRACK" => unpracked(),
        _ => pracked(),
    };
    match name {
        "Incoming: offer in by INVITE, 1xx said" => progress(&mut ladder, 180, None),
        "Incoming: offer out by 1xx, unPRACKed" => progress(&mut ladder, 183, Some(body(10))),
        "Incoming: unPRACKed, answer held" => answer(&mut ladder),
        "Incoming: offer in by PRACK" => prack(&mut ladder, &sdp(2)),
        "Incoming: offer in by UPDATE" => ladder.peer_sends("UPDATE", "", &sdp(2)),
        "Incoming: offer in by UPDATE, answer held" => {
            ladder.peer_sends("UPDATE", "", &sdp(2));
            answer(&mut ladder);
        }
        "Incoming: offer out by UPDATE" | "Incoming: offer waits" => {
            ladder.command(Command::Offer { sdp: Some(body(11)) });
        }
        _ => {}
    }
    if name == "Incoming: offer waits" {
        let ours = ladder.take_sent("UPDATE");
        ladder.answer(&ours, "491 Pending", "peer", "", "");
    }
    ladder
}

fn outgoing(name: &str) -> Ladder {
    const RELIABLE: &str = "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE\r\n";
    let offer = Some(body(10)).filter(|_| name != "Outgoing: early, offer in by 1xx");
    let mut ladder = Ladder::calling(Policy::default(), offer);
    let invite = ladder.invite.clone().unwrap();
    let early = name.contains("early");
    match name {
        "Outgoing: proceeding" | "Outgoing: proceeding, CANCEL out" => {
            ladder.answer(&invite, "100 Trying", "", "", "");
        }
        "Outgoing: early, offer out by INVITE"
        | "Outgoing: early, offer out by INVITE, CANCEL out" => {
            ladder.answer(&invite, "180 Ringing", "peer", "", "");
        }
        _ if early => ladder.answer(&invite, "183 Progress", "peer", RELIABLE, &sdp(1)),
        _ => {}
    }
    if name.contains("by UPDATE") {
        let prack = ladder.take_sent("PRACK");
        ladder.answer(&prack, "200 OK", "peer", "", "");
    }
    match name {
        "Outgoing: early, offer out by UPDATE" => {
            ladder.command(Command::Offer { sdp: Some(body(11)) });
        }
        "Outgoing: early, offer in by UPDATE" => ladder.peer_sends("UPDATE", "", &sdp(2)),
        _ if name.contains("CANCEL") => ladder.end(),
        _ => {}
    }
    ladder
}

fn confirmed(name: &str) -> Ladder {
    const REFRESHER: &str = "Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n";
    let called = || Ladder::called(Policy::default(), "", &sdp(1));
    let offer = |ladder: &mut Ladder| ladder.command(Command::Offer { sdp: Some(body(11)) });
    let mut ladder = match name {
        "Confirmed: unACKed" | "Confirmed: offer waits, unACKed" => called(),
        "Confirmed: unACKed, PRACK late" => {
            let mut ladder = Ladder::called(Policy::default(), "Require: 100rel\r\n", &sdp(1));
            progress(&mut ladder, 180, None);
            ladder
        }
        "Confirmed: offer out by 2xx, unACKed" => Ladder::called(Policy::default(), "", ""),
        "Confirmed: we called" => Ladder::calling(Policy::default(), Some(body(10))),
        "Confirmed: we called, offer in by 2xx" => Ladder::calling(Policy::default(), None),
        "Confirmed: we called, we refresh" => Ladder::answered_uac(Policy::default(), REFRESHER),
        "Confirmed: we called, UPDATE out, we refresh" => {
            let extra = format!("{REFRESHER}Allow: INVITE, UPDATE\r\n");
            let mut ladder = Ladder::answered_uac(Policy::default(), &extra);
            ladder.advance(secs(150));
            ladder
        }
        "Confirmed: they refresh" => Ladder::answered_uas(Policy::default(), REFRESHER),
        _ => Ladder::answered_uas(Policy::default(), ""),
    };
    match name {
        "Confirmed: we called" | "Confirmed: we called, offer in by 2xx" => {
            let invite = ladder.invite.clone().unwrap();
            ladder.answer(&invite, "200 OK", "peer", "", &sdp(1));
        }
        "Confirmed: offer out by INVITE" => offer(&mut ladder),
        "Confirmed: offer waits" => {
            offer(&mut ladder);
            let ours = ladder.take_sent("INVITE");
            ladder.answer(&ours, "491 Pending", "peer", "", "");
        }
        "Confirmed: offer in by re-INVITE" => ladder.peer_sends("INVITE", "", &sdp(2)),
        "Confirmed: offer owed to re-INVITE" => ladder.peer_sends("INVITE", "", ""),
        "Confirmed: offer in by UPDATE" => ladder.peer_sends("UPDATE", "", &sdp(2)),
        "Confirmed: unACKed"
        | "Confirmed: unACKed, PRACK late"
        | "Confirmed: offer out by 2xx, unACKed" => answer(&mut ladder),
        "Confirmed: offer waits, unACKed" => {
            answer(&mut ladder);
            offer(&mut ladder);
        }
        "Confirmed: INFO in" => {
            let (flow, message) = (ladder.flow, peers("INFO", &mut ladder, 0));
            ladder.input(Input::Request { tx: SERVER, message, flow });
        }
        "Confirmed: INFO out" => ladder.command(command("Info").unwrap()),
        _ => {}
    }
    ladder
}

fn leaving(name: &str) -> Ladder {
    let mut ladder = match name {
        "AwaitsAck: unACKed" => Ladder::called(Policy::default(), "", &sdp(1)),
        _ => Ladder::answered_uas(Policy::default(), ""),
    };
    match name {
        "AwaitsAck: unACKed" => answer(&mut ladder),
        "AwaitsFinal: BYE out, INVITE out" => {
            ladder.command(Command::Offer { sdp: Some(body(11)) })
        }
        "Ended" => ladder.peer_sends("BYE", "", ""),
        _ => {}
    }
    if name != "Ended" {
        ladder.end();
    }
    ladder
}

//! Every state with every input: what it does, or why the pair cannot happen. The tables are the
//! `.txt` files beside, in the form of `base/pairs.rs`; the states are made in `pairs/states.rs`.
//!
//! An effect is the next state (`=`: the same), what is sent, and what the call is told. `+sdp`: with
//! a description; `later`: with Retry-After. The inputs come straight to the dialog, past the
//! transaction layer. Inputs named `2nd: …` are about the second request of ours that is out.

mod states;

use super::*;
use crate::base::{Token, pairs};
use crate::transaction::{ClientTx, Failure};
use states::{at, name_of};

/// Whose INFO waits in the state with one, and what the requests fed here come by.
const SERVER: ServerTx = ServerTx { index: 99, generation: 99 };

const COMMANDS: [&str; 13] = [
    "Progress",
    "Progress+sdp",
    "Progress 200",
    "Answer",
    "Refuse",
    "End",
    "Offer",
    "Offer wanted",
    "AnswerOffer",
    "GiveOffer",
    "RefuseOffer",
    "Info",
    "AnswerInfo",
];

/// The peer's requests; `same sdp`: as in its last description, in most states; `other tag` has another From tag than the dialog's peer, `old` with a number
/// that was had before.
const REQUESTS: [&str; 19] = [
    "INVITE",
    "INVITE+sdp",
    "INVITE+same sdp",
    "BYE",
    "PRACK",
    "PRACK+sdp",
    "UPDATE",
    "UPDATE+sdp",
    "UPDATE+same sdp",
    "INFO",
    "OPTIONS",
    "REFER",
    "NOTIFY",
    "MESSAGE",
    "UNHEARD",
    "other tag: INFO",
    "other tag: BYE",
    "old: INFO",
    "old: BYE",
];

/// Responses to the first request of ours that is out.
const RESPONSES: [&str; 12] = [
    "100 Trying",
    "180 Ringing",
    "183 Progress+sdp",
    "183 reliable+sdp",
    "200 OK",
    "200 of a fork",
    "302 Moved",
    "401 Who",
    "481 Gone",
    "486 Busy",
    "491 Pending",
    "600 Busy",
];

const OTHERS: [&str; 16] = [
    "ACK",
    "ACK+sdp",
    "other tag: ACK",
    "CANCEL",
    "Proceeding",
    "TimedOut",
    "Transport fails",
    "2nd: 200 OK",
    "2nd: 200 OK, no sdp",
    "2nd: 401 Who",
    "2nd: 481 Gone",
    "2nd: 491 Pending",
    "2nd: TimedOut",
    "Woken early",
    "Woken when due",
    "Woken after 64·T1",
];

fn command(name: &str) -> Option<Command> {
    let headers = Headers::new;
    Some(match name {
        "Progress" => Command::Progress { status: 180, sdp: None, headers: headers() },
        "Progress+sdp" => {
            Command::Progress { status: 183, sdp: Some(body(10)), headers: headers() }
        }
        "Progress 200" => Command::Progress { status: 200, sdp: None, headers: headers() },
        "Answer" => Command::Answer { sdp: Some(body(10)), headers: headers() },
        "Refuse" => Command::Refuse { status: 486, headers: headers() },
        "End" => Command::End { status: 480, reason: None },
        "Offer" => Command::Offer { sdp: Some(body(11)) },
        "Offer wanted" => Command::Offer { sdp: None },
        "AnswerOffer" => Command::AnswerOffer { sdp: body(12) },
        "GiveOffer" => Command::GiveOffer { sdp: body(13) },
        "RefuseOffer" => Command::RefuseOffer { status: 488, headers: headers() },
        "Info" => Command::Info { content_type: "a/b", body: Bytes::from_static(b"x") },
        "AnswerInfo" => Command::AnswerInfo { tx: SERVER, status: 200 },
        _ => return None,
    })
}

/// A request of the peer's, or an ACK or CANCEL.
fn peers(name: &str, ladder: &mut Ladder, rseq: u32) -> Message {
    let (tag, invite) = (ladder.our_tag(), ladder.peer_invite);
    let (whose, name) = match name.split_once(": ") {
        Some((whose, name)) => (whose, name),
        None => ("", name),
    };
    let (method, sdp) = match name.split_once('+') {
        // The last description of the peer's, in most states.
        Some((method, "same sdp")) => (method, sdp(1)),
        Some((method, _)) => (method, sdp(2)),
        None => (name, String::new()),
    };
    let rack = match method {
        "PRACK" => format!("RAck: {rseq} 101 INVITE\r\n"),
        _ => String::new(),
    };
    let text = match (method, whose) {
        ("ACK", _) => ladder.peer_request_numbered("ACK", Some(&tag), invite, "", &sdp),
        ("CANCEL", _) => ladder.peer_request_numbered("CANCEL", None, invite, "", ""),
        (_, "old") => ladder.peer_request_numbered(method, Some(&tag), 1, "", ""),
        _ => ladder.peer_request(method, Some(&tag), &rack, &sdp),
    };
    match whose {
        "other tag" => scan(text.replace(";tag=peer\r\n", ";tag=other\r\n")),
        _ => scan(text),
    }
}

fn key(request: &Message) -> ClientTx {
    let branch = Token::read(request.via().unwrap().branch).unwrap();
    ClientTx { branch, method: request.method().unwrap() }
}

/// The input of that name. What is about a request of ours that is not out is about one that nobody
/// knows. Time has come for the input when this returns.
fn input(name: &str, ladder: &mut Ladder, out: &[Message]) -> Input {
    if let Some(command) = command(name) {
        return Input::Do(command);
    }
    let flow = ladder.flow;
    let rseq = out.iter().find_map(|message| message.number(Name::RSeq)).unwrap_or(1);
    if REQUESTS.contains(&name) {
        return Input::Request { tx: SERVER, message: peers(name, ladder, rseq), flow };
    }
    let mut requests = out.iter().filter(|message| message.method().is_some());
    let nobodys = {
        let branch = Mint::seeded(3, WorkerId(0)).branch();
        let text = ladder.peer_request_numbered("INFO", Some("peer"), 9, "", "");
        scan(text.replace("z9hG4bKpeer9INFO", branch.as_str()))
    };
    let (request, name) = match name.strip_prefix("2nd: ") {
        Some(name) => (requests.nth(1), name),
        None => (requests.next(), name),
    };
    let request = request.unwrap_or(&nobodys);
    let tx = key(request);
    match name {
        "ACK" | "ACK+sdp" | "other tag: ACK" => {
            Input::Ack { message: peers(name, ladder, rseq), flow }
        }
        "CANCEL" => Input::Cancelled { message: peers(name, ladder, rseq) },
        "Proceeding" => Input::Proceeding { tx },
        "TimedOut" => Input::Failed { tx, why: Failure::TimedOut },
        "Transport fails" => Input::Failed { tx, why: Failure::Transport },
        "Woken early" => Input::Timeout,
        "Woken when due" => {
            let due = ladder.dialog.as_ref().unwrap().next_deadline();
            ladder.now = due.unwrap_or(ladder.now + secs(100_000));
            Input::Timeout
        }
        "Woken after 64·T1" => {
            ladder.now = ladder.now + secs(32);
            Input::Timeout
        }
        response => Input::Response { tx, message: response_to(request, response), flow },
    }
}

fn response_to(request: &Message, name: &str) -> Message {
    let (status, tag, extra, body) = match name {
        "200 OK" => ("200 OK", "peer", "", sdp(1)),
        "200 OK, no sdp" => ("200 OK", "peer", "", String::new()),
        "200 of a fork" => ("200 OK", "fork", "", sdp(1)),
        "183 Progress+sdp" => ("183 Progress", "peer", "", sdp(1)),
        "183 reliable+sdp" => ("183 Progress", "peer", "Require: 100rel\r\nRSeq: 2\r\n", sdp(1)),
        other => (other, "peer", "", String::new()),
    };
    scan(response_text(request, status, tag, extra, &body))
}

/// A message sent, by name, with what of it the table tells.
fn sent(bytes: &Bytes) -> String {
    let message = scan(bytes.clone());
    let sdp = if message.sdp().is_some() { "+sdp" } else { "" };
    let later = if message.header(Name::RetryAfter).is_some() { " later" } else { "" };
    format!("{}{sdp}{later}", name(&message))
}

/// What an input does in a state.
fn effect(ladder: &mut Ladder, input: Input) -> String {
    let (before, mut said) = (name_of(ladder), Vec::new());
    ladder.with_context(|ladder, context, _| {
        let mut outputs = Vec::new();
        ladder.dialog.as_mut().unwrap().handle(input, context, &mut outputs);
        said.extend(outputs.iter().filter_map(|output| match output {
            Output::Event(event) => Some(event_name(event)),
            Output::Transact(
                transaction::Input::Request { bytes, .. }
                | transaction::Input::Respond { bytes, .. }
                | transaction::Input::Send { bytes, .. },
            ) => Some(sent(bytes)),
            Output::Transact(_) => None,
        }));
    });
    let after = name_of(ladder);
    said.insert(0, if after == before { "=".to_owned() } else { after });
    said.join(", ")
}

fn check(states: &[&str], table: &str) {
    let inputs: Vec<&str> =
        COMMANDS.into_iter().chain(REQUESTS).chain(RESPONSES).chain(OTHERS).collect();
    pairs::check_said(table, states, &inputs, |state, name| {
        let (mut ladder, out) = at(state);
        let input = input(name, &mut ladder, &out);
        effect(&mut ladder, input)
    });
}

#[test]
fn every_pair_of_an_incoming_leg() {
    check(&states::INCOMING, include_str!("pairs/incoming.txt"));
}

#[test]
fn every_pair_of_an_outgoing_leg() {
    check(&states::OUTGOING, include_str!("pairs/outgoing.txt"));
}

#[test]
fn every_pair_of_an_answered_leg() {
    check(&states::CONFIRMED, include_str!("pairs/confirmed.txt"));
}

#[test]
fn every_pair_of_a_leg_that_is_left() {
    check(&states::LEAVING, include_str!("pairs/leaving.txt"));
}

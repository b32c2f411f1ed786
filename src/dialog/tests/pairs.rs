//! Every state with every input: what it does, or why the pair cannot happen.
//!
//! A row is the state, inputs, and the effect: the next state, what is sent, what the call is told.
//! An effect that begins with `never:` is a pair that cannot happen, and why; the dialog then says
//! nothing and stays. The inputs come straight to the dialog, past the transaction layer.

use super::super::State;
use super::super::bye::Farewell;
use super::*;
use crate::base::Token;
use crate::transaction::{ClientTx, Failure};
use std::collections::BTreeMap;

fn state(ladder: &Ladder) -> &'static str {
    match &ladder.dialog.as_ref().unwrap().state {
        State::Incoming(_) => "Incoming",
        State::Outgoing(outgoing) if outgoing.cancel.is_wanted() => "Cancelling",
        State::Outgoing(_) => "Outgoing",
        State::Confirmed(_) => "Confirmed",
        State::Leaving(_, Farewell::AwaitsAck { .. }) => "AwaitsAck",
        State::Leaving(_, Farewell::AwaitsFinal) => "AwaitsFinal",
        State::Ended => "Ended",
    }
}

const STATES: [&str; 15] = [
    "Incoming",
    "Incoming, 1xx unPRACKed",
    "Incoming, early",
    "Outgoing",
    "Outgoing, proceeding",
    "Outgoing, early",
    "Cancelling, held",
    "Cancelling",
    "Confirmed",
    "Confirmed, our offer out",
    "Confirmed, their offer in",
    "Confirmed, unACKed",
    "AwaitsAck",
    "AwaitsFinal",
    "Ended",
];

/// A leg that has come there, and what of ours waits for the peer, if there is something: a request
/// without a final response, or a 1xx without a PRACK.
fn at(name: &str) -> (Ladder, Option<Message>) {
    let plain = Policy::default;
    let calling = || Ladder::calling(plain(), Some(body(10)));
    let progress = |ladder: &mut Ladder, status, sdp| {
        ladder.command(Command::Progress { status, sdp, headers: Headers::new() });
    };
    let answer = |ladder: &mut Ladder| {
        ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    };
    let early = || {
        let mut ladder = calling();
        let invite = ladder.invite.clone().unwrap();
        ladder.answer(&invite, "180 Ringing", "peer", "", "");
        ladder
    };
    let mut ladder = match name {
        "Incoming" | "Incoming, early" | "AwaitsAck" | "Confirmed, unACKed" => {
            Ladder::called(plain(), "", &sdp(1))
        }
        "Incoming, 1xx unPRACKed" => Ladder::called(plain(), "Require: 100rel\r\n", &sdp(1)),
        "Outgoing" | "Outgoing, proceeding" | "Cancelling, held" => calling(),
        "Outgoing, early" | "Cancelling" => early(),
        _ => Ladder::answered_uas(plain(), ""),
    };
    match name {
        "Incoming, 1xx unPRACKed" => progress(&mut ladder, 183, Some(body(10))),
        "Incoming, early" => progress(&mut ladder, 180, None),
        "Outgoing, proceeding" => {
            let invite = ladder.invite.clone().unwrap();
            ladder.answer(&invite, "100 Trying", "", "", "");
        }
        "Cancelling, held" | "Cancelling" | "AwaitsFinal" => ladder.end(),
        "Confirmed, our offer out" => ladder.command(Command::Offer { sdp: Some(body(11)) }),
        "Confirmed, their offer in" => ladder.peer_sends("INVITE", "", &sdp(2)),
        "Confirmed, unACKed" => answer(&mut ladder),
        "AwaitsAck" => {
            answer(&mut ladder);
            ladder.end();
        }
        "Ended" => ladder.peer_sends("BYE", "", ""),
        _ => {}
    }
    let waits = |m: &&Message| match m.method() {
        Some(method) => method != Method::Cancel,
        None => m.header(Name::RSeq).is_some(),
    };
    let waiting = ladder.sent.iter().map(|(_, message)| message).find(waits).cloned();
    ladder.clear();
    (ladder, waiting)
}

const COMMANDS: [&str; 10] = [
    "Progress",
    "Answer",
    "Refuse",
    "End",
    "Offer",
    "AnswerOffer",
    "GiveOffer",
    "RefuseOffer",
    "Info",
    "AnswerInfo",
];

const REQUESTS: [&str; 12] = [
    "INVITE",
    "INVITE+sdp",
    "BYE",
    "PRACK",
    "UPDATE",
    "UPDATE+sdp",
    "INFO",
    "OPTIONS",
    "REFER",
    "NOTIFY",
    "MESSAGE",
    "UNHEARD",
];

const RESPONSES: [&str; 9] = [
    "100 Trying",
    "180 Ringing",
    "200 OK",
    "302 Moved",
    "401 Who",
    "481 Gone",
    "486 Busy",
    "491 Pending",
    "600 Busy",
];

const OTHERS: [&str; 6] = ["ACK", "CANCEL", "Proceeding", "TimedOut", "Transport fails", "Timeout"];

fn command(name: &str) -> Command {
    let headers = Headers::new;
    match name {
        "Progress" => Command::Progress { status: 180, sdp: None, headers: headers() },
        "Answer" => Command::Answer { sdp: Some(body(10)), headers: headers() },
        "Refuse" => Command::Refuse { status: 486, headers: headers() },
        "End" => Command::End { status: 480, reason: None },
        "Offer" => Command::Offer { sdp: Some(body(11)) },
        "AnswerOffer" => Command::AnswerOffer { sdp: body(12) },
        "GiveOffer" => Command::GiveOffer { sdp: body(13) },
        "RefuseOffer" => Command::RefuseOffer { status: 488, headers: headers() },
        "Info" => Command::Info { content_type: "a/b", body: Bytes::from_static(b"x") },
        _ => Command::AnswerInfo { tx: ServerTx { index: 99, generation: 99 }, status: 200 },
    }
}

/// The input of that name. What is about a request of ours is about the one that is out, else
/// about one that nobody knows.
fn input(name: &str, ladder: &mut Ladder, out: Option<&Message>) -> Input {
    if COMMANDS.contains(&name) {
        return Input::Do(command(name));
    }
    let (flow, tag) = (ladder.flow, ladder.our_tag());
    let server = ServerTx { index: 99, generation: 99 };
    let stray = Mint::seeded(3, WorkerId(0)).branch();
    let rseq = out.and_then(|message| message.number(Name::RSeq)).unwrap_or(1);
    let out = out.filter(|message| message.method().is_some());
    let tx = match out {
        Some(request) => {
            let branch = Token::read(request.via().unwrap().branch).unwrap();
            ClientTx { branch, method: request.method().unwrap() }
        }
        None => ClientTx { branch: stray, method: Method::Info },
    };
    if REQUESTS.contains(&name) {
        let (method, sdp) = match name.strip_suffix("+sdp") {
            Some(method) => (method, sdp(2)),
            None => (name, String::new()),
        };
        let rack = match method {
            "PRACK" => format!("RAck: {rseq} 101 INVITE\r\n"),
            _ => String::new(),
        };
        let message = scan(ladder.peer_request(method, Some(&tag), &rack, &sdp));
        return Input::Request { tx: server, message, flow };
    }
    if RESPONSES.contains(&name) {
        let nobodys = scan(ladder.peer_request("INFO", Some(&tag), "", ""));
        let request = out.unwrap_or(&nobodys);
        let sdp = if name == "200 OK" { sdp(1) } else { String::new() };
        let message = scan(response_text(request, name, "peer", "", &sdp));
        return Input::Response { tx, message, flow };
    }
    match name {
        "ACK" => {
            let number = ladder.peer_invite;
            let ack = ladder.peer_request_numbered("ACK", Some(&tag), number, "", "");
            Input::Ack { message: scan(ack), flow }
        }
        "CANCEL" => {
            let number = ladder.peer_invite;
            let cancel = ladder.peer_request_numbered("CANCEL", None, number, "", "");
            Input::Cancelled { message: scan(cancel) }
        }
        "Proceeding" => Input::Proceeding { tx },
        "TimedOut" => Input::Failed { tx, why: Failure::TimedOut },
        "Transport fails" => Input::Failed { tx, why: Failure::Transport },
        _ => Input::Timeout,
    }
}

/// What an input does in a state; the requests fed here are unknown to the layer, so what answers
/// them is taken from the dialog itself.
fn effect(ladder: &mut Ladder, input: Input) -> String {
    let mut said = Vec::new();
    ladder.with_context(|ladder, context, out| {
        let mut dialog = ladder.dialog.take().unwrap();
        let mut outputs = Vec::new();
        dialog.handle(input, context, &mut outputs);
        ladder.dialog = Some(dialog);
        said.extend(outputs.iter().filter_map(|output| match output {
            Output::Event(event) => Some(event_name(event)),
            Output::Transact(
                transaction::Input::Request { bytes, .. }
                | transaction::Input::Respond { bytes, .. }
                | transaction::Input::Send { bytes, .. },
            ) => Some(name(&scan(bytes.clone()))),
            Output::Transact(_) => None,
        }));
        out.extend(outputs);
    });
    said.insert(0, state(ladder).to_owned());
    said.join(", ")
}

#[test]
fn print() {
    for state in STATES {
        let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in COMMANDS.into_iter().chain(REQUESTS).chain(RESPONSES).chain(OTHERS) {
            let (mut ladder, out) = at(state);
            let input = input(name, &mut ladder, out.as_ref());
            rows.entry(effect(&mut ladder, input)).or_default().push(name);
        }
        for (effect, names) in rows {
            println!("ROW (\"{state}\", \"{}\", \"{effect}\"),", names.join("/"));
        }
    }
}
